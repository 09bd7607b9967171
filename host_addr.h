/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_addr.h - the addresses of this host and the networks behind it, by
 * rtnetlink(7), kept current.
 * Source thread only, after host_addr_open().
 */
#ifndef HOST_ADDR_H
#define HOST_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "flow_list.h"
#include "lib/addr.h"

struct host_addr;

/*
 * In the network namespace of the caller. @inside: the networks behind this
 * host, as the user gave them (copied). Without them (NULL or n = 0) the inside
 * is what the interfaces without a default route have; a private address counts
 * as further inside than a public one. NULL: see errno.
 */
struct host_addr *host_addr_open(const struct addr_nets *inside);
void host_addr_close(struct host_addr *h);

/* To poll for reading. */
int host_addr_fd(const struct host_addr *h);

/* Reads what came: true where the set changed. */
bool host_addr_read(struct host_addr *h);

/* 127.0.0.0/8 is always among them. */
bool host_addr_has(const struct host_addr *h, const struct addr *a);

/*
 * The direction of a flow with these ends, seen from this host: enum
 * flow_direction | enum flow_way. A forwarded flow is inward if its source lies
 * further outside than the end that answers. The source of a flow to this host is
 * its client if it is inside, or if this host has no inside.
 */
unsigned host_addr_direction(const struct host_addr *h,
			     const struct flow_ends *orig, const struct flow_ends *reply);

#endif
