/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list.c - the flow table.
 *
 * Records lie in slabs that never move and are never given back; a slot's
 * generation is odd while it holds a flow. The index from key to slot is the
 * writer's own (open addressing, linear probing, the whole hash's lower half
 * kept as a tag, so that growing it touches no record).
 *
 * A slot's way: allocated -> live, in the index -> ended, lingering, in the
 * fifo -> removed (generation even), in `removed` -> a grace period -> in
 * `reclaimed`, pushed there by the call_rcu thread -> free.
 */
#include "flow_list/int.h"

#include <math.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flow_list/reason.h"
#include <netinet/in.h>		/* before kernel headers that define the same */
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/proto.h"

#define HUGE_PAGE	(2u << 20)
#define BATCH_MS	1000		/* a batch of updates is booked within that */
#define LATE_MS		1000		/* the kernel reports whole seconds */
#define COLLECT_MS	150000		/* the kernel has collected expired entries by then */
#define DELETER_MS	1000		/* between look-ups of who deletes */

/* ---- index: key -> slot ---- */

static uint64_t key_hash(const struct flow_key *key)
{
	return hash_bytes(key, sizeof(*key));
}

/* Looked into at random: huge pages spare it a TLB miss each time. */
static struct index_entry *index_alloc(uint32_t entries)
{
	size_t size = entries * sizeof(struct index_entry);
	struct index_entry *e = aligned_alloc(size < HUGE_PAGE ? 64 : HUGE_PAGE, size);

	if (e && size >= HUGE_PAGE)
		madvise(e, size, MADV_HUGEPAGE);
	for (uint32_t i = 0; e && i < entries; i++)
		e[i].slot = NO_SLOT;
	return e;
}

static void index_put(struct flow_list *fl, uint32_t tag, uint32_t slot)
{
	uint32_t i = tag & fl->mask;

	while (fl->index[i].slot != NO_SLOT)
		i = (i + 1) & fl->mask;
	fl->index[i] = (struct index_entry){ tag, slot };
}

/* Keeps the index at most three quarters full. */
static bool index_reserve(struct flow_list *fl)
{
	struct index_entry *old = fl->index;
	uint32_t entries = fl->mask + 1;

	if (fl->live < entries - entries / 4)
		return true;
	fl->index = index_alloc(entries * 2);
	if (!fl->index) {
		fl->index = old;
		return fl->live + 1 < entries;
	}
	fl->mask = entries * 2 - 1;
	for (uint32_t i = 0; i < entries; i++)
		if (old[i].slot != NO_SLOT)
			index_put(fl, old[i].tag, old[i].slot);
	free(old);
	return true;
}

/* Place in the index of the key's flow; of an empty entry where it has none. */
static uint32_t index_find(const struct flow_list *fl, uint64_t hash,
			   const struct flow_key *key)
{
	uint32_t tag = hash, i = tag & fl->mask;

	for (; fl->index[i].slot != NO_SLOT; i = (i + 1) & fl->mask)
		if (fl->index[i].tag == tag &&
		    !memcmp(&slot_flow(fl, fl->index[i].slot)->key, key, sizeof(*key)))
			break;
	return i;
}

/* Takes entry @hole out and moves back what had to step over it. */
static void index_remove(struct flow_list *fl, uint32_t hole)
{
	uint32_t i = hole;

	for (;;) {
		uint32_t home;

		i = (i + 1) & fl->mask;
		if (fl->index[i].slot == NO_SLOT)
			break;
		home = fl->index[i].tag & fl->mask;
		if (((i - home) & fl->mask) < ((i - hole) & fl->mask))
			continue;
		fl->index[hole] = fl->index[i];
		hole = i;
	}
	fl->index[hole].slot = NO_SLOT;
}

/* ---- the log ---- */

static void log_flow(struct flow_list *fl, uint32_t slot, enum flow_event_kind kind, bool told,
		     uint32_t now)
{
	const struct flow *f = slot_flow(fl, slot);
	struct flow_event e = {
		.time = fl->now_real, .ms = now, .flow = { slot, f->gen },
		.kind = kind, .state = f->state, .told = told,
	};

	if (fl->log && !flow_log_put(fl->log, &e))
		flow_write(fl->stats.unlogged, fl->stats.unlogged + 1);
}

/* ---- the queue of new flows ---- */

