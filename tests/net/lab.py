# SPDX-License-Identifier: GPL-2.0-or-later
"""lab.py - a small network of namespaces, programs in it, and flowtop.

A test is a file with functions that it gives to run(). All of them run in a
network and mount namespace of their own, as root or as a user who is root
there only. What a test makes is gone with its Lab, or with its process:

    def test():
        with Lab() as net:
            here, there = net.pair()
            flowtop = net.flowtop(here)
            with there:
                server = socket.create_server(("10.0.0.2", 80))
            ...
            flowtop.wait("a flow", lambda page: page.find(dst_port=80))
"""

import ctypes
import json
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from contextlib import ExitStack, contextmanager

FLOWTOP = os.path.abspath(os.environ.get("FLOWTOP", "flowtop"))
SKIPPED = 77
# Seconds until something that must happen has not.
PATIENCE = float(os.environ.get("PATIENCE", 30))
CLONE_NEWNET = 0x40000000
with open("/proc/self/comm", encoding="ascii") as file:
    ME = file.read().strip()

# Tracks every connection of a namespace; nothing is dropped.
TRACK = """table inet t {
    chain c { type filter hook input priority 0; ct state new counter; }
}"""

libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """What a test found wrong."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, wanted, what):
    check(got == wanted, f"{what}: {got!r}, not {wanted!r}")


def until(what, condition, seconds=PATIENCE):
    """Waits for a condition, and returns what it gave."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        check(time.monotonic() < deadline, f"waited in vain for {what}")
        time.sleep(0.02)
    return result


# ---- namespaces ----

