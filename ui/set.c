// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/set.c - see the header. */
#include "ui/set.h"

#include <netinet/in.h>
#include <string.h>

#include "lib/text.h"
#include "ui/screen.h"

#define DELAY_MIN	0.1
#define LINGER_MOST	86400
#define DELAY_MAX	3600

/* ---- which flows ---- */

static const struct {
	const char *name;
	uint8_t l4[2];
} set_kinds[3] = {
	{ "TCP", { IPPROTO_TCP, IPPROTO_TCP } },
	{ "UDP", { IPPROTO_UDP, IPPROTO_UDPLITE } },
	{ "ICMP", { IPPROTO_ICMP, IPPROTO_ICMPV6 } },
};

/* The protocols of the options, without the ones that keys hide. */
static void set_hide_protos(struct ui *ui)
{
	const struct proto_set *asked = &ui->o->spec.protos;
	struct proto_set *s = &ui->spec.protos;

	*s = *asked;
	if (!ui->set.hidden[0] && !ui->set.hidden[1] && !ui->set.hidden[2])
		return;
	if (proto_set_is_empty(asked))
		memset(s, 0xff, sizeof(*s));
	for (unsigned i = 0; i < 6; i++) {
		uint8_t l4 = set_kinds[i / 2].l4[i % 2];

		if (ui->set.hidden[i / 2])
			s->bit[l4 / 64] &= ~(1ull << l4 % 64);
	}
	if (proto_set_is_empty(s))
		proto_set_add(s, 255);	/* reserved: an empty set would be all */
}

enum reaction set_protos(struct ui *ui, int key)
{
	const struct proto_set *asked = &ui->o->spec.protos;
	unsigned i = key == 't' ? 0 : key == 'u' ? 1 : 2;

	if (!proto_set_is_empty(asked) && !proto_set_has(asked, set_kinds[i].l4[0])) {
		message_set(&ui->message, "started without %s: those flows are not read",
			    set_kinds[i].name);
		return DO_NOTHING;
	}
	ui->set.hidden[i] = !ui->set.hidden[i];
	set_hide_protos(ui);
	return window_reorder(&ui->window);
}

enum reaction set_families(struct ui *ui, int key)
{
	unsigned *now = &ui->spec.families;

	(void)key;
	if (ui->o->spec.families != FAMILY_BOTH) {
		message_set(&ui->message, "started for one family: the other is not read");
		return DO_NOTHING;
	}
	*now = *now == FAMILY_BOTH ? FAMILY_V4 : *now == FAMILY_V4 ? FAMILY_V6 : FAMILY_BOTH;
	ui->conf.ipv4 = *now == FAMILY_V4;
	ui->conf.ipv6 = *now == FAMILY_V6;
	return window_reorder(&ui->window);
}

enum reaction set_active(struct ui *ui, int key)
{
	(void)key;
	ui->spec.active = !ui->spec.active;
	return window_reorder(&ui->window);
}

enum reaction set_ended(struct ui *ui, int key)
{
	(void)key;
	ui->spec.ended = !ui->spec.ended;
	message_set(&ui->message, ui->spec.ended ? "ended flows are shown for a while" :
		    "ended flows are hidden");
	return window_reorder(&ui->window);
}

void set_describe_limits(const struct ui *ui, struct text *out)
{
	const char *comma = "";

	for (unsigned i = 0; i < 3; i++)
		if (ui->set.hidden[i]) {
			text_printf(out, "%sno %s", comma, set_kinds[i].name);
			comma = ", ";
		}
	if (ui->spec.families != FAMILY_BOTH) {
		text_printf(out, "%sonly IPv%c", comma,
			    ui->spec.families == FAMILY_V4 ? '4' : '6');
		comma = ", ";
	}
	if (ui->spec.active)
		text_printf(out, "%sonly with traffic", comma);
}

/* ---- how they look ---- */

