/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/menu.h - choosers: one of many, or which and in what order. Letters go
 * to the item that begins with them.
 */
#ifndef UI_MENU_H
#define UI_MENU_H

#include "ui/draw.h"
#include "ui/reaction.h"

#define MENU_MAX 128

struct ui;

struct menu_item {
	const char *title, *help;	/* help: NULL = none */
	const void *of;			/* what the opener likes */
	bool on;
};

/* Who opens it fills it in and returns DO_MENU; n and at as well. */
struct menu {
	const char *heading, *hint;
	bool many;			/* Space switches, + and - move */
	struct menu_item item[MENU_MAX];
	unsigned n, at;			/* at: the one under the cursor */
	/* Return what is to be done beside closing. */
	enum reaction (*accept)(struct ui *ui, const struct menu *m);
	enum reaction (*reset)(struct ui *ui);	/* Del; NULL: means nothing */

	/* of menu.c alone */
	unsigned top, rows;
	char typed[32];
};

void menu_draw(struct menu *m, const struct draw *d);
enum reaction menu_key(struct menu *m, struct ui *ui, int key);

#endif
