/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list/reader.c - the flow table for all but its writer: the slabs and the
 * handles for readers, what the enricher publishes, the queue of new flows,
 * the window.
 */
#include "flow_list/int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint32_t flow_list_slots(const struct flow_list *fl)
{
	return __atomic_load_n(&fl->slots, __ATOMIC_ACQUIRE);
}

const struct flow *flow_list_at_rcu(const struct flow_list *fl, uint32_t slot,
				    struct flow_handle *h)
{
	const struct flow *f = slot_flow(fl, slot);
	uint32_t gen = __atomic_load_n(&f->gen, __ATOMIC_ACQUIRE);

	if (!(gen & 1))
		return NULL;
	if (h)
		*h = (struct flow_handle){ slot, gen };
	return f;
}

const struct flow *flow_list_get_rcu(const struct flow_list *fl, struct flow_handle h)
{
	const struct flow *f;

	if (!(h.gen & 1) || h.slot >= flow_list_slots(fl))
		return NULL;
	f = slot_flow(fl, h.slot);
	return __atomic_load_n(&f->gen, __ATOMIC_ACQUIRE) == h.gen ? f : NULL;
}

void flow_list_prefetch(const struct flow_list *fl, struct flow_handle h)
{
	const char *f = (const char *)slot_flow(fl, h.slot);

	for (size_t at = 0; at < sizeof(struct flow); at += 64)
		__builtin_prefetch(f + at);
}

/* Of a struct, whatever its members are. */
typedef uint64_t __attribute__((may_alias)) word;
_Static_assert(sizeof(struct flow) % sizeof(word) == 0, "copied by words");
_Static_assert(sizeof(struct flow_stats) % sizeof(word) == 0, "copied by words");

static void copy_words(word *to, const word *from, size_t size)
{
	for (size_t i = 0; i < size / sizeof(word); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

void flow_copy_rcu(struct flow *to, const struct flow *from)
{
	copy_words((word *)to, (const word *)from, sizeof(*to));
}

/* rcu is written when another one takes its place. */
void flow_extra_copy(struct flow_extra *to, const struct flow_extra *from)
{
	memcpy(to->labels, from->labels, sizeof(to->labels));
	memcpy(to->helper, from->helper, sizeof(to->helper));
	to->reply_zone = from->reply_zone;
	to->zone_dir = from->zone_dir;
}

void flow_list_copy_stats(const struct flow_list *fl, struct flow_stats *to)
{
	copy_words((word *)to, (const word *)&fl->stats, sizeof(*to));
}

void flow_list_set_linger(struct flow_list *fl, uint32_t linger_ms)
{
	flow_write(fl->linger_asked, linger_ms);
}

bool flow_is_live(const struct flow *f, uint32_t now_ms)
{
	uint32_t expires = flow_read(f->expires);

	return !(flow_read(f->flags) & FLOW_ENDED) &&
	       (!expires || (int32_t)(expires - now_ms) > 0);
}

bool flow_is_lingering(const struct flow *f, uint32_t now_ms)
{
	return flow_read(f->flags) & FLOW_ENDED &&
	       (int32_t)(flow_read(f->expires) - now_ms) > 0;
}

void flow_list_walked(struct flow_list *fl, uint32_t began)
{
	flow_write(fl->walked, began ? began : 1);
}

/* ---- the enricher ---- */

unsigned flow_list_take_new(struct flow_list *fl, struct flow_handle *out, unsigned max)
{
	uint32_t head = fl->queue_head;
	uint64_t ignored;
	unsigned n = 0;

	if (read(fl->queue_fd, &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
		return 0;
	__atomic_store_n(&fl->queue_signalled, 0, __ATOMIC_SEQ_CST);
	while (n < max && head != __atomic_load_n(&fl->queue_tail, __ATOMIC_ACQUIRE))
		out[n++] = fl->queue[head++ % QUEUE_MAX];
	__atomic_store_n(&fl->queue_head, head, __ATOMIC_RELEASE);
	return n;
}

int flow_list_new_fd(const struct flow_list *fl)
{
	return fl->queue_fd;
}

void flow_list_set_owner(struct flow_list *fl, struct flow_handle h,
			 struct owner *owner, enum flow_match match)
{
	struct flow *f;

	rcu_read_lock();
	f = (struct flow *)flow_list_get_rcu(fl, h);
	if (f) {
		owner = __atomic_exchange_n(&f->owner, owner, __ATOMIC_ACQ_REL);
		flow_write(f->match, match);
	}
	rcu_read_unlock();
	owner_unref(owner);
}

void flow_list_add_direction(struct flow_list *fl, struct flow_handle h, unsigned direction)
{
	struct flow *f;

	rcu_read_lock();
	f = (struct flow *)flow_list_get_rcu(fl, h);
	if (f)
		__atomic_fetch_or(&f->direction, direction, __ATOMIC_RELAXED);
	rcu_read_unlock();
}

void flow_list_set_places(struct flow_list *fl, struct flow_handle h,
			  uint32_t src, uint32_t dst)
{
	struct flow *f;

	rcu_read_lock();
	f = (struct flow *)flow_list_get_rcu(fl, h);
	if (f) {
		flow_write(f->src_place, src);
		flow_write(f->dst_place, dst);
	}
	rcu_read_unlock();
}

static void window_free(struct rcu_head *head)
{
	free(caa_container_of(head, struct flow_window, rcu));
}

void flow_list_set_window(struct flow_list *fl, struct flow_window *w)
{
	struct flow_window *old;

	w->serial = fl->window->serial + 1;
	old = rcu_xchg_pointer(&fl->window, w);
	call_rcu(&old->rcu, window_free);
}

const struct flow_window *flow_list_window_rcu(const struct flow_list *fl)
{
	return rcu_dereference(fl->window);
}
