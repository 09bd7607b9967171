/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view/picture.c - a copy of the whole table, for a pause. It is walked as the
 * table is, by the same handles, so that filters, sort keys, groups and
 * details work on it.
 */
#include "view/int.h"

#include <stdlib.h>

#include "lib/clock.h"

#define AT_ONCE	4096u		/* slots a read-side section */

static struct flow_extra *picture_extra(const struct flow *from)
{
	const struct flow_extra *extra = rcu_dereference(from->extra);
	struct flow_extra *copy = extra ? calloc(1, sizeof(*copy)) : NULL;

	if (copy)
		flow_extra_copy(copy, extra);
	return copy;
}

static void picture_copy_rcu(struct view_picture *p, const struct flow_list *fl, uint32_t slot)
{
	struct flow_handle h;
	const struct flow *from = flow_list_at_rcu(fl, slot, &h);
	struct flow *to = &p->flow[slot];
	struct owner *owner;

	if (!from || !(flow_is_live(from, p->ms) || flow_is_lingering(from, p->ms)))
		return;
	owner = rcu_dereference(from->owner);
	flow_copy_rcu(to, from);
	to->gen = h.gen;
	to->owner = owner ? owner_ref(owner) : NULL;
	to->extra = picture_extra(from);
}

struct view_picture *view_picture_take(const struct flow_list *fl)
{
	uint32_t slots = flow_list_slots(fl);
	struct view_picture *p = calloc(1, sizeof(*p) + slots * sizeof(p->flow[0]));

	if (!p)
		return NULL;
	p->slots = slots;
	p->ms = clock_ms();
	p->real = clock_steady();
	for (uint32_t slot = 0; slot < slots; ) {
		uint32_t end = slot + AT_ONCE < slots ? slot + AT_ONCE : slots;

		rcu_read_lock();
		for (; slot < end; slot++)
			picture_copy_rcu(p, fl, slot);
		rcu_read_unlock();
	}
	return p;
}

void view_picture_free(struct view_picture *p)
{
	for (uint32_t slot = 0; p && slot < p->slots; slot++) {
		owner_unref(p->flow[slot].owner);
		free(p->flow[slot].extra);
	}
	free(p);
}

const struct flow *view_picture_at(const struct view_picture *p, uint32_t slot,
				   struct flow_handle *h)
{
	const struct flow *f = &p->flow[slot];

	*h = (struct flow_handle){ slot, f->gen };
	return f->gen ? f : NULL;
}

const struct flow *view_picture_get(const struct view_picture *p, struct flow_handle h)
{
	return h.gen && h.slot < p->slots && p->flow[h.slot].gen == h.gen ? &p->flow[h.slot] : NULL;
}
