// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/sort.c - see the header. */
#include "ui/sort.h"

#include "ui/screen.h"

static enum reaction sort_groups_by(struct ui *ui, const struct column *c, bool descending)
{
	struct sort *s = &ui->sort;

	ui->spec.group_sort[0] = (struct sort_key){ c, descending };
	ui->spec.group_sorts = 1;
	snprintf(s->group_name, sizeof(s->group_name), "%c%s", descending ? '-' : '+', c->name);
	ui->conf.group_sort = s->group_name;
	return window_to_top(&ui->window);
}

enum reaction sort_by(struct ui *ui, const struct column *c, bool descending)
{
	struct sort *s = &ui->sort;

	if (ui->spec.group)
		return sort_groups_by(ui, c, descending);
	ui->spec.sort[0] = (struct sort_key){ c, descending };
	ui->spec.sorts = 1;
	snprintf(s->name, sizeof(s->name), "%c%s", descending ? '-' : '+', c->name);
	ui->conf.sort = s->name;
	return window_to_top(&ui->window);
}

const struct sort_key *sort_key(const struct view_spec *spec)
{
	return spec->group ? spec->group_sort : spec->sort;
}

enum reaction sort_reverse(struct ui *ui, int key)
{
	const struct sort_key *now = sort_key(&ui->spec);

	(void)key;
	return sort_by(ui, now->column, !now->descending);
}
