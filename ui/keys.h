/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/keys.h - the key table: dispatch, help and the bottom line read it.
 */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdint.h>

#include "ui/reaction.h"

struct ui;

struct key {
	int key[6];		/* 0-terminated: curses' KEY_*, or a character */
	const char *names;	/* as help shows them; NULL: not there */
	const char *help;
	const char *foot;	/* a word for the bottom line; NULL: not there */
	const char *foot_key;
	uint8_t foot_rank;
	uint8_t where;		/* IN_TABLE | IN_DETAIL */
	enum reaction (*act)(struct ui *ui, int key);
};

#define KEYS_MAX 64		/* entries */
extern const struct key keys_all[];
extern const unsigned n_keys;

/* Runs the action of a key or of a click; an unknown key does nothing. */
enum reaction keys_act(struct ui *ui, int key, enum where where);

#endif
