/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * column.c - the field table. Its getters are in column/.
 */
#include "column.h"

#include <stdio.h>
#include <string.h>

#include "column/get.h"
#include "lib/near.h"

/* ---- the table ---- */

/* The fields of an end. */
#define END_COLUMNS(end, heading, what) \
	{ .name = #end "_addr", .title = heading, .help = "address of " what, \
	  .min_width = 18, .max_width = 44, .groupable = true, \
	  .needs = NEED_NAME, \
	  .kind = KIND_ADDR, .get = get_##end##_addr, .screen = screen_##end }, \
	{ .name = #end "_port", .title = "PORT", .help = "port of " what, \
	  .min_width = 5, .max_width = 5, .right = true, .groupable = true, \
	  .kind = KIND_NUMBER, .get = get_##end##_port }, \
	{ .name = #end "_host", .title = heading " HOST", .help = "reverse name of " what, \
	  .min_width = 15, .max_width = 40, .groupable = true, .needs = NEED_NAME, \
	  .get = get_##end##_host, .screen = screen_##end##_host }, \
	{ .name = #end "_country", .title = "GEO", .help = "country code of " what, \
	  .min_width = 2, .max_width = 14, .groupable = true, \
	  .needs = NEED_PLACE, .get = get_##end##_country, .screen = screen_##end##_geo }, \
	{ .name = #end "_country_name", .title = "COUNTRY", .help = "country of " what \
	  ", or the kind of its address", .min_width = 10, .max_width = 20, .groupable = true, \
	  .needs = NEED_PLACE, .get = get_##end##_country_name }, \
	{ .name = #end "_city", .title = "CITY", .help = "city of " what, .min_width = 8, \
	  .max_width = 20, .groupable = true, .needs = NEED_PLACE, .get = get_##end##_city }, \
	{ .name = #end "_asn", .title = "ASN", .help = "autonomous system number of " what, \
	  .min_width = 6, .max_width = 10, .right = true, .groupable = true, .needs = NEED_PLACE, \
	  .kind = KIND_NUMBER, .get = get_##end##_asn }, \
	{ .name = #end "_org", .title = "ORG", .help = "network owner of " what, .min_width = 10, \
	  .max_width = 30, .groupable = true, .needs = NEED_PLACE, .get = get_##end##_org }

#define COUNTER_COLUMN(field, heading, what) \
	{ .name = #field, .title = heading, .help = what, .min_width = 6, .max_width = 8, \
	  .right = true, .descends = true, .kind = KIND_NUMBER, .get = get_##field }

const struct column columns[] = {
	{ .name = "process", .title = "PROCESS", .help = "local process, or " BRIDGED,
	  .min_width = 8, .max_width = 16, .groupable = true, .needs = NEED_OWNER,
	  .get = get_process, .screen = screen_process },
	{ .name = "pid", .title = "PID", .help = "its process id", .min_width = 6, .max_width = 7,
	  .right = true, .groupable = true, .needs = NEED_OWNER,
	  .kind = KIND_NUMBER, .get = get_pid },
	{ .name = "command", .title = "COMMAND", .help = "command line of the process", .min_width = 12,
	  .max_width = 40, .groupable = true, .needs = NEED_OWNER | NEED_COMMAND, .get = get_command },
	{ .name = "user", .title = "USER", .help = "its user", .min_width = 6, .max_width = 12,
	  .groupable = true, .needs = NEED_OWNER, .get = get_user },
	{ .name = "unit", .title = "UNIT", .help = "its systemd unit or container",
	  .min_width = 10, .max_width = 24, .groupable = true, .needs = NEED_OWNER, .get = get_unit },
	{ .name = "container", .title = "CONTAINER", .help = "its container: name or id",
	  .min_width = 9, .max_width = 20, .groupable = true, .needs = NEED_OWNER,
	  .get = get_container },
	{ .name = "netns", .title = "NETNS", .help = "its network namespace, if not this one",
	  .min_width = 6, .max_width = 14, .groupable = true, .needs = NEED_OWNER, .get = get_netns },
	{ .name = "match", .title = "MATCH",
	  .help = "how the process was found: exact listener netns unit uid none pending",
	  .min_width = 5, .max_width = 8, .groupable = true, .needs = NEED_OWNER, .get = get_match },

	{ .name = "family", .title = "IP", .help = "ipv4 or ipv6", .min_width = 4, .max_width = 4,
	  .groupable = true, .get = get_family },
	{ .name = "proto", .title = "PROTO", .help = "transport protocol", .min_width = 5,
	  .max_width = 7, .groupable = true, .get = get_proto },
	{ .name = "state", .title = "STATE", .help = "state of the connection", .min_width = 11,
	  .max_width = 12, .groupable = true, .get = get_state, .order = order_state },
	{ .name = "service", .title = "SERVICE", .help = "likely service, by the server's port",
	  .min_width = 6, .max_width = 12, .groupable = true, .get = get_service,
	  .screen = screen_service },
	{ .name = "direction", .title = "DIR", .help = "in, out, forwarded or local",
	  .min_width = 3, .max_width = 3, .groupable = true, .get = get_direction,
	  .screen = screen_direction },
	{ .name = "service_port", .title = "SERVICE",
	  .help = "the service, or else protocol and port: tcp/9000", .min_width = 8,
	  .max_width = 16, .groupable = true, .get = get_service_port },
	{ .name = "flags", .title = "FLG", .min_width = 3, .max_width = 3, .groupable = true,
	  .help = "U unreplied R replied A assured; s d b translated; O H offloaded",
	  .get = get_flags },

	END_COLUMNS(src, "SOURCE", "the source"),
	END_COLUMNS(dst, "DESTINATION", "the destination"),
	END_COLUMNS(remote, "REMOTE", "the outside end"),
	{ .name = "client_addr", .title = "CLIENT", .min_width = 15, .max_width = 40,
	  .help = "address of the host behind this router, or of this host's client",
	  .groupable = true, .needs = NEED_NAME, .kind = KIND_ADDR, .get = get_client_addr,
	  .screen = screen_client },
	{ .name = "client_host", .title = "CLIENT NAME", .help = "reverse name of the client",
	  .min_width = 15, .max_width = 40, .groupable = true, .needs = NEED_NAME,
	  .get = get_client_host },

	{ .name = "icmp_type", .title = "TYPE", .help = "ICMP type", .min_width = 4, .max_width = 4,
	  .right = true, .groupable = true, .kind = KIND_NUMBER, .get = get_icmp_type },
	{ .name = "icmp_code", .title = "CODE", .help = "ICMP code", .min_width = 4, .max_width = 4,
	  .right = true, .groupable = true, .kind = KIND_NUMBER, .get = get_icmp_code },
	{ .name = "icmp_id", .title = "ICMPID", .help = "ICMP id", .min_width = 6, .max_width = 6,
	  .right = true, .kind = KIND_NUMBER, .get = get_icmp_id },

	{ .name = "src_key", .title = "SKEY", .help = "key of a GRE tunnel, by the source",
	  .min_width = 5, .max_width = 5, .right = true, .kind = KIND_NUMBER, .get = get_src_key },
	{ .name = "dst_key", .title = "DKEY", .help = "key of a GRE tunnel, by the destination",
	  .min_width = 5, .max_width = 5, .right = true, .kind = KIND_NUMBER, .get = get_dst_key },

	{ .name = "reply_src_addr", .title = "REPLY SOURCE", .min_width = 15, .max_width = 39,
	  .help = "source address of the reply direction: the server behind a DNAT",
	  .groupable = true, .kind = KIND_ADDR, .get = get_reply_src_addr },
	{ .name = "reply_src_port", .title = "RSPORT", .min_width = 6, .max_width = 6, .right = true,
	  .help = "source port of the reply direction", .groupable = true,
	  .kind = KIND_NUMBER, .get = get_reply_src_port },
	{ .name = "reply_dst_addr", .title = "REPLY DESTINATION", .min_width = 15, .max_width = 39,
	  .help = "destination address of the reply direction: the outside of an SNAT",
	  .groupable = true, .kind = KIND_ADDR, .get = get_reply_dst_addr },
	{ .name = "reply_dst_port", .title = "RDPORT", .min_width = 6, .max_width = 6, .right = true,
	  .help = "destination port of the reply direction", .groupable = true,
	  .kind = KIND_NUMBER, .get = get_reply_dst_port },
	{ .name = "nat", .title = "NAT", .help = "snat, dnat or both", .min_width = 4, .max_width = 4,
	  .groupable = true, .get = get_nat },

	COUNTER_COLUMN(orig_packets, "PKTS>", "packets, original direction"),
	{ .name = "orig_bytes", .title = "BYTES>", .help = "bytes, original direction",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_orig_bytes,
	  .screen = screen_orig_bytes },
	COUNTER_COLUMN(reply_packets, "PKTS<", "packets, reply direction"),
	{ .name = "reply_bytes", .title = "BYTES<", .help = "bytes, reply direction",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_reply_bytes,
	  .screen = screen_reply_bytes },
	{ .name = "bytes", .title = "BYTES", .help = "bytes, both directions", .min_width = 6,
	  .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_bytes, .screen = screen_bytes },
	COUNTER_COLUMN(packets, "PKTS", "packets, both directions"),
	{ .name = "tx_bytes", .title = "SENT", .help = "bytes that this host or its inside sent",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_tx_bytes, .screen = screen_tx_bytes },
	{ .name = "rx_bytes", .title = "RECV", .help = "bytes that this host or its inside received",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .get = get_rx_bytes, .screen = screen_rx_bytes },

	{ .name = "tx_rate", .title = "TX/s", .help = "bytes/s that this host or its inside sends",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .needs = NEED_RATE, .get = get_tx_rate, .screen = screen_tx_rate },
	{ .name = "rx_rate", .title = "RX/s", .help = "bytes/s that this host or its inside receives",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .needs = NEED_RATE, .get = get_rx_rate, .screen = screen_rx_rate },
	{ .name = "orig_rate", .title = "RATE>", .help = "bytes/s, original direction",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .needs = NEED_RATE, .get = get_orig_rate,
	  .screen = screen_orig_rate },
	{ .name = "reply_rate", .title = "RATE<", .help = "bytes/s, reply direction",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .needs = NEED_RATE, .get = get_reply_rate,
	  .screen = screen_reply_rate },
	{ .name = "rate", .title = "RATE", .help = "bytes/s, both directions", .min_width = 6,
	  .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_NUMBER, .needs = NEED_RATE, .get = get_rate, .screen = screen_rate },

	{ .name = "start", .title = "START", .help = "when it began", .min_width = 20, .max_width = 30,
	  .descends = true, .kind = KIND_TIME, .get = get_start },
	{ .name = "end", .title = "END", .help = "when it ended", .min_width = 20, .max_width = 30,
	  .descends = true, .kind = KIND_TIME, .get = get_end },
	{ .name = "age", .title = "AGE", .help = "seconds since the flow began; > means older",
	  .min_width = 6, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_SECONDS, .get = get_age,
	  .screen = screen_age },
	{ .name = "age_from", .title = "AGE FROM",
	  .help = "kernel: its timestamp; seen: since flowtop saw it", .min_width = 6, .max_width = 8,
	  .get = get_age_from },
	{ .name = "timeout", .title = "EXPIRES", .help = "seconds until the entry expires",
	  .min_width = 7, .max_width = 7, .right = true, .descends = true,
	  .kind = KIND_SECONDS, .get = get_timeout,
	  .screen = screen_timeout },
	{ .name = "idle", .title = "IDLE", .help = "seconds since a packet was counted",
	  .min_width = 6, .max_width = 6, .right = true, .descends = true,
	  .kind = KIND_SECONDS, .get = get_idle,
	  .screen = screen_idle },

	{ .name = "status", .title = "STATUS", .help = "flags of the entry: ASSURED, ...",
	  .min_width = 12, .max_width = 40, .kind = KIND_STATUS, .get = get_status },
	{ .name = "mark", .title = "MARK", .help = "connection mark", .min_width = 6, .max_width = 10,
	  .right = true, .groupable = true, .kind = KIND_NUMBER, .get = get_mark, .screen = screen_mark },
	{ .name = "zone", .title = "ZONE", .help = "conntrack zone", .min_width = 5, .max_width = 5,
	  .right = true, .groupable = true, .kind = KIND_NUMBER, .get = get_zone },
	{ .name = "zone_dir", .title = "ZONE DIR",
	  .help = "directions that the zone applies to: both original reply", .min_width = 8,
	  .max_width = 8, .groupable = true, .get = get_zone_dir },
	{ .name = "helper", .title = "HELPER", .help = "conntrack helper (ftp, sip, ...)",
	  .min_width = 6, .max_width = 10, .groupable = true, .get = get_helper },
	{ .name = "labels", .title = "LABELS", .help = "connection labels, by number",
	  .min_width = 6, .max_width = 24, .kind = KIND_LABELS, .get = get_labels,
	  .screen = screen_labels },
	{ .name = "label_names", .title = "LABELS",
	  .help = "connection labels, by their names in connlabel.conf", .min_width = 6,
	  .max_width = 24, .kind = KIND_LABELS, .get = get_label_names },
	{ .name = "community_id", .title = "COMMUNITY ID", .min_width = 30, .max_width = 30,
	  .help = "Community ID, to join with records of Zeek and others", .get = get_community_id },
	{ .name = "reply_community_id", .title = "REPLY COMMUNITY ID", .min_width = 30,
	  .max_width = 30, .help = "Community ID of the reply direction: NAT changes it",
	  .get = get_reply_community_id },
	{ .name = "end_reason", .title = "ENDED", .min_width = 7, .max_width = 7,
	  .help = "closed reset expired deleted evicted unknown", .groupable = true,
	  .get = get_end_reason },
	{ .name = "ended_by_pid", .title = "BY PID",
	  .help = "process id of the program that deleted the entry",
	  .min_width = 6, .max_width = 7, .right = true, .groupable = true,
	  .kind = KIND_NUMBER, .get = get_ended_by_pid },
	{ .name = "ended_by", .title = "ENDED BY",
	  .help = "name of the program that deleted the entry", .min_width = 8,
	  .max_width = 16, .groupable = true, .get = get_ended_by },
	{ .name = "id", .title = "ID", .help = "the kernel's id of the entry", .min_width = 10,
	  .max_width = 10, .right = true, .kind = KIND_NUMBER, .get = get_id },

	{ .name = "rtt", .title = "RTT", .help = "smoothed round trip time, seconds",
	  .min_width = 8, .max_width = 8, .right = true, .descends = true, .needs = NEED_SOCK,
	  .kind = KIND_SECONDS, .get = get_rtt, .screen = screen_rtt },
	{ .name = "rttvar", .title = "RTTVAR", .help = "its mean deviation, seconds",
	  .min_width = 8, .max_width = 8, .right = true, .descends = true, .needs = NEED_SOCK,
	  .kind = KIND_SECONDS, .get = get_rttvar, .screen = screen_rttvar },
	{ .name = "retrans", .title = "RETRANS", .help = "TCP segments sent again, in all",
	  .min_width = 7, .max_width = 7, .right = true, .descends = true, .needs = NEED_SOCK,
	  .kind = KIND_NUMBER, .get = get_retrans },
	{ .name = "cwnd", .title = "CWND", .help = "congestion window, segments", .min_width = 5,
	  .max_width = 5, .right = true, .descends = true, .needs = NEED_SOCK,
	  .kind = KIND_NUMBER, .get = get_cwnd },
	{ .name = "sock_tx_bytes", .title = "ACKED", .min_width = 6, .max_width = 8,
	  .help = "payload that the local TCP socket sent, acknowledged", .right = true,
	  .descends = true, .needs = NEED_SOCK, .kind = KIND_NUMBER, .get = get_sock_tx_bytes },
	{ .name = "sock_rx_bytes", .title = "TAKEN", .min_width = 6, .max_width = 8,
	  .help = "payload that the local TCP socket received", .right = true,
	  .descends = true, .needs = NEED_SOCK, .kind = KIND_NUMBER, .get = get_sock_rx_bytes },
};

const unsigned n_columns = sizeof(columns) / sizeof(columns[0]);
_Static_assert(sizeof(columns) / sizeof(columns[0]) <= COLUMNS_MAX, "COLUMNS_MAX is too small");

const struct column *column_find(const char *name)
{
	for (unsigned i = 0; i < n_columns; i++)
		if (!strcmp(columns[i].name, name))
			return &columns[i];
	return NULL;
}

const struct column *column_find_of_group(const char *name)
{
	for (unsigned i = 0; i < n_group_columns; i++)
		if (!strcmp(group_columns[i].name, name))
			return &group_columns[i];
	return NULL;
}

void column_near(bool groups, struct near *near)
{
	for (unsigned i = 0; i < (groups ? n_group_columns : n_columns); i++)
		near_try(near, groups ? group_columns[i].name : columns[i].name);
}

bool column_find_ends(const char *name, const struct column **src, const struct column **dst)
{
	char full[32];

	snprintf(full, sizeof(full), "src_%s", name);
	*src = column_find(full);
	snprintf(full, sizeof(full), "dst_%s", name);
	*dst = column_find(full);
	return *src && *dst;
}

bool column_is_host_of(const struct column *host, const struct column *c)
{
	size_t end = strcspn(c->name, "_");

	return !strcmp(c->name + end, "_addr") && !strncmp(host->name, c->name, end) &&
	       !strcmp(host->name + end, "_host");
}

void column_screen(const struct column *c, const struct row *r, const struct format *f,
		   struct text *out)
{
	struct value v;

	if (c->screen) {
		c->screen(r, f, out);
		return;
	}
	c->get(r, &v);
	value_add_text(&v, out);
}
