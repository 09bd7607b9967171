/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns.h - reverse names of addresses, looked up by a thread of its own.
 *
 * PTR queries by c-ares, many in flight; /etc/hosts first, from a hash of its
 * own that follows changes of the file; resolv.conf followed too. Answers,
 * negative ones as well, are published with name_publish() and live as long as
 * their TTL. A server that does not answer is not asked for a while (circuit
 * breaker).
 */
#ifndef DNS_H
#define DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct dns;

/* Where to look; NULL: the usual file. */
struct dns_options {
	const char *resolv_conf;	/* /etc/resolv.conf */
	const char *hosts;		/* /etc/hosts */
};

/* Starts the thread; @o may be NULL. NULL: errno says why. Main thread. */
struct dns *dns_start(const struct dns_options *o);

/* Stops the thread and waits for it. @d may be NULL. */
void dns_stop(struct dns *d);

/*
 * Replaces the list of what is wanted now, most wanted first (cursor row,
 * visible rows, the rest): addresses whose name is not known or too old are
 * asked for in this order. The list is copied; what is in flight goes on.
 * Never blocks. One thread (enrich).
 */
void dns_want(struct dns *d, const struct addr *list, unsigned n);

/* Every address of the last list has been answered, or given up. Any thread. */
bool dns_idle(const struct dns *d);

struct dns_stats {
	uint64_t asked, answered, failed;	/* failed: no answer, or no useful one */
	bool broken;				/* no server answers at present */
	unsigned servers;			/* that resolv.conf names */
	uint64_t rest_ms;			/* no server answers: time until the next try */
};
void dns_get_stats(const struct dns *d, struct dns_stats *out);

#endif
