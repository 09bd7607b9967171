/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * track/holders.h - what the flowtops of a network namespace tell one another,
 * whoever runs them: who needs what, and who is to put it back. Nobody else can
 * say such a thing in their name, and what one says ends with its process.
 *
 * Each has a socket of NETLINK_NETFILTER that has joined a group, which takes
 * CAP_NET_ADMIN in the namespace, as writing its sysctls does. Its port says
 * what its owner needs, and everybody may read the list of ports. Locks on a
 * file, or names of sockets, are for every user to take. Who leaves passes on
 * what it has to put back with a message to that port, which takes
 * CAP_NET_ADMIN, too.
 */
#ifndef TRACK_HOLDERS_H
#define TRACK_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>

#define HOLDERS_BITS 3		/* of needs */

struct holders {
	int fd;			/* our socket; -1: we need nothing */
	uint32_t port;
	int send;		/* a socket to pass on with; -1: not open */
	int list;		/* of the namespace's sockets; -1: not open */
};

#define HOLDERS_CLOSED { .fd = -1, .send = -1, .list = -1 }

/* Of the namespace of the calling thread. 0 or -errno. */
int holders_open(struct holders *h);

/* Says what we need, in place of what was said before. 0 or -errno: nothing is said. */
int holders_say(struct holders *h, unsigned needs);

/* What others need. Async-signal-safe, in any namespace. */
unsigned holders_others(const struct holders *h);

/*
 * Passes @what on to all others that need it. False: there is none. One that
 * leaves without the gate (sysctl.c) may miss it. Async-signal-safe.
 */
bool holders_pass(const struct holders *h, unsigned what);

/* What was passed on to us since the last call. Async-signal-safe. */
unsigned holders_passed(const struct holders *h);

/* We need nothing any more. Async-signal-safe. */
void holders_leave(struct holders *h);

void holders_close(struct holders *h);

#endif
