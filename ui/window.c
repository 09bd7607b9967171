// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/window.c - see the header. */
#include "ui/window.h"

#include <string.h>

#define WALK_ROWS	1000

void window_init(struct window *w, struct view *v)
{
	w->view = v;
	w->rows = 1;
}

void window_close(struct window *w)
{
	view_result_free(w->r);
}

/* ---- asking ---- */

void window_set_rows(struct window *w, unsigned rows)
{
	w->rows = rows;
}

uint64_t window_total(const struct window *w)
{
	return w->r ? w->r->totals.rows : 0;
}

bool window_is_old(const struct window *w)
{
	return !w->r || w->new_rows || w->r->serial < w->min_serial;
}

/* All lines of the window are in the last result. */
static bool window_is_covered(const struct window *w)
{
	uint64_t end = w->top + w->rows, total = window_total(w);

	if (window_is_old(w))
		return false;
	if (end > total)
		end = total;
	return w->top >= end ||
	       (w->top >= w->r->first && end <= (uint64_t)w->r->first + w->r->n);
}

bool window_is_ready(const struct window *w)
{
	return !w->stale || window_is_covered(w);
}

void window_ask(struct window *w, struct view_spec *spec)
{
	if (w->walk.fn)
		return;
	spec->first = w->asked_top = w->top;
	spec->rows = w->rows;
	spec->cursor = w->selected ? w->flow : (struct flow_handle){ 0 };
	spec->follow = w->selected;
	spec->paused = w->paused;
	w->serial = view_ask(w->view, spec);
	w->stale = true;
	if (w->new_rows)
		w->min_serial = w->serial;
	w->new_rows = false;
}

enum reaction window_forget(struct window *w)
{
	w->selected = false;
	w->top = w->number = 0;
	w->new_rows = true;
	if (w->r) {
		w->r->n = 0;
		w->r->totals.rows = 0;
	}
	return DO_ASK;
}

enum reaction window_reorder(struct window *w)
{
	if (!w->selected)
		w->top = w->number = 0;
	return DO_ASK;
}

enum reaction window_to_top(struct window *w)
{
	w->selected = false;
	return window_reorder(w);
}

enum reaction window_pause(struct window *w, bool paused)
{
	w->paused = paused;
	return DO_ASK;
}

void window_pin(struct window *w, bool pinned)
{
	w->pinned = pinned;
}

/* ---- rows ---- */

const struct row *window_row(const struct window *w, uint64_t number)
{
	const struct view_result *r = w->r;

	if (!r || number < r->first || number >= (uint64_t)r->first + r->n)
		return NULL;
	return &r->rows[number - r->first];
}

static bool window_is_selected(const struct window *w, const struct row *row)
{
	if (row->group)
		return !strcmp(row->group->key, w->group_key);
	return !memcmp(&row->handle, &w->flow, sizeof(w->flow));
}

const struct row *window_cursor_row(const struct window *w)
{
	const struct row *row = w->selected ? window_row(w, w->number) : NULL;

	return row && !row->group && window_is_selected(w, row) ? row : NULL;
}

const struct group *window_cursor_group(const struct window *w)
{
	const struct row *row = w->selected ? window_row(w, w->number) : NULL;

	return row ? row->group : NULL;
}

/* ---- the cursor ---- */

/* Remembers which flow or group the cursor is on. */
static void window_hold(struct window *w)
{
	const struct row *row = window_row(w, w->number);

	w->flow = row ? row->handle : (struct flow_handle){ 0 };
	if (row && row->group)
		memcpy(w->group_key, row->group->key, sizeof(w->group_key));
}

static bool window_has_groups(const struct window *w)
{
	return w->r->n && w->r->rows[0].group;
}

/* The row in the result that the cursor was on; flows are also numbered beyond it. */
static bool window_find(const struct window *w, uint64_t *number)
{
	const struct view_result *r = w->r;

	for (unsigned i = 0; i < r->n; i++)
		if (window_is_selected(w, &r->rows[i])) {
			*number = (uint64_t)r->first + i;
			return true;
		}
	*number = r->cursor;
	return !window_has_groups(w) && r->serial == w->serial && r->cursor >= 0;
}

static void window_clamp(struct window *w)
{
	uint64_t total = window_total(w), rows = w->rows;

	if (w->number >= total)
		w->number = total ? total - 1 : 0;
	if (w->top + rows > total)
		w->top = total > rows ? total - rows : 0;
	if (!w->selected)
		return;
	if (w->number < w->top)
		w->top = w->number;
	if (w->number >= w->top + rows)
		w->top = w->number - rows + 1;
}

/* Moves the cursor to its flow in a new result; if that is gone, it stays on its row. */
static void window_follow(struct window *w)
{
	uint64_t line = w->number - w->top, number;
	bool known = window_has_groups(w) || w->flow.gen;

	if (w->selected && known && window_find(w, &number)) {
		w->number = number;
		w->top = number > line ? number - line : 0;
		window_clamp(w);
		return;
	}
	window_clamp(w);
	if (w->selected && !w->pinned &&
	    (w->r->serial == w->serial || !known))
		window_hold(w);
	if (!window_total(w))
		w->selected = false;
}

