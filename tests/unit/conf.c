// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf.c - options: what a command line and a file come to, and how each
 * error reads. conf_read() exits on errors, so each case runs in a child.
 */
#include "conf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "column.h"

#define MAX_ARGS 40

struct outcome {
	int status;
	char out[16384], err[4096];
};

static char folder[] = "/tmp/flowtop-conf-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	unsetenv("SUDO_UID");
	setenv("XDG_CONFIG_HOME", folder, 1);
	return 0;
}

static int remove_folder(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* Splits at spaces; a word in '' may have some. */
static int split(char *line, char **argv)
{
	int n = 0;

	for (char *s = line; *s && n < MAX_ARGS - 1; ) {
		char end = *s == '\'' ? '\'' : ' ';

		s += end == '\'';
		argv[n++] = s;
		s = strchr(s, end);
		if (!s)
			break;
		*s++ = '\0';
		while (*s == ' ')
			s++;
	}
	argv[n] = NULL;
	return n;
}

static void read_all(FILE *f, char *buf, size_t size)
{
	rewind(f);
	buf[fread(buf, 1, size - 1, f)] = '\0';
	fclose(f);
}

/* In the child: what the options came to, as a configuration file. */
static void run_child(const char *line)
{
	char copy[1024], *argv[MAX_ARGS];
	struct conf c;

	snprintf(copy, sizeof(copy), "flowtop %s", line);
	conf_read(&c, split(copy, argv), argv);
	conf_print(&c, &c, stdout);
	printf("filter: %s\n", c.filter ? c.filter : "(none)");
	fflush(stdout);
	_exit(0);
}

static void run(const char *line, struct outcome *o)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int status;
	pid_t pid;

	assert_non_null(out);
	assert_non_null(err);
	pid = fork();
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		run_child(line);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	o->status = WEXITSTATUS(status);
	read_all(out, o->out, sizeof(o->out));
	read_all(err, o->err, sizeof(o->err));
}

static void write_file(const char *name, const char *content, size_t len)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, len, f), len);
	fclose(f);
}

static void assert_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *s = text; (s = strstr(s, line)); s++)
		if ((s == text || s[-1] == '\n') && s[len] == '\n')
			return;
	fail_msg("no line '%s' in:\n%s", line, text);
}

