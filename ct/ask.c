/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct/ask.c - single questions to conntrack: an entry by its tuple, its
 * deletion, statistics; and the event filter.
 */
#include "ct/int.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "lib/compat.h"
#include "lib/file.h"
#include "lib/netlink.h"
#include "lib/proto.h"

#define ASK_SIZE 4096

/* ---- tuples ---- */

static void set_ends(struct nf_conntrack *ct, const struct flow_key *key)
{
	const struct flow_ends *e = &key->orig;

	nfct_set_attr_u8(ct, ATTR_L3PROTO, key->l3);
	nfct_set_attr_u8(ct, ATTR_L4PROTO, key->l4);
	if (key->l3 == AF_INET) {
		nfct_set_attr_u32(ct, ATTR_IPV4_SRC, e->src.word[3]);
		nfct_set_attr_u32(ct, ATTR_IPV4_DST, e->dst.word[3]);
	} else {
		nfct_set_attr(ct, ATTR_IPV6_SRC, e->src.byte);
		nfct_set_attr(ct, ATTR_IPV6_DST, e->dst.byte);
	}
	if (proto_is_icmp(key->l4)) {
		nfct_set_attr_u8(ct, ATTR_ICMP_TYPE, e->dport >> 8);
		nfct_set_attr_u8(ct, ATTR_ICMP_CODE, e->dport & 0xff);
		nfct_set_attr_u16(ct, ATTR_ICMP_ID, htons(e->sport));
	} else {
		nfct_set_attr_u16(ct, ATTR_PORT_SRC, htons(e->sport));
		nfct_set_attr_u16(ct, ATTR_PORT_DST, htons(e->dport));
	}
}

bool ct_put_key(struct nlmsghdr *nlh, const struct flow_key *key)
{
	struct nf_conntrack *ct = nfct_new();

	if (!ct)
		return false;
	set_ends(ct, key);
	if (key->zone)
		nfct_set_attr_u16(ct, ATTR_ZONE, key->zone);
	nfct_nlmsg_build(nlh, ct);
	nfct_destroy(ct);
	return true;
}

static int send_delete(struct netlink *nl, const struct flow_key *key, uint32_t id)
{
	char buf[ASK_SIZE] = "";
	struct nlmsghdr *nlh = ct_request(nl, buf, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, key->l3);

	if (!ct_put_key(nlh, key))
		return -ENOMEM;
	mnl_attr_put_u32(nlh, CTA_ID, htonl(id));
	return netlink_query(nl, nlh, NULL, NULL);
}

int ct_delete(const struct flow_key *key, uint32_t id)
{
	struct netlink nl;
	int ret = netlink_open(&nl, NETLINK_NETFILTER, 0, 0);

	if (ret)
		return ret;
	ret = send_delete(&nl, key, id);
	netlink_close(&nl);
	return ret;
}

/* ---- statistics ---- */

static void stats_cpu(struct ct_cpu_sums *sums, const struct nlmsghdr *nlh)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		uint32_t n;

		if (mnl_attr_get_payload_len(a) < sizeof(n))
			continue;
		n = ntohl(mnl_attr_get_u32(a));
		switch (mnl_attr_get_type(a)) {
		case CTA_STATS_INSERT_FAILED:
			sums->insert_failed += n;
			break;
		case CTA_STATS_DROP:
			sums->drop += n;
			break;
		case CTA_STATS_EARLY_DROP:
			sums->early_drop += n;
			break;
		}
	}
}

static void stats_global(struct flow_stats *stats, const struct nlmsghdr *nlh)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		uint64_t n;

		if (mnl_attr_get_payload_len(a) < sizeof(uint32_t))
			continue;
		n = ntohl(mnl_attr_get_u32(a));
		if (mnl_attr_get_type(a) == CTA_STATS_GLOBAL_ENTRIES)
			__atomic_store_n(&stats->kernel_count, n, __ATOMIC_RELAXED);
		else if (mnl_attr_get_type(a) == CTA_STATS_GLOBAL_MAX_ENTRIES)
			__atomic_store_n(&stats->kernel_max, n, __ATOMIC_RELAXED);
	}
}

