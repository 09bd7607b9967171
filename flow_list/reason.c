// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flow_list/reason.c - why a flow ended.
 *
 * Since Linux 5.8 the kernel's last message of a flow has the state of its
 * protocol, and the time that was left unless the timeout ran out. Before 5.8, a
 * flow that was evicted looks like one that expired.
 */
#include "flow_list/reason.h"

#include <netinet/in.h>

#include <linux/netfilter/nf_conntrack_tcp.h>

#define LATE_MS 1000		/* the kernel tells whole seconds */

/* A flow whose last packets were seen counts as closed, whatever removes the entry. */
static enum flow_reason reason_of_tcp(const struct flow *f)
{
	if (f->key.l4 != IPPROTO_TCP)
		return REASON_NONE;
	switch (f->state) {
	case TCP_CONNTRACK_LAST_ACK:
	case TCP_CONNTRACK_TIME_WAIT:
		return REASON_CLOSED;
	case TCP_CONNTRACK_CLOSE:
		return REASON_RESET;
	}
	return REASON_NONE;
}

enum flow_reason reason_of(const struct flow *f, const struct flow_update *destroy, uint32_t now)
{
	enum flow_reason tcp = reason_of_tcp(f);

	if (destroy && destroy->have & HAVE_PORT)
		return REASON_DELETED;
	if (tcp != REASON_NONE)
		return tcp;
	if (destroy)
		return destroy->have & HAVE_TIMEOUT ? REASON_EVICTED : REASON_EXPIRED;
	return f->expires && (int32_t)(now + LATE_MS - f->expires) >= 0 ? REASON_EXPIRED :
									  REASON_UNKNOWN;
}
