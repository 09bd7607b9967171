// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/connections.c - TCP connections at one moment; see proc_pid/connections.h.
 *
 * A sorted array of hashes: where two sockets share one, the flow is looked
 * up, which is all that is promised. A connection's socket is there before its
 * entry, or within the same interrupt.
 */
#include "proc_pid/connections.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/hash.h"

#define OLD_MS 1000
#define WORTH 512		/* look-ups in OLD_MS that cost as much as a dump */
#define COST_REST 50		/* pause between dumps, in times of what one took */

struct connections {
	uint64_t *hash;		/* sorted */
	unsigned n, size;
	bool whole;		/* all of them are there */
	uint32_t read_at, rest;	/* clock_ms(), ms */
	uint64_t read_from;	/* clock_steady() when the dump began */
	uint32_t counted;	/* clock_ms(): when asked began */
	unsigned asked;
};

struct connections *connections_new(void)
{
	return calloc(1, sizeof(struct connections));
}

void connections_free(struct connections *c)
{
	if (c)
		free(c->hash);
	free(c);
}

/* ---- the dump ---- */

static uint64_t connection_hash(const struct sock_tuple *t)
{
	struct {
		struct addr local, remote;
		uint16_t lport, rport;
	} ends = { t->local, t->remote, t->lport, t->rport };

	return hash_bytes(&ends, sizeof(ends));
}

/* sock_diag_fn */
static void connections_add(void *ctx, const struct sock *s)
{
	struct connections *c = ctx;

	if (c->n == c->size) {
		unsigned more = c->size ? 2 * c->size : 256;
		uint64_t *hash = realloc(c->hash, more * sizeof(*hash));

		c->whole &= hash != NULL;
		if (!hash)
			return;
		c->hash = hash;
		c->size = more;
	}
	c->hash[c->n++] = connection_hash(&s->tuple);
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void connections_read(struct connections *c, struct sock_diag *d)
{
	uint32_t began = clock_ms();

	c->n = 0;
	c->whole = true;
	c->read_from = clock_steady();
	if (sock_diag_dump(d, IPPROTO_TCP, ~(1u << TCP_LISTEN), connections_add, c))
		c->whole = false;
	if (c->n)
		qsort(c->hash, c->n, sizeof(*c->hash), compare_hashes);
	c->read_at = clock_ms();
	c->rest = (c->read_at - began) * COST_REST;
}

void connections_refresh(struct connections *c, struct sock_diag *d, unsigned n)
{
	uint32_t now = clock_ms(), age = now - c->read_at;

	if (now - c->counted >= OLD_MS) {
		c->counted = now;
		c->asked = 0;
	}
	c->asked += n;
	if (c->read_from && age < OLD_MS)
		return;
	c->whole = false;
	if (c->asked > WORTH && (!c->read_from || age >= c->rest))
		connections_read(c, d);
}

bool connections_may_have(const struct connections *c, const struct sock_tuple *t,
			  uint64_t start)
{
	uint64_t hash;

	if (!c->whole || !start || start >= c->read_from)
		return true;
	hash = c->n ? connection_hash(t) : 0;
	return c->n && bsearch(&hash, c->hash, c->n, sizeof(hash), compare_hashes);
}
