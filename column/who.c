/* SPDX-License-Identifier: GPL-2.0-or-later */
/* column/who.c - fields of the local process and its socket. */
#include "column/get.h"

#include "lib/text.h"

/* Not looked up yet: a container here may have it, so not known. */
void get_process(const struct row *r, struct value *v)
{
	bool pending = !r->owner && flow_read(r->flow->match) == MATCH_PENDING;

	set_text(v, pending ? NULL : row_process(r));
}

void get_pid(const struct row *r, struct value *v)
{
	set_int_if(v, r->owner && r->owner->pid, r->owner ? r->owner->pid : 0);
}

void get_command(const struct row *r, struct value *v)
{
	set_text(v, r->command ? r->command->line : NULL);
}

void get_user(const struct row *r, struct value *v)
{
	set_text(v, r->owner ? r->owner->user : NULL);
}

void get_unit(const struct row *r, struct value *v)
{
	set_text(v, r->owner ? r->owner->unit : NULL);
}

void get_container(const struct row *r, struct value *v)
{
	set_text(v, r->owner ? r->owner->container : NULL);
}

void get_netns(const struct row *r, struct value *v)
{
	set_text(v, r->owner ? r->owner->netns : NULL);
}

void get_match(const struct row *r, struct value *v)
{
	static const char *const names[] = {
		[MATCH_PENDING] = "pending", [MATCH_NONE] = "none", [MATCH_UID] = "uid",
		[MATCH_UNIT] = "unit", [MATCH_NETNS] = "netns",
		[MATCH_LISTENER] = "listener", [MATCH_EXACT] = "exact",
	};

	set_text(v, names[flow_read(r->flow->match)]);
}

void screen_process(const struct row *r, const struct format *f, struct text *out)
{
	const char *name = row_process(r);

	(void)f;
	text_add(out, name ? name : "?");
}

/* ---- the socket ---- */

void get_rtt(const struct row *r, struct value *v)
{
	set_real(v, r->sock ? r->sock->rtt_us / 1e6 : NAN);
}

void get_rttvar(const struct row *r, struct value *v)
{
	set_real(v, r->sock ? r->sock->rttvar_us / 1e6 : NAN);
}

void get_retrans(const struct row *r, struct value *v)
{
	set_int_if(v, r->sock, r->sock ? r->sock->retrans : 0);
}

void get_sock_tx_bytes(const struct row *r, struct value *v)
{
	set_int_if(v, r->sock, r->sock ? r->sock->sent : 0);
}

void get_sock_rx_bytes(const struct row *r, struct value *v)
{
	set_int_if(v, r->sock, r->sock ? r->sock->received : 0);
}

void get_cwnd(const struct row *r, struct value *v)
{
	set_int_if(v, r->sock, r->sock ? r->sock->cwnd : 0);
}

static void screen_ms(double seconds, struct text *out)
{
	text_printf(out, seconds < 0.1 ? "%.2fms" : "%.0fms", seconds * 1e3);
}

void screen_rtt(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	if (r->sock)
		screen_ms(r->sock->rtt_us / 1e6, out);
}

void screen_rttvar(const struct row *r, const struct format *f, struct text *out)
{
	(void)f;
	if (r->sock)
		screen_ms(r->sock->rttvar_us / 1e6, out);
}
