// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places of addresses; see geoip.h.
 *
 * Several files make one answer: of each field the first file that has it.
 * An address leads to one record in each file; which place a set of records
 * makes is remembered, so most look-ups decode nothing.
 */
#include "geoip.h"

#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "geoip/country.h"
#include "geoip/db.h"
#include "geoip/loc.h"
#include "lib/file_version.h"
#include "lib/hash.h"
#include "lib/text.h"

#define PATHS_MAX (GEOIP_FILES_MAX + 1)	/* and the first that is too many */

struct geo_file {
	char *path;
	struct file_version sign;
	struct geo_db *db;	/* NULL: this version cannot be used */
};

struct geo_files {
	struct geo_file file[GEOIP_FILES_MAX];
	unsigned n;
};

/* One set of records, and its place. */
struct known {
	uint64_t record[GEOIP_FILES_MAX];
	uint32_t place;		/* PLACE_UNKNOWN: a free slot */
};

#define KINDS 16

struct geoip {
	char **named;		/* the files asked for; NULL: look in the usual places */
	struct geo_files files;

	struct known *known;	/* open addressing */
	uint32_t n_known, size_known;

	uint32_t nowhere;	/* the place with all fields empty */
	pthread_mutex_t label_lock;
	char label[256];
	struct {
		const char *name;
		uint32_t place;
	} kind[KINDS];			/* of special addresses */
};

/* ---- which files ---- */

/* In each row the first that is there: the better files go first. */
static const char *const usual_names[][6] = {
	{ "GeoIP2-City.mmdb", "GeoLite2-City.mmdb", "dbip-city-lite*.mmdb",
	  "GeoIP2-Country.mmdb", "GeoLite2-Country.mmdb", "dbip-country-lite*.mmdb" },
	{ "GeoIP2-ISP.mmdb", "GeoLite2-ASN.mmdb", "dbip-asn-lite*.mmdb" },
};

static const char *const usual_dirs[] = {
	"/var/lib/GeoIP", "/usr/share/GeoIP", "/usr/local/share/GeoIP",
};

