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

/* Help and quit stay at the right; the other keys get the room that is left. */
static void foot_draw_keys(const struct ui *ui, int y)
{
	struct strip s = { .n = 0 };

	if (ui->where == IN_TABLE && tabs_can_go_back(&ui->tabs)) {
		strip_add(&s, "Bksp", LOOK_PLAIN, 1);
		snprintf(strip_last(&s)->value, sizeof(s.item[0].value), "back");
		strip_last(&s)->is_key = true;
	}
	for (unsigned i = 0; i < n_keys; i++) {
		struct text t;

		if (!foot_has_key(ui, &keys_all[i]))
			continue;
		t = strip_add(&s, keys_all[i].foot_key, LOOK_PLAIN, keys_all[i].foot_rank);
		text_add(&t, keys_all[i].foot);
		strip_last(&s)->right = !keys_all[i].foot_rank;
		strip_last(&s)->is_key = true;
	}
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
