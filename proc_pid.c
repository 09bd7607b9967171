// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid.c - which local process owns a flow; see proc_pid.h.
 *
 * A flow that is asked for becomes a task. It runs through the steps below
 * until one settles it: listener, socket, search. Tasks that need CPU time
 * which is spent for now, or the sweep over /proc, wait in the backlog.
 * Speed is all: a client may live for a millisecond, so nothing stands
 * between the question and the first look at its socket.
 */
#include "proc_pid.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "budget.h"
#include "proc_listen.h"
#include "proc_owner.h"
#include "proc_rights.h"
#include "proc_scan.h"
#include "proc_search.h"
#include "sock_diag.h"

#define CHUNK 128		/* tasks run together */
#define BACKLOG 4096
#define GROUP 32		/* sockets that share a port */
#define MISSES 256		/* sockets whose process was not found; a power of two */
#define MISS_MS 10000		/* after which it is looked for again */
#define FLOW_MS_PER_S 30	/* CPU time for flows that are asked for, */
#define SWEEP_MS_PER_S 10	/* and for the sweep */
#define SLICE_NS 1000000	/* of the sweep */
#define SEARCH_NS 10000000	/* of one round, at most */
#define IDLE_MS 1000
#define RETRY_MS 5
#define TRIES 40		/* for a connection to be accepted */

enum task_state {
	TASK_OPEN,		/* nothing known yet */
	TASK_SEARCH,		/* its socket is known, who has it is not */
	TASK_SWEEP,		/* only the sweep can tell */
	TASK_DONE,
};

struct task {
	struct proc_query q;
	struct sock_tuple tuple;	/* of the socket that is looked for */
	struct sock sock;
	uint32_t sweep;			/* number of the sweep that decides */
	uint8_t state;			/* enum task_state */
	uint8_t match;			/* how it is found, where it is */
	uint8_t tries;
};

struct proc_pid {
	struct proc_pid_options o;
	int proc_fd;
	struct sock_diag *diag;
	struct listeners *listeners;
	struct proc_search *search;
	struct proc_owners *owners;
	bool sees_all;			/* processes of every user */
	bool sees_namespaces;
	uint32_t own_uid;

	struct budget flow, sweep;
	bool sweeping, swept;		/* one goes on; one was done */
	uint32_t sweeps;		/* begun so far */
	struct {
		uint32_t inode, since;
	} miss[MISSES];

	struct task *backlog;
	unsigned waiting, replace;	/* tasks there; the next to be given up */
};

/* ---- answers ---- */

static void give(struct proc_pid *p, struct task *t, struct owner *owner,
		 enum flow_match match)
{
	t->state = TASK_DONE;
	p->o.answer(p->o.ctx, t->q.cookie, owner, owner ? match : MATCH_NONE);
}

/* No process has it (any more), or it cannot be seen: what the socket says. */
static void give_sock(struct proc_pid *p, struct task *t)
{
	struct owner *owner = proc_owner_of_sock(p->owners, &t->sock, "");

	give(p, t, owner, owner && owner->unit[0] ? MATCH_UNIT : MATCH_UID);
}

static void give_pid(struct proc_pid *p, struct task *t, uint32_t pid)
{
	struct owner *owner = proc_owner_of_pid(p->owners, pid, "");

	if (owner)
		give(p, t, owner, t->match);
	else
		give_sock(p, t);
}

/* ---- the socket of a flow ---- */

static bool has_sockets(uint8_t l4)
{
	return l4 == IPPROTO_TCP || l4 == IPPROTO_UDP || l4 == IPPROTO_UDPLITE;
}

/*
 * A socket here sees its flow before its own NAT when it sends (the original
 * tuple), and after it when it receives (the reply's).
 */
static bool query_tuple(const struct proc_query *q, struct sock_tuple *t)
{
	const struct flow_ends *orig = &q->key.orig, *reply = &q->reply;
	bool out = q->direction == FLOW_OUT || q->direction == FLOW_LOCAL;

	*t = (struct sock_tuple){
		.local = out ? orig->src : reply->src,
		.lport = out ? orig->sport : reply->sport,
		.remote = out ? orig->dst : reply->dst,
		.rport = out ? orig->dport : reply->dport,
		.l3 = q->key.l3,
		.l4 = q->key.l4,
	};
	return has_sockets(t->l4) && (out || q->direction == FLOW_IN);
}

