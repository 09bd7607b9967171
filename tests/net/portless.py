#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is named for ICMP and for protocols without ports, by their sockets
alone: as for what there was before flowtop."""

import os
import socket
import time

import lab
from lab import Lab, equal

OSPF, TEST, OTHER_TEST = 89, 253, 254


def named(flow):
    return flow["process"], flow["pid"], flow["match"]


def ping(net, ns, address, ident=None):
    """An echo by a ping socket, or by a raw one with an id."""
    v6 = ":" in address
    with ns:
        sock = net.keep(socket.socket(
            socket.AF_INET6 if v6 else socket.AF_INET,
            socket.SOCK_DGRAM if ident is None else socket.SOCK_RAW,
            socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP))
    sock.sendto(lab.icmp_echo(128 if v6 else 8, ident or 0), (address, 0))


def test_echoes():
    with Lab() as net:
        here, _ = net.pair()
        here.sysctl("ipv4.ping_group_range", "0 0")
        ping(net, here, "10.0.0.2")
        ping(net, here, "fd00:0::2")
        ping(net, here, "10.0.0.2", os.getpid() & 0xffff)
        stranger = os.getpid() & 0xffff ^ 0x4000
        ping(net, here, "10.0.0.2", stranger)
        flowtop = net.flowtop(here, "--no-perf")
        page = flowtop.wait("four echoes", lambda page: len(
            [f for f in page.flows if f["icmp_id"] is not None and f["match"] == "exact"]) == 3
            and page)
        for flow in page.flows:
            if flow["icmp_id"] == stranger:
                equal(named(flow), (None, None, "none"), "anybody's echo")
            elif flow["icmp_id"] is not None:
                equal(named(flow), (lab.ME, os.getpid(), "exact"), flow["proto"])
        flowtop.end()


def raw_socket(net, ns, proto, address=None):
    """A raw socket, connected where an address is given."""
    with ns:
        sock = net.keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, proto))
    if address:
        sock.connect((address, 0))
    return sock


def age():
    """Of this process, in seconds."""
    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
        start = int(file.read().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - start / os.sysconf("SC_CLK_TCK")


def test_raw():
    with Lab() as net:
        here, there = net.pair()
        # a process that is no older than its flow could be another's successor
        lab.until("an older process", lambda: age() > 1)
        raw_socket(net, here, TEST, "10.0.0.2").send(b"hello")
        # whoever has this one may have sent or not
        raw_socket(net, here, OTHER_TEST).sendto(b"hello", ("10.0.0.2", 0))
        raw_socket(net, here, OSPF)
        raw_socket(net, there, OSPF).sendto(b"hello", ("10.0.0.1", 0))
        flowtop = net.flowtop(here, "--no-perf")
        for proto, direction, wanted in (
                (str(TEST), "out", (lab.ME, os.getpid(), "exact")),
                (str(OTHER_TEST), "out", (None, None, "none")),
                ("ospf", "in", (lab.ME, os.getpid(), "listener"))):
            flow = flowtop.wait(f"protocol {proto}", lambda page, proto=proto: (
                f := page.find(proto=proto)) and f["match"] != "pending" and f)
            equal((flow["direction"], named(flow)), (direction, wanted), f"protocol {proto}")
        flowtop.end()


lab.run(test_echoes, test_raw)
