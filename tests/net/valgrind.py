#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""flowtop under valgrind while flows come and go: no bad access, and nothing
lost at the end."""

import shutil
import socket
import sys

import lab
from lab import Lab

LOG = "/run/valgrind"
VALGRIND = ("valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite",
            "--show-leak-kinds=definite", "--error-exitcode=66", f"--log-file={LOG}")


def test_churn():
    with Lab() as net:
        here, there = net.pair()
        server = net.listen(there, "10.0.0.2", 443)
        flowtop = net.flowtop(here, "--linger", "0.5", prefix=VALGRIND)
        for number in range(40):
            with net.udp(here, "10.0.0.1") as sender:
                for port in range(1000, 1020):
                    sender.sendto(b"x", ("10.0.0.2", port))
            with here, socket.create_connection(("10.0.0.2", 443)) as sock:
                sock.send(b"x")
            if number % 10 == 9:
                flowtop.wait("the flows", lambda page: page.stats["flows"] > 100)
                here.command("conntrack", "-D", "-p", "udp")
                flowtop.wait("their end", lambda page: page.stats["flows"] < 100)
        server.close()
        try:
            flowtop.end()
        except lab.Failure:
            with open(LOG, encoding="utf-8") as file:
                print(file.read())
            raise


if not shutil.which("valgrind"):
    print("there is no valgrind")
    sys.exit(lab.SKIPPED)
lab.run(test_churn)
