/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * geoip/country.h - English names of countries, the same whatever database a code
 * comes from. Const; any thread.
 */
#ifndef GEOIP_COUNTRY_H
#define GEOIP_COUNTRY_H

/* The name of a two-letter code in capitals; NULL if it is unknown. */
const char *country_name(const char *code);

#endif
