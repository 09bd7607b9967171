// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/netlink.c - a netlink(7) socket that talks to the kernel alone; see netlink.h. */
#include "lib/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "lib/clock.h"

#define BUF_SIZE 32768		/* the kernel fills no more of a dump's datagram */

/* ---- the socket ---- */

static uint32_t random_seq(void)
{
	uint32_t seq;

	if (getrandom(&seq, sizeof(seq), GRND_NONBLOCK) != sizeof(seq))
		seq = clock_ns();	/* very early at boot */
	return seq;
}

int netlink_open(struct netlink *nl, int bus, uint32_t groups, int flags)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = groups };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct timeval limit = { .tv_sec = 1 };
	int error;

	nl->seq = random_seq();
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, bus);
	if (nl->fd < 0)
		return -errno;
	if (!setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
	    !bind(nl->fd, (struct sockaddr *)&own, sizeof(own)) &&
	    !connect(nl->fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		return 0;
	error = -errno;
	netlink_close(nl);
	return error;
}

int netlink_join(const struct netlink *nl, int group)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			  sizeof(group)) < 0 ? -errno : 0;
}

void netlink_close(struct netlink *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

/* ---- requests ---- */

struct nlmsghdr *netlink_request(struct netlink *nl, void *buf, uint16_t type,
				 uint16_t flags, size_t size)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++nl->seq;
	mnl_nlmsg_put_extra_header(nlh, size);
	return nlh;
}

int netlink_send(const struct netlink *nl, const void *requests, size_t len)
{
	return send(nl->fd, requests, len, 0) < 0 ? -errno : 0;
}

int netlink_error(const struct nlmsghdr *nlh)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	else if (nlh->nlmsg_type == NLMSG_ERROR)
		error = -EBADMSG;
	return error;
}

/* ---- datagrams ---- */

static bool is_from_kernel(const struct msghdr *msg)
{
	const struct sockaddr_nl *from = msg->msg_name;

	return msg->msg_namelen == sizeof(*from) && from->nl_family == AF_NETLINK &&
	       from->nl_pid == 0;
}

/* -errno, where a blocking receive that ends without a datagram has waited its time. */
static int receive_error(int flags)
{
	return errno == EAGAIN && !(flags & MSG_DONTWAIT) ? -ETIMEDOUT : -errno;
}

ssize_t netlink_receive(const struct netlink *nl, void *buf, size_t size, int flags)
{
	struct sockaddr_nl from;
	struct iovec iov = { buf, size };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from),
			      .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t len;

	do {
		len = recvmsg(nl->fd, &msg, flags);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return receive_error(flags);
	if (!is_from_kernel(&msg))
		return 0;
	return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : len;
}

void netlink_batch_init(struct mmsghdr *msg, struct netlink_place *place, unsigned n,
			void *buf, size_t size)
{
	for (unsigned i = 0; i < n; i++) {
		place[i].iov = (struct iovec){ (char *)buf + i * size, size };
		msg[i].msg_hdr = (struct msghdr){
			.msg_name = &place[i].from, .msg_namelen = sizeof(place[i].from),
			.msg_iov = &place[i].iov, .msg_iovlen = 1,
		};
	}
}

int netlink_receive_batch(const struct netlink *nl, struct mmsghdr *msg, unsigned n,
			  int flags)
{
	int got;

	do {
		got = recvmmsg(nl->fd, msg, n, flags, NULL);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return receive_error(flags);
	for (int i = 0; i < got; i++) {
		if (!is_from_kernel(&msg[i].msg_hdr))
			msg[i].msg_len = msg[i].msg_hdr.msg_flags = 0;
		msg[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_nl);
	}
	return got;
}

/* ---- queries ---- */

struct query {
	uint32_t seq;
	bool single;		/* one message is the whole answer */
	bool done;
	int error;		/* the last; kept until the answer is over */
	netlink_fn *fn;
	void *ctx;
};

static int query_message(struct query *q, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR) {
		q->done = true;
		return netlink_error(nlh);
	}
	q->done = q->single;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		return -EINTR;
	if (nlh->nlmsg_type < NLMSG_MIN_TYPE || !q->fn)
		return 0;
	return q->fn(q->ctx, nlh);
}

static void query_datagram(struct query *q, const void *buf, int len)
{
	const struct nlmsghdr *nlh = buf;

	for (; !q->done && mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		int error = nlh->nlmsg_seq == q->seq ? query_message(q, nlh) : 0;

		if (error)
			q->error = error;
	}
}

