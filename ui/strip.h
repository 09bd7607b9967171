/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/strip.h - a line of "label value" items; without room for all, those of the highest rank are left out. */
#ifndef UI_STRIP_H
#define UI_STRIP_H

#include "lib/text.h"
#include "ui/draw.h"

#define STRIP_MAX 24

struct strip {
	struct strip_item {
		const char *label;	/* "" = none */
		char value[160];
		enum look look;		/* of the value */
		uint8_t rank;		/* 0 stays; the highest go first */
		uint8_t min_width;	/* columns of the value, so that the next item keeps its place */
		bool right;		/* flush right */
		bool is_key;		/* the label is a key's name */
		bool tight;		/* one space to the one before, not two */
		int x;			/* set by strip_draw(); -1: left out */
	} item[STRIP_MAX];
	unsigned n;
};

/* Adds an item; returns its value, to be written. When full, the last one is replaced. */
struct text strip_add(struct strip *s, const char *label, enum look look, unsigned rank);

/* The item just added. */
struct strip_item *strip_last(struct strip *s);

void strip_draw(struct strip *s, const struct draw *d, int y);

#endif
