// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places: every vendor's layout, several files at once, files replaced, cut
 * short and broken. The files are made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#ifdef HAVE_LIBLOC
#include <libloc/writer.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "geoip/country.h"
#include "geoip.h"
#include "tests/mmdb.h"

#define BUILT 1793664000	/* 2026-11-03 */

static char dir[] = "/tmp/flowtop-geoip-XXXXXX";
static char problem[256];

static const char *path_of(const char *name)
{
	static char path[4][96];
	static unsigned i;

	snprintf(path[++i % 4], sizeof(path[0]), "%s/%s", dir, name);
	return path[i % 4];
}

static const struct place *look(struct geoip *g, const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return place_get(geoip_place(g, &a));
}

#define OPEN(...) geoip_open((const char *[]){ __VA_ARGS__, NULL }, problem, sizeof(problem))

/* ---- records, as the vendors write them ---- */

static void put_names(struct mmdb *m, const char *name)
{
	mmdb_put_text(m, "names");
	mmdb_put_map(m, 2);
	mmdb_put_text(m, "de");
	mmdb_put_text(m, "anders");
	mmdb_put_text(m, "en");
	mmdb_put_text(m, name);
}

static uint32_t maxmind_city(struct mmdb *m, const char *code, const char *city)
{
	uint32_t at = m->len;

	mmdb_put_map(m, 2);
	mmdb_put_text(m, "city");
	mmdb_put_map(m, 1);
	put_names(m, city);
	mmdb_put_text(m, "country");
	mmdb_put_map(m, 2);
	mmdb_put_text(m, "iso_code");
	mmdb_put_text(m, code);
	put_names(m, "Somewhere");
	return at;
}

static uint32_t registered_only(struct mmdb *m, const char *code)
{
	uint32_t at = m->len;

	mmdb_put_map(m, 1);
	mmdb_put_text(m, "registered_country");
	mmdb_put_map(m, 1);
	mmdb_put_text(m, "iso_code");
	mmdb_put_text(m, code);
	return at;
}

static uint32_t maxmind_asn(struct mmdb *m, uint32_t asn, const char *org)
{
	uint32_t at = m->len;

	mmdb_put_map(m, 2);
	mmdb_put_text(m, "autonomous_system_number");
	mmdb_put_number(m, 6, asn);
	mmdb_put_text(m, "autonomous_system_organization");
	mmdb_put_text(m, org);
	return at;
}

static uint32_t traits_asn(struct mmdb *m, uint32_t asn, const char *org)
{
	uint32_t at = m->len;

	mmdb_put_map(m, 1);
	mmdb_put_text(m, "traits");
	maxmind_asn(m, asn, org);
	return at;
}

/* A flat map of texts: key, value, ..., NULL. */
static uint32_t flat(struct mmdb *m, const char *const *pairs)
{
	uint32_t at = m->len;
	unsigned n = 0;

	while (pairs[n])
		n++;
	mmdb_put_map(m, n / 2);
	for (unsigned i = 0; i < n; i++)
		mmdb_put_text(m, pairs[i]);
	return at;
}

#define FLAT(m, ...) flat(m, (const char *const[]){ __VA_ARGS__, NULL })

static const char *write_city(const char *name, const char *code, const char *city)
{
	const char *path = path_of(name);
	struct mmdb m = { 0 };

	mmdb_add(&m, "8.8.0.0/16", maxmind_city(&m, code, city));
	mmdb_add(&m, "2606:4700::/32", maxmind_city(&m, "CH", "Z\xc3\xbcrich"));
	mmdb_add(&m, "9.0.0.0/8", registered_only(&m, "NO"));
	assert_int_equal(mmdb_write(&m, path, "GeoLite2-City", BUILT), 0);
	return path;
}

/* ---- tests ---- */

