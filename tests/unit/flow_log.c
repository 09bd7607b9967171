/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table's log: what happens to flows, each once and in order, and why they
 * ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "flow_list.h"
#include "lib/clock.h"

#define SIZE 8

static struct flow_list *fl;

static int setup(void **state)
{
	(void)state;
	fl = flow_list_new(10, 0);
	return !fl || flow_list_log_open(fl, SIZE);
}

static int teardown(void **state)
{
	(void)state;
	flow_list_free(fl);
	return 0;
}

static struct flow_update update(enum flow_source source, uint16_t n, uint8_t state, uint16_t have)
{
	uint32_t src = htonl(0x0a000001), dst = htonl(0xc0000201);
	struct flow_update u = {
		.source = source, .id = n, .state = state, .have = HAVE_ID | HAVE_STATE | have,
		.timeout = 100, .port = 4711,
	};

	u.key.orig = (struct flow_ends){ addr_v4(&src), addr_v4(&dst), n, 80 };
	u.key.l3 = AF_INET;
	u.key.l4 = IPPROTO_TCP;
	u.reply = (struct flow_ends){ addr_v4(&dst), addr_v4(&src), 80, n };
	return u;
}

static void apply(enum flow_source source, uint16_t n, uint8_t state, uint16_t have)
{
	struct flow_update u = update(source, n, state, have);

	flow_list_apply(fl, &u, 1);
}

static void dump_all(const uint16_t *n, unsigned count)
{
	flow_list_dump_begin(fl);
	for (unsigned i = 0; i < count; i++)
		apply(FLOW_DUMPED, n[i], TCP_CONNTRACK_ESTABLISHED, HAVE_TIMEOUT);
	flow_list_dump_end(fl, true);
}

#define dump(...) dump_all((const uint16_t[]){ __VA_ARGS__ }, \
			   sizeof((const uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t))

/* The oldest event is of flow @n; its flow. */
static const struct flow *expect(enum flow_event_kind kind, uint16_t n, uint8_t state, bool told)
{
	const struct flow *f;
	struct flow_event e;

	assert_true(flow_list_log_peek(fl, &e));
	flow_list_log_pop(fl);
	rcu_read_lock();
	f = flow_list_get_rcu(fl, e.flow);
	rcu_read_unlock();
	assert_non_null(f);
	assert_int_equal(e.kind, kind);
	assert_int_equal(f->id, n);
	assert_int_equal(e.state, state);
	assert_int_equal(e.told, told);
	return f;
}

static void expect_end(uint16_t n, uint8_t state, bool told, enum flow_reason reason)
{
	const struct flow *f = expect(FLOW_EVENT_END, n, state, told);

	assert_int_equal(flow_reason(f), reason);
	assert_int_equal(flow_ended_by(f), reason == REASON_DELETED ? 4711 : 0);
}

static void expect_none(void)
{
	struct flow_event e;

	assert_false(flow_list_log_peek(fl, &e));
}

/* ---- tests ---- */

static void test_life(void **state)
{
	(void)state;
	dump(1);
	expect_none();		/* it was there before */
	apply(FLOW_NEW, 2, TCP_CONNTRACK_SYN_SENT, HAVE_TIMEOUT);
	apply(FLOW_UPDATE, 2, TCP_CONNTRACK_SYN_SENT, HAVE_TIMEOUT);
	apply(FLOW_UPDATE, 2, TCP_CONNTRACK_ESTABLISHED, HAVE_TIMEOUT);
	apply(FLOW_DESTROY, 2, TCP_CONNTRACK_TIME_WAIT, 0);
	apply(FLOW_DESTROY, 1, TCP_CONNTRACK_ESTABLISHED, 0);
	expect(FLOW_EVENT_NEW, 2, TCP_CONNTRACK_SYN_SENT, true);
	expect(FLOW_EVENT_UPDATE, 2, TCP_CONNTRACK_ESTABLISHED, true);
	expect_end(2, TCP_CONNTRACK_TIME_WAIT, true, REASON_CLOSED);
	expect_end(1, TCP_CONNTRACK_ESTABLISHED, true, REASON_EXPIRED);
	expect_none();
	assert_int_equal(flow_list_stats(fl)->unlogged, 0);
}

