/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/perf_ring.h - which process opens which TCP connection, from the
 * tracepoint sock:inet_sock_set_state, by perf_event_open(2). It knows of
 * processes that have gone since, with their names. One thread.
 */
#ifndef PROC_PID_PERF_RING_H
#define PROC_PID_PERF_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "proc_pid/sock_diag.h"

struct perf_ring;

struct ring_process {
	uint32_t pid;
	char name[32];		/* comm when it connected, sanitised; "" not known */
};

/* NULL: the kernel does not give it; errno. */
struct perf_ring *perf_ring_open(void);
void perf_ring_close(struct perf_ring *r);

/* Takes in what has happened up to now. Cheap; at least each 100 ms. */
void perf_ring_read(struct perf_ring *r);

/*
 * The process that opened the connection @t a short while ago: known as soon
 * as the other side has answered. Each can be found once.
 */
bool perf_ring_find(struct perf_ring *r, const struct sock_tuple *t, struct ring_process *out);

#define RING_CONNECTING 8	/* the most that perf_ring_connecting() finds */

/*
 * The processes that wait for an answer from the remote end of @t: up to
 * @max. *all: these are all of them.
 */
unsigned perf_ring_connecting(struct perf_ring *r, const struct sock_tuple *t,
			      struct ring_process *out, unsigned max, bool *all);

#endif
