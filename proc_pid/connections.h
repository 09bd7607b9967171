/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/connections.h - the TCP connections of a network namespace at one
 * moment. Of thousands of flows that are merely forwarded almost none has a
 * socket here; a dump of all sockets is cheaper than a look-up for each. One thread.
 */
#ifndef PROC_PID_CONNECTIONS_H
#define PROC_PID_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "proc_pid/sock_diag.h"

struct connections;

/* NULL: out of memory. */
struct connections *connections_new(void);
void connections_free(struct connections *c);

/*
 * @n flows will be asked for. Dumps with @d where that many are asked for that it
 * is worth it, and the last one is a second old.
 */
void connections_refresh(struct connections *c, struct sock_diag *d, unsigned n);

/*
 * False: none had these ends at the last dump, which is new, and a flow that
 * began at @start (clock_steady(); 0: not known) had its socket by then.
 */
bool connections_may_have(const struct connections *c, const struct sock_tuple *t,
			  uint64_t start);

#endif
