#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody's 30,000 flows have addresses that collided in flowtop's hash when
it had no seed. What do they cost, next to 30,000 others?

tests/attack/collide.py: flowtop's CPU for some pages of each, and the ratio;
status 1 where it is above 1.2. Takes some 3 minutes.
"""

import ipaddress
import os
import pathlib
import random
import socket
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "net"))
import lab      # pylint: disable=wrong-import-position
from lab import Lab

FLOWS = 30000
PAGES = 4
ROUNDS = 3
# the lower half of an address that made the hash of all of them 0
ID = struct.pack("<Q", 0xc2b2ae3d27d4eb4f)


def attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def nest(kind, *attrs):
    return attr(kind | 0x8000, b"".join(attrs))


def flow(src, number):
    """IPCTNL_MSG_CT_NEW of a UDP flow from there."""
    family = socket.AF_INET if len(src) == 4 else socket.AF_INET6
    dst = ipaddress.ip_address("192.0.2.1" if len(src) == 4 else "2001:db8::1").packed
    first = 1 if len(src) == 4 else 3           # CTA_IP_V4_SRC, CTA_IP_V6_SRC
    port = struct.pack("!H", 1024 + number % 60000)

    def ends(kind, a, b, aport, bport):
        return nest(kind, nest(1, attr(first, a), attr(first + 1, b)),
                    nest(2, attr(1, b"\x11"), attr(2, aport), attr(3, bport)))

    body = struct.pack("=BBH", family, 0, 0)
    body += ends(1, src, dst, port, b"\0\x35") + ends(2, dst, src, b"\0\x35", port)
    body += attr(7, struct.pack("!I", 3600)) + attr(3, struct.pack("!I", 8))
    return struct.pack("=IHHII", 16 + len(body), 0x100, 0x401, 0, 0) + body


def make_flows(ns, sources):
    with ns:
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    for start in range(0, len(sources), 100):
        sock.send(b"".join(flow(a, start + i) for i, a in enumerate(sources[start:start + 100])))
    sock.close()


def v4(kind):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cc", "-O2", "-o", f"{folder}/collide", HERE / "collide.c"], check=True)
        out = subprocess.check_output([f"{folder}/collide", kind, str(FLOWS)], text=True)
    return [ipaddress.ip_address(line).packed for line in out.split()]


def v6(kind):
    return [struct.pack("!HHHH", 0x2001, 0xdb8, i >> 8, i & 255) +
            (ID if kind == "chosen" else random.randbytes(8)) for i in range(FLOWS)]


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def measure(ns):
    """CPU seconds of pages with groups by address, and with names."""
    with ns, open(os.devnull, "w", encoding="ascii") as null:
        words = [lab.FLOWTOP, "--config", "/dev/null", "--csv", "-d", "0.5", "-c", str(PAGES)]
        total = 0
        for more in (["-n", "-g", "src_addr"], ["--columns", "src_addr,src_host"]):
            # pylint: disable-next=consider-using-with
            process = subprocess.Popen([*words, *more], stdout=null, stderr=null)
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            total += cpu_of(process.pid)
            process.wait()
    return total


def main():
    lab.have_own_namespaces()
    worst = 0
    for name, make in (("IPv4", v4), ("IPv6", v6)):
        with Lab() as net:
            spaces = {}
            for kind in "random", "chosen":
                spaces[kind] = net.netns()
                spaces[kind].nft(lab.TRACK)
                make_flows(spaces[kind], make(kind))
            cost = {"random": [], "chosen": []}
            for _ in range(ROUNDS):
                for kind, ns in spaces.items():
                    cost[kind].append(measure(ns))
        least = {kind: min(values) for kind, values in cost.items()}
        ratio = least["chosen"] / least["random"]
        worst = max(worst, ratio)
        print(f"{name}: {FLOWS} random {least['random']:.2f} s of CPU, "
              f"chosen {least['chosen']:.2f} s: {ratio:.2f} times", flush=True)
    sys.exit(worst > 1.2)


main()
