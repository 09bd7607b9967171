// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/view.c - which view: tabs, groups and the way into them, filter, search.
 */
#include "ui/int.h"

#include <curses.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

const struct ui_tab ui_tabs[] = {
	{ "Flows", NULL },
	{ "Processes", "process" },
	{ "Hosts", "remote_addr" },
	{ "Clients", "src_addr" },
	{ "Services", "service" },
	{ "Countries", "remote_country_name" },
	{ "States", "state" },
};
const unsigned n_ui_tabs = sizeof(ui_tabs) / sizeof(ui_tabs[0]);

/* ---- groups ---- */

unsigned ui_tab_now(const struct ui *ui)
{
	const struct column *c = ui->spec.group;

	for (unsigned i = 0; i < n_ui_tabs; i++)
		if (c ? ui_tabs[i].group && !strcmp(ui_tabs[i].group, c->name) :
			!ui_tabs[i].group)
			return i;
	return n_ui_tabs;
}

void ui_set_group(struct ui *ui, const struct column *group)
{
	ui->spec.group = group;
	ui->conf.group = group ? group->name : NULL;
	ui->sideways = 0;
	ui_forget_rows(ui);
}

static const struct column *tab_group(unsigned i)
{
	return ui_tabs[i].group ? column_find(ui_tabs[i].group) : NULL;
}

void set_tab(struct ui *ui, int key)
{
	unsigned now = ui_tab_now(ui), n = n_ui_tabs;

	if (key == '\t')
		now = now >= n ? 0 : (now + 1) % n;
	else if (key == KEY_BTAB)
		now = now >= n ? 0 : (now + n - 1) % n;
	else
		now = key - '1';
	ui->depth = 0;
	ui_set_group(ui, tab_group(now));
}

void set_next_group(struct ui *ui, int key)
{
	static const char *const names[] = {
		"process", "unit", "user", "remote_addr", "remote_country_name", "remote_org",
		"src_addr", "dst_addr", "service", "proto", "state", "direction", "nat", "zone",
	};
	unsigned n = sizeof(names) / sizeof(names[0]), next = 0;

	(void)key;
	for (unsigned i = 0; ui->spec.group && i < n; i++)
		if (!strcmp(names[i], ui->spec.group->name))
			next = i + 1;
	ui->depth = 0;
	ui_set_group(ui, next < n ? column_find(names[next]) : NULL);
}

/* ---- filter ---- */

static bool is_blank(const char *s)
{
	return !s[strspn(s, " \t")];
}

bool ui_set_filter(struct ui *ui, const char *expression, struct filter_error *error)
{
	struct filter *f = NULL;

	if (!is_blank(expression)) {
		f = filter_parse(expression, error);
		if (!f)
			return false;
	}
	filter_unref(ui->spec.filter);
	ui->spec.filter = f;
	snprintf(ui->filter, sizeof(ui->filter), "%s", f ? expression : "");
	ui->conf.filter = *ui->filter ? ui->filter : NULL;
	ui_ask_anew(ui);
	return true;
}

void ui_clear_filter(struct ui *ui)
{
	struct filter_error error;

	ui_set_filter(ui, "", &error);
}

static bool try_filter(struct ui *ui, const char *text)
{
	struct filter_error error;

	if (ui_set_filter(ui, text, &error))
		return true;
	snprintf(ui->prompt.error, sizeof(ui->prompt.error), "%s", error.text);
	ui->prompt.error_at = error.at;
	return false;
}

static void type_filter(struct ui *ui, const char *text)
{
	try_filter(ui, text);
}

void set_filter(struct ui *ui, int key)
{
	struct ui_prompt ask = {
		.label = "filter:",
		.hint = "e.g.  process firefox and not port 443     Tab: complete   Up: history   "
			"Esc: clear",
		.accept = try_filter, .changed = type_filter, .cancel = ui_clear_filter,
		.complete = filter_complete, .history = &ui->filters,
	};

	(void)key;
	ui_prompt_open(ui, &ask, ui->filter);
}

void set_escape(struct ui *ui, int key)
{
	(void)key;
	ui->depth = 0;
	if (*ui->filter)
		ui_clear_filter(ui);
	else
		ui_let_go(ui);
}

/* ---- into a group and back ---- */

/* As a value of the filter language; in quotes where it must be. */
static void add_value(const char *s, struct text *out)
{
	bool plain = *s && isalnum((unsigned char)*s);

	for (const char *c = s; *c; c++)
		plain = plain && (isalnum((unsigned char)*c) || strchr("._-@/:+", *c));
	text_add(out, plain ? "" : "\"");
	for (; *s; s++) {
		if (!plain && strchr("\"\\", *s))
			text_add_char(out, '\\');
		text_add_char(out, *s);
	}
	text_add(out, plain ? "" : "\"");
}

/*
 * The test that the flows of a group pass. A key that may have been cut off
 * is looked for, not compared; one that is null leaves "has none".
 */
