/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layout.c - which columns there is room for; see the header. */
#include "layout.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"

#define RANK_SORTED	2	/* of the sort column */
#define RANK_ADDED	3	/* of columns that the user adds */
#define RANK_WANTED	10	/* columns up to this rank get want_width before others are placed */
#define RANK_MAX	32
#define WIDTH_CUT	12	/* columns of rank 1 and 2 are cut to this on a narrow screen */
#define WIDTH_LEAST	8	/* and columns of rank 1 to this on a tiny one */
#define ROUTER_SHARE	4	/* a router forwards one flow in four, or more */

/* ---- roles ---- */

struct role_column {
	const char *name;
	uint8_t rank;
	uint8_t least, want;	/* widths; 0: the column's own minimum, the same as least */
};

/* 80 characters have room up to AGE; when sorted by state, for STATE instead of BYTES. */
static const struct role_column host_columns[] = {
	{ "process", 1, 10, 0 }, { "pid", 12, 0, 0 }, { "user", 15, 0, 0 },
	{ "unit", 14, 16, 0 }, { "direction", 5, 0, 0 }, { "proto", 4, 0, 0 },
	{ "state", 9, 0, 0 }, { "service", 5, 0, 8 }, { "flags", 6, 0, 0 },
	{ "remote_host", 1, 18, 28 }, { "remote_port", 16, 0, 0 },
	{ "remote_country", 11, 7, 0 }, { "remote_org", 17, 12, 0 }, { "tx_rate", 1, 0, 0 },
	{ "rx_rate", 1, 0, 0 }, { "bytes", 7, 0, 0 }, { "age", 8, 0, 0 },
	{ NULL, 0, 0, 0 },
};

/* 80 characters have room for STATE and for whole IPv4 addresses. */
static const struct role_column router_columns[] = {
	{ "process", 8, 10, 0 }, { "pid", 14, 0, 0 }, { "user", 16, 0, 0 },
	{ "unit", 15, 16, 0 }, { "direction", 13, 0, 0 }, { "proto", 4, 0, 0 },
	{ "state", 6, 0, 0 }, { "service", 7, 0, 8 }, { "flags", 5, 0, 0 },
	{ "src_addr", 1, 21, 24 }, { "src_country", 12, 7, 0 }, { "dst_addr", 1, 21, 28 },
	{ "dst_country", 11, 7, 0 }, { "tx_rate", 1, 0, 0 }, { "rx_rate", 1, 0, 0 },
	{ "bytes", 10, 0, 0 }, { "age", 9, 0, 0 }, { NULL, 0, 0, 0 },
};

/* Added columns go before this one. */
#define ADD_BEFORE "tx_rate"

enum layout_role layout_role(enum layout_role now, uint64_t flows, uint64_t forwarded)
{
	if (!forwarded)
		return LAYOUT_HOST;
	return forwarded * ROUTER_SHARE >= flows ? LAYOUT_ROUTER : now;
}

/* ---- wishes ---- */

static struct layout_word *wish_find(const struct layout_wish *w, const struct column *c)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->word[i].column == c)
			return (struct layout_word *)&w->word[i];
	return NULL;
}

/* The last word about a column counts. */
static void wish_add(struct layout_wish *w, const struct column *c, bool off)
{
	struct layout_word *word = wish_find(w, c);

	if (!word && w->n < LAYOUT_MAX)
		word = &w->word[w->n++];
	if (word)
		*word = (struct layout_word){ c, off };
}

bool layout_wish_parse(const char *list, struct layout_wish *out)
{
	*out = (struct layout_wish){ .listed = list && !strchr("+-", *list) };
	for (const char *s = list; s; s = *s ? s + 1 : NULL) {
		size_t len = strcspn(s, ",");
		bool sign = *s == '+' || *s == '-';
		const struct column *c;
		char name[64];

		if (sign == out->listed || len >= sizeof(name))
			return false;
		snprintf(name, sizeof(name), "%.*s", (int)len - sign, s + sign);
		c = column_find(name);
		if (!c)
			return false;
		wish_add(out, c, *s == '-');
		s += len;
	}
	return true;
}

void layout_wish_print(const struct layout_wish *w, struct text *out)
{
	for (unsigned i = 0; i < w->n; i++)
		text_printf(out, "%s%s%s", i ? "," : "",
			    w->listed ? "" : w->word[i].off ? "-" : "+", w->word[i].column->name);
}

/* ---- columns ---- */

static bool is_among(const struct layout_column *c, unsigned n, const struct column *column)
{
	for (unsigned i = 0; i < n; i++)
		if (c[i].column == column)
			return true;
	return false;
}

/* Returns the new number of columns: @n if @c is there already, or @out is full. */
static unsigned put(struct layout_column *out, unsigned n, const struct column *c, unsigned rank,
		    unsigned least, unsigned want)
{
	unsigned title = text_width(c->title);

	if (n == LAYOUT_MAX || is_among(out, n, c))
		return n;
	if (!least)
		least = c->min_width;
	out[n] = (struct layout_column){
		.column = c, .rank = rank, .min_width = least > title ? least : title,
		.want_width = want, .max_width = c->max_width > title ? c->max_width : title,
	};
	return n + 1;
}

static const struct role_column *role_columns(enum layout_role role)
{
	return role == LAYOUT_HOST ? host_columns : router_columns;
}

static bool role_has(const struct role_column *role, const struct column *c)
{
	while (role->name && strcmp(role->name, c->name))
		role++;
	return role->name;
}

bool layout_is_usual(enum layout_role role, const struct column *c)
{
	return role_has(role_columns(role), c);
}

