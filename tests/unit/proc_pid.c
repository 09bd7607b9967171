// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which process owns a flow: real sockets on loopback, in this process and in
 * children of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <urcu.h>

#include "lib/clock.h"
#include "proc_pid.h"

#define PATIENCE_MS 20000
#define SKIPPED 77		/* exit status of a child that may not do it */

/* ---- asking ---- */

struct answer {
	bool came;
	uint64_t cookie;
	enum flow_match match;
	struct owner owner;	/* a copy; all zero without one */
};

static struct answer last;
static enum flow_direction here;	/* what proc_here_fn was told */

static void take_answer(void *ctx, uint64_t cookie, struct owner *owner, enum flow_match match)
{
	(void)ctx;
	last = (struct answer){ .came = true, .cookie = cookie, .match = match };
	if (owner)
		last.owner = *owner;
	owner_unref(owner);
}

static void take_here(void *ctx, uint64_t cookie, unsigned direction)
{
	(void)ctx;
	(void)cookie;
	assert_false(last.came);
	here = direction;
}

static bool ring;	/* run the tests with the perf ring, where it can be had */

static struct proc_pid *start(void)
{
	struct proc_pid_options o = {
		.netns_fd = -1, .answer = take_answer, .here = take_here, .perf = ring,
	};
	struct proc_pid *p = proc_pid_new(&o);

	assert_non_null(p);
	return p;
}

static void ask(struct proc_pid *p, struct proc_query q)
{
	uint32_t began = clock_ms();
	static uint64_t cookies;

	last = (struct answer){ 0 };
	here = FLOW_FORWARDED;
	q.cookie = ++cookies;
	proc_pid_lookup(p, &q, 1);
	while (!last.came && clock_ms() - began < PATIENCE_MS)
		usleep(1000 * proc_pid_work(p));
	assert_true(last.came);
	assert_int_equal(last.cookie, q.cookie);
}

/* ---- flows of sockets ---- */

static void take_end(const struct sockaddr_storage *ss, uint8_t l3, struct addr *a, uint16_t *port)
{
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;

	if (ss->ss_family == AF_INET) {
		*a = addr_v4(&in->sin_addr);
		*port = ntohs(in->sin_port);
	} else {
		*a = addr_v6(&in6->sin6_addr);
		*port = ntohs(in6->sin6_port);
	}
	assert_int_equal(addr_is_v4(a), l3 == AF_INET);
}

/* The flow that @local makes to @remote. */
static struct proc_query flow_of(const struct sockaddr_storage *local,
				 const struct sockaddr_storage *remote,
				 uint8_t l3, uint8_t l4, enum flow_direction direction)
{
	struct proc_query q = { .key.l3 = l3, .key.l4 = l4, .direction = direction };

	take_end(local, l3, &q.key.orig.src, &q.key.orig.sport);
	take_end(remote, l3, &q.key.orig.dst, &q.key.orig.dport);
	q.reply = (struct flow_ends){
		.src = q.key.orig.dst, .dst = q.key.orig.src,
		.sport = q.key.orig.dport, .dport = q.key.orig.sport,
	};
	return q;
}

static struct sockaddr_storage loopback(int family, uint16_t port)
{
	struct sockaddr_storage ss = { .ss_family = family };
	struct sockaddr_in *in = (void *)&ss;
	struct sockaddr_in6 *in6 = (void *)&ss;

	if (family == AF_INET) {
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in->sin_port = htons(port);
	} else {
		in6->sin6_addr = in6addr_loopback;
		in6->sin6_port = htons(port);
	}
	return ss;
}

static struct sockaddr_storage own_end(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	assert_int_equal(getsockname(fd, (void *)&ss, &len), 0);
	return ss;
}

static int bound(int family, int type)
{
	struct sockaddr_storage any = loopback(family, 0);
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (void *)&any, sizeof(any)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static int connected(int family, int type, const struct sockaddr_storage *to)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const void *)to, sizeof(*to)), 0);
	return fd;
}

/* ---- children ---- */

struct child {
	pid_t pid;
	int say, hear;		/* to it, from it */
};

struct message {
	struct sockaddr_storage local;
};

/* Runs @fn, which hands over the end of a socket, until it is told to end. */
static struct child child_start(int (*fn)(void *), void *arg, const char *name)
{
	struct child c;
	int to[2], from[2];
	struct message m;

	assert_int_equal(pipe(to) | pipe(from), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (!c.pid) {
		int fd;
		char byte;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		close(to[1]);
		close(from[0]);
		fd = fn(arg);
		m.local = own_end(fd);
		if (write(from[1], &m, sizeof(m)) != sizeof(m))
			_exit(1);
		_exit(read(to[0], &byte, 1) < 0);
	}
	close(to[0]);
	close(from[1]);
	c.say = to[1];
	c.hear = from[0];
	return c;
}

static struct sockaddr_storage child_end(const struct child *c)
{
	struct message m;

