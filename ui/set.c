// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/set.c - keys that change how flows are shown: protocols, families,
 * names, units, sort, columns, interval.
 */
#include "ui/int.h"

#include <curses.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define DELAY_LEAST	0.1
#define DELAY_MOST	3600

/* ---- which flows ---- */

static const struct {
	int key;
	const char *name;
	uint8_t l4[2];
} kinds[3] = {
	{ 't', "TCP", { IPPROTO_TCP, IPPROTO_TCP } },
	{ 'u', "UDP", { IPPROTO_UDP, IPPROTO_UDPLITE } },
	{ 'i', "ICMP", { IPPROTO_ICMP, IPPROTO_ICMPV6 } },
};

/* What the options let through, less what the keys hide. */
static void hide_protos(struct ui *ui)
{
	const struct proto_set *asked = &ui->o->spec.protos;
	struct proto_set *s = &ui->spec.protos;

	*s = *asked;
	if (!ui->hidden[0] && !ui->hidden[1] && !ui->hidden[2])
		return;
	if (proto_set_is_empty(asked))
		memset(s, 0xff, sizeof(*s));
	for (unsigned i = 0; i < 6; i++) {
		uint8_t l4 = kinds[i / 2].l4[i % 2];

		if (ui->hidden[i / 2])
			s->bit[l4 / 64] &= ~(1ull << l4 % 64);
	}
	if (proto_set_is_empty(s))
		proto_set_add(s, 255);	/* reserved: an empty set would be all */
}

void set_protos(struct ui *ui, int key)
{
	const struct proto_set *asked = &ui->o->spec.protos;
	unsigned i = key == 't' ? 0 : key == 'u' ? 1 : 2;

	if (!proto_set_is_empty(asked) && !proto_set_has(asked, kinds[i].l4[0])) {
		ui_say(ui, "started without %s: those flows are not read", kinds[i].name);
		return;
	}
	ui->hidden[i] = !ui->hidden[i];
	hide_protos(ui);
	ui_ask_anew(ui);
}

void set_families(struct ui *ui, int key)
{
	unsigned *now = &ui->spec.families;

	(void)key;
	if (ui->o->spec.families != FAMILY_BOTH) {
		ui_say(ui, "started for one family: the other is not read");
		return;
	}
	*now = *now == FAMILY_BOTH ? FAMILY_V4 : *now == FAMILY_V4 ? FAMILY_V6 : FAMILY_BOTH;
	ui->conf.ipv4 = *now == FAMILY_V4;
	ui->conf.ipv6 = *now == FAMILY_V6;
	ui_ask_anew(ui);
}

void set_active(struct ui *ui, int key)
{
	(void)key;
	ui->spec.active = !ui->spec.active;
	ui_ask_anew(ui);
}

void set_ended(struct ui *ui, int key)
{
	(void)key;
	ui->spec.ended = !ui->spec.ended;
	ui_say(ui, ui->spec.ended ? "ended flows are shown for a while" : "ended flows are hidden");
	ui_ask_anew(ui);
}

