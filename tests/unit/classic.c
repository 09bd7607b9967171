// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The classic line, in the shape of the original description.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "classic.h"
#include "ui_fixture.h"

static const struct format plain = { .names = true, .services = true, .utf8 = true };

/* The line of the first flow that passes @filter. */
static void assert_line(const char *filter, const struct format *f, const char *want)
{
	struct flow_list *fl = fixture_table(0);
	struct view *v = view_new(fl);
	struct filter_error error;
	struct view_spec spec = {
		.families = FAMILY_BOTH, .ended = true, .self = true, .sorts = 1, .rows = 1,
		.needs = CLASSIC_NEEDS, .sort = { { column_find("state"), false } },
		.filter = filter_parse(filter, &error),
	};
	struct view_result *r;
	char buf[CLASSIC_LINE_MAX];
	struct text line = TEXT(buf);

	assert_non_null(spec.filter);
	r = view_build(v, &spec);
	assert_int_equal(r->totals.rows, 1);
	text_clear(&line);
	classic_line(&r->rows[0], f, &line);
	assert_string_equal(buf, want);
	view_result_free(r);
	filter_unref(spec.filter);
	view_free(v);
	flow_list_free(fl);
}

static void test_lines(void **state)
{
	(void)state;
	assert_line("pid 812", &plain, "[812/sshd]:ipv4:tcp[ESTABLISHED]:ssh -> "
		    "büro.example.no:52011 (Norway, Oslo) => 192.0.2.7:22 (documentation, N/A)");
	assert_line("process apt-get", &plain, "[13100/apt-get]:ipv6:tcp[ESTABLISHED]:https -> "
		    "[2001:db8::7]:51000 (documentation, N/A) => "
		    "[2606:4700::6810:84e5]:443 (United States, N/A)");
	assert_line("state TIME_WAIT", &plain, "[?]:ipv4:tcp[TIME_WAIT]:http -> "
		    "203.0.113.9:60112 (Norway, Oslo) => 192.0.2.7:80 (documentation, N/A)");
	assert_line("icmp", &plain, "[bridged(?)]:ipv4:icmp:N/A -> laptop.lan (private, N/A) => "
		    "one.one.one.one (Australia, N/A)");
}

static void test_numeric(void **state)
{
	static const struct format numeric = { .utf8 = true };

	(void)state;
	assert_line("pid 812", &numeric, "[812/sshd]:ipv4:tcp[ESTABLISHED]:22 -> "
		    "203.0.113.50:52011 (Norway, Oslo) => 192.0.2.7:22 (documentation, N/A)");
}

static void test_head(void **state)
{
	char buf[80];
	struct text head = TEXT(buf);

	(void)state;
	text_clear(&head);
	classic_head(12, &head);
	assert_string_equal(buf, "Kernel netfilter TCP/UDP flow statistics, [+12]");
}

static int setup(void **state)
{
	(void)state;
	fixture_begin();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	service_free();
	facts_free();
	rcu_unregister_thread();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_numeric),
		cmocka_unit_test(test_head),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
