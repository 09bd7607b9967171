#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets that change hands: the process that is shown has its flow's socket
now. A flow whose socket has gone keeps the one that had it."""

import subprocess

import lab
from lab import Lab, equal

# A program with a socket; what follows it does when it is told so.
BEGIN = """
import array, os, signal, socket, sys
s = socket.socket(socket.AF_INET, socket.{kind})
{connect}
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print("ready", flush=True)
signal.sigwait([signal.SIGUSR1])
"""
TCP = BEGIN.format(kind="SOCK_STREAM", connect="s.connect(('10.0.0.2', {port}))")
BOUND = BEGIN.format(kind="SOCK_STREAM", connect="s.setsockopt(socket.SOL_SOCKET, "
                     "socket.SO_BINDTODEVICE, b'eth0'); s.connect(('10.0.0.2', {port}))")
UDP = BEGIN.format(kind="SOCK_DGRAM", connect="s.connect(('10.0.0.2', {port})); s.send(b'?')")
UNBOUND = BEGIN.format(kind="SOCK_DGRAM", connect="s.bind(('10.0.0.1', 5000)); "
                       "s.sendto(b'?', ('10.0.0.2', {port}))")

LEAVE = """
child = os.fork()
if child:
    print(child, flush=True)
    os._exit(0)
signal.pause()
"""
PASS_ON = """
way = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
way.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))],
            0, "/run/way")
s.close()
signal.pause()
"""
TAKE = """
import os, signal, socket
way = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
way.bind("/run/way")
print("ready", flush=True)
kept = socket.recv_fds(way, 1, 1)
signal.pause()
"""
BECOME = """
s.set_inheritable(True)
os.execvp("sleep", ["sleep", "1000"])
"""
END = "os._exit(0)"


class Stage:
    """A server, flowtop, and programs whose flows have ports of their own. Which
    match they have says where they are."""

    def __init__(self, net, match="exact"):
        self.net = net
        self.match = match
        self.here, self.there = net.pair()
        self.programs = self.here if match == "exact" else self.behind()
        self.flowtop = net.flowtop(self.here)
        self.port = 100

    def behind(self):
        """A namespace that here is the router of."""
        container = self.net.netns()
        self.net.link(container, self.here, 1)
        self.here.sysctl("ipv4.ip_forward", 1)
        container.ip("route add default via 10.0.1.2")
        self.there.ip("route add default via 10.0.0.1")
        self.net.popen(container, "sleep", "infinity")  # by which it is found
        return container

    def run(self, code):
        return self.net.popen(self.programs, "python3", "-c", code, stdout=subprocess.PIPE)

    @staticmethod
    def wait_ready(program):
        equal(program.stdout.readline(), b"ready\n", "the program")

    def wait_for(self, what, port, pid, process):
        flow = self.flowtop.wait(what, lambda page: page.find(dst_port=port, pid=pid,
                                                              process=process))
        equal(flow["match"], self.match, f"{what}: match")

    def begin(self, *codes):
        """Programs that have their connections, and are named for them."""
        began = []
        for first, then in codes:
            self.port += 1
            if first in (TCP, BOUND):
                self.net.listen(self.there, "10.0.0.2", self.port)
            else:
                self.net.udp(self.there, "10.0.0.2", self.port)
            began.append((self.run(first.format(port=self.port) + then), self.port))
        for program, _ in began:
            self.wait_ready(program)
        for program, port in began:
            self.wait_for("the program", port, program.pid, "python3")
        return began

    @staticmethod
    def go(program):
        program.send_signal(lab.signal.SIGUSR1)

    def leave(self, program):
        """The child that it leaves its socket to."""
        self.go(program)
        child = int(program.stdout.readline())
        program.wait(lab.PATIENCE)
        self.net.stack.callback(lab.os.kill, child, lab.signal.SIGKILL)
        return child


def test_another_has_it():
    """A child, who it was passed on to, another program in the same process."""
    with Lab() as net:
        stage = Stage(net)
        taker = stage.run(TAKE)
        stage.wait_ready(taker)
        *parents, (giver, given), (other, others) = stage.begin(
            (TCP, LEAVE), (UDP, LEAVE), (BOUND, LEAVE), (TCP, PASS_ON), (TCP, BECOME))
        children = [(stage.leave(program), port) for program, port in parents]
        stage.go(giver)
        stage.go(other)
        for child, port in children:
            stage.wait_for("the child", port, child, "python3")
        stage.wait_for("who took it", given, taker.pid, "python3")
        stage.wait_for("the other program", others, other.pid, "sleep")
        stage.flowtop.end()


def test_ended():
    """It was its flow, whoever has its port after that."""
    with Lab() as net:
        stage = Stage(net)
        gone = stage.begin((TCP, END), (UNBOUND, END))
        for program, _ in gone:
            stage.go(program)
            program.wait(lab.PATIENCE)
        # when the child is shown, those that have ended had their turn, too
        _, (parent, left) = stage.begin((UNBOUND, END), (UDP, LEAVE))
        stage.wait_for("the child", left, stage.leave(parent), "python3")
        for program, port in gone:
            stage.wait_for("who had it", port, program.pid, "python3")
        stage.flowtop.end()


def test_elsewhere():
    """In another namespace."""
    with Lab() as net:
        stage = Stage(net, match="netns")
        *parents, (other, others) = stage.begin((TCP, LEAVE), (UDP, LEAVE), (TCP, BECOME))
        children = [(stage.leave(program), port) for program, port in parents]
        stage.go(other)
        for child, port in children:
            stage.wait_for("the child", port, child, "python3")
        stage.wait_for("the other program", others, other.pid, "sleep")
        stage.flowtop.end()


lab.run(test_another_has_it, test_ended, test_elsewhere)
