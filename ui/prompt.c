// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/prompt.c - see the header. */
#include "ui/prompt.h"

#include <curses.h>
#include <limits.h>
#include <string.h>

#include "lib/text.h"

static void prompt_clear_error(struct prompt *p)
{
	*p->error = '\0';
	p->error_at = -1;
}

enum reaction prompt_open(struct prompt *p, const struct prompt_ask *ask, const char *text)
{
	*p = (struct prompt){ .ask = *ask };
	snprintf(p->text, sizeof(p->text), "%s", text);
	p->len = p->at = strlen(p->text);
	prompt_clear_error(p);
	return DO_PROMPT;
}

void prompt_refuse(struct prompt *p, int at, const char *why)
{
	snprintf(p->error, sizeof(p->error), "%s", why);
	p->error_at = at;
}

/* ---- drawing ---- */

static unsigned prompt_after(const char *s, unsigned at)
{
	do
		at += s[at] != '\0';
	while ((s[at] & 0xc0) == 0x80);
	return at;
}

static unsigned prompt_width(const char *s, unsigned from, unsigned to)
{
	char buf[PROMPT_MAX];

	if (to <= from)
		return 0;
	snprintf(buf, sizeof(buf), "%.*s", (int)(to - from), s + from);
	return text_width(buf);
}

/* Bytes of the text scrolled off to the left, to keep the cursor in sight. */
static unsigned prompt_skipped(const struct prompt *p, unsigned room)
{
	unsigned skip = 0, next, width = prompt_width(p->text, 0, p->at);

	for (; width >= room && skip < p->at; skip = next) {
		next = prompt_after(p->text, skip);
		width -= prompt_width(p->text, skip, next);
	}
	return skip;
}

static void prompt_draw_below(const struct prompt *p, const struct draw *d, int y, int x,
			      unsigned skip)
{
	unsigned at, len = strlen(p->error);

	draw_fill(d, y, 0, d->cols, LOOK_PLAIN);
	if (!*p->error) {
		if (p->ask.hint)
			draw_put(d, y, 1, d->cols - 1, LOOK_DIM, p->ask.hint);
		return;
	}
	if (p->error_at < 0) {
		draw_put(d, y, 1, d->cols - 1, LOOK_BAD, p->error);
		return;
	}
	at = x + prompt_width(p->text, skip, p->error_at);
	draw_put(d, y, at, 1, LOOK_BAD, "^");
	if (at + len + 2 <= (unsigned)d->cols || at < (unsigned)d->cols / 2)
		draw_put(d, y, at + 2, d->cols, LOOK_BAD, p->error);
	else
		draw_put(d, y, 1, at - 2, LOOK_BAD, p->error);
}

void prompt_draw(const struct prompt *p, const struct draw *d)
{
	bool two = d->lines >= 4;
	int y = d->lines - 1 - two, x;
	unsigned skip;

	draw_fill(d, y, 0, d->cols, LOOK_PLAIN);
	x = 1 + draw_put(d, y, 1, d->cols / 2, LOOK_BOLD, p->ask.label) + 1;
	skip = prompt_skipped(p, d->cols - x);
	draw_put(d, y, x, d->cols, LOOK_PLAIN, p->text + skip);
	if (two)
		prompt_draw_below(p, d, y + 1, x, skip);
	curs_set(1);
	move(y, x + prompt_width(p->text, skip, p->at));
}

/* ---- editing ---- */

static unsigned prompt_before(const char *s, unsigned at)
{
	do
		at -= at > 0;
	while (at && (s[at] & 0xc0) == 0x80);
	return at;
}

static void prompt_erase(struct prompt *p, unsigned from, unsigned to)
{
	memmove(p->text + from, p->text + to, p->len - to + 1);
	p->len -= to - from;
	p->at = from;
}

/* Typed and pasted text is sanitised like all foreign text. */
static void prompt_insert(struct prompt *p, wchar_t c)
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

static void prompt_set_text(struct prompt *p, const char *s)
{
	snprintf(p->text, sizeof(p->text), "%s", s);
	p->len = p->at = strlen(p->text);
}

static unsigned prompt_word_before(const struct prompt *p)
{
	unsigned at = p->at;

	while (at && p->text[at - 1] == ' ')
		at--;
	while (at && p->text[at - 1] != ' ')
		at--;
	return at;
}

/* ---- history, completion ---- */

