// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid.c - which local process owns a flow; see proc_pid.h.
 *
 * A flow that is asked for becomes a task, which runs through the steps of
 * proc_pid/task.c until one settles it. Tasks that need CPU time which is spent
 * for now, or the sweep over /proc, wait in the backlog here.
 */
#include "proc_pid.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"
#include "proc_pid/command.h"
#include "proc_pid/int.h"
#include "proc_pid/scan.h"

#define BACKLOG 4096
#define FLOW_MS_PER_S 30	/* CPU time for flows that are asked for, */
#define SWEEP_MS_PER_S 10	/* for the sweep, */
#define CHECK_MS_PER_S 3	/* and for checks of known processes */
#define HURRY_MS_PER_S 1000	/* for flows, if the user waits */
#define BURST_NS 100000000	/* that may be saved up for many at once */
#define SLICE_NS 1000000	/* of the sweep */
#define IDLE_MS 1000
#define SWEEP_REST_MS 500
#define RETRY_MS 5
#define RING_MS 100
#define HEAR_MS 20
#define RATE_MS 100
#define BUSY_RATE 300		/* new flows a second from which on it gathers them */
#define HIGH_RATE 600
#define RING_RATE 50		/* the same, where nothing is lost by it */
#define SHORT_PAUSE_MS 2
#define LONG_PAUSE_MS 10

/* ---- the backlog ---- */

/* Cookies are the caller's, no stranger's: no seed is needed. */
static uint64_t cookie_hash(uint64_t cookie)
{
	return cookie * 0x9e3779b97f4a7c15 >> 32;
}

/* hash_match_fn */
static bool is_cookie(const void *backlog, uint32_t number, const void *cookie)
{
	return ((const struct task *)backlog)[number].q.cookie == *(const uint64_t *)cookie;
}

/* hash_match_fn */
static bool backlog_is_number(const void *ctx, uint32_t number, const void *wanted)
{
	(void)ctx;
	return number == *(const uint32_t *)wanted;
}

/* Of the task number @i, and not of another with its cookie. */
static struct hash_entry *backlog_entry(struct proc_pid *p, uint32_t i)
{
	return hash_table_find(&p->by_cookie, cookie_hash(p->backlog[i].q.cookie),
			       backlog_is_number, NULL, &i);
}

static struct task *backlog_find(struct proc_pid *p, uint64_t cookie)
{
	struct hash_entry *e = hash_table_find(&p->by_cookie, cookie_hash(cookie), is_cookie,
					       p->backlog, &cookie);

	return e ? &p->backlog[e->number] : NULL;
}

/* The last one takes its place. */
static void backlog_remove(struct proc_pid *p, unsigned i)
{
	hash_table_remove(&p->by_cookie, backlog_entry(p, i));
	p->waiting--;
	if (i == p->waiting)
		return;
	backlog_entry(p, p->waiting)->number = i;
	p->backlog[i] = p->backlog[p->waiting];
}

/* When it is full, an old one goes: it stays without an answer. */
static void backlog_add(struct proc_pid *p, const struct task *t)
{
	if (p->waiting == BACKLOG)
		backlog_remove(p, p->replace++ % BACKLOG);
	hash_table_add(&p->by_cookie, cookie_hash(t->q.cookie), p->waiting);
	p->backlog[p->waiting++] = *t;
}

static void keep_waiting(struct proc_pid *p, struct task *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (t[i].state == TASK_DONE)
			continue;
		/* its socket may be gone by then */
		if (t[i].state == TASK_SEARCH && t[i].match != MATCH_LISTENER && !t[i].ns)
			t[i].state = TASK_OPEN;
		t[i].sweep = p->sweeps + 1;
		backlog_add(p, &t[i]);
	}
}

/* ---- questions ---- */

/* The same flow again: the who ring may know it now. */
static void ask_again(struct proc_pid *p, struct task *old, const struct proc_query *q)
{
	old->q.shown |= q->shown;
	if (task_ask_who(p, old))
		backlog_remove(p, old - p->backlog);
}

static void run_tasks(struct proc_pid *p, struct task *t, unsigned n)
{
	task_run(p, t, n);
	keep_waiting(p, t, n);
}

/*
 * Must it be asked for before its process has gone? Not where a ring knows
 * that, nor where only a listener counts.
 */
static bool is_hasty(const struct proc_pid *p, const struct proc_query *q)
{
	if (q->direction == FLOW_IN || (p->ring && q->key.l4 == IPPROTO_TCP))
		return false;
	return q->direction == FLOW_FORWARDED ? p->rights.namespaces :
	       !p->who || who_ring_is_deaf(p->who);
}

