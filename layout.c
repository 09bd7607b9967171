/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layout.c - which columns there is room for; see the header. */
#include "layout.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"

#define RANK_SORTED	2	/* of the column sorted by */
#define RANK_ADDED	3	/* of columns that the user adds */
#define RANK_WANTED	10	/* those up to here get what they want before others come */
#define RANK_MAX	32
#define WIDTH_CUT	12	/* to which those of rank 1 and 2 are cut on a narrow screen */
#define WIDTH_LEAST	8	/* and those of rank 1 on a tiny one */
#define ROUTER_SHARE	4	/* one flow of so many is forwarded */

/* ---- roles ---- */

struct role_column {
	const char *name;
	uint8_t rank;
	uint8_t least, want;	/* widths; 0: the column's own, the same */
};

/* By 80 characters there is room up to AGE; sorted by state, for that in place of BYTES. */
static const struct role_column host_columns[] = {
	{ "process", 1, 10, 0 }, { "pid", 12, 0, 0 }, { "user", 15, 0, 0 },
	{ "unit", 14, 16, 0 }, { "direction", 5, 0, 0 }, { "proto", 4, 0, 0 },
	{ "state", 9, 0, 0 }, { "service", 5, 0, 8 }, { "flags", 6, 0, 0 },
	{ "remote_host", 1, 18, 28 }, { "remote_port", 16, 0, 0 },
	{ "remote_country", 11, 7, 0 }, { "remote_org", 17, 12, 0 }, { "tx_rate", 1, 0, 0 },
	{ "rx_rate", 1, 0, 0 }, { "bytes", 7, 0, 0 }, { "age", 8, 0, 0 },
	{ NULL, 0, 0, 0 },
};

/* By 80 characters there is room for STATE and for whole IPv4 addresses. */
static const struct role_column router_columns[] = {
	{ "process", 8, 10, 0 }, { "pid", 14, 0, 0 }, { "user", 16, 0, 0 },
	{ "unit", 15, 16, 0 }, { "direction", 13, 0, 0 }, { "proto", 4, 0, 0 },
	{ "state", 6, 0, 0 }, { "service", 7, 0, 8 }, { "flags", 5, 0, 0 },
	{ "src_addr", 1, 21, 24 }, { "src_country", 12, 7, 0 }, { "dst_addr", 1, 21, 28 },
	{ "dst_country", 11, 7, 0 }, { "tx_rate", 1, 0, 0 }, { "rx_rate", 1, 0, 0 },
	{ "bytes", 10, 0, 0 }, { "age", 9, 0, 0 }, { NULL, 0, 0, 0 },
};

/* Columns that a role lacks go before this one. */
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

/* The later word about a column counts. */
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

/* How many there are then: as before where it is there or nothing more fits. */
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

/* What is asked for besides the role's columns. */
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

/* One character more for each in turn, until none can use more. */
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

/* The widest of those up to @rank, and what all of them take. */
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

/* On a narrow screen those up to @rank are cut before one is left out. False: in vain. */
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

/* Those that have a place get the width that they want, the first of them first. */
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
	room += gap;		/* nothing stands behind the last */
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
