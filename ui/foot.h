/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/foot.h - the bottom line: a message, or the keys. */
#ifndef UI_FOOT_H
#define UI_FOOT_H

struct ui;

void foot_draw(const struct ui *ui);

#endif
