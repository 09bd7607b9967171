/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/draw.h - writing on the screen: looks, cutting, bars. Knows the
 * terminal's size and charset, and nothing of flows. Nothing is ever written
 * outside the screen. Main thread, while the terminal is open.
 */
#ifndef UI_DRAW_H
#define UI_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#define DRAW_TEXT_MAX	1024	/* of one cell or line */

/* Colour is never the only sign: words or signs say the same. */
enum look {
	LOOK_PLAIN, LOOK_DIM, LOOK_BOLD,
	LOOK_HEAD,		/* headings */
	LOOK_CURSOR,		/* the row selected, the tab shown */
	LOOK_FRESH,		/* just beginning, or not replied to */
	LOOK_BAD,
	LOOK_KEY,		/* a key's name */
	LOOKS
};

struct draw {
	int cols, lines;	/* of the terminal */
	bool utf8;		/* else '?' stands for characters beyond ASCII */
	unsigned look[LOOKS];	/* curses attributes; for draw.c alone */
};

/* After curses has started; @color: "always", "never", NULL: as the terminal can. */
void draw_init(struct draw *d, const char *color);

/* Reads the size from curses. */
void draw_take_size(struct draw *d);

/*
 * Writes @s within @width columns, cut with an ellipsis where it is longer.
 * Returns the columns used.
 */
unsigned draw_put(const struct draw *d, int y, int x, unsigned width, enum look look,
		  const char *s);

/* The same with the rest of @width filled; @right: flush right. */
void draw_cell(const struct draw *d, int y, int x, unsigned width, enum look look, bool right,
	       const char *s);

void draw_fill(const struct draw *d, int y, int x, unsigned width, enum look look);

/* Over at most @lines lines, broken between words; returns how many. */
unsigned draw_wrap(const struct draw *d, int y, int x, unsigned lines, enum look look,
		   const char *s);

/* A level of 0 to 1 as one character: a bar that grows. Static. */
const char *draw_level(const struct draw *d, double part);

/* A horizontal bar of @part (0 to 1) of @width columns. */
void draw_bar(const struct draw *d, int y, int x, unsigned width, double part, enum look look);

#endif
