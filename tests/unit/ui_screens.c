// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The screen in a terminal emulator, compared with pictures in tests/screens.
 * "ui_screens --update" writes these anew, and what the documents show of them: look at the
 * difference.
 */
#include "ui_term.h"

#include <ctype.h>

#include "ui_fixture.h"

#define FOLDER "tests/screens"

static bool update;

struct setting {
	struct conf conf;
	unsigned more;
	enum { TABLE, EMPTY, LOADING, UNTRACKED } kind;
	int rows, cols;
	struct term_env env;
};

static int child(void *ctx)
{
	struct setting *s = ctx;
	struct flow_list *fl;
	int status;

	fixture_begin();
	if (s->kind == TABLE) {
		fl = fixture_table(s->more);
	} else {
		fl = flow_list_new(1, 0);
		fixture_health(fl);
		flow_list_stats(fl)->dumped = s->kind != LOADING;
		flow_list_stats(fl)->kernel_count = s->kind == LOADING ? 48211 : 0;
		if (s->kind == UNTRACKED)
			flow_list_stats(fl)->tracking = TRACKING_OFF;
	}
	status = fixture_run(&s->conf, fl);
	fixture_end(fl);
	return status;
}

static struct setting at(int rows, int cols)
{
	return (struct setting){ .conf = FIXTURE_CONF, .rows = rows, .cols = cols };
}

static struct term *start(struct setting *s)
{
	struct term *t = term_open(s->rows, s->cols, &s->env, child, s);

	term_wait_for(t, s->kind != TABLE ? " " : s->cols < 20 ? "192." : "198.51");
	return t;
}

/* ---- pictures ---- */

static bool is_clock(const char *s)
{
	for (int i = 0; i < 8; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isdigit((unsigned char)s[i]))
			return false;
	return true;
}

static bool is_date(const char *s)
{
	for (int i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? s[i] != '-' : !isdigit((unsigned char)s[i]))
			return false;
	return true;
}

static void blank_digits(char *s, int n)
{
	for (int i = 0; i < n; i++)
		if (isdigit((unsigned char)s[i]))
			s[i] = '#';
}

/*
 * The first line has the name of this host and the time that it took; rates
 * of the whole table may or may not be known yet; the other times are of now.
 */
static void scrub(char *picture, bool has_head)
{
	char *s;

	for (s = picture; *s; s++) {
		if (is_clock(s))
			blank_digits(s, 8);
		if (is_date(s))
			blank_digits(s, 10);
	}
	for (s = picture; has_head && (s = strstr(s, " 0/s")); )
		memcpy(s, " -  ", 4);
	for (s = picture; has_head && (s = strstr(s, "- \n")); )
		s[1] = '\n', memmove(s + 2, s + 3, strlen(s + 2));
}

static void read_file(const char *path, char *buf, size_t size)
{
	FILE *in = fopen(path, "r");
	size_t n;

	if (!in)
		fail_msg("%s: %s (ui_screens --update makes it)", path, strerror(errno));
	n = fread(buf, 1, size - 1, in);
	buf[n] = '\0';
	fclose(in);
}

/* The picture without what is not the same each time. */
static const char *scrubbed(const struct term *t)
{
	static char now[TERM_MAX];
	bool has_head = t->rows >= 16 && strstr(term_line(t, 0), "every");

	snprintf(now, sizeof(now), "%s", term_picture(t));
	if (has_head)
		memmove(now, strchr(now, '\n') + 1, strlen(strchr(now, '\n')));
	scrub(now, has_head || t->rows < 16);
	return now;
}

static bool is_as(const struct term *t, const char *want)
{
	return !strcmp(scrubbed(t), want);
}

static void compare(struct term *t, const char *name)
{
	static char want[TERM_MAX];
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), FOLDER "/%s.txt", name);
	if (update) {
		out = fopen(path, "w");
		assert_non_null(out);
		fputs(scrubbed(t), out);
		assert_int_equal(fclose(out), 0);
		return;
	}
	read_file(path, want, sizeof(want));
	if (!term_holds(t, want, is_as))
		fail_msg("%s differs; now it is:\n%s", path, scrubbed(t));
}

static bool has_groups(const struct term *t, const char *what)
{
	int y = term_find(t, "FLOWS▼");

	return term_shows(t, what) && y >= 0 && *term_line(t, y + 1);
}

