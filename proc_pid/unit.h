/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/unit.h - the systemd unit or the container that a process or a socket
 * belongs to, by its control group (v1 and v2). One thread.
 */
#ifndef PROC_PID_UNIT_H
#define PROC_PID_UNIT_H

#include <stddef.h>
#include <stdint.h>

struct units;

/* NULL: out of memory. */
struct units *units_new(void);
void units_free(struct units *u);

/*
 * Name of the unit ("nginx.service", "session-2.scope") or the first 12
 * digits of the container's id, sanitised; "" where it is neither, or not
 * known. @cgroup is an id of cgroup v2, as sockets have it.
 */
void unit_of_cgroup(struct units *u, uint64_t cgroup, char *buf, size_t size);

/* The same for a process; @proc_fd: see proc_scan_open(). */
void unit_of_process(int proc_fd, uint32_t pid, char *buf, size_t size);

/* The same for the path of a control group: 0 no name, 1 a unit, 2 a container. */
int unit_of_path(const char *path, char *buf, size_t size);

#endif
