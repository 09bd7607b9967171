// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter/read.c - reads a filter expression, by recursive descent, into a tree.
 *
 * There are no tokens apart from what is being read: after an operator or a
 * word like "host" all up to the next space is the value (fe80::1, ^a|b$),
 * elsewhere ':' and '|' are operators.
 */
#include "filter/int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXPRESSION_MAX 4096
#define DEPTH_MAX 100		/* of parentheses and nots */

struct parser {
	const char *start, *at;
	unsigned depth;
	struct filter_error *error;
};

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

/* An error at @at; NULL, so that it can be returned. */
#define FAIL_AT(p, where, ...) \
	((p)->error->at = (where) - (p)->start, filter_fail((p)->error, __VA_ARGS__), NULL)

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *skip_spaces(struct parser *p)
{
	while (is_space(*p->at))
		p->at++;
	return p->at;
}

size_t filter_word_length(const char *s)
{
	size_t n = 0;

	while (s[n] && !is_space(s[n]) && !strchr("()\"'=!<>~:&|", s[n]))
		n++;
	return n;
}

static bool word_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(s, word, len);
}

/* Takes the word or the symbol, if one of them comes next. */
static bool accept(struct parser *p, const char *word, const char *symbol)
{
	const char *s = skip_spaces(p);
	size_t len = filter_word_length(s);

	if (!len && !strncmp(s, symbol, strlen(symbol)))
		len = strlen(symbol);
	else if (!word_is(s, len, word))
		return false;
	p->at = s + len;
	return true;
}

/* The operator at @s, whose length is set; -1: there is none. */
static int operator_at(const char *s, size_t *len)
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

/* A string in quotes; a backslash keeps a quote or itself. */
static const char *parse_quoted(struct parser *p, char *out)
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

/*
 * The value that stands next, in quotes or up to a space, "&&", "||" or a
 * parenthesis that is not the value's own. Returns where it began; NULL:
 * error. @what: what needs the value, for the error.
 */
