/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf/option.h - the table of options, for the files of conf.h only.
 */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"

#define CONF_SYSTEM_PATH "/etc/flowtop.conf"

enum option_kind {
	OPTION_SWITCH,		/* bool */
	OPTION_TEXT, OPTION_PROTOS, OPTION_COLOR, OPTION_COLUMNS, OPTION_GROUP,
	OPTION_NETS,		/* const char * */
	OPTION_FILES,		/* const char *[GEOIP_FILES_MAX + 1] */
	OPTION_SECONDS, OPTION_NUMBER,	/* double */
	OPTION_COUNT,		/* uint64_t */
	OPTION_LINES,		/* int64_t */
};

enum {
	THIS_RUN = 1 << 0,	/* key W does not save it */
	NO_FILE = 1 << 1,	/* has no place in a file */
	SCREEN_KEY = 1 << 2,	/* a key changes it: saved for the screen only */
};

struct option_def {
	const char *heading;	/* of --help, above this option; or NULL */
	const char *name;	/* long; "no-x" is undone by "x", "x" by "no-x" */
	char letter, synonym;
	uint8_t kind, flags;
	uint16_t offset;	/* in struct conf */
	uint16_t undoes;	/* of a switch that it switches off; 0: none */
	const char *arg;	/* what it takes, for --help */
	const char *help;
	double least, most;
};

extern const struct option_def option_table[];
extern const unsigned option_count;

/* By the exact long name; NULL: unknown. */
const struct option_def *option_find(const char *name);

/* The same; also finds the switch or text that this name resets. */
const struct option_def *option_find_long(const char *name, bool *undo);

const struct option_def *option_find_letter(char letter);

/* Where a value comes from, for the error message. */
struct origin {
	const char *file;	/* NULL: the command line */
	unsigned line;
};

/* conf/value.c: exits with a usage error if the value is invalid. */
void option_set(struct conf *c, const struct option_def *o, const char *value,
		const struct origin *from);
void option_switch(struct conf *c, const struct option_def *o, bool on);

static inline const void *option_value(const struct conf *c, const struct option_def *o)
{
	return (const char *)c + o->offset;
}

/* Before the name of an option of SCREEN_KEY in a file: only for the screen. */
#define FOR_SCREEN "screen-"

/* A copy of @s that lives as long as the program. */
const char *conf_keep(const char *s);

/* The user's own file. False: the home directory is not known. */
bool conf_user_path(char *path, unsigned size);

/* conf/print.c */
void conf_print_help(void);
void conf_print_fields(bool of_groups);

#endif
