// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/menu.c - choosers: one of many, or which and in what order. Letters go
 * to the item that begins with them.
 */
#include "ui/int.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#define NAME_WIDTH 22

void ui_menu_open(struct ui *ui)
{
	ui_mode_set(ui, &mode_menu);
}

static unsigned menu_rows(const struct ui *ui)
{
	return ui->lines > 3 ? ui->lines - 2 : 1;
}

static void keep_in_sight(struct ui *ui)
{
	struct ui_menu *m = &ui->menu;
	unsigned rows = menu_rows(ui);

	if (m->at < m->top)
		m->top = m->at;
	if (m->at >= m->top + rows)
		m->top = m->at - rows + 1;
	if (m->top + rows > m->n)
		m->top = m->n > rows ? m->n - rows : 0;
}

static void draw_item(const struct ui *ui, int y, const struct ui_menu_item *item,
		      bool selected)
{
	enum ui_look look = selected ? LOOK_CURSOR : item->on ? LOOK_BOLD : LOOK_PLAIN;
	const char *mark = ui->menu.many ? item->on ? "[x] " : "[ ] " :
			   !item->on ? "  " : ui->utf8 ? "• " : "* ";
	int x = 1;

	if (selected)
		draw_fill(ui, y, 0, ui->cols, LOOK_CURSOR);
	x += draw_put(ui, y, x, ui->cols, look, mark);
	draw_put(ui, y, x, NAME_WIDTH, look, item->title);
	if (item->help)
		draw_put(ui, y, x + NAME_WIDTH + 1, ui->cols,
			selected ? LOOK_CURSOR : LOOK_DIM, item->help);
}

static void menu_draw(struct ui *ui)
{
	struct ui_menu *m = &ui->menu;
	unsigned rows = menu_rows(ui);

	keep_in_sight(ui);
	erase();
	draw_fill(ui, 0, 0, ui->cols, LOOK_HEAD);
	draw_put(ui, 0, 1, ui->cols, LOOK_HEAD, m->heading);
	for (unsigned i = 0; i < rows && m->top + i < m->n; i++)
		draw_item(ui, 1 + i, &m->item[m->top + i], m->top + i == m->at);
	if (ui->lines > 3)
		draw_put(ui, ui->lines - 1, 1, ui->cols, *m->typed ? LOOK_BOLD : LOOK_DIM,
			*m->typed ? m->typed : m->hint);
}

/* ---- keys ---- */

static void swap_items(struct ui_menu *m, int step)
{
	unsigned to = m->at + step;
	struct ui_menu_item item = m->item[m->at];

	if (to >= m->n)
		return;
	m->item[m->at] = m->item[to];
	m->item[to] = item;
	m->at = to;
}

static bool go_to_typed(struct ui_menu *m)
{
	size_t len = strlen(m->typed);

	for (unsigned i = 0; i < m->n; i++)
		if (!strncasecmp(m->item[i].title, m->typed, len)) {
			m->at = i;
			return true;
		}
	for (unsigned i = 0; i < m->n; i++)
		if (strcasestr(m->item[i].title, m->typed)) {
			m->at = i;
			return true;
		}
	return false;
}

static void type(struct ui_menu *m, char c)
{
	size_t len = strlen(m->typed);

	if (len + 1 >= sizeof(m->typed))
		return;
	m->typed[len] = c;
	m->typed[len + 1] = '\0';
	if (!go_to_typed(m))
		m->typed[len] = '\0';
}

static void move_at(struct ui_menu *m, int64_t step)
{
	int64_t to = m->at + step;

	m->at = to < 0 ? 0 : to >= m->n ? m->n - 1 : to;
	*m->typed = '\0';
}

static bool is_move(struct ui *ui, int key)
{
	struct ui_menu *m = &ui->menu;

	switch (key) {
	case KEY_UP:
		move_at(m, -1);
		return true;
	case KEY_DOWN:
		move_at(m, 1);
		return true;
	case KEY_PPAGE:
		move_at(m, -(int64_t)menu_rows(ui));
		return true;
	case KEY_NPAGE:
		move_at(m, menu_rows(ui));
		return true;
	case KEY_HOME:
		move_at(m, -(int64_t)m->n);
		return true;
	case KEY_END:
		move_at(m, m->n);
		return true;
	}
	return false;
}

static bool is_change(struct ui_menu *m, int key)
{
	if (!m->many)
		return false;
	if (key == ' ')
		m->item[m->at].on = !m->item[m->at].on;
	else if (key == '+' || key == '-')
		swap_items(m, key == '+' ? 1 : -1);
	else
		return false;
	*m->typed = '\0';
	return true;
}

static void menu_mouse(struct ui *ui)
{
	struct ui_menu *m = &ui->menu;
	MEVENT e;

	if (getmouse(&e) != OK)
		return;
	if (e.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED))
		move_at(m, e.bstate & BUTTON4_PRESSED ? -3 : 3);
	else if (e.bstate & BUTTON1_PRESSED && e.y >= 1 && m->top + e.y - 1 < m->n)
		m->at = m->top + e.y - 1;
}

static void menu_key(struct ui *ui, int key)
{
	struct ui_menu *m = &ui->menu;
	size_t typed = strlen(m->typed);

	if (key == KEY_MOUSE) {
		menu_mouse(ui);
	} else if (key == KEY_ESCAPE || key == CTRL('c')) {
		ui_mode_set(ui, ui->back);
	} else if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		ui_mode_set(ui, ui->back);
		m->accept(ui);
	} else if (key == KEY_DC && m->reset) {
		ui_mode_set(ui, ui->back);
		m->reset(ui);
	} else if (is_move(ui, key) || is_change(m, key)) {
		return;
	} else if (key == KEY_BACKSPACE || key == 0x7f || key == CTRL('h')) {
		m->typed[typed ? typed - 1 : 0] = '\0';
	} else if (key >= ' ' && key < 0x7f) {
		type(m, key);
	}
}

const struct ui_mode mode_menu = { .draw = menu_draw, .key = menu_key };
