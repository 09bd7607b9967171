/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct_parse() against nfct_nlmsg_parse() on messages as the kernel builds
 * them, and against nothing but its bounds on messages that it never would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>

#include "ct.h"
#include "lib/proto.h"

#define MESSAGES 2000

static uint32_t rnd(uint32_t below)
{
	return (uint32_t)random() % below;
}

/* What make() puts into its next tuples; 0: nothing. */
static uint16_t orig_zone, reply_zone;

static void put_tuple(struct nlmsghdr *nlh, uint16_t type, uint8_t l3, uint8_t l4)
{
	uint16_t zone = type == CTA_TUPLE_ORIG ? orig_zone : reply_zone;
	struct nlattr *tuple = mnl_attr_nest_start(nlh, type), *nest;
	uint8_t six[16];

	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	for (int i = 0; i < 16; i++)
		six[i] = rnd(256);
	if (l3 == AF_INET) {
		mnl_attr_put_u32(nlh, CTA_IP_V4_SRC, random());
		mnl_attr_put_u32(nlh, CTA_IP_V4_DST, random());
	} else {
		mnl_attr_put(nlh, CTA_IP_V6_SRC, 16, six);
		six[3] ^= 1;
		mnl_attr_put(nlh, CTA_IP_V6_DST, 16, six);
	}
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, l4);
	if (l4 == IPPROTO_ICMP || l4 == IPPROTO_ICMPV6) {
		bool six_too = l4 == IPPROTO_ICMPV6;

		mnl_attr_put_u16(nlh, six_too ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID,
				 htons(rnd(65536)));
		mnl_attr_put_u8(nlh, six_too ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE,
				six_too ? 128 : 8);
		mnl_attr_put_u8(nlh, six_too ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, 0);
	} else {
		mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(rnd(65536)));
		mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(rnd(65536)));
	}
	mnl_attr_nest_end(nlh, nest);
	if (zone)
		mnl_attr_put_u16(nlh, CTA_TUPLE_ZONE, htons(zone));
	mnl_attr_nest_end(nlh, tuple);
}

static void put_counters(struct nlmsghdr *nlh, uint16_t type)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u64(nlh, CTA_COUNTERS_PACKETS, random());
	mnl_attr_put_u64(nlh, CTA_COUNTERS_BYTES, (uint64_t)random() << 20);
	mnl_attr_nest_end(nlh, nest);
}

static void put_state(struct nlmsghdr *nlh)
{
	struct nlattr *info = mnl_attr_nest_start(nlh, CTA_PROTOINFO);
	struct nlattr *tcp = mnl_attr_nest_start(nlh, CTA_PROTOINFO_TCP);

	mnl_attr_put_u8(nlh, CTA_PROTOINFO_TCP_STATE, rnd(10));
	mnl_attr_put_u8(nlh, CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, 7);
	mnl_attr_nest_end(nlh, tcp);
	mnl_attr_nest_end(nlh, info);
}

static void put_rest(struct nlmsghdr *nlh)
{
	struct nlattr *nest;

	if (rnd(2)) {
		nest = mnl_attr_nest_start(nlh, CTA_HELP);
		mnl_attr_put_strz(nlh, CTA_HELP_NAME, "ftp");
		mnl_attr_nest_end(nlh, nest);
	}
	if (rnd(2)) {
		nest = mnl_attr_nest_start(nlh, CTA_TIMESTAMP);
		mnl_attr_put_u64(nlh, CTA_TIMESTAMP_START, random());
		mnl_attr_put_u64(nlh, CTA_TIMESTAMP_STOP, random());
		mnl_attr_nest_end(nlh, nest);
	}
	if (rnd(2) && !orig_zone && !reply_zone)
		mnl_attr_put_u16(nlh, CTA_ZONE, htons(1 + rnd(100)));
	if (rnd(2))
		mnl_attr_put_u32(nlh, CTA_MARK, random());
	if (rnd(2)) {
		put_counters(nlh, CTA_COUNTERS_ORIG);
		put_counters(nlh, CTA_COUNTERS_REPLY);
	}
}

