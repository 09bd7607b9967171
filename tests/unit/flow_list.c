/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow table: dumps against events, lives of a key, counters, slots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <string.h>
#include <time.h>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "flow_list.h"
#include "lib/clock.h"

static struct flow_list *fl;

static int setup(void **state)
{
	(void)state;
	fl = flow_list_new(10, 0);
	return !fl;
}

static int teardown(void **state)
{
	(void)state;
	flow_list_free(fl);
	return 0;
}

/* Message @source about the @n'th key, life @id. */
static struct flow_update update(enum flow_source source, uint32_t n, uint32_t id)
{
	uint32_t src = htonl(0x0a000000 + n), dst = htonl(0xc0000201);
	struct flow_update u = {
		.source = source, .id = id, .state = 3,
		.have = HAVE_ID | HAVE_STATE | HAVE_TIMEOUT, .timeout = 100,
	};

	u.key.orig.src = addr_v4(&src);
	u.key.orig.dst = addr_v4(&dst);
	u.key.orig.sport = 1024 + n % 50000;
	u.key.orig.dport = 80;
	u.key.l3 = AF_INET;
	u.key.l4 = IPPROTO_TCP;
	u.reply.src = u.key.orig.dst;
	u.reply.dst = u.key.orig.src;
	u.reply.sport = 80;
	u.reply.dport = u.key.orig.sport;
	return u;
}

static void apply_state(enum flow_source source, uint32_t n, uint32_t id, uint8_t state)
{
	struct flow_update u = update(source, n, id);

	u.state = state;
	flow_list_apply(fl, &u, 1);
}

static void apply(enum flow_source source, uint32_t n, uint32_t id)
{
	apply_state(source, n, id, 3);
}

/* The live flow of a key, found the way readers find it. */
static const struct flow *find(uint32_t n)
{
	struct flow_update u = update(FLOW_NEW, n, 0);

	for (uint32_t slot = 0; slot < flow_list_slots(fl); slot++) {
		const struct flow *f = flow_list_at_rcu(fl, slot, NULL);

		if (f && !(f->flags & FLOW_ENDED) && !memcmp(&f->key, &u.key, sizeof(u.key)))
			return f;
	}
	return NULL;
}

static uint64_t live(void)
{
	return flow_list_stats(fl)->live;
}

static void wait_ms(uint32_t ms)
{
	uint32_t from = clock_ms();

	while (clock_ms() - from < ms)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static void test_events(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 7);
	assert_int_equal(live(), 1);
	apply_state(FLOW_UPDATE, 1, 7, 4);
	assert_int_equal(find(1)->state, 4);
	apply(FLOW_DESTROY, 1, 8);		/* another life's */
	assert_int_equal(live(), 1);
	apply(FLOW_DESTROY, 1, 7);
	assert_int_equal(live(), 0);
	assert_null(find(1));
}

static void test_new_life_replaces(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 7);
	apply(FLOW_NEW, 1, 9);
	assert_int_equal(live(), 1);
	assert_int_equal(find(1)->id, 9);
}

static void test_sweep(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 1);
	apply(FLOW_NEW, 2, 2);
	flow_list_dump_begin(fl);
	apply(FLOW_DUMPED, 1, 1);
	apply(FLOW_NEW, 3, 3);			/* began while the dump ran */
	flow_list_dump_end(fl, true);
	assert_non_null(find(1));
	assert_null(find(2));
	assert_non_null(find(3));
}

static void test_torn_dump_concludes_nothing(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 1);
	flow_list_dump_begin(fl);
	flow_list_dump_end(fl, false);
	assert_non_null(find(1));
	assert_false(flow_list_stats(fl)->dumped);
}

/* The kernel filled the dump's datagram before the flow ended. */
static void test_dump_does_not_raise_the_dead(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 1);
	flow_list_dump_begin(fl);
	apply(FLOW_DESTROY, 1, 1);
	apply(FLOW_DUMPED, 1, 1);
	apply(FLOW_DESTROY, 5, 5);		/* began before our time */
	apply(FLOW_DUMPED, 5, 5);
	flow_list_dump_end(fl, true);
	assert_int_equal(live(), 0);
}

/* Same key, and the kernel reused the memory: the same id for a new life. */
static void test_same_id_lives_again(void **state)
{
	(void)state;
	flow_list_dump_begin(fl);
	apply(FLOW_NEW, 1, 1);
	apply(FLOW_DESTROY, 1, 1);
	apply(FLOW_NEW, 1, 1);
	apply(FLOW_DUMPED, 1, 1);
	flow_list_dump_end(fl, true);
	assert_non_null(find(1));
}

