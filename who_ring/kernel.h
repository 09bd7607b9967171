/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who_ring/kernel.h - what the filter must know of the running kernel: where
 * a task keeps its name and numbers, and where the kernel notes that it serves
 * an interrupt.
 */
#ifndef WHO_RING_KERNEL_H
#define WHO_RING_KERNEL_H

#include <stdint.h>

/* How the filter reads preempt_count, which no helper tells. */
enum preempt_way {
	PREEMPT_TASK,		/* in the task: task -> preempt (arm64, riscv) */
	PREEMPT_RUN_QUEUE,	/* task -> entity_queue -> queue_cpu -> preempt */
	PREEMPT_SYMBOL,		/* by addresses of /proc/kallsyms */
};

/* Offsets in bytes; -1: this kernel has no such thing. */
struct kernel {
	int flags, tgid, leader, start, comm, cred, euid;
	int cgroups, cgroup, node, node_id;
	enum preempt_way way;
	int entity_queue, queue_cpu, preempt;
	int softirq;		/* where PREEMPT_RT notes softirqs */
	uint64_t cpu_offsets, preempt_symbol;	/* addresses, for PREEMPT_SYMBOL */
};

/* NULL, or why the filter cannot be trusted on this kernel: part of a sentence. */
const char *kernel_read(struct kernel *k);

#endif
