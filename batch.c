// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * batch.c - pages without a screen. A page is a head and rows; how they look
 * is a table of functions for each kind of output, when they come is the loop
 * at the end.
 */
#include "batch.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "batch/csv.h"
#include "batch/events.h"
#include "batch/sink.h"
#include "batch/text.h"
#include "lib/clock.h"

#define REFRESH_MS 10000	/* a dump of millions of flows is done by then */
#define LEARN_MS 2000		/* before the first page: for processes and names */
#define SAMPLE_SECONDS 1.0	/* and at most this long from one sample to the next */
#define SLICE_MS 20
#define ASK_MS 5		/* between checks whether these are known */
#define SEEN_MIN 1024

struct page {
	const struct batch_options *o;
	const struct page_kind *kind;
	struct view_spec spec;
	struct sink sink;
	const struct column **cols;	/* of JSON and CSV */
	unsigned n_cols;
	bool listed;			/* the user says which */
	struct batch_text text;		/* of OUTPUT_TEXT */
	char host[256];
	struct json_origin origin;
	uint64_t number, count;		/* of pages begun, and to print; 0: no end */
	uint64_t rows_left;
	/* the flows of this page, to be looked up for the next */
	struct flow_handle *seen;
	unsigned n_seen, seen_size;
};

struct page_kind {
	void (*head)(struct page *p, const struct view_result *head);
	void (*row)(struct page *p, const struct row *r, struct text *out);
};

/* ---- JSON Lines ---- */

static void json_head(struct page *p, const struct view_result *head)
{
	struct text line = sink_begin_line(&p->sink);

	json_origin_set(&p->origin, head->made_real, p->host);
	json_stats(&p->origin, head, &line);
	sink_end_line(&p->sink, &line);
}

static void json_row(struct page *p, const struct row *r, struct text *out)
{
	if (r->group)
		json_group(&p->origin, r, p->spec.group, out);
	else
		json_flow(&p->origin, r, p->cols, p->n_cols, out);
}

/* ---- CSV ---- */

static void csv_head(struct page *p, const struct view_result *head)
{
	struct text line;

	(void)head;
	if (p->number > 1)
		return;
	line = sink_begin_line(&p->sink);
	if (p->spec.group)
		text_add(&line, "field");
	csv_names(p->cols, p->n_cols, !p->spec.group, &line);
	sink_end_line(&p->sink, &line);
}

static void csv_row(struct page *p, const struct row *r, struct text *out)
{
	if (r->group)
		csv_add(out, true, p->spec.group->name);
	csv_values(r, p->cols, p->n_cols, !r->group, out);
}

/* ---- text ---- */

static void text_head(struct page *p, const struct view_result *head)
{
	struct text line;

	if (p->number > 1) {
		line = sink_begin_line(&p->sink);
		sink_end_line(&p->sink, &line);
	}
	line = sink_begin_line(&p->sink);
	batch_text_status(&p->text, head, p->host, &line);
	sink_end_line(&p->sink, &line);
	if (p->text.classic)
		return;
	line = sink_begin_line(&p->sink);
	batch_text_heading(&p->text, &line);
	sink_end_line(&p->sink, &line);
}

static void text_row(struct page *p, const struct row *r, struct text *out)
{
	batch_text_row(&p->text, r, out);
}

static const struct page_kind kinds[] = {
	[OUTPUT_TEXT] = { text_head, text_row },
	[OUTPUT_JSON] = { json_head, json_row },
	[OUTPUT_CSV] = { csv_head, csv_row },
};

/* ---- what is looked up: the flows of the page ---- */

static void see(struct page *p, struct flow_handle h)
{
	struct flow_handle *bigger;
	unsigned size;

	if (p->n_seen == p->seen_size) {
		size = p->seen_size ? 2 * p->seen_size : SEEN_MIN;
		bigger = realloc(p->seen, size * sizeof(*bigger));
		if (!bigger)
			return;		/* then it is not looked up */
		p->seen = bigger;
		p->seen_size = size;
	}
	p->seen[p->n_seen++] = h;
}

/* Has the flows of a window looked up. */
static void look_up(struct page *p, struct flow_window *w, unsigned screen_needs)
{
	w->screen_needs = screen_needs;
	w->table_needs = view_spec_needs(&p->spec);
	flow_list_set_window(p->o->table, w);
}

static void look_up_seen(struct page *p)
{
	struct flow_window *w = malloc(sizeof(*w) + p->n_seen * sizeof(w->flow[0]));

	if (!w)
		return;
	w->n = p->n_seen;
	if (p->n_seen)
		memcpy(w->flow, p->seen, p->n_seen * sizeof(w->flow[0]));
	look_up(p, w, p->spec.needs);
}

/* ---- a page ---- */

static bool on_head(void *ctx, const struct view_result *head)
{
	struct page *p = ctx;

	p->number++;
	p->n_seen = 0;
	p->rows_left = p->o->conf->lines < 0 ? UINT64_MAX : (uint64_t)p->o->conf->lines;
	p->kind->head(p, head);
	return p->rows_left && p->sink.state == SINK_OPEN;
}

