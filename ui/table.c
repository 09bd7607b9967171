// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/table.c - see the header. */
#include "ui/table.h"

#include <curses.h>
#include <string.h>

#include "classic.h"
#include "lib/proto.h"
#include "lib/text.h"
#include "ui/screen.h"

#define GUTTER		1	/* at the left of a row: its sign */
#define KEY_LEAST	8
#define BAR_LEAST	10
#define BAR_WANT	24

/* ---- layout ---- */

enum layout_role table_role(const struct table *t)
{
	if (!t->turned)
		return t->role;
	return t->role == LAYOUT_HOST ? LAYOUT_ROUTER : LAYOUT_HOST;
}

static void table_follow_role(struct ui *ui)
{
	const struct view_result *r = ui->window.r;
	struct table *t = &ui->table;
	enum layout_role role = r ? layout_role(t->role, r->totals.live, r->totals.forwarded) :
				t->role;

	if (role == t->role)
		return;
	t->role = role;
	t->sideways = 0;
	table_forget_widths(t);
}

static bool table_is_sorted_by(const struct ui *ui, const struct column *c)
{
	return ui->spec.sorts && ui->spec.sort[0].column == c;
}

/*
 * How wide the cells on the screen are. Columns only ever get wider by it, so
 * that they do not jump about, until something else is shown.
 */
static void table_measure_cells(struct ui *ui, const struct layout_column *from, unsigned n)
{
	char buf[DRAW_TEXT_MAX];

	for (unsigned line = 0; line < ui->at.rows; line++) {
		const struct row *row = window_row(&ui->window, ui->window.top + line);

		for (unsigned i = 0; row && i < n; i++) {
			uint8_t *seen = &ui->table.seen[from[i].column - columns];
			struct text cell = TEXT(buf);
			unsigned wide;

			if (*seen >= from[i].column->max_width)
				continue;
			text_clear(&cell);
			column_screen(from[i].column, row, &ui->format, &cell);
			wide = text_width(buf);
			if (wide > *seen)
				*seen = wide < UINT8_MAX ? wide : UINT8_MAX;
		}
	}
}

void table_forget_widths(struct table *t)
{
	memset(t->seen, 0, sizeof(t->seen));
}

void table_choose(struct table *t, const struct layout_wish *wish)
{
	t->wish = *wish;
	t->sideways = 0;
}

void table_scroll_back(struct table *t)
{
	t->sideways = 0;
}

/* Lays out the columns that have a width, @gap apart. */
static void table_place(struct table *t, const struct layout_column *fit, unsigned n, unsigned gap)
{
	int x = GUTTER;

	t->n_layout = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!fit[i].width)
			continue;
		t->layout[t->n_layout++] = (struct table_column){
			.column = fit[i].column, .x = x, .width = fit[i].width,
		};
		x += fit[i].width + gap;
	}
}

static unsigned table_room(const struct ui *ui)
{
	return ui->draw.cols > GUTTER ? ui->draw.cols - GUTTER : 0;
}

/* The columns from the first visible one on; returns how many. */
static unsigned table_candidates(struct ui *ui, struct layout_column *out)
{
	const struct column *sorted = ui->spec.sorts ? ui->spec.sort[0].column : NULL;
	struct table *t = &ui->table;
	unsigned n = layout_columns(table_role(t), &t->wish, sorted, t->sideways, out);
	unsigned skip = t->sideways < n ? t->sideways : n ? n - 1 : 0;

	for (unsigned i = 0; i + skip < n; i++) {
		out[i] = out[i + skip];
		if (t->sideways && out[i].column != sorted)
			out[i].rank = 0;
	}
	return n - skip;
}

/* A column is as wide as its visible cells, and as its title with the sort mark. */
static void table_limit_widths(const struct ui *ui, struct layout_column *c)
{
	unsigned title = text_width(c->column->title) + table_is_sorted_by(ui, c->column);
	unsigned seen = ui->table.seen[c->column - columns];

	if (c->min_width < title)
		c->min_width = title;
	if (c->max_width > seen)
		c->max_width = seen;
}

static bool table_all_fit(const struct layout_column *c, unsigned n)
{
	while (n && c[n - 1].width)
		n--;
	return !n;
}

