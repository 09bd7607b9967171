/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/raw.h - sockets of protocols without ports, from /proc/net: those of
 * ping(8), which the kernel tells apart by the id of their echoes, and raw ones.
 * In the network namespace of the calling thread. No state.
 */
#ifndef PROC_PID_RAW_H
#define PROC_PID_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "proc_pid/sock_diag.h"

#define RAW_MAX 64

/* A copy of such a table. */
struct raw_sockets {
	struct sock sock[RAW_MAX];	/* tuple.lport: the id, or the protocol */
	unsigned n;			/* RAW_MAX: there may be more */
};

/* @proc_fd: see proc_scan_open(). */
void raw_read(int proc_fd, uint8_t l3, bool ping, struct raw_sockets *out);

/*
 * Puts the sockets with @port that match the ends of @t into @out. If one is
 * connected to the remote end, unconnected ones are left out. Returns how many.
 */
unsigned raw_find(const struct raw_sockets *r, const struct sock_tuple *t, uint16_t port,
		  struct sock out[RAW_MAX]);

/* Parses one line of such a table. False: not a line of a socket. */
bool raw_parse_line(const char *line, uint8_t l3, struct sock *out);

#endif