static bool on_row(void *ctx, const struct row *row)
{
	struct page *p = ctx;
	struct text line = sink_begin_line(&p->sink);

	p->kind->row(p, row, &line);
	if (!row->group && p->number != p->count)
		see(p, row->handle);
	return sink_end_line(&p->sink, &line) && --p->rows_left;
}

static bool print_page(struct page *p)
{
	int ret = view_each(p->o->view, &p->spec, on_head, on_row, p);

	if (ret < 0) {
		fprintf(stderr, "flowtop: %s\n", strerror(-ret));
		p->sink.state = SINK_FAILED;
		return false;
	}
	if (p->number != p->count)
		look_up_seen(p);
	return sink_flush(&p->sink);
}

static double now(void)
{
	return clock_ns() / 1e9;
}

/* ---- before the first page: time to learn who, where and how fast ---- */

/*
 * Looks up all flows of @spec: places to the end, the rest at most until
 * @until. False: stopped.
 */
static bool learn_flows(struct page *p, const struct view_spec *spec, unsigned needs,
			double until)
{
	struct flow_window *w = view_list(p->o->view, spec);
	unsigned pending;

	if (!w)
		return true;	/* the page itself will tell */
	look_up(p, w, needs);
	do {
		enrich_look(p->o->enrich);
		if (!sink_pause(&p->sink, ASK_MS))
			return false;
		pending = enrich_pending(p->o->enrich) & needs;
	} while (pending & NEED_PLACE || (pending && now() < until));
	return true;
}

/*
 * What a filter, a sort key or a group uses must be known of every flow.
 * Returns the seconds that are left of @left; < 0: stopped.
 */
static double learn_table(struct page *p, double left)
{
	struct view_spec all = p->spec;
	unsigned needs = view_spec_needs(&p->spec) & ~NEED_RATE;
	double began = now();

	if (!p->o->enrich || !needs)
		return left;
	all.filter = NULL;
	all.group = NULL;
	all.rows = UINT32_MAX;
	if (!learn_flows(p, &all, needs, began + left))
		return -1;
	return fmax(left - (now() - began), 0);
}

/* The rest, of those that will be printed. False: stopped. */
static bool learn_printed(struct page *p, double left)
{
	struct view_spec printed = p->spec;

	return !p->o->enrich || p->spec.group ||
	       learn_flows(p, &printed, p->spec.needs & ~NEED_RATE, now() + left);
}

/*
 * Is there a rate to print, or to sort or select by? JSON and CSV print all
 * fields by default; that alone is not worth waiting for.
 */
static bool wants_rates(const struct page *p)
{
	unsigned needs = view_spec_needs(&p->spec);

	if (p->listed || p->kind == &kinds[OUTPUT_TEXT])
		needs |= p->spec.needs;
	return needs & NEED_RATE && flow_read(flow_list_stats(p->o->table)->acct);
}

static bool head_alone(void *ctx, const struct view_result *head)
{
	(void)ctx;
	(void)head;
	return false;
}

/*
 * A rate takes two samples of the counters, an interval apart; a group's rate of
 * new flows takes two walks.
 */
static bool wait_sample(struct page *p, double first)
{
	double until = first + fmin(p->o->conf->delay, SAMPLE_SECONDS);

	if (p->spec.group)
		view_each(p->o->view, &p->spec, head_alone, on_row, p);
	while (now() < until)
		if (!sink_pause(&p->sink, (int)ceil((until - now()) * 1000)))
			return false;
	ct_refresh(p->o->ct, REFRESH_MS);
	return true;
}

/* Waits for what the first page is to show. False: stopped. */
static bool prepare(struct page *p, bool learn)
{
	double first = now(), left = LEARN_MS / 1000.0;

	if (learn)
		left = learn_table(p, left);
	if (left < 0 || (wants_rates(p) && !wait_sample(p, first)))
		return false;
	return !learn || learn_printed(p, left);
}

/* ---- when they come ---- */

/* Waits for the next tick that is still to come. */
static bool wait_tick(struct page *p, double *tick)
{
	double delay = p->o->conf->delay, left;

	*tick += delay;
	if (*tick < now())
		*tick += delay * ceil((now() - *tick) / delay);
	while ((left = *tick - now()) > 0) {
		if (!sink_pause(&p->sink, (int)ceil(fmin(left, VIEW_BOOK_SECONDS) * 1000)))
			return false;
		if (left > VIEW_BOOK_SECONDS)
			view_book(p->o->view);
	}
	return p->sink.state == SINK_OPEN;
}

static bool wait_dumped(struct page *p)
{
	while (!ct_wait_dumped(p->o->ct, SLICE_MS))
		if (!sink_pause(&p->sink, 0))
			return false;
	return true;
}

/* An empty page would leave them wondering; the page itself stays as it is. */
static void warn_untracked(const struct page *p)
{
	const struct flow_stats *s = flow_list_stats(p->o->table);

	if (flow_read(s->tracking) == TRACKING_OFF)
		fprintf(stderr, "flowtop: the kernel tracks no connections here: no rule asks "
			"for it (--track adds one while flowtop runs)\n");
}

