/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - the lines of JSON Lines output: one object each, without the line
 * break. Keys: Documentation/flowtop.8, section FIELDS.
 */
#ifndef JSON_H
#define JSON_H

#include "column.h"
#include "view.h"

/* No line is longer; what it is written into must have the room. */
#define JSON_LINE_MAX 32768

/* A flow with these columns, or with all of them where @n is 0. */
void json_flow(const struct row *r, const struct column *const *cols, unsigned n,
	       struct text *out);

/* A group of flows that have @field in common. */
void json_group(const struct row *r, const struct column *field, struct text *out);

/* The statistics that a page begins with. @host is sanitised. */
void json_stats(const struct view_result *head, const char *host, struct text *out);

#endif
