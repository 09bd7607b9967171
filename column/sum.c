/* SPDX-License-Identifier: GPL-2.0-or-later */
/* column/sum.c - the columns of groups: their key and their sums. */
#include "column/get.h"

static void sum_get_key(const struct row *r, struct value *v)
{
	*v = r->group->value;
}

/* The name of an address, if it has one. */
static void sum_screen_key(const struct row *r, const struct format *f, struct text *out)
{
	const struct value *v = &r->group->value;
	const char *name;

	rcu_read_lock();
	name = f->names && v->type == VALUE_ADDR ? name_get_rcu(&v->addr) : NULL;
	text_add(out, name && *name ? name : r->group->key);
	rcu_read_unlock();
}

static void sum_get_flows(const struct row *r, struct value *v)
{
	set_int(v, r->group->flows);
}

static void sum_get_unreplied(const struct row *r, struct value *v)
{
	set_int(v, r->group->unreplied);
}

static void sum_get_new_rate(const struct row *r, struct value *v)
{
	set_real(v, r->group->new_rate);
}

static double sum_rate(const struct group *g)
{
	return g->orig_rate + g->reply_rate;
}

static void sum_get_tx_rate(const struct row *r, struct value *v)
{
	set_real(v, r->group->tx_rate);
}

static void sum_get_rx_rate(const struct row *r, struct value *v)
{
	set_real(v, sum_rate(r->group) - r->group->tx_rate);
}

static void sum_get_orig_rate(const struct row *r, struct value *v)
{
	set_real(v, r->group->orig_rate);
}

static void sum_get_reply_rate(const struct row *r, struct value *v)
{
	set_real(v, r->group->reply_rate);
}

static void sum_get_rate(const struct row *r, struct value *v)
{
	set_real(v, sum_rate(r->group));
}

static void sum_get_bytes(const struct row *r, struct value *v)
{
	set_int(v, r->group->bytes);
}

static void sum_get_total_flows(const struct row *r, struct value *v)
{
	set_int(v, r->group->total_flows);
}

static void sum_get_total_bytes(const struct row *r, struct value *v)
{
	set_int(v, r->group->total_bytes);
}

static void sum_get_total_tx_bytes(const struct row *r, struct value *v)
{
	set_int(v, r->group->total_tx_bytes);
}

static void sum_get_total_rx_bytes(const struct row *r, struct value *v)
{
	set_int(v, r->group->total_bytes - r->group->total_tx_bytes);
}

/* ---- on the screen ---- */

static void sum_add_count(uint64_t n, struct text *out)
{
	if (n < 1000000)
		text_add_grouped(out, n);
	else
		text_add_human(out, n, false);
}

static void sum_add_rate(double rate, const struct format *f, struct text *out)
{
	if (!isnan(rate))
		text_add_human(out, f->unit == UNIT_BITS ? rate * 8 : rate, f->iec);
}

static void sum_screen_flows(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	sum_add_count(r->group->flows, out);
}

static void sum_screen_unreplied(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	sum_add_count(r->group->unreplied, out);
}

static void sum_screen_new_rate(const struct row *r, const struct format *f, struct text *out)
{
	double n = r->group->new_rate;

	(void)f;
	if (n >= 0.05 && n < 9.95)
		text_printf(out, "%.1f", n);
	else if (!isnan(n))
		text_add_human(out, n < 0.05 ? 0 : n, false);
}

static void sum_screen_tx_rate(const struct row *r, const struct format *f, struct text *out)
{
	sum_add_rate(r->group->tx_rate, f, out);
}

static void sum_screen_rx_rate(const struct row *r, const struct format *f, struct text *out)
{
	sum_add_rate(sum_rate(r->group) - r->group->tx_rate, f, out);
}

static void sum_screen_orig_rate(const struct row *r, const struct format *f, struct text *out)
{
	sum_add_rate(r->group->orig_rate, f, out);
}

static void sum_screen_reply_rate(const struct row *r, const struct format *f, struct text *out)
{
	sum_add_rate(r->group->reply_rate, f, out);
}

static void sum_screen_rate(const struct row *r, const struct format *f, struct text *out)
{
	sum_add_rate(sum_rate(r->group), f, out);
}

static void sum_screen_bytes(const struct row *r, const struct format *f, struct text *out)
{
	text_add_human(out, r->group->bytes, f->iec);
}

static void sum_screen_total_flows(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	sum_add_count(r->group->total_flows, out);
}

static void sum_screen_total_bytes(const struct row *r, const struct format *f, struct text *out)
{
	text_add_human(out, r->group->total_bytes, f->iec);
}

static void sum_screen_total_tx_bytes(const struct row *r, const struct format *f,
				      struct text *out)
{
	text_add_human(out, r->group->total_tx_bytes, f->iec);
}

static void sum_screen_total_rx_bytes(const struct row *r, const struct format *f,
				      struct text *out)
{
	text_add_human(out, r->group->total_bytes - r->group->total_tx_bytes, f->iec);
}

/* ---- the table ---- */

#define SUM(field, heading, what, width, order, ...) \
	{ .name = #field, .title = heading, .help = what, .min_width = width, \
	  .max_width = width, .rank = order, .right = true, .descends = true, \
	  .kind = KIND_NUMBER, .get = sum_get_##field, .screen = sum_screen_##field, \
	  __VA_ARGS__ }

const struct column group_columns[] = {
	{ .name = "key", .title = "KEY", .help = "what the flows of the group have in common",
	  .min_width = 8, .max_width = 40, .rank = 1, .get = sum_get_key,
	  .screen = sum_screen_key },
	SUM(flows, "FLOWS", "live flows of the group", 7, 1),
	SUM(unreplied, "UNREPLIED", "those without a reply", 10, 4),
	SUM(new_rate, "NEW/s", "new flows per second", 7, 3, .needs = NEED_RATE),
	SUM(tx_rate, "TX/s", "bytes/s that this host or its inside sends", 7, 2,
	    .needs = NEED_RATE),
	SUM(rx_rate, "RX/s", "bytes/s that this host or its inside receives", 7, 2,
	    .needs = NEED_RATE),
	SUM(orig_rate, "RATE>", "bytes/s, original direction", 7, 0, .needs = NEED_RATE),
	SUM(reply_rate, "RATE<", "bytes/s, reply direction", 7, 0, .needs = NEED_RATE),
	SUM(rate, "RATE", "bytes/s, both directions", 7, 5, .needs = NEED_RATE),
	SUM(total_flows, "ALL FLOWS", "flows since flowtop started, including ended ones", 10, 6),
	SUM(total_bytes, "ALL BYTES", "bytes since flowtop started, including ended flows", 10,
	    6),
	SUM(total_tx_bytes, "ALL SENT", "of these, those that this host or its inside sent", 10, 7),
	SUM(total_rx_bytes, "ALL RECV", "of these, those that this host or its inside received", 10, 7),
	SUM(bytes, "BYTES", "bytes of the live flows", 7, 0),
};

const unsigned n_group_columns = sizeof(group_columns) / sizeof(group_columns[0]);