static const char *const libloc_files[] = {
	"/var/lib/location/database.db", "/usr/share/libloc-location/location.db",
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

struct path_list {
	char *path[PATHS_MAX];
	unsigned n;
};

static void path_add(struct path_list *l, const char *path)
{
	if (l->n == PATHS_MAX)
		return;
	l->path[l->n] = strdup(path);
	if (l->path[l->n])
		l->n++;
}

static void path_list_free(struct path_list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		free(l->path[i]);
}

/* The last in the alphabet: names with a month in them, the newest. */
static bool find_one(struct path_list *l, const char *dir, const char *name)
{
	char pattern[128];
	glob_t found;
	bool any;

	snprintf(pattern, sizeof(pattern), "%s/%s", dir, name);
	any = !glob(pattern, 0, NULL, &found) && found.gl_pathc;
	if (any)
		path_add(l, found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	return any;
}

static void find_row(struct path_list *l, const char *const *names, unsigned n)
{
	for (unsigned i = 0; i < n && names[i]; i++) {
		for (unsigned d = 0; d < COUNT(usual_dirs); d++) {
			if (find_one(l, usual_dirs[d], names[i]))
				return;
		}
	}
}

static void find_usual(struct path_list *l)
{
	glob_t found;

	if (!glob("/etc/flowtop/*.mmdb", 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			path_add(l, found.gl_pathv[i]);
	}
	globfree(&found);
	if (l->n)
		return;
	for (unsigned r = 0; r < COUNT(usual_names); r++)
		find_row(l, usual_names[r], COUNT(usual_names[r]));
}

/* ---- opening and reopening ---- */

static struct geo_file *files_find(struct geo_files *fs, const char *path)
{
	for (unsigned i = 0; i < fs->n; i++) {
		if (!strcmp(fs->file[i].path, path))
			return &fs->file[i];
	}
	return NULL;
}

static void files_free(struct geo_files *fs)
{
	for (unsigned i = 0; i < fs->n; i++) {
		geo_db_close(fs->file[i].db);
		free(fs->file[i].path);
	}
	fs->n = 0;
}

static void problem_add(struct text *problem, const char *path, const char *why)
{
	char clean[128];

	if (problem->len)
		text_add(problem, "; ");
	text_sanitise(clean, sizeof(clean), path, strlen(path));
	text_printf(problem, "%s: %s", clean, why);
}

/*
 * Adds @path to @to. What @from has open of it is taken over where the file is
 * the same, or where it was replaced by an invalid file: the old one is still
 * whole, unless it was overwritten in place.
 */
static void files_add(struct geo_files *to, struct geo_files *from, const char *path,
		      struct text *problem)
{
	struct geo_file *old = files_find(from, path), *f;
	struct file_version sign = file_version(path);
	bool same = old && file_version_equal(&old->sign, &sign);
	const char *why;

	if (files_find(to, path))
		return;
	if (to->n == GEOIP_FILES_MAX) {
		problem_add(problem, path, "too many files");
		return;
	}
	f = &to->file[to->n];
	*f = (struct geo_file){ .path = strdup(path), .sign = sign };
	if (!f->path)
		return;
	to->n++;
	if (!same) {
		f->db = geo_db_open(path, &why);
		if (f->db)
			return;
		problem_add(problem, path, why);
	}
	if (old && (same || old->sign.dev != sign.dev || old->sign.ino != sign.ino)) {
		f->db = old->db;
		old->db = NULL;
	}
}

static unsigned files_fields(const struct geo_files *fs)
{
	unsigned fields = 0;

	for (unsigned i = 0; i < fs->n; i++) {
		if (fs->file[i].db)
			fields |= geo_db_fields(fs->file[i].db);
	}
	return fields;
}

/* libloc's database gives what the files found lack. */
static void files_add_libloc(struct geo_files *to, struct geo_files *from,
			     struct text *problem)
{
	unsigned both = GEO_COUNTRY | GEO_ASN;

	if (!GEO_HAS_LIBLOC || (files_fields(to) & both) == both)
		return;
	for (unsigned i = 0; i < COUNT(libloc_files); i++) {
		if (file_version(libloc_files[i]).ino) {
			files_add(to, from, libloc_files[i], problem);
			return;
		}
	}
}

static void geoip_label(struct geoip *g)
{
	char buf[sizeof(g->label)];
	struct text t = TEXT(buf);

	text_clear(&t);
	for (unsigned i = 0; i < g->files.n; i++) {
		if (!g->files.file[i].db)
			continue;
		if (t.len)
			text_add(&t, ", ");
		geo_db_describe(g->files.file[i].db, &t);
	}
	if (!GEO_HAS_LIBLOC)
		text_add(&t, t.len ? ", built without libloc" : "no database, built without libloc");
	pthread_mutex_lock(&g->label_lock);
	memcpy(g->label, buf, sizeof(buf));
	pthread_mutex_unlock(&g->label_lock);
}

static void known_clear(struct geoip *g)
{
	if (g->known)
		memset(g->known, 0, g->size_known * sizeof(*g->known));
	g->n_known = 0;
}

/* True: what is open now is not what was open before. */
static bool geoip_load(struct geoip *g, struct text *problem)
{
	struct geo_files before = g->files, now = { 0 };
	struct path_list list = { 0 };
	bool changed;

	for (char **p = g->named; p && *p; p++)
		path_add(&list, *p);
	if (!g->named)
		find_usual(&list);
	for (unsigned i = 0; i < list.n; i++)
		files_add(&now, &g->files, list.path[i], problem);
	path_list_free(&list);
	if (!g->named)
		files_add_libloc(&now, &g->files, problem);

	changed = now.n != before.n;
	for (unsigned i = 0; i < now.n && !changed; i++)
		changed = now.file[i].db != before.file[i].db;
	files_free(&g->files);
	g->files = now;
	if (changed) {
		known_clear(g);
		geoip_label(g);
	}
	return changed;
}

/* NULL-terminated; NULL: none named, or no memory. */
static char **named_copy(const char *const *files)
{
	unsigned n = 0;
	char **copy;

	while (files && files[n])
		n++;
	copy = n ? calloc(n + 1, sizeof(*copy)) : NULL;
	for (unsigned i = 0; copy && i < n; i++)
		copy[i] = strdup(files[i]);
	return copy;
}

/* $FLOWTOP_GEOIP, split at its colons. */
static char **named_from_environment(void)
{
	const char *files[PATHS_MAX + 1] = { NULL };
	const char *value = getenv("FLOWTOP_GEOIP");
	char *copy, *rest, **named;
	unsigned n = 0;

	copy = rest = value ? strdup(value) : NULL;
	for (char *file; n < PATHS_MAX && (file = strsep(&rest, ":"));) {
		if (*file)
			files[n++] = file;
	}
	named = named_copy(files);
	free(copy);
	return named;
}

struct geoip *geoip_open(const char *const *files, char *problem, unsigned problem_size)
{
	struct text text = { .s = problem, .size = problem_size };
	struct geoip *g = calloc(1, sizeof(*g));

	text_clear(&text);
	if (!g)
		return NULL;
	pthread_mutex_init(&g->label_lock, NULL);
	g->nowhere = place_intern(&(struct place){ 0 });
	g->named = named_copy(files);
	if (!g->named)
		g->named = named_from_environment();
	geoip_load(g, &text);
	return g;
}

void geoip_close(struct geoip *g)
{
	if (!g)
		return;
	files_free(&g->files);
	for (char **p = g->named; p && *p; p++)
		free(*p);
	free(g->named);
	free(g->known);
	pthread_mutex_destroy(&g->label_lock);
	free(g);
}

bool geoip_refresh(struct geoip *g)
{
	char unsaid[256];
	struct text problem = TEXT(unsaid);

	text_clear(&problem);
	return geoip_load(g, &problem);
}

void geoip_describe(const struct geoip *g, char *buf, unsigned size)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&g->label_lock;

	pthread_mutex_lock(lock);
	snprintf(buf, size, "%s", g->label);
	pthread_mutex_unlock(lock);
}

/* ---- looking up ---- */

/* The slot of a set of records, or the free one where it belongs. */
static struct known *known_find(struct known *slots, uint32_t size, const uint64_t *record)
{
	uint64_t h = hash_bytes(record, sizeof(slots->record));

	for (uint32_t i = h & (size - 1);; i = (i + 1) & (size - 1)) {
		struct known *k = &slots[i];

		if (k->place == PLACE_UNKNOWN ||
		    !memcmp(k->record, record, sizeof(k->record)))
			return k;
	}
}

#define KNOWN_MIN 1024
#define KNOWN_MAX (1 << 17)

/* Keeps half of the slots free. At the largest size it is emptied. */
static bool known_make_room(struct geoip *g)
{
	uint32_t size = g->size_known ? g->size_known * 2 : KNOWN_MIN;
	struct known *grown;

	if (g->n_known < g->size_known / 2)
		return true;
	if (size > KNOWN_MAX) {
		known_clear(g);
		return true;
	}
	grown = calloc(size, sizeof(*grown));
	if (!grown)
		return false;
	for (uint32_t i = 0; i < g->size_known; i++) {
		if (g->known[i].place != PLACE_UNKNOWN)
			*known_find(grown, size, g->known[i].record) = g->known[i];
	}
	free(g->known);
	g->known = grown;
	g->size_known = size;
	return true;
}

struct look_up {
	struct geoip *g;
	struct addr addr;
	unsigned at;		/* the file that is being read */
	uint64_t record[GEOIP_FILES_MAX];
	uint32_t number;
};

static uint32_t place_read(struct look_up *l)
{
	struct place p = { 0 };
	const char *country;

	for (l->at = 0; l->at < l->g->files.n; l->at++) {
		struct geo_db *db = l->g->files.file[l->at].db;

		if (db && l->record[l->at])
			geo_db_read(db, l->record[l->at], &p);
	}
	country = country_name(p.country);
	if (country)
		snprintf(p.country_name, sizeof(p.country_name), "%s", country);
	return place_intern(&p);
}

static void look_up_run(void *arg)
{
	struct look_up *l = arg;
	struct known *k;

	for (l->at = 0; l->at < l->g->files.n; l->at++) {
		struct geo_db *db = l->g->files.file[l->at].db;

		l->record[l->at] = db ? geo_db_find(db, &l->addr) : 0;
	}
	k = known_find(l->g->known, l->g->size_known, l->record);
	if (k->place == PLACE_UNKNOWN) {
		l->number = place_read(l);
		if (l->number == PLACE_UNKNOWN)
			return;
		memcpy(k->record, l->record, sizeof(k->record));
		k->place = l->number;
		l->g->n_known++;
	}
	l->number = k->place;
}

/* A file was truncated: it is not used until geoip_refresh() finds it whole. */
static void geoip_drop(struct geoip *g, unsigned i)
{
	struct geo_file *f = &g->files.file[i];

	geo_db_close(f->db);
	f->db = NULL;
	f->sign = (struct file_version){ 0 };
	known_clear(g);
	geoip_label(g);
}

/* @kind: a constant of addr_kind(). */
static uint32_t kind_place(struct geoip *g, const char *kind)
{
	struct place p = { 0 };
	unsigned i = 0;

	while (i < KINDS && g->kind[i].name && g->kind[i].name != kind)
		i++;
	if (i < KINDS && g->kind[i].name)
		return g->kind[i].place;
	snprintf(p.country_name, sizeof(p.country_name), "%s", kind);
	if (i == KINDS)
		return place_intern(&p);
	g->kind[i].name = kind;
	g->kind[i].place = place_intern(&p);
	return g->kind[i].place;
}

/* 64:ff9b::/96 (RFC 6052): IPv4 addresses as an IPv6-only host sees them. */
static struct addr behind_nat64(const struct addr *a)
{
	static const uint8_t prefix[12] = { 0, 0x64, 0xff, 0x9b };

	return memcmp(a->byte, prefix, sizeof(prefix)) ? *a : addr_v4(&a->byte[12]);
}

uint32_t geoip_place(struct geoip *g, const struct addr *a)
{
	struct look_up l = { .g = g, .addr = behind_nat64(a) };
	const char *kind = addr_kind(&l.addr);
	uint32_t number;

	if (kind) {
		number = kind_place(g, kind);
		return number == PLACE_UNKNOWN ? g->nowhere : number;
	}
	if (!g->files.n || !known_make_room(g))
		return g->nowhere;
	while (!geo_guard(look_up_run, &l))
		geoip_drop(g, l.at);
	return l.number == PLACE_UNKNOWN ? g->nowhere : l.number;
}
