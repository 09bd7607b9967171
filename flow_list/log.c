// SPDX-License-Identifier: GPL-2.0-or-later
/* flow_list/log.c - see the header. */
#include "flow_list/int.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/clock.h"

#define SWEPT_MS 150000		/* the kernel collects what has expired sooner */

struct flow_log *flow_log_new(uint32_t size)
{
	struct flow_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->size = size;
	log->read_at = clock_ms();
	log->event = malloc(size * sizeof(*log->event));
	log->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (log->event && log->fd >= 0)
		return log;
	flow_log_free(log);
	return NULL;
}

void flow_log_free(struct flow_log *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		close(log->fd);
	tombstones_clear(&log->swept[0]);
	tombstones_clear(&log->swept[1]);
	free(log->event);
	free(log);
}

/* ---- the source thread ---- */

bool flow_log_put(struct flow_log *log, const struct flow_event *e)
{
	uint32_t tail = log->tail;

	if (tail - __atomic_load_n(&log->head, __ATOMIC_ACQUIRE) == log->size)
		return false;
	log->event[tail & (log->size - 1)] = *e;
	__atomic_store_n(&log->tail, tail + 1, __ATOMIC_RELEASE);
	return true;
}

void flow_log_signal(struct flow_log *log)
{
	if (log->tail == __atomic_load_n(&log->head, __ATOMIC_RELAXED) ||
	    __atomic_exchange_n(&log->signalled, 1, __ATOMIC_SEQ_CST))
		return;
	if (eventfd_write(log->fd, 1) < 0)
		__atomic_store_n(&log->signalled, 0, __ATOMIC_RELAXED);
}

void flow_log_sweep(struct flow_log *log, uint64_t hash, uint32_t id, uint32_t now)
{
	if (now - log->turned > SWEPT_MS) {
		tombstones_clear(&log->swept[1]);
		log->swept[1] = log->swept[0];
		log->swept[0] = (struct tombstones){ 0 };
		log->turned = now;
	}
	tombstone_add(&log->swept[0], hash, id);
}

bool flow_log_was_swept(const struct flow_log *log, uint64_t hash, uint32_t id)
{
	return tombstone_find(&log->swept[0], hash, id) ||
	       tombstone_find(&log->swept[1], hash, id);
}

/* ---- the reader ---- */

int flow_list_log_open(struct flow_list *fl, uint32_t size)
{
	fl->log = flow_log_new(size);
	return fl->log ? 0 : -errno;
}

int flow_list_log_fd(const struct flow_list *fl)
{
	return fl->log->fd;
}

bool flow_list_log_peek(struct flow_list *fl, struct flow_event *e)
{
	struct flow_log *log = fl->log;
	uint32_t now = clock_ms();
	eventfd_t ignored;

	if (log->head == __atomic_load_n(&log->tail, __ATOMIC_ACQUIRE)) {
		eventfd_read(log->fd, &ignored);
		__atomic_store_n(&log->signalled, 0, __ATOMIC_SEQ_CST);
		if (log->head == __atomic_load_n(&log->tail, __ATOMIC_SEQ_CST)) {
			flow_write(log->read_at, now);
			return false;
		}
	}
	*e = log->event[log->head & (log->size - 1)];
	return true;
}

void flow_list_log_pop(struct flow_list *fl)
{
	__atomic_store_n(&fl->log->head, fl->log->head + 1, __ATOMIC_RELEASE);
}
