// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * geoip/loc.c - a database of libloc; see geoip/loc.h.
 */
#include "geoip/loc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/text.h"

#ifdef HAVE_LIBLOC

#include <libloc/database.h>
#include <libloc/libloc.h>

struct geo_loc {
	struct loc_ctx *ctx;
	struct loc_database *db;
};

/* By itself the library writes to stderr, across the screen. */
static void loc_log(struct loc_ctx *ctx, int priority, const char *file, int line,
		    const char *fn, const char *format, va_list args)
{
	(void)ctx, (void)priority, (void)file, (void)line, (void)fn, (void)format, (void)args;
}

/* The library believes what is in its file: a crafted one overflows its stack. */
static const char *loc_open(struct geo_loc *l, const char *path)
{
	FILE *f = file_open(path, FILE_ANY_SIZE);
	int err;

	if (!f)
		return "cannot be read";
	if (!file_is_trusted(f)) {
		fclose(f);
		return "others may have written it (libloc's must be root's)";
	}
	if (loc_new(&l->ctx)) {
		fclose(f);
		return "out of memory";
	}
	loc_set_log_fn(l->ctx, loc_log);
	err = loc_database_new(l->ctx, &l->db, f);
	fclose(f);
	return err ? "not a whole database of libloc" : NULL;
}

struct geo_loc *geo_loc_open(const char *path, time_t *built, const char **why)
{
	struct geo_loc *l = calloc(1, sizeof(*l));

	*why = l ? loc_open(l, path) : "out of memory";
	if (*why) {
		geo_loc_close(l);
		return NULL;
	}
	/* a library with a time_t of 32 bits leaves the upper half undefined */
	*built = (uint32_t)loc_database_created_at(l->db);
	return l;
}

void geo_loc_close(struct geo_loc *l)
{
	if (!l)
		return;
	if (l->db)
		loc_database_unref(l->db);
	if (l->ctx)
		loc_unref(l->ctx);
	free(l);
}

/* A record is its ASN and the two letters of its country. */
uint64_t geo_loc_find(struct geo_loc *l, const struct addr *a)
{
	struct loc_network *net = NULL;
	struct in6_addr in6;
	const char *code;
	uint64_t record;

	memcpy(&in6, a->byte, sizeof(in6));
	if (loc_database_lookup(l->db, &in6, &net) || !net)
		return 0;
	record = loc_network_get_asn(net);
	code = loc_network_get_country_code(net);
	if (code && code[0])
		record |= (uint64_t)(uint8_t)code[0] << 40 | (uint64_t)(uint8_t)code[1] << 32;
	loc_network_unref(net);
	return record;
}

void geo_loc_read(struct geo_loc *l, uint64_t record, struct place *p)
{
	char code[3] = { (char)(record >> 40), (char)(record >> 32) };
	struct loc_as *as = NULL;
	const char *name;

	if (!*p->country && strlen(code) == 2)
		text_sanitise(p->country, sizeof(p->country), code, 2);
	if (p->asn || !(uint32_t)record)
		return;
	p->asn = (uint32_t)record;
	if (loc_database_get_as(l->db, &as, p->asn) || !as)
		return;
	name = loc_as_get_name(as);
	if (name)
		text_sanitise(p->org, sizeof(p->org), name, strlen(name));
	loc_as_unref(as);
}

#else

struct geo_loc *geo_loc_open(const char *path, time_t *built, const char **why)
{
	(void)path, (void)built;
	*why = "flowtop was built without libloc";
	return NULL;
}

void geo_loc_close(struct geo_loc *l)
{
	(void)l;
}

uint64_t geo_loc_find(struct geo_loc *l, const struct addr *a)
{
	(void)l, (void)a;
	return 0;
}

void geo_loc_read(struct geo_loc *l, uint64_t record, struct place *p)
{
	(void)l, (void)record, (void)p;
}

#endif
