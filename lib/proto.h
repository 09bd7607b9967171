/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/proto.h - names of transport protocols, their connection states and the
 * flags of a conntrack entry. Tables only; any thread.
 */
#ifndef PROTO_H
#define PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_NONE 0xff		/* a protocol without states, or none seen yet */

/*
 * "tcp", "udp", "icmpv6", ...; a protocol without a name here gives NULL.
 */
const char *proto_name(uint8_t l4);

/* By name, or by number ("47"). Returns 0 to 255, or -1: no such protocol. */
int proto_parse(const char *text);

/* Offers all names, see near_try(). */
struct near;
void proto_near(struct near *near);

/* The protocol's tuple has ports (tcp, udp, udplite, sctp, dccp). */
bool proto_has_ports(uint8_t l4);

/* Both kinds of ICMP: the tuple has type, code and id. */
static inline bool proto_is_icmp(uint8_t l4)
{
	return l4 == 1 || l4 == 58;	/* IPPROTO_ICMP, IPPROTO_ICMPV6 */
}

/* "echo", "unreachable", ...: what an ICMP or ICMPv6 type is for; or NULL. */
const char *proto_icmp_name(uint8_t l4, uint8_t type);

/*
 * The kernel's name for a state (enum tcp_conntrack, sctp_conntrack,
 * ct_dccp_states of linux/netfilter) with '_': "SYN_SENT". NULL where there
 * is none. "OTHER" is a number that this table lacks.
 */
const char *proto_state_name(uint8_t l4, uint8_t state);

/*
 * Order in which states deserve a look, 0 first: SYN_SENT, SYN_SENT2,
 * SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE,
 * other TCP states, other protocols' states, stateless. Below PROTO_RANKS.
 */
#define PROTO_RANKS 64
unsigned proto_state_rank(uint8_t l4, uint8_t state);

/* Walks all known states: false where @i is past the end. */
bool proto_state_at(unsigned i, uint8_t *l4, uint8_t *state);

/* "ASSURED", "SEEN_REPLY", ...: bit @bit of enum ip_conntrack_status; or NULL. */
const char *proto_status_name(unsigned bit);

#endif