	assert_int_equal(read(c->hear, &m, sizeof(m)), sizeof(m));
	return m.local;
}

static void child_stop(struct child *c)
{
	int status;

	assert_int_equal(write(c->say, "", 1), 1);
	close(c->say);
	close(c->hear);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
}

static void assert_owner(pid_t pid, const char *name, enum flow_match match)
{
	assert_int_equal(last.match, match);
	assert_int_equal(last.owner.pid, pid);
	assert_string_equal(last.owner.name, name);
	assert_true(last.owner.start_time);
	assert_string_equal(last.owner.netns, "");
}

/* ---- the tests ---- */

struct connection {
	int family, type;
	struct sockaddr_storage to;
};

static int make_connection(void *arg)
{
	struct connection *c = arg;

	return connected(c->family, c->type, &c->to);
}

/* @family: of the socket; @l3: of its packets. */
static void check_connection(int family, int type, uint8_t l3, enum flow_direction direction)
{
	int server = bound(l3, type);
	struct connection c = { .family = family, .type = type, .to = own_end(server) };
	struct sockaddr_storage to = c.to;
	struct proc_pid *p = start();
	struct child child;
	struct sockaddr_storage from;

	if (family != l3) {
		const struct sockaddr_in *in = (void *)&to;
		struct sockaddr_in6 mapped = { .sin6_family = AF_INET6, .sin6_port = in->sin_port };

		mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
		memcpy(&mapped.sin6_addr.s6_addr[12], &in->sin_addr, 4);
		memcpy(&c.to, &mapped, sizeof(mapped));
	}
	child = child_start(make_connection, &c, "ft client");
	from = child_end(&child);
	ask(p, flow_of(&from, &to, l3, type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
		       direction));
	assert_owner(child.pid, "ft client", MATCH_EXACT);
	assert_string_equal(last.owner.user, getuid() ? last.owner.user : "root");
	child_stop(&child);
	close(server);
	proc_pid_free(p);
}

static void finds_tcp(void **state)
{
	(void)state;
	check_connection(AF_INET, SOCK_STREAM, AF_INET, FLOW_OUT);
	check_connection(AF_INET, SOCK_STREAM, AF_INET, FLOW_LOCAL);
	check_connection(AF_INET6, SOCK_STREAM, AF_INET6, FLOW_OUT);
}

static void finds_mapped(void **state)
{
	(void)state;
	check_connection(AF_INET6, SOCK_STREAM, AF_INET, FLOW_OUT);
	check_connection(AF_INET6, SOCK_DGRAM, AF_INET, FLOW_OUT);
}

static void finds_udp(void **state)
{
	(void)state;
	check_connection(AF_INET, SOCK_DGRAM, AF_INET, FLOW_OUT);
	check_connection(AF_INET6, SOCK_DGRAM, AF_INET6, FLOW_LOCAL);
}

static int make_unconnected(void *arg)
{
	(void)arg;
	return bound(AF_INET, SOCK_DGRAM);
}

static void finds_unconnected_udp(void **state)
{
	struct proc_pid *p = start();
	struct child child = child_start(make_unconnected, NULL, "ft udp");
	struct sockaddr_storage from = child_end(&child), to = loopback(AF_INET, 9);
	struct proc_query q;

	(void)state;
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_UDP, FLOW_OUT));
	assert_owner(child.pid, "ft udp", MATCH_EXACT);
	q = flow_of(&to, &from, AF_INET, IPPROTO_UDP, FLOW_IN);
	ask(p, q);
	assert_owner(child.pid, "ft udp", MATCH_LISTENER);
	child_stop(&child);
	proc_pid_free(p);
}

/* sighandler_t */
static void leave_to_child(int sig)
{
	(void)sig;
	if (fork())
		_exit(0);
	alarm(PATIENCE_MS / 1000);
	for (;;)
		pause();
}

static int make_leaver(void *arg)
{
	(void)arg;
	signal(SIGUSR1, leave_to_child);
	return bound(AF_INET, SOCK_DGRAM);
}

/* The socket that told who it was is known by the first look again. */
static void knows_the_socket_that_told(void **state)
{
	struct proc_pid *p = start();
	struct child child = child_start(make_leaver, NULL, "ft leaver");
	struct sockaddr_storage from = child_end(&child), to = loopback(AF_INET, 9);
	struct proc_claim claim = { .q = flow_of(&from, &to, AF_INET, IPPROTO_UDP, FLOW_OUT) };
	uint32_t began = clock_ms();
	struct owner parent;

	(void)state;
	ask(p, claim.q);
	assert_owner(child.pid, "ft leaver", MATCH_EXACT);
	parent = last.owner;
	claim.q.cookie = last.cookie;
	claim.owner = &parent;
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	child_stop(&child);
	while (last.owner.pid == (uint32_t)child.pid && clock_ms() - began < PATIENCE_MS) {
		proc_pid_check(p, &claim, 1);
		usleep(1000 * proc_pid_work(p));
	}
	assert_int_not_equal(last.owner.pid, child.pid);
	assert_owner(last.owner.pid, "ft leaver", MATCH_EXACT);
	assert_int_equal(kill(last.owner.pid, SIGKILL), 0);
	proc_pid_free(p);
}

static int make_shared(void *arg)
{
	struct sockaddr_storage *at = arg;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	assert_int_equal(bind(fd, (void *)at, sizeof(*at)), 0);
	return fd;
}

/* Two processes share a port: neither is named for what one of them sent. */
static void never_guesses(void **state)
{
	struct sockaddr_storage at = loopback(AF_INET, 0), to = loopback(AF_INET, 9);
	struct proc_pid *p = start();
	struct child one, two;

	(void)state;
	one = child_start(make_shared, &at, "ft one");
	at = child_end(&one);
	two = child_start(make_shared, &at, "ft two");
	child_end(&two);
	ask(p, flow_of(&at, &to, AF_INET, IPPROTO_UDP, FLOW_OUT));
	assert_int_equal(last.owner.pid, 0);
	assert_true(last.match == MATCH_UID || last.match == MATCH_UNIT);
	assert_int_equal(last.owner.uid, getuid());
	child_stop(&one);
	child_stop(&two);
	proc_pid_free(p);
}

