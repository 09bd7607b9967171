/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/terminal.h - the terminal under curses: opening it, keys, its size, and
 * giving it back on every way out. Main thread only.
 */
#ifndef UI_TERMINAL_H
#define UI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

struct terminal {	/* for terminal.c alone */
	void *screen;	/* SCREEN */
	FILE *in;	/* keys: stdin, or /dev/tty */
	const char *taken_for;
};

/* False: not usable; stderr says why. Call terminal_close() in any case. */
bool terminal_open(struct terminal *t, bool mouse);
void terminal_close(struct terminal *t);

/* The terminal whose terminfo is used instead; NULL: its own exists. */
const char *terminal_taken_for(const struct terminal *t);

/* Readable when there are keys. */
int terminal_fd(const struct terminal *t);

/*
 * Takes the next key typed (see ui/reaction.h), without waiting; 0 for a key
 * that the terminal's description lacks. Returns false if no key is waiting.
 */
bool terminal_key(int *key);

/* After terminal_fd() was readable without a key: the terminal is gone. */
bool terminal_is_gone(const struct terminal *t);

/* After SIGWINCH: gives curses the new size. */
void terminal_resize(void);

/*
 * While SIGTSTP is blocked and pending: gives the terminal to the shell, and stops
 * until SIGCONT. Does not stop if no shell could continue it.
 */
void terminal_suspend(void);

/* After SIGCONT: the modes of the terminal may be the shell's. */
void terminal_resume(void);

#endif