enum reaction window_move_to(struct window *w, uint64_t number)
{
	if (!window_total(w))
		return DO_NOTHING;
	w->selected = true;
	w->number = number;
	window_clamp(w);
	window_hold(w);
	return DO_ASK;
}

/* With nothing selected, the first step selects the top row. */
enum reaction window_move_by(struct window *w, int64_t rows)
{
	uint64_t from = w->number;

	if (!w->selected) {
		from = w->top;
		if (rows == 1 || rows == -1)
			rows = 0;
	}
	if (rows < 0 && from < (uint64_t)-rows)
		return window_move_to(w, 0);
	return window_move_to(w, from + rows);
}

enum reaction window_scroll_by(struct window *w, int64_t rows)
{
	uint64_t total = window_total(w), room = w->rows;

	if (rows < 0 && w->top < (uint64_t)-rows)
		w->top = 0;
	else
		w->top += rows;
	if (w->top + room > total)
		w->top = total > room ? total - room : 0;
	if (w->selected) {
		if (w->number < w->top)
			w->number = w->top;
		if (w->number >= w->top + room)
			w->number = w->top + room - 1;
		window_hold(w);
	}
	return DO_ASK;
}

enum reaction window_let_go(struct window *w)
{
	w->selected = false;
	w->top = w->number = 0;
	return DO_ASK;
}

void window_select(struct window *w, uint64_t number, const struct row *row)
{
	w->selected = true;
	w->number = number;
	if (number < w->top || number >= w->top + w->rows)
		w->top = number > w->rows / 2 ? number - w->rows / 2 : 0;
	w->flow = row->handle;
	if (row->group)
		memcpy(w->group_key, row->group->key, sizeof(w->group_key));
}

void window_restore(struct window *w, uint64_t top, uint64_t number, const char *key)
{
	w->selected = true;
	w->top = top;
	w->number = number;
	memcpy(w->group_key, key, sizeof(w->group_key));
}

/* ---- walking all rows ---- */

static void window_walk_ask(struct window *w)
{
	struct view_spec spec = *w->walk.spec;

	spec.first = w->walk.from;
	spec.rows = WALK_ROWS;
	spec.cursor = (struct flow_handle){ 0 };
	spec.follow = false;
	spec.needs = w->walk.needs;
	w->walk.serial = view_ask(w->view, &spec);
}

void window_walk(struct window *w, struct ui *ui, const struct view_spec *spec, uint64_t from,
		 bool round, unsigned needs, window_walk_fn *fn, window_walk_end_fn *end)
{
	w->walk = (struct walk){
		.ui = ui, .fn = fn, .end = end, .spec = spec, .from = from, .start = from,
		.round = round, .needs = needs,
	};
	window_walk_ask(w);
}

static enum reaction window_walk_end(struct window *w, bool whole)
{
	w->walk.fn = NULL;
	w->walk.end(w->walk.ui, whole);
	return DO_ASK;
}

enum reaction window_walk_stop(struct window *w)
{
	return w->walk.fn ? window_walk_end(w, false) : DO_NOTHING;
}

/* One piece: those of its rows that were not walked yet. */
static enum reaction window_walk_piece(struct window *win, const struct view_result *r)
{
	struct walk *w = &win->walk;

	for (unsigned i = 0; i < r->n; i++) {
		uint64_t number = (uint64_t)r->first + i;

		if (number < w->from)
			continue;
		if (w->wrapped && number >= w->start)
			break;
		if (!w->fn(w->ui, number, &r->rows[i]))
			return window_walk_end(win, true);
	}
	w->from = (uint64_t)r->first + r->n;
	if (r->n && w->from < r->totals.rows && !(w->wrapped && w->from >= w->start)) {
		window_walk_ask(win);
		return DO_NOTHING;
	}
	if (w->round && !w->wrapped && w->start) {
		w->wrapped = true;
		w->from = 0;
		window_walk_ask(win);
		return DO_NOTHING;
	}
	return window_walk_end(win, true);
}

/* ---- taking ---- */

bool window_take(struct window *w, enum reaction *then)
{
	struct view_result *r = view_take(w->view);

	if (!r)
		return false;
	if (w->walk.fn) {
		if (r->serial == w->walk.serial)
			*then |= window_walk_piece(w, r);
		view_result_free(r);
		return false;
	}
	if (r->serial < w->min_serial) {
		view_result_free(r);
		return false;
	}
	view_result_free(w->r);
	w->r = r;
	if (r->serial == w->serial)
		w->stale = false;
	window_follow(w);
	/* rows that went since the walk are missing: asking again brings none */
	if (!window_is_covered(w) && !w->stale && w->top != w->asked_top)
		*then |= DO_ASK;
	return true;
}
