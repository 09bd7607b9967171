/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view/order.c - puts the rows of a window in order without sorting the rest:
 * quicksort that goes only into the parts that overlap the window.
 *
 * The flows change while they are compared, so that the comparison need not
 * be consistent. A partition is one pass over its part, which ends and stays
 * within bounds whatever the answers are.
 */
#include "view/int.h"

#include <stdlib.h>

#define SMALL 16

static void swap(struct view_ref *a, struct view_ref *b)
{
	struct view_ref t = *a;

	*a = *b;
	*b = t;
}

static void sort_small(struct view_ref *ref, size_t n, view_compare_fn *compare,
		       const void *ctx)
{
	for (size_t i = 1; i < n; i++) {
		struct view_ref moving = ref[i];
		size_t j = i;

		for (; j > 0 && compare(ctx, &moving, &ref[j - 1]) < 0; j--)
			ref[j] = ref[j - 1];
		ref[j] = moving;
	}
}

/* Brings the median of three places to the front. */
static void choose_pivot(struct view_ref *ref, size_t n, view_compare_fn *compare,
			 const void *ctx)
{
	struct view_ref *a = &ref[n / 4], *b = &ref[n / 2], *c = &ref[n - 1 - n / 4];

	if (compare(ctx, b, a) < 0)
		swap(a, b);
	if (compare(ctx, c, b) < 0)
		swap(b, c);
	if (compare(ctx, b, a) < 0)
		swap(a, b);
	swap(&ref[0], b);
}

/* Returns the pivot's place: those before it come before it. */
static size_t partition(struct view_ref *ref, size_t n, view_compare_fn *compare,
			const void *ctx)
{
	size_t place = 0;

	choose_pivot(ref, n, compare, ctx);
	for (size_t i = 1; i < n; i++)
		if (compare(ctx, &ref[i], &ref[0]) < 0)
			swap(&ref[i], &ref[++place]);
	swap(&ref[0], &ref[place]);
	return place;
}

void view_arrange(struct view_ref *ref, size_t n, size_t from, size_t to,
		  view_compare_fn *compare, const void *ctx)
{
	while (from < to && n > SMALL) {
		size_t p = partition(ref, n, compare, ctx);

		if (from < p)
			view_arrange(ref, p, from, to < p ? to : p, compare, ctx);
		ref += p + 1;
		n -= p + 1;
		from = from > p + 1 ? from - p - 1 : 0;
		to = to > p + 1 ? to - p - 1 : 0;
	}
	if (from < to)
		sort_small(ref, n, compare, ctx);
}

/* ---- rows by their keys ---- */

uint64_t view_row_order(const struct sort_key *key, const struct row *r, bool *exact)
{
	struct value v;
	uint64_t n;

	*exact = true;
	if (key->column->order) {
		n = key->column->order(r);
	} else {
		key->column->get(r, &v);
		n = value_order(&v, exact);
		if (v.type == VALUE_NULL)
			return n;	/* last, whichever way */
	}
	return key->descending ? ~n - 1 : n;
}

static int order_by_key(const struct sort_key *key, const struct row *a, const struct row *b)
{
	bool exact_a, exact_b;
	uint64_t x = view_row_order(key, a, &exact_a), y = view_row_order(key, b, &exact_b);
	struct value va, vb;
	int order;

	if (x != y || (exact_a && exact_b))
		return x < y ? -1 : x > y;
	key->column->get(a, &va);
	key->column->get(b, &vb);
	order = value_compare(&va, &vb);
	return key->descending ? -order : order;
}

int view_compare_rows(const struct sort_key *key, unsigned n, const struct row *a,
		      const struct row *b)
{
	int order = 0;

	for (unsigned i = 0; !order && i < n; i++)
		order = order_by_key(&key[i], a, b);
	return order;
}
