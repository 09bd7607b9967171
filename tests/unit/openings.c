// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections that wait for their answer: found by socket and remote end, and
 * no user pushes out those of another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "proc_pid/openings.h"

#define MANY 20000

static struct addr remote(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static void finds_by_socket_and_remote(void **state)
{
	struct openings *o = openings_new();
	struct addr far = remote("192.0.2.1"), other = remote("2001:db8::1");
	const struct opener one = { 100, 0, "one" }, two = { 200, 0, "two" };
	struct opener out[4];
	bool all = true;

	(void)state;
	openings_add(o, 0x1000, &far, 80, &one);
	openings_add(o, 0x2000, &far, 80, &two);
	openings_add(o, 0x3000, &far, 80, &two);
	openings_add(o, 0x4000, &other, 80, &two);
	assert_int_equal(openings_find(o, &far, 80, out, 4, &all), 2);
	assert_false(all);	/* what began before it is not known */
	assert_int_equal(openings_find(o, &far, 81, out, 4, &all), 0);
	assert_int_equal(openings_find(o, &other, 80, out, 4, &all), 1);
	assert_int_equal(out[0].pid, 200);
	/* the kernel has another socket at the same place */
	openings_add(o, 0x1000, &other, 80, &two);
	assert_int_equal(openings_find(o, &far, 80, out, 4, &all), 1);
	assert_true(openings_take(o, 0x1000, &out[0]));
	assert_string_equal(out[0].comm, "two");
	assert_false(openings_take(o, 0x1000, &out[0]));
	openings_forget(o);
	assert_false(openings_take(o, 0x2000, &out[0]));
	openings_free(o);
}

static void users_have_their_share(void **state)
{
	struct openings *o = openings_new();
	struct addr far = remote("192.0.2.1"), near = remote("192.0.2.2");
	const struct opener many = { 100, 1000, "many" }, few = { 200, 1001, "few" };
	struct opener out;
	bool all;

	(void)state;
	openings_add(o, 1, &near, 80, &few);
	for (uint64_t socket = 2; socket < MANY; socket++)
		openings_add(o, socket, &far, 80, &many);
	assert_int_equal(openings_find(o, &near, 80, &out, 1, &all), 1);
	assert_true(openings_take(o, 1, &out));
	assert_int_equal(out.pid, 200);
	assert_false(openings_take(o, 2, &out));
	assert_true(openings_take(o, MANY - 1, &out));
	/* so many that not each is looked at */
	assert_int_equal(openings_find(o, &far, 80, &out, 1, &all), 1);
	assert_false(all);
	openings_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_socket_and_remote),
		cmocka_unit_test(users_have_their_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
