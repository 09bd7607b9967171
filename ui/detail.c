// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/detail.c - see the header. */
#include "ui/detail.h"

#include <curses.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/proto.h"
#include "lib/text.h"
#include "ui/screen.h"

#define LABEL_WIDTH	13
#define LINES_MAX	80
#define GRAPH_ROWS	4

/* ---- the lines ---- */

struct detail_line {
	const char *label;
	char text[WATCH_SAMPLES * 3 + 64];
	enum look look;
};

struct detail_page {
	struct detail_line line[LINES_MAX];
	unsigned n;
};

static struct text detail_add_line(struct detail_page *p, const char *label)
{
	struct detail_line *l = &p->line[p->n < LINES_MAX - 1 ? p->n++ : LINES_MAX - 1];
	struct text t;

	l->label = label;
	l->look = LOOK_PLAIN;
	t = TEXT(l->text);
	text_clear(&t);
	return t;
}

static void detail_add_gap(struct detail_page *p)
{
	detail_add_line(p, "");
}

/* "what VALUE", where there is a value. */
static void detail_add_field(const struct ui *ui, struct text *out, const char *what,
			     const char *field)
{
	const struct column *c = column_find(field);
	char buf[DRAW_TEXT_MAX];
	struct text t = TEXT(buf);

	text_clear(&t);
	column_screen(c, &ui->watch.kept.row, &ui->format, &t);
	if (!*buf || !strcmp(buf, "0"))
		return;
	if (out->len)
		text_add(out, "   ");
	text_printf(out, "%s%s%s", what, *what ? " " : "", buf);
}

static void detail_add_time_of_day(struct text *out, uint64_t real, bool date)
{
	time_t seconds = real / 1000000000;
	char buf[40];
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return;
	strftime(buf, sizeof(buf), date ? "%F %T" : "%T", &tm);
	text_add(out, buf);
}

/* In full: the table has three letters for it. */
static void detail_add_direction(const struct ui *ui, struct text *out)
{
	struct value v;

	column_find("direction")->get(&ui->watch.kept.row, &v);
	text_add(out, "   ");
	value_add_text(&v, out);
}

static void detail_add_title(const struct ui *ui, struct detail_page *p)
{
	const struct watch *w = &ui->watch;
	struct text t = detail_add_line(p, "");

	p->line[p->n - 1].look = LOOK_BOLD;
	detail_add_field(ui, &t, "", "family");
	detail_add_field(ui, &t, "", "proto");
	detail_add_field(ui, &t, "", "state");
	detail_add_field(ui, &t, "", "service");
	detail_add_direction(ui, &t);
	if (w->kept.store.flow.flags & FLOW_ENDED)
		text_add(&t, "   ended");
	else if (!w->there)
		text_add(&t, "   no longer in this view");
}

/* ---- who ---- */

static void detail_add_wrapped(const struct ui *ui, struct detail_page *p, const char *label,
			       const char *s)
{
	unsigned room = ui->draw.cols > LABEL_WIDTH + 12 ? ui->draw.cols - LABEL_WIDTH - 2 : 10;

	do {
		struct text t = detail_add_line(p, label);
		size_t len = text_fit(s, room, NULL);

		text_printf(&t, "%.*s", (int)len, s);
		s += len;
		label = "";
	} while (*s);
}

static void detail_add_command(const struct ui *ui, struct detail_page *p,
			       const struct command *c)
{
	struct text t;

	detail_add_wrapped(ui, p, "Command", c->line[0] ? c->line : "(ended, or not readable)");
	if (!c->parent)
		return;
	t = detail_add_line(p, "Parent");
	text_printf(&t, "%s   pid %u", c->parent_name, c->parent);
}

static void detail_add_who(struct ui *ui, struct detail_page *p)
{
	const struct watch *w = &ui->watch;
	const struct owner *o = w->kept.row.owner;
	const char *name = row_process(&w->kept.row);
	struct text t = detail_add_line(p, "Process");

	text_add(&t, name ? name : w->kept.store.flow.match == MATCH_PENDING ? "not looked up yet" :
		     "unknown");
	detail_add_field(ui, &t, "pid", "pid");
	detail_add_field(ui, &t, "user", "user");
	detail_add_field(ui, &t, "netns", "netns");
	if (o)
		detail_add_field(ui, &t, "found by", "match");
	if (w->kept.row.command)
		detail_add_command(ui, p, w->kept.row.command);
	if (o && o->unit[0]) {
		t = detail_add_line(p, "Unit");
		text_add(&t, o->unit);
	}
	if (o && o->container[0]) {
		t = detail_add_line(p, "Container");
		text_add(&t, o->container);
	}
}

