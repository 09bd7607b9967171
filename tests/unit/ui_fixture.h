/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table like that of a small gateway, and the screen on it: what the tests
 * of the screen look at. Times are chosen so that their texts stay the same
 * for the minute that a test may take.
 */
#ifndef UI_FIXTURE_H
#define UI_FIXTURE_H

#include <arpa/inet.h>
#include <locale.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "facts.h"
#include "lib/clock.h"
#include "lib/proto.h"
#include "lib/stop.h"
#include "service.h"
#include "ui.h"

#define HOUR 3600.0
#define HALF_A_MINUTE 30

struct fixture_flow {
	const char *src, *dst;
	uint16_t sport, dport;
	uint8_t l4, state;
	const char *nat_src, *nat_dst;	/* NULL: the same */
	double age;			/* seconds */
	uint32_t status;
	uint64_t orig_bytes, reply_bytes;
	float orig_rate, reply_rate;
	const char *process;		/* NULL: not known */
	uint32_t pid;
	const char *unit;
	bool ended;
};

#define SEEN (IPS_SEEN_REPLY | IPS_CONFIRMED)
#define SURE (SEEN | IPS_ASSURED)

static const struct fixture_flow fixture_flows[] = {
	{ "192.0.2.7", "93.184.216.34", 41536, 443, 6, TCP_CONNTRACK_ESTABLISHED, NULL, NULL,
	  2 * HOUR + 150, SURE, 184320, 48123456, 1200, 48100, "chromium", 11001,
	  "app-chromium.scope", false },
	{ "192.0.2.7", "140.82.121.4", 41540, 443, 6, TCP_CONNTRACK_ESTABLISHED, NULL, NULL,
	  3 * HOUR + 90, SURE, 9000, 12000, 0, 0, "chromium", 11001, "app-chromium.scope",
	  false },
	{ "192.0.2.7", "198.51.100.80", 41600, 8080, 6, TCP_CONNTRACK_SYN_SENT, NULL, NULL,
	  1 * HOUR + 30, IPS_CONFIRMED, 60, 0, 0, 0, "curl", 12044, "user@1000.service",
	  false },
	{ "203.0.113.50", "192.0.2.7", 52011, 22, 6, TCP_CONNTRACK_ESTABLISHED, NULL, NULL,
	  5 * HOUR + 150, SURE, 712000, 1850000, 340, 2100, "sshd", 812, "ssh.service", false },
	{ "203.0.113.9", "192.0.2.7", 60112, 80, 6, TCP_CONNTRACK_TIME_WAIT, NULL, "10.0.0.80",
	  1 * HOUR + 330, SURE, 1400, 56000, 0, 0, NULL, 0, NULL, false },
	{ "10.0.0.31", "198.51.100.53", 53022, 53, 17, STATE_NONE, "192.0.2.7", NULL,
	  1 * HOUR + 90, SEEN, 71, 204, 0, 0, NULL, 0, NULL, false },
	{ "10.0.0.31", "151.101.1.140", 50110, 443, 17, STATE_NONE, "192.0.2.7", NULL,
	  1 * HOUR + 210, SURE, 91000, 4120000, 5300, 812000, NULL, 0, NULL, false },
	{ "10.0.0.44", "198.51.100.99", 40000, 9999, 17, STATE_NONE, "192.0.2.7", NULL,
	  1 * HOUR + 450, IPS_CONFIRMED, 120, 0, 0, 0, NULL, 0, NULL, false },
	{ "10.0.0.44", "93.184.216.34", 40022, 443, 6, TCP_CONNTRACK_CLOSE_WAIT, "192.0.2.7",
	  NULL, 26 * HOUR, SURE, 5100, 88000, 0, 12, NULL, 0, NULL, false },
	{ "10.0.0.31", "1.1.1.1", 0x1234, 0x0800, 1, STATE_NONE, "192.0.2.7", NULL,
	  1 * HOUR + 570, SEEN, 8400, 8400, 84, 84, NULL, 0, NULL, false },
	{ "2001:db8::7", "2606:4700::6810:84e5", 51000, 443, 6, TCP_CONNTRACK_ESTABLISHED, NULL,
	  NULL, 4 * HOUR + 30, SURE, 31000, 720000, 90, 3300, "apt-get", 13100,
	  "apt-daily.service", false },
	{ "192.0.2.7", "198.51.100.25", 41700, 25, 6, TCP_CONNTRACK_CLOSE, NULL, NULL,
	  7 * HOUR + 150, SURE, 3000, 2000, 0, 0, "exim4", 900, "exim4.service", true },
	{ "10.0.0.31", "198.51.100.7", 0, 0, 47, STATE_NONE, "192.0.2.7", NULL,
	  2 * HOUR + 690, SEEN, 100000, 140000, 900, 1400, NULL, 0, NULL, false },
};
#define FIXTURE_FLOWS (sizeof(fixture_flows) / sizeof(fixture_flows[0]))

