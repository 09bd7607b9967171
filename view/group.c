/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view/group.c - flows by what they have in common, and totals that stay
 * when the flows have ended.
 *
 * A ledger a column. The one that is shown counts every flow of the walk; the
 * others only book each flow once when it has ended, so that their totals are
 * there when somebody turns to them. Which ended flows are booked is kept by
 * slot and generation.
 */
#include "view/int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/hash.h"

#define LEDGERS		16
#define GROUPS_KEPT	16384u		/* a ledger, of those without a live flow */
#define OTHERS		"(others)"
#define KEY_MAX		256
#define AVERAGE_SECONDS	4.0		/* of new flows per second */

/* What totals are made of. */
struct tally {
	uint64_t flows, bytes, tx_bytes;
};

struct account {
	struct value value;		/* its text, if any, is ours */
	uint64_t hash;
	/* of the present walk */
	uint32_t walk;
	uint32_t flows, unreplied, began;
	uint64_t bytes;
	double new_rate;		/* an average */
	struct tally all;		/* live, whatever the filter */
	uint32_t rated;			/* flows whose rates are known */
	double orig_rate, reply_rate, tx_rate;
	/* for ever */
	struct tally ended;
	struct tally late;		/* not counted yet: during a pause */
};

struct ledger {
	const struct column *column;
	struct account *group;
	uint32_t n, size;
	struct hash_table index;	/* of their values: number in group */
	uint32_t walked;		/* groups with a flow at the last walk */
	uint64_t walked_real, before_real;	/* last walk as the one shown, and before */
	uint64_t averaged_real;			/* the walk that new_rate includes */
	bool rated;				/* new_rate is known */
};

struct view_groups {
	struct ledger ledger[LEDGERS];
	unsigned ledgers;
	struct ledger *shown;		/* NULL: flows are shown */
	uint32_t walk;
	bool held;			/* a pause: what ends is counted later */
	uint32_t *booked;		/* by slot: generation of the flow booked */
	uint32_t booked_size;
};

static uint64_t flow_bytes(const struct flow *f)
{
	return flow_read(f->orig_bytes) + flow_read(f->reply_bytes);
}

static void tally_flow(struct tally *t, const struct flow *f)
{
	t->flows++;
	t->bytes += flow_bytes(f);
	t->tx_bytes += flow_is_inward(f) ? flow_read(f->reply_bytes) : flow_read(f->orig_bytes);
}

static void tally_add(struct tally *to, const struct tally *t)
{
	to->flows += t->flows;
	to->bytes += t->bytes;
	to->tx_bytes += t->tx_bytes;
}

/* ---- a ledger ---- */

static uint64_t value_hash(const struct value *v)
{
	switch (v->type) {
	case VALUE_NULL:
		return 0;
	case VALUE_TEXT:
		return hash_bytes(v->text, strlen(v->text));
	case VALUE_ADDR:
		return addr_hash(&v->addr);
	default:
		return hash_bytes(&v->n, sizeof(v->n));
	}
}

static bool value_equal(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_TEXT:
		return !strcmp(a->text, b->text);
	case VALUE_ADDR:
		return addr_equal(&a->addr, &b->addr);
	default:
		return a->n == b->n;
	}
}

/* hash_match_fn */
static bool ledger_is_value(const void *groups, uint32_t number, const void *value)
{
	return value_equal(&((const struct account *)groups)[number].value, value);
}

/* Room for one more group. */
static bool ledger_reserve(struct ledger *l)
{
	uint32_t size = l->size ? l->size * 2 : 256;
	struct account *group;

	if (!hash_table_reserve(&l->index, l->n + 1))
		return false;
	if (l->n < l->size)
		return true;
	group = realloc(l->group, size * sizeof(*group));
	if (!group)
		return false;
	l->group = group;
	l->size = size;
	return true;
}

/* The group of a value, made where there is none. NULL: no memory. */
static struct account *ledger_find(struct ledger *l, const struct value *v)
{
	uint64_t hash = value_hash(v);
	const struct hash_entry *e = hash_table_find(&l->index, hash, ledger_is_value, l->group, v);
	struct account *g;

	if (e)
		return &l->group[e->number];
	if (!ledger_reserve(l))
		return NULL;
	g = &l->group[l->n];
	*g = (struct account){ .value = *v, .hash = hash };
	if (v->type == VALUE_TEXT) {
		g->value.text = strdup(v->text);
		if (!g->value.text)
			return NULL;
	}
	hash_table_add(&l->index, hash, l->n++);
	return g;
}

static void group_free(struct account *g)
{
	if (g->value.type == VALUE_TEXT)
		free((char *)g->value.text);
}

static int compare_ended(const void *pa, const void *pb)
{
	const struct account *a = pa, *b = pb;

	if (a->ended.bytes != b->ended.bytes)
		return a->ended.bytes > b->ended.bytes ? -1 : 1;
	return a->ended.flows > b->ended.flows ? -1 : a->ended.flows < b->ended.flows;
}

