/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch/text.h - a page as text: a table, or classic lines. For batch.c.
 */
#ifndef BATCH_TEXT_H
#define BATCH_TEXT_H

#include "column.h"
#include "conf.h"
#include "view.h"

#define BATCH_COLUMNS_MAX COLUMNS_MAX

struct batch_text {
	struct format format;
	bool classic;
	bool fitted;			/* to a terminal: nothing goes past its edge */
	bool ranked;			/* the best columns, not those asked for */
	const struct column *group;	/* NULL: flows */
	const struct column *const *cols;
	unsigned n_cols;
	uint8_t width[BATCH_COLUMNS_MAX];	/* 0: there is no room for it */
};

/* @cols must stay where they are. @group: what groups have in common. */
void batch_text_init(struct batch_text *t, const struct conf *c, const struct column *group,
		     const struct column *const *cols, unsigned n);

/* What classic lines need; the table's needs are its columns'. */
unsigned batch_text_needs(const struct batch_text *t);

/* Above each page; the width of the terminal is asked for here. */
void batch_text_status(struct batch_text *t, const struct view_result *head,
		       const char *host, struct text *out);
void batch_text_heading(const struct batch_text *t, struct text *out);

void batch_text_row(const struct batch_text *t, const struct row *r, struct text *out);

#endif
