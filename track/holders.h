/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * track/holders.h - what the flowtops of a network namespace tell one another,
 * whoever runs them: who needs what. Nobody else can say such a thing in their
 * name, and what one says ends with its process.
 *
 * Each has a socket of NETLINK_NETFILTER that has joined a group, which takes
 * CAP_NET_ADMIN in the namespace, as writing its sysctls does. Its port says
 * what its owner needs, and everybody may read the list of ports. Locks on a
 * file, or names of sockets, are for every user to take.
 */
#ifndef TRACK_HOLDERS_H
#define TRACK_HOLDERS_H

#include <stdint.h>

#define HOLDERS_BITS 3		/* of needs */

struct holders {
	int fd;			/* our socket; -1: we need nothing */
	uint32_t port;
	int list;		/* of the namespace's sockets; -1: not open */
};

#define HOLDERS_CLOSED { .fd = -1, .list = -1 }

/* Of the namespace of the calling thread. 0 or -errno. */
int holders_open(struct holders *h);

/* Says what we need, in place of what was said before. 0 or -errno: nothing is said. */
int holders_say(struct holders *h, unsigned needs);

/* What others need. Async-signal-safe, in any namespace. */
unsigned holders_others(const struct holders *h);

/* We need nothing any more. Async-signal-safe. */
void holders_leave(struct holders *h);

void holders_close(struct holders *h);

#endif
