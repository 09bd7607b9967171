// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/task.c - the steps from a flow to its owner.
 *
 * What waits at the port (inbound flows: no more is needed); what the ring
 * says; the flow's own socket; the process that has it. Speed is all: a client
 * may live for a millisecond, so nothing stands between the question and the
 * first look at its socket.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "proc_pid/int.h"

#include "lib/clock.h"
#include "lib/proto.h"

#define HINTS RING_CONNECTING
#define MISS_MS 10000		/* after which a process is looked for again */
#define SOUGHT_MS 200
#define SEARCH_NS 10000000	/* of one round, at most */
#define TRIES 40		/* for a connection to be accepted */

/* ---- the socket of a flow ---- */

static bool has_sockets(uint8_t l4)
{
	return proto_has_ports(l4);
}

struct sock_tuple task_tuple_at(const struct proc_query *q, bool inbound)
{
	const struct flow_ends *orig = &q->key.orig, *reply = &q->reply;

	return (struct sock_tuple){
		.local = inbound ? reply->src : orig->src,
		.lport = inbound ? reply->sport : orig->sport,
		.remote = inbound ? reply->dst : orig->dst,
		.rport = inbound ? reply->dport : orig->dport,
		.l3 = q->key.l3,
		.l4 = q->key.l4,
	};
}

bool task_tuple(const struct proc_query *q, struct sock_tuple *t)
{
	*t = task_tuple_at(q, q->direction == FLOW_IN);
	return has_sockets(t->l4) && q->direction != FLOW_FORWARDED;
}

void task_set_here(struct proc_pid *p, struct task *t, enum flow_direction direction)
{
	t->q.direction = direction;
	t->inbound = direction == FLOW_IN;
	if (p->o.here)
		p->o.here(p->o.ctx, t->q.cookie, direction);
}

/* ---- what waits at the port ---- */

unsigned task_find_listener(struct proc_pid *p, const struct site *at, struct task *t)
{
	struct sock s[SOCK_GROUP];
	unsigned n = listeners_find(at->listeners, at->diag, &t->tuple, s, SOCK_GROUP);
	uint32_t pid;
	bool known;

	if (!n)
		return 0;
	pid = task_common_pid(p, s, n, &known);
	if (!pid && n > 1)
		return n;	/* its own socket tells */
	t->match = MATCH_LISTENER;
	t->sock = s[0];
	if (!pid || !task_resolve_pid(p, t, pid, NULL))
		t->state = TASK_SEARCH;
	return n;
}

/* ---- what the ring says ---- */

bool task_hear_ring(struct proc_pid *p, struct task *t)
{
	if (t->ring.pid)
		return true;
	if (t->inbound || t->again || t->tuple.l4 != IPPROTO_TCP)
		return false;
	t->match = MATCH_EXACT;
	return perf_ring_find(p->ring, &t->tuple, &t->ring) && t->ring.pid;
}

/* A process that has gone is told by what the socket adds, a step later. */
static bool ask_ring(struct proc_pid *p, struct task *t)
{
	return !t->ring.pid && task_hear_ring(p, t) && task_resolve_pid(p, t, t->ring.pid, NULL);
}

static void ask_ring_all(struct proc_pid *p, struct task **t, unsigned n)
{
	if (!p->ring || !n)
		return;
	perf_ring_read(p->ring);
	for (unsigned i = 0; i < n; i++)
		ask_ring(p, t[i]);
}

/* It waits for the first answer; so do those that the ring knows of. */
static unsigned ask_connecting(struct proc_pid *p, struct task *t, uint32_t *hints,
			       unsigned n_hints)
{
	struct ring_process who[HINTS];
	unsigned n;
	bool all;

	if (!p->ring || t->sock.state != TCP_SYN_SENT || t->inbound || t->again)
		return n_hints;
	n = perf_ring_connecting(p->ring, &t->tuple, who, HINTS, &all);
	if (n == 1 && all && task_resolve_pid(p, t, who[0].pid, NULL))
		return n_hints;
	for (unsigned i = 0; i < n && n_hints < HINTS; i++)
		hints[n_hints++] = who[i].pid;
	return n_hints;
}

/* ---- its own socket ---- */

static bool has_inode(const struct sock *s, unsigned n, uint32_t inode)
{
	for (unsigned i = 0; i < n; i++)
		if (s[i].inode == inode)
			return true;
	return false;
}

/*
 * Several UDP sockets may have one port; which of them sent, nobody knows. If
 * they are of one process, it is that.
 */