static int accept_one(void *arg)
{
	return accept(*(int *)arg, NULL, NULL);
}

/* Workers share a listener: it is the parent's; a connection is its worker's. */
static void finds_workers(void **state)
{
	int listener = bound(AF_INET, SOCK_STREAM);
	struct sockaddr_storage to = own_end(listener), from;
	struct proc_pid *p = start();
	char name[17] = "";
	struct child worker;
	struct proc_query q;
	int fd;

	(void)state;
	prctl(PR_GET_NAME, name);
	worker = child_start(accept_one, &listener, "ft worker");
	fd = connected(AF_INET, SOCK_STREAM, &to);
	from = own_end(fd);
	child_end(&worker);
	q = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_IN);
	ask(p, q);
	assert_owner(getpid(), name, MATCH_LISTENER);
	q.shown = true;
	ask(p, q);
	assert_owner(worker.pid, "ft worker", MATCH_EXACT);
	close(fd);
	child_stop(&worker);
	close(listener);
	proc_pid_free(p);
}

static void listener_is_after_nat(void **state)
{
	int listener = bound(AF_INET, SOCK_STREAM);
	struct sockaddr_storage at = own_end(listener), from = loopback(AF_INET, 40000);
	struct proc_pid *p = start();
	struct proc_query q = flow_of(&from, &at, AF_INET, IPPROTO_TCP, FLOW_IN);

	(void)state;
	q.key.orig.dport = 1;
	assert_true(addr_parse("192.0.2.1", &q.key.orig.dst));
	ask(p, q);
	assert_int_equal(last.match, MATCH_LISTENER);
	assert_int_equal(last.owner.pid, getpid());
	close(listener);
	proc_pid_free(p);
}

static int end_of_inherited(void *arg)
{
	return *(int *)arg;
}

/* A child that inherited a connection did not make it. */
static void parent_counts(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM);
	struct sockaddr_storage to = own_end(server), from;
	int fd = connected(AF_INET, SOCK_STREAM, &to);
	struct child child = child_start(end_of_inherited, &fd, "ft heir");
	struct proc_pid *p = start();
	struct proc_query q;

	(void)state;
	from = child_end(&child);
	q = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_OUT);
	ask(p, q);
	assert_int_equal(last.match, MATCH_EXACT);
	assert_int_equal(last.owner.pid, getpid());
	close(fd);
	proc_pid_free(p);
	p = start();
	ask(p, q);
	assert_owner(child.pid, "ft heir", MATCH_EXACT);
	child_stop(&child);
	close(server);
	proc_pid_free(p);
}

/* A process that began long before is found, too. */
static void finds_old_processes(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM);
	struct connection c = { AF_INET, SOCK_STREAM, own_end(server) };
	struct child child = child_start(make_connection, &c, "ft old");
	struct sockaddr_storage from = child_end(&child);
	struct proc_pid *p;

	(void)state;
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	p = start();
	ask(p, flow_of(&from, &c.to, AF_INET, IPPROTO_TCP, FLOW_OUT));
	assert_owner(child.pid, "ft old", MATCH_EXACT);
	child_stop(&child);
	close(server);
	proc_pid_free(p);
}

/* What it sends is more than the other end takes: the socket outlives it. */
static int connect_as_nobody(void *arg)
{
	struct connection *c = arg;
	static char bytes[65536];
	int fd;

	assert_int_equal(setresuid(65534, 65534, 65534), 0);
	fd = connected(c->family, c->type, &c->to);
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	return fd;
}

/* The process has gone, its socket is there yet: the user is known. */
static void dead_owner_leaves_user(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM);
	struct connection c = { AF_INET, SOCK_STREAM, own_end(server) };
	struct proc_pid *p;
	struct child child;
	struct sockaddr_storage from;

	(void)state;
	if (getuid())
		skip();
	p = start();
	child = child_start(connect_as_nobody, &c, "ft dead");
	from = child_end(&child);
	child_stop(&child);
	ask(p, flow_of(&from, &c.to, AF_INET, IPPROTO_TCP, FLOW_OUT));
	if (proc_pid_has_ring(p))
		assert_int_equal(last.match, MATCH_EXACT);
	else
		assert_true(last.match == MATCH_UID || last.match == MATCH_UNIT);
	assert_int_equal(last.owner.pid, proc_pid_has_ring(p) ? child.pid : 0);
	assert_int_equal(last.owner.uid, 65534);
	assert_string_equal(last.owner.user, "nobody");
	close(server);
	proc_pid_free(p);
}

static void set_right(cap_value_t cap, cap_flag_value_t value)
{
	cap_t caps = cap_get_proc();

	assert_int_equal(cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, value), 0);
	assert_int_equal(cap_set_proc(caps), 0);
	cap_free(caps);
}

