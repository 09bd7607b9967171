/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/command.h - the arguments of processes.
 *
 * To read them the kernel takes the lock of the process's memory. A user can
 * hold that lock for any time (by a mapping of a FUSE file), and then the reader
 * waits. So separate threads read, and the caller waits for at most 50 ms. A
 * thread that hangs is left alone: meanwhile the arguments of its process, and of
 * other processes of that user, are not read; if four threads hang, none are
 * read. The wait in the kernel is killable, and the program's end does not wait
 * for such a thread. One thread calls this.
 */
#ifndef PROC_PID_COMMAND_H
#define PROC_PID_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct commands;

/* Starts the first reader thread. @proc_fd stays the caller's. NULL: see errno. */
struct commands *commands_new(int proc_fd);
void commands_free(struct commands *c);

/*
 * The arguments of a process as the kernel has them, each with a '\0' at its
 * end, and another after all. Returns their length, 0 for a thread of the
 * kernel, or -errno; -EAGAIN: not without waiting.
 */
int commands_read(struct commands *c, uint32_t pid, char *buf, size_t size);

/* Arguments as one line, sanitised, separated by spaces. */
void command_line(const char *args, int len, char *buf, size_t size);

/*
 * The full name of a process, from the arguments, if @comm is only its beginning:
 * the name of the program, or of the script that it runs. NULL: neither fits.
 */
const char *command_name(const char *args, int len, const char *comm);

/* Is @comm, sanitised, the beginning of the name @full? It may end within a character. */
bool command_is_cut(const char *comm, const char *full);

#endif
