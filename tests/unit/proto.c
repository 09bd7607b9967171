// SPDX-License-Identifier: GPL-2.0-or-later
/* Protocols, their states and ranks, status flags. */
#include <netinet/in.h>		/* before the kernel's, which define the same */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_sctp.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "lib/proto.h"

static void test_names(void **state)
{
	unsigned named = 0;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		char number[4];

		snprintf(number, sizeof(number), "%u", i);
		assert_int_equal(proto_parse(number), i);
		if (!proto_name(i))
			continue;
		assert_int_equal(proto_parse(proto_name(i)), i);
		named++;
	}
	assert_true(named >= 10);
	assert_string_equal(proto_name(IPPROTO_TCP), "tcp");
	assert_null(proto_name(254));
	assert_int_equal(proto_parse("TCP"), IPPROTO_TCP);
	assert_int_equal(proto_parse("ipv6-icmp"), IPPROTO_ICMPV6);
	assert_int_equal(proto_parse(""), -1);
	assert_int_equal(proto_parse("256"), -1);
	assert_int_equal(proto_parse("99999999999999"), -1);
	assert_int_equal(proto_parse("-1"), -1);
	assert_int_equal(proto_parse("6x"), -1);
	assert_int_equal(proto_parse("tcpx"), -1);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_true(proto_has_ports(IPPROTO_TCP));
	assert_true(proto_has_ports(IPPROTO_UDPLITE));
	assert_false(proto_has_ports(IPPROTO_ICMP));
	assert_false(proto_has_ports(IPPROTO_GRE));
	assert_true(proto_is_icmp(IPPROTO_ICMPV6));
	assert_false(proto_is_icmp(IPPROTO_TCP));
}

static void test_state_names(void **state)
{
	(void)state;
	assert_string_equal(proto_state_name(IPPROTO_TCP, TCP_CONNTRACK_SYN_SENT), "SYN_SENT");
	assert_string_equal(proto_state_name(IPPROTO_TCP, TCP_CONNTRACK_SYN_SENT2), "SYN_SENT2");
	assert_string_equal(proto_state_name(IPPROTO_TCP, TCP_CONNTRACK_CLOSE), "CLOSE");
	assert_string_equal(proto_state_name(IPPROTO_TCP, 10), "OTHER");
	assert_string_equal(proto_state_name(IPPROTO_TCP, 254), "OTHER");
	assert_string_equal(proto_state_name(IPPROTO_SCTP, SCTP_CONNTRACK_HEARTBEAT_SENT),
			    "HEARTBEAT_SENT");
	assert_string_equal(proto_state_name(IPPROTO_SCTP, 99), "OTHER");
	assert_string_equal(proto_state_name(IPPROTO_DCCP, 7), "TIMEWAIT");
	assert_null(proto_state_name(IPPROTO_UDP, 3));
	assert_null(proto_state_name(IPPROTO_TCP, STATE_NONE));
}

static void test_ranks(void **state)
{
	static const uint8_t first[] = {
		TCP_CONNTRACK_SYN_SENT, TCP_CONNTRACK_SYN_SENT2, TCP_CONNTRACK_SYN_RECV,
		TCP_CONNTRACK_ESTABLISHED, TCP_CONNTRACK_FIN_WAIT, TCP_CONNTRACK_CLOSE_WAIT,
		TCP_CONNTRACK_LAST_ACK, TCP_CONNTRACK_TIME_WAIT, TCP_CONNTRACK_CLOSE,
	};
	bool taken[PROTO_RANKS] = { false };
	unsigned rank, last = 0;
	uint8_t l4, s;

	(void)state;
	for (unsigned i = 0; i < sizeof(first); i++)
		assert_int_equal(proto_state_rank(IPPROTO_TCP, first[i]), i);
	assert_int_equal(proto_state_rank(IPPROTO_UDP, STATE_NONE), PROTO_RANKS - 1);
	assert_int_equal(proto_state_rank(IPPROTO_TCP, STATE_NONE), PROTO_RANKS - 1);

	/* a rank of its own for every known state, rising in the walk */
	for (unsigned i = 0; proto_state_at(i, &l4, &s); i++) {
		rank = proto_state_rank(l4, s);
		assert_true(rank < PROTO_RANKS);
		assert_false(taken[rank]);
		assert_true(!i || rank > last);
		assert_non_null(proto_state_name(l4, s));
		taken[rank] = true;
		last = rank;
	}
	for (unsigned p = 0; p < 256; p++) {
		for (unsigned i = 0; i < 256; i++)
			assert_true(proto_state_rank(p, i) < PROTO_RANKS);
	}
}

static void test_icmp(void **state)
{
	(void)state;
	assert_string_equal(proto_icmp_name(IPPROTO_ICMP, 8), "echo");
	assert_string_equal(proto_icmp_name(IPPROTO_ICMP, 3), "unreachable");
	assert_null(proto_icmp_name(IPPROTO_ICMP, 2));
	assert_null(proto_icmp_name(IPPROTO_ICMP, 128));
	assert_string_equal(proto_icmp_name(IPPROTO_ICMPV6, 128), "echo");
	assert_string_equal(proto_icmp_name(IPPROTO_ICMPV6, 1), "unreachable");
	assert_null(proto_icmp_name(IPPROTO_ICMPV6, 0));
	assert_null(proto_icmp_name(IPPROTO_ICMPV6, 255));
}

static void test_status(void **state)
{
	(void)state;
	assert_string_equal(proto_status_name(IPS_SEEN_REPLY_BIT), "SEEN_REPLY");
	assert_string_equal(proto_status_name(IPS_HW_OFFLOAD_BIT), "HW_OFFLOAD");
	assert_null(proto_status_name(16));
	assert_null(proto_status_name(UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_state_names),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_icmp),
	};

	return cmocka_run_group_tests_name("proto", tests, NULL, NULL);
}
