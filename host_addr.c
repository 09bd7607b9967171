// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_addr.c - the addresses of this host, by rtnetlink(7).
 *
 * A message of the address groups only says that something changed: the
 * whole list is then dumped anew. That is some microseconds, and neither a
 * lost message nor an address that two interfaces share can mislead it.
 */
#include "host_addr.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#define DUMP_TRIES 5
#define BUF_SIZE 32768		/* no message of the kernel's is larger */

/* Open addressing, at most half full. "::", which no host has, is empty. */
struct addr_set {
	struct addr *slot;
	uint32_t size;		/* a power of two */
	uint32_t used;
	uint64_t maybe[4];	/* by last byte: no bit, no such address */
};

struct host_addr {
	struct mnl_socket *events, *dump;
	struct addr_set local, broadcast;
	unsigned seq;
	bool stale;		/* the last dump failed */
};

static bool addr_is_empty(const struct addr *a)
{
	return !(a->word[0] | a->word[1] | a->word[2] | a->word[3]);
}

static struct addr *set_find(const struct addr_set *s, const struct addr *a)
{
	uint32_t i = addr_hash(a) & (s->size - 1);

	while (!addr_is_empty(&s->slot[i]) && !addr_equal(&s->slot[i], a))
		i = (i + 1) & (s->size - 1);
	return &s->slot[i];
}

static uint64_t *maybe_word(const struct addr_set *s, const struct addr *a)
{
	return (uint64_t *)&s->maybe[a->byte[15] / 64];
}

static bool set_has(const struct addr_set *s, const struct addr *a)
{
	return *maybe_word(s, a) >> a->byte[15] % 64 & 1 && !addr_is_empty(set_find(s, a));
}

static int set_grow(struct addr_set *s)
{
	struct addr_set bigger = { .size = s->size ? 2 * s->size : 16, .used = s->used };

	bigger.slot = calloc(bigger.size, sizeof(*bigger.slot));
	if (!bigger.slot)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->size; i++)
		if (!addr_is_empty(&s->slot[i]))
			*set_find(&bigger, &s->slot[i]) = s->slot[i];
	memcpy(bigger.maybe, s->maybe, sizeof(bigger.maybe));
	free(s->slot);
	*s = bigger;
	return 0;
}

static int set_add(struct addr_set *s, const struct addr *a)
{
	struct addr *slot;

	if (addr_is_empty(a))
		return 0;
	if (2 * s->used >= s->size && set_grow(s))
		return -ENOMEM;
	slot = set_find(s, a);
	if (addr_is_empty(slot)) {
		*slot = *a;
		*maybe_word(s, a) |= 1ull << a->byte[15] % 64;
		s->used++;
	}
	return 0;
}

static void set_free(struct addr_set *s)
{
	free(s->slot);
	*s = (struct addr_set){ 0 };
}

static bool set_equal(const struct addr_set *a, const struct addr_set *b)
{
	if (a->used != b->used)
		return false;
	for (uint32_t i = 0; i < a->size; i++)
		if (!addr_is_empty(&a->slot[i]) && !set_has(b, &a->slot[i]))
			return false;
	return true;
}

/* The last address of an IPv4 network: its broadcast address (RFC 919). */
static int add_broadcast(struct addr_set *s, const uint8_t *local, unsigned prefixlen)
{
	uint8_t last[4];
	struct addr a;

	if (prefixlen >= 31)
		return 0;
	memcpy(last, local, sizeof(last));
	for (unsigned bit = prefixlen; bit < 32; bit++)
		last[bit / 8] |= 0x80 >> bit % 8;
	a = addr_v4(last);
	return set_add(s, &a);
}

struct fresh {
	struct addr_set local, broadcast;
	int error;		/* kept until the dump is over: -EINTR, -ENOMEM, ... */
	bool done;
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

static int add_message(struct fresh *fresh, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const void *bytes;
	struct addr a;
	int ret;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return 0;
	if (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6)
		return 0;
	bytes = own_address(nlh, ifa->ifa_family == AF_INET ? 4 : 16);
	if (!bytes)
		return 0;
	a = ifa->ifa_family == AF_INET ? addr_v4(bytes) : addr_v6(bytes);
	ret = set_add(&fresh->local, &a);
	if (!ret && ifa->ifa_family == AF_INET)
		ret = add_broadcast(&fresh->broadcast, bytes, ifa->ifa_prefixlen);
	return ret;
}

static int dump_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) < sizeof(*e) ? -EBADMSG : e->error;
}

/*
 * A datagram of the dump. A dump that went wrong is read to its end as well
 * (which mnl_cb_run() would not do), so that the next one can begin.
 */