static void add_test(const char *field, const struct view_group *g, const char *has,
		     struct text *out)
{
	if (!*g->key) {
		text_printf(out, "not %s %s", field, has);
		return;
	}
	text_printf(out, "%s %s ", field, strlen(g->key) + 4 >= sizeof(g->key) ? ":" : "=");
	add_value(g->key, out);
}

static void group_filter(const struct ui *ui, const struct view_group *g, const char *has,
			 struct text *out)
{
	text_clear(out);
	if (*ui->filter)
		text_printf(out, "(%s) and ", ui->filter);
	add_test(ui->spec.group->name, g, has, out);
}

static void came_from(struct ui *ui, const char *filter, const struct view_group *g)
{
	struct ui_came_from *from;

	if (ui->depth == UI_DEPTH) {
		memmove(&ui->came_from[0], &ui->came_from[1],
			sizeof(ui->came_from) - sizeof(ui->came_from[0]));
		ui->depth--;
	}
	from = &ui->came_from[ui->depth++];
	*from = (struct ui_came_from){
		.group = ui->spec.group, .top = ui->top, .number = ui->number,
	};
	snprintf(from->filter, sizeof(from->filter), "%s", filter);
	memcpy(from->key, g->key, sizeof(from->key));
}

static void into_group(struct ui *ui, const struct view_group *g)
{
	char expression[UI_TEXT_MAX], before[UI_TEXT_MAX];
	struct text t = TEXT(expression);
	struct filter_error error;
	bool ok;

	snprintf(before, sizeof(before), "%s", ui->filter);
	group_filter(ui, g, "~ .", &t);
	if (t.len + 1 >= t.size) {
		ui_say(ui, "the filter would be too long");
		return;
	}
	ok = ui_set_filter(ui, expression, &error);
	if (!ok && !*g->key) {		/* numbers know no '~' */
		group_filter(ui, g, ">= 0", &t);
		ok = ui_set_filter(ui, expression, &error);
	}
	if (!ok) {
		ui_say(ui, "%s", error.text);
		return;
	}
	came_from(ui, before, g);
	ui_set_group(ui, NULL);
}

void set_enter(struct ui *ui, int key)
{
	const struct view_group *g;

	(void)key;
	if (!ui->selected && ui_rows_total(ui))
		ui_move_to(ui, ui->top);
	g = ui_cursor_group(ui);
	if (ui->spec.group && g)
		into_group(ui, g);
	else if (!ui->spec.group && ui_cursor_row(ui))
		ui_detail_open(ui);
}

void set_back(struct ui *ui, int key)
{
	const struct ui_came_from *from;
	struct filter_error error;

	(void)key;
	if (ui->mode == &mode_detail) {
		ui_mode_set(ui, &mode_table);
		ui_ask(ui);
		return;
	}
	if (!ui->depth)
		return;
	from = &ui->came_from[--ui->depth];
	ui_set_filter(ui, from->filter, &error);
	ui_set_group(ui, from->group);
	ui->selected = true;
	ui->top = from->top;
	ui->number = from->number;
	memcpy(ui->group_key, from->key, sizeof(ui->group_key));
	ui_ask(ui);
}

/* ---- search ---- */

static bool search_row(struct ui *ui, uint64_t number, const struct row *row,
		       const struct view_group *group)
{
	bool hit = row ? filter_match(ui->search_filter, row) :
			 !!strcasestr(group->key, ui->search);

	if (!hit)
		return true;
	ui->searching = false;
	ui->selected = true;
	ui->number = number;
	if (number < ui->top || number >= ui->top + ui->at.rows)
		ui->top = number > ui->at.rows / 2 ? number - ui->at.rows / 2 : 0;
	if (row)
		ui->flow = row->handle;
	else
		memcpy(ui->group_key, group->key, sizeof(ui->group_key));
	return false;
}

static void search_end(struct ui *ui, bool whole)
{
	if (ui->searching)
		ui_say(ui, whole ? "no match for \"%s\"" : "search stopped: %s", ui->search);
	ui->searching = false;
}

static void search_next(struct ui *ui)
{
	ui->searching = true;
	ui_walk(ui, ui->selected ? ui->number + 1 : 0, true,
		filter_needs(ui->search_filter), search_row, search_end);
}

static bool accept_search(struct ui *ui, const char *text)
{
	struct filter_error error;
	struct filter *f = filter_parse(text, &error);

	if (!f) {
		snprintf(ui->prompt.error, sizeof(ui->prompt.error), "%s", error.text);
		ui->prompt.error_at = error.at;
		return false;
	}
	filter_unref(ui->search_filter);
	ui->search_filter = f;
	snprintf(ui->search, sizeof(ui->search), "%s", text);
	if (!is_blank(text))
		search_next(ui);
	return true;
}

void set_search(struct ui *ui, int key)
{
	struct ui_prompt ask = {
		.label = "search:", .hint = "a filter expression; no flow is hidden. *: next match",
		.accept = accept_search, .complete = filter_complete, .history = &ui->searches,
	};

	if (key == '*' && !is_blank(ui->search))
		search_next(ui);
	else
		ui_prompt_open(ui, &ask, ui->search);
}
