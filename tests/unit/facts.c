// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners, places, names and sockets, also while others change them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "facts.h"

static struct addr numbered(uint32_t n)
{
	return addr_v4(&n);
}

static int setup(void **state)
{
	(void)state;
	rcu_register_thread();
	return facts_init();
}

static int teardown(void **state)
{
	(void)state;
	facts_free();
	rcu_unregister_thread();
	return 0;
}

static void test_owner(void **state)
{
	static const struct owner from = {
		.pid = 7, .uid = 1000, .start_time = 99, .name = "curl",
		.user = "someone", .unit = "curl.service", .netns = "blue",
	};
	struct owner *o = owner_new(&from), *again;

	(void)state;
	assert_non_null(o);
	assert_int_equal(o->pid, 7);
	assert_int_equal(o->uid, 1000);
	assert_int_equal(o->start_time, 99);
	assert_string_equal(o->name, "curl");
	assert_string_equal(o->user, "someone");
	assert_string_equal(o->unit, "curl.service");
	assert_string_equal(o->netns, "blue");

	assert_ptr_equal(owner_ref(o), o);
	owner_unref(o);

	/* a reader that found it just before its last reference went */
	rcu_read_lock();
	owner_unref(o);
	again = owner_ref(o);
	rcu_read_unlock();
	assert_non_null(again);
	assert_ptr_not_equal(again, o);
	rcu_barrier();
	assert_string_equal(again->name, "curl");
	owner_unref(again);
	owner_unref(NULL);
}

static void *owner_juggle(void *arg)
{
	rcu_register_thread();
	for (unsigned i = 0; i < 100000; i++)
		owner_unref(owner_ref(arg));
	rcu_unregister_thread();
	return NULL;
}

static void test_owner_threads(void **state)
{
	static const struct owner from = { .pid = 1 };
	struct owner *o = owner_new(&from);
	pthread_t thread[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, owner_juggle, o), 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(__atomic_load_n(&o->refs, __ATOMIC_RELAXED), 1);
	owner_unref(o);
}

static struct place place_numbered(unsigned i)
{
	struct place p;

	memset(&p, 0xaa, sizeof(p));	/* what is behind the strings does not count */
	snprintf(p.country, sizeof(p.country), "%c%c", 'A' + i % 26, 'A' + i / 26 % 26);
	snprintf(p.country_name, sizeof(p.country_name), "Country %u", i);
	snprintf(p.city, sizeof(p.city), "City %u", i);
	p.org[0] = '\0';
	p.asn = i;
	return p;
}

static void test_places(void **state)
{
	static const struct place empty;
	uint32_t number[3000], none;

	(void)state;
	assert_int_equal(place_get(PLACE_UNKNOWN)->asn, 0);
	assert_string_equal(place_get(PLACE_UNKNOWN)->country, "");
	assert_string_equal(place_get(UINT32_MAX)->country, "");

	for (unsigned i = 0; i < 3000; i++) {
		struct place p = place_numbered(i);

		number[i] = place_intern(&p);
		assert_int_not_equal(number[i], PLACE_UNKNOWN);
	}
	for (unsigned i = 0; i < 3000; i++) {
		struct place p = place_numbered(i);
		char city[64];

		assert_int_equal(place_intern(&p), number[i]);
		assert_int_equal(place_get(number[i])->asn, i);
		snprintf(city, sizeof(city), "City %u", i);
		assert_string_equal(place_get(number[i])->city, city);
	}
	/* asked and nothing known is not the same as not asked */
	none = place_intern(&empty);
	assert_int_not_equal(none, PLACE_UNKNOWN);
	assert_int_equal(place_intern(&empty), none);
}

static void test_names(void **state)
{
	struct addr a = numbered(1), b = numbered(2);
	const char *held;

	(void)state;
	rcu_read_lock();
	assert_null(name_get_rcu(&a));
	rcu_read_unlock();

	name_publish(&a, "one.example");
	name_publish(&b, "");
	rcu_read_lock();
	held = name_get_rcu(&a);
	assert_string_equal(held, "one.example");
	assert_string_equal(name_get_rcu(&b), "");
	name_publish(&a, "uno.example");
	assert_string_equal(name_get_rcu(&a), "uno.example");
	assert_string_equal(held, "one.example");	/* valid until the unlock */
	rcu_read_unlock();

	name_forget(&a);
	name_forget(&a);
	rcu_read_lock();
	assert_null(name_get_rcu(&a));
	assert_non_null(name_get_rcu(&b));
	rcu_read_unlock();
	name_publish(&a, "one.example");
	rcu_read_lock();
	assert_string_equal(name_get_rcu(&a), "one.example");
	rcu_read_unlock();
}

#define NAMES 20000

struct reading {
	uint32_t stop;
	unsigned long found, wrong;
};

/* A name is that of its address, whole, or not there. */
static void *names_read(void *arg)
{
	struct reading *r = arg;
	unsigned short seed[3] = { 4, 5, 6 };

	rcu_register_thread();
	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE) || !r->found) {
		uint32_t n = nrand48(seed) % NAMES;
		struct addr a = numbered(n);
		char want[24];
		const char *s;

		snprintf(want, sizeof(want), "host-%u.", n);
		rcu_read_lock();
		s = name_get_rcu(&a);
		if (s && strncmp(s, want, strlen(want)))
			r->wrong++;
		r->found += s != NULL;
		rcu_read_unlock();
	}
	rcu_unregister_thread();
	return NULL;
}

static void test_names_threads(void **state)
{
	struct reading reading[2] = { 0 };
	pthread_t thread[2];
	char text[32];

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, names_read, &reading[i]), 0);
	for (unsigned round = 0; round < 4; round++) {
		for (uint32_t n = 0; n < NAMES; n++) {
			struct addr a = numbered(n);

			snprintf(text, sizeof(text), "host-%u.%u", n, round);
			name_publish(&a, text);
			if (n % 3 == round)
				name_forget(&a);
		}
	}
	for (unsigned i = 0; i < 2; i++) {
		__atomic_store_n(&reading[i].stop, 1, __ATOMIC_RELEASE);
		pthread_join(thread[i], NULL);
		assert_int_equal(reading[i].wrong, 0);
	}
	rcu_read_lock();
	for (uint32_t n = 0; n < NAMES; n++) {
		struct addr a = numbered(n);

		snprintf(text, sizeof(text), "host-%u.3", n);
		assert_string_equal(name_get_rcu(&a), text);
	}
	rcu_read_unlock();
}

static void test_sockets(void **state)
{
	static const struct sock_info info[] = {
		{ .flow = 3, .rtt_us = 30 }, { .flow = 5, .rtt_us = 50 },
		{ .flow = UINT64_MAX, .rtt_us = 70 },
	};
	const struct sock_info *held;

	(void)state;
	rcu_read_lock();
	assert_null(sock_info_get_rcu(3));
	sock_info_publish(info, 3);
	held = sock_info_get_rcu(5);
	assert_non_null(held);
	assert_int_equal(held->rtt_us, 50);
	assert_int_equal(sock_info_get_rcu(UINT64_MAX)->rtt_us, 70);
	assert_null(sock_info_get_rcu(4));
	sock_info_publish(info, 1);
	assert_null(sock_info_get_rcu(5));
	assert_int_equal(held->rtt_us, 50);	/* valid until the unlock */
	sock_info_publish(NULL, 0);
	assert_null(sock_info_get_rcu(3));
	rcu_read_unlock();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sockets, setup, teardown),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
