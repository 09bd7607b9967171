#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What flowtop changes of the system, and puts back: the sysctls of
accounting and timestamps, the rule of --track. And what it says where there
is nothing to see, or it has no rights."""

import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys

import lab
from lab import Lab, check, equal, until

SYSCTLS = ("netfilter.nf_conntrack_acct", "netfilter.nf_conntrack_timestamp")


def switches(ns):
    return [ns.sysctl(name) for name in SYSCTLS]


def expect(ns, wanted, when):
    equal(switches(ns), wanted, f"acct and timestamp {when}")


def test_put_back():
    with Lab() as net:
        ns, _ = net.pair()
        expect(ns, ["0", "0"], "at first")
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            flowtop = net.flowtop(ns)
            expect(ns, ["1", "1"], "while it runs")
            until("acct in the statistics", lambda flowtop=flowtop: flowtop.wait(
                "a page", lambda page: page.stats["acct"] and page.stats["timestamp"]))
            flowtop.end(sig)
            expect(ns, ["0", "0"], f"after {sig.name}")


def test_left_alone():
    with Lab() as net:
        ns, _ = net.pair()
        flowtop = net.flowtop(ns, "--no-sysctl")
        expect(ns, ["0", "0"], "with --no-sysctl")
        equal(flowtop.last.stats["acct"], False, "acct")
        flowtop.end()
        ns.sysctl(SYSCTLS[0], 1)
        net.flowtop(ns).end()
        expect(ns, ["1", "0"], "where one was on before")


def test_two():
    with Lab() as net:
        ns, _ = net.pair()
        first, second = net.flowtop(ns), net.flowtop(ns)
        first.end()
        expect(ns, ["1", "1"], "with one left")
        second.end()
        expect(ns, ["0", "0"], "after the last")


def test_after_a_kill():
    """What a killed one left, the next one puts back."""
    with Lab() as net:
        ns, _ = net.pair()
        net.flowtop(ns).kill()
        expect(ns, ["1", "1"], "after SIGKILL")
        net.flowtop(ns).end()
        expect(ns, ["0", "0"], "after the next one")


def tables(ns):
    return re.findall(r"table inet (flowtop-\d+)", ns.command("nft", "list", "tables"))


def test_track():
    with Lab() as net:
        here, there = net.netns(), net.netns()
        net.link(here, there, 0)
        without = net.flowtop(here)
        without.wait("no tracking", lambda page: page.stats["tracking"] is False)
        without.end(errors="flowtop: the kernel tracks no connections here: no rule asks for it "
                    "(--track adds one while flowtop runs)\n")
        for end in (lambda f: f.end(), lambda f: f.kill()):
            flowtop = net.flowtop(here, "--track")
            equal(tables(here), [f"flowtop-{flowtop.pid}"], "tables")
            net.udp(here, "10.0.0.1").sendto(b"?", ("10.0.0.2", 53))
            flowtop.wait("a flow", lambda page: page.find(dst_port=53, pid=os.getpid()))
            flowtop.wait("tracking", lambda page: page.stats["tracking"] is True)
            end(flowtop)
            until("the table to go", lambda: not tables(here))


def test_track_where_a_rule_is():
    with Lab() as net:
        ns, _ = net.pair()
        flowtop = net.flowtop(ns, "--track")
        equal(tables(ns), [], "tables")
        flowtop.end()


def test_track_twice():
    """Each has a rule of its own, so that either may end first."""
    with Lab() as net:
        here, there = net.netns(), net.netns()
        net.link(here, there, 0)
        first = net.flowtop(here, "--track")
        second = net.flowtop(here, "--track")
        equal(sorted(tables(here)), sorted(f"flowtop-{f.pid}" for f in (first, second)), "tables")
        first.end()
        equal(tables(here), [f"flowtop-{second.pid}"], "tables")
        net.udp(here, "10.0.0.1").sendto(b"?", ("10.0.0.2", 53))
        second.wait("a flow", lambda page: page.find(dst_port=53, pid=os.getpid()))
        second.end()


def probed(net, rules):
    """A namespace with these rules, the deletions in its table, and flowtop."""
    ns = net.netns()
    ns.nft(rules)
    with ns:
        deletions = net.keep(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12))
    deletions.bind((0, 1 << 2))         # NF_NETLINK_CONNTRACK_DESTROY
    deletions.settimeout(lab.PATIENCE)
    return ns, deletions, net.flowtop(ns, "--self", "--linger", "1000")


def test_probe():
    """The probe whether the kernel tracks is not shown, not even as it ended,
    nor does an entry of it stay."""
    drop = """table inet d {
        chain c { type filter hook input priority 1; meta l4proto udp drop; }
    }"""
    with Lab() as net:
        labs = [probed(net, rules) for rules in
                (lab.TRACK, lab.TRACK.replace("inet", "ip6"), lab.TRACK + "\n" + drop)]
        for ns, deletions, flowtop in labs:
            for _ in range(2):
                deletions.recv(4096)    # a probe is over
            page = flowtop.fresh_page()
            equal((page.stats["tracking"], page.flows), (True, []), "tracking and flows")
            flowtop.end()
            for family in "ipv4", "ipv6":
                equal(ns.command("conntrack", "-L", "-f", family), "", "the kernel's table")


def test_connected_to_itself():
    """As the probe is, but it is not ours."""
    with Lab() as net:
        ns, _ = net.pair()
        flowtop = net.flowtop(ns)
        for address in "127.0.0.1", "::1", "10.0.0.1":
            own = net.udp(ns, address)
            own.connect(own.getsockname())
            own.send(b"?")
            port = own.getsockname()[1]
            flowtop.wait(f"{address} to itself", lambda page, address=address, port=port: page.find(
                proto="udp", src_addr=address, dst_addr=address, src_port=port, dst_port=port))
        flowtop.end()


MARK = 0x46     # upper byte of the port by which flowtops find one another (track/holders.c)
FORGED = """
import socket, struct, sys
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12).sendto(
    struct.pack("=IHHII4x", 20, 0x100, 0x600, 0, 0), (int(sys.argv[1]), 0))
