// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/draw.c - writing on the screen, in the terminal's own palette and ground.
 */
#include "ui/draw.h"

#include <curses.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

static bool draw_wants_color(const char *when)
{
	const char *no_color = getenv("NO_COLOR");

	if (when && !strcmp(when, "always"))
		return true;
	if ((when && !strcmp(when, "never")) || (no_color && *no_color))
		return false;
	return true;
}

/* Colours that can be read on dark and on light grounds; no yellow, no cyan. */
static void draw_use_colors(struct draw *d)
{
	start_color();
	use_default_colors();
	init_pair(1, COLOR_MAGENTA, -1);
	init_pair(2, COLOR_RED, -1);
	d->look[LOOK_FRESH] = COLOR_PAIR(1);
	d->look[LOOK_BAD] = COLOR_PAIR(2) | A_BOLD;
}

void draw_init(struct draw *d, const char *color)
{
	d->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	draw_take_size(d);
	d->look[LOOK_PLAIN] = A_NORMAL;
	d->look[LOOK_DIM] = A_DIM;
	d->look[LOOK_BOLD] = A_BOLD;
	d->look[LOOK_HEAD] = A_BOLD | A_UNDERLINE;
	d->look[LOOK_CURSOR] = A_REVERSE;
	d->look[LOOK_FRESH] = A_NORMAL;
	d->look[LOOK_BAD] = A_BOLD;
	d->look[LOOK_KEY] = A_BOLD;
	if (draw_wants_color(color) && has_colors())
		draw_use_colors(d);
}

void draw_take_size(struct draw *d)
{
	getmaxyx(stdscr, d->lines, d->cols);
}

/* Without UTF-8 in the locale, characters beyond ASCII become '?'. */
static const char *draw_in_charset(const struct draw *d, const char *s, char *buf, size_t size)
{
	struct text t = { .s = buf, .size = size };

	if (d->utf8)
		return s;
	text_clear(&t);
	for (; *s; s++) {
		unsigned char c = *s;

		if (c < 0x80)
			text_add_char(&t, c);
		else if (c >= 0xc0)
			text_add_char(&t, '?');
	}
	return buf;
}

static unsigned draw_clip(const struct draw *d, int y, int x, unsigned width)
{
	if (y < 0 || y >= d->lines || x < 0 || x >= d->cols)
		return 0;
	return width < (unsigned)(d->cols - x) ? width : (unsigned)(d->cols - x);
}

unsigned draw_put(const struct draw *d, int y, int x, unsigned width, enum look look,
		  const char *s)
{
	char buf[DRAW_TEXT_MAX];
	unsigned used, room = draw_clip(d, y, x, width);
	size_t len;

	if (!room)
		return 0;
	s = draw_in_charset(d, s, buf, sizeof(buf));
	len = text_fit(s, room, &used);
	attrset(d->look[look]);
	if (!s[len]) {
		mvaddnstr(y, x, s, len);
		return used;
	}
	len = text_fit(s, room - 1, &used);
	mvaddnstr(y, x, s, len);
	addstr(d->utf8 ? "…" : "~");
	return used + 1;
}

void draw_fill(const struct draw *d, int y, int x, unsigned width, enum look look)
{
	unsigned room = draw_clip(d, y, x, width);

	if (room)
		mvhline(y, x, ' ' | d->look[look], room);
}

void draw_cell(const struct draw *d, int y, int x, unsigned width, enum look look, bool right,
	       const char *s)
{
	char buf[DRAW_TEXT_MAX];
	unsigned wide;

	s = draw_in_charset(d, s, buf, sizeof(buf));
	wide = text_width(s);
	if (!right || wide >= width) {
		wide = draw_put(d, y, x, width, look, s);
		if (wide < width)
			draw_fill(d, y, x + wide, width - wide, look);
		return;
	}
	draw_fill(d, y, x, width - wide, look);
	draw_put(d, y, x + width - wide, wide, look, s);
}

unsigned draw_wrap(const struct draw *d, int y, int x, unsigned lines, enum look look,
		   const char *s)
{
	unsigned n = 0, width = draw_clip(d, y, x, d->cols);
	char line[DRAW_TEXT_MAX];

	if (!width)
		return 0;
	while (n + 1 < lines && s[text_fit(s, width, NULL)]) {
		size_t len = text_fit(s, width, NULL);

		if (!len)
			break;
		/* at the last space, if there is one */
		for (size_t end = len; end; end--)
			if (s[end] == ' ') {
				len = end;
				break;
			}
		snprintf(line, sizeof(line), "%.*s", (int)len, s);
		draw_put(d, y + n++, x, width, look, line);
		s += len + (s[len] == ' ');
	}
	draw_put(d, y + n++, x, width, look, s);
	return n;
}

/* ---- bars ---- */

const char *draw_level(const struct draw *d, double part)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { "_", ".", ",", "-", "=", "+", "*", "#" };
	int i = part * 8;

	i = i < 0 ? 0 : i > 7 ? 7 : i;
	return d->utf8 ? blocks[i] : ascii[i];
}

void draw_bar(const struct draw *d, int y, int x, unsigned width, double part, enum look look)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	unsigned n = part < 0 ? 0 : part > 1 ? width * 8 : (unsigned)(part * width * 8 + 0.5);
	unsigned i;

	for (i = 0; i < n / 8; i++)
		draw_put(d, y, x + i, 1, look, d->utf8 ? "█" : "#");
	if (d->utf8 && n % 8 && i < width)
		draw_put(d, y, x + i, 1, look, eighths[n % 8]);
}
