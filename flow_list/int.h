/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list/int.h - the table itself, for its two halves: flow_list.c with
 * flow_list/slot.c and flow_list/merge.c, with which the source thread writes,
 * and flow_list/reader.c, which all others use.
 */
#ifndef FLOW_LIST_INT_H
#define FLOW_LIST_INT_H

#include "flow_list.h"
#include "flow_list/log.h"
#include "flow_list/tomb.h"

#define SLAB_FLOWS	4096u
#define SLABS		16384u		/* 67 million flows */
#define NO_SLOT		UINT32_MAX
#define LINGER_MAX	65536u		/* ended flows kept to be seen */
#define QUEUE_MAX	8192u		/* new flows that wait for the enricher */

#define flow_write(field, value) \
	__atomic_store_n(&(field), value, __ATOMIC_RELAXED)

struct index_entry {
	uint32_t tag;			/* lower half of the hash */
	uint32_t slot;			/* NO_SLOT: empty */
};

struct flow_list {
	struct flow *slab[SLABS];
	uint32_t slots;			/* in use or free; read by all */

	/* the writer's own */
	struct index_entry *index;
	uint32_t mask;			/* index entries - 1 */
	uint32_t live;
	uint32_t free;			/* list by flow.next */
	uint32_t removed;		/* list: to wait for a grace period */
	uint32_t linger_ms;
	uint32_t interval;		/* ms between samples of the counters, as planned */
	uint32_t linger[LINGER_MAX];	/* fifo of slots */
	uint32_t linger_head, linger_tail;
	uint64_t now_real;		/* of the batch at hand */
	uint32_t dump;			/* number of the present or last dump */
	bool dumping;
	flow_direction_fn *direction;
	const void *direction_ctx;
	struct tombstones tombs;		/* lives that ended during this dump */
	struct flow_log *log;			/* NULL: no log */
	uint32_t deleter, deleter_at;		/* port id last asked about; clock_ms() */

	/* between threads */
	uint32_t reclaimed;		/* list: pushed by call_rcu, taken whole */
	struct flow_handle queue[QUEUE_MAX];
	uint32_t queue_head, queue_tail;
	int queue_fd;
	int queue_signalled;
	uint32_t walked;		/* see flow_list_walked(); 0: nobody walks */
	uint32_t linger_asked;		/* ms; becomes linger_ms at the next tick */
	struct flow_window *window;
	struct flow_stats stats;
};

static inline struct flow *slot_flow(const struct flow_list *fl, uint32_t slot)
{
	return &fl->slab[slot / SLAB_FLOWS][slot % SLAB_FLOWS];
}

/* ---- slots (flow_list/slot.c) ---- */

/* A slot for a new flow, its generation even. NO_SLOT: no memory. */
uint32_t slot_alloc(struct flow_list *fl);

/* From now on readers do not find it. */
void slot_remove(struct flow_list *fl, uint32_t slot);

/* Sends the removed slots through a grace period. */
void slots_reclaim(struct flow_list *fl);

/* ---- messages (flow_list/merge.c) ---- */

/* Puts the values of @u into @f, unless they are too old. */
void flow_merge(struct flow_list *fl, struct flow *f, const struct flow_update *u,
		uint32_t now);

#endif