"""


def is_refused_without_rights(ns, port):
    """Does that socket take a message only from who may change the namespace?"""
    with ns:
        done = subprocess.run(["setpriv", "--bounding-set=-net_admin", sys.executable, "-c", FORGED,
                               str(port)], stderr=subprocess.PIPE, text=True, check=False)
    return "PermissionError" in done.stderr


def test_forged_messages():
    """The sockets of conntrack take no message of another process."""
    with Lab() as net:
        ns, _ = net.pair()
        flowtop = net.flowtop(ns)
        refused = 0
        with ns:
            other = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)   # NETLINK_NETFILTER
            lines = pathlib.Path("/proc/thread-self/net/netlink").read_text().splitlines()[1:]
        own = other.getsockname()[0]
        for port in [int(line.split()[2]) for line in lines if line.split()[1] == "12"]:
            if port in (0, own):
                continue
            if port >> 24 == MARK:
                check(is_refused_without_rights(ns, port), f"port {port} takes a forged message")
                continue
            try:
                other.sendto(struct.pack("=IHHII4x", 20, 0x100, 0x600, 0, 0), (port, 0))
                check(False, f"port {port} takes a forged message")
            except ConnectionRefusedError:
                refused += 1
        other.close()
        check(refused >= 3, f"only {refused} sockets were found")
        flowtop.end()


def test_no_rights():
    with Lab() as net:
        ns, _ = net.pair()
        for args in (["--json"], ["-1"], ["--track"]):
            with ns:
                done = subprocess.run(["setpriv", "--bounding-set=-all", "--inh-caps=-all",
                                       lab.FLOWTOP, "--config", "/dev/null", *args],
                                      capture_output=True, text=True, timeout=lab.PATIENCE,
                                      check=False)
            equal((done.returncode, done.stdout), (1, ""), f"{args}")
            check(re.fullmatch(rf"flowtop: .*CAP_NET_ADMIN.*: sudo {re.escape(lab.FLOWTOP)}, or .* setcap .*\n",
                               done.stderr),
                  f"{args}: {done.stderr}")
        expect(ns, ["0", "0"], "without rights")


def test_track_once():
    """It says why its one page is empty, and not where one tracked before."""
    with Lab() as net:
        ns = net.netns()

        def stderr(*words):
            with ns:
                return subprocess.run([lab.FLOWTOP, "--config", "/dev/null", "-1", *words],
                                      check=True, capture_output=True, text=True,
                                      timeout=lab.PATIENCE).stderr

        check("no rule asks for it" in stderr(), "without --track")
        check("no rule made the kernel track" in stderr("--track"), "with --track")
        ns.nft(lab.TRACK)
        equal(stderr("--track"), "", "stderr where one tracked before")


def test_picked_up():
    """Tracking begins when connections are there, with what the servers send: the
    end that listens did not begin them."""
    with Lab() as net:
        here, there = net.netns(), net.netns()
        net.link(here, there, 0)
        servers = []
        for ns, other, address, port in ((here, there, "10.0.0.1", 8080),
                                         (there, here, "10.0.0.2", 9090)):
            with ns:
                server = net.keep(socket.create_server((address, port)))
            net.connect(other, address, port)
            servers.append(net.keep(server.accept()[0]))
        flowtop = net.flowtop(here, "--track")

        def flow_of(port, direction):
            for server in servers:
                server.send(b"?")
            return flowtop.wait(f"{port} {direction}",
                                lambda page: page.find(src_port=port, direction=direction))
        came, went = flow_of(8080, "in"), flow_of(9090, "out")
        equal((came["service"], came["client_addr"], came["remote_addr"]),
              ("http-alt", "10.0.0.2", "10.0.0.2"), "one that came")
        equal((went["client_addr"], went["remote_addr"]), (None, "10.0.0.2"), "one that went")
        flowtop.end()


lab.run(test_put_back, test_left_alone, test_two, test_after_a_kill, test_track,
        test_track_where_a_rule_is, test_track_once, test_track_twice, test_picked_up,
        test_probe, test_connected_to_itself, test_forged_messages, test_no_rights)
