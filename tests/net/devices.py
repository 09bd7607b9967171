#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets that are bound to a device (SO_BINDTODEVICE) or a VRF: the kernel
finds them only by their device, and flowtop by every path."""

import os
import socket

import lab
from lab import Lab, equal


def bind(sock, device):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    sock.settimeout(lab.PATIENCE)
    return sock


def bound_client(net, ns, device, kind=socket.SOCK_STREAM):
    with ns:
        return bind(net.keep(socket.socket(socket.AF_INET, kind)), device)


def bound_server(net, ns, device, port):
    """A TCP server of which each connection is bound as it is."""
    with ns:
        server = bind(net.keep(socket.socket(socket.AF_INET)), device)
    server.bind(("", port))
    server.listen()
    return server


def check_flows(flowtop, found):
    """Each flow is of this process, and the connections have their figures."""
    for port, direction, tcp in found:
        flow = flowtop.wait(f"the owner at port {port}", lambda page, port=port, tcp=tcp: (
            f := page.find(dst_port=port, pid=os.getpid(), match="exact"))
            and (not tcp or f["rtt"] is not None) and f)
        equal((flow["process"], flow["direction"]), (lab.ME, direction), "owner")


def test_devices():
    with Lab() as net:
        here, there = net.pair()
        net.listen(there, "10.0.0.2", 443)
        flowtop = net.flowtop(here, "--no-perf")
        client = bound_client(net, here, "eth0")
        client.connect(("10.0.0.2", 443))
        question = bound_client(net, here, "eth0", socket.SOCK_DGRAM)
        question.connect(("10.0.0.2", 53))
        question.send(b"?")
        broadcast = bound_client(net, here, "eth0", socket.SOCK_DGRAM)
        broadcast.bind(("", 68))
        broadcast.sendto(b"!", ("10.0.0.2", 67))
        server = bound_server(net, here, "eth0", 22)
        net.connect(there, "10.0.0.1", 22)
        net.keep(server.accept()[0])
        found = ((443, "out", True), (53, "out", False), (67, "out", False), (22, "in", True))
        check_flows(flowtop, found)
        flowtop.end()
        # and those that were there before it
        late = net.flowtop(here)
        check_flows(late, found)
        late.end()


def test_vrf():
    with Lab() as net:
        here, there = net.pair()
        if "vrf0" not in here.command("sh", "-c", "ip link add vrf0 type vrf table 10; ip link"):
            print("the kernel has no VRF")
            return
        here.ip("link set vrf0 up")
        here.ip("link set eth0 master vrf0")
        net.listen(there, "10.0.0.2", 443)
        flowtop = net.flowtop(here, "--no-perf")
        bound_client(net, here, "vrf0").connect(("10.0.0.2", 443))
        check_flows(flowtop, ((443, "out", True),))
        flowtop.end()


def test_elsewhere():
    """In another namespace."""
    with Lab() as net:
        container, router, there = net.routed()
        net.popen(container, "sleep", "infinity")   # by which the namespace is found
        net.listen(there, "10.0.2.2", 443)
        flowtop = net.flowtop(router, "--no-perf")
        bound_client(net, container, "eth0").connect(("10.0.2.2", 443))
        flow = flowtop.wait("the owner", lambda page: page.find(dst_port=443, pid=os.getpid()))
        equal((flow["process"], flow["match"]), (lab.ME, "netns"), "owner")
        flowtop.end()


lab.run(test_devices, test_vrf, test_elsewhere)