static void shoot(struct setting s, const char *keys, const char *marker, const char *name)
{
	struct term *t = start(&s);

	term_type(t, keys);
	term_wait(t, marker, *marker == '[' ? has_groups : term_shows);
	compare(t, name);
	term_type(t, "\033");		/* closes what may be open */
	term_wait_for(t, " ");
	assert_int_equal(term_quit(t), 0);
}

/* ---- which ---- */

static void test_flows(void **state)
{
	struct setting many = at(24, 80);

	(void)state;
	/* half of them are forwarded, so both ends are shown */
	shoot(at(24, 80), "", "SOURCE", "flows-80x24");
	shoot(at(40, 120), "", "SOURCE", "flows-120x40");
	shoot(at(60, 200), "", "SOURCE", "flows-200x60");
	shoot(at(3, 10), "", "192.", "flows-10x3");
	shoot(at(8, 40), "", "SOURCE", "flows-40x8");
	shoot(at(24, 80), "s", "REMOTE", "host-80x24");
	shoot(at(40, 120), "s", "REMOTE", "host-120x40");
	shoot(at(60, 200), "s", "REMOTE", "host-200x60");
	shoot(at(24, 80), "sotx_rate\r", "BYTES", "host-tx-80x24");
	many.more = 7600;
	shoot(many, "", "curl", "busiest-80x24");
}

static void test_views(void **state)
{
	static const char *const markers[] = {
		NULL, "[Processes]", "[Hosts]", "[Clients]", "[Services]", "[Countries]",
		"[States]",
	};
	char keys[2] = "", name[64];

	(void)state;
	for (int i = 1; i < 7; i++) {
		keys[0] = '1' + i;
		snprintf(name, sizeof(name), "view-%d-80x24", i + 1);
		shoot(at(24, 80), keys, markers[i], name);
		snprintf(name, sizeof(name), "view-%d-120x40", i + 1);
		shoot(at(40, 120), keys, markers[i], name);
	}
}

static void test_detail(void **state)
{
	(void)state;
	shoot(at(40, 120), "jj\r", "Reply", "detail-120x40");
	shoot(at(24, 80), "jj\r", "Reply", "detail-80x24");
	shoot(at(60, 200), "jjjjjj\r", "Reply", "detail-nat-200x60");
	shoot(at(3, 10), "jj\r", "ipv4", "detail-10x3");
}

static void test_panes(void **state)
{
	(void)state;
	shoot(at(24, 80), "?", "flowtop: keys", "help-80x24");
	shoot(at(40, 120), "?", "flowtop: keys", "help-120x40");
	shoot(at(60, 200), "?", "flowtop: keys", "help-200x60");
	shoot(at(24, 80), "o", "Sort by", "sort-80x24");
	shoot(at(40, 120), "C", "Columns", "columns-120x40");
	shoot(at(24, 80), "/country = US", "Tab: complete", "filter-80x24");
	shoot(at(24, 80), "/state = FOO or", "^", "filter-error-80x24");
	shoot(at(24, 80), "/process nosuch\r", "0 of", "filter-nothing-80x24");
	shoot(at(40, 120), "jjx", "Delete this", "delete-120x40");
	shoot(at(40, 120), "jjP", "Commands", "commands-120x40");
	shoot(at(40, 60), "jjP", "Commands", "commands-60x40");
}

static void test_sentences(void **state)
{
	struct setting s = at(24, 80);

	(void)state;
	s.kind = EMPTY;
	shoot(s, "", "No connections", "empty-80x24");
	s.kind = LOADING;
	shoot(s, "", "loading", "loading-80x24");
	s.conf.tcp = true;	/* all are counted still */
	shoot(s, "", "loading", "loading-tcp-80x24");
	s.conf.tcp = false;
	s.kind = UNTRACKED;
	shoot(s, "", "tracks no", "untracked-80x24");
}

static void test_looks(void **state)
{
	struct setting s = at(24, 80);

	(void)state;
	s.env.locale = "C";
	shoot(s, "", "SYN_S", "ascii-80x24");
	s = at(24, 120);
	s.conf.classic = true;
	shoot(s, "", "curl", "classic-120x24");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flows),
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_panes),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_looks),
	};
	int failed;

	update = argc > 1 && !strcmp(argv[1], "--update");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (update && system("tests/source/pictures --update"))
		failed = 1;
	return failed;
}
