#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that others chose: of processes, of hosts. They are shown, and do
nothing to a terminal or to a parser."""

import os
import socket
import struct
import subprocess
import threading

import lab
from lab import Lab, check, equal, put_in_place

ESCAPES = b"\x1b[2J\n\xff\x9b\"x"       # at most 15 bytes
SHOWN = "?[2J?\ufffd\ufffd\"x"


# ---- a DNS server ----

ZONE = {
    "2.0.0.10.in-addr.arpa": b"\x04edge\x07example\x03net\x00",
    "3.0.0.10.in-addr.arpa": b"\x09\x1b]0;pwnd\x07\x07example\x03net\x00",
}


def answer(query):
    """One PTR record, or NXDOMAIN."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    question = query[12:at + 5]
    name = ZONE.get(".".join(labels).lower())
    head = query[:2] + struct.pack("!HHHHH", 0x8180 if name else 0x8183, 1, bool(name), 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", 12, 1, 60, len(name)) + name if name else b""
    return head + question + record


def serve_names(net, ns, address="127.0.0.1"):
    server = net.udp(ns, address, 53)
    server.settimeout(None)

    def serve():
        while True:
            try:
                query, who = server.recvfrom(512)
                server.sendto(answer(query), who)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()


# ---- tests ----

def test_host_names():
    put_in_place("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    put_in_place("/etc/hosts", "127.0.0.1 localhost\n10.0.0.1 me.example\n")
    with Lab() as net:
        here, there = net.pair()
        there.ip("addr add 10.0.0.3/24 dev eth0")
        there.ip("addr add 10.0.0.4/24 dev eth0")
        serve_names(net, here)
        for number in (2, 3, 4):
            net.listen(there, f"10.0.0.{number}", 443)
            net.connect(here, f"10.0.0.{number}", 443)
        flowtop = net.flowtop(here, "--no-numeric")
        flow = flowtop.wait("a name", lambda page: page.find(dst_host="edge.example.net"))
        equal((flow["dst_addr"], flow["src_host"]), ("10.0.0.2", "me.example"), "names")
        equal((flow["remote_host"]), "edge.example.net", "remote_host")
        # no own queries, and nothing made up for the one without a name
        queries = flowtop.wait("the other flows", lambda page: len(page.all(dst_port=443)) == 3
                               and [page])[0].all(dst_port=53)
        equal(queries, [], "queries of its own")
        equal(flowtop.last.find(dst_addr="10.0.0.4")["dst_host"], None, "name of 10.0.0.4")
        flowtop.end()
        once = here.command(lab.FLOWTOP, "--config", "/dev/null", "-1")
        check("edge.example.net:443" in once, once)
        check("\x1b" not in once and "\x07" not in once, repr(once))
        mine = here.command(lab.FLOWTOP, "--config", "/dev/null", "--self", "--json", "-1", "-G")
        check('"dst_port":53' in mine, "its queries with --self")


def test_link_local_server():
    """Its address is of use only with the interface that it is on."""
    put_in_place("/etc/resolv.conf", "nameserver fe80::53%eth0\n")
    with Lab() as net:
        here, there = net.pair()
        here.ip("addr add fe80::1/64 dev eth0 nodad")
        there.ip("addr add fe80::53/64 dev eth0 nodad")
        serve_names(net, there, "::")
        net.listen(there, "10.0.0.2", 443)
        net.connect(here, "10.0.0.2", 443)
        flowtop = net.flowtop(here, "--no-numeric")
        flowtop.wait("a name", lambda page: page.find(dst_host="edge.example.net"))
        flowtop.end()


def test_own_queries():
    """However they are spread over time, they are not shown."""
    put_in_place("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    with Lab() as net:
        here, _ = net.pair()
        serve_names(net, here)
        flowtop = net.flowtop(here, "--no-numeric")
        sender = net.udp(here, "10.0.0.1")
        for number in range(10, 20):
            sender.sendto(b"x", (f"10.0.0.{number}", 9))
            flowtop.wait("the flow", lambda page, number=number: page.find(
                dst_addr=f"10.0.0.{number}"))
            equal(flowtop.fresh_page().all(dst_port=53), [], "queries shown")
        flowtop.end()


def test_process_names():
    """A name of escape sequences and bad UTF-8."""
    script = ("import socket, sys\n"
              f"open('/proc/self/comm', 'wb').write({ESCAPES!r})\n"
              "s = socket.create_connection(('10.0.0.2', 443))\n"
              "sys.stdin.read()\n")
    with Lab() as net:
        here, there = net.pair()
        net.listen(there, "10.0.0.2", 443)
        flowtop = net.flowtop(here)
        hostile = net.popen(here, "python3", "-c", script, stdin=subprocess.PIPE)
        flow = flowtop.wait("its flow", lambda page: page.find(pid=hostile.pid))
        equal(flow["process"], SHOWN, "name")
        for form in ([], ["--classic"], ["--csv"], ["-g", "process"]):
            out = here.command(lab.FLOWTOP, "--config", "/dev/null", "-1", "-n", *form)
            check("?[2J?" in out and "\x1b" not in out and "\x9b" not in out, repr(out))
        flowtop.end()


def test_dead_server():
    """Nobody answers; the flows are there all the same, and at once."""
    put_in_place("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    with Lab() as net:
        here, there = net.pair()
        silent = net.udp(here, "127.0.0.1", 53)
        net.listen(there, "10.0.0.2", 443)
        flowtop = net.flowtop(here, "--no-numeric")
        net.connect(here, "10.0.0.2", 443)
        flow = flowtop.wait("the flow", lambda page: page.find(dst_port=443, pid=os.getpid()))
        equal(flow["dst_host"], None, "name")
        silent.recv(512)        # it did ask
        flowtop.end()


lab.run(test_host_names, test_link_local_server, test_own_queries, test_process_names, test_dead_server)
