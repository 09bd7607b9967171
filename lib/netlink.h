/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/netlink.h - a netlink(7) socket that talks to the kernel alone.
 *
 * Any process of the network namespace that has CAP_NET_ADMIN there can send
 * to our port, with any content. So each socket is connected to the kernel,
 * which then refuses others' unicast messages; each datagram's sender is
 * checked, since that does not stop multicast; and sequence numbers begin at
 * random. Receive with the functions below only: recv(2) and mnl_cb_run(3)
 * do not look at the sender.
 *
 * One thread a socket. Errors are -errno.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <linux/netlink.h>

#include "lib/addr.h"

struct netlink {
	int fd;			/* -1: not open */
	uint32_t seq;		/* of the last request */
};

#define NETLINK_CLOSED ((struct netlink){ .fd = -1 })

/*
 * Opens a socket of protocol @bus (NETLINK_ROUTE, ...) in the network namespace
 * of the calling thread and joins the groups of the mask @groups. @flags: 0 or
 * SOCK_NONBLOCK; a blocking receive gives up after a second (-ETIMEDOUT).
 * 0 or -errno, then @nl is closed.
 */
int netlink_open(struct netlink *nl, int bus, uint32_t groups, int flags);

/*
 * Joins one more group, by its number: for a socket that gets its filter
 * first. 0 or -errno.
 */
int netlink_join(const struct netlink *nl, int group);

/* Closes a socket, if it is open. */
void netlink_close(struct netlink *nl);

/*
 * Begins a request in @buf, with the next sequence number: the header and
 * @size bytes of zero after it. @flags beside NLM_F_REQUEST. Returns the
 * header; its payload is of @size. Attributes are added by mnl_attr_put(3),
 * for which the rest of @buf must be zero (the padding is not cleared).
 */
struct nlmsghdr *netlink_request(struct netlink *nl, void *buf, uint16_t type,
				 uint16_t flags, size_t size);

/* What NLMSG_ERROR and NLMSG_DONE begin with: 0 or -errno. */
int netlink_error(const struct nlmsghdr *nlh);

/* Sends @len bytes of requests. 0 or -errno. */
int netlink_send(const struct netlink *nl, const void *requests, size_t len);

/*
 * Receives one datagram. Its length, 0 where it is not the kernel's, or -errno:
 * -EAGAIN (nothing waits; @flags: MSG_DONTWAIT), -ETIMEDOUT, -ENOBUFS
 * (messages were lost), -EMSGSIZE (it did not fit and is lost).
 */
ssize_t netlink_receive(const struct netlink *nl, void *buf, size_t size, int flags);

/* Where one datagram of a batch goes. */
struct netlink_place {
	struct iovec iov;
	struct sockaddr_nl from;
};

/* Prepares @n messages, once: datagram i goes to @buf + i * @size. */
void netlink_batch_init(struct mmsghdr *msg, struct netlink_place *place, unsigned n,
			void *buf, size_t size);

/*
 * Receives up to @n datagrams by one recvmmsg(2). Their number, or -errno as
 * above. A datagram of another sender has the length 0; one that did not fit
 * has MSG_TRUNC in its flags.
 */
int netlink_receive_batch(const struct netlink *nl, struct mmsghdr *msg, unsigned n,
			  int flags);

/* Gets each message of an answer. Not 0: the query fails with it, once it is over. */
typedef int netlink_fn(void *ctx, const struct nlmsghdr *nlh);

/*
 * Sends one request and reads its answer: up to its end for NLM_F_DUMP, up to
 * the acknowledgement for NLM_F_ACK, else one message. @fn may be NULL. 0 or
 * -errno; -EINTR: the dump was inconsistent, repeat it. Blocking sockets.
 */
int netlink_query(struct netlink *nl, const struct nlmsghdr *request, netlink_fn *fn,
		  void *ctx);

/* An address of an interface (RTM_NEWADDR). */
struct netlink_addr {
	struct addr addr;	/* this end's, where the other end has another */
	uint32_t ifindex;
	uint8_t prefix_len;	/* as the kernel says it: of 32 for IPv4 */
	uint8_t scope;		/* RT_SCOPE_* */
};

/* Not 0: the dump fails with it. */
typedef int netlink_addr_fn(void *ctx, const struct netlink_addr *a);

/*
 * Dumps all addresses of the namespace, over a blocking socket of
 * NETLINK_ROUTE. An address that interfaces share, or that an interface has
 * with several prefixes, comes several times. 0 or -errno as above.
 */
int netlink_dump_addresses(struct netlink *nl, netlink_addr_fn *fn, void *ctx);

/*
 * The same of the routes in the table "local": networks and single addresses
 * for which this host takes packets (ip route add local 10.99.0.0/24 dev lo).
 * The addresses of interfaces are among them. Only @addr and @prefix_len are set.
 */
int netlink_dump_local_routes(struct netlink *nl, netlink_addr_fn *fn, void *ctx);

/*
 * The interface by which packets to @to leave, by this host's own routes. 0:
 * there is none. The rest as above.
 */
uint32_t netlink_route_interface(struct netlink *nl, const struct addr *to);

#endif
