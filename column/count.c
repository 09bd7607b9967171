/* SPDX-License-Identifier: GPL-2.0-or-later */
/* column/count.c - counters, rates and times. */
#include "column/get.h"
#include "lib/clock.h"

/* ---- counters and rates ---- */

static void set_counter(const struct row *r, struct value *v, uint64_t n)
{
	set_int_if(v, flow_read(r->flow->flags) & FLOW_COUNTED, n);
}

void get_orig_packets(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->orig_packets));
}

void get_orig_bytes(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->orig_bytes));
}

void get_reply_packets(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->reply_packets));
}

void get_reply_bytes(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->reply_bytes));
}

void get_bytes(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->orig_bytes) + flow_read(r->flow->reply_bytes));
}

void get_packets(const struct row *r, struct value *v)
{
	set_counter(r, v, flow_read(r->flow->orig_packets) + flow_read(r->flow->reply_packets));
}

void get_orig_rate(const struct row *r, struct value *v)
{
	set_real(v, read_rate(&r->flow->orig_rate));
}

void get_reply_rate(const struct row *r, struct value *v)
{
	set_real(v, read_rate(&r->flow->reply_rate));
}

/* Is what this host or the inside sends (tx), or receives, the reply direction? */
static bool way_is_reply(const struct row *r, bool tx)
{
	return flow_is_inward(r->flow) == tx;
}

void get_tx_bytes(const struct row *r, struct value *v)
{
	way_is_reply(r, true) ? get_reply_bytes(r, v) : get_orig_bytes(r, v);
}

void get_rx_bytes(const struct row *r, struct value *v)
{
	way_is_reply(r, false) ? get_reply_bytes(r, v) : get_orig_bytes(r, v);
}

void get_tx_rate(const struct row *r, struct value *v)
{
	way_is_reply(r, true) ? get_reply_rate(r, v) : get_orig_rate(r, v);
}

void get_rx_rate(const struct row *r, struct value *v)
{
	way_is_reply(r, false) ? get_reply_rate(r, v) : get_orig_rate(r, v);
}

void get_rate(const struct row *r, struct value *v)
{
	set_real(v, read_rate(&r->flow->orig_rate) + read_rate(&r->flow->reply_rate));
}

/* A number of bytes, or a rate: only rates are shown in bits. */
static void screen_amount(void (*get)(const struct row *, struct value *), const struct row *r,
			  const struct format *f, struct text *out)
{
	struct value v;

	get(r, &v);
	if (v.type == VALUE_INT)
		text_add_human(out, v.n, f->iec);
	else if (v.type == VALUE_REAL)
		text_add_human(out, f->unit == UNIT_BITS ? v.real * 8 : v.real, f->iec);
}

/*
 * Packet rates are not measured: shown is the byte rate, divided by the mean
 * packet size of the flow.
 */
static double packet_share(const struct row *r, bool reply)
{
	uint64_t packets = flow_read(*(reply ? &r->flow->reply_packets : &r->flow->orig_packets));
	uint64_t bytes = flow_read(*(reply ? &r->flow->reply_bytes : &r->flow->orig_bytes));

	return bytes ? (double)packets / bytes : 0;
}

static void screen_one_rate(const struct row *r, const struct format *f, bool reply,
			    struct text *out)
{
	double rate = read_rate(reply ? &r->flow->reply_rate : &r->flow->orig_rate);

	if (isnan(rate))
		return;
	if (f->unit == UNIT_PACKETS)
		rate *= packet_share(r, reply);
	text_add_human(out, f->unit == UNIT_BITS ? rate * 8 : rate, f->iec);
}

void screen_orig_rate(const struct row *r, const struct format *f, struct text *out)
{
	screen_one_rate(r, f, false, out);
}

void screen_reply_rate(const struct row *r, const struct format *f, struct text *out)
{
	screen_one_rate(r, f, true, out);
}

void screen_tx_rate(const struct row *r, const struct format *f, struct text *out)
{
	screen_one_rate(r, f, way_is_reply(r, true), out);
}

void screen_rx_rate(const struct row *r, const struct format *f, struct text *out)
{
	screen_one_rate(r, f, way_is_reply(r, false), out);
}

#define SCREEN_AMOUNT(field) \
void screen_##field(const struct row *r, const struct format *f, struct text *out) \
{ screen_amount(get_##field, r, f, out); }

SCREEN_AMOUNT(rate)
SCREEN_AMOUNT(orig_bytes)
SCREEN_AMOUNT(reply_bytes)

/* If the kernel does not count the flow, the socket's counters, marked with ~. */
static void screen_bytes_or(column_get_fn *get, uint64_t socket, const struct row *r,
			    const struct format *f, struct text *out)
{
	if (flow_read(r->flow->flags) & FLOW_COUNTED || !r->sock) {
		screen_amount(get, r, f, out);
		return;
	}
	text_add_char(out, '~');
	text_add_human(out, socket, f->iec);
}

void screen_bytes(const struct row *r, const struct format *f, struct text *out)
{
	screen_bytes_or(get_bytes, r->sock ? r->sock->sent + r->sock->received : 0, r, f, out);
}

void screen_tx_bytes(const struct row *r, const struct format *f, struct text *out)
{
	screen_bytes_or(get_tx_bytes, r->sock ? r->sock->sent : 0, r, f, out);
}

void screen_rx_bytes(const struct row *r, const struct format *f, struct text *out)
{
	screen_bytes_or(get_rx_bytes, r->sock ? r->sock->received : 0, r, f, out);
}

/* ---- times ---- */

static void set_time(struct value *v, uint64_t ns)
{
	v->type = ns ? VALUE_TIME : VALUE_NULL;
	v->n = ns;
}

void get_start(const struct row *r, struct value *v)
{
	set_time(v, clock_real_of(flow_read(r->flow->start)));
}

void get_end(const struct row *r, struct value *v)
{
	set_time(v, clock_real_of(flow_read(r->flow->end)));
}

void get_age(const struct row *r, struct value *v)
{
	uint64_t start = flow_read(r->flow->start), end = flow_read(r->flow->end);

	if (!end)
		end = r->now_real;
	set_real(v, end > start ? (end - start) / 1e9 : 0);
	v->at_least = flow_is_older(r->flow);
}

void get_age_from(const struct row *r, struct value *v)
{
	set_text(v, flow_read(r->flow->flags) & FLOW_START_KNOWN ? "kernel" : "seen");
}

void get_timeout(const struct row *r, struct value *v)
{
	uint32_t expires = flow_read(r->flow->expires);
	int32_t left = expires - r->now_ms;

	set_int_if(v, expires && !(flow_read(r->flow->flags) & FLOW_ENDED),
		   left > 0 ? left / 1000 : 0);
}

void get_idle(const struct row *r, struct value *v)
{
	int32_t ms = r->now_ms - flow_read(r->flow->changed);

	set_real(v, flow_read(r->flow->flags) & FLOW_COUNTED ? (ms > 0 ? ms : 0) / 1000.0 : NAN);
}

static void screen_seconds(void (*get)(const struct row *, struct value *),
			   const struct row *r, struct text *out)
{
	struct value v;

	get(r, &v);
	if (v.type != VALUE_NULL)
		text_add_duration(out, v.type == VALUE_INT ? (double)v.n : v.real);
}

void screen_age(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	if (flow_is_older(r->flow))
		text_add_char(out, '>');
	screen_seconds(get_age, r, out);
}

void screen_timeout(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	screen_seconds(get_timeout, r, out);
}

void screen_idle(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	screen_seconds(get_idle, r, out);
}
