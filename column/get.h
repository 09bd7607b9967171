/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * column/get.h - the getters of the field table, and what they are made of.
 * A getter gives a field's value of a row; a screen function writes what the
 * screen shows in place of the plain value.
 */
#ifndef COLUMN_GET_H
#define COLUMN_GET_H

#include <math.h>

#include "column.h"
#include "lib/proto.h"

typedef void column_get_fn(const struct row *r, struct value *v);
typedef void column_screen_fn(const struct row *r, const struct format *f, struct text *out);

/* ---- column/who.c: the local process and its socket ---- */

column_get_fn get_process, get_pid, get_command, get_user, get_unit, get_container, get_netns, get_match;
column_get_fn get_rtt, get_rttvar, get_retrans, get_cwnd, get_sock_tx_bytes, get_sock_rx_bytes;
column_screen_fn screen_process, screen_rtt, screen_rttvar;

/* ---- column/entry.c: the conntrack entry ---- */

column_get_fn get_family, get_proto, get_state, get_service, get_direction;
column_get_fn get_service_port, get_flags;
column_get_fn get_icmp_type, get_icmp_code, get_icmp_id, get_src_key, get_dst_key;
column_get_fn get_reply_src_addr, get_reply_src_port, get_reply_dst_addr, get_reply_dst_port;
column_get_fn get_nat, get_status, get_mark, get_zone, get_zone_dir, get_helper, get_labels,
	get_label_names, get_id;
column_get_fn get_community_id, get_reply_community_id;
column_get_fn get_end_reason, get_ended_by_pid, get_ended_by;
column_screen_fn screen_service, screen_labels, screen_mark, screen_direction;
uint64_t order_state(const struct row *r);

/* ---- column/end.c: source, destination, remote end ---- */

column_get_fn get_src_addr, get_src_port, get_src_host, get_src_country, get_src_country_name,
	get_src_city, get_src_asn, get_src_org;
column_get_fn get_dst_addr, get_dst_port, get_dst_host, get_dst_country, get_dst_country_name,
	get_dst_city, get_dst_asn, get_dst_org;
column_get_fn get_remote_addr, get_remote_port, get_remote_host, get_remote_country,
	get_remote_country_name, get_remote_city, get_remote_asn, get_remote_org;
column_screen_fn screen_src, screen_src_geo, screen_src_host;
column_screen_fn screen_dst, screen_dst_geo, screen_dst_host;
column_get_fn get_client_addr, get_client_host;
column_screen_fn screen_remote, screen_remote_geo, screen_remote_host, screen_client;

/* ---- column/count.c: counters, rates, times ---- */

column_get_fn get_orig_packets, get_orig_bytes, get_reply_packets, get_reply_bytes;
column_get_fn get_bytes, get_packets, get_orig_rate, get_reply_rate, get_rate;
column_get_fn get_tx_bytes, get_rx_bytes, get_tx_rate, get_rx_rate;
column_get_fn get_start, get_end, get_age, get_age_from, get_timeout, get_idle;
column_screen_fn screen_orig_bytes, screen_reply_bytes, screen_bytes;
column_screen_fn screen_orig_rate, screen_reply_rate, screen_rate;
column_screen_fn screen_tx_bytes, screen_rx_bytes, screen_tx_rate, screen_rx_rate;
column_screen_fn screen_age, screen_timeout, screen_idle;

/* ---- values; inline, since a page has millions of them ---- */

/* NULL and "" are null. */
static inline void set_text(struct value *v, const char *text)
{
	v->type = text && *text ? VALUE_TEXT : VALUE_NULL;
	v->text = text;
}

static inline void set_int(struct value *v, uint64_t n)
{
	v->type = VALUE_INT;
	v->n = n;
}

static inline void set_int_if(struct value *v, bool known, uint64_t n)
{
	v->type = known ? VALUE_INT : VALUE_NULL;
	v->n = n;
}

static inline void set_real(struct value *v, double real)
{
	v->type = isnan(real) ? VALUE_NULL : VALUE_REAL;
	v->real = real;
	v->at_least = false;
}

static inline void set_addr(struct value *v, const struct addr *a)
{
	v->type = VALUE_ADDR;
	v->addr = *a;
}

static inline bool row_has_ports(const struct row *r)
{
	return flow_has_ports(&r->flow->key);
}

/* Another thread may write it meanwhile. */
static inline float read_rate(const float *rate)
{
	float value;

	__atomic_load(rate, &value, __ATOMIC_RELAXED);
	return value;
}

#endif
