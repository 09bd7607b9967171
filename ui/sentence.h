/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/sentence.h - what stands in the table's place while it is empty: why,
 * and what to do.
 */
#ifndef UI_SENTENCE_H
#define UI_SENTENCE_H

#include <stdbool.h>

struct ui;

/* False: the table is not empty. */
bool sentence_draw(const struct ui *ui);

#endif