void ui_describe_limits(const struct ui *ui, struct text *out)
{
	const char *comma = "";

	for (unsigned i = 0; i < 3; i++)
		if (ui->hidden[i]) {
			text_printf(out, "%sno %s", comma, kinds[i].name);
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

void set_names(struct ui *ui, int key)
{
	(void)key;
	ui->format.names = !ui->format.names;
	ui->conf.numeric = !ui->format.names;
	if (ui->o->enrich)
		enrich_set_names(ui->o->enrich, ui->format.names);
	ui_forget_widths(ui);
	ui_say(ui, ui->format.names ? "host names" : "addresses");
	ui_ask(ui);
}

void set_services(struct ui *ui, int key)
{
	(void)key;
	ui->format.services = !ui->format.services;
	ui->conf.no_services = !ui->format.services;
	ui_say(ui, ui->format.services ? "service names" : "port numbers");
}

void set_units(struct ui *ui, int key)
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
	ui->conf.iec = ui->format.iec;
	ui_say(ui, "rates in %s/s, %s", names[ui->format.unit],
	       ui->format.iec ? "Ki = 1024" : "k = 1000");
}

void set_source(struct ui *ui, int key)
{
	(void)key;
	ui->no_source = !ui->no_source;
	ui_ask(ui);
}

void set_classic(struct ui *ui, int key)
{
	(void)key;
	ui->classic = !ui->classic;
	ui->conf.classic = ui->classic;
	ui->sideways = 0;
	ui_ask(ui);
}

void set_sideways(struct ui *ui, int key)
{
	if (ui->spec.group)
		return;
	if (key == KEY_LEFT)
		ui->sideways -= ui->sideways > 0;
	else if (!ui->layout_at_end || ui->classic)
		ui->sideways += ui->sideways < UI_COLUMNS_MAX;
	ui_ask(ui);
}

/* ---- pause, interval ---- */

void set_pause(struct ui *ui, int key)
{
	(void)key;
	ui->paused = !ui->paused;
	ui_ask(ui);
}

static void set_delay(struct ui *ui, double seconds)
{
	ui->conf.delay = seconds;
	view_set_interval(ui->o->view, seconds);
	ui_say(ui, "every %.4g s", seconds);
	ui_ask(ui);
}

static bool accept_delay(struct ui *ui, const char *text)
{
	double seconds;

	text += strspn(text, " ");
	if (!text_parse_seconds(text, &seconds) || seconds < DELAY_LEAST ||
	    seconds > DELAY_MOST) {
		snprintf(ui->prompt.error, sizeof(ui->prompt.error),
			 "not a time between 0.1 s and 1 h (500ms, 2, 1m)");
		return false;
	}
	set_delay(ui, seconds);
	return true;
}

void set_interval(struct ui *ui, int key)
{
	static const double steps[] = { 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60 };
	static const struct ui_prompt ask = {
		.label = "refresh every", .hint = "seconds, or a number with ms, s, m",
		.accept = accept_delay,
	};
	unsigned n = sizeof(steps) / sizeof(steps[0]), i = 0;

	if (key == 'd') {
		ui_prompt_open(ui, &ask, "");
		return;
	}
	while (i < n && steps[i] < ui->conf.delay - 1e-9)
		i++;
	if (key == '+' && i < n && steps[i] <= ui->conf.delay + 1e-9)
		i++;
	else if (key == '-' && i)
		i--;
	if (i < n)
		set_delay(ui, steps[i]);
}

/* ---- sort ---- */

void ui_set_sort(struct ui *ui, const struct column *c, bool descending)
{
	ui->spec.sort[0] = (struct sort_key){ c, descending };
	ui->spec.sorts = 1;
	snprintf(ui->sort_name, sizeof(ui->sort_name), "%c%s", descending ? '-' : '+', c->name);
	ui->conf.sort = ui->sort_name;
	ui_ask_anew(ui);
}

void ui_set_group_sort(struct ui *ui, enum group_sort sort, bool ascending)
{
	ui->spec.group_sort = sort;
	ui->spec.group_ascending = ascending;
	ui_ask_anew(ui);
}

void set_sort_step(struct ui *ui, int key)
{
	ui_sort_step(ui, key == '<' ? -1 : 1);
}

void set_reverse(struct ui *ui, int key)
{
	(void)key;
	if (ui->spec.group)
		ui_set_group_sort(ui, ui->spec.group_sort, !ui->spec.group_ascending);
	else
		ui_set_sort(ui, ui->spec.sort[0].column, !ui->spec.sort[0].descending);
}

static void accept_sort(struct ui *ui)
{
	const struct column *c = ui->menu.item[ui->menu.at].of;

	ui_set_sort(ui, c, c->descends);
}

static void accept_group_sort(struct ui *ui)
{
	ui_set_group_sort(ui, ui->menu.at, false);
}

void set_sort_menu(struct ui *ui, int key)
{
	struct ui_menu *m = &ui->menu;

	(void)key;
	*m = (struct ui_menu){
		.heading = "Sort by", .hint = "type a name   Enter: sort   Esc: cancel",
		.accept = ui->spec.group ? accept_group_sort : accept_sort,
	};
	for (unsigned i = 0; ui->spec.group && i < GROUP_SORTS; i++)
		m->item[m->n++] = (struct ui_menu_item){
			.title = i == GROUP_KEY ? ui->spec.group->name : ui_group_sort_title(i),
			.on = i == ui->spec.group_sort,
		};
	for (unsigned i = 0; !ui->spec.group && i < n_columns; i++)
		m->item[m->n++] = (struct ui_menu_item){
			.title = columns[i].name, .help = columns[i].help, .of = &columns[i],
			.on = &columns[i] == ui->spec.sort[0].column,
		};
	for (unsigned i = 0; i < m->n; i++)
		if (m->item[i].on)
			m->at = i;
	ui_menu_open(ui);
}

/* ---- columns ---- */

static void choose_columns(struct ui *ui, const struct ui_menu *m)
{
	struct text names = TEXT(ui->chosen_names);

	text_clear(&names);
	ui->n_chosen = 0;
	for (unsigned i = 0; i < m->n; i++) {
		const struct column *c = m->item[i].of;

		if (!m->item[i].on)
			continue;
		text_printf(&names, "%s%s", ui->n_chosen ? "," : "", c->name);
		ui->chosen[ui->n_chosen++] = c;
	}
	ui->conf.columns = ui->n_chosen ? ui->chosen_names : NULL;
	ui->sideways = 0;
	ui_ask(ui);
}

static void accept_columns(struct ui *ui)
{
	choose_columns(ui, &ui->menu);
}

static void reset_columns(struct ui *ui)
{
	static const struct ui_menu none;

	choose_columns(ui, &none);
	ui_say(ui, "default columns");
}

static bool is_chosen(const struct ui *ui, const struct column *c)
{
	for (unsigned i = 0; i < ui->n_chosen; i++)
		if (ui->chosen[i] == c)
			return true;
	return !ui->n_chosen && c->rank;
}

void set_column_menu(struct ui *ui, int key)
{
	struct ui_menu *m = &ui->menu;

	(void)key;
	*m = (struct ui_menu){
		.heading = "Columns",
		.hint = "Space: on, off   + -: move   Del: defaults   Enter: OK   Esc: cancel",
		.many = true, .accept = accept_columns, .reset = reset_columns,
	};
	for (unsigned i = 0; i < ui->n_chosen; i++)
		m->item[m->n++] = (struct ui_menu_item){
			.title = ui->chosen[i]->name, .help = ui->chosen[i]->help,
			.of = ui->chosen[i], .on = true,
		};
	for (unsigned i = 0; i < n_columns; i++)
		if (!ui->n_chosen || !is_chosen(ui, &columns[i]))
			m->item[m->n++] = (struct ui_menu_item){
				.title = columns[i].name, .help = columns[i].help,
				.of = &columns[i], .on = is_chosen(ui, &columns[i]),
			};
	ui_menu_open(ui);
}