/* Groups have new numbers, or are fewer: frees what they had. */
static void ledger_index_again(struct ledger *l)
{
	struct account *group = realloc(l->group, l->n * sizeof(*group));

	if (group) {
		l->group = group;
		l->size = l->n;
	}
	hash_table_free(&l->index);
	if (!hash_table_reserve(&l->index, l->n))
		while (l->n)
			group_free(&l->group[--l->n]);
	for (uint32_t i = 0; i < l->n; i++)
		hash_table_add(&l->index, l->group[i].hash, i);
}

/*
 * Bounds a ledger over weeks: keeps the groups with the largest totals, and
 * makes one of the rest. Those with live flows come back with the walk.
 */
static void ledger_prune(struct ledger *l)
{
	static const struct value others = { .type = VALUE_TEXT, .text = OTHERS };
	struct tally gone = { 0 };
	struct account *rest;

	if (l->n <= 2 * (GROUPS_KEPT + l->walked))
		return;
	qsort(l->group, l->n, sizeof(*l->group), compare_ended);
	for (uint32_t i = GROUPS_KEPT; i < l->n; i++) {
		tally_add(&gone, &l->group[i].ended);
		group_free(&l->group[i]);
	}
	l->n = GROUPS_KEPT;
	ledger_index_again(l);
	rest = ledger_find(l, &others);
	if (rest)
		tally_add(&rest->ended, &gone);
}

static void ledger_free(struct ledger *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		group_free(&l->group[i]);
	free(l->group);
	hash_table_free(&l->index);
}

static struct ledger *ledger_of(struct view_groups *g, const struct column *column)
{
	for (unsigned i = 0; i < g->ledgers; i++)
		if (g->ledger[i].column == column)
			return &g->ledger[i];
	if (g->ledgers == LEDGERS)
		ledger_free(&g->ledger[--g->ledgers]);
	g->ledger[g->ledgers] = (struct ledger){ .column = column };
	return &g->ledger[g->ledgers++];
}

/* ---- booking ---- */

/* True the first time for each flow that ended. */
static bool book_once(struct view_groups *g, struct flow_handle h)
{
	uint32_t size = g->booked_size ? g->booked_size : 4096, *booked;

	if (h.slot >= g->booked_size) {
		while (size <= h.slot)
			size *= 2;
		booked = realloc(g->booked, size * sizeof(*booked));
		if (!booked)
			return false;
		memset(booked + g->booked_size, 0, (size - g->booked_size) * sizeof(*booked));
		g->booked = booked;
		g->booked_size = size;
	}
	if (g->booked[h.slot] == h.gen)
		return false;
	g->booked[h.slot] = h.gen;
	return true;
}

static unsigned ledgers_need(const struct view_groups *g)
{
	unsigned needs = 0;

	for (unsigned i = 0; i < g->ledgers; i++)
		needs |= g->ledger[i].column->needs;
	return needs;
}

/* The row of the walk has what that looks at; the ledgers may want more. */
void view_groups_book(struct view_groups *g, const struct row *row)
{
	struct row whole;

	if (!book_once(g, row->handle))
		return;
	row_fill_rcu(&whole, row->flow, row->handle, ledgers_need(g), row->now_ms, row->now_real);
	for (unsigned i = 0; i < g->ledgers; i++) {
		char buf[KEY_MAX];
		struct value v;
		struct account *group;

		column_group_value(g->ledger[i].column, &whole, &v, buf, sizeof(buf));
		group = ledger_find(&g->ledger[i], &v);
		if (!group)
			continue;
		tally_flow(g->held ? &group->late : &group->ended, row->flow);
	}
}

static struct account *shown_group(struct view_groups *g, const struct row *row)
{
	struct account *group;
	char buf[KEY_MAX];
	struct value v;

	column_group_value(g->shown->column, row, &v, buf, sizeof(buf));
	group = ledger_find(g->shown, &v);
	if (group && group->walk != g->walk) {
		group->walk = g->walk;
		g->shown->walked++;
		group->flows = group->unreplied = group->began = 0;
		group->bytes = 0;
		group->all = (struct tally){ 0 };
		group->orig_rate = group->reply_rate = group->tx_rate = 0;
		group->rated = 0;
	}
	return group;
}

static void add_rates(struct account *g, const struct flow *f)
{
	float orig, reply;

	__atomic_load(&f->orig_rate, &orig, __ATOMIC_RELAXED);
	__atomic_load(&f->reply_rate, &reply, __ATOMIC_RELAXED);
	if (isnan(orig) || isnan(reply))
		return;
	g->rated++;
	g->orig_rate += orig;
	g->reply_rate += reply;
	g->tx_rate += flow_is_inward(f) ? reply : orig;
}

void view_groups_hold(struct view_groups *g, bool hold)
{
	g->held = hold;
	for (unsigned i = 0; i < g->ledgers && !hold; i++)
		for (uint32_t k = 0; k < g->ledger[i].n; k++) {
			struct account *a = &g->ledger[i].group[k];

			tally_add(&a->ended, &a->late);
			a->late = (struct tally){ 0 };
		}
}

