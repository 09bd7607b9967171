/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/act.h - keys that change the system, after a question. The question is
 * about a copy of the row: the cursor may move on meanwhile.
 */
#ifndef UI_ACT_H
#define UI_ACT_H

#include "lib/text.h"
#include "ui/reaction.h"
#include "ui/watch.h"

struct ui;

struct act {			/* for act.c alone */
	struct kept_row target;
	int signal;
	struct text text;	/* lines of the question */
	char buf[2048];
	int (*yes)(struct act *a);	/* NULL: no question, only commands to read */
	const char *done;	/* message after success */
};

/* Keys. */
enum reaction act_delete(struct ui *ui, int key);
enum reaction act_close(struct ui *ui, int key);
enum reaction act_signal(struct ui *ui, int key);
enum reaction act_print(struct ui *ui, int key);

/* The question, or the commands, in place of the table. */
void act_draw(const struct ui *ui);
enum reaction act_answer(struct ui *ui, int key);

#endif
