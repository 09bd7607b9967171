/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enrich.c - the worker beside the data path.
 *
 * Three things wake it: new flows (asked of proc_pid at once, in batches that
 * grow with their rate), the time for the sweep, and each TICK_MS a look at
 * what is shown: its processes first, its places, its names, its sockets. A
 * screen is looked at as a whole; a page of thousands of rows is taken in parts,
 * one after the other at once, until a round over it left nothing to look for.
 * Where a filter or a sort key needs places of every flow, these are looked up
 * in slices of the table.
 */
#include "enrich.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <urcu.h>

#include "dns.h"
#include "enrich/command.h"
#include "geoip.h"
#include "lib/clock.h"
#include "proc_pid.h"
#include "who_ring.h"

#define BATCH		128		/* flows asked of proc_pid at once */
#define TICK_MS		100		/* between looks at the window */
#define CHECK_TICKS	20		/* in which each process shown is checked once, */
#define CHECKS		64		/* but for no more than so many rows a tick */
#define SOCK_MS		1000		/* between looks at tcp_info */
#define WORKERS_MS	1000		/* between looks for the workers of a listener */
#define PLACES_MS	500		/* between rounds over the table for places */
#define GEO_MS		5000		/* between looks whether databases changed */
#define SHOWN_MAX	1024		/* rows of the window that are looked at together */
#define NAMES_MAX	4096		/* addresses wanted at once */
#define OWNER_TURNS	8		/* batches of other flows asked for, a tick */
#define SLICE		4096		/* flows of the table a turn, for places */

struct shown {
	struct flow_handle handle;
	struct proc_query query;
	uint8_t match;
	bool placed;
};

struct enrich {
	struct enrich_options o;
	struct flow_list *table;
	struct proc_pid *proc;
	struct dns *dns;
	struct geoip *geo;
	pthread_t thread;
	int wake_fd;
	int stop;
	int names;			/* wanted now */
	uint64_t pending;		/* pack_pending() */

	/* the part of the window at hand, and the round over the parts */
	struct shown shown[SHOWN_MAX];
	unsigned n_shown, n_window, at, name_at;
	unsigned screen_needs, table_needs;
	unsigned check_at;		/* row of the window whose process is checked next */
	unsigned missing;		/* of this round so far: enum flow_need */
	bool workers, sockets;		/* this round looks at these, too */
	uint64_t window;		/* its serial */
	struct sock_info *sock;		/* of this round so far */
	unsigned n_sock, sock_room;
	uint32_t place_slot, name_slot, owner_slot, command_slot;	/* next slices of the table */
	uint32_t next_tick, next_sock, next_workers, next_geo, next_work, next_places,
		 next_check;
};

/* ---- processes ---- */

static void query_fill(struct proc_query *q, const struct flow *f, struct flow_handle h,
		       bool shown)
{
	*q = (struct proc_query){
		.cookie = flow_handle_pack(h),
		.key = f->key,
		.reply = f->reply,
		.id = f->id,
		.direction = flow_direction(f),
		.start = flow_read(f->start),
		.shown = shown,
	};
}

static void enrich_answer(void *ctx, uint64_t cookie, struct owner *owner, enum flow_match match)
{
	struct enrich *e = ctx;

	flow_list_set_owner(e->table, flow_handle_unpack(cookie), owner, match);
}

/* proc_here_fn */
static void take_here(void *ctx, uint64_t cookie, enum flow_direction direction)
{
	struct enrich *e = ctx;

	flow_list_add_direction(e->table, flow_handle_unpack(cookie), direction);
}

/* ---- deleters ---- */

#define PID_LIMIT 4194304	/* the kernel's */

/*
 * The event socket's program has seen who did it. Else the port id is all there
 * is: that of a program's first netlink socket is its PID.
 */
static void take_deleter(struct enrich *e, const struct flow *f)
{
	struct deleter d = { .port = flow_ended_by(f) };
	struct who who;

	if (who_ring_is_on(e->o.who)) {
		who_ring_read(e->o.who);
		if (who_ring_find(e->o.who, &f->key, f->id, WHO_DELETED, &who)) {
			d.pid = who.pid;
			memcpy(d.name, who.name, sizeof(d.name));
		}
	}
	if (!d.pid && d.port <= PID_LIMIT)
		d.pid = d.port;
	deleter_publish(&d);
}

/* ---- flows that began ---- */

