/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who_ring/program.h - the eBPF program that filters the event socket and
 * notes who begins a flow (bpf(2), linux/bpf.h).
 */
#ifndef WHO_RING_PROGRAM_H
#define WHO_RING_PROGRAM_H

#include <stdint.h>

#include "who_ring.h"
#include "who_ring/kernel.h"

/*
 * Where the kernel puts what is of interest into a conntrack message: both
 * headers, then the original tuple's addresses, protocol and first port.
 */
enum message_offset {
	MESSAGE_TYPE = 4, MESSAGE_FLAGS = 6, MESSAGE_PORT_ID = 12, MESSAGE_FAMILY = 16,
	MESSAGE_ATTRS = 20,
	MESSAGE_SRC = 32, MESSAGE_DST4 = 40, MESSAGE_DST6 = 52,
	MESSAGE_PROTO4 = 52, MESSAGE_PROTO6 = 76,
	MESSAGE_PORT = 8,	/* from the protocol on */
	MESSAGE_HEAD = 96,	/* all of that is within so many bytes */
};

/* What the program writes into the ring: all of it is set, so no padding. */
struct who_record {
	uint8_t head[MESSAGE_HEAD];	/* of the message */
	uint32_t id;			/* CTA_ID, network order */
	uint32_t pid, euid;
	uint32_t preempt;
	uint64_t start;			/* CLOCK_BOOTTIME, ns */
	uint64_t cgroup;		/* 0: not known */
	char comm[16];			/* of the process */
};
_Static_assert(sizeof(struct who_record) == MESSAGE_HEAD + 48, "who_record has padding");

/* More protocols than that are not tested: all pass. */
#define PROGRAM_PROTOS_MAX 16

/*
 * Loads the program that writes to the ring buffer @map. A descriptor, or
 * -errno.
 */
int program_load(const struct kernel *k, const struct who_ring_filter *filter, int map);

#endif
