#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user makes thousands of network namespaces. Is the process in a container
of the administrator's still told, how soon, and at what cost?

tests/attack/spaces.py [NAMESPACES]: figures without them, and with them.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "net"))
import lab      # pylint: disable=wrong-import-position
from lab import Lab

NOBODY = 65534
CLONE_NEWUSER = 0x10000000
SECONDS = 10
ROUNDS = 5


def make_spaces(net, number):
    """Processes of another user, each in a namespace of its own."""
    ready, tell = os.pipe()
    pid = os.fork()
    if not pid:
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        for _ in range(number):
            if not os.fork():
                lab.libc.unshare(CLONE_NEWUSER | lab.CLONE_NEWNET)
                os.write(tell, b".")
                while True:
                    signal.pause()
        signal.pause()
    os.setpgid(pid, pid)
    net.stack.callback(os.waitpid, pid, 0)
    net.stack.callback(os.killpg, pid, signal.SIGKILL)
    made = 0
    while made < number:
        made += len(os.read(ready, 4096))


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def measure(word):
    with Lab() as net:
        router, server = net.netns(), net.netns()
        net.link(router, server, 2)
        router.sysctl("ipv4.ip_forward", 1)
        server.ip("route add default via 10.0.2.1")
        router.nft(lab.TRACK.replace("input", "forward"))
        for port in range(80, 80 + ROUNDS):
            net.listen(server, "10.0.2.2", port)
        flowtop = net.flowtop(router)
        begin, spent = time.monotonic(), cpu_of(flowtop.pid)
        lags = []
        for turn in range(ROUNDS):
            client = net.netns()    # a container that begins
            net.link(client, router, 10 + turn)
            client.ip(f"route add default via 10.0.{10 + turn}.2")
            asked = time.monotonic()
            curl = net.popen(client, "curl", "-s", f"telnet://10.0.2.2:{80 + turn}",
                             stdin=subprocess.PIPE)
            flowtop.wait("the process", lambda page, pid=curl.pid: page.find(pid=pid), 120)
            lags.append(time.monotonic() - asked)
        time.sleep(max(0, begin + SECONDS - time.monotonic()))
        share = (cpu_of(flowtop.pid) - spent) / (time.monotonic() - begin)
        print(f"{word}: told after {min(lags):.1f} to {max(lags):.1f} s, "
              f"flowtop's CPU {100 * share:.0f} % of a core", flush=True)


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    lab.have_own_namespaces()
    signal.signal(signal.SIGTERM, lab.stop_on_signal)
    measure("alone")
    with Lab() as net:
        begin = time.monotonic()
        make_spaces(net, number)
        print(f"made in {time.monotonic() - begin:.0f} s", flush=True)
        measure(f"{number} namespaces of another user")


main()
