// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_addr.c - directions of flows, with the addresses of a network
 * namespace of this test.
 */
#include "host_addr.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "own_netns.h"

#define LONG_MS 10000		/* an event comes at once, or the test fails */

static bool allowed;

static int enter(void **state)
{
	(void)state;
	allowed = own_netns_enter();
	/* on lo the kernel would take the whole networks for local ones */
	allowed = allowed && system("ip link set lo up && (ip link add dev7 type bridge || "
				    "ip link add dev7 type dummy) && ip link set dev7 up && "
				    "ip addr add 10.9.8.7/24 dev dev7 && "
				    "ip addr add 10.1.1.1 peer 10.1.1.2 dev dev7 && "
				    "ip addr add 2001:db8::7/64 dev dev7 nodad") == 0;
	return 0;
}

static struct host_addr *open_with(const char *inside)
{
	struct addr_nets nets;
	struct host_addr *h;

	if (!allowed)
		skip();
	assert_true(addr_nets_parse(inside, &nets));
	h = host_addr_open(&nets);
	assert_non_null(h);
	return h;
}

static struct host_addr *open_here(void)
{
	return open_with("");
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static unsigned way(const struct host_addr *h, const char *src, const char *dst,
		    const char *answers)
{
	struct flow_ends orig = { .src = addr_of(src), .dst = addr_of(dst) };
	struct flow_ends reply = { .src = addr_of(answers), .dst = orig.src };

	return host_addr_direction(h, &orig, &reply);
}

static enum flow_direction direction(const struct host_addr *h, const char *src,
				     const char *dst, const char *answers)
{
	return way(h, src, dst, answers) & FLOW_LOCAL;
}

static void test_directions(void **state)
{
	static const struct {
		const char *src, *dst, *answers;
		enum flow_direction want;
	} cases[] = {
		{ "10.9.8.7", "192.0.2.1", "192.0.2.1", FLOW_OUT },
		{ "192.0.2.1", "10.9.8.7", "10.9.8.7", FLOW_IN },
		{ "192.0.2.1", "198.51.100.1", "198.51.100.1", FLOW_FORWARDED },
		{ "10.9.8.7", "2001:db8::7", "2001:db8::7", FLOW_LOCAL },
		{ "127.0.0.1", "127.0.0.9", "127.0.0.9", FLOW_LOCAL },
		{ "::1", "::1", "::1", FLOW_LOCAL },
		/* the peer's end is not ours */
		{ "10.1.1.1", "10.1.1.2", "10.1.1.2", FLOW_OUT },
		/* redirected to this host, or through it to another */
		{ "192.0.2.1", "198.51.100.1", "10.9.8.7", FLOW_IN },
		{ "192.0.2.1", "10.9.8.7", "198.51.100.1", FLOW_FORWARDED },
		{ "10.9.8.7", "198.51.100.1", "127.0.0.1", FLOW_LOCAL },
		/* to many: received here, or sent from here */
		{ "10.9.8.3", "10.9.8.255", "10.9.8.255", FLOW_IN },
		{ "10.9.8.3", "255.255.255.255", "255.255.255.255", FLOW_IN },
		{ "10.9.8.3", "224.0.0.251", "224.0.0.251", FLOW_IN },
		{ "fe80::1", "ff02::fb", "ff02::fb", FLOW_IN },
		{ "10.9.8.7", "224.0.0.251", "224.0.0.251", FLOW_OUT },
		{ "192.0.2.1", "10.9.9.255", "10.9.9.255", FLOW_FORWARDED },
		{ "::", "2001:db8::1", "2001:db8::1", FLOW_FORWARDED },
	};
	struct host_addr *h = open_here();

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(direction(h, cases[i].src, cases[i].dst, cases[i].answers),
				 cases[i].want);
	host_addr_close(h);
}

/* Runs a command that changes addresses and waits until it is told of. */
static bool change(struct host_addr *h, const char *command)
{
	struct pollfd p = { .fd = host_addr_fd(h), .events = POLLIN };

	assert_int_equal(system(command), 0);
	assert_int_equal(poll(&p, 1, LONG_MS), 1);
	return host_addr_read(h);
}

static void test_changes(void **state)
{
	struct host_addr *h = open_here();
	struct addr a = addr_of("10.5.5.5");

	(void)state;
	assert_false(host_addr_has(h, &a));
	assert_true(change(h, "ip addr add 10.5.5.5/32 dev lo"));
	assert_true(host_addr_has(h, &a));
	assert_false(host_addr_read(h));
	/* on a second interface it stays when it leaves the first */
	assert_int_equal(system("ip link add br0 type bridge || ip link add br0 type dummy"), 0);
	change(h, "ip addr add 10.5.5.5/32 dev br0");
	change(h, "ip addr del 10.5.5.5/32 dev lo");
	assert_true(host_addr_has(h, &a));
	assert_true(change(h, "ip addr del 10.5.5.5/32 dev br0"));
	assert_false(host_addr_has(h, &a));
	host_addr_close(h);
}

/* Networks that a route makes local (ip route add local), without an address. */
static void test_local_routes(void **state)
{
	struct addr in = addr_of("10.99.0.130"), out = addr_of("10.99.1.1"),
		    in6 = addr_of("2001:db8:99::5"), single = addr_of("10.98.0.1"),
		    proxied = addr_of("192.0.2.77");
	struct host_addr *h = open_here();

	(void)state;
	assert_false(host_addr_has(h, &in));
	/* neither another table nor a default route makes an address ours */
	assert_int_equal(system("ip route add local 192.0.2.0/24 dev lo table 77; "
				"ip route add local 0.0.0.0/0 dev lo table 77; "
				"ip route add 192.0.2.64/26 dev lo"), 0);
	assert_true(change(h, "ip route add local 10.99.0.0/24 dev lo"));
	assert_true(host_addr_has(h, &in));
	assert_false(host_addr_has(h, &out));
	assert_false(host_addr_has(h, &proxied));
	assert_true(change(h, "ip route add local 10.98.0.1/32 dev lo"));
	assert_true(host_addr_has(h, &single));
	assert_true(change(h, "ip -6 route add local 2001:db8:99::/61 dev lo"));
	assert_true(host_addr_has(h, &in6));
	assert_true(change(h, "ip route del local 10.99.0.0/24 dev lo table local"));
	assert_false(host_addr_has(h, &in));
	assert_true(host_addr_has(h, &in6));
	host_addr_close(h);
}

/* dev7 is the inside, dev8 leads into the internet. */
static void test_ways(void **state)
{
	static const struct {
		const char *src, *dst, *answers;
		unsigned want;
	} cases[] = {
		/* out of the inside, into it by a port forward, and from one inside to another */
		{ "10.9.8.3", "8.8.8.8", "8.8.8.8", 0 },
		{ "8.8.8.8", "192.168.7.1", "10.9.8.3", FLOW_INWARD | FLOW_VIA_HOST },
		{ "10.9.8.3", "192.168.7.1", "10.9.8.4", FLOW_VIA_HOST },
		{ "2001:db8::3", "2606:4700::1", "2606:4700::1", 0 },
		{ "2606:4700::1", "2001:db8::3", "2001:db8::3", FLOW_INWARD },
		/* the network before this router, and a private one somewhere */
		{ "192.168.7.9", "10.9.8.3", "10.9.8.3", FLOW_INWARD },
		{ "192.168.7.9", "8.8.8.8", "8.8.8.8", 0 },
		{ "8.8.8.8", "192.168.7.1", "172.20.1.1", FLOW_INWARD | FLOW_VIA_HOST },
		{ "fd00::9", "2001:db8::3", "2001:db8::3", FLOW_INWARD },
		/* own flows */
		{ "10.9.8.3", "10.9.8.7", "10.9.8.7", FLOW_IN | FLOW_CLIENT },
		{ "8.8.8.8", "192.168.7.1", "192.168.7.1", FLOW_IN },
		{ "192.168.7.1", "8.8.8.8", "8.8.8.8", FLOW_OUT },
		{ "192.168.7.1", "127.0.0.1", "10.9.8.3", FLOW_OUT | FLOW_VIA_HOST },
	};
	struct host_addr *h = open_here();

	(void)state;
	assert_true(change(h, "(ip link add dev8 type bridge || ip link add dev8 type dummy) && "
			   "ip link set dev8 up && ip addr add 192.168.7.1/24 dev dev8"));
	assert_int_equal(way(h, "192.168.7.9", "10.9.8.3", "10.9.8.3"), 0);
	assert_true(change(h, "ip route add default via 192.168.7.2"));
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(way(h, cases[i].src, cases[i].dst, cases[i].answers),
				 cases[i].want);
	host_addr_close(h);

	h = open_with("8.8.8.0/24,fd00::/8");
	assert_int_equal(way(h, "10.9.8.3", "8.8.8.8", "8.8.8.8"), FLOW_INWARD);
	assert_int_equal(way(h, "2001:db8::3", "fd00::1", "fd00::1"), FLOW_INWARD);
	assert_int_equal(way(h, "10.9.8.3", "10.9.8.7", "10.9.8.7"), FLOW_IN);
	host_addr_close(h);
	/* without an inside, whoever comes is a client */
	h = open_here();
	assert_true(change(h, "ip link del dev7"));
	assert_int_equal(way(h, "8.8.8.8", "192.168.7.1", "192.168.7.1"), FLOW_IN | FLOW_CLIENT);
	host_addr_close(h);
}

static void test_many(void **state)
{
	struct host_addr *h = open_here();

	(void)state;
	assert_true(change(h, "for i in $(seq 250); do echo addr add 10.77.0.$i/32 dev lo; done |"
			   " ip -batch -"));
	for (int i = 1; i <= 250; i++) {
		uint8_t bytes[4] = { 10, 77, 0, i };
		struct addr a = addr_v4(bytes);

		assert_true(host_addr_has(h, &a));
		bytes[2] = 1;
		a = addr_v4(bytes);
		assert_false(host_addr_has(h, &a));
	}
	host_addr_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directions),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_local_routes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_ways),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
