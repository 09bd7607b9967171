// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/keys.c - the key table: what it says is what happens, what help shows
 * and what the bottom line offers.
 */
#include "ui/int.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void key_move(struct ui *ui, int key)
{
	ui_move_by(ui, key == KEY_UP || key == 'k' ? -1 : 1);
}

static void key_page(struct ui *ui, int key)
{
	int64_t page = ui->at.rows, by = page > 1 ? page - 1 : 1;

	if (key == CTRL('u') || key == CTRL('d'))
		by = page > 2 ? page / 2 : 1;
	ui_move_by(ui, key == KEY_PPAGE || key == CTRL('b') || key == CTRL('u') ? -by : by);
}

static void key_home(struct ui *ui, int key)
{
	(void)key;
	ui_let_go(ui);
}

static void key_end(struct ui *ui, int key)
{
	uint64_t total = ui_rows_total(ui);

	(void)key;
	ui_move_to(ui, total ? total - 1 : 0);
}

static void key_redraw(struct ui *ui, int key)
{
	(void)key;
	ui->redraw = true;
}

static void key_help(struct ui *ui, int key)
{
	(void)key;
	ui->scroll = 0;
	ui_mode_set(ui, &mode_help);
}

static void key_quit(struct ui *ui, int key)
{
	(void)key;
	ui->quit = true;
}

#define BOTH (IN_TABLE | IN_DETAIL)

