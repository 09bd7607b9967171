#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""After a turmoil of short flows and deletions, and after events were lost,
the table is the kernel's: flow for flow, state for state, id for id.

CHURN is how many seconds the turmoil goes on, 20 if it is not set."""

import os
import random
import signal
import socket
import threading
import time
import xml.etree.ElementTree as ET

import lab
from lab import Lab, check, equal

SECONDS = float(os.environ.get("CHURN", 20))


# ---- the kernel's table ----

def kernel_table(ns):
    """{(family, protocol, addresses and ports): (state, id)} of conntrack -L."""
    table = {}
    for family in ("ipv4", "ipv6"):
        out = ns.command("conntrack", "-L", "-f", family, "-o", "xml,id").strip()
        for flow in ET.fromstring(out) if out else ():
            original = flow.find("meta[@direction='original']")
            rest = flow.find("meta[@direction='independent']")
            layer3, layer4 = original.find("layer3"), original.find("layer4")
            key = (family, layer4.get("protoname"), layer3.findtext("src"),
                   int(layer4.findtext("sport")), layer3.findtext("dst"),
                   int(layer4.findtext("dport")))
            table[key] = (rest.findtext("state"), int(rest.findtext("id")))
    return table


def shown_table(page):
    flows = page.all(end=None)
    table = {(f["family"], f["proto"], f["src_addr"], f["src_port"], f["dst_addr"],
              f["dst_port"]): (f["state"], f["id"]) for f in flows}
    equal(len(table), len(flows), "flows shown, each once")
    return table


def compare(ns, flowtop):
    """A page against the kernel's tables right before and right after it:
    what is in both must be shown, what is shown must be in one of them."""
    before = kernel_table(ns)
    shown = shown_table(flowtop.fresh_page())
    after = kernel_table(ns)
    steady = {k: v for k, v in before.items() if after.get(k) == v}
    missing = steady.keys() - shown.keys()
    ghosts = shown.keys() - before.keys() - after.keys()
    wrong = [(k, shown[k], v) for k, v in steady.items() if k in shown and shown[k] != v]
    print(f"  {len(steady)} flows, {len(missing)} missing, {len(ghosts)} ghosts, "
          f"{len(wrong)} wrong; lost {flowtop.last.stats['lost']}, "
          f"resyncs {flowtop.last.stats['resyncs']}")
    check(not (missing or ghosts or wrong),
          f"missing {list(missing)[:3]} ghosts {list(ghosts)[:3]} wrong {wrong[:3]}")
    return len(steady)


# ---- turmoil ----

def discard(server):
    """Accepts and closes, now and then in a way that resets."""
    while True:
        try:
            sock, _ = server.accept()
        except OSError:
            return
        with sock:
            if random.random() < 0.3:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def serve(net, ns, address):
    with ns:
        server = net.keep(socket.create_server(
            (address, 80), backlog=1000,
            family=socket.AF_INET6 if ":" in address else socket.AF_INET))
    threading.Thread(target=discard, args=(server,), daemon=True).start()


def churn_tcp(address, until):
    kept = []
    while time.monotonic() < until:
        try:
            sock = socket.create_connection((address, 80), 1)
            sock.send(b"x")
        except OSError:
            continue
        kept.append(sock)
        if len(kept) > 50:
            kept.pop(random.randrange(len(kept))).close()
    return kept


def churn_udp(address, until):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    while time.monotonic() < until:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            for _ in range(random.randrange(1, 20)):
                sock.sendto(b"x", (address, random.randrange(1000, 60000)))
        time.sleep(0.002)


def churn_deletions(ns, until):
    choices = (["-D", "-p", "udp"], ["-D", "-p", "tcp", "--state", "TIME_WAIT"],
               ["-D", "-p", "tcp", "--state", "ESTABLISHED"],
               ["-D", "-f", "ipv6", "-p", "udp"], ["-F"])
    while time.monotonic() < until:
        ns.command("conntrack", *random.choice(choices), status=None)
        time.sleep(random.random())


def turmoil(ns, seconds):
    until = time.monotonic() + seconds
    jobs = [(job, (address, until)) for job in (churn_tcp, churn_udp)
            for address in ("10.0.0.2", "fd00::2")]
    with ns:
        threads = [threading.Thread(target=job, args=args) for job, args in jobs]
        for thread in threads:
            thread.start()
    churn_deletions(ns, until)
    for thread in threads:
        thread.join()


def test_turmoil():
    with Lab() as net:
        here, there = net.pair()
        there.nft("table inet t { chain c { type filter hook input priority 0;\n"
                  "udp dport 1000-60000 drop; }\n}")
        for address in ("10.0.0.2", "fd00::2"):
            serve(net, there, address)
        flowtop = net.flowtop(here, "-d", "1")
        turmoil(here, SECONDS)
        sender = net.udp(here, "10.0.0.1")      # the last act may have been a flush
        for port in range(60001, 60501):
            sender.sendto(b"x", ("10.0.0.2", port))
        check(compare(here, flowtop) >= 500, "flows are missing on both sides")
        flowtop.end()


def test_overrun():
    """The event socket overflows, since nobody reads it for a while."""
    with Lab() as net:
        here, _ = net.pair()
        flowtop = net.flowtop(here, "--rcvbuf-max", "0.2")
        equal(flowtop.last.stats["lost"], 0, "lost at first")
        sender = net.udp(here, "10.0.0.1")
        for port in range(1000, 2000):
            sender.sendto(b"before", ("10.0.0.2", port))
        flowtop.wait("the first thousand", lambda page: page.stats["flows"] >= 1000)
        flowtop.process.send_signal(signal.SIGSTOP)
        for port in range(2000, 12000):
            sender.sendto(b"while it slept", ("10.0.0.2", port))
        here.command("conntrack", "-D", "-p", "udp", "--orig-port-dst", "1500")
        flowtop.process.send_signal(signal.SIGCONT)
        flowtop.wait("the loss to be seen", lambda page: page.stats["lost"] > 0
                     and page.stats["resyncs"] > 0 and page.stats["flows"] >= 10999)
        equal(compare(here, flowtop), 10999, "flows")
        flowtop.end()


def test_flush():
    with Lab() as net:
        here, _ = net.pair()
        flowtop = net.flowtop(here)
        sender = net.udp(here, "10.0.0.1")
        for port in range(1000, 4000):
            sender.sendto(b"x", ("10.0.0.2", port))
        flowtop.wait("the flows", lambda page: page.stats["flows"] == 3000)
        here.command("conntrack", "-F")
        flowtop.wait("their end", lambda page: page.stats["flows"] == 0)
        equal(compare(here, flowtop), 0, "flows")
        flowtop.end()


lab.run(test_turmoil, test_overrun, test_flush)
