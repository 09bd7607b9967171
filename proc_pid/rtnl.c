// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/rtnl.c - addresses, links and routes of a network namespace; see
 * proc_pid/rtnl.h.
 *
 * The kernel answers while it takes the request in, so nothing here waits. A
 * namespace may belong to somebody who sends messages of his own: those are
 * not read, and too many of them end the request.
 */
#include "proc_pid/rtnl.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "proc_pid/from_kernel.h"

#define BUF_SIZE 32768		/* what the kernel fills at most */
#define LINKS_MAX 256		/* looked at in one namespace */

struct rtnl {
	struct mnl_socket *nl;
	uint32_t seq;
	uint8_t buf[BUF_SIZE] __attribute__((aligned(8)));
};

struct rtnl *rtnl_open(void)
{
	struct rtnl *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->seq = from_kernel_first_seq();
	r->nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (r->nl && !mnl_socket_bind(r->nl, 0, MNL_SOCKET_AUTOPID))
		return r;
	rtnl_close(r);
	return NULL;
}

void rtnl_close(struct rtnl *r)
{
	if (r && r->nl)
		mnl_socket_close(r->nl);
	free(r);
}

static struct nlmsghdr *rtnl_request(struct rtnl *r, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(r->buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++r->seq;
	return nlh;
}

/* Sends what rtnl_request() began; @fn gets each answer, until it says stop. */
static void rtnl_run(struct rtnl *r, const struct nlmsghdr *request, mnl_cb_t fn, void *ctx)
{
	bool dump = request->nlmsg_flags & NLM_F_DUMP;
	int len, ret = MNL_CB_OK;

	if (mnl_socket_sendto(r->nl, request, request->nlmsg_len) < 0)
		return;
	while (ret > MNL_CB_STOP) {
		len = from_kernel_recv(mnl_socket_get_fd(r->nl), r->buf, sizeof(r->buf));
		if (len <= 0)
			return;
		ret = mnl_cb_run(r->buf, len, r->seq, 0, fn, ctx);
		if (!dump)
			return;
	}
}

/* ---- addresses ---- */

struct rtnl_address_dump {
	rtnl_addr_fn *fn;
	void *ctx;
};

/* Loopback is in each of them; link-local addresses mean nothing elsewhere. */
static int rtnl_take_address(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct rtnl_address_dump *d = data;
	unsigned size = ifa->ifa_family == AF_INET ? 4 : 16;
	const struct nlattr *attr;
	const void *bytes = NULL;
	struct addr a;

	if (ifa->ifa_scope == RT_SCOPE_HOST || ifa->ifa_scope == RT_SCOPE_LINK)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		unsigned type = mnl_attr_get_type(attr);

		if (mnl_attr_get_payload_len(attr) == size &&
		    (type == IFA_LOCAL || (type == IFA_ADDRESS && !bytes)))
			bytes = mnl_attr_get_payload(attr);
	}
	if (!bytes)
		return MNL_CB_OK;
	a = size == 4 ? addr_v4(bytes) : addr_v6(bytes);
	d->fn(d->ctx, &a);
	return MNL_CB_OK;
}

void rtnl_addresses(struct rtnl *r, rtnl_addr_fn *fn, void *ctx)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETADDR, NLM_F_DUMP);
	struct rtnl_address_dump dump = { fn, ctx };

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	rtnl_run(r, nlh, rtnl_take_address, &dump);
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

static int rtnl_take_nsid(const struct nlmsghdr *nlh, void *data)
{
	*(uint32_t *)data = rtnl_attr(nlh, sizeof(struct rtgenmsg), NETNSA_NSID, UINT32_MAX);
	return MNL_CB_STOP;
}

/* The number that another namespace has in this one; UINT32_MAX: none, so no link. */
static uint32_t rtnl_nsid(struct rtnl *r, int other)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETNSID, 0);
	uint32_t nsid = UINT32_MAX;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(nlh, NETNSA_FD, other);
	rtnl_run(r, nlh, rtnl_take_nsid, &nsid);
	return nsid;
}

struct rtnl_peer_dump {
	uint32_t nsid;
	uint32_t *ifindex;
	unsigned n, max, links;
};

static int rtnl_take_peer(const struct nlmsghdr *nlh, void *data)
{
	const unsigned header = sizeof(struct ifinfomsg);
	struct rtnl_peer_dump *d = data;
	uint32_t peer = rtnl_attr(nlh, header, IFLA_LINK, 0);

	if (d->n == d->max || d->links++ == LINKS_MAX)
		return MNL_CB_STOP;
	if (peer && rtnl_attr(nlh, header, IFLA_LINK_NETNSID, UINT32_MAX) == d->nsid)
		d->ifindex[d->n++] = peer;
	return MNL_CB_OK;
}

unsigned rtnl_peers(struct rtnl *r, int other, uint32_t *ifindex, unsigned max)
{
	struct rtnl_peer_dump d = { .nsid = rtnl_nsid(r, other), .ifindex = ifindex, .max = max };
	struct nlmsghdr *nlh;

	if (d.nsid == UINT32_MAX)
		return 0;
	nlh = rtnl_request(r, RTM_GETLINK, NLM_F_DUMP);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	rtnl_run(r, nlh, rtnl_take_peer, &d);
	return d.n;
}

static int rtnl_take_master(const struct nlmsghdr *nlh, void *data)
{
	*(uint32_t *)data = rtnl_attr(nlh, sizeof(struct ifinfomsg), IFLA_MASTER, 0);
	return MNL_CB_STOP;
}

uint32_t rtnl_master(struct rtnl *r, uint32_t ifindex)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	uint32_t master = 0;

	ifi->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	rtnl_run(r, nlh, rtnl_take_master, &master);
	return master;
}

static int rtnl_take_route(const struct nlmsghdr *nlh, void *data)
{
	*(uint32_t *)data = rtnl_attr(nlh, sizeof(struct rtmsg), RTA_OIF, 0);
	return MNL_CB_STOP;
}

uint32_t rtnl_route(struct rtnl *r, const struct addr *to)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	unsigned size = addr_is_v4(to) ? 4 : 16;
	uint32_t ifindex = 0;

	rtm->rtm_family = size == 4 ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = size * 8;
	mnl_attr_put(nlh, RTA_DST, size, to->byte + 16 - size);
	rtnl_run(r, nlh, rtnl_take_route, &ifindex);
	return ifindex;
}
