// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What /proc says of a process with many descriptors: never all in one go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proc_pid/scan.h"

#define MANY 15000

static int raise_limit(void **state)
{
	static struct rlimit limit;

	(void)state;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* proc_scan_fn */
static bool count_socket(void *ctx, uint32_t pid, int fd, uint32_t inode)
{
	(void)pid;
	(void)fd;
	(void)inode;
	++*(unsigned *)ctx;
	return true;
}

static void reads_in_parts(void **state)
{
	int proc_fd = proc_scan_open(), dir = -1, first = socket(AF_INET, SOCK_DGRAM, 0), last;
	unsigned sockets = 0, calls = 0, fds = 0, made = 0;

	(void)state;
	do {
		last = dup(first);
		made++;
	} while (last >= 0 && last < MANY);
	if (last < 0)
		skip();		/* not so many are allowed */
	do {
		int n = proc_scan_part(proc_fd, getpid(), &dir, 0, count_socket, &sockets);

		assert_true(n >= 0);
		fds += n;
		calls++;
	} while (dir >= 0);
	assert_true(calls > 5);
	assert_int_equal(sockets, made + 1);
	assert_true(fds > sockets);
	/* the time is over already */
	sockets = 0;
	assert_true(proc_scan_sockets(proc_fd, getpid(), 0, count_socket, &sockets) < last);
	assert_true(sockets >= 1 && sockets <= 1000);
	sockets = 0;
	assert_true(proc_scan_sockets(proc_fd, getpid(), INT64_MAX, count_socket,
				      &sockets) > (int)made);
	assert_int_equal(sockets, made + 1);
	assert_true(proc_scan_part(proc_fd, 0, &dir, 0, count_socket, &sockets) < 0);
	for (int fd = first; fd <= last; fd++)
		close(fd);
	close(proc_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_in_parts),
	};

	return cmocka_run_group_tests(tests, raise_limit, NULL);
}
