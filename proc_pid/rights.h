/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/rights.h - what may be seen of others' processes.
 */
#ifndef PROC_PID_RIGHTS_H
#define PROC_PID_RIGHTS_H

#include <stdbool.h>

/* Has the calling thread the rights to see which sockets any process has open? */
bool proc_rights_all_processes(void);

/* Has it the rights to look into other network namespaces? */
bool proc_rights_namespaces(void);

/* Has the calling thread process IDs of its own, as in a container? */
bool proc_rights_own_pids(void);

/* What can be seen, and what was met. */
struct proc_rights {
	bool all_processes, namespaces, own_pids;
	bool unseen;		/* an open socket that no visible process has */
};

/* One line that says what is not seen, and what helps; NULL: everything is seen. */
const char *proc_rights_limits(const struct proc_rights *r);

#endif
