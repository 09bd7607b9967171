// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/move.c - the picture at hand, the window in it, the cursor.
 *
 * A key moves the cursor in the picture at hand at once; the view is asked
 * for another beside that. The cursor is on a flow (or group), not on a line:
 * when its flow gets another place, the window moves along, so that it keeps
 * its line on the screen. With nothing selected the window stays at its rows.
 */
#include "ui/int.h"

#include <string.h>

#define PAUSED_ROWS	400	/* asked for when the picture will stand still */
#define WALK_ROWS	1000

/* ---- lines ---- */

void ui_measure(struct ui *ui)
{
	struct ui_lines *at = &ui->at;
	bool warns = ui->o->enrich && *enrich_limits(ui->o->enrich);
	int h = ui->lines, y;

	at->head = 0;
	at->heads = h >= 16 ? 3 : h >= 6 ? 1 : 0;
	y = at->heads;
	at->warning = h >= 20 && warns ? y++ : -1;
	at->tabs = h >= 10 ? y++ : -1;
	at->heading = h >= 3 ? y++ : -1;
	at->table = y;
	at->foot = h >= 4 ? h - 1 : -1;
	at->rows = h - y - (at->foot >= 0) > 0 ? h - y - (at->foot >= 0) : 1;
}

/* ---- asking ---- */

uint64_t ui_rows_total(const struct ui *ui)
{
	return ui->r ? ui->r->totals.rows : 0;
}

bool ui_is_covered(const struct ui *ui)
{
	uint64_t end = ui->top + ui->at.rows, total = ui_rows_total(ui);

	if (!ui->r || ui->r->serial < ui->serial_least)
		return false;
	if (end > total)
		end = total;
	return ui->top >= end ||
	       (ui->top >= ui->r->first && end <= (uint64_t)ui->r->first + ui->r->n);
}

static unsigned needs(const struct ui *ui)
{
	unsigned n = ui_layout_needs(ui);

	if (ui->back == &mode_detail)
		n |= NEED_OWNER | NEED_NAME | NEED_PLACE | NEED_SOCK;
	if (!ui->format.names)
		n &= ~NEED_NAME;
	if (ui->conf.no_geoip)
		n &= ~NEED_PLACE;
	return n;
}

void ui_ask(struct ui *ui)
{
	struct view_spec *spec = &ui->spec;

	if (ui->walk.fn)
		return;		/* its end asks */
	ui_measure(ui);
	ui_layout(ui);
	spec->first = ui->top;
	spec->rows = ui->at.rows;
	spec->needs = needs(ui);
	spec->cursor = ui->selected ? ui->flow : (struct flow_handle){ 0 };
	spec->follow = ui->selected;
	if (ui->paused && spec->rows < PAUSED_ROWS)
		spec->rows = PAUSED_ROWS;
	ui->serial = view_ask(ui->o->view, spec);
	ui->stale = true;
}

void ui_forget_rows(struct ui *ui)
{
	ui->selected = false;
	ui->top = ui->number = 0;
	ui_forget_widths(ui);
	if (ui->r) {
		ui->r->n = 0;
		ui->r->totals.rows = 0;
	}
	ui_ask(ui);
	ui->serial_least = ui->serial;
}

/* After a move: a picture that stands still is left only at its edge. */
static void ask_window(struct ui *ui)
{
	if (!ui->paused || !ui_is_covered(ui))
		ui_ask(ui);
}

void ui_ask_anew(struct ui *ui)
{
	if (!ui->selected)
		ui->top = ui->number = 0;
	ui_ask(ui);
}

/* ---- rows ---- */

const struct row *ui_row(const struct ui *ui, uint64_t number)
{
	const struct view_result *r = ui->r;

	if (!r || !r->rows || number < r->first || number >= (uint64_t)r->first + r->n)
		return NULL;
	return &r->rows[number - r->first];
}

