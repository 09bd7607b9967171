/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * column.c - the field table, and the getters it is made of.
 */
#include "column.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "proto.h"
#include "service.h"

/* ---- rows ---- */

void row_fill_rcu(struct row *r, const struct flow *f, struct flow_handle h,
		  unsigned needs, uint32_t now_ms, uint64_t now_real)
{
	bool names = needs & NEED_NAME, places = needs & NEED_PLACE;

	*r = (struct row){
		.flow = f,
		.handle = h,
		.owner = rcu_dereference(f->owner),
		.src_name = names ? name_get_rcu(&f->key.orig.src) : NULL,
		.dst_name = names ? name_get_rcu(&f->key.orig.dst) : NULL,
		.src_place = place_get(places ? flow_read(f->src_place) : PLACE_UNKNOWN),
		.dst_place = place_get(places ? flow_read(f->dst_place) : PLACE_UNKNOWN),
		.sock = needs & NEED_SOCK ? sock_info_get_rcu(flow_handle_pack(h)) : NULL,
		.now_ms = now_ms,
		.now_real = now_real,
	};
}

/* Not all of it: rcu is written when another one takes its place. */
static void extra_copy(struct flow_extra *to, const struct flow_extra *from)
{
	memcpy(to->labels, from->labels, sizeof(to->labels));
	memcpy(to->helper, from->helper, sizeof(to->helper));
}

static const char *keep_name(char *to, size_t size, const char *name)
{
	if (name)
		snprintf(to, size, "%s", name);
	return name ? to : NULL;
}

void row_keep_rcu(struct row *row, struct row_store *store)
{
	const struct flow_extra *extra = rcu_dereference(row->flow->extra);

	flow_copy_rcu(&store->flow, row->flow);
	if (extra)
		extra_copy(&store->extra, extra);
	if (row->owner)
		owner_copy(&store->owner, row->owner);
	if (row->sock)
		store->sock = *row->sock;
	store->flow.extra = extra ? &store->extra : NULL;
	store->flow.owner = row->owner ? &store->owner : NULL;
	row->flow = &store->flow;
	row->owner = store->flow.owner;
	row->sock = row->sock ? &store->sock : NULL;
	row->src_name = keep_name(store->src_name, sizeof(store->src_name), row->src_name);
	row->dst_name = keep_name(store->dst_name, sizeof(store->dst_name), row->dst_name);
}

enum flow_nat flow_nat(const struct flow *f)
{
	const struct flow_ends *orig = &f->key.orig, *reply = &f->reply;
	bool icmp = proto_is_icmp(f->key.l4);
	uint16_t reply_dport = icmp ? reply->sport : reply->dport;
	uint16_t reply_sport = icmp ? orig->dport : reply->sport;
	int nat = NAT_NONE;

	if (!addr_equal(&reply->dst, &orig->src) || reply_dport != orig->sport)
		nat |= NAT_SRC;
	if (!addr_equal(&reply->src, &orig->dst) || reply_sport != orig->dport)
		nat |= NAT_DST;
	return nat;
}

bool flow_remote_is_src(const struct flow *f)
{
	return flow_read(f->direction) == FLOW_IN;
}

bool flow_is_unreplied(const struct flow *f)
{
	return !(flow_read(f->status) & IPS_SEEN_REPLY);
}

const char *row_process(const struct row *r)
{
	if (r->owner && r->owner->name[0])
		return r->owner->name;
	if (!r->owner && flow_read(r->flow->direction) == FLOW_FORWARDED)
		return BRIDGED;
	return NULL;
}

/* ---- values ---- */

/* NULL and "" are null. */
static void set_text(struct value *v, const char *text)
{
	v->type = text && *text ? VALUE_TEXT : VALUE_NULL;
	v->text = text;
}

static void set_int(struct value *v, uint64_t n)
{
	v->type = VALUE_INT;
	v->n = n;
}

static void set_int_if(struct value *v, bool known, uint64_t n)
{
	v->type = known ? VALUE_INT : VALUE_NULL;
	v->n = n;
}

