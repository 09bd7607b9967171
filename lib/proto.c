// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of protocols, states and flags; see proto.h. */
#include "lib/proto.h"

#include <netinet/in.h>		/* before the kernel's, which define the same */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_sctp.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/near.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	uint8_t l4;
	const char *name, *alias;
} protos[] = {
	{ IPPROTO_TCP, "tcp", NULL },
	{ IPPROTO_UDP, "udp", NULL },
	{ IPPROTO_ICMP, "icmp", NULL },
	{ IPPROTO_ICMPV6, "icmpv6", "ipv6-icmp" },
	{ IPPROTO_UDPLITE, "udplite", "udp-lite" },
	{ IPPROTO_SCTP, "sctp", NULL },
	{ IPPROTO_DCCP, "dccp", NULL },
	{ IPPROTO_GRE, "gre", NULL },
	{ IPPROTO_ESP, "esp", NULL },
	{ IPPROTO_AH, "ah", NULL },
	{ IPPROTO_IGMP, "igmp", NULL },
	{ IPPROTO_IPIP, "ipip", "ipencap" },
	{ IPPROTO_IPV6, "ipv6", NULL },
	{ IPPROTO_RSVP, "rsvp", NULL },
	{ 88, "eigrp", NULL },
	{ 89, "ospf", NULL },
	{ IPPROTO_PIM, "pim", NULL },
	{ 112, "vrrp", NULL },
	{ 115, "l2tp", NULL },
};

/* In the order in which they deserve a look. */
static const struct {
	uint8_t state;
	const char *name;
} tcp_states[] = {
	{ TCP_CONNTRACK_SYN_SENT, "SYN_SENT" },
	{ TCP_CONNTRACK_SYN_SENT2, "SYN_SENT2" },
	{ TCP_CONNTRACK_SYN_RECV, "SYN_RECV" },
	{ TCP_CONNTRACK_ESTABLISHED, "ESTABLISHED" },
	{ TCP_CONNTRACK_FIN_WAIT, "FIN_WAIT" },
	{ TCP_CONNTRACK_CLOSE_WAIT, "CLOSE_WAIT" },
	{ TCP_CONNTRACK_LAST_ACK, "LAST_ACK" },
	{ TCP_CONNTRACK_TIME_WAIT, "TIME_WAIT" },
	{ TCP_CONNTRACK_CLOSE, "CLOSE" },
	{ TCP_CONNTRACK_NONE, "NONE" },
};

static const char *const sctp_states[] = {
	[SCTP_CONNTRACK_NONE] = "NONE",
	[SCTP_CONNTRACK_CLOSED] = "CLOSED",
	[SCTP_CONNTRACK_COOKIE_WAIT] = "COOKIE_WAIT",
	[SCTP_CONNTRACK_COOKIE_ECHOED] = "COOKIE_ECHOED",
	[SCTP_CONNTRACK_ESTABLISHED] = "ESTABLISHED",
	[SCTP_CONNTRACK_SHUTDOWN_SENT] = "SHUTDOWN_SENT",
	[SCTP_CONNTRACK_SHUTDOWN_RECD] = "SHUTDOWN_RECD",
	[SCTP_CONNTRACK_SHUTDOWN_ACK_SENT] = "SHUTDOWN_ACK_SENT",
	[SCTP_CONNTRACK_HEARTBEAT_SENT] = "HEARTBEAT_SENT",
	[SCTP_CONNTRACK_HEARTBEAT_ACKED] = "HEARTBEAT_ACKED",
};

/* enum ct_dccp_states, which newer kernel headers no longer have */
static const char *const dccp_states[] = {
	"NONE", "REQUEST", "RESPOND", "PARTOPEN", "OPEN", "CLOSEREQ",
	"CLOSING", "TIMEWAIT", "IGNORE", "INVALID",
};

/* Ranks: TCP's by the table, then each protocol's states, then the unnamed. */
enum {
	RANK_TCP_OTHER = COUNT(tcp_states),
	RANK_SCTP,
	RANK_SCTP_OTHER = RANK_SCTP + COUNT(sctp_states),
	RANK_DCCP,
	RANK_DCCP_OTHER = RANK_DCCP + COUNT(dccp_states),
	RANK_STATELESS = PROTO_RANKS - 1,
};
_Static_assert(RANK_DCCP_OTHER < (int)RANK_STATELESS, "PROTO_RANKS is too small");

