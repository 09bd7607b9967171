/* SPDX-License-Identifier: GPL-2.0-or-later */
/* column/entry.c - fields of the entry itself: protocol, state, NAT, marks. */
#include "column/get.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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
 * The state's rank, then the busier, then the younger, in one number: 6 bits
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

void get_service(const struct row *r, struct value *v)
{
	int port = service_server_port(&r->flow->key);

	set_text(v, port < 0 ? NULL : service_name(r->flow->key.l4, port));
}

void screen_service(const struct row *r, const struct format *f, struct text *out)
{
	int port = service_server_port(&r->flow->key);
	const char *name = port < 0 ? NULL : service_name(r->flow->key.l4, port);

	if (name && f->services)
		text_add(out, name);
	else if (port >= 0 && !f->services)
		text_printf(out, "%d", port);
}

void get_direction(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[FLOW_FORWARDED] = "forwarded", [FLOW_IN] = "in", [FLOW_OUT] = "out",
		[FLOW_LOCAL] = "local",
	};

	set_text(v, names[flow_direction(r->flow)]);
}

/* ---- ICMP, reply tuple ---- */

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
	set_int(v, r->flow->key.zone);
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

/* As rules have it. */
void screen_mark(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	text_printf(out, "0x%x", flow_read(r->flow->mark));
}

void get_id(const struct row *r, struct value *v)
{
	set_int(v, r->flow->id);
}
