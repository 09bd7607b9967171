// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/keys.c - see the header. */
#include "ui/keys.h"

#include <curses.h>

#include "ui/screen.h"

static enum reaction keys_move(struct ui *ui, int key)
{
	return window_move_by(&ui->window, key == KEY_UP || key == 'k' ? -1 : 1);
}

static enum reaction keys_page(struct ui *ui, int key)
{
	int64_t page = ui->at.rows, by = page > 1 ? page - 1 : 1;
	bool up = key == KEY_PPAGE || key == KEY_CTRL('b') || key == KEY_CTRL('u');

	if (key == KEY_CTRL('u') || key == KEY_CTRL('d'))
		by = page > 2 ? page / 2 : 1;
	return window_move_by(&ui->window, up ? -by : by);
}

static enum reaction keys_home(struct ui *ui, int key)
{
	(void)key;
	return window_let_go(&ui->window);
}

static enum reaction keys_end(struct ui *ui, int key)
{
	uint64_t total = window_total(&ui->window);

	(void)key;
	return window_move_to(&ui->window, total ? total - 1 : 0);
}

static enum reaction keys_redraw(struct ui *ui, int key)
{
	(void)ui;
	(void)key;
	return DO_REDRAW;
}

static enum reaction keys_help(struct ui *ui, int key)
{
	(void)ui;
	(void)key;
	return DO_HELP;
}

static enum reaction keys_quit(struct ui *ui, int key)
{
	(void)ui;
	(void)key;
	return DO_QUIT;
}

#define BOTH (IN_TABLE | IN_DETAIL)

const struct key keys_all[] = {
	{ .key = { KEY_UP, KEY_DOWN, 'k', 'j' }, .names = "Up Down k j", .help = "move",
	  .where = IN_TABLE, .act = keys_move },
	{ .key = { KEY_PPAGE, KEY_NPAGE, KEY_CTRL('b'), KEY_CTRL('f'), KEY_CTRL('u'),
		   KEY_CTRL('d') },
	  .names = "PgUp PgDn ^B ^F ^U ^D", .help = "move by pages, by half pages",
	  .where = IN_TABLE, .act = keys_page },
	{ .key = { KEY_HOME, 'g' }, .names = "Home g", .help = "to the top, clear the selection",
	  .where = IN_TABLE, .act = keys_home },
	{ .key = { KEY_END, 'G' }, .names = "End G", .help = "to the end",
	  .where = IN_TABLE, .act = keys_end },
	{ .key = { KEY_LEFT, KEY_RIGHT }, .names = "Left Right", .help = "scroll sideways",
	  .where = IN_TABLE, .act = table_sideways },
	{ .key = { '\r', '\n', KEY_ENTER }, .names = "Enter",
	  .help = "flow details, or open the group", .foot = "details",
	  .foot_key = "Enter", .foot_rank = 2, .where = IN_TABLE, .act = tabs_enter },
	{ .key = { KEY_BACKSPACE, 0x7f, KEY_CTRL('h') }, .names = "Backspace", .help = "back",
	  .foot = "back", .foot_key = "Bksp", .foot_rank = 1, .where = IN_DETAIL,
	  .act = detail_back },
	{ .key = { KEY_BACKSPACE, 0x7f, KEY_CTRL('h') }, .where = IN_TABLE, .act = tabs_back },
	{ .key = { '\t', KEY_BTAB }, .names = "Tab Shift-Tab", .help = "next view, previous view",
	  .foot = "views", .foot_key = "Tab", .foot_rank = 3, .where = IN_TABLE,
	  .act = tabs_go },
	{ .key = { '1', '2', '3', '4', '5', '6' }, .names = "1..7", .help = "view by number",
	  .where = IN_TABLE, .act = tabs_go },
	{ .key = { '7' }, .where = IN_TABLE, .act = tabs_go },
	{ .key = { '<', '>' }, .names = "< >", .help = "sort by the column to the left, right",
	  .where = IN_TABLE, .act = table_sort_step },
	{ .key = { 'o', KEY_F(6) }, .names = "o F6", .help = "choose what to sort by",
	  .foot = "sort", .foot_key = "o", .foot_rank = 3, .where = IN_TABLE,
	  .act = set_sort },
	{ .key = { 'r', 'R' }, .names = "r R", .help = "reverse the sort order",
	  .where = IN_TABLE, .act = sort_reverse },
	{ .key = { 'C', KEY_F(2) }, .names = "C F2", .help = "choose columns",
	  .foot = "columns", .foot_key = "C", .foot_rank = 5, .where = IN_TABLE,
	  .act = set_columns },
	{ .key = { '/', KEY_F(4) }, .names = "/ F4", .help = "filter, as you type",
	  .foot = "filter", .foot_key = "/", .foot_rank = 2, .where = IN_TABLE,
	  .act = find_filter },
	{ .key = { KEY_ESCAPE }, .names = "Esc", .help = "clear the filter; close what is open",
	  .where = IN_TABLE, .act = tabs_escape },
	{ .key = { '*', KEY_F(3) }, .names = "F3 *",
	  .help = "F3: search; *: next match",
	  .foot = "search", .foot_key = "F3", .foot_rank = 6, .where = IN_TABLE,
	  .act = find_search },
	{ .key = { 'p', ' ' }, .names = "p Space", .help = "pause the display (counting goes on)",
	  .foot = "pause", .foot_key = "p", .foot_rank = 4, .where = BOTH, .act = set_pause },
	{ .key = { 'a' }, .names = "a", .help = "group by the next field", .foot = "group",
	  .foot_key = "a", .foot_rank = 4, .where = IN_TABLE, .act = tabs_next_group },
	{ .key = { 'A' }, .names = "A", .help = "only flows with traffic", .where = IN_TABLE,
	  .act = set_active },
	{ .key = { 'z' }, .names = "z", .help = "show or hide ended flows", .where = IN_TABLE,
	  .act = set_ended },
	{ .key = { 'Z' }, .names = "Z", .help = "set how long ended flows stay",
	  .where = IN_TABLE, .act = set_linger },
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
	{ .key = { 's' }, .names = "s", .help = "both ends, or the remote end only",
	  .where = IN_TABLE, .act = table_source },
	{ .key = { 'c' }, .names = "c", .help = "classic lines", .where = IN_TABLE,
	  .act = set_classic },
	{ .key = { 'd', '+', '-' }, .names = "d + -", .help = "set the refresh interval",
	  .where = BOTH, .act = set_interval },
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
	{ .key = { 'y' }, .names = "y", .help = "copy an address or the row (OSC 52)",
	  .where = BOTH, .act = copy_row },
	{ .key = { 'w' }, .names = "w", .help = "write the rows shown to a file (JSON Lines)",
	  .where = IN_TABLE, .act = save_rows },
	{ .key = { 'W' }, .names = "W", .help = "save the settings", .where = BOTH,
	  .act = save_settings },
	{ .key = { KEY_CTRL('l') }, .names = "^L", .help = "redraw", .where = BOTH,
	  .act = keys_redraw },
	{ .key = { '?', 'h', KEY_F(1) }, .names = "? h F1", .help = "this help",
	  .foot = "help", .foot_key = "?", .where = BOTH, .act = keys_help },
	{ .key = { 'q', KEY_F(10), KEY_CTRL('c') }, .names = "q F10 ^C", .help = "quit",
	  .foot = "quit", .foot_key = "q", .where = BOTH, .act = keys_quit },
};