/* Without the rights it says so, and tells of others what their sockets tell. */
static void says_what_it_lacks(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM);
	struct connection c = { AF_INET, SOCK_STREAM, own_end(server) };
	struct sockaddr_storage from;
	struct child nobody;
	struct proc_pid *p;

	(void)state;
	if (getuid())
		skip();
	nobody = child_start(connect_as_nobody, &c, "ft other");
	set_right(CAP_SYS_PTRACE, CAP_CLEAR);
	p = start();
	set_right(CAP_SYS_PTRACE, CAP_SET);
	assert_non_null(strstr(proc_pid_limits(p), "CAP_SYS_PTRACE"));
	set_right(CAP_SYS_PTRACE, CAP_CLEAR);
	from = child_end(&nobody);
	ask(p, flow_of(&from, &c.to, AF_INET, IPPROTO_TCP, FLOW_OUT));
	assert_int_equal(last.owner.uid, 65534);
	if (!proc_pid_has_ring(p))
		assert_true(last.match == MATCH_UID || last.match == MATCH_UNIT);
	set_right(CAP_SYS_PTRACE, CAP_SET);
	proc_pid_free(p);
	p = start();
	assert_null(proc_pid_limits(p));
	child_stop(&nobody);
	close(server);
	proc_pid_free(p);
}

static void nothing_is_nothing(void **state)
{
	struct sockaddr_storage from = loopback(AF_INET, 1), to = loopback(AF_INET, 2);
	struct proc_pid *p = start();

	(void)state;
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_OUT));
	assert_int_equal(last.match, MATCH_NONE);
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_IN));
	assert_int_equal(last.match, MATCH_NONE);
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_ICMP, FLOW_OUT));
	assert_int_equal(last.match, MATCH_NONE);
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_FORWARDED));
	assert_int_equal(last.match, MATCH_NONE);
	proc_pid_free(p);
}

static int run_exec(void *arg)
{
	int fd = make_connection(arg);

	prctl(PR_SET_NAME, "ft after");
	return fd;
}

/* A name is read when the flow is, not kept for ever. */
static void names_change(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM);
	struct connection c = { AF_INET, SOCK_STREAM, own_end(server) };
	struct sockaddr_storage from;
	struct proc_pid *p = start();
	struct child child;

	(void)state;
	child = child_start(run_exec, &c, "ft before");
	from = child_end(&child);
	ask(p, flow_of(&from, &c.to, AF_INET, IPPROTO_TCP, FLOW_OUT));
	assert_owner(child.pid, "ft after", MATCH_EXACT);
	child_stop(&child);
	close(server);
	proc_pid_free(p);
}

static void tells_figures(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM);
	struct sockaddr_storage to = own_end(server), from;
	int fd = connected(AF_INET, SOCK_STREAM, &to);
	struct proc_pid *p = start();
	struct sock_info info[2];
	struct proc_query q[2];

	(void)state;
	from = own_end(fd);
	q[0] = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_OUT);
	q[0].cookie = 77;
	q[1] = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_IN);
	q[1].cookie = 11;
	assert_int_equal(proc_pid_sock_info(p, q, 2, info), 2);
	assert_int_equal(info[0].flow, 11);
	assert_int_equal(info[1].flow, 77);
	assert_true(info[1].rtt_us && info[1].cwnd);
	assert_int_equal(write(fd, "twelve bytes", 12), 12);
	for (int i = 0; i < 3000 && (info[1].sent < 12 || info[0].received < 12); i++) {
		usleep(10000);
		assert_int_equal(proc_pid_sock_info(p, q, 2, info), 2);
	}
	assert_in_range(info[1].sent, 12, 13);		/* the SYN may count, too */
	assert_int_equal(info[0].received, 12);
	q[1].key.orig.sport = q[1].reply.dport = 1;
	assert_int_equal(proc_pid_sock_info(p, q, 2, info), 1);
	close(fd);
	close(server);
	proc_pid_free(p);
}

static void reads_command_lines(void **state)
{
	struct sockaddr_storage at;
	struct proc_pid *p = start();
	struct command *c;
	int udp = bound(AF_INET, SOCK_DGRAM);
	struct sockaddr_storage to = loopback(AF_INET, 9);

	(void)state;
	at = own_end(udp);
	ask(p, flow_of(&at, &to, AF_INET, IPPROTO_UDP, FLOW_OUT));
	assert_int_equal(last.owner.pid, getpid());
	c = proc_pid_command(p, getpid(), last.owner.start_time);
	assert_non_null(strstr(c->line, program_invocation_short_name));
	assert_int_equal(c->parent, getppid());
	assert_true(c->parent_name[0]);
	free(c);
	c = proc_pid_command(p, getpid(), last.owner.start_time + 1);
	assert_string_equal(c->line, "");
	assert_int_equal(c->parent, 0);
	free(c);
	close(udp);
	proc_pid_free(p);
}

struct brief {
	struct connection c;
	int say;
};

static void live_briefly(const struct brief *b)
{
	int fd = connected(b->c.family, b->c.type, &b->c.to);
	struct message m = { .local = own_end(fd) };

	close(fd);
	_exit(write(b->say, &m, sizeof(m)) != sizeof(m));
}