static void place_flow(struct enrich *e, struct flow_handle h, const struct flow_ends *ends)
{
	flow_list_set_places(e->table, h, geoip_place(e->geo, &ends->src),
			     geoip_place(e->geo, &ends->dst));
}

/* Asks for the flows that began. */
static void take_new(struct enrich *e)
{
	struct flow_handle h[BATCH];
	struct proc_query q[BATCH];
	unsigned taken, n;

	do {
		taken = flow_list_take_new(e->table, h, BATCH);
		n = 0;
		rcu_read_lock();
		for (unsigned i = 0; i < taken; i++) {
			const struct flow *f = flow_list_get_rcu(e->table, h[i]);

			if (f && flow_ended_by(f))
				take_deleter(e, f);
			if (!f || (flow_ended_by(f) && flow_read(f->match) != MATCH_PENDING))
				continue;
			/* a dump may have shown it before its event came */
			query_fill(&q[n], f, h[i], false);
			q[n++].answered = flow_read(f->match) != MATCH_PENDING;
		}
		rcu_read_unlock();
		if (n)
			proc_pid_lookup(e->proc, q, n);
		for (unsigned i = 0; i < n && e->geo && e->table_needs & NEED_PLACE; i++)
			place_flow(e, flow_handle_unpack(q[i].cookie), &q[i].key.orig);
	} while (taken == BATCH && !__atomic_load_n(&e->stop, __ATOMIC_RELAXED));
}

/* ---- what the screen shows ---- */

static void begin_window(struct enrich *e, const struct flow_window *w)
{
	e->window = w->serial;
	e->n_window = w->n;
	e->screen_needs = w->screen_needs;
	e->table_needs = w->table_needs;
	e->at = e->name_at = 0;
	if (w->n > SHOWN_MAX)
		e->next_sock = clock_ms();	/* it is not looked at for long */
}

/* The part of the window that begins at e->at. */
static void read_window(struct enrich *e)
{
	const struct flow_window *w;

	e->n_shown = 0;
	rcu_read_lock();
	w = flow_list_window_rcu(e->table);
	if (w->serial != e->window)
		begin_window(e, w);
	for (unsigned i = e->at; i < w->n && i - e->at < SHOWN_MAX; i++) {
		const struct flow *f = flow_list_get_rcu(e->table, w->flow[i]);
		struct shown *s = &e->shown[e->n_shown];

		if (!f)
			continue;
		s->handle = w->flow[i];
		s->match = flow_read(f->match);
		s->placed = flow_read(f->src_place) != PLACE_UNKNOWN;
		query_fill(&s->query, f, s->handle, true);
		e->n_shown++;
	}
	rcu_read_unlock();
}

static bool shown_owners(struct enrich *e, bool workers)
{
	struct proc_query q[BATCH];
	bool pending = false;
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_shown; i++) {
		bool unknown = e->shown[i].match == MATCH_PENDING;

		/* which of the listener's workers took it is known a little later */
		if (!unknown && (!workers || e->shown[i].match != MATCH_LISTENER))
			continue;
		pending |= unknown;
		q[n++] = e->shown[i].query;
		if (n == BATCH) {
			proc_pid_lookup(e->proc, q, n);
			n = 0;
		}
	}
	if (n)
		proc_pid_lookup(e->proc, q, n);
	return pending;
}

/* False: nobody was named for it, or it has ended. */
static bool claim_fill_rcu(struct proc_claim *c, const struct flow *f, struct flow_handle h)
{
	struct owner *owner = rcu_dereference(f->owner);

	if (!owner || !owner->pid || flow_read(f->match) != MATCH_EXACT ||
	    flow_read(f->flags) & FLOW_ENDED)
		return false;
	c->owner = owner_ref(owner);
	query_fill(&c->q, f, h, true);
	return c->owner;
}

/* Claims of the next rows of the window; *rows: how many rows these are of. */
static unsigned next_claims(struct enrich *e, struct proc_claim *c, unsigned *rows)
{
	const struct flow_window *w;
	unsigned n = 0;

	rcu_read_lock();
	w = flow_list_window_rcu(e->table);
	if (e->check_at >= w->n)
		e->check_at = 0;
	*rows = w->n / CHECK_TICKS + 1;
	if (*rows > CHECKS)
		*rows = CHECKS;
	for (unsigned i = e->check_at; i < w->n && i < e->check_at + *rows; i++) {
		const struct flow *f = flow_list_get_rcu(e->table, w->flow[i]);

		n += f && claim_fill_rcu(&c[n], f, w->flow[i]);
	}
	rcu_read_unlock();
	return n;
}

