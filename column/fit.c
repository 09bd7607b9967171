/* SPDX-License-Identifier: GPL-2.0-or-later */
/* column/fit.c - which columns there is room for, and how wide they are. */
#include "column.h"

#define RANK_MAX 255

/* Takes the columns of a rank that fit; returns the room that is left. */
static unsigned fit_rank(struct column_fit *fit, unsigned n, unsigned rank, unsigned gap,
			 unsigned room)
{
	for (unsigned i = 0; i < n; i++) {
		if (fit[i].column->rank != rank || fit[i].min_width + gap > room)
			continue;
		fit[i].width = fit[i].min_width;
		room -= fit[i].width + gap;
	}
	return room;
}

static unsigned fit_in_turn(struct column_fit *fit, unsigned n, unsigned gap, unsigned room)
{
	for (unsigned i = 0; i < n && fit[i].min_width + gap <= room; i++) {
		fit[i].width = fit[i].min_width;
		room -= fit[i].width + gap;
	}
	return room;
}

/* One character more for each in turn, until none can use more. */
static void fit_widen(struct column_fit *fit, unsigned n, unsigned room)
{
	bool any = true;

	while (room && any) {
		any = false;
		for (unsigned i = 0; i < n && room; i++) {
			if (!fit[i].width || fit[i].width >= fit[i].max_width)
				continue;
			fit[i].width++;
			room--;
			any = true;
		}
	}
}

void column_share_out(struct column_fit *fit, unsigned n, bool ranked, unsigned gap,
		      unsigned room)
{
	room += gap;		/* nothing stands behind the last */
	for (unsigned i = 0; i < n; i++)
		fit[i].width = 0;
	if (!ranked)
		room = fit_in_turn(fit, n, gap, room);
	for (unsigned rank = 1; ranked && rank <= RANK_MAX; rank++)
		room = fit_rank(fit, n, rank, gap, room);
	fit_widen(fit, n, room);
}
