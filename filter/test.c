// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter/test.c - a filter's single tests: made once, with their operands
 * read and compiled, then asked for every flow.
 *
 * An end of a flow is its address and port on both sides of a translation:
 * the source is where the original direction comes from, and where the reply
 * goes to; so a filter finds what stands behind NAT, by either address.
 */
#include "filter/int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <netinet/in.h>		/* before the kernel's, which define the same */
#include <linux/netfilter/nf_conntrack_common.h>

#include "lib/proto.h"
#include "service.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* ---- bounds ---- */

void filter_bounds_all(struct filter_bounds *b)
{
	b->families = FAMILY_BOTH;
	memset(&b->protos, 0xff, sizeof(b->protos));
}

void filter_test_init(struct filter_test *t)
{
	filter_bounds_all(&t->pass);
	filter_bounds_all(&t->fail);
}

void filter_bounds_protos(struct filter_bounds *b, bool (*has)(uint8_t l4))
{
	memset(&b->protos, 0, sizeof(b->protos));
	for (unsigned l4 = 0; l4 <= UINT8_MAX; l4++) {
		if (has(l4))
			proto_set_add(&b->protos, l4);
	}
}

/* ---- words ---- */

static bool match_proto(const struct filter_test *t, const struct row *r)
{
	return proto_set_has(&t->pass.protos, r->flow->key.l4);
}

static bool match_family(const struct filter_test *t, const struct row *r)
{
	return t->bits == r->flow->key.l3;
}

static bool match_nat(const struct filter_test *t, const struct row *r)
{
	return flow_nat(r->flow) & t->bits;
}

static bool match_direction(const struct filter_test *t, const struct row *r)
{
	return flow_direction(r->flow) == t->bits;
}

static bool match_status(const struct filter_test *t, const struct row *r)
{
	return flow_read(r->flow->status) & t->bits;
}

static bool match_unreplied(const struct filter_test *t, const struct row *r)
{
	(void)t;
	return flow_is_unreplied(r->flow);
}

static bool match_flag(const struct filter_test *t, const struct row *r)
{
	return flow_read(r->flow->flags) & t->bits;
}

static const struct {
	const char *name;
	bool (*match)(const struct filter_test *t, const struct row *r);
	uint64_t bits;
	uint8_t l4[2];
} words[] = {
	{ "tcp", match_proto, .l4 = { IPPROTO_TCP, IPPROTO_TCP } },
	{ "udp", match_proto, .l4 = { IPPROTO_UDP, IPPROTO_UDPLITE } },
	{ "icmp", match_proto, .l4 = { IPPROTO_ICMP, IPPROTO_ICMPV6 } },
	{ "icmp6", match_proto, .l4 = { IPPROTO_ICMPV6, IPPROTO_ICMPV6 } },
	{ "sctp", match_proto, .l4 = { IPPROTO_SCTP, IPPROTO_SCTP } },
	{ "dccp", match_proto, .l4 = { IPPROTO_DCCP, IPPROTO_DCCP } },
	{ "gre", match_proto, .l4 = { IPPROTO_GRE, IPPROTO_GRE } },
	{ "ip", match_family, AF_INET, { 0 } },
	{ "ip6", match_family, AF_INET6, { 0 } },
	{ "nat", match_nat, NAT_BOTH, { 0 } },
	{ "snat", match_nat, NAT_SRC, { 0 } },
	{ "dnat", match_nat, NAT_DST, { 0 } },
	{ "in", match_direction, FLOW_IN, { 0 } },
	{ "out", match_direction, FLOW_OUT, { 0 } },
	{ "forwarded", match_direction, FLOW_FORWARDED, { 0 } },
	{ "local", match_direction, FLOW_LOCAL, { 0 } },
	{ "assured", match_status, IPS_ASSURED, { 0 } },
	{ "offloaded", match_status, IPS_OFFLOAD | IPS_HW_OFFLOAD, { 0 } },
	{ "unreplied", match_unreplied, 0, { 0 } },
	{ "ended", match_flag, FLOW_ENDED, { 0 } },
};

void filter_test_protos(struct filter_test *t, uint8_t one, uint8_t other)
{
	t->match = match_proto;
	memset(&t->pass.protos, 0, sizeof(t->pass.protos));
	proto_set_add(&t->pass.protos, one);
	proto_set_add(&t->pass.protos, other);
	for (unsigned i = 0; i < 4; i++)
		t->fail.protos.bit[i] = ~t->pass.protos.bit[i];
}

void filter_test_family(struct filter_test *t, int family)
{
	t->match = match_family;
	t->bits = family;
	t->pass.families = family == AF_INET ? FAMILY_V4 : FAMILY_V6;
	t->fail.families = FAMILY_BOTH & ~t->pass.families;
}

