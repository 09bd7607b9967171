// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * track.c - sysctls and the rule, in a network namespace of this test. Each
 * flowtop is a child: it does what it is told over a pipe.
 */
#include "track.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/ptrace.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ACCT "/proc/sys/net/netfilter/nf_conntrack_acct"
#define TIMESTAMP "/proc/sys/net/netfilter/nf_conntrack_timestamp"

#define NOBODY 65534

static bool allowed;

static int enter(void **state)
{
	(void)state;
	allowed = unshare(CLONE_NEWNET) == 0 && system("ip link set lo up") == 0 &&
		  access(ACCT, W_OK) == 0;
	return 0;
}

/* What the sysctl is. */
static int get(const char *path)
{
	FILE *f = fopen(path, "r");
	int value = -1;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &value), 1);
	fclose(f);
	return value;
}

static void set(const char *path, int value)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "%d", value);
	assert_int_equal(fclose(f), 0);
}

static void get_record_path(char *path, size_t size)
{
	struct stat st;

	assert_int_equal(stat("/proc/self/ns/net", &st), 0);
	snprintf(path, size, "/run/flowtop/%ju", (uintmax_t)st.st_ino);
}

static bool has_lock_file(void)
{
	char path[64];

	get_record_path(path, sizeof(path));
	return access(path, F_OK) == 0;
}

/* ---- children ---- */

struct child {
	pid_t pid;
	int to, from;
};

/* No /run to write to, as for an ordinary user with file capabilities. */
static int hide_run(void)
{
	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("none", "/run", "tmpfs", MS_RDONLY, NULL) ? -errno : 0;
}

/* The locks and the port that any user can take, kept until its end. */
static int be_hostile(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct sockaddr_nl port = { .nl_family = AF_NETLINK, .nl_pid = 0x46ffffff };
	int ns, nl;

	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		return -errno;
	ns = open("/proc/thread-self/ns/net", O_RDONLY);
	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	if (flock(ns, LOCK_EX) || fcntl(ns, F_OFD_SETLK, &lock) ||
	    bind(nl, (struct sockaddr *)&port, sizeof(port)))
		return -errno;
	port.nl_groups = ~0u;
	return bind(nl, (struct sockaddr *)&port, sizeof(port)) ? 0 : -EEXIST;
}

static int obey(char order)
{
	switch (order) {
	case 'h':
		return hide_run();
	case 'x':
		return be_hostile();
	case 'o':
		return track_sysctl_on();
	case 'r':
		track_sysctl_restore();
		return 0;
	case 't':
		return track_rule_add();
	case 'u':
		track_rule_remove();
		return 0;
	default:
		return track_probe(NULL);
	}
}

static void serve(int in, int out)
{
	char order;

	while (read(in, &order, 1) == 1) {
		int ret = obey(order);

		if (write(out, &ret, sizeof(ret)) != sizeof(ret))
			break;
	}
	_exit(0);
}

