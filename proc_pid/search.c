// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/search.c - which process has a socket open; see proc_pid/search.h.
 *
 * A process that opens a connection is nearly always either one that has just
 * begun or one that did so before. So the search goes: what the same
 * destination led to last; the newest pids downward, each first at the
 * descriptor number where the same program had its socket before (half the
 * cost of reading the whole directory); then the owners found last. Each
 * answer is read from /proc, never inferred.
 */
#include "proc_pid/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow_list.h"
#include "lib/budget.h"
#include "lib/clock.h"
#include "proc_pid/scan.h"

#define INODES 65536		/* sizes of tables, powers of two: a collision */
#define KEYS 1024		/* costs a search, never a wrong answer */
#define YOUNG 256
#define FACTS 1024
#define RECENT 8
#define HOLDERS 1024
#define NEWEST 24		/* processes looked at, */
#define NEWEST_IDS 64		/* among so many pids and thread ids */
#define DEEP 64
#define YOUNG_MS 2000		/* first seen no longer ago */
#define VAIN_MAX 4		/* read for nothing so often: left for later */
#define MAKING 8		/* the last pids may not be there yet */
#define VERIFY_MS 500		/* what was seen earlier is looked at again */
#define INIT_MS 10000		/* so long is pid 1 taken for the only holder */
#define BIG 256			/* descriptors; more are not read whenever one likes, */
#define BIG_REST 50		/* but for 1/50 of the time */
#define VISITS 128		/* processes a search looks into */

struct seen {
	uint32_t inode, pid;
	int32_t fd;
	uint32_t found, checked;	/* clock_ms() */
};

struct guess {
	uint64_t key;
	uint32_t pid;
	uint32_t again;		/* how often it was this pid once more */
	int32_t fd;
};

struct fact {
	uint32_t pid, ppid;
	uint32_t big_until;	/* not to be read before; 0: any time */
};

struct holder {
	uint32_t pid, uid;
};

struct proc_search {
	int proc_fd;
	struct seen seen[INODES];
	struct guess guess[KEYS];
	struct young {
		uint32_t pid, since;
		uint16_t vain;		/* how often it was read for nothing */
		bool gone;		/* or just a thread */
		bool found;		/* it has the socket of another flow */
	} young[YOUNG];
	struct fact fact[FACTS];
	struct proc_stat stat;		/* read in the present search; pid 0: none */
	uint32_t recent[RECENT];	/* the last found first */

	struct holder holder[HOLDERS];
	unsigned holders;

	uint32_t *sweep_pids;		/* NULL: no sweep goes on */
	int sweep_n, sweep_at;
	int sweep_dir;			/* of the process at sweep_at; -1: not begun */
	int sweep_fds;			/* of it, so far */
	int64_t sweep_ns;		/* that they took */
	bool sweep_has_socket;
};

/* One call of proc_search_find(). */
struct hunt {
	struct proc_search *s;
	const struct proc_hunt *o;
	struct proc_want *want;
	unsigned n, missing;
	int64_t until;			/* clock_ns() */
	uint32_t now;
	uint32_t visited[VISITS];
	unsigned visits;
};

struct proc_search *proc_search_new(int proc_fd)
{
	struct proc_search *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->proc_fd = proc_fd;
	s->sweep_dir = -1;
	return s;
}

void proc_search_free(struct proc_search *s)
{
	if (s && s->sweep_dir >= 0)
		close(s->sweep_dir);
	if (s)
		free(s->sweep_pids);
	free(s);
}

/* ---- who holds it, of several ---- */

static struct fact *fact_of(struct proc_search *s, uint32_t pid)
{
	struct fact *f = &s->fact[pid & (FACTS - 1)];

	if (f->pid != pid) {
		*f = (struct fact){ .pid = pid };
		if (proc_scan_stat(s->proc_fd, pid, &s->stat))
			f->ppid = s->stat.ppid;
		else
			s->stat.pid = 0;
	}
	return f;
}

/* A parent that has it at the same place opened it before the fork. */
static uint32_t eldest(struct proc_search *s, uint32_t pid, int fd, uint32_t inode)
{
	for (unsigned i = 0; i < 8; i++) {
		uint32_t ppid = fact_of(s, pid)->ppid;

		if (ppid <= 1 || proc_scan_socket(s->proc_fd, ppid, fd) != inode)
			break;
		pid = ppid;
	}
	return pid;
}

static struct seen *seen_of(struct proc_search *s, uint32_t inode)
{
	return &s->seen[inode & (INODES - 1)];
}

