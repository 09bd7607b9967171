/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view/order.c - puts the rows of a window in order without sorting the rest:
 * quicksort that goes only into the parts that overlap the window. An attacker can
 * choose flows so that each partition splits off next to nothing; after too many
 * partitions a part is sorted by heapsort, which has no bad case.
 *
 * The flows change while they are compared, so the comparison may be
 * inconsistent. A partition is one pass over its part, which ends and stays
 * within bounds whatever the answers are; so does each way down a heap.
 */
#include "view/int.h"

#include <stdbool.h>
#include <stdlib.h>

#define SMALL 16

struct order {
	view_compare_fn *compare;
	const void *ctx;
};

static bool comes_before(const struct order *o, const struct view_ref *a,
			 const struct view_ref *b)
{
	return o->compare(o->ctx, a, b) < 0;
}

static void swap(struct view_ref *a, struct view_ref *b)
{
	struct view_ref t = *a;

	*a = *b;
	*b = t;
}

static void sort_small(const struct order *o, struct view_ref *ref, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct view_ref moving = ref[i];
		size_t j = i;

		for (; j > 0 && comes_before(o, &moving, &ref[j - 1]); j--)
			ref[j] = ref[j - 1];
		ref[j] = moving;
	}
}

/* ---- heapsort: a row never comes before its parent ---- */

static void sift_down(const struct order *o, struct view_ref *ref, size_t n, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && comes_before(o, &ref[child], &ref[child + 1]))
			child++;
		if (!comes_before(o, &ref[at], &ref[child]))
			return;
		swap(&ref[at], &ref[child]);
	}
}

static void sort_heap(const struct order *o, struct view_ref *ref, size_t n)
{
	for (size_t i = n / 2; i > 0; i--)
		sift_down(o, ref, n, i - 1);
	for (size_t left = n; left > 1; left--) {
		swap(&ref[0], &ref[left - 1]);
		sift_down(o, ref, left - 1, 0);
	}
}

/* ---- quicksort ---- */

/* Brings the median of three places to the front. */
static void choose_pivot(const struct order *o, struct view_ref *ref, size_t n)
{
	struct view_ref *a = &ref[n / 4], *b = &ref[n / 2], *c = &ref[n - 1 - n / 4];

	if (comes_before(o, b, a))
		swap(a, b);
	if (comes_before(o, c, b))
		swap(b, c);
	if (comes_before(o, b, a))
		swap(a, b);
	swap(&ref[0], b);
}

/* Returns the pivot's place: those before it come before it. */
static size_t partition(const struct order *o, struct view_ref *ref, size_t n)
{
	size_t place = 0;

	choose_pivot(o, ref, n);
	for (size_t i = 1; i < n; i++)
		if (comes_before(o, &ref[i], &ref[0]))
			swap(&ref[i], &ref[++place]);
	swap(&ref[0], &ref[place]);
	return place;
}

/* @splits: how many partitions a part may come from. */
static void arrange(const struct order *o, struct view_ref *ref, size_t n, size_t from,
		    size_t to, unsigned splits)
{
	for (; from < to && n > SMALL && splits; splits--) {
		size_t p = partition(o, ref, n);

		if (from < p)
			arrange(o, ref, p, from, to < p ? to : p, splits - 1);
		ref += p + 1;
		n -= p + 1;
		from = from > p + 1 ? from - p - 1 : 0;
		to = to > p + 1 ? to - p - 1 : 0;
	}
	if (from < to && n > SMALL)
		sort_heap(o, ref, n);
	else if (from < to)
		sort_small(o, ref, n);
}

void view_arrange(struct view_ref *ref, size_t n, size_t from, size_t to,
		  view_compare_fn *compare, const void *ctx)
{
	struct order o = { compare, ctx };
	unsigned splits = 0;

	for (size_t left = n; left; left /= 2)
		splits += 2;
	arrange(&o, ref, n, from, to, splits);
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
			return n;	/* last, in either direction */
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
