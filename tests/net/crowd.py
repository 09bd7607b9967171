# SPDX-License-Identifier: GPL-2.0-or-later
"""crowd.py - programs that send once and end (clients.c), and who flowtop
says they were. Each sends to an address of its own, by which it is known."""

import ctypes
import ipaddress
import os
import socket
import struct
import subprocess
import threading

import lab
from lab import check, equal

NAME = "client"
PROTOS = {"udp": "udp", "connected": "udp", "icmp": "icmp", "raw": "253", "tcp": "tcp"}
COLUMNS = "process,pid,match,proto,dst_addr,direction,end"


def has_ring():
    """Can flowtop see here who begins a flow (who_ring.h)?"""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        mapped = file.read().split()
    return (mapped == ["0", "0", "4294967295"] and os.path.exists("/sys/kernel/btf/vmlinux") and
            os.readlink("/proc/self/ns/pid") == "pid:[4026531836]")


class Crowd:
    """Where they are made. They send to addresses of NET."""
    NET = "10.77.0.0/16"

    def __init__(self, net):
        self.net = net
        self.program = f"/run/crowd/{NAME}"
        if not os.path.exists(self.program):
            os.makedirs("/run/crowd")
            source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients.c")
            subprocess.run(["cc", "-O2", "-static", "-o", self.program, source], check=True)

    def serve(self, ns, device="lo"):
        """A namespace takes what is sent to any of the addresses."""
        ns.ip(f"route add local {self.NET} dev {device}")
        server = self.net.popen(ns, self.program, "serve", stdout=subprocess.PIPE)
        equal(server.stdout.readline(), b"ready\n", "the server")
        return server

    def send(self, ns, kind, first, n, rate, us):
        """Runs @n clients; the PID of each by its address."""
        address = ipaddress.ip_network(self.NET)[first]
        out = ns.command(self.program, "spawn", kind, str(address), str(n), str(rate), str(us))
        return {str(address + i): int(pid) for i, pid in enumerate(out.split())}

    def flood(self, ns, first, n):
        """One program sends to @n addresses, as fast as it can."""
        address = ipaddress.ip_network(self.NET)[first]
        program = self.net.popen(ns, self.program, "flood", str(address), str(n), "0",
                                 stdout=subprocess.DEVNULL)
        equal(program.wait(4 * lab.PATIENCE), 0, "status of the flood")
        return {str(address + i): program.pid for i in range(n)}


class Verdict:
    """What pages say of clients, the last word of each; one wrong word counts."""

    def __init__(self, truth, kind):
        self.truth, self.proto = truth, PROTOS[kind]
        self.said, self.wrong = {}, {}

    def take(self, page):
        for flow in page.flows:
            pid = self.truth.get(flow["dst_addr"])
            if pid is None or flow["proto"] != self.proto:
                continue
            answer = flow["pid"], flow["process"]
            self.said[flow["dst_addr"]] = answer
            if answer[0] is not None and answer != (pid, NAME):
                self.wrong[flow["dst_addr"]] = answer, pid
        return self

    @property
    def right(self):
        return sum(self.said.get(address) == (pid, NAME) for address, pid in self.truth.items())

    @property
    def seen(self):
        return len(self.said)

    def check_right(self, flowtop, what):
        """Waits until each is named; none may be named wrongly."""
        flowtop.wait(f"{what}: the processes", lambda page: self.take(page).wrong or
                     self.right == len(self.truth))
        equal(self.wrong, {}, f"{what}: wrong processes (said, and true)")

    def check_none_wrong(self, flowtop, what):
        """Waits until each was looked up to the end."""
        def settled(page):
            self.take(page)
            flows = [f for f in page.flows if f["dst_addr"] in self.truth]
            return self.wrong or (len(flows) >= len(self.truth) and
                                  all(f["match"] not in (None, "pending") for f in flows))
        flowtop.wait(f"{what}: the answers", settled)
        equal(self.wrong, {}, f"{what}: wrong processes (said, and true)")


# ---- NFQUEUE ----

NFQUEUE = 3 << 8
MSG_PACKET, MSG_VERDICT, MSG_CONFIG = 0, 1, 2
ATTR_PACKET, ATTR_VERDICT = 1, 2
CONFIG_COMMAND, CONFIG_PARAMS = 1, 2
COMMAND_BIND, COPY_META, ACCEPT = 1, 1, 1


def queue_message(kind, number, attribute, body):
    attr = struct.pack("=HH", 4 + len(body), attribute) + body
    attr += bytes(-len(attr) % 4)
    head = struct.pack("=IHHII", 20 + len(attr), NFQUEUE | kind, 1, 0, 0)
    return head + struct.pack("!BBH", 0, 0, number) + attr


