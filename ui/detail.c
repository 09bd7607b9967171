// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/detail.c - all about one flow, and what it did since the cursor came
 * to it.
 */
#include "ui/int.h"

#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proc_pid.h"
#include "proto.h"
#include "text.h"

#define LABEL_WIDTH	13
#define LINES_MAX	80
#define GRAPH_ROWS	4

/* ---- the watch ---- */

static const char *copy_name(char *to, const char *name)
{
	if (name)
		snprintf(to, 256, "%s", name);
	return name ? to : NULL;
}

void ui_keep_row(struct ui_kept *k, const struct row *row)
{
	k->row = *row;
	k->flow = *row->flow;
	if (row->flow->extra)
		k->extra = *row->flow->extra;
	k->flow.extra = row->flow->extra ? &k->extra : NULL;
	if (row->owner)
		k->owner = *row->owner;
	k->flow.owner = row->owner ? &k->owner : NULL;
	if (row->sock)
		k->sock = *row->sock;
	k->row.flow = &k->flow;
	k->row.owner = k->flow.owner;
	k->row.sock = row->sock ? &k->sock : NULL;
	k->row.src_name = copy_name(k->src_name, row->src_name);
	k->row.dst_name = copy_name(k->dst_name, row->dst_name);
}

static void note_state(struct ui_watch *w, uint8_t state, uint64_t real)
{
	if (w->states && w->state[w->states - 1].state == state)
		return;
	if (w->states == UI_STATES) {
		memmove(&w->state[0], &w->state[1], sizeof(w->state) - sizeof(w->state[0]));
		w->states--;
	}
	w->state[w->states].state = state;
	w->state[w->states++].real = real;
}

static void note_rates(struct ui_watch *w, const struct flow *f)
{
	unsigned at = w->samples % UI_SAMPLES;

	if (isnan(f->orig_rate) || isnan(f->reply_rate))
		return;
	w->orig[at] = f->orig_rate;
	w->reply[at] = f->reply_rate;
	w->samples++;
}

void ui_watch_update(struct ui *ui)
{
	const struct row *row = ui_cursor_row(ui);
	struct ui_watch *w = &ui->watch;
	bool another;

	w->there = row && row->handle.gen;
	if (!w->there)
		return;
	another = memcmp(&w->flow, &row->handle, sizeof(w->flow));
	if (another) {
		memset(w, 0, sizeof(*w));
		w->flow = row->handle;
		w->since_ms = row->now_ms;
		w->there = true;
	}
	if (another || w->kept.flow.sampled != row->flow->sampled)
		note_rates(w, row->flow);
	ui_keep_row(&w->kept, row);
	note_state(w, w->kept.flow.flags & FLOW_ENDED ? STATE_ENDED : w->kept.flow.state,
		   row->now_real);
}

/* ---- the lines ---- */

struct line {
	const char *label;
	char text[UI_SAMPLES * 3 + 64];
	enum ui_look look;
};

struct page {
	struct line line[LINES_MAX];
	unsigned n;
};

static struct text add_line(struct page *p, const char *label)
{
	struct line *l = &p->line[p->n < LINES_MAX - 1 ? p->n++ : LINES_MAX - 1];
	struct text t;

	l->label = label;
	l->look = LOOK_PLAIN;
	t = TEXT(l->text);
	text_clear(&t);
	return t;
}

static void add_gap(struct page *p)
{
	add_line(p, "");
}

/* "what VALUE", where there is a value. */
static void add_field(const struct ui *ui, struct text *out, const char *what,
		      const char *field)
{
	const struct column *c = column_find(field);
	char buf[UI_CELL_MAX];
	struct text t = TEXT(buf);

	text_clear(&t);
	column_screen(c, &ui->watch.kept.row, &ui->format, &t);
	if (!*buf || !strcmp(buf, "0"))
		return;
	if (out->len)
		text_add(out, "   ");
	text_printf(out, "%s%s%s", what, *what ? " " : "", buf);
}

static void add_time_of_day(struct text *out, uint64_t real, bool date)
{
	time_t seconds = real / 1000000000;
	char buf[40];
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return;
	strftime(buf, sizeof(buf), date ? "%F %T" : "%T", &tm);
	text_add(out, buf);
}

