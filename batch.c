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

#include "batch_text.h"
#include "sink.h"

#define REFRESH_MS 10000	/* a dump of millions of flows is done by then */
#define LEARN_MS 2000		/* --once: for processes and names */
#define SLICE_MS 20

struct page {
	const struct batch_options *o;
	const struct page_kind *kind;
	struct view_spec spec;
	struct sink sink;
	const struct column **cols;	/* what a row shows */
	unsigned n_cols;
	struct batch_text text;		/* of OUTPUT_TEXT */
	char host[256];
	uint64_t number;		/* of pages begun */
	uint64_t rows_left;
	/* the flows of this page, to be looked up for the next */
	struct flow_window *seen;
	unsigned seen_size;
};

struct page_kind {
	void (*head)(struct page *p, const struct view_result *head);
	void (*flow)(struct page *p, const struct row *r, struct text *out);
	void (*group)(struct page *p, const struct view_group *g, struct text *out);
};

/* ---- JSON Lines ---- */

static void json_head(struct page *p, const struct view_result *head)
{
	struct text line = sink_begin_line(&p->sink);

	json_stats(head, p->host, &line);
	sink_end_line(&p->sink, &line);
}

static void json_row(struct page *p, const struct row *r, struct text *out)
{
	json_flow(r, p->cols, p->n_cols, out);
}

static void json_group_row(struct page *p, const struct view_group *g, struct text *out)
{
	json_group(g, p->spec.group, out);
}

/* ---- CSV (RFC 4180, but lines end as they do here) ---- */

static void csv_add(struct text *out, bool first, const char *s)
{
	if (!first)
		text_add_char(out, ',');
	if (!s[strcspn(s, ",\"\r\n")]) {
		text_add(out, s);
		return;
	}
	text_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			text_add_char(out, '"');
		text_add_char(out, *s);
	}
	text_add_char(out, '"');
}

static void csv_head(struct page *p, const struct view_result *head)
{
	struct text line;

	(void)head;
	if (p->number > 1)
		return;
	line = sink_begin_line(&p->sink);
	if (p->spec.group)
		text_add(&line, "field,key,flows,unreplied,new_rate,orig_rate,reply_rate,rate,"
			 "total_flows,total_bytes");
	for (unsigned i = 0; i < p->n_cols && !p->spec.group; i++)
		csv_add(&line, !i, p->cols[i]->name);
	sink_end_line(&p->sink, &line);
}

static void csv_row(struct page *p, const struct row *r, struct text *out)
{
	char buf[1024];
	struct value v;

	for (unsigned i = 0; i < p->n_cols; i++) {
		struct text cell = TEXT(buf);

		text_clear(&cell);
		p->cols[i]->get(r, &v);
		value_add_text(&v, &cell);
		csv_add(out, !i, buf);
	}
}

static void csv_real(struct text *out, double real)
{
	text_add_char(out, ',');
	if (!isnan(real))
		value_add_text(&(struct value){ .type = VALUE_REAL, .real = real }, out);
}

static void csv_group_row(struct page *p, const struct view_group *g, struct text *out)
{
	csv_add(out, true, p->spec.group->name);
	csv_add(out, false, g->key);
	text_printf(out, ",%llu,%llu", (unsigned long long)g->flows,
		    (unsigned long long)g->unreplied);
	csv_real(out, g->new_rate);
	csv_real(out, g->orig_rate);
	csv_real(out, g->reply_rate);
	csv_real(out, g->orig_rate + g->reply_rate);
	text_printf(out, ",%llu,%llu", (unsigned long long)g->total_flows,
		    (unsigned long long)g->total_bytes);
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
	batch_text_heading(&p->text, p->spec.group, &line);
	sink_end_line(&p->sink, &line);
}

static void text_row(struct page *p, const struct row *r, struct text *out)
{
	batch_text_row(&p->text, r, out);
}

static void text_group_row(struct page *p, const struct view_group *g, struct text *out)
{
	batch_text_group(&p->text, g, out);
}

static const struct page_kind kinds[] = {
	[OUTPUT_TEXT] = { text_head, text_row, text_group_row },
	[OUTPUT_JSON] = { json_head, json_row, json_group_row },
	[OUTPUT_CSV] = { csv_head, csv_row, csv_group_row },
};

/* ---- what is looked up: the flows of the page ---- */

static void see(struct page *p, struct flow_handle h)
{
	struct flow_window *bigger;
	unsigned size;

	if (p->seen && p->seen->n < p->seen_size) {
		p->seen->flow[p->seen->n++] = h;
		return;
	}
	size = p->seen ? 2 * p->seen_size : 64;
	bigger = realloc(p->seen, sizeof(*bigger) + size * sizeof(bigger->flow[0]));
	if (!bigger)
		return;		/* then it is not looked up */
	if (!p->seen)
		bigger->n = 0;
	p->seen = bigger;
	p->seen_size = size;
	bigger->flow[bigger->n++] = h;
}

