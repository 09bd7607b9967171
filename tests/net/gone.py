#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A namespace that --netns names is deleted, and made again."""

import os
import signal
import socket
import subprocess

import lab
from lab import Lab, check, equal, until

TOLD = "network namespace blue was deleted"


class Named(lab.Netns):
    """One of ip-netns(8); nothing of the test keeps it alive but for "with"."""

    def __init__(self, outside, name):
        # pylint: disable=super-init-not-called
        self.outer = []
        self.name = name
        outside.ip(f"netns add {name}")
        outside.ip(f"link add {name} type veth peer name inside netns {name}")
        self.ip("link set lo up")
        self.nft(lab.TRACK)

    def __enter__(self):
        self.fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        os.close(self.fd)

    def send(self, port):
        """A flow that stays for a while, though its socket does not."""
        with self, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", ("127.0.0.1", port))


def delete(outside, name):
    """It is really gone, and its link with it, once nobody has anything in it."""
    outside.ip(f"netns delete {name}")
    until("the namespace to be let go", lambda: f" {name}@" not in outside.command("ip", "-o", "link"))


def test_pages():
    with Lab() as net:
        outside = net.netns()
        Named(outside, "blue").send(1001)
        flowtop = net.flowtop(outside, "--netns", "blue")
        flowtop.wait("a flow", lambda page: page.find(dst_port=1001))
        delete(outside, "blue")
        until("it to be told", lambda: TOLD in flowtop.stderr())
        Named(outside, "blue").send(1002)
        flowtop.wait("a flow of the new one", lambda page: page.find(dst_port=1002))
        check(not flowtop.fresh_page().all(dst_port=1001), "a flow of the old one is shown")
        equal(flowtop.stderr().count(TOLD), 1, "how often it is told")
        flowtop.end(errors=flowtop.stderr())
        outside.ip("netns delete blue")


def test_replaced():
    """The name goes to another namespace at once, of which a path tells."""
    with Lab() as net:
        outside = net.netns()
        Named(outside, "blue").send(1001)
        Named(outside, "green").send(1002)
        open("/run/here", "w", encoding="ascii").close()
        subprocess.run(["mount", "--bind", "/run/netns/blue", "/run/here"], check=True)
        flowtop = net.flowtop(outside, "--netns", "/run/here")
        flowtop.wait("a flow", lambda page: page.find(dst_port=1001))
        subprocess.run(["mount", "--bind", "/run/netns/green", "/run/here"], check=True)
        flowtop.wait("a flow of the other", lambda page: page.find(dst_port=1002))
        flowtop.end(errors=flowtop.stderr())
        subprocess.run(["umount", "/run/here", "/run/here"], check=False)
        for name in ("blue", "green"):
            outside.ip(f"netns delete {name}")


def test_ended_meanwhile():
    """The sysctls are those of a namespace that is gone; a signal ends the wait."""
    with Lab() as net:
        outside = net.netns()
        Named(outside, "blue").send(1001)
        flowtop = net.flowtop(outside, "--netns", "blue", "--track")
        delete(outside, "blue")
        until("it to be told", lambda: TOLD in flowtop.stderr())
        flowtop.end(signal.SIGINT, errors=flowtop.stderr())


lab.run(test_pages, test_replaced, test_ended_meanwhile)
