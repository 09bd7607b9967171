// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * action/print.c - actions as commands for a shell. All that goes in is
 * numbers, addresses and the names of protocols; the one name that others
 * gave, a namespace's, is quoted.
 */
#include "action.h"

#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "action/int.h"
#include "lib/proto.h"

static void add_addr(struct text *out, const char *before, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	text_printf(out, " %s %s", before, addr_format(a, buf));
}

/* The names that every tool knows; any other protocol is a number. */
static void print_add_proto(struct text *out, uint8_t l4)
{
	if (proto_has_ports(l4) || proto_is_icmp(l4) || l4 == IPPROTO_GRE)
		text_add(out, proto_name(l4));
	else
		text_printf(out, "%u", l4);
}

/* ---- conntrack -D ---- */

static void add_delete_icmp(struct text *out, const struct flow_key *key)
{
	const char *name = key->l4 == IPPROTO_ICMP ? "icmp" : "icmpv6";

	text_printf(out, " --%s-type %u --%s-code %u --%s-id %u", name, key->orig.dport >> 8,
		    name, key->orig.dport & 0xff, name, key->orig.sport);
}

void action_print_delete(const struct row *r, struct text *out)
{
	static const char *const options[] = {
		[ZONE_BOTH] = "zone", [ZONE_ORIGINAL] = "orig-zone", [ZONE_REPLY] = "reply-zone",
	};
	const struct flow_key *key = &r->flow->key;
	enum flow_zone_dir dir;
	uint16_t zone;

	text_printf(out, "conntrack -D -f %s -p ", key->l3 == AF_INET ? "ipv4" : "ipv6");
	print_add_proto(out, key->l4);
	add_addr(out, "-s", &key->orig.src);
	add_addr(out, "-d", &key->orig.dst);
	if (flow_has_ports(key))
		text_printf(out, " --sport %u --dport %u", key->orig.sport, key->orig.dport);
	else if (proto_is_icmp(key->l4))
		add_delete_icmp(out, key);
	else if (key->l4 == IPPROTO_GRE)
		text_printf(out, " --srckey %u --dstkey %u", key->orig.sport, key->orig.dport);
	dir = flow_zone_rcu(r->flow, &zone);
	if (zone)
		text_printf(out, " --%s %u", options[dir], zone);
}

/* ---- ss -K ---- */

/* 'it'\''s' */
static void add_quoted(struct text *out, const char *s)
{
	text_add_char(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			text_add(out, "'\\'");
		text_add_char(out, *s);
	}
	text_add_char(out, '\'');
}

static void add_netns(struct text *out, const struct owner *o)
{
	if (!o || !o->netns[0])
		return;
	if (o->pid) {
		text_printf(out, "nsenter -n -t %u ", o->pid);
		return;
	}
	text_add(out, "ip netns exec ");
	add_quoted(out, o->netns);
	text_add_char(out, ' ');
}

/* IPv6 in brackets, which the shell must not take for a pattern. */
static void add_ss_addr(struct text *out, const char *before, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	text_printf(out, addr_is_v4(a) ? " %s %s" : " %s '[%s]'", before, addr_format(a, buf));
}

void action_print_close(const struct row *r, struct text *out)
{
	struct flow_ends ends = action_socket_ends(r->flow);

	if (!action_has_socket(r) || r->flow->key.l4 == IPPROTO_UDPLITE)
		return;		/* ss knows no UDP-lite */
	add_netns(out, r->owner);
	text_printf(out, "ss -K -%c", r->flow->key.l4 == IPPROTO_TCP ? 't' : 'u');
	add_ss_addr(out, "src", &ends.src);
	text_printf(out, " sport = :%u", ends.sport);
	add_ss_addr(out, "dst", &ends.dst);
	text_printf(out, " dport = :%u", ends.dport);
}

/* ---- kill ---- */

void action_print_kill(const struct row *r, struct text *out)
{
	if (r->owner && r->owner->pid)
		text_printf(out, "kill -TERM %u", r->owner->pid);
}

/* ---- nft ---- */

/*
 * From this source to this destination and port, whatever the source's port:
 * the next connection has another one. Before any DNAT, where the original
 * destination is still to be seen.
 */
void action_print_block(const struct row *r, struct text *out)
{
	const struct flow_key *key = &r->flow->key;
	enum flow_direction direction = flow_direction(r->flow);
	const char *hook = direction == FLOW_OUT || direction == FLOW_LOCAL ? "output"
									     : "prerouting";
	const char *ip = key->l3 == AF_INET ? "ip" : "ip6";

	text_printf(out, "nft 'add table inet block; add chain inet block %s"
		    " { type filter hook %s priority -150; }; add rule inet block %s %s",
		    hook, hook, hook, ip);
	add_addr(out, "saddr", &key->orig.src);
	text_printf(out, " %s", ip);
	add_addr(out, "daddr", &key->orig.dst);
	if (flow_has_ports(key)) {
		text_add_char(out, ' ');
		print_add_proto(out, key->l4);
		text_printf(out, " dport %u", key->orig.dport);
	} else {
		text_add(out, " meta l4proto ");
		print_add_proto(out, key->l4);
	}
	text_add(out, " drop'");
}
