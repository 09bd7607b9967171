/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/tabs.h - tabs, grouping, opening a group and going back. */
#ifndef UI_TABS_H
#define UI_TABS_H

#include <stdbool.h>

#include "column.h"
#include "ui/find.h"
#include "ui/reaction.h"

#define TABS_DEPTH	8	/* groups opened one in the other */

struct ui;

struct tab {
	const char *title;
	const char *group;	/* the column's name; NULL: flows */
};
extern const struct tab tabs_all[];
extern const unsigned n_tabs;

struct tabs {			/* for tabs.c alone */
	struct came_from {
		struct find_kept filter;
		const struct column *group;
		uint64_t top, number;
		char key[96];
	} came_from[TABS_DEPTH];
	unsigned depth;
};

/* The tab shown; n_tabs: another grouping. */
unsigned tabs_now(const struct ui *ui);

/* Forgets the way back; also call it before the end. */
void tabs_forget(struct tabs *t);

/* A group was opened: tabs_back() leads out of it. */
bool tabs_can_go_back(const struct tabs *t);

/* Keys. */
enum reaction tabs_go(struct ui *ui, int key);		/* Tab, Shift-Tab, '1' to '7' */
enum reaction tabs_next_group(struct ui *ui, int key);
enum reaction tabs_enter(struct ui *ui, int key);
enum reaction tabs_back(struct ui *ui, int key);
enum reaction tabs_escape(struct ui *ui, int key);	/* clears the filter, or the selection */

#endif
