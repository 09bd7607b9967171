// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/rights.c - what may be seen of others' processes; see proc_pid/rights.h.
 */
#include "proc_pid/rights.h"

#include <stddef.h>
#include <sys/capability.h>

static bool has(const cap_value_t *wanted, unsigned n)
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

	return has(wanted, 2);
}

bool proc_rights_namespaces(void)
{
	static const cap_value_t wanted[] = { CAP_SYS_ADMIN, CAP_SYS_PTRACE };

	return has(wanted, 2);
}

const char *proc_rights_limits(bool all_processes, bool namespaces)
{
	if (!all_processes)
		return "processes of other users are not seen, only their user and unit:"
		       " needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (sudo)";
	if (!namespaces)
		return "processes in containers are not seen:"
		       " needs CAP_SYS_ADMIN (sudo)";
	return NULL;
}
