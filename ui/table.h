/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/table.h - the table: which columns at which width, headings, rows of
 * flows and of groups, classic lines.
 */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include "column.h"
#include "layout.h"
#include "ui/reaction.h"
#include "view.h"

struct ui;

struct table {
	/* others may read these */
	struct layout_wish wish;	/* what the user says of columns */

	/* of table.c alone */
	enum layout_role role;		/* by how many flows are forwarded */
	bool turned;			/* key s: show the columns of the other role */
	unsigned sideways;		/* columns scrolled off; 8 characters of classic lines */
	struct table_column {
		const struct column *column;	/* of flows or of groups */
		int x;
		unsigned width;
	} layout[LAYOUT_MAX];
	unsigned n_layout;
	bool layout_at_end;		/* nothing more to the right */
	uint8_t seen[LAYOUT_MAX];	/* widths of cells, by number of column */
};

/* The columns have changed. */
void table_choose(struct table *t, const struct layout_wish *wish);

/* The role whose columns are shown. */
enum layout_role table_role(const struct table *t);

/* Before table_draw...() and before the view is asked. */
void table_layout(struct ui *ui);

/* Columns only get wider, until this: other rows, another width of the screen. */
void table_forget_widths(struct table *t);

/* Back to the first column. */
void table_scroll_back(struct table *t);

/* enum flow_need of the columns laid out. */
unsigned table_needs(const struct ui *ui);

void table_draw_heading(const struct ui *ui);
void table_draw_rows(const struct ui *ui);

/* A click in the heading; the same column again reverses. */
enum reaction table_heading_clicked(struct ui *ui, int x);

/* Keys. */
enum reaction table_sort_step(struct ui *ui, int key);
enum reaction table_sideways(struct ui *ui, int key);
enum reaction table_source(struct ui *ui, int key);

#endif