static void test_event_overrules_dump(void **state)
{
	(void)state;
	apply_state(FLOW_NEW, 1, 1, 1);
	flow_list_dump_begin(fl);
	apply_state(FLOW_UPDATE, 1, 1, 3);
	apply_state(FLOW_DUMPED, 1, 1, 1);	/* older than the event */
	flow_list_dump_end(fl, true);
	assert_int_equal(find(1)->state, 3);
	flow_list_dump_begin(fl);
	apply_state(FLOW_DUMPED, 1, 1, 4);	/* no event since: the dump is right */
	flow_list_dump_end(fl, true);
	assert_int_equal(find(1)->state, 4);
}

/* An UPDATE overtakes the dump entry of a flow that we do not have yet. */
static void test_update_before_its_dump_entry(void **state)
{
	(void)state;
	flow_list_dump_begin(fl);
	apply_state(FLOW_UPDATE, 1, 1, 3);
	apply_state(FLOW_DUMPED, 1, 1, 1);
	flow_list_dump_end(fl, true);
	assert_int_equal(find(1)->state, 3);
}

static void test_update_after_destroy_is_no_flow(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 1);
	apply(FLOW_DESTROY, 1, 1);
	apply(FLOW_UPDATE, 1, 1);
	assert_null(find(1));
	flow_list_dump_begin(fl);
	apply(FLOW_DESTROY, 2, 2);
	apply(FLOW_UPDATE, 2, 2);
	flow_list_dump_end(fl, true);
	assert_null(find(2));
}

static void test_dump_with_other_life(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 1);
	flow_list_dump_begin(fl);
	apply(FLOW_DUMPED, 1, 2);		/* DESTROY and NEW were lost */
	flow_list_dump_end(fl, true);
	assert_int_equal(find(1)->id, 2);
	assert_int_equal(live(), 1);
}

/* Two flows with the same CTA_ID, as a hundred pairs in a million have. */
static void test_id_collision(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 42);
	apply(FLOW_NEW, 2, 42);
	flow_list_dump_begin(fl);
	apply(FLOW_DESTROY, 1, 42);
	apply(FLOW_DUMPED, 2, 42);
	flow_list_dump_end(fl, true);
	assert_null(find(1));
	assert_non_null(find(2));
}

static void test_tombstones_many(void **state)
{
	const uint32_t n = 20000;

	(void)state;
	flow_list_dump_begin(fl);
	for (uint32_t i = 0; i < n; i++)
		apply(FLOW_DESTROY, i, i);
	for (uint32_t i = 0; i < n; i++)
		apply(FLOW_DUMPED, i, i % 2 ? i : i + 1000000);
	flow_list_dump_end(fl, true);
	assert_int_equal(live(), n / 2);
}

static void test_grows_and_shrinks(void **state)
{
	const uint32_t n = 100000;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		apply(FLOW_NEW, i, i);
	assert_int_equal(live(), n);
	for (uint32_t i = 0; i < n; i += 2)
		apply(FLOW_DESTROY, i, i);
	flow_list_dump_begin(fl);
	for (uint32_t i = 1; i < n; i += 2)
		apply(FLOW_DUMPED, i, i);
	flow_list_dump_end(fl, true);
	assert_int_equal(live(), n / 2);
	flow_list_dump_begin(fl);
	flow_list_dump_end(fl, true);
	assert_int_equal(live(), 0);
}

static void test_slots_are_used_again(void **state)
{
	uint32_t slots = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < 1000; i++)
			apply(FLOW_NEW, i, i);
		for (uint32_t i = 0; i < 1000; i++)
			apply(FLOW_DESTROY, i, i);
		wait_ms(2);
		flow_list_tick(fl);
		rcu_barrier();
		if (!round)
			slots = flow_list_slots(fl);
	}
	assert_int_equal(flow_list_slots(fl), slots);
}

/* A dump tells no state of it; only what is established is offloaded. */
static void test_offloaded(void **state)
{
	struct flow_update u = update(FLOW_DUMPED, 1, 1);

	(void)state;
	u.have = HAVE_ID | HAVE_STATUS;
	u.status = IPS_SEEN_REPLY | IPS_HW_OFFLOAD;
	flow_list_apply(fl, &u, 1);
	assert_int_equal(find(1)->state, TCP_CONNTRACK_ESTABLISHED);
	assert_int_equal(find(1)->expires, 0);
	u.status = IPS_SEEN_REPLY | IPS_OFFLOAD;
	apply_state(FLOW_NEW, 2, 2, TCP_CONNTRACK_FIN_WAIT);
	u.key = find(2)->key;
	u.id = 2;
	flow_list_apply(fl, &u, 1);
	assert_int_equal(find(2)->state, TCP_CONNTRACK_FIN_WAIT);
	u.key.l4 = IPPROTO_UDP;
	flow_list_apply(fl, &u, 1);
	assert_int_equal(live(), 3);
}

