// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * track.c - makes the kernel track: the rule of --track, and the probe that
 * tells whether the kernel tracks. The sysctls are in track/sysctl.c.
 */
#include "track.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
/* after the kernel's nfnetlink.h, since it includes an older one */
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/netlink.h"

#define TABLE_PREFIX "flowtop-"	/* and the PID */
#define PROBE_MS 100		/* loopback needs some µs */

static struct netlink rule_socket = NETLINK_CLOSED;	/* the table lives as long as it */

/* ---- the rule ---- */

static struct nlmsghdr *put_message(struct mnl_nlmsg_batch *batch, uint16_t type,
				    uint16_t flags, uint8_t family, uint16_t res_id)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(mnl_nlmsg_batch_current(batch));
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res_id);
	return nlh;
}

static struct nlmsghdr *put_nft(struct mnl_nlmsg_batch *batch, uint16_t type)
{
	return put_message(batch, NFNL_SUBSYS_NFTABLES << 8 | type,
			   NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET, 0);
}

/* The comment that "nft list ruleset" shows: type 0, length, text. */
static void put_table_comment(struct nlmsghdr *nlh)
{
	static const char comment[] = "makes the kernel track for flowtop --track";
	struct { uint8_t type, len; char text[sizeof(comment)]; } data = {
		.type = 0, .len = sizeof(comment),
	};

	memcpy(data.text, comment, sizeof(comment));
	mnl_attr_put(nlh, NFTA_TABLE_USERDATA, sizeof(data), &data);
}

static void put_table(struct mnl_nlmsg_batch *batch, const char *table)
{
	struct nlmsghdr *nlh = put_nft(batch, NFT_MSG_NEWTABLE);

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, table);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(NFT_TABLE_F_OWNER));
	put_table_comment(nlh);
	mnl_nlmsg_batch_next(batch);
}

static void put_chain(struct mnl_nlmsg_batch *batch, const char *table)
{
	struct nlmsghdr *nlh = put_nft(batch, NFT_MSG_NEWCHAIN);

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, "track");
	mnl_nlmsg_batch_next(batch);
}

static void put_rule(struct mnl_nlmsg_batch *batch, const char *table)
{
	struct nlmsghdr *nlh = put_nft(batch, NFT_MSG_NEWRULE);
	struct nlattr *list, *elem, *data;

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, "track");
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	elem = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, "ct");
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	mnl_attr_put_u32(nlh, NFTA_CT_KEY, htonl(NFT_CT_STATE));
	mnl_attr_put_u32(nlh, NFTA_CT_DREG, htonl(NFT_REG_1));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, elem);
	mnl_attr_nest_end(nlh, list);
	mnl_nlmsg_batch_next(batch);
}

static int send_rule(const struct netlink *nl)
{
	char buf[4096] = { 0 }, table[32];	/* attributes are padded with what is there */
	struct mnl_nlmsg_batch *batch = mnl_nlmsg_batch_start(buf, sizeof(buf) / 2);
	int ret;

	if (!batch)
		return -ENOMEM;
	snprintf(table, sizeof(table), TABLE_PREFIX "%d", (int)getpid());
	put_message(batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	mnl_nlmsg_batch_next(batch);
	put_table(batch, table);
	put_chain(batch, table);
	put_rule(batch, table);
	put_message(batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	mnl_nlmsg_batch_next(batch);
	ret = netlink_send(nl, mnl_nlmsg_batch_head(batch), mnl_nlmsg_batch_size(batch));
	mnl_nlmsg_batch_stop(batch);
	return ret;
}

/*
 * One answer for each of table, chain and rule, or one for the whole batch.
 * All of them wait in the socket when sendto() returns, so none: -EIO.
 */
static int read_answers(const struct netlink *nl)
{
	char buf[8192];
	int error = -EIO;

	for (int left = 3; left > 0; ) {
		ssize_t n = netlink_receive(nl, buf, sizeof(buf), MSG_DONTWAIT);
		const struct nlmsghdr *nlh = (void *)buf;
		int len = n;

		if (n < 0)
			return error;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len), left--) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

			if (nlh->nlmsg_type == NLMSG_ERROR && e->error)
				return e->error;
			error = 0;
		}
	}
	return error;
}

static int find_flowtop_table(void *ctx, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	bool *found = ctx;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_TABLE_NAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0 &&
		    !strncmp(mnl_attr_get_str(attr), TABLE_PREFIX, strlen(TABLE_PREFIX)))
			*found = true;
	return 0;
}

bool track_by_flowtop(void)
{
	char buf[64] __attribute__((aligned(8))) = { 0 };
	struct netlink nl = NETLINK_CLOSED;
	bool found = false;
	struct nlmsghdr *nlh;

	if (netlink_open(&nl, NETLINK_NETFILTER, 0, 0))
		return false;
	nlh = netlink_request(&nl, buf, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE,
			      NLM_F_DUMP, sizeof(struct nfgenmsg));
	netlink_query(&nl, nlh, find_flowtop_table, &found);
	netlink_close(&nl);
	return found;
}

