/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct.h - the source: conntrack messages of the kernel into the flow table
 * (linux/netfilter/nfnetlink_conntrack.h).
 *
 * Subscribes, dumps, follows the events, and dumps again: every few seconds
 * within a CPU budget, and after every loss, so that the table is the
 * kernel's. One thread; it waits for nothing but its sockets.
 */
#ifndef CT_H
#define CT_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "flow_list.h"

struct nlmsghdr;
struct who_ring;

struct ct_options {
	struct flow_list *table;
	unsigned families;		/* FAMILY_* mask: what is asked of the kernel */
	struct proto_set protos;	/* empty: all */
	double interval;		/* seconds between looks at the counters */
	double budget;			/* percent of one core for dumps */
	double rcvbuf_max;		/* MiB */
	const struct addr_nets *inside;	/* copied; NULL: see host_addr.h */
	struct who_ring *who;		/* filters the events, too; NULL: not wanted */
};

struct ct;

/*
 * Opens the sockets in the caller's network namespace and subscribes. NULL:
 * errno says why (EPERM: CAP_NET_ADMIN is missing; EPROTONOSUPPORT, ENOENT:
 * the kernel has no conntrack netlink). Main thread.
 */
struct ct *ct_open(const struct ct_options *o);

/*
 * Flows in the kernel's table at present, and its limit, in the caller's
 * namespace. 0, or -ENOENT: no conntrack. Any thread.
 */
int ct_count(uint64_t *count, uint64_t *max);

/* The thread. 0 or -errno. Stop waits for it; close frees. */
int ct_start(struct ct *ct);
void ct_stop(struct ct *ct);
void ct_close(struct ct *ct);

/*
 * Looks at the counters that often from now on (options.interval), the next
 * time no later than @seconds from now. Any thread.
 */
void ct_set_interval(struct ct *ct, double seconds);

/* Waits until the first dump is whole, at most @ms. Any thread. */
bool ct_wait_dumped(struct ct *ct, unsigned ms);

/* Asks for another dump now (batch: a fresh page), and waits for its end. */
bool ct_refresh(struct ct *ct, unsigned ms);

/* Deletes an entry of the table. 0, or -errno (-ENOENT: gone). Any thread. */
int ct_delete(const struct flow_key *key, uint32_t id);

/*
 * One message into a value: a single pass over the attributes, each length
 * checked. False: not a valid conntrack entry. @len: bytes at @nlh.
 * Pure; for the unit test and the fuzzer.
 */
bool ct_parse(const struct nlmsghdr *nlh, uint32_t len, struct flow_update *out);

#endif
