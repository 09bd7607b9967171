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

#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/sock_diag.h>
#include <urcu.h>

#include "ct/int.h"
#include "host_addr.h"
#include "lib/budget.h"
#include "lib/clock.h"
#include "lib/compat.h"
#include "lib/netlink.h"
#include "track.h"
#include "who_ring.h"

#define EVENT_BATCH	128
#define EVENT_SIZE	4096		/* an event takes some 300 to 700 bytes */
#define DUMP_SIZE	65536		/* the kernel packs 32 KiB at most */
#define UPDATES		512		/* parsed before they are booked */
#define RCVBUF_START	(8u << 20)
#define ASK_RCVBUF	(4 << 20)
#define GETS_MAX	256
#define PROBE_MS	5000		/* between looks whether anything is tracked */
#define LEGS_MAX	8
#define TORN_MS		5		/* pause before a failed dump is retried: this, doubled */
#define TORN_STEPS	8		/* with each failure in a row, up to 1.3 s */
#define BUSY_TURNS	16		/* datagrams of a dump between looks elsewhere */

/* A dump is made of requests of one family and protocol each; 0: any. */
struct leg {
	uint8_t family, l4;
};

struct ct {
	struct ct_options o;
	struct flow_list *table;
	struct flow_stats *stats;
	struct netlink events, dumps, asks;
	struct host_addr *host;
	pthread_t thread;
	bool running;
	bool any_proto;			/* o.protos is empty */
	int wake_fd;			/* stop, refresh or another interval was asked for */
	int done_fd;			/* a dump was whole */
	int stop;
	uint32_t interval_wanted;	/* ms; what interval follows */
	uint32_t refresh;		/* asked for: counts up */
	uint32_t refreshed;		/* the last one a whole dump answered */

	/* the dump that runs, or the next */
	struct leg leg[LEGS_MAX];
	unsigned legs, at_leg;
	bool dumping, dump_torn, dump_wanted, lost;
	uint32_t dump_seq, serving;
	int64_t cpu_before;		/* of this thread, when the dump began, ns */
	uint32_t interval;		/* ms between looks at the counters */
	uint32_t dump_cost;		/* CPU of the last one, ms */
	uint32_t dump_began, dump_ended, next_dump;	/* clock_ms() */
	uint32_t dump_after;		/* none before; clock_ms() */
	unsigned dumps_torn;		/* in a row */

	/* GETs under way */
	struct ct_cpu_sums cpu_sums;
	uint32_t ask_seq, gets, next_poll, next_probe;
	bool probed;			/* once at least: after the first whole dump */
	struct track_ports probe;	/* of the last look; its events may be unread */
	struct {
		struct flow_key key;
		uint32_t id;
	} get[GETS_MAX];

	struct mmsghdr msg[EVENT_BATCH];
	struct netlink_place place[EVENT_BATCH];
	char (*event_buf)[EVENT_SIZE];
	char *dump_buf;
	struct flow_update *update;
	unsigned updates;
};

static void count(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* ---- from messages to the table ---- */

static void book(struct ct *ct)
{
	flow_list_apply(ct->table, ct->update, ct->updates);
	ct->updates = 0;
}

/*
 * Our own last probe (track.h). Others may have a socket that is connected to
 * itself, too, or forge such datagrams: those are shown.
 */
static bool is_probe(const struct ct *ct, const struct flow_key *k)
{
	bool v4 = k->l3 == AF_INET;
	uint16_t port = v4 ? ct->probe.v4 : ct->probe.v6;
	in_addr_t loopback = htonl(INADDR_LOOPBACK);
	struct addr own;

	if (!port || k->l4 != IPPROTO_UDP || k->orig.sport != port || k->orig.dport != port)
		return false;
	own = v4 ? addr_v4(&loopback) : addr_v6(&in6addr_loopback);
	return addr_equal(&k->orig.src, &own) && addr_equal(&k->orig.dst, &own);
}

static bool is_wanted(const struct ct *ct, const struct flow_key *k)
{
	unsigned family = k->l3 == AF_INET ? FAMILY_V4 : FAMILY_V6;

	return ct->o.families & family && !is_probe(ct, k) &&
	       (ct->any_proto || proto_set_has(&ct->o.protos, k->l4));
}

/* @source: FLOW_NEW where the message itself says which event it is. */
static void take_entry(struct ct *ct, const struct nlmsghdr *nlh, uint32_t len,
		       enum flow_source source)
{
	struct flow_update *u = &ct->update[ct->updates];

	if (!ct_parse(nlh, len, u)) {
		count(&ct->stats->truncated);
		return;
	}
	if (source != FLOW_NEW)
		u->source = source;
	if (is_wanted(ct, &u->key) && ++ct->updates == UPDATES)
		book(ct);
}

/* ---- events ---- */

/* Something is gone for good: only a dump tells the truth again. */
static void lose(struct ct *ct, uint64_t *counter)
{
	count(counter);
	ct->dump_wanted = true;
	ct->lost = true;
}

static void rcvbuf_set(struct ct *ct, uint64_t bytes)
{
	int fd = ct->events.fd, half = bytes / 2, now;
	socklen_t len = sizeof(now);

	/* the kernel doubles what it is asked for (socket(7)) */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof(half)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &half, sizeof(half));
	if (!getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &now, &len))
		__atomic_store_n(&ct->stats->rcvbuf, (uint64_t)now, __ATOMIC_RELAXED);
}

