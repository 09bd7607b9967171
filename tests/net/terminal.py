#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Signals end flowtop whatever the terminal or the reader does, and what it
changed is given back."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

from lab import FLOWTOP, Lab, PATIENCE, check, equal, put_in_place, run, until

XOFF = b"\x13"
FLOWS = 60
STILL = 0.5


def switch(ns):
    return ns.sysctl("netfilter.nf_conntrack_acct")


class Terminal:
    """A pseudo terminal with flowtop on it."""

    def __init__(self, net, ns, *args, term="xterm-256color", prefix=()):
        self.fd, self.slave = pty.openpty()
        for fd in (self.fd, self.slave):
            net.stack.callback(os.close, fd)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
        self.modes = termios.tcgetattr(self.slave)
        self.seen = b""
        self.process = net.popen(
            ns, *prefix, FLOWTOP, "--config", "/dev/null", "-n", *args, stdin=self.slave,
            stdout=self.slave, stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env=dict(os.environ, TERM=term))

    def read(self):
        """Takes what is there; true: there was something."""
        if not select.select([self.fd], [], [], 0.02)[0]:
            return False
        self.seen += os.read(self.fd, 65536)
        return True

    def wait_for(self, text):
        def seen():
            self.read()
            return text in self.seen
        until(text, seen)

    def is_full(self, seconds=0):
        """The terminal takes no more bytes, now or for that long."""
        return not select.select([], [self.slave], [], seconds)[1]

    def is_stuck(self):
        """It stays full: the kernel may still move what is there to the reader's
        buffer, and then there is room once more."""
        return self.is_full() and self.is_full(STILL)

    def end(self, sig):
        os.kill(self.process.pid, sig)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            check(False, f"signal {sig} does not end it")

    def given_back(self):
        equal(termios.tcgetattr(self.slave), self.modes, "the modes of the terminal")
        self.wait_for(b"\x1b[?1049l")  # it leaves the screen


def network(net):
    here, there = net.pair()
    here.sysctl("netfilter.nf_conntrack_acct", 0)
    net.listen(there, "10.0.0.2", 80)
    for _ in range(FLOWS):
        net.connect(here, "10.0.0.2", 80)
    return here


def test_reader_hangs():
    """Nobody reads the terminal while flowtop draws again and again."""
    with Lab() as net:
        here = network(net)
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            term = Terminal(net, here, "-d", "0.1", prefix=("prlimit", "--sigpending=0"))
            term.wait_for(b"10.0.0.2")
            equal(switch(here), "1", "accounting while flowtop runs")
            until("a full terminal", lambda t=term: (os.write(t.fd, b"\x0c"), t.is_stuck())[1])
            status = term.end(sig)
            equal(status, -sig if sig == signal.SIGQUIT else 1, f"status after {sig}")
            equal(switch(here), "0", f"accounting after {sig}")
            term.given_back()


def test_stopped_by_a_key():
    with Lab() as net:
        here = network(net)
        term = Terminal(net, here, "-d", "0.1")
        term.wait_for(b"10.0.0.2")
        os.write(term.fd, XOFF)
        until("a stopped terminal", term.is_full)
        equal(term.end(signal.SIGTERM), 1, "status")
        equal(switch(here), "0", "accounting")
        term.given_back()


def test_killed():
    """What kills the program does so, after all is given back."""
    # a sanitizer would end it with a status of its own
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0"
    with Lab() as net:
        here = network(net)
        for sig in (signal.SIGQUIT, signal.SIGSEGV, signal.SIGABRT, signal.SIGUSR1,
                    signal.SIGALRM, signal.SIGXCPU):
            term = Terminal(net, here)
            term.wait_for(b"10.0.0.2")
            equal(term.end(sig), -sig, "status")
            equal(switch(here), "0", f"accounting after {sig}")
            term.given_back()


def test_quit_key():
    """^\\ on the terminal."""
    with Lab() as net:
        here = network(net)
        term = Terminal(net, here)
        term.wait_for(b"10.0.0.2")
        os.write(term.fd, b"\x1c")
        equal(term.process.wait(PATIENCE), -signal.SIGQUIT, "status")
        equal(switch(here), "0", "accounting")
        term.given_back()


