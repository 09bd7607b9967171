// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/head.c - above the table: who and how healthy; below: keys, messages.
 * Each line is a strip of items; what has no room is left out by rank.
 */
#include "ui/int.h"

#include <math.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_tcp.h>

#include "clock.h"
#include "proto.h"
#include "text.h"

#define ITEMS		24
#define SPARKS		16
#define TREND_SAMPLES	4		/* least that make a trend */
#define MESSAGE_MS	6000

struct strip {
	struct ui_item item[ITEMS];
	unsigned n;
};

static struct text add_item(struct strip *s, const char *label, enum ui_look look,
			    unsigned rank)
{
	struct ui_item *i = &s->item[s->n < ITEMS - 1 ? s->n++ : ITEMS - 1];
	struct text value;

	*i = (struct ui_item){ .label = label, .look = look, .rank = rank };
	value = TEXT(i->value);
	text_clear(&value);
	return value;
}

static struct ui_item *last_item(struct strip *s)
{
	return &s->item[s->n - 1];
}

/* ---- the first line: who ---- */

static void add_clock(struct text *out, uint32_t ms)
{
	unsigned s = ms / 1000;

	text_printf(out, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static void add_switch(struct strip *s, const char *what, bool on, const char *off)
{
	struct text t = add_item(s, what, on ? LOOK_PLAIN : LOOK_BAD, on ? 4 : 2);

	text_add(&t, on ? "on" : off);
	last_item(s)->right = true;
}

static void draw_who(struct ui *ui, int y)
{
	const struct flow_stats *stats = &ui->r->stats;
	struct strip s = { .n = 0 };
	struct text t = add_item(&s, "", LOOK_BOLD, 0);

	text_add(&t, "flowtop");
	t = add_item(&s, "", LOOK_PLAIN, 1);
	text_add(&t, ui->host);
	if (ui->conf.netns) {
		t = add_item(&s, "netns", LOOK_PLAIN, 1);
		text_add(&t, ui->conf.netns);
	}
	t = add_item(&s, "running", LOOK_PLAIN, 5);
	add_clock(&t, ui->r->made_ms);
	t = add_item(&s, "every", LOOK_PLAIN, 3);
	text_printf(&t, "%.4g s", ui->conf.delay);
	if (ui->paused) {
		t = add_item(&s, "", LOOK_CURSOR, 0);
		text_add(&t, " PAUSED ");
	}
	if (stats->tracking == TRACKING_OFF)
		add_switch(&s, "tracking", false, "OFF");
	add_switch(&s, "acct", stats->acct, "OFF");
	add_switch(&s, "timestamps", stats->timestamp, "off");
	draw_strip(ui, y, s.item, s.n);
}

/* ---- the second: how many, how fast ---- */

static void add_sparks(const struct ui *ui, struct text *out)
{
	unsigned n = ui->samples < SPARKS ? ui->samples : SPARKS;
	double least = INFINITY, most = 0;

	for (unsigned i = ui->samples - n; i < ui->samples; i++) {
		least = fmin(least, ui->live[i % UI_SAMPLES]);
		most = fmax(most, ui->live[i % UI_SAMPLES]);
	}
	for (unsigned i = ui->samples - n; i < ui->samples; i++) {
		double part = (ui->live[i % UI_SAMPLES] - least) / (most - least + 1);

		/* a table that hardly changes has a flat line */
		text_add(out, draw_level(ui, most - least < most / 50 ? 0 : part));
	}
}

/*
 * Seconds until the table is full, were it to go on as in the last samples, all
 * of them and the newer half (a burst that is over is no trend);
 * NAN: it does not grow, or not so that anybody need care today.
 */
static double time_to_full(const struct ui *ui, uint64_t count, uint64_t max)
{
	unsigned n = ui->samples < SPARKS ? ui->samples : SPARKS;
	double from, middle, to, a_second;

	if (n < TREND_SAMPLES || !max || count >= max)
		return NAN;
	from = ui->live[(ui->samples - n) % UI_SAMPLES];
	middle = ui->live[(ui->samples - 1 - n / 2) % UI_SAMPLES];
	to = ui->live[(ui->samples - 1) % UI_SAMPLES];
	a_second = fmin((to - from) / (n - 1), (to - middle) / (n / 2)) / ui->conf.delay;
	return a_second > 0 && (max - count) / a_second < 3600 ? (max - count) / a_second : NAN;
}

/* What the limit counts is the kernel's own number: expired entries that wait
 * for its garbage collection are in it. */
static void add_count(struct ui *ui, struct strip *s)
{
	const struct view_result *r = ui->r;
	uint64_t max = r->stats.kernel_max, live = r->totals.live;
	uint64_t count = r->stats.kernel_count > live ? r->stats.kernel_count : live;
	bool near = max && count * 5 >= max * 4;
	double left = time_to_full(ui, count, max);
	struct text t = add_item(s, "flows", near ? LOOK_BAD : LOOK_BOLD, 0);

	text_add_grouped(&t, live);
	if (max) {
		t = add_item(s, "of", near ? LOOK_BAD : LOOK_PLAIN, 3);
		text_add_grouped(&t, max);
		text_printf(&t, " (%u%%)", (unsigned)(100.0 * count / max));
		last_item(s)->tight = true;
	}
	if (!isnan(left)) {
		t = add_item(s, "full in", LOOK_BAD, 1);
		text_add_duration(&t, left);
	}
	if (r->totals.shown != live && r->totals.shown) {
		t = add_item(s, "shown", LOOK_BOLD, 1);
		text_add_grouped(&t, r->totals.shown);
	}
	t = add_item(s, "", LOOK_DIM, 6);
	add_sparks(ui, &t);
	last_item(s)->tight = true;
	last_item(s)->min_width = SPARKS;
}

static void add_per_second(struct strip *s, const char *label, double n, unsigned rank,
			   bool bad)
{
	struct text t = add_item(s, label, bad && n > 0 ? LOOK_BAD : LOOK_PLAIN,
				 bad && n > 0 ? 0 : rank);

	if (isnan(n))
		text_add_char(&t, '-');
	else if (n > 0 && n < 10)
		text_printf(&t, "%.1f/s", n);
	else {
		text_add_grouped(&t, n);
		text_add(&t, "/s");
	}
	last_item(s)->min_width = bad ? 4 : 7;
}

/* "94.1 Mbit/s" */
static void add_speed(struct ui *ui, struct strip *s, const char *label, double bytes)
{
	bool bits = ui->format.unit == UNIT_BITS;
	struct text t = add_item(s, label, LOOK_PLAIN, 2);
	char buf[32];
	struct text n = TEXT(buf);
	size_t digits;

	text_clear(&n);
	text_add_human(&n, bits ? bytes * 8 : bytes, ui->format.iec);
	digits = strspn(buf, "0123456789.>");
	text_printf(&t, "%.*s %s%s", (int)digits, buf, buf + digits, bits ? "bit/s" : "B/s");
	last_item(s)->min_width = bits ? 11 : 9;
}

static void draw_rates(struct ui *ui, int y)
{
	const struct view_totals *sum = &ui->r->totals;
	struct strip s = { .n = 0 };
	struct text t;
	bool lost = ui->r->stats.lost;

	add_count(ui, &s);
	add_per_second(&s, "new", sum->new_rate, 1, false);
	add_per_second(&s, "ended", sum->end_rate, 4, false);
	t = add_item(&s, "lost", lost ? LOOK_BAD : LOOK_PLAIN, lost ? 0 : 7);
	text_add_grouped(&t, ui->r->stats.lost);
	add_per_second(&s, "drop", sum->drop + sum->early_drop, 8, true);
	add_per_second(&s, "failed", sum->insert_failed, 8, true);
	add_speed(ui, &s, "up", sum->up);
	add_speed(ui, &s, "down", sum->down);
	draw_strip(ui, y, s.item, s.n);
}

/* ---- the third: of what kind ---- */

static void add_number(struct strip *s, const char *label, uint64_t n, unsigned rank,
		       enum ui_look look)
{
	struct text t = add_item(s, label, look, rank);

	text_add_grouped(&t, n);
	last_item(s)->min_width = 5;
}

static void add_state(const struct view_totals *sum, struct strip *s, uint8_t state,
		      bool always)
{
	const char *name = proto_state_name(IPPROTO_TCP, state);
	uint64_t n = sum->by_state[proto_state_rank(IPPROTO_TCP, state)];
	bool fresh = n && !strncmp(name, "SYN_", 4);

	if (n || always)
		add_number(s, name, n, always ? 2 : 4, fresh ? LOOK_FRESH : LOOK_PLAIN);
}

/* Some states of TCP always, the others where there are any. */
static void add_states(const struct view_totals *sum, struct strip *s)
{
	static const uint8_t always[] = {
		TCP_CONNTRACK_ESTABLISHED, TCP_CONNTRACK_SYN_SENT, TCP_CONNTRACK_TIME_WAIT,
	};

	for (unsigned i = 0; i < sizeof(always); i++)
		add_state(sum, s, always[i], true);
	for (uint8_t state = TCP_CONNTRACK_SYN_SENT; state <= TCP_CONNTRACK_SYN_SENT2; state++)
		if (!memchr(always, state, sizeof(always)))
			add_state(sum, s, state, false);
}

static void draw_kinds(struct ui *ui, int y)
{
	const struct view_totals *sum = &ui->r->totals;
	struct strip s = { .n = 0 };
	struct text t;

	add_number(&s, "tcp", sum->tcp, 0, LOOK_PLAIN);
	add_number(&s, "udp", sum->udp, 0, LOOK_PLAIN);
	add_number(&s, "icmp", sum->icmp, 1, LOOK_PLAIN);
	if (sum->other)
		add_number(&s, "other", sum->other, 3, LOOK_PLAIN);
	t = add_item(&s, "unreplied", LOOK_PLAIN, 2);
	text_add_grouped(&t, sum->unreplied);
	if (sum->live)
		text_printf(&t, " (%u%%)", (unsigned)(100.0 * sum->unreplied / sum->live));
	last_item(&s)->min_width = 9;
	add_states(sum, &s);
	draw_strip(ui, y, s.item, s.n);
}

/* ---- tabs, filter, sort ---- */

static void add_tabs(struct ui *ui, struct strip *s, bool all)
{
	unsigned now = ui_tab_now(ui);
	struct text t;

	for (unsigned i = 0; i < n_ui_tabs; i++) {
		if (!all && i != now)
			continue;
		t = add_item(s, "", i == now ? LOOK_CURSOR : LOOK_PLAIN, 0);
		text_printf(&t, i == now ? "[%s]" : " %s ", ui_tabs[i].title);
		last_item(s)->tight = true;
	}
	if (now == n_ui_tabs) {
		t = add_item(s, "", LOOK_CURSOR, 0);
		text_printf(&t, "[by %s]", ui->spec.group->name);
		last_item(s)->tight = true;
	}
}

static void add_sort(struct ui *ui, struct strip *s)
{
	bool ascending;
	const char *name;
	struct text t;

	if (ui->spec.group) {
		ascending = (ui->spec.group_sort == GROUP_KEY) != ui->spec.group_ascending;
		name = ui->spec.group_sort == GROUP_KEY ? ui->spec.group->name :
		       ui_group_sort_title(ui->spec.group_sort);
	} else {
		ascending = !ui->spec.sort[0].descending;
		name = ui->spec.sort[0].column->name;
	}
	t = add_item(s, "sort:", LOOK_PLAIN, 2);
	text_printf(&t, "%s %s", name, ui->utf8 ? ascending ? "▲" : "▼" : ascending ? "^" : "v");
	last_item(s)->right = true;
}

static void add_place(struct ui *ui, struct strip *s)
{
	struct text t = add_item(s, "", LOOK_DIM, 3);

	text_add_grouped(&t, (ui->selected ? ui->number : ui->top) + !!ui_rows_total(ui));
	text_add_char(&t, '/');
	text_add_grouped(&t, ui_rows_total(ui));
	last_item(s)->right = true;
}

static void tabs_fill(struct ui *ui, struct strip *s, bool all)
{
	char limits[160];
	struct text t = TEXT(limits);

	s->n = 0;
	add_tabs(ui, s, all);
	text_clear(&t);
	ui_describe_limits(ui, &t);
	if (*limits) {
		t = add_item(s, "", LOOK_FRESH, 1);
		text_add(&t, limits);
	}
	if (*ui->filter) {
		t = add_item(s, "filter:", LOOK_BOLD, 0);
		text_add(&t, ui->filter);
	}
	add_sort(ui, s);
	add_place(ui, s);
}

/* Where filter and tabs have no room side by side, the tab shown stays alone. */
static void draw_tabs(struct ui *ui, int y)
{
	unsigned width = 1;
	struct strip s;
	bool all;

	tabs_fill(ui, &s, true);
	for (unsigned i = 0; i < s.n; i++)
		if (s.item[i].rank < 2)
			width += text_width(s.item[i].label) + text_width(s.item[i].value) + 1 +
				 2 * !s.item[i].tight;
	all = width <= (unsigned)ui->cols;
	if (!all)
		tabs_fill(ui, &s, false);
	draw_strip(ui, y, s.item, s.n);
	for (unsigned i = 0; i < n_ui_tabs; i++)
		ui->tab_x[i] = all ? s.item[i].x : -1;
}

void ui_tab_clicked(struct ui *ui, int x)
{
	for (unsigned i = n_ui_tabs; i-- > 0; )
		if (ui->tab_x[i] >= 0 && x >= ui->tab_x[i]) {
			if (x < ui->tab_x[i] + (int)strlen(ui_tabs[i].title) + 2)
				set_tab(ui, '1' + i);
			return;
		}
}

void ui_draw_head(struct ui *ui)
{
	if (ui->r && ui->at.heads >= 3) {
		draw_who(ui, ui->at.head);
		draw_rates(ui, ui->at.head + 1);
		draw_kinds(ui, ui->at.head + 2);
	} else if (ui->r && ui->at.heads) {
		draw_rates(ui, ui->at.head);
	}
	if (ui->at.warning >= 0)
		draw_put(ui, ui->at.warning, 1, ui->cols - 1, LOOK_FRESH,
			enrich_limits(ui->o->enrich));
	if (ui->at.tabs >= 0)
		draw_tabs(ui, ui->at.tabs);
}

int ui_pane_top(struct ui *ui)
{
	int top = ui->at.tabs >= 0 ? ui->at.tabs : ui->lines >= 6 ? ui->at.heads : 0;

	for (int y = top; y < ui->lines; y++)
		draw_fill(ui, y, 0, ui->cols, LOOK_PLAIN);
	return top;
}

/* ---- the bottom line ---- */

void ui_say(struct ui *ui, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(ui->message, sizeof(ui->message), fmt, args);
	va_end(args);
	ui->message_ms = clock_ms();
}

static bool is_foot_key(const struct ui *ui, const struct ui_key *k)
{
	return k->foot && (k->where & (ui->mode == &mode_detail ? IN_DETAIL : IN_TABLE));
}

/* Help and quit keep their place at the right; the others what is left. */
static void draw_keys(struct ui *ui, int y)
{
	struct strip s = { .n = 0 };

	if (ui->depth && ui->mode == &mode_table) {
		add_item(&s, "Bksp", LOOK_PLAIN, 1);
		snprintf(last_item(&s)->value, sizeof(s.item[0].value), "back");
		last_item(&s)->is_key = true;
	}
	for (unsigned i = 0; i < n_ui_keys; i++) {
		struct text t;

		if (!is_foot_key(ui, &ui_keys[i]))
			continue;
		t = add_item(&s, ui_keys[i].foot_key, LOOK_PLAIN, ui_keys[i].foot_rank);
		text_add(&t, ui_keys[i].foot);
		last_item(&s)->right = !ui_keys[i].foot_rank;
		last_item(&s)->is_key = true;
	}
	draw_strip(ui, y, s.item, s.n);
}

void ui_draw_foot(struct ui *ui)
{
	if (ui->at.foot < 0)
		return;
	if (*ui->message && clock_ms() - ui->message_ms < MESSAGE_MS)
		draw_put(ui, ui->at.foot, 1, ui->cols - 1, LOOK_BOLD, ui->message);
	else
		draw_keys(ui, ui->at.foot);
}
