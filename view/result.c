/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view/result.c - the result of a walk: the rows shown, sorted and copied, with
 * the rates of the whole table.
 */
#include "view/int.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"

#define AHEAD		8u		/* rows whose flows are fetched before they are copied */
#define KEPT_AT_ONCE	256u		/* rows that view_each() copies at a time */
#define RATE_MS		500		/* least time between two looks at a counter */
#define SCREEN_MARGIN	2u		/* windows kept above and below */

/* ---- rates of the whole table ---- */

static double per_second(uint64_t now, uint64_t before, uint32_t ms)
{
	return now >= before ? (now - before) * 1000.0 / ms : 0;
}

static void table_rates(struct view *v, const struct flow_stats *s)
{
	struct baseline *b = &v->base;
	struct view_totals *t = &v->rates;
	uint32_t ms = v->walk_ms - b->ms;

	if (b->ms && ms < RATE_MS)
		return;
	if (!b->ms || !s->dumped) {
		t->new_rate = t->end_rate = t->insert_failed = t->drop = t->early_drop = NAN;
	} else {
		t->new_rate = per_second(s->began, b->began, ms);
		t->end_rate = per_second(s->ended, b->ended, ms);
		t->insert_failed = per_second(s->insert_failed, b->insert_failed, ms);
		t->drop = per_second(s->drop, b->drop, ms);
		t->early_drop = per_second(s->early_drop, b->early_drop, ms);
	}
	*b = (struct baseline){
		.ms = s->dumped ? v->walk_ms : 0, .began = s->began, .ended = s->ended,
		.insert_failed = s->insert_failed, .drop = s->drop,
		.early_drop = s->early_drop,
	};
}

/* ---- results ---- */

/* Fills @out with a copy of the flow that lasts as long as @k. False: gone. */
static bool keep_row(const struct view *v, const struct view_ref *ref, unsigned needs,
		     struct row_store *k, struct row *out)
{
	struct flow_handle h = { ref->slot, ref->gen };
	const struct flow *f;

	rcu_read_lock();
	f = view_flow_get_rcu(v, h);
	if (f) {
		row_fill_rcu(out, f, h, needs, v->walk_ms, v->walk_real);
		row_keep_rcu(out, k);
	}
	rcu_read_unlock();
	return f;
}

static size_t row_count(const struct view *v)
{
	return v->spec.group ? v->n_groups : v->n;
}

/* Row number of the cursor's flow: how many rows come before it. -1: not there. */
static int64_t find_cursor(const struct view *v)
{
	const struct flow_handle h = v->spec.cursor;
	const struct view_ref *at = NULL;
	int64_t before = 0;

	if (v->spec.group || !h.gen)
		return -1;
	for (size_t i = 0; !at && i < v->n; i++)
		if (v->ref[i].slot == h.slot && v->ref[i].gen == h.gen)
			at = &v->ref[i];
	if (!at)
		return -1;
	for (size_t i = 0; i < v->n; i++)
		before += view_compare_refs(v, &v->ref[i], at) < 0;
	return before;
}

/* The requested window, moved along with the cursor's flow if it follows one. */
static size_t window_first(const struct view *v, int64_t cursor)
{
	size_t first = v->spec.first, rows = v->spec.rows, n = row_count(v);

	if (v->spec.follow && cursor >= 0) {
		if ((size_t)cursor < first)
			first = cursor;
		else if ((size_t)cursor >= first + rows)
			first = cursor - rows + 1;
	}
	if (first + rows > n)
		first = n > rows ? n - rows : 0;
	return first;
}

static bool result_rows(struct view *v, struct view_result *r, size_t from, size_t to)
{
	struct row_store *kept = malloc((to - from + 1) * sizeof(*kept));
	unsigned needs = v->spec.needs | view_spec_needs(&v->spec);
	size_t n = 0;

	r->rows = calloc(to - from + 1, sizeof(*r->rows));
	r->store = kept;
	if (!r->rows || !kept)
		return false;
	view_arrange(v->ref, v->n, from, to, view_compare_refs, v);
	for (size_t i = from; i < to; i++)
		if (keep_row(v, &v->ref[i], needs, &kept[n], &r->rows[n]))
			n++;
	r->n = n;
	return true;
}

static bool result_groups(const struct view *v, struct view_result *r, size_t from, size_t to)
{
	struct group *kept = malloc((to - from + 1) * sizeof(*kept));

	r->rows = calloc(to - from + 1, sizeof(*r->rows));
	r->store = kept;
	if (!r->rows || !kept)
		return false;
	memcpy(kept, v->group + from, (to - from) * sizeof(*kept));
	for (size_t i = 0; i < to - from; i++) {
		if (kept[i].value.type == VALUE_TEXT)
			kept[i].value.text = kept[i].key;
		r->rows[i].group = &kept[i];
	}
	r->n = to - from;
	return true;
}

