#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A soak of flowtop --events: flows begin and end at a steady rate, and each has
to have one begin and one end in the log.

    tests/attack/event_log.py [RATE [SECONDS [FLOWTOP]]]

Run by hand, as root or not: it makes namespaces of its own. Flows are UDP
datagrams from one socket to as many addresses and ports as are needed, so the
list of what was sent is known; their timeout is 2 s. Prints what is missing,
what is there twice, and the lines "lost"; status 1 if there is any.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "net"))
RATE, SECONDS = (int(n) for n in (sys.argv[1:3] + ["5000", "120"][len(sys.argv[1:3]):]))
if len(sys.argv) > 3:
    os.environ["FLOWTOP"] = sys.argv[3]

import lab  # noqa: E402 pylint: disable=wrong-import-position

PORTS = 50000       # of one address; flows differ by address and port
PORT = 7777         # the sender's


class Counts:
    """How often each flow began and ended in the log."""

    def __init__(self, process):
        self.begins, self.ends = collections.Counter(), collections.Counter()
        self.reasons, self.lost, self.untold = collections.Counter(), [], 0
        self.process = process
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for text in self.process.stdout:
            line = json.loads(text)
            if line["type"] == "lost":
                self.lost.append((line["lines"], line["overruns"]))
                continue
            key = (line["dst_addr"], line["dst_port"])
            if line["type"] == "new":
                self.begins[key] += 1
            elif line["type"] == "end":
                self.ends[key] += 1
                self.reasons[line["end_reason"]] += 1
            self.untold += not line["told"]


def send(sock):
    """Sends at the rate; the list of flows."""
    sent = []
    begin = time.monotonic()
    while (elapsed := time.monotonic() - begin) < SECONDS:
        while len(sent) < RATE * elapsed:
            where = (f"10.0.0.{2 + len(sent) // PORTS % 250}", 1 + len(sent) % PORTS)
            sock.sendto(b"?", where)
            sent.append(where)
        time.sleep(0.005)
    return sent, time.monotonic() - begin


def report(what, flows):
    print(f"{what}: {len(flows)}", *flows[:3])
    return len(flows)


def soak():
    with lab.Lab() as net:
        here, there = net.pair()
        here.sysctl("netfilter.nf_conntrack_udp_timeout", 2)
        for n in range(2, 252):
            there.command("ip", "addr", "add", f"10.0.0.{n}/24", "dev", "eth0", status=None)
        there.nft("table inet quiet { chain c { type filter hook input priority 0; drop; }\n}")
        log = net.popen(here, lab.FLOWTOP, "--config", "/dev/null", "--events", "-n", "-G",
                        "--columns", "dst_addr,dst_port,end_reason,pid", f"src port {PORT}",
                        stdout=subprocess.PIPE)
        counts = Counts(log)
        sock = net.udp(here, "10.0.0.1", PORT)
        probe = ("10.0.0.254", 1)
        lab.until("the log", lambda: (
            sock.sendto(b"?", probe), here.command("conntrack", "-F"), counts.ends)[-1])
        sent, seconds = send(sock)
        print(f"sent {len(sent)} flows in {seconds:.1f} s")
        lab.until("the last end", lambda: len(counts.ends) > len(set(sent)) or counts.lost, 240)
        time.sleep(1)       # for what should not be there
        with open(f"/proc/{log.pid}/stat", encoding="ascii") as file:
            ticks = sum(int(n) for n in file.read().rpartition(")")[2].split()[11:13])
        print(f"CPU of flowtop: {ticks / os.sysconf('SC_CLK_TCK'):.1f} s; "
              f"reasons: {dict(counts.reasons)}; not told: {counts.untold}")
        wanted = collections.Counter(sent)
        for seen in (counts.begins, counts.ends):
            seen.pop(probe, None)
        bad = report("begins missing", list((wanted - counts.begins).elements()))
        bad += report("begins too many", list((counts.begins - wanted).elements()))
        bad += report("ends missing", list((wanted - counts.ends).elements()))
        bad += report("ends too many", list((counts.ends - wanted).elements()))
        bad += report("lost", counts.lost)
        lab.check(not bad, "the log is not the list")


lab.run(soak)