/* Processes pass sockets on, and run other programs: what is shown is true now. */
static void check_owners(struct enrich *e, uint32_t now)
{
	struct proc_claim c[CHECKS];
	unsigned rows, n = next_claims(e, c, &rows);

	e->next_check = now + TICK_MS;
	if (proc_pid_check(e->proc, c, n))
		e->check_at += rows;
	for (unsigned i = 0; i < n; i++)
		owner_unref(c[i].owner);
}

/* Most answers come at once: somebody may wait for this window to be done. */
static bool still_pending(struct enrich *e)
{
	read_window(e);
	for (unsigned i = 0; i < e->n_shown; i++)
		if (e->shown[i].match == MATCH_PENDING)
			return true;
	return false;
}

/*
 * Owners of the flows that were there before flowtop, where a filter, a sort
 * key or a group asks for everybody's: so many a look, and not the shown ones'
 * turn.
 */
static void table_owners(struct enrich *e)
{
	uint32_t slots = flow_list_slots(e->table), end = e->owner_slot + SLICE;
	struct proc_query q[BATCH];
	unsigned n = 0;

	if (end > slots)
		end = slots;
	rcu_read_lock();
	for (; e->owner_slot < end && n < BATCH; e->owner_slot++) {
		struct flow_handle h;
		const struct flow *f = flow_list_at_rcu(e->table, e->owner_slot, &h);

		if (!f || flow_read(f->match) != MATCH_PENDING)
			continue;
		query_fill(&q[n++], f, h, false);
	}
	rcu_read_unlock();
	if (e->owner_slot >= slots)
		e->owner_slot = 0;
	if (n)
		proc_pid_lookup(e->proc, q, n);
}

/* ---- command lines ---- */

/* True where there may be more to read. */
static bool shown_commands(struct enrich *e)
{
	struct wanted_commands w = { .n = 0 };

	rcu_read_lock();
	for (unsigned i = 0; i < e->n_shown; i++) {
		const struct flow *f = flow_list_get_rcu(e->table, e->shown[i].handle);

		if (f)
			wanted_commands_add_rcu(&w, f, true);
	}
	rcu_read_unlock();
	wanted_commands_read(&w, e->proc);
	return w.n == WANTED_COMMANDS;
}

/* Of a slice of the table, where a filter asks for them. */
static void table_commands(struct enrich *e)
{
	uint32_t slots = flow_list_slots(e->table), end = e->command_slot + SLICE;
	struct wanted_commands w = { .n = 0 };

	if (end > slots)
		end = slots;
	rcu_read_lock();
	for (; e->command_slot < end && w.n < WANTED_COMMANDS; e->command_slot++) {
		const struct flow *f = flow_list_at_rcu(e->table, e->command_slot, NULL);

		if (f)
			wanted_commands_add_rcu(&w, f, false);
	}
	rcu_read_unlock();
	if (e->command_slot >= slots)
		e->command_slot = 0;
	wanted_commands_read(&w, e->proc);
}

/* ---- places and names ---- */

static void shown_places(struct enrich *e)
{
	for (unsigned i = 0; i < e->n_shown; i++)
		if (!e->shown[i].placed)
			place_flow(e, e->shown[i].handle, &e->shown[i].query.key.orig);
}

/* Addresses of a slice of the table that have no name yet. */
static unsigned table_names(struct enrich *e, struct addr *want, unsigned n)
{
	uint32_t slots = flow_list_slots(e->table), end = e->name_slot + SLICE;

	if (end > slots)
		end = slots;
	rcu_read_lock();
	for (; e->name_slot < end && n + 2 < NAMES_MAX; e->name_slot++) {
		const struct flow *f = flow_list_at_rcu(e->table, e->name_slot, NULL);

		if (f && !name_get_rcu(&f->key.orig.dst))
			want[n++] = f->key.orig.dst;
		if (f && !name_get_rcu(&f->key.orig.src))
			want[n++] = f->key.orig.src;
		if (f && !name_get_rcu(&f->reply.src))
			want[n++] = f->reply.src;
	}
	rcu_read_unlock();
	if (e->name_slot >= slots)
		e->name_slot = 0;
	return n;
}

static unsigned want_unnamed_rcu(struct addr *want, const struct addr *a)
{
	if (name_get_rcu(a))
		return 0;
	*want = *a;
	return 1;
}