static void queue_put(struct flow_list *fl, struct flow_handle h)
{
	uint32_t tail = fl->queue_tail;

	if (tail - __atomic_load_n(&fl->queue_head, __ATOMIC_ACQUIRE) == QUEUE_MAX) {
		flow_write(fl->stats.unqueued, fl->stats.unqueued + 1);
		return;
	}
	fl->queue[tail % QUEUE_MAX] = h;
	__atomic_store_n(&fl->queue_tail, tail + 1, __ATOMIC_RELEASE);
}

/* One wake-up until the taker came. */
static void queue_signal(struct flow_list *fl)
{
	uint64_t one = 1;

	if (fl->queue_tail == __atomic_load_n(&fl->queue_head, __ATOMIC_RELAXED))
		return;
	if (__atomic_exchange_n(&fl->queue_signalled, 1, __ATOMIC_SEQ_CST))
		return;
	if (write(fl->queue_fd, &one, sizeof(one)) < 0)
		__atomic_store_n(&fl->queue_signalled, 0, __ATOMIC_RELAXED);
}

/* ---- a flow's life ---- */

static void count_up(uint64_t *counter)
{
	flow_write(*counter, *counter + 1);
}

/* All but the generation, at which readers look. */
static void flow_clear(struct flow *f)
{
	memset(f, 0, offsetof(struct flow, gen));
	memset(&f->status, 0, sizeof(*f) - offsetof(struct flow, status));
}

/* Flows of the first dump are older than flowtop. */
static bool flow_is_news(const struct flow_list *fl, const struct flow_update *u)
{
	return u->source == FLOW_NEW || (fl->stats.dumped && u->source != FLOW_DESTROY);
}

/* With nf_conntrack_tcp_loose the kernel picks up a connection at any packet. */
static bool is_under_way(const struct flow_update *u)
{
	return u->key.l4 == IPPROTO_TCP && u->have & HAVE_STATE &&
	       u->state != TCP_CONNTRACK_SYN_SENT;
}

/* Returns the slot, or NO_SLOT: no room. */
static uint32_t flow_begin(struct flow_list *fl, const struct flow_update *u, uint32_t now)
{
	uint32_t slot, gen;
	struct flow *f;

	if (!index_reserve(fl))
		return NO_SLOT;
	slot = slot_alloc(fl);
	if (slot == NO_SLOT)
		return NO_SLOT;
	f = slot_flow(fl, slot);
	gen = f->gen;
	flow_clear(f);
	f->key = u->key;
	f->reply = u->reply;
	f->id = u->id;
	f->state = STATE_NONE;
	if (fl->direction)
		f->direction = fl->direction(fl->direction_ctx, &f->key.orig, &f->reply);
	f->start = fl->now_real;
	f->changed = now;
	f->sampled = u->source == FLOW_NEW ? now : 0;
	f->orig_rate = f->reply_rate = NAN;
	f->flags = u->source != FLOW_NEW ? FLOW_OLDER : is_under_way(u) ? FLOW_PICKED_UP : 0;
	f->seen = fl->dump - 1;
	flow_merge(fl, f, u, now);
	__atomic_store_n(&f->gen, gen + 1, __ATOMIC_RELEASE);

	index_put(fl, (uint32_t)u->hash, slot);
	fl->live++;
	flow_write(fl->stats.live, fl->live);
	if (fl->stats.dumped)
		count_up(&fl->stats.began);
	if (u->source == FLOW_NEW || u->source == FLOW_DESTROY)
		queue_put(fl, (struct flow_handle){ slot, gen + 1 });
	if (flow_is_news(fl, u))
		log_flow(fl, slot, FLOW_EVENT_NEW, u->source != FLOW_DUMPED, now);
	return slot;
}

static void linger_drop_oldest(struct flow_list *fl)
{
	slot_remove(fl, fl->linger[fl->linger_head++ % LINGER_MAX]);
}

/* Programs delete many flows at once: only one of them is looked up, now and then. */
static void ask_deleter(struct flow_list *fl, uint32_t slot, uint32_t now)
{
	uint32_t port = flow_ended_by(slot_flow(fl, slot));

	if (!port || (port == fl->deleter && now - fl->deleter_at < DELETER_MS))
		return;
	fl->deleter = port;
	fl->deleter_at = now;
	queue_put(fl, (struct flow_handle){ slot, slot_flow(fl, slot)->gen });
}

