// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/check.c - does the process that was named still have the flow's socket?
 *
 * It may have left the socket to a child, passed it on, or run another program
 * since. A flow whose socket is closed keeps its process: nobody else had it.
 */
#include "proc_pid/int.h"

#include "lib/clock.h"

#define LOOK_NS 1000000		/* for one process, */
#define LOOKS_NS 3000000	/* and for all of a call */
#define GONE_MS 30000		/* until a flow without a socket is checked again */

static struct held *held_of(struct proc_pid *p, uint64_t cookie)
{
	return &p->held[(cookie ^ cookie >> 32) & (HELD - 1)];
}

static void check_note(struct proc_pid *p, uint64_t cookie, uint32_t inode)
{
	*held_of(p, cookie) = (struct held){ cookie, inode, clock_ms() };
}

/* At the last look the socket was closed: a new look would hardly find one. */
static bool was_gone(struct proc_pid *p, uint64_t cookie)
{
	const struct held *h = held_of(p, cookie);

	return h->cookie == cookie && !h->inode && clock_ms() - h->at < GONE_MS;
}

/*
 * An unconnected socket may be a later one on the same port: it counts only if
 * the process that was named had it.
 */
static bool is_of_flow(struct proc_pid *p, uint64_t cookie, const struct sock *s)
{
	const struct held *h = held_of(p, cookie);

	return s->tuple.rport || (h->cookie == cookie && h->inode == s->inode);
}

/* The process still has the socket, but may run another program by now. */
static void renew(struct proc_pid *p, const struct proc_claim *c)
{
	struct owner *now = proc_owner_of_pid(p->owners, c->owner->pid, c->owner->netns, NULL);

	if (now && now != c->owner)
		p->o.answer(p->o.ctx, c->q.cookie, now, MATCH_EXACT);
	else
		owner_unref(now);
}

static bool has_another(struct proc_pid *p, const struct proc_claim *c, const struct sock *s)
{
	if (!s->inode) {
		check_note(p, c->q.cookie, 0);
		return false;
	}
	switch (proc_search_has(p->search, c->owner->pid, s->inode, LOOK_NS)) {
	case HAS_IT:
		check_note(p, c->q.cookie, s->inode);
		renew(p, c);
		return false;
	case HAS_NOT:
		return is_of_flow(p, c->q.cookie, s);
	default:
		return false;
	}
}

unsigned check_claims(struct proc_pid *p, const struct proc_claim *c, unsigned n,
		      struct task *t)
{
	const struct proc_claim *of[TASK_CHUNK];
	struct task *ask[TASK_CHUNK];
	struct sock s[TASK_CHUNK];
	int64_t until = clock_ns() + LOOKS_NS;
	unsigned asked = 0, left = 0;

	for (unsigned i = 0; i < n; i++) {
		if (was_gone(p, c[i].q.cookie) || !task_begin_again(&c[i].q, &t[asked]))
			continue;
		ask[asked] = &t[asked];
		of[asked++] = &c[i];
	}
	if (!asked)
		return 0;
	task_query_sockets(p, &p->home, ask, asked, s);
	for (unsigned i = 0; i < asked && clock_ns() < until; i++) {
		if (!has_another(p, of[i], &s[i]))
			continue;
		t[left] = t[i];
		t[left++].sock = s[i];
	}
	return left;
}
