// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/forwarded.c - flows with neither address on this host, whose owner may be
 * in another network namespace of this machine. A look into one costs some 10 us,
 * so tasks of the same namespace go together.
 *
 * The owner may also be in the watched namespace: a socket outlives its address,
 * and a proxy uses others' addresses. Any user may bind a socket to any address,
 * so a socket counts only if no namespace has the address, and if it is a
 * connection with replies, which cannot be faked.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "proc_pid/int.h"

#define SPACES 256		/* namespaces with the same address that are looked into */

static void take_there(struct proc_pid *p, const struct site *there, uint64_t ns,
		       struct task *t, const struct sock *s)
{
	t->ns = ns;
	if (s->state)
		task_take_sock(p, there, t, s);
	else if (!t->ring.pid && (!t->inbound || !task_find_listener(p, there, t)))
		t->ns = 0;
}

static bool site_open(struct proc_pid *p, uint64_t ns, struct site *there)
{
	there->ns = ns;
	there->diag = netns_open_diag(p->netns, ns);
	there->listeners = there->diag ? listeners_new() : NULL;
	return there->listeners;
}

static void site_close(struct site *there)
{
	listeners_free(there->listeners);
	sock_diag_close(there->diag);
}

/* Sockets of tasks that have an end in the namespace @ns. */
static void visit_space(struct proc_pid *p, uint64_t ns, struct task **t, unsigned n)
{
	struct sock s[TASK_CHUNK];
	struct site there;

	if (site_open(p, ns, &there)) {
		task_query_sockets(p, &there, t, n, s);
		for (unsigned i = 0; i < n; i++)
			take_there(p, &there, ns, t[i], &s[i]);
	}
	site_close(&there);
}

/* Has the namespace @ns a socket for the task? */
static bool space_has(struct proc_pid *p, uint64_t ns, struct task *t)
{
	struct site there;
	struct sock s = { 0 };
	bool has = false;

	if (site_open(p, ns, &there)) {
		task_query_sockets(p, &there, &t, 1, &s);
		has = s.state || (t->inbound && listeners_find(there.listeners, there.diag,
							       &t->tuple, &s, 1));
	}
	site_close(&there);
	return has;
}

/*
 * Several namespaces have the address. The one with the socket is meant; where
 * two have one, nobody can tell which.
 */
static void find_among(struct proc_pid *p, struct task *t)
{
	uint64_t ns[SPACES], found = 0;
	unsigned n = netns_find(p->netns, &t->tuple.local, ns, SPACES), having = n > SPACES;

	for (unsigned i = 0; i < n && i < SPACES && having < 2; i++) {
		if (!space_has(p, ns[i], t))
			continue;
		found = ns[i];
		having++;
	}
	if (having == 1 && found)
		visit_space(p, found, &t, 1);
	else if (having)
		task_resolve(p, t, NULL, MATCH_NONE);
}

/* Settles what the ring knows of, once its namespace is known. */
static bool ring_knows(struct proc_pid *p, struct task *t, uint64_t ns, unsigned spaces)
{
	/* with one address in two namespaces the ring could mean either */
	if (!p->ring || spaces > 1 || !task_hear_ring(p, t) || !spaces)
		return false;
	t->ns = ns;
	return task_resolve_pid(p, t, t->ring.pid, NULL);
}

/*
 * Tasks from the first on whose only namespace is that of the first are looked
 * up there. ns[i] is that of t[i]; 0: none, or done.
 */
static void visit_together(struct proc_pid *p, struct task **t, uint64_t *ns, unsigned n)
{
	struct task *same[TASK_CHUNK];
	uint64_t first = ns[0];
	unsigned together = 0;

	for (unsigned i = 0; i < n; i++) {
		if (ns[i] != first)
			continue;
		ns[i] = 0;
		same[together++] = t[i];
	}
	visit_space(p, first, same, together);
}

/* By the local ends of their tuples; those not settled are left open. */
static void find_in_spaces(struct proc_pid *p, struct task **t, unsigned n)
{
	uint64_t ns[TASK_CHUNK] = { 0 };

	if (p->ring)
		perf_ring_read(p->ring);
	for (unsigned i = 0; i < n && p->rights.namespaces; i++) {
		unsigned spaces = netns_find(p->netns, &t[i]->tuple.local, &ns[i], 1);

		t[i]->housed = spaces;
		if (!spaces || ring_knows(p, t[i], ns[i], spaces) || spaces > 1)
			ns[i] = 0;
		if (spaces > 1 && t[i]->state == TASK_OPEN)
			find_among(p, t[i]);
	}
	for (unsigned i = 0; i < n; i++)
		if (ns[i])
			visit_together(p, t + i, ns + i, n - i);
}

/* ---- the watched namespace ---- */

static bool is_answered(const struct sock *s)
{
	return s->state && s->state != TCP_SYN_SENT && s->state != TCP_SYN_RECV;
}

/* May the task have a connection here? Only for TCP. */
static bool may_be_here(const struct proc_pid *p, const struct task *t)
{
	return t->state == TASK_OPEN && !t->housed && t->tuple.l4 == IPPROTO_TCP &&
	       connections_may_have(p->connections, &t->tuple, t->q.start);
}

/* The tasks with a connection here; the ring may have named the process already. */
static void find_here(struct proc_pid *p, struct task **t, unsigned n,
		      enum flow_direction direction)
{
	struct task *ask[TASK_CHUNK];
	struct sock s[TASK_CHUNK];
	unsigned asked = 0;

	connections_refresh(p->connections, p->home.diag, n);
	for (unsigned i = 0; i < n; i++)
		if (may_be_here(p, t[i]))
			ask[asked++] = t[i];
	if (asked)
		task_query_sockets(p, &p->home, ask, asked, s);
	for (unsigned i = 0; i < asked; i++) {
		if (!is_answered(&s[i]))
			continue;
		task_set_here(p, ask[i], direction);
		if (ask[i]->ring.pid)
			task_resolve_found(p, ask[i], ask[i]->ring.pid, NULL);
		else
			task_take_sock(p, &p->home, ask[i], &s[i]);
	}
}

/* ---- a round ---- */

/*
 * A namespace that began after the last look around may have it. A flow that
 * is older than that look is in none.
 */
static bool may_be_new(struct proc_pid *p, struct task *t)
{
	if (t->ns || t->looked || !p->rights.namespaces ||
	    !netns_is_younger(p->netns, t->q.start))
		return false;
	t->looked = true;
	t->inbound = false;
	t->tuple = task_tuple_at(&t->q, false);
	t->state = TASK_LOOK;
	return true;
}

/*
 * The namespace where the flow began; if that is not on this machine (and was
 * looked for), the namespace that it was sent to (a published port).
 */
void task_find_forwarded(struct proc_pid *p, struct task **t, unsigned n)
{
	struct task *left[TASK_CHUNK];
	unsigned n_left = 0;

	find_in_spaces(p, t, n);
	find_here(p, t, n, FLOW_OUT);
	for (unsigned i = 0; i < n; i++) {
		if (t[i]->state != TASK_OPEN || t[i]->ring.pid || t[i]->housed ||
		    may_be_new(p, t[i]))
			continue;
		t[i]->inbound = true;
		t[i]->tuple = task_tuple_at(&t[i]->q, true);
		left[n_left++] = t[i];
	}
	find_in_spaces(p, left, n_left);
	find_here(p, left, n_left, FLOW_IN);
	for (unsigned i = 0; i < n; i++)
		if (t[i]->state == TASK_OPEN && !t[i]->tries && !may_be_new(p, t[i]))
			task_resolve_found(p, t[i], t[i]->ring.pid, NULL);
}