static void read_datagram(struct fresh *fresh, const void *buf, int len, unsigned seq)
{
	const struct nlmsghdr *nlh = buf;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		int error = nlh->nlmsg_flags & NLM_F_DUMP_INTR ? -EINTR : 0;

		if (nlh->nlmsg_seq != seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
			fresh->done = true;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			error = dump_error(nlh);
		else if (nlh->nlmsg_type == RTM_NEWADDR && !error)
			error = add_message(fresh, nlh);
		if (error)
			fresh->error = error;
	}
}

/* One dump. 0 or -errno; -EINTR: the list changed meanwhile. */
static int dump_once(struct mnl_socket *nl, unsigned seq, struct fresh *fresh)
{
	char buf[BUF_SIZE] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_UNSPEC;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (!fresh->done) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		if (n < 0)
			return -errno;
		read_datagram(fresh, buf, n, seq);
	}
	return fresh->error;
}

static void fresh_clear(struct fresh *fresh)
{
	set_free(&fresh->local);
	set_free(&fresh->broadcast);
	*fresh = (struct fresh){ 0 };
}

static int dump(struct host_addr *h, struct fresh *fresh)
{
	int ret = -EINTR;

	for (int i = 0; i < DUMP_TRIES && ret == -EINTR; i++) {
		fresh_clear(fresh);
		ret = dump_once(h->dump, ++h->seq, fresh);
	}
	return ret;
}

/* Puts the host's present addresses in place of the old. True: they differ. */
static bool refresh(struct host_addr *h)
{
	struct fresh fresh = { 0 };
	bool changed;

	h->stale = dump(h, &fresh) != 0;
	if (h->stale) {
		fresh_clear(&fresh);
		return false;
	}
	changed = !set_equal(&h->local, &fresh.local) ||
		  !set_equal(&h->broadcast, &fresh.broadcast);
	set_free(&h->local);
	set_free(&h->broadcast);
	h->local = fresh.local;
	h->broadcast = fresh.broadcast;
	return changed;
}

static struct mnl_socket *route_socket(unsigned groups, int flags)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);

	if (nl && mnl_socket_bind(nl, groups, MNL_SOCKET_AUTOPID) < 0) {
		int error = errno;

		mnl_socket_close(nl);
		errno = error;
		return NULL;
	}
	return nl;
}

struct host_addr *host_addr_open(void)
{
	struct host_addr *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->events = route_socket(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, SOCK_NONBLOCK);
	if (!h->events)
		goto fail_events;
	h->dump = route_socket(0, 0);
	if (!h->dump)
		goto fail_dump;
	refresh(h);
	return h;

fail_dump:
	mnl_socket_close(h->events);
fail_events:
	free(h);
	return NULL;
}

void host_addr_close(struct host_addr *h)
{
	if (!h)
		return;
	set_free(&h->broadcast);
	set_free(&h->local);
	mnl_socket_close(h->dump);
	mnl_socket_close(h->events);
	free(h);
}

int host_addr_fd(const struct host_addr *h)
{
	return mnl_socket_get_fd(h->events);
}

bool host_addr_read(struct host_addr *h)
{
	char buf[BUF_SIZE];
	bool any = h->stale;

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(h->events, buf, sizeof(buf));

		if (n < 0 && errno != ENOBUFS && errno != ENOSPC && errno != EINTR)
			break;
		any = true;
	}
	return any && refresh(h);
}

bool host_addr_has(const struct host_addr *h, const struct addr *a)
{
	if (addr_is_v4(a) && a->byte[12] == 127)
		return true;
	return set_has(&h->local, a);
}

/* Multicast, 255.255.255.255, or the broadcast address of a network here. */
static bool is_for_many(const struct host_addr *h, const struct addr *a)
{
	if (!addr_is_v4(a))
		return a->byte[0] == 0xff;
	return (a->byte[12] & 0xf0) == 0xe0 || a->word[3] == UINT32_MAX ||
	       set_has(&h->broadcast, a);
}

/*
 * The end that answers is the reply's source: with DNAT it is not the
 * original destination. What was sent to many and came from elsewhere was
 * received here, so it is inbound.
 */
enum flow_direction host_addr_direction(const struct host_addr *h,
					const struct flow_ends *orig,
					const struct flow_ends *reply)
{
	bool to_host = host_addr_has(h, &reply->src);

	if (host_addr_has(h, &orig->src))
		return to_host ? FLOW_LOCAL : FLOW_OUT;
	return to_host || is_for_many(h, &reply->src) ? FLOW_IN : FLOW_FORWARDED;
}
