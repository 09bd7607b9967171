// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/sock_diag.c - the kernel's sockets, by sock_diag(7).
 *
 * Many requests go out in one message; the answers come one in a datagram, in
 * order: half the cost of one by one. Two things in the kernel's interface
 * mislead: a UDP look-up needs the two ends reversed, and a look-up that fails
 * is answered with the listener. So each answer is compared with its request.
 *
 * A socket that is bound to a device is found only by a request that names the
 * device; otherwise the kernel answers as if there were no socket. So a socket
 * that was not found is requested again with each device in use.
 */
#include "proc_pid/sock_diag.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/budget.h"
#include "lib/clock.h"
#include "lib/netlink.h"

#define ASK_MAX		64	/* answers that surely fit into the receive buffer */
#define ANSWERS		32	/* read at once */
#define ANSWER_SIZE	1024
/* Listeners are never looked up; what they accept is bound as they are. */
#define CONNECTED	(((1 << (TCP_CLOSING + 1)) - 2) & ~(1 << TCP_LISTEN))
#define DEVICES_MAX	16	/* that sockets are bound to; others are ignored */
#define DUMPS_MS_PER_S	5	/* CPU time for dumps of bound sockets, */
#define DUMPS_BURST	20000000 /* ns that may be saved up for these */

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

/* The devices that sockets are bound to. */
struct devices {
	uint32_t index[DEVICES_MAX];
	unsigned n;
};

struct sock_diag {
	struct netlink nl;
	uint32_t first;		/* sequence number of the present round */
	struct devices devices;
	struct budget dumps;	/* for dumps of bound sockets */
	struct mmsghdr msg[ANSWERS];
	struct netlink_place place[ANSWERS];
	union {
		struct request request[ASK_MAX];
		uint8_t answer[ANSWERS][ANSWER_SIZE];
	} buf __attribute__((aligned(8)));
};

struct sock_diag *sock_diag_open(void)
{
	struct sock_diag *d = calloc(1, sizeof(*d));
	int on = 1, ret;

	if (!d)
		return NULL;
	ret = netlink_open(&d->nl, NETLINK_SOCK_DIAG, 0, 0);
	if (ret) {
		free(d);
		errno = -ret;
		return NULL;
	}
	d->dumps = (struct budget){ .left = DUMPS_BURST, .most = DUMPS_BURST,
				    .ms_per_s = DUMPS_MS_PER_S, .filled = clock_ms() };
	/* an error's message need not bring the request back */
	setsockopt(d->nl.fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	netlink_batch_init(d->msg, d->place, ANSWERS, d->buf.answer, ANSWER_SIZE);
	return d;
}

void sock_diag_close(struct sock_diag *d)
{
	if (d)
		netlink_close(&d->nl);
	free(d);
}

bool sock_addr_is_any(const struct addr *a)
{
	return !a->word[3] && !a->word[0] && !a->word[1] &&
	       (!a->word[2] || addr_is_v4(a));
}

/* ---- requests ---- */

static void sockid_set_end(uint8_t l3, const struct addr *a, uint16_t port, __be32 *to_addr,
		    __be16 *to_port)
{
	if (l3 == AF_INET)
		memcpy(to_addr, &a->word[3], 4);
	else
		memcpy(to_addr, a->word, 16);
	*to_port = htons(port);
}

static void sockid_set_ends(struct inet_diag_sockid *id, uint8_t l3, const struct addr *src,
		     uint16_t sport, const struct addr *dst, uint16_t dport)
{
	sockid_set_end(l3, src, sport, id->idiag_src, &id->idiag_sport);
	sockid_set_end(l3, dst, dport, id->idiag_dst, &id->idiag_dport);
}

static bool is_udp(uint8_t l4)
{
	return l4 == IPPROTO_UDP || l4 == IPPROTO_UDPLITE;
}

static void make_request(struct request *r, const struct sock_tuple *t, uint32_t seq,
			 bool info)
{
	struct inet_diag_sockid *id = &r->body.id;

	*r = (struct request){
		.head = {
			.nlmsg_len = sizeof(*r),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST,
			.nlmsg_seq = seq,
		},
		.body = {
			.sdiag_family = t->l3,
			.sdiag_protocol = t->l4,
			.idiag_ext = info ? 1 << (INET_DIAG_INFO - 1) : 0,
			.idiag_states = UINT32_MAX,
			.id.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
		},
	};
	if (is_udp(t->l4))
		sockid_set_ends(id, t->l3, &t->remote, t->rport, &t->local, t->lport);
	else
		sockid_set_ends(id, t->l3, &t->local, t->lport, &t->remote, t->rport);
}

/* ---- answers ---- */

static struct addr sockid_get_end(uint8_t family, const __be32 *bytes)
{
	return family == AF_INET ? addr_v4(bytes) : addr_v6(bytes);
}

/* tcpi_bytes_acked and tcpi_bytes_received (Linux 4.1), which <netinet/tcp.h> may lack. */
#define TCP_INFO_ACKED		120
#define TCP_INFO_RECEIVED	128

static void parse_info(const struct nlattr *attr, struct sock *s)
{
	struct tcp_info info = { 0 };
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&info, mnl_attr_get_payload(attr), len < sizeof(info) ? len : sizeof(info));
	s->rtt_us = info.tcpi_rtt;
	s->rttvar_us = info.tcpi_rttvar;
	s->retrans = info.tcpi_total_retrans;
	s->cwnd = info.tcpi_snd_cwnd;
	if (len < TCP_INFO_RECEIVED + sizeof(s->received))
		return;
	memcpy(&s->sent, (char *)mnl_attr_get_payload(attr) + TCP_INFO_ACKED, sizeof(s->sent));
	memcpy(&s->received, (char *)mnl_attr_get_payload(attr) + TCP_INFO_RECEIVED,
	       sizeof(s->received));
}

