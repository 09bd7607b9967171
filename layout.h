/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - which columns are shown by default, in which order, and how wide
 * they are: for the screen and for pages of text. No state; any thread.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "column.h"

#define LAYOUT_MAX COLUMNS_MAX

/*
 * What this host is to its flows. An end host is one end of each: the process,
 * the direction and the other end tell flows apart. A router sees both ends.
 */
enum layout_role { LAYOUT_HOST, LAYOUT_ROUTER };

/*
 * The role for @flows, of which @forwarded pass through. It has hysteresis: a
 * host becomes a router when a quarter of the flows are forwarded, and a host
 * again when no flow is.
 */
enum layout_role layout_role(enum layout_role now, uint64_t flows, uint64_t forwarded);

/* Which columns the user wants: --columns, and the menu. */
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
 * Parses "FIELD,...", or "[+-]FIELD,..."; NULL is an empty wish. Returns false if
 * a word is not a field, or if only some of the words have a sign.
 */
bool layout_wish_parse(const char *list, struct layout_wish *out);

/* As text that can be parsed again; "" if the wish is empty. */
void layout_wish_print(const struct layout_wish *w, struct text *out);

/*
 * A column that may be shown, with its widths: the minimum, the one it gets
 * before columns of the last ranks are placed (0: the minimum), the maximum, and
 * the present one (0: not shown).
 */
struct layout_column {
	const struct column *column;
	unsigned rank;		/* 1: placed first; 0: never */
	unsigned min_width, want_width, max_width, width;
};

/*
 * Puts the columns of a role, changed as the user wishes, into @out in their
 * order. Returns how many. The sort column (NULL: none) is always among them; its
 * rank is below that of the columns that identify a row, and above that of added
 * ones. @all: the other columns follow, with rank 0. Widths are the columns' own,
 * at least as wide as their titles.
 */
unsigned layout_columns(enum layout_role role, const struct layout_wish *wish,
			const struct column *sorted, bool all, struct layout_column *out);

/* Is @c one of the role's columns? */
bool layout_is_usual(enum layout_role role, const struct column *c);

/* The columns of groups by @group, the key first; @sorted always has room. */
unsigned layout_group_columns(const struct column *group, const struct column *sorted,
			      struct layout_column *out);

/* The heading of a column; the key of groups has the heading of their field. */
const char *layout_title(const struct column *c, const struct column *group);

/*
 * Shares out @room characters: sets the widths, rank by rank. With @in_turn the
 * sort column comes first, then one column after the other until one does not
 * fit. The rest goes to columns that are below their maximum, one character each
 * in turn. @gap: characters behind each column.
 */
void layout_share_out(struct layout_column *c, unsigned n, bool in_turn, unsigned gap,
		      unsigned room);

#endif
