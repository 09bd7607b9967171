#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user keeps thousands of connections pending. How many of the others'
short connections are still told right?

tests/attack/pending.py [PENDING/S]: prints shares with and without the attack.
"""

import os
import pathlib
import signal
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "net"))
import lab      # pylint: disable=wrong-import-position
from lab import Lab

PORT = 7777
RATE = 100          # connections of the others, a second
SECONDS = 5
KEPT = 12000        # sockets that one attacking process keeps
NOBODY = 65534


def attack(ns, rate, number):
    """Connects to where nobody answers, as another user."""
    pid = os.fork()
    if pid:
        return pid
    lab.set_netns(ns.fd)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    kept = []
    begin = time.monotonic()
    count = 0
    while True:
        due = int((time.monotonic() - begin) * rate)
        while count < due:
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex((f"198.18.{number}.{count % 250 + 1}", 80))
            kept.append(sock)
            count += 1
            if len(kept) == KEPT:
                kept.pop(0).close()
        time.sleep(0.005)


def serve(server):
    try:
        while True:
            peer = server.accept()[0]
            peer.send(peer.recv(1))
            peer.close()
    except OSError:
        pass


def client(report):
    """One connection of some tenths of a millisecond."""
    pid = os.fork()
    if pid:
        return pid
    try:
        sock = socket.create_connection(("127.0.0.1", PORT))
        port = sock.getsockname()[1]
        sock.send(b"x")
        sock.recv(1)
        sock.close()
        os.write(report, struct.pack("II", port, os.getpid()))
    finally:
        os._exit(0)


def measure(net, ns, word):
    flowtop = net.flowtop(ns, "--linger", "3", "dst_port", "=", str(PORT))
    hear, report = os.pipe()
    told = {}
    begin = time.monotonic()
    count = 0
    with ns:
        while count < RATE * SECONDS:
            if count < (time.monotonic() - begin) * RATE:
                os.waitpid(client(report), 0)
                count += 1
            else:
                time.sleep(0.001)
    spent = time.monotonic() - begin
    truth = dict(struct.iter_unpack("II", os.read(hear, 65536)))
    last = time.monotonic() + 4
    while time.monotonic() < last:
        page = flowtop.pages.get()
        for flow in page.flows:
            if flow["match"] is not None or flow["src_port"] not in told:
                told[flow["src_port"]] = flow["pid"]
    with open(f"/proc/{flowtop.pid}/stat", encoding="ascii") as file:
        cpu = sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / 100
    right = sum(told.get(port) == pid for port, pid in truth.items())
    none = sum(told.get(port) is None for port in truth)
    print(f"{word}: {len(truth)} connections, {100 * right / len(truth):.1f} % right, "
          f"{100 * none / len(truth):.1f} % not known, {len(truth) - right - none} wrong, "
          f"flowtop's CPU {100 * cpu / (spent + 4):.0f} % of a core", flush=True)
    flowtop.kill()
    os.close(hear)
    os.close(report)


def main():
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 4800
    lab.have_own_namespaces()
    signal.signal(signal.SIGTERM, lab.stop_on_signal)
    with Lab() as net:
        ns, hole = net.netns(), net.netns()
        net.link(ns, hole, 1)
        ns.ip("route add 198.18.0.0/15 via 10.0.1.2")
        ns.nft(lab.TRACK.replace("input", "output"))
        ns.sysctl("netfilter.nf_conntrack_tcp_timeout_syn_sent", 5)
        with ns:
            server = net.keep(socket.create_server(("127.0.0.1", PORT), backlog=1000))
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        measure(net, ns, "alone")
        attackers = [attack(ns, rate / 2, number) for number in (2, 3)]
        time.sleep(4)
        try:
            measure(net, ns, f"{rate} pending connections a second")
        finally:
            for pid in attackers:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


main()
