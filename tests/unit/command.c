// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arguments of processes, from a /proc of this test's making: a FIFO is a
 * process whose memory somebody keeps locked.
 */
#include "proc_pid/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGS(s) (s), sizeof(s)
#define LONG_MS 30000

enum { FREE = 1, LOCKED, OTHER_USER, AGAIN_LOCKED };

static char dir[] = "/tmp/flowtop-command.XXXXXX";
static int proc_fd;

static void make_process(int pid, uid_t uid, bool locked)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d", dir, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	if (!geteuid())
		assert_int_equal(chown(path, uid, uid), 0);
	strcat(path, "/cmdline");
	if (locked) {
		assert_int_equal(mkfifo(path, 0600), 0);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(ARGS("/usr/bin/prog\0-x"), 1, f), 1);
	fclose(f);
}

/* Lets go of its lock: the reader sees an end. */
static void unlock(int pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%d/cmdline", dir, pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	close(fd);
}

static int make_all(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	make_process(FREE, 1000, false);
	make_process(LOCKED, 1000, true);
	make_process(OTHER_USER, 1001, false);
	make_process(AGAIN_LOCKED, 1002, true);
	proc_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return proc_fd < 0;
}

static int remove_all(void **state)
{
	char command[64];

	(void)state;
	close(proc_fd);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void test_reads(void **state)
{
	struct commands *c = commands_new(proc_fd);
	char args[64], line[64];
	int len;

	(void)state;
	assert_non_null(c);
	len = commands_read(c, FREE, args, sizeof(args));
	assert_int_equal(len, sizeof("/usr/bin/prog\0-x"));
	command_line(args, len, line, sizeof(line));
	assert_string_equal(line, "/usr/bin/prog -x");
	assert_int_equal(commands_read(c, FREE, args, 8), 7);
	assert_string_equal(args, "/usr/bi");
	assert_int_equal(commands_read(c, 77, args, sizeof(args)), -ENOENT);
	commands_free(c);
}

/* Nobody waits, others are read on, and the end does not wait either. */
static void test_locked(void **state)
{
	struct commands *c = commands_new(proc_fd);
	char args[64];
	int len = -EAGAIN;

	(void)state;
	assert_int_equal(commands_read(c, LOCKED, args, sizeof(args)), -EAGAIN);
	assert_int_equal(commands_read(c, LOCKED, args, sizeof(args)), -EAGAIN);
	assert_int_equal(commands_read(c, FREE, args, sizeof(args)), -EAGAIN);
	for (int i = 0; !geteuid() && len == -EAGAIN && i < LONG_MS; i++, usleep(1000))
		len = commands_read(c, OTHER_USER, args, sizeof(args));
	if (!geteuid())
		assert_true(len > 0);
	unlock(LOCKED);
	len = -EAGAIN;
	for (int i = 0; len == -EAGAIN && i < LONG_MS; i++, usleep(1000))
		len = commands_read(c, FREE, args, sizeof(args));
	assert_true(len > 0);
	assert_int_equal(commands_read(c, AGAIN_LOCKED, args, sizeof(args)), -EAGAIN);
	commands_free(c);
	unlock(AGAIN_LOCKED);
}

static void check_name(const char *args, int len, const char *comm, const char *name)
{
	const char *found = command_name(args, len, comm);

	if (name)
		assert_string_equal(found, name);
	else
		assert_null(found);
}

static void test_names(void **state)
{
	(void)state;
	check_name(ARGS("/usr/bin/NetworkManager-dispatcher\0-v"), "NetworkManager-",
		   "NetworkManager-dispatcher");
	check_name(ARGS("/usr/bin/python3\0-u\0/opt/a-script-of-long-name\0x"), "a-script-of-lon",
		   "a-script-of-long-name");
	check_name(ARGS("/usr/bin/firefox\0-contentproc"), "Isolated Web Co", NULL);
	check_name("", 0, "kworker/u4:2-ev", NULL);
	/* cut within a character, which was replaced */
	assert_true(command_is_cut("\xe3\x81\x82\xe3\x81\x84\xef\xbf\xbd",
				   "\xe3\x81\x82\xe3\x81\x84\xe3\x81\x86\xe3\x81\x88"));
	assert_false(command_is_cut("", "x"));
	assert_false(command_is_cut("\xef\xbf\xbd", "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, make_all, remove_all);
}