/*
 * What is left of a connection (TIME_WAIT, and FIN_WAIT2 mostly) or is not yet
 * one (SYN_RECV) is not a full socket: its uid means nothing. Full sockets have
 * an attribute that says how they are shut down.
 */
static void parse_attrs(const struct nlmsghdr *nlh, struct sock *s)
{
	const struct nlattr *attr;
	bool full = false;

	mnl_attr_for_each(attr, nlh, sizeof(struct inet_diag_msg)) {
		switch (mnl_attr_get_type(attr)) {
		case INET_DIAG_INFO:
			parse_info(attr, s);
			break;
		case INET_DIAG_SHUTDOWN:
			full = true;
			break;
		case INET_DIAG_SKV6ONLY:
			s->v6only = mnl_attr_get_payload_len(attr) == 1 &&
				    mnl_attr_get_u8(attr);
			break;
		case INET_DIAG_CGROUP_ID:
			if (mnl_attr_get_payload_len(attr) == sizeof(uint64_t))
				s->cgroup = mnl_attr_get_u64(attr);
			break;
		}
	}
	if (!full)
		s->uid = UINT32_MAX;
}

static bool parse_sock(const struct nlmsghdr *nlh, uint8_t l4, struct sock *s)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*m))
		return false;
	*s = (struct sock){
		.tuple = {
			.local = sockid_get_end(m->idiag_family, m->id.idiag_src),
			.remote = sockid_get_end(m->idiag_family, m->id.idiag_dst),
			.lport = ntohs(m->id.idiag_sport),
			.rport = ntohs(m->id.idiag_dport),
			.l3 = m->idiag_family,
			.l4 = l4,
		},
		.inode = m->idiag_inode,
		.uid = m->idiag_uid,
		.cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0],
		.ifindex = m->id.idiag_if,
		.state = m->idiag_state,
	};
	parse_attrs(nlh, s);
	return true;
}

/* Is the answer the socket of the request? */
static bool is_asked(const struct sock_tuple *ask, const struct sock *s)
{
	const struct sock_tuple *t = &s->tuple;

	if (t->lport != ask->lport)
		return false;
	if (is_udp(ask->l4) && !t->rport)
		return sock_addr_is_any(&t->local) || addr_equal(&t->local, &ask->local);
	return s->state != TCP_LISTEN && t->rport == ask->rport &&
	       addr_equal(&t->remote, &ask->remote) &&
	       addr_equal(&t->local, &ask->local);
}

/* ---- dumps ---- */

struct dump {
	uint8_t l4;
	sock_diag_fn *fn;
	void *ctx;
};

/* A dump request, with a filter for sockets that are bound to a device. */
struct dump_request {
	struct request head;
	struct nlattr attr;
	struct {
		struct inet_diag_bc_op device;
		uint32_t none;
		struct inet_diag_bc_op refuse;
	} program;
};

