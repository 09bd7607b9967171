/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/find.h - filter and search: expressions typed in a prompt. */
#ifndef UI_FIND_H
#define UI_FIND_H

#include "filter.h"
#include "ui/prompt.h"
#include "ui/reaction.h"

struct ui;

struct find {
	char filter[PROMPT_MAX];	/* the expression shown; others may read it */

	/* of find.c alone */
	char search[PROMPT_MAX];
	struct filter *search_filter;
	bool searching;
	struct prompt_history filters, searches;
};

void find_init(struct find *f, const char *filter);	/* NULL = none */
void find_free(struct find *f);

/* False, with *error set: not a filter. "" = no filter. The caller returns DO_ASK. */
bool find_set_filter(struct ui *ui, const char *expression, struct filter_error *error);

/* Keys. */
enum reaction find_filter(struct ui *ui, int key);
enum reaction find_search(struct ui *ui, int key);

#endif