static void test_values(void **state)
{
	static const struct {
		const char *args, *line;
	} cases[] = {
		{ "", "delay = 1" },
		{ "", "lines = all" },
		{ "", "color = auto" },
		{ "", "tcp = no" },
		{ "", "geoip =" },
		{ "", "filter: (none)" },
		{ "-d 0.5", "delay = 0.5" },
		{ "-d0.5", "delay = 0.5" },
		{ "--delay=250ms", "delay = 0.25" },
		{ "--delay 2 --delay 3", "delay = 3" },
		{ "-tud 2", "udp = yes" },
		{ "-tud 2", "delay = 2" },
		{ "-T", "tcp = yes" },
		{ "-U", "udp = yes" },
		{ "-I", "icmp = yes" },
		{ "-S", "sctp = yes" },
		{ "-D", "dccp = yes" },
		{ "-46", "ipv6 = yes" },
		{ "-t --no-tcp", "tcp = no" },
		{ "--no-tcp -t", "tcp = yes" },
		{ "--no-loopback --loopback", "no-loopback = no" },
		{ "-G", "no-geoip = yes" },
		{ "-G --geoip a.mmdb", "no-geoip = no" },
		{ "--geoip a.mmdb --geoip b.mmdb", "geoip = b.mmdb" },
		{ "--geoip a.mmdb --geoip=", "geoip =" },
		{ "--json --csv", "json = no" },
		{ "--csv --json", "csv = no" },
		{ "--proto tcp,47", "proto = tcp,47" },
		{ "-o -rate,+pid", "sort = -rate,+pid" },
		{ "-g process", "group = process" },
		{ "--columns pid,rate", "columns = pid,rate" },
		{ "--columns pid --columns=", "columns =" },
		{ "-L 0", "lines = 0" },
		{ "-L 12", "lines = 12" },
		{ "-c 3", "count = 3" },
		{ "-1", "once = yes" },
		{ "--linger 0", "linger = 0" },
		{ "--budget 12.5%", "budget = 12.5" },
		{ "--rcvbuf-max 128", "rcvbuf-max = 128" },
		{ "--color never", "color = never" },
		{ "tcp and port 443", "filter: tcp and port 443" },
		{ "tcp -n port 443", "filter: tcp port 443" },
		{ "tcp -n port 443", "numeric = yes" },
		{ "-- -n", "filter: -n" },
		{ "-n - x", "filter: - x" },
		{ "'rate > 1M'", "filter: rate > 1M" },
	};
	struct outcome o;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(cases[i].args, &o);
		assert_string_equal(o.err, "");
		assert_int_equal(o.status, 0);
		assert_line(o.out, cases[i].line);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *args, *error;
	} cases[] = {
		{ "--foo", "unknown option '--foo' (--help lists them)" },
		{ "-x", "unknown option '-x' (--help lists them)" },
		{ "-nx", "unknown option '-x' (--help lists them)" },
		{ "--no-foo", "unknown option '--no-foo' (--help lists them)" },
		{ "--no-delay", "unknown option '--no-delay' (--help lists them)" },
		{ "--colums pid", "unknown option '--colums': did you mean '--columns'?" },
		{ "--Readonyl", "unknown option '--Readonyl': did you mean '--readonly'?" },
		{ "-json", "unknown option '-j': did you mean '--json'?" },
		{ "--geo x", "unknown option '--geo': did you mean '--geoip'?" },
		{ "--no-group=x", "--no-group takes no value" },
		{ "--columns pid,proces",
		  "--columns: unknown field 'proces': did you mean 'process'?" },
		{ "--group sevrice", "--group: unknown field 'sevrice': did you mean 'service'?" },
		{ "--proto tpc", "--proto: unknown protocol 'tpc': did you mean 'tcp'?" },
		{ "-d", "-d needs SECS" },
		{ "--delay", "--delay needs SECS" },
		{ "--json=x", "--json takes no value" },
		{ "-d x", "--delay: 'x' is not a number of seconds" },
		{ "-d 0.01", "--delay: 0.01 is not between 0.1 and 86400" },
		{ "-d -1", "--delay: '-1' is not a number of seconds" },
		{ "-d nan", "--delay: 'nan' is not a number of seconds" },
		{ "-d ''", "--delay: '' is not a number of seconds" },
		{ "-c -1", "--count: '-1' is not a whole number" },
		{ "-c 99999999999999999999", "--count: '99999999999999999999' is not a whole number" },
		{ "-L some", "--lines: 'some' is not a whole number" },
		{ "--budget 0", "--budget: 0 is not between 0.1 and 100" },
		{ "--budget x", "--budget: 'x' is not a number" },
		{ "--rcvbuf-max 0", "--rcvbuf-max: 0 is not between 0.0625 and 1024" },
		{ "--color red", "--color: 'red' is not auto, always or never" },
		{ "--proto tcp,foo", "--proto: unknown protocol 'foo'" },
		{ "--proto tcp,", "--proto: 'tcp,' is not a list of names separated by commas" },
		{ "--columns foo", "--columns: unknown field 'foo' ('--columns help' lists them)" },
		{ "--group foo", "--group: unknown field 'foo' ('--group help' lists them)" },
		{ "--group bytes", "--group: flows cannot be grouped by 'bytes'" },
		{ "--netns 'a\nb'", "--netns: the value has a line break" },
		{ "-t 2", "'2' is not a filter; did you mean -d 2, or port 2?" },
		{ "--config /nowhere/at/all", "/nowhere/at/all: No such file or directory" },
		{ "-w x", "unknown option '-w' (--help lists them)" },
		{ "'--\033[31m'", "unknown option '--?[31m' (--help lists them)" },
	};
	struct outcome o;
	char want[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(cases[i].args, &o);
		snprintf(want, sizeof(want), "flowtop: %s\n", cases[i].error);
		assert_string_equal(o.err, want);
		assert_string_equal(o.out, "");
		assert_int_equal(o.status, 2);
	}
}

/* A file: /etc's cannot be had here, the user's and --config's can. */
static void run_with_file(const char *content, size_t len, const char *args, struct outcome *o)
{
	char line[256];

	write_file("some.conf", content, len);
	snprintf(line, sizeof(line), "--config %s/some.conf %s", folder, args);
	run(line, o);
}

static void test_file(void **state)
{
	static const char text[] =
		"# a comment\n\n  delay = 2.5  \nnumeric=yes\ncolumns = pid,rate\nno-loopback = on";
	struct outcome o;

	(void)state;
	run_with_file(text, strlen(text), "-d 4", &o);
	assert_string_equal(o.err, "");
	assert_line(o.out, "delay = 4");
	assert_line(o.out, "numeric = yes");
	assert_line(o.out, "columns = pid,rate");
	assert_line(o.out, "no-loopback = yes");
	run_with_file(text, strlen(text), "--no-numeric --loopback --columns=", &o);
	assert_line(o.out, "numeric = no");
	assert_line(o.out, "no-loopback = no");
	assert_line(o.out, "columns =");
	run_with_file(text, strlen(text), "--no-columns --no-numeric", &o);
	assert_line(o.out, "columns =");
}

