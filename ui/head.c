// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/head.c - see the header. Each line is a strip of items. */
#include "ui/head.h"

#include <math.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter/nf_conntrack_tcp.h>

#include "lib/proto.h"
#include "lib/text.h"
#include "ui/screen.h"
#include "ui/strip.h"

#define TREND_SAMPLES	4		/* no trend from fewer */

void head_init(struct head *h)
{
	char host[sizeof(h->host)] = "";

	gethostname(host, sizeof(host) - 1);
	text_sanitise(h->host, sizeof(h->host), host, strlen(host));
}

/* Of the whole table, even if the options limit which part is read. */
static uint64_t head_flows(const struct ui *ui, const struct view_result *r)
{
	const struct view_spec *asked = &ui->o->spec;
	bool part = asked->families != FAMILY_BOTH || !proto_set_is_empty(&asked->protos);

	return part && r->stats.kernel_count > r->totals.live ? r->stats.kernel_count :
	       r->totals.live;
}

void head_sample(struct ui *ui, const struct view_result *r)
{
	struct head *h = &ui->head;
	uint32_t gap = r->made_ms - h->live_ms[(h->samples - 1) % HEAD_SAMPLES];

	/* the first dump fills the table: not a trend */
	if (!r->stats.dumped || (h->samples && gap < ui->conf.delay * 900))
		return;
	h->live_ms[h->samples % HEAD_SAMPLES] = r->made_ms;
	h->live[h->samples++ % HEAD_SAMPLES] = head_flows(ui, r);
}

/* ---- the first line: who ---- */

