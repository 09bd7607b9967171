// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/menu.c - see the header. */
#include "ui/menu.h"

#include <curses.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/text.h"

#define NAME_WIDTH 22

void menu_add(struct menu *m, struct menu_item item)
{
	if (m->n < MENU_MAX)
		m->item[m->n++] = item;
}

static void menu_keep_in_sight(struct menu *m)
{
	if (m->at < m->top)
		m->top = m->at;
	if (m->at >= m->top + m->rows)
		m->top = m->at - m->rows + 1;
	if (m->top + m->rows > m->n)
		m->top = m->n > m->rows ? m->n - m->rows : 0;
}

static void menu_draw_item(const struct menu *m, const struct draw *d, int y,
			   const struct menu_item *item, bool selected)
{
	enum look look = selected ? LOOK_CURSOR : item->on ? LOOK_BOLD : LOOK_PLAIN;
	const char *mark = m->many ? item->on ? "[x] " : "[ ] " :
			   !item->on ? "  " : d->utf8 ? "• " : "* ";
	int x = 1;

	if (selected)
		draw_fill(d, y, 0, d->cols, LOOK_CURSOR);
	x += draw_put(d, y, x, d->cols, look, mark);
	draw_put(d, y, x, NAME_WIDTH, look, item->title);
	if (item->help)
		draw_put(d, y, x + NAME_WIDTH + 1, d->cols,
			selected ? LOOK_CURSOR : LOOK_DIM, item->help);
}

static void menu_draw_foot(const struct menu *m, const struct draw *d, int y)
{
	int x = 1;

	if (!*m->typed) {
		draw_put(d, y, x, d->cols, LOOK_DIM, m->hint);
		return;
	}
	x += draw_put(d, y, x, d->cols, m->missed ? LOOK_BAD : LOOK_BOLD, m->typed);
	if (m->missed)
		draw_put(d, y, x + 2, d->cols, LOOK_DIM, "no item has this name");
}

void menu_draw(struct menu *m, const struct draw *d)
{
	unsigned rows = d->lines > 3 ? d->lines - 2 : 1;

	m->rows = rows;
	menu_keep_in_sight(m);
	erase();
	draw_fill(d, 0, 0, d->cols, LOOK_HEAD);
	draw_put(d, 0, 1, d->cols, LOOK_HEAD, m->heading);
	for (unsigned i = 0; i < rows && m->top + i < m->n; i++)
		menu_draw_item(m, d, 1 + i, &m->item[m->top + i], m->top + i == m->at);
	if (d->lines > 3)
		menu_draw_foot(m, d, d->lines - 1);
}

/* ---- keys ---- */

static void menu_swap(struct menu *m, int step)
{
	unsigned to = m->at + step;
	struct menu_item item = m->item[m->at];

	if (to >= m->n)
		return;
	m->item[m->at] = m->item[to];
	m->item[to] = item;
	m->at = to;
}

static bool menu_begins(const struct menu_item *item, const char *typed)
{
	return !ascii_compare_n(item->title, typed, strlen(typed));
}

static bool menu_contains(const struct menu_item *item, const char *typed)
{
	return ascii_contains(item->title, typed);
}

static bool menu_explains(const struct menu_item *item, const char *typed)
{
	return item->help && ascii_contains(item->help, typed);
}

/* By the beginning of the name, else by a part of it, else by the help text. */
static bool menu_go_to_typed(struct menu *m)
{
	static bool (*const match[])(const struct menu_item *item, const char *typed) = {
		menu_begins, menu_contains, menu_explains,
	};

	for (unsigned k = 0; k < sizeof(match) / sizeof(match[0]); k++)
		for (unsigned i = 0; i < m->n; i++)
			if (match[k](&m->item[i], m->typed)) {
				m->at = i;
				return true;
			}
	return false;
}

static void menu_type(struct menu *m, char c)
{
	size_t len = strlen(m->typed);

	if (len + 1 >= sizeof(m->typed))
		return;
	m->typed[len] = c;
	m->typed[len + 1] = '\0';
	m->missed = !menu_go_to_typed(m);
}

static void menu_type_back(struct menu *m)
{
	size_t len = strlen(m->typed);

	m->typed[len ? len - 1 : 0] = '\0';
	m->missed = *m->typed && !menu_go_to_typed(m);
}

static void menu_forget_typed(struct menu *m)
{
	*m->typed = '\0';
	m->missed = false;
}

static void menu_move(struct menu *m, int64_t step)
{
	int64_t to = m->at + step;

	m->at = to < 0 ? 0 : to >= m->n ? m->n - 1 : to;
	menu_forget_typed(m);
}

static bool menu_moves(struct menu *m, int key)
{
	switch (key) {
	case KEY_UP:
		menu_move(m, -1);
		return true;
	case KEY_DOWN:
		menu_move(m, 1);
		return true;
	case KEY_PPAGE:
		menu_move(m, -(int64_t)m->rows);
		return true;
	case KEY_NPAGE:
		menu_move(m, m->rows);
		return true;
	case KEY_HOME:
		menu_move(m, -(int64_t)m->n);
		return true;
	case KEY_END:
		menu_move(m, m->n);
		return true;
	}
	return false;
}

static bool menu_changes(struct menu *m, int key)
{
	if (!m->many)
		return false;
	if (key == ' ')
		m->item[m->at].on = !m->item[m->at].on;
	else if (key == '+' || key == '-')
		menu_swap(m, key == '+' ? 1 : -1);
	else
		return false;
	menu_forget_typed(m);
	return true;
}

static void menu_mouse(struct menu *m)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return;
	if (e.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED))
		menu_move(m, e.bstate & BUTTON4_PRESSED ? -3 : 3);
	else if (e.bstate & BUTTON1_PRESSED && e.y >= 1 && m->top + e.y - 1 < m->n)
		m->at = m->top + e.y - 1;
}

enum reaction menu_key(struct menu *m, struct ui *ui, int key)
{
	if (key == KEY_ESCAPE || key == KEY_CTRL('c'))
		return DO_BACK;
	if (key == '\r' || key == '\n' || key == KEY_ENTER)
		return m->missed ? DO_NOTHING : DO_BACK | m->accept(ui, m);
	if (key == KEY_DC && m->reset)
		return DO_BACK | m->reset(ui);
	if (key == KEY_MOUSE)
		menu_mouse(m);
	else if (menu_moves(m, key) || menu_changes(m, key))
		return DO_NOTHING;
	else if (key == KEY_BACKSPACE || key == 0x7f || key == KEY_CTRL('h'))
		menu_type_back(m);
	else if (key >= ' ' && key < 0x7f)
		menu_type(m, key);
	return DO_NOTHING;
}
