// SPDX-License-Identifier: GPL-2.0-or-later
/* Clocks that somebody sets, and what wraps. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "column.h"
#include "lib/clock.h"

#define S INT64_C(1000000000)
#define YEAR (365 * 86400 * S)

/* Up for 100 s, all seen by a program that began in 1970; then NTP set 2026. */
static void test_set_by_decades(void **state)
{
	const int64_t boot = 10 * S, now = 110 * S, shift = 56 * YEAR;

	(void)state;
	/* began before that, and after */
	assert_int_equal(clock_fit(40 * S, shift, 0, boot, now), 40 * S);
	assert_int_equal(clock_fit(56 * YEAR + 90 * S, shift, 0, boot, now), 90 * S);
	/* the program began after: what is older than the boot is as old as that */
	assert_int_equal(clock_fit(40 * S, 0, 0, 56 * YEAR, 56 * YEAR + now), 56 * YEAR);
	/* set back: not before it began */
	assert_int_equal(clock_fit(56 * YEAR, -shift, 0, 56 * YEAR - 50 * S, 56 * YEAR + 50 * S),
			 56 * YEAR);
	assert_int_equal(clock_fit(60 * S, -shift, 0, 56 * YEAR, 56 * YEAR + 100 * S),
			 56 * YEAR + 60 * S);
	assert_int_equal(clock_fit(500 * S, 0, 0, boot, now), now);	/* the future */
}

static void test_steady(void **state)
{
	uint64_t a = clock_steady(), real = clock_real(), b = clock_steady();

	(void)state;
	assert_true(a <= b);
	assert_true(real + 2 * S > a && real < b + 2 * S);	/* nobody sets it here */
	assert_true(clock_steady_of(real) + 2 * S > a);
	assert_int_equal(clock_real_of(0), 0);
	assert_int_equal(clock_steady_of(0), 0);
}

static double number(const char *field, const struct row *r)
{
	struct value v;

	column_find(field)->get(r, &v);
	return v.type == VALUE_REAL ? v.real : v.type == VALUE_NULL ? -1 : (double)v.n;
}

/* Timeouts beyond 24.8 days, an uptime beyond 49, counters beyond 4 GiB. */
static void test_large(void **state)
{
	struct flow f = {
		.key.l3 = AF_INET, .key.l4 = IPPROTO_TCP, .flags = FLOW_COUNTED,
		.orig_bytes = 5ull << 32, .reply_bytes = 3ull << 40, .orig_packets = 1ull << 33,
		.expires = 1000,	/* clock_ms() wraps before that */
		.changed = UINT32_MAX - 4000, .start = 1 * S,
	};
	struct row r = { .flow = &f, .now_ms = UINT32_MAX - 1999, .now_real = 100 * 86400 * S + S };

	(void)state;
	assert_int_equal(number("timeout", &r), 3);
	assert_true(number("idle", &r) > 1.9 && number("idle", &r) < 2.1);
	assert_true(number("age", &r) == 100 * 86400.0);
	assert_true(number("bytes", &r) == (5ull << 32) + (3ull << 40));
	assert_true(number("packets", &r) == 1ull << 33);
	f.expires = r.now_ms + INT32_MAX;	/* as long as it gets */
	assert_int_equal(number("timeout", &r), INT32_MAX / 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_by_decades),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