/* "not device 0": device 0 leads to the jump, which goes too far and so refuses. */
static void request_bound(struct dump_request *r)
{
	r->head.head.nlmsg_len = sizeof(*r);
	r->attr = (struct nlattr){
		.nla_len = sizeof(r->attr) + sizeof(r->program),
		.nla_type = INET_DIAG_REQ_BYTECODE,
	};
	r->program.device = (struct inet_diag_bc_op){ INET_DIAG_BC_DEV_COND, 8, 12 };
	r->program.none = 0;
	r->program.refuse = (struct inet_diag_bc_op){ INET_DIAG_BC_JMP, 4, 8 };
}

/* netlink_fn */
static int take_dumped(void *ctx, const struct nlmsghdr *nlh)
{
	const struct dump *dump = ctx;
	struct sock s;

	if (parse_sock(nlh, dump->l4, &s))
		dump->fn(dump->ctx, &s);
	return 0;
}

static int dump_family(struct sock_diag *d, uint8_t l3, uint32_t states, bool bound,
		       struct dump *dump)
{
	struct dump_request r;

	make_request(&r.head, &(struct sock_tuple){ .l3 = l3, .l4 = dump->l4 }, ++d->nl.seq,
		     false);
	r.head.head.nlmsg_flags |= NLM_F_DUMP;
	r.head.body.idiag_states = states;
	if (bound)
		request_bound(&r);
	return netlink_query(&d->nl, &r.head.head, take_dumped, dump);
}

/* Dumps the sockets that are bound to a device, if @bound, or all. */
static int diag_dump(struct sock_diag *d, uint32_t states, bool bound, struct dump *dump)
{
	int ret4 = dump_family(d, AF_INET, states, bound, dump);
	int ret6 = dump_family(d, AF_INET6, states, bound, dump);

	return ret4 ? ret4 : ret6;
}

int sock_diag_dump(struct sock_diag *d, uint8_t l4, uint32_t states,
		   sock_diag_fn *fn, void *ctx)
{
	return diag_dump(d, states, false, &(struct dump){ l4, fn, ctx });
}

/* ---- look-ups ---- */

static int diag_send_requests(struct sock_diag *d, const struct sock_tuple *ask, unsigned n,
			      bool info, uint32_t device)
{
	for (unsigned i = 0; i < n; i++) {
		make_request(&d->buf.request[i], &ask[i], d->first + i, info);
		d->buf.request[i].body.id.idiag_if = device;
	}
	return netlink_send(&d->nl, d->buf.request, n * sizeof(struct request));
}

/* One datagram: counts the answers in it to requests of this round. */
static unsigned diag_take_answer(struct sock_diag *d, const void *buf, unsigned len,
			    const struct sock_tuple *ask, unsigned n, struct sock *out)
{
	const struct nlmsghdr *nlh = buf;
	int left = len;
	unsigned answers = 0;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		uint32_t i = nlh->nlmsg_seq - d->first;

		if (i >= n)
			continue;
		answers++;
		if (!parse_sock(nlh, ask[i].l4, &out[i]) || !is_asked(&ask[i], &out[i]))
			out[i] = (struct sock){ .uid = UINT32_MAX };
	}
	return answers;
}

/* The kernel has answered when it has taken the requests in: nothing to wait for. */
static int diag_read_answers(struct sock_diag *d, const struct sock_tuple *ask, unsigned n,
			struct sock *out)
{
	unsigned answers = 0;

	while (answers < n) {
		unsigned left = n - answers;
		int got = netlink_receive_batch(&d->nl, d->msg, left < ANSWERS ? left : ANSWERS,
						MSG_DONTWAIT);

		if (got < 0)
			return got;
		for (int i = 0; i < got; i++)
			answers += diag_take_answer(d, d->buf.answer[i], d->msg[i].msg_len,
					       ask, n, out);
	}
	return 0;
}

/* Requests up to ASK_MAX sockets: bound to @device, or unbound. */
static int diag_ask(struct sock_diag *d, const struct sock_tuple *ask, unsigned n, bool info,
		    uint32_t device, struct sock *out)
{
	int ret;

	for (unsigned i = 0; i < n; i++)
		out[i] = (struct sock){ .uid = UINT32_MAX };
	/* late answers are not mistaken for the next ones */
	d->first = d->nl.seq + 1;
	d->nl.seq += ASK_MAX;
	ret = diag_send_requests(d, ask, n, info, device);
	return ret ? ret : diag_read_answers(d, ask, n, out);
}

/* ---- sockets that are bound to a device ---- */

static void devices_add(struct devices *dev, uint32_t index)
{
	for (unsigned i = 0; i < dev->n; i++)
		if (dev->index[i] == index)
			return;
	if (index && dev->n < DEVICES_MAX)
		dev->index[dev->n++] = index;
}

