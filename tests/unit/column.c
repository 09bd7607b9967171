// SPDX-License-Identifier: GPL-2.0-or-later
/* column.c - values and cells: who sends, which end is far, what the socket counts. */
#include "column.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

static struct flow flow;
static struct row row;
static char cell[80];

static struct addr addr(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

/* 300 bytes went there, 7000 came back. */
static void set(unsigned direction, const char *src, const char *dst, const char *answers)
{
	static struct place nowhere;

	flow = (struct flow){
		.key = { .l3 = AF_INET, .l4 = IPPROTO_TCP }, .direction = direction,
		.flags = FLOW_COUNTED, .orig_bytes = 300, .reply_bytes = 7000,
		.orig_rate = 3, .reply_rate = 70,
	};
	flow.key.orig.src = flow.reply.dst = addr(src);
	flow.key.orig.dst = addr(dst);
	flow.reply.src = addr(answers);
	row = (struct row){ .flow = &flow, .src_place = &nowhere, .dst_place = &nowhere };
}

static const char *shown(const char *name)
{
	static const struct format format;
	struct text t = TEXT(cell);

	column_screen(column_find(name), &row, &format, &t);
	return cell;
}

static const char *value(const char *name)
{
	struct text t = TEXT(cell);
	struct value v;

	column_find(name)->get(&row, &v);
	value_add_text(&v, &t);
	return cell;
}

static void test_ways(void **state)
{
	static const struct {
		unsigned direction;
		const char *src, *dst, *answers, *tx, *rx, *remote, *client;
	} cases[] = {
		/* a host: what it asks for, and who comes */
		{ FLOW_OUT, "10.0.0.1", "8.8.8.8", "8.8.8.8", "300", "7000", "8.8.8.8", "" },
		{ FLOW_IN | FLOW_CLIENT, "8.8.8.8", "10.0.0.1", "10.0.0.1", "7000", "300",
		  "8.8.8.8", "8.8.8.8" },
		{ FLOW_IN, "8.8.8.8", "10.0.0.1", "10.0.0.1", "7000", "300", "8.8.8.8", "" },
		/* its own port leads into a container */
		{ FLOW_OUT | FLOW_VIA_HOST, "10.0.0.1", "127.0.0.1", "172.17.0.2", "300", "7000",
		  "172.17.0.2", "" },
		/* a router: out, in through a forwarded port, and from inside to inside by it */
		{ FLOW_FORWARDED, "10.0.0.7", "8.8.8.8", "8.8.8.8", "300", "7000", "8.8.8.8",
		  "10.0.0.7" },
		{ FLOW_FORWARDED | FLOW_INWARD | FLOW_VIA_HOST, "8.8.8.8", "192.0.2.1",
		  "10.0.0.7", "7000", "300", "8.8.8.8", "10.0.0.7" },
		{ FLOW_FORWARDED | FLOW_VIA_HOST, "10.0.0.8", "192.0.2.1", "10.0.0.7", "300",
		  "7000", "10.0.0.7", "10.0.0.8" },
		/* INWARD is of forwarded flows only: the owner may be found later */
		{ FLOW_OUT | FLOW_INWARD, "10.0.0.1", "8.8.8.8", "8.8.8.8", "300", "7000",
		  "8.8.8.8", "" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set(cases[i].direction, cases[i].src, cases[i].dst, cases[i].answers);
		assert_string_equal(value("tx_bytes"), cases[i].tx);
		assert_string_equal(value("rx_bytes"), cases[i].rx);
		assert_string_equal(value("tx_rate"), cases[i].tx[0] == '3' ? "3" : "70");
		assert_string_equal(value("rx_rate"), cases[i].tx[0] == '3' ? "70" : "3");
		assert_string_equal(value("remote_addr"), cases[i].remote);
		assert_string_equal(value("client_addr"), cases[i].client);
	}
}

/* The kernel does not count, the socket does. */
static void test_socket_counts(void **state)
{
	static const struct sock_info sock = { .sent = 1200, .received = 3400 };

	(void)state;
	set(FLOW_OUT, "10.0.0.1", "8.8.8.8", "8.8.8.8");
	row.sock = &sock;
	assert_string_equal(shown("bytes"), "7.3k");
	flow.flags = 0;
	assert_string_equal(shown("bytes"), "~4.6k");
	assert_string_equal(shown("tx_bytes"), "~1.2k");
	assert_string_equal(shown("rx_bytes"), "~3.4k");
	assert_string_equal(value("tx_bytes"), "");
	row.sock = NULL;
	assert_string_equal(shown("bytes"), "");
}

static void test_aims(void **state)
{
	(void)state;
	set(FLOW_OUT, "10.0.0.1", "8.8.8.8", "8.8.8.8");
	flow.key.l4 = IPPROTO_ICMP;
	flow.key.orig.dport = 8 << 8;
	assert_string_equal(shown("service"), "echo");
	flow.key.orig.dport = 3 << 8;
	assert_string_equal(shown("service"), "unreachable");
	flow.key.l4 = IPPROTO_GRE;
	assert_string_equal(shown("service"), "key 768");
	flow.key.orig.dport = 0;
	assert_string_equal(shown("service"), "");
	assert_string_equal(value("dst_key"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_socket_counts),
		cmocka_unit_test(test_aims),
	};

	return cmocka_run_group_tests_name("column", tests, NULL, NULL);
}
