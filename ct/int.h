/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct/int.h - what ct.c and ct/ask.c share: requests to conntrack and the
 * kernel's own statistics.
 */
#ifndef CT_INT_H
#define CT_INT_H

#include <stdbool.h>

#include <linux/netlink.h>

#include "ct.h"

/* Adds the original tuple and the zone to a request. False: no memory. */
bool ct_put_key(struct nlmsghdr *nlh, const struct flow_key *key);

/*
 * Lets only messages of these families and protocols into a socket: a
 * classic BPF program over the netlink message. Without effect on error:
 * the reader checks each message again.
 */
void ct_filter_attach(int fd, unsigned families, const struct proto_set *protos);

/* What the CPUs' answers of one round add up to. */
struct ct_cpu_sums {
	uint64_t insert_failed, drop, early_drop;
};

/*
 * An answer to IPCTNL_MSG_CT_GET_STATS or _STATS_CPU; @sums is zero at the
 * beginning of a round. False: the message is none.
 */
bool ct_stats_read(struct flow_stats *stats, struct ct_cpu_sums *sums,
		   const struct nlmsghdr *nlh);

/* The state of nf_conntrack_acct and nf_conntrack_timestamp. */
void ct_sysctl_read(struct flow_stats *stats);

#endif