const struct view_group *ui_group(const struct ui *ui, uint64_t number)
{
	const struct view_result *r = ui->r;

	if (!r || !r->groups || number < r->first || number >= (uint64_t)r->first + r->n)
		return NULL;
	return &r->groups[number - r->first];
}

const struct row *ui_cursor_row(const struct ui *ui)
{
	const struct row *row = ui->selected ? ui_row(ui, ui->number) : NULL;

	return row && !memcmp(&row->handle, &ui->flow, sizeof(ui->flow)) ? row : NULL;
}

const struct view_group *ui_cursor_group(const struct ui *ui)
{
	return ui->selected ? ui_group(ui, ui->number) : NULL;
}

/* ---- the cursor ---- */

/* Holds on to what is on the cursor's row now. */
static void hold(struct ui *ui)
{
	const struct row *row = ui_row(ui, ui->number);
	const struct view_group *group = ui_group(ui, ui->number);

	ui->flow = row ? row->handle : (struct flow_handle){ 0 };
	if (group)
		memcpy(ui->group_key, group->key, sizeof(ui->group_key));
}

static bool find_flow(const struct ui *ui, uint64_t *number)
{
	const struct view_result *r = ui->r;

	for (unsigned i = 0; r->rows && i < r->n; i++)
		if (!memcmp(&r->rows[i].handle, &ui->flow, sizeof(ui->flow))) {
			*number = (uint64_t)r->first + i;
			return true;
		}
	*number = r->cursor;
	return r->rows && r->serial == ui->serial && r->cursor >= 0;
}

static bool find_group(const struct ui *ui, uint64_t *number)
{
	const struct view_result *r = ui->r;

	for (unsigned i = 0; r->groups && i < r->n; i++)
		if (!strcmp(r->groups[i].key, ui->group_key)) {
			*number = (uint64_t)r->first + i;
			return true;
		}
	return false;
}

static void clamp(struct ui *ui)
{
	uint64_t total = ui_rows_total(ui), rows = ui->at.rows;

	if (ui->number >= total)
		ui->number = total ? total - 1 : 0;
	if (ui->top + rows > total)
		ui->top = total > rows ? total - rows : 0;
	if (!ui->selected)
		return;
	if (ui->number < ui->top)
		ui->top = ui->number;
	if (ui->number >= ui->top + rows)
		ui->top = ui->number - rows + 1;
}

/* The cursor's flow in a new picture; where it is gone, its row. */
static void follow(struct ui *ui)
{
	uint64_t line = ui->number - ui->top, number;
	bool known = ui->r->groups ? true : ui->flow.gen;

	if (ui->selected && known &&
	    (ui->r->groups ? find_group(ui, &number) : find_flow(ui, &number))) {
		ui->number = number;
		ui->top = number > line ? number - line : 0;
		clamp(ui);
		return;
	}
	clamp(ui);
	if (ui->selected && ui->back != &mode_detail &&
	    (ui->r->serial == ui->serial || !known))
		hold(ui);
	if (!ui_rows_total(ui))
		ui->selected = false;
}

void ui_move_to(struct ui *ui, uint64_t number)
{
	if (!ui_rows_total(ui))
		return;
	ui->selected = true;
	ui->number = number;
	clamp(ui);
	hold(ui);
	ask_window(ui);
}

/* The first key selects what is on the first line, or the last. */
void ui_move_by(struct ui *ui, int64_t rows)
{
	uint64_t from = ui->number;

	if (!ui->selected) {
		from = ui->top;
		if (rows == 1 || rows == -1)
			rows = 0;
	}
	if (rows < 0 && from < (uint64_t)-rows)
		ui_move_to(ui, 0);
	else
		ui_move_to(ui, from + rows);
}

