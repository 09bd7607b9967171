/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.c - from the table to the rows shown.
 *
 * A build walks the slabs once, in pieces of a read-side section each, and
 * keeps for every row that passes one number to sort by and the handle. Only
 * the window is then put in order and copied out. A request that merely moves
 * the window is answered from the walk at hand.
 */
#include "view.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "lib/clock.h"
#include "lib/near.h"
#include "view/int.h"

#define PIECE		4096u		/* slots a read-side section */

/* ---- the table, or a picture of it ---- */

static const struct flow *view_flow_at_rcu(const struct view *v, uint32_t slot, struct flow_handle *h)
{
	return v->picture ? view_picture_at(v->picture, slot, h) :
			    flow_list_at_rcu(v->table, slot, h);
}

const struct flow *view_flow_get_rcu(const struct view *v, struct flow_handle h)
{
	return v->picture ? view_picture_get(v->picture, h) : flow_list_get_rcu(v->table, h);
}

/* Takes or drops the picture, as the spec says. Without memory the table goes on. */
static void view_follow_pause(struct view *v)
{
	if (v->spec.paused == !!v->picture)
		return;
	if (v->spec.paused) {
		v->picture = view_picture_take(v->table);
	} else {
		view_picture_free(v->picture);
		v->picture = NULL;
	}
	view_groups_hold(v->groups, v->picture);
}

/* ---- sort keys ---- */

static void sort_unknown(const char *word, bool groups, char *error, unsigned size)
{
	struct near near = { .word = word, .len = strlen(word), .beginnings = true };
	char hint[60];

	column_near(groups, &near);
	snprintf(error, size, "no field is called '%s'%s", word, near.name ?
		 near_hint(&near, hint, sizeof(hint)) : " (--sort help lists them)");
}

int sort_parse(const char *text, bool groups, struct sort_key *keys, char *error,
	       unsigned size)
{
	char buf[256], *rest = buf, *word;
	int n = 0;

	snprintf(buf, sizeof(buf), "%s", text);
	while ((word = strsep(&rest, ","))) {
		char sign = *word == '+' || *word == '-' ? *word++ : 0;
		const struct column *c = groups ? column_find_of_group(word) : column_find(word);

		if (!c || n == VIEW_SORTS) {
			if (c)
				snprintf(error, size, "at most %d sort keys", VIEW_SORTS);
			else
				sort_unknown(word, groups, error, size);
			return -1;
		}
		keys[n].column = c;
		keys[n++].descending = sign ? sign == '-' : c->descends;
	}
	return n;
}

static unsigned keys_need(const struct sort_key *key, unsigned n)
{
	unsigned needs = 0;

	for (unsigned i = 0; i < n; i++)
		needs |= key[i].column->needs;
	return needs;
}

/* By all sort keys, looking at the flows themselves. */
static int compare_deep(const struct view *v, const struct view_ref *a,
			const struct view_ref *b)
{
	struct flow_handle ha = { a->slot, a->gen }, hb = { b->slot, b->gen };
	unsigned needs = keys_need(v->spec.sort, v->spec.sorts);
	const struct flow *fa, *fb;
	struct row ra, rb;
	int order = 0;

	rcu_read_lock();
	fa = view_flow_get_rcu(v, ha);
	fb = view_flow_get_rcu(v, hb);
	if (fa && fb) {
		row_fill_rcu(&ra, fa, ha, needs, v->walk_ms, v->walk_real);
		row_fill_rcu(&rb, fb, hb, needs, v->walk_ms, v->walk_real);
		order = view_compare_rows(v->spec.sort, v->spec.sorts, &ra, &rb);
	}
	rcu_read_unlock();
	return order;
}

int view_compare_refs(const void *ctx, const struct view_ref *a, const struct view_ref *b)
{
	const struct view *v = ctx;
	int order;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (v->deep) {
		order = compare_deep(v, a, b);
		if (order)
			return order;
	}
	return a->slot < b->slot ? -1 : a->slot > b->slot;
}

/* ---- the walk ---- */

