/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ct/dump.c - dumps: when they come, what is asked for, and what the answers mean. */
#include "ct/int.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "lib/clock.h"
#include "lib/compat.h"

#define PROBE_MS	5000		/* between looks whether anything is tracked */
#define DRAIN_MAX	256		/* batches of events read before a dump is over */
#define TORN_MS		5		/* pause before a failed dump is retried, doubled
					 * with each failure in a row, up to 1.3 s */
#define TORN_STEPS	8

void ct_probe_tracking(struct ct *ct, uint32_t now)
{
	int on = 1;

	ct->probe = (struct track_ports){ 0 };	/* the port may be another's by now */
	if (!ct->stats->live)
		on = track_probe(&ct->probe);
	ct->next_probe = now + PROBE_MS;
	__atomic_store_n(&ct->stats->tracking,
			 on < 0 ? TRACKING_UNKNOWN : on ? TRACKING_ON : TRACKING_OFF,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&ct->probed, true, __ATOMIC_RELEASE);
}

void ct_legs_plan(struct ct *ct, bool by_protocol)
{
	static const uint8_t family[] = { AF_INET, AF_INET6 };

	ct->legs = 0;
	for (int f = 0; f < 2; f++) {
		if (!(ct->o.families & (f ? FAMILY_V6 : FAMILY_V4)))
			continue;
		for (int l4 = 0; by_protocol && l4 < 256; l4++) {
			if (!proto_set_has(&ct->o.protos, l4))
				continue;
			if (ct->legs == LEGS_MAX) {
				ct_legs_plan(ct, false);
				return;
			}
			ct->leg[ct->legs++] = (struct leg){ family[f], l4 };
		}
		if (!by_protocol)
			ct->leg[ct->legs++] = (struct leg){ family[f], 0 };
	}
	if (!by_protocol && ct->legs == 2) {
		ct->leg[0].family = AF_UNSPEC;
		ct->legs = 1;
	}
}

/* The kernel's CTA_FILTER_F_CTA_PROTO_NUM (net/netfilter/nf_conntrack_netlink.c). */
#define FILTER_PROTO_NUM (1u << 3)

static bool leg_send(struct ct *ct)
{
	const struct leg *leg = &ct->leg[ct->at_leg];
	char buf[256] = "";
	struct nlmsghdr *nlh = ct_request(&ct->dumps, buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP,
				       leg->family);
	struct nlattr *nest, *proto;

	if (leg->l4) {
		nest = mnl_attr_nest_start(nlh, CTA_TUPLE_ORIG);
		proto = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
		mnl_attr_put_u8(nlh, CTA_PROTO_NUM, leg->l4);
		mnl_attr_nest_end(nlh, proto);
		mnl_attr_nest_end(nlh, nest);
		nest = mnl_attr_nest_start(nlh, CTA_FILTER);
		mnl_attr_put_u32(nlh, CTA_FILTER_ORIG_FLAGS, FILTER_PROTO_NUM);
		mnl_attr_put_u32(nlh, CTA_FILTER_REPLY_FLAGS, 0);
		mnl_attr_nest_end(nlh, nest);
	}
	return !netlink_send(&ct->dumps, nlh, nlh->nlmsg_len);
}

/* A dump may fail as soon as it is requested (ENOBUFS, EPERM), again and again. */
static uint32_t torn_pause(unsigned torn)
{
	return torn ? TORN_MS << (torn < TORN_STEPS ? torn : TORN_STEPS) : 0;
}

uint32_t ct_dump_gap(const struct ct *ct)
{
	double least = ct->dump_cost * 100.0 / ct->o.budget;

	return least > ct->interval ? least : ct->interval;
}

static void dump_finish(struct ct *ct)
{
	uint32_t now = clock_ms(), cost;
	bool whole = !ct->dump_torn;

	ct_book(ct);
	for (int i = 0; whole && i < DRAIN_MAX && ct_events_read(ct); i++)
		;	/* no conclusion from these events is needed */
	flow_list_dump_end(ct->table, whole);
	ct->dumping = false;
	ct->dump_ended = now;
	cost = (clock_cpu() - ct->cpu_before) / 1000000;
	ct->dump_cost = cost;
	ct->next_dump = ct->dump_began + ct_dump_gap(ct);
	ct->dumps_torn = whole ? 0 : ct->dumps_torn + 1;
	ct->dump_after = now + torn_pause(ct->dumps_torn);
	if (!whole) {
		ct_lose(ct, &ct->stats->interrupted);
		ct->next_dump = now + cost;	/* at most half of the time */
		return;
	}
	if (!ct->probed)
		ct_probe_tracking(ct, now);
	__atomic_store_n(&ct->refreshed, ct->serving, __ATOMIC_RELEASE);
	eventfd_write(ct->done_fd, 1);
}

void ct_dump_begin(struct ct *ct)
{
	if (ct->lost)
		ct_bump(&ct->stats->resyncs);
	ct->dump_wanted = ct->dump_torn = ct->lost = false;
	ct->serving = __atomic_load_n(&ct->refresh, __ATOMIC_ACQUIRE);
	ct->at_leg = 0;
	ct->cpu_before = clock_cpu();
	ct->dump_began = clock_ms();
	ct->dumping = true;
	flow_list_dump_begin(ct->table);
	if (!leg_send(ct)) {
		ct->dump_torn = true;
		dump_finish(ct);
	}
}

/* The end of a request's answers: the next leg, or the dump's end. */
static void leg_done(struct ct *ct, int error)
{
	if ((error == -EOPNOTSUPP || error == -EINVAL) && ct->leg[ct->at_leg].l4) {
		ct_legs_plan(ct, false);	/* an older kernel: flowtop filters itself */
		ct->dump_torn = true;
	} else if (error) {
		ct->dump_torn = true;
	}
	if (!ct->dump_torn && ++ct->at_leg < ct->legs && leg_send(ct))
		return;
	if (!ct->dump_torn && ct->at_leg < ct->legs)
		ct->dump_torn = true;
	dump_finish(ct);
}

/* One datagram of a dump. */
static void dump_take(struct ct *ct, struct nlmsghdr *nlh, int len)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != ct->dumps.seq)
			continue;	/* of a dump given up */
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			ct->dump_torn = true;
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR) {
			leg_done(ct, netlink_error(nlh));
			return;
		}
		ct_take_entry(ct, nlh, len, FLOW_DUMPED);
	}
	if (len)
		ct->dump_torn = true;	/* a torn datagram */
}

bool ct_dump_read(struct ct *ct)
{
	ssize_t len = netlink_receive(&ct->dumps, ct->dump_buf, DUMP_SIZE, MSG_DONTWAIT);

	if (len == -EAGAIN)
		return false;
	if (len == -EMSGSIZE) {
		ct->dump_torn = true;
		ct_bump(&ct->stats->truncated);
		return true;
	}
	if (len < 0) {
		leg_done(ct, len);
		return false;
	}
	dump_take(ct, (struct nlmsghdr *)ct->dump_buf, len);
	ct_book(ct);
	return ct->dumping;
}
