/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter/parser.h - the place in an expression that is being read, and what
 * reads a word, an operator or a value there.
 *
 * What is a token depends on the context: after an operator or a word like "host"
 * everything up to the next space is the value (fe80::1, ^a|b$); elsewhere ':' and
 * '|' are operators.
 */
#ifndef FILTER_PARSER_H
#define FILTER_PARSER_H

#include "filter/int.h"

struct parser {
	const char *start, *at;
	unsigned depth;			/* of parentheses and nots */
	bool groups, sums;		/* see filter_read() */
	struct filter_error *error;
};

/* An error at @where; NULL, so that it can be returned. */
#define FAIL_AT(p, where, ...) \
	((p)->error->at = (where) - (p)->start, filter_fail((p)->error, __VA_ARGS__), NULL)

/* Moves to what stands next, and returns where that is. */
const char *parser_skip_spaces(struct parser *p);

/* Is the word of @len bytes at @s this one? */
bool parser_word_is(const char *s, size_t len, const char *word);

/* Takes the word or the symbol, if one of them comes next. */
bool parser_accept(struct parser *p, const char *word, const char *symbol);

/* The operator at @s, and its length; -1: not an operator. */
int parser_operator_at(const char *s, size_t *len);

/* A string in quotes; a backslash keeps a quote or itself. NULL: error. */
const char *parser_quoted(struct parser *p, char *out);

/*
 * The value that stands next, in quotes or up to a space, "&&", "||" or a
 * parenthesis that is not the value's own, in @out (FILTER_VALUE_MAX bytes).
 * Returns where it began; NULL: error. @what: what needs the value, for the
 * error.
 */
const char *parser_value(struct parser *p, char *out, const char *what, size_t what_len);

/* NULL: out of memory. */
struct filter_node *parser_node(struct parser *p, enum node_op op);

/* Returns @n; if that is NULL, sets the place of the error. */
struct filter_node *parser_done(struct parser *p, struct filter_node *n, bool ok,
				const char *at);

/* An AND or OR with one child is replaced by that child. Returns the child or the group. */
struct filter_node *parser_group(struct filter_node *group);

#endif
