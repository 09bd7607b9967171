// SPDX-License-Identifier: GPL-2.0-or-later
/* batch/events.c - see the header. */
#include "batch/events.h"

#include <stdlib.h>
#include <string.h>

#include "batch/csv.h"
#include "json.h"
#include "lib/clock.h"

#define WAIT_MS 50		/* for the process of a flow, at most */
#define GATHER_MS 10		/* between looks at the queue: many lines cost less together */
#define QUIET_MS 500		/* the same where nothing happens */

struct lost {
	uint64_t lines;			/* that are missing */
	uint64_t overruns;		/* of the event socket: what these cost is not known */
};

struct state {
	const struct events *e;
	struct flow_list *table;
	unsigned needs;
	uint64_t lines;			/* printed */
	uint64_t gone;			/* flows that were forgotten before their line */
	struct lost told;
	struct json_origin origin;
	uint64_t origin_time;
	struct row row;			/* of the event at hand */
	struct row_store store;
};

/* ---- lines ---- */

static const char *const event_names[] = {
	[FLOW_EVENT_NEW] = "new", [FLOW_EVENT_UPDATE] = "update", [FLOW_EVENT_END] = "end",
};

static void set_origin(struct state *s, uint64_t time)
{
	if (s->origin_time == time)
		return;
	json_origin_set(&s->origin, time, s->e->host);
	s->origin_time = time;
}

static void end_event_line(struct state *s, const struct text *line)
{
	s->lines++;
	sink_end_line(s->e->sink, line);
}

static void csv_begin(struct text *out, const char *type, uint64_t time, const char *host)
{
	text_add(out, type);
	text_add_char(out, ',');
	text_add_time(out, time);
	csv_add_text(out, false, host);
}

static void csv_heading(struct state *s)
{
	struct text line = sink_begin_line(s->e->sink);

	text_add(&line, "type,time,host,told,lines,overruns");
	csv_names(s->e->cols, s->e->n_cols, false, &line);
	sink_end_line(s->e->sink, &line);
}

static void print_event(struct state *s, const struct flow_event *ev)
{
	const struct events *e = s->e;
	struct text line = sink_begin_line(e->sink);
	const char *type = event_names[ev->kind];

	if (e->csv) {
		csv_begin(&line, type, ev->time, e->host);
		text_add(&line, ev->told ? ",true,," : ",false,,");
		csv_values(&s->row, e->cols, e->n_cols, false, &line);
	} else {
		set_origin(s, ev->time);
		json_event(&s->origin, type, ev->told, &s->row, e->cols, e->n_cols, &line);
	}
	end_event_line(s, &line);
}

static void print_lost(struct state *s, const struct lost *more)
{
	struct text line = sink_begin_line(s->e->sink);
	uint64_t now = clock_real();

	if (s->e->csv) {
		csv_begin(&line, "lost", now, s->e->host);
		text_printf(&line, ",,%llu,%llu", (unsigned long long)more->lines,
			    (unsigned long long)more->overruns);
		for (unsigned i = 0; i < s->e->n_cols; i++)
			text_add_char(&line, ',');
	} else {
		set_origin(s, now);
		json_lost(&s->origin, more->lines, more->overruns, &line);
	}
	end_event_line(s, &line);
}

static void tell_lost(struct state *s)
{
	const struct flow_stats *stats = flow_list_stats(s->table);
	struct lost all = { flow_read(stats->unlogged) + s->gone, flow_read(stats->lost) };
	struct lost more = { all.lines - s->told.lines, all.overruns - s->told.overruns };

	if (!more.lines && !more.overruns)
		return;
	s->told = all;
	print_lost(s, &more);
}

/* ---- events ---- */

/* Copies the flow as it was: it may have changed its state, or ended, since. */
static bool take_event_row(struct state *s, const struct flow_event *ev)
{
	const struct flow *f;
	struct flow *copy = &s->store.flow;

	rcu_read_lock();
	f = flow_list_get_rcu(s->table, ev->flow);
	if (f) {
		row_fill_rcu(&s->row, f, ev->flow, s->needs, clock_ms(), ev->time);
		row_keep_rcu(&s->row, &s->store);
	}
	rcu_read_unlock();
	if (!f)
		return false;
	copy->state = ev->state;
	if (ev->kind != FLOW_EVENT_END) {
		copy->flags &= ~(FLOW_ENDED | FLOW_SWEPT | FLOW_DELETED);
		copy->end = 0;
		s->row.deleter = NULL;
	}
	return true;
}

/* Somebody looks for its process and places, and the time for that is not over. */
static bool is_awaited(const struct state *s, const struct flow_event *ev)
{
	const struct flow *f = s->row.flow;
	bool no_owner = s->needs & NEED_OWNER && f->match == MATCH_PENDING;
	bool no_place = s->needs & NEED_PLACE && f->src_place == PLACE_UNKNOWN;
	bool no_deleter = flow_ended_by(f) && !s->row.deleter;

	return s->e->o->enrich && ev->kind != FLOW_EVENT_UPDATE &&
	       (no_owner || no_place || no_deleter) && clock_ms() - ev->ms < WAIT_MS;
}

/* Prints what is due. False: the queue is empty, else its first line waits. */
static bool print_due(struct state *s, uint64_t most)
{
	struct flow_event ev;

	while (flow_list_log_peek(s->table, &ev)) {
		bool there = take_event_row(s, &ev);

		if (there && is_awaited(s, &ev))
			return true;
		flow_list_log_pop(s->table);
		s->gone += !there;
		if (there && view_spec_passes(s->e->spec, &s->row))
			print_event(s, &ev);
		if (s->e->sink->state != SINK_OPEN || (most && s->lines >= most))
			return true;
	}
	return false;
}

/* The flows that were there before have their owners and names by their end. */
static void want_all(const struct state *s)
{
	struct flow_window *w = calloc(1, sizeof(*w));

	if (!w)
		return;
	w->table_needs = s->needs;
	flow_list_set_window(s->table, w);
}

void events_run(const struct events *e, uint64_t most)
{
	struct state s = {
		.e = e, .table = e->o->table,
		.needs = e->spec->needs | view_spec_needs(e->spec),
	};
	bool waiting = false;

	want_all(&s);
	if (e->csv)
		csv_heading(&s);
	do {
		if (!waiting)
			sink_wait(e->sink, flow_list_log_fd(s.table), QUIET_MS);
		if (!sink_pause(e->sink, GATHER_MS))
			break;
		waiting = print_due(&s, most);
		tell_lost(&s);
	} while (sink_flush(e->sink) && !(most && s.lines >= most));
}
