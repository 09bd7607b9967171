/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmdb.h - writes small .mmdb files for tests (MaxMind DB file format 2.0).
 * An IPv6 tree with IPv4 at ::/96, records of 32 bits.
 */
#ifndef TESTS_MMDB_H
#define TESTS_MMDB_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"

struct mmdb {
	uint32_t (*node)[2];	/* 0: empty; > 0: node; < 0 as int: ~offset of data */
	uint32_t n_nodes, room_nodes;
	uint8_t *data;
	size_t len, room;
};

static inline void mmdb_put(struct mmdb *m, const void *bytes, size_t n)
{
	while (m->len + n > m->room) {
		m->room = m->room ? m->room * 2 : 4096;
		m->data = realloc(m->data, m->room);
	}
	memcpy(m->data + m->len, bytes, n);
	m->len += n;
}

static inline void mmdb_put_control(struct mmdb *m, unsigned type, size_t size)
{
	uint8_t byte[4];
	unsigned n = 0;

	byte[n++] = (type < 8 ? type << 5 : 0) | (size < 29 ? size : size < 285 ? 29 : 30);
	if (type >= 8)
		byte[n++] = type - 7;
	if (size >= 285) {
		byte[n++] = (size - 285) >> 8;
		byte[n++] = (size - 285) & 0xff;
	} else if (size >= 29) {
		byte[n++] = size - 29;
	}
	mmdb_put(m, byte, n);
}

static inline void mmdb_put_text_n(struct mmdb *m, const char *s, size_t n)
{
	mmdb_put_control(m, 2, n);
	mmdb_put(m, s, n);
}

static inline void mmdb_put_text(struct mmdb *m, const char *s)
{
	mmdb_put_text_n(m, s, strlen(s));
}

static inline void mmdb_put_map(struct mmdb *m, unsigned pairs)
{
	mmdb_put_control(m, 7, pairs);
}

/* @type: 5 uint16, 6 uint32, 9 uint64. */
static inline void mmdb_put_number(struct mmdb *m, unsigned type, uint64_t number)
{
	uint8_t byte[8];
	unsigned n = type == 5 ? 2 : type == 6 ? 4 : 8;

	for (unsigned i = 0; i < n; i++)
		byte[i] = number >> 8 * (n - 1 - i);
	mmdb_put_control(m, type, n);
	mmdb_put(m, byte, n);
}

static inline uint32_t mmdb_node(struct mmdb *m)
{
	if (m->n_nodes == m->room_nodes) {
		m->room_nodes = m->room_nodes ? m->room_nodes * 2 : 1024;
		m->node = realloc(m->node, m->room_nodes * sizeof(*m->node));
	}
	memset(m->node[m->n_nodes], 0, sizeof(*m->node));
	return m->n_nodes++;
}

/* A network's record is the data at @offset (m->len before it was put). */
static inline void mmdb_add_prefix(struct mmdb *m, const struct addr_prefix *p, uint32_t offset)
{
	struct addr a = p->base;
	uint32_t at = 0;

	if (!m->n_nodes)
		mmdb_node(m);
	if (addr_is_v4(&a))
		memset(a.byte, 0, 12);
	for (unsigned bit = 0; bit < p->bits; bit++) {
		unsigned side = a.byte[bit / 8] >> (7 - bit % 8) & 1;
		uint32_t next = m->node[at][side];

		if (bit + 1 == p->bits) {
			m->node[at][side] = ~offset;
		} else if (next && !(next & 1u << 31)) {
			at = next;
		} else {
			/* a leaf that is split further keeps its other half */
			uint32_t fresh = mmdb_node(m);

			m->node[fresh][0] = m->node[fresh][1] = next;
			m->node[at][side] = fresh;
			at = fresh;
		}
	}
}

static inline void mmdb_add(struct mmdb *m, const char *net, uint32_t offset)
{
	struct addr_prefix p;

	if (!addr_prefix_parse(net, &p))
		abort();
	mmdb_add_prefix(m, &p, offset);
}

static inline void mmdb_put_metadata(struct mmdb *m, const char *type, uint64_t built)
{
	static const char marker[] = "\xab\xcd\xefMaxMind.com";

	mmdb_put(m, marker, sizeof(marker) - 1);
	mmdb_put_map(m, 9);
	mmdb_put_text(m, "binary_format_major_version");
	mmdb_put_number(m, 5, 2);
	mmdb_put_text(m, "binary_format_minor_version");
	mmdb_put_number(m, 5, 0);
	mmdb_put_text(m, "build_epoch");
	mmdb_put_number(m, 9, built);
	mmdb_put_text(m, "database_type");
	mmdb_put_text(m, type);
	mmdb_put_text(m, "description");
	mmdb_put_map(m, 0);
	mmdb_put_text(m, "ip_version");
	mmdb_put_number(m, 5, 6);
	mmdb_put_text(m, "languages");
	mmdb_put_control(m, 11, 0);
	mmdb_put_text(m, "node_count");
	mmdb_put_number(m, 6, m->n_nodes);
	mmdb_put_text(m, "record_size");
	mmdb_put_number(m, 5, 32);
}

static inline void mmdb_write_node(const struct mmdb *m, const uint32_t *node, FILE *f)
{
	for (int side = 0; side < 2; side++) {
		uint32_t v = node[side];
		uint8_t byte[4];

		if (!v)
			v = m->n_nodes;
		else if (v & 1u << 31)
			v = ~v + m->n_nodes + 16;
		for (int i = 0; i < 4; i++)
			byte[i] = v >> (24 - 8 * i);
		fwrite(byte, 1, sizeof(byte), f);
	}
}

/* Writes the file and forgets everything. 0 or -1. */
static inline int mmdb_write(struct mmdb *m, const char *path, const char *type, uint64_t built)
{
	FILE *f = fopen(path, "w");
	static const char gap[16];

	if (!f)
		return -1;
	if (!m->n_nodes)
		mmdb_node(m);
	for (uint32_t i = 0; i < m->n_nodes; i++)
		mmdb_write_node(m, m->node[i], f);
	fwrite(gap, 1, sizeof(gap), f);
	mmdb_put_metadata(m, type, built);
	fwrite(m->data, 1, m->len, f);
	free(m->node);
	free(m->data);
	memset(m, 0, sizeof(*m));
	return fclose(f) ? -1 : 0;
}

#endif
