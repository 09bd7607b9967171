/* SPDX-License-Identifier: GPL-2.0-or-later */
/* column/entry.c - fields of the entry itself: protocol, state, NAT, marks. */
#include "column/get.h"

#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "lib/community_id.h"
#include "lib/proto.h"
#include "service.h"

/* ---- protocol, state, service ---- */

void get_family(const struct row *r, struct value *v)
{
	set_text(v, r->flow->key.l3 == AF_INET ? "ipv4" : "ipv6");
}

void get_proto(const struct row *r, struct value *v)
{
	const char *name = proto_name(r->flow->key.l4);

	if (!name) {
		snprintf(v->buf, sizeof(v->buf), "%u", r->flow->key.l4);
		name = v->buf;
	}
	set_text(v, name);
}

void get_state(const struct row *r, struct value *v)
{
	set_text(v, proto_state_name(r->flow->key.l4, flow_read(r->flow->state)));
}

/*
 * By the rank of the state, then busier first, then younger, in one number: 6 bits
 * of rank, 26 of the rate (floats that are not negative sort like their bits),
 * 32 of the second in which it began.
 */
uint64_t order_state(const struct row *r)
{
	const struct flow *f = r->flow;
	float orig = read_rate(&f->orig_rate), reply = read_rate(&f->reply_rate);
	float rate = (isnan(orig) ? 0 : orig) + (isnan(reply) ? 0 : reply);
	uint64_t rank = proto_state_rank(f->key.l4, flow_read(f->state));
	uint32_t busy, young = flow_read(f->start) / 1000000000;

	memcpy(&busy, &rate, sizeof(busy));
	return rank << 58 | (uint64_t)(~busy >> 5 & 0x3ffffff) << 32 | (uint32_t)~young;
}

/* Only PPTP's GRE has keys that tell its tunnels apart. */
static bool entry_has_keys(const struct row *r)
{
	const struct flow_key *k = &r->flow->key;

	return k->l4 == IPPROTO_GRE && (k->orig.sport || k->orig.dport);
}

void get_service(const struct row *r, struct value *v)
{
	int port = flow_server_port(r->flow);

	set_text(v, port < 0 ? NULL : service_name(r->flow->key.l4, port));
}

/* What is shown as service: "echo" for ICMP, the key of a GRE tunnel, or the port. */
static void entry_add_aim(const struct row *r, struct text *out)
{
	const struct flow_key *k = &r->flow->key;
	int port = flow_server_port(r->flow);
	const char *icmp = proto_is_icmp(k->l4) ? proto_icmp_name(k->l4, k->orig.dport >> 8) : NULL;

	if (icmp)
		text_add(out, icmp);
	else if (proto_is_icmp(k->l4))
		text_printf(out, "type %u", k->orig.dport >> 8);
	else if (port >= 0)
		text_add_uint(out, port);
	else if (entry_has_keys(r))
		text_printf(out, "key %u", k->orig.dport);
}

/* Such as "https", "tcp/9000", "icmp/echo", "gre". */
void get_service_port(const struct row *r, struct value *v)
{
	struct text t = TEXT(v->buf);
	struct value proto;

	get_service(r, v);
	if (v->type != VALUE_NULL)
		return;
	get_proto(r, &proto);
	text_add(&t, proto.text);
	if (proto_is_icmp(r->flow->key.l4) || row_has_ports(r)) {
		text_add_char(&t, '/');
		entry_add_aim(r, &t);
	}
	set_text(v, v->buf);
}

void screen_service(const struct row *r, const struct format *f, struct text *out)
{
	struct value v;

	get_service(r, &v);
	if (v.type != VALUE_NULL && f->services)
		text_add(out, v.text);
	else
		entry_add_aim(r, out);
}

void get_direction(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[FLOW_FORWARDED] = "forwarded", [FLOW_IN] = "in", [FLOW_OUT] = "out",
		[FLOW_LOCAL] = "local",
	};

	set_text(v, names[flow_began(r->flow)]);
}

void screen_direction(const struct row *r, const struct format *f, struct text *out)
{
	static const char *const names[] = {
		[FLOW_FORWARDED] = "fwd", [FLOW_IN] = "in", [FLOW_OUT] = "out", [FLOW_LOCAL] = "loc",
	};

	(void)f;
	text_add(out, names[flow_began(r->flow)]);
}

/* ---- ICMP, GRE, reply tuple ---- */

void get_src_key(const struct row *r, struct value *v)
{
	set_int_if(v, entry_has_keys(r), r->flow->key.orig.sport);
}

void get_dst_key(const struct row *r, struct value *v)
{
	set_int_if(v, entry_has_keys(r), r->flow->key.orig.dport);
}

void get_icmp_type(const struct row *r, struct value *v)
{
	set_int_if(v, proto_is_icmp(r->flow->key.l4), r->flow->key.orig.dport >> 8);
}

void get_icmp_code(const struct row *r, struct value *v)
{
	set_int_if(v, proto_is_icmp(r->flow->key.l4), r->flow->key.orig.dport & 0xff);
}

void get_icmp_id(const struct row *r, struct value *v)
{
	set_int_if(v, proto_is_icmp(r->flow->key.l4), r->flow->key.orig.sport);
}