/* Sets the fields of an ended flow. */
static void flow_close(struct flow_list *fl, struct flow *f, const struct flow_update *destroy,
		       uint32_t now)
{
	enum flow_reason reason = reason_of(f, destroy, now);
	bool stop_known = destroy && destroy->have & HAVE_STOP;
	float none = NAN;
	bool deleted = reason == REASON_DELETED;
	uint8_t flags = FLOW_ENDED | (deleted ? FLOW_DELETED : 0) | (destroy ? 0 : FLOW_SWEPT);

	flow_write(f->end, stop_known ? destroy->stop : fl->now_real);
	__atomic_store(&f->orig_rate, &none, __ATOMIC_RELAXED);
	__atomic_store(&f->reply_rate, &none, __ATOMIC_RELAXED);
	flow_write(f->expires, now + fl->linger_ms);
	if (deleted)
		flow_write(f->ended_by, destroy->port);
	else
		flow_write(f->reason, reason);
	__atomic_store_n(&f->flags, f->flags | flags, __ATOMIC_RELEASE);
}

/*
 * Ends the flow at index entry @i. @destroy: the kernel's last message, already
 * merged; NULL: a dump did not have the flow any more.
 */
static void flow_end(struct flow_list *fl, uint32_t i, const struct flow_update *destroy,
		     uint32_t now)
{
	uint32_t slot = fl->index[i].slot;
	struct flow *f = slot_flow(fl, slot);

	index_remove(fl, i);
	fl->live--;
	flow_write(fl->stats.live, fl->live);
	if (fl->stats.dumped)
		count_up(&fl->stats.ended);
	flow_close(fl, f, destroy, now);
	ask_deleter(fl, slot, now);
	if (fl->linger_tail - fl->linger_head == LINGER_MAX)
		linger_drop_oldest(fl);
	fl->linger[fl->linger_tail++ % LINGER_MAX] = slot;
	if (fl->log && !destroy)
		flow_log_sweep(fl->log, key_hash(&f->key), f->id, now);
	log_flow(fl, slot, FLOW_EVENT_END, destroy, now);
}

/* A flow that a dump showed first is still new to the enrich thread. */
static void apply_new(struct flow_list *fl, uint32_t i, const struct flow_update *u,
		      struct flow *f, uint32_t now)
{
	tombstone_remove(&fl->tombs, u->hash, u->id);
	if (f && f->id == u->id) {
		if (!(f->flags & FLOW_TOLD)) {
			queue_put(fl, (struct flow_handle){ fl->index[i].slot, f->gen });
			if (!fl->stats.dumped)
				log_flow(fl, fl->index[i].slot, FLOW_EVENT_NEW, true, now);
		}
		flow_merge(fl, f, u, now);
		return;
	}
	if (f)
		flow_end(fl, i, NULL, now);
	flow_begin(fl, u, now);
}

/*
 * An UPDATE of a flow that is not there: while a dump runs, the dump would
 * bring the flow as it was before. At other times its NEW was lost (a dump
 * is on its way) or its DESTROY overtook it.
 */
static void apply_update(struct flow_list *fl, const struct flow_update *u,
			 struct flow *f, uint32_t now)
{
	if (f && f->id == u->id)
		flow_merge(fl, f, u, now);
	else if (!f && fl->dumping && !tombstone_find(&fl->tombs, u->hash, u->id))
		flow_begin(fl, u, now);
}

/*
 * The end of a flow that is not in the table: it began before the first dump
 * reached it, or its NEW was lost. It is logged, but not shown.
 */
static void log_unseen(struct flow_list *fl, const struct flow_update *u, uint32_t now)
{
	if (flow_log_was_swept(fl->log, u->hash, u->id) || flow_begin(fl, u, now) == NO_SLOT)
		return;
	flow_end(fl, index_find(fl, u->hash, &u->key), u, now);
}

static void apply_destroy(struct flow_list *fl, uint32_t i, const struct flow_update *u,
			  struct flow *f, uint32_t now)
{
	if (fl->dumping)
		tombstone_add(&fl->tombs, u->hash, u->id);
	if (!f && fl->log)
		log_unseen(fl, u, now);
	if (!f || f->id != u->id)
		return;
	flow_merge(fl, f, u, now);
	flow_end(fl, i, u, now);
}