static void test_handles(void **state)
{
	struct flow_handle h[4];

	(void)state;
	apply(FLOW_NEW, 1, 1);
	assert_int_equal(flow_list_take_new(fl, h, 4), 1);
	assert_ptr_equal(flow_list_get_rcu(fl, h[0]), find(1));
	assert_int_equal(flow_handle_unpack(flow_handle_pack(h[0])).gen, h[0].gen);
	apply(FLOW_DESTROY, 1, 1);
	assert_non_null(flow_list_get_rcu(fl, h[0]));	/* lingers */
	wait_ms(2);
	flow_list_tick(fl);
	assert_null(flow_list_get_rcu(fl, h[0]));
}

static void with_counters(struct flow_update *u, uint64_t bytes)
{
	u->have |= HAVE_ORIG | HAVE_REPL;
	u->orig_bytes = bytes;
	u->orig_packets = bytes / 100;
	u->reply_bytes = bytes * 2;
	u->reply_packets = bytes / 50;
}

static void count_flow(enum flow_source source, uint64_t bytes)
{
	struct flow_update u = update(source, 1, 1);

	with_counters(&u, bytes);
	flow_list_apply(fl, &u, 1);
}

static void test_counters(void **state)
{
	(void)state;
	apply(FLOW_NEW, 1, 1);
	assert_false(find(1)->flags & FLOW_COUNTED);
	wait_ms(150);
	count_flow(FLOW_GOT, 1000);
	assert_true(find(1)->flags & FLOW_COUNTED);
	assert_true(find(1)->orig_rate > 0 && find(1)->orig_rate < 1000 / 0.15 + 1);
	apply_state(FLOW_UPDATE, 1, 1, 5);		/* brings no counters */
	assert_int_equal(find(1)->orig_bytes, 1000);
	assert_true(find(1)->orig_rate > 0);
	wait_ms(150);
	count_flow(FLOW_DUMPED, 900);			/* made before the GET */
	assert_int_equal(find(1)->orig_bytes, 1000);
	count_flow(FLOW_GOT, 3000);
	assert_int_equal(find(1)->reply_bytes, 6000);
}

/* An event tells when it began, a dump only with the kernel's timestamp. */
static void test_older(void **state)
{
	struct flow_update u = update(FLOW_DUMPED, 3, 3);

	(void)state;
	apply(FLOW_NEW, 1, 1);
	assert_false(flow_is_older(find(1)));
	apply(FLOW_DUMPED, 2, 2);
	assert_true(flow_is_older(find(2)));
	assert_true(flow_is_uncounted(find(2)));
	u.have |= HAVE_START;
	u.start = 1000;
	with_counters(&u, 1000);
	flow_list_apply(fl, &u, 1);
	assert_false(flow_is_older(find(3)));
	assert_false(flow_is_uncounted(find(3)));
}

static void test_first_rate_is_over_an_interval(void **state)
{
	(void)state;
	flow_list_set_interval(fl, 1000000);
	apply(FLOW_NEW, 1, 1);
	count_flow(FLOW_DUMPED, 1000);
	assert_float_equal(find(1)->orig_rate, 1, 0);
	assert_float_equal(find(1)->reply_rate, 2, 0);
	apply(FLOW_DUMPED, 2, 2);			/* nobody saw it begin */
	assert_true(isnan(find(2)->orig_rate));
}

static void test_final_counters(void **state)
{
	struct flow_handle h;
	struct flow_update u;

	(void)state;
	apply(FLOW_NEW, 1, 1);
	flow_list_take_new(fl, &h, 1);
	u = update(FLOW_DESTROY, 1, 1);
	with_counters(&u, 500);
	u.have |= HAVE_START | HAVE_STOP;
	u.start = 1000000000;
	u.stop = 3000000000;
	flow_list_apply(fl, &u, 1);
	assert_int_equal(flow_list_get_rcu(fl, h)->orig_bytes, 500);
	assert_int_equal(flow_list_get_rcu(fl, h)->end, 3000000000);
	assert_int_equal(flow_list_get_rcu(fl, h)->start, 1000000000);
	assert_true(isnan(flow_list_get_rcu(fl, h)->orig_rate));
}