static void count_totals(struct view_totals *t, const struct flow *f)
{
	float orig, reply;
	bool inward = flow_is_inward(f);

	t->live++;
	t->by_state[proto_state_rank(f->key.l4, flow_read(f->state))]++;
	switch (f->key.l4) {
	case IPPROTO_TCP:
		t->tcp++;
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		t->udp++;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		t->icmp++;
		break;
	default:
		t->other++;
	}
	t->unreplied += flow_is_unreplied(f);
	t->uncounted += flow_is_uncounted(f);
	t->forwarded += flow_direction(f) == FLOW_FORWARDED;
	__atomic_load(&f->orig_rate, &orig, __ATOMIC_RELAXED);
	__atomic_load(&f->reply_rate, &reply, __ATOMIC_RELAXED);
	if (isnan(orig) || isnan(reply) || flow_direction(f) == FLOW_LOCAL)
		return;
	t->tx_rate += inward ? reply : orig;
	t->rx_rate += inward ? orig : reply;
}

/* Both directions, bytes/s; NAN: not known. */
static float whole_rate(const struct flow *f)
{
	float orig, reply;

	__atomic_load(&f->orig_rate, &orig, __ATOMIC_RELAXED);
	__atomic_load(&f->reply_rate, &reply, __ATOMIC_RELAXED);
	return orig + reply;
}

static bool is_self(const struct row *r)
{
	return r->owner && r->owner->self;
}

bool view_spec_passes(const struct view_spec *spec, const struct row *r)
{
	const struct flow *f = r->flow;

	if (!(spec->families & (f->key.l3 == AF_INET ? FAMILY_V4 : FAMILY_V6)))
		return false;
	if (!proto_set_is_empty(&spec->protos) && !proto_set_has(&spec->protos, f->key.l4))
		return false;
	if (spec->no_loopback && flow_direction(f) == FLOW_LOCAL)
		return false;
	if (spec->active && !(whole_rate(f) > 0))
		return false;
	if (!spec->self && is_self(r))
		return false;
	if (!spec->filter)
		return true;
	return spec->group ? filter_match_member(spec->filter, r) :
			     filter_match(spec->filter, r);
}

static bool busiest_wanted(const struct view_spec *spec)
{
	return spec->busiest_beyond && !spec->group && spec->sorts &&
	       spec->sort[0].column->order && !spec->sort[0].descending;
}

/* Those of a table that is little larger than the screen stay where they are. */
static void place_busiest(struct view *v)
{
	unsigned rows = v->spec.busiest_beyond, most = rows / 4;

	if (v->n_busiest)
		rows -= rows / 4;
	if (most > BUSIEST_SHOWN)
		most = BUSIEST_SHOWN;
	if (!busiest_wanted(&v->spec) || v->n <= rows)
		most = 0;
	v->n_busiest = view_busiest_end(&v->busiest, v->walk_ms, v->ref, v->n, most);
}

static bool ref_add(struct view *v, const struct row *r)
{
	bool exact;

	if (v->n == v->size) {
		size_t size = v->size + v->size / 4 + 4096;
		struct view_ref *ref = realloc(v->ref, size * sizeof(*ref));

		if (!ref)
			return false;
		v->ref = ref;
		v->size = size;
	}
	if (busiest_wanted(&v->spec))
		view_busiest_see(&v->busiest, r->handle, whole_rate(r->flow));
	v->ref[v->n++] = (struct view_ref){
		.order = view_row_order(&v->spec.sort[0], r, &exact),
		.slot = r->handle.slot,
		.gen = r->handle.gen,
	};
	v->deep |= !exact;
	return true;
}

static bool walk_flow(struct view *v, const struct row *r)
{
	const struct view_spec *spec = &v->spec;
	bool live = flow_is_live(r->flow, v->walk_ms), shown;

	if (live)
		count_totals(&v->totals, r->flow);
	if (live && !spec->self)
		v->totals.own += is_self(r);
	if (!live && !(flow_read(r->flow->flags) & FLOW_ENDED))
		return true;		/* its time is over, its end not yet told */
	shown = view_spec_passes(spec, r);
	view_groups_add(v->groups, r, live, shown);
	if (!shown || (!live && !(spec->ended && flow_is_lingering(r->flow, v->walk_ms))))
		return true;
	v->totals.shown += live;
	return spec->group || ref_add(v, r);
}

unsigned view_spec_needs(const struct view_spec *spec)
{
	unsigned needs = spec->group ? keys_need(spec->group_sort, spec->group_sorts) :
			 keys_need(spec->sort, spec->sorts);

	if (spec->filter)
		needs |= filter_needs(spec->filter);
	if (spec->group)
		needs |= spec->group->needs;
	return needs;
}

