/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/command.h - the arguments of processes.
 *
 * To read them the kernel takes the lock of the process's memory. Its user may
 * hold that for as long as he likes (by a mapping of a FUSE file), and whoever
 * reads then waits. So threads of its own read, and nobody waits for them
 * longer than 50 ms. One that hangs is left alone: its process, and others of
 * that user, are not asked for again meanwhile; where four of them hang, nobody
 * is. The kernel waits so that a kill ends it, and the program's end does not
 * wait for such a thread. One thread asks.
 */
#ifndef PROC_PID_COMMAND_H
#define PROC_PID_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct commands;

/* Its first thread starts at once. @proc_fd stays the caller's. NULL: errno. */
struct commands *commands_new(int proc_fd);
void commands_free(struct commands *c);

/*
 * The arguments of a process as the kernel has them, each with a '\0' at its
 * end, and another after all. Returns their length, 0 for a thread of the
 * kernel, or -errno; -EAGAIN: not without waiting.
 */
int commands_read(struct commands *c, uint32_t pid, char *buf, size_t size);

/* Arguments as one line, sanitised, set apart by spaces. */
void command_line(const char *args, int len, char *buf, size_t size);

/*
 * The full name of a process of which @comm is only the beginning, from the
 * arguments: the program's own, or that of the script that it runs. NULL: none fits.
 */
const char *command_name(const char *args, int len, const char *comm);

/* Is @comm, sanitised, the beginning of the name @full? It may end within a character. */
bool command_is_cut(const char *comm, const char *full);

#endif