/* Likewise where it is chance which flows are seen. */
static void warn_no_events(const struct page *p)
{
	const struct flow_stats *s = flow_list_stats(p->o->table);

	if (flow_read(s->no_events) && !p->o->conf->once)
		fprintf(stderr, "flowtop: nf_conntrack_events is 0: the kernel reports no changes, "
			"and a flow shorter than the interval is missed\n");
}

static void warn_uncounted(const struct page *p)
{
	if (view_spec_needs(&p->spec) & NEED_RATE &&
	    !flow_read(flow_list_stats(p->o->table)->acct))
		fprintf(stderr, "flowtop: the kernel counts no bytes here, so rates are not known "
			"(net.netfilter.nf_conntrack_acct is 0)\n");
}

/* What cannot be looked up is null in the page, and nothing there says why. */
static void warn_limits(const struct page *p)
{
	if (!p->o->enrich)
		return;
	for (unsigned i = 0; *enrich_limit(p->o->enrich, i); i++)
		fprintf(stderr, "flowtop: %s\n", enrich_limit(p->o->enrich, i));
}

static void batch_print_pages(struct page *p)
{
	double tick;

	if (!wait_dumped(p))
		return;
	warn_untracked(p);
	warn_no_events(p);
	warn_uncounted(p);
	if (!prepare(p, p->count == 1 || p->kind == &kinds[OUTPUT_TEXT]))
		return;
	warn_limits(p);
	tick = now();
	while (print_page(p) && p->number != p->count && wait_tick(p, &tick))
		ct_refresh(p->o->ct, REFRESH_MS);
}

static void batch_print_events(struct page *p)
{
	const struct events e = {
		.o = p->o, .spec = &p->spec, .cols = p->cols, .n_cols = p->n_cols,
		.host = p->host, .sink = &p->sink, .csv = p->o->conf->csv,
	};

	if (!wait_dumped(p))
		return;
	warn_untracked(p);
	warn_no_events(p);
	warn_limits(p);
	events_run(&e, p->o->conf->count);
}

/* ---- start and end ---- */

static unsigned needs_of(const struct page *p, enum conf_output output)
{
	unsigned needs = output == OUTPUT_TEXT ? batch_text_needs(&p->text) : 0;

	for (unsigned i = 0; i < p->n_cols && output != OUTPUT_TEXT; i++)
		needs |= p->cols[i]->needs;
	if (p->o->conf->numeric)
		needs &= ~NEED_NAME;
	if (p->o->conf->no_geoip)
		needs &= ~NEED_PLACE;
	return needs;
}

static void add_columns(struct page *p, const struct column *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p->cols[p->n_cols++] = &from[i];
}

/* Of JSON and CSV: all, or those listed. What is usual on the screen does not matter here. */
static int choose_columns(struct page *p)
{
	struct layout_wish wish;

	p->cols = calloc(n_columns, sizeof(*p->cols));
	if (!p->cols)
		return -ENOMEM;
	layout_wish_parse(p->o->conf->columns, &wish);
	p->listed = wish.listed;
	if (p->spec.group)
		add_columns(p, group_columns, n_group_columns);
	else if (!wish.listed)
		add_columns(p, columns, n_columns);
	for (unsigned i = 0; i < wish.n && wish.listed && !p->spec.group; i++)
		p->cols[p->n_cols++] = wish.word[i].column;
	return 0;
}

static int page_open(struct page *p, const struct batch_options *o)
{
	enum conf_output output = conf_output(o->conf);
	char host[256] = "";
	int ret;

	*p = (struct page){ .o = o, .spec = o->spec, .kind = &kinds[output] };
	gethostname(host, sizeof(host) - 1);
	text_sanitise(p->host, sizeof(p->host), host, strlen(host));
	ret = choose_columns(p);
	if (!ret)
		ret = sink_open(&p->sink, STDOUT_FILENO, o->stop_fd, JSON_LINE_MAX);
	if (ret)
		return ret;
	p->count = o->conf->once ? 1 : o->conf->count;
	batch_text_init(&p->text, o->conf, &o->spec);
	p->spec.needs = needs_of(p, output);
	p->spec.first = 0;
	p->spec.rows = o->conf->lines < 0 || o->conf->lines > UINT32_MAX ? UINT32_MAX
									: o->conf->lines;
	return 0;
}

static void page_close(struct page *p)
{
	sink_close(&p->sink);
	free(p->seen);
	free(p->cols);
}

int batch_run(const struct batch_options *o)
{
	struct page page;
	int ret = page_open(&page, o);

	if (ret) {
		fprintf(stderr, "flowtop: %s\n", strerror(-ret));
		page_close(&page);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);	/* a reader that left is not an error */
	if (o->conf->events)
		batch_print_events(&page);
	else
		batch_print_pages(&page);
	if (page.sink.error)
		fprintf(stderr, "flowtop: cannot write: %s\n", strerror(page.sink.error));
	ret = page.sink.state == SINK_FAILED;
	page_close(&page);
	return ret;
}