/* Of processes that have gone, and of their names, only the ring knows. */
static void ring_knows_the_dead(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM), pipes[2], status;
	struct brief b = { { AF_INET, SOCK_STREAM, own_end(server) }, -1 };
	struct proc_pid *p = start();
	struct proc_query q;
	struct message m;
	pid_t pid;

	(void)state;
	if (ring && !proc_pid_has_ring(p)) {
		close(server);
		proc_pid_free(p);
		skip();
	}
	assert_int_equal(pipe(pipes), 0);
	b.say = pipes[1];
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NAME, "ft brief");
		live_briefly(&b);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(pipes[0], &m, sizeof(m)), sizeof(m));
	q = flow_of(&m.local, &b.c.to, AF_INET, IPPROTO_TCP, FLOW_OUT);
	ask(p, q);
	if (ring) {
		assert_int_equal(last.match, MATCH_EXACT);
		assert_int_equal(last.owner.pid, pid);
		assert_string_equal(last.owner.name, "ft brief");
		/* told once: the next with these ends may be another's */
		ask(p, q);
	}
	assert_int_equal(last.owner.pid, 0);
	close(pipes[0]);
	close(pipes[1]);
	close(server);
	proc_pid_free(p);
}

/* ---- other namespaces ---- */

#define FOREIGN "198.51.100.77"
#define FOREIGN_PORT 7

/* A connection from and to FOREIGN, in a namespace of its own. */
static int connect_elsewhere(void *arg)
{
	struct sockaddr_storage ss = loopback(AF_INET, FOREIGN_PORT);
	int server;

	(void)arg;
	inet_pton(AF_INET, FOREIGN, &((struct sockaddr_in *)&ss)->sin_addr);
	if (unshare(CLONE_NEWNET) ||
	    system("ip link set lo up && ip addr add " FOREIGN "/32 dev lo"))
		_exit(1);
	server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server, (void *)&ss, sizeof(ss)) || listen(server, 8))
		_exit(1);
	return connected(AF_INET, SOCK_STREAM, &ss);
}

static void assert_elsewhere(const struct child *child)
{
	char link[64] = "", path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", child->pid);
	assert_true(readlink(path, link, sizeof(link) - 1) > 0);
	assert_int_equal(last.match, MATCH_NETNS);
	assert_int_equal(last.owner.pid, child->pid);
	assert_string_equal(last.owner.name, "ft container");
	assert_string_equal(last.owner.netns, link);
}

static void finds_in_namespaces(void **state)
{
	struct sockaddr_storage from, to = loopback(AF_INET, FOREIGN_PORT);
	struct child child;
	struct proc_query q;
	struct proc_pid *p;

	(void)state;
	if (getuid())
		skip();
	inet_pton(AF_INET, FOREIGN, &((struct sockaddr_in *)&to)->sin_addr);
	child = child_start(connect_elsewhere, NULL, "ft container");
	from = child_end(&child);
	p = start();
	/* it connects to others, by way of this host */
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_FORWARDED));
	assert_elsewhere(&child);
	/* others come to it, by a port that this host publishes */
	q = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_FORWARDED);
	assert_true(addr_parse("192.0.2.9", &q.key.orig.src));
	assert_true(addr_parse("192.0.2.1", &q.key.orig.dst));
	q.reply.dst = q.key.orig.src;
	ask(p, q);
	assert_elsewhere(&child);
	/* an address that is nowhere */
	q.reply.src = q.key.orig.dst;
	ask(p, q);
	assert_int_equal(last.match, MATCH_NONE);
	child_stop(&child);
	proc_pid_free(p);
}

/* Two namespaces have one address: the one with the socket is it. */
static void namespaces_may_look_alike(void **state)
{
	struct sockaddr_storage from[2], to = loopback(AF_INET, FOREIGN_PORT);
	struct child child[2];
	struct proc_pid *p;

	(void)state;
	if (getuid())
		skip();
	inet_pton(AF_INET, FOREIGN, &((struct sockaddr_in *)&to)->sin_addr);
	for (int i = 0; i < 2; i++) {
		child[i] = child_start(connect_elsewhere, NULL, "ft container");
		from[i] = child_end(&child[i]);
	}
	p = start();
	for (int i = 0; i < 2; i++) {
		ask(p, flow_of(&from[i], &to, AF_INET, IPPROTO_TCP, FLOW_FORWARDED));
		assert_elsewhere(&child[i]);
	}
	for (int i = 0; i < 2; i++)
		child_stop(&child[i]);
	proc_pid_free(p);
}

/* What began here although the address has gone, and what a proxy took. */
static void finds_forwarded_here(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM), udp = bound(AF_INET, SOCK_DGRAM), accepted;
	struct sockaddr_storage to = own_end(server), from, any = own_end(udp);
	int fd = connected(AF_INET, SOCK_STREAM, &to);
	struct proc_pid *p = start();
	struct proc_query q;

	(void)state;
	from = own_end(fd);
	accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	q = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_FORWARDED);
	ask(p, q);
	assert_int_equal(last.match, MATCH_EXACT);
	assert_int_equal(last.owner.pid, getpid());
	assert_int_equal(here, FLOW_OUT);
	assert_true(addr_parse("192.0.2.9", &q.key.orig.src));
	ask(p, q);
	assert_int_equal(last.match, MATCH_EXACT);
	assert_int_equal(last.owner.pid, getpid());
	assert_int_equal(here, FLOW_IN);
	/* neither a listener nor what anyone may bind counts */
	q.reply.dport = 1;
	ask(p, q);
	assert_int_equal(last.match, MATCH_NONE);
	ask(p, flow_of(&any, &to, AF_INET, IPPROTO_UDP, FLOW_FORWARDED));
	assert_int_equal(last.match, MATCH_NONE);
	assert_int_equal(here, FLOW_FORWARDED);
	close(accepted);
	close(fd);
	close(udp);
	close(server);
	proc_pid_free(p);
}

