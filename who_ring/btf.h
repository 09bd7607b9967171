/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who_ring/btf.h - where the running kernel keeps what: offsets by the kernel's own
 * type information (BTF, linux/btf.h). No state; any thread.
 */
#ifndef WHO_RING_BTF_H
#define WHO_RING_BTF_H

#include <stddef.h>

struct btf_want {
	const char *type;	/* a struct, or a per-CPU variable */
	const char *member;	/* NULL: the variable itself, within its section */
	int offset;		/* bytes; -1: unknown, or two that differ */
};

/* Fills in the offsets from the running kernel. 0, or -errno: it has no BTF. */
int btf_read(struct btf_want *want, unsigned n);

/* The same from @size bytes at @data; -EINVAL: they are not BTF. */
int btf_search(const void *data, size_t size, struct btf_want *want, unsigned n);

#endif
