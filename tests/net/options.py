#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Options, exit statuses, and each form of a page."""

import csv
import io
import json
import os
import signal
import subprocess
import tempfile
import threading
from contextlib import contextmanager

import lab
from lab import Lab, check, equal, until

BASE = (lab.FLOWTOP, "--config", "/dev/null")


def call(ns, *args, **options):
    """Exit status, stdout, stderr. No places but with --geoip."""
    with ns:
        done = subprocess.run([*BASE, "-G", *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=3 * lab.PATIENCE, check=False, **options)
    return done.returncode, done.stdout, done.stderr


@contextmanager
def sending(sock, to):
    """Sends again and again meanwhile."""
    done = threading.Event()

    def send():
        while not done.wait(0.01):
            sock.sendto(bytes(1000), to)
    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def with_flows(net):
    """A namespace with 3 TCP and 2 UDP flows."""
    here, there = net.pair()
    net.listen(there, "10.0.0.2", 443)
    for _ in range(3):
        net.connect(here, "10.0.0.2", 443)
    for port in (53, 123):
        net.udp(here, "10.0.0.1").sendto(b"?", ("10.0.0.2", port))
    return here


def test_answers():
    with Lab() as net:
        ns = net.netns()
        for args, word in ((["--help"], "Usage:"), (["-V"], "flowtop "),
                           (["--sort", "help"], "src_addr"), (["--print-config"], "delay = ")):
            status, out, errors = call(ns, *args)
            equal((status, errors), (0, ""), f"{args}")
            check(word in out, f"{args}: {out}")


def test_usage_errors():
    cases = (
        (["--nonsense"], "--nonsense"), (["-Z"], "-Z"), (["-d"], "-d"), (["-d", "fast"], "fast"),
        (["-d", "0.01"], "0.1"), (["-c", "-1"], "-1"), (["--sort", "beauty"], "beauty"),
        (["--columns", "pid,beauty"], "beauty"), (["-g", "age"], "age"),
        (["--proto", "nonsense"], "nonsense"), (["--color", "blue"], "blue"),
        (["-t", "2"], "-d 2"), (["port", "443", "or"], "^"), (["beauty", "=", "1"], "beauty"),
        (["rate", ">", "fast"], "fast"), (["("], "^"), (["--config", "/nonexistent"], "/nonexist"),
    )
    with Lab() as net:
        ns = net.netns()
        for args, word in cases:
            status, out, errors = call(ns, *args, "--json", "-1")
            equal((status, out), (2, ""), f"{args}: {errors}")
            check(errors.startswith("flowtop: ") and word in errors, f"{args}: {errors}")


def test_json():
    with Lab() as net:
        ns = with_flows(net)
        status, out, errors = call(ns, "--json", "-1", "-n")
        equal((status, errors), (0, ""), "status")
        # jq reads it, too, and every flow has every field
        of_flows = call(ns, "--sort", "help")[1].partition("\n\n")[0]
        fields = [line.split()[0] for line in of_flows.splitlines()]
        program = """
            length as $n | .[0].type == "stats" and .[0].flows == 5 and .[0].shown == 5
            and all(.v == 1) and (map([.host, .time]) | unique | length) == 1
            and all(.[1:][]; .type == "flow" and (keys | length) == $k)"""
        ns.command("jq", "-es", "--argjson", "k", str(len(fields) + 4), program, input=out)
        flow = json.loads(out.splitlines()[1])
        equal(list(flow), ["v", "type", "time", "host", *fields], "keys")
        stats = json.loads(out.splitlines()[0])
        equal(list(stats), "v type time host flows shown max new_rate end_rate lost resyncs "
              "insert_failed drop early_drop acct timestamp tracking uncounted".split(), "keys of stats")
        equal((stats["new_rate"], stats["lost"], stats["tracking"]), (None, 0, True), "stats")


def test_many():
    """One page has the process of every row, or says that it was not looked up."""
    with Lab() as net:
        ns, _ = net.pair()
        sock = net.udp(ns, "10.0.0.1")
        for port in range(1, 30001):
            sock.sendto(b"?", ("10.0.0.2", port))
        status, out, errors = call(ns, "--json", "-1", "-n", "--columns", "pid,match")
        equal((status, errors), (0, ""), "status")
        flows = [json.loads(line) for line in out.splitlines()[1:]]
        equal(len(flows), 30000, "flows")
        owners = {(f["pid"], f["match"]) for f in flows}
        equal(owners - {(None, "pending")}, {(os.getpid(), "exact")}, "owners")


def test_cut_down():
    with Lab() as net:
        ns = with_flows(net)

        def lines(*args):
            status, out, errors = call(ns, "--json", "-1", "-n", *args)
            equal((status, errors), (0, ""), f"{args}")
            return [json.loads(line) for line in out.splitlines()]

        equal(len(lines("-L", "0")), 1, "lines with -L 0")
        equal(len(lines("-L", "2")), 3, "lines with -L 2")
        equal(len(lines("-t")), 4, "lines with -t")
        equal(len(lines("-u")), 3, "lines with -u")
        equal(len(lines("-tu")), 6, "lines with -tu")
        equal(len(lines("-6")), 1, "lines with -6")
        equal(len(lines("--proto", "17")), 3, "lines with --proto")
        both = lines("port", "443", "or", "service", "=", "domain")
        equal((both[0]["shown"], len(both)), (4, 5), "shown by a filter")
        equal(len(lines("not", "src", "net", "10.0.0.0/8")), 1, "lines with a filter")
        equal(list(lines("--columns", "dst_port,proto")[1]), ["v", "type", "time", "host", "dst_port", "proto"],
              "keys with --columns")
        ports = [f["dst_port"] for f in lines("-o", "-dst_port,src_port")[1:]]
        equal(ports, [443, 443, 443, 123, 53], "order of ports")
        ports = [f["dst_port"] for f in lines("-o", "+dst_port")[1:]]
        equal(ports, [53, 123, 443, 443, 443], "order of ports, ascending")
        groups = lines("-g", "service")[1:]
        equal({g["key"]: g["flows"] for g in groups}, {"https": 3, "domain": 1, "ntp": 1},
              "groups")


def test_csv():
    with Lab() as net:
        ns = with_flows(net)
        status, out, errors = call(ns, "--csv", "-c", "2", "-d", "0.2", "-n",
                                   "--columns", "proto,dst_port,process,status")
        equal((status, errors), (0, ""), "status")
        rows = list(csv.reader(io.StringIO(out)))
        equal(rows[0], ["proto", "dst_port", "process", "status"], "heading")
        equal(len(rows), 11, "rows of two pages")
        equal({len(r) for r in rows}, {4}, "cells")
        equal(sum(r[0] == "tcp" for r in rows), 6, "TCP rows")


def set_own_name(name):
    with open("/proc/self/comm", "w", encoding="ascii") as file:
        file.write(name)


def test_csv_formulas():
    """What a spreadsheet would run as a formula is marked as text; JSON is as it is."""
    with Lab() as net:
        try:
            for name in ("=1+1", "+1", "-1", "@x"):
                set_own_name(name)
                ns = with_flows(net)
                def cells(*args, ns=ns):
                    out = call(ns, "-1", "-n", "-t", "--csv", *args)[1]
                    return list(csv.reader(io.StringIO(out)))[1:]
                equal(cells("--columns", "process,src_port")[0][0], "'" + name, "process")
                equal([row[1] for row in cells("-g", "process")], ["'" + name], "group")
                page = call(ns, "-1", "-n", "-t", "--json")[1].splitlines()
                equal(json.loads(page[1])["process"], name, "process in JSON")
        finally:
            set_own_name(lab.ME)


def test_limits():
    """Why processes and places are null is said beside the page."""
    with Lab() as net:
        ns = with_flows(net)
        with ns:
            done = subprocess.run(["setpriv", "--bounding-set=-sys_ptrace", *BASE, "-1", "--json"],
                                  env={**os.environ, "FLOWTOP_GEOIP": "/none.mmdb"},
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  timeout=3 * lab.PATIENCE, check=False)
        equal(done.returncode, 0, f"status: {done.stderr}")
        equal(done.stderr.count("are not seen"), 1, done.stderr)
        equal(done.stderr.count("/none.mmdb: no such file"), 1, done.stderr)
        for line in done.stdout.splitlines():
            json.loads(line)


def test_text():
    with Lab() as net:
        ns = with_flows(net)
        status, out, errors = call(ns, "-1", "-n")
        equal((status, errors), (0, ""), "status")
        equal(sum("ESTABLISHED" in line and "10.0.0.2:443" in line
                  for line in out.splitlines()), 3, f"TCP rows of\n{out}")
        status, out, errors = call(ns, "-1", "-n", "--classic", "-t")
        lines = out.splitlines()
        equal((lines[0], len(lines)), ("Kernel netfilter TCP/UDP flow statistics, [+0]", 4), out)
        for line in lines[1:]:
            check(line.startswith(f"[{os.getpid()}/{lab.ME}]:ipv4:tcp[ESTABLISHED]:https -> "
                                  "10.0.0.1:") and
                  line.endswith(" (private, N/A) => 10.0.0.2:443 (private, N/A)"), line)


def test_rates():
    """One page with rates asked for has them: it waits for a second sample. Where
    the machine is busy nothing may be sent meanwhile, so more than one is tried."""
    def lines(*args):
        status, out, errors = call(ns, "-1", "-n", "-d", "0.2", *args)
        equal((status, errors), (0, ""), f"{args}")
        return out.splitlines()

    def rows(*args):
        return [json.loads(line) for line in lines("--json", *args)[1:]]

    def is_busiest(*args):
        row = (rows(*args, "-L", "1") or [{}])[0]
        return row.get("src_port") == port and row["rate"]

    with Lab() as net:
        ns, there = net.pair()
        ns.sysctl("netfilter.nf_conntrack_acct", 1)
        net.udp(there, "10.0.0.2", 5000)
        idle, busy = net.udp(ns, "10.0.0.1"), net.udp(ns, "10.0.0.1")
        idle.sendto(bytes(1000), ("10.0.0.2", 5000))
        port = busy.getsockname()[1]
        with sending(busy, ("10.0.0.2", 5000)):
            for words in (["-o", "rate"], ["rate", ">", "10"],
                          ["-o", "-rate", "--columns", "src_port,rate"]):
                until(f"{words}", lambda w=words: is_busiest(*w))
            group = until("rate of a group",
                          lambda: rows("-g", "proto", "-o", "rate", "rate", ">", "0"))[0]
            check(group["new_rate"] is not None, "new flows of a group")
            check(all(f["rate"] is None for f in rows("-d", "60")), "rates of one sample")
            row = next(line for line in lines("--columns", "src_port,rate") if str(port) in line)
            check(not row.endswith("-"), row)


def test_older():
    """How old they are is not known, nor what they sent before: that is said."""
    with Lab() as net:
        ns = with_flows(net)
        for words, n in (("age < 1h", 0), ("not age < 1h", 5), ("age >= 0", 5)):
            out = call(ns, "--json", "-1", "-n", words)[1].splitlines()
            equal(len(out) - 1, n, words)
            equal(json.loads(out[0])["uncounted"], 5, "uncounted")


def test_ends():
    with Lab() as net:
        ns = with_flows(net)
        status, out, errors = call(ns, "--json", "-c", "3", "-d", "0.1", "-L", "0")
        equal((status, out.count("\n"), errors), (0, 3, ""), "three pages")
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            flowtop = net.flowtop(ns)
            flowtop.end(sig)        # and the reader would not take half a line
            flowtop.wait("a page", lambda page: True)
        # a reader that leaves is no error, a full disk is
        shell = f"{lab.FLOWTOP} --config /dev/null -b -d 0.1 2>&1 | head -n 1"
        out = ns.command("bash", "-c", "set -o pipefail; " + shell)
        equal(out.count("\n"), 1, "lines for head")
        with ns, open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([*BASE, "-1"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=3 * lab.PATIENCE, check=False)
        equal(done.returncode, 1, "status with a full disk")
        check("No space left" in done.stderr, done.stderr)


def test_untracked():
    """No rule, no flow: the page is empty, and stderr says why."""
    with Lab() as net:
        status, out, errors = call(net.netns(), "--json", "-1")
        equal((status, json.loads(out)["tracking"]), (0, False), out)
        check("--track" in errors and errors.count("\n") == 1, errors)


def test_loopback_exempt():
    """The kernel tracks, but not on lo, where the probe is sent."""
    with Lab() as net:
        here, _ = net.pair()
        here.nft("""
            table inet exempt {
                chain out { type filter hook output priority raw; oifname lo notrack; }
                chain in { type filter hook prerouting priority raw; iifname lo notrack; }
            }""".replace("; }", "\n}"))
        status, _, errors = call(here, "-1", "--json")
        equal((status, errors), (0, ""), "nothing is said to be off")


def test_no_events():
    """The kernel tells nothing where it is told not to."""
    with Lab() as net:
        here, _ = net.pair()
        here.sysctl("netfilter.nf_conntrack_events", 0)
        _, _, errors = call(here, "-c", "2", "-d", "0.1", "-n")
        check("nf_conntrack_events is 0" in errors and errors.count("\n") == 1, errors)


def test_service_names():
    """A filter on the command line knows the names that a page shows."""
    with Lab() as net:
        ns = with_flows(net)
        for words in (["port", "https"], ["dst", "port", "https"], ["service", "=", "https"]):
            status, out, errors = call(ns, "--json", "-1", *words)
            equal((status, out.count("\n"), errors), (0, 4, ""), f"{words}")


def test_configuration():
    with Lab() as net:
        ns = with_flows(net)
        with open("/run/config", "w", encoding="ascii") as file:
            file.write("# ours\nudp = yes\nnumeric = yes\nno-geoip = yes\n")
        base = [lab.FLOWTOP, "--config", "/run/config", "--json", "-1"]
        equal(ns.command(*base).count("\n"), 3, "lines by the file")
        equal(ns.command(*base, "--no-udp").count("\n"), 6, "lines, undone")
        printed = ns.command(lab.FLOWTOP, "--config", "/run/config", "--print-config")
        with open("/run/printed", "w", encoding="ascii") as file:
            file.write(printed)
        equal(ns.command(lab.FLOWTOP, "--config", "/run/printed", "--print-config"), printed,
              "a configuration, printed and read")


def test_netns():
    """Another namespace, named by a process in it."""
    with Lab() as net:
        ns, outside = with_flows(net), net.netns()
        sleep = net.popen(ns, "sleep", "1000")
        flowtop = net.flowtop(outside, "--netns", str(sleep.pid))
        flow = flowtop.wait("a flow", lambda page: page.find(dst_port=443, pid=os.getpid()))
        equal(flow["direction"], "out", "direction")
        flowtop.end()
        flowtop = net.flowtop(outside, "--netns", f"/proc/{sleep.pid}/ns/net")
        flowtop.wait("a flow, by a path", lambda page: page.find(dst_port=443))
        flowtop.end()
        with tempfile.TemporaryDirectory() as folder:
            os.mkfifo(f"{folder}/fifo")
            for path in (f"{folder}/fifo", folder, "/dev/null"):
                status, _, errors = call(outside, "-1", "--netns", path)
                equal(status, 1, f"status with {path}")
                check("not a network namespace" in errors, errors)
        status, _, errors = call(outside, "-1", "--netns", "nonexistent")
        equal(status, 1, "status")
        check("nonexistent" in errors, errors)


def test_named_files():
    """Files to read: what is not one is refused, and nothing waits for a writer."""
    with Lab() as net, tempfile.TemporaryDirectory() as folder:
        here = net.netns()
        os.mkfifo(f"{folder}/fifo")
        for path, why in ((f"{folder}/fifo", "ot a regular file"), ("/dev/zero", "ot a regular file"),
                          (f"{folder}/none", "o such file")):
            for option in ("--config", "--geoip"):
                status, _, errors = call(here, "-1", option, path)
                check(status in (1, 2), f"status {status} with {option} {path}")
                check(path in errors and why in errors, f"{option}: {errors}")
        for option, why in (("--config", "Is a directory"), ("--geoip", "not a regular file")):
            check(why in call(here, "-1", option, folder)[2], f"{option} with a folder")
        os.truncate(os.open(f"{folder}/big", os.O_CREAT | os.O_WRONLY), 1 << 30)
        check("File too large" in call(here, "-1", "--config", f"{folder}/big")[2], "a big file")
        status, _, errors = call(here, "-1", "--geoip", f"{folder}/none", "--no-geoip")
        equal(status, 0, f"status where places are not wanted: {errors}")


lab.run(test_answers, test_usage_errors, test_json, test_many, test_cut_down, test_csv,
        test_text, test_rates, test_older, test_ends, test_untracked, test_service_names,
        test_configuration, test_netns,
        test_named_files, test_csv_formulas, test_limits, test_loopback_exempt,
        test_no_events)
