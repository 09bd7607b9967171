// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * geoip/loc.c - a database of libloc; see geoip/loc.h.
 *
 * The library reads all but the tree of networks: for each address it goes down
 * from the root, through 96 nodes to where IPv4 begins, and makes an object with
 * texts of what it found. The tree is an array (libloc/format.h), numbers are
 * big-endian.
 */
#include "geoip/loc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/text.h"

#ifdef HAVE_LIBLOC

#include <endian.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <libloc/database.h>
#include <libloc/libloc.h>

#define NETWORKS_AT 36		/* in the file: where the section is, and its length */
#define TREE_AT 44
#define HEADER_SIZE 52
#define V4_BITS 96		/* before an IPv4 address */
#define NO_NETWORK UINT32_MAX

struct loc_node {
	uint32_t child[2];	/* 0: none */
	uint32_t network;	/* that ends here, or NO_NETWORK */
};

struct loc_record {
	char country[2];
	uint16_t unused;
	uint32_t asn;
	uint32_t flags;
};

/* Where a way down the tree has come to. */
struct loc_way {
	uint32_t node;
	unsigned bits;
	uint32_t network;	/* the narrowest so far */
};

struct geo_loc {
	struct loc_ctx *ctx;
	struct loc_database *db;
	const char *map;
	size_t size;
	const struct loc_node *node;
	const struct loc_record *record;
	uint32_t nodes, records;
	struct loc_way v4;
};

/* ---- the tree ---- */

/* The items of a section, and how many there are; NULL: it is not in the file. */
static const void *loc_section(const struct geo_loc *l, unsigned at, size_t item, uint32_t *n)
{
	uint32_t offset, length;

	memcpy(&offset, l->map + at, sizeof(offset));
	memcpy(&length, l->map + at + sizeof(offset), sizeof(length));
	offset = be32toh(offset);
	length = be32toh(length);
	*n = length / item;
	return (uint64_t)offset + length <= l->size && offset % sizeof(uint32_t) == 0 ?
	       l->map + offset : NULL;
}

static void loc_descend(const struct geo_loc *l, struct loc_way *w, const struct addr *a,
			unsigned bits)
{
	for (;; w->bits++) {
		const struct loc_node *n = &l->node[w->node];
		uint32_t next;

		if (n->network != NO_NETWORK)
			w->network = be32toh(n->network);
		if (w->bits == bits)
			return;
		next = be32toh(n->child[a->byte[w->bits / 8] >> (7 - w->bits % 8) & 1]);
		if (!next || next >= l->nodes)
			return;
		w->node = next;
	}
}

static bool loc_map(struct geo_loc *l, FILE *f)
{
	const struct addr v4 = addr_v4("\0\0\0");
	struct stat st;
	void *map;

	if (fstat(fileno(f), &st) || st.st_size < HEADER_SIZE)
		return false;
	map = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fileno(f), 0);
	if (map == MAP_FAILED)
		return false;
	l->map = map;
	l->size = st.st_size;
	l->record = loc_section(l, NETWORKS_AT, sizeof(*l->record), &l->records);
	l->node = loc_section(l, TREE_AT, sizeof(*l->node), &l->nodes);
	if (!l->record || !l->node || !l->nodes)
		return false;
	l->v4.network = NO_NETWORK;
	loc_descend(l, &l->v4, &v4, V4_BITS);
	return true;
}

/* A record is its ASN and the two letters of its country. */
uint64_t geo_loc_find(struct geo_loc *l, const struct addr *a)
{
	bool v4 = addr_is_v4(a);
	struct loc_way w = v4 ? l->v4 : (struct loc_way){ .network = NO_NETWORK };
	const struct loc_record *r;

	if (!v4 || w.bits == V4_BITS)
		loc_descend(l, &w, a, 8 * sizeof(a->byte));
	if (w.network >= l->records)
		return 0;
	r = &l->record[w.network];
	return be32toh(r->asn) | (uint64_t)(uint8_t)r->country[0] << 40 |
	       (uint64_t)(uint8_t)r->country[1] << 32;
}

/* ---- the file ---- */

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
	bool whole;

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
	whole = !loc_database_new(l->ctx, &l->db, f) && loc_map(l, f);
	fclose(f);
	return whole ? NULL : "not a whole database of libloc";
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
	if (l->map)
		munmap((void *)l->map, l->size);
	free(l);
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
