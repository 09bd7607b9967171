/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_addr.h - the addresses of this host and what lies behind it, by
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
 * In the network namespace of the caller. @inside: the networks that lie behind
 * this host, as the user says (copied); NULL or none: those of the interfaces
 * that the default routes do not use, and before the rest of the world any
 * private address. NULL: errno says why.
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
 * Where a flow with these ends runs, seen from this host: enum flow_direction
 * | enum flow_way. A forwarded flow comes in where its source lies further
 * outside than the end that answers. Who comes to this host from the inside is
 * its client; anybody is where it has no inside.
 */
unsigned host_addr_direction(const struct host_addr *h,
			     const struct flow_ends *orig, const struct flow_ends *reply);

#endif