/* Addresses of the next part of a window of many parts that have no name yet. */
static unsigned part_names(struct enrich *e, struct addr *want)
{
	const struct flow_window *w;
	unsigned n = 0;

	rcu_read_lock();
	w = flow_list_window_rcu(e->table);
	for (; e->name_at < e->n_window && w->serial == e->window && n + 2 < NAMES_MAX;
	     e->name_at++) {
		const struct flow *f = flow_list_get_rcu(e->table, w->flow[e->name_at]);

		if (!f)
			continue;
		n += want_unnamed_rcu(want + n, &f->key.orig.dst);
		n += want_unnamed_rcu(want + n, &f->key.orig.src);
		if (!addr_equal(&f->reply.src, &f->key.orig.dst))
			n += want_unnamed_rcu(want + n, &f->reply.src);
	}
	rcu_read_unlock();
	return n;
}

/* The cursor's row and the rows in view. */
static unsigned shown_names(const struct enrich *e, struct addr *want)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_shown; i++) {
		const struct proc_query *q = &e->shown[i].query;

		want[n++] = q->key.orig.dst;
		want[n++] = q->key.orig.src;
		if (!addr_equal(&q->reply.src, &q->key.orig.dst))
			want[n++] = q->reply.src;
	}
	return n;
}

/* What is shown, and the table where a filter asks. */
static void want_names(struct enrich *e)
{
	bool parts = e->n_window > SHOWN_MAX;
	struct addr want[NAMES_MAX];
	unsigned n = 0;

	if (__atomic_load_n(&e->names, __ATOMIC_RELAXED)) {
		if (parts && !dns_idle(e->dns))
			return;		/* the last part first */
		n = parts ? part_names(e, want) : shown_names(e, want);
		if (e->table_needs & NEED_NAME)
			n = table_names(e, want, n);
	}
	dns_want(e->dns, n ? want : NULL, n);
}

static bool names_pending(const struct enrich *e)
{
	return !dns_idle(e->dns) ||
	       (e->n_window > SHOWN_MAX && e->name_at < e->n_window &&
		__atomic_load_n(&e->names, __ATOMIC_RELAXED));
}

static bool sock_reserve(struct enrich *e, unsigned more)
{
	unsigned room = e->sock_room ? e->sock_room : SHOWN_MAX;
	struct sock_info *bigger;

	while (room < e->n_sock + more)
		room *= 2;
	if (room == e->sock_room)
		return true;
	bigger = realloc(e->sock, room * sizeof(*bigger));
	if (!bigger)
		return false;
	e->sock = bigger;
	e->sock_room = room;
	return true;
}

static void shown_sockets(struct enrich *e)
{
	struct proc_query q[SHOWN_MAX];

	if (!sock_reserve(e, e->n_shown))
		return;
	for (unsigned i = 0; i < e->n_shown; i++)
		q[i] = e->shown[i].query;
	e->n_sock += proc_pid_sock_info(e->proc, q, e->n_shown, e->sock + e->n_sock);
}

static int compare_socks(const void *a, const void *b)
{
	const struct sock_info *x = a, *y = b;

	return (x->flow > y->flow) - (x->flow < y->flow);
}

/* All that the round has found. */
static void publish_sockets(struct enrich *e)
{
	if (e->n_sock)
		qsort(e->sock, e->n_sock, sizeof(*e->sock), compare_socks);
	sock_info_publish(e->sock, e->n_sock);
	e->n_sock = 0;
}

/* ---- places of every flow, in slices ---- */

/* True while there is more to do in this round over the table. */
static bool table_places(struct enrich *e)
{
	uint32_t slots = flow_list_slots(e->table), end = e->place_slot + SLICE;
	struct flow_handle h[SLICE];
	struct flow_ends ends[SLICE];
	unsigned n = 0;

	if (end > slots)
		end = slots;
	rcu_read_lock();
	for (; e->place_slot < end; e->place_slot++) {
		const struct flow *f = flow_list_at_rcu(e->table, e->place_slot, &h[n]);

		if (!f || flow_read(f->src_place) != PLACE_UNKNOWN)
			continue;
		ends[n++] = f->key.orig;
	}
	rcu_read_unlock();
	for (unsigned i = 0; i < n; i++)
		place_flow(e, h[i], &ends[i]);
	if (end < slots)
		return true;
	e->place_slot = 0;
	e->next_places = clock_ms() + PLACES_MS;
	return false;
}

