/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/stop.h - how signals end the program.
 *
 * INT, TERM and HUP ask for the end: a descriptor becomes readable, and main
 * stops everything in order. Where a terminal or a pipe takes no more bytes,
 * main hangs in a write(); then the program is ended within a second, from
 * the signal handler. Signals that kill (QUIT, SEGV, ABRT, USR1, ...) do so
 * after the terminal and the sysctls are given back.
 */
#ifndef STOP_H
#define STOP_H

struct termios;

/*
 * Main thread, before any other thread. INT, TERM and HUP are blocked from
 * now on, until stop_listen(). @give_back is called from signal handlers, at
 * any time. Returns the descriptor that becomes readable when the end is
 * asked for, and stays so; or -errno.
 */
int stop_open(void (*give_back)(void));

/* Main thread, once the other threads run: they never see those signals. */
void stop_listen(void);

/* The opposite: before other threads are started again. */
void stop_hold(void);

/*
 * Main thread. Where the program is killed, the terminal @fd gets the modes
 * *@before, and @undo is written to it. Copied.
 */
void stop_keep_terminal(int fd, const struct termios *before, const char *undo);

/* The terminal has been given back. */
void stop_drop_terminal(void);

#endif
