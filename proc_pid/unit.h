/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/unit.h - the systemd unit and the container that a process or a socket
 * belongs to, by its control group (v1 and v2). One thread.
 */
#ifndef PROC_PID_UNIT_H
#define PROC_PID_UNIT_H

#include <stdbool.h>
#include <stdint.h>

struct units;

/* All sanitised; "" where unknown. */
struct unit {
	char name[80];		/* "nginx.service", "session-2.scope"; in a container its id */
	char container[64];	/* its name, or the first 12 digits of its id */
	char id[65];		/* all 64 digits, where root's engine made it */
	bool lxc;		/* an LXC container of root */
};

/* NULL: out of memory. */
struct units *units_new(void);
void units_free(struct units *u);

/* @cgroup: an id of cgroup v2, as sockets have it. */
void unit_of_cgroup(struct units *u, uint64_t cgroup, struct unit *out);

/* The same for a process; @proc_fd: see proc_scan_open(). */
void unit_of_process(int proc_fd, uint32_t pid, struct unit *out);

/*
 * The same for the path of a control group. Whoever is given one may make
 * others in it, of any name: so the outermost unit counts, and within a
 * container none. A container in a unit is believed where an engine or Podman
 * runs that way; one that a user made in the user's own slice is "user-UID/CONTAINER",
 * without an id by which a name is known.
 */
void unit_of_path(const char *path, struct unit *out);

#endif
