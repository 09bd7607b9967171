// SPDX-License-Identifier: GPL-2.0-or-later
/* Text: foreign text made safe, width, numbers written and read. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "lib/text.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define FFFD "\xef\xbf\xbd"

static void test_sanitise(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "chromium-browser", "chromium-browser" },
		{ "bl\xc3\xa5" "b\xc3\xa6r \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80",
		  "bl\xc3\xa5" "b\xc3\xa6r \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80" },
		/* controls: C0, DEL, C1 */
		{ "a\x1b[31mb\nc\td\x7f" "e\xc2\x9b" "f", "a?[31mb?c?d?e?f" },
		/* bidi, zero width, separators, BOM, tags, selectors, fillers */
		{ "a\xe2\x80\xae" "b\xe2\x81\xa6" "c\xe2\x80\x8e" "d\xd8\x9c", "a?b?c?d?" },
		{ "a\xe2\x80\x8b" "b\xe2\x80\x8d" "c\xe2\x81\xa0" "d\xef\xbb\xbf", "a?b?c?d?" },
		{ "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c\xc2\xad", "a?b?c?" },
		{ "a\xf3\xa0\x81\x81" "b\xef\xb8\x8f" "c\xe3\x85\xa4" "d\xe2\xa0\x80", "a?b?c?d?" },
		/* private use, noncharacters, unassigned */
		{ "\xee\x80\x80|\xf4\x80\x80\x80|\xef\xb7\x90|\xef\xbf\xbf|\xcd\xb8",
		  "?|?|?|?|?" },
		/* at most two combining marks, and none without a letter */
		{ "e\xcc\x81\xcc\x82x", "e\xcc\x81\xcc\x82x" },
		{ "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84x", "e\xcc\x81\xcc\x82??x" },
		{ "\xcc\x81x", "?x" },
		/* nor of other characters without a width */
		{ "\xe1\x84\x80\xe1\x85\xa3\xe1\x85\xa3\xe1\x85\xa3x",
		  "\xe1\x84\x80\xe1\x85\xa3\xe1\x85\xa3?x" },
		{ "\xe0\xa8\x95\xe0\xa9\x81\xe0\xa9\x81\xe0\xa9\x81\xe0\xa9\x81",
		  "\xe0\xa8\x95\xe0\xa9\x81\xe0\xa9\x81??" },
		/* ill-formed: each beginning of a character is one replacement */
		{ "a\x80" "b", "a" FFFD "b" },
		{ "\xff\xfe", FFFD FFFD },
		{ "\xc0\xaf", FFFD FFFD },			/* overlong '/' */
		{ "\xe0\x80\xaf", FFFD FFFD FFFD },
		{ "\xf0\x80\x80\xaf", FFFD FFFD FFFD FFFD },
		{ "\xed\xa0\x80", FFFD FFFD FFFD },		/* surrogate */
		{ "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD },	/* > U+10FFFF */
		{ "\xe2\x82" "x", FFFD "x" },
		{ "\xf0\x9f\x98" "x", FFFD "x" },
		{ "\xe2\x82", FFFD },
		{ "\xf0\x9f\x98\xc3\xa5", FFFD "\xc3\xa5" },
	};
	char out[128];

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		size_t n = text_sanitise(out, sizeof(out), cases[i].in, strlen(cases[i].in));

		assert_string_equal(out, cases[i].out);
		assert_int_equal(n, strlen(out));
	}
	assert_int_equal(text_sanitise(out, sizeof(out), "a\0b", 3), 3);
	assert_string_equal(out, "a?b");
}

/* Whatever comes in, what goes out is UTF-8, of no more than the size. */
static void test_sanitise_any(void **state)
{
	unsigned short seed[3] = { 1, 2, 3 };

	(void)state;
	setlocale(LC_CTYPE, "C.UTF-8");
	for (unsigned round = 0; round < 100000; round++) {
		char in[24], *out;
		size_t len = nrand48(seed) % (sizeof(in) + 1);
		size_t size = 1 + nrand48(seed) % 40, n;

		for (size_t i = 0; i < len; i++)
			in[i] = nrand48(seed) % 4 ? 0x80 | nrand48(seed) : nrand48(seed);
		out = malloc(size);
		assert_non_null(out);
		n = text_sanitise(out, size, in, len);
		assert_true(n < size);
		assert_int_equal(strlen(out), n);
		assert_true(mbstowcs(NULL, out, 0) != (size_t)-1);
		for (size_t i = 0; i < n; i++)
			assert_true((uint8_t)out[i] >= 0x20 && out[i] != 0x7f);
		free(out);
	}
	setlocale(LC_CTYPE, "C");
}

