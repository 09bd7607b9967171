/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enrich.c - the worker beside the data path.
 *
 * Three things wake it: new flows (asked of proc_pid at once, in batches that
 * grow with their rate), the time for the sweep, and each TICK_MS a look at
 * what is shown: first its processes, then places, names and sockets. A screen
 * is looked at as a whole. A page of thousands of rows is taken in parts, without
 * a pause between them, until a round over it leaves nothing to look up. If a
 * filter or a sort key needs places of every flow, these are looked up in slices
 * of the table.
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
#include "enrich/int.h"
#include "geoip.h"
#include "lib/clock.h"
#include "proc_pid.h"
#include "who_ring.h"

#define TICK_MS		100		/* between looks at the window */
#define SOCK_MS		1000		/* between looks at tcp_info */
#define WORKERS_MS	1000		/* between looks for the workers of a listener */
#define GEO_MS		5000		/* between looks whether databases changed */
#define OWNER_TURNS	8		/* batches of other flows asked for, a tick */

/* ---- processes ---- */

static void enrich_answer(void *ctx, uint64_t cookie, struct owner *owner, enum flow_match match)
{
	struct enrich *e = ctx;

	flow_list_set_owner(e->table, flow_handle_unpack(cookie), owner, match);
}

/* proc_here_fn */
static void take_here(void *ctx, uint64_t cookie, unsigned direction)
{
	struct enrich *e = ctx;

	flow_list_add_direction(e->table, flow_handle_unpack(cookie), direction);
}

/* ---- deleters ---- */

#define PID_LIMIT 4194304	/* the kernel's */

/*
 * The event socket's program has seen who did it. Otherwise there is only the
 * port id, which is the PID for the first netlink socket of a program.
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
			enrich_query_fill(&q[n], f, h[i], false);
			q[n++].answered = flow_read(f->match) != MATCH_PENDING;
		}
		rcu_read_unlock();
		if (n)
			proc_pid_lookup(e->proc, q, n);
		for (unsigned i = 0; i < n && e->geo && e->table_needs & NEED_PLACE; i++)
			enrich_place_flow(e, flow_handle_unpack(q[i].cookie), &q[i].key.orig);
	} while (taken == BATCH && !__atomic_load_n(&e->stop, __ATOMIC_RELAXED));
}

/* ---- the thread ---- */

static bool enrich_is_due(uint32_t when, uint32_t now)
{
	return (int32_t)(when - now) <= 0;
}

/* The window's serial, and what is pending: enum flow_need. */
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
	/* after 25 days without this, a past time would lie in the future */
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
		enrich_publish_sockets(e);
	}
	if (enrich_names_pending(e))
		e->missing |= NEED_NAME;
	__atomic_store_n(&e->pending, pack_pending(e->window, e->missing), __ATOMIC_RELEASE);
	e->at = 0;
}

static void look_at_part(struct enrich *e)
{
	bool pending = enrich_shown_owners(e, e->workers);

	if (pending && !window_is_done(e))
		pending = enrich_still_pending(e);
	if (pending)
		e->missing |= NEED_OWNER;
	if (e->screen_needs & NEED_COMMAND && enrich_shown_commands(e))
		e->missing |= NEED_COMMAND;
	if (e->geo && e->screen_needs & NEED_PLACE)
		enrich_shown_places(e);
	if (e->sockets)
		enrich_shown_sockets(e);
	enrich_want_names(e);
}

/* A round over many parts goes on at once; one that leaves nothing is not repeated. */
static void look_at_window(struct enrich *e, uint32_t now)
{
	uint64_t window;

	enrich_read_window(e);
	window = e->window;
	if (e->n_window > SHOWN_MAX && window_is_done(e))
		return;
	if (!e->at)
		begin_round(e, now);
	look_at_part(e);
	if (e->window == window)	/* otherwise another window was set meanwhile */
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
	if (enrich_is_due(e->next_check, now)) {
		e->next_check = now + TICK_MS;
		enrich_check_owners(e);
	}
	if (!(e->table_needs & NEED_PLACE))
		e->next_places = now;
	if (e->table_needs & NEED_OWNER)
		for (int i = 0; i < OWNER_TURNS && (!i || e->owner_slot); i++)
			enrich_table_owners(e);
	if (e->table_needs & NEED_COMMAND)
		enrich_table_commands(e);
	if (e->geo && enrich_is_due(e->next_geo, now)) {
		e->next_geo = now + GEO_MS;
		if (geoip_refresh(e->geo))
			enrich_places_forget(e);
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
		if (e->geo && e->table_needs & NEED_PLACE &&
		    enrich_is_due(e->next_places, now))
			more = enrich_table_places(e);
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
	e->next_check = e->next_tick = e->next_sock = e->next_workers = e->next_geo =
		e->next_work = e->next_places = clock_ms();
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