/* sock_diag_fn */
static void take_device(void *ctx, const struct sock *s)
{
	devices_add(ctx, s->ifindex);
}

static void devices_refresh(struct sock_diag *d)
{
	struct devices *dev = &d->devices;
	int64_t began = clock_cpu();

	if (budget_left(&d->dumps) <= 0)
		return;
	dev->n = 0;
	diag_dump(d, CONNECTED, true, &(struct dump){ IPPROTO_TCP, take_device, dev });
	diag_dump(d, CONNECTED, true, &(struct dump){ IPPROTO_UDP, take_device, dev });
	budget_spend(&d->dumps, began);
}

/* Requests that found nothing and may be bound to a device; and the devices to try. */
struct unfound {
	struct sock_tuple ask[ASK_MAX];
	unsigned place[ASK_MAX], n;
	bool twice[ASK_MAX];
	struct devices devices;
};

static void unfound_gather(struct unfound *u, const struct sock_tuple *ask, unsigned n,
			   const struct sock *out)
{
	for (unsigned i = 0; i < n; i++) {
		if (out[i].state || ask[i].device == NO_DEVICE)
			continue;
		u->place[u->n] = i;
		u->ask[u->n++] = ask[i];
	}
}

static void unfound_devices(struct sock_diag *d, struct unfound *u)
{
	bool any = false;

	for (unsigned i = 0; i < u->n; i++) {
		any |= u->ask[i].device == ANY_DEVICE;
		devices_add(&u->devices, u->ask[i].device);
	}
	if (any)
		devices_refresh(d);
	for (unsigned i = 0; any && i < d->devices.n; i++)
		devices_add(&u->devices, d->devices.index[i]);
}

static int unfound_ask(struct sock_diag *d, struct unfound *u, bool info, uint32_t device,
		       struct sock *out)
{
	struct sock s[ASK_MAX];
	int ret = diag_ask(d, u->ask, u->n, info, device, s);

	for (unsigned i = 0; i < u->n && !ret; i++) {
		struct sock *to = &out[u->place[i]];
		uint32_t wanted = u->ask[i].device;

		if (!s[i].state || (wanted != ANY_DEVICE && wanted != device))
			continue;
		u->twice[i] |= to->state && to->cookie != s[i].cookie;
		*to = s[i];
	}
	return ret;
}

static int ask_with_devices(struct sock_diag *d, const struct sock_tuple *ask, unsigned n,
			    bool info, struct sock *out)
{
	struct unfound u = { .n = 0 };
	int ret = 0;

	unfound_gather(&u, ask, n, out);
	if (u.n)
		unfound_devices(d, &u);
	for (unsigned i = 0; i < u.devices.n && !ret; i++)
		ret = unfound_ask(d, &u, info, u.devices.index[i], out);
	for (unsigned i = 0; i < u.n; i++)
		if (u.twice[i])
			out[u.place[i]] = (struct sock){ .uid = UINT32_MAX };
	return ret;
}

int sock_diag_lookup(struct sock_diag *d, const struct sock_tuple *ask, unsigned n,
		     bool info, struct sock *out)
{
	int ret = 0;

	for (unsigned i = 0; i < n; i++)
		out[i] = (struct sock){ .uid = UINT32_MAX };
	for (unsigned first = 0; first < n && !ret; first += ASK_MAX) {
		unsigned part = n - first < ASK_MAX ? n - first : ASK_MAX;

		ret = diag_ask(d, ask + first, part, info, 0, out + first);
		if (!ret)
			ret = ask_with_devices(d, ask + first, part, info, out + first);
	}
	return ret;
}

/* ---- closing one ---- */

/* To close a UDP socket its ends are in their own order, unlike in a look-up. */
int sock_diag_destroy(struct sock_diag *d, const struct sock *s)
{
	const struct sock_tuple *t = &s->tuple;
	struct request *r = d->buf.request;

	make_request(r, t, ++d->nl.seq, false);
	r->head.nlmsg_type = SOCK_DESTROY;
	r->head.nlmsg_flags |= NLM_F_ACK;
	sockid_set_ends(&r->body.id, t->l3, &t->local, t->lport, &t->remote, t->rport);
	r->body.id.idiag_if = s->ifindex;
	r->body.id.idiag_cookie[0] = s->cookie;
	r->body.id.idiag_cookie[1] = s->cookie >> 32;
	return netlink_query(&d->nl, &r->head, NULL, NULL);
}