/* The one pid that has all @n sockets; 0: several have, or it is not known. */
static uint32_t common_pid(struct proc_pid *p, const struct sock *s, unsigned n, bool *known)
{
	uint32_t pid = 0, one;
	bool differ = false;

	*known = true;
	for (unsigned i = 0; i < n; i++) {
		one = proc_search_known(p->search, s[i].inode);
		if (!one)
			*known = false;
		else if (pid && one != pid)
			differ = true;
		else
			pid = one;
	}
	return *known && !differ ? pid : 0;
}

/* ---- step 1: what waits at the port ---- */

/* How many there are. */
static unsigned find_listener(struct proc_pid *p, struct task *t)
{
	struct sock s[GROUP];
	unsigned n = listeners_find(p->listeners, p->diag, &t->tuple, s, GROUP);
	uint32_t pid;
	bool known;

	if (!n)
		return 0;
	pid = common_pid(p, s, n, &known);
	if (!pid && n > 1)
		return n;	/* its own socket tells */
	t->match = MATCH_LISTENER;
	if (pid) {
		give_pid(p, t, pid);
	} else {
		t->sock = s[0];
		t->state = TASK_SEARCH;
	}
	return n;
}

/* ---- step 2: its own socket ---- */

/*
 * Several UDP sockets may have one port; which of them sent, nobody knows. If
 * they are of one process, it is that.
 */
static void check_shared(struct proc_pid *p, struct task *t)
{
	struct sock s[GROUP];
	unsigned n = listeners_find(p->listeners, p->diag, &t->tuple, s, GROUP);
	bool known;

	if (!n || (n == 1 && s[0].inode == t->sock.inode) || common_pid(p, s, n, &known))
		return;
	if (!known && !p->swept) {
		t->state = TASK_OPEN;
		return;
	}
	for (unsigned i = 0; i < n; i++)
		if (s[i].uid != t->sock.uid)
			t->sock.uid = UINT32_MAX;
	t->sock.cgroup = 0;
	give_sock(p, t);
}

/* Not accepted yet, orphaned, or in TIME_WAIT. */
static void take_unowned(struct proc_pid *p, struct task *t)
{
	unsigned listeners = 0;

	if (t->q.direction == FLOW_IN)
		listeners = find_listener(p, t);
	if (t->state == TASK_OPEN && (listeners < 2 || ++t->tries == TRIES))
		give_sock(p, t);
}

static void take_sock(struct proc_pid *p, struct task *t, const struct sock *s)
{
	t->match = MATCH_EXACT;
	t->sock = *s;
	if (!s->inode) {
		take_unowned(p, t);
		return;
	}
	t->state = TASK_SEARCH;
	if (!s->tuple.rport && t->q.direction != FLOW_IN)
		check_shared(p, t);
}

/* Those in the state @state; how many there are. */
static unsigned select_tasks(struct task *t, unsigned n, enum task_state state,
			     struct task **out)
{
	unsigned selected = 0;

	for (unsigned i = 0; i < n; i++)
		if (t[i].state == state)
			out[selected++] = &t[i];
	return selected;
}

static unsigned ask_sockets(struct proc_pid *p, struct task **t, unsigned n, struct sock *out)
{
	struct sock_tuple ask[CHUNK];

	for (unsigned i = 0; i < n; i++)
		ask[i] = t[i]->tuple;
	sock_diag_lookup(p->diag, ask, n, false, out);
	return n;
}

static void find_sockets(struct proc_pid *p, struct task *task, unsigned n)
{
	struct task *t[CHUNK];
	struct sock s[CHUNK];

	n = select_tasks(task, n, TASK_OPEN, t);
	ask_sockets(p, t, n, s);
	for (unsigned i = 0; i < n; i++)
		take_sock(p, t[i], &s[i]);
}

/* ---- step 3: who has it ---- */