const unsigned n_keys = sizeof(keys_all) / sizeof(keys_all[0]);

_Static_assert(sizeof(keys_all) / sizeof(keys_all[0]) <= KEYS_MAX, "help has a line for each");

/* ---- the mouse ---- */

static enum reaction keys_click(struct ui *ui, int y, int x)
{
	int line = y - ui->at.table, tab;

	if (y == ui->at.heading)
		return table_heading_clicked(ui, x);
	if (y == ui->at.tabs) {
		tab = head_tab_at(&ui->head, x);
		return tab >= 0 ? tabs_go(ui, '1' + tab) : DO_NOTHING;
	}
	if (line < 0 || line >= (int)ui->at.rows ||
	    ui->window.top + line >= window_total(&ui->window))
		return DO_NOTHING;
	return window_move_to(&ui->window, ui->window.top + line);
}

static enum reaction keys_mouse(struct ui *ui)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return DO_NOTHING;
	if (e.bstate & BUTTON4_PRESSED)
		return window_scroll_by(&ui->window, -3);
	if (e.bstate & BUTTON5_PRESSED)
		return window_scroll_by(&ui->window, 3);
	return e.bstate & BUTTON1_PRESSED ? keys_click(ui, e.y, e.x) : DO_NOTHING;
}

enum reaction keys_act(struct ui *ui, int key, enum where where)
{
	if (key == KEY_MOUSE)
		return keys_mouse(ui);
	for (unsigned i = 0; i < n_keys; i++)
		for (unsigned k = 0; k < 6 && keys_all[i].key[k]; k++)
			if (keys_all[i].key[k] == key && (keys_all[i].where & where))
				return keys_all[i].act(ui, key);
	return DO_NOTHING;
}