static void rcvbuf_grow(struct ct *ct)
{
	uint64_t most = ct->o.rcvbuf_max * (1 << 20), want = ct->stats->rcvbuf * 2;

	if (ct->stats->rcvbuf < most)
		rcvbuf_set(ct, want < most ? want : most);
}

/* Grows the buffer in time, where the queue is longer than half of it. */
static void rcvbuf_watch(struct ct *ct)
{
	uint32_t mem[SK_MEMINFO_VARS];
	socklen_t len = sizeof(mem);

	if (!getsockopt(ct->events.fd, SOL_SOCKET, SO_MEMINFO, mem, &len) &&
	    mem[SK_MEMINFO_RMEM_ALLOC] > mem[SK_MEMINFO_RCVBUF] / 2)
		rcvbuf_grow(ct);
}

/* Reads a batch of events. True: there may be more. */
static bool events_read(struct ct *ct)
{
	int n = netlink_receive_batch(&ct->events, ct->msg, EVENT_BATCH, MSG_DONTWAIT);

	if (n < 0) {
		if (n == -ENOBUFS) {
			lose(ct, &ct->stats->lost);
			rcvbuf_grow(ct);
		}
		return n == -ENOBUFS;
	}
	for (int i = 0; i < n; i++) {
		if (ct->msg[i].msg_hdr.msg_flags & MSG_TRUNC)
			lose(ct, &ct->stats->truncated);
		else if (ct->msg[i].msg_len)	/* else it is not the kernel's */
			take_entry(ct, (void *)ct->event_buf[i], ct->msg[i].msg_len, FLOW_NEW);
	}
	__atomic_store_n(&ct->stats->events, ct->stats->events + n, __ATOMIC_RELAXED);
	book(ct);
	if (n == EVENT_BATCH)
		rcvbuf_watch(ct);
	return n == EVENT_BATCH;
}

/* ---- dumps ---- */

/*
 * The requests that a dump takes: where protocols are selected, the kernel
 * picks them out (CTA_FILTER, since 5.8; it wants a family with it).
 */
static void legs_plan(struct ct *ct, bool by_protocol)
{
	static const uint8_t family[] = { AF_INET, AF_INET6 };

	ct->legs = 0;
	for (int f = 0; f < 2; f++) {
		if (!(ct->o.families & (f ? FAMILY_V6 : FAMILY_V4)))
			continue;
		for (int l4 = 0; by_protocol && l4 < 256; l4++) {
			if (!proto_set_has(&ct->o.protos, l4))
				continue;
			if (ct->legs == LEGS_MAX) {
				legs_plan(ct, false);
				return;
			}
			ct->leg[ct->legs++] = (struct leg){ family[f], l4 };
		}
		if (!by_protocol)
			ct->leg[ct->legs++] = (struct leg){ family[f], 0 };
	}
	if (!by_protocol && ct->legs == 2) {
		ct->leg[0].family = AF_UNSPEC;
		ct->legs = 1;
	}
}

static struct nlmsghdr *request(void *buf, uint16_t type, uint16_t flags, uint32_t seq,
				uint8_t family)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = seq;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	return nlh;
}

/* The kernel's CTA_FILTER_F_CTA_PROTO_NUM (net/netfilter/nf_conntrack_netlink.c). */
#define FILTER_PROTO_NUM (1u << 3)

static bool leg_send(struct ct *ct)
{
	const struct leg *leg = &ct->leg[ct->at_leg];
	char buf[256];
	struct nlmsghdr *nlh = request(buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP, ++ct->dump_seq,
				       leg->family);
	struct nlattr *nest, *proto;

	if (leg->l4) {
		nest = mnl_attr_nest_start(nlh, CTA_TUPLE_ORIG);
		proto = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
		mnl_attr_put_u8(nlh, CTA_PROTO_NUM, leg->l4);
		mnl_attr_nest_end(nlh, proto);
		mnl_attr_nest_end(nlh, nest);
		nest = mnl_attr_nest_start(nlh, CTA_FILTER);
		mnl_attr_put_u32(nlh, CTA_FILTER_ORIG_FLAGS, FILTER_PROTO_NUM);
		mnl_attr_put_u32(nlh, CTA_FILTER_REPLY_FLAGS, 0);
		mnl_attr_nest_end(nlh, nest);
	}
	return !netlink_send(&ct->dumps, nlh, nlh->nlmsg_len);
}