/*
 * A dump entry of another life than the table's: where events told of ours
 * during this dump, more events will settle it; else the entry is newer.
 */
static void apply_dumped(struct flow_list *fl, uint32_t i, const struct flow_update *u,
			 struct flow *f, uint32_t now)
{
	if (tombstone_find(&fl->tombs, u->hash, u->id))
		return;
	if (f && f->id == u->id) {
		flow_merge(fl, f, u, now);
		return;
	}
	if (f && f->seen == fl->dump)
		return;
	if (f)
		flow_end(fl, i, NULL, now);
	flow_begin(fl, u, now);
}

static void apply_one(struct flow_list *fl, const struct flow_update *u, uint32_t now)
{
	uint32_t i = index_find(fl, u->hash, &u->key), slot = fl->index[i].slot;
	struct flow *f = slot == NO_SLOT ? NULL : slot_flow(fl, slot);
	uint8_t state = f ? f->state : STATE_NONE;

	switch (u->source) {
	case FLOW_NEW:
		apply_new(fl, i, u, f, now);
		break;
	case FLOW_UPDATE:
		apply_update(fl, u, f, now);
		break;
	case FLOW_DESTROY:
		apply_destroy(fl, i, u, f, now);
		break;
	case FLOW_DUMPED:
		apply_dumped(fl, i, u, f, now);
		break;
	case FLOW_GOT:
		if (f && f->id == u->id)
			flow_merge(fl, f, u, now);
		break;
	}
	if (f && f->state != state && !(f->flags & FLOW_ENDED))
		log_flow(fl, slot, FLOW_EVENT_UPDATE, u->source != FLOW_DUMPED, now);
}

/*
 * Memory answers slowly at a million flows: ask for all index entries first,
 * then for all records, then work.
 */
void flow_list_apply(struct flow_list *fl, struct flow_update *u, unsigned n)
{
	uint32_t now;

	if (!n)
		return;
	now = clock_ms();
	fl->now_real = clock_steady();
	for (unsigned i = 0; i < n; i++) {
		u[i].hash = key_hash(&u[i].key);
		__builtin_prefetch(&fl->index[(uint32_t)u[i].hash & fl->mask]);
	}
	for (unsigned i = 0; i < n; i++) {
		uint32_t slot = fl->index[(uint32_t)u[i].hash & fl->mask].slot;
		const char *f;

		if (slot == NO_SLOT)
			continue;
		f = (const char *)slot_flow(fl, slot);
		__builtin_prefetch(f);
		__builtin_prefetch(f + 64, 1);
		__builtin_prefetch(f + 128, 1);
	}
	for (unsigned i = 0; i < n; i++)
		apply_one(fl, &u[i], now);
	queue_signal(fl);
	if (fl->log)
		flow_log_signal(fl->log);
}

/* ---- dumps ---- */

void flow_list_dump_begin(struct flow_list *fl)
{
	fl->dump++;
	fl->dumping = true;
}

/*
 * Dumps leave out expired entries, but their last message, with the final
 * counters, comes when the kernel collects them. A log waits for that.
 */
static bool is_end_coming(const struct flow_list *fl, const struct flow *f, uint32_t now)
{
	uint32_t late = now + LATE_MS - f->expires;

	return fl->log && f->flags & FLOW_TOLD && f->expires && late < LATE_MS + COLLECT_MS;
}

static void sweep(struct flow_list *fl)
{
	uint32_t now = clock_ms();

	fl->now_real = clock_steady();
	for (uint32_t slot = 0; slot < fl->slots; slot++) {
		struct flow *f = slot_flow(fl, slot);
		uint64_t hash;

		if (!(f->gen & 1) || f->flags & FLOW_ENDED || f->seen == fl->dump ||
		    is_end_coming(fl, f, now))
			continue;
		hash = key_hash(&f->key);
		flow_end(fl, index_find(fl, hash, &f->key), NULL, now);
	}
}

void flow_list_dump_end(struct flow_list *fl, bool whole)
{
	if (whole)
		sweep(fl);
	fl->dumping = false;
	tombstones_clear(&fl->tombs);
	if (fl->log)
		flow_log_signal(fl->log);
	if (whole) {
		count_up(&fl->stats.dumps);
		__atomic_store_n(&fl->stats.dumped, 1, __ATOMIC_RELEASE);
	}
}

