#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures what has a budget and prints the table of it (make bench).

Root. Everything happens in a network namespace made here; nf_conntrack_max
and _buckets, which belong to the machine, are put back. All that is compared
is measured in the same run. Sizes can be cut down: BENCH_FLOWS=100000.
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
ONLY = sys.argv[2:]
FLOWTOP = os.path.join(TOP, "flowtop")
CTGEN = os.path.join(TOP, BUILD, "tests/bench/ctgen")
FLOWS = int(os.environ.get("BENCH_FLOWS", "1000000"))
NS = f"ftbench{os.getpid()}"
HZ = os.sysconf("SC_CLK_TCK")
LIMITS = {"nf_conntrack_max": 2200000, "nf_conntrack_buckets": 1048576}
QUIET = ["-n", "-G", "--no-sysctl"]
table = []


def sh(*args, **kw):
    return subprocess.run(args, check=True, text=True, capture_output=True, timeout=120, **kw).stdout


def ns(*args):
    return ["ip", "netns", "exec", NS, *map(str, args)]


def row(what, bar, measured, ok):
    table.append((what, bar, measured, ok))
    print(f"  {what}: {measured} (bar: {bar}) {'ok' if ok else 'MISSED'}", flush=True)


def note(text):
    print(f"  {text}", flush=True)


def flush():
    subprocess.run(ns("conntrack", "-F"), capture_output=True, timeout=120)


def make(n, first=0, rate=0):
    return sh(*ns(CTGEN, "make", n, first, rate))


def count():
    return int(sh(*ns("conntrack", "-C")))


class Proc:
    """A program, with its CPU time and memory by /proc."""

    def __init__(self, *args, stdout=subprocess.PIPE):
        # ip netns exec replaces itself by the program: the PID is the program's
        self.p = subprocess.Popen(ns(*args), stdout=stdout, stderr=subprocess.DEVNULL)

    def cpu(self, thread=None):
        total = 0
        base = f"/proc/{self.p.pid}/task"
        for tid in os.listdir(base):
            stat = open(f"{base}/{tid}/stat").read()
            name, rest = stat[stat.index("(") + 1:stat.rindex(")")], stat[stat.rindex(")") + 2:].split()
            if thread in (None, name):
                total += int(rest[11]) + int(rest[12])
        return total / HZ

    def rss(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.p.pid}/status").read())[1])

    def first_line(self):
        return self.p.stdout.readline()

    def stop(self):
        self.p.send_signal(signal.SIGTERM)
        try:
            self.p.wait(20)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()


class Screen(Proc):
    """A program on a terminal of its own."""

    def __init__(self, *args, rows=40, cols=120):
        self.fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        env = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8")
        self.p = subprocess.Popen(ns(*args), stdin=slave, stdout=slave, stderr=slave, env=env,
                                  start_new_session=True)
        os.close(slave)
        os.set_blocking(self.fd, False)

    def read(self, timeout):
        """All that comes until nothing came for 10 ms; waits @timeout for the first."""
        data, wait = b"", timeout
        while select.select([self.fd], [], [], wait)[0]:
            try:
                data += os.read(self.fd, 65536)
            except OSError:
                break
            wait = 0.01
        return data

    def read_for(self, seconds):
        data, until = b"", time.monotonic() + seconds
        while time.monotonic() < until:
            data += self.read(max(0.0, min(0.05, until - time.monotonic())))
        return data

    def wait_for(self, pattern, seconds):
        data, until = b"", time.monotonic() + seconds
        while time.monotonic() < until:
            data += self.read(0.05)
            if re.search(pattern, data):
                return True
        return False

    def key(self, key):
        os.write(self.fd, key)

    def stop(self):
        super().stop()
        os.close(self.fd)


def bare_dump():
    out = sh(*ns(CTGEN, "dump"))
    return float(re.search(r"wall ([\d.]+)", out)[1]), float(re.search(r"cpu ([\d.]+)", out)[1])


