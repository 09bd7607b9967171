/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/save.h - keys that write all rows to a file, and save the settings. */
#ifndef UI_SAVE_H
#define UI_SAVE_H

#include <stdint.h>
#include <stdio.h>

#include "json.h"
#include "ui/prompt.h"
#include "ui/reaction.h"

struct ui;

struct save {			/* for save.c alone */
	FILE *to;		/* NULL: nothing is being written */
	char path[PROMPT_MAX];
	uint64_t rows;
	struct json_origin origin;	/* of all its lines */
};

/* Closes what is being written. */
void save_free(struct save *s);

/* Keys. */
enum reaction save_rows(struct ui *ui, int key);
enum reaction save_settings(struct ui *ui, int key);

#endif
