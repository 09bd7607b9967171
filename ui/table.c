// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/table.c - the table: which columns at which width, headings, rows of
 * flows and of groups, classic lines.
 */
#include "ui/int.h"

#include <math.h>

#include <stdlib.h>
#include <string.h>

#include "classic.h"
#include "proto.h"
#include "text.h"

#define RANK_MAX	255
#define GUTTER		1	/* at the left of a row: its sign */
#define KEY_LEAST	8
#define KEY_WANT	40
#define BAR_LEAST	10
#define BAR_WANT	24

/* The sums of a group, behind its key. */
static const struct {
	const char *title;
	uint8_t width, rank;
} sums[GROUP_SORTS] = {
	[GROUP_FLOWS] = { "FLOWS", 7, 1 },
	[GROUP_UNREPLIED] = { "UNREPLIED", 10, 4 },
	[GROUP_NEW] = { "NEW/s", 7, 3 },
	[GROUP_ORIG_RATE] = { "RATE>", 7, 2 },
	[GROUP_REPLY_RATE] = { "RATE<", 7, 2 },
	[GROUP_RATE] = { "RATE", 7, 5 },
	[GROUP_TOTAL_FLOWS] = { "ALL FLOWS", 10, 6 },
	[GROUP_TOTAL_BYTES] = { "ALL BYTES", 10, 6 },
};

static const enum group_sort sum_order[] = {
	GROUP_FLOWS, GROUP_UNREPLIED, GROUP_NEW, GROUP_ORIG_RATE, GROUP_REPLY_RATE,
	GROUP_RATE, GROUP_TOTAL_FLOWS, GROUP_TOTAL_BYTES,
};
#define N_SUMS (sizeof(sum_order) / sizeof(sum_order[0]))

const char *ui_group_sort_title(enum group_sort sort)
{
	return sort == GROUP_KEY ? "KEY" : sums[sort].title;
}

/* ---- layout ---- */

static bool is_wanted(const struct ui *ui, const struct column *c)
{
	return !(ui->no_source && !strncmp(c->name, "src_", 4));
}

/* All columns there are to see, in their order; the best first. */
static unsigned candidates(const struct ui *ui, const struct column **out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ui->n_chosen; i++)
		if (is_wanted(ui, ui->chosen[i]))
			out[n++] = ui->chosen[i];
	for (unsigned i = 0; !ui->n_chosen && i < n_columns; i++)
		if (columns[i].rank && is_wanted(ui, &columns[i]))
			out[n++] = &columns[i];
	for (unsigned i = 0; !ui->n_chosen && ui->sideways && i < n_columns; i++)
		if (!columns[i].rank && is_wanted(ui, &columns[i]))
			out[n++] = &columns[i];
	return n;
}

static bool is_sorted_by(const struct ui *ui, const struct column *c)
{
	return ui->spec.sorts && ui->spec.sort[0].column == c;
}

static unsigned least_width(const struct ui *ui, const struct column *c)
{
	unsigned title = text_width(c->title) + is_sorted_by(ui, c);

	return title > c->min_width ? title : c->min_width;
}

/* Takes those of a rank (0: of any) that fit; returns the room that is left. */
static int take(const struct ui *ui, const struct column **from, unsigned n, unsigned rank,
		int room, unsigned *width)
{
	for (unsigned i = 0; i < n; i++) {
		int least = least_width(ui, from[i]);

		if (rank && from[i]->rank != rank)
			continue;
		if (least + 1 > room) {
			if (!rank)
				break;
			continue;
		}
		width[i] = least;
		room -= least + 1;
	}
	return room;
}

/*
 * How wide the cells on the screen are. Columns only ever get wider by it, so
 * that they do not jump about, until something else is shown.
 */
static void measure_cells(struct ui *ui, const struct column **from, unsigned n)
{
	char buf[UI_CELL_MAX];

	for (unsigned line = 0; line < ui->at.rows; line++) {
		const struct row *row = ui_row(ui, ui->top + line);

		for (unsigned i = 0; row && i < n; i++) {
			uint8_t *seen = &ui->seen[from[i] - columns];
			struct text cell = TEXT(buf);
			unsigned wide;

			if (*seen >= from[i]->max_width)
				continue;
			text_clear(&cell);
			column_screen(from[i], row, &ui->format, &cell);
			wide = text_width(buf);
			if (wide > *seen)
				*seen = wide < UINT8_MAX ? wide : UINT8_MAX;
		}
	}
}

void ui_forget_widths(struct ui *ui)
{
	memset(ui->seen, 0, sizeof(ui->seen));
}