static inline struct addr fixture_addr(const char *text)
{
	struct addr a;

	if (!addr_parse(text, &a))
		abort();
	return a;
}

static inline struct flow_update fixture_update(const struct fixture_flow *f, uint32_t id)
{
	uint64_t now = clock_real();
	struct flow_update u = {
		.source = f->ended ? FLOW_NEW : FLOW_DUMPED, .id = id, .status = f->status,
		.state = f->state, .timeout = 5 * 86400 - HALF_A_MINUTE,
		.start = now - (uint64_t)(f->age * 1e9),
		.orig_bytes = f->orig_bytes, .orig_packets = f->orig_bytes / 60,
		.reply_bytes = f->reply_bytes, .reply_packets = f->reply_bytes / 600,
		.have = HAVE_ID | HAVE_STATUS | HAVE_STATE | HAVE_TIMEOUT | HAVE_START |
			HAVE_ORIG | HAVE_REPL,
	};
	bool icmp = f->l4 == IPPROTO_ICMP;

	u.key.orig.src = fixture_addr(f->src);
	u.key.orig.dst = fixture_addr(f->dst);
	u.key.orig.sport = f->sport;
	u.key.orig.dport = f->dport;
	u.key.l3 = addr_is_v4(&u.key.orig.src) ? AF_INET : AF_INET6;
	u.key.l4 = f->l4;
	u.reply.src = fixture_addr(f->nat_dst ? f->nat_dst : f->dst);
	u.reply.dst = fixture_addr(f->nat_src ? f->nat_src : f->src);
	u.reply.sport = icmp ? f->sport : f->dport;
	u.reply.dport = icmp ? 0 : f->sport;
	return u;
}

static inline enum flow_direction fixture_direction(const void *ctx,
						    const struct flow_ends *orig,
						    const struct flow_ends *reply)
{
	struct addr here = fixture_addr("192.0.2.7"), here6 = fixture_addr("2001:db8::7");

	(void)ctx;
	(void)reply;
	if (addr_equal(&orig->src, &here) || addr_equal(&orig->src, &here6))
		return FLOW_OUT;
	return addr_equal(&orig->dst, &here) ? FLOW_IN : FLOW_FORWARDED;
}

static inline uint32_t fixture_place(const struct addr *a)
{
	static const struct { const char *prefix; struct place place; } places[] = {
		{ "93.184.216.0/24", { "US", "United States", "Los Angeles", "Edgecast", 15133 } },
		{ "140.82.112.0/20", { "US", "United States", "", "GitHub", 36459 } },
		{ "151.101.0.0/16", { "US", "United States", "", "Fastly", 54113 } },
		{ "203.0.113.0/24", { "NO", "Norway", "Oslo", "Example AS", 64496 } },
		{ "198.51.100.0/24", { "CH", "Switzerland", "Zürich", "Beispiel AG", 64500 } },
		{ "1.1.1.0/24", { "AU", "Australia", "", "Cloudflare", 13335 } },
		{ "2606:4700::/32", { "US", "United States", "", "Cloudflare", 13335 } },
		{ "10.0.0.0/8", { "", "private", "", "", 0 } },
	};

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct addr_prefix p;

		if (addr_prefix_parse(places[i].prefix, &p) && addr_in_prefix(a, &p))
			return place_intern(&places[i].place);
	}
	return PLACE_UNKNOWN;
}

static inline struct owner *fixture_owner(const struct owner *o)
{
	struct command *c = calloc(1, sizeof(*c));
	struct owner *owner = owner_new(o);

	c->parent = 1;
	snprintf(c->parent_name, sizeof(c->parent_name), "systemd");
	snprintf(c->line, sizeof(c->line), "/usr/bin/%s --quiet", o->name);
	owner_set_command(owner, c);
	return owner;
}

/* What the enrichers and the counters' polling would have found. */
static inline void fixture_learn(struct flow_list *fl, struct flow *flow, uint32_t slot)
{
	const struct fixture_flow *f = &fixture_flows[flow->id <= FIXTURE_FLOWS ? flow->id - 1
										: 1];
	struct flow_handle h = { slot, flow->gen };
	struct owner o = { .pid = f->pid, .uid = 1000, .user = "alice" };

	flow->changed = clock_ms() - (uint32_t)(1.5 * HOUR + HALF_A_MINUTE) * 1000;
	flow->orig_rate = f->orig_rate;
	flow->reply_rate = f->reply_rate;
	flow_list_set_places(fl, h, fixture_place(&flow->key.orig.src),
			     fixture_place(&flow->key.orig.dst));
	if (!f->process) {
		flow_list_set_owner(fl, h, NULL, MATCH_NONE);
		return;
	}
	snprintf(o.name, sizeof(o.name), "%s", f->process);
	snprintf(o.unit, sizeof(o.unit), "%s", f->unit);
	flow_list_set_owner(fl, h, fixture_owner(&o), MATCH_EXACT);
}