static void set_real(struct value *v, double real)
{
	v->type = isnan(real) ? VALUE_NULL : VALUE_REAL;
	v->real = real;
}

static void set_addr(struct value *v, const struct addr *a)
{
	v->type = VALUE_ADDR;
	v->addr = *a;
}

static bool has_ports(const struct row *r)
{
	return proto_has_ports(r->flow->key.l4);
}

static float flow_read_rate(const float *rate)
{
	float value;

	__atomic_load(rate, &value, __ATOMIC_RELAXED);
	return value;
}

/* ---- who ---- */

static void get_process(const struct row *r, struct value *v)
{
	set_text(v, row_process(r));
}

static void get_pid(const struct row *r, struct value *v)
{
	set_int_if(v, r->owner && r->owner->pid, r->owner ? r->owner->pid : 0);
}

static void get_user(const struct row *r, struct value *v)
{
	set_text(v, r->owner ? r->owner->user : NULL);
}

static void get_unit(const struct row *r, struct value *v)
{
	set_text(v, r->owner ? r->owner->unit : NULL);
}

static void get_container(const struct row *r, struct value *v)
{
	set_text(v, r->owner ? r->owner->container : NULL);
}

static void get_netns(const struct row *r, struct value *v)
{
	set_text(v, r->owner ? r->owner->netns : NULL);
}

static void get_match(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[MATCH_PENDING] = "none", [MATCH_NONE] = "none", [MATCH_UID] = "uid",
		[MATCH_UNIT] = "unit", [MATCH_NETNS] = "netns",
		[MATCH_LISTENER] = "listener", [MATCH_EXACT] = "exact",
	};

	set_text(v, names[flow_read(r->flow->match)]);
}

static void screen_process(const struct row *r, const struct format *f, struct text *out)
{
	const char *name = row_process(r);

	(void)f;
	text_add(out, name ? name : "?");
}

/* ---- what ---- */

static void get_family(const struct row *r, struct value *v)
{
	set_text(v, r->flow->key.l3 == AF_INET ? "ipv4" : "ipv6");
}

static void get_proto(const struct row *r, struct value *v)
{
	const char *name = proto_name(r->flow->key.l4);

	if (!name) {
		snprintf(v->buf, sizeof(v->buf), "%u", r->flow->key.l4);
		name = v->buf;
	}
	set_text(v, name);
}

static void get_state(const struct row *r, struct value *v)
{
	set_text(v, proto_state_name(r->flow->key.l4, flow_read(r->flow->state)));
}

/*
 * The state's rank, then the busier, then the younger, in one number: 6 bits
 * of rank, 26 of the rate (floats that are not negative sort like their bits),
 * 32 of the second in which it began.
 */
static uint64_t order_state(const struct row *r)
{
	const struct flow *f = r->flow;
	float orig = flow_read_rate(&f->orig_rate), reply = flow_read_rate(&f->reply_rate);
	float rate = (isnan(orig) ? 0 : orig) + (isnan(reply) ? 0 : reply);
	uint64_t rank = proto_state_rank(f->key.l4, flow_read(f->state));
	uint32_t busy, young = flow_read(f->start) / 1000000000;

	memcpy(&busy, &rate, sizeof(busy));
	return rank << 58 | (uint64_t)(~busy >> 5 & 0x3ffffff) << 32 | (uint32_t)~young;
}

static void get_service(const struct row *r, struct value *v)
{
	int port = service_server_port(&r->flow->key);

	set_text(v, port < 0 ? NULL : service_name(r->flow->key.l4, port));
}

static void screen_service(const struct row *r, const struct format *f, struct text *out)
{
	int port = service_server_port(&r->flow->key);
	const char *name = port < 0 ? NULL : service_name(r->flow->key.l4, port);

	if (name && f->services)
		text_add(out, name);
	else if (port >= 0 && !f->services)
		text_printf(out, "%d", port);
}

static void get_direction(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[FLOW_FORWARDED] = "forwarded", [FLOW_IN] = "in", [FLOW_OUT] = "out",
		[FLOW_LOCAL] = "local",
	};

	set_text(v, names[flow_read(r->flow->direction)]);
}