/* ---- where ---- */

/* Of an end; -1 where the protocol has none. */
static int detail_port(const struct ui *ui, uint16_t port)
{
	return flow_has_ports(&ui->watch.kept.store.flow.key) ? port : -1;
}

static void detail_add_end(const struct ui *ui, struct detail_page *p, const char *label,
			   const struct addr *a, uint16_t port, const char *name,
			   const struct place *place)
{
	struct text t = detail_add_line(p, label);

	addr_add_end(&t, a, NULL, detail_port(ui, port));
	if (name && *name)
		text_printf(&t, "   %s", name);
	if (place->country_name[0] || place->country[0])
		text_printf(&t, "   %s", place->country_name[0] ? place->country_name :
			    place->country);
	if (place->city[0])
		text_printf(&t, ", %s", place->city);
	if (place->asn)
		text_printf(&t, "   AS%u %s", place->asn, place->org);
}

static void detail_add_where(const struct ui *ui, struct detail_page *p)
{
	static const char *const nat[] = {
		[NAT_NONE] = "no address translation",
		[NAT_SRC] = "SNAT to ",
		[NAT_DST] = "DNAT to ",
		[NAT_BOTH] = "SNAT and DNAT: to ",
	};
	const struct watch *w = &ui->watch;
	const struct row *row = &w->kept.row;
	const struct flow_ends *e = &w->kept.store.flow.key.orig, *r = &w->kept.store.flow.reply;
	enum flow_nat kind = flow_nat(&w->kept.store.flow);
	struct text t;

	detail_add_end(ui, p, "Source", &e->src, e->sport, row->src_name, row->src_place);
	detail_add_end(ui, p, "Destination", &e->dst, e->dport, row->dst_name, row->dst_place);
	t = detail_add_line(p, "Reply");
	addr_add_end(&t, &r->src, NULL, detail_port(ui, r->sport));
	text_add(&t, ui->draw.utf8 ? " → " : " -> ");
	addr_add_end(&t, &r->dst, NULL, detail_port(ui, r->dport));
	t = detail_add_line(p, "NAT");
	text_add(&t, nat[kind]);
	if (kind == NAT_SRC || kind == NAT_BOTH)
		addr_add_end(&t, &r->dst, NULL, detail_port(ui, r->dport));
	if (kind == NAT_BOTH)
		text_add(&t, ", to ");
	if (kind == NAT_DST || kind == NAT_BOTH)
		addr_add_end(&t, &r->src, NULL, detail_port(ui, r->sport));
	if (!proto_is_icmp(w->kept.store.flow.key.l4))
		return;
	t = detail_add_line(p, "ICMP");
	text_printf(&t, "type %u   code %u   id %u", e->dport >> 8, e->dport & 0xff, e->sport);
}

/* ---- the entry ---- */

static void detail_add_entry(const struct ui *ui, struct detail_page *p)
{
	const struct flow *f = &ui->watch.kept.store.flow;
	struct text t = detail_add_line(p, "Began");

	if (flow_is_older(f))
		text_add(&t, "before ");
	if (f->start) {
		detail_add_time_of_day(&t, clock_real_of(f->start), true);
		detail_add_field(ui, &t, "age", "age");
		if (!(f->flags & FLOW_START_KNOWN))
			text_add(&t, flow_is_older(f) ? " (first seen by flowtop, began earlier)" :
				     " (first seen by flowtop)");
	}
	if (f->end) {
		t = detail_add_line(p, "Ended");
		detail_add_time_of_day(&t, clock_real_of(f->end), true);
		if (f->flags & FLOW_SWEPT)
			text_add(&t, " (found by a dump)");
	} else {
		t = detail_add_line(p, "Expires");
		text_add(&t, f->expires ? "in" : "unknown (offloaded)");
		if (f->expires) {
			text_clear(&t);
			detail_add_field(ui, &t, "in", "timeout");
			if (!t.len)
				text_add(&t, "now");
		}
	}
	t = detail_add_line(p, "Flags");
	detail_add_field(ui, &t, "", "status");
	t = detail_add_line(p, "Entry");
	text_printf(&t, "id %u", f->id);
	if (f->mark)
		text_printf(&t, "   mark 0x%x", f->mark);
	detail_add_field(ui, &t, "zone", "zone");
	detail_add_field(ui, &t, "helper", "helper");
	detail_add_field(ui, &t, "labels", "labels");
}

