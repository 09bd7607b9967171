// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a place costs: a million addresses through geoip.c, and through the
 * libraries alone. The .mmdb files are made from libloc's database, so that
 * both have the Internet's real networks. Prints a line for each library.
 */
#include <err.h>
#include <libloc/database.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "geoip.h"
#include "tests/mmdb.h"

#define ADDRESSES 1000000
#define ROUNDS 5
#define LIBLOC "/var/lib/location/database.db"

static struct addr address[ADDRESSES];
static struct loc_ctx *loc_ctx;
static struct loc_database *loc;
static volatile unsigned long sum;	/* so that nothing is optimised away */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static void loc_open(void)
{
	FILE *f = fopen(LIBLOC, "re");

	if (!f || loc_new(&loc_ctx) || loc_database_new(loc_ctx, &loc, f))
		errx(77, "no " LIBLOC);
	fclose(f);
}

static void put_country(struct mmdb *m, struct loc_network *net)
{
	mmdb_put_map(m, 1);
	mmdb_put_text(m, "country");
	mmdb_put_map(m, 1);
	mmdb_put_text(m, "iso_code");
	mmdb_put_text(m, loc_network_get_country_code(net));
}

static void put_asn(struct mmdb *m, struct loc_network *net)
{
	struct loc_as *as = NULL;

	mmdb_put_map(m, 2);
	mmdb_put_text(m, "autonomous_system_number");
	mmdb_put_number(m, 6, loc_network_get_asn(net));
	mmdb_put_text(m, "autonomous_system_organization");
	loc_database_get_as(loc, &as, loc_network_get_asn(net));
	mmdb_put_text(m, as ? loc_as_get_name(as) : "");
	if (as)
		loc_as_unref(as);
}

/* One record for each country or AS, as vendors have it. */
static void write_files(const char *country_path, const char *asn_path)
{
	static uint32_t country_at[1 << 16], asn_at[1 << 24];
	struct mmdb countries = { 0 }, asns = { 0 };
	struct loc_database_enumerator *e;
	struct loc_network *net;

	loc_database_enumerator_new(&e, loc, LOC_DB_ENUMERATE_NETWORKS, 0);
	while (!loc_database_enumerator_next_network(e, &net) && net) {
		const char *code = loc_network_get_country_code(net);
		uint32_t *c = &country_at[(uint8_t)code[0] << 8 | (uint8_t)code[1]];
		uint32_t *a = &asn_at[loc_network_get_asn(net) & 0xffffff];
		struct addr_prefix p = { .bits = loc_network_prefix(net) };

		memcpy(p.base.byte, loc_network_get_first_address(net), 16);
		if (addr_is_v4(&p.base))
			p.bits += p.bits <= 32 ? 96 : 0;
		if (*code && !*c) {
			*c = countries.len + 1;
			put_country(&countries, net);
		}
		if (loc_network_get_asn(net) && !*a) {
			*a = asns.len + 1;
			put_asn(&asns, net);
		}
		if (*code)
			mmdb_add_prefix(&countries, &p, *c - 1);
		if (loc_network_get_asn(net))
			mmdb_add_prefix(&asns, &p, *a - 1);
		loc_network_unref(net);
	}
	loc_database_enumerator_unref(e);
	if (mmdb_write(&countries, country_path, "Country", time(NULL)) ||
	    mmdb_write(&asns, asn_path, "ASN", time(NULL)))
		err(1, "%s", country_path);
}

/* Half anywhere in IPv4, half in 2000::/6; none that is special. */
static void make_addresses(void)
{
	uint64_t x = 88172645463325252;

	for (unsigned i = 0; i < ADDRESSES;) {
		uint8_t byte[16];

		for (unsigned j = 0; j < 16; j += 8) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			memcpy(byte + j, &x, 8);
		}
		byte[0] = i % 2 ? (byte[0] & 3) | 0x20 : byte[0];
		address[i] = i % 2 ? addr_v6(byte) : addr_v4(byte);
		i += !addr_kind(&address[i]);
	}
}