/* A place more for each in turn, until none can use more. */
static void share_out(const struct ui *ui, const struct column **from, unsigned n, int room,
		      unsigned *width)
{
	bool any = true;

	while (room > 0 && any) {
		any = false;
		for (unsigned i = 0; i < n && room > 0; i++)
			if (width[i] && width[i] < from[i]->max_width &&
			    width[i] < ui->seen[from[i] - columns]) {
				width[i]++;
				room--;
				any = true;
			}
	}
}

static void layout_flows(struct ui *ui)
{
	const struct column *from[UI_COLUMNS_MAX];
	unsigned width[UI_COLUMNS_MAX] = { 0 }, n = candidates(ui, from), skip;
	int x = GUTTER, room = ui->cols - GUTTER + 1;

	skip = ui->sideways < n ? ui->sideways : n ? n - 1 : 0;
	if (ui->n_chosen || skip)
		room = take(ui, from + skip, n - skip, 0, room, width + skip);
	for (unsigned rank = 1; !ui->n_chosen && !skip && rank <= RANK_MAX; rank++)
		room = take(ui, from, n, rank, room, width);
	if (n && !width[skip] && ui->cols > GUTTER) {	/* narrower than any */
		width[skip] = ui->cols - GUTTER;
		room = 0;
	}
	measure_cells(ui, from, n);
	share_out(ui, from, n, room, width);
	ui->n_layout = 0;
	for (unsigned i = skip; i < n; i++) {
		if (!width[i])
			continue;
		ui->layout[ui->n_layout++] = (struct ui_layout_column){
			.column = from[i], .x = x, .width = width[i],
		};
		x += width[i] + 1;
	}
	ui->layout_at_end = n && width[n - 1] && (ui->n_chosen || skip);
}

static void layout_groups(struct ui *ui)
{
	bool shown[GROUP_SORTS] = { false };
	int least = ui->cols / 4 > KEY_LEAST ? ui->cols / 4 : KEY_LEAST;
	int room = ui->cols - GUTTER - least, x, key;

	for (unsigned rank = 1; rank <= 6; rank++)
		for (unsigned i = 0; i < N_SUMS; i++) {
			int need = sums[sum_order[i]].width + 2;

			if (sums[sum_order[i]].rank != rank || need > room)
				continue;
			shown[sum_order[i]] = true;
			room -= need;
		}
	key = least + (room > 0 ? room : 0);
	if (key > KEY_WANT)
		key = KEY_WANT;
	if (key > ui->cols - GUTTER)
		key = ui->cols - GUTTER > 0 ? ui->cols - GUTTER : 1;
	ui->layout[0] = (struct ui_layout_column){ .sum = GROUP_KEY, .x = GUTTER, .width = key };
	ui->n_layout = 1;
	x = GUTTER + key + 2;
	for (unsigned i = 0; i < N_SUMS; i++) {
		if (!shown[sum_order[i]])
			continue;
		ui->layout[ui->n_layout++] = (struct ui_layout_column){
			.sum = sum_order[i], .x = x, .width = sums[sum_order[i]].width,
		};
		x += sums[sum_order[i]].width + 2;
	}
	ui->layout_at_end = true;
}

void ui_layout(struct ui *ui)
{
	if (ui->spec.group)
		layout_groups(ui);
	else
		layout_flows(ui);
}

unsigned ui_layout_needs(const struct ui *ui)
{
	unsigned needs = 0;

	if (ui->spec.group)
		return 0;
	if (ui->classic)
		return CLASSIC_NEEDS;
	for (unsigned i = 0; i < ui->n_layout; i++)
		needs |= ui->layout[i].column->needs;
	return needs;
}

/* ---- headings ---- */

/* What stands for RATE, as long: groups count no packets. */
static const char *rate_title(const struct ui *ui)
{
	if (ui->format.unit == UNIT_BITS)
		return "BITS";
	return ui->format.unit == UNIT_PACKETS && !ui->spec.group ? "PKTS" : "RATE";
}

/*
 * "RATE>" says of what where it is not bytes, and has a true arrow where there
 * is one; the sorted one has its sign.
 */
static const char *title(const struct ui *ui, const char *plain, int order, char *buf,
			 size_t size)
{
	struct text t = { .s = buf, .size = size };
	size_t len = strlen(plain);
	bool out = len && plain[len - 1] == '>', in = len && plain[len - 1] == '<';

	text_clear(&t);
	if (!strncmp(plain, "RATE", 4))
		text_add(&t, rate_title(ui));
	else
		text_printf(&t, "%.*s", (int)(len - (out || in)), plain);
	if (out || in)
		text_add(&t, ui->utf8 ? out ? "→" : "←" : out ? ">" : "<");
	if (order)
		text_add(&t, ui->utf8 ? order > 0 ? "▲" : "▼" : order > 0 ? "^" : "v");
	return buf;
}

