// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netlink.c - what others send to our sockets, in a network namespace of this
 * test, where it may send what it likes; and the kernel's answers.
 */
#include "lib/netlink.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "own_netns.h"

#define FLOOD	1000000
#define BATCH	16

static bool allowed;

static int enter(void **state)
{
	(void)state;
	allowed = own_netns_enter();
	allowed = allowed && system("ip link set lo up && ip addr add 10.9.8.7/24 dev lo && "
				    "ip addr add 10.1.1.1 peer 10.1.1.2 dev lo && "
				    "ip addr add 2001:db8::7/64 dev lo") == 0;
	return 0;
}

static struct netlink open_here(uint32_t groups, int flags)
{
	struct netlink nl;

	if (!allowed)
		skip();
	assert_int_equal(netlink_open(&nl, NETLINK_ROUTE, groups, flags), 0);
	return nl;
}

/* A socket of somebody else. */
static int stranger_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	assert_true(fd >= 0);
	return fd;
}

static struct sockaddr_nl address_of(const struct netlink *nl)
{
	struct sockaddr_nl own;
	socklen_t len = sizeof(own);

	assert_int_equal(getsockname(nl->fd, (struct sockaddr *)&own, &len), 0);
	own.nl_groups = 0;
	return own;
}

/* An answer to request @seq: the end of a dump that has nothing. */
static ssize_t forge(int fd, const struct sockaddr_nl *to, uint32_t seq)
{
	struct { struct nlmsghdr head; int error; } done = {
		.head = { .nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE,
			  .nlmsg_flags = NLM_F_MULTI, .nlmsg_seq = seq },
	};

	return sendto(fd, &done, sizeof(done), 0, (const struct sockaddr *)to, sizeof(*to));
}

static void count_one(const struct netlink_addr *a, unsigned *n, const char *text,
		      unsigned prefix_len)
{
	struct addr want;

	assert_true(addr_parse(text, &want));
	if (addr_equal(&a->addr, &want)) {
		assert_int_equal(a->prefix_len, prefix_len);
		assert_true(a->ifindex > 0);
		++*n;
	}
}

struct seen {
	unsigned plain, peer, v6;
};

static int see(void *ctx, const struct netlink_addr *a)
{
	struct seen *s = ctx;

	count_one(a, &s->plain, "10.9.8.7", 24);
	count_one(a, &s->peer, "10.1.1.1", 32);
	count_one(a, &s->v6, "2001:db8::7", 64);
	return 0;
}

static void assert_addresses(struct netlink *nl)
{
	struct seen s = { 0 };

	assert_int_equal(netlink_dump_addresses(nl, see, &s), 0);
	assert_int_equal(s.plain, 1);
	assert_int_equal(s.peer, 1);
	assert_int_equal(s.v6, 1);
}

static void test_addresses(void **state)
{
	struct netlink nl = open_here(0, 0);

	(void)state;
	assert_addresses(&nl);
	assert_addresses(&nl);
	netlink_close(&nl);
	assert_int_equal(nl.fd, -1);
}

/* What is sent to our port does not even get into the queue. */
static void test_flood(void **state)
{
	struct netlink nl = open_here(0, 0);
	struct sockaddr_nl to = address_of(&nl);
	int fd = stranger_open();
	char buf[64];

	(void)state;
	for (unsigned i = 0; i < FLOOD; i++) {
		assert_int_equal(forge(fd, &to, nl.seq + 1 + i % 64), -1);
		assert_int_equal(errno, ECONNREFUSED);
	}
	assert_int_equal(netlink_receive(&nl, buf, sizeof(buf), MSG_DONTWAIT), -EAGAIN);
	assert_addresses(&nl);
	close(fd);
	netlink_close(&nl);
}

/* What came before the socket was connected, or by a group: the sender counts. */
static void test_forged(void **state)
{
	struct netlink nl = open_here(0, 0);
	struct sockaddr_nl to = address_of(&nl), none = { .nl_family = AF_UNSPEC };
	int fd = stranger_open();

	(void)state;
	assert_int_equal(connect(nl.fd, (struct sockaddr *)&none, sizeof(none)), 0);
	for (uint32_t i = 1; i <= 64; i++)
		assert_true(forge(fd, &to, nl.seq + i) > 0);
	none.nl_family = AF_NETLINK;
	assert_int_equal(connect(nl.fd, (struct sockaddr *)&none, sizeof(none)), 0);
	assert_addresses(&nl);
	close(fd);
	netlink_close(&nl);
}

/* Forged and true events in one batch: the forged ones are empty. */
static void test_batch(void **state)
{
	struct netlink nl = open_here(RTMGRP_IPV4_IFADDR, SOCK_NONBLOCK);
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR };
	struct netlink_place place[BATCH];
	struct mmsghdr msg[BATCH];
	char buf[BATCH][512];
	int fd = stranger_open(), n;

	(void)state;
	netlink_batch_init(msg, place, BATCH, buf, sizeof(buf[0]));
	for (int round = 0; round < 2; round++) {
		forge(fd, &group, 0);
		assert_int_equal(system(round ? "ip addr del 10.9.8.8/24 dev lo"
					      : "ip addr add 10.9.8.8/24 dev lo"), 0);
		forge(fd, &group, 0);
		n = netlink_receive_batch(&nl, msg, BATCH, MSG_DONTWAIT);
		assert_int_equal(n, 3);
		assert_int_equal(msg[0].msg_len, 0);
		assert_true(msg[1].msg_len > sizeof(struct nlmsghdr));
		assert_int_equal(((struct nlmsghdr *)buf[1])->nlmsg_type,
				 round ? RTM_DELADDR : RTM_NEWADDR);
		assert_int_equal(msg[2].msg_len, 0);
	}
	assert_int_equal(netlink_receive_batch(&nl, msg, BATCH, MSG_DONTWAIT), -EAGAIN);
	close(fd);
	netlink_close(&nl);
}

/* The kernel's refusal comes back, and the socket goes on. */
static void test_errors(void **state)
{
	struct netlink nl = open_here(0, 0);
	char buf[64] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = netlink_request(&nl, buf, RTM_DELADDR, NLM_F_ACK,
					       sizeof(struct ifaddrmsg));

	(void)state;
	assert_true(netlink_query(&nl, nlh, NULL, NULL) < 0);
	assert_addresses(&nl);
	netlink_close(&nl);
	assert_int_equal(netlink_open(&nl, MAX_LINKS + 1, 0, 0), -EPROTONOSUPPORT);
	assert_int_equal(nl.fd, -1);
}

/* Two sockets in a thousand may begin alike, not two in two. */
static void test_seq_random(void **state)
{
	unsigned alike = 0;

	(void)state;
	for (int i = 0; i < 32; i++) {
		struct netlink a = open_here(0, 0), b = open_here(0, 0);

		alike += a.seq == b.seq || a.seq + 1 == b.seq;
		netlink_close(&a);
		netlink_close(&b);
	}
	assert_true(alike < 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_seq_random),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
