/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list/log.h - the events of flows, in order: a bounded queue from the source
 * thread to the thread that writes a log. Events that do not fit are counted.
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
	uint32_t read_at;		/* clock_ms(): all events up to this time were read */
	/* flows whose end a dump showed: the kernel's message may still come */
	struct tombstones swept[2];
	uint32_t turned;		/* clock_ms(): when the older ones were forgotten */
};

/* NULL: errno. */
struct flow_log *flow_log_new(uint32_t size);
void flow_log_free(struct flow_log *log);

/* ---- source thread ---- */

/* False: no room. */
bool flow_log_put(struct flow_log *log, const struct flow_event *e);

/* Wakes the reader, once for each time that it came. */
void flow_log_signal(struct flow_log *log);

/* Was its end logged before its DESTROY came? */
void flow_log_sweep(struct flow_log *log, uint64_t hash, uint32_t id, uint32_t now);
bool flow_log_was_swept(const struct flow_log *log, uint64_t hash, uint32_t id);

#endif
