// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/find.c - see the header. */
#include "ui/find.h"

#include <string.h>

#include "lib/ascii.h"
#include "ui/screen.h"

void find_init(struct find *f, const char *filter)
{
	if (filter)
		snprintf(f->filter, sizeof(f->filter), "%s", filter);
}

void find_free(struct find *f)
{
	filter_unref(f->search_filter);
}

static bool find_is_blank(const char *s)
{
	return !s[strspn(s, " \t")];
}

/* ---- filter ---- */

bool find_set_filter(struct ui *ui, const char *expression, struct filter_error *error)
{
	struct find *find = &ui->find;
	struct filter *f = NULL;

	if (!find_is_blank(expression)) {
		f = filter_parse(expression, error);
		if (!f)
			return false;
	}
	filter_unref(ui->spec.filter);
	ui->spec.filter = f;
	snprintf(find->filter, sizeof(find->filter), "%s", f ? expression : "");
	ui->conf.filter = *find->filter ? find->filter : NULL;
	if (f)
		window_to_top(&ui->window);
	else
		window_reorder(&ui->window);	/* the one selected stays so, among all */
	return true;
}

static enum reaction find_try_filter(struct ui *ui, const char *text)
{
	struct filter_error error;
	const struct filter *f;

	if (find_set_filter(ui, text, &error)) {
		f = ui->spec.filter;
		if (f && !filter_fits(f, ui->spec.group, &error))
			prompt_refuse(&ui->prompt, error.at, error.text);
		return DO_ASK;
	}
	prompt_refuse(&ui->prompt, error.at, error.text);
	return DO_NOTHING;
}

static enum reaction find_clear_filter(struct ui *ui)
{
	return find_try_filter(ui, "");
}

enum reaction find_filter(struct ui *ui, int key)
{
	struct prompt_ask ask = {
		.label = "filter:",
		.hint = "e.g.  process firefox and not port 443     Tab: complete   Up: history   "
			"Esc: clear",
		.accept = find_try_filter, .changed = find_try_filter,
		.cancel = find_clear_filter, .complete = filter_complete,
		.history = &ui->find.filters,
	};

	(void)key;
	return prompt_open(&ui->prompt, &ask, ui->find.filter);
}

/* ---- search ---- */

static bool find_search_row(struct ui *ui, uint64_t number, const struct row *row)
{
	bool hit = row->group ? ascii_contains(row->group->key, ui->find.search) :
				filter_match(ui->find.search_filter, row);

	if (!hit)
		return true;
	ui->find.searching = false;
	window_select(&ui->window, number, row);
	return false;
}

static void find_search_end(struct ui *ui, bool whole)
{
	if (ui->find.searching)
		message_set(&ui->message, whole ? "no match for \"%s\"" : "search stopped: %s",
			    ui->find.search);
	ui->find.searching = false;
}

static void find_next(struct ui *ui)
{
	const struct window *w = &ui->window;

	ui->find.searching = true;
	window_walk(&ui->window, ui, &ui->spec, w->selected ? w->number + 1 : 0, true,
		    filter_needs(ui->find.search_filter), find_search_row, find_search_end);
}

static enum reaction find_accept_search(struct ui *ui, const char *text)
{
	struct find *find = &ui->find;
	struct filter_error error;
	struct filter *f = filter_parse(text, &error);

	if (!f) {
		prompt_refuse(&ui->prompt, error.at, error.text);
		return DO_NOTHING;
	}
	filter_unref(find->search_filter);
	find->search_filter = f;
	snprintf(find->search, sizeof(find->search), "%s", text);
	if (!find_is_blank(text))
		find_next(ui);
	return DO_NOTHING;
}

enum reaction find_search(struct ui *ui, int key)
{
	struct prompt_ask ask = {
		.label = "search:", .hint = "a filter expression; no flow is hidden. *: next match",
		.accept = find_accept_search, .complete = filter_complete,
		.history = &ui->find.searches,
	};

	if (key != '*' || find_is_blank(ui->find.search))
		return prompt_open(&ui->prompt, &ask, ui->find.search);
	find_next(ui);
	return DO_NOTHING;
}
