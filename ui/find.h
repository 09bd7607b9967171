/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/find.h - filter and search: expressions typed in a prompt. */
#ifndef UI_FIND_H
#define UI_FIND_H

#include "filter.h"
#include "ui/prompt.h"
#include "ui/reaction.h"

struct ui;

struct find {
	char *filter;			/* the expression shown; NULL: none. Others may read it */

	/* for find.c only */
	char search[PROMPT_MAX];
	struct filter *search_filter;
	bool searching;
	struct prompt_history filters, searches;
};

/* @filter: may be NULL. False: no memory. */
bool find_init(struct find *f, const char *filter);
void find_free(struct find *f);

/* False, with *error set: not a filter. "" = no filter. The caller returns DO_ASK. */
bool find_set_filter(struct ui *ui, const char *expression, struct filter_error *error);

/* A filter that is set aside; both NULL: no filter. */
struct find_kept {
	char *text;
	struct filter *filter;
};

/* Sets aside the present filter. False: no memory. */
bool find_keep(const struct ui *ui, struct find_kept *k);

/* Restores the filter, and empties @k. The caller returns DO_ASK. */
void find_put_back(struct ui *ui, struct find_kept *k);

void find_kept_free(struct find_kept *k);

/* Keys. */
enum reaction find_filter(struct ui *ui, int key);
enum reaction find_search(struct ui *ui, int key);

#endif
