/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct/int.h - what the files of the source share: its struct; ct/event.c and
 * ct/dump.c take what the kernel tells, ct/get.c asks for single entries and
 * statistics, ct/ask.c is what needs no source thread, ct.c does it in time.
 */
#ifndef CT_INT_H
#define CT_INT_H

#include <pthread.h>
#include <stdbool.h>

#include <linux/netlink.h>

#include "ct.h"
#include "lib/netlink.h"
#include "track.h"

#define EVENT_BATCH	128
#define EVENT_SIZE	4096		/* an event takes some 300 to 700 bytes */
#define DUMP_SIZE	65536		/* the kernel packs 32 KiB at most */
#define UPDATES		512		/* parsed before they are booked */
#define GETS_MAX	256
#define LEGS_MAX	8

/* What the CPUs' answers of one round add up to. */
struct ct_cpu_sums {
	uint64_t insert_failed, drop, early_drop;
};

/* A dump is made of requests of one family and protocol each; 0: any. */
struct leg {
	uint8_t family, l4;
};

struct ct {
	struct ct_options o;
	struct flow_list *table;
	struct flow_stats *stats;
	struct netlink events, dumps, asks;
	struct host_addr *host;
	pthread_t thread;
	bool running;
	bool any_proto;			/* o.protos is empty */
	int wake_fd;			/* stop, refresh or another interval was asked for */
	int done_fd;			/* a dump was whole */
	int stop;
	uint32_t interval_wanted;	/* ms; what interval follows */
	uint32_t refresh;		/* asked for: counts up */
	uint32_t refreshed;		/* the last one a whole dump answered */

	/* the dump that runs, or the next */
	struct leg leg[LEGS_MAX];
	unsigned legs, at_leg;
	bool dumping, dump_torn, dump_wanted, lost;
	uint32_t serving;
	int64_t cpu_before;		/* of this thread, when the dump began, ns */
	uint32_t interval;		/* ms between looks at the counters */
	uint32_t dump_cost;		/* CPU of the last one, ms */
	uint32_t dump_began, dump_ended, next_dump;	/* clock_ms() */
	uint32_t dump_after;		/* none before; clock_ms() */
	unsigned dumps_torn;		/* in a row */

	/* GETs under way */
	struct ct_cpu_sums cpu_sums;
	uint32_t first_get, gets;	/* their numbers in the sequence */
	uint32_t next_poll, next_probe;
	bool probed;			/* once at least: after the first whole dump */
	struct track_ports probe;	/* of the last look; its events may be unread */
	struct {
		struct flow_key key;
		uint32_t id;
	} get[GETS_MAX];

	struct mmsghdr msg[EVENT_BATCH];
	struct netlink_place place[EVENT_BATCH];
	char (*event_buf)[EVENT_SIZE];
	char *dump_buf;
	struct flow_update *update;
	unsigned updates;
};

/* ---- messages (ct/event.c) ---- */

void ct_bump(uint64_t *counter);

/* Puts what was parsed into the table. */
void ct_book(struct ct *ct);

/* Parses an entry, and applies all that were parsed once the array is full. @source:
 * FLOW_NEW where the message itself says which event it is. */
void ct_take_entry(struct ct *ct, const struct nlmsghdr *nlh, uint32_t len,
		   enum flow_source source);

/* Something is gone for good: only a dump tells the truth again. */
void ct_lose(struct ct *ct, uint64_t *counter);

void ct_rcvbuf_set(struct ct *ct, uint64_t bytes);

/* Reads a batch of events. True: there may be more. */
bool ct_events_read(struct ct *ct);

/* ---- requests (ct/get.c) ---- */

/* The head of a request for conntrack in @buf, with the next number of @nl. */
struct nlmsghdr *ct_request(struct netlink *nl, void *buf, uint16_t type, uint16_t flags,
			    uint8_t family);

void ct_ask_window(struct ct *ct);
void ct_ask_stats(struct ct *ct);
void ct_asks_read(struct ct *ct);

/* ---- dumps (ct/dump.c) ---- */

/*
 * The requests that a dump takes: where protocols are selected, the kernel
 * picks them out (CTA_FILTER, since 5.8; it takes a family, too).
 */
void ct_legs_plan(struct ct *ct, bool by_protocol);

/* From the begin of one dump to the next: the interval, or what the budget allows. */
uint32_t ct_dump_gap(const struct ct *ct);

void ct_dump_begin(struct ct *ct);

/* Reads a datagram of the dump. True: there may be more at once. */
bool ct_dump_read(struct ct *ct);

/* No flow at all: is anything tracked here? */
void ct_probe_tracking(struct ct *ct, uint32_t now);

/* ---- without the thread (ct/ask.c) ---- */

/* Adds the original tuple and the zone to a request. False: no memory. */
bool ct_put_key(struct nlmsghdr *nlh, const struct flow_key *key);

/*
 * Lets only messages of these families and protocols into a socket: a
 * classic BPF program over the netlink message. Without effect on error:
 * the reader checks each message again.
 */
void ct_filter_attach(int fd, unsigned families, const struct proto_set *protos);

/*
 * An answer to IPCTNL_MSG_CT_GET_STATS or _STATS_CPU; @sums is zero at the
 * beginning of a round. False: the message is none.
 */
bool ct_stats_read(struct flow_stats *stats, struct ct_cpu_sums *sums,
		   const struct nlmsghdr *nlh);

/* The state of nf_conntrack_acct and nf_conntrack_timestamp. */
void ct_sysctl_read(struct flow_stats *stats);

#endif