static inline void fixture_names(void)
{
	static const char *const names[][2] = {
		{ "93.184.216.34", "edge-1.example.net" },
		{ "140.82.121.4", "lb-140-82-121-4-fra.github.com" },
		{ "198.51.100.53", "dns.example.org" },
		{ "1.1.1.1", "one.one.one.one" },
		{ "203.0.113.50", "büro.example.no" },
		{ "10.0.0.31", "laptop.lan" },
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct addr a = fixture_addr(names[i][0]);

		name_publish(&a, names[i][1]);
	}
}

static inline void fixture_health(struct flow_list *fl)
{
	struct flow_stats *s = flow_list_stats(fl);

	s->kernel_max = 262144;
	s->kernel_count = s->live;
	s->acct = s->timestamp = 1;
	s->tracking = TRACKING_ON;
}

/* @more: flows like the second, from ports 20000 on. */
static inline struct flow_list *fixture_table(unsigned more)
{
	struct flow_list *fl = flow_list_new(100 + more, 3600000);
	unsigned n = FIXTURE_FLOWS;

	flow_list_set_direction(fl, fixture_direction, NULL);
	flow_list_dump_begin(fl);
	for (unsigned i = 0; i < n + more; i++) {
		struct fixture_flow f = fixture_flows[i < n ? i : 1];
		struct flow_update u;

		if (i >= n) {
			f.sport = 20000 + (i - n) % 40000;
			f.dport = 443 + (i - n) / 40000;
		}
		u = fixture_update(&f, i + 1);
		flow_list_apply(fl, &u, 1);
	}
	flow_list_dump_end(fl, true);
	for (uint32_t slot = 0; slot < flow_list_slots(fl); slot++) {
		const struct flow *f = flow_list_at_rcu(fl, slot, NULL);

		if (f)
			fixture_learn(fl, (struct flow *)f, slot);
	}
	for (unsigned i = 0; i < n; i++) {
		struct flow_update u = fixture_update(&fixture_flows[i], i + 1);

		u.source = FLOW_DESTROY;
		if (fixture_flows[i].ended)
			flow_list_apply(fl, &u, 1);
	}
	fixture_names();
	fixture_health(fl);
	return fl;
}

/* Keys come by the terminal alone; the picture is made anew only when asked. */
#define FIXTURE_CONF { \
	.delay = 3600, .linger = 3, .color = "auto", .lines = -1, .rcvbuf_max = 64, .budget = 8, \
}

static inline int fixture_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static inline void fixture_give_back(void)
{
}

/* Signals as flowtop.c takes them. */
static inline int fixture_stop(void)
{
	int fd = stop_open(fixture_give_back);

	if (fd < 0)
		abort();
	stop_listen();
	return fd;
}

/* The screen on @fl; its exit status. */
static inline int fixture_run(struct conf *c, struct flow_list *fl)
{
	struct ui_options o = {
		.conf = c, .stop_fd = fixture_stop(), .signal_fd = fixture_signals(),
		.spec = { .families = FAMILY_BOTH, .ended = true, .self = true, .sorts = 1 },
	};
	struct filter_error filter_error;
	char error[128];
	int status;

	if (c->tcp)
		proto_set_add(&o.spec.protos, IPPROTO_TCP);
	if (sort_parse(c->sort ? c->sort : "state", false, o.spec.sort, error, sizeof(error)) < 0)
		abort();
	o.spec.group_sorts = sort_parse("flows", true, o.spec.group_sort, error, sizeof(error));
	o.spec.group = c->group ? column_find_group(c->group) : NULL;
	o.spec.filter = c->filter ? filter_parse(c->filter, &filter_error) : NULL;
	if (c->filter && !o.spec.filter)
		abort();
	o.view = view_new(fl);
	if (!o.view || view_start(o.view, c->delay))
		abort();
	status = ui_run(&o);
	view_free(o.view);
	filter_unref(o.spec.filter);
	close(o.signal_fd);
	return status;
}

static inline void fixture_begin(void)
{
	setlocale(LC_ALL, "");
	rcu_register_thread();
	if (facts_init() || service_init())
		abort();
}

static inline void fixture_end(struct flow_list *fl)
{
	flow_list_free(fl);
	service_free();
	facts_free();
	rcu_unregister_thread();
}

#endif
