#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where resources run out, flowtop ends or goes on; in either case the sysctls
are as they were found. Whoever may run it sets its limits."""

import os
import signal
import subprocess

from lab import FLOWTOP, Lab, PATIENCE, equal, run

SYSCTLS = ("netfilter.nf_conntrack_acct", "netfilter.nf_conntrack_timestamp")
# how it ends at once, at some point of its start
LIMITS = ("nofile=10", "nofile=17", "nofile=23", "fsize=0", "fsize=1", "memlock=0", "stack=65536",
          "as=41943040", "as=94371840")
NOTHING = ["--nofile=0", "--fsize=0", "--stack=1", "--memlock=0", "--sigpending=0"]
if "address" not in os.environ.get("BUILD", ""):     # which ends a program without memory
    NOTHING += ["--as=1", "--data=1"]


def expect_as_found(ns, when):
    equal([ns.sysctl(name) for name in SYSCTLS], ["0", "0"], f"sysctls {when}")
    equal(os.listdir("/run/flowtop") if os.path.isdir("/run/flowtop") else [], [],
          f"records {when}")


def test_from_the_start():
    with Lab() as net:
        ns, _ = net.pair()
        for limit in LIMITS:
            with ns:
                subprocess.run(["prlimit", f"--{limit}", FLOWTOP, "--config", "/dev/null", "-n",
                                "--json", "-c", "2", "-d", "0.1"], timeout=3 * PATIENCE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            expect_as_found(ns, f"with {limit}")


def test_while_it_runs():
    """No descriptor, no memory, no byte to a file."""
    with Lab() as net:
        here, there = net.pair()
        net.listen(there, "10.0.0.2", 80)
        flowtop = net.flowtop(here)
        equal([here.sysctl(name) for name in SYSCTLS], ["1", "1"], "sysctls while it runs")
        subprocess.run(["prlimit", f"--pid={flowtop.pid}", *NOTHING], check=True)
        for _ in range(300):
            net.connect(here, "10.0.0.2", 80)
        if flowtop.process.poll() is None:
            flowtop.process.send_signal(signal.SIGTERM)
        flowtop.process.wait(PATIENCE)
        expect_as_found(here, "after it ran out of all")


# a sanitizer would not give back what a fault ends
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0"
run(test_from_the_start, test_while_it_runs)