/* ---- how much ---- */

static const char *detail_rate_unit(const struct ui *ui)
{
	return ui->format.unit == UNIT_BITS ? "bit/s" :
	       ui->format.unit == UNIT_PACKETS ? " packets/s" : "B/s";
}

static void detail_add_counter(const struct ui *ui, struct detail_page *p, const char *label,
			       bool reply)
{
	const struct flow *f = &ui->watch.kept.store.flow;
	struct text t = detail_add_line(p, label);
	uint64_t packets;
	size_t len;

	if (!(f->flags & FLOW_COUNTED)) {
		text_add(&t, "not counted: accounting was off when the flow began");
		return;
	}
	packets = reply ? f->reply_packets : f->orig_packets;
	text_add_grouped(&t, packets);
	text_add(&t, packets == 1 ? " packet   " : " packets   ");
	text_add_grouped(&t, reply ? f->reply_bytes : f->orig_bytes);
	text_add(&t, " bytes");
	len = t.len;
	detail_add_field(ui, &t, "", reply ? "reply_rate" : "orig_rate");
	if (t.len > len)
		text_add(&t, detail_rate_unit(ui));
}

static void detail_add_how_much(const struct ui *ui, struct detail_page *p)
{
	const struct watch *w = &ui->watch;
	struct text t;

	detail_add_counter(ui, p, ui->draw.utf8 ? "Sent →" : "Sent >", false);
	detail_add_counter(ui, p, ui->draw.utf8 ? "Reply ←" : "Reply <", true);
	if (w->kept.store.flow.flags & FLOW_COUNTED) {
		t = detail_add_line(p, "Idle");
		detail_add_field(ui, &t, "for", "idle");
	}
	if (!w->kept.row.sock)
		return;
	t = detail_add_line(p, "TCP");
	detail_add_field(ui, &t, "rtt", "rtt");
	detail_add_field(ui, &t, "+-", "rttvar");
	detail_add_field(ui, &t, "cwnd", "cwnd");
	text_printf(&t, "   retransmits %u", w->kept.store.sock.retrans);
}

/* ---- since the cursor came ---- */

static double detail_peak(const float *rate, unsigned samples)
{
	unsigned n = samples < WATCH_SAMPLES ? samples : WATCH_SAMPLES;
	double most = 0;

	for (unsigned i = 0; i < n; i++)
		most = fmax(most, rate[i]);
	return most;
}

/* One row of a graph of GRAPH_ROWS; row 0 is the lowest. */
static void detail_add_graph_row(const struct ui *ui, struct detail_page *p, const char *label,
				 const float *rate, unsigned row, double most)
{
	unsigned room = ui->draw.cols > LABEL_WIDTH + 2 ? ui->draw.cols - LABEL_WIDTH - 2 : 1;
	unsigned samples = ui->watch.samples, n = samples;
	struct text t = detail_add_line(p, label);

	n = n < WATCH_SAMPLES ? n : WATCH_SAMPLES;
	n = n < room ? n : room;
	for (unsigned i = samples - n; i < samples; i++) {
		double level = most > 0 ? rate[i % WATCH_SAMPLES] / most * GRAPH_ROWS - row : 0;

		if (level <= 0)
			text_add(&t, row ? " " : ui->draw.utf8 ? "▁" : "_");
		else
			text_add(&t, draw_level(&ui->draw, fmin(level, 1) - 0.01));
	}
}

static void detail_add_graph(const struct ui *ui, struct detail_page *p, const char *label,
			     const float *rate)
{
	double most = detail_peak(rate, ui->watch.samples);
	bool bits = ui->format.unit == UNIT_BITS;
	struct text t = detail_add_line(p, label);
	char buf[32];
	struct text n = TEXT(buf);
	size_t digits;

	text_add(&t, "peak ");
	text_clear(&n);
	text_add_human(&n, bits ? most * 8 : most, ui->format.iec);
	digits = strspn(buf, "0123456789.>");
	text_printf(&t, "%.*s %s%s", (int)digits, buf, buf + digits, bits ? "bit/s" : "B/s");
	for (unsigned row = GRAPH_ROWS; row-- > 0; )
		detail_add_graph_row(ui, p, "", rate, row, most);
}

