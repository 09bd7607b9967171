// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Database files of places; see geoip/db.h.
 *
 * Vendors lay out their .mmdb records differently. A sample of the records shows,
 * once for each file, which of the layouts below it has.
 */
#include "geoip/db.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "geoip/loc.h"
#include "lib/file.h"
#include "lib/priv.h"

struct geo_db {
	bool is_mmdb;
	MMDB_s mmdb;
	unsigned countries, cities, asns;	/* bits: layouts that occur */

	struct geo_loc *loc;

	char label[64];		/* what geo_db_describe() says */
};

/* ---- files that are cut short while mapped ---- */

static struct sigaction bus_before;
static __thread sigjmp_buf *bus_jump;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (bus_jump && info->si_code == BUS_ADRERR)
		siglongjmp(*bus_jump, 1);
	/* not in our mapping: restore the handler, and let the fault happen again */
	sigaction(sig, &bus_before, NULL);
}

static void bus_prepare(void)
{
	struct sigaction sa = { .sa_sigaction = on_bus,
				.sa_flags = SA_SIGINFO | SA_NODEFER };
	struct sigaction now;

	sigemptyset(&sa.sa_mask);
	if (!sigaction(SIGBUS, NULL, &now) && now.sa_sigaction != on_bus)
		sigaction(SIGBUS, &sa, &bus_before);
}

/* A SIGBUS that is blocked ends the program: threads begin with all blocked. */
static void bus_unblock(void)
{
	static __thread bool done;
	sigset_t set;

	if (done)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	done = true;
}

bool geo_guard(void (*fn)(void *arg), void *arg)
{
	sigjmp_buf jump;

	bus_unblock();
	if (sigsetjmp(jump, 0)) {
		bus_jump = NULL;
		return false;
	}
	bus_jump = &jump;
	fn(arg);
	bus_jump = NULL;
	return true;
}

static void db_label(struct geo_db *db, const char *name, time_t built)
{
	struct text t = TEXT(db->label);
	char clean[48], date[16];
	struct tm tm;

	text_sanitise(clean, sizeof(clean), name, strlen(name));
	text_add(&t, clean);
	if (gmtime_r(&built, &tm) && strftime(date, sizeof(date), " %Y-%m-%d", &tm))
		text_add(&t, date);
}

/* ---- .mmdb ---- */

#define PATH(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* In each list the first that a record has is taken. */
static const char *const *const country_paths[] = {
	PATH("country", "iso_code"),		/* MaxMind, DB-IP */
	PATH("country_code"),			/* IPinfo, IPLocate */
	PATH("country"),			/* IPinfo, the older files */
	PATH("registered_country", "iso_code"),
};

static const char *const *const city_paths[] = {
	PATH("city", "names", "en"),
	PATH("city"),
};

