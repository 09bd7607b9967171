/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/sentence.h - the text in place of an empty table: why it is empty, and
 * what to do.
 */
#ifndef UI_SENTENCE_H
#define UI_SENTENCE_H

#include <stdbool.h>

struct ui;

/* False: the table is not empty. */
bool sentence_draw(const struct ui *ui);

#endif
