/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns/cache.h - which addresses were asked for, and until when the answers
 * are good. Bounded: what was not wanted for longest is forgotten, together
 * with its name (name_forget()). One thread (DNS).
 */
#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

#define DNS_CACHE_MAX 65536

enum dns_state {
	DNS_NEW,		/* to be asked for */
	DNS_ASKED,		/* in flight */
	DNS_AGAIN,		/* had no answer; waits to be asked once more */
	DNS_KNOWN,		/* answered, until it expires */
};

struct dns_entry {
	struct addr addr;
	uint32_t next;		/* in its bucket */
	uint32_t newer, older;	/* by when it was wanted */
	uint32_t wanted;	/* the pass that wanted it last */
	uint32_t expires;	/* dns_clock() second; UINT32_MAX: never */
	uint8_t state;		/* enum dns_state */
	uint8_t rounds;		/* of queries without an answer, since it was last known */
	uint8_t failures;	/* in a row: times that it was given up */
	bool published;		/* it has a name, or none for certain */
	bool from_hosts;
};

struct dns_cache;

struct dns_cache *dns_cache_new(void);
void dns_cache_free(struct dns_cache *c);

/*
 * The entry of an address that is wanted in @pass, made if need be. NULL: no
 * room, all are wanted in this pass or asked for. Valid, and its number the
 * same, until it is forgotten: never while DNS_ASKED or DNS_AGAIN.
 */
struct dns_entry *dns_cache_want(struct dns_cache *c, const struct addr *a, uint32_t pass);

uint32_t dns_cache_number(const struct dns_cache *c, const struct dns_entry *e);
struct dns_entry *dns_cache_at(struct dns_cache *c, uint32_t number);

/* Numbers are from 1 to this. */
uint32_t dns_cache_used(const struct dns_cache *c);

#endif