void get_reply_src_addr(const struct row *r, struct value *v)
{
	set_addr(v, &r->flow->reply.src);
}

void get_reply_src_port(const struct row *r, struct value *v)
{
	set_int_if(v, row_has_ports(r), r->flow->reply.sport);
}

void get_reply_dst_addr(const struct row *r, struct value *v)
{
	set_addr(v, &r->flow->reply.dst);
}

void get_reply_dst_port(const struct row *r, struct value *v)
{
	set_int_if(v, row_has_ports(r), r->flow->reply.dport);
}

void get_nat(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[NAT_NONE] = NULL, [NAT_SRC] = "snat", [NAT_DST] = "dnat", [NAT_BOTH] = "both",
	};

	set_text(v, names[flow_nat(r->flow)]);
}

/* ---- what else the entry says ---- */

/* The letters of the help screen: answered? translated? offloaded? */
void get_flags(const struct row *r, struct value *v)
{
	static const char nat[] = { [NAT_SRC] = 's', [NAT_DST] = 'd', [NAT_BOTH] = 'b' };
	uint32_t status = flow_read(r->flow->status);
	struct text t = TEXT(v->buf);

	text_add_char(&t, status & IPS_ASSURED ? 'A' : status & IPS_SEEN_REPLY ? 'R' : 'U');
	if (flow_nat(r->flow))
		text_add_char(&t, nat[flow_nat(r->flow)]);
	if (status & (IPS_OFFLOAD | IPS_HW_OFFLOAD))
		text_add_char(&t, status & IPS_HW_OFFLOAD ? 'H' : 'O');
	set_text(v, v->buf);
}

void get_status(const struct row *r, struct value *v)
{
	v->type = VALUE_STATUS;
	v->n = flow_read(r->flow->status);
}

void get_mark(const struct row *r, struct value *v)
{
	set_int(v, flow_read(r->flow->mark));
}

void get_zone(const struct row *r, struct value *v)
{
	uint16_t zone;

	flow_zone_rcu(r->flow, &zone);
	set_int(v, zone);
}

void get_zone_dir(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[ZONE_BOTH] = "both", [ZONE_ORIGINAL] = "original", [ZONE_REPLY] = "reply",
	};
	uint16_t zone;
	enum flow_zone_dir dir = flow_zone_rcu(r->flow, &zone);

	set_text(v, zone ? names[dir] : NULL);
}

void get_helper(const struct row *r, struct value *v)
{
	const struct flow_extra *e = rcu_dereference(r->flow->extra);

	set_text(v, e ? e->helper : NULL);
}

void get_labels(const struct row *r, struct value *v)
{
	static const uint8_t none[16];
	const struct flow_extra *e = rcu_dereference(r->flow->extra);

	v->type = VALUE_LABELS;
	v->bits = e ? e->labels : none;
}

void get_label_names(const struct row *r, struct value *v)
{
	get_labels(r, v);
	v->type = VALUE_LABEL_NAMES;
}

void screen_labels(const struct row *r, const struct format *f, struct text *out)
{
	struct value v;

	(void)f;
	get_label_names(r, &v);
	value_add_text(&v, out);
}

/* As rules write it. */
void screen_mark(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	text_printf(out, "0x%x", flow_read(r->flow->mark));
}

void get_id(const struct row *r, struct value *v)
{
	set_int(v, r->flow->id);
}

void get_end_reason(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[REASON_NONE] = NULL, [REASON_CLOSED] = "closed", [REASON_RESET] = "reset",
		[REASON_EXPIRED] = "expired", [REASON_DELETED] = "deleted",
		[REASON_EVICTED] = "evicted", [REASON_UNKNOWN] = "unknown",
	};

	set_text(v, names[flow_reason(r->flow)]);
}

void get_ended_by_pid(const struct row *r, struct value *v)
{
	set_int_if(v, r->deleter && r->deleter->pid, r->deleter ? r->deleter->pid : 0);
}

void get_ended_by(const struct row *r, struct value *v)
{
	set_text(v, r->deleter ? r->deleter->name : NULL);
}

/* Without NAT both directions have the same ID: a row mostly needs one hash for two. */
static void set_community_id(struct value *v, uint8_t l4, const struct flow_ends *e)
{
	static __thread struct {
		struct flow_ends ends;
		uint8_t l4;
		char id[COMMUNITY_ID_SIZE];
	} last;
	bool icmp = proto_is_icmp(l4);

	if (!last.id[0] || last.l4 != l4 || memcmp(&last.ends, e, sizeof(*e))) {
		last.l4 = l4;
		last.ends = *e;
		community_id(l4, &e->src, &e->dst, icmp ? e->dport >> 8 : e->sport,
			     icmp ? e->dport & 0xff : e->dport, last.id);
	}
	memcpy(v->buf, last.id, sizeof(last.id));
	set_text(v, v->buf);
}

void get_community_id(const struct row *r, struct value *v)
{
	set_community_id(v, r->flow->key.l4, &r->flow->key.orig);
}

void get_reply_community_id(const struct row *r, struct value *v)
{
	const struct flow *f = r->flow;

	set_community_id(v, f->key.l4, flow_nat(f) == NAT_NONE ? &f->key.orig : &f->reply);
}
