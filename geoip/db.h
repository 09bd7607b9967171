/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * geoip/db.h - one database file of places, whoever made it. For geoip.c.
 *
 * Looking up has two steps: geo_db_find() walks to the record of an address
 * and names it by a number, which is all that most look-ups need (the record
 * was seen before); geo_db_read() decodes a record.
 *
 * Files are mapped, and reading a mapping whose file was cut short in place
 * (cp over it) is a SIGBUS. So all reading goes on within geo_guard(), which
 * turns that into a false.
 */
#ifndef GEOIP_DB_H
#define GEOIP_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "facts.h"
#include "lib/addr.h"
#include "lib/text.h"

struct geo_db;

/* Opens an .mmdb, or a database of libloc. NULL: @why says it, a constant. */
struct geo_db *geo_db_open(const char *path, const char **why);
void geo_db_close(struct geo_db *db);

/*
 * Calls @fn; false: a file broke under it, and the databases that it used
 * are good for nothing but to be closed. What @fn held is lost: it must not
 * take locks, nor memory that matters. Any thread.
 */
bool geo_guard(void (*fn)(void *arg), void *arg);

/* What the database has. */
enum geo_field { GEO_COUNTRY = 1 << 0, GEO_CITY = 1 << 1, GEO_ASN = 1 << 2 };
unsigned geo_db_fields(const struct geo_db *db);

/* The record of an address, the same number for the same record; 0: none.
 * Within geo_guard(). */
uint64_t geo_db_find(struct geo_db *db, const struct addr *a);

/* Fills in what @p lacks. Within geo_guard(). */
void geo_db_read(struct geo_db *db, uint64_t record, struct place *p);

/* Adds "GeoLite2-City 2026-11-03". */
void geo_db_describe(const struct geo_db *db, struct text *t);

#endif
