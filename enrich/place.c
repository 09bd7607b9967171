/* SPDX-License-Identifier: GPL-2.0-or-later */
/* enrich/place.c - places, names and sockets: of what is shown, or of every flow. */
#include "enrich/int.h"

#include <stdlib.h>
#include <string.h>

#include <urcu.h>

#include "lib/clock.h"

#define PLACES_MS	500		/* between rounds over the table for places */
#define NAMES_MAX	4096		/* addresses wanted at once */

void enrich_place_flow(struct enrich *e, struct flow_handle h, const struct flow_ends *ends)
{
	flow_list_set_places(e->table, h, geoip_place(e->geo, &ends->src),
			     geoip_place(e->geo, &ends->dst));
}

void enrich_shown_places(struct enrich *e)
{
	for (unsigned i = 0; i < e->n_shown; i++)
		if (!e->shown[i].placed)
			enrich_place_flow(e, e->shown[i].handle, &e->shown[i].query.key.orig);
}

/* Addresses of a slice of the table that have no name yet. */
static unsigned table_names(struct enrich *e, struct addr *want, unsigned n)
{
	uint32_t slots = flow_list_slots(e->table), end = e->name_slot + SLICE;

	if (end > slots)
		end = slots;
	rcu_read_lock();
	for (; e->name_slot < end && n + 2 < NAMES_MAX; e->name_slot++) {
		const struct flow *f = flow_list_at_rcu(e->table, e->name_slot, NULL);

		if (f && !name_get_rcu(&f->key.orig.dst))
			want[n++] = f->key.orig.dst;
		if (f && !name_get_rcu(&f->key.orig.src))
			want[n++] = f->key.orig.src;
		if (f && !name_get_rcu(&f->reply.src))
			want[n++] = f->reply.src;
	}
	rcu_read_unlock();
	if (e->name_slot >= slots)
		e->name_slot = 0;
	return n;
}

static unsigned want_unnamed_rcu(struct addr *want, const struct addr *a)
{
	if (name_get_rcu(a))
		return 0;
	*want = *a;
	return 1;
}

/* Addresses of the next part of a window of many parts that have no name yet. */
static unsigned part_names(struct enrich *e, struct addr *want)
{
	const struct flow_window *w;
	unsigned n = 0;

	rcu_read_lock();
	w = flow_list_window_rcu(e->table);
	for (; e->name_at < e->n_window && w->serial == e->window && n + 2 < NAMES_MAX;
	     e->name_at++) {
		const struct flow *f = flow_list_get_rcu(e->table, w->flow[e->name_at]);

		if (!f)
			continue;
		n += want_unnamed_rcu(want + n, &f->key.orig.dst);
		n += want_unnamed_rcu(want + n, &f->key.orig.src);
		if (!addr_equal(&f->reply.src, &f->key.orig.dst))
			n += want_unnamed_rcu(want + n, &f->reply.src);
	}
	rcu_read_unlock();
	return n;
}

/* The cursor's row and the rows in view. */
static unsigned shown_names(const struct enrich *e, struct addr *want)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_shown; i++) {
		const struct proc_query *q = &e->shown[i].query;

		want[n++] = q->key.orig.dst;
		want[n++] = q->key.orig.src;
		if (!addr_equal(&q->reply.src, &q->key.orig.dst))
			want[n++] = q->reply.src;
	}
	return n;
}

void enrich_want_names(struct enrich *e)
{
	bool parts = e->n_window > SHOWN_MAX;
	struct addr want[NAMES_MAX];
	unsigned n = 0;

	if (__atomic_load_n(&e->names, __ATOMIC_RELAXED)) {
		if (parts && !dns_idle(e->dns))
			return;		/* the last part first */
		n = parts ? part_names(e, want) : shown_names(e, want);
		if (e->table_needs & NEED_NAME)
			n = table_names(e, want, n);
	}
	dns_want(e->dns, n ? want : NULL, n);
}

bool enrich_names_pending(const struct enrich *e)
{
	return !dns_idle(e->dns) ||
	       (e->n_window > SHOWN_MAX && e->name_at < e->n_window &&
		__atomic_load_n(&e->names, __ATOMIC_RELAXED));
}

static bool sock_reserve(struct enrich *e, unsigned more)
{
	unsigned room = e->sock_room ? e->sock_room : SHOWN_MAX;
	struct sock_info *bigger;

	while (room < e->n_sock + more)
		room *= 2;
	if (room == e->sock_room)
		return true;
	bigger = realloc(e->sock, room * sizeof(*bigger));
	if (!bigger)
		return false;
	e->sock = bigger;
	e->sock_room = room;
	return true;
}

void enrich_shown_sockets(struct enrich *e)
{
	struct proc_query q[SHOWN_MAX];

	if (!sock_reserve(e, e->n_shown))
		return;
	for (unsigned i = 0; i < e->n_shown; i++)
		q[i] = e->shown[i].query;
	e->n_sock += proc_pid_sock_info(e->proc, q, e->n_shown, e->sock + e->n_sock);
}

static int compare_socks(const void *a, const void *b)
{
	const struct sock_info *x = a, *y = b;

	return (x->flow > y->flow) - (x->flow < y->flow);
}

void enrich_publish_sockets(struct enrich *e)
{
	if (e->n_sock)
		qsort(e->sock, e->n_sock, sizeof(*e->sock), compare_socks);
	sock_info_publish(e->sock, e->n_sock);
	e->n_sock = 0;
}

/* ---- places of every flow, in slices ---- */

bool enrich_table_places(struct enrich *e)
{
	uint32_t slots = flow_list_slots(e->table), end = e->place_slot + SLICE;
	struct flow_handle h[SLICE];
	struct flow_ends ends[SLICE];
	unsigned n = 0;

	if (end > slots)
		end = slots;
	rcu_read_lock();
	for (; e->place_slot < end; e->place_slot++) {
		const struct flow *f = flow_list_at_rcu(e->table, e->place_slot, &h[n]);

		if (!f || flow_read(f->src_place) != PLACE_UNKNOWN)
			continue;
		ends[n++] = f->key.orig;
	}
	rcu_read_unlock();
	for (unsigned i = 0; i < n; i++)
		enrich_place_flow(e, h[i], &ends[i]);
	if (end < slots)
		return true;
	e->place_slot = 0;
	e->next_places = clock_ms() + PLACES_MS;
	return false;
}

void enrich_places_forget(struct enrich *e)
{
	uint32_t slots = flow_list_slots(e->table);

	for (uint32_t slot = 0; slot < slots; slot++) {
		struct flow_handle h;
		const struct flow *f;

		rcu_read_lock();
		f = flow_list_at_rcu(e->table, slot, &h);
		rcu_read_unlock();
		if (f)
			flow_list_set_places(e->table, h, PLACE_UNKNOWN, PLACE_UNKNOWN);
	}
}
