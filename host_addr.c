// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_addr.c - the addresses of this host, by rtnetlink(7): those of its
 * interfaces, and the networks in its routing table "local"; and the networks
 * behind it, found by the interfaces and the default routes.
 *
 * A message of the groups only says that something changed: the whole list is
 * then dumped again. That takes microseconds, and neither a lost message nor
 * an address that two interfaces share can mislead it. A router may change
 * thousands of routes a second, so a filter in the kernel passes only default
 * routes and those of the table "local".
 */
#include "host_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/netlink.h"

#define DUMP_TRIES 5
#define READS_MAX 256		/* events at once; the rest is left for the next look */

/* Open addressing, at most half full. "::", which no host has, is empty. */
struct addr_set {
	struct addr *slot;
	uint32_t size;		/* a power of two */
	uint32_t used;
	uint64_t maybe[4];	/* by last byte: no bit, no such address */
};

/* What the kernel says. */
struct host_nets {
	struct addr_set local, broadcast;
	struct addr_nets local_nets;	/* networks that are local */
	struct addr_nets inner;		/* of interfaces without a default route */
};

struct host_addr {
	struct netlink events, dump;
	struct host_nets now;
	struct addr_nets inside;	/* as the user gave them; n = 0: @now.inner */
	bool stale;			/* the last dump failed */
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

/* ---- networks ---- */

/* Networks beyond this number are ignored. */
static void nets_add(struct addr_nets *nets, const struct addr *a, unsigned prefix_len)
{
	if (nets->n < ADDR_NETS_MAX)
		nets->net[nets->n++] = (struct addr_prefix){
			.base = *a, .bits = prefix_len + (addr_is_v4(a) ? 96 : 0),
		};
}

static bool nets_equal(const struct addr_nets *a, const struct addr_nets *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (a->net[i].bits != b->net[i].bits ||
		    !addr_equal(&a->net[i].base, &b->net[i].base))
			return false;
	return true;
}

/* ---- dumps ---- */

struct fresh {
	struct host_nets *to;
	uint32_t outer[2];	/* interfaces of the default routes, IPv4 and IPv6 */
};

/* A default route to here serves a proxy; it makes no address this host's. */
static int fresh_add_route(void *ctx, const struct netlink_addr *a)
{
	unsigned length = addr_is_v4(&a->addr) ? 32 : 128;
	struct fresh *fresh = ctx;

	if (a->prefix_len >= length)
		return set_add(&fresh->to->local, &a->addr);
	if (a->prefix_len)
		nets_add(&fresh->to->local_nets, &a->addr, a->prefix_len);
	return 0;
}

static int fresh_add(void *ctx, const struct netlink_addr *a)
{
	struct fresh *fresh = ctx;
	int ret = set_add(&fresh->to->local, &a->addr);

	if (a->ifindex != fresh->outer[0] && a->ifindex != fresh->outer[1] &&
	    a->scope == RT_SCOPE_UNIVERSE && a->prefix_len < (addr_is_v4(&a->addr) ? 32 : 128))
		nets_add(&fresh->to->inner, &a->addr, a->prefix_len);
	if (!ret && addr_is_v4(&a->addr))
		ret = add_broadcast(&fresh->to->broadcast, &a->addr.byte[12], a->prefix_len);
	return ret;
}

static void nets_clear(struct host_nets *nets)
{
	set_free(&nets->local);
	set_free(&nets->broadcast);
	nets->local_nets.n = nets->inner.n = 0;
}

/*
 * A route to the internet: a default route, or one of two routes for half of
 * the addresses each.
 */
static uint32_t outer_interface(struct host_addr *h, const char *somewhere)
{
	struct addr a;

	addr_parse(somewhere, &a);
	return netlink_route_interface(&h->dump, &a);
}

static int dump(struct host_addr *h, struct host_nets *to)
{
	struct fresh fresh = {
		.to = to,
		.outer = { outer_interface(h, "1.1.1.1"), outer_interface(h, "2606:4700::1111") },
	};
	int ret = -EINTR;

	for (int i = 0; i < DUMP_TRIES && ret == -EINTR; i++) {
		nets_clear(to);
		ret = netlink_dump_addresses(&h->dump, fresh_add, &fresh);
		if (!ret)
			ret = netlink_dump_local_routes(&h->dump, fresh_add_route, &fresh);
	}
	return ret;
}

/* Reads the present addresses. True: they differ from the old ones. */
static bool refresh(struct host_addr *h)
{
	struct host_nets fresh = { 0 };
	bool changed;

	h->stale = dump(h, &fresh) != 0;
	if (h->stale) {
		nets_clear(&fresh);
		return false;
	}
	changed = !set_equal(&h->now.local, &fresh.local) ||
		  !set_equal(&h->now.broadcast, &fresh.broadcast) ||
		  !nets_equal(&h->now.local_nets, &fresh.local_nets) ||
		  !nets_equal(&h->now.inner, &fresh.inner);
	nets_clear(&h->now);
	h->now = fresh;
	return changed;
}

/*
 * Passes messages of addresses, of default routes, and of routes of the table
 * "local".
 */
static int filter_events(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 4),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			 NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_dst_len)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			 NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_table)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RT_TABLE_LOCAL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ?
	       -errno : 0;
}

