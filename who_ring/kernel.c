// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * who_ring/kernel.c - what the filter must know of the kernel; see
 * who_ring/kernel.h.
 *
 * preempt_count is a variable of each CPU on x86. Its address there is that
 * of another such variable, the run queue, to which a task points, and the
 * distance between the two in the section of these variables. Kernels whose
 * type information lacks that section name the addresses in /proc/kallsyms.
 */
#include "who_ring/kernel.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "who_ring/btf.h"

#define PID_INIT_INO "pid:[4026531836]"	/* PROC_PID_INIT_INO of linux/proc_ns.h */

enum want {
	FLAGS, TGID, LEADER, START, COMM, CRED, EUID, NEEDED = EUID,
	CGROUPS, CGROUP, NODE, NODE_ID,
	THREAD_INFO, THREAD_COUNT, ENTITY, QUEUE, RUN_QUEUE, RUN_QUEUES, COUNT, HOT, HOT_COUNT,
	SOFTIRQ, WANTS
};

static const struct btf_want wanted[WANTS] = {
	[FLAGS] = { "task_struct", "flags", -1 },
	[TGID] = { "task_struct", "tgid", -1 },
	[LEADER] = { "task_struct", "group_leader", -1 },
	[START] = { "task_struct", "start_boottime", -1 },
	[COMM] = { "task_struct", "comm", -1 },
	[CRED] = { "task_struct", "real_cred", -1 },
	[EUID] = { "cred", "euid", -1 },
	[CGROUPS] = { "task_struct", "cgroups", -1 },
	[CGROUP] = { "css_set", "dfl_cgrp", -1 },
	[NODE] = { "cgroup", "kn", -1 },
	[NODE_ID] = { "kernfs_node", "id", -1 },
	[THREAD_INFO] = { "task_struct", "thread_info", -1 },
	[THREAD_COUNT] = { "thread_info", "preempt_count", -1 },
	[ENTITY] = { "task_struct", "se", -1 },
	[QUEUE] = { "sched_entity", "cfs_rq", -1 },
	[RUN_QUEUE] = { "cfs_rq", "rq", -1 },
	[RUN_QUEUES] = { "runqueues", NULL, -1 },
	[COUNT] = { "__preempt_count", NULL, -1 },
	[HOT] = { "pcpu_hot", NULL, -1 },		/* Linux 6.2 to 6.14 */
	[HOT_COUNT] = { "pcpu_hot", "preempt_count", -1 },
	[SOFTIRQ] = { "task_struct", "softirq_disable_cnt", -1 },
};

/* ---- where preempt_count is ---- */

static bool is_known(const struct btf_want *w, enum want a, enum want b)
{
	return w[a].offset >= 0 && w[b].offset >= 0;
}

static bool find_in_task(struct kernel *k, const struct btf_want *w)
{
	if (!is_known(w, THREAD_INFO, THREAD_COUNT))
		return false;
	k->way = PREEMPT_TASK;
	k->preempt = w[THREAD_INFO].offset + w[THREAD_COUNT].offset;
	return true;
}

static bool find_by_queue(struct kernel *k, const struct btf_want *w)
{
	bool hot = is_known(w, HOT, HOT_COUNT);
	int count = hot ? w[HOT].offset + w[HOT_COUNT].offset : w[COUNT].offset;

	if (!is_known(w, ENTITY, QUEUE) || !is_known(w, RUN_QUEUE, RUN_QUEUES) || count < 0)
		return false;
	k->way = PREEMPT_RUN_QUEUE;
	k->entity_queue = w[ENTITY].offset + w[QUEUE].offset;
	k->queue_cpu = w[RUN_QUEUE].offset;
	k->preempt = count - w[RUN_QUEUES].offset;
	return true;
}

/* "ffffffff81000000 T name" */
static bool find_by_symbol(struct kernel *k, const struct btf_want *w)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	uint64_t hot = 0, count = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f) && (!k->cpu_offsets || (!hot && !count))) {
		char *name = strchr(line, ' ');
		uint64_t address = strtoull(line, NULL, 16);

		if (!name || strlen(name) < 4)
			continue;
		name[strcspn(name, "\n\t")] = '\0';
		if (!strcmp(name + 3, "__per_cpu_offset"))
			k->cpu_offsets = address;
		else if (!strcmp(name + 3, "__preempt_count"))
			count = address;
		else if (!strcmp(name + 3, "pcpu_hot") && w[HOT_COUNT].offset >= 0)
			hot = address + w[HOT_COUNT].offset;
	}
	if (f)
		fclose(f);
	k->way = PREEMPT_SYMBOL;
	k->preempt_symbol = hot ? hot : count;
	return k->cpu_offsets && k->preempt_symbol;
}

/* ---- whether it may be tried ---- */

/* The kernel logs a line where it refuses for this reason. */
static bool is_locked_down(void)
{
	int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	char buf[128] = "";
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	return n > 0 && strstr(buf, "[confidentiality]");
}

/* The kernel's PIDs are those of the first PID namespace. */
static bool has_first_pids(void)
{
	char ns[64] = "";

	return readlink("/proc/self/ns/pid", ns, sizeof(ns) - 1) > 0 && !strcmp(ns, PID_INIT_INO);
}

const char *kernel_read(struct kernel *k)
{
	struct btf_want w[WANTS];

	memcpy(w, wanted, sizeof(w));
	if (sizeof(long) != 8 || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return "it takes a 64-bit little-endian machine";
	if (!has_first_pids())
		return "flowtop runs in a PID namespace of its own";
	if (is_locked_down())
		return "the kernel is locked down";
	if (btf_read(w, WANTS))
		return "the kernel lacks CONFIG_DEBUG_INFO_BTF";
	for (unsigned i = 0; i <= NEEDED; i++)
		if (w[i].offset < 0)
			return "the kernel's type information lacks what is needed";
	*k = (struct kernel){
		.flags = w[FLAGS].offset, .tgid = w[TGID].offset, .leader = w[LEADER].offset,
		.start = w[START].offset, .comm = w[COMM].offset, .cred = w[CRED].offset,
		.euid = w[EUID].offset, .cgroups = -1, .softirq = w[SOFTIRQ].offset,
	};
	if (is_known(w, CGROUPS, CGROUP) && is_known(w, NODE, NODE_ID)) {
		k->cgroups = w[CGROUPS].offset;
		k->cgroup = w[CGROUP].offset;
		k->node = w[NODE].offset;
		k->node_id = w[NODE_ID].offset;
	}
	if (find_in_task(k, w) || find_by_queue(k, w) || find_by_symbol(k, w))
		return NULL;
	return "the kernel does not show when it serves an interrupt";
}