/* Columns that the user wants in addition to the role's. */
static unsigned put_added(struct layout_column *out, unsigned n, const struct role_column *role,
			  const struct layout_wish *wish, const struct column *sorted)
{
	for (unsigned i = 0; i < wish->n; i++)
		if (!wish->word[i].off && !role_has(role, wish->word[i].column))
			n = put(out, n, wish->word[i].column, RANK_ADDED, 0, 0);
	if (sorted && !role_has(role, sorted))
		n = put(out, n, sorted, RANK_SORTED, 0, 0);
	return n;
}

static unsigned put_role(struct layout_column *out, const struct role_column *role,
			 const struct layout_wish *wish, const struct column *sorted)
{
	unsigned n = 0;

	for (const struct role_column *r = role; r->name; r++) {
		const struct column *c = column_find(r->name);
		const struct layout_word *word = wish_find(wish, c);

		if (!strcmp(r->name, ADD_BEFORE))
			n = put_added(out, n, role, wish, sorted);
		if (!word)
			n = put(out, n, c, r->rank, r->least, r->want);
		else if (!word->off || c == sorted)
			n = put(out, n, c, r->rank < RANK_ADDED ? r->rank : RANK_ADDED, r->least,
				r->want);
	}
	return n;
}

unsigned layout_columns(enum layout_role role, const struct layout_wish *wish,
			const struct column *sorted, bool all, struct layout_column *out)
{
	unsigned n = 0;

	for (unsigned i = 0; wish->listed && i < wish->n; i++)
		n = put(out, n, wish->word[i].column, RANK_ADDED, 0, 0);
	if (!wish->listed)
		n = put_role(out, role_columns(role), wish, sorted);
	else if (sorted)
		n = put(out, n, sorted, RANK_SORTED, 0, 0);
	for (unsigned i = 0; i < n; i++)
		if (out[i].column == sorted && out[i].rank > RANK_SORTED)
			out[i].rank = RANK_SORTED;
	for (unsigned i = 0; all && i < n_columns; i++)
		n = put(out, n, &columns[i], 0, 0, 0);
	return n;
}

const char *layout_title(const struct column *c, const struct column *group)
{
	return c == group_columns ? group->title : c->title;
}

unsigned layout_group_columns(const struct column *group, const struct column *sorted,
			      struct layout_column *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_group_columns; i++) {
		const struct column *c = &group_columns[i];

		n = put(out, n, c, c == sorted ? 1 : c->rank, i ? 0 : text_width(group->title), 0);
	}
	return n;
}

/* ---- widths ---- */

/* Takes the columns of a rank that fit; returns the room that is left. */
static unsigned take_rank(struct layout_column *c, unsigned n, unsigned rank, unsigned gap,
			  unsigned room)
{
	for (unsigned i = 0; i < n; i++) {
		if (c[i].rank != rank || c[i].min_width + gap > room)
			continue;
		c[i].width = c[i].min_width;
		room -= c[i].width + gap;
	}
	return room;
}

/* One character more for each in turn, until all have their maximum. */
static void widen(struct layout_column *c, unsigned n, unsigned room)
{
	bool any = true;

	while (room && any) {
		any = false;
		for (unsigned i = 0; i < n && room; i++) {
			if (!c[i].width || c[i].width >= c[i].max_width)
				continue;
			c[i].width++;
			room--;
			any = true;
		}
	}
}

/* The widest column up to @rank; *sum: the width of all of these. */
static struct layout_column *widest_up_to(struct layout_column *c, unsigned n, unsigned rank,
					  unsigned gap, unsigned *sum)
{
	struct layout_column *widest = NULL;

	*sum = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!c[i].rank || c[i].rank > rank)
			continue;
		*sum += c[i].min_width + gap;
		if (!widest || c[i].min_width > widest->min_width)
			widest = &c[i];
	}
	return widest;
}

/* Cuts columns up to @rank so that none is left out. False: they still do not fit. */
static bool squeeze(struct layout_column *c, unsigned n, unsigned rank, unsigned least,
		    unsigned gap, unsigned room)
{
	struct layout_column *widest;
	unsigned sum;

	while ((widest = widest_up_to(c, n, rank, gap, &sum)) && sum > room &&
	       widest->min_width > least)
		widest->min_width--;
	return sum <= room;
}

/* Columns that are shown get the width that they want, from the left. */
static unsigned satisfy(struct layout_column *c, unsigned n, unsigned room)
{
	for (unsigned i = 0; i < n; i++)
		while (room && c[i].width && c[i].width < c[i].want_width) {
			c[i].width++;
			room--;
		}
	return room;
}

static unsigned take_in_turn(struct layout_column *c, unsigned n, unsigned gap, unsigned room)
{
	for (unsigned i = 0; i < n; i++) {
		if (c[i].width)
			continue;
		if (c[i].min_width + gap > room)
			break;
		c[i].width = c[i].min_width;
		room -= c[i].width + gap;
	}
	return room;
}

void layout_share_out(struct layout_column *c, unsigned n, bool in_turn, unsigned gap,
		      unsigned room)
{
	room += gap;		/* no gap behind the last */
	for (unsigned i = 0; i < n; i++)
		c[i].width = 0;
	if (!squeeze(c, n, RANK_SORTED, WIDTH_CUT, gap, room))
		squeeze(c, n, 1, WIDTH_LEAST, gap, room);
	for (unsigned rank = 1; rank <= RANK_SORTED; rank++)
		room = take_rank(c, n, rank, gap, room);
	if (in_turn)
		room = take_in_turn(c, n, gap, room);
	for (unsigned rank = RANK_ADDED; !in_turn && rank <= RANK_MAX; rank++) {
		room = take_rank(c, n, rank, gap, room);
		if (rank == RANK_WANTED)
			room = satisfy(c, n, room);
	}
	widen(c, n, room);
}