/* ---- both ends ---- */

struct end {
	const struct addr *addr;
	uint16_t port;
	const char *name;
	const struct place *place;
};

static struct end end_src(const struct row *r)
{
	const struct flow_ends *e = &r->flow->key.orig;

	return (struct end){ &e->src, e->sport, r->src_name, r->src_place };
}

static struct end end_dst(const struct row *r)
{
	const struct flow_ends *e = &r->flow->key.orig;

	return (struct end){ &e->dst, e->dport, r->dst_name, r->dst_place };
}

static struct end end_remote(const struct row *r)
{
	return flow_remote_is_src(r->flow) ? end_src(r) : end_dst(r);
}

/* A country, or the kind of the address: that takes no database. */
static const char *end_country_name(struct end end)
{
	return end.place->country_name[0] ? end.place->country_name : addr_kind(end.addr);
}

/* The eight getters of an end, and their entries in the table. */
#define END_GETTERS(end) \
static void get_##end##_addr(const struct row *r, struct value *v) \
{ set_addr(v, end_##end(r).addr); } \
static void get_##end##_port(const struct row *r, struct value *v) \
{ set_int_if(v, has_ports(r), end_##end(r).port); } \
static void get_##end##_host(const struct row *r, struct value *v) \
{ set_text(v, end_##end(r).name); } \
static void get_##end##_country(const struct row *r, struct value *v) \
{ set_text(v, end_##end(r).place->country); } \
static void get_##end##_country_name(const struct row *r, struct value *v) \
{ set_text(v, end_country_name(end_##end(r))); } \
static void get_##end##_city(const struct row *r, struct value *v) \
{ set_text(v, end_##end(r).place->city); } \
static void get_##end##_asn(const struct row *r, struct value *v) \
{ set_int_if(v, end_##end(r).place->asn, end_##end(r).place->asn); } \
static void get_##end##_org(const struct row *r, struct value *v) \
{ set_text(v, end_##end(r).place->org); } \
static void screen_##end(const struct row *r, const struct format *f, struct text *out) \
{ screen_end(r, end_##end(r), f, out); } \
static void screen_##end##_geo(const struct row *r, const struct format *f, struct text *out) \
{ (void)f; screen_geo(end_##end(r), out); }

static void screen_end(const struct row *r, struct end end, const struct format *f,
		       struct text *out)
{
	bool named = f->names && end.name && *end.name, ports = has_ports(r);
	bool brackets = !named && ports && !addr_is_v4(end.addr);
	enum flow_nat changed = end.addr == &r->flow->key.orig.src ? NAT_SRC : NAT_DST;
	char addr[ADDR_STRLEN];

	text_add(out, brackets ? "[" : "");
	text_add(out, named ? end.name : addr_format(end.addr, addr));
	text_add(out, brackets ? "]" : "");
	if (ports)
		text_printf(out, ":%u", end.port);
	if (flow_nat(r->flow) & changed)
		text_add(out, " (nat)");
}

/* "NO Oslo", "private"; "" where it is not known. */
static void screen_geo(struct end end, struct text *out)
{
	const struct place *p = end.place;
	const char *name = p->country[0] ? p->country : end_country_name(end);

	text_add(out, name ? name : "");
	if (p->city[0]) {
		text_add(out, " ");
		text_add(out, p->city);
	}
}

END_GETTERS(src)
END_GETTERS(dst)
END_GETTERS(remote)

#define END_COLUMNS(end, heading, what, first, second) \
	{ .name = #end "_addr", .title = heading, .help = "address of " what, \
	  .min_width = 18, .max_width = 44, .rank = first, .groupable = true, \
	  .needs = NEED_NAME, \
	  .kind = KIND_ADDR, .get = get_##end##_addr, .screen = screen_##end }, \
	{ .name = #end "_port", .title = "PORT", .help = "port of " what, \
	  .min_width = 5, .max_width = 5, .right = true, .groupable = true, \
	  .kind = KIND_NUMBER, .get = get_##end##_port }, \
	{ .name = #end "_host", .title = "HOST", .help = "reverse name of " what, \
	  .min_width = 15, .max_width = 40, .groupable = true, .needs = NEED_NAME, .get = get_##end##_host }, \
	{ .name = #end "_country", .title = "GEO", .help = "country code of " what, \
	  .min_width = 2, .max_width = 14, .rank = second, .groupable = true, \
	  .needs = NEED_PLACE, .get = get_##end##_country, .screen = screen_##end##_geo }, \
	{ .name = #end "_country_name", .title = "COUNTRY", .help = "country of " what \
	  ", or the kind of its address", .min_width = 10, .max_width = 20, .groupable = true, \
	  .needs = NEED_PLACE, .get = get_##end##_country_name }, \
	{ .name = #end "_city", .title = "CITY", .help = "city of " what, .min_width = 8, \
	  .max_width = 20, .groupable = true, .needs = NEED_PLACE, .get = get_##end##_city }, \
	{ .name = #end "_asn", .title = "ASN", .help = "autonomous system number of " what, \
	  .min_width = 6, .max_width = 10, .right = true, .groupable = true, .needs = NEED_PLACE, \
	  .kind = KIND_NUMBER, .get = get_##end##_asn }, \
	{ .name = #end "_org", .title = "ORG", .help = "network owner of " what, .min_width = 10, \
	  .max_width = 30, .groupable = true, .needs = NEED_PLACE, .get = get_##end##_org }

/* ---- ICMP, reply tuple ---- */

static void get_icmp_type(const struct row *r, struct value *v)
{
	set_int_if(v, proto_is_icmp(r->flow->key.l4), r->flow->key.orig.dport >> 8);
}

static void get_icmp_code(const struct row *r, struct value *v)
{
	set_int_if(v, proto_is_icmp(r->flow->key.l4), r->flow->key.orig.dport & 0xff);
}

static void get_icmp_id(const struct row *r, struct value *v)
{
	set_int_if(v, proto_is_icmp(r->flow->key.l4), r->flow->key.orig.sport);
}

static void get_reply_src_addr(const struct row *r, struct value *v)
{
	set_addr(v, &r->flow->reply.src);
}

static void get_reply_src_port(const struct row *r, struct value *v)
{
	set_int_if(v, has_ports(r), r->flow->reply.sport);
}

static void get_reply_dst_addr(const struct row *r, struct value *v)
{
	set_addr(v, &r->flow->reply.dst);
}

static void get_reply_dst_port(const struct row *r, struct value *v)
{
	set_int_if(v, has_ports(r), r->flow->reply.dport);
}

static void get_nat(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[NAT_NONE] = NULL, [NAT_SRC] = "snat", [NAT_DST] = "dnat", [NAT_BOTH] = "both",
	};

	set_text(v, names[flow_nat(r->flow)]);
}

/* ---- counters and rates ---- */

static void set_counter(const struct row *r, struct value *v, uint64_t n)
{
	set_int_if(v, flow_read(r->flow->flags) & FLOW_COUNTED, n);
}

static void get_orig_packets(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->orig_packets));
}

static void get_orig_bytes(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->orig_bytes));
}

static void get_reply_packets(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->reply_packets));
}

static void get_reply_bytes(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->reply_bytes));
}

static void get_bytes(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->orig_bytes) + flow_read(r->flow->reply_bytes));
}

static void get_packets(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->orig_packets) + flow_read(r->flow->reply_packets));
}

static void get_orig_rate(const struct row *r, struct value *v)
{
	set_real(v, flow_read_rate(&r->flow->orig_rate));
}

static void get_reply_rate(const struct row *r, struct value *v)
{
	set_real(v, flow_read_rate(&r->flow->reply_rate));
}

static void get_rate(const struct row *r, struct value *v)
{
	set_real(v, flow_read_rate(&r->flow->orig_rate) + flow_read_rate(&r->flow->reply_rate));
}

static void screen_amount(void (*get)(const struct row *, struct value *), const struct row *r,
			  const struct format *f, struct text *out)
{
	struct value v;
	double n;

	get(r, &v);
	if (v.type == VALUE_NULL)
		return;
	n = v.type == VALUE_INT ? (double)v.n : v.real;
	text_add_human(out, f->unit == UNIT_BITS ? n * 8 : n, f->iec);
}

/*
 * In packets the kernel tells no rate: what is shown is the bytes' rate by
 * the flow's mean size of a packet.
 */
static double packet_share(const struct row *r, bool reply)
{
	uint64_t packets = flow_read(*(reply ? &r->flow->reply_packets : &r->flow->orig_packets));
	uint64_t bytes = flow_read(*(reply ? &r->flow->reply_bytes : &r->flow->orig_bytes));

	return bytes ? (double)packets / bytes : 0;
}

static void screen_one_rate(const struct row *r, const struct format *f, bool reply,
			    struct text *out)
{
	double rate = flow_read_rate(reply ? &r->flow->reply_rate : &r->flow->orig_rate);

	if (isnan(rate))
		return;
	if (f->unit == UNIT_PACKETS)
		rate *= packet_share(r, reply);
	text_add_human(out, f->unit == UNIT_BITS ? rate * 8 : rate, f->iec);
}

static void screen_orig_rate(const struct row *r, const struct format *f, struct text *out)
{
	screen_one_rate(r, f, false, out);
}

static void screen_reply_rate(const struct row *r, const struct format *f, struct text *out)
{
	screen_one_rate(r, f, true, out);
}

#define SCREEN_AMOUNT(field) \
static void screen_##field(const struct row *r, const struct format *f, struct text *out) \
{ screen_amount(get_##field, r, f, out); }

SCREEN_AMOUNT(rate)
SCREEN_AMOUNT(orig_bytes)
SCREEN_AMOUNT(reply_bytes)
SCREEN_AMOUNT(bytes)

/* ---- times ---- */

static void set_time(struct value *v, uint64_t ns)
{
	v->type = ns ? VALUE_TIME : VALUE_NULL;
	v->n = ns;
}

static void get_start(const struct row *r, struct value *v)
{
	set_time(v, flow_read(r->flow->start));
}

static void get_end(const struct row *r, struct value *v)
{
	set_time(v, flow_read(r->flow->end));
}

static void get_age(const struct row *r, struct value *v)
{
	uint64_t start = flow_read(r->flow->start), end = flow_read(r->flow->end);

	if (!end)
		end = r->now_real;
	set_real(v, end > start ? (end - start) / 1e9 : 0);
}

static void get_age_from(const struct row *r, struct value *v)
{
	set_text(v, flow_read(r->flow->flags) & FLOW_START_KNOWN ? "kernel" : "seen");
}

static void get_timeout(const struct row *r, struct value *v)
{
	uint32_t expires = flow_read(r->flow->expires);
	int32_t left = expires - r->now_ms;

	set_int_if(v, expires && !(flow_read(r->flow->flags) & FLOW_ENDED),
		   left > 0 ? left / 1000 : 0);
}

static void get_idle(const struct row *r, struct value *v)
{
	int32_t ms = r->now_ms - flow_read(r->flow->changed);

	set_real(v, flow_read(r->flow->flags) & FLOW_COUNTED ? (ms > 0 ? ms : 0) / 1000.0 : NAN);
}

static void screen_seconds(void (*get)(const struct row *, struct value *),
			   const struct row *r, struct text *out)
{
	struct value v;

	get(r, &v);
	if (v.type != VALUE_NULL)
		text_add_duration(out, v.type == VALUE_INT ? (double)v.n : v.real);
}

static void screen_age(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	screen_seconds(get_age, r, out);
}

static void screen_timeout(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	screen_seconds(get_timeout, r, out);
}

static void screen_idle(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	screen_seconds(get_idle, r, out);
}

/* ---- the entry's own ---- */

static void get_status(const struct row *r, struct value *v)
{
	v->type = VALUE_STATUS;
	v->n = flow_read(r->flow->status);
}

static void get_mark(const struct row *r, struct value *v)
{
	set_int(v, flow_read(r->flow->mark));
}

static void get_zone(const struct row *r, struct value *v)
{
	set_int(v, r->flow->key.zone);
}

static void get_helper(const struct row *r, struct value *v)
{
	const struct flow_extra *e = rcu_dereference(r->flow->extra);

	set_text(v, e ? e->helper : NULL);
}

static void get_labels(const struct row *r, struct value *v)
{
	static const uint8_t none[16];
	const struct flow_extra *e = rcu_dereference(r->flow->extra);

	v->type = VALUE_LABELS;
	v->bits = e ? e->labels : none;
}

static void get_id(const struct row *r, struct value *v)
{
	set_int(v, r->flow->id);
}

/* ---- the socket's ---- */

static void get_rtt(const struct row *r, struct value *v)
{
	set_real(v, r->sock ? r->sock->rtt_us / 1e6 : NAN);
}

static void get_rttvar(const struct row *r, struct value *v)
{
	set_real(v, r->sock ? r->sock->rttvar_us / 1e6 : NAN);
}

static void get_retrans(const struct row *r, struct value *v)
{
	set_int_if(v, r->sock, r->sock ? r->sock->retrans : 0);
}

static void get_cwnd(const struct row *r, struct value *v)
{
	set_int_if(v, r->sock, r->sock ? r->sock->cwnd : 0);
}

static void screen_ms(double seconds, struct text *out)
{
	text_printf(out, seconds < 0.1 ? "%.2fms" : "%.0fms", seconds * 1e3);
}

static void screen_rtt(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	if (r->sock)
		screen_ms(r->sock->rtt_us / 1e6, out);
}

static void screen_rttvar(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	if (r->sock)
		screen_ms(r->sock->rttvar_us / 1e6, out);
}

/* ---- the table ---- */

#define COUNTER_COLUMN(field, heading, what) \
	{ .name = #field, .title = heading, .help = what, .min_width = 6, .max_width = 8, \
	  .right = true, .descends = true, .kind = KIND_NUMBER, .get = get_##field }

const struct column columns[] = {
	{ .name = "process", .title = "PROCESS", .help = "local process, or " BRIDGED,
	  .min_width = 8, .max_width = 16, .rank = 1, .groupable = true, .needs = NEED_OWNER,
	  .get = get_process, .screen = screen_process },
	{ .name = "pid", .title = "PID", .help = "its process id", .min_width = 6, .max_width = 7,
	  .rank = 6, .right = true, .groupable = true, .needs = NEED_OWNER,
	  .kind = KIND_NUMBER, .get = get_pid },
	{ .name = "user", .title = "USER", .help = "its user", .min_width = 6, .max_width = 12,
	  .groupable = true, .needs = NEED_OWNER, .get = get_user },
	{ .name = "unit", .title = "UNIT", .help = "its systemd unit or container",
	  .min_width = 10, .max_width = 24, .groupable = true, .needs = NEED_OWNER, .get = get_unit },
	{ .name = "container", .title = "CONTAINER", .help = "its container: name or id",
	  .min_width = 9, .max_width = 20, .groupable = true, .needs = NEED_OWNER,
	  .get = get_container },
	{ .name = "netns", .title = "NETNS", .help = "its network namespace, if not this one",
	  .min_width = 6, .max_width = 14, .groupable = true, .needs = NEED_OWNER, .get = get_netns },
	{ .name = "match", .title = "MATCH",
	  .help = "how the process was found: exact listener netns unit uid none",
	  .min_width = 5, .max_width = 8, .groupable = true, .needs = NEED_OWNER, .get = get_match },

	{ .name = "family", .title = "IP", .help = "ipv4 or ipv6", .min_width = 4, .max_width = 4,
	  .groupable = true, .get = get_family },
	{ .name = "proto", .title = "PROTO", .help = "transport protocol", .min_width = 5,
	  .max_width = 7, .rank = 3, .groupable = true, .get = get_proto },
	{ .name = "state", .title = "STATE", .help = "state of the connection", .min_width = 11,
	  .max_width = 12, .rank = 2, .groupable = true, .get = get_state, .order = order_state },
	{ .name = "service", .title = "SERVICE", .help = "likely service, by the server's port",
	  .min_width = 6, .max_width = 12, .rank = 5, .groupable = true, .get = get_service,
	  .screen = screen_service },
	{ .name = "direction", .title = "DIR", .help = "in, out, forwarded or local",
	  .min_width = 5, .max_width = 9, .groupable = true, .get = get_direction },

	END_COLUMNS(src, "SOURCE", "the source", 2, 8),
	END_COLUMNS(dst, "DESTINATION", "the destination", 1, 7),
	END_COLUMNS(remote, "REMOTE", "the end that is not this host", 0, 0),

	{ .name = "icmp_type", .title = "TYPE", .help = "ICMP type", .min_width = 4, .max_width = 4,
	  .right = true, .groupable = true, .kind = KIND_NUMBER, .get = get_icmp_type },
	{ .name = "icmp_code", .title = "CODE", .help = "ICMP code", .min_width = 4, .max_width = 4,
	  .right = true, .groupable = true, .kind = KIND_NUMBER, .get = get_icmp_code },
	{ .name = "icmp_id", .title = "ICMPID", .help = "ICMP id", .min_width = 6, .max_width = 6,
	  .right = true, .kind = KIND_NUMBER, .get = get_icmp_id },

	{ .name = "reply_src_addr", .title = "REPLY SOURCE", .min_width = 15, .max_width = 39,
	  .help = "source address of the reply direction: the server behind a DNAT",
	  .groupable = true, .kind = KIND_ADDR, .get = get_reply_src_addr },
	{ .name = "reply_src_port", .title = "RSPORT", .min_width = 6, .max_width = 6, .right = true,
	  .help = "source port of the reply direction", .groupable = true,
	  .kind = KIND_NUMBER, .get = get_reply_src_port },
	{ .name = "reply_dst_addr", .title = "REPLY DESTINATION", .min_width = 15, .max_width = 39,
	  .help = "destination address of the reply direction: the outside of an SNAT",
	  .groupable = true, .kind = KIND_ADDR, .get = get_reply_dst_addr },
	{ .name = "reply_dst_port", .title = "RDPORT", .min_width = 6, .max_width = 6, .right = true,
	  .help = "destination port of the reply direction", .groupable = true,
	  .kind = KIND_NUMBER, .get = get_reply_dst_port },
	{ .name = "nat", .title = "NAT", .help = "snat, dnat or both", .min_width = 4, .max_width = 4,
	  .groupable = true, .get = get_nat },

	COUNTER_COLUMN(orig_packets, "PKTS>", "packets, original direction"),
	{ .name = "orig_bytes", .title = "BYTES>", .help = "bytes, original direction",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_orig_bytes,
	  .screen = screen_orig_bytes },
	COUNTER_COLUMN(reply_packets, "PKTS<", "packets, reply direction"),
	{ .name = "reply_bytes", .title = "BYTES<", .help = "bytes, reply direction",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_reply_bytes,
	  .screen = screen_reply_bytes },
	{ .name = "bytes", .title = "BYTES", .help = "bytes, both directions", .min_width = 6,
	  .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_bytes, .screen = screen_bytes },
	COUNTER_COLUMN(packets, "PKTS", "packets, both directions"),

	{ .name = "orig_rate", .title = "RATE>", .help = "bytes/s, original direction",
	  .min_width = 6, .max_width = 7, .rank = 3, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_orig_rate, .screen = screen_orig_rate },
	{ .name = "reply_rate", .title = "RATE<", .help = "bytes/s, reply direction",
	  .min_width = 6, .max_width = 7, .rank = 3, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_reply_rate, .screen = screen_reply_rate },
	{ .name = "rate", .title = "RATE", .help = "bytes/s, both directions", .min_width = 6,
	  .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_rate, .screen = screen_rate },

	{ .name = "start", .title = "START", .help = "when it began", .min_width = 20, .max_width = 30,
	  .descends = true, .kind = KIND_TIME, .get = get_start },
	{ .name = "end", .title = "END", .help = "when it ended", .min_width = 20, .max_width = 30,
	  .descends = true, .kind = KIND_TIME, .get = get_end },
	{ .name = "age", .title = "AGE", .help = "seconds since it began", .min_width = 6,
	  .max_width = 6, .rank = 4, .right = true, .descends = true,
	  .kind = KIND_SECONDS, .get = get_age,
	  .screen = screen_age },
	{ .name = "age_from", .title = "AGE FROM",
	  .help = "kernel: its timestamp; seen: since flowtop saw it", .min_width = 6, .max_width = 8,
	  .get = get_age_from },
	{ .name = "timeout", .title = "EXPIRES", .help = "seconds until the entry expires",
	  .min_width = 7, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_SECONDS, .get = get_timeout,
	  .screen = screen_timeout },
	{ .name = "idle", .title = "IDLE", .help = "seconds since a packet was counted",
	  .min_width = 6, .max_width = 6, .right = true, .descends = true,
	  .kind = KIND_SECONDS, .get = get_idle,
	  .screen = screen_idle },

	{ .name = "status", .title = "STATUS", .help = "flags of the entry: ASSURED, ...",
	  .min_width = 12, .max_width = 40, .kind = KIND_STATUS, .get = get_status },
	{ .name = "mark", .title = "MARK", .help = "connection mark", .min_width = 6, .max_width = 10,
	  .right = true, .groupable = true, .kind = KIND_NUMBER, .get = get_mark },
	{ .name = "zone", .title = "ZONE", .help = "conntrack zone", .min_width = 5, .max_width = 5,
	  .right = true, .groupable = true, .kind = KIND_NUMBER, .get = get_zone },
	{ .name = "helper", .title = "HELPER", .help = "conntrack helper (ftp, sip, ...)",
	  .min_width = 6, .max_width = 10, .groupable = true, .get = get_helper },
	{ .name = "labels", .title = "LABELS", .help = "connection labels, by number",
	  .min_width = 6, .max_width = 12, .kind = KIND_LABELS, .get = get_labels },
	{ .name = "id", .title = "ID", .help = "the kernel's id of the entry", .min_width = 10,
	  .max_width = 10, .right = true, .kind = KIND_NUMBER, .get = get_id },

	{ .name = "rtt", .title = "RTT", .help = "smoothed round trip time, seconds",
	  .min_width = 8, .max_width = 8, .right = true, .descends = true, .needs = NEED_SOCK,
	  .kind = KIND_SECONDS, .get = get_rtt, .screen = screen_rtt },
	{ .name = "rttvar", .title = "RTTVAR", .help = "its mean deviation, seconds",
	  .min_width = 8, .max_width = 8, .right = true, .descends = true, .needs = NEED_SOCK,
	  .kind = KIND_SECONDS, .get = get_rttvar, .screen = screen_rttvar },
	{ .name = "retrans", .title = "RETRANS", .help = "TCP segments sent again, in all",
	  .min_width = 7, .max_width = 7, .right = true, .descends = true, .needs = NEED_SOCK,
	  .kind = KIND_NUMBER, .get = get_retrans },
	{ .name = "cwnd", .title = "CWND", .help = "congestion window, segments", .min_width = 5,
	  .max_width = 5, .right = true, .descends = true, .needs = NEED_SOCK,
	  .kind = KIND_NUMBER, .get = get_cwnd },
};

const unsigned n_columns = sizeof(columns) / sizeof(columns[0]);

const struct column *column_find(const char *name)
{
	for (unsigned i = 0; i < n_columns; i++)
		if (!strcmp(columns[i].name, name))
			return &columns[i];
	return NULL;
}

bool column_find_ends(const char *name, const struct column **src, const struct column **dst)
{
	char full[32];

	snprintf(full, sizeof(full), "src_%s", name);
	*src = column_find(full);
	snprintf(full, sizeof(full), "dst_%s", name);
	*dst = column_find(full);
	return *src && *dst;
}

void column_screen(const struct column *c, const struct row *r, const struct format *f,
		   struct text *out)
{
	struct value v;

	if (c->screen) {
		c->screen(r, f, out);
		return;
	}
	c->get(r, &v);
	value_add_text(&v, out);
}