static unsigned table_needs(const struct view_spec *spec)
{
	unsigned needs = spec->filter ? filter_needs(spec->filter) : 0;

	for (unsigned i = 0; i < spec->sorts; i++)
		needs |= spec->sort[i].column->needs;
	return needs | (spec->group ? spec->group->needs : 0);
}

/* Has the flows of the page looked up, in their order. */
static void look_up_seen(struct page *p)
{
	struct flow_window *w = p->seen ? p->seen : calloc(1, sizeof(*w));

	p->seen = NULL;
	if (!w)
		return;
	w->screen_needs = p->spec.needs;
	w->table_needs = table_needs(&p->spec);
	flow_list_set_window(p->o->table, w);
}

/* ---- a page ---- */

static bool on_head(void *ctx, const struct view_result *head)
{
	struct page *p = ctx;

	p->number++;
	p->rows_left = p->o->conf->lines < 0 ? UINT64_MAX : (uint64_t)p->o->conf->lines;
	p->kind->head(p, head);
	return p->rows_left && p->sink.state == SINK_OPEN;
}

static bool on_row(void *ctx, const struct row *row, const struct view_group *group)
{
	struct page *p = ctx;
	struct text line = sink_begin_line(&p->sink);

	if (group) {
		p->kind->group(p, group, &line);
	} else {
		p->kind->flow(p, row, &line);
		see(p, row->handle);
	}
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
	look_up_seen(p);
	return sink_flush(&p->sink);
}

static bool count_head(void *ctx, const struct view_result *head)
{
	struct page *p = ctx;

	(void)head;
	p->rows_left = p->o->conf->lines < 0 ? UINT64_MAX : (uint64_t)p->o->conf->lines;
	return p->rows_left;
}

static bool count_row(void *ctx, const struct row *row, const struct view_group *group)
{
	struct page *p = ctx;

	if (!group)
		see(p, row->handle);
	return --p->rows_left;
}

/* Before the only page: time for the processes and names that it will show. */
static bool learn(struct page *p)
{
	if (view_each(p->o->view, &p->spec, count_head, count_row, p) < 0)
		return true;	/* the page itself will tell */
	look_up_seen(p);
	for (int ms = 0; ms < LEARN_MS && p->o->enrich && !enrich_idle(p->o->enrich);
	     ms += SLICE_MS)
		if (!sink_pause(&p->sink, SLICE_MS))
			return false;
	return true;
}

/* ---- when they come ---- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Waits for the next tick that is still to come. */
static bool wait_tick(struct page *p, double *tick)
{
	double delay = p->o->conf->delay, left;

	*tick += delay;
	if (*tick < now())
		*tick += delay * ceil((now() - *tick) / delay);
	while ((left = *tick - now()) > 0)
		if (!sink_pause(&p->sink, (int)ceil(left * 1000)))
			return false;
	return p->sink.state == SINK_OPEN;
}

static bool wait_dumped(struct page *p)
{
	while (!ct_wait_dumped(p->o->ct, SLICE_MS))
		if (!sink_pause(&p->sink, 0))
			return false;
	return true;
}

static void run(struct page *p)
{
	uint64_t count = p->o->conf->once ? 1 : p->o->conf->count;
	double tick;

	if (!wait_dumped(p) || (count == 1 && !learn(p)))
		return;
	tick = now();
	while (print_page(p) && p->number != count && wait_tick(p, &tick))
		ct_refresh(p->o->ct, REFRESH_MS);
}

/* ---- start and end ---- */

static unsigned needs_of(const struct page *p, enum conf_output output)
{
	unsigned needs = output == OUTPUT_TEXT ? batch_text_needs(&p->text) : 0;

	for (unsigned i = 0; i < p->n_cols; i++)
		needs |= p->cols[i]->needs;
	if (p->o->conf->numeric)
		needs &= ~NEED_NAME;
	if (p->o->conf->no_geoip)
		needs &= ~NEED_PLACE;
	return needs;
}

static int choose_columns(struct page *p, enum conf_output output)
{
	p->cols = calloc(n_columns, sizeof(*p->cols));
	if (!p->cols)
		return -ENOMEM;
	if (p->o->conf->columns)
		p->n_cols = conf_columns(p->o->conf->columns, p->cols, n_columns);
	else
		for (unsigned i = 0; i < n_columns; i++)
			if (output != OUTPUT_TEXT || columns[i].rank)
				p->cols[p->n_cols++] = &columns[i];
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
	ret = choose_columns(p, output);
	if (!ret)
		ret = sink_open(&p->sink, STDOUT_FILENO, o->stop_fd, JSON_LINE_MAX);
	if (ret)
		return ret;
	batch_text_init(&p->text, o->conf, p->cols, p->n_cols);
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
	signal(SIGPIPE, SIG_IGN);	/* a reader that left is no accident */
	run(&page);
	if (page.sink.error)
		fprintf(stderr, "flowtop: cannot write: %s\n", strerror(page.sink.error));
	ret = page.sink.state == SINK_FAILED;
	page_close(&page);
	return ret;
}