class QueueReader(threading.Thread):
    """A program that says yes to each packet of a queue, in its own time."""

    def __init__(self, net, ns, number):
        super().__init__(daemon=True)
        with ns:
            self.sock = net.keep(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12))
        self.number = number
        self.packets = 0
        self.say(MSG_CONFIG, CONFIG_COMMAND, struct.pack("!BBH", COMMAND_BIND, 0, 2))
        self.say(MSG_CONFIG, CONFIG_PARAMS, struct.pack("!IB", 0, COPY_META))
        self.start()

    def say(self, kind, attribute, body):
        self.sock.send(queue_message(kind, self.number, attribute, body))

    def run(self):
        try:
            while True:
                data = self.sock.recv(65536)
                while len(data) >= 28:
                    size, kind = struct.unpack_from("=IH", data)
                    if kind == NFQUEUE | MSG_PACKET:
                        self.say(MSG_VERDICT, ATTR_VERDICT,
                                 struct.pack("!I", ACCEPT) + data[24:28])
                        self.packets += 1
                    data = data[(size + 3) & ~3:]
        except OSError:
            pass        # closed


def table_entry(verdict, mask=b"", address=b"", queue=None):
    """A rule of ip_tables: struct ipt_entry, with a target."""
    if queue is None:
        target = struct.pack("=H30xi4x", 40, verdict)
    else:
        target = struct.pack("=H29sxH6x", 40, b"NFQUEUE", queue)
    head = struct.pack("=4x4s4x4s68xIHHI16x", address, mask, 0, 112, 112 + len(target), 0)
    return head + target


def queue_by_table(ns, number):
    """What iptables -A OUTPUT -j NFQUEUE does, for kernels without nft's queue."""
    net = ipaddress.ip_network(Crowd.NET)
    accept = table_entry(-2)
    rule = table_entry(0, net.netmask.packed, net.network_address.packed, number)
    error = struct.pack("=88xHHI16xH30s32s", 112, 176, 0, 64, b"ERROR", b"ERROR")
    rules = accept + accept + rule + accept + error
    counters = ctypes.create_string_buffer(4 * 16)
    size = len(accept)
    head = struct.pack("=32sIII5I5IIQ", b"filter", 0b1110, 5, len(rules),
                       0, 0, size, 2 * size, 0, 0, 0, size, 3 * size, 0,
                       4, ctypes.addressof(counters))
    with ns, socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        sock.setsockopt(socket.SOL_IP, 64, head + rules)      # IPT_SO_SET_REPLACE


def queue_output(net, ns):
    """What a namespace sends to the crowd goes through a program's hands."""
    reader = QueueReader(net, ns, 5)
    try:
        ns.nft("table ip queued {\nchain c {\ntype filter hook output priority 0\n"
               f"ip daddr {Crowd.NET} queue num 5\n}}\n}}")
    except lab.Failure:
        queue_by_table(ns, 5)
    return reader


# ---- ways that a flow may take ----

def beside(net):
    """The server is in another namespace: client side, and its link."""
    here, there = net.pair()
    here.ip(f"route add {Crowd.NET} via 10.0.0.2")
    return here, there


def inside(net):
    """All in one namespace."""
    here = net.netns()
    here.nft(lab.TRACK)
    return here, here


def between(net):
    """The client, a router, and the server: three namespaces."""
    client, router, server = net.routed()
    router.ip(f"route add {Crowd.NET} via 10.0.2.2")
    # a namespace is found by a process in it
    net.popen(client, "sleep", "infinity")
    return client, router, server


def spread(router):
    """Packets that come in are handled by all processors in turn (RPS)."""
    path = "/sys/class/net/eth0/queues/rx-0/rps_cpus"
    script = f"mount -t sysfs sysfs /sys && echo 3 > {path} && cat {path}"
    got = router.command("unshare", "-m", "sh", "-c", script)
    check(int(got.strip().split(",")[-1], 16) == 3, f"rps_cpus: {got}")


def tunnel(client, router, server):
    """The client's way to the router is a VXLAN."""
    for ns, own, other in ((client, 1, 2), (router, 2, 1)):
        ns.ip(f"link add vx type vxlan id 7 dstport 4789 local 10.0.1.{own} "
              f"remote 10.0.1.{other} dev eth0")
        ns.ip(f"addr add 10.5.0.{own}/24 dev vx")
        ns.ip("link set vx up")
    client.ip(f"route add {Crowd.NET} via 10.5.0.2")
    server.ip("route add 10.5.0.0/24 via 10.0.2.1")
