// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/prompt.c - a line to type on the bottom of the screen: editing, history
 * (Up, Down), completion (Tab), and a caret under what is wrong.
 */
#include "ui/int.h"

#include <curses.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

void ui_prompt_open(struct ui *ui, const struct ui_prompt *p, const char *text)
{
	ui->prompt = *p;
	snprintf(ui->prompt.text, sizeof(ui->prompt.text), "%s", text);
	ui->prompt.len = ui->prompt.at = strlen(ui->prompt.text);
	ui->prompt.error_at = -1;
	ui_mode_set(ui, &mode_prompt);
}

/* ---- drawing ---- */

/* Bytes of the text that lie left of the screen, so that the cursor is on it. */
static unsigned skipped(const struct ui_prompt *p, unsigned room)
{
	unsigned skip = 0;
	char buf[UI_TEXT_MAX];

	snprintf(buf, sizeof(buf), "%.*s", (int)p->at, p->text);
	while (text_width(buf + skip) >= room && buf[skip])
		do
			skip++;
		while ((buf[skip] & 0xc0) == 0x80);
	return skip;
}

static unsigned width_of(const char *s, unsigned from, unsigned to)
{
	char buf[UI_TEXT_MAX];

	if (to <= from)
		return 0;
	snprintf(buf, sizeof(buf), "%.*s", (int)(to - from), s + from);
	return text_width(buf);
}

static void draw_below(struct ui *ui, int y, int x, unsigned skip)
{
	const struct ui_prompt *p = &ui->prompt;
	unsigned at, len = strlen(p->error);

	draw_fill(ui, y, 0, ui->cols, LOOK_PLAIN);
	if (!*p->error) {
		if (p->hint)
			draw_put(ui, y, 1, ui->cols - 1, LOOK_DIM, p->hint);
		return;
	}
	if (p->error_at < 0) {
		draw_put(ui, y, 1, ui->cols - 1, LOOK_BAD, p->error);
		return;
	}
	at = x + width_of(p->text, skip, p->error_at);
	draw_put(ui, y, at, 1, LOOK_BAD, "^");
	if (at + len + 2 <= (unsigned)ui->cols || at < (unsigned)ui->cols / 2)
		draw_put(ui, y, at + 2, ui->cols, LOOK_BAD, p->error);
	else
		draw_put(ui, y, 1, at - 2, LOOK_BAD, p->error);
}

static void prompt_draw(struct ui *ui)
{
	const struct ui_prompt *p = &ui->prompt;
	bool two = ui->lines >= 4;
	int y = ui->lines - 1 - two, x;
	unsigned skip;

	ui_draw_table(ui);
	draw_fill(ui, y, 0, ui->cols, LOOK_PLAIN);
	x = 1 + draw_put(ui, y, 1, ui->cols / 2, LOOK_BOLD, p->label) + 1;
	skip = skipped(p, ui->cols - x);
	draw_put(ui, y, x, ui->cols, LOOK_PLAIN, p->text + skip);
	if (two)
		draw_below(ui, y + 1, x, skip);
	curs_set(1);
	move(y, x + width_of(p->text, skip, p->at));
}

/* ---- editing ---- */

static unsigned before(const char *s, unsigned at)
{
	do
		at -= at > 0;
	while (at && (s[at] & 0xc0) == 0x80);
	return at;
}

static unsigned after(const char *s, unsigned at)
{
	do
		at += s[at] != '\0';
	while ((s[at] & 0xc0) == 0x80);
	return at;
}

static void erase_range(struct ui_prompt *p, unsigned from, unsigned to)
{
	memmove(p->text + from, p->text + to, p->len - to + 1);
	p->len -= to - from;
	p->at = from;
}

/* What can be typed or pasted is sanitised like all that comes from outside. */
static void insert(struct ui_prompt *p, wchar_t c)
{
	char raw[MB_LEN_MAX + 1] = "", clean[16];
	mbstate_t state = { 0 };
	size_t n = wcrtomb(raw, c, &state);

	if (n == (size_t)-1)
		return;
	n = text_sanitise(clean, sizeof(clean), raw, n);
	if (p->len + n >= sizeof(p->text))
		return;
	memmove(p->text + p->at + n, p->text + p->at, p->len - p->at + 1);
	memcpy(p->text + p->at, clean, n);
	p->len += n;
	p->at += n;
}

