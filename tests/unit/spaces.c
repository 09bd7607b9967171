// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which network namespaces are looked into where there are too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc_pid/scan.h"
#include "proc_pid/spaces.h"

#define NOBODY 65534
#define MANY 5000

static void add(struct space *s, unsigned *n, uint32_t user, bool trusted)
{
	s[*n] = (struct space){ .ns = 1 + *n, .pid = 1 + *n, .user = user, .trusted = trusted };
	++*n;
}

/* One user made thousands, before the others made theirs. */
static void keeps_each_users_first(void **state)
{
	static struct space s[MANY + 20];
	unsigned n = 0, seen[3] = { 0 };

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		add(s, &n, 1000, false);
	for (unsigned i = 0; i < 10; i++)
		add(s, &n, 1001, false);
	for (unsigned i = 0; i < 5; i++)
		add(s, &n, 0, true);
	n = spaces_choose(s, n, 50);
	assert_int_equal(n, 50);
	for (unsigned i = 0; i < n; i++)
		seen[s[i].trusted ? 2 : s[i].user - 1000]++;
	assert_int_equal(seen[0], 35);
	assert_int_equal(seen[1], 10);
	assert_int_equal(seen[2], 5);
	for (unsigned i = 0; i < 5; i++)
		assert_true(s[i].trusted);
	for (unsigned i = 5; i < 25; i += 2)
		assert_true(s[i].user != s[i + 1].user);
	assert_int_equal(spaces_choose(s, 0, 50), 0);
}

static bool write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* A user namespace within the one at hand, where this user is root. */
static bool enter_user_ns(void)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	return !unshare(CLONE_NEWUSER | CLONE_NEWNET) && write_to("/proc/self/uid_map", map) &&
	       write_to("/proc/self/setgroups", "deny") && write_to("/proc/self/gid_map", map);
}

/* A child in as many user namespaces, and a network namespace. False: not possible here. */
static bool start_child(uid_t user, int levels, pid_t *child)
{
	int ready[2];
	bool ok;

	assert_int_equal(pipe(ready), 0);
	*child = fork();
	if (!*child) {
		ok = !setresgid(user, user, user) && !setresuid(user, user, user) &&
		     !prctl(PR_SET_DUMPABLE, 1) && (levels || !unshare(CLONE_NEWNET));
		for (int i = 0; i < levels; i++)
			ok = ok && enter_user_ns();
		if (write(ready[1], &ok, sizeof(ok)) == sizeof(ok))
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &ok, sizeof(ok)), sizeof(ok));
	close(ready[0]);
	close(ready[1]);
	return ok;
}

static const struct space *space_with(const struct space *s, unsigned n, pid_t pid)
{
	for (unsigned i = 0; i < n; i++)
		if (s[i].pid == (uint32_t)pid)
			return &s[i];
	return NULL;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A user within a user namespace, or one within that, is still that user. */
static void tells_whose(void **state)
{
	int proc_fd = proc_scan_open(), home_fd, ok = 0;
	pid_t child[3];
	struct space *s;
	struct stat st;
	unsigned n;

	(void)state;
	for (int i = 0; i < 3; i++)
		ok += start_child(i ? NOBODY : 0, i, &child[i]);
	if (ok < 3) {
		for (int i = 0; i < 3; i++)
			end_child(child[i]);
		skip();		/* neither root nor user namespaces */
	}
	home_fd = openat(proc_fd, "self/ns/net", 0);
	assert_int_equal(fstat(home_fd, &st), 0);
	n = spaces_list(proc_fd, st.st_ino, space_owner(home_fd), 4096, &s);
	for (unsigned i = 0; i < 3; i++) {
		const struct space *found = space_with(s, n, child[i]);

		assert_non_null(found);
		assert_int_equal(found->trusted, i == 0);
		assert_int_equal(found->user, i ? NOBODY : 0);
		end_child(child[i]);
	}
	assert_null(space_with(s, n, getpid()));
	free(s);
	close(home_fd);
	close(proc_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_each_users_first),
		cmocka_unit_test(tells_whose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