/* ---- from within a container ---- */

/* Process 1 of other process IDs; @q is of a process that it cannot see. */
static void look_from_inside(struct proc_query q)
{
	struct proc_pid *p;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		_exit(2);
	p = start();
	if (proc_pid_limits(p))
		_exit(3);
	ask(p, q);
	if (last.owner.pid || last.owner.uid != getuid())
		_exit(4);
	_exit(!proc_pid_limits(p) || !strstr(proc_pid_limits(p), "--pid=host"));
}

/* Where many are asked for, one dump tells which may have a socket here. */
static void finds_forwarded_here_among_many(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM), fd[2];
	struct sockaddr_storage to = own_end(server), from, far = loopback(AF_INET, 9);
	struct proc_pid *p = start();
	struct proc_query q[1000];

	(void)state;
	fd[0] = connected(AF_INET, SOCK_STREAM, &to);
	for (unsigned i = 0; i < 1000; i++) {
		q[i] = flow_of(&to, &far, AF_INET, IPPROTO_TCP, FLOW_FORWARDED);
		q[i].key.orig.dport = q[i].reply.sport = i;
		q[i].cookie = UINT32_MAX + i;
		q[i].start = clock_steady();
	}
	proc_pid_lookup(p, q, 1000);
	for (unsigned i = 0; i < 2; i++) {
		if (i)		/* it began after the dump */
			fd[1] = connected(AF_INET, SOCK_STREAM, &to);
		from = own_end(fd[i]);
		q[i] = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_FORWARDED);
		q[i].start = i ? clock_steady() : q[999].start;
		ask(p, q[i]);
		assert_int_equal(last.match, MATCH_EXACT);
		assert_int_equal(last.owner.pid, getpid());
		assert_int_equal(here, FLOW_OUT);
	}
	close(fd[0]);
	close(fd[1]);
	close(server);
	proc_pid_free(p);
}

/* A container with the host's network, but process IDs of its own. */
static void says_that_processes_are_outside(void **state)
{
	int server = bound(AF_INET, SOCK_STREAM), status, fd;
	struct sockaddr_storage to = own_end(server), from;
	struct proc_query q;
	pid_t pid;

	(void)state;
	if (getuid())
		skip();
	fd = connected(AF_INET, SOCK_STREAM, &to);
	from = own_end(fd);
	q = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_OUT);
	pid = fork();
	if (!pid) {
		/* the parent's descriptors would be the child's, too */
		close(fd);
		close(server);
		if (unshare(CLONE_NEWPID))
			_exit(5);
		pid = fork();
		if (!pid)
			look_from_inside(q);
		_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		      WEXITSTATUS(status) : 6);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(fd);
	close(server);
}

/* Has the pid of the process whose flow @q is, but in another PID namespace. */
static void look_as_namesake(struct proc_query q)
{
	int server = bound(AF_INET, SOCK_DGRAM), fd;
	struct sockaddr_storage to = own_end(server), from;
	struct proc_pid *p = start();

	ask(p, q);
	if (last.owner.pid != (uint32_t)getpid() || last.owner.self)
		_exit(3);
	fd = connected(AF_INET, SOCK_DGRAM, &to);
	from = own_end(fd);
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_UDP, FLOW_OUT));
	_exit(last.owner.pid == (uint32_t)getpid() || !last.owner.self);
}

/* Ends as @pid does. */
static void end_like(pid_t pid)
{
	int status;

	_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 6);
}

static pid_t fork_as(pid_t wanted)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wanted, .set_tid_size = 1,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

/* Process IDs of its own, with the host's /proc: the same pid may be another's. */
static void knows_itself(void **state)
{
	int server = bound(AF_INET, SOCK_DGRAM);
	struct sockaddr_storage to = own_end(server), from;
	int fd = connected(AF_INET, SOCK_DGRAM, &to), status;
	pid_t owner = getpid(), pid;
	struct proc_query q;

	(void)state;
	from = own_end(fd);
	q = flow_of(&from, &to, AF_INET, IPPROTO_UDP, FLOW_OUT);
	pid = fork();
	if (!pid) {
		close(fd);
		close(server);
		if (unshare(CLONE_NEWPID))
			_exit(SKIPPED);
		pid = fork();
		if (pid)
			end_like(pid);
		pid = fork_as(owner);
		if (pid < 0)
			_exit(SKIPPED);	/* before Linux 5.5 */
		if (pid)
			end_like(pid);
		look_as_namesake(q);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd);
	close(server);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

/* ---- addresses that several have, or that are claimed ---- */

static struct sockaddr_storage foreign(uint16_t port)
{
	struct sockaddr_storage ss = loopback(AF_INET, port);

	inet_pton(AF_INET, FOREIGN, &((struct sockaddr_in *)&ss)->sin_addr);
	return ss;
}

/* A UDP socket at FOREIGN, in a network namespace that @flags make. */
static int bind_elsewhere(int flags, const char *commands)
{
	struct sockaddr_storage ss = foreign(FOREIGN_PORT);
	int fd;

	if (unshare(flags | CLONE_NEWNET))
		_exit(1);
	if (flags & CLONE_NEWUSER) {
		fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
		if (write(fd, "0 0 1", 5) != 5)
			_exit(1);
		close(fd);
	}
	if (system(commands))
		_exit(1);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (void *)&ss, sizeof(ss)))
		_exit(1);
	return fd;
}

