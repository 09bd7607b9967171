#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whom flowtop names for programs that send once and end: right, none, wrong.

    tests/bench/right.py [WORD...] [--flows N] [--no-perf] [--cost]

Root. WORDs pick rows: udp connected icmp raw tcp, veth lo, 50 200 1000,
0.1 0.5 5, forwarded, plain rps vxlan, nfqueue. The programs are those of
tests/net/clients.c, executed for each flow; what is said of them is in flowtop's
JSON. Prints the table of it. --cost: what naming them costs, instead.
"""
import argparse
import itertools
import os
import pathlib
import statistics
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests/net"))
os.environ.setdefault("FLOWTOP", str(TOP / "flowtop"))
# pylint: disable=wrong-import-position
import crowd            # noqa: E402
import lab              # noqa: E402

RATES, LIVES = (50, 200, 1000), (0.1, 0.5, 5)
TIMEOUT = 4             # seconds that the kernel keeps a flow
TIMEOUTS = ("udp_timeout", "udp_timeout_stream", "icmp_timeout", "generic_timeout",
            "tcp_timeout_time_wait", "tcp_timeout_close", "tcp_timeout_last_ack",
            "tcp_timeout_fin_wait", "tcp_timeout_close_wait")


def thread_seconds(pid, name):
    """CPU time of a thread."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            return int((task / "schedstat").read_text().split()[0]) / 1e9
    raise lab.Failure(f"there is no thread {name}")


class Bench:
    def __init__(self):
        parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
        parser.add_argument("words", nargs="*")
        parser.add_argument("--flows", type=int, default=1000)
        parser.add_argument("--no-perf", action="store_true")
        parser.add_argument("--cost", action="store_true")
        self.options = parser.parse_args()
        self.first = 0
        self.missed = 0

    def wants(self, *names):
        """Each word names a row, or rows of other kinds are named."""
        words = self.options.words
        groups = (crowd.PROTOS, map(str, RATES), map(str, LIVES),
                  ("lo", "veth", "forwarded", "nfqueue"), ("plain", "rps", "vxlan"))
        for group in map(set, groups):
            chosen = group & set(words)
            if chosen and not chosen & set(map(str, names)):
                return False
        return True

    def flowtop(self, net, ns):
        for name in TIMEOUTS:
            ns.sysctl(f"netfilter.nf_conntrack_{name}", TIMEOUT)
        more = ["--no-perf"] if self.options.no_perf else []
        return net.flowtop(ns, "-d", "1", "--columns", crowd.COLUMNS, *more)

    def row(self, flowtop, people, ns, what, case):
        kind, rate, life = case
        n = self.options.flows
        truth = people.send(ns, kind, self.first, n, rate, int(life * 1000))
        self.first += n
        verdict = crowd.Verdict(truth, kind)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            flowtop.wait("a page", verdict.take)
        right, wrong = verdict.right, len(verdict.wrong)
        print(f"| {what} | {kind} | {rate} | {life} ms | {n} | {100 * right / n:.2f} % | "
              f"{n - right - wrong} | {wrong} | {n - verdict.seen} |", flush=True)
        for said, true in list(verdict.wrong.values())[:3]:
            print(f"  said {said}, true {true}", flush=True)

    def rows(self, way, what):
        cases = [c for c in itertools.product(crowd.PROTOS, RATES, LIVES) if self.wants(what, *c)]
        if not cases:
            return
        with lab.Lab() as net:
            here, there = way(net)
            people = crowd.Crowd(net)
            people.serve(there)
            flowtop = self.flowtop(net, here)
            self.first = 1
            for case in cases:
                self.row(flowtop, people, here, what, case)
            flowtop.end()

    def forwarded(self, what, prepare):
        cases = [("udp", 200, 0.5), ("udp", 1000, 0.5), ("tcp", 200, 0.5), ("icmp", 200, 0.5)]
        cases = [c for c in cases if self.wants("forwarded", what, *c)]
        if not cases:
            return
        with lab.Lab() as net:
            client, router, server = crowd.between(net)
            people = crowd.Crowd(net)
            people.serve(server)
            prepare(client, router, server)
            flowtop = self.flowtop(net, router)
            self.first = 1
            for case in cases:
                self.row(flowtop, people, client, f"forwarded, {what}", case)
            flowtop.end()

    def queued(self):
        cases = [("udp", 200, 0.5), ("udp", 1000, 0.5), ("tcp", 200, 0.5), ("icmp", 200, 0.5)]
        cases = [c for c in cases if self.wants("nfqueue", *c)]
        if not cases:
            return
        with lab.Lab() as net:
            here, there = crowd.beside(net)
            people = crowd.Crowd(net)
            people.serve(there)
            reader = crowd.queue_output(net, here)
            flowtop = self.flowtop(net, here)
            self.first = 1
            for case in cases:
                self.row(flowtop, people, here, "veth, nfqueue", case)
            lab.check(reader.packets, "the queue had no packet")
            flowtop.end()

    def cost_of_thread(self, people, here, what, send):
        """CPU of the thread that looks processes up, while there are 1,000 flows/s."""
        flowtop = self.flowtop(people.net, here)
        flowtop.wait("a page", lambda page: page)
        before, began = thread_seconds(flowtop.pid, "enrich"), time.monotonic()
        send()
        cpu, took = thread_seconds(flowtop.pid, "enrich") - before, time.monotonic() - began
        flowtop.end()
        here.command("conntrack", "-F")
        print(f"| attribution, 1,000 flows/s, {what} | {100 * cpu / took:.2f} % of a core |",
              flush=True)

    def cost_of_event(self, people, here):
        """What a sender pays for a new flow, with the filter and without, in turns."""
        took = {(): [], ("--no-perf",): []}
        for _ in range(7):
            for options, ns in took.items():
                flowtop = people.net.flowtop(here, "-d", "1", "-L", "0", *options)
                ns.append(int(here.command(people.program, "flood", "10.77.0.1", "20000", "0")))
                flowtop.end()
                here.command("conntrack", "-F")
        with_filter, without = (statistics.median(ns) for ns in took.values())
        print(f"| a new flow, CPU of the sender | {with_filter:.0f} ns with the filter, "
              f"{without:.0f} ns without |", flush=True)

    def cost(self):
        with lab.Lab() as net:
            here, there = crowd.beside(net)
            people = crowd.Crowd(net)
            people.serve(there)
            self.cost_of_thread(people, here, "a program executed for each", lambda:
                                people.send(here, "udp", 1, 10000, 1000, 500))
            self.cost_of_thread(people, here, "of one program", lambda: here.command(
                people.program, "flood", "10.77.0.1", "10000", "1000"))
            self.cost_of_event(people, here)

    def run(self):
        if self.options.cost:
            self.cost()
            return
        print("| way | clients | a second | life | flows | right | none | wrong | not seen |\n"
              "|---|---|---|---|---|---|---|---|---|", flush=True)
        self.rows(crowd.inside, "lo")
        self.rows(crowd.beside, "veth")
        self.queued()
        self.forwarded("plain", lambda *_: None)
        self.forwarded("rps", lambda _client, router, _server: crowd.spread(router))
        self.forwarded("vxlan", crowd.tunnel)


lab.run(Bench().run)
