// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses: parsing, writing, order, networks, kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/addr.h"
#include "lib/text.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct addr parsed(const char *text)
{
	struct addr a;

	if (!addr_parse(text, &a))
		fail_msg("'%s' did not parse", text);
	return a;
}

static void test_text(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "0.0.0.0", "0.0.0.0" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	static const char *const bad[] = {
		"", "1", "1.2.3", "1.2.3.256", "1.2.3.4.5", " 1.2.3.4", "1.2.3.4 ",
		"01.2.3.4x", ":", ":::", "1::2::3", "fe80::1%eth0", "g::", "1.2.3.4/8",
	};
	char buf[ADDR_STRLEN];
	struct addr a;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		a = parsed(cases[i].in);
		assert_string_equal(addr_format(&a, buf), cases[i].out);
	}
	for (unsigned i = 0; i < COUNT(bad); i++)
		assert_false(addr_parse(bad[i], &a));
}

static void test_bytes(void **state)
{
	static const uint8_t v4[4] = { 192, 0, 2, 1 };
	struct addr a = addr_v4(v4), b = parsed("192.0.2.1");
	struct addr c = parsed("2001:db8::1"), d = addr_v6(c.byte);

	(void)state;
	assert_true(addr_equal(&a, &b));
	assert_true(addr_is_v4(&a));
	assert_true(addr_equal(&c, &d));
	assert_false(addr_is_v4(&c));
	assert_int_equal(addr_hash(&a), addr_hash(&b));
	assert_int_not_equal(addr_hash(&a), addr_hash(&c));
}

static void test_order(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0", "9.255.255.255", "10.0.0.0", "255.255.255.255",
		"::", "::1", "2001:db8::", "fe80::1",
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(sorted); i++) {
		for (unsigned j = 0; j < COUNT(sorted); j++) {
			struct addr a = parsed(sorted[i]), b = parsed(sorted[j]);
			int n = addr_compare(&a, &b);

			assert_int_equal((n > 0) - (n < 0), (i > j) - (i < j));
		}
	}
}

static void assert_end(const char *addr, const char *name, int port, const char *expected)
{
	struct addr a = parsed(addr);
	char buf[80];
	struct text out = TEXT(buf);

	addr_add_end(&out, &a, name, port);
	assert_string_equal(buf, expected);
}

static void test_end(void **state)
{
	(void)state;
	assert_end("192.0.2.1", NULL, 53, "192.0.2.1:53");
	assert_end("192.0.2.1", "", -1, "192.0.2.1");
	assert_end("2001:db8::1", NULL, 0, "[2001:db8::1]:0");
	assert_end("2001:db8::1", NULL, -1, "2001:db8::1");
	assert_end("2001:db8::1", "a.example", 53, "a.example:53");
}

static void test_prefix(void **state)
{
	static const struct {
		const char *net, *in, *out;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.255.255", "11.0.0.0" },
		{ "10.1.2.3/8", "10.9.9.9", "9.1.2.3" },	/* host bits are cut */
		{ "192.0.2.128/25", "192.0.2.129", "192.0.2.127" },
		{ "192.0.2.1/31", "192.0.2.0", "192.0.2.2" },
		{ "192.0.2.1", "192.0.2.1", "192.0.2.0" },
		{ "0.0.0.0/0", "203.0.113.1", "2001:db8::1" },
		{ "::/0", "2001:db8::1", "203.0.113.1" },
		{ "2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::" },
		{ "::1", "::1", "::" },
		{ "::ffff:0:0/96", "192.0.2.1", "::1" },
	};
	static const char *const bad[] = {
		"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
		"10.0.0.0/ 8", "::/129", "::/1000", "10/8", "10.0.0.0/8/8",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8",
	};
	struct addr_prefix p;
	struct addr a;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		assert_true(addr_prefix_parse(cases[i].net, &p));
		a = parsed(cases[i].in);
		assert_true(addr_in_prefix(&a, &p));
		a = parsed(cases[i].out);
		assert_false(addr_in_prefix(&a, &p));
	}
	for (unsigned i = 0; i < COUNT(bad); i++)
		assert_false(addr_prefix_parse(bad[i], &p));
}