/* Room for the rows at once: growing by pieces would copy and scatter. */
static void refs_reserve(struct view *v)
{
	size_t want = flow_read(flow_list_stats(v->table)->live);
	struct view_ref *ref;

	if (v->spec.group || v->spec.filter || want <= v->size)
		return;
	free(v->ref);
	ref = malloc(want * sizeof(*ref));
	v->ref = ref;
	v->size = ref ? want : 0;
}

void view_book(struct view *v)
{
	uint32_t slots = flow_list_slots(v->table), now = clock_ms();
	uint64_t now_real = clock_steady();

	for (uint32_t slot = 0; slot < slots; ) {
		uint32_t end = slot + PIECE < slots ? slot + PIECE : slots;

		rcu_read_lock();
		for (; slot < end; slot++) {
			struct flow_handle h;
			const struct flow *f = flow_list_at_rcu(v->table, slot, &h);
			struct row r;

			if (!f || !(flow_read(f->flags) & FLOW_ENDED))
				continue;
			row_fill_rcu(&r, f, h, 0, now, now_real);
			view_groups_book(v->groups, &r);
		}
		rcu_read_unlock();
	}
	flow_list_walked(v->table, now);
}

static void view_walk_begin(struct view *v)
{
	view_follow_pause(v);
	v->walked_whole = flow_read(flow_list_stats(v->table)->dumped);
	v->walk_ms = v->picture ? v->picture->ms : clock_ms();
	v->walk_real = v->picture ? v->picture->real : clock_steady();
	v->totals = (struct view_totals){ 0 };
	v->n = 0;
	v->deep = v->spec.sorts > 1;
	free(v->group);
	v->group = NULL;
	refs_reserve(v);
	view_busiest_begin(&v->busiest);
	view_groups_begin(v->groups, v->spec.group, v->walk_real);
}

int view_walk(struct view *v)
{
	unsigned needs = view_spec_needs(&v->spec);
	uint32_t slots;
	bool ok = true;

	view_walk_begin(v);
	slots = v->picture ? v->picture->slots : flow_list_slots(v->table);
	for (uint32_t slot = 0; ok && slot < slots; ) {
		uint32_t end = slot + PIECE < slots ? slot + PIECE : slots;

		rcu_read_lock();
		for (; ok && slot < end; slot++) {
			struct flow_handle h;
			const struct flow *f = view_flow_at_rcu(v, slot, &h);
			struct row r;

			if (!f)
				continue;
			row_fill_rcu(&r, f, h, needs, v->walk_ms, v->walk_real);
			ok = walk_flow(v, &r);
		}
		rcu_read_unlock();
	}
	place_busiest(v);
	v->group = view_groups_end(v->groups, &v->spec, &v->n_groups);
	if (!ok)
		return -ENOMEM;
	if (!v->picture)
		flow_list_walked(v->table, v->walk_ms);
	return 0;
}

/* ---- all of it ---- */

void view_take_spec(struct view *v, const struct view_spec *spec)
{
	struct filter *old = v->spec.filter;

	v->spec = *spec;
	if (spec->filter)
		filter_ref(spec->filter);
	filter_unref(old);
}

struct view_result *view_build(struct view *v, const struct view_spec *spec)
{
	view_take_spec(v, spec);
	return view_walk(v) ? NULL : view_make_result(v);
}

/* ---- start and end ---- */

struct view *view_new(struct flow_list *fl)
{
	struct view *v = calloc(1, sizeof(*v));
	pthread_condattr_t attr;

	if (!v)
		return NULL;
	v->table = fl;
	flow_list_walked(fl, clock_ms());	/* what ends from now on is booked */
	v->groups = view_groups_new();
	v->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!v->groups || v->fd < 0) {
		view_free(v);
		return NULL;
	}
	pthread_mutex_init(&v->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&v->wake, &attr);
	pthread_condattr_destroy(&attr);
	return v;
}

void view_free(struct view *v)
{
	if (!v)
		return;
	view_stop(v);
	view_result_free(v->latest);
	filter_unref(v->spec.filter);
	filter_unref(v->asked.filter);
	view_picture_free(v->picture);
	if (v->groups)
		view_groups_free(v->groups);
	if (v->fd >= 0)
		close(v->fd);
	free(v->group);
	free(v->ref);
	free(v);
}
