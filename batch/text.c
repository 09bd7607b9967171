// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * batch/text.c - a page as text. On a terminal the columns are fitted to its
 * width; elsewhere each has the width that it needs, and nothing is cut off.
 */
#include "batch/text.h"

#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "classic.h"

/* ---- layout ---- */

static unsigned terminal_width(void)
{
	struct winsize ws;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col ? ws.ws_col : 80;
}

/* The key of groups has the name of their field. */
static const char *batch_title(const struct batch_text *t, unsigned i)
{
	return t->cols[i] == group_columns ? t->group->title : t->cols[i]->title;
}

static unsigned max_u(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static void lay_out(struct batch_text *t)
{
	struct column_fit fit[BATCH_COLUMNS_MAX];

	for (unsigned i = 0; i < t->n_cols; i++) {
		unsigned title = strlen(batch_title(t, i));

		fit[i] = (struct column_fit){
			.column = t->cols[i],
			.min_width = max_u(t->cols[i]->min_width, title),
			.max_width = max_u(t->cols[i]->max_width, title),
		};
		fit[i].width = fit[i].max_width;
	}
	if (t->fitted)
		column_share_out(fit, t->n_cols, t->ranked, 1, terminal_width());
	for (unsigned i = 0; i < t->n_cols; i++)
		t->width[i] = fit[i].width;
}

void batch_text_init(struct batch_text *t, const struct conf *c, const struct column *group,
		     const struct column *const *cols, unsigned n)
{
	*t = (struct batch_text){
		.format = {
			.names = !c->numeric,
			.services = !c->no_services,
			.unit = c->bits ? UNIT_BITS : c->packets ? UNIT_PACKETS : UNIT_BYTES,
			.iec = c->iec,
			.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		},
		.classic = c->classic && !group,
		.fitted = isatty(STDOUT_FILENO),
		.ranked = !c->columns || group,
		.group = group,
		.cols = cols,
		.n_cols = n < BATCH_COLUMNS_MAX ? n : BATCH_COLUMNS_MAX,
	};
}

unsigned batch_text_needs(const struct batch_text *t)
{
	return t->classic ? CLASSIC_NEEDS : 0;
}

/* ---- cells ---- */

static void add_spaces(struct text *out, unsigned n)
{
	while (n--)
		text_add_char(out, ' ');
}

/* As much as there is room for, and an ellipsis. */
static void add_cut(const struct batch_text *t, const char *s, unsigned width, struct text *out)
{
	unsigned used;
	size_t len = text_fit(s, width - 1, &used);

	text_printf(out, "%.*s%s", (int)len, s, t->format.utf8 ? "…" : "~");
	add_spaces(out, width - 1 - used);
}

/* @last: nothing comes behind it, so nothing fills it up. */
static void add_cell(const struct batch_text *t, const char *s, unsigned width, bool right,
		     bool last, struct text *out)
{
	unsigned wide;

	if (!*s)
		s = "-";
	wide = text_width(s);
	if (t->fitted && wide > width) {
		add_cut(t, s, width, out);
		return;
	}
	if (right && wide < width)
		add_spaces(out, width - wide);
	text_add(out, s);
	if (!right && wide < width && !last)
		add_spaces(out, width - wide);
}

static unsigned last_column(const struct batch_text *t)
{
	unsigned last = 0;

	for (unsigned i = 0; i < t->n_cols; i++)
		if (t->width[i])
			last = i;
	return last;
}

/* ---- the head of a page ---- */

static void add_local_time(struct text *out, uint64_t realtime_ns)
{
	time_t seconds = realtime_ns / 1000000000;
	char buf[32] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(buf, sizeof(buf), "%F %T", &tm);
	text_add(out, buf);
}

static void add_rate(struct text *out, const char *what, double rate)
{
	if (isnan(rate))
		return;
	text_add(out, ", ");
	text_add(out, what);
	text_add_char(out, ' ');
	text_add_human(out, rate, false);
	text_add(out, "/s");
}

void batch_text_status(struct batch_text *t, const struct view_result *head,
		       const char *host, struct text *out)
{
	const struct view_totals *sum = &head->totals;

	lay_out(t);
	if (t->classic) {
		classic_head(0, out);
		return;
	}
	text_printf(out, "flowtop %s ", host);
	add_local_time(out, head->made_real);
	text_add(out, ": flows ");
	text_add_grouped(out, sum->live);
	if (head->stats.kernel_max) {
		text_add(out, " of ");
		text_add_grouped(out, head->stats.kernel_max);
	}
	text_add(out, ", shown ");
	text_add_grouped(out, sum->shown);
	add_rate(out, "new", sum->new_rate);
	add_rate(out, "ended", sum->end_rate);
	if (head->stats.lost)
		text_printf(out, ", lost %llu", (unsigned long long)head->stats.lost);
}

/* ---- rows ---- */

void batch_text_heading(const struct batch_text *t, struct text *out)
{
	unsigned last = last_column(t);

	for (unsigned i = 0; i <= last && t->n_cols; i++) {
		const struct column *c = t->cols[i];

		if (!t->width[i])
			continue;
		add_cell(t, batch_title(t, i), t->width[i], c->right, i == last, out);
		if (i < last)
			text_add_char(out, ' ');
	}
}

void batch_text_row(const struct batch_text *t, const struct row *r, struct text *out)
{
	unsigned last = last_column(t);
	char buf[1024];

	if (t->classic) {
		classic_line(r, &t->format, out);
		return;
	}
	for (unsigned i = 0; i <= last && t->n_cols; i++) {
		const struct column *c = t->cols[i];
		struct text cell = TEXT(buf);

		if (!t->width[i])
			continue;
		text_clear(&cell);
		column_screen(c, r, &t->format, &cell);
		add_cell(t, buf, t->width[i], c->right, i == last, out);
		if (i < last)
			text_add_char(out, ' ');
	}
}
