/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/prompt.h - a line to type on the bottom of the screen: editing, history
 * (Up, Down), completion (Tab), and a caret under an error.
 */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include "filter.h"
#include "ui/draw.h"
#include "ui/reaction.h"

#define PROMPT_MAX	(FILTER_MAX + 1)	/* bytes that can be typed, with the 0 */
#define PROMPT_HISTORY	16

struct ui;

struct prompt_history {		/* for prompt.c alone */
	char text[PROMPT_HISTORY][PROMPT_MAX];
	unsigned n;
};

/* The callbacks return what to do after closing the prompt. */
struct prompt_ask {
	const char *label, *hint;
	/* Enter. After prompt_refuse() the prompt stays open. */
	enum reaction (*accept)(struct ui *ui, const char *text);
	enum reaction (*changed)(struct ui *ui, const char *text);	/* at each key; NULL: not used */
	enum reaction (*cancel)(struct ui *ui);				/* NULL: not used */
	/* Candidate @i for the last word of @text, from byte *@at on; NULL: no more. */
	const char *(*complete)(const char *text, unsigned i, unsigned *at);
	struct prompt_history *history;	/* NULL: none */
};

struct prompt {			/* for prompt.c alone */
	struct prompt_ask ask;
	char text[PROMPT_MAX];
	unsigned len, at;		/* bytes */
	char error[160];
	int error_at;			/* byte; -1: unknown */
	unsigned history_at;		/* 0: the text typed */
	char typed[PROMPT_MAX];		/* set aside for history, completion */
	unsigned completion;		/* candidates tried; 0: none */
};

/* @ask is copied; @text to begin with. Returns DO_PROMPT. */
enum reaction prompt_open(struct prompt *p, const struct prompt_ask *ask, const char *text);

/* In accept and changed: the text is wrong at byte @at (-1: unknown). */
void prompt_refuse(struct prompt *p, int at, const char *why);

void prompt_draw(const struct prompt *p, const struct draw *d);
enum reaction prompt_key(struct prompt *p, struct ui *ui, int key);

#endif
