// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/draw.c - writing on the screen. The terminal's own palette and ground;
 * what a colour says is said by words or signs as well.
 */
#include "ui/int.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool wants_color(const struct ui *ui)
{
	const char *no_color = getenv("NO_COLOR"), *when = ui->conf.color;

	if (when && !strcmp(when, "always"))
		return true;
	if ((when && !strcmp(when, "never")) || (no_color && *no_color))
		return false;
	return true;
}

/* Colours that can be read on dark and on light grounds; no yellow, no cyan. */
static void use_colors(struct ui *ui)
{
	start_color();
	use_default_colors();
	init_pair(1, COLOR_MAGENTA, -1);
	init_pair(2, COLOR_RED, -1);
	ui->look[LOOK_FRESH] = COLOR_PAIR(1);
	ui->look[LOOK_BAD] = COLOR_PAIR(2) | A_BOLD;
}

void draw_init(struct ui *ui)
{
	ui->look[LOOK_PLAIN] = A_NORMAL;
	ui->look[LOOK_DIM] = A_DIM;
	ui->look[LOOK_BOLD] = A_BOLD;
	ui->look[LOOK_HEAD] = A_BOLD | A_UNDERLINE;
	ui->look[LOOK_CURSOR] = A_REVERSE;
	ui->look[LOOK_FRESH] = A_NORMAL;
	ui->look[LOOK_BAD] = A_BOLD;
	ui->look[LOOK_KEY] = A_BOLD;
	ui->color = wants_color(ui) && has_colors();
	if (ui->color)
		use_colors(ui);
}

/* Where the locale has no UTF-8, what is beyond ASCII becomes '?'. */
static const char *in_charset(const struct ui *ui, const char *s, char *buf, size_t size)
{
	struct text t = { .s = buf, .size = size };

	if (ui->utf8)
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

static unsigned clip(const struct ui *ui, int y, int x, unsigned width)
{
	if (y < 0 || y >= ui->lines || x < 0 || x >= ui->cols)
		return 0;
	return width < (unsigned)(ui->cols - x) ? width : (unsigned)(ui->cols - x);
}

unsigned draw_put(const struct ui *ui, int y, int x, unsigned width, enum ui_look look,
		 const char *s)
{
	char buf[UI_CELL_MAX];
	unsigned used, room = clip(ui, y, x, width);
	size_t len;

	if (!room)
		return 0;
	s = in_charset(ui, s, buf, sizeof(buf));
	len = text_fit(s, room, &used);
	attrset(ui->look[look]);
	if (!s[len]) {
		mvaddnstr(y, x, s, len);
		return used;
	}
	len = text_fit(s, room - 1, &used);
	mvaddnstr(y, x, s, len);
	addstr(ui->utf8 ? "…" : "~");
	return used + 1;
}

void draw_fill(const struct ui *ui, int y, int x, unsigned width, enum ui_look look)
{
	unsigned room = clip(ui, y, x, width);

	if (room)
		mvhline(y, x, ' ' | ui->look[look], room);
}

void draw_cell(const struct ui *ui, int y, int x, unsigned width, enum ui_look look,
	      bool right, const char *s)
{
	char buf[UI_CELL_MAX];
	unsigned wide;

	s = in_charset(ui, s, buf, sizeof(buf));
	wide = text_width(s);
	if (!right || wide >= width) {
		wide = draw_put(ui, y, x, width, look, s);
		if (wide < width)
			draw_fill(ui, y, x + wide, width - wide, look);
		return;
	}
	draw_fill(ui, y, x, width - wide, look);
	draw_put(ui, y, x + width - wide, wide, look, s);
}

unsigned draw_wrap(const struct ui *ui, int y, int x, unsigned lines, enum ui_look look,
		  const char *s)
{
	unsigned n = 0, width = clip(ui, y, x, ui->cols);
	char line[UI_CELL_MAX];

	if (!width)
		return 0;
	while (n + 1 < lines && s[text_fit(s, width, NULL)]) {
		size_t len = text_fit(s, width, NULL);

		if (!len)
			break;
		/* between words, where there are any */
		for (size_t end = len; end; end--)
			if (s[end] == ' ') {
				len = end;
				break;
			}
		snprintf(line, sizeof(line), "%.*s", (int)len, s);
		draw_put(ui, y + n++, x, width, look, line);
		s += len + (s[len] == ' ');
	}
	draw_put(ui, y + n++, x, width, look, s);
	return n;
}

/* ---- strips ---- */

static unsigned value_width(const struct ui_item *i)
{
	unsigned wide = text_width(i->value);

	return wide > i->min_width ? wide : i->min_width;
}

static unsigned item_width(const struct ui_item *i)
{
	unsigned label = text_width(i->label), value = value_width(i);

	return label + (label && value ? 1 : 0) + value + (i->tight ? 1 : 2);
}

static unsigned strip_width(const struct ui_item *item, unsigned n)
{
	unsigned width = 0;

	for (unsigned i = 0; i < n; i++)
		width += item[i].x >= 0 ? item_width(&item[i]) : 0;
	return width;
}

/* Leaves out those of the highest rank, the last of them first. */
static void strip_fit(const struct ui *ui, struct ui_item *item, unsigned n)
{
	while (strip_width(item, n) > (unsigned)ui->cols) {
		unsigned worst = n;

		for (unsigned i = 0; i < n; i++)
			if (item[i].x >= 0 && item[i].rank &&
			    (worst == n || item[i].rank >= item[worst].rank))
				worst = i;
		if (worst == n)
			return;
		item[worst].x = -1;
	}
}

static void put_item(const struct ui *ui, int y, int x, struct ui_item *i)
{
	i->x = x;
	x += draw_put(ui, y, x, ui->cols, i->is_key ? LOOK_KEY : LOOK_DIM, i->label);
	if (*i->label)
		x++;
	draw_put(ui, y, x, ui->cols, i->is_key ? LOOK_DIM : i->look, i->value);
}

void draw_strip(const struct ui *ui, int y, struct ui_item *item, unsigned n)
{
	int left = 0, right = ui->cols;

	for (unsigned i = 0; i < n; i++)
		item[i].x = 0;
	strip_fit(ui, item, n);
	for (unsigned i = 0; i < n; i++) {
		if (item[i].x < 0 || item[i].right)
			continue;
		left += left && !item[i].tight ? 2 : 1;
		put_item(ui, y, left, &item[i]);
		left += item_width(&item[i]) - (item[i].tight ? 1 : 2);
	}
	for (unsigned i = n; i-- > 0; ) {
		if (item[i].x < 0 || !item[i].right)
			continue;
		right -= item_width(&item[i]) - (item[i].tight ? 0 : 1);
		put_item(ui, y, right > left ? right : left + 1, &item[i]);
		right--;
	}
}

/* ---- bars ---- */

const char *draw_level(const struct ui *ui, double part)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { "_", ".", ",", "-", "=", "+", "*", "#" };
	int i = part * 8;

	i = i < 0 ? 0 : i > 7 ? 7 : i;
	return ui->utf8 ? blocks[i] : ascii[i];
}

void draw_bar(const struct ui *ui, int y, int x, unsigned width, double part,
	     enum ui_look look)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	unsigned n = part < 0 ? 0 : part > 1 ? width * 8 : (unsigned)(part * width * 8 + 0.5);
	unsigned i;

	for (i = 0; i < n / 8; i++)
		draw_put(ui, y, x + i, 1, look, ui->utf8 ? "█" : "#");
	if (ui->utf8 && n % 8 && i < width)
		draw_put(ui, y, x + i, 1, look, eighths[n % 8]);
}