enum reaction set_names(struct ui *ui, int key)
{
	(void)key;
	ui->format.names = !ui->format.names;
	ui->conf.numeric = !ui->format.names;
	if (ui->o->enrich)
		enrich_set_names(ui->o->enrich, ui->format.names);
	table_forget_widths(&ui->table);
	message_set(&ui->message, ui->format.names ? "host names" : "addresses");
	return DO_ASK;
}

enum reaction set_services(struct ui *ui, int key)
{
	(void)key;
	ui->format.services = !ui->format.services;
	ui->conf.no_services = !ui->format.services;
	message_set(&ui->message, ui->format.services ? "service names" : "port numbers");
	return DO_NOTHING;
}

enum reaction set_units(struct ui *ui, int key)
{
	static const char *const names[] = {
		[UNIT_BYTES] = "bytes", [UNIT_BITS] = "bits", [UNIT_PACKETS] = "packets",
	};

	if (key == 'B')
		ui->format.iec = !ui->format.iec;
	else
		ui->format.unit = ui->format.unit == UNIT_BYTES ? UNIT_BITS :
				  ui->format.unit == UNIT_BITS ? UNIT_PACKETS : UNIT_BYTES;
	ui->conf.bits = ui->format.unit == UNIT_BITS;
	ui->conf.packets = ui->format.unit == UNIT_PACKETS;
	ui->conf.iec = ui->format.iec;
	message_set(&ui->message, "rates in %s/s, %s", names[ui->format.unit],
		    ui->format.iec ? "Ki = 1024" : "k = 1000");
	return DO_NOTHING;
}

enum reaction set_classic(struct ui *ui, int key)
{
	(void)key;
	ui->conf.classic = !ui->conf.classic;
	table_scroll_back(&ui->table);
	return DO_ASK;
}

/* ---- pause, interval ---- */

enum reaction set_pause(struct ui *ui, int key)
{
	(void)key;
	return window_pause(&ui->window, !ui->window.paused);
}

static enum reaction set_delay(struct ui *ui, double seconds)
{
	ui->conf.delay = seconds;
	view_set_interval(ui->o->view, seconds);
	if (ui->o->ct)
		ct_set_interval(ui->o->ct, seconds);
	message_set(&ui->message, "every %.4g s", seconds);
	return DO_ASK;
}

static enum reaction set_accept_delay(struct ui *ui, const char *text)
{
	double seconds;

	text += strspn(text, " ");
	if (text_parse_seconds(text, &seconds) && seconds >= DELAY_MIN && seconds <= DELAY_MAX)
		return set_delay(ui, seconds);
	prompt_refuse(&ui->prompt, -1, "not a time between 0.1 s and 1 h (500ms, 2, 1m)");
	return DO_NOTHING;
}

enum reaction set_interval(struct ui *ui, int key)
{
	static const double steps[] = { 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60 };
	static const struct prompt_ask ask = {
		.label = "refresh every", .hint = "seconds, or a number with ms, s, m",
		.accept = set_accept_delay,
	};
	unsigned n = sizeof(steps) / sizeof(steps[0]), i = 0;

	if (key == 'd')
		return prompt_open(&ui->prompt, &ask, "");
	while (i < n && steps[i] < ui->conf.delay - 1e-9)
		i++;
	if (key == '+' && i < n && steps[i] <= ui->conf.delay + 1e-9)
		i++;
	else if (key == '-' && i)
		i--;
	return i < n ? set_delay(ui, steps[i]) : DO_NOTHING;
}

/* ---- ended flows ---- */

static enum reaction set_accept_linger(struct ui *ui, const char *text)
{
	double seconds;

	text += strspn(text, " ");
	if (!text_parse_seconds(text, &seconds) || seconds > LINGER_MOST) {
		prompt_refuse(&ui->prompt, -1, "not a time from 0 to a day (0, 500ms, 10, 5m)");
		return DO_NOTHING;
	}
	ui->conf.linger = seconds;
	ui->spec.ended = seconds > 0;
	view_set_linger(ui->o->view, seconds);
	message_set(&ui->message, "ended flows stay for %.4g s", seconds);
	return DO_ASK;
}