static const struct {
	const char *const *number, *const *org;
} asn_paths[] = {
	{ PATH("autonomous_system_number"), PATH("autonomous_system_organization") },
	{ PATH("traits", "autonomous_system_number"),
	  PATH("traits", "autonomous_system_organization") },
	{ PATH("asn"), PATH("as_name") },	/* IPinfo */
	{ PATH("asn"), PATH("org") },		/* IPLocate */
	{ PATH("country", "AutonomousSystemNumber"),
	  PATH("country", "AutonomousSystemOrganization") },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool mmdb_get(MMDB_entry_s *e, const char *const *path, MMDB_entry_data_s *out)
{
	return MMDB_aget_value(e, out, path) == MMDB_SUCCESS && out->has_data;
}

static bool mmdb_get_text(MMDB_entry_s *e, const char *const *path, char *to, size_t size)
{
	MMDB_entry_data_s d;

	if (!mmdb_get(e, path, &d) || d.type != MMDB_DATA_TYPE_UTF8_STRING || !d.data_size)
		return false;
	text_sanitise(to, size, d.utf8_string, d.data_size);
	return true;
}

/* A code is two letters; a country's name is longer. */
static bool mmdb_get_country(MMDB_entry_s *e, const char *const *path, char code[3])
{
	char s[8];

	if (!mmdb_get_text(e, path, s, sizeof(s)) || strlen(s) != 2)
		return false;
	for (int i = 0; i < 2; i++) {
		if (s[i] >= 'a' && s[i] <= 'z')
			s[i] -= 'a' - 'A';
		if (s[i] < 'A' || s[i] > 'Z')
			return false;
	}
	memcpy(code, s, 3);
	return true;
}

/* "AS3320" or "3320"; 0 if it is neither. */
static uint32_t asn_parse(const char *s)
{
	char *end;
	unsigned long n;

	if ((s[0] == 'A' || s[0] == 'a') && (s[1] == 'S' || s[1] == 's'))
		s += 2;
	if (*s < '0' || *s > '9')
		return 0;
	n = strtoul(s, &end, 10);
	return *end || n > UINT32_MAX ? 0 : n;
}

static uint32_t mmdb_get_asn(MMDB_entry_s *e, const char *const *path)
{
	MMDB_entry_data_s d;
	char s[16];

	if (!mmdb_get(e, path, &d))
		return 0;
	switch (d.type) {
	case MMDB_DATA_TYPE_UINT16:
		return d.uint16;
	case MMDB_DATA_TYPE_UINT32:
		return d.uint32;
	case MMDB_DATA_TYPE_UINT64:
		return d.uint64 > UINT32_MAX ? 0 : d.uint64;
	case MMDB_DATA_TYPE_UTF8_STRING:
		text_sanitise(s, sizeof(s), d.utf8_string, d.data_size);
		return asn_parse(s);
	}
	return 0;
}

static void mmdb_read(struct geo_db *db, MMDB_entry_s *e, struct place *p)
{
	for (unsigned i = 0; i < COUNT(country_paths) && !*p->country; i++) {
		if (db->countries >> i & 1)
			mmdb_get_country(e, country_paths[i], p->country);
	}
	for (unsigned i = 0; i < COUNT(city_paths) && !*p->city; i++) {
		if (db->cities >> i & 1)
			mmdb_get_text(e, city_paths[i], p->city, sizeof(p->city));
	}
	for (unsigned i = 0; i < COUNT(asn_paths) && !p->asn; i++) {
		if (!(db->asns >> i & 1))
			continue;
		p->asn = mmdb_get_asn(e, asn_paths[i].number);
		if (p->asn)
			mmdb_get_text(e, asn_paths[i].org, p->org, sizeof(p->org));
	}
}

/* Notes which layouts a record follows. */
static void mmdb_learn(struct geo_db *db, MMDB_entry_s *e)
{
	char s[64];

	for (unsigned i = 0; i < COUNT(country_paths); i++)
		db->countries |= mmdb_get_country(e, country_paths[i], s) << i;
	for (unsigned i = 0; i < COUNT(city_paths); i++)
		db->cities |= mmdb_get_text(e, city_paths[i], s, sizeof(s)) << i;
	for (unsigned i = 0; i < COUNT(asn_paths); i++) {
		if (mmdb_get_asn(e, asn_paths[i].number) &&
		    (mmdb_get_text(e, asn_paths[i].org, s, sizeof(s)) || !db->asns))
			db->asns |= 1u << i;
	}
}

/* Goes down from @node, left or right as @turns say, to a record. */
static bool mmdb_descend(struct geo_db *db, uint32_t node, uint32_t turns, MMDB_entry_s *out)
{
	for (unsigned depth = 0; depth < 128; depth++) {
		MMDB_search_node_s n;
		bool right = turns >> (depth % 32) & 1;

		if (MMDB_read_node(&db->mmdb, node, &n) != MMDB_SUCCESS)
			return false;
		if ((right ? n.right_record_type : n.left_record_type) ==
		    MMDB_RECORD_TYPE_EMPTY)
			right = !right;
		switch (right ? n.right_record_type : n.left_record_type) {
		case MMDB_RECORD_TYPE_DATA:
			*out = right ? n.right_record_entry : n.left_record_entry;
			return true;
		case MMDB_RECORD_TYPE_SEARCH_NODE:
			node = right ? n.right_record : n.left_record;
			break;
		default:
			return false;
		}
	}
	return false;
}

#define SAMPLE 512

/* Half of the sample below the IPv4 part of the tree, half from its root. */
static void mmdb_learn_sample(struct geo_db *db)
{
	uint32_t v4 = db->mmdb.ipv4_start_node.node_value;
	uint32_t turns = 1;

	if (v4 >= db->mmdb.metadata.node_count)
		v4 = 0;
	for (unsigned i = 0; i < SAMPLE; i++) {
		MMDB_entry_s e;

		turns = turns * 1664525 + 1013904223;
		if (mmdb_descend(db, i % 2 ? v4 : 0, turns ^ turns >> 16, &e))
			mmdb_learn(db, &e);
	}
}

/* The library (1.7.1) computes the size of the tree in 32 bits, which overflow. */
static bool mmdb_tree_fits(const MMDB_s *m)
{
	uint64_t tree = (uint64_t)m->metadata.node_count * m->full_record_byte_size;

	return m->file_size > 0 && tree + 16 <= (uint64_t)m->file_size;
}

static const char *mmdb_open(struct geo_db *db, const char *path)
{
	const char *type;
	int err = MMDB_open(path, MMDB_MODE_MMAP, &db->mmdb);

	if (err == MMDB_OUT_OF_MEMORY_ERROR)
		return "out of memory";
	if (err != MMDB_SUCCESS)
		return "not a whole .mmdb file";
	db->is_mmdb = true;
	if (!mmdb_tree_fits(&db->mmdb))
		return "not a whole .mmdb file";
	mmdb_learn_sample(db);
	if (!geo_db_fields(db))
		return "no field for country, city or ASN that flowtop knows";

	type = db->mmdb.metadata.database_type;
	db_label(db, type ? type : "", db->mmdb.metadata.build_epoch);
	return NULL;
}

/* The number of a record is its offset, moved up to leave 0 for none. */
static uint64_t mmdb_find(struct geo_db *db, const struct addr *a)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} to = { .sa = { 0 } };
	MMDB_lookup_result_s r;
	int err;

	if (addr_is_v4(a)) {
		to.in.sin_family = AF_INET;
		memcpy(&to.in.sin_addr, &a->byte[12], 4);
	} else {
		to.in6.sin6_family = AF_INET6;
		memcpy(&to.in6.sin6_addr, a->byte, 16);
	}
	r = MMDB_lookup_sockaddr(&db->mmdb, &to.sa, &err);
	return err == MMDB_SUCCESS && r.found_entry ? (uint64_t)r.entry.offset + 1 : 0;
}