static void test_reasons(void **state)
{
	static const struct {
		uint8_t state;
		uint16_t have;
		enum flow_reason reason;
	} ends[] = {
		{ TCP_CONNTRACK_LAST_ACK, 0, REASON_CLOSED },
		{ TCP_CONNTRACK_TIME_WAIT, HAVE_TIMEOUT, REASON_CLOSED },	/* its ports again */
		{ TCP_CONNTRACK_CLOSE, 0, REASON_RESET },
		{ TCP_CONNTRACK_CLOSE, HAVE_TIMEOUT, REASON_RESET },		/* refused */
		{ TCP_CONNTRACK_SYN_SENT, 0, REASON_EXPIRED },
		{ TCP_CONNTRACK_SYN_SENT, HAVE_TIMEOUT, REASON_EVICTED },
		{ TCP_CONNTRACK_ESTABLISHED, HAVE_TIMEOUT | HAVE_PORT, REASON_DELETED },
		{ TCP_CONNTRACK_TIME_WAIT, HAVE_TIMEOUT | HAVE_PORT, REASON_DELETED },
	};

	(void)state;
	dump(1);
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		apply(FLOW_NEW, 10 + i, TCP_CONNTRACK_SYN_SENT, HAVE_TIMEOUT);
		apply(FLOW_DESTROY, 10 + i, ends[i].state, ends[i].have);
		expect(FLOW_EVENT_NEW, 10 + i, TCP_CONNTRACK_SYN_SENT, true);
		expect_end(10 + i, ends[i].state, true, ends[i].reason);
	}
	expect_none();
}

/* A dump finds one gone; what the kernel tells of it later is not news. */
static void test_found_gone(void **state)
{
	(void)state;
	dump(1, 2);
	dump(2, 3);
	expect(FLOW_EVENT_NEW, 3, TCP_CONNTRACK_ESTABLISHED, false);
	expect_end(1, TCP_CONNTRACK_ESTABLISHED, false, REASON_UNKNOWN);
	apply(FLOW_DESTROY, 1, TCP_CONNTRACK_ESTABLISHED, 0);
	expect_none();
}

/* What expired is in no dump, but the kernel will tell its end. */
static void test_expired(void **state)
{
	struct flow_update u = update(FLOW_NEW, 2, TCP_CONNTRACK_SYN_SENT, HAVE_TIMEOUT);

	(void)state;
	u.timeout = 0;
	dump(1);
	flow_list_apply(fl, &u, 1);
	expect(FLOW_EVENT_NEW, 2, TCP_CONNTRACK_SYN_SENT, true);
	dump(1);
	expect_none();
	apply(FLOW_DESTROY, 2, TCP_CONNTRACK_SYN_SENT, 0);
	expect_end(2, TCP_CONNTRACK_SYN_SENT, true, REASON_EXPIRED);
	expect_none();
}

/* Its begin was not told, and no dump came in between. */
static void test_unseen(void **state)
{
	(void)state;
	flow_list_dump_begin(fl);
	apply(FLOW_DESTROY, 1, TCP_CONNTRACK_CLOSE, 0);
	apply(FLOW_DUMPED, 1, TCP_CONNTRACK_ESTABLISHED, HAVE_TIMEOUT);
	flow_list_dump_end(fl, true);
	expect_end(1, TCP_CONNTRACK_CLOSE, true, REASON_RESET);
	expect_none();
	assert_int_equal(flow_list_stats(fl)->live, 0);
}

/* Nothing waits for a reader: what has no room is counted. */
static void test_slow_reader(void **state)
{
	(void)state;
	dump(1);
	for (uint16_t n = 10; n < 10 + SIZE + 5; n++)
		apply(FLOW_NEW, n, TCP_CONNTRACK_SYN_SENT, HAVE_TIMEOUT);
	assert_int_equal(flow_list_stats(fl)->unlogged, 5);
	assert_int_equal(flow_list_stats(fl)->live, 1 + SIZE + 5);
	for (uint16_t n = 10; n < 10 + SIZE; n++)
		expect(FLOW_EVENT_NEW, n, TCP_CONNTRACK_SYN_SENT, true);
	expect_none();
	apply(FLOW_DESTROY, 10, TCP_CONNTRACK_SYN_SENT, 0);
	expect_end(10, TCP_CONNTRACK_SYN_SENT, true, REASON_EXPIRED);
}

/* Whoever walks the table: the flow is there for its last line. */
static void test_kept(void **state)
{
	(void)state;
	dump(1);
	apply(FLOW_DESTROY, 1, TCP_CONNTRACK_CLOSE, 0);
	flow_list_walked(fl, clock_ms() + 5000);
	flow_list_tick(fl);
	expect_end(1, TCP_CONNTRACK_CLOSE, true, REASON_RESET);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_life), TEST(test_reasons), TEST(test_found_gone), TEST(test_expired), TEST(test_unseen),
		TEST(test_slow_reader), TEST(test_kept),
	};
	int ret;

	rcu_register_thread();
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return ret;
}
