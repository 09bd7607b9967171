/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/copy.h - the terminal's clipboard, by xterm's control sequence (OSC 52),
 * which works through ssh; and the key that copies a row or one of its addresses.
 */
#ifndef UI_COPY_H
#define UI_COPY_H

#include "lib/addr.h"
#include "ui/reaction.h"

#define COPY_ADDRS 3		/* the remote end, the source, the destination */

struct ui;

struct copy {			/* for copy.c only */
	char addr[COPY_ADDRS][ADDR_STRLEN];
	char line[1024];	/* the row */
};

/* Copies @s to the clipboard, with a message. */
void copy_text(struct ui *ui, const char *s);

/* Key. */
enum reaction copy_row(struct ui *ui, int key);

#endif