static void test_sanitise_cut(void **state)
{
	char out[4];

	(void)state;
	assert_int_equal(text_sanitise(out, 4, "ab\xc3\xa5", 4), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(text_sanitise(out, 4, "a\xc3\xa5z", 4), 3);
	assert_string_equal(out, "a\xc3\xa5");
	assert_int_equal(text_sanitise(out, 1, "abc", 3), 0);
	assert_string_equal(out, "");
	memset(out, 'x', sizeof(out));
	assert_int_equal(text_sanitise(out, 0, "abc", 3), 0);
	assert_int_equal(out[0], 'x');
}

/* The same in every locale. */
static void test_sanitise_locale(void **state)
{
	static const char in[] = "\xc3\xa5\xe2\x80\xae\xe6\x97\xa5\xcd\xb8";
	char plain[32], utf8[32];

	(void)state;
	setlocale(LC_CTYPE, "C");
	text_sanitise(plain, sizeof(plain), in, strlen(in));
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	text_sanitise(utf8, sizeof(utf8), in, strlen(in));
	setlocale(LC_CTYPE, "C");
	assert_string_equal(plain, utf8);
}

static void test_append(void **state)
{
	char buf[8];
	struct text t = TEXT(buf);

	(void)state;
	assert_string_equal(buf, "");
	text_add(&t, "ab");
	text_printf(&t, "%d", 12);
	text_add_char(&t, '!');
	assert_string_equal(buf, "ab12!");
	text_add(&t, "x\xc3\xa5y");
	assert_string_equal(buf, "ab12!x");	/* the letter does not fit whole */
	assert_int_equal(t.len, 6);
	text_add(&t, "z");
	text_add(&t, "z");
	text_add_char(&t, 'z');
	text_printf(&t, "zz");
	assert_string_equal(buf, "ab12!xz");
	text_clear(&t);
	text_printf(&t, "%s", "abcde\xe6\x97\xa5");
	assert_string_equal(buf, "abcde");
	text_clear(&t);
	text_printf(&t, "%s", "abcd\xe6\x97\xa5z");
	assert_string_equal(buf, "abcd\xe6\x97\xa5");
}

static void test_width(void **state)
{
	unsigned used;

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("bl\xc3\xa5"), 3);
	assert_int_equal(text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	assert_int_equal(text_width("e\xcc\x81x"), 2);
	assert_int_equal(text_width(FFFD), 1);

	assert_int_equal(text_fit("abc", 2, &used), 2);
	assert_int_equal(used, 2);
	assert_int_equal(text_fit("a\xe6\x97\xa5z", 2, &used), 1);	/* half of it: no */
	assert_int_equal(used, 1);
	assert_int_equal(text_fit("a\xe6\x97\xa5z", 3, &used), 4);
	assert_int_equal(used, 3);
	assert_int_equal(text_fit("e\xcc\x81x", 1, &used), 3);	/* marks stay with it */
	assert_int_equal(used, 1);
	assert_int_equal(text_fit("abc", 0, NULL), 0);
	setlocale(LC_CTYPE, "C");
}

static const char *human(double n, bool iec)
{
	static char buf[32];
	struct text t = TEXT(buf);

	text_add_human(&t, n, iec);
	return buf;
}

static void test_human(void **state)
{
	(void)state;
	assert_string_equal(human(0, false), "0");
	assert_string_equal(human(999, false), "999");
	assert_string_equal(human(999.6, false), "1.0k");
	assert_string_equal(human(1000, false), "1.0k");
	assert_string_equal(human(1234, false), "1.2k");
	assert_string_equal(human(9960, false), "10.0k");
	assert_string_equal(human(48100000, false), "48.1M");
	assert_string_equal(human(99960000, false), "100M");
	assert_string_equal(human(812e6, false), "812M");
	assert_string_equal(human(999.7e6, false), "1.0G");
	assert_string_equal(human(18446744073709551615.0, false), "18.4E");
	assert_string_equal(human(1e30, false), ">999Y");
	assert_string_equal(human(INFINITY, false), ">999Y");
	assert_string_equal(human(NAN, false), "-");
	assert_string_equal(human(-1500, false), "-1.5k");
	assert_string_equal(human(1023, true), "1.0Ki");
	assert_string_equal(human(512, true), "512");
	assert_string_equal(human(10 * 1048576, true), "10.0Mi");
}

static const char *duration(double s)
{
	static char buf[32];
	struct text t = TEXT(buf);

	text_add_duration(&t, s);
	return buf;
}

static void test_numbers(void **state)
{
	char buf[64];
	struct text t = TEXT(buf);

	(void)state;
	text_add_grouped(&t, 0);
	text_add_char(&t, ' ');
	text_add_grouped(&t, 999);
	text_add_char(&t, ' ');
	text_add_grouped(&t, 48211);
	text_add_char(&t, ' ');
	text_add_grouped(&t, UINT64_MAX);
	assert_string_equal(buf, "0 999 48,211 18,446,744,073,709,551,615");

	assert_string_equal(duration(0), "0s");
	assert_string_equal(duration(-5), "0s");
	assert_string_equal(duration(3.9), "3s");
	assert_string_equal(duration(131), "2m11s");
	assert_string_equal(duration(5 * 3600 + 120), "5h02m");
	assert_string_equal(duration(12 * 86400 + 4 * 3600), "12d4h");
	assert_string_equal(duration(NAN), "-");
	assert_string_equal(duration(INFINITY), "11574074074d1h");
}

static const char *time_text(uint64_t seconds, uint64_t ns)
{
	static char buf[40];
	struct text t = TEXT(buf);

	text_add_time(&t, seconds * 1000000000 + ns);
	return buf;
}

static void test_time(void **state)
{
	char oracle[32];

	(void)state;
	assert_string_equal(time_text(0, 0), "1970-01-01T00:00:00.000000000Z");
	assert_string_equal(time_text(1769860800, 5), "2026-01-31T12:00:00.000000005Z");
	assert_string_equal(time_text(951782400, 0), "2000-02-29T00:00:00.000000000Z");
	assert_string_equal(time_text(4107542399, 999999999), "2100-02-28T23:59:59.999999999Z");
	assert_string_equal(time_text(4107542400, 0), "2100-03-01T00:00:00.000000000Z");
	/* every day that 64 bits of nanoseconds have, by libc */
	for (time_t s = 0; s < 18446744073; s += 86400) {
		struct tm tm;

		gmtime_r(&s, &tm);
		strftime(oracle, sizeof(oracle), "%Y-%m-%dT%H:%M:%S", &tm);
		assert_memory_equal(time_text(s, 0), oracle, strlen(oracle));
	}
}

static void test_json(void **state)
{
	char buf[64];
	struct text t = TEXT(buf);

	(void)state;
	text_add_json(&t, "a\"b\\c/\x01\nd\xc3\xa5");
	assert_string_equal(buf, "\"a\\\"b\\\\c/\\u0001\\u000ad\xc3\xa5\"");
	text_clear(&t);
	text_add_json(&t, "");
	assert_string_equal(buf, "\"\"");
}

static void test_parse(void **state)
{
	static const struct {
		const char *s;
		double size, seconds;	/* NAN: is none */
	} cases[] = {
		{ "0", 0, 0 }, { "42", 42, 42 }, { "1.5", 1.5, 1.5 }, { ".5", 0.5, 0.5 },
		{ "5.", 5, 5 }, { "1k", 1e3, NAN }, { "1K", 1e3, NAN }, { "1.5M", 1.5e6, NAN },
		{ "2G", 2e9, NAN }, { "1T", 1e12, NAN }, { "10Ki", 10240, NAN },
		{ "10MiB", 10485760, NAN }, { "1GB", 1e9, NAN }, { "7B", 7, NAN },
		{ "5s", NAN, 5 }, { "2m", NAN, 120 }, { "1.5h", NAN, 5400 }, { "1d", NAN, 86400 },
		{ "20ms", NAN, 0.02 }, { "7us", NAN, 7e-6 },
		{ "", NAN, NAN }, { ".", NAN, NAN }, { "-1", NAN, NAN }, { "+1", NAN, NAN },
		{ "1x", NAN, NAN }, { "1kk", NAN, NAN }, { "1 k", NAN, NAN }, { "0x10", NAN, NAN },
		{ "inf", NAN, NAN }, { "nan", NAN, NAN }, { "1e5", NAN, NAN }, { "1.2.3", NAN, NAN },
		{ "1i", NAN, NAN }, { "1,5", NAN, NAN }, { "1m5", NAN, NAN },
	};
	char many[400];
	double n;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		assert_int_equal(text_parse_size(cases[i].s, &n), !isnan(cases[i].size));
		if (!isnan(cases[i].size))
			assert_true(n == cases[i].size);
		assert_int_equal(text_parse_seconds(cases[i].s, &n), !isnan(cases[i].seconds));
		if (!isnan(cases[i].seconds))
			assert_true(fabs(n - cases[i].seconds) < 1e-12);
	}
	memset(many, '9', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_false(text_parse_size(many, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sanitise),
		cmocka_unit_test(test_sanitise_any),
		cmocka_unit_test(test_sanitise_cut),
		cmocka_unit_test(test_sanitise_locale),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_human),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