static void test_maxmind(void **state)
{
	const char *city = write_city("city.mmdb", "US", "Oslo"), *asn = path_of("asn.mmdb");
	struct mmdb m = { 0 };
	const struct place *p;
	struct geoip *g;
	char label[128];

	(void)state;
	mmdb_add(&m, "8.8.8.0/24", maxmind_asn(&m, 15169, "GOOGLE"));
	mmdb_add(&m, "9.9.9.0/24", maxmind_asn(&m, 4200000001, "QUAD9\n\x1b[2J\xff"));
	assert_int_equal(mmdb_write(&m, asn, "GeoLite2-ASN", BUILT), 0);

	g = OPEN(city, asn);
	assert_non_null(g);
	assert_string_equal(problem, "");
	p = look(g, "8.8.8.8");
	assert_string_equal(p->country, "US");
	assert_string_equal(p->country_name, "United States");
	assert_string_equal(p->city, "Oslo");
	assert_int_equal(p->asn, 15169);
	assert_string_equal(p->org, "GOOGLE");
	assert_ptr_equal(look(g, "8.8.8.9"), p);

	p = look(g, "8.8.9.8");
	assert_string_equal(p->country, "US");
	assert_int_equal(p->asn, 0);
	p = look(g, "9.9.9.9");
	assert_string_equal(p->country_name, "Norway");
	assert_string_equal(p->city, "");
	assert_int_equal(p->asn, 4200000001);
	assert_string_equal(p->org, "QUAD9??[2J\xef\xbf\xbd");
	p = look(g, "2606:4700::1111");
	assert_string_equal(p->country_name, "Switzerland");
	assert_string_equal(p->city, "Z\xc3\xbcrich");
	assert_string_equal(look(g, "64:ff9b::808:808")->org, "GOOGLE");

	geoip_describe(g, label, sizeof(label));
	assert_int_equal(strncmp(label, "GeoLite2-City 2026-11-03, GeoLite2-ASN 2026-11-03", 50 - 1), 0);
	geoip_close(g);
}

static void test_special(void **state)
{
	struct geoip *g = OPEN(write_city("city.mmdb", "US", "Oslo"));
	const struct place *p = look(g, "10.1.2.3");

	(void)state;
	assert_string_equal(p->country, "");
	assert_string_equal(p->country_name, "private");
	assert_ptr_equal(look(g, "192.168.7.7"), p);
	assert_string_equal(look(g, "::1")->country_name, "loopback");
	assert_string_equal(look(g, "ff02::fb")->country_name, "multicast");
	geoip_close(g);
}

/* One record in a file of its own; what is looked up in it. */
static const struct place *single(uint32_t (*put)(struct mmdb *m))
{
	const char *path = path_of("single.mmdb");
	const struct place *p;
	struct mmdb m = { 0 };
	struct geoip *g;

	mmdb_add(&m, "::/1", put(&m));
	assert_int_equal(mmdb_write(&m, path, "test", BUILT), 0);
	g = OPEN(path);
	assert_string_equal(problem, "");
	p = look(g, "8.8.8.8");
	geoip_close(g);
	return p;
}

static uint32_t put_ipinfo(struct mmdb *m)
{
	return FLAT(m, "asn", "AS3320", "as_name", "Deutsche Telekom AG",
		    "country", "Germany", "country_code", "DE");
}

static uint32_t put_ipinfo_old(struct mmdb *m)
{
	return FLAT(m, "country", "de", "country_name", "Germany", "city", "Bonn",
		    "asn", "3320", "as_name", "DTAG");
}

static uint32_t put_traits(struct mmdb *m)
{
	return traits_asn(m, 64500, "Traits Inc.");
}

static uint32_t put_nested_asn(struct mmdb *m)
{
	uint32_t at = m->len;

	mmdb_put_map(m, 1);
	mmdb_put_text(m, "country");
	FLAT(m, "iso_code", "SE", "AutonomousSystemNumber", "64501",
	     "AutonomousSystemOrganization", "Nested AB");
	return at;
}

static uint32_t put_odd_types(struct mmdb *m)
{
	uint32_t at = m->len;

	mmdb_put_map(m, 4);
	mmdb_put_text(m, "country_code");
	mmdb_put_number(m, 6, 4);
	mmdb_put_text(m, "city");
	mmdb_put_map(m, 0);
	mmdb_put_text(m, "asn");
	mmdb_put_number(m, 5, 77);
	mmdb_put_text(m, "org");
	mmdb_put_text(m, "");
	return at;
}

