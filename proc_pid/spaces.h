/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/spaces.h - the network namespaces of this machine, from the links
 * /proc/PID/ns/net, and which of them come first: users can make more of them
 * than there is time for.
 */
#ifndef PROC_PID_SPACES_H
#define PROC_PID_SPACES_H

#include <stdbool.h>
#include <stdint.h>

struct space {
	uint64_t ns;		/* inode of the namespace */
	uint32_t pid;		/* a process in it */
	uint32_t user;		/* who made it; UINT32_MAX: not known */
	uint32_t turn;		/* how many of that user come before it */
	bool trusted;		/* space_is_trusted() */
	bool named;		/* @name is that of a file of ip-netns(8) */
	char name[48];
};

/* The user namespace that a network namespace belongs to; 0: one above ours. */
uint64_t space_owner(int netns_fd);

/*
 * Made by those who rule the watched one, of the user namespace @home_owner, or
 * this machine. Any user can make others, and give them any address.
 */
bool space_is_trusted(int netns_fd, uint64_t home_owner);

/*
 * Each namespace once, but for @home; at most @most, in the order in which
 * they count: those that are trusted, then of the other users one each, then
 * a second one each, and so on. Returns how many; *out is malloc'd, or NULL.
 */
unsigned spaces_list(int proc_fd, uint64_t home, uint64_t home_owner, unsigned most,
		     struct space **out);

/* The second half of spaces_list(): reduces @n spaces, one for each process. Returns
 * how many are left. */
unsigned spaces_choose(struct space *space, unsigned n, unsigned most);

#endif
