// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/find.c - see the header. */
#include "ui/find.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "ui/screen.h"

bool find_init(struct find *f, const char *filter)
{
	f->filter = filter ? strdup(filter) : NULL;
	return !filter || f->filter;
}

void find_free(struct find *f)
{
	filter_unref(f->search_filter);
	free(f->filter);
}

static bool find_is_blank(const char *s)
{
	return !s[strspn(s, " \t")];
}

/* ---- filter ---- */

/* Takes over @k. */
static void find_show(struct ui *ui, const struct find_kept *k)
{
	filter_unref(ui->spec.filter);
	free(ui->find.filter);
	ui->spec.filter = k->filter;
	ui->conf.filter = ui->find.filter = k->text;
}

bool find_set_filter(struct ui *ui, const char *expression, struct filter_error *error)
{
	struct find_kept new = { NULL, NULL };

	if (!find_is_blank(expression)) {
		new.filter = filter_parse(expression, error);
		if (!new.filter)
			return false;
		new.text = strdup(expression);
		if (!new.text) {
			filter_unref(new.filter);
			snprintf(error->text, sizeof(error->text), "out of memory");
			return false;
		}
	}
	find_show(ui, &new);
	if (new.filter)
		window_to_top(&ui->window);
	else
		window_reorder(&ui->window);	/* the selected row stays selected, among all rows */
	return true;
}

bool find_keep(const struct ui *ui, struct find_kept *k)
{
	*k = (struct find_kept){ NULL, NULL };
	if (!ui->find.filter)
		return true;
	k->text = strdup(ui->find.filter);
	if (k->text)
		k->filter = filter_ref(ui->spec.filter);
	return k->text;
}

void find_put_back(struct ui *ui, struct find_kept *k)
{
	find_show(ui, k);
	*k = (struct find_kept){ NULL, NULL };
}

void find_kept_free(struct find_kept *k)
{
	filter_unref(k->filter);
	free(k->text);
	*k = (struct find_kept){ NULL, NULL };
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
	return prompt_open(&ui->prompt, &ask, ui->find.filter ? ui->find.filter : "");
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
