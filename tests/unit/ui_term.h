/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal for tests: libvterm on a pseudo terminal, in which a child runs.
 * Whatever is waited for is a condition on the picture; what does not come
 * within TERM_MS fails the test and shows the picture.
 */
#ifndef UI_TERM_H
#define UI_TERM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#define TERM_MS		20000
#define TERM_QUIET_MS	60
#define TERM_MAX	(1 << 18)

struct term {
	VTerm *vt;
	VTermScreen *screen;
	int fd, rows, cols;
	pid_t pid;
	bool closed;			/* the child has left the terminal */
	size_t written;			/* bytes that came from it */
	char raw[32768];		/* the last of them */
};

struct term_env {
	const char *term, *locale, *no_color;	/* NULL: xterm-256color, C.UTF-8, unset */
};

static inline void term_environ(const struct term_env *e)
{
	setenv("TERM", e && e->term ? e->term : "xterm-256color", 1);
	setenv("LC_ALL", e && e->locale ? e->locale : "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	unsetenv("NO_COLOR");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	if (e && e->no_color)
		setenv("NO_COLOR", e->no_color, 1);
}

static struct term *term_left;		/* by a test that failed */

static inline void term_free(struct term *t)
{
	close(t->fd);
	vterm_free(t->vt);
	free(t);
	term_left = NULL;
}

static inline void term_free_left(void)
{
	if (!term_left)
		return;
	kill(term_left->pid, SIGKILL);
	waitpid(term_left->pid, NULL, 0);
	term_free(term_left);
}

/* Runs @child in a terminal of this size; what it returns is its exit status. */
static inline struct term *term_open(int rows, int cols, const struct term_env *e,
				     int (*child)(void *ctx), void *ctx)
{
	struct winsize ws = { .ws_row = rows, .ws_col = cols };
	struct term *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	term_free_left();
	*t = (struct term){ .rows = rows, .cols = cols };
	t->vt = vterm_new(rows, cols);
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	fflush(NULL);
	t->pid = forkpty(&t->fd, NULL, NULL, &ws);
	assert_true(t->pid >= 0);
	if (!t->pid) {
		/* a crash is the child's end, not cmocka's business a second time */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		signal(SIGFPE, SIG_DFL);
		signal(SIGILL, SIG_DFL);
		vterm_free(t->vt);
		free(t);
		term_environ(e);
		exit(child(ctx));
	}
	term_left = t;
	return t;
}

/* ---- the picture ---- */

static inline void term_cell(const struct term *t, int y, int x, char *out, size_t *n)
{
	VTermScreenCell cell;

	vterm_screen_get_cell(t->screen, (VTermPos){ y, x }, &cell);
	if (cell.chars[0] == (uint32_t)-1)
		return;		/* the second half of a wide character */
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && (cell.chars[i] || !i); i++) {
		uint32_t c = cell.chars[i] ? cell.chars[i] : ' ';

		if (c < 0x80) {
			out[(*n)++] = c;
		} else if (c < 0x800) {
			out[(*n)++] = 0xc0 | c >> 6;
			out[(*n)++] = 0x80 | (c & 63);
		} else {
			out[(*n)++] = 0xe0 | c >> 12;
			out[(*n)++] = 0x80 | (c >> 6 & 63);
			out[(*n)++] = 0x80 | (c & 63);
		}
	}
}

/* A line without the blanks at its end; good until the next call. */
static inline const char *term_line(const struct term *t, int y)
{
	static char line[8192];
	size_t n = 0;

	for (int x = 0; x < t->cols; x++)
		term_cell(t, y, x, line, &n);
	while (n && line[n - 1] == ' ')
		n--;
	line[n] = '\0';
	return line;
}

static inline const char *term_picture(const struct term *t)
{
	static char picture[TERM_MAX];
	size_t n = 0;

	/* cells that the emulator has just added may hold anything, at any length */
	for (int y = 0; y < t->rows && n < sizeof(picture); y++)
		n += snprintf(picture + n, sizeof(picture) - n, "%s\n", term_line(t, y));
	return picture;
}

static inline bool term_shows(const struct term *t, const char *text)
{
	return strstr(term_picture(t), text);
}

/* The first line that contains @text; -1: none does. */
static inline int term_find(const struct term *t, const char *text)
{
	for (int y = 0; y < t->rows; y++)
		if (strstr(term_line(t, y), text))
			return y;
	return -1;
}

