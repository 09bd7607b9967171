/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/rtnl.h - what the kernel says of a network namespace by rtnetlink(7):
 * its addresses, its links to another namespace, its routes. A socket belongs
 * to the namespace in which it was opened, and keeps that alive. One thread.
 */
#ifndef PROC_PID_RTNL_H
#define PROC_PID_RTNL_H

#include <stdint.h>

#include "lib/addr.h"

struct rtnl;

/* In the network namespace of the calling thread. NULL: errno says why. */
struct rtnl *rtnl_open(void);
void rtnl_close(struct rtnl *r);

/* Gets each address; not those of loopback and link scope. */
typedef void rtnl_addr_fn(void *ctx, const struct addr *a, uint32_t ifindex);
void rtnl_addresses(struct rtnl *r, rtnl_addr_fn *fn, void *ctx);

/*
 * Interfaces of the namespace @other (a descriptor of it) that are the other
 * end of one here (veth), or below one (macvlan, ipvlan, vlan): their numbers
 * there, up to @max. Returns how many. Where it has more than 256 interfaces,
 * rtnl_addresses() gives nothing afterwards.
 */
unsigned rtnl_peers(struct rtnl *r, int other, uint32_t *ifindex, unsigned max);

/* The bridge, bond or VRF that an interface belongs to; 0: none. */
uint32_t rtnl_master(struct rtnl *r, uint32_t ifindex);

/* The interface that the route to this address uses; 0: no route. */
uint32_t rtnl_route(struct rtnl *r, const struct addr *to);

#endif