static void test_file_errors(void **state)
{
	static const struct {
		const char *text;
		size_t len;		/* 0: up to the NUL */
		const char *error;
	} cases[] = {
		{ "\nfoo = 1\n", 0, "2: unknown option 'foo'" },
		{ "delay\n", 0, "1: 'delay' is not 'name = value'" },
		{ "delay = x\n", 0, "1: delay: 'x' is not a number of seconds" },
		{ "tcp = maybe\n", 0, "1: tcp: 'maybe' is neither yes nor no" },
		{ "no-tcp = yes\n", 0, "1: unknown option 'no-tcp': write 'tcp = no'" },
		{ "geoips = x\n", 0, "1: unknown option 'geoips': did you mean 'geoip'?" },
		{ "config = x\n", 0, "1: 'config' is for the command line only" },
		{ "help = yes\n", 0, "1: 'help' is for the command line only" },
		{ "tcp = yes\0\n", 11, "1: the line contains a NUL byte" },
		{ "\033]0;x\007 = 1\n", 0, "1: unknown option '?]0;x?'" },
	};
	struct outcome o;
	char want[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_with_file(cases[i].text, cases[i].len ? cases[i].len : strlen(cases[i].text),
			      "", &o);
		snprintf(want, sizeof(want), "flowtop: %s/some.conf:%s\n", folder, cases[i].error);
		assert_string_equal(o.err, want);
		assert_int_equal(o.status, 2);
	}
}

static void test_folder_as_file(void **state)
{
	struct outcome o;
	char line[128];

	(void)state;
	snprintf(line, sizeof(line), "--config %s", folder);
	run(line, &o);
	assert_non_null(strstr(o.err, "Is a directory"));
	assert_int_equal(o.status, 2);
}

/* --print-config, read back, is the same. */
static void test_round_trip(void **state)
{
	static const char *const cases[] = {
		"", "-tn -d 0.3 -o -rate --columns pid,rate -g process --csv -c 5 -L 7",
		"--geoip a.mmdb --geoip b.mmdb -G", "-46 --proto 47,tcp --budget 3 --linger 0.5",
		"--color never --bits --iec --classic --track --no-sysctl --readonly --no-perf",
		"--netns x --self --no-loopback -N --rcvbuf-max 100 -1b",
	};
	struct outcome first, second;
	char line[512];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "%s --print-config", cases[i]);
		run(line, &first);
		assert_int_equal(first.status, 0);
		run_with_file(first.out, strlen(first.out), "--print-config", &second);
		assert_string_equal(second.err, "");
		assert_string_equal(second.out, first.out);
	}
}

static void run_with_text(const char *content, const char *line, struct outcome *o)
{
	run_with_file(content, strlen(content), line, o);
}

/* A setting of the screen is checked, but no page follows it. */
static void test_for_screen(void **state)
{
	struct outcome o;

	(void)state;
	run_with_text("screen-group = process\nsort = pid\nscreen-sort = -rate\n", "", &o);
	assert_int_equal(o.status, 0);
	assert_line(o.out, "group =");
	assert_line(o.out, "sort = pid");
	run_with_text("screen-group = nosuch\n", "", &o);
	assert_int_equal(o.status, 2);
	run_with_text("screen-track = yes\n", "", &o);
	assert_int_equal(o.status, 2);
	assert_non_null(strstr(o.err, "unknown option 'screen-track'"));
	run_with_text("group-sort = -bytes\n", "-o rate", &o);
	assert_line(o.out, "group-sort =");
	run_with_text("group-sort = -bytes\n", "-o rate --group-sort flows", &o);
	assert_line(o.out, "group-sort = flows");
}

static void test_save(void **state)
{
	char path[256], again[256], text[4096];
	struct conf c;
	struct outcome o;
	char *argv[] = { "flowtop", "-nd3", "--json", "-c5", "--track", NULL };
	FILE *f;

	(void)state;
	conf_read(&c, 5, argv);
	assert_int_equal(conf_save(&c, path, sizeof(path)), 0);
	snprintf(again, sizeof(again), "%s/flowtop/config", folder);
	assert_string_equal(path, again);
	f = fopen(path, "r");
	assert_non_null(f);
	read_all(f, text, sizeof(text));
	assert_line(text, "screen-delay = 3");
	assert_line(text, "screen-numeric = yes");
	assert_null(strstr(text, "\ndelay"));
	assert_null(strstr(text, "json"));
	assert_null(strstr(text, "count"));
	assert_null(strstr(text, "track"));
	run("", &o);			/* a page is as it was */
	assert_line(o.out, "delay = 1");
	run("--print-config", &o);
	assert_line(o.out, "delay = 1");
	assert_line(o.out, "screen-delay = 3");
	assert_line(o.out, "screen-numeric = yes");
	assert_null(strstr(o.out, "screen-sort"));
	/* a link stays a link: what it points to is written */
	snprintf(again, sizeof(again), "%s/elsewhere", folder);
	assert_int_equal(rename(path, again), 0);
	assert_int_equal(symlink(again, path), 0);
	c.delay = 4;
	assert_int_equal(conf_save(&c, path, sizeof(path)), 0);
	run("--print-config", &o);
	assert_line(o.out, "screen-delay = 4");
	assert_int_equal(unlink(again), 0);
	assert_int_equal(unlink(path), 0);
}

