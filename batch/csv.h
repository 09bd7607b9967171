/* SPDX-License-Identifier: GPL-2.0-or-later */
/* batch/csv.h - CSV (RFC 4180, but lines end as they do here). */
#ifndef BATCH_CSV_H
#define BATCH_CSV_H

#include "column.h"

/* A cell; a comma goes before all but the @first of a line. */
void csv_add(struct text *out, bool first, const char *s);

/* The same for foreign text, that a spreadsheet could take for a formula. */
void csv_add_text(struct text *out, bool first, const char *s);

/* The names of the columns; the values of a row. */
void csv_names(const struct column *const *cols, unsigned n, bool first, struct text *out);
void csv_values(const struct row *r, const struct column *const *cols, unsigned n, bool first,
		struct text *out);

#endif
