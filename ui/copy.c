// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/copy.c - see the header. */
#include "ui/copy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "classic.h"
#include "ui/screen.h"

_Static_assert(sizeof(((struct copy *)0)->line) >= CLASSIC_LINE_MAX, "room for a row");

void copy_text(struct ui *ui, const char *s)
{
	char buf[CLASSIC_LINE_MAX * 2];
	struct text t = TEXT(buf);

	text_clear(&t);
	text_add_base64(&t, s, strlen(s));
	dprintf(STDOUT_FILENO, "\033]52;c;%s\a", buf);
	message_set(&ui->message, "copied: %s", s);
}

static enum reaction copy_accept(struct ui *ui, const struct menu *m)
{
	copy_text(ui, m->item[m->at].help);
	return DO_NOTHING;
}

static void copy_fill_addr(const struct row *row, const char *field, char *out)
{
	struct text t = { .s = out, .size = ADDR_STRLEN };
	struct value v;

	text_clear(&t);
	column_find(field)->get(row, &v);
	value_add_text(&v, &t);
}

static enum reaction copy_ask(struct ui *ui, const struct row *row)
{
	static const struct { const char *title, *field; } ends[COPY_ADDRS] = {
		{ "remote", "remote_addr" }, { "source", "src_addr" },
		{ "destination", "dst_addr" },
	};
	struct copy *c = &ui->copy;
	struct text line = TEXT(c->line);
	struct menu *m = &ui->menu;

	*m = (struct menu){
		.heading = "Copy", .hint = "Enter: copy   Esc: cancel", .accept = copy_accept,
	};
	for (; m->n < COPY_ADDRS; m->n++) {
		copy_fill_addr(row, ends[m->n].field, c->addr[m->n]);
		m->item[m->n] = (struct menu_item){
			.title = ends[m->n].title, .help = c->addr[m->n],
		};
	}
	text_clear(&line);
	classic_line(row, &ui->format, &line);
	m->item[m->n++] = (struct menu_item){ .title = "row", .help = c->line };
	return DO_MENU;
}

enum reaction copy_row(struct ui *ui, int key)
{
	const struct row *row = screen_row(ui);
	const struct group *group = window_cursor_group(&ui->window);

	(void)key;
	if (row)
		return copy_ask(ui, row);
	if (group && *group->key)
		copy_text(ui, group->key);
	else
		message_set(&ui->message, "nothing is selected: move to a row first");
	return DO_NOTHING;
}
