// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * batch/sink.c - lines to readers that are slow, gone, or full.
 */
#include "batch/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#define LINE 1000		/* does not divide a pipe's pages */
#define LINES 400
#define IN_PIPE 60000		/* a pipe that nobody reads holds 65536 */

static struct sink sink;
static int pipe_fd[2], stop_fd;

static int setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	stop_fd = eventfd(0, EFD_CLOEXEC);
	return stop_fd < 0 || pipe(pipe_fd) < 0 || sink_open(&sink, pipe_fd[1], stop_fd, LINE);
}

static int teardown(void **state)
{
	(void)state;
	sink_close(&sink);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	close(stop_fd);
	return 0;
}

static bool put(const char *s)
{
	struct text line = sink_begin_line(&sink);

	text_add(&line, s);
	return sink_end_line(&sink, &line);
}

static void put_many(void)
{
	char s[LINE];

	memset(s, 'x', LINE - 1);
	s[LINE - 1] = '\0';
	for (int i = 0; i < LINES; i++)
		put(s);
}

/* Reads all that comes until the pipe's other end is closed. */
static char *drain(size_t *len)
{
	size_t size = LINE * LINES + 1;
	char *buf = malloc(size);
	ssize_t n;

	assert_non_null(buf);
	*len = 0;
	while ((n = read(pipe_fd[0], buf + *len, size - *len)) > 0)
		*len += n;
	return buf;
}

static void test_lines(void **state)
{
	char buf[64] = "";

	(void)state;
	assert_true(put("one"));
	assert_true(put(""));
	assert_true(put("three"));
	assert_true(sink_flush(&sink));
	assert_int_equal(read(pipe_fd[0], buf, sizeof(buf) - 1), 11);
	assert_string_equal(buf, "one\n\nthree\n");
}

static void test_reader_gone(void **state)
{
	(void)state;
	close(pipe_fd[0]);
	put("one");
	assert_false(sink_flush(&sink));
	assert_int_equal(sink.state, SINK_GONE);
	assert_int_equal(sink.error, 0);
	assert_false(put("two"));
	pipe_fd[0] = -1;
}

static void test_reader_goes_in_a_pause(void **state)
{
	(void)state;
	close(pipe_fd[0]);
	assert_false(sink_pause(&sink, 60000));
	assert_int_equal(sink.state, SINK_GONE);
	pipe_fd[0] = -1;
}

static void test_stopped_in_a_pause(void **state)
{
	(void)state;
	eventfd_write(stop_fd, 1);
	assert_false(sink_pause(&sink, 60000));
	assert_int_equal(sink.state, SINK_STOPPED);
	put("one");
	assert_false(sink_flush(&sink));
}

static void test_disk_full(void **state)
{
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	if (full < 0)
		skip();
	sink_close(&sink);
	assert_int_equal(sink_open(&sink, full, stop_fd, LINE), 0);
	put("one");
	assert_false(sink_flush(&sink));
	assert_int_equal(sink.state, SINK_FAILED);
	assert_int_equal(sink.error, ENOSPC);
	close(full);
}

static void test_no_such_descriptor(void **state)
{
	(void)state;
	sink.fd = 999;
	put("one");
	assert_false(sink_flush(&sink));
	assert_int_equal(sink.state, SINK_FAILED);
	assert_int_equal(sink.error, EBADF);
}

/* Asks for the end when the pipe is full, and only then begins to read. */
static void *stop_then_read(void *out)
{
	size_t *len = out;
	int filled = 0;
	char *buf;

	while (filled < IN_PIPE)
		ioctl(pipe_fd[0], FIONREAD, &filled);
	eventfd_write(stop_fd, 1);
	/* the writer is in poll() until there is room, or sees the stop first */
	buf = drain(len);
	for (size_t i = LINE - 1; i < *len; i += LINE)
		if (buf[i] != '\n')
			*len = 1;	/* no multiple of LINE: the test fails */
	free(buf);
	return NULL;
}

static void test_stop_ends_a_line(void **state)
{
	pthread_t thread;
	size_t len = 0;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stop_then_read, &len), 0);
	put_many();
	assert_false(sink_flush(&sink));
	assert_int_equal(sink.state, SINK_STOPPED);
	close(pipe_fd[1]);
	pipe_fd[1] = -1;
	pthread_join(thread, NULL);
	assert_true(len >= IN_PIPE);
	assert_true(len < (size_t)LINE * LINES);
	assert_int_equal(len % LINE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reader_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reader_goes_in_a_pause, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stopped_in_a_pause, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_such_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_ends_a_line, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
