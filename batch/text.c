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

static unsigned group_needs(void)
{
	unsigned needs = 0;

	for (unsigned i = 0; i < n_group_columns; i++)
		needs |= group_columns[i].needs;
	return needs;
}

static void lay_out(struct batch_text *t, const struct view_totals *sum)
{
	/* without a terminal there is room for both ends, whatever this host is */
	t->role = t->fitted ? layout_role(t->role, sum->live, sum->forwarded) : LAYOUT_ROUTER;
	if (t->group)
		t->n_cols = layout_group_columns(t->group, t->sorted, t->col);
	else
		t->n_cols = layout_columns(t->role, &t->wish, t->sorted, false, t->col);
	if (t->fitted)
		layout_share_out(t->col, t->n_cols, t->wish.listed && !t->group, 1,
				 terminal_width());
	for (unsigned i = 0; !t->fitted && i < t->n_cols; i++)
		t->col[i].width = t->col[i].rank ? t->col[i].max_width : 0;
}

void batch_text_init(struct batch_text *t, const struct conf *c, const struct view_spec *spec)
{
	*t = (struct batch_text){
		.format = {
			.names = !c->numeric,
			.services = !c->no_services,
			.unit = c->bits ? UNIT_BITS : c->packets ? UNIT_PACKETS : UNIT_BYTES,
			.iec = c->iec,
			.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		},
		.classic = c->classic && !spec->group,
		.fitted = isatty(STDOUT_FILENO),
		.group = spec->group,
	};
	layout_wish_parse(c->columns, &t->wish);
	if (t->group)
		t->sorted = spec->group_sorts ? spec->group_sort[0].column : NULL;
	else if (!t->wish.listed)	/* a page has the columns that were listed, and no other */
		t->sorted = spec->sorts ? spec->sort[0].column : NULL;
}

unsigned batch_text_needs(const struct batch_text *t)
{
	struct layout_column col[LAYOUT_MAX];
	unsigned needs = 0;

	if (t->classic)
		return CLASSIC_NEEDS;
	if (t->group)
		return group_needs();
	for (enum layout_role role = LAYOUT_HOST; role <= LAYOUT_ROUTER; role++) {
		unsigned n = layout_columns(role, &t->wish, t->sorted, false, col);

		for (unsigned i = 0; i < n; i++)
			needs |= col[i].column->needs;
	}
	return needs;
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
		if (t->col[i].width)
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

	lay_out(t, sum);
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
		const struct layout_column *c = &t->col[i];

		if (!c->width)
			continue;
		add_cell(t, layout_title(c->column, t->group), c->width, c->column->right,
			 i == last, out);
		if (i < last)
			text_add_char(out, ' ');
	}
}

static bool has_host_beside(const struct batch_text *t, const struct column *c)
{
	for (unsigned i = 0; i < t->n_cols; i++) {
		if (t->col[i].width && column_is_host_of(t->col[i].column, c))
			return true;
	}
	return false;
}

void batch_text_row(const struct batch_text *t, const struct row *r, struct text *out)
{
	unsigned last = last_column(t);
	struct format format = t->format;
	char buf[1024];

	if (t->classic) {
		classic_line(r, &t->format, out);
		return;
	}
	for (unsigned i = 0; i <= last && t->n_cols; i++) {
		const struct layout_column *c = &t->col[i];
		struct text cell = TEXT(buf);

		if (!c->width)
			continue;
		text_clear(&cell);
		format.names = t->format.names && !has_host_beside(t, c->column);
		column_screen(c->column, r, &format, &cell);
		add_cell(t, buf, c->width, c->column->right, i == last, out);
		if (i < last)
			text_add_char(out, ' ');
	}
}
