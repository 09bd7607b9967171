/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/detail.h - all about one flow, and what it did since the cursor came
 * to it (ui/watch.h).
 */
#ifndef UI_DETAIL_H
#define UI_DETAIL_H

#include <stdint.h>

#include "ui/reaction.h"

/* enum flow_need of what only this page shows. */
#define DETAIL_NEEDS (NEED_OWNER | NEED_NAME | NEED_PLACE | NEED_SOCK)

struct ui;

struct detail {			/* for detail.c alone */
	unsigned scroll, page;		/* lines */
	char command[1024];
	uint32_t command_pid;		/* whose it is */
	uint64_t command_start;
};

/* From its first line. */
void detail_open(struct detail *d);
void detail_draw(struct ui *ui);
enum reaction detail_key(struct ui *ui, int key);

/* Key: back to the table. */
enum reaction detail_back(struct ui *ui, int key);

#endif
