/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/int.h - what the files of the screen share. Main thread only.
 *
 * ui.c       the terminal and the loop
 * ui/draw.c   writing on it: looks, cutting, strips of items
 * ui/move.c  the picture at hand, the window in it, the cursor
 * ui/head.c  lines above and below the table
 * ui/table.c columns, rows, groups, and the sentence where there are none
 * ui/keys.c  the key table: dispatch, help, footer
 * ui/set.c   keys that change how flows are shown
 * ui/view.c  tabs, groups, filter, search
 * ui/sentence.c  why the table is empty
 * ui/act.c   keys that do something: copy, write, delete, close, signal
 * ui/prompt.c, ui/menu.c, ui/detail.c: a line to type, choosers, all of a flow
 */
#ifndef UI_INT_H
#define UI_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <wchar.h>

#include "column.h"
#include "text.h"
#include "ui.h"

#define UI_COLUMNS_MAX	128
#define UI_TEXT_MAX	512	/* of what can be typed */
#define UI_CELL_MAX	1024
#define UI_HISTORY	16
#define UI_SAMPLES	240
#define UI_STATES	16
#define UI_DEPTH	8	/* groups gone into */

struct ui;

/* ---- ui/draw.c ---- */

enum ui_look {
	LOOK_PLAIN, LOOK_DIM, LOOK_BOLD,
	LOOK_HEAD,		/* headings */
	LOOK_CURSOR,		/* the row selected, the tab shown */
	LOOK_FRESH,		/* deserves a look: just beginning, unanswered */
	LOOK_BAD,
	LOOK_KEY,		/* a key's name */
	LOOKS
};

/* After the terminal is open. */
void draw_init(struct ui *ui);

/*
 * Writes @s within @width columns, cut with an ellipsis where it is longer.
 * Nothing happens outside the screen. Returns the columns used.
 */
unsigned draw_put(const struct ui *ui, int y, int x, unsigned width, enum ui_look look,
		 const char *s);

/* The same with the rest of @width filled; @right: flush right. */
void draw_cell(const struct ui *ui, int y, int x, unsigned width, enum ui_look look,
	      bool right, const char *s);

void draw_fill(const struct ui *ui, int y, int x, unsigned width, enum ui_look look);

/* Over at most @lines lines; how many it took. */
unsigned draw_wrap(const struct ui *ui, int y, int x, unsigned lines, enum ui_look look,
		  const char *s);

/* "label value" in a strip of them. */
struct ui_item {
	const char *label;	/* "" = none */
	char value[160];
	enum ui_look look;	/* of the value */
	uint8_t rank;		/* 0 stays; the highest go first where there is little room */
	uint8_t min_width;		/* columns of the value: it does not jump about */
	bool right;		/* flush right */
	bool is_key;		/* the label is a key's name */
	bool tight;		/* one space to the one before, not two */
	int x;			/* set: where it stands; -1: it had no room */
};

void draw_strip(const struct ui *ui, int y, struct ui_item *item, unsigned n);

/* A level of 0 to 1 as one character: a bar that grows. */
const char *draw_level(const struct ui *ui, double part);

/* A horizontal bar of @part of @width columns. */
void draw_bar(const struct ui *ui, int y, int x, unsigned width, double part,
	     enum ui_look look);

/* ---- ui/move.c ---- */

/* Lines of the screen, by its height. */
struct ui_lines {
	int head, heads;	/* first header line, how many */
	int tabs;		/* -1: no room */
	int warning;		/* -1: none */
	int heading;		/* -1: no room */
	int table;		/* first row */
	unsigned rows;		/* at least 1 */
	int foot;		/* -1: no room */
};

void ui_measure(struct ui *ui);

/* Asks the view for what the screen wants now; it answers through ui_take(). */
void ui_ask(struct ui *ui);

/* The same from the top, after filter, group or sort became others. */
void ui_ask_anew(struct ui *ui);

/* Takes what the view has made. */
void ui_take(struct ui *ui);

