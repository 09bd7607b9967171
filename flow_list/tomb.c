/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list/tomb.c - a set of 64-bit names by open addressing; what is taken out
 * leaves a mark, until the set grows or is cleared.
 */
#include "flow_list/tomb.h"

#include <stdlib.h>

#define TOMB_EMPTY	0
#define TOMB_RISEN	1

static uint64_t tomb_name(uint64_t hash, uint32_t id)
{
	uint64_t n = (hash ^ id) * 0xff51afd7ed558ccd;

	return n > TOMB_RISEN ? n : n + 2;
}

/* Place of the name, or of the empty entry where it would be. */
static uint32_t tomb_find(const struct tombstones *t, uint64_t name)
{
	uint32_t i = (name >> 32) & t->mask;

	while (t->names[i] != TOMB_EMPTY && t->names[i] != name)
		i = (i + 1) & t->mask;
	return i;
}

static bool tomb_reserve(struct tombstones *t)
{
	uint64_t *old = t->names;
	uint32_t entries = old ? t->mask + 1 : 0;

	if (t->count < entries / 2)
		return true;
	t->names = calloc(entries ? entries * 2 : 1024, sizeof(*t->names));
	if (!t->names) {
		t->names = old;
		return false;
	}
	t->mask = entries ? entries * 2 - 1 : 1023;
	t->count = 0;
	for (uint32_t i = 0; i < entries; i++)
		if (old[i] > TOMB_RISEN) {
			t->names[tomb_find(t, old[i])] = old[i];
			t->count++;
		}
	free(old);
	return true;
}

void tombstone_add(struct tombstones *t, uint64_t hash, uint32_t id)
{
	uint64_t name = tomb_name(hash, id);
	uint32_t i;

	if (!tomb_reserve(t))
		return;
	i = tomb_find(t, name);
	if (t->names[i] == TOMB_EMPTY)
		t->count++;
	t->names[i] = name;
}

bool tombstone_find(const struct tombstones *t, uint64_t hash, uint32_t id)
{
	uint64_t name = tomb_name(hash, id);

	return t->names && t->names[tomb_find(t, name)] == name;
}

void tombstone_remove(struct tombstones *t, uint64_t hash, uint32_t id)
{
	uint64_t name = tomb_name(hash, id);
	uint32_t i;

	if (!t->names)
		return;
	i = tomb_find(t, name);
	if (t->names[i] == name)
		t->names[i] = TOMB_RISEN;
}

void tombstones_clear(struct tombstones *t)
{
	free(t->names);
	t->names = NULL;
	t->mask = t->count = 0;
}
