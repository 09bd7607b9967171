/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * track.h - makes the kernel track and count: the sysctls
 * nf_conntrack_acct and nf_conntrack_timestamp, and the rule of --track.
 * All in the network namespace of the caller; main thread.
 */
#ifndef TRACK_H
#define TRACK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Switches both sysctls on where they are off. The last flowtop of the
 * namespace restores them, whoever runs it, except a value that another program
 * wrote since the first one began. What a killed flowtop left on is restored by
 * the next one that begins or ends (/run/flowtop, where it is writable). 0 or
 * -errno (-EPERM, -EROFS: they stay as they are; -ENOENT: no conntrack).
 */
int track_sysctl_on(void);

/*
 * Restores them. May be called if nothing was switched on;
 * async-signal-safe. Waits at most 0.1 s for other flowtops.
 */
void track_sysctl_restore(void);

/*
 * Adds the nftables table flowtop-PID with the owner flag and one rule with
 * "ct state" (nothing jumps to its chain): the kernel tracks from then on,
 * and removes the table with this process. 0 or -errno (-EOPNOTSUPP: the
 * kernel is older than 5.12 or has no nf_tables).
 */
int track_rule_add(void);
void track_rule_remove(void);

/*
 * Does the rule of another flowtop make the kernel track here? That rule goes
 * with its process, so it does not replace one of our own.
 */
bool track_by_flowtop(void);

/* Of the sockets of a probe, on 127.0.0.1 and ::1. Host order; 0: no socket. */
struct track_ports {
	uint16_t v4, v6;
};

/*
 * Does the kernel track here? Sends an empty UDP datagram from a socket on
 * 127.0.0.1 (and ::1) to itself, asks conntrack for it and deletes the
 * entry. Events of that entry have @ports as both of their ports; they are in
 * the queues when this returns. NULL: not wanted. 1 yes, 0 no, -errno; -ENOTSUP:
 * that datagram is not tracked, but a rule exempts some packets, maybe it.
 */
int track_probe(struct track_ports *ports);

#endif
