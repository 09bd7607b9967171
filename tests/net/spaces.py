#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Other network namespaces: whose process is named for a forwarded flow."""

import pathlib
import subprocess

import crowd
import lab
from lab import Lab, equal, until

SLEEP = ("unshare", "-Ur", "-n", "sleep", "infinity")


class UserSpace:
    """A namespace that a user made, and is root in: an unprivileged container."""

    def __init__(self, net, ns):
        self.net, self.ns = net, ns
        self.process = net.popen(ns, *SLEEP)
        self.enter = ("nsenter", "-t", str(self.process.pid), "-U", "-n",
                      "--preserve-credentials")
        # before that it is still in the namespaces that it was started in
        comm = pathlib.Path(f"/proc/{self.process.pid}/comm")
        until("the container", lambda: comm.read_text(encoding="ascii") == "sleep\n")
        self.ip("link set lo up")

    def command(self, *words, status=0):
        return self.ns.command(*self.enter, *words, status=status)

    def ip(self, words):
        self.command("ip", *words.split())

    def popen(self, *words, **options):
        return self.net.popen(self.ns, *self.enter, *words, **options)


def routed(net):
    """Client 10.0.1.1, router 10.0.1.2 and 10.0.2.1, server 10.0.2.2."""
    client, router, server = net.routed()
    net.listen(server, "10.0.2.2", 80)
    return client, router, server


def attach(router, space, bridge):
    """10.0.9.2 in the container, 10.0.9.1 on the router or a bridge of it."""
    router.ip(f"link add user type veth peer name eth0 netns {space.process.pid}")
    router.ip("link set user up")
    device = "user"
    if bridge:
        device = "bridge"
        router.ip("link add bridge type bridge")
        router.ip("link set user master bridge")
        router.ip("link set bridge up")
    router.ip(f"addr add 10.0.9.1/24 dev {device}")
    space.ip("addr add 10.0.9.2/24 dev eth0")
    space.ip("link set eth0 up")
    space.ip("route add default via 10.0.9.1")


def sends_udp(space, address):
    """A UDP socket there at an address and port 5000, which sends nothing."""
    code = (f"import socket; s = socket.socket(2, 2); s.bind(('{address}', 5000)); "
            "print('ready', flush=True); s.recv(1)")
    process = space.popen("python3", "-c", code, stdout=subprocess.PIPE)
    equal(process.stdout.readline(), b"ready\n", "the socket")
    return process


def check_linked(bridge):
    with Lab() as net:
        _, router, server = routed(net)
        server.ip("route add 10.0.9.0/24 via 10.0.2.1")
        space = UserSpace(net, router)
        attach(router, space, bridge)
        flowtop = net.flowtop(router)
        curl = space.popen("curl", "-s", "telnet://10.0.2.2:80", stdin=subprocess.PIPE)
        flow = flowtop.wait("the process", lambda page: page.find(pid=curl.pid))
        equal((flow["process"], flow["match"], flow["src_addr"]),
              ("curl", "netns", "10.0.9.2"), "owner")
        flowtop.end()


def test_linked():
    """A link and the route lead to an unprivileged container."""
    check_linked(bridge=False)


def test_bridged():
    """The same by way of a bridge."""
    check_linked(bridge=True)


def check_claimed(linked):
    with Lab() as net:
        client, router, server = routed(net)
        space = UserSpace(net, router)
        if linked:
            attach(router, space, bridge=False)
        space.ip("addr add 10.0.1.1/32 dev lo")
        sends_udp(space, "10.0.1.1")
        with net.udp(client, "10.0.1.1", 5000) as sender, \
                net.udp(server, "10.0.2.2", 9) as receiver:
            sender.sendto(b"mine", ("10.0.2.2", 9))
            receiver.recv(10)
        flowtop = net.flowtop(router)
        flow = flowtop.wait("the flow", lambda page: [f for f in page.all(dst_port=9)
                                                      if f["match"] != "pending"])
        equal((flow[0]["match"], flow[0]["pid"]), ("none", None), "owner")
        flowtop.end()


def test_claimed():
    """A user's namespace has the address of another machine."""
    check_claimed(linked=False)


def test_claimed_beside_its_own():
    """The namespace is a real container, but that address is not its own."""
    check_claimed(linked=True)


def test_not_the_other_end():
    """A flow between two containers is its sender's, even when that is gone."""
    with Lab() as net:
        client, router, server = routed(net)
        receiver = net.udp(server, "10.0.2.2", 9)
        with net.udp(client, "10.0.1.1", 5000) as sender:
            sender.sendto(b"gone", ("10.0.2.2", 9))
            receiver.recv(10)
        # both namespaces have a process, by which they are found
        for ns in (client, server):
            net.popen(ns, "sleep", "infinity")
        flowtop = net.flowtop(router)
        flow = flowtop.wait("the flow", lambda page: [f for f in page.all(dst_port=9)
                                                      if f["match"] != "pending"])
        equal((flow[0]["match"], flow[0]["pid"]), ("none", None), "owner")
        flowtop.end()


def test_not_the_other_end_of_a_new_one():
    """Nor before the sender's namespace was seen."""
    with Lab() as net:
        client, router, server = routed(net)
        new = net.netns()
        net.link(new, router, 3)
        new.ip("route add default via 10.0.3.2")
        server.ip("route add 10.0.3.0/24 via 10.0.2.1")
        net.udp(server, "10.0.2.2", 7)
        net.popen(server, "sleep", "infinity")
        people = crowd.Crowd(net)
        flowtop = net.flowtop(router, "-d", "0.1")
        # now flowtop has looked around, and does so no more for a while
        net.udp(client, "10.0.1.1", 5000).sendto(b"first", ("10.0.2.2", 7))
        flowtop.wait("a look around", lambda page: [f for f in page.all(src_addr="10.0.1.1")
                                                    if f["match"] == "netns"])
        sender = net.popen(new, people.program, "udp", "10.0.2.2", "1000000000")
        flow = flowtop.wait("the flow", lambda page: [f for f in page.all(src_addr="10.0.3.1")
                                                      if f["match"] == "netns"])
        equal(flow[0]["pid"], sender.pid, "owner")
        flowtop.end()


lab.run(test_linked, test_bridged, test_claimed, test_claimed_beside_its_own,
        test_not_the_other_end, test_not_the_other_end_of_a_new_one)