/* No flow at all: is anything tracked here? */
static void probe_tracking(struct ct *ct, uint32_t now)
{
	int on = 1;

	ct->probe = (struct track_ports){ 0 };	/* the port may be another's by now */
	if (!ct->stats->live)
		on = track_probe(&ct->probe);
	ct->next_probe = now + PROBE_MS;
	__atomic_store_n(&ct->stats->tracking,
			 on < 0 ? TRACKING_UNKNOWN : on ? TRACKING_ON : TRACKING_OFF,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&ct->probed, true, __ATOMIC_RELEASE);
}

/* A dump may fail as soon as it is asked for (ENOBUFS, EPERM), again and again. */
static uint32_t torn_pause(unsigned torn)
{
	return torn ? TORN_MS << (torn < TORN_STEPS ? torn : TORN_STEPS) : 0;
}

/* From the begin of one dump to the next: the interval, or what the budget allows. */
static uint32_t dump_gap(const struct ct *ct)
{
	double least = ct->dump_cost * 100.0 / ct->o.budget;

	return least > ct->interval ? least : ct->interval;
}

static void dump_finish(struct ct *ct)
{
	uint32_t now = clock_ms(), cost;
	bool whole = !ct->dump_torn;

	book(ct);
	flow_list_dump_end(ct->table, whole);
	ct->dumping = false;
	ct->dump_ended = now;
	cost = (clock_cpu() - ct->cpu_before) / 1000000;
	ct->dump_cost = cost;
	ct->next_dump = ct->dump_began + dump_gap(ct);
	ct->dumps_torn = whole ? 0 : ct->dumps_torn + 1;
	ct->dump_after = now + torn_pause(ct->dumps_torn);
	if (!whole) {
		lose(ct, &ct->stats->interrupted);
		ct->next_dump = now + cost;	/* at most half of the time */
		return;
	}
	if (!ct->probed)
		probe_tracking(ct, now);
	__atomic_store_n(&ct->refreshed, ct->serving, __ATOMIC_RELEASE);
	eventfd_write(ct->done_fd, 1);
}

static void dump_begin(struct ct *ct)
{
	if (ct->lost)
		count(&ct->stats->resyncs);
	ct->dump_wanted = ct->dump_torn = ct->lost = false;
	ct->serving = __atomic_load_n(&ct->refresh, __ATOMIC_ACQUIRE);
	ct->at_leg = 0;
	ct->cpu_before = clock_cpu();
	ct->dump_began = clock_ms();
	ct->dumping = true;
	flow_list_dump_begin(ct->table);
	if (!leg_send(ct)) {
		ct->dump_torn = true;
		dump_finish(ct);
	}
}

/* The end of a request's answers: the next leg, or the dump's end. */
static void leg_done(struct ct *ct, int error)
{
	if ((error == -EOPNOTSUPP || error == -EINVAL) && ct->leg[ct->at_leg].l4) {
		legs_plan(ct, false);	/* an older kernel: we pick out ourselves */
		ct->dump_torn = true;
	} else if (error) {
		ct->dump_torn = true;
	}
	if (!ct->dump_torn && ++ct->at_leg < ct->legs && leg_send(ct))
		return;
	if (!ct->dump_torn && ct->at_leg < ct->legs)
		ct->dump_torn = true;
	dump_finish(ct);
}

static int done_error(const struct nlmsghdr *nlh)
{
	int error = 0;

	if (nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
		memcpy(&error, NLMSG_DATA(nlh), sizeof(error));
	return error;
}

/* One datagram of a dump. */
static void dump_take(struct ct *ct, struct nlmsghdr *nlh, int len)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != ct->dump_seq)
			continue;	/* of a dump given up */
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			ct->dump_torn = true;
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR) {
			leg_done(ct, done_error(nlh));
			return;
		}
		take_entry(ct, nlh, len, FLOW_DUMPED);
	}
	if (len)
		ct->dump_torn = true;	/* a torn datagram */
}

/* Reads a datagram of the dump. True: there may be more at once. */
static bool dump_read(struct ct *ct)
{
	ssize_t len = netlink_receive(&ct->dumps, ct->dump_buf, DUMP_SIZE, MSG_DONTWAIT);

	if (len == -EAGAIN)
		return false;
	if (len == -EMSGSIZE) {
		ct->dump_torn = true;
		count(&ct->stats->truncated);
		return true;
	}
	if (len < 0) {
		leg_done(ct, len);
		return false;
	}
	dump_take(ct, (struct nlmsghdr *)ct->dump_buf, len);
	book(ct);
	return ct->dumping;
}