void ui_scroll_by(struct ui *ui, int64_t rows)
{
	uint64_t total = ui_rows_total(ui), room = ui->at.rows;

	if (rows < 0 && ui->top < (uint64_t)-rows)
		ui->top = 0;
	else
		ui->top += rows;
	if (ui->top + room > total)
		ui->top = total > room ? total - room : 0;
	if (ui->selected) {
		if (ui->number < ui->top)
			ui->number = ui->top;
		if (ui->number >= ui->top + room)
			ui->number = ui->top + room - 1;
		hold(ui);
	}
	ask_window(ui);
}

void ui_let_go(struct ui *ui)
{
	ui->selected = false;
	ui->top = ui->number = 0;
	ask_window(ui);
}

/* ---- walking all rows ---- */

static void walk_ask(struct ui *ui)
{
	struct view_spec spec = ui->spec;

	spec.first = ui->walk.from;
	spec.rows = WALK_ROWS;
	spec.cursor = (struct flow_handle){ 0 };
	spec.follow = false;
	spec.needs = ui->walk.needs;
	ui->walk.serial = view_ask(ui->o->view, &spec);
}

void ui_walk(struct ui *ui, uint64_t from, bool round, unsigned walk_needs, ui_walk_fn *fn,
	     void (*end)(struct ui *ui, bool whole))
{
	ui->walk = (struct ui_walk){
		.fn = fn, .end = end, .from = from, .start = from, .round = round,
		.needs = walk_needs,
	};
	walk_ask(ui);
}

static void walk_end(struct ui *ui, bool whole)
{
	void (*end)(struct ui *ui, bool whole) = ui->walk.end;

	ui->walk.fn = NULL;
	end(ui, whole);
	ui_ask(ui);
}

void ui_walk_stop(struct ui *ui)
{
	if (ui->walk.fn)
		walk_end(ui, false);
}

/* One piece: the rows of it that are still to come. */
static void walk_piece(struct ui *ui, const struct view_result *r)
{
	struct ui_walk *w = &ui->walk;

	for (unsigned i = 0; i < r->n; i++) {
		uint64_t number = (uint64_t)r->first + i;

		if (number < w->from)
			continue;
		if (w->wrapped && number >= w->start)
			break;
		if (!w->fn(ui, number, r->rows ? &r->rows[i] : NULL,
			   r->groups ? &r->groups[i] : NULL)) {
			walk_end(ui, true);
			return;
		}
	}
	w->from = (uint64_t)r->first + r->n;
	if (r->n && w->from < r->totals.rows && !(w->wrapped && w->from >= w->start)) {
		walk_ask(ui);
	} else if (w->round && !w->wrapped && w->start) {
		w->wrapped = true;
		w->from = 0;
		walk_ask(ui);
	} else {
		walk_end(ui, true);
	}
}

/* ---- taking ---- */

static void sample(struct ui *ui)
{
	uint32_t gap = ui->r->made_ms - ui->sampled_ms;

	/* the first dump fills the table: that is no trend */
	if (!ui->r->stats.dumped || (ui->samples && gap < ui->conf.delay * 900))
		return;
	ui->sampled_ms = ui->r->made_ms;
	ui->live[ui->samples++ % UI_SAMPLES] = ui->r->totals.live;
}

void ui_take(struct ui *ui)
{
	struct view_result *r = view_take(ui->o->view);

	if (!r)
		return;
	if (ui->walk.fn) {
		if (r->serial == ui->walk.serial)
			walk_piece(ui, r);
		view_result_free(r);
		return;
	}
	if (r->serial < ui->serial_least ||
	    (ui->paused && !(ui->stale && r->serial == ui->serial))) {
		view_result_free(r);
		return;
	}
	view_result_free(ui->r);
	ui->r = r;
	if (r->serial == ui->serial)
		ui->stale = false;
	sample(ui);
	follow(ui);
	ui_watch_update(ui);
	/* rows that went since the walk are missing: asking again brings none */
	if (!ui_is_covered(ui) && !ui->stale && ui->top != ui->spec.first)
		ui_ask(ui);
}
