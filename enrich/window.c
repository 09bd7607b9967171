/* SPDX-License-Identifier: GPL-2.0-or-later */
/* enrich/window.c - the processes of what is shown, and their command lines. */
#include "enrich/int.h"

#include <stdlib.h>
#include <string.h>

#include <urcu.h>

#include "enrich/command.h"
#include "lib/clock.h"

#define AHEAD 8		/* rows whose flows are fetched before they are read */

void enrich_query_fill(struct proc_query *q, const struct flow *f, struct flow_handle h,
		       bool shown)
{
	*q = (struct proc_query){
		.cookie = flow_handle_pack(h),
		.key = f->key,
		.reply = f->reply,
		.id = f->id,
		.direction = flow_direction(f),
		.picked_up = flow_read(f->flags) & FLOW_PICKED_UP,
		.start = flow_read(f->start),
		.shown = shown,
	};
}

static void begin_window(struct enrich *e, const struct flow_window *w)
{
	e->window = w->serial;
	e->n_window = w->n;
	e->screen_needs = w->screen_needs;
	e->table_needs = w->table_needs;
	e->at = e->name_at = 0;
	if (w->n > SHOWN_MAX)
		e->next_sock = clock_ms();	/* the user does not look at it for long */
}

void enrich_read_window(struct enrich *e)
{
	const struct flow_window *w;

	e->n_shown = 0;
	rcu_read_lock();
	w = flow_list_window_rcu(e->table);
	if (w->serial != e->window)
		begin_window(e, w);
	for (unsigned i = e->at; i < w->n && i - e->at < SHOWN_MAX; i++) {
		const struct flow *f = flow_list_get_rcu(e->table, w->flow[i]);
		struct shown *s = &e->shown[e->n_shown];

		if (i + AHEAD < w->n)
			flow_list_prefetch(e->table, w->flow[i + AHEAD]);
		if (!f)
			continue;
		s->handle = w->flow[i];
		s->match = flow_read(f->match);
		s->placed = flow_read(f->src_place) != PLACE_UNKNOWN;
		enrich_query_fill(&s->query, f, s->handle, true);
		e->n_shown++;
	}
	rcu_read_unlock();
}

bool enrich_shown_owners(struct enrich *e, bool workers)
{
	struct proc_query q[BATCH];
	bool pending = false;
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_shown; i++) {
		bool unknown = e->shown[i].match == MATCH_PENDING;

		/* which of the listener's workers accepted it is known a little later */
		if (!unknown && (!workers || e->shown[i].match != MATCH_LISTENER))
			continue;
		pending |= unknown;
		q[n++] = e->shown[i].query;
		if (n == BATCH) {
			proc_pid_lookup(e->proc, q, n);
			n = 0;
		}
	}
	if (n)
		proc_pid_lookup(e->proc, q, n);
	return pending;
}

/* False: no process was named, or the flow has ended. */
static bool claim_fill_rcu(struct proc_claim *c, const struct flow *f, struct flow_handle h)
{
	struct owner *owner = rcu_dereference(f->owner);
	unsigned match = flow_read(f->match);

	if (!owner || !owner->pid || (match != MATCH_EXACT && match != MATCH_NETNS) ||
	    flow_read(f->flags) & FLOW_ENDED)
		return false;
	c->owner = owner_ref(owner);
	enrich_query_fill(&c->q, f, h, true);
	return c->owner;
}

/* Claims of the next rows of the window; *rows: how many rows were looked at. */
static unsigned enrich_next_claims(struct enrich *e, struct proc_claim *c, unsigned *rows)
{
	const struct flow_window *w;
	unsigned n = 0;

	rcu_read_lock();
	w = flow_list_window_rcu(e->table);
	if (e->check_at >= w->n)
		e->check_at = 0;
	*rows = w->n / CHECK_TICKS + 1;
	if (*rows > CHECKS)
		*rows = CHECKS;
	for (unsigned i = e->check_at; i < w->n && i < e->check_at + *rows; i++) {
		const struct flow *f = flow_list_get_rcu(e->table, w->flow[i]);

		n += f && claim_fill_rcu(&c[n], f, w->flow[i]);
	}
	rcu_read_unlock();
	return n;
}

void enrich_check_owners(struct enrich *e)
{
	struct proc_claim c[CHECKS];
	unsigned rows, n = enrich_next_claims(e, c, &rows);

	if (proc_pid_check(e->proc, c, n))
		e->check_at += rows;
	for (unsigned i = 0; i < n; i++)
		owner_unref(c[i].owner);
}

bool enrich_still_pending(struct enrich *e)
{
	enrich_read_window(e);
	for (unsigned i = 0; i < e->n_shown; i++)
		if (e->shown[i].match == MATCH_PENDING)
			return true;
	return false;
}

void enrich_table_owners(struct enrich *e)
{
	uint32_t slots = flow_list_slots(e->table), end = e->owner_slot + SLICE;
	struct proc_query q[BATCH];
	unsigned n = 0;

	if (end > slots)
		end = slots;
	rcu_read_lock();
	for (; e->owner_slot < end && n < BATCH; e->owner_slot++) {
		struct flow_handle h;
		const struct flow *f = flow_list_at_rcu(e->table, e->owner_slot, &h);

		if (!f || flow_read(f->match) != MATCH_PENDING)
			continue;
		enrich_query_fill(&q[n++], f, h, false);
	}
	rcu_read_unlock();
	if (e->owner_slot >= slots)
		e->owner_slot = 0;
	if (n)
		proc_pid_lookup(e->proc, q, n);
}

/* ---- command lines ---- */

bool enrich_shown_commands(struct enrich *e)
{
	struct wanted_commands w = { .n = 0 };

	rcu_read_lock();
	for (unsigned i = 0; i < e->n_shown; i++) {
		const struct flow *f = flow_list_get_rcu(e->table, e->shown[i].handle);

		if (f)
			wanted_commands_add_rcu(&w, f, true);
	}
	rcu_read_unlock();
	wanted_commands_read(&w, e->proc);
	return w.n == WANTED_COMMANDS;
}

void enrich_table_commands(struct enrich *e)
{
	uint32_t slots = flow_list_slots(e->table), end = e->command_slot + SLICE;
	struct wanted_commands w = { .n = 0 };

	if (end > slots)
		end = slots;
	rcu_read_lock();
	for (; e->command_slot < end && w.n < WANTED_COMMANDS; e->command_slot++) {
		const struct flow *f = flow_list_at_rcu(e->table, e->command_slot, NULL);

		if (f)
			wanted_commands_add_rcu(&w, f, false);
	}
	rcu_read_unlock();
	if (e->command_slot >= slots)
		e->command_slot = 0;
	wanted_commands_read(&w, e->proc);
}
