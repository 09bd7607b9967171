/* SPDX-License-Identifier: GPL-2.0-or-later */
/* column/end.c - fields of a flow's ends: address, port, name, place. */
#include "column/get.h"

#include "lib/proto.h"

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

/* The real destination: what a DNAT made of it. */
static struct end end_answer(const struct row *r)
{
	const struct flow_ends *e = &r->flow->reply;

	if (!(flow_nat(r->flow) & NAT_DST))
		return end_dst(r);
	return (struct end){ &e->src, e->sport, r->answer_name, place_get(PLACE_UNKNOWN) };
}

static struct end end_remote(const struct row *r)
{
	if (flow_is_inward(r->flow))
		return end_src(r);
	return flow_read(r->flow->direction) & FLOW_VIA_HOST ? end_answer(r) : end_dst(r);
}

/* A country, or the kind of the address, which needs no database. */
static const char *end_country_name(struct end end)
{
	return end.place->country_name[0] ? end.place->country_name : addr_kind(end.addr);
}

/* The getters of an end, and its screen functions. */
#define END_GETTERS(end) \
void get_##end##_addr(const struct row *r, struct value *v) \
{ set_addr(v, end_##end(r).addr); } \
void get_##end##_port(const struct row *r, struct value *v) \
{ set_int_if(v, row_has_ports(r), end_##end(r).port); } \
void get_##end##_host(const struct row *r, struct value *v) \
{ set_text(v, end_##end(r).name); } \
void get_##end##_country(const struct row *r, struct value *v) \
{ set_text(v, end_##end(r).place->country); } \
void get_##end##_country_name(const struct row *r, struct value *v) \
{ set_text(v, end_country_name(end_##end(r))); } \
void get_##end##_city(const struct row *r, struct value *v) \
{ set_text(v, end_##end(r).place->city); } \
void get_##end##_asn(const struct row *r, struct value *v) \
{ set_int_if(v, end_##end(r).place->asn, end_##end(r).place->asn); } \
void get_##end##_org(const struct row *r, struct value *v) \
{ set_text(v, end_##end(r).place->org); } \
void screen_##end(const struct row *r, const struct format *f, struct text *out) \
{ screen_end(r, end_##end(r), f, out); } \
void screen_##end##_host(const struct row *r, const struct format *f, struct text *out) \
{ add_host(end_##end(r), f, out); } \
void screen_##end##_geo(const struct row *r, const struct format *f, struct text *out) \
{ (void)f; screen_geo(end_##end(r), out); }

/* The name if there is one, otherwise the address. */
static void add_host(struct end end, const struct format *f, struct text *out)
{
	addr_add_end(out, end.addr, f->names ? end.name : NULL, -1);
}

static void screen_end(const struct row *r, struct end end, const struct format *f,
		       struct text *out)
{
	enum flow_nat changed = end.addr == &r->flow->key.orig.src ? NAT_SRC : NAT_DST;

	addr_add_end(out, end.addr, f->names ? end.name : NULL, row_has_ports(r) ? end.port : -1);
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

/* ---- the client ---- */

/* A host behind this one, or a client of this one. False: neither. */
static bool client_end(const struct row *r, struct end *out)
{
	enum flow_direction direction = flow_direction(r->flow);
	bool inward = flow_is_inward(r->flow);

	*out = direction == FLOW_FORWARDED && inward ? end_answer(r) : end_src(r);
	if (flow_is_turned(r->flow) && direction != FLOW_FORWARDED) {
		*out = end_answer(r);
		return direction == FLOW_OUT;
	}
	return direction == FLOW_FORWARDED ||
	       (direction == FLOW_IN && flow_read(r->flow->direction) & FLOW_CLIENT);
}

void get_client_addr(const struct row *r, struct value *v)
{
	struct end end;

	v->type = VALUE_NULL;
	if (client_end(r, &end))
		set_addr(v, end.addr);
}

void get_client_host(const struct row *r, struct value *v)
{
	struct end end;

	set_text(v, client_end(r, &end) ? end.name : NULL);
}

void screen_client(const struct row *r, const struct format *f, struct text *out)
{
	struct end end;

	if (client_end(r, &end))
		add_host(end, f, out);
}