static void test_expiry(void **state)
{
	struct flow_update u = update(FLOW_NEW, 1, 1);
	uint32_t now = clock_ms();

	(void)state;
	u.timeout = 10;
	flow_list_apply(fl, &u, 1);
	assert_true(flow_is_live(find(1), now + 9000));
	assert_false(flow_is_live(find(1), now + 12000));
	flow_list_missed(fl, &u.key, 2);	/* another life's */
	assert_true(flow_is_live(find(1), now));
	flow_list_missed(fl, &u.key, 1);
	assert_false(flow_is_live(find(1), clock_ms()));
}

/* Where somebody books what has ended, it stays until that was done. */
static void test_ended_until_walked(void **state)
{
	(void)state;
	flow_list_walked(fl, clock_ms());
	apply(FLOW_NEW, 1, 1);
	apply(FLOW_DESTROY, 1, 1);
	flow_list_tick(fl);
	assert_non_null(flow_list_at_rcu(fl, 0, NULL));
	flow_list_walked(fl, clock_ms());		/* might have begun before the end */
	flow_list_tick(fl);
	assert_non_null(flow_list_at_rcu(fl, 0, NULL));
	flow_list_walked(fl, clock_ms() + 60000);
	flow_list_tick(fl);
	assert_null(flow_list_at_rcu(fl, 0, NULL));
}

/* A change holds for those that have ended, too. */
static void test_linger_changes(void **state)
{
	(void)state;
	flow_list_set_linger(fl, 3600000);
	flow_list_tick(fl);
	for (uint32_t n = 1; n <= 3; n++) {
		apply(FLOW_NEW, n, n);
		apply(FLOW_DESTROY, n, n);
	}
	flow_list_tick(fl);
	for (uint32_t slot = 0; slot < 3; slot++)
		assert_true(flow_is_lingering(flow_list_at_rcu(fl, slot, NULL), clock_ms() + 3500000));
	flow_list_set_linger(fl, 60000);
	flow_list_tick(fl);
	assert_true(flow_is_lingering(flow_list_at_rcu(fl, 2, NULL), clock_ms()));
	assert_false(flow_is_lingering(flow_list_at_rcu(fl, 2, NULL), clock_ms() + 61000));
	flow_list_set_linger(fl, 0);
	flow_list_tick(fl);
	for (uint32_t slot = 0; slot < 3; slot++)
		assert_null(flow_list_at_rcu(fl, slot, NULL));
}

/* A reader walks while the writer churns: what it finds stays whole. */
static int reader_stop;

static void *reader(void *arg)
{
	bool *torn = arg;

	rcu_register_thread();
	while (!__atomic_load_n(&reader_stop, __ATOMIC_ACQUIRE)) {
		rcu_read_lock();
		for (uint32_t slot = 0; slot < flow_list_slots(fl); slot++) {
			const struct flow *f = flow_list_at_rcu(fl, slot, NULL);

			if (f && (f->key.orig.dport != 80 || f->reply.sport != 80 ||
				  f->key.orig.sport != f->reply.dport))
				*torn = true;
		}
		rcu_read_unlock();
	}
	rcu_unregister_thread();
	return NULL;
}