/* A message as ctnetlink sends it: the parts that it always has, and others. */
static struct nlmsghdr *make(void *buf)
{
	static const uint8_t l4s[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_GRE, 77 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;
	uint8_t l3 = rnd(2) ? AF_INET : AF_INET6, l4 = l4s[rnd(5)];
	static const uint8_t types[] = { IPCTNL_MSG_CT_NEW, IPCTNL_MSG_CT_DELETE };

	if (l4 == IPPROTO_ICMP && l3 == AF_INET6)
		l4 = IPPROTO_ICMPV6;
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | types[rnd(2)];
	nlh->nlmsg_flags = rnd(2) ? NLM_F_CREATE | NLM_F_EXCL : 0;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = l3;
	put_tuple(nlh, CTA_TUPLE_ORIG, l3, l4);
	put_tuple(nlh, CTA_TUPLE_REPLY, l3, l4);
	mnl_attr_put_u32(nlh, CTA_ID, random());
	mnl_attr_put_u32(nlh, CTA_STATUS, random());
	if (rnd(4))
		mnl_attr_put_u32(nlh, CTA_TIMEOUT, random());
	if (l4 == IPPROTO_TCP && rnd(4))
		put_state(nlh);
	put_rest(nlh);
	return nlh;
}

static void same_end(const struct addr *a, const struct nf_conntrack *ct, uint8_t l3,
		     enum nf_conntrack_attr v4, enum nf_conntrack_attr v6)
{
	if (l3 == AF_INET)
		assert_int_equal(a->word[3], nfct_get_attr_u32(ct, v4));
	else
		assert_memory_equal(a->byte, nfct_get_attr(ct, v6), 16);
}

static void same_tuples(const struct flow_update *u, const struct nf_conntrack *ct)
{
	const struct flow_ends *o = &u->key.orig, *r = &u->reply;

	assert_int_equal(u->key.l3, nfct_get_attr_u8(ct, ATTR_L3PROTO));
	assert_int_equal(u->key.l4, nfct_get_attr_u8(ct, ATTR_L4PROTO));
	same_end(&o->src, ct, u->key.l3, ATTR_IPV4_SRC, ATTR_IPV6_SRC);
	same_end(&o->dst, ct, u->key.l3, ATTR_IPV4_DST, ATTR_IPV6_DST);
	same_end(&r->src, ct, u->key.l3, ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV6_SRC);
	same_end(&r->dst, ct, u->key.l3, ATTR_REPL_IPV4_DST, ATTR_REPL_IPV6_DST);
	if (proto_is_icmp(u->key.l4)) {
		assert_int_equal(o->sport, ntohs(nfct_get_attr_u16(ct, ATTR_ICMP_ID)));
		assert_int_equal(o->dport >> 8, nfct_get_attr_u8(ct, ATTR_ICMP_TYPE));
		assert_int_equal(o->dport & 0xff, nfct_get_attr_u8(ct, ATTR_ICMP_CODE));
		return;
	}
	assert_int_equal(o->sport, ntohs(nfct_get_attr_u16(ct, ATTR_PORT_SRC)));
	assert_int_equal(o->dport, ntohs(nfct_get_attr_u16(ct, ATTR_PORT_DST)));
	assert_int_equal(r->sport, ntohs(nfct_get_attr_u16(ct, ATTR_REPL_PORT_SRC)));
	assert_int_equal(r->dport, ntohs(nfct_get_attr_u16(ct, ATTR_REPL_PORT_DST)));
}

/* The oracle has the attribute when, and only when, we say that we have it. */
static bool both(const struct flow_update *u, unsigned have, const struct nf_conntrack *ct,
		 enum nf_conntrack_attr attr)
{
	assert_int_equal(!!(u->have & have), nfct_attr_is_set(ct, attr) > 0);
	return u->have & have;
}

static void same_rest(const struct flow_update *u, const struct nf_conntrack *ct)
{
	if (both(u, HAVE_ID, ct, ATTR_ID))
		assert_int_equal(u->id, nfct_get_attr_u32(ct, ATTR_ID));
	if (both(u, HAVE_STATUS, ct, ATTR_STATUS))
		assert_int_equal(u->status, nfct_get_attr_u32(ct, ATTR_STATUS));
	if (both(u, HAVE_TIMEOUT, ct, ATTR_TIMEOUT))
		assert_int_equal(u->timeout, nfct_get_attr_u32(ct, ATTR_TIMEOUT));
	if (both(u, HAVE_MARK, ct, ATTR_MARK))
		assert_int_equal(u->mark, nfct_get_attr_u32(ct, ATTR_MARK));
	if (both(u, HAVE_STATE, ct, ATTR_TCP_STATE))
		assert_int_equal(u->state, nfct_get_attr_u8(ct, ATTR_TCP_STATE));
	if (both(u, HAVE_START, ct, ATTR_TIMESTAMP_START))
		assert_int_equal(u->start, nfct_get_attr_u64(ct, ATTR_TIMESTAMP_START));
	if (both(u, HAVE_STOP, ct, ATTR_TIMESTAMP_STOP))
		assert_int_equal(u->stop, nfct_get_attr_u64(ct, ATTR_TIMESTAMP_STOP));
	if (both(u, HAVE_ORIG, ct, ATTR_ORIG_COUNTER_BYTES)) {
		assert_int_equal(u->orig_bytes, nfct_get_attr_u64(ct, ATTR_ORIG_COUNTER_BYTES));
		assert_int_equal(u->orig_packets, nfct_get_attr_u64(ct, ATTR_ORIG_COUNTER_PACKETS));
		assert_int_equal(u->reply_bytes, nfct_get_attr_u64(ct, ATTR_REPL_COUNTER_BYTES));
		assert_int_equal(u->reply_packets, nfct_get_attr_u64(ct, ATTR_REPL_COUNTER_PACKETS));
	}
	if (both(u, HAVE_HELPER, ct, ATTR_HELPER_NAME))
		assert_string_equal(u->helper, nfct_get_attr(ct, ATTR_HELPER_NAME));
	assert_int_equal(u->key.zone, nfct_attr_is_set(ct, ATTR_ZONE) > 0 ?
			 nfct_get_attr_u16(ct, ATTR_ZONE) : 0);
}

static void test_oracle(void **state)
{
	char buf[4096];

	(void)state;
	srandom(1);
	for (int i = 0; i < MESSAGES; i++) {
		struct nlmsghdr *nlh = make(buf);
		struct nf_conntrack *ct = nfct_new();
		struct flow_update u;

		nlh->nlmsg_pid = rnd(2) ? 4711 : 0;
		assert_true(ct_parse(nlh, nlh->nlmsg_len, &u));
		assert_int_equal(!!(u.have & HAVE_PORT),
				 u.source == FLOW_DESTROY && nlh->nlmsg_pid);
		assert_int_equal(u.port, nlh->nlmsg_pid);
		assert_int_equal(nfct_nlmsg_parse(nlh, ct), 0);
		same_tuples(&u, ct);
		same_rest(&u, ct);
		nfct_destroy(ct);
	}
}

static void test_source(void **state)
{
	char buf[4096];
	struct nlmsghdr *nlh = make(buf);
	struct flow_update u;

	(void)state;
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	assert_true(ct_parse(nlh, nlh->nlmsg_len, &u));
	assert_int_equal(u.source, FLOW_NEW);
	nlh->nlmsg_flags = 0;
	assert_true(ct_parse(nlh, nlh->nlmsg_len, &u));
	assert_int_equal(u.source, FLOW_UPDATE);
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	assert_true(ct_parse(nlh, nlh->nlmsg_len, &u));
	assert_int_equal(u.source, FLOW_DESTROY);
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK_EXP << 8;
	assert_false(ct_parse(nlh, nlh->nlmsg_len, &u));
}

static void expect_zone(uint16_t orig, uint16_t reply, uint16_t key, enum flow_zone_dir dir)
{
	struct flow_update u;
	char buf[4096];
	struct nlmsghdr *nlh;

	orig_zone = orig;
	reply_zone = reply;
	nlh = make(buf);
	assert_true(ct_parse(nlh, nlh->nlmsg_len, &u));
	assert_int_equal(u.key.zone, key);
	assert_true(u.have & HAVE_ZONE_DIR);
	assert_int_equal(u.zone_dir, dir);
	assert_int_equal(u.reply_zone, reply);
	orig_zone = reply_zone = 0;
}

/* A zone of one direction; the key is that of the original one. */
static void test_zone_of_one_direction(void **state)
{
	(void)state;
	expect_zone(7, 0, 7, ZONE_ORIGINAL);
	expect_zone(0, 9, 0, ZONE_REPLY);
}

/* The kernel sets bits in words of its own; which byte that is, the machine says. */
static void test_labels(void **state)
{
	(void)state;
	for (unsigned label = 0; label < 128; label++) {
		unsigned long word[16 / sizeof(long)] = { 0 };
		uint8_t wanted[16] = { 0 };
		struct flow_update u;
		char buf[4096];
		struct nlmsghdr *nlh = make(buf);

		word[label / (8 * sizeof(long))] = 1ul << label % (8 * sizeof(long));
		wanted[label / 8] = 1 << label % 8;
		mnl_attr_put(nlh, CTA_LABELS, sizeof(word), word);
		assert_true(ct_parse(nlh, nlh->nlmsg_len, &u));
		assert_memory_equal(u.labels, wanted, sizeof(wanted));
	}
}

/* In a block of just its size, so that the sanitizers see each byte too far. */
static bool parse_exactly(const void *bytes, uint32_t len)
{
	struct nlmsghdr *copy = malloc(len ? len : 1);
	struct flow_update u;
	bool ok;

	memcpy(copy, bytes, len);
	ok = len >= sizeof(*copy) && ct_parse(copy, len, &u);
	free(copy);
	return ok;
}

static void test_cut_short(void **state)
{
	char buf[4096];
	struct nlmsghdr *nlh = make(buf);

	(void)state;
	for (uint32_t len = 0; len < nlh->nlmsg_len; len++)
		assert_false(parse_exactly(buf, len));
	for (uint32_t len = nlh->nlmsg_len - 1; len >= sizeof(*nlh); len--) {
		nlh->nlmsg_len = len;		/* the header agrees with the cut */
		parse_exactly(buf, len);
	}
}

static void test_changed_bytes(void **state)
{
	unsigned understood = 0;
	char buf[4096];

	(void)state;
	srandom(2);
	for (int i = 0; i < 20000; i++) {
		struct nlmsghdr *nlh = make(buf);
		uint32_t len = nlh->nlmsg_len;

		for (int n = rnd(6); n >= 0; n--)
			buf[NLMSG_HDRLEN + rnd(len - NLMSG_HDRLEN)] = random();
		understood += parse_exactly(buf, len);
	}
	assert_true(understood >= 1 && understood <= 19999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_zone_of_one_direction),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_changed_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