/* > 0: the smallest first; 0: not sorted by it. */
static int order_of(const struct ui *ui, const struct ui_layout_column *l)
{
	const struct view_spec *spec = &ui->spec;

	if (l->column)
		return !is_sorted_by(ui, l->column) ? 0 : spec->sort[0].descending ? -1 : 1;
	if (l->sum != spec->group_sort)
		return 0;
	return (l->sum == GROUP_KEY) != spec->group_ascending ? 1 : -1;
}

static void draw_classic_head(const struct ui *ui)
{
	char buf[128];
	struct text line = TEXT(buf);

	text_clear(&line);
	classic_head(ui->top, &line);
	draw_put(ui, ui->at.heading, GUTTER, ui->cols - GUTTER, LOOK_HEAD, buf);
}

static void draw_heading(struct ui *ui)
{
	char buf[64];

	draw_fill(ui, ui->at.heading, 0, ui->cols, LOOK_HEAD);
	if (ui->classic && !ui->spec.group) {
		draw_classic_head(ui);
		return;
	}
	for (unsigned i = 0; i < ui->n_layout; i++) {
		const struct ui_layout_column *l = &ui->layout[i];
		const char *plain = l->column ? l->column->title :
				    l->sum == GROUP_KEY ? ui->spec.group->title :
				    sums[l->sum].title;
		bool right = l->column ? l->column->right : l->sum != GROUP_KEY;

		draw_cell(ui, ui->at.heading, l->x, l->width, LOOK_HEAD, right,
			 title(ui, plain, order_of(ui, l), buf, sizeof(buf)));
	}
}

void ui_sort_step(struct ui *ui, int step)
{
	int at = -1, n = ui->n_layout;

	for (int i = 0; i < n; i++)
		if (order_of(ui, &ui->layout[i]))
			at = i;
	if (!n)
		return;
	at = at < 0 ? 0 : (at + step + n) % n;
	if (ui->layout[at].column)
		ui_set_sort(ui, ui->layout[at].column, ui->layout[at].column->descends);
	else
		ui_set_group_sort(ui, ui->layout[at].sum, false);
}

void ui_heading_clicked(struct ui *ui, int x)
{
	for (unsigned i = 0; i < ui->n_layout; i++) {
		const struct ui_layout_column *l = &ui->layout[i];
		int order = order_of(ui, l);

		if (x < l->x || x >= l->x + (int)l->width)
			continue;
		if (!l->column)
			ui_set_group_sort(ui, l->sum, order && !ui->spec.group_ascending);
		else
			ui_set_sort(ui, l->column,
				    order ? order > 0 : l->column->descends);
		return;
	}
}

/* ---- rows of flows ---- */

static bool is_ended(const struct row *row)
{
	return flow_read(row->flow->flags) & FLOW_ENDED;
}

static enum ui_look look_of_state(const char *state)
{
	if (!strncmp(state, "SYN_", 4))
		return LOOK_FRESH;
	if (!strcmp(state, "TIME_WAIT") || !strcmp(state, "CLOSE"))
		return LOOK_DIM;
	return LOOK_PLAIN;
}

static enum ui_look look_of(const struct column *c, const char *cell)
{
	if (!strcmp(c->name, "state"))
		return look_of_state(cell);
	if (!strcmp(cell, "?") || !strcmp(cell, BRIDGED) || !strcmp(cell, "0") ||
	    !strcmp(cell, "-"))
		return LOOK_DIM;
	return LOOK_PLAIN;
}

/* A host that is too long is cut before its port, which is worth more. */
static void cut_end(const struct ui *ui, char *cell, unsigned width)
{
	struct text out = { .s = cell, .size = UI_CELL_MAX };
	char *port, tail[32];

	if (text_width(cell) <= width)
		return;
	cell[strcspn(cell, " ")] = '\0';	/* "(nat)" goes first */
	port = strrchr(cell, ':');
	if (!port || strlen(port) >= sizeof(tail) || text_width(cell) <= width)
		return;
	snprintf(tail, sizeof(tail), "%s", port);
	if (text_width(tail) + KEY_LEAST > width)
		return;
	*port = '\0';
	out.len = text_fit(cell, width - text_width(tail) - 1, NULL);
	text_add(&out, ui->utf8 ? "…" : "~");
	text_add(&out, tail);
}

