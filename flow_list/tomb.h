/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list/tomb.h - tombstones: the lives that ended while a dump runs, so that a
 * late dump entry does not bring them back. A life is a key (its hash) with
 * the kernel's id. Source thread only.
 */
#ifndef FLOW_LIST_TOMB_H
#define FLOW_LIST_TOMB_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: empty. */
struct tombstones {
	uint64_t *names;
	uint32_t mask, count;
};

/* Without memory the life is not remembered: the next dump sets it right. */
void tombstone_add(struct tombstones *t, uint64_t hash, uint32_t id);
bool tombstone_find(const struct tombstones *t, uint64_t hash, uint32_t id);

/* The kernel made the same key with the same id anew: it may be dumped. */
void tombstone_remove(struct tombstones *t, uint64_t hash, uint32_t id);

void tombstones_clear(struct tombstones *t);

#endif
