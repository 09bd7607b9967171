/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/reaction.h - keys, and what a key's action returns: what ui.c is to do
 * next. So no part of the screen calls one above it.
 */
#ifndef UI_REACTION_H
#define UI_REACTION_H

/* A key is curses' KEY_*, or a character. */
#define KEY_CTRL(c)	((c) & 0x1f)
#define KEY_ESCAPE 0x1b
#define KEY_CHAR (1 << 24)	/* or'ed to characters beyond ASCII: KEY_* are numbers, too */

/* The table or one flow's details: on the screen, or behind what is open over it. */
enum where { IN_TABLE = 1, IN_DETAIL = 2 };

/* A mask; done in this order. */
enum reaction {
	DO_NOTHING = 0,
	DO_QUIT = 1 << 0,
	DO_REDRAW = 1 << 1,	/* clear the terminal, and draw all of it */
	DO_BACK = 1 << 2,	/* close what is open over the table or the details */
	DO_TABLE = 1 << 3,	/* show the table */
	DO_DETAIL = 1 << 4,	/* show the details of the selected flow */
	DO_HELP = 1 << 5,
	DO_MENU = 1 << 6,	/* the one filled in */
	DO_PROMPT = 1 << 7,	/* the one of prompt_open() */
	DO_CONFIRM = 1 << 8,	/* the question of ui/act.c */
	DO_ASK = 1 << 9,	/* lay out again, and ask the view for these rows */
	DO_OTHER = 1 << 10,	/* not handled: look in the key table */
};

#endif