void flow_list_missed(struct flow_list *fl, const struct flow_key *key, uint32_t id)
{
	uint32_t i = index_find(fl, key_hash(key), key);
	struct flow *f;

	if (fl->index[i].slot == NO_SLOT)
		return;
	f = slot_flow(fl, fl->index[i].slot);
	if (f->id == id)
		flow_write(f->expires, (clock_ms() - 1) | 1);
}

/*
 * The lingering is over, and a later walk has booked the flow, or its end was
 * read from the log. The time of an end is when its batch began; it becomes
 * visible slightly later.
 */
static bool is_over(const struct flow_list *fl, const struct flow *f, uint32_t now)
{
	uint32_t walked = flow_read(fl->walked), ended = f->expires - fl->linger_ms;

	if (fl->log)
		walked = flow_read(fl->log->read_at);
	return (int32_t)(f->expires - now) <= 0 &&
	       (!(walked || fl->log) || (int32_t)(walked - ended) > BATCH_MS);
}

/* Moves the removal of all lingering flows alike, so that they stay in order. */
static void linger_change(struct flow_list *fl, uint32_t linger_ms)
{
	uint32_t by = linger_ms - fl->linger_ms;

	for (uint32_t i = fl->linger_head; i != fl->linger_tail; i++) {
		struct flow *f = slot_flow(fl, fl->linger[i % LINGER_MAX]);

		flow_write(f->expires, f->expires + by);
	}
	fl->linger_ms = linger_ms;
}

void flow_list_tick(struct flow_list *fl)
{
	uint32_t now = clock_ms(), linger_ms = flow_read(fl->linger_asked);

	if (linger_ms != fl->linger_ms)
		linger_change(fl, linger_ms);
	while (fl->linger_head != fl->linger_tail) {
		uint32_t slot = fl->linger[fl->linger_head % LINGER_MAX];

		if (!is_over(fl, slot_flow(fl, slot), now))
			break;
		linger_drop_oldest(fl);
	}
	slots_reclaim(fl);
}

void flow_list_set_interval(struct flow_list *fl, uint32_t ms)
{
	fl->interval = ms;
}

void flow_list_set_direction(struct flow_list *fl, flow_direction_fn *direction,
			     const void *ctx)
{
	fl->direction = direction;
	fl->direction_ctx = ctx;
	for (uint32_t slot = 0; slot < fl->slots; slot++) {
		struct flow *f = slot_flow(fl, slot);

		if (!(f->gen & 1))
			continue;
		__atomic_fetch_and(&f->direction, FLOW_LOCAL | FLOW_TURNED, __ATOMIC_RELAXED);
		__atomic_fetch_or(&f->direction, direction(ctx, &f->key.orig, &f->reply),
				  __ATOMIC_RELAXED);
	}
}

struct flow_stats *flow_list_stats(struct flow_list *fl)
{
	return &fl->stats;
}

/* ---- start and end ---- */

struct flow_list *flow_list_new(uint64_t expected, uint32_t linger_ms)
{
	struct flow_list *fl = calloc(1, sizeof(*fl));
	uint32_t entries = 1024;

	if (!fl)
		return NULL;
	while (entries < expected + expected / 2 && entries < 1u << 27)
		entries *= 2;
	fl->mask = entries - 1;
	fl->linger_ms = fl->linger_asked = linger_ms;
	fl->free = fl->removed = fl->reclaimed = NO_SLOT;
	fl->index = index_alloc(entries);
	fl->window = calloc(1, sizeof(*fl->window));
	fl->queue_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fl->index && fl->window && fl->queue_fd >= 0)
		return fl;
	if (fl->queue_fd >= 0)
		close(fl->queue_fd);
	free(fl->window);
	free(fl->index);
	free(fl);
	return NULL;
}

void flow_list_free(struct flow_list *fl)
{
	rcu_barrier();
	for (uint32_t slot = 0; slot < fl->slots; slot++) {
		struct flow *f = slot_flow(fl, slot);

		owner_unref(flow_read(f->owner));
		free(flow_read(f->extra));
	}
	rcu_barrier();
	for (uint32_t i = 0; i < SLABS && fl->slab[i]; i++)
		munmap(fl->slab[i], SLAB_FLOWS * sizeof(struct flow));
	tombstones_clear(&fl->tombs);
	flow_log_free(fl->log);
	close(fl->queue_fd);
	free(fl->window);
	free(fl->index);
	free(fl);
}