static void result_head(struct view *v, struct view_result *r)
{
	flow_list_copy_stats(v->table, &r->stats);
	table_rates(v, &r->stats);
	r->totals = v->totals;
	r->totals.new_rate = v->rates.new_rate;
	r->totals.end_rate = v->rates.end_rate;
	r->totals.insert_failed = v->rates.insert_failed;
	r->totals.drop = v->rates.drop;
	r->totals.early_drop = v->rates.early_drop;
	r->totals.rows = row_count(v);
	r->busiest = v->n_busiest;
	r->made_ms = v->walk_ms;
	r->made_real = clock_real_of(v->walk_real);
}

/* Tells source and enrichers what is on the screen. */
static void announce(struct view *v, const struct view_result *r)
{
	struct flow_window *w = calloc(1, sizeof(*w) + (r->n + 1) * sizeof(w->flow[0]));

	if (!w)
		return;
	w->screen_needs = v->spec.needs;
	w->table_needs = view_spec_needs(&v->spec) | view_groups_needs(v->groups);
	if (v->spec.cursor.gen && !v->spec.group)
		w->flow[w->n++] = v->spec.cursor;
	for (unsigned i = 0; !v->spec.group && i < r->n; i++) {
		size_t row = r->first + i;

		if (row >= r->asked_first && row < (size_t)r->asked_first + v->spec.rows)
			w->flow[w->n++] = r->rows[i].handle;
	}
	flow_list_set_window(v->table, w);
}

/* The window of the present walk. */
struct view_result *view_make_result(struct view *v)
{
	struct view_result *r = calloc(1, sizeof(*r));
	size_t n = row_count(v), margin = (size_t)v->spec.rows * SCREEN_MARGIN, first, to;
	bool ok;

	if (!r)
		return NULL;
	result_head(v, r);
	r->cursor = find_cursor(v);
	first = window_first(v, r->cursor);
	r->asked_first = first;
	to = first + v->spec.rows + margin < n ? first + v->spec.rows + margin : n;
	r->first = first > margin ? first - margin : 0;
	ok = v->spec.group ? result_groups(v, r, r->first, to) : result_rows(v, r, r->first, to);
	if (!ok) {
		view_result_free(r);
		return NULL;
	}
	announce(v, r);
	return r;
}

void view_result_free(struct view_result *r)
{
	if (!r)
		return;
	free(r->rows);
	free(r->store);
	free(r);
}

/* Copies of the next rows; *n: how many. Returns where to go on. */
static size_t keep_next(const struct view *v, size_t from, size_t to, struct row_store *kept,
			struct row *row, unsigned *n)
{
	unsigned needs = v->spec.needs | view_spec_needs(&v->spec);

	for (*n = 0; *n < KEPT_AT_ONCE && from < to; from++) {
		const struct view_ref *ahead = &v->ref[from + AHEAD];

		if (from + AHEAD < to && !v->picture)
			flow_list_prefetch(v->table, (struct flow_handle){ ahead->slot, ahead->gen });
		*n += keep_row(v, &v->ref[from], needs, &kept[*n], &row[*n]);
	}
	return from;
}

static int each_row(struct view *v, size_t from, size_t to, view_row_fn *fn, void *ctx)
{
	struct row_store *kept = malloc(KEPT_AT_ONCE * sizeof(*kept));
	struct row *row = malloc(KEPT_AT_ONCE * sizeof(*row));
	bool go = kept && row;
	int ret = go ? 0 : -ENOMEM;

	if (go)
		view_arrange(v->ref, v->n, from, to, view_compare_refs, v);
	while (go && from < to) {
		unsigned n;

		from = keep_next(v, from, to, kept, row, &n);
		for (unsigned i = 0; go && i < n; i++)
			go = fn(ctx, &row[i]);
	}
	free(row);
	free(kept);
	return ret;
}

struct flow_window *view_list(struct view *v, const struct view_spec *spec)
{
	struct view_result rates;	/* the next result tells them since now */
	struct flow_window *w;
	size_t from = spec->first, to;

	view_take_spec(v, spec);
	if (view_walk(v))
		return NULL;
	result_head(v, &rates);
	to = from + (size_t)spec->rows < v->n ? from + (size_t)spec->rows : v->n;
	if (from < to && to - from < v->n)
		view_arrange(v->ref, v->n, from, to, view_compare_refs, v);
	w = calloc(1, sizeof(*w) + v->n * sizeof(w->flow[0]));
	for (; w && from < to; from++)
		w->flow[w->n++] = (struct flow_handle){ v->ref[from].slot, v->ref[from].gen };
	return w;
}

int view_each(struct view *v, const struct view_spec *spec, view_head_fn *head,
	      view_row_fn *fn, void *ctx)
{
	struct view_result result = { .cursor = -1 };
	size_t from = spec->first, to, n;

	view_take_spec(v, spec);
	if (view_walk(v))
		return -ENOMEM;
	result_head(v, &result);
	if (!head(ctx, &result))
		return 0;
	n = row_count(v);
	to = from + (size_t)spec->rows < n ? from + (size_t)spec->rows : n;
	if (!spec->group)
		return from < to ? each_row(v, from, to, fn, ctx) : 0;
	while (from < to && fn(ctx, &(struct row){ .group = &v->group[from] }))
		from++;
	return 0;
}