/* All lines of the screen are in the picture at hand. */
bool ui_is_covered(const struct ui *ui);

/* After this nothing at hand is shown: rows become groups, or others. */
void ui_forget_rows(struct ui *ui);

/* The row (group) of this number, NULL: not at hand. */
const struct row *ui_row(const struct ui *ui, uint64_t number);
const struct view_group *ui_group(const struct ui *ui, uint64_t number);
uint64_t ui_rows_total(const struct ui *ui);

/* The selected one; NULL: none is. */
const struct row *ui_cursor_row(const struct ui *ui);
const struct view_group *ui_cursor_group(const struct ui *ui);

void ui_move_to(struct ui *ui, uint64_t number);
void ui_move_by(struct ui *ui, int64_t rows);
void ui_scroll_by(struct ui *ui, int64_t rows);
void ui_let_go(struct ui *ui);		/* to the top, nothing selected */

/*
 * Walks all rows of the view from @from on, piece by piece as the view gives
 * them, and round once; @fn returns false to end it.
 */
typedef bool ui_walk_fn(struct ui *ui, uint64_t number, const struct row *row,
			const struct view_group *group);
void ui_walk(struct ui *ui, uint64_t from, bool round, unsigned needs, ui_walk_fn *fn,
	     void (*end)(struct ui *ui, bool whole));
void ui_walk_stop(struct ui *ui);

/* ---- ui/head.c ---- */

void ui_draw_head(struct ui *ui);

/* What takes the place of the table begins here: all below is blank. */
int ui_pane_top(struct ui *ui);
void ui_draw_foot(struct ui *ui);
void ui_tab_clicked(struct ui *ui, int x);