struct host_addr *host_addr_open(const struct addr_nets *inside)
{
	struct host_addr *h = calloc(1, sizeof(*h));
	int error;

	if (!h)
		return NULL;
	if (inside)
		h->inside = *inside;
	h->dump = NETLINK_CLOSED;
	error = netlink_open(&h->events, NETLINK_ROUTE,
			     RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
			     RTMGRP_IPV6_ROUTE, SOCK_NONBLOCK);
	if (!error)
		error = filter_events(h->events.fd);
	if (!error)
		error = netlink_open(&h->dump, NETLINK_ROUTE, 0, 0);
	if (error) {
		host_addr_close(h);
		errno = -error;
		return NULL;
	}
	refresh(h);
	return h;
}

void host_addr_close(struct host_addr *h)
{
	if (!h)
		return;
	nets_clear(&h->now);
	netlink_close(&h->dump);
	netlink_close(&h->events);
	free(h);
}

int host_addr_fd(const struct host_addr *h)
{
	return h->events.fd;
}

/* A lost or truncated message is as good as one that was read: something changed. */
bool host_addr_read(struct host_addr *h)
{
	char buf[64];
	bool any = h->stale;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t len = netlink_receive(&h->events, buf, sizeof(buf), MSG_DONTWAIT);

		if (len < 0 && len != -ENOBUFS && len != -EMSGSIZE)
			break;
		any |= len != 0;
	}
	return any && refresh(h);
}

bool host_addr_has(const struct host_addr *h, const struct addr *a)
{
	if (addr_is_v4(a) && a->byte[12] == 127)
		return true;
	return set_has(&h->now.local, a) || addr_in_nets(a, &h->now.local_nets);
}

/* Multicast, 255.255.255.255, or the broadcast address of a network here. */
static bool is_for_many(const struct host_addr *h, const struct addr *a)
{
	if (!addr_is_v4(a))
		return a->byte[0] == 0xff;
	return (a->byte[12] & 0xf0) == 0xe0 || a->word[3] == UINT32_MAX ||
	       set_has(&h->now.broadcast, a);
}

/* How far inside an address lies. A private one beyond the default route is not
 * part of the inside, but further inside than the internet. */
static unsigned depth(const struct host_addr *h, const struct addr *a)
{
	if (h->inside.n)
		return addr_in_nets(a, &h->inside);
	return addr_in_nets(a, &h->now.inner) ? 2 : addr_is_private(a);
}

static unsigned inbound(const struct host_addr *h, const struct addr *from)
{
	bool router = h->inside.n || h->now.inner.n;

	return FLOW_IN | (!router || depth(h, from) ? FLOW_CLIENT : 0);
}

static unsigned forwarded(const struct host_addr *h, const struct addr *from,
			  const struct addr *to)
{
	return FLOW_FORWARDED | (depth(h, from) < depth(h, to) ? FLOW_INWARD : 0);
}

/*
 * The end that answers is the reply's source: with DNAT it is not the
 * original destination. What was sent to many and came from elsewhere was
 * received here, so it is inbound.
 */
unsigned host_addr_direction(const struct host_addr *h, const struct flow_ends *orig,
			     const struct flow_ends *reply)
{
	bool to_host = host_addr_has(h, &reply->src), from_host = host_addr_has(h, &orig->src);
	unsigned way;

	if (from_host && to_host)
		return FLOW_LOCAL;
	if (!from_host && (to_host || is_for_many(h, &reply->src)))
		return inbound(h, &orig->src);
	way = from_host ? FLOW_OUT : forwarded(h, &orig->src, &reply->src);
	if (!addr_equal(&reply->src, &orig->dst) && host_addr_has(h, &orig->dst))
		way |= FLOW_VIA_HOST;
	return way;
}
