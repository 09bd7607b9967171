// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ct.c - the source of flows, in a network namespace of this test: when it
 * dumps, also where the kernel refuses to begin a dump.
 */
#include "ct.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <urcu.h>

#include "facts.h"
#include "flow_list.h"
#include "lib/clock.h"
#include "own_netns.h"

#define REFUSED		6	/* dumps in a row */
#define PATIENCE_MS	30000

static struct flow_list *table;
static struct ct *ct;
static unsigned refusals;	/* dumps that are still to be refused */

static bool is_dump(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET) &&
	       (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

/* The C library's, but for dumps while they are refused. */
ssize_t send(int fd, const void *data, size_t len, int flags)
{
	if (len >= sizeof(struct nlmsghdr) && is_dump(data) &&
	    __atomic_load_n(&refusals, __ATOMIC_ACQUIRE)) {
		__atomic_fetch_sub(&refusals, 1, __ATOMIC_RELEASE);
		errno = ENOBUFS;
		return -1;
	}
	return sendto(fd, data, len, flags, NULL, 0);
}

static int start(void **state)
{
	struct ct_options o = { .interval = 1, .budget = 8, .rcvbuf_max = 1,
				.families = FAMILY_BOTH };

	(void)state;
	if (!own_netns_enter())
		return 0;
	rcu_register_thread();
	if (facts_init())
		return -1;
	o.table = table = flow_list_new(10, 3000);
	ct = ct_open(&o);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (!table)
		return 0;
	if (ct)
		ct_close(ct);
	flow_list_free(table);
	facts_free();
	rcu_unregister_thread();
	return 0;
}

/* Each refusal doubles the pause: sent again at once they would take no time. */
static void test_refused_dumps(void **state)
{
	uint32_t began = clock_ms(), pauses = 0;

	(void)state;
	if (!ct)
		skip();
	for (unsigned i = 1; i < REFUSED; i++)
		pauses += 5u << i;
	refusals = REFUSED;
	assert_int_equal(ct_start(ct), 0);
	assert_true(ct_wait_dumped(ct, PATIENCE_MS));
	assert_int_equal(refusals, 0);
	assert_true(clock_ms() - began >= pauses);
	ct_stop(ct);
}

/* An hour is what the source was told at first; then the next dump comes soon. */
static void test_interval(void **state)
{
	struct flow_list *fl = flow_list_new(10, 3000);
	struct ct_options o = { .interval = 3600, .budget = 8, .rcvbuf_max = 1,
				.families = FAMILY_BOTH, .table = fl };
	struct ct *slow = ct_open(&o);
	uint32_t began;

	(void)state;
	if (!slow) {
		flow_list_free(fl);
		skip();
	}
	assert_int_equal(ct_start(slow), 0);
	assert_true(ct_wait_dumped(slow, PATIENCE_MS));
	ct_set_interval(slow, 0.1);
	began = clock_ms();
	while (flow_read(flow_list_stats(fl)->dumps) < 3) {
		assert_true(clock_ms() - began < PATIENCE_MS);
		usleep(1000);
	}
	ct_close(slow);
	flow_list_free(fl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_dumps),
		cmocka_unit_test(test_interval),
	};

	return cmocka_run_group_tests(tests, start, end);
}
