// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * action.c - acts on a flow. The commands that do the same are in
 * action/print.c.
 */
#include "action.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "action/int.h"
#include "ct.h"

int action_delete(const struct row *r)
{
	return ct_delete(&r->flow->key, r->flow->id);
}

/* ---- sockets ---- */

/*
 * What came in is answered from the reply's source, which is where the
 * socket is bound even behind a DNAT; what went out left from the original's.
 */
struct flow_ends action_socket_ends(const struct flow *f)
{
	const struct flow_ends *e = &f->reply;

	if (flow_read(f->direction) == FLOW_IN)
		return *e;
	return f->key.orig;
}

bool action_has_socket(const struct row *r)
{
	uint8_t l4 = r->flow->key.l4;
	bool local = flow_read(r->flow->direction) != FLOW_FORWARDED ||
		     (r->owner && r->owner->netns[0]);

	return local && (l4 == IPPROTO_TCP || l4 == IPPROTO_UDP || l4 == IPPROTO_UDPLITE);
}

static void put_addr(uint32_t *to, const struct addr *a, bool v4)
{
	memset(to, 0, 16);
	memcpy(to, a->byte + (v4 ? 12 : 0), v4 ? 4 : 16);
}

static void put_ends(struct inet_diag_sockid *id, const struct flow_ends *e, bool v4)
{
	id->idiag_sport = htons(e->sport);
	id->idiag_dport = htons(e->dport);
	put_addr(id->idiag_src, &e->src, v4);
	put_addr(id->idiag_dst, &e->dst, v4);
}

/* The exact look-up of UDP has the ends the other way round. */
static struct flow_ends lookup_ends(const struct flow_ends *e, uint8_t l4)
{
	if (l4 == IPPROTO_TCP)
		return *e;
	return (struct flow_ends){
		.src = e->dst, .dst = e->src, .sport = e->dport, .dport = e->sport,
	};
}

static struct flow_ends answer_ends(const struct inet_diag_msg *m)
{
	bool v4 = m->idiag_family == AF_INET;

	return (struct flow_ends){
		.src = v4 ? addr_v4(m->id.idiag_src) : addr_v6(m->id.idiag_src),
		.dst = v4 ? addr_v4(m->id.idiag_dst) : addr_v6(m->id.idiag_dst),
		.sport = ntohs(m->id.idiag_sport), .dport = ntohs(m->id.idiag_dport),
	};
}

static bool ends_equal(const struct flow_ends *a, const struct flow_ends *b)
{
	return addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst) &&
	       a->sport == b->sport && a->dport == b->dport;
}

/*
 * One request and its answer. @cookie and the interface that it is bound to
 * are the request's, and the answer's after a look-up.
 */
struct request {
	struct mnl_socket *nl;
	uint8_t l3, l4;
	struct inet_diag_sockid id;
	struct inet_diag_msg answer;
};

static int on_answer(const struct nlmsghdr *nlh, void *ctx)
{
	struct request *q = ctx;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(q->answer))
		return MNL_CB_OK;
	memcpy(&q->answer, mnl_nlmsg_get_payload(nlh), sizeof(q->answer));
	return MNL_CB_STOP;
}

static int ask(struct request *q, uint16_t type, uint16_t flags)
{
	char buf[8192];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	ssize_t n;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	req->sdiag_family = q->l3;
	req->sdiag_protocol = q->l4;
	req->idiag_states = UINT32_MAX;
	req->id = q->id;
	if (mnl_socket_sendto(q->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(q->nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, n, 0, 0, on_answer, q) < 0)
		return -errno;
	return 0;
}

/*
 * Looks the socket up and closes just that one. Without the cookie the kernel
 * would take the listener where the connection is over.
 */
static int close_exactly(struct request *q, const struct flow_ends *ends)
{
	struct flow_ends asked = lookup_ends(ends, q->l4), found;
	int ret;

	put_ends(&q->id, &asked, q->l3 == AF_INET);
	memset(q->id.idiag_cookie, 0xff, sizeof(q->id.idiag_cookie));
	ret = ask(q, SOCK_DIAG_BY_FAMILY, 0);
	if (ret)
		return ret;
	found = answer_ends(&q->answer);
	if (q->answer.idiag_state == TCP_LISTEN)
		return -ENOENT;
	if (!ends_equal(&found, ends))
		return -ENOTCONN;
	q->id = q->answer.id;
	put_ends(&q->id, ends, q->l3 == AF_INET);
	return ask(q, SOCK_DESTROY, NLM_F_ACK);
}

static int close_here(const struct row *r)
{
	struct flow_ends ends = action_socket_ends(r->flow);
	struct request q = { .l3 = r->flow->key.l3, .l4 = r->flow->key.l4 };
	int ret;

	q.nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!q.nl)
		return -errno;
	ret = mnl_socket_bind(q.nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno
								: close_exactly(&q, &ends);
	mnl_socket_close(q.nl);
	return ret;
}

/* ---- the owner ---- */

static bool has_owner(const struct row *r)
{
	return r->owner && r->owner->pid;
}

/* Field 22 of /proc/PID/stat; the name before it may hold anything. 0: gone. */
static uint64_t start_time_of(uint32_t pid)
{
	char path[64], buf[1024];
	const char *s;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	buf[len] = '\0';
	s = strrchr(buf, ')');
	for (int field = 2; s && field < 22; field++)
		s = strchr(s + 1, ' ');
	return s ? strtoull(s + 1, NULL, 10) : 0;
}

/* A descriptor of just the process that the row shows. */
static int owner_open(const struct owner *o)
{
	int fd = pidfd_open(o->pid, 0);

	if (fd < 0)
		return -errno;
	if (start_time_of(o->pid) == o->start_time)
		return fd;
	close(fd);
	return -ESRCH;
}

int action_signal(const struct row *r, int signal)
{
	int fd, ret;

	if (!has_owner(r))
		return -ESRCH;
	fd = owner_open(r->owner);
	if (fd < 0)
		return fd;
	ret = pidfd_send_signal(fd, signal, NULL, 0) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Closes in the owner's network namespace, and comes back. */
static int close_elsewhere(const struct row *r)
{
	int here, there, ret;

	if (!has_owner(r))
		return -ESRCH;
	there = owner_open(r->owner);
	if (there < 0)
		return there;
	here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (here < 0) {
		ret = -errno;
		goto out_there;
	}
	ret = setns(there, CLONE_NEWNET) < 0 ? -errno : close_here(r);
	/* to our own namespace the way back is always open */
	if (setns(here, CLONE_NEWNET) < 0 && !ret)
		ret = -errno;
	close(here);
out_there:
	close(there);
	return ret;
}

int action_close_socket(const struct row *r)
{
	if (!action_has_socket(r))
		return -EOPNOTSUPP;
	return r->owner && r->owner->netns[0] ? close_elsewhere(r) : close_here(r);
}

/* ---- errors ---- */

const char *action_problem(int error)
{
	switch (-error) {
	case ENOENT:
		return "it is gone already";
	case ESRCH:
		return "its process is gone, or not known";
	case ENOTCONN:
		return "its socket talks to others as well";
	case EOPNOTSUPP:
		return "there is no such socket here, or the kernel cannot do it";
	case EPERM:
	case EACCES:
		return "not permitted";
	default:
		return strerror(-error);
	}
}