/* The databases are new: what was found in the old ones is forgotten. */
static void places_forget(struct enrich *e)
{
	uint32_t slots = flow_list_slots(e->table);

	for (uint32_t slot = 0; slot < slots; slot++) {
		struct flow_handle h;
		const struct flow *f;

		rcu_read_lock();
		f = flow_list_at_rcu(e->table, slot, &h);
		rcu_read_unlock();
		if (f)
			flow_list_set_places(e->table, h, PLACE_UNKNOWN, PLACE_UNKNOWN);
	}
}

/* ---- the thread ---- */

static bool enrich_is_due(uint32_t when, uint32_t now)
{
	return (int32_t)(when - now) <= 0;
}

/* Of which window, and what of it: enum flow_need. */
static uint64_t pack_pending(uint64_t window, unsigned needs)
{
	return window << 8 | needs;
}

static bool window_is_done(const struct enrich *e)
{
	return __atomic_load_n(&e->pending, __ATOMIC_RELAXED) == pack_pending(e->window, 0);
}

static void begin_round(struct enrich *e, uint32_t now)
{
	/* left alone for 25 days a time that is past would lie in the future */
	if (!(e->screen_needs & NEED_SOCK))
		e->next_sock = now;
	e->sockets = e->screen_needs & NEED_SOCK && enrich_is_due(e->next_sock, now);
	e->workers = enrich_is_due(e->next_workers, now);
	e->missing = e->n_sock = 0;
}

static void end_round(struct enrich *e, uint32_t now)
{
	if (e->workers)
		e->next_workers = now + WORKERS_MS;
	if (e->sockets) {
		e->next_sock = now + SOCK_MS;
		publish_sockets(e);
	}
	if (names_pending(e))
		e->missing |= NEED_NAME;
	__atomic_store_n(&e->pending, pack_pending(e->window, e->missing), __ATOMIC_RELEASE);
	e->at = 0;
}

static void look_at_part(struct enrich *e)
{
	bool pending = shown_owners(e, e->workers);

	if (pending && !window_is_done(e))
		pending = still_pending(e);
	if (pending)
		e->missing |= NEED_OWNER;
	if (e->screen_needs & NEED_COMMAND && shown_commands(e))
		e->missing |= NEED_COMMAND;
	if (e->geo && e->screen_needs & NEED_PLACE)
		shown_places(e);
	if (e->sockets)
		shown_sockets(e);
	want_names(e);
}

/* A round over many parts goes on at once; one that left nothing is not repeated. */
static void look_at_window(struct enrich *e, uint32_t now)
{
	uint64_t window;

	read_window(e);
	window = e->window;
	if (e->n_window > SHOWN_MAX && window_is_done(e))
		return;
	if (!e->at)
		begin_round(e, now);
	look_at_part(e);
	if (e->window == window)	/* else another one was set meanwhile */
		e->at += SHOWN_MAX;
	if (e->window != window || e->at < e->n_window)
		e->next_tick = now;
	else
		end_round(e, now);
}

static void tick(struct enrich *e, uint32_t now)
{
	e->next_tick = now + TICK_MS;
	look_at_window(e, now);
	if (enrich_is_due(e->next_check, now))
		check_owners(e, now);
	if (!(e->table_needs & NEED_PLACE))
		e->next_places = now;
	if (e->table_needs & NEED_OWNER)
		for (int i = 0; i < OWNER_TURNS && (!i || e->owner_slot); i++)
			table_owners(e);
	if (e->table_needs & NEED_COMMAND)
		table_commands(e);
	if (e->geo && enrich_is_due(e->next_geo, now)) {
		e->next_geo = now + GEO_MS;
		if (geoip_refresh(e->geo))
			places_forget(e);
	}
}

static int until(uint32_t when, uint32_t now)
{
	int32_t ms = when - now;

	return ms > 0 ? ms : 0;
}

/* Many flows at once cost less each. */
static void gather(struct enrich *e, struct pollfd *wake)
{
	unsigned ms = proc_pid_pause_ms(e->proc);

	if (ms)
		poll(wake, 1, ms);
}