/* ---- either ---- */

static const char *db_open_loc(struct geo_db *db, const char *path)
{
	const char *why;
	time_t built;

	db->loc = geo_loc_open(path, &built, &why);
	if (!db->loc)
		return why;
	db_label(db, "libloc", built);
	return NULL;
}

static const char *db_open(struct geo_db *db, const char *path)
{
	char magic[7] = "";
	FILE *f = file_open(path, FILE_ANY_SIZE);

	if (!f)
		return errno == ENOENT ? "no such file" : errno == ENOTSUP || errno == EISDIR ?
		       "not a regular file" : "cannot be read";
	if (fread(magic, 1, sizeof(magic), f) < sizeof(magic)) {
		fclose(f);
		return "too short for a database";
	}
	fclose(f);
	if (!memcmp(magic, "LOCDBXX", sizeof(magic)))
		return db_open_loc(db, path);
	return mmdb_open(db, path);
}

struct open_job {
	struct geo_db *db;
	const char *path;
	const char *why;
};

static void open_run(void *arg)
{
	struct open_job *job = arg;

	job->why = db_open(job->db, job->path);
}

struct geo_db *geo_db_open(const char *path, const char **why)
{
	struct open_job job = { .db = calloc(1, sizeof(*job.db)), .path = path };

	*why = "out of memory";
	if (!job.db)
		return NULL;
	bus_prepare();
	priv_lower();		/* the library opens it by its name again */
	if (!geo_guard(open_run, &job))
		job.why = "cut short while it was opened";
	priv_raise();
	*why = job.why;
	if (!job.why)
		return job.db;
	geo_db_close(job.db);
	return NULL;
}

void geo_db_close(struct geo_db *db)
{
	if (!db)
		return;
	if (db->is_mmdb)
		MMDB_close(&db->mmdb);
	geo_loc_close(db->loc);
	free(db);
}

unsigned geo_db_fields(const struct geo_db *db)
{
	if (!db->is_mmdb)
		return GEO_COUNTRY | GEO_ASN;
	return (db->countries ? GEO_COUNTRY : 0) | (db->cities ? GEO_CITY : 0) |
	       (db->asns ? GEO_ASN : 0);
}

uint64_t geo_db_find(struct geo_db *db, const struct addr *a)
{
	return db->is_mmdb ? mmdb_find(db, a) : geo_loc_find(db->loc, a);
}

void geo_db_read(struct geo_db *db, uint64_t record, struct place *p)
{
	MMDB_entry_s e = { .mmdb = &db->mmdb, .offset = (uint32_t)(record - 1) };

	if (!record)
		return;
	if (db->is_mmdb)
		mmdb_read(db, &e, p);
	else
		geo_loc_read(db->loc, record, p);
}

void geo_db_describe(const struct geo_db *db, struct text *t)
{
	text_add(t, db->label);
}
