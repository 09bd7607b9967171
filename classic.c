// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * classic.c - a flow as one line.
 */
#include "classic.h"

#include <sys/socket.h>

#include "lib/proto.h"
#include "service.h"

#define UNKNOWN "N/A"

void classic_head(uint64_t first, struct text *out)
{
	text_printf(out, "Kernel netfilter TCP/UDP flow statistics, [+%llu]",
		    (unsigned long long)first);
}

static void add_process(const struct row *r, struct text *out)
{
	const char *name = row_process(r);

	text_add_char(out, '[');
	if (r->owner && r->owner->pid)
		text_printf(out, "%u/", r->owner->pid);
	text_add(out, name ? name : "?");
	text_add_char(out, ']');
}

static void classic_add_proto(const struct flow *f, struct text *out)
{
	const char *proto = proto_name(f->key.l4);
	const char *state = proto_state_name(f->key.l4, flow_read(f->state));

	text_add(out, f->key.l3 == AF_INET ? ":ipv4:" : ":ipv6:");
	if (proto)
		text_add(out, proto);
	else
		text_printf(out, "%u", f->key.l4);
	if (state)
		text_printf(out, "[%s]", state);
}

static void add_service(const struct flow *f, const struct format *format, struct text *out)
{
	int port = flow_server_port(f);
	const char *name = port < 0 ? NULL : service_name(f->key.l4, port);

	if (name && format->services)
		text_printf(out, ":%s", name);
	else if (port >= 0 && !format->services)
		text_printf(out, ":%d", port);
	else
		text_add(out, ":" UNKNOWN);
}

static void add_place(const struct place *p, const struct addr *a, struct text *out)
{
	const char *country = p->country_name[0] ? p->country_name : p->country;

	if (!*country)
		country = addr_kind(a);		/* takes no database */
	text_printf(out, " (%s, %s)", country ? country : UNKNOWN,
		    p->city[0] ? p->city : UNKNOWN);
}

void classic_line(const struct row *r, const struct format *f, struct text *out)
{
	const struct flow_ends *e = &r->flow->key.orig;
	bool ports = flow_has_ports(&r->flow->key);

	add_process(r, out);
	classic_add_proto(r->flow, out);
	add_service(r->flow, f, out);
	text_add(out, " -> ");
	addr_add_end(out, &e->src, f->names ? r->src_name : NULL, ports ? e->sport : -1);
	add_place(r->src_place, &e->src, out);
	text_add(out, " => ");
	addr_add_end(out, &e->dst, f->names ? r->dst_name : NULL, ports ? e->dport : -1);
	add_place(r->dst_place, &e->dst, out);
}
