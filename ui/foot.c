// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/foot.c - see the header. */
#include "ui/foot.h"

#include "ui/keys.h"
#include "ui/screen.h"
#include "ui/strip.h"

static bool foot_has_key(const struct ui *ui, const struct key *k)
{
	return k->foot && (k->where & ui->where);
}

static void foot_add_key(struct strip *s, const char *key, const char *word, unsigned rank)
{
	struct text t = strip_add(s, key, LOOK_PLAIN, rank);

	text_add(&t, word);
	strip_last(s)->right = !rank;
	strip_last(s)->is_key = true;
}

/* Help and quit stay at the right; the other keys get the room that is left. */
static void foot_draw_keys(const struct ui *ui, int y)
{
	struct strip s = { .n = 0 };

	if (ui->where == IN_TABLE && tabs_can_go_back(&ui->tabs))
		foot_add_key(&s, "Bksp", "back", 1);
	for (unsigned i = 0; i < n_keys; i++)
		if (foot_has_key(ui, &keys_all[i]))
			foot_add_key(&s, keys_all[i].foot_key, keys_all[i].foot,
				     keys_all[i].foot_rank);
	strip_draw(&s, &ui->draw, y);
}

void foot_draw(const struct ui *ui)
{
	const char *message = message_now(&ui->message);

	if (ui->at.foot < 0)
		return;
	if (*message)
		draw_put(&ui->draw, ui->at.foot, 1, ui->draw.cols - 1, LOOK_BOLD, message);
	else
		foot_draw_keys(ui, ui->at.foot);
}