static void detail_add_since(const struct ui *ui, struct detail_page *p)
{
	const struct watch *w = &ui->watch;
	struct text t;

	for (unsigned i = 0; i < w->states; i++) {
		const char *name = w->state[i].state == WATCH_ENDED ? "ended" :
				   proto_state_name(w->kept.store.flow.key.l4, w->state[i].state);

		t = detail_add_line(p, i ? "" : "Watched");
		detail_add_time_of_day(&t, w->state[i].real, false);
		text_printf(&t, "  %s", name ? name : "no state");
	}
	detail_add_gap(p);
	if (!w->samples)
		return;
	detail_add_graph(ui, p, ui->draw.utf8 ? "Rate →" : "Rate >", w->orig);
	detail_add_graph(ui, p, ui->draw.utf8 ? "Rate ←" : "Rate <", w->reply);
}

/* ---- the screen ---- */

static void detail_fill_page(struct ui *ui, struct detail_page *p)
{
	p->n = 0;
	detail_add_title(ui, p);
	detail_add_gap(p);
	detail_add_who(ui, p);
	detail_add_gap(p);
	detail_add_where(ui, p);
	detail_add_gap(p);
	detail_add_entry(ui, p);
	detail_add_gap(p);
	detail_add_how_much(ui, p);
	detail_add_gap(p);
	detail_add_since(ui, p);
}

static void detail_draw_line(struct ui *ui, int y, const struct detail_line *l)
{
	int label = *l->label || l->look == LOOK_PLAIN ? LABEL_WIDTH : 0;

	draw_put(&ui->draw, y, 1, LABEL_WIDTH, LOOK_DIM, l->label);
	draw_put(&ui->draw, y, 1 + label, ui->draw.cols, l->look, l->text);
}

void detail_draw(struct ui *ui)
{
	struct detail *d = &ui->detail;
	int top = lines_clear_pane(&ui->at, &ui->draw);
	int rows = ui->draw.lines - top - (ui->at.foot >= 0);
	struct detail_page p;

	detail_fill_page(ui, &p);
	d->page = rows > 0 ? rows : 1;
	if (d->scroll + d->page > p.n)
		d->scroll = p.n > d->page ? p.n - d->page : 0;
	for (unsigned i = 0; i < d->page && d->scroll + i < p.n; i++)
		detail_draw_line(ui, top + i, &p.line[d->scroll + i]);
}

/* ---- keys ---- */

static void detail_mouse(struct detail *d)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return;
	if (e.bstate & BUTTON4_PRESSED)
		d->scroll -= d->scroll > 3 ? 3 : d->scroll;
	else if (e.bstate & BUTTON5_PRESSED)
		d->scroll += 3;
}

static bool detail_scrolls(struct detail *d, int key)
{
	if (key == KEY_UP || key == 'k')
		d->scroll -= d->scroll > 0;
	else if (key == KEY_DOWN || key == 'j')
		d->scroll++;
	else if (key == KEY_PPAGE)
		d->scroll -= d->scroll > d->page ? d->page : d->scroll;
	else if (key == KEY_HOME || key == 'g')
		d->scroll = 0;
	else if (key == KEY_NPAGE)
		d->scroll += d->page;
	else if (key == KEY_END || key == 'G')
		d->scroll += LINES_MAX;
	else if (key == KEY_MOUSE)
		detail_mouse(d);
	else
		return false;
	return true;
}

enum reaction detail_key(struct ui *ui, int key)
{
	if (detail_scrolls(&ui->detail, key))
		return DO_NOTHING;
	if (key == KEY_ESCAPE || key == '\r' || key == '\n' || key == KEY_ENTER || key == KEY_LEFT)
		return detail_back(ui, key);
	return DO_OTHER;
}

enum reaction detail_back(struct ui *ui, int key)
{
	(void)ui;
	(void)key;
	return DO_TABLE | DO_ASK;
}

void detail_open(struct detail *d)
{
	*d = (struct detail){ 0 };
}
