/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/netns.h - other network namespaces of this machine (containers), by the
 * addresses that they have. One thread: for a moment it changes the network
 * namespace of that thread.
 */
#ifndef PROC_PID_NETNS_H
#define PROC_PID_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "proc_pid/sock_diag.h"

struct netns_map;

/*
 * @home_fd: the namespace to come back to; it and @proc_fd stay the
 * caller's. @stop: see proc_pid/stop.h. NULL: out of memory.
 */
struct netns_map *netns_new(int proc_fd, int home_fd, const int *stop);
void netns_free(struct netns_map *m);

/*
 * The namespaces that have this address (but for home). Returns how many there
 * are, and the inode numbers of up to @max of them. Looks for new namespaces,
 * now and then, where none has it.
 *
 * A user may make a namespace and give it any address. So one counts only when
 * it belongs to the user namespace of the watched one, or to the first; or
 * when a link (veth, macvlan) leads there from the watched one, and so does
 * its route to that address.
 */
unsigned netns_find(struct netns_map *m, const struct addr *a, uint64_t *out, unsigned max);

/* The interface with an address of a namespace; NO_DEVICE: no such interface. */
uint32_t netns_device(const struct netns_map *m, const struct addr *a, uint64_t ns);

/* When netns_find() may know more than now, in ms; 0: it did its best. */
unsigned netns_wait(const struct netns_map *m);

/* Has netns_find() not looked since @start, the start of a flow (CLOCK_REALTIME, ns)? */
bool netns_is_younger(const struct netns_map *m, uint64_t start);

/* A name for people: as ip-netns(8) has it, else the container's id. */
const char *netns_name(const struct netns_map *m, uint64_t ns);

/*
 * sock_diag inside a namespace. Close it at once after use: it keeps the
 * namespace alive. NULL: it is gone, or may not be entered.
 */
struct sock_diag *netns_open_diag(struct netns_map *m, uint64_t ns);

#endif
