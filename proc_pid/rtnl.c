// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/rtnl.c - addresses, links and routes of a network namespace; see
 * proc_pid/rtnl.h.
 */
#include "proc_pid/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/netlink.h"

#define REQUEST_SIZE 256
#define DUMP_SIZE 32768		/* what the kernel fills at most */
#define LINKS_MAX 256		/* looked at in one namespace */

struct rtnl {
	struct netlink nl;
	uint8_t buf[REQUEST_SIZE] __attribute__((aligned(8)));
};

struct rtnl *rtnl_open(void)
{
	struct rtnl *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return NULL;
	ret = netlink_open(&r->nl, NETLINK_ROUTE, 0, 0);
	if (!ret)
		return r;
	free(r);
	errno = -ret;
	return NULL;
}

void rtnl_close(struct rtnl *r)
{
	if (r)
		netlink_close(&r->nl);
	free(r);
}

/* Its payload is @size bytes of zero, to be filled in. */
static struct nlmsghdr *rtnl_request(struct rtnl *r, uint16_t type, uint16_t flags, size_t size)
{
	memset(r->buf, 0, sizeof(r->buf));
	return netlink_request(&r->nl, r->buf, type, flags, size);
}

/* ---- addresses ---- */

struct rtnl_address_dump {
	rtnl_addr_fn *fn;
	void *ctx;
};

/* Loopback is in each of them; link-local addresses mean nothing elsewhere. */
static int rtnl_take_address(void *ctx, const struct netlink_addr *a)
{
	const struct rtnl_address_dump *d = ctx;

	if (a->scope != RT_SCOPE_HOST && a->scope != RT_SCOPE_LINK)
		d->fn(d->ctx, &a->addr, a->ifindex);
	return 0;
}

void rtnl_addresses(struct rtnl *r, rtnl_addr_fn *fn, void *ctx)
{
	struct rtnl_address_dump dump = { fn, ctx };

	netlink_dump_addresses(&r->nl, rtnl_take_address, &dump);
}

/* ---- links and routes ---- */

/* A 32-bit attribute of a message; @without: it has none. */
static uint32_t rtnl_attr(const struct nlmsghdr *nlh, unsigned header, uint16_t type,
			  uint32_t without)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, header)
		if (mnl_attr_get_type(attr) == type &&
		    mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
			return mnl_attr_get_u32(attr);
	return without;
}

static int rtnl_take_nsid(void *ctx, const struct nlmsghdr *nlh)
{
	*(uint32_t *)ctx = rtnl_attr(nlh, sizeof(struct rtgenmsg), NETNSA_NSID, UINT32_MAX);
	return 0;
}

/* The number that another namespace has in this one; UINT32_MAX: none, so no link. */
static uint32_t rtnl_nsid(struct rtnl *r, int other)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETNSID, 0, sizeof(struct rtgenmsg));
	uint32_t nsid = UINT32_MAX;

	mnl_attr_put_u32(nlh, NETNSA_FD, other);
	netlink_query(&r->nl, nlh, rtnl_take_nsid, &nsid);
	return nsid;
}

struct rtnl_peer_dump {
	uint32_t nsid;
	uint32_t *ifindex;
	unsigned n, max, links;
};

static void rtnl_take_peer(struct rtnl_peer_dump *d, const struct nlmsghdr *nlh)
{
	const unsigned header = sizeof(struct ifinfomsg);
	uint32_t peer = rtnl_attr(nlh, header, IFLA_LINK, 0);

	d->links++;
	if (peer && d->n < d->max &&
	    rtnl_attr(nlh, header, IFLA_LINK_NETNSID, UINT32_MAX) == d->nsid)
		d->ifindex[d->n++] = peer;
}

/* False: that was the last one. */
static bool rtnl_take_links(struct rtnl_peer_dump *d, const struct nlmsghdr *nlh, int len,
			    uint32_t seq)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != seq)
			continue;
		if (nlh->nlmsg_type != RTM_NEWLINK)
			return false;
		rtnl_take_peer(d, nlh);
	}
	return d->links < LINKS_MAX;
}

/*
 * Not by netlink_query(), which reads a dump to its end: a user may have made
 * any number of links. Then the dump is left open, and no other can follow.
 */
unsigned rtnl_peers(struct rtnl *r, int other, uint32_t *ifindex, unsigned max)
{
	struct rtnl_peer_dump d = { .nsid = rtnl_nsid(r, other), .ifindex = ifindex, .max = max };
	uint8_t buf[DUMP_SIZE] __attribute__((aligned(8)));
	struct nlmsghdr *nlh;
	ssize_t len;

	if (d.nsid == UINT32_MAX)
		return 0;
	nlh = rtnl_request(r, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (netlink_send(&r->nl, nlh, nlh->nlmsg_len))
		return 0;
	do
		len = netlink_receive(&r->nl, buf, sizeof(buf), MSG_DONTWAIT);
	while (len >= 0 && rtnl_take_links(&d, (const void *)buf, len, nlh->nlmsg_seq));
	return d.n;
}

static int rtnl_take_master(void *ctx, const struct nlmsghdr *nlh)
{
	*(uint32_t *)ctx = rtnl_attr(nlh, sizeof(struct ifinfomsg), IFLA_MASTER, 0);
	return 0;
}

uint32_t rtnl_master(struct rtnl *r, uint32_t ifindex)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	uint32_t master = 0;

	ifi->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	netlink_query(&r->nl, nlh, rtnl_take_master, &master);
	return master;
}

static int rtnl_take_route(void *ctx, const struct nlmsghdr *nlh)
{
	*(uint32_t *)ctx = rtnl_attr(nlh, sizeof(struct rtmsg), RTA_OIF, 0);
	return 0;
}

uint32_t rtnl_route(struct rtnl *r, const struct addr *to)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETROUTE, 0, sizeof(struct rtmsg));
	struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	unsigned size = addr_is_v4(to) ? 4 : 16;
	uint32_t ifindex = 0;

	rtm->rtm_family = size == 4 ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = size * 8;
	mnl_attr_put(nlh, RTA_DST, size, to->byte + 16 - size);
	netlink_query(&r->nl, nlh, rtnl_take_route, &ifindex);
	return ifindex;
}