static void test_reader_beside_writer(void **state)
{
	bool torn = false;
	pthread_t thread;

	(void)state;
	reader_stop = 0;
	assert_int_equal(pthread_create(&thread, NULL, reader, &torn), 0);
	for (uint32_t round = 0; round < 200; round++) {
		for (uint32_t i = 0; i < 500; i++)
			apply(FLOW_NEW, i + round, i);
		for (uint32_t i = 0; i < 500; i++)
			apply(FLOW_DESTROY, i + round, i);
		flow_list_tick(fl);
	}
	__atomic_store_n(&reader_stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_false(torn);
}

static void test_queue_bounded(void **state)
{
	struct flow_handle h[64];
	unsigned taken = 0, n;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		apply(FLOW_NEW, i, i);
	assert_int_equal(flow_list_stats(fl)->unqueued, 10000 - 8192);
	while ((n = flow_list_take_new(fl, h, 64)))
		taken += n;
	assert_int_equal(taken, 8192);
}

/* Its process is looked up when its event comes, as that of any new flow. */
static void test_new_after_a_dump_told_it(void **state)
{
	struct flow_handle h[2];

	(void)state;
	flow_list_dump_begin(fl);
	apply(FLOW_DUMPED, 1, 1);
	flow_list_dump_end(fl, true);
	assert_int_equal(flow_list_take_new(fl, h, 2), 0);
	apply(FLOW_NEW, 1, 1);
	apply(FLOW_UPDATE, 1, 1);
	apply(FLOW_NEW, 1, 1);
	assert_int_equal(flow_list_take_new(fl, h, 2), 1);
	assert_ptr_equal(flow_list_get_rcu(fl, h[0]), find(1));
}

static void test_owner_reaches_only_its_flow(void **state)
{
	struct owner o = { .pid = 1, .name = "x" };
	struct flow_handle h;

	(void)state;
	apply(FLOW_NEW, 1, 1);
	flow_list_take_new(fl, &h, 1);
	flow_list_set_owner(fl, h, owner_new(&o), MATCH_EXACT);
	assert_string_equal(find(1)->owner->name, "x");
	apply(FLOW_DESTROY, 1, 1);
	wait_ms(2);
	flow_list_tick(fl);
	flow_list_set_owner(fl, h, owner_new(&o), MATCH_EXACT);	/* gone: only freed */
	apply(FLOW_NEW, 1, 2);
	assert_null(find(1)->owner);
}

static const struct flow_extra *extra_of(uint32_t n)
{
	const struct flow *f = find(n);

	assert_non_null(f);
	return f->extra;
}

/* Labels that were cleared are not sent: a dump without them says so. */
static void test_labels_cleared(void **state)
{
	struct flow_update u = update(FLOW_NEW, 1, 1), bare;

	(void)state;
	bare = u;
	u.have |= HAVE_LABELS | HAVE_HELPER;
	u.labels[0] = 6;
	strcpy(u.helper, "ftp");
	flow_list_apply(fl, &u, 1);
	assert_int_equal(extra_of(1)->labels[0], 6);
	bare.source = FLOW_UPDATE;	/* an event for another reason */
	flow_list_apply(fl, &bare, 1);
	assert_int_equal(extra_of(1)->labels[0], 6);
	u.source = FLOW_UPDATE;		/* cleared, and told */
	u.labels[0] = 0;
	flow_list_apply(fl, &u, 1);
	assert_int_equal(extra_of(1)->labels[0], 0);
	assert_string_equal(extra_of(1)->helper, "ftp");

	u.labels[0] = 1;
	flow_list_apply(fl, &u, 1);
	flow_list_dump_begin(fl);
	bare.source = FLOW_DUMPED;
	bare.have |= HAVE_ZONE_DIR;
	bare.zone_dir = ZONE_REPLY;
	bare.reply_zone = 5;
	flow_list_apply(fl, &bare, 1);
	flow_list_dump_end(fl, true);
	assert_int_equal(extra_of(1)->labels[0], 0);
	assert_string_equal(extra_of(1)->helper, "");
	assert_int_equal(extra_of(1)->reply_zone, 5);

	u = update(FLOW_NEW, 2, 2);
	u.have |= HAVE_LABELS;
	u.labels[15] = 0x80;
	flow_list_apply(fl, &u, 1);
	flow_list_dump_begin(fl);
	apply(FLOW_DUMPED, 2, 2);
	flow_list_dump_end(fl, true);
	assert_null(extra_of(2));	/* nothing is left */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_events), TEST(test_new_life_replaces), TEST(test_sweep),
		TEST(test_torn_dump_concludes_nothing), TEST(test_dump_does_not_raise_the_dead),
		TEST(test_same_id_lives_again), TEST(test_event_overrules_dump),
		TEST(test_update_before_its_dump_entry),
		TEST(test_update_after_destroy_is_no_flow), TEST(test_dump_with_other_life),
		TEST(test_id_collision), TEST(test_tombstones_many), TEST(test_grows_and_shrinks),
		TEST(test_slots_are_used_again), TEST(test_offloaded), TEST(test_handles),
		TEST(test_counters), TEST(test_older), TEST(test_first_rate_is_over_an_interval),
		TEST(test_labels_cleared), TEST(test_final_counters), TEST(test_expiry),
		TEST(test_ended_until_walked), TEST(test_linger_changes), TEST(test_reader_beside_writer),
		TEST(test_queue_bounded), TEST(test_new_after_a_dump_told_it),
		TEST(test_owner_reaches_only_its_flow),
	};
	int failed;

	rcu_register_thread();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_barrier();
	rcu_unregister_thread();
	return failed;
}
