// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/sentence.c - see the header. */
#include "ui/sentence.h"

#include <string.h>

#include "lib/text.h"
#include "ui/screen.h"

#define WIDTH_MAX 76

/* Moves as many words as fit from @s to @line. */
static void sentence_cut_line(const char **s, unsigned width, char *line, size_t size)
{
	size_t fits = text_fit(*s, width, NULL), n = fits;

	if ((*s)[fits]) {
		while (n && (*s)[n] != ' ')
			n--;
		if (!n)
			n = fits;
	}
	snprintf(line, size, "%.*s", (int)n, *s);
	*s += n;
	*s += strspn(*s, " ");
}

/* Lines (\n between them) in the middle of the table; the first one bold. */
static void sentence_draw_block(const struct ui *ui, const char *s)
{
	const struct draw *d = &ui->draw;
	unsigned width = d->cols - 4 > WIDTH_MAX ? WIDTH_MAX : d->cols > 4 ? d->cols - 4 : 1;
	int y = ui->at.table + (ui->at.rows > 8 ? ui->at.rows / 4 : 0);
	int end = ui->at.table + ui->at.rows;
	bool first = true;

	while (*s && y < end) {
		char part[512], line[512];
		const char *rest = part;
		size_t len = strcspn(s, "\n");

		snprintf(part, sizeof(part), "%.*s", (int)len, s);
		s += len + (s[len] == '\n');
		do {
			sentence_cut_line(&rest, width, line, sizeof(line));
			draw_put(d, y++, (d->cols - (int)text_width(line)) / 2, d->cols,
				 first ? LOOK_BOLD : LOOK_PLAIN, line);
		} while (*rest && y < end);
		first = false;
	}
}

static void sentence_draw_loading(const struct ui *ui)
{
	const struct flow_stats *s = ui->window.r ? &ui->window.r->stats : NULL;
	char buf[160] = "reading the conntrack table";
	struct text line = TEXT(buf);
	int width = ui->draw.cols - 4 > 50 ? 50 : ui->draw.cols - 4;
	int y = ui->at.table + ui->at.rows / 4 + 2;

	if (s && s->kernel_count) {
		text_clear(&line);
		text_add(&line, "loading ");
		text_add_grouped(&line, s->live);
		text_add(&line, " of ");
		text_add_grouped(&line, s->kernel_count);
		text_add(&line, " flows");
		if (ui->at.rows > 8 && width > 0)
			draw_bar(&ui->draw, y, (ui->draw.cols - width) / 2, width,
				 (double)s->live / s->kernel_count, LOOK_PLAIN);
	}
	sentence_draw_block(ui, buf);
}

static void sentence_explain_nothing_tracked(struct text *out)
{
	text_add(out, "The kernel tracks no connections here.\n"
		      "\n"
		      "No rule asks for it in this network namespace. flowtop --track adds one "
		      "for as long as it runs; a firewall rule with \"ct state\" (nftables) or "
		      "\"-m conntrack\" (iptables) does it for good.");
}

static void sentence_explain_filtered(const struct ui *ui, struct text *out)
{
	char limits[160];
	struct text t = TEXT(limits);

	text_clear(&t);
	set_describe_limits(ui, &t);
	text_add(out, "0 of ");
	text_add_grouped(out, ui->window.r->totals.live);
	text_add(out, ui->window.r->totals.live == 1 ? " flow matches.\n\n" : " flows match.\n\n");
	if (ui->find.filter)
		text_printf(out, "Filter: %s\nEsc clears it, / edits it.\n", ui->find.filter);
	if (*limits)
		text_printf(out, "%s.\n", limits);
}

bool sentence_draw(const struct ui *ui)
{
	const struct view_result *r = ui->window.r;
	char buf[1024];
	struct text out = TEXT(buf);

	if (!r || !r->stats.dumped) {
		sentence_draw_loading(ui);
		return true;
	}
	if (r->totals.rows || window_is_old(&ui->window))
		return false;
	text_clear(&out);
	if (r->stats.tracking == TRACKING_OFF && !r->totals.live)
		sentence_explain_nothing_tracked(&out);
	else if (!r->totals.live)
		text_add(&out, "No connections at present.\n\n"
			       "What the kernel tracks from now on is shown here.");
	else
		sentence_explain_filtered(ui, &out);
	sentence_draw_block(ui, buf);
	return true;
}