static struct child begin(void)
{
	struct child c;
	int to[2], from[2];

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	c.pid = fork();
	if (!c.pid) {
		close(to[1]);
		close(from[0]);
		serve(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	c.to = to[1];
	c.from = from[0];
	return c;
}

static int hear(struct child *c)
{
	int ret;

	assert_int_equal(read(c->from, &ret, sizeof(ret)), sizeof(ret));
	return ret;
}

static int tell(struct child *c, char order)
{
	assert_int_equal(write(c->to, &order, 1), 1);
	return hear(c);
}

/* The system's header and the kernel's exclude each other. */
static long trace(const struct child *c, long request, long addr, void *data)
{
	return syscall(SYS_ptrace, request, c->pid, addr, data);
}

/* Stops it at its next system call; true: it is about to write at a place, as to a sysctl. */
static bool stop_at_call(const struct child *c)
{
	struct ptrace_syscall_info at = { 0 };

	assert_int_equal(trace(c, PTRACE_SYSCALL, 0, NULL), 0);
	assert_int_equal(waitpid(c->pid, NULL, 0), c->pid);
	assert_true(trace(c, PTRACE_GET_SYSCALL_INFO, sizeof(at), &at) > 0);
	if (at.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	assert_int_not_equal(at.entry.nr, SYS_write);	/* its answer */
	return at.entry.nr == SYS_pwrite64;
}

/* Tells it, and stops it where it is about to write a sysctl. False: not allowed. */
static bool tell_until_write(struct child *c, char order)
{
	if (trace(c, PTRACE_ATTACH, 0, NULL))
		return false;
	assert_int_equal(waitpid(c->pid, NULL, 0), c->pid);
	assert_int_equal(trace(c, PTRACE_SETOPTIONS, 0, (void *)PTRACE_O_TRACESYSGOOD), 0);
	assert_int_equal(write(c->to, &order, 1), 1);
	while (!stop_at_call(c))
		;
	return true;
}

/* As hard as it gets: nothing is put back by the way. */
static void end(struct child *c)
{
	kill(c->pid, SIGKILL);
	close(c->to);
	close(c->from);
	assert_int_equal(waitpid(c->pid, NULL, 0), c->pid);
}

/* ---- tests ---- */

static void test_one(void **state)
{
	struct child c;

	(void)state;
	if (!allowed)
		skip();
	set(ACCT, 0);
	set(TIMESTAMP, 1);
	c = begin();
	assert_int_equal(tell(&c, 'o'), 0);
	assert_int_equal(get(ACCT), 1);
	assert_int_equal(get(TIMESTAMP), 1);
	tell(&c, 'r');
	assert_int_equal(get(ACCT), 0);
	assert_int_equal(get(TIMESTAMP), 1);	/* it was on before */
	tell(&c, 'r');
	assert_false(has_lock_file());
	end(&c);
	set(TIMESTAMP, 0);
}

static void assert_last_puts_back(struct child *a, struct child *b)
{
	assert_int_equal(tell(a, 'o'), 0);
	assert_int_equal(tell(b, 'o'), 0);
	tell(a, 'r');
	assert_int_equal(get(ACCT), 1);
	assert_int_equal(get(TIMESTAMP), 1);
	tell(b, 'r');
	assert_int_equal(get(ACCT), 0);
	assert_int_equal(get(TIMESTAMP), 0);
	assert_false(has_lock_file());
	end(a);
	end(b);
}

static void test_last_puts_back(void **state)
{
	struct child a, b;

	(void)state;
	if (!allowed)
		skip();
	a = begin();
	b = begin();
	assert_last_puts_back(&a, &b);
}

/* The same with any mix of those who can write to /run and those who cannot. */
static void test_last_without_run(void **state)
{
	(void)state;
	if (!allowed)
		skip();
	for (int hidden = 1; hidden < 4; hidden++) {
		struct child a = begin(), b = begin();

		if ((hidden & 1 && tell(&a, 'h')) || (hidden & 2 && tell(&b, 'h')))
			skip();
		assert_last_puts_back(&a, &b);
	}
}

/*
 * One begins while the last is about to switch off, and does not wait for the
 * gate any longer: both stay on for it.
 */
static void test_begins_at_the_end(void **state)
{
	struct child a, b;

	(void)state;
	if (!allowed)
		skip();
	a = begin();
	b = begin();
	assert_int_equal(tell(&a, 'o'), 0);
	if (!tell_until_write(&a, 'r')) {
		tell(&a, 'r');
		end(&a);
		end(&b);
		skip();
	}
	assert_int_equal(tell(&b, 'o'), 0);
	assert_int_equal(trace(&a, PTRACE_DETACH, 0, NULL), 0);
	hear(&a);
	assert_int_equal(get(ACCT), 1);
	assert_int_equal(get(TIMESTAMP), 1);
	end(&a);
	end(&b);
	set(ACCT, 0);
	set(TIMESTAMP, 0);
}

/* What the administrator writes while flowtop runs stays. */
static void test_written_meanwhile(void **state)
{
	struct child c;

	(void)state;
	if (!allowed)
		skip();
	c = begin();
	assert_int_equal(tell(&c, 'o'), 0);
	set(ACCT, 1);
	tell(&c, 'r');
	assert_int_equal(get(ACCT), 1);
	assert_int_equal(get(TIMESTAMP), 0);
	end(&c);
	set(ACCT, 0);
}

/* Also where another flowtop begins after that, which cannot know, and ends last. */
static void test_written_before_another(void **state)
{
	struct child a, b, c;

	(void)state;
	if (!allowed)
		skip();
	a = begin();
	b = begin();
	c = begin();
	assert_int_equal(tell(&a, 'o'), 0);
	set(ACCT, 1);
	assert_int_equal(tell(&b, 'o'), 0);
	tell(&a, 'r');
	assert_int_equal(tell(&c, 'o'), 0);
	tell(&b, 'r');
	assert_int_equal(get(TIMESTAMP), 1);
	tell(&c, 'r');
	assert_int_equal(get(ACCT), 1);
	assert_int_equal(get(TIMESTAMP), 0);
	assert_false(has_lock_file());
	end(&a);
	end(&b);
	end(&c);
	set(ACCT, 0);
}

/* The one that does not know may also be all that is left: the other is killed. */
static void test_written_before_kill(void **state)
{
	struct child a, b;

	(void)state;
	if (!allowed)
		skip();
	a = begin();
	b = begin();
	if (tell(&a, 'h')) {	/* any user may kill or stop that user's own */
		end(&a);
		end(&b);
		skip();
	}
	assert_int_equal(tell(&a, 'o'), 0);
	set(ACCT, 1);
	assert_int_equal(tell(&b, 'o'), 0);
	end(&a);
	tell(&b, 'r');
	assert_int_equal(get(ACCT), 1);
	end(&b);
	set(ACCT, 0);
	set(TIMESTAMP, 0);
}

/* What a killed one left on is switched off by the one beside it. */
static void test_killed_beside(void **state)
{
	struct child a, b;

	(void)state;
	if (!allowed)
		skip();
	a = begin();
	b = begin();
	assert_int_equal(tell(&a, 'o'), 0);
	if (!has_lock_file()) {
		tell(&a, 'r');
		end(&a);
		end(&b);
		skip();		/* no /run */
	}
	assert_int_equal(tell(&b, 'o'), 0);
	end(&a);
	assert_int_equal(get(ACCT), 1);
	tell(&b, 'r');
	assert_int_equal(get(ACCT), 0);
	assert_int_equal(get(TIMESTAMP), 0);
	assert_false(has_lock_file());
	end(&b);
}

/* Or by the next. */
static void test_killed(void **state)
{
	struct child a, b;

	(void)state;
	if (!allowed)
		skip();
	a = begin();
	assert_int_equal(tell(&a, 'o'), 0);
	if (!has_lock_file()) {
		tell(&a, 'r');
		end(&a);
		skip();		/* no /run */
	}
	end(&a);
	assert_int_equal(get(ACCT), 1);
	b = begin();
	assert_int_equal(tell(&b, 'o'), 0);
	tell(&b, 'r');
	assert_int_equal(get(ACCT), 0);
	assert_false(has_lock_file());
	end(&b);
}

/* What another user can take says nothing of the sysctls. */
static void test_hostile(void **state)
{
	struct child c, hostile;

	(void)state;
	if (!allowed)
		skip();
	c = begin();
	hostile = begin();
	if (tell(&hostile, 'x')) {
		end(&c);
		end(&hostile);
		skip();		/* no other user here */
	}
	set(TIMESTAMP, 1);
	assert_int_equal(tell(&c, 'o'), 0);
	tell(&c, 'r');
	assert_int_equal(get(ACCT), 0);
	assert_int_equal(get(TIMESTAMP), 1);	/* as the administrator has it */
	set(TIMESTAMP, 0);
	end(&c);
	end(&hostile);
}

/* A record that another user could have written is not believed. */
static void test_foreign_record(void **state)
{
	struct child c;
	char path[64];

	(void)state;
	if (!allowed)
		skip();
	c = begin();
	assert_int_equal(tell(&c, 'o'), 0);	/* and is killed */
	end(&c);
	if (!has_lock_file())
		skip();
	get_record_path(path, sizeof(path));
	if (chown(path, NOBODY, NOBODY))
		skip();
	c = begin();
	assert_int_equal(tell(&c, 'o'), 0);
	tell(&c, 'r');
	assert_int_equal(get(ACCT), 1);
	end(&c);
	set(ACCT, 0);
	set(TIMESTAMP, 0);
}

/* A file that another namespace of the same number left says nothing here. */
static void test_other_namespace(void **state)
{
	struct child c;
	char path[64];
	FILE *f;

	(void)state;
	if (!allowed)
		skip();
	c = begin();
	tell(&c, 'o');	/* makes the folder */
	tell(&c, 'r');
	get_record_path(path, sizeof(path));
	f = fopen(path, "w");
	if (!f) {
		end(&c);
		skip();		/* no /run */
	}
	fprintf(f, "11 00000000deadbeef\n");
	fclose(f);
	set(ACCT, 1);
	assert_int_equal(tell(&c, 'o'), 0);
	tell(&c, 'r');
	assert_int_equal(get(ACCT), 1);
	assert_int_equal(get(TIMESTAMP), 0);
	assert_false(has_lock_file());
	end(&c);
	set(ACCT, 0);
}

static void test_rule(void **state)
{
	struct child c, other;
	int ret;

	(void)state;
	if (!allowed)
		skip();
	c = begin();
	other = begin();
	assert_int_equal(tell(&c, 'p'), 0);
	ret = tell(&c, 't');
	if (ret == -EOPNOTSUPP)
		skip();		/* an old kernel */
	assert_int_equal(ret, 0);
	assert_int_equal(tell(&c, 'p'), 1);
	tell(&c, 'u');
	assert_int_equal(tell(&c, 'p'), 0);
	/* two at a time, and one goes without a word */
	assert_int_equal(tell(&c, 't'), 0);
	assert_int_equal(tell(&other, 't'), 0);
	end(&c);
	assert_int_equal(tell(&other, 'p'), 1);
	tell(&other, 'u');
	assert_int_equal(tell(&other, 'p'), 0);
	end(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_last_puts_back),
		cmocka_unit_test(test_last_without_run),
		cmocka_unit_test(test_begins_at_the_end),
		cmocka_unit_test(test_written_meanwhile),
		cmocka_unit_test(test_written_before_another),
		cmocka_unit_test(test_written_before_kill),
		cmocka_unit_test(test_killed_beside),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_foreign_record),
		cmocka_unit_test(test_other_namespace),
		cmocka_unit_test(test_rule),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