static void add_title(const struct ui *ui, struct page *p)
{
	const struct ui_watch *w = &ui->watch;
	struct text t = add_line(p, "");

	p->line[p->n - 1].look = LOOK_BOLD;
	add_field(ui, &t, "", "family");
	add_field(ui, &t, "", "proto");
	add_field(ui, &t, "", "state");
	add_field(ui, &t, "", "service");
	add_field(ui, &t, "", "direction");
	if (w->kept.flow.flags & FLOW_ENDED)
		text_add(&t, "   ended");
	else if (!w->there)
		text_add(&t, "   no longer in this view");
}

/* ---- who ---- */

static void update_command(struct ui *ui)
{
	struct ui_watch *w = &ui->watch;
	const struct owner *o = w->kept.row.owner;

	if (!o || !o->pid || (w->command_pid == o->pid && w->command_start == o->start_time))
		return;
	w->command_pid = o->pid;
	w->command_start = o->start_time;
	if (!proc_pid_cmdline(o->pid, o->start_time, w->command, sizeof(w->command)))
		snprintf(w->command, sizeof(w->command), "(ended, or not readable)");
}

static void add_wrapped(const struct ui *ui, struct page *p, const char *label, const char *s)
{
	unsigned room = ui->cols > LABEL_WIDTH + 12 ? ui->cols - LABEL_WIDTH - 2 : 10;

	do {
		struct text t = add_line(p, label);
		size_t len = text_fit(s, room, NULL);

		text_printf(&t, "%.*s", (int)len, s);
		s += len;
		label = "";
	} while (*s);
}

static void add_who(struct ui *ui, struct page *p)
{
	struct ui_watch *w = &ui->watch;
	const struct owner *o = w->kept.row.owner;
	const char *name = row_process(&w->kept.row);
	struct text t = add_line(p, "Process");

	text_add(&t, name ? name : w->kept.flow.match == MATCH_PENDING ? "not looked up yet" :
		     "unknown");
	add_field(ui, &t, "pid", "pid");
	add_field(ui, &t, "user", "user");
	add_field(ui, &t, "netns", "netns");
	if (o)
		add_field(ui, &t, "found by", "match");
	if (o && o->pid) {
		update_command(ui);
		add_wrapped(ui, p, "Command", w->command);
	}
	if (o && o->unit[0]) {
		t = add_line(p, "Unit");
		text_add(&t, o->unit);
	}
	if (o && o->container[0]) {
		t = add_line(p, "Container");
		text_add(&t, o->container);
	}
}

/* ---- where ---- */

static void add_ends(const struct ui *ui, struct text *out, const struct addr *a,
		     uint16_t port)
{
	bool ports = proto_has_ports(ui->watch.kept.flow.key.l4), v6 = !addr_is_v4(a);
	char addr[ADDR_STRLEN];

	text_printf(out, ports && v6 ? "[%s]" : "%s", addr_format(a, addr));
	if (ports)
		text_printf(out, ":%u", port);
}

