/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/menu.h - menus: choose one item, or several and their order. Typing goes to
 * the item of that name; where there is none, it says so, and nothing is chosen.
 */
#ifndef UI_MENU_H
#define UI_MENU_H

#include "ui/draw.h"
#include "ui/reaction.h"

#define MENU_MAX 128

struct ui;

struct menu_item {
	const char *title, *help;	/* help: NULL = none */
	const void *of;			/* the opener's own */
	bool on;
};

/* The opener fills in the first part, and returns DO_MENU. */
struct menu {
	const char *heading, *hint;
	bool many;			/* Space switches, + and - move */
	struct menu_item item[MENU_MAX];
	unsigned n, at;			/* at: the selected item */
	/* What to do after closing the menu. */
	enum reaction (*accept)(struct ui *ui, const struct menu *m);
	enum reaction (*reset)(struct ui *ui);	/* Del; NULL: not used */

	/* of menu.c alone */
	unsigned top, rows;
	char typed[32];
	bool missed;			/* no item has this name: Enter does nothing */
};

/* One more item; the MENU_MAX + 1st is left out. */
void menu_add(struct menu *m, struct menu_item item);

void menu_draw(struct menu *m, const struct draw *d);
enum reaction menu_key(struct menu *m, struct ui *ui, int key);

#endif
