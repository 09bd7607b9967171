// SPDX-License-Identifier: GPL-2.0-or-later
/* batch/csv.c - see the header. */
#include "batch/csv.h"

#include <string.h>

static void csv_cell(struct text *out, bool first, const char *mark, const char *s)
{
	if (!first)
		text_add_char(out, ',');
	if (!s[strcspn(s, ",\"\r\n")]) {
		text_add(out, mark);
		text_add(out, s);
		return;
	}
	text_add_char(out, '"');
	text_add(out, mark);
	for (; *s; s++) {
		if (*s == '"')
			text_add_char(out, '"');
		text_add_char(out, *s);
	}
	text_add_char(out, '"');
}

void csv_add(struct text *out, bool first, const char *s)
{
	csv_cell(out, first, "", s);
}

/* The mark says that it is text. */
void csv_add_text(struct text *out, bool first, const char *s)
{
	csv_cell(out, first, *s && strchr("=+-@", *s) ? "'" : "", s);
}

void csv_names(const struct column *const *cols, unsigned n, bool first, struct text *out)
{
	for (unsigned i = 0; i < n; i++)
		csv_add(out, first && !i, cols[i]->name);
}

void csv_values(const struct row *r, const struct column *const *cols, unsigned n, bool first,
		struct text *out)
{
	char buf[1024];
	struct value v;

	for (unsigned i = 0; i < n; i++) {
		struct text cell = TEXT(buf);

		text_clear(&cell);
		cols[i]->get(r, &v);
		value_add_text(&v, &cell);
		if (v.type == VALUE_TEXT)
			csv_add_text(out, first && !i, buf);
		else
			csv_add(out, first && !i, buf);
	}
}