def set_netns(fd):
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Netns:
    """A network namespace. Sockets, threads and programs made inside of its
    "with" block belong to it. It lives as long as its descriptor."""

    def __init__(self):
        self.outer = []
        self.links = 0
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        set_netns(here)
        os.close(here)
        self.ip("link set lo up")

    def __enter__(self):
        self.outer.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        set_netns(self.fd)
        return self

    def __exit__(self, *_):
        fd = self.outer.pop()
        set_netns(fd)
        os.close(fd)

    def command(self, *words, status=0, **options):
        """Runs a program to its end; its output."""
        with self:
            done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True, timeout=4 * PATIENCE, check=False, **options)
        check(status in (None, done.returncode),
              f"{' '.join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def ip(self, words):
        self.command("ip", *words.split())

    def nft(self, rules):
        self.command("nft", "-f", "-", input=rules)

    def sysctl(self, name, value=None):
        """Reads net.NAME, or writes it."""
        path = "/proc/sys/net/" + name.replace(".", "/")
        with self, open(path, "r" if value is None else "w", encoding="ascii") as file:
            return file.read().strip() if value is None else file.write(str(value))


# ---- flowtop's output ----

class Page:
    """The statistics and the flows of one page."""

    def __init__(self, stats):
        self.stats = stats
        self.flows = []

    def all(self, **wanted):
        return [f for f in self.flows if all(f[k] == v for k, v in wanted.items())]

    def find(self, **wanted):
        """A live flow with these fields, or None."""
        return next(iter(self.all(end=None, **wanted)), None)


def parse_line(line):
    def refuse(word):
        raise Failure(f"{word} is no JSON: {line}")
    return json.loads(line, parse_constant=refuse)


class Flowtop:
    """A flowtop that prints pages. Its last page is known when the next one
    has begun."""

    def __init__(self, words, env=None):
        # pylint: disable=consider-using-with
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=env,
                                        stdout=subprocess.PIPE, stderr=self.errors)
        self.pid = self.process.pid
        self.pages = queue.SimpleQueue()
        self.last = None
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        page = None
        try:
            for line in self.process.stdout:
                value = parse_line(line)
                if value["type"] == "stats":
                    if page:
                        self.pages.put(page)
                    page = Page(value)
                else:
                    page.flows.append(value)
            self.pages.put(page)        # the last one is whole, too
        except (Failure, ValueError) as error:
            self.pages.put(Failure(f"bad output: {error}"))
        self.pages.put(None)

    def fresh_page(self):
        """A page that was begun after this call."""
        while not self.pages.empty():
            self.wait("a page", lambda page: True)
        self.wait("the page under way", lambda page: True)
        return self.wait("a fresh page", lambda page: page)

    def wait(self, what, condition, seconds=PATIENCE):
        """Waits for a page that fulfils a condition; what that gave."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                page = self.pages.get(timeout=left)
            except queue.Empty:
                break
            if isinstance(page, Failure):
                raise page
            if page is None:
                raise Failure(f"flowtop ended before {what}: {self.stderr()}")
            self.last = page
            if result := condition(page):
                return result
        shown = "\n".join(map(json.dumps, self.last.flows[:5])) if self.last else "none"
        raise Failure(f"waited in vain for {what}; flows at last:\n{shown}")

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def end(self, sig=signal.SIGTERM, status=0, errors=""):
        """Ends it, and expects a status and what it says."""
        self.process.send_signal(sig)
        try:
            got = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure("flowtop did not end") from None
        equal(got, status, f"exit status ({self.stderr()})")
        equal(self.stderr(), errors, "stderr")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()


# ---- the lab ----

class Lab:
    """Namespaces, links between them, and programs; all gone at its end."""

    def __init__(self):
        self.stack = ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def netns(self):
        ns = Netns()
        self.stack.callback(os.close, ns.fd)
        return ns

    @staticmethod
    def link(a, b, net):
        """Joins two namespaces: 10.0.NET.1 and .2, fd00:NET::1 and ::2."""
        names = [f"eth{ns.links}" for ns in (a, b)]
        a.ip(f"link add {names[0]} type veth peer name {names[1]} "
             f"netns /proc/{os.getpid()}/fd/{b.fd}")
        for number, (ns, name) in enumerate(zip((a, b), names), 1):
            ns.links += 1
            ns.ip(f"addr add 10.0.{net}.{number}/24 dev {name}")
            ns.ip(f"addr add fd00:{net}::{number}/64 dev {name} nodad")
            ns.ip(f"link set {name} up")

    def pair(self):
        """Two namespaces, joined by net 0; the first one tracks."""
        a, b = self.netns(), self.netns()
        self.link(a, b, 0)
        a.nft(TRACK)
        return a, b

    def routed(self, rules=TRACK.replace("input", "forward")):
        """Client 10.0.1.1, router 10.0.1.2 and 10.0.2.1 with these rules, server 10.0.2.2."""
        client, router, server = self.netns(), self.netns(), self.netns()
        self.link(client, router, 1)
        self.link(router, server, 2)
        router.sysctl("ipv4.ip_forward", 1)
        client.ip("route add default via 10.0.1.2")
        server.ip("route add default via 10.0.2.1")
        router.nft(rules)
        return client, router, server

    def popen(self, ns, *words, **options):
        """A program that goes on; it is killed at the end of the lab."""
        with ns:
            # pylint: disable-next=consider-using-with
            process = subprocess.Popen(words, **options)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def flowtop(self, ns, *args, prefix=(), env=None, program=FLOWTOP):
        """flowtop --json, and it has seen its first page. No places but with --geoip:
        the system's database may be there, or not, or not be trusted."""
        with ns:
            flowtop = Flowtop([*prefix, program, "--config", "/dev/null", "--json",
                               "-d", "0.2", "-nG", *args], env)
        self.stack.callback(flowtop.kill)
        flowtop.wait("the first page", lambda page: page, 3 * PATIENCE)
        return flowtop

    def keep(self, closable):
        """Closes a socket or the like at the end of the lab."""
        self.stack.callback(closable.close)
        return closable

    def listen(self, ns, address, port):
        """A TCP server that keeps what connects, and says nothing."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with ns:
            server = self.keep(socket.create_server((address, port), family=family, backlog=1000))

        def accept():
            try:
                while True:
                    self.keep(server.accept()[0])
            except OSError:
                pass        # closed

        threading.Thread(target=accept, daemon=True).start()
        return server

    def connect(self, ns, address, port):
        with ns:
            return self.keep(socket.create_connection((address, port), PATIENCE))

    def udp(self, ns, address, port=0):
        """A UDP socket bound to an address."""
        with ns:
            sock = self.keep(socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                                           socket.SOCK_DGRAM))
        sock.settimeout(PATIENCE)
        sock.bind((address, port))
        return sock


# ---- packets ----

def icmp_echo(kind, ident):
    """An echo request; the kernel fills in the sum of ICMPv6."""
    body = struct.pack("!BBHHH", kind, 0, 0, ident, 1) + b"flowtop!"
    total = sum(struct.unpack(f"!{len(body) // 2}H", body))
    total = (total & 0xffff) + (total >> 16)
    return body[:2] + struct.pack("!H", ~total & 0xffff) + body[4:]


def put_in_place(path, text):
    """Another file in place of a system's, for this mount namespace."""
    mine = "/run/" + os.path.basename(path)
    with open(mine, "w", encoding="ascii") as file:
        file.write(text)
    path = os.path.realpath(path)
    if not os.path.exists(path):        # a link into /run, which is empty
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii"):
            pass
    subprocess.run(["mount", "--bind", mine, path], check=True)


# ---- running ----

def have_own_namespaces():
    """Starts again in namespaces of its own; /run is an empty one there."""
    if os.environ.get("LAB") != str(os.getpid()):
        user = ["-Ur"] if os.geteuid() else []
        probe = subprocess.run(["unshare", *user, "-nm", "true"], stderr=subprocess.PIPE,
                               text=True, check=False)
        if probe.returncode:
            print("network namespaces cannot be made here:", probe.stderr)
            sys.exit(SKIPPED)
        os.environ["LAB"] = str(os.getpid())
        os.execvp("unshare", ["unshare", *user, "-nm", "--propagation", "private",
                              sys.executable, *sys.argv])
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)


def stop_on_signal(*_):
    raise Failure("stopped by a signal")


@contextmanager
def told(name):
    begin = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)


def run(*tests):
    have_own_namespaces()
    signal.signal(signal.SIGTERM, stop_on_signal)
    failed = 0
    for test in tests:
        try:
            with told(test.__name__):
                test()
        except Exception:       # pylint: disable=broad-except
            traceback.print_exc(file=sys.stdout)
            failed += 1
    sys.exit(failed > 0)
