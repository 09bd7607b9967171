/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/sock_diag.h - the kernel's sockets, by sock_diag(7): exact look-ups in
 * batches, and dumps. It works in the network namespace in which it was
 * opened. A socket of it that is kept open keeps that namespace alive.
 */
#ifndef PROC_PID_SOCK_DIAG_H
#define PROC_PID_SOCK_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

/* A socket's two ends, seen from this host. Ports in host order. */
struct sock_tuple {
	struct addr local, remote;
	uint16_t lport, rport;
	uint8_t l3;		/* AF_INET, AF_INET6: that of the packets */
	uint8_t l4;		/* IPPROTO_TCP, _UDP, _UDPLITE */
	uint32_t device;	/* in a request: the device it may be bound to, or one of these */
};

#define ANY_DEVICE 0
#define NO_DEVICE UINT32_MAX

/* What the kernel says of a socket. */
struct sock {
	struct sock_tuple tuple;	/* its own; ends that are open are zero */
	uint32_t inode;		/* 0: no process has it (any more, or yet) */
	uint32_t uid;		/* UINT32_MAX: not known */
	uint64_t cgroup;	/* id of the cgroup (v2) that made it; 0: not known */
	uint64_t cookie;
	uint32_t ifindex;	/* the device that it is bound to; 0: none */
	bool v6only;		/* takes no IPv4 */
	uint8_t state;		/* TCP_ESTABLISHED, ...; 0: there is no such socket */
	uint32_t rtt_us, rttvar_us, retrans, cwnd;	/* TCP, with @info */
	uint64_t sent, received;	/* the same: bytes of payload */
};

struct sock_diag;

/* In the network namespace of the calling thread. NULL: errno says why. */
struct sock_diag *sock_diag_open(void);
void sock_diag_close(struct sock_diag *d);

/*
 * Looks up @n sockets, each by its exact ends; @out[i] answers @ask[i]. What
 * the kernel gives in its place (the listener; for UDP a socket that takes
 * other ends) does not count as found, but an unconnected UDP socket does:
 * its remote port is 0. @info: with the figures of tcp_info.
 *
 * Sockets that are bound to a device or VRF are found as well. The kernel finds
 * them only by their device, so for ANY_DEVICE the devices that sockets are bound
 * to are dumped first, for at most 0.5 % of a core. If two such sockets have the
 * same ends, neither is found.
 * 0 or -errno; then the rest of @out is "no such socket".
 */
int sock_diag_lookup(struct sock_diag *d, const struct sock_tuple *ask, unsigned n,
		     bool info, struct sock *out);

/*
 * Closes just this socket, as sock_diag_lookup() found it. 0 or -errno:
 * -ENOENT: it is gone, -EOPNOTSUPP: the kernel cannot, -EPERM.
 */
int sock_diag_destroy(struct sock_diag *d, const struct sock *s);

/* Gets each socket of a dump. */
typedef void sock_diag_fn(void *ctx, const struct sock *s);

/*
 * All sockets of a protocol in the states of the mask @states (bit 1 << state),
 * of both families. 0 or -errno.
 */
int sock_diag_dump(struct sock_diag *d, uint8_t l4, uint32_t states,
		   sock_diag_fn *fn, void *ctx);

/* No address is named: the socket takes any. */
bool sock_addr_is_any(const struct addr *a);

#endif
