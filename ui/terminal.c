// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/terminal.c - see the header. */
#include "ui/terminal.h"

#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "lib/stop.h"
#include "lib/text.h"
#include "ui/reaction.h"

/* ---- open and close ---- */

static bool terminal_refuse(const char *why)
{
	const char *term = getenv("TERM");
	char name[64] = "";

	if (term)
		text_sanitise(name, sizeof(name), term, strlen(term));
	fprintf(stderr, "flowtop: the terminal%s%s%s %s; -b prints pages without one\n",
		term ? " '" : "", name, term ? "'" : "", why);
	return false;
}

/* A terminfo string, without its padding ("$<5>"). */
static void terminal_add_undo(struct text *undo, const char *name)
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

/* The strings that endwin() would write: a signal handler must not call it. */
static void terminal_keep(const struct termios *before)
{
	static const char *const names[] = { "sgr0", "op", "rmkx", "cnorm", "rmcup" };
	char buf[256];
	struct text undo = TEXT(buf);

	text_add(&undo, "\033[?1006;1000l");	/* the mouse, as curses turns it off */
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		terminal_add_undo(&undo, names[i]);
	stop_keep_terminal(STDOUT_FILENO, before, buf);
}

/* A terminal that understands what xterm does, with or without its terminfo here. */
static bool terminal_is_like_xterm(const char *name)
{
	static const char *const begin[] = {
		"xterm", "alacritty", "foot", "ghostty", "kitty", "wezterm", "contour", "rio",
		"konsole", "gnome", "vte", "mintty", "st-", "rxvt", "screen", "tmux",
	};

	for (unsigned i = 0; i < sizeof(begin) / sizeof(begin[0]); i++) {
		if (!strncmp(name, begin[i], strlen(begin[i])))
			return true;
	}
	return false;
}

/* New terminals bring their terminfo, but not to the host at the end of ssh. */
static void terminal_start(struct terminal *t)
{
	static const char *const instead[] = { "xterm-256color", "xterm" };
	const char *name = getenv("TERM");

	t->screen = newterm(NULL, stdout, t->in);
	if (!name || !terminal_is_like_xterm(name))
		return;
	for (unsigned i = 0; !t->screen && i < sizeof(instead) / sizeof(instead[0]); i++) {
		t->screen = newterm(instead[i], stdout, t->in);
		t->taken_for = instead[i];
	}
}

bool terminal_open(struct terminal *t, bool mouse)
{
	const char *move_cursor;
	struct termios before;
	bool is_tty = tcgetattr(STDOUT_FILENO, &before) == 0;

	t->in = isatty(STDIN_FILENO) ? stdin : fopen("/dev/tty", "re");
	if (!t->in)
		return terminal_refuse("gives no keys");
	terminal_start(t);
	if (!t->screen)
		return terminal_refuse("is not known here");
	move_cursor = tigetstr("cup");
	if (!move_cursor || move_cursor == (char *)-1) {
		endwin();
		return terminal_refuse("cannot move its cursor");
	}
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (mouse)
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	if (is_tty)
		terminal_keep(&before);
	return true;
}

void terminal_close(struct terminal *t)
{
	if (t->screen) {
		curs_set(1);
		endwin();
		stop_drop_terminal();
		delscreen(t->screen);
	}
	if (t->in && t->in != stdin)
		fclose(t->in);
}

const char *terminal_taken_for(const struct terminal *t)
{
	return t->taken_for;
}

/* ---- keys ---- */

/*
 * True: the Esc just read began the sequence of a key that the terminal's
 * description does not have; it is taken, or its letters would act as keys.
 */
static bool terminal_skip_sequence(void)
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

bool terminal_key(int *key)
{
	wint_t c;
	int got;

	got = get_wch(&c);
	if (got == ERR)
		return false;
	if (got == OK && c == KEY_ESCAPE && terminal_skip_sequence())
		*key = 0;
	else
		*key = got == KEY_CODE_YES || c < 0x80 ? c : KEY_CHAR | c;
	return true;
}

int terminal_fd(const struct terminal *t)
{
	return fileno(t->in);
}

/* A terminal that is gone stays readable, with nothing to read. */
bool terminal_is_gone(const struct terminal *t)
{
	struct pollfd p = { .fd = fileno(t->in), .events = POLLIN };
	int waiting = 0;

	if (poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	return ioctl(fileno(t->in), FIONREAD, &waiting) < 0 || !waiting;
}

/* ---- size, job control ---- */

void terminal_resize(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row && ws.ws_col)
		resizeterm(ws.ws_row, ws.ws_col);
}

/*
 * A wrapper of flowtop stops at once, and the shell may take the terminal before
 * endwin() has set its modes: that stops flowtop too (SIGTTOU). The SIGCONT that
 * follows drops a pending SIGTSTP, so flowtop does not stop a second time.
 */
void terminal_suspend(void)
{
	sigset_t stop;

	endwin();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	terminal_resume();
	terminal_resize();
}

/* Not what def_prog_mode() would keep: the shell may have set the modes already. */
void terminal_resume(void)
{
	reset_prog_mode();
}
