// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/help.c - see the header. */
#include "ui/help.h"

#include <curses.h>

#include "ui/keys.h"
#include "ui/screen.h"

#define HELP_LINES	(KEYS_MAX + 12)	/* each key, and twelve more */

void help_open(struct help *h)
{
	h->scroll = 0;
}

struct help_line {
	const char *names;
	char text[160];
};

static void help_add(struct help_line *line, unsigned *n, const char *names, const char *text)
{
	if (*n == HELP_LINES)
		return;
	line[*n].names = names;
	snprintf(line[(*n)++].text, sizeof(line[0].text), "%s", text);
}

static unsigned help_fill(const struct ui *ui, struct help_line *line)
{
	const struct enrich *e = ui->o->enrich;
	unsigned n = 0;
	char databases[160] = "", names[160];

	for (unsigned i = 0; i < n_keys; i++)
		if (keys_all[i].names)
			help_add(line, &n, keys_all[i].names, keys_all[i].help);
	help_add(line, &n, "FLG", "U unreplied, R replied, A assured, then");
	help_add(line, &n, "", "s d b: source, destination or both translated, then");
	help_add(line, &n, "", "O H: offloaded, in hardware");
	help_add(line, &n, ui->draw.utf8 ? "» at the left" : "> at the left",
		 "one of the busiest flows, which come first by state");
	help_add(line, &n, ui->draw.utf8 ? "× at the left" : "x at the left", "the flow has ended");
	help_add(line, &n, "AGE > 1h", "older than flowtop: its begin is not known");
	help_add(line, &n, "Mouse", "wheel scrolls, a click selects, on a heading sorts");
	if (!e)
		return n;
	enrich_names_rest(e, names, sizeof(names));
	help_add(line, &n, "Names", *names ? names : ui->format.names ? "on" : "off");
	enrich_databases(e, databases, sizeof(databases));
	help_add(line, &n, "Places", *databases ? databases : "no database");
	help_add(line, &n, "Event filter", enrich_event_filter(e));
	help_add(line, &n, "Tracepoint ring", enrich_tracepoint(e));
	for (unsigned i = 0; *enrich_limit(e, i); i++)
		help_add(line, &n, "Note", enrich_limit(e, i));
	return n;
}

#define HELP_NAMES 23		/* the widest key names, and two spaces */
#define HELP_COLUMN 76

void help_draw(struct ui *ui)
{
	struct help_line line[HELP_LINES];
	unsigned n = help_fill(ui, line), rows = ui->draw.lines > 2 ? ui->draw.lines - 2 : 1;
	unsigned across = ui->draw.cols >= 2 * HELP_COLUMN ? 2 : 1;
	unsigned tall = (n + across - 1) / across;
	unsigned names = ui->draw.cols >= 60 ? HELP_NAMES : 10;

	erase();
	if (ui->help.scroll + rows > tall)
		ui->help.scroll = tall > rows ? tall - rows : 0;
	draw_fill(&ui->draw, 0, 0, ui->draw.cols, LOOK_HEAD);
	draw_put(&ui->draw, 0, 1, ui->draw.cols, LOOK_HEAD, "flowtop: keys");
	for (unsigned i = 0; i < n; i++) {
		int y = 1 + (int)(i % tall) - (int)ui->help.scroll, x = 1 + i / tall * HELP_COLUMN;

		if (y < 1 || y > (int)rows)
			continue;
		draw_put(&ui->draw, y, x, names - 1, LOOK_KEY, line[i].names);
		draw_put(&ui->draw, y, x + names, HELP_COLUMN - names, LOOK_PLAIN, line[i].text);
	}
	if (ui->draw.lines > 1)
		draw_put(&ui->draw, ui->draw.lines - 1, 1, ui->draw.cols, LOOK_DIM, tall > rows ?
			"Up, Down: more   any other key: back" : "any key: back");
}

enum reaction help_key(struct ui *ui, int key)
{
	unsigned page = ui->draw.lines > 4 ? ui->draw.lines - 4 : 1;
	struct help *h = &ui->help;

	if (key == KEY_UP || key == 'k')
		h->scroll -= h->scroll > 0;
	else if (key == KEY_DOWN || key == 'j')
		h->scroll++;
	else if (key == KEY_NPAGE)
		h->scroll += page;
	else if (key == KEY_PPAGE)
		h->scroll -= h->scroll > page ? page : h->scroll;
	else if (key != KEY_MOUSE)
		return DO_BACK;
	return DO_NOTHING;
}
