// SPDX-License-Identifier: GPL-2.0-or-later
/* ASCII words in any locale; see ascii.h. */
#include "lib/ascii.h"

#include <stdint.h>
#include <string.h>

int ascii_compare_n(const char *a, const char *b, size_t n)
{
	for (; n; a++, b++, n--) {
		unsigned char x = ascii_lower(*a), y = ascii_lower(*b);

		if (x != y || !x)
			return x - y;
	}
	return 0;
}

int ascii_compare(const char *a, const char *b)
{
	return ascii_compare_n(a, b, SIZE_MAX);
}

bool ascii_contains(const char *s, const char *part)
{
	size_t len = strlen(part);
	char first = ascii_lower(*part);

	if (!len)
		return true;
	for (; *s; s++) {
		if (ascii_lower(*s) == first && !ascii_compare_n(s + 1, part + 1, len - 1))
			return true;
	}
	return false;
}