static bool is_missed(const struct proc_pid *p, uint32_t inode)
{
	unsigned i = inode & (MISSES - 1);

	return p->miss[i].inode == inode && flow_clock_ms() - p->miss[i].since < MISS_MS;
}

static void set_missed(struct proc_pid *p, uint32_t inode)
{
	unsigned i = inode & (MISSES - 1);

	p->miss[i].inode = inode;
	p->miss[i].since = flow_clock_ms();
}

static uint64_t want_key(const struct task *t)
{
	return (addr_hash(&t->tuple.remote) ^ t->sock.uid) * 0x9e3779b97f4a7c15 ^
	       t->sock.cgroup ^ (uint64_t)t->tuple.rport << 8 ^ t->tuple.l4;
}

static void search_round(struct proc_pid *p, struct task **t, unsigned n, bool deep)
{
	struct proc_want want[CHUNK];
	int64_t ns = budget_left(&p->flow);

	for (unsigned i = 0; i < n; i++)
		want[i] = (struct proc_want){
			.inode = t[i]->sock.inode,
			.uid = t[i]->sock.uid,
			.key = want_key(t[i]),
		};
	proc_search_find(p->search, want, n, NULL, 0, deep, ns < SEARCH_NS ? ns : SEARCH_NS);
	for (unsigned i = 0; i < n; i++)
		if (want[i].pid)
			give_pid(p, t[i], want[i].pid);
}

/* Those that nothing more can be found out about. */
static void give_up_hopeless(struct proc_pid *p, struct task **t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (is_missed(p, t[i]->sock.inode) ||
		    (!p->sees_all && t[i]->sock.uid != p->own_uid))
			give_sock(p, t[i]);
}

/* Is the socket still there? Its process has mostly gone where it is not. */
static void drop_dead(struct proc_pid *p, struct task **t, unsigned n)
{
	struct sock s[CHUNK];

	ask_sockets(p, t, n, s);
	for (unsigned i = 0; i < n; i++) {
		if (t[i]->match == MATCH_LISTENER || s[i].inode == t[i]->sock.inode)
			continue;
		/* an orphan still tells its user and unit; what was known stays */
		if (s[i].state && s[i].uid != UINT32_MAX)
			t[i]->sock = s[i];
		give_sock(p, t[i]);
	}
}

static void find_owners(struct proc_pid *p, struct task *task, unsigned n)
{
	struct task *t[CHUNK];
	unsigned found;

	found = select_tasks(task, n, TASK_SEARCH, t);
	if (found)
		search_round(p, t, found, false);
	found = select_tasks(task, n, TASK_SEARCH, t);
	give_up_hopeless(p, t, found);
	found = select_tasks(task, n, TASK_SEARCH, t);
	if (found)
		drop_dead(p, t, found);
	found = select_tasks(task, n, TASK_SEARCH, t);
	if (found && p->swept)
		search_round(p, t, found, true);
	found = select_tasks(task, n, TASK_SEARCH, t);
	for (unsigned i = 0; i < found; i++)
		t[i]->state = TASK_SWEEP;
}

/* ---- the backlog ---- */

static struct task *backlog_find(struct proc_pid *p, uint64_t cookie)
{
	for (unsigned i = 0; i < p->waiting; i++)
		if (p->backlog[i].q.cookie == cookie)
			return &p->backlog[i];
	return NULL;
}

/* When it is full, an old one goes: it stays without an answer. */
static void backlog_add(struct proc_pid *p, const struct task *t)
{
	unsigned i = p->waiting;

	if (i < BACKLOG)
		p->waiting++;
	else
		i = p->replace++ % BACKLOG;
	p->backlog[i] = *t;
}

static void backlog_remove(struct proc_pid *p, unsigned i)
{
	p->backlog[i] = p->backlog[--p->waiting];
}

static void keep_waiting(struct proc_pid *p, struct task *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (t[i].state == TASK_DONE)
			continue;
		t[i].sweep = p->sweeps + 1;
		backlog_add(p, &t[i]);
	}
}

/* ---- a round ---- */

