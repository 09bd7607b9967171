/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/sort.h - changes what flows and groups are sorted by. */
#ifndef UI_SORT_H
#define UI_SORT_H

#include "column.h"
#include "ui/reaction.h"
#include "view.h"

struct ui;

struct sort {			/* for sort.c alone */
	char name[64];		/* conf.sort */
	char group_name[64];	/* conf.group_sort */
};

/* Sorts by a column of the rows shown: flows, or groups. */
enum reaction sort_by(struct ui *ui, const struct column *c, bool descending);

/* Key: reverse. */
enum reaction sort_reverse(struct ui *ui, int key);

/* The first sort key of the rows shown. */
const struct sort_key *sort_key(const struct view_spec *spec);

#endif
