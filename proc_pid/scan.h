/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/scan.h - what /proc says of processes and of the sockets that they
 * have open. No state: each call reads. A process that goes away while it is
 * read looks like one without the rest.
 */
#ifndef PROC_PID_SCAN_H
#define PROC_PID_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start of a process's life: with its pid it names it for good. */
struct proc_stat {
	uint32_t pid, ppid;
	uint64_t start_time;	/* clock ticks since boot */
	char name[32];		/* comm, sanitised */
	bool cut;		/* comm has its full length: the name may be longer */
};

/* A descriptor of /proc for all the calls here, or -errno. */
int proc_scan_open(void);

/* False: no such process. */
bool proc_scan_stat(int proc_fd, uint32_t pid, struct proc_stat *out);

/*
 * The caller's own pid as /proc has it, which may be that of another PID
 * namespace than the caller's; 0: it is in none that /proc shows.
 */
uint32_t proc_scan_self(int proc_fd);

/* The process that a thread belongs to; 0: it is gone. */
uint32_t proc_scan_leader(int proc_fd, uint32_t tid);

/* Is @pid a process that lives (and not just a thread of one)? */
bool proc_scan_is_process(int proc_fd, uint32_t pid);

/* The inode of the socket behind a descriptor; 0: there is none, or no right to look. */
uint32_t proc_scan_socket(int proc_fd, uint32_t pid, int fd);

/*
 * The sockets of a process, the highest descriptor first, until @fn returns
 * false or the time is @until (clock_ns()). Returns how many descriptors it
 * has open, so far as they were counted until then, or -errno: no right to look,
 * or no such process.
 */
typedef bool proc_scan_fn(void *ctx, uint32_t pid, int fd, uint32_t inode);
int proc_scan_sockets(int proc_fd, uint32_t pid, int64_t until, proc_scan_fn *fn, void *ctx);

/*
 * The same for a process that may have a million of them, in parts: the lowest
 * descriptor first, until about @until. *dir is -1 at the beginning; it is
 * -1 again when the process is done. To give up before, close it. Returns how
 * many descriptors it read in this call, or -errno.
 */
int proc_scan_part(int proc_fd, uint32_t pid, int *dir, int64_t until, proc_scan_fn *fn,
		   void *ctx);

/* The pid given out last, of a process or a thread; 0: not known. */
uint32_t proc_scan_last_pid(int proc_fd);

/*
 * All processes, the highest pid first. *pids is malloc'd. Returns how many,
 * or -errno.
 */
int proc_scan_list(int proc_fd, uint32_t **pids);

/* The file name of its program, sanitised. False: no such file, or not permitted. */
bool proc_scan_program(int proc_fd, uint32_t pid, char *buf, size_t size);

/* Owner of a process, by its /proc directory; UINT32_MAX: it is gone. */
uint32_t proc_scan_uid(int proc_fd, uint32_t pid);

#endif