static void test_nets(void **state)
{
	static const char *const bad[] = { "10.0.0.0/33", "x", "10.0.0.0/8,", ",", "10.0.0.0/8,x" };
	struct addr a = parsed("10.1.2.3"), b = parsed("fd00::1"), c = parsed("11.1.2.3");
	struct addr_nets nets;

	(void)state;
	assert_true(addr_nets_parse("", &nets));
	assert_false(addr_in_nets(&a, &nets));
	assert_true(addr_nets_parse("10.0.0.0/8,fd00::/8", &nets));
	assert_true(addr_in_nets(&a, &nets) && addr_in_nets(&b, &nets));
	assert_false(addr_in_nets(&c, &nets));
	for (unsigned i = 0; i < COUNT(bad); i++)
		assert_false(addr_nets_parse(bad[i], &nets));
}

static void test_private(void **state)
{
	static const char *const private[] = {
		"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
		"169.254.1.1", "fd00::1", "fc00::1", "fe80::1",
	};
	static const char *const not[] = {
		"11.1.2.3", "172.32.0.1", "192.167.1.1", "100.128.0.1", "8.8.8.8",
		"2001:db8::1", "fec0::1",
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(private); i++) {
		struct addr a = parsed(private[i]);

		assert_true(addr_is_private(&a));
	}
	for (unsigned i = 0; i < COUNT(not); i++) {
		struct addr a = parsed(not[i]);

		assert_false(addr_is_private(&a));
	}
}

static void test_kind(void **state)
{
	static const struct {
		const char *addr, *kind;
	} cases[] = {
		{ "10.1.2.3", "private" }, { "172.31.255.255", "private" },
		{ "172.32.0.0", NULL }, { "192.168.0.1", "private" },
		{ "100.64.0.1", "cgnat" }, { "100.128.0.0", NULL },
		{ "127.0.0.53", "loopback" }, { "169.254.1.1", "link-local" },
		{ "192.0.2.1", "documentation" }, { "192.0.0.9", NULL },
		{ "192.0.0.8", "reserved" }, { "198.19.255.255", "benchmarking" },
		{ "224.0.0.251", "multicast" }, { "240.0.0.1", "reserved" },
		{ "255.255.255.255", "broadcast" }, { "0.0.0.0", "unspecified" },
		{ "0.1.2.3", "this network" }, { "8.8.8.8", NULL },
		{ "::", "unspecified" }, { "::1", "loopback" }, { "::2", NULL },
		{ "fe80::1", "link-local" }, { "fd00::1", "private" },
		{ "ff02::fb", "multicast" }, { "2001:db8::1", "documentation" },
		{ "3fff:fff::1", "documentation" }, { "3fff:1000::1", NULL },
		{ "100::1", "discard" }, { "2606:4700::1111", NULL },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct addr a = parsed(cases[i].addr);

		if (!cases[i].kind)
			assert_null(addr_kind(&a));
		else
			assert_string_equal(addr_kind(&a), cases[i].kind);
	}
}

static void test_mask(void **state)
{
	static const struct { const char *addr; unsigned bits; const char *want; } cases[] = {
		{ "10.1.2.3", 96 + 24, "10.1.2.0" }, { "10.1.2.3", 128, "10.1.2.3" },
		{ "10.255.2.3", 96 + 9, "10.128.0.0" }, { "10.1.2.3", 96, "0.0.0.0" },
		{ "2001:db8:1:2:3::4", 48, "2001:db8:1::" }, { "2001:db8::1", 0, "::" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buf[ADDR_STRLEN];
		struct addr a;

		assert_true(addr_parse(cases[i].addr, &a));
		addr_mask(&a, cases[i].bits);
		assert_string_equal(addr_format(&a, buf), cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_nets),
		cmocka_unit_test(test_private),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
