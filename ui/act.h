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

#define ACT_COMMANDS 4
#define ACT_OWNERS 64		/* processes that one signal goes to, at most */

struct ui;

struct act {			/* for act.c alone */
	struct kept_row target;
	struct owner owner[ACT_OWNERS];		/* for the signal: of the flow, or the group */
	unsigned n_owners;
	bool of_group;		/* the target is a group, of one kind of process */
	int signal;
	struct text text;	/* lines of the question */
	char buf[2048];
	char command[ACT_COMMANDS][512];	/* that the text shows */
	unsigned n_commands;
	int (*yes)(struct act *a);	/* NULL: no question, only commands to read */
	const char *done;	/* message after success */
	char done_buf[80];
};

/* Keys. */
enum reaction act_delete(struct ui *ui, int key);
enum reaction act_close(struct ui *ui, int key);
enum reaction act_signal(struct ui *ui, int key);
enum reaction act_print(struct ui *ui, int key);

/*
 * The question, or the commands, in place of the table. A command that needs
 * several lines can be pasted from there: each ends with a backslash.
 */
void act_draw(const struct ui *ui);
enum reaction act_answer(struct ui *ui, int key);

#endif
