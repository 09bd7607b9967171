#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows of this host: who, what, both ends, and their end; every protocol
that a program can speak here."""

import http.server
import os
import socket
import threading

import lab
from lab import Lab, equal



def fields(flow, **wanted):
    for name, value in wanted.items():
        equal(flow[name], value, name)


class Slow(http.server.BaseHTTPRequestHandler):
    """Sends a body of which the end comes when it is told so."""
    go_on = threading.Event()

    def do_GET(self):       # pylint: disable=invalid-name
        self.send_response(200)
        self.send_header("Content-Length", "2000")
        self.end_headers()
        self.wfile.write(b"a" * 1000)
        self.wfile.flush()
        self.go_on.wait(lab.PATIENCE)
        self.wfile.write(b"b" * 1000)

    def log_message(self, *_):      # pylint: disable=arguments-differ
        pass


def test_curl():
    with Lab() as net:
        here, there = net.pair()
        there.nft(lab.TRACK)
        with there:
            server = http.server.ThreadingHTTPServer(("10.0.0.2", 80), Slow)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        net.stack.callback(server.server_close)
        net.stack.callback(server.shutdown)
        client_side = net.flowtop(here, "--linger", "2")
        server_side = net.flowtop(there)
        curl = net.popen(here, "curl", "-s", "-o", "/dev/null", "http://10.0.0.2/")

        flow = client_side.wait("curl and its bytes", lambda page: next((
            f for f in page.all(process="curl", state="ESTABLISHED")
            if (f["reply_bytes"] or 0) > 1000), None))
        fields(flow, pid=curl.pid, family="ipv4", proto="tcp", service="http", direction="out",
               match="exact", src_addr="10.0.0.1", dst_addr="10.0.0.2", dst_port=80,
               remote_addr="10.0.0.2", remote_port=80, reply_src_addr="10.0.0.2",
               reply_src_port=80, reply_dst_addr="10.0.0.1", nat=None, end=None,
               age_from="kernel", icmp_type=None, zone=0)
        equal(flow["reply_dst_port"], flow["src_port"], "reply_dst_port")
        equal(flow["bytes"], flow["orig_bytes"] + flow["reply_bytes"], "bytes")
        lab.check("ASSURED" in flow["status"], f"status {flow['status']}")
        # a page's time is that of its begin: what is told meanwhile has a moment more
        lab.check(0 < flow["timeout"] <= 432000 + lab.PATIENCE, f"timeout {flow['timeout']}")
        lab.check(flow["age"] >= 0, f"age {flow['age']}")

        accepted = server_side.wait("the server's side", lambda page: page.find(
            dst_port=80, pid=os.getpid()))
        fields(accepted, process=lab.ME, direction="in", service="http", remote_addr="10.0.0.1")
        lab.check(accepted["match"] in ("listener", "exact"), f"match {accepted['match']}")

        Slow.go_on.set()
        equal(curl.wait(lab.PATIENCE), 0, "curl's exit status")
        closed = client_side.wait("the close", lambda page: page.find(state="TIME_WAIT"))
        fields(closed, process="curl", pid=curl.pid, id=flow["id"])
        here.command("conntrack", "-D", "-p", "tcp", "--orig-port-dst", "80")
        ended = client_side.wait("the end", lambda page: next(
            (f for f in page.all(dst_port=80) if f["end"]), None))
        fields(ended, process="curl", id=flow["id"])
        lab.check(ended["reply_bytes"] > 2000, f"final counter {ended['reply_bytes']}")
        equal(client_side.last.stats["flows"], 0, "flows alive")
        client_side.wait("the end of its lingering", lambda page: not page.flows)
        client_side.end()
        server_side.end()


def test_udp():
    with Lab() as net:
        here, there = net.pair()
        flowtop = net.flowtop(here)
        for family, mine, other in (("ipv4", "10.0.0.1", "10.0.0.2"),
                                    ("ipv6", "fd00:0::1", "fd00:0::2")):
            server = net.udp(there, other, 53)
            client = net.udp(here, mine)
            client.connect((other, 53))
            client.send(b"?")
            flow = flowtop.wait("a question", lambda page, family=family: page.find(
                family=family, proto="udp", pid=os.getpid()))
            fields(flow, service="domain", state=None, direction="out", process=lab.ME,
                   dst_port=53, src_port=client.getsockname()[1])
            lab.check("SEEN_REPLY" not in flow["status"], "a reply before there was one")
            server.sendto(b"!", client.getsockname())
            client.recv(10)
            flowtop.wait("the answer", lambda page, family=family: any(
                "SEEN_REPLY" in f["status"] for f in page.all(family=family, proto="udp")))
        flowtop.end()


def test_icmp():
    with Lab() as net:
        here, _ = net.pair()
        flowtop = net.flowtop(here)
        for kind, proto, name, address in (
                (8, socket.IPPROTO_ICMP, "icmp", "10.0.0.2"),
                (128, socket.IPPROTO_ICMPV6, "icmpv6", "fd00:0::2")):
            with here:
                ping = net.keep(socket.socket(
                    socket.AF_INET6 if ":" in address else socket.AF_INET,
                    socket.SOCK_RAW, proto))
            ping.sendto(lab.icmp_echo(kind, 4711), (address, 0))
            flow = flowtop.wait("an echo", lambda page, name=name: page.find(proto=name))
            fields(flow, icmp_type=kind, icmp_code=0, icmp_id=4711, src_port=None, dst_port=None,
                   service=None, state=None, direction="out", nat=None)
        flowtop.end()


def test_ipv6():
    with Lab() as net:
        here, there = net.pair()
        flowtop = net.flowtop(here)
        net.listen(there, "fd00:0::2", 443)
        net.connect(here, "fd00:0::2", 443)
        flow = flowtop.wait("a connection", lambda page: page.find(
            family="ipv6", pid=os.getpid(), state="ESTABLISHED"))
        fields(flow, service="https", src_addr="fd00::1",
               dst_addr="fd00::2", match="exact")
        flowtop.end()


def test_v4_on_a_v6_socket():
    with Lab() as net:
        here, there = net.pair()
        flowtop = net.flowtop(here)
        net.listen(there, "10.0.0.2", 443)
        net.connect(here, "::ffff:10.0.0.2", 443)
        with here:
            server = net.keep(socket.create_server(("::", 22), family=socket.AF_INET6,
                                                   dualstack_ipv6=True))
        net.connect(there, "10.0.0.1", 22)
        flow = flowtop.wait("the client", lambda page: page.find(dst_port=443, pid=os.getpid()))
        fields(flow, family="ipv4", match="exact", direction="out")
        flow = flowtop.wait("the server", lambda page: page.find(dst_port=22, pid=os.getpid()))
        fields(flow, family="ipv4", direction="in", service="ssh")
        server.close()
        flowtop.end()


def test_inside_the_host():
    with Lab() as net:
        here, _ = net.pair()
        flowtop = net.flowtop(here)
        hidden = net.flowtop(here, "--no-loopback")
        net.listen(here, "127.0.0.1", 25)
        net.connect(here, "127.0.0.1", 25)
        flow = flowtop.wait("a connection", lambda page: page.find(
            dst_port=25, pid=os.getpid(), src_country_name="loopback"))
        fields(flow, direction="local", process=lab.ME, service="smtp")
        equal(hidden.fresh_page().flows, [], "flows with --no-loopback")
        flowtop.end()
        hidden.end()


def test_sock_info():
    with Lab() as net:
        here, there = net.pair()
        flowtop = net.flowtop(here)
        net.listen(there, "10.0.0.2", 443)
        net.connect(here, "10.0.0.2", 443).send(b"hello")
        flow = flowtop.wait("tcp_info", lambda page: (f := page.find(dst_port=443))
                            and f["rtt"] is not None and f)
        lab.check(0 < flow["rtt"] < lab.PATIENCE and flow["cwnd"] > 0, f"{flow}")
        equal(flow["retrans"], 0, "retrans")
        flowtop.end()


lab.run(test_curl, test_udp, test_icmp, test_ipv6, test_v4_on_a_v6_socket,
        test_inside_the_host, test_sock_info)
