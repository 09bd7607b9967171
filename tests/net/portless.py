#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is named for ICMP and for protocols without ports, by their sockets
alone: as for what there was before flowtop."""

import os
import socket

import lab
from lab import Lab, equal

OSPF, TEST = 89, 253


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


def test_raw():
    with Lab() as net:
        here, there = net.pair()
        with here:
            mine = net.keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, TEST))
            with socket.socket(socket.AF_INET, socket.SOCK_RAW, OSPF) as gone:
                gone.sendto(b"hello", ("10.0.0.2", 0))
        mine.sendto(b"hello", ("10.0.0.2", 0))
        with there:
            other = net.keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, OSPF))
        other.sendto(b"hello", ("10.0.0.1", 0))
        flowtop = net.flowtop(here, "--no-perf")
        flow = flowtop.wait("the sender", lambda page: page.find(proto=str(TEST), match="exact"))
        equal(named(flow), (lab.ME, os.getpid(), "exact"), "sender")
        # its socket has gone, or is another machine's
        page = flowtop.fresh_page()
        for flow in page.all(proto=str(OSPF)):
            equal(named(flow)[1:], (None, "none"), "nobody")
        flowtop.end()


lab.run(test_echoes, test_raw)
