/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct/parse.c - one conntrack message into a value.
 *
 * A single pass over the attributes, each length checked before it is read
 * (linux/netfilter/nfnetlink_conntrack.h has the layout; all numbers are in
 * network order). It is the hot path: nfct_nlmsg_parse() takes ten times as
 * long and an allocation, and is the oracle of the unit test.
 */
#include "ct.h"

#include <endian.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include "lib/proto.h"
#include "lib/text.h"

/* A run of attributes, aligned as netlink is; attr_next() takes the first off. */
struct attrs {
	const struct nlattr *at;
	unsigned left;
};

/* NULL: there is none, or what is there is none. */
static inline const struct nlattr *attr_next(struct attrs *s)
{
	const struct nlattr *a = s->at;
	unsigned whole;

	if (s->left < sizeof(*a) || a->nla_len < sizeof(*a) || a->nla_len > s->left)
		return NULL;
	whole = NLA_ALIGN(a->nla_len);
	s->left -= whole < s->left ? whole : s->left;
	s->at = (const struct nlattr *)((const char *)a + whole);
	return a;
}

static inline unsigned attr_type(const struct nlattr *a)
{
	return a->nla_type & NLA_TYPE_MASK;
}

static inline unsigned attr_len(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}

static inline const void *attr_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static inline struct attrs attr_nest(const struct nlattr *a)
{
	return (struct attrs){ attr_data(a), attr_len(a) };
}

static bool attr_u8(const struct nlattr *a, uint8_t *out)
{
	if (attr_len(a) < sizeof(*out))
		return false;
	*out = *(const uint8_t *)attr_data(a);
	return true;
}

static bool attr_u16(const struct nlattr *a, uint16_t *out)
{
	if (attr_len(a) < sizeof(*out))
		return false;
	memcpy(out, attr_data(a), sizeof(*out));
	*out = be16toh(*out);
	return true;
}

static bool attr_u32(const struct nlattr *a, uint32_t *out)
{
	if (attr_len(a) < sizeof(*out))
		return false;
	memcpy(out, attr_data(a), sizeof(*out));
	*out = be32toh(*out);
	return true;
}

static bool attr_u64(const struct nlattr *a, uint64_t *out)
{
	if (attr_len(a) < sizeof(*out))
		return false;
	memcpy(out, attr_data(a), sizeof(*out));
	*out = be64toh(*out);
	return true;
}

/* What a tuple must have to be one. */
enum { TUPLE_SRC = 1, TUPLE_DST = 2, TUPLE_PROTO = 4, TUPLE_WHOLE = 7 };

struct tuple {
	struct flow_ends ends;
	uint8_t l3, l4;
	uint16_t zone;
	unsigned have;
};

static void tuple_addr(struct tuple *t, const struct nlattr *a, struct addr *end,
		       unsigned have, uint8_t l3)
{
	unsigned len = l3 == AF_INET ? 4 : 16;

	if (t->l3 != l3 || attr_len(a) < len)
		return;
	*end = l3 == AF_INET ? addr_v4(attr_data(a)) : addr_v6(attr_data(a));
	t->have |= have;
}

static void parse_ip(struct tuple *t, struct attrs s)
{
	const struct nlattr *a;

	while ((a = attr_next(&s))) {
		switch (attr_type(a)) {
		case CTA_IP_V4_SRC:
			tuple_addr(t, a, &t->ends.src, TUPLE_SRC, AF_INET);
			break;
		case CTA_IP_V4_DST:
			tuple_addr(t, a, &t->ends.dst, TUPLE_DST, AF_INET);
			break;
		case CTA_IP_V6_SRC:
			tuple_addr(t, a, &t->ends.src, TUPLE_SRC, AF_INET6);
			break;
		case CTA_IP_V6_DST:
			tuple_addr(t, a, &t->ends.dst, TUPLE_DST, AF_INET6);
			break;
		}
	}
}

