/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct.c - the source thread: conntrack events and dumps into the flow table.
 *
 * Three sockets: `events` (subscribed before the first dump), `dumps`, and
 * `asks` for single GETs and statistics. The loop reads events first and
 * one datagram of a dump in between, so that a dump of seconds does not let
 * the event queue run over.
 *
 * Events and dumps race: the kernel fills a dump's datagram before we ask
 * for it, and what it says may be older than events already read. The table
 * settles that (flow_list.h); here it only matters to be subscribed first.
 *
 * What is lost (ENOBUFS on the event socket; a truncated message; a dump
 * with NLM_F_DUMP_INTR, an error or no end) is counted and answered with
 * another dump. Nothing is concluded from a dump that was not whole.
 */
#include "ct.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <urcu.h>

#include "ct/int.h"
#include "host_addr.h"
#include "lib/clock.h"
#include "who_ring.h"

#define RCVBUF_START	(8u << 20)
#define ASK_RCVBUF	(4 << 20)
#define BUSY_TURNS	16		/* datagrams of a dump between looks elsewhere */

/* ---- in time ---- */

static unsigned direction(const void *host, const struct flow_ends *orig,
			  const struct flow_ends *reply)
{
	return host_addr_direction(host, orig, reply);
}

static void follow_addresses(struct ct *ct)
{
	if (host_addr_read(ct->host))
		flow_list_set_direction(ct->table, direction, ct->host);
}

/* Each interval: the kernel's statistics, and fresh counters for what is shown. */
static void poll_kernel(struct ct *ct, uint32_t now)
{
	ct->next_poll = now + ct->interval;
	ct_ask_stats(ct);
	ct_sysctl_read(ct->stats);
	follow_addresses(ct);		/* what failed is tried again */
	if (!ct->dumping && (int32_t)(ct->next_dump - now) > (int32_t)ct->interval / 2)
		ct_ask_window(ct);
}

/* ---- the thread ---- */

static bool ct_is_due(uint32_t when, uint32_t now)
{
	return (int32_t)(when - now) <= 0;
}

/* When the next dump is to begin; clock_ms(). */
static uint32_t dump_time(const struct ct *ct)
{
	uint32_t when = ct->next_dump;

	if (ct->dump_wanted)
		when = ct->dump_ended + ct->dump_cost;
	if (ct->refreshed != __atomic_load_n(&ct->refresh, __ATOMIC_ACQUIRE))
		when = ct->dump_ended;
	return ct_is_due(when, ct->dump_after) ? ct->dump_after : when;
}

/* Another interval holds at once, not after the old one. */
static void follow_interval(struct ct *ct, uint32_t now)
{
	uint32_t wanted = __atomic_load_n(&ct->interval_wanted, __ATOMIC_RELAXED);

	if (wanted == ct->interval)
		return;
	ct->interval = wanted;
	flow_list_set_interval(ct->table, wanted);
	if ((int32_t)(ct->next_poll - now) > (int32_t)wanted)
		ct->next_poll = now + wanted;
	if ((int32_t)(ct->next_dump - now) > (int32_t)ct_dump_gap(ct))
		ct->next_dump = now + ct_dump_gap(ct);
}

static void timers(struct ct *ct)
{
	uint32_t now = clock_ms();

	flow_list_tick(ct->table);
	follow_interval(ct, now);
	if (!ct->dumping && ct_is_due(dump_time(ct), now))
		ct_dump_begin(ct);
	if (ct_is_due(ct->next_poll, now))
		poll_kernel(ct, now);
	if (ct->probed && ct_is_due(ct->next_probe, now) && !ct->dumping)
		ct_probe_tracking(ct, now);
}

static int wait_ms(const struct ct *ct)
{
	uint32_t now = clock_ms();
	int32_t ms = 250, dump = dump_time(ct) - now, poll_in = ct->next_poll - now;

	if (!ct->dumping && dump < ms)
		ms = dump;
	if (poll_in < ms)
		ms = poll_in;
	return ms < 0 ? 0 : ms;
}

static void *ct_run(void *arg)
{
	struct ct *ct = arg;
	struct pollfd fd[] = {
		{ .fd = ct->events.fd, .events = POLLIN },
		{ .fd = ct->dumps.fd, .events = POLLIN },
		{ .fd = ct->asks.fd, .events = POLLIN },
		{ .fd = host_addr_fd(ct->host), .events = POLLIN },
		{ .fd = ct->wake_fd, .events = POLLIN },
	};
	eventfd_t ignored;
	unsigned turn = 0;

	pthread_setname_np(pthread_self(), "source");
	rcu_register_thread();
	flow_list_set_direction(ct->table, direction, ct->host);
	while (!__atomic_load_n(&ct->stop, __ATOMIC_ACQUIRE)) {
		bool more = ct_events_read(ct);

		if (ct->dumping && ct_dump_read(ct) && ++turn % BUSY_TURNS)
			continue;
		timers(ct);
		if (poll(fd, 5, more ? 0 : wait_ms(ct)) <= 0)
			continue;
		if (fd[2].revents)
			ct_asks_read(ct);
		if (fd[3].revents)
			follow_addresses(ct);
		if (fd[4].revents)
			eventfd_read(ct->wake_fd, &ignored);
	}
	rcu_unregister_thread();
	return NULL;
}

/* ---- for the other threads ---- */

