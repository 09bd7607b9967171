// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui.c - the terminal and the loop.
 *
 * Three descriptors wake it: keys, a new picture of the view, a signal. Then
 * the screen is composed anew; curses sends the terminal what differs.
 */
#include "ui/int.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "stop.h"
#include "text.h"

#define ANSWER_MS 12	/* a key may wait so long for its picture: no blank between */

void ui_mode_set(struct ui *ui, const struct ui_mode *mode)
{
	if (mode == &mode_table || mode == &mode_detail)
		ui->back = mode;
	ui->mode = mode;
}

/* ---- drawing ---- */

static void draw(struct ui *ui)
{
	erase();
	getmaxyx(stdscr, ui->lines, ui->cols);
	ui_measure(ui);
	ui_layout(ui);
	ui_draw_head(ui);
	ui->mode->draw(ui);
	if (ui->redraw)
		clearok(curscr, TRUE);
	ui->redraw = false;
	refresh();
}

/* ---- keys ---- */

static int translate(wint_t c, int got)
{
	if (got == KEY_CODE_YES || c < 0x80)
		return c;
	return UI_CHAR | c;
}

static void on_key(struct ui *ui, int key)
{
	if (key == KEY_RESIZE)
		return;
	*ui->message = '\0';
	ui_walk_stop(ui);
	if (key == CTRL('l'))
		ui->redraw = true;
	ui->mode->key(ui, key);
}

/*
 * True: the Esc just read began the sequence of a key that the terminal's
 * description does not have; it is taken, or its letters would act as keys.
 */
static bool skip_sequence(void)
{
	wint_t c;

	if (get_wch(&c) != OK)
		return false;
	if (c != '[' && c != 'O') {
		unget_wch(c);
		return false;
	}
	do {
		if (get_wch(&c) != OK)
			break;
	} while (c < '@' || c > '~');
	return true;
}

/* False: there was none. */
static bool read_keys(struct ui *ui)
{
	bool any = false;
	wint_t c;
	int got;

	while (!ui->quit && (got = get_wch(&c)) != ERR) {
		any = true;
		if (got == OK && c == KEY_ESCAPE && skip_sequence())
			continue;
		on_key(ui, translate(c, got));
	}
	return any;
}

/* A terminal that is gone is readable for ever, with nothing to read. */
static void on_input(struct ui *ui, short events)
{
	int waiting = 0;

	if (read_keys(ui))
		return;
	if (events & (POLLHUP | POLLERR | POLLNVAL) ||
	    ioctl(fileno(ui->in), FIONREAD, &waiting) < 0 || !waiting)
		ui->quit = true;
}

/* ---- signals ---- */

static void take_size(struct ui *ui)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row && ws.ws_col)
		resizeterm(ws.ws_row, ws.ws_col);
	getmaxyx(stdscr, ui->lines, ui->cols);
	ui_forget_widths(ui);
	ui_ask(ui);
}

static void suspend(struct ui *ui)
{
	def_prog_mode();
	endwin();
	kill(getpid(), SIGSTOP);
	reset_prog_mode();
	take_size(ui);
	ui->redraw = true;
}

static void on_signal(struct ui *ui)
{
	struct signalfd_siginfo si;

	while (!ui->quit && read(ui->o->signal_fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGWINCH)
			take_size(ui);
		else if (si.ssi_signo == SIGTSTP)
			suspend(ui);
	}
}

/* ---- the loop ---- */