static void draw_row(const struct ui *ui, int y, const struct row *row, bool selected)
{
	char buf[UI_CELL_MAX];

	for (unsigned i = 0; i < ui->n_layout; i++) {
		const struct column *c = ui->layout[i].column;
		struct text cell = TEXT(buf);
		enum ui_look look;

		text_clear(&cell);
		column_screen(c, row, &ui->format, &cell);
		if (!cell.len && c->descends)
			text_add(&cell, "-");
		if (c->screen && strstr(c->name, "_addr"))
			cut_end(ui, buf, ui->layout[i].width);
		look = selected ? LOOK_CURSOR : is_ended(row) ? LOOK_DIM : look_of(c, buf);
		draw_cell(ui, y, ui->layout[i].x, ui->layout[i].width, look, c->right, buf);
	}
}

/* Cuts columns off at the left. */
static const char *from_column(const char *s, unsigned column)
{
	return s + text_fit(s, column, NULL);
}

static void draw_classic(const struct ui *ui, int y, const struct row *row, bool selected)
{
	char buf[CLASSIC_LINE_MAX];
	struct text line = TEXT(buf);

	text_clear(&line);
	classic_line(row, &ui->format, &line);
	draw_put(ui, y, GUTTER, ui->cols,
		selected ? LOOK_CURSOR : is_ended(row) ? LOOK_DIM : LOOK_PLAIN,
		from_column(buf, ui->sideways * 8));
}

static void draw_flow(const struct ui *ui, int y, const struct row *row, bool selected)
{
	if (selected)
		draw_fill(ui, y, 0, ui->cols, LOOK_CURSOR);
	if (is_ended(row))
		draw_put(ui, y, 0, 1, selected ? LOOK_CURSOR : LOOK_DIM, ui->utf8 ? "×" : "x");
	if (ui->classic)
		draw_classic(ui, y, row, selected);
	else
		draw_row(ui, y, row, selected);
}

/* ---- rows of groups ---- */

static void add_sum(const struct ui *ui, const struct view_group *g, enum group_sort sum,
		    struct text *out)
{
	double n = view_group_sum(g, sum);
	bool rate = sum == GROUP_ORIG_RATE || sum == GROUP_REPLY_RATE || sum == GROUP_RATE;
	bool count = sum == GROUP_FLOWS || sum == GROUP_UNREPLIED || sum == GROUP_TOTAL_FLOWS;

	if (isnan(n))
		text_add_char(out, '-');
	else if (count && n < 1e6)
		text_add_grouped(out, n);
	else
		text_add_human(out, rate && ui->format.unit == UNIT_BITS ? n * 8 : n,
			       (rate || sum == GROUP_TOTAL_BYTES) && ui->format.iec);
}

/* What share of the flows shown it has, where there is room for it. */
static void draw_share(const struct ui *ui, int y, const struct view_group *g, bool selected)
{
	const struct ui_layout_column *last = &ui->layout[ui->n_layout - 1];
	int x = last->x + last->width + 2, room = ui->cols - x - 1;

	if (room < BAR_LEAST || !ui->r->totals.shown)
		return;
	draw_bar(ui, y, x, room < BAR_WANT ? room : BAR_WANT,
		(double)g->flows / ui->r->totals.shown, selected ? LOOK_CURSOR : LOOK_DIM);
}

static void draw_group(const struct ui *ui, int y, const struct view_group *g, bool selected)
{
	bool ended = !g->flows;

	if (selected)
		draw_fill(ui, y, 0, ui->cols, LOOK_CURSOR);
	for (unsigned i = 0; i < ui->n_layout; i++) {
		const struct ui_layout_column *l = &ui->layout[i];
		enum ui_look look = selected ? LOOK_CURSOR : ended ? LOOK_DIM : LOOK_PLAIN;
		char buf[UI_CELL_MAX];
		struct text cell = TEXT(buf);

		text_clear(&cell);
		if (l->sum == GROUP_KEY)
			text_add(&cell, *g->key ? g->key : "?");
		else
			add_sum(ui, g, l->sum, &cell);
		if (!selected && (!strcmp(buf, "0") || !strcmp(buf, "?") || !strcmp(buf, "-")))
			look = LOOK_DIM;
		draw_cell(ui, y, l->x, l->width, look, l->sum != GROUP_KEY, buf);
	}
	draw_share(ui, y, g, selected);
}

/* ---- all of it ---- */

void ui_draw_table(struct ui *ui)
{
	if (ui->at.heading >= 0)
		draw_heading(ui);
	if (ui_draw_sentence(ui))
		return;
	for (unsigned i = 0; i < ui->at.rows; i++) {
		uint64_t number = ui->top + i;
		bool selected = ui->selected && number == ui->number;
		const struct row *row = ui->spec.group ? NULL : ui_row(ui, number);
		const struct view_group *group = ui->spec.group ? ui_group(ui, number) : NULL;

		if (row)
			draw_flow(ui, ui->at.table + i, row, selected);
		else if (group)
			draw_group(ui, ui->at.table + i, group, selected);
	}
}
