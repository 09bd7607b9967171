/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct/event.c - events, and the path of every message: it is parsed, filtered, and
 * booked in the table.
 */
#include "ct/int.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/sock_diag.h>

#include "lib/clock.h"

void ct_bump(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* ---- from messages to the table ---- */

void ct_book(struct ct *ct)
{
	flow_list_apply(ct->table, ct->update, ct->updates);
	ct->updates = 0;
}

/*
 * Our own last probe (track.h). Other programs may also have a socket that is
 * connected to itself, or forge such datagrams: those flows are shown.
 */
static bool is_probe(const struct ct *ct, const struct flow_key *k)
{
	bool v4 = k->l3 == AF_INET;
	uint16_t port = v4 ? ct->probe.v4 : ct->probe.v6;
	in_addr_t loopback = htonl(INADDR_LOOPBACK);
	struct addr own;

	if (!port || k->l4 != IPPROTO_UDP || k->orig.sport != port || k->orig.dport != port)
		return false;
	own = v4 ? addr_v4(&loopback) : addr_v6(&in6addr_loopback);
	return addr_equal(&k->orig.src, &own) && addr_equal(&k->orig.dst, &own);
}

static bool is_wanted(const struct ct *ct, const struct flow_key *k)
{
	unsigned family = k->l3 == AF_INET ? FAMILY_V4 : FAMILY_V6;

	return ct->o.families & family && !is_probe(ct, k) &&
	       (ct->any_proto || proto_set_has(&ct->o.protos, k->l4));
}

void ct_take_entry(struct ct *ct, const struct nlmsghdr *nlh, uint32_t len,
		       enum flow_source source)
{
	struct flow_update *u = &ct->update[ct->updates];

	if (!ct_parse(nlh, len, u)) {
		ct_bump(&ct->stats->truncated);
		return;
	}
	if (source != FLOW_NEW)
		u->source = source;
	if (u->have & HAVE_START)
		u->start = clock_steady_of(u->start);
	if (u->have & HAVE_STOP)
		u->stop = clock_steady_of(u->stop);
	if (is_wanted(ct, &u->key) && ++ct->updates == UPDATES)
		ct_book(ct);
}

/* ---- events ---- */

void ct_lose(struct ct *ct, uint64_t *counter)
{
	ct_bump(counter);
	ct->dump_wanted = true;
	ct->lost = true;
}

void ct_rcvbuf_set(struct ct *ct, uint64_t bytes)
{
	int fd = ct->events.fd, half = bytes / 2, now;
	socklen_t len = sizeof(now);

	/* the kernel doubles what it is asked for (socket(7)) */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof(half)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &half, sizeof(half));
	if (!getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &now, &len))
		__atomic_store_n(&ct->stats->rcvbuf, (uint64_t)now, __ATOMIC_RELAXED);
}

static void rcvbuf_grow(struct ct *ct)
{
	uint64_t most = ct->o.rcvbuf_max * (1 << 20), want = ct->stats->rcvbuf * 2;

	if (ct->stats->rcvbuf < most)
		ct_rcvbuf_set(ct, want < most ? want : most);
}

/* Grows the buffer in time, where the queue is longer than half of it. */
static void rcvbuf_watch(struct ct *ct)
{
	uint32_t mem[SK_MEMINFO_VARS];
	socklen_t len = sizeof(mem);

	if (!getsockopt(ct->events.fd, SOL_SOCKET, SO_MEMINFO, mem, &len) &&
	    mem[SK_MEMINFO_RMEM_ALLOC] > mem[SK_MEMINFO_RCVBUF] / 2)
		rcvbuf_grow(ct);
}

bool ct_events_read(struct ct *ct)
{
	int n = netlink_receive_batch(&ct->events, ct->msg, EVENT_BATCH, MSG_DONTWAIT);

	if (n < 0) {
		if (n == -ENOBUFS) {
			ct_lose(ct, &ct->stats->lost);
			rcvbuf_grow(ct);
		}
		return n == -ENOBUFS;
	}
	for (int i = 0; i < n; i++) {
		if (ct->msg[i].msg_hdr.msg_flags & MSG_TRUNC)
			ct_lose(ct, &ct->stats->truncated);
		else if (ct->msg[i].msg_len)	/* else it is not the kernel's */
			ct_take_entry(ct, (void *)ct->event_buf[i], ct->msg[i].msg_len, FLOW_NEW);
	}
	__atomic_store_n(&ct->stats->events, ct->stats->events + n, __ATOMIC_RELAXED);
	ct_book(ct);
	if (n == EVENT_BATCH)
		rcvbuf_watch(ct);
	return n == EVENT_BATCH;
}