static void parse_proto(struct tuple *t, struct attrs s)
{
	uint8_t type = 0, code = 0;
	const struct nlattr *a;

	while ((a = attr_next(&s))) {
		switch (attr_type(a)) {
		case CTA_PROTO_NUM:
			if (attr_u8(a, &t->l4))
				t->have |= TUPLE_PROTO;
			break;
		case CTA_PROTO_SRC_PORT:
		case CTA_PROTO_ICMP_ID:
		case CTA_PROTO_ICMPV6_ID:
			attr_u16(a, &t->ends.sport);
			break;
		case CTA_PROTO_DST_PORT:
			attr_u16(a, &t->ends.dport);
			break;
		case CTA_PROTO_ICMP_TYPE:
		case CTA_PROTO_ICMPV6_TYPE:
			attr_u8(a, &type);
			break;
		case CTA_PROTO_ICMP_CODE:
		case CTA_PROTO_ICMPV6_CODE:
			attr_u8(a, &code);
			break;
		}
	}
	if (proto_is_icmp(t->l4))
		t->ends.dport = type << 8 | code;
}

static bool parse_tuple(struct tuple *t, uint8_t l3, const struct nlattr *nest)
{
	struct attrs s = attr_nest(nest);
	const struct nlattr *a;

	memset(t, 0, sizeof(*t));
	t->l3 = l3;
	while ((a = attr_next(&s))) {
		switch (attr_type(a)) {
		case CTA_TUPLE_IP:
			parse_ip(t, attr_nest(a));
			break;
		case CTA_TUPLE_PROTO:
			parse_proto(t, attr_nest(a));
			break;
		case CTA_TUPLE_ZONE:
			attr_u16(a, &t->zone);
			break;
		}
	}
	return t->have == TUPLE_WHOLE;
}

/* The state's attribute has number 1 for TCP, SCTP and DCCP alike. */
_Static_assert(CTA_PROTOINFO_TCP_STATE == 1 && CTA_PROTOINFO_SCTP_STATE == 1 &&
	       CTA_PROTOINFO_DCCP_STATE == 1, "one number for all states");

static void parse_protoinfo(struct flow_update *u, struct attrs s)
{
	const struct nlattr *proto, *a;

	while ((proto = attr_next(&s))) {
		struct attrs in = attr_nest(proto);

		while ((a = attr_next(&in)))
			if (attr_type(a) == CTA_PROTOINFO_TCP_STATE && attr_u8(a, &u->state))
				u->have |= HAVE_STATE;
	}
}

static bool parse_counters(struct attrs s, uint64_t *packets, uint64_t *bytes)
{
	unsigned have = 0;
	const struct nlattr *a;

	while ((a = attr_next(&s))) {
		if (attr_type(a) == CTA_COUNTERS_PACKETS && attr_u64(a, packets))
			have |= 1;
		if (attr_type(a) == CTA_COUNTERS_BYTES && attr_u64(a, bytes))
			have |= 2;
	}
	return have == 3;
}

static void parse_timestamp(struct flow_update *u, struct attrs s)
{
	const struct nlattr *a;

	while ((a = attr_next(&s))) {
		if (attr_type(a) == CTA_TIMESTAMP_START && attr_u64(a, &u->start))
			u->have |= HAVE_START;
		if (attr_type(a) == CTA_TIMESTAMP_STOP && attr_u64(a, &u->stop))
			u->have |= HAVE_STOP;
	}
}

static void parse_helper(struct flow_update *u, struct attrs s)
{
	const struct nlattr *a;

	while ((a = attr_next(&s))) {
		if (attr_type(a) != CTA_HELP_NAME)
			continue;
		text_sanitise(u->helper, sizeof(u->helper), (const char *)attr_data(a),
			      strnlen((const char *)attr_data(a), attr_len(a)));
		u->have |= HAVE_HELPER;
	}
}

/* The kernel's are bits in words of its own; ours are bits in bytes. */
static void parse_labels(struct flow_update *u, const struct nlattr *a)
{
	unsigned long word[sizeof(u->labels) / sizeof(long)] = { 0 };

	memcpy(word, attr_data(a), attr_len(a) < sizeof(word) ? attr_len(a) : sizeof(word));
	for (unsigned i = 0; i < sizeof(u->labels); i++)
		u->labels[i] = word[i / sizeof(long)] >> (i % sizeof(long) * 8);
	u->have |= HAVE_LABELS;
}