static void remember_socket(struct proc_search *s, uint32_t inode, uint32_t pid, int fd)
{
	uint32_t now = clock_ms();

	*seen_of(s, inode) = (struct seen){ inode, pid, fd, now, now };
}

static bool is_still_so(struct proc_search *s, struct seen *seen)
{
	uint32_t now = clock_ms();

	if (seen->pid == 1 && now - seen->found > INIT_MS)
		return false;
	if (now - seen->checked <= VERIFY_MS)
		return true;
	seen->checked = now;
	return proc_scan_socket(s->proc_fd, seen->pid, seen->fd) == seen->inode;
}

uint32_t proc_search_known(struct proc_search *s, uint32_t inode)
{
	struct seen *seen = seen_of(s, inode);

	if (!inode || seen->inode != inode)
		return 0;
	if (is_still_so(s, seen))
		return seen->pid;
	seen->inode = 0;
	return 0;
}

/* ---- the quick search ---- */

static struct guess *guess_of(struct proc_search *s, uint64_t key)
{
	return &s->guess[(key ^ key >> 32) & (KEYS - 1)];
}

static void learn_guess(struct proc_search *s, uint64_t key, uint32_t pid, int fd)
{
	struct guess *g = guess_of(s, key);

	if (g->key == key && g->pid == pid)
		g->again++;
	else
		*g = (struct guess){ .key = key, .pid = pid };
	g->fd = fd;
}

static void make_recent(struct proc_search *s, uint32_t pid)
{
	unsigned i = 0;

	while (i < RECENT - 1 && s->recent[i] != pid)
		i++;
	for (; i > 0; i--)
		s->recent[i] = s->recent[i - 1];
	s->recent[0] = pid;
}

static void hunt_found(struct hunt *h, unsigned i, uint32_t pid)
{
	h->want[i].pid = pid;
	h->missing--;
	h->o->found(h->o->ctx, i, h->s->stat.pid == pid ? &h->s->stat : NULL);
}

/* proc_scan_fn: false when nothing is missing any more. */
static bool take_socket(void *ctx, uint32_t pid, int fd, uint32_t inode)
{
	struct hunt *h = ctx;
	uint32_t owner = 0;

	for (unsigned i = 0; i < h->n; i++) {
		if (h->want[i].inode != inode || h->want[i].pid)
			continue;
		if (!owner)
			owner = eldest(h->s, pid, fd, inode);
		learn_guess(h->s, h->want[i].key, owner, fd);
		hunt_found(h, i, owner);
	}
	if (owner) {
		remember_socket(h->s, inode, owner, fd);
		make_recent(h->s, owner);
		if (h->s->young[pid & (YOUNG - 1)].pid == pid)
			h->s->young[pid & (YOUNG - 1)].found = true;
	}
	return h->missing;
}

static bool hunt_is_over(const struct hunt *h)
{
	return !h->missing || h->visits == VISITS || clock_ns() > h->until;
}

/* A process with thousands of descriptors is then left alone for a while. */
static bool is_resting(const struct proc_search *s, uint32_t pid, uint32_t now)
{
	const struct fact *f = &s->fact[pid & (FACTS - 1)];

	return f->pid == pid && f->big_until && (int32_t)(f->big_until - now) > 0;
}

/* Once a search, each. pid 1 only has what it made for others, mostly. */
static bool may_visit(struct hunt *h, uint32_t pid)
{
	if (pid <= 1 || hunt_is_over(h) || is_resting(h->s, pid, h->now))
		return false;
	for (unsigned i = 0; i < h->visits; i++)
		if (h->visited[i] == pid)
			return false;
	h->visited[h->visits++] = pid;
	return true;
}

static void note_size(struct proc_search *s, uint32_t pid, int fds, int64_t ns)
{
	struct fact *known = &s->fact[pid & (FACTS - 1)];

	/* not kept when it is small again: in 25 days it would count once more */
	if (known->pid == pid)
		known->big_until = 0;
	if (fds > BIG)
		fact_of(s, pid)->big_until = (clock_ms() + ns * BIG_REST / 1000000) | 1;
}

static bool hunt_wants(const struct hunt *h, uint32_t inode)
{
	for (unsigned i = 0; i < h->n; i++)
		if (h->want[i].inode == inode && !h->want[i].pid)
			return true;
	return false;
}

/* @pid may be a thread's number, which leads to the same descriptors. */
static void try_fd(struct hunt *h, uint32_t pid, int fd)
{
	uint32_t inode = proc_scan_socket(h->s->proc_fd, pid, fd);

	if (!inode || !hunt_wants(h, inode))
		return;
	if (!proc_scan_is_process(h->s->proc_fd, pid))
		pid = proc_scan_leader(h->s->proc_fd, pid);
	if (pid)
		take_socket(h, pid, fd, inode);
}