static inline VTermScreenCell term_look(const struct term *t, int y, int x)
{
	VTermScreenCell cell;

	vterm_screen_get_cell(t->screen, (VTermPos){ y, x }, &cell);
	return cell;
}

/* The line of the cursor's row: reversed from edge to edge; -1: none is. */
static inline int term_selected(const struct term *t)
{
	for (int y = 0; y < t->rows; y++)
		if (term_look(t, y, 0).attrs.reverse && term_look(t, y, t->cols - 1).attrs.reverse)
			return y;
	return -1;
}

/* The cursor's row contains @text. */
static inline bool term_selects(const struct term *t, const char *text)
{
	int y = term_selected(t);

	return y >= 0 && strstr(term_line(t, y), text);
}

/* ---- time ---- */

static inline int64_t term_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Takes what the child writes; false: nothing came for @ms. */
static inline bool term_read(struct term *t, int ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	char buf[8192];
	ssize_t n;

	if (t->closed || poll(&p, 1, ms) <= 0)
		return false;
	n = read(t->fd, buf, sizeof(buf));
	if (n <= 0) {
		t->closed = true;
		return false;
	}
	vterm_input_write(t->vt, buf, n);
	t->written += n;
	memmove(t->raw, t->raw + n, sizeof(t->raw) - n);
	memcpy(t->raw + sizeof(t->raw) - n, buf, n);
	return true;
}

/* Waits until @holds, and nothing more comes for a while; false: in vain. */
static inline bool term_holds(struct term *t, const char *what,
			      bool (*holds)(const struct term *t, const char *what))
{
	int64_t end = term_now() + TERM_MS;

	while (term_now() < end) {
		if (term_read(t, TERM_QUIET_MS))
			continue;
		if (holds(t, what))
			return true;
		if (t->closed)
			break;
	}
	return false;
}

static inline void term_wait(struct term *t, const char *what,
			     bool (*holds)(const struct term *t, const char *what))
{
	if (!term_holds(t, what, holds))
		fail_msg("waited in vain for \"%s\":\n%s", what, term_picture(t));
}

static inline bool term_lacks(const struct term *t, const char *text)
{
	return !term_shows(t, text);
}

static inline void term_wait_for(struct term *t, const char *text)
{
	term_wait(t, text, term_shows);
}

static inline void term_wait_gone(struct term *t, const char *text)
{
	term_wait(t, text, term_lacks);
}

/* ---- keys ---- */

static inline void term_send(struct term *t, const char *bytes, size_t len)
{
	assert_int_equal(write(t->fd, bytes, len), len);
}

static inline void term_type(struct term *t, const char *text)
{
	term_send(t, text, strlen(text));
}

/* What the emulator makes of a key or the mouse, in the child's modes. */
static inline void term_flush(struct term *t)
{
	char buf[256];
	size_t n = vterm_output_read(t->vt, buf, sizeof(buf));

	if (n)
		term_send(t, buf, n);
}

static inline void term_key(struct term *t, VTermKey key)
{
	vterm_keyboard_key(t->vt, key, VTERM_MOD_NONE);
	term_flush(t);
}

static inline void term_click(struct term *t, int button, int y, int x)
{
	vterm_mouse_move(t->vt, y, x, VTERM_MOD_NONE);
	vterm_mouse_button(t->vt, button, true, VTERM_MOD_NONE);
	vterm_mouse_button(t->vt, button, false, VTERM_MOD_NONE);
	term_flush(t);
}

static inline void term_resize(struct term *t, int rows, int cols)
{
	struct winsize ws = { .ws_row = rows, .ws_col = cols };

	t->rows = rows;
	t->cols = cols;
	vterm_set_size(t->vt, rows, cols);
	assert_int_equal(ioctl(t->fd, TIOCSWINSZ, &ws), 0);
}

/* ---- the end ---- */

/* Waits for the child's end; its exit status, or 256 and the signal. */
static inline int term_close(struct term *t)
{
	int64_t end = term_now() + TERM_MS;
	int status = 0;

	while (!waitpid(t->pid, &status, WNOHANG)) {
		if (term_now() > end) {
			fail_msg("it does not end:\n%s", term_picture(t));
		}
		if (!term_read(t, 20) && t->closed)
			usleep(1000);
	}
	term_free(t);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static inline int term_quit(struct term *t)
{
	term_type(t, "q");
	return term_close(t);
}

#endif
