/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who_ring.h - which process began a flow, of any protocol, or deleted its entry.
 *
 * The kernel runs the filter of a netlink socket where it makes the message:
 * for a flow that begins on this host, in the process that sends the first
 * packet. The filter of flowtop's event socket is an eBPF program that writes
 * the flow's id and that process into a ring in shared memory, and lets the
 * message pass. The record is there before the message is.
 *
 * Packets that an interrupt or a tunnel handles, and those that another
 * program puts back (NFQUEUE), leave no record: any process may be running
 * then. So a record is right, and a flow without one is not known here.
 */
#ifndef WHO_RING_H
#define WHO_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "flow_list.h"

struct who_ring;

/* Which messages may pass, as the classic filter of ct.c has it. */
struct who_ring_filter {
	uint8_t family;		/* AF_INET or AF_INET6; 0: both */
	const uint8_t *protos;
	unsigned n_protos;	/* 0: all. Many are not tested, but all passed. */
};

struct who {
	uint32_t pid, uid;
	uint64_t start_time;	/* of the process, clock ticks since boot (proc(5)) */
	uint64_t cgroup;	/* id of its cgroup (v2); 0: not known */
	char name[32];		/* comm, sanitised */
};

/* NULL: out of memory. Main thread. */
struct who_ring *who_ring_new(void);

/* After the thread that reads has ended. @w may be NULL. Main thread. */
void who_ring_free(struct who_ring *w);

/*
 * Puts the program on the event socket @fd, before it subscribes, in place of
 * any other filter. False: that is not possible here, who_ring_state() says
 * why, and the socket is as it was. Main thread.
 */
bool who_ring_attach(struct who_ring *w, int fd, const struct who_ring_filter *filter);

/* Takes in what has come. Enrich thread, at least every 100 ms. */
void who_ring_read(struct who_ring *w);

enum who_did { WHO_BEGAN, WHO_DELETED };

/*
 * The process that began or deleted the flow a short while ago; returned once.
 * @id: CTA_ID. Enrich thread.
 */
bool who_ring_find(struct who_ring *w, const struct flow_key *key, uint32_t id,
		   enum who_did did, struct who *out);

/* Is the program at work? Any thread, after who_ring_attach(). */
bool who_ring_is_on(const struct who_ring *w);

/* Is recording suspended at present (NFQUEUE)? Any thread. */
bool who_ring_is_deaf(const struct who_ring *w);

/* "on", or why not: part of a sentence. @w may be NULL. Any thread. */
const char *who_ring_state(const struct who_ring *w);

#endif
