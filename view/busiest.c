/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view/busiest.c - the busiest flows: the first rows when sorted by state, so
 * that they are not behind thousands of idle ones.
 *
 * More flows are followed than are shown, each with its rate averaged over some
 * seconds. A flow overtakes another only if it is clearly ahead, so that rows
 * keep their places while rates go up and down.
 */
#include "view/int.h"

#include <string.h>

#define LEAST		1000.0		/* bytes/s: less does not count as busy, */
#define LEAST_SHARE	0.01		/* nor does less than this part of the busiest flow */
#define STEADY_MS	3000.0		/* time constant of the averages */
#define AHEAD		1.5		/* a rate this much higher overtakes the row before */

void view_busiest_begin(struct view_busiest *b)
{
	b->n_seen = 0;
}

/* Keeps the busiest flows of the walk, in order; of equal ones, those that came first. */
void view_busiest_see(struct view_busiest *b, struct flow_handle flow, double rate)
{
	unsigned at = b->n_seen;

	if (!(rate > 0) || (at == BUSIEST_KEPT && rate <= b->seen[at - 1].rate))
		return;
	if (at == BUSIEST_KEPT)
		at--;
	else
		b->n_seen++;
	for (; at > 0 && b->seen[at - 1].rate < rate; at--)
		b->seen[at] = b->seen[at - 1];
	b->seen[at] = (struct busy_flow){ .flow = flow, .rate = rate };
}

static struct busy_flow *busiest_find(struct busy_flow *in, unsigned n, struct flow_handle flow)
{
	for (unsigned i = 0; i < n; i++)
		if (!memcmp(&in[i].flow, &flow, sizeof(flow)))
			return &in[i];
	return NULL;
}

/* Updates the averages of the flows followed, and follows new ones. */
static void busiest_follow(struct view_busiest *b, double weight)
{
	for (unsigned i = 0; i < b->n; i++) {
		struct busy_flow *f = &b->kept[i], *now = busiest_find(b->seen, b->n_seen, f->flow);

		f->rate += weight * ((now ? now->rate : 0) - f->rate);
	}
	for (unsigned i = 0; i < b->n_seen; i++) {
		struct busy_flow f = b->seen[i];

		f.rate *= weight;
		if (busiest_find(b->kept, b->n, f.flow))
			continue;
		if (b->n < BUSIEST_KEPT)
			b->kept[b->n++] = f;
		else if (b->kept[b->n - 1].rate < f.rate)
			b->kept[b->n - 1] = f;
	}
}

static void busiest_order(struct view_busiest *b)
{
	for (unsigned i = b->n; i-- > 1; )
		for (unsigned j = i; j < b->n; j++) {
			struct busy_flow *f = &b->kept[j], before = f[-1];

			if (f->rate <= AHEAD * before.rate)
				break;
			f[-1] = *f;
			*f = before;
		}
}

/* A flow that is shown stays until its rate is below half of what a new one needs. */
static bool busiest_is_enough(const struct busy_flow *f, double most)
{
	double least = LEAST_SHARE * most > LEAST ? LEAST_SHARE * most : LEAST;

	return f->rate >= (f->shown ? least / 2 : least);
}

static struct view_ref *busiest_ref(struct view_ref *ref, size_t n, struct flow_handle flow)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (ref[middle].slot < flow.slot)
			from = middle + 1;
		else
			to = middle;
	}
	return from < n && ref[from].slot == flow.slot && ref[from].gen == flow.gen ? &ref[from] :
										       NULL;
}

unsigned view_busiest_end(struct view_busiest *b, uint32_t now_ms, struct view_ref *ref, size_t n,
			  unsigned most)
{
	double ms = now_ms - b->ms, top = 0;
	unsigned shown = 0, kept = 0;

	busiest_follow(b, b->n ? ms / (ms + STEADY_MS) : 1);
	busiest_order(b);
	b->ms = now_ms;
	for (unsigned i = 0; i < b->n; i++)
		top = b->kept[i].rate > top ? b->kept[i].rate : top;
	for (unsigned i = 0; i < b->n; i++) {
		struct busy_flow f = b->kept[i];
		struct view_ref *at = busiest_ref(ref, n, f.flow);

		if (!at)
			continue;	/* gone */
		f.shown = shown < most && busiest_is_enough(&f, top);
		if (f.shown)
			at->order = shown++;
		b->kept[kept++] = f;
	}
	b->n = kept;
	return shown;
}