/* The comments, the order and the mode of a file that somebody wrote stay. */
static void test_save_keeps(void **state)
{
	static const char before[] = "# ours\nnumeric = yes\n\n\t# slow link\n delay=2\n"
				     "json = yes\nscreen-delay = 9\n# end";
	static const char after[] = "# ours\nnumeric = yes\n\n\t# slow link\n delay=2\n"
				    "json = yes\nscreen-delay = 3\n# end\n";
	char path[256], saved[256], text[4096];
	char *argv[] = { "flowtop", "--config", path, "-d3", NULL };
	struct stat st;
	struct conf c;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/ours", folder);
	write_file("ours", before, strlen(before));
	assert_int_equal(chmod(path, 0640), 0);
	conf_read(&c, 4, argv);
	assert_int_equal(conf_save(&c, saved, sizeof(saved)), 0);
	f = fopen(path, "r");
	assert_non_null(f);
	read_all(f, text, sizeof(text));
	assert_memory_equal(text, after, strlen(after));
	assert_line(text, "linger = 3");
	assert_null(strstr(text, "Saved by"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(unlink(path), 0);
	/* what is not a file, or cannot be read as one, stays */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(conf_save(&c, saved, sizeof(saved)), -ENOTSUP);
	assert_int_equal(unlink(path), 0);
	c.config = "/dev/null";
	assert_true(conf_save(&c, saved, sizeof(saved)) < 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void test_broken_file_does_not_stop_help(void **state)
{
	struct outcome o;

	(void)state;
	run_with_file("foo\n", 4, "--help", &o);
	assert_int_equal(o.status, 0);
	assert_string_equal(o.err, "");
	run_with_file("foo\n", 4, "-V", &o);
	assert_int_equal(o.status, 0);
	assert_memory_equal(o.out, "flowtop ", 8);
}

static void test_help(void **state)
{
	struct outcome o;

	(void)state;
	run("-h", &o);
	assert_int_equal(o.status, 0);
	for (const char *s = o.out; *s; ) {
		size_t len = strcspn(s, "\n");

		if (len > 80)
			fail_msg("wider than 80: %.*s", (int)len, s);
		s += len + 1;
	}
	assert_non_null(strstr(o.out, "-d, --delay SECS"));
}

static void test_fields(void **state)
{
	static const char *const cases[] = { "--sort help", "--columns help", "-g help" };
	struct outcome o;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		run(cases[i], &o);
		assert_int_equal(o.status, 0);
		for (unsigned k = 0; k < n_columns; k++)
			assert_non_null(strstr(o.out, columns[k].name));
	}
	run("-g proto -o help", &o);
	assert_int_equal(o.status, 0);
	for (unsigned k = 0; k < n_group_columns; k++)
		assert_non_null(strstr(o.out, group_columns[k].name));
}

static void filter_error(const char *expression, unsigned at, struct outcome *o)
{
	FILE *err = tmpfile();
	int status;
	pid_t pid;

	assert_non_null(err);
	pid = fork();
	if (!pid) {
		dup2(fileno(err), STDERR_FILENO);
		conf_filter_error(expression, at, "no such field");
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 2);
	read_all(err, o->err, sizeof(o->err));
}

static void test_filter_error(void **state)
{
	struct outcome o;

	(void)state;
	filter_error("tcp and foo = 1", 8, &o);
	assert_string_equal(o.err, "flowtop: filter: no such field\n  tcp and foo = 1\n          ^\n");
	filter_error("a\033b", 99, &o);
	assert_string_equal(o.err, "flowtop: filter: no such field\n  a?b\n     ^\n");
}

static void test_protos(void **state)
{
	struct conf c = { .udp = true, .icmp = true, .protos = "47,tcp" };

	(void)state;
	assert_true(conf_wants_proto(&c, 6));
	assert_true(conf_wants_proto(&c, 17));
	assert_true(conf_wants_proto(&c, 136));
	assert_true(conf_wants_proto(&c, 1));
	assert_true(conf_wants_proto(&c, 58));
	assert_true(conf_wants_proto(&c, 47));
	assert_false(conf_wants_proto(&c, 132));
	assert_false(conf_wants_proto(&(struct conf){ 0 }, 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_errors),
		cmocka_unit_test(test_folder_as_file),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_for_screen),
		cmocka_unit_test(test_save),
		cmocka_unit_test(test_save_keeps),
		cmocka_unit_test(test_broken_file_does_not_stop_help),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_filter_error),
		cmocka_unit_test(test_protos),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