static void prompt_remember(struct prompt_history *h, const char *s)
{
	if (!*s || (h->n && !strcmp(h->text[h->n - 1], s)))
		return;
	if (h->n == PROMPT_HISTORY) {
		memmove(h->text[0], h->text[1], sizeof(h->text) - sizeof(h->text[0]));
		h->n--;
	}
	snprintf(h->text[h->n++], PROMPT_MAX, "%s", s);
}

static void prompt_recall(struct prompt *p, int step)
{
	unsigned n = p->ask.history ? p->ask.history->n : 0;

	if ((step > 0 && p->history_at == n) || (step < 0 && !p->history_at))
		return;
	if (!p->history_at)
		snprintf(p->typed, sizeof(p->typed), "%s", p->text);
	p->history_at += step;
	prompt_set_text(p, p->history_at ? p->ask.history->text[n - p->history_at] : p->typed);
}

/* The next candidate for the last word; after the last candidate, the text as typed. */
static void prompt_complete(struct prompt *p)
{
	const char *word;
	unsigned at;

	if (!p->ask.complete || p->at != p->len)
		return;
	if (!p->completion)
		snprintf(p->typed, sizeof(p->typed), "%s", p->text);
	word = p->ask.complete(p->typed, p->completion, &at);
	prompt_set_text(p, p->typed);
	if (!word) {
		p->completion = 0;
		return;
	}
	p->completion++;
	snprintf(p->text + at, sizeof(p->text) - at, "%s", word);
	p->len = p->at = strlen(p->text);
}

/* ---- keys ---- */

static enum reaction prompt_accept(struct prompt *p, struct ui *ui)
{
	enum reaction then;

	prompt_clear_error(p);
	then = p->ask.accept(ui, p->text);
	if (*p->error)
		return then;
	if (p->ask.history)
		prompt_remember(p->ask.history, p->text);
	curs_set(0);
	return then | DO_BACK;
}

static enum reaction prompt_cancel(struct prompt *p, struct ui *ui)
{
	curs_set(0);
	return DO_BACK | (p->ask.cancel ? p->ask.cancel(ui) : DO_NOTHING);
}

static bool prompt_edit(struct prompt *p, int key)
{
	switch (key) {
	case KEY_BACKSPACE: case KEY_CTRL('h'): case 0x7f:
		prompt_erase(p, prompt_before(p->text, p->at), p->at);
		return true;
	case KEY_DC: case KEY_CTRL('d'):
		prompt_erase(p, p->at, prompt_after(p->text, p->at));
		return true;
	case KEY_CTRL('u'):
		prompt_erase(p, 0, p->at);
		return true;
	case KEY_CTRL('k'):
		prompt_erase(p, p->at, p->len);
		return true;
	case KEY_CTRL('w'):
		prompt_erase(p, prompt_word_before(p), p->at);
		return true;
	case KEY_UP: case KEY_CTRL('p'):
		prompt_recall(p, 1);
		return true;
	case KEY_DOWN: case KEY_CTRL('n'):
		prompt_recall(p, -1);
		return true;
	case '\t':
		prompt_complete(p);
		return true;
	}
	return false;
}

static void prompt_move(struct prompt *p, int key)
{
	if (key == KEY_LEFT || key == KEY_CTRL('b'))
		p->at = prompt_before(p->text, p->at);
	else if (key == KEY_RIGHT || key == KEY_CTRL('f'))
		p->at = prompt_after(p->text, p->at);
	else if (key == KEY_HOME || key == KEY_CTRL('a'))
		p->at = 0;
	else if (key == KEY_END || key == KEY_CTRL('e'))
		p->at = p->len;
}

enum reaction prompt_key(struct prompt *p, struct ui *ui, int key)
{
	bool typed = (key >= ' ' && key < 0x7f) || key & KEY_CHAR;

	if (key == KEY_ESCAPE || key == KEY_CTRL('c') || key == KEY_CTRL('g'))
		return prompt_cancel(p, ui);
	if (key == '\r' || key == '\n' || key == KEY_ENTER)
		return prompt_accept(p, ui);
	if (typed)
		prompt_insert(p, key & ~KEY_CHAR);
	else if (!prompt_edit(p, key)) {
		prompt_move(p, key);
		return DO_NOTHING;
	}
	if (key != '\t')
		p->completion = 0;
	prompt_clear_error(p);
	return p->ask.changed ? p->ask.changed(ui, p->text) : DO_NOTHING;
}