static void run_tasks(struct proc_pid *p, struct task *t, unsigned n)
{
	int64_t began = budget_clock();

	if (budget_left(&p->flow) > 0) {
		find_sockets(p, t, n);
		find_owners(p, t, n);
		budget_spend(&p->flow, began);
	}
	keep_waiting(p, t, n);
}

static unsigned make_task(struct proc_pid *p, const struct proc_query *q, struct task *t)
{
	struct task *old = q->shown ? backlog_find(p, q->cookie) : NULL;

	if (old) {
		old->q.shown = true;
		return 0;
	}
	*t = (struct task){ .q = *q, .sock.uid = UINT32_MAX };
	if (!query_tuple(q, &t->tuple))
		give(p, t, NULL, MATCH_NONE);
	else if (q->direction == FLOW_IN && !q->shown)
		find_listener(p, t);
	return t->state != TASK_DONE;
}

void proc_pid_lookup(struct proc_pid *p, const struct proc_query *q, unsigned n)
{
	struct task t[CHUNK];
	unsigned tasks = 0;

	for (unsigned i = 0; i < n; i++) {
		tasks += make_task(p, &q[i], &t[tasks]);
		if (tasks == CHUNK) {
			run_tasks(p, t, tasks);
			tasks = 0;
		}
	}
	if (tasks)
		run_tasks(p, t, tasks);
}

/* ---- work that waits ---- */

/* Takes tasks without a socket yet out of the backlog, those shown first. */
static unsigned backlog_take(struct proc_pid *p, struct task *out, bool shown, unsigned n)
{
	for (unsigned i = p->waiting; i-- > 0 && n < CHUNK;) {
		const struct task *t = &p->backlog[i];

		if (t->state == TASK_SWEEP || t->q.shown != shown)
			continue;
		out[n++] = *t;
		backlog_remove(p, i);
	}
	return n;
}

static void run_backlog(struct proc_pid *p)
{
	struct task t[CHUNK];
	unsigned n;

	if (budget_left(&p->flow) <= 0)
		return;
	n = backlog_take(p, t, true, 0);
	n = backlog_take(p, t, false, n);
	if (n)
		run_tasks(p, t, n);
}

/* @over: the sweep that goes on has come to its end. */
static void settle_swept(struct proc_pid *p, bool over)
{
	for (unsigned i = p->waiting; i-- > 0;) {
		struct task *t = &p->backlog[i];
		uint32_t pid;

		if (t->state != TASK_SWEEP)
			continue;
		pid = proc_search_known(p->search, t->sock.inode);
		if (pid) {
			give_pid(p, t, pid);
		} else if (over && t->sweep <= p->sweeps) {
			set_missed(p, t->sock.inode);
			give_sock(p, t);
		} else {
			continue;
		}
		backlog_remove(p, i);
	}
}

static bool is_sweep_wanted(const struct proc_pid *p)
{
	if (p->sweeping || !p->swept)
		return true;
	for (unsigned i = 0; i < p->waiting; i++)
		if (p->backlog[i].state == TASK_SWEEP)
			return true;
	return false;
}

/* The first one is what every flow waits for that was there before. */
static bool may_sweep(struct proc_pid *p)
{
	return budget_left(&p->sweep) > 0 || !p->swept;
}

static void sweep(struct proc_pid *p)
{
	int64_t began = budget_clock();
	bool over;

	if (!p->sweeping) {
		p->sweeping = true;
		p->sweeps++;
	}
	over = proc_search_sweep(p->search, SLICE_NS);
	settle_swept(p, over);
	if (over) {
		p->sweeping = false;
		p->swept = true;
	}
	budget_spend(&p->sweep, began);
}

static bool has_open_tasks(const struct proc_pid *p)
{
	for (unsigned i = 0; i < p->waiting; i++)
		if (p->backlog[i].state != TASK_SWEEP)
			return true;
	return false;
}

int proc_pid_work(struct proc_pid *p)
{
	bool wanted;

	run_backlog(p);
	wanted = is_sweep_wanted(p);
	if (wanted && may_sweep(p))
		sweep(p);
	if (has_open_tasks(p))
		return RETRY_MS;
	if (!wanted)
		return IDLE_MS;
	return p->swept ? 1000 / SWEEP_MS_PER_S : 2;
}

