/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/window.h - the last result, the window in it, the cursor.
 *
 * A key moves the cursor in the last result at once; a new result is asked
 * for and comes later. The cursor is on a flow (or group), not on a line:
 * when its flow gets another place, the window moves along, so that it keeps
 * its line on the screen. With nothing selected the window stays at its rows.
 *
 * What returns a reaction: DO_ASK where another result is needed.
 */
#ifndef UI_WINDOW_H
#define UI_WINDOW_H

#include "ui/reaction.h"
#include "view.h"

struct ui;

/* Gets a row of the view; returns false to end the walk. */
typedef bool window_walk_fn(struct ui *ui, uint64_t number, const struct row *row);
/* @whole: it was not stopped. */
typedef void window_walk_end_fn(struct ui *ui, bool whole);

struct window {
	/* others may read these */
	struct view_result *r;		/* the last result; NULL: none yet */
	uint64_t top, number;		/* row on the first line, row selected */
	bool selected;
	bool paused;			/* the view shows a picture, see view.h */

	/* of window.c alone */
	struct view *view;
	unsigned rows;			/* lines of the window */
	bool pinned;
	uint64_t serial;		/* of the last window_ask() */
	uint64_t min_serial;		/* older results are dropped: other rows */
	bool new_rows;			/* the next window_ask() is for other rows */
	bool stale;			/* its result has not come yet */
	uint64_t asked_top;
	struct flow_handle flow;	/* selected; gen 0: not known yet */
	char group_key[96];
	struct walk {
		struct ui *ui;
		window_walk_fn *fn;	/* NULL: none */
		window_walk_end_fn *end;
		const struct view_spec *spec;
		uint64_t serial, from, start;
		bool round, wrapped;
		unsigned needs;
	} walk;
};

void window_init(struct window *w, struct view *v);
void window_close(struct window *w);

/* How many rows fit the screen. */
void window_set_rows(struct window *w, unsigned rows);

/* Asks the view for this window of @spec. During a walk nothing: its end asks. */
void window_ask(struct window *w, struct view_spec *spec);

/*
 * Takes what the view has made. True: a new result is at hand. Adds to *then
 * what is to be done.
 */
bool window_take(struct window *w, enum reaction *then);

/* The last result has all rows of the window, or no other one was asked for. */
bool window_is_ready(const struct window *w);

/* The last result still has other rows: of another grouping or tab. */
bool window_is_old(const struct window *w);

/* Drops the rows: flows become groups, or groups others. */
enum reaction window_forget(struct window *w);

/* After rows came or went: to the top, unless one is selected. */
enum reaction window_reorder(struct window *w);

/* After a new sort order or filter: to the top, nothing selected. */
enum reaction window_to_top(struct window *w);

enum reaction window_pause(struct window *w, bool paused);

/* Keep the selection on its flow even when that is gone: details show it. */
void window_pin(struct window *w, bool pinned);

/* The row of this number, NULL: not in the result. Valid until window_take(). */
const struct row *window_row(const struct window *w, uint64_t number);
uint64_t window_total(const struct window *w);

/* The selected flow or group, or NULL. */
const struct row *window_cursor_row(const struct window *w);
const struct group *window_cursor_group(const struct window *w);

enum reaction window_move_to(struct window *w, uint64_t number);
enum reaction window_move_by(struct window *w, int64_t rows);
enum reaction window_scroll_by(struct window *w, int64_t rows);
enum reaction window_let_go(struct window *w);	/* to the top, nothing selected */

/* Selects the row, and moves the window if needed. */
void window_select(struct window *w, uint64_t number, const struct row *row);

/* Selects a group again, after window_forget(). */
void window_restore(struct window *w, uint64_t top, uint64_t number, const char *key);

/*
 * Walks all rows of @spec from @from on, piece by piece as the view gives
 * them, and @round once. @spec must live, and stay as it is, until the end.
 */
void window_walk(struct window *w, struct ui *ui, const struct view_spec *spec, uint64_t from,
		 bool round, unsigned needs, window_walk_fn *fn, window_walk_end_fn *end);
enum reaction window_walk_stop(struct window *w);

#endif
