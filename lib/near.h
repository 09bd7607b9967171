/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * near.h - "did you mean": the name that is most similar to a mistyped word.
 * Any thread.
 */
#ifndef NEAR_H
#define NEAR_H

#include <stdbool.h>
#include <stddef.h>

struct near {
	const char *word;	/* as typed; its case does not matter */
	size_t len;
	bool beginnings;	/* a name that begins with the word is near, too */
	const char *name;	/* the nearest so far, or NULL */
	unsigned distance;	/* its own measure */
};

/*
 * Offers a name. A name is near if the word is a typing error of it. A wrong,
 * missing or extra letter counts as one error, and so do two swapped letters. Words
 * of eight letters or more may have two errors, words of four or more one error;
 * in shorter words two letters may be swapped. Of equally near names, the one with
 * the same first letter is nearer, then the one that was offered first.
 */
void near_try(struct near *n, const char *name);

/* ": did you mean 'NAME'?" for the end of a message; "" if none is near. */
const char *near_hint(const struct near *n, char *buf, size_t size);

#endif
