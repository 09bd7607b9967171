/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_tomb.h - tombstones: the lives that ended while a dump runs, so that a
 * late dump entry does not bring them back. A life is a key (its hash) with
 * the kernel's id. Source thread only.
 */
#ifndef FLOW_TOMB_H
#define FLOW_TOMB_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: empty. */
struct tombs {
	uint64_t *names;
	uint32_t mask, count;
};

/* Without memory the life is not remembered: the next dump sets it right. */
void tombs_add(struct tombs *t, uint64_t hash, uint32_t id);
bool tombs_has(const struct tombs *t, uint64_t hash, uint32_t id);

/* The kernel made the same key with the same id anew: it may be dumped. */
void tombs_raise(struct tombs *t, uint64_t hash, uint32_t id);

void tombs_clear(struct tombs *t);

#endif
