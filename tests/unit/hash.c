// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hash.c - the hash against vectors of another SipHash-1-3 (CPython's, with
 * PYTHONHASHSEED=0), against keys that were chosen for what flowtop had
 * before; and the table against a plain array.
 */
#include "lib/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KEYS 1024

static void test_vectors(void **state)
{
	static const struct hash_seed zero;
	static const struct { size_t len; uint64_t hash; } vector[] = {
		{ 1, 0x68a914128e01e473 }, { 7, 0x2f098ab0c751325a },
		{ 8, 0xead411e67ebe2eea }, { 15, 0xf30eb725bb91c9ea },
		{ 16, 0x8972188433a5c5b7 }, { 40, 0x95bc321ab41d8206 },
	};
	uint8_t bytes[40];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	for (unsigned i = 0; i < COUNT(vector); i++)
		assert_int_equal(hash_bytes_seeded(&zero, bytes, vector[i].len), vector[i].hash);
}

static void test_seed(void **state)
{
	static const struct hash_seed one = { 1, 2 }, other = { 1, 3 };
	unsigned alike = 0, swapped = 0;

	(void)state;
	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t next = i + 1;
		uint64_t a = hash_bytes_seeded(&one, &i, sizeof(i));
		uint64_t b = hash_bytes_seeded(&other, &i, sizeof(i));

		alike += a == b;
		swapped += (a < hash_bytes_seeded(&one, &next, sizeof(next))) !=
			   (b < hash_bytes_seeded(&other, &next, sizeof(next)));
	}
	assert_int_equal(alike, 0);
	assert_true(swapped >= KEYS / 4 && swapped <= 3 * KEYS / 4);
}

/* The most keys that share their lower ten bits; some 6 of 1024 is chance. */
static unsigned most_in_a_bucket(const uint64_t *hash)
{
	unsigned n[KEYS] = { 0 }, most = 0;

	for (unsigned i = 0; i < KEYS; i++)
		if (++n[hash[i] % KEYS] > most)
			most = n[hash[i] % KEYS];
	return most;
}

static uint64_t addr_hash_before(const struct addr *a)
{
	uint64_t half[2];
	unsigned __int128 product;

	memcpy(half, a->byte, sizeof(half));
	product = (unsigned __int128)(half[0] ^ 0x9e3779b97f4a7c15) *
		  (half[1] ^ 0xc2b2ae3d27d4eb4f);
	half[0] = (uint64_t)product ^ (uint64_t)(product >> 64);
	half[0] *= 0xff51afd7ed558ccd;
	return half[0] ^ half[0] >> 32;
}

/* One interface id, from any number of networks, gave one hash. */
static void test_chosen_addresses(void **state)
{
	uint64_t id = 0xc2b2ae3d27d4eb4f, before[KEYS], now[KEYS];

	(void)state;
	for (unsigned i = 0; i < KEYS; i++) {
		struct addr a = { .byte = { 0x20, 0x01, i >> 8, i } };

		memcpy(a.byte + 8, &id, sizeof(id));
		before[i] = addr_hash_before(&a);
		now[i] = addr_hash(&a);
	}
	assert_int_equal(most_in_a_bucket(before), KEYS);
	assert_true(most_in_a_bucket(now) >= 2 && most_in_a_bucket(now) <= 20);
}

static uint64_t fnv(const void *bytes, size_t len)
{
	const unsigned char *b = bytes;
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * 0x100000001b3;
	return h ^ h >> 29;
}

/* Names that FNV-1a put into one bucket are found in no time. */
static void test_chosen_names(void **state)
{
	uint64_t before[KEYS], now[KEYS];
	unsigned n = 0;

	(void)state;
	for (uint32_t name = 0; n < KEYS; name++) {
		if (fnv(&name, sizeof(name)) % KEYS)
			continue;
		before[n] = fnv(&name, sizeof(name));
		now[n++] = hash_bytes(&name, sizeof(name));
	}
	assert_int_equal(most_in_a_bucket(before), KEYS);
	assert_true(most_in_a_bucket(now) >= 2 && most_in_a_bucket(now) <= 20);
}

/* ---- the table ---- */

/* Few different hashes, so that entries step over each other. */
static uint64_t poor_hash(uint32_t key)
{
	return key % 61 * 7;
}

static bool match_key(const void *ctx, uint32_t number, const void *key)
{
	const uint32_t *keys = ctx;

	return keys[number] == *(const uint32_t *)key;
}

static struct hash_entry *find(const struct hash_table *t, const uint32_t *keys, uint32_t key)
{
	return hash_table_find(t, poor_hash(key), match_key, keys, &key);
}

static void assert_same(const struct hash_table *t, const uint32_t *keys, const bool *in)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < KEYS; i++) {
		const struct hash_entry *e = find(t, keys, keys[i]);

		assert_true(in[i] == (e != NULL));
		if (e)
			assert_int_equal(e->number, i);
		used += in[i];
	}
	assert_int_equal(t->used, used);
}

static void test_table(void **state)
{
	struct hash_table t = { .entry = NULL };
	bool in[KEYS] = { false };
	uint32_t keys[KEYS];

	(void)state;
	for (uint32_t i = 0; i < KEYS; i++)
		keys[i] = i * 2654435761u;
	assert_same(&t, keys, in);
	srandom(1);
	for (unsigned step = 0; step < 20000; step++) {
		uint32_t i = random() % KEYS;

		if (in[i]) {
			hash_table_remove(&t, find(&t, keys, keys[i]));
		} else {
			assert_true(hash_table_reserve(&t, t.used + 1));
			hash_table_add(&t, poor_hash(keys[i]), i);
		}
		in[i] = !in[i];
		if (step % 500 == 0)
			assert_same(&t, keys, in);
		assert_true(t.used <= (t.mask + 1) / 4 * 3);
	}
	hash_table_free(&t);
	assert_null(t.entry);
	assert_int_equal(t.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_chosen_addresses),
		cmocka_unit_test(test_chosen_names),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