static void add_end(const struct ui *ui, struct page *p, const char *label,
		    const struct addr *a, uint16_t port, const char *name,
		    const struct place *place)
{
	struct text t = add_line(p, label);

	add_ends(ui, &t, a, port);
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

static void add_where(const struct ui *ui, struct page *p)
{
	static const char *const nat[] = {
		[NAT_NONE] = "no address translation",
		[NAT_SRC] = "SNAT to ",
		[NAT_DST] = "DNAT to ",
		[NAT_BOTH] = "SNAT and DNAT: to ",
	};
	const struct ui_watch *w = &ui->watch;
	const struct flow_ends *e = &w->kept.flow.key.orig, *r = &w->kept.flow.reply;
	enum flow_nat kind = flow_nat(&w->kept.flow);
	struct text t;

	add_end(ui, p, "Source", &e->src, e->sport, w->kept.row.src_name, w->kept.row.src_place);
	add_end(ui, p, "Destination", &e->dst, e->dport, w->kept.row.dst_name, w->kept.row.dst_place);
	t = add_line(p, "Reply");
	add_ends(ui, &t, &r->src, r->sport);
	text_add(&t, ui->utf8 ? " → " : " -> ");
	add_ends(ui, &t, &r->dst, r->dport);
	t = add_line(p, "NAT");
	text_add(&t, nat[kind]);
	if (kind == NAT_SRC || kind == NAT_BOTH)
		add_ends(ui, &t, &r->dst, r->dport);
	if (kind == NAT_BOTH)
		text_add(&t, ", to ");
	if (kind == NAT_DST || kind == NAT_BOTH)
		add_ends(ui, &t, &r->src, r->sport);
	if (!proto_is_icmp(w->kept.flow.key.l4))
		return;
	t = add_line(p, "ICMP");
	text_printf(&t, "type %u   code %u   id %u", e->dport >> 8, e->dport & 0xff, e->sport);
}

/* ---- the entry ---- */

static void add_entry(const struct ui *ui, struct page *p)
{
	const struct flow *f = &ui->watch.kept.flow;
	struct text t = add_line(p, "Began");

	if (f->start) {
		add_time_of_day(&t, f->start, true);
		add_field(ui, &t, "age", "age");
		if (!(f->flags & FLOW_START_KNOWN))
			text_add(&t, " (first seen by flowtop)");
	}
	if (f->end) {
		t = add_line(p, "Ended");
		add_time_of_day(&t, f->end, true);
		if (f->flags & FLOW_SWEPT)
			text_add(&t, " (found by a dump)");
	} else {
		t = add_line(p, "Expires");
		text_add(&t, f->expires ? "in" : "unknown (offloaded)");
		if (f->expires) {
			text_clear(&t);
			add_field(ui, &t, "in", "timeout");
			if (!t.len)
				text_add(&t, "now");
		}
	}
	t = add_line(p, "Flags");
	add_field(ui, &t, "", "status");
	t = add_line(p, "Entry");
	text_printf(&t, "id %u", f->id);
	if (f->mark)
		text_printf(&t, "   mark 0x%x", f->mark);
	add_field(ui, &t, "zone", "zone");
	add_field(ui, &t, "helper", "helper");
	add_field(ui, &t, "labels", "labels");
}

/* ---- how much ---- */

static const char *rate_unit(const struct ui *ui)
{
	return ui->format.unit == UNIT_BITS ? "bit/s" :
	       ui->format.unit == UNIT_PACKETS ? " packets/s" : "B/s";
}

static void add_counter(const struct ui *ui, struct page *p, const char *label, bool reply)
{
	const struct flow *f = &ui->watch.kept.flow;
	struct text t = add_line(p, label);
	size_t len;

	if (!(f->flags & FLOW_COUNTED)) {
		text_add(&t, "not counted: accounting was off when the flow began");
		return;
	}
	text_add_grouped(&t, reply ? f->reply_packets : f->orig_packets);
	text_add(&t, (reply ? f->reply_packets : f->orig_packets) == 1 ? " packet   " : " packets   ");
	text_add_grouped(&t, reply ? f->reply_bytes : f->orig_bytes);
	text_add(&t, " bytes");
	len = t.len;
	add_field(ui, &t, "", reply ? "reply_rate" : "orig_rate");
	if (t.len > len)
		text_add(&t, rate_unit(ui));
}

static void add_how_much(const struct ui *ui, struct page *p)
{
	const struct ui_watch *w = &ui->watch;
	struct text t;

	add_counter(ui, p, ui->utf8 ? "Sent →" : "Sent >", false);
	add_counter(ui, p, ui->utf8 ? "Reply ←" : "Reply <", true);
	if (w->kept.flow.flags & FLOW_COUNTED) {
		t = add_line(p, "Idle");
		add_field(ui, &t, "for", "idle");
	}
	if (!w->kept.row.sock)
		return;
	t = add_line(p, "TCP");
	add_field(ui, &t, "rtt", "rtt");
	add_field(ui, &t, "+-", "rttvar");
	add_field(ui, &t, "cwnd", "cwnd");
	text_printf(&t, "   retransmits %u", w->kept.sock.retrans);
}

/* ---- since the cursor came ---- */

static double peak(const float *rate, unsigned samples)
{
	unsigned n = samples < UI_SAMPLES ? samples : UI_SAMPLES;
	double most = 0;

	for (unsigned i = 0; i < n; i++)
		most = fmax(most, rate[i]);
	return most;
}

/* One row of a graph of GRAPH_ROWS; row 0 is the lowest. */
static void add_graph_row(const struct ui *ui, struct page *p, const char *label,
			  const float *rate, unsigned row, double most)
{
	unsigned room = ui->cols > LABEL_WIDTH + 2 ? ui->cols - LABEL_WIDTH - 2 : 1;
	unsigned samples = ui->watch.samples, n = samples;
	struct text t = add_line(p, label);

	n = n < UI_SAMPLES ? n : UI_SAMPLES;
	n = n < room ? n : room;
	for (unsigned i = samples - n; i < samples; i++) {
		double level = most > 0 ? rate[i % UI_SAMPLES] / most * GRAPH_ROWS - row : 0;

		if (level <= 0)
			text_add(&t, row ? " " : ui->utf8 ? "▁" : "_");
		else
			text_add(&t, draw_level(ui, fmin(level, 1) - 0.01));
	}
}

static void add_graph(const struct ui *ui, struct page *p, const char *label,
		      const float *rate)
{
	double most = peak(rate, ui->watch.samples);
	bool bits = ui->format.unit == UNIT_BITS;
	struct text t = add_line(p, label);
	char buf[32];
	struct text n = TEXT(buf);
	size_t digits;

	text_add(&t, "peak ");
	text_clear(&n);
	text_add_human(&n, bits ? most * 8 : most, ui->format.iec);
	digits = strspn(buf, "0123456789.>");
	text_printf(&t, "%.*s %s%s", (int)digits, buf, buf + digits, bits ? "bit/s" : "B/s");
	for (unsigned row = GRAPH_ROWS; row-- > 0; )
		add_graph_row(ui, p, "", rate, row, most);
}

static void add_since(const struct ui *ui, struct page *p)
{
	const struct ui_watch *w = &ui->watch;
	struct text t;

	for (unsigned i = 0; i < w->states; i++) {
		const char *name = w->state[i].state == STATE_ENDED ? "ended" :
				   proto_state_name(w->kept.flow.key.l4, w->state[i].state);

		t = add_line(p, i ? "" : "Watched");
		add_time_of_day(&t, w->state[i].real, false);
		text_printf(&t, "  %s", name ? name : "no state");
	}
	add_gap(p);
	if (!w->samples)
		return;
	add_graph(ui, p, ui->utf8 ? "Rate →" : "Rate >", w->orig);
	add_graph(ui, p, ui->utf8 ? "Rate ←" : "Rate <", w->reply);
}

/* ---- the screen ---- */

static void page_fill(struct ui *ui, struct page *p)
{
	p->n = 0;
	add_title(ui, p);
	add_gap(p);
	add_who(ui, p);
	add_gap(p);
	add_where(ui, p);
	add_gap(p);
	add_entry(ui, p);
	add_gap(p);
	add_how_much(ui, p);
	add_gap(p);
	add_since(ui, p);
}

static void draw_line(struct ui *ui, int y, const struct line *l)
{
	int label = *l->label || l->look == LOOK_PLAIN ? LABEL_WIDTH : 0;

	draw_put(ui, y, 1, LABEL_WIDTH, LOOK_DIM, l->label);
	draw_put(ui, y, 1 + label, ui->cols, l->look, l->text);
}

static void detail_draw(struct ui *ui)
{
	int top = ui_pane_top(ui), rows = ui->lines - top - (ui->at.foot >= 0);
	struct page p;

	page_fill(ui, &p);
	ui->page = rows > 0 ? rows : 1;
	if (ui->scroll + ui->page > p.n)
		ui->scroll = p.n > ui->page ? p.n - ui->page : 0;
	for (unsigned i = 0; i < ui->page && ui->scroll + i < p.n; i++)
		draw_line(ui, top + i, &p.line[ui->scroll + i]);
	ui_draw_foot(ui);
}

static void detail_mouse(struct ui *ui)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return;
	if (e.bstate & BUTTON4_PRESSED)
		ui->scroll -= ui->scroll > 3 ? 3 : ui->scroll;
	else if (e.bstate & BUTTON5_PRESSED)
		ui->scroll += 3;
}

static void detail_key(struct ui *ui, int key)
{
	unsigned page = ui->page;

	if (key == KEY_UP || key == 'k')
		ui->scroll -= ui->scroll > 0;
	else if (key == KEY_DOWN || key == 'j')
		ui->scroll++;
	else if (key == KEY_PPAGE || key == KEY_HOME || key == 'g')
		ui->scroll -= key == KEY_PPAGE && ui->scroll > page ? page : ui->scroll;
	else if (key == KEY_NPAGE || key == KEY_END || key == 'G')
		ui->scroll += key == KEY_NPAGE ? page : LINES_MAX;
	else if (key == KEY_MOUSE)
		detail_mouse(ui);
	else if (key == KEY_ESCAPE || key == '\r' || key == '\n' || key == KEY_ENTER ||
		 key == KEY_LEFT)
		set_back(ui, key);
	else
		ui_dispatch(ui, key, IN_DETAIL);
}

const struct ui_mode mode_detail = { .draw = detail_draw, .key = detail_key };

void ui_detail_open(struct ui *ui)
{
	ui->scroll = 0;
	ui_mode_set(ui, &mode_detail);
	ui_watch_update(ui);
	ui_ask(ui);	/* for what only this page shows */
}