static const char *const status_names[] = {
	[IPS_EXPECTED_BIT] = "EXPECTED",
	[IPS_SEEN_REPLY_BIT] = "SEEN_REPLY",
	[IPS_ASSURED_BIT] = "ASSURED",
	[IPS_CONFIRMED_BIT] = "CONFIRMED",
	[IPS_SRC_NAT_BIT] = "SRC_NAT",
	[IPS_DST_NAT_BIT] = "DST_NAT",
	[IPS_SEQ_ADJUST_BIT] = "SEQ_ADJUST",
	[IPS_SRC_NAT_DONE_BIT] = "SRC_NAT_DONE",
	[IPS_DST_NAT_DONE_BIT] = "DST_NAT_DONE",
	[IPS_DYING_BIT] = "DYING",
	[IPS_FIXED_TIMEOUT_BIT] = "FIXED_TIMEOUT",
	[IPS_TEMPLATE_BIT] = "TEMPLATE",
	[IPS_UNTRACKED_BIT] = "UNTRACKED",
	[IPS_HELPER_BIT] = "HELPER",
	[IPS_OFFLOAD_BIT] = "OFFLOAD",
	[IPS_HW_OFFLOAD_BIT] = "HW_OFFLOAD",
};

const char *proto_name(uint8_t l4)
{
	for (unsigned i = 0; i < COUNT(protos); i++) {
		if (protos[i].l4 == l4)
			return protos[i].name;
	}
	return NULL;
}

/* A decimal number up to 255 and nothing else; -1: not that. */
static int proto_parse_number(const char *text)
{
	int n = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		n = n * 10 + (*text - '0');
		if (n > UINT8_MAX)
			return -1;
	}
	return n;
}

int proto_parse(const char *text)
{
	for (unsigned i = 0; i < COUNT(protos); i++) {
		if (!ascii_compare(text, protos[i].name) ||
		    (protos[i].alias && !ascii_compare(text, protos[i].alias)))
			return protos[i].l4;
	}
	return proto_parse_number(text);
}

void proto_near(struct near *near)
{
	for (unsigned i = 0; i < COUNT(protos); i++)
		near_try(near, protos[i].name);
}

bool proto_has_ports(uint8_t l4)
{
	switch (l4) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

/* Place in tcp_states, or past its end. */
static unsigned tcp_state_index(uint8_t state)
{
	unsigned i = 0;

	while (i < COUNT(tcp_states) && tcp_states[i].state != state)
		i++;
	return i;
}

const char *proto_state_name(uint8_t l4, uint8_t state)
{
	unsigned i;

	if (state == STATE_NONE)
		return NULL;
	switch (l4) {
	case IPPROTO_TCP:
		i = tcp_state_index(state);
		return i < COUNT(tcp_states) ? tcp_states[i].name : "OTHER";
	case IPPROTO_SCTP:
		return state < COUNT(sctp_states) ? sctp_states[state] : "OTHER";
	case IPPROTO_DCCP:
		return state < COUNT(dccp_states) ? dccp_states[state] : "OTHER";
	default:
		return NULL;
	}
}

unsigned proto_state_rank(uint8_t l4, uint8_t state)
{
	if (state == STATE_NONE)
		return RANK_STATELESS;
	switch (l4) {
	case IPPROTO_TCP:
		return tcp_state_index(state);
	case IPPROTO_SCTP:
		return state < COUNT(sctp_states) ? RANK_SCTP + state : RANK_SCTP_OTHER;
	case IPPROTO_DCCP:
		return state < COUNT(dccp_states) ? RANK_DCCP + state : RANK_DCCP_OTHER;
	default:
		return RANK_STATELESS;
	}
}

bool proto_state_at(unsigned i, uint8_t *l4, uint8_t *state)
{
	if (i < COUNT(tcp_states)) {
		*l4 = IPPROTO_TCP;
		*state = tcp_states[i].state;
		return true;
	}
	i -= COUNT(tcp_states);
	if (i < COUNT(sctp_states)) {
		*l4 = IPPROTO_SCTP;
		*state = i;
		return true;
	}
	i -= COUNT(sctp_states);
	if (i < COUNT(dccp_states)) {
		*l4 = IPPROTO_DCCP;
		*state = i;
		return true;
	}
	return false;
}

const char *proto_status_name(unsigned bit)
{
	return bit < COUNT(status_names) ? status_names[bit] : NULL;
}

/* ---- ICMP ---- */

static const char *const icmp_names[] = {
	[0] = "echo", [3] = "unreachable", [4] = "quench", [5] = "redirect", [8] = "echo",
	[9] = "router", [10] = "router", [11] = "exceeded", [12] = "parameter",
	[13] = "timestamp", [14] = "timestamp", [15] = "info", [16] = "info", [17] = "mask",
	[18] = "mask",
};

static const char *const icmpv6_names[] = {
	[1] = "unreachable", [2] = "too big", [3] = "exceeded", [4] = "parameter",
	[128] = "echo", [129] = "echo", [130] = "listener", [131] = "listener",
	[132] = "listener", [133] = "router", [134] = "router", [135] = "neighbour",
	[136] = "neighbour", [137] = "redirect", [139] = "node info", [140] = "node info",
	[143] = "listener",
};

const char *proto_icmp_name(uint8_t l4, uint8_t type)
{
	if (l4 == IPPROTO_ICMPV6)
		return type < COUNT(icmpv6_names) ? icmpv6_names[type] : NULL;
	return type < COUNT(icmp_names) ? icmp_names[type] : NULL;
}