static void check_shared(struct proc_pid *p, const struct site *at, struct task *t)
{
	struct sock s[SOCK_GROUP];
	unsigned n = listeners_find(at->listeners, at->diag, &t->tuple, s, SOCK_GROUP);
	bool known;

	if (n && !has_inode(s, n, t->sock.inode) && ++t->tries < TRIES) {
		listeners_lack(at->listeners, t->tuple.l4);	/* listeners in the table may be gone */
		t->state = TASK_OPEN;
		return;
	}
	if (!n || (n == 1 && s[0].inode == t->sock.inode) || task_common_pid(p, s, n, &known))
		return;
	if (!known && !p->swept) {
		t->state = TASK_OPEN;
		return;
	}
	for (unsigned i = 0; i < n; i++)
		if (s[i].uid != t->sock.uid)
			t->sock.uid = UINT32_MAX;
	t->sock.cgroup = 0;
	task_resolve_sock(p, t);
}

/*
 * Not accepted yet, orphaned, in TIME_WAIT, or not there. A connection that a
 * proxy takes for another address has its listener on a different address.
 */
static void take_unowned(struct proc_pid *p, const struct site *at, struct task *t)
{
	bool accepted_soon = t->inbound && t->sock.state == TCP_ESTABLISHED;
	unsigned listeners = 0;

	if (t->inbound)
		listeners = task_find_listener(p, at, t);
	if (listeners)
		accepted_soon = listeners > 1;
	if (t->state == TASK_OPEN && (!accepted_soon || ++t->tries == TRIES))
		task_resolve_sock(p, t);
}

void task_take_sock(struct proc_pid *p, const struct site *at, struct task *t,
		      const struct sock *s)
{
	t->match = MATCH_EXACT;
	t->sock = *s;
	if (t->ring.pid || (t->again && !s->inode)) {
		task_resolve_sock(p, t);
	} else if (!s->inode) {
		take_unowned(p, at, t);
	} else {
		t->state = TASK_SEARCH;
		if (!s->tuple.rport && !t->inbound)
			check_shared(p, at, t);
	}
}

/*
 * The device that a socket for the task may be bound to. Dumping the sockets of
 * many namespaces would be expensive, and so it would be for flows that are only
 * forwarded, or that have an answer.
 */
static uint32_t device_of(const struct proc_pid *p, const struct site *at, const struct task *t)
{
	if (at->ns)
		return netns_device(p->netns, &t->tuple.local, at->ns);
	if (t->again)
		return t->tuple.device;
	return t->q.direction == FLOW_FORWARDED ? NO_DEVICE : ANY_DEVICE;
}

void task_query_sockets(const struct proc_pid *p, const struct site *at,
			struct task *const *t, unsigned n, struct sock *out)
{
	struct sock_tuple ask[TASK_CHUNK];

	for (unsigned i = 0; i < n; i++) {
		ask[i] = t[i]->tuple;
		ask[i].device = device_of(p, at, t[i]);
	}
	sock_diag_lookup(at->diag, ask, n, false, out);
}

static void find_sockets(struct proc_pid *p, const struct site *at, struct task **t, unsigned n)
{
	struct sock s[TASK_CHUNK];

	task_query_sockets(p, at, t, n, s);
	/* one that has gone, or has its answer, is surely in the ring by now */
	ask_ring_all(p, t, n);
	for (unsigned i = 0; i < n; i++)
		if (t[i]->state == TASK_OPEN)
			task_take_sock(p, at, t[i], &s[i]);
}

/* ---- who has it ---- */

static bool is_missed(const struct proc_pid *p, uint32_t inode)
{
	unsigned i = inode & (LOOKUPS - 1);

	return p->miss[i].inode == inode && clock_ms() - p->miss[i].since < MISS_MS;
}

static void set_missed(struct proc_pid *p, uint32_t inode)
{
	unsigned i = inode & (LOOKUPS - 1);

	p->miss[i].inode = inode;
	p->miss[i].since = clock_ms();
}

static uint64_t want_key(const struct task *t)
{
	return (addr_hash(&t->tuple.remote) ^ t->sock.uid) * 0x9e3779b97f4a7c15 ^
	       t->sock.cgroup ^ (uint64_t)t->tuple.rport << 8 ^ t->tuple.l4;
}

struct searching {
	struct proc_pid *p;
	struct task **t;
	const struct proc_want *want;
};

/* proc_found_fn */
static void take_found(void *ctx, unsigned i, const struct proc_stat *stat)
{
	struct searching *s = ctx;

	task_resolve_found(s->p, s->t[i], s->want[i].pid, stat);
}

