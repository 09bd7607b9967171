/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/search.h - which process has a socket open, by the socket's inode.
 *
 * Quick where the process is young or was found lately; a sweep over all of
 * /proc, in slices, finds the others. Of several that hold one socket the
 * parent counts, as the one that made it, but never pid 1, which makes
 * sockets for others. One thread.
 */
#ifndef PROC_PID_SEARCH_H
#define PROC_PID_SEARCH_H

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

/* The process that is known to have this socket; 0: not known. */
uint32_t proc_search_known(struct proc_search *s, uint32_t inode);

/* Does a process have a socket open? Takes about @ns at most. */
enum proc_has { HAS_NOT, HAS_IT, HAS_UNKNOWN };
enum proc_has proc_search_has(struct proc_search *s, uint32_t pid, uint32_t inode, int64_t ns);

/* How far a search goes; each costs more than those before. */
enum proc_depth {
	SEARCH_GLANCE,		/* hints, the same as last time, one look at the newest */
	SEARCH_NEWEST,		/* all that the newest and the last found have open */
	SEARCH_DEEP,		/* and other processes known to have sockets */
};

/*
 * Called at once when want[i].pid is found: the process may be gone soon.
 * @stat: what has just been read of it, or NULL.
 */
typedef void proc_found_fn(void *ctx, unsigned i, const struct proc_stat *stat);

/*
 * Looks for those of @n sockets whose pid is 0, for at most about @ns; @hints
 * are processes to look at first.
 */
struct proc_hunt {
	struct proc_want *want;
	unsigned n;
	const uint32_t *hints;
	unsigned n_hints;
	enum proc_depth depth;
	int64_t ns;
	proc_found_fn *found;
	void *ctx;
};

void proc_search_find(struct proc_search *s, const struct proc_hunt *hunt);

/*
 * Goes on with the sweep for about @ns, or begins one. True when
 * it has come to its end: proc_search_known() then has all that there is.
 */
bool proc_search_sweep(struct proc_search *s, int64_t ns);

#endif
