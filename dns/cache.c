// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of addresses' names; see dns/cache.h. */
#include "dns/cache.h"

#include <stdlib.h>

#include "facts.h"

#define BUCKETS (DNS_CACHE_MAX / 2)

struct dns_cache {
	uint32_t bucket[BUCKETS];
	uint32_t used;
	/* entry 0 is not used; its newer and older are the ends of the list */
	struct dns_entry entry[DNS_CACHE_MAX + 1];
};

struct dns_cache *dns_cache_new(void)
{
	/* pages that no entry needs are never touched */
	return calloc(1, sizeof(struct dns_cache));
}

void dns_cache_free(struct dns_cache *c)
{
	free(c);
}

static uint32_t *bucket_of(struct dns_cache *c, const struct addr *a)
{
	return &c->bucket[addr_hash(a) % BUCKETS];
}

static void ring_take_out(struct dns_cache *c, uint32_t i)
{
	struct dns_entry *e = &c->entry[i];

	c->entry[e->newer].older = e->older;
	c->entry[e->older].newer = e->newer;
}

static void ring_put_first(struct dns_cache *c, uint32_t i)
{
	struct dns_entry *e = &c->entry[i], *ends = &c->entry[0];

	e->newer = 0;
	e->older = ends->older;
	c->entry[ends->older].newer = i;
	ends->older = i;
}

static void entry_forget(struct dns_cache *c, uint32_t i)
{
	struct dns_entry *e = &c->entry[i];
	uint32_t *link = bucket_of(c, &e->addr);

	while (*link != i)
		link = &c->entry[*link].next;
	*link = e->next;
	ring_take_out(c, i);
	if (e->published)
		name_forget(&e->addr);
}

/* The number of an entry that is free now; 0: none is. */
static uint32_t entry_free(struct dns_cache *c, uint32_t pass)
{
	uint32_t last = c->entry[0].newer;

	if (c->used < DNS_CACHE_MAX)
		return ++c->used;
	/* the few that are asked for may be the oldest, if nobody waits still */
	for (unsigned i = 0; last && i < 512; i++, last = c->entry[last].newer) {
		struct dns_entry *e = &c->entry[last];

		if (e->wanted == pass)
			return 0;
		if (e->state == DNS_ASKED || e->state == DNS_AGAIN)
			continue;
		entry_forget(c, last);
		return last;
	}
	return 0;
}

struct dns_entry *dns_cache_want(struct dns_cache *c, const struct addr *a, uint32_t pass)
{
	uint32_t *bucket = bucket_of(c, a), i = *bucket;

	while (i && !addr_equal(&c->entry[i].addr, a))
		i = c->entry[i].next;
	if (i) {
		ring_take_out(c, i);
		ring_put_first(c, i);
		return &c->entry[i];
	}
	i = entry_free(c, pass);
	if (!i)
		return NULL;
	c->entry[i] = (struct dns_entry){ .addr = *a, .next = *bucket };
	*bucket = i;
	ring_put_first(c, i);
	return &c->entry[i];
}

uint32_t dns_cache_number(const struct dns_cache *c, const struct dns_entry *e)
{
	return e - c->entry;
}

struct dns_entry *dns_cache_at(struct dns_cache *c, uint32_t number)
{
	return &c->entry[number];
}

uint32_t dns_cache_used(const struct dns_cache *c)
{
	return c->used;
}
