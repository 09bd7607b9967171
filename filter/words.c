// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of the filter language: completion, and suggestions for mistyped words. */
#include "filter/int.h"

#include <string.h>

#include "lib/ascii.h"
#include "lib/near.h"

/* The name of either end, of a column that is the source's; else NULL. */
static const char *either_end(const struct column *c)
{
	const struct column *src, *dst;

	if (strncmp(c->name, "src_", 4) || !column_find_ends(c->name + 4, &src, &dst))
		return NULL;
	return c->name + 4;
}

/* The @i-th word of the language; NULL: past the end. Some words come twice. */
static const char *word_at(unsigned i)
{
	static const char *const words[] = {
		"and", "or", "not", "src", "dst", "host", "net", "port", "sport", "dport",
		"portrange",
	};
	const unsigned n_words = sizeof(words) / sizeof(*words);
	unsigned n_tests = 0;
	const char *end;

	if (i < n_words)
		return words[i];
	i -= n_words;
	while (filter_test_word_at(n_tests))
		n_tests++;
	if (i < n_tests)
		return filter_test_word_at(i);
	i -= n_tests;
	if (i < n_columns)
		return columns[i].name;
	i -= n_columns;
	if (i < n_group_columns)
		return group_columns[i].name;
	i -= n_group_columns;
	for (unsigned c = 0; c < n_columns; c++) {
		end = either_end(&columns[c]);
		if (end && !i--)
			return end;
	}
	return NULL;
}

static bool word_came_before(unsigned i)
{
	for (unsigned before = 0; before < i; before++) {
		if (!strcmp(word_at(before), word_at(i)))
			return true;
	}
	return false;
}

const char *filter_complete(const char *expression, unsigned i, unsigned *at)
{
	size_t len = strlen(expression), start = len;
	const char *word;

	while (start && filter_word_length(expression + start - 1) == len - start + 1)
		start--;
	*at = start;
	for (unsigned n = 0; (word = word_at(n)); n++) {
		if (ascii_compare_n(word, expression + start, len - start) || word_came_before(n))
			continue;
		if (!i--)
			return word;
	}
	return NULL;
}

bool filter_is_word(const char *s, size_t len)
{
	const char *word;

	for (unsigned i = 0; (word = word_at(i)); i++) {
		if (strlen(word) == len && !ascii_compare_n(s, word, len))
			return true;
	}
	return false;
}

void filter_words_near(struct near *n)
{
	const char *word;

	for (unsigned i = 0; (word = word_at(i)); i++)
		near_try(n, word);
}
