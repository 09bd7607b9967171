/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * geoip/loc.h - a database of libloc, for geoip/db.c. Built without that
 * library, it opens none.
 *
 * Like all that reads databases, the functions are called within geo_guard().
 */
#ifndef GEOIP_LOC_H
#define GEOIP_LOC_H

#include <stdint.h>
#include <time.h>

#include "facts.h"
#include "lib/addr.h"

#ifdef HAVE_LIBLOC
#define GEO_HAS_LIBLOC 1
#else
#define GEO_HAS_LIBLOC 0
#endif

struct geo_loc;

/* Opens the file; @built is when its data were made. NULL: @why says it, a constant. */
struct geo_loc *geo_loc_open(const char *path, time_t *built, const char **why);
void geo_loc_close(struct geo_loc *l);

/* As geo_db_find() and geo_db_read(). */
uint64_t geo_loc_find(struct geo_loc *l, const struct addr *a);
void geo_loc_read(struct geo_loc *l, uint64_t record, struct place *p);

#endif