static uint32_t put_unknown_code(struct mmdb *m)
{
	return FLAT(m, "country_code", "ZZ", "country", "Nowhere", "asn", "ASx");
}

static void test_layouts(void **state)
{
	const struct place *p = single(put_ipinfo);

	(void)state;
	assert_string_equal(p->country, "DE");
	assert_string_equal(p->country_name, "Germany");
	assert_int_equal(p->asn, 3320);
	assert_string_equal(p->org, "Deutsche Telekom AG");

	p = single(put_ipinfo_old);
	assert_string_equal(p->country, "DE");
	assert_string_equal(p->city, "Bonn");
	assert_int_equal(p->asn, 3320);

	p = single(put_traits);
	assert_int_equal(p->asn, 64500);
	assert_string_equal(p->org, "Traits Inc.");

	p = single(put_nested_asn);
	assert_string_equal(p->country_name, "Sweden");
	assert_int_equal(p->asn, 64501);
	assert_string_equal(p->org, "Nested AB");

	p = single(put_odd_types);
	assert_int_equal(p->asn, 77);
	assert_string_equal(p->city, "");
	assert_string_equal(p->org, "");

	p = single(put_unknown_code);
	assert_string_equal(p->country, "ZZ");
	assert_string_equal(p->country_name, "");
}

/* Many networks under one layout that only some of them follow. */
static void test_mixed(void **state)
{
	const char *path = path_of("mixed.mmdb");
	struct mmdb m = { 0 };
	struct geoip *g;
	char net[32];

	(void)state;
	for (int i = 1; i < 100; i++) {
		uint32_t at = i % 3 ? maxmind_city(&m, "FI", "Turku") : registered_only(&m, "AX");

		snprintf(net, sizeof(net), "%d.0.0.0/8", i);
		mmdb_add(&m, net, at);
	}
	assert_int_equal(mmdb_write(&m, path, "mixed", BUILT), 0);
	g = OPEN(path);
	for (int i = 11; i < 99; i++) {
		snprintf(net, sizeof(net), "%d.1.1.1", i);
		assert_string_equal(look(g, net)->country, i % 3 ? "FI" : "AX");
		assert_string_equal(look(g, net)->city, i % 3 ? "Turku" : "");
	}
	geoip_close(g);
}

