/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * geoip.h - country, city and network owner of an address.
 *
 * From .mmdb files (libmaxminddb; all vendors' layouts, several files at
 * once), and libloc's database, which is packaged and needs no setup, where
 * the build has libloc. Files replaced on disk are reopened; one that is
 * truncated while in use is not read until it is complete again (SIGBUS is
 * handled: geoip/db.h). One thread (enrich).
 */
#ifndef GEOIP_H
#define GEOIP_H

#include <stdbool.h>
#include <stdint.h>

#include "facts.h"
#include "lib/addr.h"

#define GEOIP_FILES_MAX 8

struct geoip;

/*
 * @files: the only files to use, NULL-terminated (.mmdb, or libloc's), at
 * most GEOIP_FILES_MAX;
 * NULL or empty: those in $FLOWTOP_GEOIP (colon-separated) alone; without it
 * *.mmdb in /etc/flowtop, else the usual names in the usual places, and of
 * libloc what these lack. NULL: out of memory;
 * a file that cannot be used is named in @problem ("" = none).
 */
struct geoip *geoip_open(const char *const *files, char *problem, unsigned problem_size);
void geoip_close(struct geoip *g);

/*
 * The place of an address as a number for place_get(), never PLACE_UNKNOWN: an
 * unknown address has a place with all fields empty. Special addresses are
 * named by their kind (private, loopback), not looked up.
 */
uint32_t geoip_place(struct geoip *g, const struct addr *a);

/*
 * Looks whether a database was replaced, and reopens it: true then, and
 * every flow's place should be asked again. Cheap; call every few seconds.
 */
bool geoip_refresh(struct geoip *g);

/*
 * "GeoLite2-City 2026-11-03, libloc 2022-10-29"; "" = none. Says so where the
 * build has no libloc. Any thread: a snapshot made at the last open, @buf is
 * filled.
 */
void geoip_describe(const struct geoip *g, char *buf, unsigned size);

#endif
