/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_search.h - which process has a socket open, by the socket's inode.
 *
 * Quick where the process is young or was found lately; a sweep over all of
 * /proc, in slices, finds the others. Of several that hold one socket the
 * parent counts, as the one that made it, but never pid 1, which makes
 * sockets for others. One thread.
 */
#ifndef PROC_SEARCH_H
#define PROC_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct proc_search;
struct proc_stat;

struct proc_want {
	uint32_t inode;
	uint32_t uid;		/* of the socket; UINT32_MAX: not known */
	uint64_t key;		/* of where it goes, and for whom: the same program again? */
	uint32_t pid;		/* the answer; 0: not found */
};

/* @proc_fd stays the caller's. NULL: out of memory. */
struct proc_search *proc_search_new(int proc_fd);
void proc_search_free(struct proc_search *s);

/* The process that is known to have this socket; 0: none is. */
uint32_t proc_search_known(struct proc_search *s, uint32_t inode);

/*
 * Looks for those of @n sockets whose pid is 0, for at most about @ns: in @hints, where the same went lately, and the newest processes;
 * with @deep, too, in other processes known to have sockets.
 */
void proc_search_find(struct proc_search *s, struct proc_want *want, unsigned n,
		      const uint32_t *hints, unsigned n_hints, bool deep, int64_t ns);

/*
 * What was read of @pid in the last proc_search_find(); NULL: nothing was.
 * Valid until the next call.
 */
const struct proc_stat *proc_search_stat(const struct proc_search *s, uint32_t pid);

/*
 * Goes on with the sweep for about @ns, or begins one. True when
 * it has come to its end: proc_search_known() then has all that there is.
 */
bool proc_search_sweep(struct proc_search *s, int64_t ns);

#endif
