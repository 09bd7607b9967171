/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - which columns show by themselves, in which order, and how wide
 * they are: for the screen and for pages of text. No state; any thread.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "column.h"

#define LAYOUT_MAX COLUMNS_MAX

/*
 * What this host is to its flows. A host is one end of them: the process, the
 * direction and the other end tell them apart. A router sees both ends.
 */
enum layout_role { LAYOUT_HOST, LAYOUT_ROUTER };

/*
 * The role for @flows of which @forwarded pass through. It does not go to and
 * fro: a host becomes a router when a quarter of the flows are forwarded, and a
 * router is one until none is.
 */
enum layout_role layout_role(enum layout_role now, uint64_t flows, uint64_t forwarded);

/* What the user says of columns: --columns, and the menu. */
struct layout_wish {
	bool listed;		/* these and no others, in this order; else the
				 * role's columns, with these on or off */
	unsigned n;
	struct layout_word {
		const struct column *column;
		bool off;
	} word[LAYOUT_MAX];
};

/*
 * Parses "FIELD,...", or "[+-]FIELD,..."; NULL is no wish. False: a word is no
 * field, or some words have a sign and others none.
 */
bool layout_wish_parse(const char *list, struct layout_wish *out);

/* As text that can be parsed again; "" where there is no wish. */
void layout_wish_print(const struct layout_wish *w, struct text *out);

/*
 * A column that may show: its rank; its least width, what it wants (0: no more)
 * before those of the last ranks have a place, its most; its width, 0: none.
 */
struct layout_column {
	const struct column *column;
	unsigned rank;		/* 1: first where there is little room; 0: never */
	unsigned min_width, want_width, max_width, width;
};

/*
 * The columns of a role as the user wishes, in their order: how many. The one
 * sorted by (NULL: none) is always among them, and comes after what a row
 * cannot be told apart without; then those added come. @all: the other
 * columns too, behind these, of rank 0. Widths are the columns' own, at least
 * as wide as their titles.
 */
unsigned layout_columns(enum layout_role role, const struct layout_wish *wish,
			const struct column *sorted, bool all, struct layout_column *out);

/* Is it one of the role's? */
bool layout_is_usual(enum layout_role role, const struct column *c);

/* The columns of groups of @group, the key first; that of @sorted always has room. */
unsigned layout_group_columns(const struct column *group, const struct column *sorted,
			      struct layout_column *out);

/* The heading of a column; that of the key of groups is their field's. */
const char *layout_title(const struct column *c, const struct column *group);

/*
 * Shares out @room characters: sets the widths, rank by rank; or else
 * (@in_turn) the one sorted by first, and then one after the other until one
 * finds no room. What is left goes to those that can use more, one character
 * each in turn. @gap: behind each column.
 */
void layout_share_out(struct layout_column *c, unsigned n, bool in_turn, unsigned gap,
		      unsigned room);

#endif