/* Only where sockets like those wanted were found before. */
static void glance_at(struct hunt *h, uint32_t pid)
{
	int tried = -1;

	for (unsigned i = 0; i < h->n; i++) {
		const struct guess *g = guess_of(h->s, h->want[i].key);

		if (h->want[i].pid || g->key != h->want[i].key || g->fd == tried)
			continue;
		tried = g->fd;
		try_fd(h, pid, g->fd);
	}
}

static void hunt_visit(struct hunt *h, uint32_t pid)
{
	int64_t began = clock_ns();

	if (may_visit(h, pid))
		note_size(h->s, pid, proc_scan_sockets(h->s->proc_fd, pid, h->until,
						       take_socket, h), clock_ns() - began);
}

static void visit_same(struct hunt *h)
{
	for (unsigned i = 0; i < h->n; i++) {
		const struct guess *g = guess_of(h->s, h->want[i].key);

		if (!h->want[i].pid && g->key == h->want[i].key && g->again)
			hunt_visit(h, g->pid);
	}
}

static struct young *young_of(struct hunt *h, uint32_t pid)
{
	struct young *y = &h->s->young[pid & (YOUNG - 1)];

	if (y->pid != pid)
		*y = (struct young){ .pid = pid, .since = h->now };
	return y;
}

/*
 * A program that makes one connection and ends is found at a glance. Those
 * that have one already are left for last.
 */
static void glance_newest(struct hunt *h, uint32_t last)
{
	for (uint32_t pid = last; pid > 1 && last - pid < NEWEST && h->missing; pid--) {
		const struct young *y = young_of(h, pid);

		if (!y->gone && !y->found)
			glance_at(h, pid);
	}
}

static bool is_worth_visit(struct hunt *h, struct young *y, bool deep)
{
	if (y->gone || h->now - y->since > YOUNG_MS)
		return false;
	if (!deep && (y->found || y->vain >= VAIN_MAX))
		return false;
	y->gone = !proc_scan_is_process(h->s->proc_fd, y->pid);
	return !y->gone;
}

static void visit_newest(struct hunt *h, uint32_t last, bool deep)
{
	unsigned processes = 0;

	for (uint32_t pid = last; pid > 1 && last - pid < NEWEST_IDS && h->missing &&
	     processes < NEWEST; pid--) {
		struct young *y = young_of(h, pid);
		unsigned missing = h->missing;

		if (is_worth_visit(h, y, deep)) {
			processes++;
			hunt_visit(h, pid);
			y->vain += h->missing == missing;
		}
		/* it may be in the making */
		y->gone &= last - pid >= MAKING;
	}
}

static void visit_recent(struct hunt *h)
{
	uint32_t recent[RECENT];

	memcpy(recent, h->s->recent, sizeof(recent));
	for (unsigned i = 0; i < RECENT; i++)
		hunt_visit(h, recent[i]);
}

static bool is_users(const struct hunt *h, uint32_t uid)
{
	for (unsigned i = 0; i < h->n; i++)
		if (!h->want[i].pid && h->want[i].uid == uid)
			return true;
	return false;
}

static void visit_holders(struct hunt *h)
{
	unsigned visits = 0;

	for (unsigned i = 0; i < h->s->holders && visits < DEEP; i++) {
		if (!is_users(h, h->s->holder[i].uid))
			continue;
		visits++;
		hunt_visit(h, h->s->holder[i].pid);
	}
}

static void take_known(struct hunt *h)
{
	for (unsigned i = 0; i < h->n; i++)
		h->missing += !h->want[i].pid;
	for (unsigned i = 0; i < h->n; i++) {
		uint32_t pid = h->want[i].pid ? 0 : proc_search_known(h->s, h->want[i].inode);

		if (pid)
			hunt_found(h, i, pid);
	}
}

void proc_search_find(struct proc_search *s, const struct proc_hunt *hunt)
{
	struct hunt h = {
		.s = s, .o = hunt, .want = hunt->want, .n = hunt->n,
		.until = clock_ns() + hunt->ns,
		.now = clock_ms(),
	};
	uint32_t last;

	s->stat.pid = 0;
	take_known(&h);
	for (unsigned i = 0; i < hunt->n_hints && h.missing; i++)
		hunt_visit(&h, hunt->hints[i]);
	if (h.missing)
		visit_same(&h);
	if (!h.missing)
		return;
	last = proc_scan_last_pid(s->proc_fd);
	if (hunt->depth == SEARCH_GLANCE) {
		glance_newest(&h, last);
		return;
	}
	visit_newest(&h, last, hunt->depth == SEARCH_DEEP);
	if (h.missing)
		visit_recent(&h);
	if (h.missing && hunt->depth == SEARCH_DEEP)
		visit_holders(&h);
}

