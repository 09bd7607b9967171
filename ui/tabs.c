// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/tabs.c - see the header. */
#include "ui/tabs.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/text.h"
#include "ui/screen.h"

const struct tab tabs_all[] = {
	{ "Flows", NULL },
	{ "Processes", "process" },
	{ "Hosts", "remote_addr" },
	{ "Clients", "client_addr" },
	{ "Services", "service_port" },
	{ "Countries", "remote_country_name" },
	{ "States", "state" },
};
const unsigned n_tabs = sizeof(tabs_all) / sizeof(tabs_all[0]);

/* ---- groups ---- */

unsigned tabs_now(const struct ui *ui)
{
	const struct column *c = ui->spec.group;

	for (unsigned i = 0; i < n_tabs; i++)
		if (c ? tabs_all[i].group && !strcmp(tabs_all[i].group, c->name) :
			!tabs_all[i].group)
			return i;
	return n_tabs;
}

static enum reaction tabs_set_group(struct ui *ui, const struct column *group)
{
	ui->spec.group = group;
	ui->conf.group = group ? group->name : NULL;
	table_scroll_back(&ui->table);
	table_forget_widths(&ui->table);
	return window_forget(&ui->window);
}

bool tabs_can_go_back(const struct tabs *t)
{
	return t->depth;
}

static const struct column *tabs_group(unsigned i)
{
	return tabs_all[i].group ? column_find(tabs_all[i].group) : NULL;
}

enum reaction tabs_go(struct ui *ui, int key)
{
	unsigned now = tabs_now(ui), n = n_tabs;

	if (key == '\t')
		now = now >= n ? 0 : (now + 1) % n;
	else if (key == KEY_BTAB)
		now = now >= n ? 0 : (now + n - 1) % n;
	else
		now = key - '1';
	tabs_forget(&ui->tabs);
	return tabs_set_group(ui, tabs_group(now));
}

enum reaction tabs_next_group(struct ui *ui, int key)
{
	static const char *const names[] = {
		"process", "unit", "user", "remote_addr", "remote_country_name", "remote_org",
		"client_addr", "src_addr", "dst_addr", "service_port", "proto", "state", "direction", "nat", "zone",
	};
	unsigned n = sizeof(names) / sizeof(names[0]), next = 0;

	(void)key;
	for (unsigned i = 0; ui->spec.group && i < n; i++)
		if (!strcmp(names[i], ui->spec.group->name))
			next = i + 1;
	tabs_forget(&ui->tabs);
	return tabs_set_group(ui, next < n ? column_find(names[next]) : NULL);
}

/* ---- into a group and back ---- */

/* As a value of the filter language, in quotes where needed. */
static void tabs_add_value(const char *s, struct text *out)
{
	bool plain = *s && ascii_is_alnum(*s);

	for (const char *c = s; *c; c++)
		plain = plain && (ascii_is_alnum(*c) || strchr("._-@/:+", *c));
	text_add(out, plain ? "" : "\"");
	for (; *s; s++) {
		if (!plain && strchr("\"\\", *s))
			text_add_char(out, '\\');
		text_add_char(out, *s);
	}
	text_add(out, plain ? "" : "\"");
}

/*
 * The filter that the flows of a group pass. A key that may have been cut off
 * is matched with ":", not "="; for a group without a key, the field is null.
 */
static void tabs_add_test(const char *field, const struct group *g, const char *has,
			  struct text *out)
{
	if (!*g->key) {
		text_printf(out, "not %s %s", field, has);
		return;
	}
	text_printf(out, "%s %s ", field, strlen(g->key) + 4 >= sizeof(g->key) ? ":" : "=");
	tabs_add_value(g->key, out);
}

/* The same for two fields together: the text before and after the separator. */
static void tabs_add_pair(const struct column *c, const struct group *g, const char *has,
			  struct text *out)
{
	const char *between = strstr(g->key, COLUMN_BETWEEN);
	struct group part = { .key = "" };

	for (unsigned i = 0; i < 2 && between; i++) {
		if (i)
			snprintf(part.key, sizeof(part.key), "%s", between + strlen(COLUMN_BETWEEN));
		else
			snprintf(part.key, sizeof(part.key), "%.*s", (int)(between - g->key), g->key);
		if (!strcmp(part.key, "?"))
			*part.key = '\0';
		text_add(out, i ? " and " : "");
		tabs_add_test(c->part[i]->name, &part, has, out);
	}
}