/* ---- single GETs and statistics ---- */

static void ask_window(struct ct *ct)
{
	char buf[512 * GETS_MAX / 2] = "";	/* libmnl does not clear what pads attributes */
	const struct flow_window *w;
	size_t len = 0;

	ct->gets = 0;
	rcu_read_lock();
	w = flow_list_window_rcu(ct->table);
	for (unsigned i = 0; i < w->n && ct->gets < GETS_MAX; i++) {
		const struct flow *f = flow_list_get_rcu(ct->table, w->flow[i]);
		struct nlmsghdr *nlh;

		if (!f || flow_read(f->flags) & FLOW_ENDED || len > sizeof(buf) - 512)
			continue;
		nlh = request(buf + len, IPCTNL_MSG_CT_GET, 0, ct->ask_seq + ct->gets, f->key.l3);
		if (!ct_put_key(nlh, &f->key))
			continue;
		len += MNL_ALIGN(nlh->nlmsg_len);
		ct->get[ct->gets].key = f->key;
		ct->get[ct->gets++].id = f->id;
	}
	rcu_read_unlock();
	if (len)
		netlink_send(&ct->asks, buf, len);
}

static void ask_stats(struct ct *ct)
{
	char buf[64];
	struct nlmsghdr *nlh = request(buf, IPCTNL_MSG_CT_GET_STATS, 0, 1, AF_UNSPEC);

	netlink_send(&ct->asks, nlh, nlh->nlmsg_len);
	nlh = request(buf, IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP, 2, AF_UNSPEC);
	netlink_send(&ct->asks, nlh, nlh->nlmsg_len);
	ct->cpu_sums = (struct ct_cpu_sums){ 0 };
}

/* What stood for a flow is no entry any more. */
static void ask_failed(struct ct *ct, const struct nlmsghdr *nlh)
{
	uint32_t i = nlh->nlmsg_seq - ct->ask_seq;

	if (done_error(nlh) == -ENOENT && i < ct->gets)
		flow_list_missed(ct->table, &ct->get[i].key, ct->get[i].id);
}

static void ask_take(struct ct *ct, const struct nlmsghdr *nlh, int len)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type == NLMSG_ERROR)
			ask_failed(ct, nlh);
		else if (!ct_stats_read(ct->stats, &ct->cpu_sums, nlh) &&
			 nlh->nlmsg_type > NLMSG_MIN_TYPE)
			take_entry(ct, nlh, len, FLOW_GOT);
	}
}

/* Each answer is a datagram: as many as were asked for, at most. */
static void asks_read(struct ct *ct)
{
	for (unsigned i = 0; i < GETS_MAX; i++) {
		ssize_t len = netlink_receive(&ct->asks, ct->dump_buf, DUMP_SIZE, MSG_DONTWAIT);

		if (len < 0)
			break;
		ask_take(ct, (void *)ct->dump_buf, len);
	}
	book(ct);
}

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
	ct->ask_seq += GETS_MAX;
	ask_stats(ct);
	ct_sysctl_read(ct->stats);
	follow_addresses(ct);		/* what failed is tried again */
	if (!ct->dumping && (int32_t)(ct->next_dump - now) > (int32_t)ct->interval / 2)
		ask_window(ct);
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
	if ((int32_t)(ct->next_dump - now) > (int32_t)dump_gap(ct))
		ct->next_dump = now + dump_gap(ct);
}

static void timers(struct ct *ct)
{
	uint32_t now = clock_ms();

	flow_list_tick(ct->table);
	follow_interval(ct, now);
	if (!ct->dumping && ct_is_due(dump_time(ct), now))
		dump_begin(ct);
	if (ct_is_due(ct->next_poll, now))
		poll_kernel(ct, now);
	if (ct->probed && ct_is_due(ct->next_probe, now) && !ct->dumping)
		probe_tracking(ct, now);
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
		bool more = events_read(ct);

		if (ct->dumping && dump_read(ct) && ++turn % BUSY_TURNS)
			continue;
		timers(ct);
		if (poll(fd, 5, more ? 0 : wait_ms(ct)) <= 0)
			continue;
		if (fd[2].revents)
			asks_read(ct);
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
	rcvbuf_set(ct, most < RCVBUF_START ? most : RCVBUF_START);
	ct->any_proto = proto_set_is_empty(&o->protos);
	ct->dump_seq = ct->dumps.seq;		/* at random */
	legs_plan(ct, !ct->any_proto);
	ct->ask_seq = GETS_MAX;
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