const struct ui_key ui_keys[] = {
	{ .key = { KEY_UP, KEY_DOWN, 'k', 'j' }, .names = "Up Down k j", .help = "move",
	  .where = IN_TABLE, .act = key_move },
	{ .key = { KEY_PPAGE, KEY_NPAGE, CTRL('b'), CTRL('f'), CTRL('u'), CTRL('d') },
	  .names = "PgUp PgDn ^B ^F ^U ^D", .help = "move by pages, by half pages",
	  .where = IN_TABLE, .act = key_page },
	{ .key = { KEY_HOME, 'g' }, .names = "Home g", .help = "to the top, clear the selection",
	  .where = IN_TABLE, .act = key_home },
	{ .key = { KEY_END, 'G' }, .names = "End G", .help = "to the end",
	  .where = IN_TABLE, .act = key_end },
	{ .key = { KEY_LEFT, KEY_RIGHT }, .names = "Left Right", .help = "scroll sideways",
	  .where = IN_TABLE, .act = set_sideways },
	{ .key = { '\r', '\n', KEY_ENTER }, .names = "Enter",
	  .help = "flow details, or open the group", .foot = "details",
	  .foot_key = "Enter", .foot_rank = 2, .where = IN_TABLE, .act = set_enter },
	{ .key = { KEY_BACKSPACE, 0x7f, CTRL('h') }, .names = "Backspace", .help = "back",
	  .foot = "back", .foot_key = "Bksp", .foot_rank = 1, .where = IN_DETAIL,
	  .act = set_back },
	{ .key = { KEY_BACKSPACE, 0x7f, CTRL('h') }, .where = IN_TABLE, .act = set_back },
	{ .key = { '\t', KEY_BTAB }, .names = "Tab Shift-Tab", .help = "next view, previous view",
	  .foot = "views", .foot_key = "Tab", .foot_rank = 3, .where = IN_TABLE,
	  .act = set_tab },
	{ .key = { '1', '2', '3', '4', '5', '6' }, .names = "1..7", .help = "view by number",
	  .where = IN_TABLE, .act = set_tab },
	{ .key = { '7' }, .where = IN_TABLE, .act = set_tab },
	{ .key = { '<', '>' }, .names = "< >", .help = "sort by the column to the left, right",
	  .where = IN_TABLE, .act = set_sort_step },
	{ .key = { 'o', KEY_F(6) }, .names = "o F6", .help = "choose what to sort by",
	  .foot = "sort", .foot_key = "o", .foot_rank = 3, .where = IN_TABLE,
	  .act = set_sort_menu },
	{ .key = { 'r', 'R' }, .names = "r R", .help = "reverse the sort order",
	  .where = IN_TABLE, .act = set_reverse },
	{ .key = { 'C', KEY_F(2) }, .names = "C F2", .help = "choose columns",
	  .foot = "columns", .foot_key = "C", .foot_rank = 5, .where = IN_TABLE,
	  .act = set_column_menu },
	{ .key = { '/', KEY_F(4) }, .names = "/ F4", .help = "filter, as you type",
	  .foot = "filter", .foot_key = "/", .foot_rank = 2, .where = IN_TABLE,
	  .act = set_filter },
	{ .key = { KEY_ESCAPE }, .names = "Esc", .help = "clear the filter; close what is open",
	  .where = IN_TABLE, .act = set_escape },
	{ .key = { '*', KEY_F(3) }, .names = "F3 *",
	  .help = "F3: search; *: next match",
	  .foot = "search", .foot_key = "F3", .foot_rank = 6, .where = IN_TABLE,
	  .act = set_search },
	{ .key = { 'p', ' ' }, .names = "p Space", .help = "pause the display (counting goes on)",
	  .foot = "pause", .foot_key = "p", .foot_rank = 4, .where = BOTH, .act = set_pause },
	{ .key = { 'a' }, .names = "a", .help = "group by the next field", .foot = "group",
	  .foot_key = "a", .foot_rank = 4, .where = IN_TABLE, .act = set_next_group },
	{ .key = { 'A' }, .names = "A", .help = "only flows with traffic", .where = IN_TABLE,
	  .act = set_active },
	{ .key = { 'z' }, .names = "z", .help = "show or hide ended flows", .where = IN_TABLE,
	  .act = set_ended },
	{ .key = { 't', 'u', 'i' }, .names = "t u i", .help = "TCP, UDP, ICMP on and off",
	  .where = IN_TABLE, .act = set_protos },
	{ .key = { 'v' }, .names = "v", .help = "IPv4 and IPv6, IPv4, IPv6",
	  .where = IN_TABLE, .act = set_families },
	{ .key = { 'n' }, .names = "n", .help = "host names or addresses", .where = BOTH,
	  .act = set_names },
	{ .key = { 'N' }, .names = "N", .help = "service names or port numbers", .where = BOTH,
	  .act = set_services },
	{ .key = { 'b', 'B' }, .names = "b B",
	  .help = "bytes, bits, packets / powers of 1000 or 1024", .where = BOTH,
	  .act = set_units },
	{ .key = { 's' }, .names = "s", .help = "show or hide the source columns", .where = IN_TABLE,
	  .act = set_source },
	{ .key = { 'c' }, .names = "c", .help = "classic lines", .where = IN_TABLE,
	  .act = set_classic },
	{ .key = { 'd', '+', '-' }, .names = "d + -", .help = "set the refresh interval", .where = BOTH,
	  .act = set_interval },
	{ .key = { 'x' }, .names = "x", .help = "delete the conntrack entry (confirm)",
	  .foot = "delete", .foot_key = "x", .foot_rank = 5, .where = BOTH, .act = act_delete },
	{ .key = { 'K' }, .names = "K", .help = "close the local socket (confirm)",
	  .foot = "close socket", .foot_key = "K", .foot_rank = 7, .where = BOTH,
	  .act = act_close },
	{ .key = { KEY_F(9) }, .names = "F9", .help = "send a signal to the process (confirm)",
	  .foot = "signal", .foot_key = "F9", .foot_rank = 7, .where = BOTH,
	  .act = act_signal },
	{ .key = { 'P' }, .names = "P", .help = "show the commands for these actions",
	  .where = BOTH, .act = act_print },
	{ .key = { 'y' }, .names = "y", .help = "copy the row (OSC 52)", .where = BOTH,
	  .act = act_copy },
	{ .key = { 'w' }, .names = "w", .help = "write the rows shown to a file (JSON Lines)",
	  .where = IN_TABLE, .act = act_write },
	{ .key = { 'W' }, .names = "W", .help = "save the settings", .where = BOTH,
	  .act = act_save },
	{ .key = { CTRL('l') }, .names = "^L", .help = "redraw", .where = BOTH,
	  .act = key_redraw },
	{ .key = { '?', 'h', KEY_F(1) }, .names = "? h F1", .help = "this help",
	  .foot = "help", .foot_key = "?", .where = BOTH, .act = key_help },
	{ .key = { 'q', KEY_F(10), CTRL('c') }, .names = "q F10 ^C", .help = "quit",
	  .foot = "quit", .foot_key = "q", .where = BOTH, .act = key_quit },
};

const unsigned n_ui_keys = sizeof(ui_keys) / sizeof(ui_keys[0]);

#define HELP_LINES 64		/* each key, and three more */
_Static_assert(sizeof(ui_keys) / sizeof(ui_keys[0]) + 3 <= HELP_LINES, "each has its line");

bool ui_dispatch(struct ui *ui, int key, enum ui_where where)
{
	for (unsigned i = 0; i < n_ui_keys; i++)
		for (unsigned k = 0; k < 6 && ui_keys[i].key[k]; k++)
			if (ui_keys[i].key[k] == key && (ui_keys[i].where & where)) {
				ui_keys[i].act(ui, key);
				return true;
			}
	return false;
}

