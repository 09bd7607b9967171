/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/head.h - the lines above the table: totals, health, tabs, the filter. */
#ifndef UI_HEAD_H
#define UI_HEAD_H

#include <stdint.h>

#include "view.h"

#define HEAD_SAMPLES	16
#define HEAD_TABS	16

struct ui;

struct head {			/* for head.c alone */
	char host[256];
	double live[HEAD_SAMPLES];	/* flows in the whole table, by time */
	uint32_t live_ms[HEAD_SAMPLES];	/* when, clock_ms() */
	unsigned samples;		/* in all; the last HEAD_SAMPLES are kept */
	int tab_x[HEAD_TABS];		/* -1: not on the screen */
};

void head_init(struct head *h);

/* With each new result. */
void head_sample(struct ui *ui, const struct view_result *r);

void head_draw(struct ui *ui);

/* The number of the tab at column @x; -1: none. */
int head_tab_at(const struct head *h, int x);

#endif
