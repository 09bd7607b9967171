// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter/test.c - a filter's single tests: made once, with their operands
 * read and compiled, then asked for every flow. Here are the words.
 */
#include "filter/int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netinet/in.h>		/* before the kernel's, which define the same */
#include <linux/netfilter/nf_conntrack_common.h>

#include "lib/ascii.h"
#include "lib/proto.h"

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
	return flow_began(r->flow) == t->bits;
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
	{ "udplite", match_proto, .l4 = { IPPROTO_UDPLITE, IPPROTO_UDPLITE } },
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

	while (i < COUNT(words) && ascii_compare(words[i].name, word))
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

bool filter_test_keep(struct filter_test *t, const char *text, struct filter_error *error)
{
	t->text = strdup(text);
	return t->text || filter_fail(error, "out of memory");
}

void filter_test_clear(struct filter_test *t)
{
	if (t->has_regex)
		regfree(&t->regex);
	free(t->text);
	free(t->columns);
}
