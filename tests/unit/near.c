// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of ASCII in any locale, and names that are nearly a word. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/ascii.h"
#include "lib/near.h"

static void test_ascii(void **state)
{
	(void)state;
	assert_int_equal(ascii_compare("ESTABLISHED", "established"), 0);
	assert_true(ascii_compare("a", "B") < 0);
	assert_true(ascii_compare("ab", "A") > 0);
	assert_true(ascii_compare("", "a") < 0);
	assert_true(ascii_compare("\xc3\xa5", "a") > 0);	/* as unsigned bytes */
	assert_int_equal(ascii_compare_n("sport", "SPx", 2), 0);
	assert_int_equal(ascii_compare_n("a", "b", 0), 0);
	assert_true(ascii_compare_n("ab", "AC", 2) < 0);
	assert_true(ascii_contains("Chromium", "MI"));
	assert_true(ascii_contains("x", ""));
	assert_true(ascii_contains("aab", "AB"));
	assert_false(ascii_contains("aab", "abc"));
	assert_false(ascii_contains("", "a"));
	assert_true(ascii_is_alnum('9') && ascii_is_alnum('Z') && !ascii_is_alnum('\xe9'));
	assert_true(ascii_is_hex('F') && !ascii_is_hex('g'));
}

/* Makes Turkish where its sources are, in a folder that is gone afterwards. */
static bool set_turkish(char *folder)
{
	char command[200];

	snprintf(command, sizeof(command), "cd %s && localedef -i tr_TR -f UTF-8 ./tr_TR.UTF-8 "
		 ">/dev/null 2>&1", folder);
	if (system(command))
		return false;
	setenv("LOCPATH", folder, 1);
	return setlocale(LC_ALL, "tr_TR.UTF-8");
}

/* Where the libc's own comparison says that they differ, ours does not. */
static void test_turkish(void **state)
{
	char folder[] = "/tmp/flowtop-locale.XXXXXX", command[100];
	bool turkish;

	(void)state;
	assert_non_null(mkdtemp(folder));
	turkish = set_turkish(folder);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	if (!turkish)
		skip();
	assert_int_equal(ascii_compare("ESTABLISHED", "established"), 0);
	assert_true(ascii_contains("TIME_WAIT", "time"));
	setlocale(LC_ALL, "C");
}

static const char *nearest(const char *word, bool beginnings)
{
	static const char *const names[] = {
		"tcp", "udp", "src", "dst", "not", "host", "port", "process", "unreplied",
		"dst_country", "src_country",
	};
	struct near n = { .word = word, .len = strlen(word), .beginnings = beginnings };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		near_try(&n, names[i]);
	return n.name ? n.name : "-";
}

static void test_near(void **state)
{
	char buf[40];
	struct near n = { .word = "hots", .len = 4 };

	(void)state;
	assert_string_equal(nearest("tpc", false), "tcp");
	assert_string_equal(nearest("UPD", false), "udp");
	assert_string_equal(nearest("tap", false), "-");	/* a letter of three is too much */
	assert_string_equal(nearest("nto", false), "not");
	assert_string_equal(nearest("note", false), "-");
	assert_string_equal(nearest("hots", false), "host");
	assert_string_equal(nearest("hst", false), "-");
	assert_string_equal(nearest("ports", false), "port");
	assert_string_equal(nearest("pprt", false), "port");
	assert_string_equal(nearest("prcess", false), "process");
	assert_string_equal(nearest("prces", false), "-");
	assert_string_equal(nearest("unrpleid", false), "unreplied");
	assert_string_equal(nearest("dst_contry", false), "dst_country");
	assert_string_equal(nearest("country", false), "-");
	assert_string_equal(nearest("proc", true), "process");
	assert_string_equal(nearest("proc", false), "-");
	assert_string_equal(nearest("", true), "-");
	assert_string_equal(nearest("chromium", false), "-");
	assert_string_equal(nearest("a-word-that-is-much-too-long-for-any-name", true), "-");

	assert_string_equal(near_hint(&n, buf, sizeof(buf)), "");
	near_try(&n, "host");
	assert_string_equal(near_hint(&n, buf, sizeof(buf)), ": did you mean 'host'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_turkish),
		cmocka_unit_test(test_near),
	};

	return cmocka_run_group_tests_name("near", tests, NULL, NULL);
}