bool ct_stats_read(struct flow_stats *stats, struct ct_cpu_sums *sums,
		   const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS:
		stats_global(stats, nlh);
		return true;
	case NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS_CPU:
		stats_cpu(sums, nlh);
		return true;
	case NLMSG_DONE:
		__atomic_store_n(&stats->insert_failed, sums->insert_failed, __ATOMIC_RELAXED);
		__atomic_store_n(&stats->drop, sums->drop, __ATOMIC_RELAXED);
		__atomic_store_n(&stats->early_drop, sums->early_drop, __ATOMIC_RELAXED);
		return true;
	}
	return false;
}

#define SYSCTL "/proc/sys/net/netfilter/nf_conntrack_"

void ct_sysctl_read(struct flow_stats *stats)
{
	bool acct = file_number(SYSCTL "acct") > 0;
	bool timestamp = file_number(SYSCTL "timestamp") > 0;
	bool no_events = file_number(SYSCTL "events") == 0;

	__atomic_store_n(&stats->no_events, no_events, __ATOMIC_RELAXED);
	__atomic_store_n(&stats->acct, acct, __ATOMIC_RELAXED);
	__atomic_store_n(&stats->timestamp, timestamp, __ATOMIC_RELAXED);
}

int ct_count(uint64_t *count, uint64_t *max)
{
	int64_t n = file_number(SYSCTL "count"), m = file_number(SYSCTL "max");

	if (n < 0 || m < 0)
		return -ENOENT;
	*count = n;
	*max = m;
	return 0;
}

/* ---- the event filter ---- */

#define ACCEPT 0xffffffff
#define PROGRAM_MAX 64

struct program {
	struct sock_filter op[PROGRAM_MAX];
	unsigned n;
};

/* What is cut off at its end the kernel does not take. */
static void emit(struct program *p, uint16_t code, uint8_t yes, uint8_t no, uint32_t k)
{
	if (p->n < PROGRAM_MAX)
		p->op[p->n++] = (struct sock_filter){ code, yes, no, k };
}

static void accept_if_equal(struct program *p, uint32_t k)
{
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, k);
	emit(p, BPF_RET | BPF_K, 0, 0, ACCEPT);
}

/* A = offset of attribute @type in the nest at A (0: there is none, accept). */
static void step_into(struct program *p, uint16_t type, uint32_t how)
{
	emit(p, BPF_LDX | BPF_IMM, 0, 0, type);
	emit(p, BPF_LD | BPF_B | BPF_ABS, 0, 0, SKF_AD_OFF + how);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	emit(p, BPF_RET | BPF_K, 0, 0, ACCEPT);
}

static void test_family(struct program *p, unsigned families)
{
	emit(p, BPF_LD | BPF_B | BPF_ABS, 0, 0,
	     NLMSG_HDRLEN + offsetof(struct nfgenmsg, nfgen_family));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, families == FAMILY_V4 ? AF_INET : AF_INET6);
	emit(p, BPF_RET | BPF_K, 0, 0, 0);
}

/* CTA_TUPLE_ORIG > CTA_TUPLE_PROTO > CTA_PROTO_NUM, against each number. */
static void test_protos(struct program *p, const struct proto_set *protos)
{
	emit(p, BPF_LD | BPF_IMM, 0, 0, NLMSG_HDRLEN + sizeof(struct nfgenmsg));
	step_into(p, CTA_TUPLE_ORIG, SKF_AD_NLATTR);
	step_into(p, CTA_TUPLE_PROTO, SKF_AD_NLATTR_NEST);
	step_into(p, CTA_PROTO_NUM, SKF_AD_NLATTR_NEST);
	emit(p, BPF_MISC | BPF_TAX, 0, 0, 0);
	emit(p, BPF_LD | BPF_B | BPF_IND, 0, 0, NLA_HDRLEN);
	for (int l4 = 0; l4 < 256; l4++)
		if (proto_set_has(protos, l4))
			accept_if_equal(p, l4);
}

void ct_filter_attach(int fd, unsigned families, const struct proto_set *protos)
{
	struct program p = { .n = 0 };
	struct sock_fprog prog;
	unsigned n = 0;

	for (int l4 = 0; l4 < 256; l4++)
		n += proto_set_has(protos, l4);
	if (n > PROGRAM_MAX / 4)
		n = 0;		/* many protocols: the reader picks them out */
	if (families == FAMILY_BOTH && !n)
		return;
	if (families != FAMILY_BOTH)
		test_family(&p, families);
	if (n)
		test_protos(&p, protos);
	emit(&p, BPF_RET | BPF_K, 0, 0, n ? 0 : ACCEPT);
	prog = (struct sock_fprog){ p.n, p.op };
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}