enum reaction set_linger(struct ui *ui, int key)
{
	static const struct prompt_ask ask = {
		.label = "ended flows stay for", .hint = "seconds, or a number with ms, s, m, h",
		.accept = set_accept_linger,
	};

	(void)key;
	return prompt_open(&ui->prompt, &ask, "");
}

/* ---- sort ---- */

static enum reaction set_accept_sort(struct ui *ui, const struct menu *m)
{
	const struct column *c = m->item[m->at].of;

	return sort_by(ui, c, c->descends);
}

enum reaction set_sort(struct ui *ui, int key)
{
	const struct column *c = ui->spec.group ? group_columns : columns;
	unsigned n = ui->spec.group ? n_group_columns : n_columns;
	struct menu *m = &ui->menu;

	(void)key;
	*m = (struct menu){
		.heading = "Sort by", .hint = "type a name   Enter: sort   Esc: cancel",
		.accept = set_accept_sort,
	};
	for (unsigned i = 0; i < n; i++)
		menu_add(m, (struct menu_item){
			.title = c[i].name, .help = c[i].help, .of = &c[i],
			.on = &c[i] == sort_key(&ui->spec)->column,
		});
	for (unsigned i = 0; i < m->n; i++)
		if (m->item[i].on)
			m->at = i;
	return DO_MENU;
}

/* ---- columns ---- */

/* The columns as the menu shows them; returns how many. */
static unsigned set_menu_columns(const struct ui *ui, struct layout_column *out)
{
	return layout_columns(table_role(&ui->table), &ui->table.wish, NULL, true, out);
}

static enum reaction set_wish(struct ui *ui, const struct layout_wish *wish)
{
	struct text list = TEXT(ui->set.columns);

	layout_wish_print(wish, &list);
	ui->conf.columns = list.len ? ui->set.columns : NULL;
	table_choose(&ui->table, wish);
	return DO_ASK;
}

static bool set_order_is_new(const struct ui *ui, const struct menu *m)
{
	struct layout_column before[LAYOUT_MAX];
	unsigned n = set_menu_columns(ui, before);

	for (unsigned i = 0; i < n && i < m->n; i++)
		if (m->item[i].of != before[i].column)
			return true;
	return false;
}

/*
 * Columns that are switched on or off are kept as +FIELD and -FIELD, so that the
 * others still depend on the width and the role; only a new order makes a list.
 */
static enum reaction set_accept_columns(struct ui *ui, const struct menu *m)
{
	struct layout_wish wish = {
		.listed = ui->table.wish.listed || set_order_is_new(ui, m),
	};

	for (unsigned i = 0; i < m->n; i++) {
		const struct column *c = m->item[i].of;
		bool usual = layout_is_usual(table_role(&ui->table), c);

		if (wish.listed ? m->item[i].on : m->item[i].on != usual)
			wish.word[wish.n++] = (struct layout_word){ c, !m->item[i].on };
	}
	wish.listed = wish.listed && wish.n;
	return set_wish(ui, &wish);
}

static enum reaction set_reset_columns(struct ui *ui)
{
	static const struct layout_wish none;

	message_set(&ui->message, "default columns");
	return set_wish(ui, &none);
}

enum reaction set_columns(struct ui *ui, int key)
{
	struct layout_column c[LAYOUT_MAX];
	unsigned n = set_menu_columns(ui, c);
	struct menu *m = &ui->menu;

	(void)key;
	*m = (struct menu){
		.heading = "Columns",
		.hint = "Space: on, off   + -: move   Del: defaults   Enter: OK   Esc: cancel",
		.many = true, .accept = set_accept_columns, .reset = set_reset_columns,
	};
	for (unsigned i = 0; i < n; i++)
		menu_add(m, (struct menu_item){
			.title = c[i].column->name, .help = c[i].column->help,
			.of = c[i].column, .on = c[i].rank,
		});
	return DO_MENU;
}