void view_groups_add(struct view_groups *g, const struct row *row, bool live, bool passes)
{
	const struct flow *f = row->flow;
	struct account *group;
	bool began;

	if (!live && !g->held)
		view_groups_book(g, row);
	if (!g->shown)
		return;
	began = passes && !flow_is_older(f) && flow_read(f->start) > g->shown->before_real;
	if (!live && !began)
		return;
	group = shown_group(g, row);
	if (!group)
		return;
	group->began += began;
	if (!live)
		return;
	tally_flow(&group->all, f);
	if (!passes)
		return;
	group->flows++;
	group->unreplied += flow_is_unreplied(f);
	group->bytes += flow_bytes(f);
	add_rates(group, f);
}

/* ---- a walk's begin and end ---- */

void view_groups_begin(struct view_groups *g, const struct column *column, uint64_t now_real)
{
	g->walk++;
	g->shown = NULL;
	for (unsigned i = 0; i < g->ledgers; i++) {
		if (!g->held)
			ledger_prune(&g->ledger[i]);
		g->ledger[i].walked = 0;
	}
	if (!column)
		return;
	g->shown = ledger_of(g, column);
	if (g->shown->walked_real == now_real)
		return;			/* the same picture again */
	g->shown->before_real = g->shown->walked_real ? g->shown->walked_real : now_real;
	g->shown->walked_real = now_real;
}

unsigned view_groups_needs(const struct view_groups *g)
{
	return ledgers_need(g) & NEED_PLACE;
}

/*
 * New flows a second, averaged over some seconds: one interval has only a whole
 * number. A picture that is walked again adds nothing.
 */
static void average_new_rates(struct ledger *l, uint32_t walk)
{
	double seconds = (l->walked_real - l->before_real) / 1e9;
	double weight = l->rated ? seconds / (seconds + AVERAGE_SECONDS) : 1;

	if (seconds <= 0 || l->averaged_real == l->walked_real)
		return;
	for (uint32_t i = 0; i < l->n; i++) {
		struct account *a = &l->group[i];
		double now = a->walk == walk ? a->began / seconds : 0;

		a->new_rate += weight * (now - a->new_rate);
	}
	l->averaged_real = l->walked_real;
	l->rated = true;
}

static void describe(const struct ledger *l, const struct account *from, struct group *to,
		     bool walked)
{
	struct tally total = from->ended;
	struct text key = TEXT(to->key);

	memset(to, 0, sizeof(*to));
	value_add_text(&from->value, &key);
	to->value = from->value;
	if (walked)
		tally_add(&total, &from->all);
	to->total_flows = total.flows;
	to->total_bytes = total.bytes;
	to->total_tx_bytes = total.tx_bytes;
	if (!walked)
		return;
	to->flows = from->flows;
	to->unreplied = from->unreplied;
	to->bytes = from->bytes;
	to->new_rate = l->rated ? from->new_rate : NAN;
	to->orig_rate = from->rated ? from->orig_rate : NAN;
	to->reply_rate = from->rated ? from->reply_rate : NAN;
	to->tx_rate = from->rated ? from->tx_rate : NAN;
}

/* Groups that compare equal are sorted by their key. */
static int compare_groups(const void *pa, const void *pb, void *ctx)
{
	static const struct sort_key by_key = { .column = &group_columns[0] };
	const struct group *a = pa, *b = pb;
	const struct row ra = { .group = a }, rb = { .group = b };
	const struct view_spec *spec = ctx;
	int order = view_compare_rows(spec->group_sort, spec->group_sorts, &ra, &rb);

	if (!order)
		order = view_compare_rows(&by_key, 1, &ra, &rb);
	return order ? order : strcmp(a->key, b->key);
}

static bool group_passes(const struct view_spec *spec, const struct group *group)
{
	const struct row row = { .group = group };

	return !spec->filter || filter_match(spec->filter, &row);
}

struct group *view_groups_end(struct view_groups *g, const struct view_spec *spec, size_t *n)
{
	struct ledger *l = g->shown;
	struct group *out;
	bool ended = spec->ended && !(spec->filter && filter_has_members(spec->filter));

	*n = 0;
	if (!l)
		return NULL;
	average_new_rates(l, g->walk);
	out = malloc((l->n + 1) * sizeof(*out));
	for (uint32_t i = 0; out && i < l->n; i++) {
		const struct account *from = &l->group[i];
		bool walked = from->walk == g->walk;

		if (!(walked && from->flows) && !(ended && (from->ended.flows || walked)))
			continue;
		describe(l, from, &out[*n], walked);
		*n += group_passes(spec, &out[*n]);
	}
	if (out)
		qsort_r(out, *n, sizeof(*out), compare_groups, (void *)spec);
	return out;
}

struct view_groups *view_groups_new(void)
{
	static const char *const from_start[] = {
		"process", "remote_addr", "client_addr", "service_port", "state",
	};
	struct view_groups *g = calloc(1, sizeof(*g));

	for (unsigned i = 0; g && i < sizeof(from_start) / sizeof(from_start[0]); i++)
		ledger_of(g, column_find(from_start[i]));
	return g;
}

void view_groups_free(struct view_groups *g)
{
	for (unsigned i = 0; i < g->ledgers; i++)
		ledger_free(&g->ledger[i]);
	free(g->booked);
	free(g);
}