static void set_text(struct ui_prompt *p, const char *s)
{
	snprintf(p->text, sizeof(p->text), "%s", s);
	p->len = p->at = strlen(p->text);
}

static unsigned word_before(const struct ui_prompt *p)
{
	unsigned at = p->at;

	while (at && p->text[at - 1] == ' ')
		at--;
	while (at && p->text[at - 1] != ' ')
		at--;
	return at;
}

/* ---- history, completion ---- */

static void remember(struct ui_history *h, const char *s)
{
	if (!*s || (h->n && !strcmp(h->text[h->n - 1], s)))
		return;
	if (h->n == UI_HISTORY) {
		memmove(h->text[0], h->text[1], sizeof(h->text) - sizeof(h->text[0]));
		h->n--;
	}
	snprintf(h->text[h->n++], UI_TEXT_MAX, "%s", s);
}

static void recall(struct ui_prompt *p, int step)
{
	unsigned n = p->history ? p->history->n : 0;

	if ((step > 0 && p->history_at == n) || (step < 0 && !p->history_at))
		return;
	if (!p->history_at)
		snprintf(p->typed, sizeof(p->typed), "%s", p->text);
	p->history_at += step;
	set_text(p, p->history_at ? p->history->text[n - p->history_at] : p->typed);
}

/* The next candidate for the last word; behind the last one, what was typed. */
static void complete(struct ui_prompt *p)
{
	const char *word;
	unsigned at;

	if (!p->complete || p->at != p->len)
		return;
	if (!p->completion)
		snprintf(p->typed, sizeof(p->typed), "%s", p->text);
	word = p->complete(p->typed, p->completion, &at);
	set_text(p, p->typed);
	if (!word) {
		p->completion = 0;
		return;
	}
	p->completion++;
	snprintf(p->text + at, sizeof(p->text) - at, "%s", word);
	p->len = p->at = strlen(p->text);
}

/* ---- keys ---- */

static void close_prompt(struct ui *ui)
{
	curs_set(0);
	ui_mode_set(ui, ui->back);
}

static void accept(struct ui *ui)
{
	struct ui_prompt *p = &ui->prompt;

	if (!p->accept(ui, p->text))
		return;
	if (p->history)
		remember(p->history, p->text);
	if (ui->mode == &mode_prompt)
		close_prompt(ui);
	curs_set(0);
}

static bool edit(struct ui_prompt *p, int key)
{
	switch (key) {
	case KEY_BACKSPACE: case CTRL('h'): case 0x7f:
		erase_range(p, before(p->text, p->at), p->at);
		return true;
	case KEY_DC: case CTRL('d'):
		erase_range(p, p->at, after(p->text, p->at));
		return true;
	case CTRL('u'):
		erase_range(p, 0, p->at);
		return true;
	case CTRL('k'):
		erase_range(p, p->at, p->len);
		return true;
	case CTRL('w'):
		erase_range(p, word_before(p), p->at);
		return true;
	case KEY_UP: case CTRL('p'):
		recall(p, 1);
		return true;
	case KEY_DOWN: case CTRL('n'):
		recall(p, -1);
		return true;
	case '\t':
		complete(p);
		return true;
	}
	return false;
}

static void move_in(struct ui_prompt *p, int key)
{
	if (key == KEY_LEFT || key == CTRL('b'))
		p->at = before(p->text, p->at);
	else if (key == KEY_RIGHT || key == CTRL('f'))
		p->at = after(p->text, p->at);
	else if (key == KEY_HOME || key == CTRL('a'))
		p->at = 0;
	else if (key == KEY_END || key == CTRL('e'))
		p->at = p->len;
}

static void prompt_key(struct ui *ui, int key)
{
	struct ui_prompt *p = &ui->prompt;
	bool typed = (key >= ' ' && key < 0x7f) || key & UI_CHAR;

	if (key == KEY_ESCAPE || key == CTRL('c') || key == CTRL('g')) {
		close_prompt(ui);
		if (p->cancel)
			p->cancel(ui);
		return;
	}
	if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		accept(ui);
		return;
	}
	if (typed)
		insert(p, key & ~UI_CHAR);
	else if (!edit(p, key)) {
		move_in(p, key);
		return;
	}
	if (key != '\t')
		p->completion = 0;
	*p->error = '\0';
	p->error_at = -1;
	if (p->changed)
		p->changed(ui, p->text);
}

const struct ui_mode mode_prompt = { .draw = prompt_draw, .key = prompt_key };
