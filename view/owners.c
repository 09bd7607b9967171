/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view/owners.c - the processes of one group. */
#include "view/int.h"

#include <string.h>

#include "lib/clock.h"

#define OWNERS_PIECE	4096u		/* slots a read-side section */

struct owners_walk {
	const struct view_spec *spec;
	const struct group *group;
	struct owner *owner;
	unsigned n, max;
};

static bool owners_has(const struct owners_walk *w, const struct owner *o)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->owner[i].pid == o->pid && w->owner[i].start_time == o->start_time)
			return true;
	return false;
}

/* By the text of the key, which is cut as that of the group is. */
static bool owners_is_member(const struct owners_walk *w, const struct row *r)
{
	char buf[256], key_buf[sizeof(w->group->key)];
	struct text key = TEXT(key_buf);
	struct value v;

	column_group_value(w->spec->group, r, &v, buf, sizeof(buf));
	text_clear(&key);
	value_add_text(&v, &key);
	return !strcmp(key_buf, w->group->key);
}

static bool owners_is_shown(const struct view_spec *spec, const struct row *r)
{
	return (flow_is_live(r->flow, r->now_ms) ||
		(spec->ended && flow_is_lingering(r->flow, r->now_ms))) &&
	       view_spec_passes(spec, r);
}

/* False: there is no room for it. */
static bool owners_see(struct owners_walk *w, const struct row *r)
{
	if (!r->owner || !r->owner->pid || !owners_is_shown(w->spec, r) ||
	    !owners_is_member(w, r) || owners_has(w, r->owner))
		return true;
	if (w->n < w->max)
		owner_copy(&w->owner[w->n], r->owner);
	return w->n++ < w->max;
}

unsigned view_group_owners(const struct view *v, const struct view_spec *spec,
			   const struct group *group, struct owner *owners, unsigned max)
{
	struct owners_walk w = { .spec = spec, .group = group, .owner = owners, .max = max };
	uint32_t slots = flow_list_slots(v->table), now = clock_ms();
	unsigned needs = view_spec_needs(spec) | NEED_OWNER;
	uint64_t now_real = clock_steady();
	bool room = true;

	for (uint32_t slot = 0; room && slot < slots; ) {
		uint32_t end = slot + OWNERS_PIECE < slots ? slot + OWNERS_PIECE : slots;

		rcu_read_lock();
		for (; room && slot < end; slot++) {
			struct flow_handle h;
			const struct flow *f = flow_list_at_rcu(v->table, slot, &h);
			struct row r;

			if (!f)
				continue;
			row_fill_rcu(&r, f, h, needs, now, now_real);
			room = owners_see(&w, &r);
		}
		rcu_read_unlock();
	}
	return w.n;
}
