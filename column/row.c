/* SPDX-License-Identifier: GPL-2.0-or-later */
/* column/row.c - a flow with all that is known about it. */
#include "column.h"

#include <stdio.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "lib/proto.h"
#include "service.h"

void row_fill_rcu(struct row *r, const struct flow *f, struct flow_handle h,
		  unsigned needs, uint32_t now_ms, uint64_t now_real)
{
	bool names = needs & NEED_NAME, places = needs & NEED_PLACE;
	const struct owner *owner = rcu_dereference(f->owner);
	uint32_t port = flow_ended_by(f);

	*r = (struct row){
		.flow = f,
		.handle = h,
		.owner = owner,
		.command = owner && needs & NEED_COMMAND ? owner_command_rcu(owner) : NULL,
		.src_name = names ? name_get_rcu(&f->key.orig.src) : NULL,
		.dst_name = names ? name_get_rcu(&f->key.orig.dst) : NULL,
		.answer_name = names && flow_nat(f) & NAT_DST ? name_get_rcu(&f->reply.src) : NULL,
		.src_place = place_get(places ? flow_read(f->src_place) : PLACE_UNKNOWN),
		.dst_place = place_get(places ? flow_read(f->dst_place) : PLACE_UNKNOWN),
		.sock = needs & NEED_SOCK ? sock_info_get_rcu(flow_handle_pack(h)) : NULL,
		.deleter = port ? deleter_get_rcu(port) : NULL,
		.now_ms = now_ms,
		.now_real = now_real,
	};
}

static void command_copy(struct command *to, const struct command *from)
{
	to->parent = from->parent;
	memcpy(to->parent_name, from->parent_name, sizeof(to->parent_name));
	memcpy(to->line, from->line, sizeof(to->line));
}

static const char *keep_name(char *to, size_t size, const char *name)
{
	if (name)
		snprintf(to, size, "%s", name);
	return name ? to : NULL;
}

void row_keep_rcu(struct row *row, struct row_store *store)
{
	const struct flow_extra *extra = rcu_dereference(row->flow->extra);

	flow_copy_rcu(&store->flow, row->flow);
	if (extra)
		flow_extra_copy(&store->extra, extra);
	if (row->owner)
		owner_copy(&store->owner, row->owner);
	if (row->command)
		command_copy(&store->command, row->command);
	if (row->sock)
		store->sock = *row->sock;
	if (row->deleter)
		deleter_copy(&store->deleter, row->deleter);
	store->flow.extra = extra ? &store->extra : NULL;
	store->flow.owner = row->owner ? &store->owner : NULL;
	row->flow = &store->flow;
	row->owner = store->flow.owner;
	row->command = row->command ? &store->command : NULL;
	row->sock = row->sock ? &store->sock : NULL;
	row->deleter = row->deleter ? &store->deleter : NULL;
	row->src_name = keep_name(store->src_name, sizeof(store->src_name), row->src_name);
	row->dst_name = keep_name(store->dst_name, sizeof(store->dst_name), row->dst_name);
	row->answer_name = keep_name(store->answer_name, sizeof(store->answer_name),
				     row->answer_name);
}

enum flow_nat flow_nat(const struct flow *f)
{
	const struct flow_ends *orig = &f->key.orig, *reply = &f->reply;
	bool icmp = proto_is_icmp(f->key.l4);
	uint16_t reply_dport = icmp ? reply->sport : reply->dport;
	uint16_t reply_sport = icmp ? orig->dport : reply->sport;
	int nat = NAT_NONE;

	if (!addr_equal(&reply->dst, &orig->src) || reply_dport != orig->sport)
		nat |= NAT_SRC;
	if (!addr_equal(&reply->src, &orig->dst) || reply_sport != orig->dport)
		nat |= NAT_DST;
	return nat;
}

int flow_server_port(const struct flow *f)
{
	int port = service_server_port(&f->key);

	return port >= 0 && flow_is_turned(f) ? f->key.orig.sport : port;
}

bool flow_is_unreplied(const struct flow *f)
{
	return !(flow_read(f->status) & IPS_SEEN_REPLY);
}

const char *row_process(const struct row *r)
{
	if (r->owner && r->owner->name[0])
		return r->owner->name;
	if (!r->owner && flow_direction(r->flow) == FLOW_FORWARDED)
		return BRIDGED;
	return NULL;
}
