// SPDX-License-Identifier: GPL-2.0-or-later
/* layout.c - which columns show, in which order, how wide. */
#include "layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/text.h"

static struct layout_column c[LAYOUT_MAX];
static unsigned n;

/* The names of those that have a width, with spaces between. */
static const char *shown(void)
{
	static char buf[1024];
	struct text t = TEXT(buf);

	for (unsigned i = 0; i < n; i++)
		if (c[i].width)
			text_printf(&t, "%s%s", t.len ? " " : "", c[i].column->name);
	return buf;
}

static const char *columns_at(unsigned room, enum layout_role role, const char *wishes,
			      const char *sorted)
{
	struct layout_wish wish;

	assert_true(layout_wish_parse(wishes, &wish));
	n = layout_columns(role, &wish, sorted ? column_find(sorted) : NULL, false, c);
	layout_share_out(c, n, wish.listed, 1, room);
	return shown();
}

static void test_role(void **state)
{
	enum layout_role role = LAYOUT_HOST;

	(void)state;
	assert_int_equal(role = layout_role(role, 0, 0), LAYOUT_HOST);
	assert_int_equal(role = layout_role(role, 100, 24), LAYOUT_HOST);
	assert_int_equal(role = layout_role(role, 100, 25), LAYOUT_ROUTER);
	assert_int_equal(role = layout_role(role, 1000, 1), LAYOUT_ROUTER);
	assert_int_equal(role = layout_role(role, 1000, 0), LAYOUT_HOST);
	assert_int_equal(layout_role(role, 1000, 1), LAYOUT_HOST);
}

static void test_usual(void **state)
{
	(void)state;
	assert_string_equal(columns_at(79, LAYOUT_HOST, NULL, "tx_rate"),
			    "process direction proto service flags remote_host tx_rate rx_rate bytes age");
	assert_string_equal(columns_at(79, LAYOUT_HOST, NULL, "state"),
			    "process direction proto state service flags remote_host tx_rate rx_rate");
	assert_string_equal(columns_at(79, LAYOUT_ROUTER, NULL, "state"),
			    "proto state flags src_addr dst_addr tx_rate rx_rate");
	columns_at(199, LAYOUT_HOST, NULL, "state");
	for (unsigned i = 0; i < n; i++)
		assert_true(c[i].width);
	columns_at(199, LAYOUT_ROUTER, NULL, "state");
	for (unsigned i = 0; i < n; i++)
		assert_true(c[i].width);
}

/* What is added has a place, and what a row cannot be told apart without keeps its own. */
static void test_wishes(void **state)
{
	(void)state;
	assert_string_equal(columns_at(79, LAYOUT_HOST, "+rtt,+mark,-service", NULL),
			    "process direction proto flags remote_host rtt mark tx_rate rx_rate");
	assert_string_equal(columns_at(60, LAYOUT_HOST, "+unit,+netns,+mark,+id,+idle", NULL),
			    "process unit remote_host tx_rate rx_rate");
	assert_string_equal(columns_at(79, LAYOUT_HOST, "+state", NULL),
			    "process direction proto state service flags remote_host tx_rate rx_rate");
	/* by what it is sorted by is in view, whatever the wish */
	assert_string_equal(columns_at(60, LAYOUT_HOST, NULL, "rtt"),
			    "process proto remote_host rtt tx_rate rx_rate");
	assert_string_equal(columns_at(60, LAYOUT_HOST, "-bytes", "bytes"),
			    "process direction proto remote_host tx_rate rx_rate bytes");
	assert_string_equal(columns_at(30, LAYOUT_HOST, "pid,unit,src_addr,age", "rate"),
			    "pid unit rate");
	assert_string_equal(columns_at(39, LAYOUT_ROUTER, NULL, NULL),
			    "src_addr dst_addr tx_rate rx_rate");
	assert_string_equal(columns_at(8, LAYOUT_ROUTER, NULL, NULL), "src_addr");
	/* a list is shown in its order, as far as there is room */
	assert_string_equal(columns_at(38, LAYOUT_ROUTER, "rate,pid,src_addr,age", NULL),
			    "rate pid src_addr");
	assert_string_equal(columns_at(99, LAYOUT_ROUTER, "pid,rate,pid", NULL), "pid rate");
}

static void test_wish_text(void **state)
{
	static const char *const good[] = { "pid,rate", "+rtt,-age", "-process" };
	static const char *const bad[] = { "", "pid,+rate", "+pid,rate", "+", "nosuch", "+-pid",
					   "pid," };
	struct layout_wish wish;
	char buf[80];

	(void)state;
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct text t = TEXT(buf);

		assert_true(layout_wish_parse(good[i], &wish));
		layout_wish_print(&wish, &t);
		assert_string_equal(buf, good[i]);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(layout_wish_parse(bad[i], &wish));
	assert_true(layout_wish_parse(NULL, &wish));
	assert_false(wish.listed || wish.n);
}

static void test_groups(void **state)
{
	(void)state;
	n = layout_group_columns(column_find("process"), NULL, c);
	assert_string_equal(layout_title(c[0].column, column_find("process")), "PROCESS");
	layout_share_out(c, n, false, 2, 79);
	assert_string_equal(shown(), "key flows unreplied new_rate tx_rate rx_rate rate total_flows");
	n = layout_group_columns(column_find("process"), column_find_of_group("total_tx_bytes"), c);
	layout_share_out(c, n, false, 2, 79);
	assert_string_equal(shown(), "key flows unreplied new_rate tx_rate rx_rate rate "
			    "total_tx_bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_role),
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_wish_text),
		cmocka_unit_test(test_groups),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