static void table_layout_flows(struct ui *ui)
{
	struct layout_column c[LAYOUT_MAX];
	struct table *t = &ui->table;
	unsigned n, room = table_room(ui);
	bool in_turn = t->wish.listed || t->sideways;

	table_follow_role(ui);
	n = table_candidates(ui, c);
	table_measure_cells(ui, c, n);
	for (unsigned i = 0; i < n; i++)
		table_limit_widths(ui, &c[i]);
	layout_share_out(c, n, in_turn, 1, room);
	table_place(t, c, n, 1);
	if (n && !t->n_layout && room) {	/* not even one fits */
		c[0].width = room;
		table_place(t, c, n, 1);
	}
	t->layout_at_end = in_turn && table_all_fit(c, n);
}

/* The key takes at least a quarter, and what the sums leave free. */
static void table_layout_groups(struct ui *ui)
{
	struct layout_column c[LAYOUT_MAX];
	unsigned n = layout_group_columns(ui->spec.group, sort_key(&ui->spec)->column, c);
	unsigned room = table_room(ui), quarter = ui->draw.cols / 4;

	if (quarter > c[0].min_width)
		c[0].min_width = quarter;
	layout_share_out(c, n, false, 2, room);
	if (!c[0].width)
		c[0].width = room ? room : 1;
	if (c[0].width > c[0].max_width)
		c[0].width = c[0].max_width;
	table_place(&ui->table, c, n, 2);
	ui->table.layout_at_end = true;
}

void table_layout(struct ui *ui)
{
	if (ui->spec.group)
		table_layout_groups(ui);
	else
		table_layout_flows(ui);
}

unsigned table_needs(const struct ui *ui)
{
	const struct view_result *r = ui->window.r;
	unsigned needs = 0;

	if (ui->spec.group)
		return 0;
	if (ui->conf.classic)
		return CLASSIC_NEEDS;
	for (unsigned i = 0; i < ui->table.n_layout; i++)
		needs |= ui->table.layout[i].column->needs;
	if (r && (r->totals.uncounted || !r->stats.acct))
		needs |= NEED_SOCK;	/* the socket counts a flow that the kernel does not count */
	return needs;
}

/* ---- headings ---- */

/* The unit of "TX/s", if not bytes. Groups have no packet rates. */
static const char *table_unit_letter(const struct ui *ui)
{
	if (ui->format.unit == UNIT_BITS)
		return "b";
	return ui->format.unit == UNIT_PACKETS && !ui->spec.group ? "p" : "";
}

/* In place of RATE, and as long. Groups have no packet rates. */
static const char *table_rate_title(const struct ui *ui)
{
	if (ui->format.unit == UNIT_BITS)
		return "BITS";
	return ui->format.unit == UNIT_PACKETS && !ui->spec.group ? "PKTS" : "RATE";
}

/*
 * "RATE>" says of what where it is not bytes, and has a true arrow where there
 * is one; the sorted one has its sign.
 */
static const char *table_title(const struct ui *ui, const char *plain, int order, char *buf,
			       size_t size)
{
	struct text t = { .s = buf, .size = size };
	size_t len = strlen(plain);
	bool out = len && plain[len - 1] == '>', in = len && plain[len - 1] == '<';

	text_clear(&t);
	if (len == 4 && !strcmp(plain + 1, "X/s"))
		text_printf(&t, "%.2s%s/s", plain, table_unit_letter(ui));
	else if (!strncmp(plain, "RATE", 4))
		text_add(&t, table_rate_title(ui));
	else
		text_printf(&t, "%.*s", (int)(len - (out || in)), plain);
	if (out || in)
		text_add(&t, ui->draw.utf8 ? out ? "→" : "←" : out ? ">" : "<");
	if (order)
		text_add(&t, ui->draw.utf8 ? order > 0 ? "▲" : "▼" : order > 0 ? "^" : "v");
	return buf;
}

/* > 0: the smallest first; 0: not sorted by it. */
static int table_order_of(const struct ui *ui, const struct table_column *l)
{
	const struct view_spec *spec = &ui->spec;
	const struct sort_key *key = spec->group ? spec->group_sort : spec->sort;

	if (!(spec->group ? spec->group_sorts : spec->sorts) || key->column != l->column)
		return 0;
	return key->descending ? -1 : 1;
}