/* How many are asked for a second, by the last tenth of one. */
static void count_flows(struct proc_pid *p, const struct proc_query *q, unsigned n)
{
	uint32_t now = clock_ms();

	if (now - p->counted >= RATE_MS) {
		bool recent = now - p->counted < 2 * RATE_MS;

		p->rate = recent ? p->count * 1000 / RATE_MS : 0;
		p->hasty_rate = recent ? p->hasty * 1000 / RATE_MS : 0;
		p->count = p->hasty = 0;
		p->counted = now;
	}
	p->count += n;
	for (unsigned i = 0; i < n; i++)
		p->hasty += is_hasty(p, &q[i]);
}

unsigned proc_pid_pause_ms(const struct proc_pid *p)
{
	if (clock_ms() - p->counted >= 2 * RATE_MS)
		return 0;
	if (p->hasty_rate >= HIGH_RATE)
		return LONG_PAUSE_MS;
	if (p->hasty_rate >= BUSY_RATE)
		return SHORT_PAUSE_MS;
	/* the rings forget nothing meanwhile */
	return !p->hasty_rate && p->rate >= RING_RATE ? LONG_PAUSE_MS : 0;
}

void proc_pid_lookup(struct proc_pid *p, const struct proc_query *q, unsigned n)
{
	struct task t[TASK_CHUNK];
	unsigned tasks = 0;

	count_flows(p, q, n);
	if (p->who)
		who_ring_read(p->who);
	for (unsigned i = 0; i < n; i++) {
		struct task *old = backlog_find(p, q[i].cookie);

		if (old) {
			ask_again(p, old, &q[i]);
			continue;
		}
		task_begin(p, &q[i], &t[tasks]);
		tasks += t[tasks].state != TASK_DONE;
		if (tasks == TASK_CHUNK) {
			run_tasks(p, t, tasks);
			tasks = 0;
		}
	}
	if (tasks)
		run_tasks(p, t, tasks);
}

bool proc_pid_check(struct proc_pid *p, const struct proc_claim *c, unsigned n)
{
	struct task t[TASK_CHUNK];
	unsigned passed_on, tasks = 0;
	int64_t began = clock_cpu();

	if (budget_left(&p->check) <= 0)
		return false;
	passed_on = check_claims(p, c, n < TASK_CHUNK ? n : TASK_CHUNK, t);
	budget_spend(&p->check, began);
	for (unsigned i = 0; i < passed_on; i++)
		if (!backlog_find(p, t[i].q.cookie))
			t[tasks++] = t[i];
	if (tasks)
		run_tasks(p, t, tasks);
	return true;
}

/* ---- work that waits ---- */

static bool is_ready(const struct proc_pid *p, const struct task *t)
{
	return t->state == TASK_OPEN || t->state == TASK_SEARCH ||
	       (t->state == TASK_LOOK && !netns_wait(p->netns));
}

/* Takes tasks that can go on out of the backlog, those shown first. */
static unsigned backlog_take(struct proc_pid *p, struct task *out, bool shown, unsigned n)
{
	for (unsigned i = p->waiting; i-- > 0 && n < TASK_CHUNK;) {
		const struct task *t = &p->backlog[i];

		if (!is_ready(p, t) || t->q.shown != shown)
			continue;
		out[n] = *t;
		if (t->state == TASK_LOOK)
			out[n].state = TASK_OPEN;
		n++;
		backlog_remove(p, i);
	}
	return n;
}

static void run_backlog(struct proc_pid *p)
{
	struct task t[TASK_CHUNK];
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

		if (t->state != TASK_SWEEP)
			continue;
		task_settle(p, t, over && t->sweep <= p->sweeps);
		if (t->state == TASK_DONE)
			backlog_remove(p, i);
	}
}

static void drop_done(struct proc_pid *p)
{
	for (unsigned i = p->waiting; i-- > 0;)
		if (p->backlog[i].state == TASK_DONE)
			backlog_remove(p, i);
}

/* The ring knows of a connection once it was answered, budget or not. */
static void hear_ring_for_backlog(struct proc_pid *p)
{
	if (!p->ring || clock_ms() - p->heard_at < HEAR_MS)
		return;
	p->heard_at = clock_ms();
	task_ask_ring(p, p->backlog, p->waiting);
	drop_done(p);
}

static bool has_swept_tasks(const struct proc_pid *p)
{
	for (unsigned i = 0; i < p->waiting; i++)
		if (p->backlog[i].state == TASK_SWEEP)
			return true;
	return false;
}

