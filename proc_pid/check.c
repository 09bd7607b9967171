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
#define SHOWN_MS 5000		/* it was checked since, so it is shown */

static struct held *held_of(struct proc_pid *p, uint64_t cookie)
{
	return &p->held[(cookie ^ cookie >> 32) & (HELD - 1)];
}

static void note_look(struct proc_pid *p, const struct task *t, const struct sock *s)
{
	*held_of(p, t->q.cookie) = (struct held){
		.cookie = t->q.cookie,
		.ns = t->ns,
		.inode = s->inode,
		.device = s->ifindex,
		.at = clock_ms(),
		.inbound = t->inbound,
		.gone = !s->inode,
	};
}

/* It may never be shown, so another that is keeps its place. */
void check_remember(struct proc_pid *p, const struct task *t)
{
	struct held *h = held_of(p, t->q.cookie);

	if (h->cookie && h->cookie != t->q.cookie && clock_ms() - h->at < SHOWN_MS)
		return;
	note_look(p, t, &t->sock);
	h->gone = false;
}

/* In the namespace that its process was found in; false: there is nothing to look at. */
static bool claim_begin(struct proc_pid *p, const struct proc_claim *c, struct task *t)
{
	static const struct held unknown;
	const struct held *h = held_of(p, c->q.cookie);
	bool elsewhere = c->owner->netns[0];

	if (h->cookie != c->q.cookie || elsewhere != (h->ns != 0))
		h = &unknown;
	/* hardly anything will come of one that had gone by the last look */
	if (elsewhere != (h->ns != 0) || (h->gone && clock_ms() - h->at < GONE_MS))
		return false;
	return task_begin_again(&c->q, h, t);
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
		p->o.answer(p->o.ctx, c->q.cookie, now,
			    now->netns[0] ? MATCH_NETNS : MATCH_EXACT);
	else
		owner_unref(now);
}

static bool has_another(struct proc_pid *p, const struct proc_claim *c, const struct task *t,
			const struct sock *s)
{
	if (!s->inode) {
		note_look(p, t, s);
		return false;
	}
	switch (proc_search_has(p->search, c->owner->pid, s->inode, LOOK_NS)) {
	case HAS_IT:
		note_look(p, t, s);
		renew(p, c);
		return false;
	case HAS_NOT:
		return is_of_flow(p, c->q.cookie, s);
	default:
		return false;
	}
}

/* Where it cannot be entered its processes have gone, and the sockets with them. */
static void ask_space(struct proc_pid *p, uint64_t ns, struct task *const *t, unsigned n,
		      struct sock *s)
{
	struct site there = { .diag = netns_open_diag(p->netns, ns), .ns = ns };

	for (unsigned i = 0; i < n; i++)
		s[i] = (struct sock){ .uid = UINT32_MAX };
	if (there.diag)
		task_query_sockets(p, &there, t, n, s);
	sock_diag_close(there.diag);
}

/* The sockets of all @n in the namespace of the first, unless one before was in it. */
static void ask_together(struct proc_pid *p, struct task *t, unsigned first, unsigned n,
			 struct sock *out)
{
	struct task *same[TASK_CHUNK];
	struct sock s[TASK_CHUNK];
	uint64_t ns = t[first].ns;
	unsigned together = 0;

	for (unsigned i = 0; i < n; i++) {
		if (t[i].ns != ns)
			continue;
		if (i < first)
			return;
		same[together++] = &t[i];
	}
	if (ns)
		ask_space(p, ns, same, together, s);
	else
		task_query_sockets(p, &p->home, same, together, s);
	for (unsigned i = 0; i < together; i++)
		out[same[i] - t] = s[i];
}

unsigned check_claims(struct proc_pid *p, const struct proc_claim *c, unsigned n,
		      struct task *t)
{
	const struct proc_claim *of[TASK_CHUNK];
	struct sock s[TASK_CHUNK];
	int64_t until = clock_ns() + LOOKS_NS;
	unsigned asked = 0, left = 0;

	for (unsigned i = 0; i < n; i++)
		if (claim_begin(p, &c[i], &t[asked]))
			of[asked++] = &c[i];
	for (unsigned i = 0; i < asked; i++)
		ask_together(p, t, i, asked, s);
	for (unsigned i = 0; i < asked && clock_ns() < until; i++) {
		if (!has_another(p, of[i], &t[i], &s[i]))
			continue;
		t[left] = t[i];
		t[left++].sock = s[i];
	}
	return left;
}
