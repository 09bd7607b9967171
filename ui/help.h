/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/help.h - the page of keys. */
#ifndef UI_HELP_H
#define UI_HELP_H

#include "ui/reaction.h"

struct ui;

struct help {			/* for help.c alone */
	unsigned scroll;	/* lines */
};

/* Scrolls to the first line. */
void help_open(struct help *h);
void help_draw(struct ui *ui);
enum reaction help_key(struct ui *ui, int key);

#endif
