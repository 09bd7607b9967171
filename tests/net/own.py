#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets of this host that its addresses do not tell of."""

import os
import socket

import lab
from lab import Lab, equal


def own_flow(page):
    return page.find(dst_port=443, pid=os.getpid(), match="exact")


def change_addresses(here, flowtop):
    """Takes 10.0.0.9 away, and waits until flowtop knows: a later change is
    one that shows."""
    here.command("conntrack", "-I", "-p", "udp", "-s", "10.0.0.8", "-d", "10.0.0.2",
                 "--sport", "1", "--dport", "2", "-t", "600")
    flowtop.wait("another's flow", lambda page: page.find(dst_port=2, direction="forwarded"))
    here.ip("addr del 10.0.0.9/24 dev eth0")
    here.ip("addr add 10.0.0.8/24 dev eth0")
    flowtop.wait("the new address", lambda page: page.find(dst_port=2, direction="out"))


def test_address_gone():
    """A socket lives longer than its address (IPv6 privacy addresses, PPPoE)."""
    with Lab() as net:
        here, there = net.pair()
        here.ip("addr add 10.0.0.9/24 dev eth0")
        net.listen(there, "10.0.0.2", 443)
        flowtop = net.flowtop(here)
        with here:
            net.keep(socket.create_connection(("10.0.0.2", 443), lab.PATIENCE, ("10.0.0.9", 0)))
        flowtop.wait("the connection", own_flow)
        change_addresses(here, flowtop)
        equal(own_flow(flowtop.last)["direction"], "out", "direction, its address gone")
        flowtop.end()

        late = net.flowtop(here, "--no-perf")
        flow = late.wait("what it began", lambda page: (f := own_flow(page))
                         and f["rtt"] is not None and f)
        equal((flow["direction"], flow["process"], flow["src_addr"]),
              ("out", lab.ME, "10.0.0.9"), "a flow that was there before flowtop")
        late.end()


def test_local_network():
    """A route may make a whole network this host's."""
    with Lab() as net:
        here, there = net.pair()
        here.ip("route add local 10.99.0.0/24 dev lo")
        there.ip("route add 10.99.0.0/24 via 10.0.0.1")
        net.listen(here, "0.0.0.0", 80)
        flowtop = net.flowtop(here)
        net.connect(there, "10.99.0.7", 80)
        flow = flowtop.wait("its server", lambda page: page.find(dst_port=80, pid=os.getpid()))
        equal((flow["direction"], flow["dst_addr"]), ("in", "10.99.0.7"), "direction")
        flowtop.end()


lab.run(test_address_gone, test_local_network)