/* ---- the mouse ---- */

static void mouse_pressed(struct ui *ui, int y, int x)
{
	if (y == ui->at.heading)
		ui_heading_clicked(ui, x);
	else if (y == ui->at.tabs)
		ui_tab_clicked(ui, x);
	else if (y >= ui->at.table && y < ui->at.table + (int)ui->at.rows &&
		 ui->top + (y - ui->at.table) < ui_rows_total(ui))
		ui_move_to(ui, ui->top + (y - ui->at.table));
}

static void table_mouse(struct ui *ui)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return;
	if (e.bstate & BUTTON4_PRESSED)
		ui_scroll_by(ui, -3);
	else if (e.bstate & BUTTON5_PRESSED)
		ui_scroll_by(ui, 3);
	else if (e.bstate & BUTTON1_PRESSED)
		mouse_pressed(ui, e.y, e.x);
}

static void table_key(struct ui *ui, int key)
{
	if (key == KEY_MOUSE)
		table_mouse(ui);
	else
		ui_dispatch(ui, key, IN_TABLE);
}

static void table_draw(struct ui *ui)
{
	ui_draw_table(ui);
	ui_draw_foot(ui);
}

const struct ui_mode mode_table = { .draw = table_draw, .key = table_key };

/* ---- help ---- */

struct help_line {
	const char *names;
	char text[160];
};

static unsigned help_lines(const struct ui *ui, struct help_line *line)
{
	unsigned n = 0;
	char databases[160] = "";

	for (unsigned i = 0; i < n_ui_keys; i++)
		if (ui_keys[i].names) {
			line[n].names = ui_keys[i].names;
			snprintf(line[n++].text, sizeof(line[0].text), "%s", ui_keys[i].help);
		}
	line[n].names = "Mouse";
	snprintf(line[n++].text, sizeof(line[0].text),
		 "wheel scrolls, a click selects, on a heading sorts");
	if (!ui->o->enrich)
		return n;
	enrich_databases(ui->o->enrich, databases, sizeof(databases));
	line[n].names = "Places";
	snprintf(line[n++].text, sizeof(line[0].text), "%s",
		 *databases ? databases : "no database");
	if (*enrich_limits(ui->o->enrich)) {
		line[n].names = "Note";
		snprintf(line[n++].text, sizeof(line[0].text), "%s",
			 enrich_limits(ui->o->enrich));
	}
	return n;
}

#define HELP_NAMES 23		/* the widest key names, and two spaces */
#define HELP_COLUMN 76

static void help_draw(struct ui *ui)
{
	struct help_line line[HELP_LINES];
	unsigned n = help_lines(ui, line), rows = ui->lines > 2 ? ui->lines - 2 : 1;
	unsigned across = ui->cols >= 2 * HELP_COLUMN ? 2 : 1;
	unsigned tall = (n + across - 1) / across;
	unsigned names = ui->cols >= 60 ? HELP_NAMES : 10;

	erase();
	if (ui->scroll + rows > tall)
		ui->scroll = tall > rows ? tall - rows : 0;
	draw_fill(ui, 0, 0, ui->cols, LOOK_HEAD);
	draw_put(ui, 0, 1, ui->cols, LOOK_HEAD, "flowtop: keys");
	for (unsigned i = 0; i < n; i++) {
		int y = 1 + (int)(i % tall) - (int)ui->scroll, x = 1 + i / tall * HELP_COLUMN;

		if (y < 1 || y > (int)rows)
			continue;
		draw_put(ui, y, x, names - 1, LOOK_KEY, line[i].names);
		draw_put(ui, y, x + names, HELP_COLUMN - names, LOOK_PLAIN, line[i].text);
	}
	if (ui->lines > 1)
		draw_put(ui, ui->lines - 1, 1, ui->cols, LOOK_DIM, tall > rows ?
			"Up, Down: more   any other key: back" : "any key: back");
}

static void help_key(struct ui *ui, int key)
{
	unsigned page = ui->lines > 4 ? ui->lines - 4 : 1;

	if (key == KEY_UP || key == 'k')
		ui->scroll -= ui->scroll > 0;
	else if (key == KEY_DOWN || key == 'j')
		ui->scroll++;
	else if (key == KEY_NPAGE)
		ui->scroll += page;
	else if (key == KEY_PPAGE)
		ui->scroll -= ui->scroll > page ? page : ui->scroll;
	else if (key != KEY_MOUSE && key != KEY_RESIZE)
		ui_mode_set(ui, ui->back);
}

const struct ui_mode mode_help = { .draw = help_draw, .key = help_key };