/* ---- figures of sockets ---- */

static int compare_infos(const void *a, const void *b)
{
	const struct sock_info *x = a, *y = b;

	return (x->flow > y->flow) - (x->flow < y->flow);
}

static unsigned info_chunk(struct proc_pid *p, const struct proc_query *q, unsigned n,
			   struct sock_info *info)
{
	struct sock_tuple ask[CHUNK];
	struct sock s[CHUNK];
	uint64_t flow[CHUNK];
	unsigned asked = 0, found = 0;

	for (unsigned i = 0; i < n; i++) {
		if (q[i].key.l4 == IPPROTO_TCP && query_tuple(&q[i], &ask[asked]))
			flow[asked++] = q[i].cookie;
	}
	sock_diag_lookup(p->diag, ask, asked, true, s);
	for (unsigned i = 0; i < asked; i++) {
		if (!s[i].rtt_us)
			continue;
		info[found++] = (struct sock_info){
			.flow = flow[i],
			.rtt_us = s[i].rtt_us,
			.rttvar_us = s[i].rttvar_us,
			.retrans = s[i].retrans,
			.cwnd = s[i].cwnd,
		};
	}
	return found;
}

unsigned proc_pid_sock_info(struct proc_pid *p, const struct proc_query *q, unsigned n,
			    struct sock_info *info)
{
	unsigned found = 0;

	for (unsigned i = 0; i < n; i += CHUNK)
		found += info_chunk(p, q + i, n - i < CHUNK ? n - i : CHUNK, info + found);
	if (found)
		qsort(info, found, sizeof(*info), compare_infos);
	return found;
}

/* ---- one process ---- */

bool proc_pid_cmdline(uint32_t pid, uint64_t start_time, char *buf, unsigned size)
{
	int proc_fd = proc_scan_open();
	struct proc_stat stat;
	bool ok;

	if (proc_fd < 0)
		return false;
	ok = proc_scan_cmdline(proc_fd, pid, buf, size) &&
	     proc_scan_stat(proc_fd, pid, &stat) && stat.start_time == start_time;
	close(proc_fd);
	return ok;
}

/* ---- start and end ---- */

const char *proc_pid_limits(const struct proc_pid *p)
{
	return proc_rights_limits(p->sees_all, p->sees_namespaces);
}

bool proc_pid_has_ring(const struct proc_pid *p)
{
	(void)p;
	return false;
}

struct proc_pid *proc_pid_new(const struct proc_pid_options *options)
{
	struct proc_pid *p = calloc(1, sizeof(*p));
	int error;

	if (!p)
		return NULL;
	p->o = *options;
	p->own_uid = geteuid();
	p->sees_all = proc_rights_all_processes();
	p->sees_namespaces = proc_rights_namespaces();
	p->flow = (struct budget){ .ms_per_s = FLOW_MS_PER_S, .most = 30000000,
				   .left = 30000000, .filled = flow_clock_ms() };
	p->sweep = (struct budget){ .ms_per_s = SWEEP_MS_PER_S, .most = 2000000,
				    .left = 2000000, .filled = flow_clock_ms() };
	p->proc_fd = proc_scan_open();
	p->diag = sock_diag_open();
	error = p->proc_fd < 0 ? -p->proc_fd : errno;
	p->backlog = calloc(BACKLOG, sizeof(*p->backlog));
	p->listeners = listeners_new();
	p->search = proc_search_new(p->proc_fd);
	p->owners = proc_owners_new(p->proc_fd);
	if (p->proc_fd >= 0 && p->diag && p->backlog && p->listeners && p->search && p->owners)
		return p;
	proc_pid_free(p);
	errno = error;
	return NULL;
}

void proc_pid_free(struct proc_pid *p)
{
	if (!p)
		return;
	proc_owners_free(p->owners);
	proc_search_free(p->search);
	listeners_free(p->listeners);
	free(p->backlog);
	sock_diag_close(p->diag);
	if (p->proc_fd >= 0)
		close(p->proc_fd);
	free(p);
}
