/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch/text.h - a page as text: a table, or classic lines. For batch.c.
 */
#ifndef BATCH_TEXT_H
#define BATCH_TEXT_H

#include "column.h"
#include "conf.h"
#include "layout.h"
#include "view.h"

struct batch_text {
	struct format format;
	bool classic;
	bool fitted;			/* to a terminal: nothing goes past its edge */
	const struct column *group;	/* NULL: flows */
	const struct column *sorted;	/* by this, first of all */
	struct layout_wish wish;
	enum layout_role role;
	struct layout_column col[LAYOUT_MAX];	/* of this page */
	unsigned n_cols;
};

void batch_text_init(struct batch_text *t, const struct conf *c, const struct view_spec *spec);

/* enum flow_need of all that its rows may show. */
unsigned batch_text_needs(const struct batch_text *t);

/* Above each page; the width of the terminal is asked for here. */
void batch_text_status(struct batch_text *t, const struct view_result *head,
		       const char *host, struct text *out);
void batch_text_heading(const struct batch_text *t, struct text *out);

void batch_text_row(const struct batch_text *t, const struct row *r, struct text *out);

#endif