static void search(struct proc_pid *p, struct task **t, unsigned n, enum proc_depth depth)
{
	struct proc_want want[TASK_CHUNK];
	struct searching ctx = { p, t, want };
	uint32_t hints[HINTS];
	unsigned n_hints = 0, left = 0;
	int64_t ns = budget_left(&p->flow);

	for (unsigned i = 0; i < n; i++) {
		n_hints = ask_connecting(p, t[i], hints, n_hints);
		if (t[i]->state == TASK_DONE)
			continue;
		t[left] = t[i];
		want[left++] = (struct proc_want){
			.inode = t[i]->sock.inode,
			.uid = t[i]->sock.uid,
			.key = want_key(t[i]),
		};
	}
	if (left)
		proc_search_find(p->search, &(struct proc_hunt){
			.want = want, .n = left, .hints = hints, .n_hints = n_hints,
			.depth = depth, .ns = ns < SEARCH_NS ? ns : SEARCH_NS,
			.found = take_found, .ctx = &ctx,
		});
}

/* Nothing more can be found out about them. */
static void drop_hopeless(struct proc_pid *p, struct task **t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (is_missed(p, t[i]->sock.inode) ||
		    (!p->rights.all_processes && t[i]->sock.uid != p->own_uid))
			task_resolve_sock(p, t[i]);
}

/* Picks the tasks of protocols that sock_diag has, or has not; returns how many. */
static unsigned select_with_sockets(struct task **t, unsigned n, bool with, struct task **out)
{
	unsigned selected = 0;

	for (unsigned i = 0; i < n; i++)
		if (has_sockets(t[i]->tuple.l4) == with)
			out[selected++] = t[i];
	return selected;
}

/* Is the socket still there? Its process has mostly gone where it is not. */
static void drop_dead(struct proc_pid *p, struct task **t, unsigned n)
{
	struct sock s[TASK_CHUNK];

	n = select_with_sockets(t, n, true, t);
	task_query_sockets(p, &p->home, t, n, s);
	for (unsigned i = 0; i < n; i++) {
		if (t[i]->ns || t[i]->match == MATCH_LISTENER ||
		    s[i].inode == t[i]->sock.inode)
			continue;
		/* an orphan still tells its user and unit; what was known stays */
		if (s[i].state && s[i].uid != UINT32_MAX)
			t[i]->sock = s[i];
		task_resolve_sock(p, t[i]);
	}
}

/* ---- a round ---- */

/* Those in the state @state, of the watched namespace or not; how many. */
static unsigned select_tasks(struct task *t, unsigned n, enum task_state state,
			     int forwarded, struct task **out)
{
	unsigned selected = 0;

	for (unsigned i = 0; i < n; i++)
		if (t[i].state == state && (forwarded < 0 || forwarded ==
					    (t[i].q.direction == FLOW_FORWARDED)))
			out[selected++] = &t[i];
	return selected;
}

static void run_open(struct proc_pid *p, struct task *task, unsigned n)
{
	struct task *open[TASK_CHUNK], *t[TASK_CHUNK];
	unsigned n_open = select_tasks(task, n, TASK_OPEN, 0, open), found;

	found = select_with_sockets(open, n_open, true, t);
	if (found)
		find_sockets(p, &p->home, t, found);
	found = select_with_sockets(open, n_open, false, t);
	if (found)
		task_find_portless(p, t, found);
	found = select_tasks(task, n, TASK_OPEN, 1, t);
	if (found)
		task_find_forwarded(p, t, found);
}

/*
 * Costs a look-up each, so it needs no budget: many flows of one user delay no
 * others. Of a process that has gone the socket tells the user and the unit
 * as well, but waiting for that could lose the rest.
 */
void task_ask_ring(struct proc_pid *p, struct task *task, unsigned n)
{
	bool broke = budget_left(&p->flow) <= 0;

	if (!p->ring)
		return;
	perf_ring_read(p->ring);
	for (unsigned i = 0; i < n; i++) {
		struct task *t = &task[i];

		if (t->state != TASK_OPEN || t->q.direction == FLOW_FORWARDED || ask_ring(p, t))
			continue;
		if (broke && t->ring.pid)
			task_resolve_sock(p, t);
	}
}

static void leave_to_sweep(struct proc_pid *p, struct task **t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct lookup *l = &p->sought[t[i]->sock.inode & (LOOKUPS - 1)];

		*l = (struct lookup){ t[i]->sock.inode, clock_ms() };
		t[i]->state = TASK_SWEEP;
	}
}

