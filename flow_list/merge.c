/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow_list/merge.c - puts the contents of a message into a flow. */
#include "flow_list/int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>		/* before the kernel's, which define the same */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "lib/proto.h"

#define OFFLOADED	(IPS_OFFLOAD | IPS_HW_OFFLOAD)	/* the entry has no state and no timeout */
#define SAMPLE_MS	100		/* closer samples give no rate */
#define RESET_MS	3000		/* counters lower than that long ago were zeroed */

static void extra_free(struct rcu_head *head)
{
	free(caa_container_of(head, struct flow_extra, rcu));
}

static bool extra_equal(const struct flow_extra *a, const struct flow_extra *b)
{
	return !memcmp(a->labels, b->labels, sizeof(a->labels)) && !strcmp(a->helper, b->helper) &&
	       a->reply_zone == b->reply_zone && a->zone_dir == b->zone_dir;
}

/*
 * Puts the values of @u over what was known. The kernel leaves out labels that are
 * not set, and a missing helper. So an event without them changes nothing, but a
 * dump without them clears them.
 */
static void extra_merge(struct flow_extra *e, const struct flow_update *u)
{
	bool whole = u->source == FLOW_DUMPED || u->source == FLOW_GOT;

	if (u->have & HAVE_LABELS)
		memcpy(e->labels, u->labels, sizeof(e->labels));
	else if (whole)
		memset(e->labels, 0, sizeof(e->labels));
	if (u->have & HAVE_HELPER)
		memcpy(e->helper, u->helper, sizeof(e->helper));
	else if (whole)
		*e->helper = '\0';
	if (u->have & HAVE_ZONE_DIR) {
		e->reply_zone = u->reply_zone;
		e->zone_dir = u->zone_dir;
	}
}

static void merge_extra(struct flow *f, const struct flow_update *u)
{
	static const struct flow_extra none;
	struct flow_extra *old = f->extra, *e = NULL, merged;

	if (!old && !(u->have & (HAVE_LABELS | HAVE_HELPER | HAVE_ZONE_DIR)))
		return;
	merged = old ? *old : none;
	extra_merge(&merged, u);
	if (extra_equal(&merged, old ? old : &none))
		return;
	if (!extra_equal(&merged, &none)) {
		e = malloc(sizeof(*e));
		if (!e)
			return;
		*e = merged;
	}
	rcu_assign_pointer(f->extra, e);
	if (old)
		call_rcu(&old->rcu, extra_free);
}

/* An unknown rate, or that of @now - @before within @ms. */
static float rate_of(uint64_t now, uint64_t before, uint32_t ms)
{
	return now >= before ? (float)((now - before) * 1000.0 / ms) : NAN;
}

/*
 * Counters. A rate takes two samples some time apart; a flow that was seen
 * to begin has its first at its birth, with nothing counted. What it sent
 * since then counts for a whole interval, as for other flows: otherwise two flows
 * that use one link, one after the other, would show twice its rate. A sample that
 * is older than the last (dump and GET overtake each other) is left out; counters
 * that stay lower were zeroed (conntrack -z).
 */
static void merge_counters(const struct flow_list *fl, struct flow *f,
			   const struct flow_update *u, uint32_t now)
{
	uint32_t ms = now - f->sampled;
	bool first = !(f->flags & FLOW_COUNTED);
	bool final = u->source == FLOW_DESTROY;
	bool lower = u->orig_bytes < f->orig_bytes || u->reply_bytes < f->reply_bytes;
	float orig = NAN, reply = NAN;

	if (!(u->have & HAVE_ORIG) || !(u->have & HAVE_REPL))
		return;
	if (!first && !final && (ms < SAMPLE_MS || (lower && ms < RESET_MS)))
		return;
	if (first && ms < fl->interval)
		ms = fl->interval;
	if (ms >= SAMPLE_MS && f->sampled && !lower && !final) {
		orig = rate_of(u->orig_bytes, f->orig_bytes, ms);
		reply = rate_of(u->reply_bytes, f->reply_bytes, ms);
	}
	if (first || u->orig_packets != f->orig_packets || u->reply_packets != f->reply_packets)
		flow_write(f->changed, now);
	flow_write(f->orig_packets, u->orig_packets);
	flow_write(f->orig_bytes, u->orig_bytes);
	flow_write(f->reply_packets, u->reply_packets);
	flow_write(f->reply_bytes, u->reply_bytes);
	__atomic_store(&f->orig_rate, &orig, __ATOMIC_RELAXED);
	__atomic_store(&f->reply_rate, &reply, __ATOMIC_RELAXED);
	flow_write(f->sampled, now);
	if (first)
		flow_write(f->flags, f->flags | FLOW_COUNTED);
}

/* Only once: after the clock was set, the same timestamp may give another time. */
static void merge_start(struct flow *f, const struct flow_update *u)
{
	if (!(u->have & HAVE_START) || f->flags & FLOW_START_KNOWN)
		return;
	flow_write(f->start, u->start);
	flow_write(f->flags, f->flags | FLOW_START_KNOWN);
}

/* The kernel rounds the seconds left down: up to one more may be left. */
static uint32_t expiry(uint32_t timeout, uint32_t now)
{
	uint64_t ms = timeout * 1000ull + 999;

	if (ms > INT32_MAX)
		ms = INT32_MAX;
	return (now + (uint32_t)ms) | 1;
}

/* Fields that come from events, and for flows without events from dumps. */
static void merge_state(struct flow *f, const struct flow_update *u, uint32_t now)
{
	if (u->have & HAVE_STATUS && f->status != u->status)
		flow_write(f->status, u->status);
	if (u->have & HAVE_MARK && f->mark != u->mark)
		flow_write(f->mark, u->mark);
	if (u->have & HAVE_STATE && f->state != u->state)
		flow_write(f->state, u->state);
	else if (f->state == STATE_NONE && f->status & OFFLOADED && f->key.l4 == IPPROTO_TCP)
		flow_write(f->state, TCP_CONNTRACK_ESTABLISHED);
	if (u->have & HAVE_TIMEOUT)
		flow_write(f->expires, expiry(u->timeout, now));
	else if (f->status & OFFLOADED)
		flow_write(f->expires, 0);
	merge_extra(f, u);
}

void flow_merge(struct flow_list *fl, struct flow *f, const struct flow_update *u,
		uint32_t now)
{
	bool event = u->source == FLOW_NEW || u->source == FLOW_UPDATE;
	bool overruled = (u->source == FLOW_DUMPED && f->seen == fl->dump) ||
			 (u->source == FLOW_GOT && f->flags & FLOW_TOLD);

	if (!overruled)
		merge_state(f, u, now);
	else if (u->source == FLOW_GOT && u->have & HAVE_TIMEOUT)
		flow_write(f->expires, expiry(u->timeout, now));
	merge_start(f, u);
	merge_counters(fl, f, u, now);
	if (event && !(f->flags & FLOW_TOLD))
		flow_write(f->flags, f->flags | FLOW_TOLD);
	if (u->source == FLOW_DUMPED || (event && fl->dumping))
		flow_write(f->seen, fl->dump);
}