/* An answer that went wrong is read to its end as well: else no dump could follow. */
int netlink_query(struct netlink *nl, const struct nlmsghdr *request, netlink_fn *fn,
		  void *ctx)
{
	char buf[BUF_SIZE] __attribute__((aligned(8)));
	struct query q = {
		.seq = request->nlmsg_seq,
		.single = !(request->nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK)),
		.fn = fn, .ctx = ctx,
	};
	int error = netlink_send(nl, request, request->nlmsg_len);

	while (!error && !q.done) {
		ssize_t len = netlink_receive(nl, buf, sizeof(buf), 0);

		if (len < 0)
			error = len;
		else
			query_datagram(&q, buf, len);
	}
	return error ? error : q.error;
}

/* ---- addresses ---- */

struct address_dump {
	netlink_addr_fn *fn;
	void *ctx;
};

/* IFA_LOCAL is this end; IFA_ADDRESS may be the peer's, where both are there. */
static const void *own_address(const struct nlmsghdr *nlh, unsigned size)
{
	const struct nlattr *attr;
	const void *found = NULL;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifaddrmsg)) {
		if (mnl_attr_get_payload_len(attr) != size)
			continue;
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			return mnl_attr_get_payload(attr);
		if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			found = mnl_attr_get_payload(attr);
	}
	return found;
}

static int take_address(void *ctx, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct address_dump *d = ctx;
	struct netlink_addr a;
	const void *bytes;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa) ||
	    (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6))
		return 0;
	bytes = own_address(nlh, ifa->ifa_family == AF_INET ? 4 : 16);
	if (!bytes)
		return 0;
	a = (struct netlink_addr){
		.addr = ifa->ifa_family == AF_INET ? addr_v4(bytes) : addr_v6(bytes),
		.ifindex = ifa->ifa_index,
		.prefix_len = ifa->ifa_prefixlen,
		.scope = ifa->ifa_scope,
	};
	return d->fn(d->ctx, &a);
}

int netlink_dump_addresses(struct netlink *nl, netlink_addr_fn *fn, void *ctx)
{
	char buf[64] __attribute__((aligned(8))) = { 0 };
	struct address_dump d = { fn, ctx };
	struct nlmsghdr *nlh = netlink_request(nl, buf, RTM_GETADDR, NLM_F_DUMP,
					       sizeof(struct ifaddrmsg));

	return netlink_query(nl, nlh, take_address, &d);
}

/* ---- local routes ---- */

static int take_local_route(void *ctx, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct address_dump *d = ctx;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) ||
	    rtm->rtm_type != RTN_LOCAL || rtm->rtm_table != RT_TABLE_LOCAL ||
	    (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		bool v4 = rtm->rtm_family == AF_INET;
		const void *bytes = mnl_attr_get_payload(attr);
		struct netlink_addr a = { .prefix_len = rtm->rtm_dst_len };

		if (mnl_attr_get_type(attr) != RTA_DST ||
		    mnl_attr_get_payload_len(attr) != (v4 ? 4 : 16))
			continue;
		a.addr = v4 ? addr_v4(bytes) : addr_v6(bytes);
		return d->fn(d->ctx, &a);
	}
	return 0;
}

/* With strict checking the kernel filters; else a router would send all its routes. */
int netlink_dump_local_routes(struct netlink *nl, netlink_addr_fn *fn, void *ctx)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	char buf[64] __attribute__((aligned(8))) = { 0 };
	struct address_dump d = { fn, ctx };
	int strict = 1, error = 0;

	setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict));
	for (unsigned i = 0; i < 2 && !error; i++) {
		struct nlmsghdr *nlh = netlink_request(nl, buf, RTM_GETROUTE, NLM_F_DUMP,
						       sizeof(struct rtmsg));
		struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

		rtm->rtm_family = families[i];
		rtm->rtm_table = RT_TABLE_LOCAL;
		rtm->rtm_type = RTN_LOCAL;
		error = netlink_query(nl, nlh, take_local_route, &d);
		if (error == -ENOENT)
			error = 0;	/* no such table, so no routes in it */
	}
	return error;
}

/* ---- one route ---- */

static int take_route_interface(void *ctx, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg))
		if (mnl_attr_get_type(attr) == RTA_OIF && mnl_attr_get_payload_len(attr) == 4)
			*(uint32_t *)ctx = mnl_attr_get_u32(attr);
	return 0;
}

uint32_t netlink_route_interface(struct netlink *nl, const struct addr *to)
{
	char buf[64] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = netlink_request(nl, buf, RTM_GETROUTE, 0, sizeof(struct rtmsg));
	struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	bool v4 = addr_is_v4(to);
	uint32_t interface = 0;

	rtm->rtm_family = v4 ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = v4 ? 32 : 128;
	mnl_attr_put(nlh, RTA_DST, v4 ? 4 : 16, v4 ? &to->byte[12] : to->byte);
	return netlink_query(nl, nlh, take_route_interface, &interface) ? 0 : interface;
}
