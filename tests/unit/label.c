// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of connection labels: the files, the fields, the filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "filter.h"
#include "label.h"
#include "lib/proto.h"

static void read_text(const char *text)
{
	char path[] = "/tmp/flowtop-label.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	label_read(path);
	unlink(path);
}

static int setup(void **state)
{
	(void)state;
	label_read("/nowhere/at/all");
	read_text("# a comment\n0\teth0-in\n1 eth1-in # behind it\r\n\n0x7f last\n"
		  "128 too-much\n-1 below\nx none\n5\n0 again\n3 eth0-in\n6 \033[31mred\n7 no end");
	read_text("0 other\n2 second-file\n");
	return 0;
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(label_name(0), "eth0-in");
	assert_string_equal(label_name(1), "eth1-in");
	assert_string_equal(label_name(2), "second-file");
	assert_null(label_name(3));	/* its name was taken */
	assert_null(label_name(5));
	assert_string_equal(label_name(6), "?[31mred");
	assert_string_equal(label_name(7), "no");
	assert_string_equal(label_name(127), "last");
	assert_int_equal(label_find("last"), 127);
	assert_int_equal(label_find("again"), -1);
	assert_int_equal(label_find("other"), -1);
	assert_int_equal(label_find(""), -1);
}

static struct flow_extra extra = { .labels = { 0x0b, [15] = 0x80 } };
static struct flow flow = { .extra = &extra };
static struct row row = { .flow = &flow };

static void expect(const char *field, const char *plain, const char *json, const char *screen)
{
	static const struct format format;
	const struct column *c = column_find(field);
	struct value v;
	char buf[200];
	struct text t = TEXT(buf);

	c->get(&row, &v);
	value_add_text(&v, &t);
	assert_string_equal(buf, plain);
	text_clear(&t);
	value_add_json(&v, &t);
	assert_string_equal(buf, json);
	text_clear(&t);
	column_screen(c, &row, &format, &t);
	assert_string_equal(buf, screen);
}

static void test_fields(void **state)
{
	(void)state;
	expect("labels", "0,1,3,127", "[\"0\",\"1\",\"3\",\"127\"]", "eth0-in,eth1-in,3,last");
	expect("label_names", "eth0-in,eth1-in,3,last",
	       "[\"eth0-in\",\"eth1-in\",\"3\",\"last\"]", "eth0-in,eth1-in,3,last");
}

static void test_filter(void **state)
{
	static const struct {
		const char *expression;
		bool passes;
	} cases[] = {
		{ "labels = eth0-in", true }, { "label_names = 3", true },
		{ "labels : second-file", false }, { "labels != second-file", true },
		{ "label_names ~ ^eth0", true }, { "label_names ~ second", false },
	};
	struct filter_error error;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct filter *f = filter_parse(cases[i].expression, &error);

		assert_non_null(f);
		assert_int_equal(filter_match(f, &row), cases[i].passes);
		filter_unref(f);
	}
	assert_null(filter_parse("labels = eth0-ni", &error));
	assert_string_equal(error.text, "'eth0-ni' is not a label: 0 to 127, or a name: "
			    "did you mean 'eth0-in'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_filter),
	};

	return cmocka_run_group_tests_name("label", tests, setup, NULL);
}
