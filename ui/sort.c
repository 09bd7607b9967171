// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/sort.c - see the header. */
#include "ui/sort.h"

#include "ui/screen.h"

enum reaction sort_by(struct ui *ui, const struct column *c, bool descending)
{
	struct sort *s = &ui->sort;

	ui->spec.sort[0] = (struct sort_key){ c, descending };
	ui->spec.sorts = 1;
	snprintf(s->name, sizeof(s->name), "%c%s", descending ? '-' : '+', c->name);
	ui->conf.sort = s->name;
	return window_reorder(&ui->window);
}

enum reaction sort_groups_by(struct ui *ui, enum group_sort sum, bool ascending)
{
	ui->spec.group_sort = sum;
	ui->spec.group_ascending = ascending;
	return window_reorder(&ui->window);
}

enum reaction sort_reverse(struct ui *ui, int key)
{
	const struct view_spec *spec = &ui->spec;

	(void)key;
	if (spec->group)
		return sort_groups_by(ui, spec->group_sort, !spec->group_ascending);
	return sort_by(ui, spec->sort[0].column, !spec->sort[0].descending);
}

bool sort_ascends(const struct view_spec *spec)
{
	if (spec->group)
		return (spec->group_sort == GROUP_KEY) != spec->group_ascending;
	return !spec->sort[0].descending;
}
