// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/strip.c - see the header. */
#include "ui/strip.h"

struct text strip_add(struct strip *s, const char *label, enum look look, unsigned rank)
{
	struct strip_item *i = &s->item[s->n < STRIP_MAX - 1 ? s->n++ : STRIP_MAX - 1];
	struct text value;

	*i = (struct strip_item){ .label = label, .look = look, .rank = rank };
	value = TEXT(i->value);
	text_clear(&value);
	return value;
}

struct strip_item *strip_last(struct strip *s)
{
	return &s->item[s->n - 1];
}

/* ---- drawing ---- */

static unsigned strip_value_width(const struct strip_item *i)
{
	unsigned wide = text_width(i->value);

	return wide > i->min_width ? wide : i->min_width;
}

static unsigned strip_item_width(const struct strip_item *i)
{
	unsigned label = text_width(i->label), value = strip_value_width(i);

	return label + (label && value ? 1 : 0) + value + (i->tight ? 1 : 2);
}

static unsigned strip_width(const struct strip_item *item, unsigned n)
{
	unsigned width = 0;

	for (unsigned i = 0; i < n; i++)
		width += item[i].x >= 0 ? strip_item_width(&item[i]) : 0;
	return width;
}

/* Leaves out those of the highest rank, the last of them first. */
static void strip_fit(const struct draw *d, struct strip_item *item, unsigned n)
{
	while (strip_width(item, n) > (unsigned)d->cols) {
		unsigned worst = n;

		for (unsigned i = 0; i < n; i++)
			if (item[i].x >= 0 && item[i].rank &&
			    (worst == n || item[i].rank >= item[worst].rank))
				worst = i;
		if (worst == n)
			return;
		item[worst].x = -1;
	}
}

static void strip_put(const struct draw *d, int y, int x, struct strip_item *i)
{
	i->x = x;
	x += draw_put(d, y, x, d->cols, i->is_key ? LOOK_KEY : LOOK_DIM, i->label);
	if (*i->label)
		x++;
	draw_put(d, y, x, d->cols, i->is_key ? LOOK_DIM : i->look, i->value);
}

void strip_draw(struct strip *s, const struct draw *d, int y)
{
	struct strip_item *item = s->item;
	unsigned n = s->n;
	int left = 0, right = d->cols;

	for (unsigned i = 0; i < n; i++)
		item[i].x = 0;
	strip_fit(d, item, n);
	for (unsigned i = 0; i < n; i++) {
		if (item[i].x < 0 || item[i].right)
			continue;
		left += left && !item[i].tight ? 2 : 1;
		strip_put(d, y, left, &item[i]);
		left += strip_item_width(&item[i]) - (item[i].tight ? 1 : 2);
	}
	for (unsigned i = n; i-- > 0; ) {
		if (item[i].x < 0 || !item[i].right)
			continue;
		right -= strip_item_width(&item[i]) - (item[i].tight ? 0 : 1);
		strip_put(d, y, right > left ? right : left + 1, &item[i]);
		right--;
	}
}