/* Waits until @number was refreshed and a dump was whole (which is before the first probe). */
static bool wait_whole(struct ct *ct, uint32_t number, unsigned ms)
{
	uint32_t began = clock_ms(), waited = 0;
	struct pollfd fd = { .fd = ct->done_fd, .events = POLLIN };
	eventfd_t ignored;

	while (!__atomic_load_n(&ct->probed, __ATOMIC_ACQUIRE) ||
	       (int32_t)(__atomic_load_n(&ct->refreshed, __ATOMIC_ACQUIRE) - number) < 0) {
		if (waited > ms)
			return false;
		if (poll(&fd, 1, ms - waited) > 0)
			eventfd_read(ct->done_fd, &ignored);
		waited = clock_ms() - began;
	}
	return true;
}

bool ct_wait_dumped(struct ct *ct, unsigned ms)
{
	return wait_whole(ct, 0, ms);
}

bool ct_refresh(struct ct *ct, unsigned ms)
{
	uint32_t number = __atomic_add_fetch(&ct->refresh, 1, __ATOMIC_ACQ_REL);

	eventfd_write(ct->wake_fd, 1);
	return wait_whole(ct, number, ms);
}

void ct_set_interval(struct ct *ct, double seconds)
{
	__atomic_store_n(&ct->interval_wanted, (uint32_t)(seconds * 1000), __ATOMIC_RELAXED);
	eventfd_write(ct->wake_fd, 1);
}

int ct_start(struct ct *ct)
{
	int error = pthread_create(&ct->thread, NULL, ct_run, ct);

	ct->running = !error;
	return -error;
}

void ct_stop(struct ct *ct)
{
	if (!ct->running)
		return;
	__atomic_store_n(&ct->stop, 1, __ATOMIC_RELEASE);
	eventfd_write(ct->wake_fd, 1);
	pthread_join(ct->thread, NULL);
	ct->running = false;
}

/* One filter a socket: that of the who ring does the tests of the classic one. */
static void filter_attach(int fd, const struct ct_options *o)
{
	uint8_t protos[256];
	struct who_ring_filter filter = { .protos = protos };

	if (o->families != FAMILY_BOTH)
		filter.family = o->families == FAMILY_V4 ? AF_INET : AF_INET6;
	for (int l4 = 0; l4 < 256; l4++)
		if (proto_set_has(&o->protos, l4))
			protos[filter.n_protos++] = l4;
	if (!o->who || !who_ring_attach(o->who, fd, &filter))
		ct_filter_attach(fd, o->families, &o->protos);
}

static bool buffers_alloc(struct ct *ct)
{
	ct->event_buf = malloc(EVENT_BATCH * sizeof(*ct->event_buf));
	ct->dump_buf = malloc(DUMP_SIZE);
	ct->update = calloc(UPDATES, sizeof(*ct->update));
	if (!ct->event_buf || !ct->dump_buf || !ct->update)
		return false;
	netlink_batch_init(ct->msg, ct->place, EVENT_BATCH, ct->event_buf, EVENT_SIZE);
	return true;
}

static bool sockets_open(struct ct *ct)
{
	static const int groups[] = {
		NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE, NFNLGRP_CONNTRACK_DESTROY,
	};
	int size = ASK_RCVBUF / 2;
	int error = netlink_open(&ct->events, NETLINK_NETFILTER, 0, SOCK_NONBLOCK);

	if (!error)
		error = netlink_open(&ct->dumps, NETLINK_NETFILTER, 0, SOCK_NONBLOCK);
	if (!error)
		error = netlink_open(&ct->asks, NETLINK_NETFILTER, 0, SOCK_NONBLOCK);
	if (!error)
		filter_attach(ct->events.fd, &ct->o);	/* before the first event */
	for (unsigned i = 0; !error && i < sizeof(groups) / sizeof(groups[0]); i++)
		error = netlink_join(&ct->events, groups[i]);
	if (error) {
		errno = -error;
		return false;
	}
	ct->host = host_addr_open(ct->o.inside);
	ct->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ct->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!ct->host || ct->wake_fd < 0 || ct->done_fd < 0)
		return false;
	setsockopt(ct->asks.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return true;
}

struct ct *ct_open(const struct ct_options *o)
{
	struct ct *ct = calloc(1, sizeof(*ct));
	uint64_t most = o->rcvbuf_max * (1 << 20);
	int error;

	if (!ct)
		return NULL;
	ct->o = *o;
	ct->table = o->table;
	ct->interval = ct->interval_wanted = o->interval * 1000;
	flow_list_set_interval(ct->table, ct->interval);
	ct->wake_fd = ct->done_fd = -1;
	ct->events = ct->dumps = ct->asks = NETLINK_CLOSED;
	if (!buffers_alloc(ct) || !sockets_open(ct))
		goto fail;
	ct->stats = flow_list_stats(o->table);
	ct_rcvbuf_set(ct, most < RCVBUF_START ? most : RCVBUF_START);
	ct->any_proto = proto_set_is_empty(&o->protos);
	ct_legs_plan(ct, !ct->any_proto);
	ct->next_dump = ct->next_poll = ct->dump_after = ct->dump_ended = clock_ms();
	return ct;
fail:
	error = errno;
	ct_close(ct);
	errno = error;
	return NULL;
}

void ct_close(struct ct *ct)
{
	ct_stop(ct);
	netlink_close(&ct->events);
	netlink_close(&ct->dumps);
	netlink_close(&ct->asks);
	if (ct->host)
		host_addr_close(ct->host);
	if (ct->wake_fd >= 0)
		close(ct->wake_fd);
	if (ct->done_fd >= 0)
		close(ct->done_fd);
	free(ct->event_buf);
	free(ct->dump_buf);
	free(ct->update);
	free(ct);
}