#define HAVE_FOREIGN "ip link set lo up && ip addr add " FOREIGN

static int bind_many_times(void *arg)
{
	(void)arg;
	return bind_elsewhere(0, HAVE_FOREIGN "/32 dev lo && ip addr add " FOREIGN "/31 dev lo &&"
			      "ip addr add " FOREIGN "/30 dev lo && ip addr add " FOREIGN
			      "/29 dev lo");
}

static int bind_once(void *arg)
{
	(void)arg;
	return bind_elsewhere(0, HAVE_FOREIGN "/32 dev lo");
}

/* As any user can. */
static int bind_claimed(void *arg)
{
	(void)arg;
	return bind_elsewhere(CLONE_NEWUSER, HAVE_FOREIGN "/32 dev lo");
}

static unsigned answers, answered_pid;

static void count_answer(void *ctx, uint64_t cookie, struct owner *owner, enum flow_match match)
{
	(void)ctx;
	(void)cookie;
	(void)match;
	answers++;
	answered_pid += owner && owner->pid;
	owner_unref(owner);
}

/* A namespace may have an address several times: each flow is looked up once. */
static void an_address_many_times(void **state)
{
	struct proc_pid_options o = { .netns_fd = -1, .answer = count_answer, .perf = ring };
	struct sockaddr_storage from, to = loopback(AF_INET, 9);
	struct proc_query q[300];
	struct child child;
	struct proc_pid *p;

	(void)state;
	if (getuid())
		skip();
	child = child_start(bind_many_times, NULL, "ft container");
	from = child_end(&child);
	p = proc_pid_new(&o);
	for (unsigned i = 0; i < 300; i++) {
		q[i] = flow_of(&from, &to, AF_INET, IPPROTO_UDP, FLOW_FORWARDED);
		q[i].cookie = i + 1;
		q[i].key.orig.dport = q[i].reply.sport = 1000 + i;
	}
	answers = answered_pid = 0;
	proc_pid_lookup(p, q, 300);
	for (unsigned turns = 0; answers < 300 && turns < 10000; turns++)
		usleep(1000 * proc_pid_work(p));
	assert_int_equal(answers, 300);
	assert_int_equal(answered_pid, 300);
	child_stop(&child);
	proc_pid_free(p);
}

/* Whoever gives a namespace of his own an address does not own its flows. */
static void claims_do_not_count(void **state)
{
	struct sockaddr_storage from, to = loopback(AF_INET, 9);
	struct child child;
	struct proc_query q;
	struct proc_pid *p;

	(void)state;
	if (getuid())
		skip();
	child = child_start(bind_claimed, NULL, "ft claimant");
	from = child_end(&child);
	p = start();
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_UDP, FLOW_FORWARDED));
	assert_int_equal(last.match, MATCH_NONE);
	q = flow_of(&to, &from, AF_INET, IPPROTO_UDP, FLOW_FORWARDED);
	assert_true(addr_parse("192.0.2.9", &q.key.orig.src));
	ask(p, q);
	assert_int_equal(last.match, MATCH_NONE);
	child_stop(&child);
	proc_pid_free(p);
}

/* Only a flow that is younger than the last look at the namespaces waits for the next. */
static void old_flows_do_not_wait(void **state)
{
	struct sockaddr_storage from = foreign(1), to = loopback(AF_INET, 9);
	struct proc_query q = flow_of(&from, &to, AF_INET, IPPROTO_UDP, FLOW_FORWARDED);
	struct proc_pid *p;

	(void)state;
	if (getuid())
		skip();
	q.start = clock_real();
	p = start();
	for (q.cookie = 1000; q.cookie < 1003; q.cookie++) {
		last = (struct answer){ 0 };
		proc_pid_lookup(p, &q, 1);
		assert_true(last.came);
		assert_int_equal(last.cookie, q.cookie);
		assert_int_equal(last.match, MATCH_NONE);
	}
	q.start = UINT64_MAX;
	ask(p, q);
	assert_int_equal(last.match, MATCH_NONE);
	proc_pid_free(p);
}

/* More than can wait, and each of them twice, as where the cursor is on a row. */
static void a_full_backlog(void **state)
{
	struct proc_pid_options o = { .netns_fd = -1, .answer = count_answer, .perf = ring };
	struct proc_pid *p = proc_pid_new(&o);
	int server = bound(AF_INET, SOCK_STREAM);
	struct sockaddr_storage to = own_end(server), from = loopback(AF_INET, 1);
	struct proc_query q[128];
	unsigned sent = 0;

	(void)state;
	answers = answered_pid = 0;
	for (unsigned round = 0; round < 100; round++) {
		for (unsigned i = 0; i < 128; i++) {
			q[i] = flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_IN);
			q[i].cookie = 1 + (round * 128 + i) / 2;
			q[i].shown = round % 2;
		}
		proc_pid_lookup(p, q, 128);
		sent += 128;
		if (round % 10 == 0)
			proc_pid_work(p);
	}
	for (unsigned turns = 0; answers < 64 && turns < 10000; turns++)
		usleep(1000 * proc_pid_work(p));
	assert_true(answers >= 64 && answers <= sent);
	assert_int_equal(answered_pid, answers);
	close(server);
	proc_pid_free(p);
}

#define ALIKE 6