static bool wait_view(struct ui *ui, int ms)
{
	struct pollfd p = { .fd = view_fd(ui->o->view), .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

/* The lines for which no picture is at hand yet: mostly it comes at once. */
static void wait_answer(struct ui *ui)
{
	if (ui->stale && !ui_is_covered(ui) && wait_view(ui, ANSWER_MS))
		ui_take(ui);
}

static void loop(struct ui *ui)
{
	struct pollfd p[] = {
		{ .fd = fileno(ui->in), .events = POLLIN },
		{ .fd = view_fd(ui->o->view), .events = POLLIN },
		{ .fd = ui->o->signal_fd, .events = POLLIN },
		{ .fd = ui->o->stop_fd, .events = POLLIN },
	};

	while (!ui->quit) {
		wait_answer(ui);
		draw(ui);
		if (poll(p, 4, -1) < 0) {
			if (errno != EINTR)
				return;
			continue;
		}
		ui->quit = p[3].revents;
		if (!ui->quit && p[2].revents)
			on_signal(ui);
		if (!ui->quit && p[0].revents)
			on_input(ui, p[0].revents);
		if (!ui->quit && p[1].revents)
			ui_take(ui);
	}
}

/* ---- the terminal ---- */

static bool no_terminal(const char *why)
{
	const char *term = getenv("TERM");
	char name[64] = "";

	if (term)
		text_sanitise(name, sizeof(name), term, strlen(term));
	fprintf(stderr, "flowtop: the terminal%s%s%s %s; -b prints pages without one\n",
		term ? " '" : "", name, term ? "'" : "", why);
	return false;
}

static void input_open(struct ui *ui)
{
	ui->in = isatty(STDIN_FILENO) ? stdin : fopen("/dev/tty", "re");
}

/* A string of the terminal's description, without its "$<5>" for slow ones. */
static void undo_add(struct text *undo, const char *name)
{
	const char *s = tigetstr(name);

	if (!s || s == (char *)-1)
		return;
	while (*s) {
		size_t plain = strcspn(s, "$");

		text_printf(undo, "%.*s", (int)plain, s);
		s += plain;
		s += strcspn(s, ">");
		s += *s == '>';
	}
}

/* What endwin() would do, for a signal handler, which must not call it. */
static void keep_terminal(const struct termios *before)
{
	static const char *const names[] = { "sgr0", "op", "rmkx", "cnorm", "rmcup" };
	char buf[256];
	struct text undo = TEXT(buf);

	text_add(&undo, "\033[?1006;1000l");	/* the mouse, as curses turns it off */
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		undo_add(&undo, names[i]);
	stop_keep_terminal(STDOUT_FILENO, before, buf);
}

static bool terminal_open(struct ui *ui)
{
	const char *move_cursor;
	struct termios before;
	bool is_tty = tcgetattr(STDOUT_FILENO, &before) == 0;

	input_open(ui);
	if (!ui->in)
		return no_terminal("gives no keys");
	ui->screen = newterm(NULL, stdout, ui->in);
	if (!ui->screen)
		return no_terminal("is not known here");
	move_cursor = tigetstr("cup");
	if (!move_cursor || move_cursor == (char *)-1) {
		endwin();
		return no_terminal("cannot move its cursor");
	}
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (!ui->conf.no_mouse)
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	getmaxyx(stdscr, ui->lines, ui->cols);
	draw_init(ui);
	if (is_tty)
		keep_terminal(&before);
	return true;
}

static void terminal_close(struct ui *ui)
{
	if (ui->screen) {
		curs_set(1);
		endwin();
		stop_drop_terminal();
		delscreen(ui->screen);
	}
	if (ui->in && ui->in != stdin)
		fclose(ui->in);
}

/* ---- start and end ---- */

static void init(struct ui *ui, const struct ui_options *o)
{
	char host[sizeof(ui->host)] = "";
	const struct conf *c = o->conf;

	ui->o = o;
	ui->conf = *c;
	ui->spec = o->spec;
	if (ui->spec.filter)
		filter_ref(ui->spec.filter);
	ui->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	ui->format = (struct format){
		.names = !c->numeric, .services = !c->no_services,
		.unit = c->bits ? UNIT_BITS : UNIT_BYTES, .iec = c->iec, .utf8 = ui->utf8,
	};
	ui->classic = c->classic;
	if (c->filter)
		snprintf(ui->filter, sizeof(ui->filter), "%s", c->filter);
	if (c->columns)
		ui->n_chosen = conf_columns(c->columns, ui->chosen, UI_COLUMNS_MAX);
	gethostname(host, sizeof(host) - 1);
	text_sanitise(ui->host, sizeof(ui->host), host, strlen(host));
	ui->mode = ui->back = &mode_table;
}

int ui_run(const struct ui_options *o)
{
	struct ui *ui = calloc(1, sizeof(*ui));
	int status = 1;

	if (!ui) {
		fprintf(stderr, "flowtop: out of memory\n");
		return 1;
	}
	init(ui, o);
	if (terminal_open(ui)) {
		ui_ask(ui);
		loop(ui);
		status = 0;
	}
	terminal_close(ui);
	if (ui->write.to)
		fclose(ui->write.to);
	view_result_free(ui->r);
	filter_unref(ui->spec.filter);
	filter_unref(ui->search_filter);
	free(ui);
	return status;
}