static void table_draw_classic_head(const struct ui *ui)
{
	char buf[128];
	struct text line = TEXT(buf);

	text_clear(&line);
	classic_head(ui->window.top, &line);
	draw_put(&ui->draw, ui->at.heading, GUTTER, ui->draw.cols - GUTTER, LOOK_HEAD, buf);
}

void table_draw_heading(const struct ui *ui)
{
	char buf[64];

	if (ui->at.heading < 0)
		return;
	draw_fill(&ui->draw, ui->at.heading, 0, ui->draw.cols, LOOK_HEAD);
	if (ui->conf.classic && !ui->spec.group) {
		table_draw_classic_head(ui);
		return;
	}
	for (unsigned i = 0; i < ui->table.n_layout; i++) {
		const struct table_column *l = &ui->table.layout[i];
		const char *plain = l->column == &group_columns[0] ? ui->spec.group->title :
				    l->column->title;

		draw_cell(&ui->draw, ui->at.heading, l->x, l->width, LOOK_HEAD, l->column->right,
			  table_title(ui, plain, table_order_of(ui, l), buf, sizeof(buf)));
	}
}

/* ---- keys, the mouse ---- */

enum reaction table_sort_step(struct ui *ui, int key)
{
	const struct table_column *l = ui->table.layout;
	int at = -1, n = ui->table.n_layout, step = key == '<' ? -1 : 1;

	for (int i = 0; i < n; i++)
		if (table_order_of(ui, &l[i]))
			at = i;
	if (!n)
		return DO_NOTHING;
	at = at < 0 ? 0 : (at + step + n) % n;
	return sort_by(ui, l[at].column, l[at].column->descends);
}

enum reaction table_heading_clicked(struct ui *ui, int x)
{
	for (unsigned i = 0; i < ui->table.n_layout; i++) {
		const struct table_column *l = &ui->table.layout[i];
		int order = table_order_of(ui, l);

		if (x < l->x || x >= l->x + (int)l->width)
			continue;
		return sort_by(ui, l->column, order ? order > 0 : l->column->descends);
	}
	return DO_NOTHING;
}

enum reaction table_sideways(struct ui *ui, int key)
{
	struct table *t = &ui->table;

	if (ui->spec.group)
		return DO_NOTHING;
	if (key == KEY_LEFT)
		t->sideways -= t->sideways > 0;
	else if (!t->layout_at_end || ui->conf.classic)
		t->sideways += t->sideways < LAYOUT_MAX;
	return DO_ASK;
}

enum reaction table_source(struct ui *ui, int key)
{
	(void)key;
	ui->table.turned = !ui->table.turned;
	table_scroll_back(&ui->table);
	table_forget_widths(&ui->table);
	return DO_ASK;
}

/* ---- rows of flows ---- */

static bool table_is_ended(const struct row *row)
{
	return flow_read(row->flow->flags) & FLOW_ENDED;
}

static enum look table_look_of_state(const char *state)
{
	if (!strncmp(state, "SYN_", 4))
		return LOOK_FRESH;
	if (!strcmp(state, "TIME_WAIT") || !strcmp(state, "CLOSE"))
		return LOOK_DIM;
	return LOOK_PLAIN;
}

static enum look table_look_of(const struct column *c, const char *cell)
{
	if (!strcmp(c->name, "state"))
		return table_look_of_state(cell);
	if (!strcmp(cell, "?") || !strcmp(cell, BRIDGED) || !strcmp(cell, "0") ||
	    !strcmp(cell, "-"))
		return LOOK_DIM;
	return LOOK_PLAIN;
}

/* Cuts a long host before its port, which matters more. */
static void table_cut_end(const struct ui *ui, char *cell, unsigned width)
{
	struct text out = { .s = cell, .size = DRAW_TEXT_MAX };
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
	text_add(&out, ui->draw.utf8 ? "…" : "~");
	text_add(&out, tail);
}

static struct format table_format(const struct ui *ui, const struct column *c)
{
	struct format f = ui->format;

	for (unsigned i = 0; i < ui->table.n_layout; i++)
		f.names &= !column_is_host_of(ui->table.layout[i].column, c);
	return f;
}

