// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui.c - the loop.
 *
 * Three descriptors wake it: keys, a new result of the view, a signal. Then
 * the whole screen is drawn; curses sends the terminal what differs.
 */
#include "ui.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/text.h"
#include "ui/foot.h"
#include "ui/keys.h"
#include "ui/screen.h"
#include "ui/sentence.h"

#define ANSWER_MS 12	/* wait so long for the result of a key, before blank rows are drawn */

/* ---- what can have the keyboard ---- */

struct mode {
	void (*draw)(struct ui *ui);	/* below the head */
	enum reaction (*key)(struct ui *ui, int key);
};

static void ui_draw_table(struct ui *ui)
{
	table_draw_heading(ui);
	if (!sentence_draw(ui))
		table_draw_rows(ui);
}

static void ui_table_draw(struct ui *ui)
{
	ui_draw_table(ui);
	foot_draw(ui);
}

static enum reaction ui_table_key(struct ui *ui, int key)
{
	return keys_act(ui, key, IN_TABLE);
}

static void ui_detail_draw(struct ui *ui)
{
	detail_draw(ui);
	foot_draw(ui);
}

static enum reaction ui_detail_key(struct ui *ui, int key)
{
	enum reaction then = detail_key(ui, key);

	return then & DO_OTHER ? keys_act(ui, key, IN_DETAIL) : then;
}

static void ui_prompt_draw(struct ui *ui)
{
	ui_draw_table(ui);
	prompt_draw(&ui->prompt, &ui->draw);
}

static enum reaction ui_prompt_key(struct ui *ui, int key)
{
	return prompt_key(&ui->prompt, ui, key);
}

static void ui_menu_draw(struct ui *ui)
{
	menu_draw(&ui->menu, &ui->draw);
}

static enum reaction ui_menu_key(struct ui *ui, int key)
{
	return menu_key(&ui->menu, ui, key);
}

static void ui_confirm_draw(struct ui *ui)
{
	act_draw(ui);
}

static const struct mode
	mode_table = { ui_table_draw, ui_table_key },
	mode_detail = { ui_detail_draw, ui_detail_key },
	mode_help = { help_draw, help_key },
	mode_prompt = { ui_prompt_draw, ui_prompt_key },
	mode_menu = { ui_menu_draw, ui_menu_key },
	mode_confirm = { ui_confirm_draw, act_answer };

/* ---- drawing, asking ---- */

static void ui_lay_out(struct ui *ui)
{
	bool warns = ui->o->enrich && *enrich_limit(ui->o->enrich, 0);

	lines_measure(&ui->at, ui->draw.lines, warns);
	window_set_rows(&ui->window, ui->at.rows);
	table_layout(ui);
}

static void ui_draw(struct ui *ui)
{
	erase();
	draw_take_size(&ui->draw);
	ui_lay_out(ui);
	head_draw(ui);
	ui->mode->draw(ui);
	if (ui->redraw)
		clearok(curscr, TRUE);
	ui->redraw = false;
	refresh();
}

/* The columns laid out must be looked up. */
static unsigned ui_needs(struct ui *ui)
{
	unsigned needs;

	ui_lay_out(ui);
	needs = table_needs(ui);
	if (ui->where == IN_DETAIL)
		needs |= DETAIL_NEEDS;
	if (!ui->format.names)
		needs &= ~NEED_NAME;
	if (ui->conf.no_geoip)
		needs &= ~NEED_PLACE;
	return needs;
}

static void ui_ask(struct ui *ui)
{
	ui->spec.needs = ui_needs(ui);
	ui->spec.busiest_beyond = ui->at.rows;
	window_ask(&ui->window, &ui->spec);
}

/* ---- what an action returned ---- */

static void ui_show(struct ui *ui, enum where where)
{
	ui->where = where;
	ui->mode = where == IN_TABLE ? &mode_table : &mode_detail;
	window_pin(&ui->window, where == IN_DETAIL);
	if (where == IN_TABLE)
		return;
	detail_open(&ui->detail);
	watch_update(&ui->watch, window_cursor_row(&ui->window));
}

static void ui_open(struct ui *ui, enum reaction what)
{
	if (what & DO_HELP) {
		help_open(&ui->help);
		ui->mode = &mode_help;
	}
	if (what & DO_MENU)
		ui->mode = &mode_menu;
	if (what & DO_PROMPT)
		ui->mode = &mode_prompt;
	if (what & DO_CONFIRM)
		ui->mode = &mode_confirm;
}

static void ui_do(struct ui *ui, enum reaction what)
{
	ui->quit |= !!(what & DO_QUIT);
	ui->redraw |= !!(what & DO_REDRAW);
	if (what & DO_BACK)
		ui->mode = ui->where == IN_TABLE ? &mode_table : &mode_detail;
	if (what & DO_TABLE)
		ui_show(ui, IN_TABLE);
	if (what & DO_DETAIL)
		ui_show(ui, IN_DETAIL);
	ui_open(ui, what);
	if (what & DO_ASK)
		ui_ask(ui);
}

/* ---- what wakes the loop ---- */