/*
 * The first one is what every flow waits for that was there before. Later on,
 * most of what was not found at once was a process that is gone soon: so
 * there is a rest between, after which only living sockets count.
 */
static bool is_sweep_wanted(struct proc_pid *p)
{
	if (p->sweeping || !p->swept)
		return true;
	if (!has_swept_tasks(p) || clock_ms() - p->swept_at < SWEEP_REST_MS)
		return false;
	task_drop_dead(p, p->backlog, p->waiting);
	drop_done(p);
	return has_swept_tasks(p);
}

static bool may_sweep(struct proc_pid *p)
{
	return budget_left(&p->sweep) > 0 || !p->swept;
}

static void sweep_slice(struct proc_pid *p)
{
	int64_t began = clock_cpu();
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
		p->swept_at = clock_ms();
	}
	budget_spend(&p->sweep, began);
}

/* In how many ms a task can go on; @idle at most. */
static int until_ready(const struct proc_pid *p, int idle)
{
	for (unsigned i = 0; i < p->waiting; i++) {
		if (is_ready(p, &p->backlog[i]))
			return RETRY_MS;
		if (p->backlog[i].state == TASK_LOOK && (int)netns_wait(p->netns) < idle)
			idle = netns_wait(p->netns);
	}
	return idle;
}

int proc_pid_work(struct proc_pid *p)
{
	int idle = p->ring || p->who ? RING_MS : IDLE_MS;
	bool wanted;

	if (p->who)
		who_ring_read(p->who);
	hear_ring_for_backlog(p);
	run_backlog(p);
	wanted = is_sweep_wanted(p);
	if (wanted && may_sweep(p))
		sweep_slice(p);
	if (wanted)
		idle = p->swept ? 1000 / SWEEP_MS_PER_S : 2;
	else if (has_swept_tasks(p))
		idle = RING_MS;
	return until_ready(p, idle);
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
	struct sock_tuple ask[TASK_CHUNK];
	struct sock s[TASK_CHUNK];
	uint64_t flow[TASK_CHUNK];
	unsigned asked = 0, found = 0;

	for (unsigned i = 0; i < n; i++) {
		if (q[i].key.l4 == IPPROTO_TCP && task_tuple(&q[i], &ask[asked]))
			flow[asked++] = q[i].cookie;
	}
	sock_diag_lookup(p->home.diag, ask, asked, true, s);
	for (unsigned i = 0; i < asked; i++) {
		if (!s[i].rtt_us)
			continue;
		info[found++] = (struct sock_info){
			.flow = flow[i],
			.rtt_us = s[i].rtt_us,
			.rttvar_us = s[i].rttvar_us,
			.retrans = s[i].retrans,
			.cwnd = s[i].cwnd,
			.sent = s[i].sent,
			.received = s[i].received,
		};
	}
	return found;
}

unsigned proc_pid_sock_info(struct proc_pid *p, const struct proc_query *q, unsigned n,
			    struct sock_info *info)
{
	unsigned found = 0;

	for (unsigned i = 0; i < n; i += TASK_CHUNK)
		found += info_chunk(p, q + i, n - i < TASK_CHUNK ? n - i : TASK_CHUNK, info + found);
	if (found)
		qsort(info, found, sizeof(*info), compare_infos);
	return found;
}

/*
 * The cookie is looked up: without it the kernel would close the listener
 * where the connection is over.
 */
static int close_socket(struct sock_diag *d, const struct sock_tuple *ask)
{
	struct sock s;
	int ret = sock_diag_lookup(d, ask, 1, false, &s);

	if (ret)
		return ret;
	if (!s.state)
		return -ENOENT;
	if (!s.tuple.rport)
		return -ENOTCONN;
	/* a socket of IPv6 is found by its IPv4 ends, and closed by them */
	s.tuple = *ask;
	return sock_diag_destroy(d, &s);
}

int proc_pid_close_socket(uint8_t l3, uint8_t l4, const struct flow_ends *ends)
{
	const struct sock_tuple ask = {
		.local = ends->src, .lport = ends->sport,
		.remote = ends->dst, .rport = ends->dport, .l3 = l3, .l4 = l4,
	};
	struct sock_diag *d = sock_diag_open();
	int ret;

	if (!d)
		return -errno;
	ret = close_socket(d, &ask);
	sock_diag_close(d);
	return ret;
}

/* ---- one process ---- */