static unsigned long mmdb_alone(MMDB_s *country, MMDB_s *asn)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < ADDRESSES; i++) {
		struct sockaddr_in in = { .sin_family = AF_INET };
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
		struct sockaddr *sa = (struct sockaddr *)&in;
		MMDB_lookup_result_s r;
		MMDB_entry_data_s d;
		int e;

		memcpy(&in.sin_addr, &address[i].byte[12], 4);
		memcpy(&in6.sin6_addr, address[i].byte, 16);
		if (!addr_is_v4(&address[i]))
			sa = (struct sockaddr *)&in6;
		r = MMDB_lookup_sockaddr(country, sa, &e);
		if (r.found_entry && !MMDB_get_value(&r.entry, &d, "country", "iso_code", NULL))
			n += d.utf8_string[0];
		r = MMDB_lookup_sockaddr(asn, sa, &e);
		if (r.found_entry &&
		    !MMDB_get_value(&r.entry, &d, "autonomous_system_number", NULL))
			n += d.uint32;
	}
	return n;
}

static unsigned long loc_alone(void)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < ADDRESSES; i++) {
		struct loc_network *net = NULL;
		struct in6_addr in6;

		memcpy(&in6, address[i].byte, 16);
		if (loc_database_lookup(loc, &in6, &net) || !net)
			continue;
		n += loc_network_get_country_code(net)[0] + loc_network_get_asn(net);
		loc_network_unref(net);
	}
	return n;
}

static unsigned long places(struct geoip *g)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < ADDRESSES; i++)
		n += geoip_place(g, &address[i]);
	return n;
}

static void print_ratio(const char *what, double alone, double ours)
{
	printf("places, %s: %.0f ns each, the library alone %.0f ns, ratio %.2f (bar 1.20)\n",
	       what, ours * 1e9 / ADDRESSES, alone * 1e9 / ADDRESSES, ours / alone);
}

#define BEST(best, call) do {				\
	double start = now(), took;			\
	sum += (call);					\
	took = now() - start;				\
	if (took < (best))				\
		(best) = took;				\
} while (0)

int main(void)
{
	char dir[] = "/tmp/flowtop-bench-XXXXXX", country[64], asn[64], problem[256];
	double alone_mmdb = 1e9, ours_mmdb = 1e9, alone_loc = 1e9, ours_loc = 1e9;
	struct geoip *with_mmdb, *with_loc;
	MMDB_s mmdb[2];

	if (!mkdtemp(dir) || facts_init())
		err(1, "mkdtemp");
	snprintf(country, sizeof(country), "%s/country.mmdb", dir);
	snprintf(asn, sizeof(asn), "%s/asn.mmdb", dir);
	loc_open();
	write_files(country, asn);
	make_addresses();
	with_mmdb = geoip_open((const char *[]){ country, asn, NULL }, problem, sizeof(problem));
	with_loc = geoip_open((const char *[]){ LIBLOC, NULL }, problem, sizeof(problem));
	if (MMDB_open(country, MMDB_MODE_MMAP, &mmdb[0]) ||
	    MMDB_open(asn, MMDB_MODE_MMAP, &mmdb[1]))
		errx(1, "MMDB_open");
	for (int round = 0; round < ROUNDS; round++) {
		BEST(alone_mmdb, mmdb_alone(&mmdb[0], &mmdb[1]));
		BEST(ours_mmdb, places(with_mmdb));
		BEST(alone_loc, loc_alone());
		BEST(ours_loc, places(with_loc));
	}
	print_ratio("libmaxminddb", alone_mmdb, ours_mmdb);
	print_ratio("libloc", alone_loc, ours_loc);

	MMDB_close(&mmdb[0]);
	MMDB_close(&mmdb[1]);
	geoip_close(with_mmdb);
	geoip_close(with_loc);
	loc_database_unref(loc);
	loc_unref(loc_ctx);
	unlink(country);
	unlink(asn);
	rmdir(dir);
	facts_free();
	return 0;
}