void filter_test_word(struct filter_test *t, const char *word, bool *known)
{
	unsigned i = 0;

	while (i < COUNT(words) && strcasecmp(words[i].name, word))
		i++;
	*known = i < COUNT(words);
	if (!*known)
		return;
	t->match = words[i].match;
	t->bits = words[i].bits;
	if (t->match == match_proto)
		filter_test_protos(t, words[i].l4[0], words[i].l4[1]);
	else if (t->match == match_family)
		filter_test_family(t, words[i].bits);
}

const char *filter_test_word_at(unsigned i)
{
	return i < COUNT(words) ? words[i].name : NULL;
}

/* ---- hosts and networks ---- */

static bool match_net(const struct filter_test *t, const struct row *r)
{
	const struct flow_ends *orig = &r->flow->key.orig, *reply = &r->flow->reply;

	if (t->ends & END_SRC && (addr_in_prefix(&orig->src, &t->net) ||
				  addr_in_prefix(&reply->dst, &t->net)))
		return true;
	return t->ends & END_DST && (addr_in_prefix(&orig->dst, &t->net) ||
				     addr_in_prefix(&reply->src, &t->net));
}

void filter_test_net(struct filter_test *t, unsigned ends, const struct addr_prefix *net)
{
	t->match = match_net;
	t->ends = ends;
	t->net = *net;
	t->pass.families = net->bits >= 96 && addr_is_v4(&net->base) ? FAMILY_V4 : FAMILY_V6;
}

/* The name is the host's, or that of a domain that it is in. */
static bool name_is_in(const char *name, const char *domain)
{
	size_t len, tail = strlen(domain);

	if (!name)
		return false;
	len = strlen(name);
	return len >= tail && !strcasecmp(name + len - tail, domain) &&
	       (len == tail || name[len - tail - 1] == '.');
}

static bool match_name(const struct filter_test *t, const struct row *r)
{
	return (t->ends & END_SRC && name_is_in(r->src_name, t->text)) ||
	       (t->ends & END_DST && name_is_in(r->dst_name, t->text));
}

bool filter_test_keep(struct filter_test *t, const char *text, struct filter_error *error)
{
	t->text = strdup(text);
	return t->text || filter_fail(error, "out of memory");
}

bool filter_test_host(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error)
{
	struct addr_prefix net;
	size_t len = strlen(value);

	if (addr_prefix_parse(value, &net)) {
		filter_test_net(t, ends, &net);
		return !strchr(value, '/') ||
		       filter_fail(error, "'%s' is a network: use net", value);
	}
	if (strspn(value, "0123456789./") == len || strpbrk(value, ":/"))
		return filter_fail(error, "'%s' is neither an address nor a host name", value);
	t->match = match_name;
	t->ends = ends;
	t->needs = NEED_NAME;
	if (!filter_test_keep(t, value, error))
		return false;
	if (len > 1 && t->text[len - 1] == '.')
		t->text[len - 1] = '\0';
	return true;
}

/* ---- ports ---- */

static bool port_in(const struct filter_test *t, uint16_t port)
{
	return port >= t->port.first && port <= t->port.last;
}

static bool match_port(const struct filter_test *t, const struct row *r)
{
	const struct flow_ends *orig = &r->flow->key.orig, *reply = &r->flow->reply;

	if (!proto_has_ports(r->flow->key.l4))
		return false;
	if (t->ends & END_SRC && (port_in(t, orig->sport) || port_in(t, reply->dport)))
		return true;
	return t->ends & END_DST && (port_in(t, orig->dport) || port_in(t, reply->sport));
}

/* Digits up to 65535; moves *s behind them. -1: none, or too many. */
static int port_parse(const char **s)
{
	int n = -1;

	for (; **s >= '0' && **s <= '9'; ++*s) {
		n = (n < 0 ? 0 : n) * 10 + (**s - '0');
		if (n > UINT16_MAX)
			return -1;
	}
	return n;
}

bool filter_test_port(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error)
{
	const char *s = value;
	int first = port_parse(&s), last = first;

	if (first >= 0 && *s == '-') {
		s++;
		last = port_parse(&s);
	}
	if (first < 0 || last < 0 || *s)
		first = last = service_port(value);
	if (first < 0) {
		if (strspn(value, "0123456789-") == strlen(value))
			return filter_fail(error, "'%s' is not a port: 0 to 65535, or a range",
					   value);
		return filter_fail(error, "unknown service '%s'", value);
	}
	if (first > last)
		return filter_fail(error, "the range %s is empty", value);
	filter_bounds_protos(&t->pass, proto_has_ports);
	t->match = match_port;
	t->ends = ends;
	t->port.first = first;
	t->port.last = last;
	return true;
}

void filter_test_clear(struct filter_test *t)
{
	if (t->has_regex)
		regfree(&t->regex);
	free(t->text);
	free(t->columns);
}
