// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets of protocols without ports, as /proc/net has them.
 */
#include "proc_pid/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

/* As the kernel writes it: by words of this machine. */
static void format_addr(const char *text, uint8_t l3, char *out)
{
	uint32_t word[4];

	assert_int_equal(inet_pton(l3, text, word), 1);
	for (unsigned i = 0; i < (l3 == AF_INET ? 1 : 4); i++)
		sprintf(out + 8 * i, "%08X", word[i]);
}

static struct sock parse(const char *local, unsigned port, const char *remote, uint8_t l3)
{
	char a[33], b[33], line[256];
	struct sock s;

	format_addr(local, l3, a);
	format_addr(remote, l3, b);
	snprintf(line, sizeof(line), "%5d: %s:%04X %s:%04X %02X %08X:%08X %02X:%08lX %08X %5u %8d "
		 "%lu %d %p %d\n", 17, a, port, b, 0, 7, 0, 0, 0, 0ul, 0, 1000, 0, 4711ul, 2,
		 (void *)0, 0);
	assert_true(raw_parse_line(line, l3, &s));
	assert_int_equal(s.uid, 1000);
	assert_int_equal(s.inode, 4711);
	assert_int_equal(s.tuple.lport, port);
	return s;
}

static struct addr address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static void test_parse(void **state)
{
	struct addr a = address("192.0.2.1"), b = address("2001:db8::77");
	struct sock s;

	(void)state;
	s = parse("192.0.2.1", 1, "0.0.0.0", AF_INET);
	assert_true(addr_equal(&s.tuple.local, &a));
	assert_true(sock_addr_is_any(&s.tuple.remote));
	s = parse("::", 58, "2001:db8::77", AF_INET6);
	assert_true(addr_equal(&s.tuple.remote, &b));
	assert_true(sock_addr_is_any(&s.tuple.local));
	assert_false(raw_parse_line("  sl  local_address rem_address   st tx_queue", AF_INET, &s));
	assert_false(raw_parse_line("", AF_INET, &s));
}

static unsigned find(const struct raw_sockets *r, const char *local, const char *remote,
		     struct sock *out)
{
	struct sock_tuple t = { .local = address(local), .remote = address(remote) };

	return raw_find(r, &t, 253, out);
}

static void test_find(void **state)
{
	static struct raw_sockets r;
	struct sock s[RAW_MAX];

	(void)state;
	r.sock[r.n++] = parse("0.0.0.0", 1, "0.0.0.0", AF_INET);
	r.sock[r.n++] = parse("0.0.0.0", 253, "0.0.0.0", AF_INET);
	r.sock[r.n++] = parse("192.0.2.1", 253, "198.51.100.9", AF_INET);
	r.sock[r.n++] = parse("192.0.2.1", 253, "0.0.0.0", AF_INET);
	assert_int_equal(find(&r, "192.0.2.1", "198.51.100.1", s), 2);
	assert_int_equal(find(&r, "192.0.2.2", "198.51.100.1", s), 1);
	/* the one that is connected to it, and no other */
	assert_int_equal(find(&r, "192.0.2.1", "198.51.100.9", s), 1);
	assert_false(sock_addr_is_any(&s[0].tuple.remote));
	assert_int_equal(find(&r, "192.0.2.2", "198.51.100.9", s), 1);
	assert_true(sock_addr_is_any(&s[0].tuple.remote));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
