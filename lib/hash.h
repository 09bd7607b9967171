/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/hash.h - a hash that strangers cannot foresee, and a hash table.
 *
 * Addresses, ports and names come from the network and from other users. With
 * a fixed function they could be chosen so that all fall into one bucket; so
 * the function is SipHash-1-3 (what the kernel takes for its tables) with a
 * random seed of this process.
 */
#ifndef HASH_H
#define HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_seed {
	uint64_t k0, k1;
};

/* The hash of @len bytes with the seed of this process. Any thread. */
uint64_t hash_bytes(const void *bytes, size_t len);

/* The same with another seed. Pure; for the unit test. */
uint64_t hash_bytes_seeded(const struct hash_seed *seed, const void *bytes, size_t len);

/*
 * A table from hashes to numbers, which are places in an array of the caller
 * that also holds the keys. Open addressing with linear probing, at most three
 * quarters full; it grows, and an entry can be removed at once (no mark stays
 * behind). All zero: empty. One thread.
 */
struct hash_entry {
	uint32_t tag;			/* lower half of the hash */
	uint32_t number;		/* HASH_NONE: the place is free */
};

struct hash_table {
	struct hash_entry *entry;	/* NULL: no room was made yet */
	uint32_t mask;			/* places - 1 */
	uint32_t used;
};

#define HASH_NONE UINT32_MAX

/* Makes room for @n entries in all. False: out of memory, nothing changed. */
bool hash_table_reserve(struct hash_table *t, uint32_t n);

/* Adds an entry. There must be room: hash_table_reserve(t, t->used + 1). */
void hash_table_add(struct hash_table *t, uint64_t hash, uint32_t number);

/* Removes an entry that hash_table_find() found. Others may move. */
void hash_table_remove(struct hash_table *t, struct hash_entry *e);

/* Back to all zero. */
void hash_table_free(struct hash_table *t);

/* Is the key of @number, in the caller's array @ctx, this one? */
typedef bool hash_match_fn(const void *ctx, uint32_t number, const void *key);

/*
 * The entry of a key, valid until the table changes; NULL: it has none.
 * Inline, so that @match is too.
 */
static inline struct hash_entry *hash_table_find(const struct hash_table *t, uint64_t hash,
						 hash_match_fn *match, const void *ctx,
						 const void *key)
{
	uint32_t tag = hash;

	if (!t->entry)
		return NULL;
	for (uint32_t i = tag & t->mask; t->entry[i].number != HASH_NONE; i = (i + 1) & t->mask)
		if (t->entry[i].tag == tag && match(ctx, t->entry[i].number, key))
			return &t->entry[i];
	return NULL;
}

#endif