def test_batch():
    """Pages to a terminal and to a pipe that nobody reads."""
    with Lab() as net:
        here = network(net)
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            term = Terminal(net, here, "-b", "-d", "0.1")
            until("a full terminal", term.is_full)
            check(term.end(sig) in (0, 1), "it ends")
            equal(switch(here), "0", "accounting")
            process = net.popen(here, FLOWTOP, "--config", "/dev/null", "-n", "--json",
                                "-d", "0.1", stdout=subprocess.PIPE)
            pipe = process.stdout.fileno()
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
            until("a full pipe", lambda p=pipe: struct.unpack("i", fcntl.ioctl(
                p, termios.FIONREAD, b"    "))[0] >= 4096)
            process.send_signal(sig)
            check(process.wait(PATIENCE) in (0, 1), "it ends")
            equal(switch(here), "0", "accounting")
            process.stdout.close()


def test_interval():
    """The keys reach what reads the counters: with an hour between two looks no
    flow has a rate."""
    with Lab() as net:
        here, there = net.pair()
        term = Terminal(net, here, "-d", "3600", "orig_rate > 0")
        term.wait_for(b"Tab")
        until("accounting", lambda: switch(here) == "1")
        sock = net.udp(here, "10.0.0.1")
        server = net.udp(there, "10.0.0.2", 5555)
        check(server, "a server")
        os.write(term.fd, b"d0.2\r")

        def seen():
            sock.sendto(b"x" * 100, ("10.0.0.2", 5555))
            term.read()
            return b"10.0.0.2" in term.seen
        until("a rate", seen)
        equal(term.end(signal.SIGTERM), 0, "status")


def test_mouse():
    """--no-mouse leaves the mouse to the terminal."""
    with Lab() as net:
        here = net.netns()
        for args, expected in ((), True), (["--no-mouse"], False), (["--no-mouse", "--mouse"], True):
            term = Terminal(net, here, *args)
            term.wait_for(b"Tab")
            equal(b"1000h" in term.seen, expected, f"{args}: the mouse is taken")
            term.end(signal.SIGTERM)


def test_names_rest():
    """Nobody is there to ask for names; header and help say so."""
    put_in_place("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    with Lab() as net:
        term = Terminal(net, network(net), "--no-numeric")
        term.wait_for(b"no DNS answer")
        os.write(term.fd, b"?")
        term.wait_for(b"the DNS server does not answer; asked again in ")
        equal(term.end(signal.SIGTERM), 0, "status")


def test_netns_deleted():
    """The terminal is given back, and says why; then the screen comes again."""
    with Lab() as net:
        outside = net.netns()
        outside.ip("netns add blue")
        term = Terminal(net, outside, "--netns", "blue")
        term.wait_for(b"Tab")
        outside.ip("netns delete blue")
        term.wait_for(b"network namespace blue was deleted")
        term.given_back()
        term.seen = b""
        outside.ip("netns add blue")
        term.wait_for(b"Tab")
        os.write(term.fd, b"q")
        equal(term.process.wait(PATIENCE), 0, "status")
        term.given_back()
        outside.ip("netns delete blue")


def test_help_says_what_is_used():
    """The event filter and the tracepoint ring; one option switches both off."""
    with Lab() as net:
        here = net.netns()
        term = Terminal(net, here, "--no-perf")
        term.wait_for(b"Tab")
        os.write(term.fd, b"?")
        for name in (b"Event filter", b"Tracepoint ring"):
            until(name, lambda name=name: (term.read(), re.search(
                name + rb"(\x1b\[[0-9;]*[A-Za-z]|\x1b\([B0]| )*switched off", term.seen))[1])
        term.end(signal.SIGTERM)


def test_words_from_outside():
    """TERM and arguments reach the terminal as plain text."""
    with Lab() as net:
        here = net.netns()
        term = Terminal(net, here, term="\x1b]0;evil\x07x")
        term.wait_for(b"is not known here")
        check(b"\x1b" not in term.seen, f"raw: {term.seen}")
        for args in (["--netns", "\x1b[31m/x"], ["--sort", "\x1b[31m"], ["--\x1b[31m"],
                     ["proto", "\x1b[31m"], ["--columns", "\x1b[31m"], ["--delay", "\x1b[31m"],
                     ["--config", "/\x1b[31m"], ["--geoip", "/\x1b[31m"]):
            with here:
                done = subprocess.run([FLOWTOP, "-1", *args], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
            check(b"\x1b" not in done.stdout, f"{args}: {done.stdout}")


run(test_reader_hangs, test_stopped_by_a_key, test_killed, test_quit_key, test_batch,
    test_interval, test_names_rest, test_help_says_what_is_used, test_words_from_outside,
    test_mouse, test_netns_deleted)