static void tabs_add_group_test(const struct column *c, const struct group *g, const char *has,
				struct text *out)
{
	if (c->part[1])
		tabs_add_pair(c, g, has, out);
	else if (c->part[0] && *g->key)
		text_printf(out, "%s : %s", c->part[0]->name, g->key);
	else
		tabs_add_test(c->part[0] ? c->part[0]->name : c->name, g, has, out);
}

/*
 * The filter for the group's flows, within the present filter but without its
 * tests of groups. NULL: no memory.
 */
static char *tabs_group_filter(const struct ui *ui, const struct group *g, const char *has)
{
	const size_t size = PROMPT_MAX + 2 * sizeof(g->key) + 80;
	char buf[PROMPT_MAX];
	struct text members = TEXT(buf), out = { .s = malloc(size), .size = size };

	if (!out.s)
		return NULL;
	text_clear(&out);
	filter_member_text(ui->find.filter ? ui->find.filter : "", &members);
	if (members.len)
		text_printf(&out, "(%s) and ", members.s);
	tabs_add_group_test(ui->spec.group, g, has, &out);
	return out.s;
}

static bool tabs_set_group_filter(struct ui *ui, const struct group *g, const char *has,
				  struct filter_error *error)
{
	char *expression = tabs_group_filter(ui, g, has);
	bool ok = expression && find_set_filter(ui, expression, error);

	if (!expression)
		snprintf(error->text, sizeof(error->text), "out of memory");
	free(expression);
	return ok;
}

/* Takes over @filter. */
static void tabs_remember(struct ui *ui, const struct find_kept *filter, const struct group *g)
{
	struct tabs *t = &ui->tabs;
	struct came_from *from;

	if (t->depth == TABS_DEPTH) {
		find_kept_free(&t->came_from[0].filter);
		memmove(&t->came_from[0], &t->came_from[1],
			sizeof(t->came_from) - sizeof(t->came_from[0]));
		t->depth--;
	}
	from = &t->came_from[t->depth++];
	*from = (struct came_from){
		.filter = *filter, .group = ui->spec.group, .top = ui->window.top,
		.number = ui->window.number,
	};
	memcpy(from->key, g->key, sizeof(from->key));
}

void tabs_forget(struct tabs *t)
{
	while (t->depth)
		find_kept_free(&t->came_from[--t->depth].filter);
}

static enum reaction tabs_open(struct ui *ui, const struct group *g)
{
	struct filter_error error = { .text = "out of memory" };
	struct find_kept before;
	bool ok = find_keep(ui, &before) && tabs_set_group_filter(ui, g, "~ .", &error);

	if (!ok && !*g->key)		/* '~' is not for numbers */
		ok = tabs_set_group_filter(ui, g, ">= 0", &error);
	if (!ok) {
		find_kept_free(&before);
		message_set(&ui->message, "%s", error.text);
		return DO_NOTHING;
	}
	tabs_remember(ui, &before, g);
	return tabs_set_group(ui, NULL);
}

enum reaction tabs_enter(struct ui *ui, int key)
{
	struct window *w = &ui->window;
	enum reaction then = w->selected ? DO_NOTHING : window_move_to(w, w->top);
	const struct group *g = window_cursor_group(w);

	(void)key;
	if (ui->spec.group && g)
		then |= tabs_open(ui, g);
	else if (!ui->spec.group && window_cursor_row(w))
		then |= DO_DETAIL | DO_ASK;
	return then;
}

enum reaction tabs_back(struct ui *ui, int key)
{
	struct came_from *from;

	(void)key;
	if (!ui->tabs.depth)
		return DO_NOTHING;
	from = &ui->tabs.came_from[--ui->tabs.depth];
	find_put_back(ui, &from->filter);
	tabs_set_group(ui, from->group);
	window_restore(&ui->window, from->top, from->number, from->key);
	return DO_ASK;
}

enum reaction tabs_escape(struct ui *ui, int key)
{
	struct filter_error error;

	(void)key;
	tabs_forget(&ui->tabs);
	if (!ui->find.filter)
		return window_let_go(&ui->window);
	find_set_filter(ui, "", &error);
	return DO_ASK;
}