int track_rule_add(void)
{
	struct netlink nl = NETLINK_CLOSED;
	int ret = netlink_open(&nl, NETLINK_NETFILTER, 0, 0);

	if (ret)
		return ret == -EPROTONOSUPPORT ? -EOPNOTSUPP : ret;
	ret = send_rule(&nl);
	if (!ret)
		ret = read_answers(&nl);
	if (ret) {
		netlink_close(&nl);
		return ret == -EINVAL ? -EOPNOTSUPP : ret;	/* a flag before 5.12 */
	}
	rule_socket = nl;
	return 0;
}

void track_rule_remove(void)
{
	netlink_close(&rule_socket);
}

/* ---- the probe ---- */

/* A UDP socket of the loopback address, connected to itself. */
static int self_socket(int family, struct sockaddr_storage *own)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	struct sockaddr *sa = (struct sockaddr *)own;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memcpy(own, family == AF_INET ? (void *)&v4 : (void *)&v6, len);
	if (bind(fd, sa, len) < 0 || getsockname(fd, sa, &len) < 0 || connect(fd, sa, len) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* The datagram goes out and comes in: then its entry is in the table. */
static int send_to_self(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (send(fd, "", 0, 0) < 0)
		return -errno;
	return poll(&p, 1, PROBE_MS) == 1 ? 0 : -ETIMEDOUT;
}

static struct nf_conntrack *tuple_of(const struct sockaddr_storage *own)
{
	const struct sockaddr_in6 *v6 = (const void *)own;
	const struct sockaddr_in *v4 = (const void *)own;
	struct nf_conntrack *ct = nfct_new();

	if (!ct)
		return NULL;
	nfct_set_attr_u8(ct, ATTR_L3PROTO, own->ss_family);
	nfct_set_attr_u8(ct, ATTR_L4PROTO, IPPROTO_UDP);
	if (own->ss_family == AF_INET) {
		nfct_set_attr_u32(ct, ATTR_IPV4_SRC, v4->sin_addr.s_addr);
		nfct_set_attr_u32(ct, ATTR_IPV4_DST, v4->sin_addr.s_addr);
	} else {
		nfct_set_attr(ct, ATTR_IPV6_SRC, &v6->sin6_addr);
		nfct_set_attr(ct, ATTR_IPV6_DST, &v6->sin6_addr);
	}
	nfct_set_attr_u16(ct, ATTR_PORT_SRC, v4->sin_port);	/* at one place in both */
	nfct_set_attr_u16(ct, ATTR_PORT_DST, v4->sin_port);
	return ct;
}

/* Is there such an entry? It was made by the probe only, and is deleted. */
static int query_entry(const struct sockaddr_storage *own)
{
	struct nfct_handle *h = nfct_open(CONNTRACK, 0);
	struct nf_conntrack *ct = tuple_of(own);
	int ret = -ENOMEM;

	if (!h)
		ret = -errno;
	if (!h || !ct)
		goto out;
	if (nfct_query(h, NFCT_Q_GET, ct) == 0) {
		nfct_query(h, NFCT_Q_DESTROY, ct);
		ret = 1;
	} else {
		ret = errno == ENOENT ? 0 : -errno;
	}
out:
	if (ct)
		nfct_destroy(ct);
	if (h)
		nfct_close(h);
	return ret;
}

static int probe_family(int family, uint16_t *port)
{
	struct sockaddr_storage own = { 0 };
	int fd = self_socket(family, &own);
	int error, ret;

	if (fd < 0)
		return fd;
	*port = ntohs(((struct sockaddr_in *)&own)->sin_port);	/* at one place in both */
	error = send_to_self(fd);
	ret = query_entry(&own);	/* also of a datagram that was dropped on its way in */
	close(fd);
	return ret ? ret : error;
}

/* "notrack" of nft, or the target of iptables (NFTA_TARGET_NAME, "CT"). */
static int see_notrack(void *ctx, const struct nlmsghdr *nlh)
{
	static const struct { struct nlattr attr; char name[4]; } target = {
		{ NLA_HDRLEN + sizeof("CT"), NFTA_TARGET_NAME }, "CT",
	};
	const void *rule = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	*(bool *)ctx |= memmem(rule, len, "notrack", 7) || memmem(rule, len, "NOTRACK", 7) ||
			memmem(rule, len, &target, target.attr.nla_len);
	return 0;
}

/* Does a rule exempt something from tracking, maybe the probe? Also true if that is
 * not known. */
static bool rules_exempt(void)
{
	char buf[256] = { 0 };
	struct netlink nl = NETLINK_CLOSED;
	struct nlmsghdr *nlh;
	bool seen = false;
	int error = netlink_open(&nl, NETLINK_NETFILTER, 0, 0);

	if (error)
		return true;
	nlh = netlink_request(&nl, buf, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP,
			      sizeof(struct nfgenmsg));
	error = netlink_query(&nl, nlh, see_notrack, &seen);
	netlink_close(&nl);
	return seen || (error && error != -EOPNOTSUPP && error != -EINVAL);
}

int track_probe(struct track_ports *ports)
{
	struct track_ports own = { 0 };
	int v4 = probe_family(AF_INET, &own.v4);
	int v6 = v4 == 1 ? 0 : probe_family(AF_INET6, &own.v6);

	if (ports)
		*ports = own;
	if (v4 == 1 || v6 == 1)
		return 1;
	if (v4 && v6)
		return v4;
	return rules_exempt() ? -ENOTSUP : 0;
}
