/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * classic.h - a flow as one line, the way flowtop of netsniff-ng showed it:
 *
 * [PID/process]:family:proto[STATE]:service -> source:port (country, city)
 * => destination:port (country, city)
 */
#ifndef CLASSIC_H
#define CLASSIC_H

#include "column.h"

/* No line takes more bytes. */
#define CLASSIC_LINE_MAX 1024

/* What a row must be filled with for it. */
#define CLASSIC_NEEDS (NEED_OWNER | NEED_NAME | NEED_PLACE)

/* Above the lines; @first: how many rows are left out before them. */
void classic_head(uint64_t first, struct text *out);

/* A part that is not known is "N/A". */
void classic_line(const struct row *r, const struct format *f, struct text *out);

#endif
