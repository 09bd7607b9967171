// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/portless.c - owners of flows of protocols without ports, if no record
 * says who began them.
 *
 * An echo belongs to the ping socket with its id, or to a process with a raw
 * socket whose process id is the id of the echo, as ping(8) does it. With
 * another id, any process could have sent the echo. Protocols that the kernel
 * speaks itself (tunnels, IPsec, replies) have no process. Any other flow belongs
 * to the raw socket that is connected to the far end, if its process was there
 * well before the flow (otherwise the sender may have ended, and this be a later
 * process); or, for an inbound flow, to the sockets that receive it, if these are
 * of one process. An unconnected socket proves nothing about what was sent,
 * however old it is.
 */
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdint.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/proto.h"
#include "proc_pid/int.h"
#include "proc_pid/raw.h"
#include "proc_pid/scan.h"

#define PIDS_MAX (4 << 20)	/* the kernel's PID_MAX_LIMIT */
#define LOOK_NS 1000000		/* at one process */

/* Tables that were read for the present tasks. */
struct tables {
	struct raw_sockets table[2][2];	/* IPv4 or 6, raw or ping */
	bool read[2][2];
};

static const struct raw_sockets *table_of(struct proc_pid *p, struct tables *all, uint8_t l3,
					  bool ping)
{
	unsigned v6 = l3 != AF_INET;

	if (!all->read[v6][ping])
		raw_read(p->proc_fd, l3, ping, &all->table[v6][ping]);
	all->read[v6][ping] = true;
	return &all->table[v6][ping];
}

/* ---- echoes ---- */

static bool is_echo(const struct flow_key *key)
{
	return key->orig.dport >> 8 == (key->l4 == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
}

struct holding {
	const struct sock *s;
	unsigned n;
	bool found;
};

/* proc_scan_fn */
static bool portless_held(void *ctx, uint32_t pid, int fd, uint32_t inode)
{
	struct holding *h = ctx;

	(void)pid;
	(void)fd;
	for (unsigned i = 0; i < h->n; i++)
		h->found |= h->s[i].inode == inode;
	return !h->found;
}

/* The process with one of these sockets and a process id that ends in @id; 0: none. */
static uint32_t holder_with_id(struct proc_pid *p, uint16_t id, const struct sock *s, unsigned n)
{
	struct holding h = { .s = s, .n = n };

	for (uint32_t pid = id; n && pid < PIDS_MAX; pid += UINT16_MAX + 1) {
		if (pid)
			proc_scan_sockets(p->proc_fd, pid, clock_ns() + LOOK_NS, portless_held, &h);
		if (h.found)
			return pid;
	}
	return 0;
}

static void find_echo(struct proc_pid *p, struct tables *all, struct task *t)
{
	struct sock s[RAW_MAX];
	uint16_t id = t->tuple.lport;
	unsigned n = raw_find(table_of(p, all, t->tuple.l3, true), &t->tuple, id, s);
	uint32_t pid;

	if (n == 1) {
		t->sock = s[0];
		t->state = TASK_SEARCH;
		return;
	}
	n = raw_find(table_of(p, all, t->tuple.l3, false), &t->tuple, t->tuple.l4, s);
	pid = holder_with_id(p, id, s, n);
	if (!pid)	/* some programs swap the bytes */
		pid = holder_with_id(p, __builtin_bswap16(id), s, n);
	if (!pid || !task_resolve_pid(p, t, pid, NULL))
		task_resolve(p, t, NULL, MATCH_NONE);
}

/* ---- other protocols ---- */

static bool is_kernels(uint8_t l4)
{
	static const uint8_t protocols[] = {
		IPPROTO_IGMP, IPPROTO_IPIP, IPPROTO_IPV6, IPPROTO_GRE, IPPROTO_ESP, IPPROTO_AH,
		IPPROTO_PIM, IPPROTO_COMP, 115 /* L2TP */,
	};

	for (unsigned i = 0; i < sizeof(protocols); i++)
		if (protocols[i] == l4)
			return true;
	return false;
}

/* Sockets that certainly send or receive the flow of the task. */
static unsigned find_sure(const struct raw_sockets *raw, const struct task *t,
			  struct sock s[RAW_MAX])
{
	unsigned n = raw_find(raw, &t->tuple, t->tuple.l4, s);

	if (raw->n == RAW_MAX)
		return 0;
	return n && (t->inbound || !sock_addr_is_any(&s[0].tuple.remote)) ? n : 0;
}

static void find_raw(struct proc_pid *p, struct tables *all, struct task *t)
{
	struct sock s[RAW_MAX];
	unsigned n = find_sure(table_of(p, all, t->tuple.l3, false), t, s);
	bool known = true;
	uint32_t pid;

	t->unsure = !t->inbound;
	if (n == 1) {
		t->sock = s[0];
		t->state = TASK_SEARCH;
		return;
	}
	pid = n ? task_common_pid(p, s, n, &known) : 0;
	if (!known && !p->swept)
		return;
	if (!pid || !task_resolve_pid(p, t, pid, NULL))
		task_resolve(p, t, NULL, MATCH_NONE);
}

/* ---- a round ---- */

bool task_is_portless(const struct proc_query *q)
{
	if (q->direction == FLOW_FORWARDED || proto_has_ports(q->key.l4))
		return false;
	if (proto_is_icmp(q->key.l4))
		return q->direction != FLOW_IN && is_echo(&q->key);
	return !is_kernels(q->key.l4);
}

void task_find_portless(struct proc_pid *p, struct task **t, unsigned n)
{
	struct tables all;

	memset(all.read, 0, sizeof(all.read));
	for (unsigned i = 0; i < n; i++) {
		t[i]->match = t[i]->inbound ? MATCH_LISTENER : MATCH_EXACT;
		if (proto_is_icmp(t[i]->tuple.l4))
			find_echo(p, &all, t[i]);
		else
			find_raw(p, &all, t[i]);
	}
}
