#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The flow log of --events: each flow that begins, changes its state or ends."""

import csv
import os
import socket
import struct
import subprocess
import threading

import crowd
import lab
from lab import Lab, check, equal

BASE = (lab.FLOWTOP, "--config", "/dev/null", "-n", "-d", "0.2")


class Log:
    """A flowtop --events; its lines as they come."""

    def __init__(self, net, ns, *args):
        self.lines = []
        self.errors = b""
        self.process = net.popen(ns, *BASE, "--events", *args, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(lab.parse_line(line))

    def _read_errors(self):
        self.errors = self.process.stderr.read()

    def all(self, **wanted):
        return [line for line in list(self.lines)
                if all(line.get(k) == v for k, v in wanted.items())]

    def wait(self, **wanted):
        def found():
            check(self.process.poll() is None, f"flowtop ended: {self.errors}")
            return self.all(**wanted)

        return lab.until(f"a line with {wanted}", found)[0]


def started(net, ns, *args):
    """A log that is known to be at work: it has told of a first flow."""
    log = Log(net, ns, *args)
    probe = net.udp(ns, "10.0.0.1", 9)

    def told():
        check(log.process.poll() is None, f"flowtop ended: {log.errors}")
        probe.sendto(b"?", ("10.0.0.2", 9))
        if not log.all(src_port=9):
            ns.command("conntrack", "-D", "-p", "udp", "--sport", "9", status=None)
        return log.all(src_port=9)

    lab.until("the first line", told)
    return log


def close_hard(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def test_lives():
    """A line for the begin, the states and the end of each flow, and why it ended."""
    with Lab() as net:
        here, there = net.pair()
        for name, seconds in (("time_wait", 1), ("close", 1), ("last_ack", 1)):
            here.sysctl(f"netfilter.nf_conntrack_tcp_timeout_{name}", seconds)
        here.sysctl("netfilter.nf_conntrack_udp_timeout", 1)
        server = net.listen(there, "10.0.0.2", 80)
        log = started(net, here)
        closed, reset, deleted = (net.connect(here, "10.0.0.2", 80) for _ in range(3))
        ports = [s.getsockname()[1] for s in (closed, reset, deleted)]
        expired = net.udp(here, "10.0.0.1", 5000)
        expired.sendto(b"?", ("10.0.0.2", 53))
        begin = log.wait(type="new", src_port=ports[0])
        equal((begin["told"], begin["end"], begin["end_reason"]), (True, None, None), "the begin")
        log.wait(type="update", src_port=ports[2], state="ESTABLISHED")
        closed.shutdown(socket.SHUT_RDWR)
        close_hard(reset)
        here.command("conntrack", "-D", "-p", "tcp", "--sport", str(ports[2]))
        del server
        end = log.wait(type="end", src_port=ports[2])
        equal(end["end_reason"], "deleted", "deleted")
        check(end["ended_by_pid"] or not crowd.has_ring(), f"no PID of conntrack: {end}")
        check(end["ended_by"] in ("conntrack", None), f"deleted by {end['ended_by']}")
        end = log.wait(type="end", src_port=ports[1])
        equal((end["end_reason"], end["ended_by_pid"], end["state"]), ("reset", None, "CLOSE"),
              "reset")
        end = log.wait(type="end", src_port=5000)
        equal((end["end_reason"], end["told"], end["orig_packets"], end["state"]),
              ("expired", True, 1, None), "expired")
        equal((end["host"], end["time"][:4]), (begin["host"], begin["time"][:4]), "host, time")
        states = [line["state"] for line in log.all(type="update", src_port=ports[2])]
        equal(states[:2], ["SYN_RECV", "ESTABLISHED"], "states")
        for port in (*ports[1:], 5000):
            equal((len(log.all(type="new", src_port=port)), len(log.all(type="end", src_port=port))),
                  (1, 1), "begins and ends of a flow")


def test_processes():
    """A line waits for its process, if not for long."""
    with Lab() as net:
        here, _ = net.pair()
        log = started(net, here)

        def named():
            net.udp(here, "10.0.0.1").sendto(b"?", ("10.0.0.2", 53))
            here.command("conntrack", "-D", "-p", "udp", "--dport", "53")
            return log.all(type="new", pid=os.getpid(), match="exact", dst_port=53) and \
                log.all(type="end", pid=os.getpid(), match="exact", dst_port=53)

        lab.until("the process in both lines", named)


def test_ended():
    """A filter on the ended leaves their lines alone; also of flows from before."""
    with Lab() as net:
        here, _ = net.pair()
        before = net.udp(here, "10.0.0.1", 5001)
        before.sendto(b"?", ("10.0.0.2", 53))
        log = started(net, here, "ended")
        here.command("conntrack", "-D", "-p", "udp", "--sport", "5001")
        log.wait(src_port=5001)
        equal({line["type"] for line in log.lines}, {"end"}, "types")
        equal({line["end_reason"] for line in log.all(told=True)}, {"deleted"}, "reasons")


def test_csv():
    with Lab() as net:
        here, _ = net.pair()
        sock = net.udp(here, "10.0.0.1", 5002)
        process = net.popen(here, *BASE, "--events", "--csv", "--columns", "src_port,end_reason",
                            "-c", "1", "src", "port", "5002", stdout=subprocess.PIPE, text=True)

        def again():
            sock.sendto(b"?", ("10.0.0.2", 53))
            here.command("conntrack", "-D", "-p", "udp", status=None)
            return process.poll() is not None

        lab.until("a line", again)
        rows = list(csv.DictReader(process.stdout))
        equal(list(rows[0]), "type time host told lines overruns src_port end_reason".split(),
              "heading")
        equal((len(rows), rows[0]["src_port"]), (1, "5002"), "rows")


lab.run(test_lives, test_processes, test_ended, test_csv)