def bench_load():
    """Loading the table, against bare readers of the same dump before and after."""
    cpu = []
    bare = bare_dump()[1]
    for _ in range(7):
        p = Proc(FLOWTOP, "-b", "--json", "-L", "0", "-d", "60", "--no-perf", *QUIET)
        p.first_line()
        ours, rss = p.cpu("source"), p.rss()
        p.stop()
        after = bare_dump()[1]
        cpu.append(2 * ours / (bare + after))
        bare = after
    median = statistics.median(cpu)
    row(f"loading {FLOWS} flows, CPU of the source thread against a bare reader",
        "1.10 times", f"{median:.2f} times ({min(cpu):.2f} to {max(cpu):.2f})", median <= 1.10)
    per_flow = rss * 1024 / FLOWS
    row(f"memory, {FLOWS} flows, no names", "240 B of RSS a flow", f"{per_flow:.0f} B a flow",
        per_flow <= 240)
    began = time.monotonic()
    subprocess.run(ns("conntrack", "-L"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    listed = time.monotonic() - began
    began = time.monotonic()
    p = Proc(FLOWTOP, "-b", "--json", "-L", "0", "-d", "60", "--no-perf", *QUIET)
    p.first_line()
    ours = time.monotonic() - began
    p.stop()
    note(f"conntrack -L takes {listed / ours:.2f} times as long as flowtop to its first page")


def bench_events():
    """CPU an event of the source thread, against a bare recv loop."""
    n = 200000
    ratios = []
    for _ in range(3):
        flush()
        bare = Proc(CTGEN, "events", 64, n)
        bare.first_line()
        p = Proc(FLOWTOP, "-b", "--json", "-L", "0", "-d", "60", "--no-perf", *QUIET)
        p.first_line()
        before = p.cpu("source")
        make(n, 0, 40000)
        out = bare.p.stdout.read().decode()
        bare.p.wait()
        time.sleep(0.5)
        ours = p.cpu("source") - before
        p.stop()
        ratios.append(ours / float(re.search(r"cpu ([\d.]+)", out)[1]))
    median = statistics.median(ratios)
    row("an event, CPU, against a bare recv loop (40,000/s)", "1.3 times", f"{median:.2f} times",
        median <= 1.3)


def burst(n, *options):
    """n flows at full speed; the stats of the page after, and of the kernel."""
    flush()
    p = Proc(FLOWTOP, "-b", "--json", "-L", "0", "-d", "1", *QUIET, *options)
    p.first_line()
    made = make(n)
    stats = json.loads(p.first_line())
    deadline = time.monotonic() + 60
    while stats["flows"] != n and time.monotonic() < deadline:
        stats = json.loads(p.first_line())
    p.stop()
    return made.strip(), stats, count()


def bench_burst():
    n = 300000
    made, stats, kernel = burst(n)
    row(f"burst of {n} new flows, default options", "none lost",
        f"{made}; lost {stats['lost']}, table {stats['flows']}, kernel {kernel}",
        stats["lost"] == 0 and stats["flows"] == kernel)
    made, stats, kernel = burst(n, "--rcvbuf-max", "0.0625")
    row("the same into 64 KiB", "equal to the kernel within a dump, loss shown",
        f"lost {stats['lost']}, resyncs {stats['resyncs']}, table {stats['flows']}, kernel {kernel}",
        stats["lost"] > 0 and stats["flows"] == kernel)


def bench_idle():
    """CPU and memory of a screen over idle flows."""
    flush()
    n = 60000
    make(n)
    s = Screen(FLOWTOP, *QUIET, rows=50, cols=200)
    s.read_for(4)
    before = s.cpu()
    s.read_for(10)
    cpu, rss = (s.cpu() - before) * 10, s.rss() / 1024
    s.stop()
    row(f"CPU and RSS, {n} idle flows, 1 s refresh, no names", "12 % of a core, 40 MB",
        f"{cpu:.1f} %, {rss:.1f} MB", cpu <= 12 and rss <= 40)
    for peer in (["/usr/sbin/iptstate", "-R", "1"], ["/usr/sbin/flowtop", "-G", "-n"]):
        peer_idle(peer, n)
    flush()
    make(100)
    s = Screen(FLOWTOP, *QUIET, rows=40, cols=120)
    s.read_for(5)
    data = s.read_for(10)
    s.stop()
    row("bytes written to the terminal in an idle second, 120x40", "2,000",
        f"{len(data) / 10:.0f}", len(data) / 10 <= 2000)


def peer_idle(command, n):
    if not os.access(command[0], os.X_OK):
        note(f"{command[0]} is not installed")
        return
    s = Screen(*command, rows=50, cols=200)
    s.read_for(4)
    if s.p.poll() is not None:
        note(f"{command[0]} gave up")
        return
    before = s.cpu()
    s.read_for(10)
    note(f"{' '.join(command)} on the same {n} flows: {(s.cpu() - before) * 10:.1f} %, "
         f"{s.rss() / 1024:.1f} MB")
    s.p.kill()
    s.p.wait()


def bench_first():
    flush()
    make(10000)
    times = []
    for _ in range(5):
        began = time.monotonic()
        s = Screen(FLOWTOP, *QUIET)
        s.wait_for(rb"10\.0\.\d+\.\d+", 10)
        times.append(time.monotonic() - began)
        s.stop()
    bare = bare_dump()[0]
    first = (statistics.median(times) - bare) * 1000
    row("first full picture, 10,000 flows, after the dump's end (start included)", "100 ms",
        f"{first:.0f} ms", first <= 100)


def key_lags(screen, keys, n):
    """Seconds from each of n keys to the first bytes of its picture, sorted."""
    lag = []
    for i in range(n):
        screen.read_for(0.03)
        began = time.monotonic()
        screen.key(keys[i % len(keys)])
        if select.select([screen.fd], [], [], 2)[0]:
            os.read(screen.fd, 65536)
        lag.append((time.monotonic() - began) * 1000)
    return sorted(lag)


def p99(lag):
    return lag[int(len(lag) * 0.99)]


def bench_key():
    """From a key to its picture, while flows come and go. A cat on a terminal
    of its own tells what the machine itself takes under the same load."""
    flush()
    make(FLOWS)
    churn = subprocess.Popen(ns(CTGEN, "make", 20000 * 90, 3000000, 20000), stdout=subprocess.DEVNULL)
    s = Screen(FLOWTOP, *QUIET, rows=50, cols=160)
    s.wait_for(rb"10\.\d+\.\d+\.\d+", 60)
    s.read_for(3)
    lag = key_lags(s, [b"j", b"j", b"k", b"\x1b[6~", b"\x1b[5~", b"j"], 300)
    cat = Screen("sh", "-c", "stty raw -echo; exec cat")
    cat.read_for(1)
    bare = key_lags(cat, [b"j"], 300)
    cat.p.kill()
    s.stop()
    churn.kill()
    churn.wait()
    row(f"a key to its picture, {FLOWS} flows, 20,000 events/s", "p99 16 ms",
        f"p50 {lag[len(lag) // 2]:.1f} ms, p99 {p99(lag):.1f} ms "
        f"(a bare cat beside it: p99 {p99(bare):.1f} ms)", p99(lag) <= 16)


def bench_modules():
    """Programs that measure one module each; their lines are theirs."""
    folder = os.path.join(TOP, BUILD, "tests/bench")
    for name in ("filter", "geoip", "dns", "proc"):
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            out = subprocess.run([path], capture_output=True, text=True, timeout=400)
            for line in out.stdout.splitlines():
                note(line)


BENCHES = {
    "load": bench_load, "events": bench_events, "burst": bench_burst, "idle": bench_idle,
    "first": bench_first, "key": bench_key, "modules": bench_modules,
}


def main():
    if os.geteuid():
        sys.exit("make bench needs root")
    saved = {k: sh("sysctl", "-n", f"net.netfilter.{k}").strip() for k in LIMITS}
    sh("ip", "netns", "add", NS)
    try:
        for k, v in LIMITS.items():
            sh("sysctl", "-qw", f"net.netfilter.{k}={v}")
        sh(*ns("ip", "link", "set", "lo", "up"))
        sh(*ns("sysctl", "-qw", "net.netfilter.nf_conntrack_acct=1",
               "net.netfilter.nf_conntrack_timestamp=1"))
        for name, bench in BENCHES.items():
            if ONLY and name not in ONLY:
                continue
            print(f"{name}:", flush=True)
            if name == "load":
                flush()
                make(FLOWS)
            bench()
    finally:
        for k, v in reversed(saved.items()):
            subprocess.run(["sysctl", "-qw", f"net.netfilter.{k}={v}"])
        subprocess.run(["ip", "netns", "del", NS])
    print("\n| what | bar | measured | |\n|---|---|---|---|")
    for what, bar, measured, ok in table:
        print(f"| {what} | {bar} | {measured} | {'met' if ok else '**missed**'} |")


if __name__ == "__main__":
    main()