static void ui_on_key(struct ui *ui, int key)
{
	if (key == KEY_RESIZE)
		return;
	message_clear(&ui->message);
	ui_do(ui, window_walk_stop(&ui->window));
	if (key == KEY_CTRL('l'))
		ui->redraw = true;
	ui_do(ui, ui->mode->key(ui, key));
}

static void ui_on_input(struct ui *ui)
{
	bool gone = terminal_is_gone(&ui->terminal);	/* before what waits is read */
	int key;

	while (!ui->quit && terminal_key(&key)) {
		gone = false;
		if (key)
			ui_on_key(ui, key);
	}
	ui->quit |= gone;
}

static void ui_on_size(struct ui *ui)
{
	draw_take_size(&ui->draw);
	table_forget_widths(&ui->table);
	ui_ask(ui);
}

/* What is read of signal_fd is no longer pending, and SIGTSTP has to stay so. */
static void ui_on_signal(struct ui *ui)
{
	const struct timespec at_once = { 0 };
	sigset_t set;
	int sig;

	if (!sigpending(&set) && sigismember(&set, SIGTSTP) == 1) {
		terminal_suspend();
		ui_on_size(ui);
		ui->redraw = true;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGCONT);
	while ((sig = sigtimedwait(&set, NULL, &at_once)) > 0) {
		if (sig == SIGCONT) {
			terminal_resume();
			ui->redraw = true;
		}
		terminal_resize();
		ui_on_size(ui);
	}
}

static void ui_on_result(struct ui *ui)
{
	enum reaction then = DO_NOTHING;
	const struct window *w = &ui->window;

	if (window_take(&ui->window, &then)) {
		head_sample(ui, w->r);
		watch_update(&ui->watch, window_cursor_row(w));
		/* these flows may lead to other columns */
		if (ui_needs(ui) & ~ui->spec.needs)
			then |= DO_ASK;
	}
	ui_do(ui, then);
}

/* ---- the loop ---- */

/* Mostly the result comes at once: do not draw blank rows meanwhile. */
static void ui_wait_result(struct ui *ui)
{
	struct pollfd p = { .fd = view_fd(ui->o->view), .events = POLLIN };

	if (!window_is_ready(&ui->window) && poll(&p, 1, ANSWER_MS) > 0)
		ui_on_result(ui);
}

static void ui_loop(struct ui *ui)
{
	struct pollfd p[] = {
		{ .fd = terminal_fd(&ui->terminal), .events = POLLIN },
		{ .fd = view_fd(ui->o->view), .events = POLLIN },
		{ .fd = ui->o->signal_fd, .events = POLLIN },
		{ .fd = ui->o->stop_fd, .events = POLLIN },
	};

	while (!ui->quit) {
		ui_wait_result(ui);
		ui_draw(ui);
		if (poll(p, 4, -1) < 0) {
			if (errno != EINTR)
				return;
			continue;
		}
		ui->quit = p[3].revents;
		if (!ui->quit && p[2].revents)
			ui_on_signal(ui);
		if (!ui->quit && p[0].revents)
			ui_on_input(ui);
		if (!ui->quit && p[1].revents)
			ui_on_result(ui);
	}
}

/* ---- start and end ---- */

static void ui_init(struct ui *ui, const struct ui_options *o)
{
	struct layout_wish wish;
	const struct conf *c = o->conf;

	ui->o = o;
	ui->conf = *c;
	ui->spec = o->spec;
	if (ui->spec.filter)
		filter_ref(ui->spec.filter);
	ui->format = (struct format){
		.names = !c->numeric, .services = !c->no_services,
		.unit = c->bits ? UNIT_BITS : c->packets ? UNIT_PACKETS : UNIT_BYTES, .iec = c->iec,
	};
	layout_wish_parse(c->columns, &wish);
	table_choose(&ui->table, &wish);
	window_init(&ui->window, o->view);
	head_init(&ui->head);
	ui_show(ui, IN_TABLE);
}

static void ui_free(struct ui *ui)
{
	save_free(&ui->save);
	window_close(&ui->window);
	tabs_forget(&ui->tabs);
	find_free(&ui->find);
	filter_unref(ui->spec.filter);
	free(ui);
}

static void ui_say_terminal(struct ui *ui)
{
	const char *taken_for = terminal_taken_for(&ui->terminal);
	const char *name = getenv("TERM");
	char clean[40];

	if (!name || !taken_for)
		return;
	text_sanitise(clean, sizeof(clean), name, strlen(name));
	message_set(&ui->message, "no terminfo for %s here: used as %s", clean, taken_for);
}

int ui_run(const struct ui_options *o)
{
	struct ui *ui = calloc(1, sizeof(*ui));
	bool opened;

	if (!ui || !find_init(&ui->find, o->conf->filter)) {
		free(ui);
		fprintf(stderr, "flowtop: out of memory\n");
		return 1;
	}
	ui_init(ui, o);
	opened = terminal_open(&ui->terminal, !o->conf->no_mouse);
	if (opened) {
		ui_say_terminal(ui);
		draw_init(&ui->draw, o->conf->color);
		ui->format.utf8 = ui->draw.utf8;
		ui_ask(ui);
		ui_loop(ui);
	}
	terminal_close(&ui->terminal);
	ui_free(ui);
	return opened ? 0 : 1;
}