/* A listener has many flows: it is not searched for each while it is not found. */
static void skip_sought(struct proc_pid *p, struct task **t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct lookup *l = &p->sought[t[i]->sock.inode & (LOOKUPS - 1)];

		if (l->inode == t[i]->sock.inode && clock_ms() - l->since < SOUGHT_MS &&
		    !proc_search_known(p->search, l->inode))
			t[i]->state = TASK_SWEEP;
	}
}

/* One search after another, and before each what is in vain is dropped. */
static void run_search(struct proc_pid *p, struct task *task, unsigned n)
{
	enum proc_depth deepest = p->swept ? SEARCH_DEEP : SEARCH_NEWEST;
	struct task *t[TASK_CHUNK];
	unsigned found = select_tasks(task, n, TASK_SEARCH, -1, t);

	skip_sought(p, t, found);
	for (enum proc_depth depth = SEARCH_GLANCE; depth <= deepest; depth++) {
		found = select_tasks(task, n, TASK_SEARCH, -1, t);
		if (!found)
			return;
		search(p, t, found, depth);
		found = select_tasks(task, n, TASK_SEARCH, -1, t);
		if (depth == SEARCH_GLANCE)
			drop_hopeless(p, t, found);
		found = select_tasks(task, n, TASK_SEARCH, -1, t);
		if (found && depth < deepest)
			drop_dead(p, t, found);
	}
	found = select_tasks(task, n, TASK_SEARCH, -1, t);
	leave_to_sweep(p, t, found);
}

void task_run(struct proc_pid *p, struct task *t, unsigned n)
{
	int64_t began = clock_cpu();

	task_ask_ring(p, t, n);
	if (budget_left(&p->flow) <= 0)
		return;
	run_open(p, t, n);
	run_search(p, t, n);
	budget_spend(&p->flow, began);
}

/*
 * Who began it, whatever its addresses say: a packet that is merely passed on
 * leaves no record. What comes in is the server's, though.
 */
bool task_ask_who(struct proc_pid *p, struct task *t)
{
	struct who w;

	if (!p->who || t->inbound || !who_ring_find(p->who, &t->q.key, t->q.id, WHO_BEGAN, &w))
		return false;
	if (t->q.direction == FLOW_FORWARDED)
		task_set_here(p, t, FLOW_OUT);
	task_resolve(p, t, proc_owner_of_record(p->owners, &w), MATCH_EXACT);
	return true;
}

bool task_begin_again(const struct proc_query *q, const struct held *h, struct task *t)
{
	*t = (struct task){
		.q = *q,
		.ns = h->ns,
		.state = TASK_SEARCH,
		.match = MATCH_EXACT,
		.inbound = h->ns ? h->inbound : q->direction == FLOW_IN,
		.again = true,
	};
	t->tuple = task_tuple_at(q, t->inbound);
	if (h->inode)
		t->tuple.device = h->device ? h->device : NO_DEVICE;
	return has_sockets(t->tuple.l4) && (t->ns || q->direction != FLOW_FORWARDED);
}

void task_begin(struct proc_pid *p, const struct proc_query *q, struct task *t)
{
	*t = (struct task){
		.q = *q,
		.sock.uid = UINT32_MAX,
		.inbound = q->direction == FLOW_IN,
	};
	t->tuple = task_tuple_at(q, t->inbound);
	if (task_ask_who(p, t))
		return;
	if (q->answered)
		t->state = TASK_DONE;
	else if (task_is_portless(q))
		return;
	else if (!has_sockets(q->key.l4) || (q->direction == FLOW_FORWARDED &&
					     !p->rights.namespaces && q->key.l4 != IPPROTO_TCP))
		task_resolve(p, t, NULL, MATCH_NONE);
	else if (t->inbound && !q->shown)
		task_find_listener(p, &p->home, t);
}

void task_drop_dead(struct proc_pid *p, struct task *task, unsigned n)
{
	struct task *t[TASK_CHUNK];

	for (unsigned first = 0; first < n; first += TASK_CHUNK) {
		unsigned part = n - first < TASK_CHUNK ? n - first : TASK_CHUNK;

		part = select_tasks(task + first, part, TASK_SWEEP, -1, t);
		if (part)
			drop_dead(p, t, part);
	}
}

void task_settle(struct proc_pid *p, struct task *t, bool over)
{
	uint32_t pid = proc_search_known(p->search, t->sock.inode);

	if (pid) {
		task_resolve_found(p, t, pid, NULL);
	} else if (over) {
		set_missed(p, t->sock.inode);
		if (t->sock.inode)
			__atomic_store_n(&p->rights.unseen, true, __ATOMIC_RELAXED);
		task_resolve_sock(p, t);
	}
}
