// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that are nearly a word; see near.h. */
#include "lib/near.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/ascii.h"

#define NEAR_MAX 32		/* letters; longer words are near nothing */

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Damerau's distance, letters that change places next to each other counted once. */
static unsigned near_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned d[NEAR_MAX + 1][NEAR_MAX + 1];

	for (size_t i = 0; i <= a_len; i++) {
		for (size_t j = 0; j <= b_len; j++) {
			bool same = i && j && ascii_lower(a[i - 1]) == ascii_lower(b[j - 1]);

			d[i][j] = i ? j ? d[i - 1][j - 1] + !same : i : j;
			if (i && j)
				d[i][j] = least(d[i][j], 1 + least(d[i - 1][j], d[i][j - 1]));
			if (i > 1 && j > 1 && ascii_lower(a[i - 1]) == ascii_lower(b[j - 2]) &&
			    ascii_lower(a[i - 2]) == ascii_lower(b[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a_len][b_len];
}

/* Are these the same letters in another order? */
static bool is_anagram(const char *a, const char *b, size_t len)
{
	int count[256] = { 0 };

	for (size_t i = 0; i < len; i++) {
		count[(unsigned char)ascii_lower(a[i])]++;
		count[(unsigned char)ascii_lower(b[i])]--;
	}
	for (int i = 0; i < 256; i++) {
		if (count[i])
			return false;
	}
	return true;
}

/* UINT_MAX: not near. A wrong first letter is less likely than a later one. */
static unsigned near_measure(const struct near *n, const char *name, size_t len)
{
	size_t shorter = len < n->len ? len : n->len;
	unsigned distance;
	bool near;

	if (n->beginnings && n->len >= 3 && n->len < len &&
	    !ascii_compare_n(n->word, name, n->len))
		return 4;
	distance = near_distance(n->word, n->len, name, len);
	if (shorter < 4)
		near = len == n->len && distance == 1 && is_anagram(n->word, name, len);
	else
		near = distance <= (shorter < 8 ? 1 : 2);
	return near ? 2 * distance + (ascii_lower(*n->word) != ascii_lower(*name)) : UINT_MAX;
}

void near_try(struct near *n, const char *name)
{
	size_t len = strlen(name);
	unsigned distance;

	if (len > NEAR_MAX || n->len > NEAR_MAX || !len || !n->len)
		return;
	distance = near_measure(n, name, len);
	if (distance < (n->name ? n->distance : UINT_MAX)) {
		n->name = name;
		n->distance = distance;
	}
}

const char *near_hint(const struct near *n, char *buf, size_t size)
{
	if (!n->name)
		return "";
	snprintf(buf, size, ": did you mean '%s'?", n->name);
	return buf;
}
