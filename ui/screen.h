/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/screen.h - the parts of the screen. Each part has its own header, and its
 * state here. Only NAME.c writes to the member NAME; other files call NAME_...().
 * A part calls only parts below it:
 *
 * ui.c		the loop: draws, and carries out what a key's action returns
 * help, foot	the key table, shown
 * keys		the key table
 * tabs, find, set, save, act	what keys do
 * head, sentence, table, detail	what is drawn
 * sort, window, watch	the order; the last result and the cursor; one flow
 * prompt, menu	a line to type, choosers
 * message, strip, lines, draw, terminal
 */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include "column.h"
#include "ui.h"
#include "ui/act.h"
#include "ui/copy.h"
#include "ui/detail.h"
#include "ui/draw.h"
#include "ui/find.h"
#include "ui/head.h"
#include "ui/help.h"
#include "ui/lines.h"
#include "ui/menu.h"
#include "ui/message.h"
#include "ui/prompt.h"
#include "ui/reaction.h"
#include "ui/save.h"
#include "ui/set.h"
#include "ui/sort.h"
#include "ui/table.h"
#include "ui/tabs.h"
#include "ui/terminal.h"
#include "ui/watch.h"
#include "ui/window.h"

struct mode;

struct ui {
	const struct ui_options *o;

	/* what is shown and how; keys change it, the drawing reads it */
	struct conf conf;		/* W saves it */
	struct view_spec spec;
	struct format format;
	enum where where;		/* also behind what is open over it */

	/* for ui.c alone */
	const struct mode *mode;	/* has the keyboard */
	bool quit, redraw;

	/* each for the file of its name */
	struct terminal terminal;
	struct draw draw;
	struct lines at;
	struct message message;
	struct window window;
	struct watch watch;
	struct sort sort;
	struct table table;
	struct head head;
	struct detail detail;
	struct tabs tabs;
	struct find find;
	struct set set;
	struct save save;
	struct act act;
	struct copy copy;
	struct prompt prompt;
	struct menu menu;		/* its opener fills it in */
	struct help help;
};

/* What keys act on: the flow of the details, else the row selected. NULL: none. */
static inline const struct row *screen_row(const struct ui *ui)
{
	return ui->where == IN_DETAIL ? &ui->watch.kept.row : window_cursor_row(&ui->window);
}

#endif
