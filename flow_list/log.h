/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list/log.h - what happens to flows, in its order: a bounded queue from
 * the source thread to the one who writes a log. What has no room is counted.
 */
#ifndef FLOW_LIST_LOG_H
#define FLOW_LIST_LOG_H

#include "flow_list.h"
#include "flow_list/tomb.h"

struct flow_log {
	struct flow_event *event;
	uint32_t size;			/* a power of two */
	uint32_t head, tail;
	int fd;
	int signalled;
	uint32_t read_at;		/* clock_ms(): all that had happened then was read */
	/* those whose end a dump showed: the kernel may still tell it */
	struct tombstones swept[2];
	uint32_t turned;		/* clock_ms(): when the older ones were forgotten */
};

/* NULL: errno. */
struct flow_log *flow_log_new(uint32_t size);
void flow_log_free(struct flow_log *log);

/* ---- source thread ---- */

/* False: there is no room. */
bool flow_log_put(struct flow_log *log, const struct flow_event *e);

/* Wakes the reader, if it has not been since it came. */
void flow_log_signal(struct flow_log *log);

/* Its end was logged, and its DESTROY may come later; was that so? */
void flow_log_sweep(struct flow_log *log, uint64_t hash, uint32_t id, uint32_t now);
bool flow_log_was_swept(const struct flow_log *log, uint64_t hash, uint32_t id);

#endif
