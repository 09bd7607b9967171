// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the pieces of a filter expression; see filter/parser.h. */
#include "filter/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"

bool filter_fail(struct filter_error *e, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text_sanitise(e->text, sizeof(e->text), text, strlen(text));
	return false;
}

const char *parser_skip_spaces(struct parser *p)
{
	while (ascii_is_space(*p->at))
		p->at++;
	return p->at;
}

size_t filter_word_length(const char *s)
{
	size_t n = 0;

	while (s[n] && !ascii_is_space(s[n]) && !strchr("()\"'=!<>~:&|", s[n]))
		n++;
	return n;
}

bool parser_word_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && !ascii_compare_n(s, word, len);
}

bool parser_accept(struct parser *p, const char *word, const char *symbol)
{
	const char *s = parser_skip_spaces(p);
	size_t len = filter_word_length(s);

	if (!len && !strncmp(s, symbol, strlen(symbol)))
		len = strlen(symbol);
	else if (!parser_word_is(s, len, word))
		return false;
	p->at = s + len;
	return true;
}

int parser_operator_at(const char *s, size_t *len)
{
	static const struct {
		const char *text;
		enum filter_op op;
	} operators[] = {	/* the longer first */
		{ "==", OP_EQUAL }, { "!=", OP_NOT_EQUAL }, { "<=", OP_LESS_EQUAL },
		{ ">=", OP_GREATER_EQUAL }, { "=", OP_EQUAL }, { "<", OP_LESS },
		{ ">", OP_GREATER }, { "~", OP_REGEX }, { ":", OP_CONTAINS },
	};

	if (!strncmp(s, "::", 2))	/* an address: host ::1 */
		return -1;
	for (unsigned i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		*len = strlen(operators[i].text);
		if (!strncmp(s, operators[i].text, *len))
			return operators[i].op;
	}
	return -1;
}

const char *parser_quoted(struct parser *p, char *out)
{
	const char *open = p->at, *s = open + 1;
	size_t n = 0;

	for (; *s && *s != *open; s++) {
		if (*s == '\\' && (s[1] == *open || s[1] == '\\'))
			s++;
		if (n + 1 >= FILTER_VALUE_MAX)
			return FAIL_AT(p, open, "this is too long");
		out[n++] = *s;
	}
	out[n] = '\0';
	if (!*s)
		return FAIL_AT(p, open, "the quote is not closed");
	if (!n)
		return FAIL_AT(p, open, "there is nothing between the quotes");
	p->at = s + 1;
	return open;
}

const char *parser_value(struct parser *p, char *out, const char *what, size_t what_len)
{
	const char *s = parser_skip_spaces(p), *end = s;
	unsigned open = 0;

	if (*s == '"' || *s == '\'')
		return parser_quoted(p, out);
	for (; *end && !ascii_is_space(*end); end++) {
		if (!strncmp(end, "&&", 2) || !strncmp(end, "||", 2))
			break;
		if (*end == ')' && !open)
			break;
		open += (*end == '(') - (*end == ')');
	}
	if (end == s)
		return FAIL_AT(p, s, "'%.*s' needs a value", (int)what_len, what);
	if (end - s >= FILTER_VALUE_MAX)
		return FAIL_AT(p, s, "this is too long");
	memcpy(out, s, end - s);
	out[end - s] = '\0';
	p->at = end;
	return s;
}

struct filter_node *parser_node(struct parser *p, enum node_op op)
{
	struct filter_node *n = calloc(1, sizeof(*n));

	if (!n)
		return FAIL_AT(p, p->at, "out of memory");
	n->op = op;
	filter_test_init(&n->test);
	return n;
}

struct filter_node *parser_done(struct parser *p, struct filter_node *n, bool ok,
				const char *at)
{
	if (ok)
		return n;
	p->error->at = at - p->start;
	filter_node_free(n);
	return NULL;
}

struct filter_node *parser_group(struct filter_node *group)
{
	struct filter_node *first = group->first;

	if (first->next)
		return group;
	group->first = NULL;
	filter_node_free(group);
	return first;
}