/* A flow, or a group. @plain: the look of cells that have no look of their own. */
static void table_draw_cells(const struct ui *ui, int y, const struct row *row, enum look plain)
{
	char buf[DRAW_TEXT_MAX];

	for (unsigned i = 0; i < ui->table.n_layout; i++) {
		const struct table_column *l = &ui->table.layout[i];
		const struct column *c = l->column;
		struct format format = table_format(ui, c);
		struct text cell = TEXT(buf);
		enum look look;

		text_clear(&cell);
		column_screen(c, row, &format, &cell);
		if (!cell.len && (c->descends || c == &group_columns[0]))
			text_add(&cell, c->descends ? "-" : "?");
		if (c->screen && strstr(c->name, "_addr"))
			table_cut_end(ui, buf, l->width);
		look = plain == LOOK_PLAIN || plain == LOOK_BOLD ? table_look_of(c, buf) : plain;
		look = look == LOOK_PLAIN ? plain : look;
		draw_cell(&ui->draw, y, l->x, l->width, look, c->right, buf);
	}
}

/* Without the first @column columns. */
static const char *table_from_column(const char *s, unsigned column)
{
	return s + text_fit(s, column, NULL);
}

static void table_draw_classic(const struct ui *ui, int y, const struct row *row, enum look look)
{
	char buf[CLASSIC_LINE_MAX];
	struct text line = TEXT(buf);

	text_clear(&line);
	classic_line(row, &ui->format, &line);
	draw_put(&ui->draw, y, GUTTER, ui->draw.cols, look,
		 table_from_column(buf, ui->table.sideways * 8));
}

/* One of the busiest flows, which are at the top whatever their state. */
static bool table_is_busiest(const struct ui *ui, uint64_t number)
{
	return number < ui->window.r->busiest;
}

static void table_draw_flow(const struct ui *ui, int y, const struct row *row, uint64_t number)
{
	bool selected = ui->window.selected && number == ui->window.number;
	bool busiest = table_is_busiest(ui, number), ended = table_is_ended(row);
	enum look look = selected ? LOOK_CURSOR : ended ? LOOK_DIM :
			 busiest ? LOOK_BOLD : LOOK_PLAIN;

	if (selected)
		draw_fill(&ui->draw, y, 0, ui->draw.cols, LOOK_CURSOR);
	if (ended)
		draw_put(&ui->draw, y, 0, 1, look, ui->draw.utf8 ? "×" : "x");
	else if (busiest)
		draw_put(&ui->draw, y, 0, 1, look, ui->draw.utf8 ? "»" : ">");
	if (ui->conf.classic)
		table_draw_classic(ui, y, row, look);
	else
		table_draw_cells(ui, y, row, look);
}

/* ---- rows of groups ---- */

/* A bar: the group's share of the flows shown, where there is room. */
static void table_draw_share(const struct ui *ui, int y, const struct group *g, bool selected)
{
	const struct table_column *last = &ui->table.layout[ui->table.n_layout - 1];
	int x = last->x + last->width + 2, room = ui->draw.cols - x - 1;

	if (room < BAR_LEAST || !ui->window.r->totals.shown)
		return;
	draw_bar(&ui->draw, y, x, room < BAR_WANT ? room : BAR_WANT,
		 (double)g->flows / ui->window.r->totals.shown, selected ? LOOK_CURSOR : LOOK_DIM);
}

static void table_draw_group(const struct ui *ui, int y, const struct row *row, bool selected)
{
	if (selected)
		draw_fill(&ui->draw, y, 0, ui->draw.cols, LOOK_CURSOR);
	table_draw_cells(ui, y, row, selected ? LOOK_CURSOR :
			 row->group->flows ? LOOK_PLAIN : LOOK_DIM);
	table_draw_share(ui, y, row->group, selected);
}

/* ---- all of it ---- */

void table_draw_rows(const struct ui *ui)
{
	const struct window *w = &ui->window;

	for (unsigned i = 0; i < ui->at.rows; i++) {
		uint64_t number = w->top + i;
		bool selected = w->selected && number == w->number;
		const struct row *row = window_row(w, number);

		if (row && row->group)
			table_draw_group(ui, ui->at.table + i, row, selected);
		else if (row)
			table_draw_flow(ui, ui->at.table + i, row, number);
	}
}