/* An attribute of the entry that is neither tuple nor zone. */
static void parse_attr(struct flow_update *u, const struct nlattr *a)
{
	switch (attr_type(a)) {
	case CTA_STATUS:
		u->have |= attr_u32(a, &u->status) ? HAVE_STATUS : 0;
		break;
	case CTA_PROTOINFO:
		parse_protoinfo(u, attr_nest(a));
		break;
	case CTA_TIMEOUT:
		u->have |= attr_u32(a, &u->timeout) ? HAVE_TIMEOUT : 0;
		break;
	case CTA_MARK:
		u->have |= attr_u32(a, &u->mark) ? HAVE_MARK : 0;
		break;
	case CTA_COUNTERS_ORIG:
		if (parse_counters(attr_nest(a), &u->orig_packets, &u->orig_bytes))
			u->have |= HAVE_ORIG;
		break;
	case CTA_COUNTERS_REPLY:
		if (parse_counters(attr_nest(a), &u->reply_packets, &u->reply_bytes))
			u->have |= HAVE_REPL;
		break;
	case CTA_ID:
		u->have |= attr_u32(a, &u->id) ? HAVE_ID : 0;
		break;
	case CTA_TIMESTAMP:
		parse_timestamp(u, attr_nest(a));
		break;
	case CTA_HELP:
		parse_helper(u, attr_nest(a));
		break;
	case CTA_LABELS:
		parse_labels(u, a);
		break;
	}
}

static bool message_source(const struct nlmsghdr *nlh, uint8_t *source)
{
	switch (nlh->nlmsg_type) {
	case NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW:
		*source = nlh->nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL) ? FLOW_NEW : FLOW_UPDATE;
		return true;
	case NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE:
		*source = FLOW_DESTROY;
		return true;
	}
	return false;
}

/* What a program asked for bears the port id of its socket; dumps bear ours. */
static void parse_port(struct flow_update *u, const struct nlmsghdr *nlh)
{
	u->port = nlh->nlmsg_pid;
	if (u->source == FLOW_DESTROY && u->port)
		u->have |= HAVE_PORT;
}

bool ct_parse(const struct nlmsghdr *nlh, uint32_t len, struct flow_update *u)
{
	struct tuple orig = { .have = 0 }, reply = { .have = 0 };
	const struct nfgenmsg *nfg;
	uint16_t zone = 0;
	struct attrs s;
	const struct nlattr *a;

	if (len < NLMSG_LENGTH(sizeof(*nfg)) || nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*nfg)) ||
	    nlh->nlmsg_len > len || !message_source(nlh, &u->source))
		return false;
	nfg = NLMSG_DATA(nlh);
	if (nfg->nfgen_family != AF_INET && nfg->nfgen_family != AF_INET6)
		return false;
	u->have = 0;
	u->state = STATE_NONE;
	parse_port(u, nlh);
	s.at = (const void *)((const char *)nlh + NLMSG_SPACE(sizeof(*nfg)));
	s.left = nlh->nlmsg_len - NLMSG_LENGTH(sizeof(*nfg));
	while ((a = attr_next(&s))) {
		if (attr_type(a) == CTA_TUPLE_ORIG)
			parse_tuple(&orig, nfg->nfgen_family, a);
		else if (attr_type(a) == CTA_TUPLE_REPLY)
			parse_tuple(&reply, nfg->nfgen_family, a);
		else if (attr_type(a) == CTA_ZONE)
			attr_u16(a, &zone);
		else
			parse_attr(u, a);
	}
	if (orig.have != TUPLE_WHOLE || reply.have != TUPLE_WHOLE || !(u->have & HAVE_ID))
		return false;
	u->key = (struct flow_key){
		.orig = orig.ends, .l3 = orig.l3, .l4 = orig.l4,
		.zone = zone ? zone : orig.zone,
	};
	u->reply = reply.ends;
	if (orig.zone | reply.zone) {
		u->zone_dir = orig.zone ? ZONE_ORIGINAL : ZONE_REPLY;
		u->reply_zone = reply.zone;
		u->have |= HAVE_ZONE_DIR;
	}
	return true;
}