static void head_add_clock(struct text *out, uint32_t ms)
{
	unsigned s = ms / 1000;

	text_printf(out, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static void head_add_switch(struct strip *s, const char *what, bool on, const char *off)
{
	struct text t = strip_add(s, what, on ? LOOK_PLAIN : LOOK_BAD, on ? 4 : 2);

	text_add(&t, on ? "on" : off);
	strip_last(s)->right = true;
}

/* Flows that began while accounting was off: their bytes are not known. */
static void head_add_uncounted(struct strip *s, uint64_t n)
{
	struct text t = strip_add(s, "", LOOK_FRESH, 2);

	text_add_grouped(&t, n);
	text_printf(&t, " flow%s not counted", n == 1 ? "" : "s");
	strip_last(s)->right = true;
}

/* The help says more. */
static void head_add_names(const struct ui *ui, struct strip *s)
{
	char why[160] = "";

	if (ui->o->enrich)
		enrich_names_rest(ui->o->enrich, why, sizeof(why));
	if (*why)
		head_add_switch(s, "names", false, "no DNS answer");
}

static void head_draw_who(struct ui *ui, int y)
{
	const struct flow_stats *stats = &ui->window.r->stats;
	struct strip s = { .n = 0 };
	struct text t = strip_add(&s, "", LOOK_BOLD, 0);

	text_add(&t, "flowtop");
	t = strip_add(&s, "", LOOK_PLAIN, 1);
	text_add(&t, ui->head.host);
	if (ui->conf.netns) {
		t = strip_add(&s, "netns", LOOK_PLAIN, 1);
		text_add(&t, ui->conf.netns);
	}
	t = strip_add(&s, "running", LOOK_PLAIN, 5);
	head_add_clock(&t, ui->window.r->made_ms);
	t = strip_add(&s, "every", LOOK_PLAIN, 3);
	text_printf(&t, "%.4g s", ui->conf.delay);
	if (ui->window.paused) {
		t = strip_add(&s, "", LOOK_CURSOR, 0);
		text_add(&t, " PAUSED ");
	}
	if (stats->tracking == TRACKING_OFF)
		head_add_switch(&s, "tracking", false, "OFF");
	head_add_names(ui, &s);
	if (stats->no_events)
		head_add_switch(&s, "events", false, "OFF");
	head_add_switch(&s, "acct", stats->acct, "OFF");
	if (stats->acct && ui->window.r->totals.uncounted)
		head_add_uncounted(&s, ui->window.r->totals.uncounted);
	head_add_switch(&s, "timestamps", stats->timestamp, "off");
	strip_draw(&s, &ui->draw, y);
}

/* ---- the second: how many, how fast ---- */

static void head_add_sparks(const struct ui *ui, struct text *out)
{
	unsigned n = ui->head.samples < HEAD_SAMPLES ? ui->head.samples : HEAD_SAMPLES;
	double least = INFINITY, most = 0;

	for (unsigned i = ui->head.samples - n; i < ui->head.samples; i++) {
		least = fmin(least, ui->head.live[i % HEAD_SAMPLES]);
		most = fmax(most, ui->head.live[i % HEAD_SAMPLES]);
	}
	for (unsigned i = ui->head.samples - n; i < ui->head.samples; i++) {
		double part = (ui->head.live[i % HEAD_SAMPLES] - least) / (most - least + 1);

		/* a flat line where the number hardly changes */
		text_add(out, draw_level(&ui->draw, most - least < most / 50 ? 0 : part));
	}
}

/* Flows a second by which the table grew from sample @from to sample @to. */
static double head_growth(const struct head *h, unsigned from, unsigned to)
{
	uint32_t ms = h->live_ms[to % HEAD_SAMPLES] - h->live_ms[from % HEAD_SAMPLES];

	return (h->live[to % HEAD_SAMPLES] - h->live[from % HEAD_SAMPLES]) * 1000 / ms;
}

/*
 * Seconds until the table is full, at the slowest of three rates: over all
 * samples, over the newer half of them, and at the last one (a burst that is over
 * is not a trend). NAN: the table is not yet half full, does not grow, or takes
 * more than an hour.
 */
static double head_time_to_full(const struct ui *ui, uint64_t count, uint64_t max)
{
	const struct head *h = &ui->head;
	unsigned n = h->samples < HEAD_SAMPLES ? h->samples : HEAD_SAMPLES, last = h->samples - 1;
	double a_second;

	if (n < TREND_SAMPLES || !max || count >= max || count < max / 2)
		return NAN;
	a_second = fmin(head_growth(h, last - n + 1, last), head_growth(h, last - n / 2, last));
	a_second = fmin(a_second, head_growth(h, last - 1, last));
	return a_second > 0 && (max - count) / a_second < 3600 ? (max - count) / a_second : NAN;
}

/* What the limit counts is the kernel's own number: expired entries that wait
 * for its garbage collection are in it. */
static void head_add_count(struct ui *ui, struct strip *s)
{
	const struct view_result *r = ui->window.r;
	uint64_t max = r->stats.kernel_max, live = head_flows(ui, r);
	uint64_t count = r->stats.kernel_count > live ? r->stats.kernel_count : live;
	bool near = max && count * 5 >= max * 4;
	double left = head_time_to_full(ui, count, max);
	struct text t = strip_add(s, "flows", near ? LOOK_BAD : LOOK_BOLD, 0);

	text_add_grouped(&t, live);
	if (max) {
		t = strip_add(s, "of", near ? LOOK_BAD : LOOK_PLAIN, 3);
		text_add_grouped(&t, max);
		text_printf(&t, " (%u%%)", (unsigned)(100.0 * count / max));
		strip_last(s)->tight = true;
	}
	if (!isnan(left)) {
		t = strip_add(s, "full in", LOOK_BAD, 1);
		text_add_duration(&t, left);
	}
	if (r->totals.shown + r->totals.own != live && r->totals.shown) {
		t = strip_add(s, "shown", LOOK_BOLD, 1);
		text_add_grouped(&t, r->totals.shown);
	}
	t = strip_add(s, "", LOOK_DIM, 6);
	head_add_sparks(ui, &t);
	strip_last(s)->tight = true;
	strip_last(s)->min_width = HEAD_SAMPLES;
}

static void head_add_per_second(struct strip *s, const char *label, double n, unsigned rank,
				bool bad)
{
	struct text t = strip_add(s, label, bad && n > 0 ? LOOK_BAD : LOOK_PLAIN,
				 bad && n > 0 ? 0 : rank);

	if (isnan(n))
		text_add_char(&t, '-');
	else if (n > 0 && n < 10)
		text_printf(&t, "%.1f/s", n);
	else {
		text_add_grouped(&t, n);
		text_add(&t, "/s");
	}
	strip_last(s)->min_width = bad ? 4 : 7;
}

/* "94.1 Mbit/s" */
static void head_add_speed(struct ui *ui, struct strip *s, const char *label, double bytes)
{
	bool bits = ui->format.unit == UNIT_BITS;
	struct text t = strip_add(s, label, LOOK_PLAIN, 2);
	char buf[32];
	struct text n = TEXT(buf);
	size_t digits;

	text_clear(&n);
	text_add_human(&n, bits ? bytes * 8 : bytes, ui->format.iec);
	digits = strspn(buf, "0123456789.>");
	text_printf(&t, "%.*s %s%s", (int)digits, buf, buf + digits, bits ? "bit/s" : "B/s");
	strip_last(s)->min_width = bits ? 11 : 9;
}

static void head_draw_rates(struct ui *ui, int y)
{
	const struct view_totals *sum = &ui->window.r->totals;
	struct strip s = { .n = 0 };
	struct text t;
	bool lost = ui->window.r->stats.lost;

	head_add_count(ui, &s);
	head_add_per_second(&s, "new", sum->new_rate, 1, false);
	head_add_per_second(&s, "ended", sum->end_rate, 4, false);
	t = strip_add(&s, "lost", lost ? LOOK_BAD : LOOK_PLAIN, lost ? 0 : 7);
	text_add_grouped(&t, ui->window.r->stats.lost);
	head_add_per_second(&s, "drop", sum->drop + sum->early_drop, 8, true);
	head_add_per_second(&s, "failed", sum->insert_failed, 8, true);
	head_add_speed(ui, &s, "tx", sum->tx_rate);
	head_add_speed(ui, &s, "rx", sum->rx_rate);
	strip_draw(&s, &ui->draw, y);
}

/* ---- the third: of what kind ---- */

static void head_add_number(struct strip *s, const char *label, uint64_t n, unsigned rank,
			    enum look look)
{
	struct text t = strip_add(s, label, look, rank);

	text_add_grouped(&t, n);
	strip_last(s)->min_width = 5;
}

static void head_add_state(const struct view_totals *sum, struct strip *s, uint8_t state,
			   bool always)
{
	const char *name = proto_state_name(IPPROTO_TCP, state);
	uint64_t n = sum->by_state[proto_state_rank(IPPROTO_TCP, state)];
	bool fresh = n && !strncmp(name, "SYN_", 4);

	if (n || always)
		head_add_number(s, name, n, always ? 2 : 4, fresh ? LOOK_FRESH : LOOK_PLAIN);
}

/* Some TCP states always, the others where flows have them. */
static void head_add_states(const struct view_totals *sum, struct strip *s)
{
	static const uint8_t always[] = {
		TCP_CONNTRACK_ESTABLISHED, TCP_CONNTRACK_SYN_SENT, TCP_CONNTRACK_TIME_WAIT,
	};

	for (unsigned i = 0; i < sizeof(always); i++)
		head_add_state(sum, s, always[i], true);
	for (uint8_t state = TCP_CONNTRACK_SYN_SENT; state <= TCP_CONNTRACK_SYN_SENT2; state++)
		if (!memchr(always, state, sizeof(always)))
			head_add_state(sum, s, state, false);
}

static void head_draw_kinds(struct ui *ui, int y)
{
	const struct view_totals *sum = &ui->window.r->totals;
	struct strip s = { .n = 0 };
	struct text t;

	head_add_number(&s, "tcp", sum->tcp, 0, LOOK_PLAIN);
	head_add_number(&s, "udp", sum->udp, 0, LOOK_PLAIN);
	head_add_number(&s, "icmp", sum->icmp, 1, LOOK_PLAIN);
	if (sum->other)
		head_add_number(&s, "other", sum->other, 3, LOOK_PLAIN);
	t = strip_add(&s, "unreplied", LOOK_PLAIN, 2);
	text_add_grouped(&t, sum->unreplied);
	if (sum->live)
		text_printf(&t, " (%u%%)", (unsigned)(100.0 * sum->unreplied / sum->live));
	strip_last(&s)->min_width = 9;
	head_add_states(sum, &s);
	strip_draw(&s, &ui->draw, y);
}

/* ---- tabs, filter, sort ---- */

static void head_add_tabs(struct ui *ui, struct strip *s, bool all)
{
	unsigned now = tabs_now(ui);
	struct text t;

	for (unsigned i = 0; i < n_tabs; i++) {
		if (!all && i != now)
			continue;
		t = strip_add(s, "", i == now ? LOOK_CURSOR : LOOK_PLAIN, 0);
		text_printf(&t, i == now ? "[%s]" : " %s ", tabs_all[i].title);
		strip_last(s)->tight = true;
	}
	if (now == n_tabs) {
		t = strip_add(s, "", LOOK_CURSOR, 0);
		text_printf(&t, "[by %s]", ui->spec.group->name);
		strip_last(s)->tight = true;
	}
}

static void head_add_sort(struct ui *ui, struct strip *s)
{
	const struct view_spec *spec = &ui->spec;
	const struct sort_key *by = sort_key(spec);
	const char *name = by->column == &group_columns[0] ? spec->group->name : by->column->name;
	struct text t;

	t = strip_add(s, "sort:", LOOK_PLAIN, 2);
	text_printf(&t, "%s %s", name,
		    ui->draw.utf8 ? by->descending ? "▼" : "▲" : by->descending ? "v" : "^");
	strip_last(s)->right = true;
}

static void head_add_place(struct ui *ui, struct strip *s)
{
	const struct window *w = &ui->window;
	uint64_t total = window_total(w);
	struct text t = strip_add(s, "", LOOK_DIM, 3);

	text_add_grouped(&t, (w->selected ? w->number : w->top) + !!total);
	text_add_char(&t, '/');
	text_add_grouped(&t, total);
	strip_last(s)->right = true;
}

static void head_fill_tabs(struct ui *ui, struct strip *s, bool all)
{
	char limits[160];
	struct text t = TEXT(limits);

	s->n = 0;
	head_add_tabs(ui, s, all);
	text_clear(&t);
	set_describe_limits(ui, &t);
	if (*limits) {
		t = strip_add(s, "", LOOK_FRESH, 1);
		text_add(&t, limits);
	}
	if (ui->find.filter) {
		t = strip_add(s, "filter:", LOOK_BOLD, 0);
		text_add(&t, ui->find.filter);
	}
	head_add_sort(ui, s);
	head_add_place(ui, s);
}

/* Without room for filter and tabs side by side, only the current tab is drawn. */
static void head_draw_tabs(struct ui *ui, int y)
{
	unsigned width = 1;
	struct strip s;
	bool all;

	head_fill_tabs(ui, &s, true);
	for (unsigned i = 0; i < s.n; i++)
		if (s.item[i].rank < 2)
			width += text_width(s.item[i].label) + text_width(s.item[i].value) + 1 +
				 2 * !s.item[i].tight;
	all = width <= (unsigned)ui->draw.cols;
	if (!all)
		head_fill_tabs(ui, &s, false);
	strip_draw(&s, &ui->draw, y);
	for (unsigned i = 0; i < n_tabs; i++)
		ui->head.tab_x[i] = all ? s.item[i].x : -1;
}

int head_tab_at(const struct head *h, int x)
{
	for (unsigned i = n_tabs; i-- > 0; )
		if (h->tab_x[i] >= 0 && x >= h->tab_x[i])
			return x < h->tab_x[i] + (int)strlen(tabs_all[i].title) + 2 ? (int)i : -1;
	return -1;
}

void head_draw(struct ui *ui)
{
	if (ui->window.r && ui->at.heads >= 3) {
		head_draw_who(ui, ui->at.head);
		head_draw_rates(ui, ui->at.head + 1);
		head_draw_kinds(ui, ui->at.head + 2);
	} else if (ui->window.r && ui->at.heads) {
		head_draw_rates(ui, ui->at.head);
	}
	if (ui->at.warning >= 0)
		draw_put(&ui->draw, ui->at.warning, 1, ui->draw.cols - 1, LOOK_FRESH,
			 enrich_limit(ui->o->enrich, 0));
	if (ui->at.tabs >= 0)
		head_draw_tabs(ui, ui->at.tabs);
}
