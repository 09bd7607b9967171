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

/* When and where: what each line says, made once for many. */
struct json_origin {
	char text[640];
};

/* @time: CLOCK_REALTIME, ns. @host is sanitised, 255 bytes at most. */
void json_origin_set(struct json_origin *o, uint64_t time, const char *host);

/* A flow with these columns, or with all of them where @n is 0. */
void json_flow(const struct json_origin *o, const struct row *r,
	       const struct column *const *cols, unsigned n, struct text *out);

/* A flow to which something happened: @type says what. */
void json_event(const struct json_origin *o, const char *type, bool told, const struct row *r,
		const struct column *const *cols, unsigned n, struct text *out);

/* Lines that are missing in a log, and overruns of the event socket. */
void json_lost(const struct json_origin *o, uint64_t lines, uint64_t overruns,
	       struct text *out);

/* A group of flows that have @field in common. */
void json_group(const struct json_origin *o, const struct row *r, const struct column *field,
		struct text *out);

/* The statistics that a page begins with. */
void json_stats(const struct json_origin *o, const struct view_result *head,
		struct text *out);

#endif
