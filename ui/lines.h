/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/lines.h - which lines of the screen the head, the table and the foot have. */
#ifndef UI_LINES_H
#define UI_LINES_H

#include "ui/draw.h"

struct lines {
	int head, heads;	/* first header line, how many */
	int tabs;		/* -1: no room */
	int warning;		/* -1: none */
	int heading;		/* -1: no room */
	int table;		/* first row */
	unsigned rows;		/* at least 1 */
	int foot;		/* -1: no room */
};

/* @height: of the terminal; @warns: there is a warning to show. */
void lines_measure(struct lines *at, int height, bool warns);

/* Blanks the lines from the tabs down; returns the first of them. */
int lines_clear_pane(const struct lines *at, const struct draw *d);

#endif