uint64_t proc_pid_start_time(uint32_t pid)
{
	int proc_fd = proc_scan_open();
	struct proc_stat stat;
	bool ok;

	if (proc_fd < 0)
		return 0;
	ok = proc_scan_stat(proc_fd, pid, &stat);
	close(proc_fd);
	return ok ? stat.start_time : 0;
}

static void read_command(struct proc_pid *p, const struct proc_stat *stat, struct command *c)
{
	struct proc_stat parent;
	char args[4096];
	int len = commands_read(p->commands, stat->pid, args, sizeof(args));

	command_line(args, len, c->line, sizeof(c->line));
	if (!stat->ppid || !proc_scan_stat(p->proc_fd, stat->ppid, &parent))
		return;
	c->parent = stat->ppid;
	snprintf(c->parent_name, sizeof(c->parent_name), "%s", parent.name);
}

struct command *proc_pid_command(struct proc_pid *p, uint32_t pid, uint64_t start_time)
{
	struct command *c = calloc(1, sizeof(*c));
	struct proc_stat before, after;

	if (!c)
		return NULL;
	if (proc_scan_stat(p->proc_fd, pid, &before) && before.start_time == start_time)
		read_command(p, &before, c);
	/* read of what has its pid by now */
	if (!proc_scan_stat(p->proc_fd, pid, &after) || after.start_time != start_time)
		*c = (struct command){ 0 };
	c->read_at = clock_ms();
	return c;
}

/* ---- start and end ---- */

const char *proc_pid_limits(const struct proc_pid *p)
{
	return proc_rights_limits(&p->rights);
}

bool proc_pid_has_ring(const struct proc_pid *p)
{
	return p->ring;
}

static int open_home(const struct proc_pid_options *o)
{
	if (o->netns_fd >= 0)
		return fcntl(o->netns_fd, F_DUPFD_CLOEXEC, 0);
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static bool open_all(struct proc_pid *p)
{
	p->proc_fd = proc_scan_open();
	p->home_fd = open_home(&p->o);
	p->home.diag = sock_diag_open();
	if (p->proc_fd < 0 || p->home_fd < 0 || !p->home.diag)
		return false;
	p->backlog = calloc(BACKLOG, sizeof(*p->backlog));
	p->home.listeners = listeners_new();
	p->connections = connections_new();
	p->search = proc_search_new(p->proc_fd);
	p->commands = commands_new(p->proc_fd);
	p->owners = p->commands ? proc_owners_new(p->proc_fd, p->commands) : NULL;
	p->netns = netns_new(p->proc_fd, p->home_fd, p->o.stop);
	if (!p->backlog || !p->home.listeners || !p->connections || !p->search || !p->owners ||
	    !p->netns || !hash_table_reserve(&p->by_cookie, BACKLOG))
		return false;
	p->who = who_ring_is_on(p->o.who) ? p->o.who : NULL;
	if (p->o.perf)
		p->ring = perf_ring_open();
	return true;
}

static struct budget budget_of(uint32_t ms_per_s, int64_t most)
{
	return (struct budget){ .left = most, .most = most, .ms_per_s = ms_per_s,
				.filled = clock_ms() };
}

struct proc_pid *proc_pid_new(const struct proc_pid_options *options)
{
	struct proc_pid *p = calloc(1, sizeof(*p));
	int error;

	if (!p)
		return NULL;
	p->o = *options;
	p->own_uid = geteuid();
	p->rights = (struct proc_rights){
		.all_processes = proc_rights_all_processes(),
		.namespaces = proc_rights_namespaces(),
		.own_pids = proc_rights_own_pids(),
	};
	p->flow = budget_of(p->o.hurry ? HURRY_MS_PER_S : FLOW_MS_PER_S, BURST_NS);
	p->sweep = budget_of(SWEEP_MS_PER_S, 2 * SLICE_NS);
	p->check = budget_of(CHECK_MS_PER_S, 5 * SLICE_NS);
	if (open_all(p))
		return p;
	error = errno;
	proc_pid_free(p);
	errno = error;
	return NULL;
}

void proc_pid_free(struct proc_pid *p)
{
	if (!p)
		return;
	perf_ring_close(p->ring);
	netns_free(p->netns);
	proc_owners_free(p->owners);
	commands_free(p->commands);
	proc_search_free(p->search);
	connections_free(p->connections);
	listeners_free(p->home.listeners);
	hash_table_free(&p->by_cookie);
	free(p->backlog);
	sock_diag_close(p->home.diag);
	if (p->home_fd >= 0)
		close(p->home_fd);
	if (p->proc_fd >= 0)
		close(p->proc_fd);
	free(p);
}
