/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * near.h - "did you mean": which of some names a mistyped word is nearest to.
 * Any thread.
 */
#ifndef NEAR_H
#define NEAR_H

#include <stdbool.h>
#include <stddef.h>

struct near {
	const char *word;	/* as typed; its case does not matter */
	size_t len;
	bool beginnings;	/* a name that the word begins is near, too */
	const char *name;	/* the nearest so far; NULL: none is near */
	unsigned distance;	/* its own measure */
};

/*
 * Offers a name: near is what a slip of the fingers makes of it. A letter that
 * is wrong, missing or too many counts one, and so do two letters that changed
 * places; two may be wrong in a word of eight or more, one in a word of four or
 * more, and in a shorter one two may have changed places. Of several that are
 * equally near, one that begins alike is nearer, then the one that came first.
 */
void near_try(struct near *n, const char *name);

/* ": did you mean 'NAME'?" for the end of a message; "" where none is near. */
const char *near_hint(const struct near *n, char *buf, size_t size);

#endif
