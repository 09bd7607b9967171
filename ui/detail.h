/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/detail.h - the details of one flow, and its history since it was selected
 * (ui/watch.h).
 */
#ifndef UI_DETAIL_H
#define UI_DETAIL_H

#include <stdint.h>

#include "ui/reaction.h"

/* enum flow_need: what this page needs beyond the columns. */
#define DETAIL_NEEDS \
	(NEED_OWNER | NEED_COMMAND | NEED_NAME | NEED_PLACE | NEED_SOCK)

struct ui;

struct detail {			/* for detail.c alone */
	unsigned scroll, page;		/* lines */
};

/* Scrolls to the first line. */
void detail_open(struct detail *d);
void detail_draw(struct ui *ui);
enum reaction detail_key(struct ui *ui, int key);

/* Key: back to the table. */
enum reaction detail_back(struct ui *ui, int key);

#endif