static const char *parse_value(struct parser *p, char *out, const char *what, size_t what_len)
{
	const char *s = skip_spaces(p), *end = s;
	unsigned open = 0;

	if (*s == '"' || *s == '\'')
		return parse_quoted(p, out);
	for (; *end && !is_space(*end); end++) {
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

static struct filter_node *node_new(struct parser *p, enum node_op op)
{
	struct filter_node *n = calloc(1, sizeof(*n));

	if (!n)
		return FAIL_AT(p, p->at, "out of memory");
	n->op = op;
	filter_test_init(&n->test);
	return n;
}

/* The finished node; where it did not come to be: NULL, and the place is told. */
static struct filter_node *node_done(struct parser *p, struct filter_node *n, bool ok,
				     const char *at)
{
	if (ok)
		return n;
	p->error->at = at - p->start;
	filter_node_free(n);
	return NULL;
}

static struct filter_node *parse_search(struct parser *p, const char *text, const char *at)
{
	struct filter_node *n = node_new(p, NODE_TEST);

	return n ? node_done(p, n, filter_test_search(&n->test, text, p->error), at) : NULL;
}

/* The columns of a field: one, or that of either end. False: no such field. */
static bool find_columns(const char *word, size_t len, const struct column **first,
			 const struct column **second)
{
	char name[32];

	if (len >= sizeof(name))
		return false;
	for (size_t i = 0; i < len; i++)
		name[i] = word[i] >= 'A' && word[i] <= 'Z' ? word[i] | 0x20 : word[i];
	name[len] = '\0';
	*second = NULL;
	*first = column_find(name);
	return *first || column_find_ends(name, first, second);
}

/* FIELD OP VALUE, from the operator (or the value of "pid 42") on. */
static struct filter_node *parse_field(struct parser *p, const char *word, size_t len,
				enum filter_op op)
{
	const struct column *first, *second;
	char value[FILTER_VALUE_MAX];
	const char *at;
	struct filter_node *n;

	if (!find_columns(word, len, &first, &second))
		return FAIL_AT(p, word, "unknown field '%.*s'", (int)len, word);
	at = parse_value(p, value, word, p->at - word);
	n = at ? node_new(p, NODE_TEST) : NULL;
	if (!n)
		return NULL;
	return node_done(p, n, filter_test_field(&n->test, first, second, op, value, p->error),
			 at);
}

static bool test_make_net(struct filter_test *t, unsigned ends, const char *value,
			  struct filter_error *error)
{
	struct addr_prefix net;

	if (!addr_prefix_parse(value, &net))
		return filter_fail(error, "'%s' is not a network, like 10.0.0.0/8", value);
	filter_test_net(t, ends, &net);
	return true;
}

static const struct {
	const char *name;
	bool (*make)(struct filter_test *t, unsigned ends, const char *value,
		     struct filter_error *error);
} end_words[] = {
	{ "host", filter_test_host },
	{ "net", test_make_net },
	{ "port", filter_test_port },
};

/* "host", "net" or "port" and its value. *known is false where @word is none. */
static struct filter_node *parse_end(struct parser *p, const char *word, size_t len, unsigned ends,
			      bool *known)
{
	char value[FILTER_VALUE_MAX];
	const char *at;
	struct filter_node *n;
	unsigned i = 0;

	while (i < 3 && !word_is(word, len, end_words[i].name))
		i++;
	*known = i < 3;
	if (!*known)
		return NULL;
	p->at = word + len;
	at = parse_value(p, value, word, len);
	n = at ? node_new(p, NODE_TEST) : NULL;
	if (!n)
		return NULL;
	return node_done(p, n, end_words[i].make(&n->test, ends, value, p->error), at);
}

/* "src" or "dst" was read: what follows says of what. */
static struct filter_node *parse_side(struct parser *p, const char *side, unsigned ends)
{
	const char *word = skip_spaces(p);
	bool known;
	struct filter_node *n = parse_end(p, word, filter_word_length(word), ends, &known);

	if (!known)
		return FAIL_AT(p, word, "'%.3s' needs host, net or port", side);
	return n;
}

/* Fields that do without the "=". */
static bool is_field_word(const char *word, size_t len)
{
	static const char *const names[] = {
		"pid", "process", "user", "country", "asn", "state",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (word_is(word, len, names[i]))
			return true;
	}
	return false;
}

/* A word that is not a test by itself: a search, if it can be nothing else. */
static struct filter_node *parse_plain(struct parser *p, const char *word, size_t len)
{
	const struct column *first, *second;
	char text[FILTER_VALUE_MAX];
	size_t digits = strspn(word, "0123456789");

	if (len >= sizeof(text))
		return FAIL_AT(p, word, "this is too long");
	if (digits && word[digits] == '.')
		digits += 1 + strspn(word + digits + 1, "0123456789");
	if (digits >= len) {
		skip_spaces(p);
		if (!*p->at && word == p->start + strspn(p->start, " \t\n\v\f\r"))
			return FAIL_AT(p, word, "a number is not a filter: did you mean `-d %.*s`?",
				       (int)len, word);
		return FAIL_AT(p, word, "a number is not a filter: did you mean 'port %.*s'?",
			       (int)len, word);
	}
	if (find_columns(word, len, &first, &second))
		return FAIL_AT(p, word + len, "the field '%.*s' needs an operator: = != < > ~ :",
			       (int)len, word);
	memcpy(text, word, len);
	text[len] = '\0';
	return parse_search(p, text, word);
}

static struct filter_node *parse_word(struct parser *p, const char *word, size_t len)
{
	char name[16];
	bool known;
	struct filter_node *n;

	n = parse_end(p, word, len, END_BOTH, &known);
	if (known)
		return n;
	if (word_is(word, len, "src"))
		return parse_side(p, word, END_SRC);
	if (word_is(word, len, "dst"))
		return parse_side(p, word, END_DST);
	if (is_field_word(word, len))
		return parse_field(p, word, len, OP_EQUAL);
	if (word_is(word, len, "and") || word_is(word, len, "or"))
		return FAIL_AT(p, word, "a test is missing before '%.*s'", (int)len, word);

	n = node_new(p, NODE_TEST);
	if (!n)
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	filter_test_word(&n->test, len < sizeof(name) ? name : "", &known);
	if (known)
		return n;
	filter_node_free(n);
	return parse_plain(p, word, len);
}

/* An address or network by itself, as in "host" and "net". */
static bool parse_address(struct parser *p, struct addr_prefix *net)
{
	char text[ADDR_STRLEN + 4];
	size_t len = strcspn(p->at, " \t\n\v\f\r()\"'&|");

	if (len >= sizeof(text))
		return false;
	memcpy(text, p->at, len);
	text[len] = '\0';
	if (!addr_prefix_parse(text, net))
		return false;
	p->at += len;
	return true;
}

static struct filter_node *parse_test(struct parser *p)
{
	const char *word = skip_spaces(p);
	size_t len = filter_word_length(word), op_len;
	char text[FILTER_VALUE_MAX];
	struct addr_prefix net;
	int op;

	if (!*word)
		return FAIL_AT(p, word, "a test is missing here");
	if (*word == '"' || *word == '\'')
		return parse_quoted(p, text) ? parse_search(p, text, word) : NULL;
	if (parse_address(p, &net)) {
		struct filter_node *n = node_new(p, NODE_TEST);

		if (n)
			filter_test_net(&n->test, END_BOTH, &net);
		return n;
	}
	if (!len)
		return FAIL_AT(p, word, "a test is missing before '%c'", *word);
	p->at = word + len;
	skip_spaces(p);
	op = operator_at(p->at, &op_len);
	if (op >= 0) {
		p->at += op_len;
		return parse_field(p, word, len, op);
	}
	p->at = word + len;
	return parse_word(p, word, len);
}

static struct filter_node *parse_any(struct parser *p);

static struct filter_node *parse_factor(struct parser *p)
{
	const char *at = skip_spaces(p);
	struct filter_node *n, *inner;

	if (p->depth >= DEPTH_MAX)
		return FAIL_AT(p, at, "this is nested too deeply");
	p->depth++;
	if (strncmp(at, "!=", 2) && accept(p, "not", "!")) {
		inner = parse_factor(p);
		n = inner ? node_new(p, NODE_NOT) : NULL;
		if (n)
			n->first = inner;
		else
			filter_node_free(inner);
	} else if (*at == '(') {
		p->at++;
		n = parse_any(p);
		if (n && *skip_spaces(p) != ')')
			n = node_done(p, n, filter_fail(p->error, "the '(' is not closed"), at);
		else
			p->at += n != NULL;
	} else {
		n = parse_test(p);
	}
	p->depth--;
	return n;
}

/* "and" may be left out: true where another factor follows. */
static bool accept_and(struct parser *p)
{
	const char *s;

	if (accept(p, "and", "&&"))
		return true;
	s = skip_spaces(p);
	return *s && *s != ')' && strncmp(s, "||", 2) && !word_is(s, filter_word_length(s), "or");
}

/* A chain of terms (NODE_OR) or factors (NODE_AND). */
static struct filter_node *parse_chain(struct parser *p, enum node_op op)
{
	struct filter_node *group = node_new(p, op), *child, **tail;

	if (!group)
		return NULL;
	tail = &group->first;
	do {
		child = op == NODE_OR ? parse_chain(p, NODE_AND) : parse_factor(p);
		if (!child) {
			filter_node_free(group);
			return NULL;
		}
		*tail = child;
		tail = &child->next;
	} while (op == NODE_OR ? accept(p, "or", "||") : accept_and(p));

	if (group->first->next)
		return group;
	group->first = NULL;	/* a chain of one is that one */
	filter_node_free(group);
	return child;
}

static struct filter_node *parse_any(struct parser *p)
{
	return parse_chain(p, NODE_OR);
}

struct filter_node *filter_read(const char *expression, struct filter_error *error)
{
	struct parser p = { .start = expression, .at = expression, .error = error };
	struct filter_node *n;

	if (strlen(expression) > EXPRESSION_MAX)
		return FAIL_AT(&p, expression + EXPRESSION_MAX, "the expression is too long");
	n = parse_any(&p);
	if (n && *skip_spaces(&p))
		n = node_done(&p, n, filter_fail(error, "there is no '(' for this ')'"), p.at);
	return n;
}
