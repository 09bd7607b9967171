#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows that a router forwards and translates: client - router - server."""

import subprocess

import lab
from lab import Lab, equal

RULES = """
table ip nat {
    chain pre {
        type nat hook prerouting priority dstnat;
        ip daddr 10.0.1.2 tcp dport 8001 dnat to 10.0.2.2:81
        ip daddr 10.0.1.2 tcp dport 8003 dnat to 10.0.2.2:83
    }
    chain post {
        type nat hook postrouting priority srcnat;
        tcp dport { 82, 83 } masquerade
    }
}
"""


def routed(net):
    """Client 10.0.1.1, router 10.0.1.2 and 10.0.2.1, server 10.0.2.2."""
    client, router, server = net.routed(RULES)
    for port in range(80, 84):
        net.listen(server, "10.0.2.2", port)
    return client, router, server


# What the client asks for; how the answer looks; what it is called.
CASES = (
    (("10.0.2.2", 80), ("10.0.2.2", 80, "10.0.1.1"), None),
    (("10.0.1.2", 8001), ("10.0.2.2", 81, "10.0.1.1"), "dnat"),
    (("10.0.2.2", 82), ("10.0.2.2", 82, "10.0.2.1"), "snat"),
    (("10.0.1.2", 8003), ("10.0.2.2", 83, "10.0.2.1"), "both"),
)


def test_tuples():
    with Lab() as net:
        client, router, _ = routed(net)
        flowtop = net.flowtop(router, "--inside", "10.0.2.0/24")
        for (address, port), reply, nat in CASES:
            sock = net.connect(client, address, port)
            flow = flowtop.wait(f"nat {nat}", lambda page, port=port: page.find(
                dst_port=port, state="ESTABLISHED"))
            mine = sock.getsockname()
            equal((flow["src_addr"], flow["src_port"]), mine, "source")
            equal((flow["dst_addr"], flow["nat"]), (address, nat), "destination, nat")
            equal((flow["reply_src_addr"], flow["reply_src_port"], flow["reply_dst_addr"]),
                  reply, "reply tuple")
            equal(flow["community_id"] == flow["reply_community_id"], nat is None, "one ID")
            equal(flow["direction"], "forwarded", "direction")
            equal((flow["remote_addr"], flow["client_addr"]), ("10.0.1.1", "10.0.2.2"),
                  "the outside end, the inside one")
            equal((flow["tx_bytes"], flow["rx_bytes"]),
                  (flow["reply_bytes"], flow["orig_bytes"]), "bytes of the inside")
        flowtop.end()


def test_process_in_another_namespace():
    """The client's end is in a namespace of this machine, so its process can
    be told."""
    with Lab() as net:
        client, router, _ = routed(net)
        flowtop = net.flowtop(router)
        curl = net.popen(client, "curl", "-s", "telnet://10.0.2.2:82", stdin=subprocess.PIPE)
        flow = flowtop.wait("the process", lambda page: page.find(pid=curl.pid))
        equal((flow["process"], flow["match"], flow["direction"], flow["nat"]),
              ("curl", "netns", "forwarded", "snat"), "owner")
        flowtop.end()


def test_bridged():
    """No process is left at either end that could be told."""
    with Lab() as net:
        client, router, server = routed(net)
        with net.udp(client, "10.0.1.1") as sender, net.udp(server, "10.0.2.2", 9) as receiver:
            sender.sendto(b"gone", ("10.0.2.2", 9))
            receiver.recv(10)
        flowtop = net.flowtop(router)
        flow = flowtop.wait("the flow", lambda page: page.find(dst_port=9, match="none"))
        equal((flow["process"], flow["pid"], flow["match"], flow["direction"]),
              ("bridged(?)", None, "none", "forwarded"), "owner")
        flowtop.end()
        classic = router.command(lab.FLOWTOP, "--config", "/dev/null", "-1", "--classic", "-n",
                                 "-G", "port", "9")
        lab.check("[bridged(?)]:ipv4:udp" in classic, classic)


lab.run(test_tuples, test_process_in_another_namespace, test_bridged)
