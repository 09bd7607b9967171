// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/lines.c - the lower the screen, the fewer lines beside the table. */
#include "ui/lines.h"

void lines_measure(struct lines *at, int height, bool warns)
{
	int h = height, y;

	at->head = 0;
	at->heads = h >= 16 ? 3 : h >= 6 ? 1 : 0;
	y = at->heads;
	at->warning = h >= 20 && warns ? y++ : -1;
	at->tabs = h >= 10 ? y++ : -1;
	at->heading = h >= 3 ? y++ : -1;
	at->table = y;
	at->foot = h >= 4 ? h - 1 : -1;
	at->rows = h - y - (at->foot >= 0) > 0 ? h - y - (at->foot >= 0) : 1;
}

int lines_clear_pane(const struct lines *at, const struct draw *d)
{
	int top = at->tabs >= 0 ? at->tabs : d->lines >= 6 ? at->heads : 0;

	for (int y = top; y < d->lines; y++)
		draw_fill(d, y, 0, d->cols, LOOK_PLAIN);
	return top;
}