/* ---- one process, one socket ---- */

struct holding {
	struct proc_search *s;
	uint32_t inode;
	bool found;
};

/* proc_scan_fn. Its other sockets are most likely searched for next. */
static bool take_held(void *ctx, uint32_t pid, int fd, uint32_t inode)
{
	struct holding *h = ctx;

	if (inode == h->inode || seen_of(h->s, inode)->inode != inode)
		remember_socket(h->s, inode, pid, fd);
	h->found |= inode == h->inode;
	return true;
}

enum proc_has proc_search_has(struct proc_search *s, uint32_t pid, uint32_t inode, int64_t ns)
{
	const struct seen *seen = seen_of(s, inode);
	struct holding h = { .s = s, .inode = inode };
	int64_t began = clock_ns();
	int n;

	if (seen->inode == inode && seen->pid == pid &&
	    proc_scan_socket(s->proc_fd, pid, seen->fd) == inode)
		return HAS_IT;
	if (is_resting(s, pid, clock_ms()))
		return HAS_UNKNOWN;
	n = proc_scan_sockets(s->proc_fd, pid, began + ns, take_held, &h);
	note_size(s, pid, n, clock_ns() - began);
	if (h.found)
		return HAS_IT;
	if (n < 0)
		return n == -ENOENT || n == -ESRCH ? HAS_NOT : HAS_UNKNOWN;
	return clock_ns() > began + ns ? HAS_UNKNOWN : HAS_NOT;
}

/* ---- the sweep ---- */

/*
 * From the highest pid down: a process is met before its parent, mostly. Of
 * two that have a socket the parent gets it, but pid 1 never.
 */
static bool is_better(struct proc_search *s, const struct seen *seen, uint32_t pid, int fd)
{
	return seen->pid == 1 ||
	       (pid > 1 && seen->fd == fd && fact_of(s, seen->pid)->ppid == pid);
}

static bool take_swept(void *ctx, uint32_t pid, int fd, uint32_t inode)
{
	struct proc_search *s = ctx;
	struct seen *seen = seen_of(s, inode);
	bool other = seen->inode == inode && seen->pid != pid &&
		     proc_scan_socket(s->proc_fd, seen->pid, seen->fd) == inode;

	s->sweep_has_socket = true;
	if (!other || is_better(s, seen, pid, fd))
		remember_socket(s, inode, pid, fd);
	return true;
}

static bool sweep_begin(struct proc_search *s)
{
	s->sweep_n = proc_scan_list(s->proc_fd, &s->sweep_pids);
	s->sweep_at = 0;
	s->sweep_dir = -1;
	s->holders = 0;
	if (s->sweep_n > 0)
		return true;
	s->sweep_pids = NULL;
	return false;
}

/* A part of the process's descriptors; true when it was the last one. */
static bool sweep_process(struct proc_search *s, uint32_t pid, int64_t until)
{
	int64_t began = clock_ns();
	int n;

	if (s->sweep_dir < 0) {
		s->sweep_has_socket = false;
		s->sweep_fds = 0;
		s->sweep_ns = 0;
	}
	n = proc_scan_part(s->proc_fd, pid, &s->sweep_dir, until, take_swept, s);
	s->sweep_ns += clock_ns() - began;
	s->sweep_fds += n > 0 ? n : 0;
	if (s->sweep_dir >= 0)
		return false;
	note_size(s, pid, s->sweep_fds, s->sweep_ns);
	if (s->sweep_has_socket && s->holders < HOLDERS)
		s->holder[s->holders++] = (struct holder){
			pid, proc_scan_uid(s->proc_fd, pid)
		};
	return true;
}

bool proc_search_sweep(struct proc_search *s, int64_t ns)
{
	int64_t until = clock_ns() + ns;

	if (!s->sweep_pids && !sweep_begin(s))
		return true;
	while (s->sweep_at < s->sweep_n) {
		s->sweep_at += sweep_process(s, s->sweep_pids[s->sweep_at], until);
		if (clock_ns() > until)
			return false;
	}
	free(s->sweep_pids);
	s->sweep_pids = NULL;
	return true;
}