static void *enrich_run(void *arg)
{
	struct enrich *e = arg;
	struct pollfd fd[] = {
		{ .fd = flow_list_new_fd(e->table), .events = POLLIN },
		{ .fd = e->wake_fd, .events = POLLIN },
	};

	pthread_setname_np(pthread_self(), "enrich");
	/* a process may be gone in a millisecond; what this thread takes is bounded */
	setpriority(PRIO_PROCESS, gettid(), -10);
	rcu_register_thread();
	while (!__atomic_load_n(&e->stop, __ATOMIC_ACQUIRE)) {
		uint32_t now;
		int wait;
		bool more = false;
		eventfd_t ignored;

		if (!eventfd_read(e->wake_fd, &ignored))
			e->next_tick = clock_ms();
		take_new(e);
		now = clock_ms();
		if (enrich_is_due(e->next_work, now))
			e->next_work = now + proc_pid_work(e->proc);
		if (enrich_is_due(e->next_tick, now))
			tick(e, now);
		if (e->geo && e->table_needs & NEED_PLACE && enrich_is_due(e->next_places, now))
			more = table_places(e);
		now = clock_ms();
		wait = until(e->next_tick, now);
		if (until(e->next_work, now) < wait)
			wait = until(e->next_work, now);
		if (poll(fd, 2, more ? 0 : wait) > 0 && fd[0].revents)
			gather(e, &fd[1]);
	}
	rcu_unregister_thread();
	return NULL;
}

/* ---- start and end ---- */

static void enrich_free(struct enrich *e)
{
	if (e->dns)
		dns_stop(e->dns);
	if (e->geo)
		geoip_close(e->geo);
	if (e->proc)
		proc_pid_free(e->proc);
	free(e->sock);
	if (e->wake_fd >= 0)
		close(e->wake_fd);
	free(e);
}

struct enrich *enrich_start(const struct enrich_options *o)
{
	struct enrich *e = calloc(1, sizeof(*e));
	struct proc_pid_options proc = {
		.netns_fd = o->netns_fd, .perf = o->perf, .hurry = o->hurry, .who = o->who,
		.stop = &e->stop, .answer = enrich_answer, .here = take_here, .ctx = e,
	};
	int error;

	if (!e)
		return NULL;
	e->o = *o;
	e->table = o->table;
	e->names = o->names;
	e->geo = o->geo;
	e->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e->next_check = e->next_tick = e->next_sock = e->next_workers = e->next_geo = e->next_work = e->next_places =
		clock_ms();
	e->proc = proc_pid_new(&proc);
	e->dns = dns_start(NULL);
	if (e->proc && e->dns && e->wake_fd >= 0) {
		error = pthread_create(&e->thread, NULL, enrich_run, e);
		if (!error)
			return e;
		errno = error;
	}
	error = errno;
	enrich_free(e);
	errno = error;
	return NULL;
}

void enrich_stop(struct enrich *e)
{
	__atomic_store_n(&e->stop, 1, __ATOMIC_RELEASE);
	eventfd_write(e->wake_fd, 1);
	pthread_join(e->thread, NULL);
	enrich_free(e);
}

void enrich_look(struct enrich *e)
{
	eventfd_write(e->wake_fd, 1);
}

unsigned enrich_pending(const struct enrich *e)
{
	uint64_t pending = __atomic_load_n(&e->pending, __ATOMIC_ACQUIRE), serial;

	rcu_read_lock();
	serial = flow_list_window_rcu(e->table)->serial;
	rcu_read_unlock();
	return pending >> 8 == serial ? pending & 0xff : ~0u;
}

void enrich_set_names(struct enrich *e, bool on)
{
	__atomic_store_n(&e->names, on, __ATOMIC_RELAXED);
}

const char *enrich_limit(const struct enrich *e, unsigned i)
{
	const char *said[] = { e->o.geo_problem, proc_pid_limits(e->proc) };

	for (unsigned n = 0; n < sizeof(said) / sizeof(said[0]); n++)
		if (said[n] && *said[n] && !i--)
			return said[n];
	return "";
}

const char *enrich_event_filter(const struct enrich *e)
{
	return who_ring_state(e->o.who);
}

const char *enrich_tracepoint(const struct enrich *e)
{
	if (proc_pid_has_ring(e->proc))
		return "on";
	return e->o.perf ? "not possible here" : "switched off";
}

void enrich_databases(const struct enrich *e, char *buf, unsigned size)
{
	buf[0] = '\0';
	if (e->geo)
		geoip_describe(e->geo, buf, size);
}

void enrich_names_rest(const struct enrich *e, char *buf, unsigned size)
{
	struct dns_stats s;

	buf[0] = '\0';
	dns_get_stats(e->dns, &s);
	if (!s.broken || !__atomic_load_n(&e->names, __ATOMIC_RELAXED))
		return;
	snprintf(buf, size, "%s; asked again in %" PRIu64 " s", s.servers == 1 ?
		 "the DNS server does not answer" : "no DNS server answers",
		 (s.rest_ms + 999) / 1000);
}