/* What the bottom line says for some seconds, or until a key. */
void ui_say(struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- ui/table.c ---- */

void ui_layout(struct ui *ui);
void ui_forget_widths(struct ui *ui);
unsigned ui_layout_needs(const struct ui *ui);
void ui_draw_table(struct ui *ui);
void ui_heading_clicked(struct ui *ui, int x);

/* Says why the table is empty, in its place (ui/sentence.c). False: it is not. */
bool ui_draw_sentence(struct ui *ui);

/* The next sort column to the left or right of the present one. */
void ui_sort_step(struct ui *ui, int step);

/* Titles of what groups can be sorted by. */
const char *ui_group_sort_title(enum group_sort sort);


/* ---- ui/keys.c ---- */

enum ui_where { IN_TABLE = 1, IN_DETAIL = 2 };

struct ui_key {
	int key[6];		/* 0-terminated: curses' KEY_*, or a character */
	const char *names;	/* as help shows them */
	const char *help;
	const char *foot;	/* a word for the footer; NULL: not there */
	const char *foot_key;
	uint8_t foot_rank;
	uint8_t where;		/* IN_TABLE | IN_DETAIL */
	void (*act)(struct ui *ui, int key);
};

extern const struct ui_key ui_keys[];
extern const unsigned n_ui_keys;

/* False: the key has no meaning here. */
bool ui_dispatch(struct ui *ui, int key, enum ui_where where);

/* ---- what has the keyboard ---- */

struct ui_mode {
	void (*draw)(struct ui *ui);
	void (*key)(struct ui *ui, int key);
};

extern const struct ui_mode mode_table, mode_help, mode_prompt, mode_menu, mode_detail,
	mode_confirm;

#define CTRL(c)	((c) & 0x1f)
#define KEY_ESCAPE 0x1b
#define UI_CHAR (1 << 24)	/* or'ed to characters beyond ASCII: KEY_* are numbers, too */

/* ---- ui/set.c ---- */

struct ui_tab {
	const char *title;
	const char *group;	/* the column's name; NULL: flows */
};
extern const struct ui_tab ui_tabs[];
extern const unsigned n_ui_tabs;

/* The tab shown; n_ui_tabs: another grouping. */
unsigned ui_tab_now(const struct ui *ui);
void ui_set_group(struct ui *ui, const struct column *group);
void ui_set_sort(struct ui *ui, const struct column *c, bool descending);
void ui_set_group_sort(struct ui *ui, enum group_sort sort, bool ascending);

/* False, and *error set: it is none. "" = no filter. */
bool ui_set_filter(struct ui *ui, const char *expression, struct filter_error *error);
void ui_clear_filter(struct ui *ui);

/* What stands in the way of flows being shown, but the filter; "" = nothing. */
void ui_describe_limits(const struct ui *ui, struct text *out);

void set_tab(struct ui *ui, int key);
void set_next_group(struct ui *ui, int key);
void set_sort_step(struct ui *ui, int key);
void set_reverse(struct ui *ui, int key);
void set_sort_menu(struct ui *ui, int key);
void set_column_menu(struct ui *ui, int key);
void set_filter(struct ui *ui, int key);
void set_escape(struct ui *ui, int key);
void set_search(struct ui *ui, int key);
void set_pause(struct ui *ui, int key);
void set_active(struct ui *ui, int key);
void set_ended(struct ui *ui, int key);
void set_protos(struct ui *ui, int key);
void set_families(struct ui *ui, int key);
void set_names(struct ui *ui, int key);
void set_services(struct ui *ui, int key);
void set_units(struct ui *ui, int key);
void set_source(struct ui *ui, int key);
void set_classic(struct ui *ui, int key);
void set_interval(struct ui *ui, int key);
void set_sideways(struct ui *ui, int key);
void set_enter(struct ui *ui, int key);
void set_back(struct ui *ui, int key);

/* ---- ui/act.c ---- */

void act_copy(struct ui *ui, int key);
void act_write(struct ui *ui, int key);
void act_save(struct ui *ui, int key);
void act_delete(struct ui *ui, int key);
void act_close(struct ui *ui, int key);
void act_signal(struct ui *ui, int key);
void act_print(struct ui *ui, int key);

/* ---- ui/prompt.c ---- */

struct ui_history {
	char text[UI_HISTORY][UI_TEXT_MAX];
	unsigned n;
};

struct ui_prompt {
	const char *label, *hint;
	/* False: it stays open; error and error_at are set. */
	bool (*accept)(struct ui *ui, const char *text);
	void (*changed)(struct ui *ui, const char *text);	/* NULL: not as you type */
	void (*cancel)(struct ui *ui);				/* NULL: it just closes */
	const char *(*complete)(const char *text, unsigned i, unsigned *at);
	struct ui_history *history;
	char text[UI_TEXT_MAX];
	unsigned len, at;		/* bytes */
	char error[160];
	int error_at;			/* byte; -1: no place */
	unsigned history_at;		/* 0: what is typed */
	char typed[UI_TEXT_MAX];	/* set aside for history, completion */
	unsigned completion;		/* candidates tried; 0: none */
};

/* Opens with @p copied, but for text: @text. */
void ui_prompt_open(struct ui *ui, const struct ui_prompt *p, const char *text);

/* ---- ui/menu.c ---- */

struct ui_menu_item {
	const char *title, *help;
	const void *of;
	bool on;
};

struct ui_menu {
	const char *heading, *hint;
	bool many;			/* Space switches, order can be changed */
	struct ui_menu_item item[UI_COLUMNS_MAX];
	unsigned n, at, top;
	char typed[32];			/* what it was begun to be called */
	void (*accept)(struct ui *ui);
	void (*reset)(struct ui *ui);	/* Del; NULL: means nothing */
};

void ui_menu_open(struct ui *ui);

/* ---- ui/detail.c ---- */

#define STATE_ENDED 0xfe	/* in the states seen: of no protocol */

/* A row that outlives the picture it comes from. */
struct ui_kept {
	struct row row;			/* points into what follows */
	struct flow flow;
	struct owner owner;
	struct flow_extra extra;
	struct sock_info sock;
	char src_name[256], dst_name[256];
};

void ui_keep_row(struct ui_kept *k, const struct row *row);

/* A flow watched while the cursor is on it. */
struct ui_watch {
	struct flow_handle flow;
	uint32_t since_ms;
	bool there;			/* in the last result */
	struct ui_kept kept;
	float orig[UI_SAMPLES], reply[UI_SAMPLES];
	unsigned samples;		/* in all; the last UI_SAMPLES are kept */
	struct { uint8_t state; uint64_t real; } state[UI_STATES];	/* as they came */
	char command[1024];
	uint32_t command_pid;		/* whose it is */
	uint64_t command_start;
	unsigned states;
};

/* Looks at the cursor's row in the picture at hand. */
void ui_watch_update(struct ui *ui);
void ui_detail_open(struct ui *ui);

/* ---- all of it ---- */

struct ui_layout_column {
	const struct column *column;	/* NULL: of groups */
	enum group_sort sum;
	int x;
	unsigned width;
};

struct ui {
	const struct ui_options *o;
	struct conf conf;		/* as the keys changed it; W saves it */
	char host[256];

	/* the terminal */
	void *screen;			/* SCREEN */
	FILE *in;			/* keys */
	bool utf8, color;
	unsigned look[LOOKS];		/* attributes */
	int cols, lines;
	struct ui_lines at;
	bool quit, redraw;

	/* what is shown */
	struct view_spec spec;
	struct format format;
	char filter[UI_TEXT_MAX];
	const struct column *chosen[UI_COLUMNS_MAX];
	unsigned n_chosen;		/* 0: the best for the width */
	char chosen_names[1024], sort_name[64];	/* of conf */
	bool classic, no_source, paused;
	bool hidden[3];			/* TCP, UDP, ICMP */
	unsigned sideways;
	struct ui_layout_column layout[UI_COLUMNS_MAX];
	unsigned n_layout;
	uint8_t seen[UI_COLUMNS_MAX];	/* widths of cells, by number of column */
	bool layout_at_end;		/* nothing more to the right */
	int tab_x[16];
	struct ui_came_from {
		char filter[UI_TEXT_MAX];
		const struct column *group;
		uint64_t top, number;
		char key[96];
	} came_from[UI_DEPTH];
	unsigned depth;

	/* the picture at hand, the window in it, the cursor */
	struct view_result *r;
	uint64_t serial;		/* of the last ask */
	uint64_t serial_least;		/* older answers show something else */
	bool stale;			/* the last ask has not been answered */
	uint64_t top, number;		/* row on the first line, row selected */
	bool selected;
	struct flow_handle flow;	/* selected; gen 0: not known yet */
	char group_key[96];

	struct ui_walk {
		ui_walk_fn *fn;		/* NULL: none */
		void (*end)(struct ui *ui, bool whole);
		uint64_t serial, from, start;
		bool round, wrapped;
		unsigned needs;
	} walk;

	/* history of the whole table */
	double live[UI_SAMPLES];
	unsigned samples;
	uint32_t sampled_ms;

	/* what has the keyboard; back: the table or the details behind it */
	const struct ui_mode *mode, *back;
	struct ui_prompt prompt;
	struct ui_menu menu;
	struct ui_watch watch;
	struct ui_history filters, searches;
	char search[UI_TEXT_MAX];
	struct filter *search_filter;
	bool searching;
	struct ui_write {
		FILE *to;		/* NULL: nothing is being written */
		char path[UI_TEXT_MAX];
		uint64_t rows;
	} write;
	unsigned scroll, page;		/* of help and detail */
	struct ui_confirm {
		struct text text;	/* lines */
		char buf[2048];
		int (*yes)(struct ui *ui);	/* NULL: nothing is asked, only shown */
		const char *done;	/* what is said then */
		struct ui_kept target;
		int signal;
	} confirm;

	char message[256];
	uint32_t message_ms;
};

void ui_mode_set(struct ui *ui, const struct ui_mode *mode);

#endif
