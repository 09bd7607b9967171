#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that send once and end: each is named, and never another."""

import crowd
import lab
from lab import Lab, check

CLIENTS = 50
RATE = 400
LIFE = 300      # us
BURST = 3000


def check_all(way):
    """Every protocol, by programs that are gone before they can be looked for."""
    with Lab() as net:
        here, there = way(net)
        people = crowd.Crowd(net)
        people.serve(there)
        flowtop = net.flowtop(here, "--columns", crowd.COLUMNS)
        for number, kind in enumerate(crowd.PROTOS):
            truth = people.send(here, kind, 1 + number * CLIENTS, CLIENTS, RATE, LIFE)
            crowd.Verdict(truth, kind).check_right(flowtop, kind)
        flowtop.end()


def test_inside():
    check_all(crowd.inside)


def test_beside():
    check_all(crowd.beside)


def test_lost_events():
    """More than the event socket holds: what a dump tells then is named as well."""
    with Lab() as net:
        here, there = crowd.beside(net)
        people = crowd.Crowd(net)
        people.serve(there)
        flowtop = net.flowtop(here, "--rcvbuf-max", "0.0625", "--columns", crowd.COLUMNS)
        truth = people.flood(here, 1, BURST)
        crowd.Verdict(truth, "udp").check_right(flowtop, "a burst")
        flowtop.end()


def check_forwarded(prepare):
    """Flows of other namespaces: the sender's, or nobody's."""
    with Lab() as net:
        client, router, server = crowd.between(net)
        people = crowd.Crowd(net)
        people.serve(server)
        prepare(client, router, server)
        flowtop = net.flowtop(router, "--columns", crowd.COLUMNS)
        for number, kind in enumerate(("udp", "tcp")):
            truth = people.send(client, kind, 1 + number * CLIENTS, CLIENTS, RATE, LIFE)
            crowd.Verdict(truth, kind).check_none_wrong(flowtop, kind)
        flowtop.end()


def test_spread():
    """Interrupts of any processor handle them, whatever program runs there."""
    check_forwarded(lambda _client, router, _server: crowd.spread(router))


def test_tunnelled():
    check_forwarded(crowd.tunnel)


def test_queued():
    """A program that puts packets back is not the one who sent them."""
    with Lab() as net:
        here, there = crowd.beside(net)
        people = crowd.Crowd(net)
        people.serve(there)
        reader = crowd.queue_output(net, here)
        flowtop = net.flowtop(here, "--columns", crowd.COLUMNS)
        for number, kind in enumerate(("udp", "raw")):
            truth = people.send(here, kind, 1 + number * CLIENTS, CLIENTS, RATE, LIFE)
            crowd.Verdict(truth, kind).check_none_wrong(flowtop, kind)
        check(reader.packets, "no packet came by the queue")
        flowtop.end()


# what takes the rights of root itself
ROOT = (test_inside, test_beside, test_lost_events, test_spread) if crowd.has_ring() else ()
lab.run(*ROOT, test_tunnelled, test_queued)