static void replace(const char *from, const char *to)
{
	char a[96], b[96];

	snprintf(a, sizeof(a), "%s", from);
	snprintf(b, sizeof(b), "%s", to);
	assert_int_equal(rename(a, b), 0);
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void test_replaced(void **state)
{
	struct geoip *g = OPEN(write_city("city.mmdb", "US", "Oslo"));

	(void)state;
	assert_string_equal(look(g, "8.8.8.8")->city, "Oslo");
	assert_false(geoip_refresh(g));
	replace(write_city("new.mmdb", "NO", "Bergen"), path_of("city.mmdb"));
	assert_true(geoip_refresh(g));
	assert_string_equal(look(g, "8.8.8.8")->city, "Bergen");
	assert_string_equal(look(g, "8.8.8.8")->country, "NO");
	assert_false(geoip_refresh(g));

	/* by something useless: the old one is good still */
	write_bytes(path_of("bad.mmdb"), "not a database", 14);
	replace(path_of("bad.mmdb"), path_of("city.mmdb"));
	assert_false(geoip_refresh(g));
	assert_string_equal(look(g, "8.8.8.8")->city, "Bergen");
	unlink(path_of("city.mmdb"));
	assert_false(geoip_refresh(g));
	assert_string_equal(look(g, "8.8.8.8")->city, "Bergen");
	write_city("city.mmdb", "SE", "Lund");
	assert_true(geoip_refresh(g));
	assert_string_equal(look(g, "8.8.8.8")->city, "Lund");
	geoip_close(g);
}

/* In a thread with all signals blocked, as flowtop's threads are. */
static void *look_in_thread(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	return (void *)look(arg, "9.9.9.9");
}

static void test_cut_short(void **state)
{
	struct geoip *g = OPEN(write_city("city.mmdb", "US", "Oslo"));
	void *seen;
	pthread_t t;

	(void)state;
	assert_string_equal(look(g, "8.8.8.8")->city, "Oslo");
	assert_int_equal(truncate(path_of("city.mmdb"), 0), 0);
	assert_int_equal(pthread_create(&t, NULL, look_in_thread, g), 0);
	assert_int_equal(pthread_join(t, &seen), 0);
	assert_string_equal(((const struct place *)seen)->country, "");
	assert_string_equal(look(g, "8.8.8.8")->city, "");
	geoip_refresh(g);
	assert_string_equal(look(g, "8.8.8.8")->city, "");

	/* written over in place, as cp does */
	write_city("city.mmdb", "US", "Salem");
	assert_true(geoip_refresh(g));
	assert_string_equal(look(g, "8.8.8.8")->city, "Salem");
	geoip_close(g);
}

static size_t read_bytes(const char *path, uint8_t *bytes, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(bytes, 1, size, f);
	fclose(f);
	return n;
}

/* Any one byte of a file changed, or the file cut off there: no crash. */
static void test_corrupt(void **state)
{
	static const char *const addresses[] = { "8.8.8.8", "9.9.9.9", "2606:4700::1", "1.1.1.1" };
	static uint8_t good[1 << 16], bad[1 << 16];
	size_t n = read_bytes(write_city("city.mmdb", "US", "Oslo"), good, sizeof(good));
	unsigned opened = 0, refused = 0;

	(void)state;
	assert_true(n >= 1 && n <= sizeof(good) - 1);
	for (size_t i = 0; i < 2 * n; i += i < n ? 7 : 1) {
		const char *path = path_of("bad.mmdb");
		struct geoip *g;

		memcpy(bad, good, n);
		bad[i % n] ^= i < n ? 0xff : 0x21;
		write_bytes(path, bad, i % 5 ? n : i % n);
		g = OPEN(path);
		assert_non_null(g);
		if (*problem)
			refused++;
		else
			opened++;
		for (unsigned a = 0; a < 4; a++)
			assert_true(strlen(look(g, addresses[a])->country) != 1);
		geoip_close(g);
	}
	assert_true(opened > 0 && refused > 0);
}

/* So many nodes that their size overflows 32 bits, which the library misses. */
static void test_node_count(void **state)
{
	static uint8_t bytes[1 << 16];
	size_t n = read_bytes(write_city("city.mmdb", "US", "Oslo"), bytes, sizeof(bytes));
	uint8_t *count = memmem(bytes, n, "node_count", 10);
	struct geoip *g;

	(void)state;
	assert_non_null(count);
	count[11] |= 0x80;	/* behind the name and the number's type */
	write_bytes(path_of("bad.mmdb"), bytes, n);
	g = OPEN(path_of("bad.mmdb"));
	assert_non_null(strstr(problem, "not a whole .mmdb file"));
	assert_string_equal(look(g, "8.8.8.8")->country, "");
	geoip_close(g);
}

static void test_unusable(void **state)
{
	struct geoip *g;
	struct mmdb m = { 0 };
	const char *path = path_of("other.mmdb");

	(void)state;
	g = OPEN("/nonexistent/x.mmdb");
	assert_non_null(g);
	assert_string_equal(problem, "/nonexistent/x.mmdb: no such file");
	assert_string_equal(look(g, "127.0.0.1")->country_name, "loopback");
	geoip_close(g);

	mmdb_add(&m, "8.0.0.0/8", FLAT(&m, "colour", "blue"));
	assert_int_equal(mmdb_write(&m, path, "colours", BUILT), 0);
	g = OPEN(path);
	assert_non_null(strstr(problem, "no field"));
	geoip_close(g);

	write_bytes(path, "", 0);
	g = OPEN(path);
	assert_non_null(strstr(problem, "too short"));
	geoip_close(g);
}

/* As many files as may be named are used, and what is too much is said. */
static void test_many_files(void **state)
{
	const char *files[GEOIP_FILES_MAX + 2] = { NULL };
	char path[GEOIP_FILES_MAX + 1][160];
	struct geoip *g;

	(void)state;
	for (unsigned i = 0; i <= GEOIP_FILES_MAX; i++) {
		char name[32];

		snprintf(name, sizeof(name), "many%u.mmdb", i);
		snprintf(path[i], sizeof(path[i]), "%s", write_city(name, "US", "Oslo"));
		files[i] = path[i];
	}
	g = geoip_open(files, problem, sizeof(problem));
	assert_non_null(strstr(problem, "many8.mmdb: too many files"));
	assert_null(strstr(problem, "many7.mmdb"));
	geoip_close(g);
	files[GEOIP_FILES_MAX] = NULL;
	g = geoip_open(files, problem, sizeof(problem));
	assert_string_equal(problem, "");
	geoip_close(g);
	for (unsigned i = 0; i <= GEOIP_FILES_MAX; i++)
		unlink(path[i]);
}

static void test_environment(void **state)
{
	struct geoip *g;
	char value[160];

	(void)state;
	snprintf(value, sizeof(value), ":%s::/nonexistent", write_city("city.mmdb", "US", "Oslo"));
	setenv("FLOWTOP_GEOIP", value, 1);
	g = geoip_open(NULL, problem, sizeof(problem));
	unsetenv("FLOWTOP_GEOIP");
	assert_string_equal(problem, "/nonexistent: no such file");
	assert_string_equal(look(g, "8.8.8.8")->city, "Oslo");
	geoip_close(g);
}

#ifdef HAVE_LIBLOC
static void add_loc_network(struct loc_writer *w, const char *prefix, const char *code,
			    uint32_t asn)
{
	struct loc_network *net;

	assert_int_equal(loc_writer_add_network(w, &net, prefix), 0);
	loc_network_set_country_code(net, code);
	loc_network_set_asn(net, asn);
	loc_network_unref(net);
}

/* A database of libloc with networks, one within another, and one AS. */
static const char *write_loc(const char *name)
{
	const char *path = path_of(name);
	struct loc_writer *w;
	struct loc_ctx *ctx;
	struct loc_as *as;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(loc_new(&ctx), 0);
	assert_int_equal(loc_writer_new(ctx, &w, NULL, NULL), 0);
	add_loc_network(w, "5.6.0.0/16", "JP", 64502);
	add_loc_network(w, "5.6.9.128/25", "NO", 64503);
	add_loc_network(w, "5.8.0.1/32", "FI", 64504);
	add_loc_network(w, "2a00:1::/32", "SE", 64505);
	assert_int_equal(loc_writer_add_as(w, &as, 64502), 0);
	loc_as_set_name(as, "Example\tKK");
	loc_as_unref(as);
	assert_int_equal(loc_writer_write(w, f, LOC_DATABASE_VERSION_1), 0);
	loc_writer_unref(w);
	loc_unref(ctx);
	fclose(f);
	assert_int_equal(chmod(path, 0644), 0);
	return path;
}

/* The library is not given what others may have crafted. */
static void assert_refused(const char *path, uid_t owner, mode_t mode)
{
	struct geoip *g;

	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(chown(path, owner, -1), 0);
	g = OPEN(path);
	assert_non_null(strstr(problem, "others may have written it"));
	assert_string_equal(look(g, "5.6.7.8")->country, "");
	geoip_close(g);
	assert_int_equal(chown(path, geteuid(), -1), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static void test_libloc(void **state)
{
	struct geoip *g = OPEN(write_loc("location.db"));
	const struct place *p;
	char label[64];

	(void)state;
	assert_string_equal(problem, "");
	p = look(g, "5.6.7.8");
	assert_string_equal(p->country, "JP");
	assert_string_equal(p->country_name, "Japan");
	assert_int_equal(p->asn, 64502);
	assert_string_equal(p->org, "Example?KK");
	assert_string_equal(p->city, "");
	assert_string_equal(look(g, "5.6.9.127")->country, "JP");
	assert_string_equal(look(g, "5.6.9.128")->country, "NO");
	assert_string_equal(look(g, "5.8.0.1")->country, "FI");
	assert_string_equal(look(g, "5.8.0.0")->country, "");
	assert_string_equal(look(g, "2a00:1::1")->country, "SE");
	assert_int_equal(look(g, "2a00:1::1")->asn, 64505);
	assert_string_equal(look(g, "2a00:2::1")->country, "");
	assert_string_equal(look(g, "5.7.7.8")->country, "");
	assert_string_equal(look(g, "2606:4700::1")->country, "");
	geoip_describe(g, label, sizeof(label));
	assert_memory_equal(label, "libloc 20", 9);
	geoip_close(g);

	assert_refused(path_of("location.db"), geteuid(), 0666);
	assert_refused(path_of("location.db"), geteuid(), 0664);
	if (!geteuid())
		assert_refused(path_of("location.db"), 65534, 0644);

	/* cut short under us */
	g = OPEN(path_of("location.db"));
	assert_int_equal(truncate(path_of("location.db"), 0), 0);
	assert_string_equal(look(g, "5.6.7.8")->country, "");
	geoip_close(g);
}

#else

/* Such a file is named, the help screen says why, and .mmdb files do. */
static void test_libloc(void **state)
{
	const char *path = path_of("location.db");
	FILE *f = fopen(path, "w");
	struct geoip *g;
	char label[64];

	(void)state;
	assert_non_null(f);
	fputs("LOCDBXX", f);
	fclose(f);
	g = OPEN(path);
	assert_non_null(strstr(problem, "location.db: flowtop was built without libloc"));
	geoip_describe(g, label, sizeof(label));
	assert_string_equal(label, "no database, built without libloc");
	geoip_close(g);

	g = OPEN(write_city("city.mmdb", "US", "Oslo"));
	assert_string_equal(look(g, "8.8.8.8")->city, "Oslo");
	geoip_describe(g, label, sizeof(label));
	assert_non_null(strstr(label, ", built without libloc"));
	geoip_close(g);
}

#endif

/* More sets of records than are remembered: answers stay right. */
static void test_many(void **state)
{
	const char *path = path_of("many.mmdb");
	struct mmdb m = { 0 };
	struct geoip *g;
	char text[32], org[32];

	(void)state;
	for (unsigned i = 0; i < 70000; i++) {
		struct addr_prefix p = { .bits = 96 + 24 };
		uint8_t byte[4] = { 20 + (i >> 16), i >> 8, i, 0 };

		p.base = addr_v4(byte);
		snprintf(org, sizeof(org), "org %u", i);
		mmdb_add_prefix(&m, &p, maxmind_asn(&m, i + 1, org));
	}
	assert_int_equal(mmdb_write(&m, path, "many", BUILT), 0);
	g = OPEN(path);
	for (unsigned i = 0; i < 140000; i++) {
		unsigned n = i % 70000;

		snprintf(text, sizeof(text), "%u.%u.%u.9", 20 + (n >> 16), n >> 8 & 255, n & 255);
		assert_int_equal(look(g, text)->asn, n + 1);
	}
	geoip_close(g);
}

static void test_country(void **state)
{
	(void)state;
	assert_string_equal(country_name("GB"), "United Kingdom");
	assert_string_equal(country_name("AD"), "Andorra");
	assert_string_equal(country_name("ZW"), "Zimbabwe");
	assert_null(country_name("gb"));
	assert_null(country_name(""));
}

static int setup(void **state)
{
	(void)state;
	unsetenv("FLOWTOP_GEOIP");
	return mkdtemp(dir) ? facts_init() : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = {
		"city.mmdb", "asn.mmdb", "single.mmdb", "mixed.mmdb", "new.mmdb",
		"bad.mmdb", "other.mmdb", "many.mmdb", "location.db",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(path_of(names[i]));
	facts_free();
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maxmind),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_node_count),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_many_files),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_libloc),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_country),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