/* However many have the address, the one with the socket is found, if it is one. */
static void many_look_alike(void **state)
{
	struct sockaddr_storage from[ALIKE], to = foreign(FOREIGN_PORT);
	struct sockaddr_storage end = foreign(FOREIGN_PORT), far = loopback(AF_INET, 9);
	struct child child[ALIKE], bound[2];
	struct proc_pid *p;

	(void)state;
	if (getuid())
		skip();
	for (int i = 0; i < ALIKE; i++) {
		child[i] = child_start(connect_elsewhere, NULL, "ft container");
		from[i] = child_end(&child[i]);
	}
	for (int i = 0; i < 2; i++) {
		bound[i] = child_start(bind_once, NULL, "ft twin");
		child_end(&bound[i]);
	}
	p = start();
	for (int i = 0; i < ALIKE; i++) {
		ask(p, flow_of(&from[i], &to, AF_INET, IPPROTO_TCP, FLOW_FORWARDED));
		assert_elsewhere(&child[i]);
	}
	ask(p, flow_of(&end, &far, AF_INET, IPPROTO_UDP, FLOW_FORWARDED));
	assert_int_equal(last.match, MATCH_NONE);
	for (int i = 0; i < ALIKE; i++)
		child_stop(&child[i]);
	for (int i = 0; i < 2; i++)
		child_stop(&bound[i]);
	proc_pid_free(p);
}

/* ---- messages that the kernel did not send ---- */

struct forged {
	struct nlmsghdr head;
	struct inet_diag_msg body;
};

/* To each sock_diag socket of this namespace but @own's. */
static unsigned send_forged(int own, struct forged *f)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK }, self;
	socklen_t len = sizeof(self);
	FILE *list = fopen("/proc/thread-self/net/netlink", "re");
	unsigned bus, port, sent = 0;
	char line[256];

	assert_non_null(list);
	assert_int_equal(getsockname(own, (void *)&self, &len), 0);
	while (fgets(line, sizeof(line), list)) {
		if (sscanf(line, "%*s %u %u", &bus, &port) != 2 ||
		    bus != NETLINK_SOCK_DIAG || !port || port == self.nl_pid)
			continue;
		to.nl_pid = port;
		for (f->head.nlmsg_seq = 0; f->head.nlmsg_seq < 100; f->head.nlmsg_seq++) {
			/* most are refused already here */
			sendto(own, f, sizeof(*f), MSG_DONTWAIT, (void *)&to, sizeof(to));
			sent++;
		}
	}
	fclose(list);
	return sent;
}

static uint32_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* Root of a namespace may send to any netlink socket in it. */
static void forged_answers_are_ignored(void **state)
{
	struct sockaddr_storage from = loopback(AF_INET, 41), to = loopback(AF_INET, 42);
	int nl = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int mine = bound(AF_INET, SOCK_DGRAM);
	struct forged f = {
		.head = { .nlmsg_len = sizeof(f), .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.body = {
			.idiag_family = AF_INET, .idiag_state = 1, .idiag_inode = inode_of(mine),
			.id = { .idiag_sport = htons(41), .idiag_dport = htons(42),
				.idiag_src = { htonl(INADDR_LOOPBACK) },
				.idiag_dst = { htonl(INADDR_LOOPBACK) } },
		},
	};
	struct proc_pid *p = start();

	(void)state;
	assert_int_equal(bind(nl, (void *)&any, sizeof(any)), 0);
	if (!getuid())
		assert_true(send_forged(nl, &f) >= 100);
	ask(p, flow_of(&from, &to, AF_INET, IPPROTO_TCP, FLOW_OUT));
	assert_int_equal(last.match, MATCH_NONE);
	close(mine);
	close(nl);
	proc_pid_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_tcp),
		cmocka_unit_test(finds_mapped),
		cmocka_unit_test(finds_udp),
		cmocka_unit_test(finds_unconnected_udp),
		cmocka_unit_test(knows_the_socket_that_told),
		cmocka_unit_test(never_guesses),
		cmocka_unit_test(finds_workers),
		cmocka_unit_test(listener_is_after_nat),
		cmocka_unit_test(parent_counts),
		cmocka_unit_test(finds_old_processes),
		cmocka_unit_test(dead_owner_leaves_user),
		cmocka_unit_test(says_what_it_lacks),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(names_change),
		cmocka_unit_test(tells_figures),
		cmocka_unit_test(reads_command_lines),
		cmocka_unit_test(ring_knows_the_dead),
		cmocka_unit_test(finds_in_namespaces),
		cmocka_unit_test(namespaces_may_look_alike),
		cmocka_unit_test(finds_forwarded_here),
		cmocka_unit_test(finds_forwarded_here_among_many),
		cmocka_unit_test(says_that_processes_are_outside),
		cmocka_unit_test(knows_itself),
		cmocka_unit_test(an_address_many_times),
		cmocka_unit_test(claims_do_not_count),
		cmocka_unit_test(old_flows_do_not_wait),
		cmocka_unit_test(a_full_backlog),
		cmocka_unit_test(many_look_alike),
		cmocka_unit_test(forged_answers_are_ignored),
	};
	int failed;

	rcu_register_thread();
	failed = cmocka_run_group_tests_name("without the ring", tests, NULL, NULL);
	ring = true;
	failed += cmocka_run_group_tests_name("with the ring", tests, NULL, NULL);
	rcu_barrier();
	rcu_unregister_thread();
	return failed;
}
