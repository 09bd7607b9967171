/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * country.h - English names of countries, the same whatever database a code
 * comes from. Const; any thread.
 */
#ifndef COUNTRY_H
#define COUNTRY_H

/* The name of a two-letter code in capitals; NULL: there is none such. */
const char *country_name(const char *code);

#endif
