/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ct/get.c - requests to conntrack; single GETs for what is shown, statistics. */
#include "ct/int.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <urcu.h>

struct nlmsghdr *ct_request(struct netlink *nl, void *buf, uint16_t type, uint16_t flags,
			    uint8_t family)
{
	struct nlmsghdr *nlh = netlink_request(nl, buf, NFNL_SUBSYS_CTNETLINK << 8 | type, flags,
					       sizeof(struct nfgenmsg));
	struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);

	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	return nlh;
}

void ct_ask_window(struct ct *ct)
{
	char buf[512 * GETS_MAX / 2] = "";	/* libmnl does not clear what pads attributes */
	const struct flow_window *w;
	size_t len = 0;

	ct->gets = 0;
	ct->first_get = ct->asks.seq + 1;
	rcu_read_lock();
	w = flow_list_window_rcu(ct->table);
	for (unsigned i = 0; i < w->n && ct->gets < GETS_MAX; i++) {
		const struct flow *f = flow_list_get_rcu(ct->table, w->flow[i]);
		struct nlmsghdr *nlh;

		if (!f || flow_read(f->flags) & FLOW_ENDED || len > sizeof(buf) - 512)
			continue;
		nlh = ct_request(&ct->asks, buf + len, IPCTNL_MSG_CT_GET, 0, f->key.l3);
		if (!ct_put_key(nlh, &f->key))
			break;
		len += MNL_ALIGN(nlh->nlmsg_len);
		ct->get[ct->gets].key = f->key;
		ct->get[ct->gets++].id = f->id;
	}
	rcu_read_unlock();
	if (len)
		netlink_send(&ct->asks, buf, len);
}

void ct_ask_stats(struct ct *ct)
{
	char buf[64];
	struct nlmsghdr *nlh = ct_request(&ct->asks, buf, IPCTNL_MSG_CT_GET_STATS, 0, AF_UNSPEC);

	netlink_send(&ct->asks, nlh, nlh->nlmsg_len);
	nlh = ct_request(&ct->asks, buf, IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP, AF_UNSPEC);
	netlink_send(&ct->asks, nlh, nlh->nlmsg_len);
	ct->cpu_sums = (struct ct_cpu_sums){ 0 };
}

/* A GET failed: the entry is gone. */
static void ask_failed(struct ct *ct, const struct nlmsghdr *nlh)
{
	uint32_t i = nlh->nlmsg_seq - ct->first_get;

	if (netlink_error(nlh) == -ENOENT && i < ct->gets)
		flow_list_missed(ct->table, &ct->get[i].key, ct->get[i].id);
}

static void ask_take(struct ct *ct, const struct nlmsghdr *nlh, int len)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type == NLMSG_ERROR)
			ask_failed(ct, nlh);
		else if (!ct_stats_read(ct->stats, &ct->cpu_sums, nlh) &&
			 nlh->nlmsg_type > NLMSG_MIN_TYPE)
			ct_take_entry(ct, nlh, len, FLOW_GOT);
	}
}

/* Each answer is a datagram: as many as were asked for, at most. */
void ct_asks_read(struct ct *ct)
{
	for (unsigned i = 0; i < GETS_MAX; i++) {
		ssize_t len = netlink_receive(&ct->asks, ct->dump_buf, DUMP_SIZE, MSG_DONTWAIT);

		if (len < 0)
			break;
		ask_take(ct, (void *)ct->dump_buf, len);
	}
	ct_book(ct);
}
