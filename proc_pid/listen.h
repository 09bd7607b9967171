/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/listen.h - the sockets that wait for others: TCP listeners and UDP
 * sockets without a peer. A flow that comes in is its listener's, at no cost
 * a flow. One thread.
 */
#ifndef PROC_PID_LISTEN_H
#define PROC_PID_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "proc_pid/sock_diag.h"

struct listeners;

/* NULL: out of memory. */
struct listeners *listeners_new(void);
void listeners_free(struct listeners *l);

/*
 * Copies the sockets that wait at the local end of @t, those that are bound
 * most narrowly, into @out: up to @max. More than one: SO_REUSEPORT, or
 * SO_REUSEADDR with UDP. Dumps the table again with @d when it is old, or
 * where it has nothing.
 */
unsigned listeners_find(struct listeners *l, struct sock_diag *d, const struct sock_tuple *t,
			struct sock *out, unsigned max);

/* A socket was seen that is not in the table: the table is read again soon. */
void listeners_lack(struct listeners *l, uint8_t l4);

#endif
