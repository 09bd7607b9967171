// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/rights.c - what may be seen of others' processes; see proc_pid/rights.h.
 */
#include "proc_pid/rights.h"

#include <stddef.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#define INIT_PIDS "pid:[4026531836]"	/* PROC_PID_INIT_INO of the kernel */

static bool has_rights(const cap_value_t *wanted, unsigned n)
{
	cap_t caps = cap_get_proc();
	bool all = caps;

	for (unsigned i = 0; i < n && all; i++) {
		cap_flag_value_t value = CAP_CLEAR;

		cap_get_flag(caps, wanted[i], CAP_EFFECTIVE, &value);
		all = value == CAP_SET;
	}
	cap_free(caps);
	return all;
}

bool proc_rights_all_processes(void)
{
	/* one to list /proc/PID/fd, the other to read the links in it */
	static const cap_value_t wanted[] = { CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE };

	return has_rights(wanted, 2);
}

bool proc_rights_namespaces(void)
{
	static const cap_value_t wanted[] = { CAP_SYS_ADMIN, CAP_SYS_PTRACE };

	return has_rights(wanted, 2);
}

bool proc_rights_own_pids(void)
{
	char link[64] = "";

	return readlink("/proc/self/ns/pid", link, sizeof(link) - 1) > 0 &&
	       strcmp(link, INIT_PIDS);
}

const char *proc_rights_limits(const struct proc_rights *r)
{
	if (r->own_pids && __atomic_load_n(&r->unseen, __ATOMIC_RELAXED))
		return "processes outside this container are not seen:"
		       " it needs the host's PID namespace (docker run --pid=host)";
	if (!r->all_processes)
		return "processes of other users are not seen, only their user and unit:"
		       " needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (sudo)";
	if (!r->namespaces)
		return "processes in containers are not seen:"
		       " needs CAP_SYS_ADMIN (sudo)";
	return NULL;
}
