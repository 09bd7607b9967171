// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/hash.c - SipHash-1-3 and the hash table; see hash.h.
 *
 * SipHash: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
 */
#include "lib/hash.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "lib/clock.h"

#define HUGE_PAGE	(2u << 20)
#define PLACES_MIN	64u

/* ---- the function ---- */

static struct hash_seed own_seed;

/* Before main(): no table can be used without it, and no test need think of it. */
__attribute__((constructor)) static void seed_init(void)
{
	if (getrandom(&own_seed, sizeof(own_seed), GRND_NONBLOCK) == sizeof(own_seed))
		return;
	own_seed.k0 = clock_real();	/* very early at boot */
	own_seed.k1 = clock_ns();
}

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

uint64_t hash_bytes_seeded(const struct hash_seed *seed, const void *bytes, size_t len)
{
	struct sip s = {
		seed->k0 ^ 0x736f6d6570736575, seed->k1 ^ 0x646f72616e646f6d,
		seed->k0 ^ 0x6c7967656e657261, seed->k1 ^ 0x7465646279746573,
	};
	const uint8_t *at = bytes, *end = at + len / 8 * 8;
	uint64_t word;

	for (; at < end; at += 8) {
		memcpy(&word, at, 8);
		sip_word(&s, le64toh(word));
	}
	word = 0;
	memcpy(&word, at, len % 8);
	sip_word(&s, le64toh(word) | (uint64_t)len << 56);
	s.v2 ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t hash_bytes(const void *bytes, size_t len)
{
	return hash_bytes_seeded(&own_seed, bytes, len);
}

/* ---- the table ---- */

/* It is looked into at random: huge pages save a TLB miss each time. */
static struct hash_entry *entries_alloc(uint64_t places)
{
	size_t size = places * sizeof(struct hash_entry);
	struct hash_entry *e = aligned_alloc(size < HUGE_PAGE ? 64 : HUGE_PAGE, size);

	if (e && size >= HUGE_PAGE)
		madvise(e, size, MADV_HUGEPAGE);
	if (e)
		memset(e, 0xff, size);		/* HASH_NONE */
	return e;
}

/* The lower half of a hash is all that growing needs. */
void hash_table_add(struct hash_table *t, uint64_t hash, uint32_t number)
{
	uint32_t tag = hash, i = tag & t->mask;

	while (t->entry[i].number != HASH_NONE)
		i = (i + 1) & t->mask;
	t->entry[i] = (struct hash_entry){ tag, number };
	t->used++;
}

bool hash_table_reserve(struct hash_table *t, uint32_t n)
{
	uint64_t places = t->entry ? (uint64_t)t->mask + 1 : 0, more = places;
	struct hash_table grown = { .entry = NULL };

	while (n > more - more / 4 || !more)
		more = more ? more * 2 : PLACES_MIN;
	if (more == places)
		return true;
	grown.entry = more - 1 > UINT32_MAX ? NULL : entries_alloc(more);
	if (!grown.entry)
		return false;
	grown.mask = more - 1;
	for (uint64_t i = 0; i < places; i++)
		if (t->entry[i].number != HASH_NONE)
			hash_table_add(&grown, t->entry[i].tag, t->entry[i].number);
	free(t->entry);
	*t = grown;
	return true;
}

/* What had to step over the entry moves back. */
void hash_table_remove(struct hash_table *t, struct hash_entry *e)
{
	uint32_t hole = e - t->entry, i = hole;

	for (;;) {
		uint32_t home;

		i = (i + 1) & t->mask;
		if (t->entry[i].number == HASH_NONE)
			break;
		home = t->entry[i].tag & t->mask;
		if (((i - home) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->entry[hole] = t->entry[i];
		hole = i;
	}
	t->entry[hole].number = HASH_NONE;
	t->used--;
}

void hash_table_free(struct hash_table *t)
{
	free(t->entry);
	*t = (struct hash_table){ .entry = NULL };
}
