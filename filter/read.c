// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter/read.c - reads a filter expression, by recursive descent, into a tree.
 */
#include <stdio.h>
#include <string.h>

#include "filter/parser.h"
#include "filter/pcap.h"
#include "lib/ascii.h"
#include "lib/near.h"

#define DEPTH_MAX 100		/* of parentheses and nots */

static struct filter_node *parse_search(struct parser *p, const char *text, const char *at)
{
	struct filter_node *n = parser_node(p, NODE_TEST);

	return n ? parser_done(p, n, filter_test_search(&n->test, text, p->error), at) : NULL;
}

/* The columns of a field: one, or that of either end. */
struct found {
	const struct column *first, *second;
	bool of_group;
};

static bool find_columns_of_flow(const char *name, struct found *found)
{
	found->of_group = false;
	found->second = NULL;
	found->first = column_find(name);
	return found->first || column_find_ends(name, &found->first, &found->second);
}

static bool find_columns_of_group(struct parser *p, const char *name, struct found *found)
{
	*found = (struct found){ .first = column_find_of_group(name), .of_group = true };
	p->sums |= found->first != NULL;
	return found->first;
}

/* False: not a field. */
static bool find_columns(struct parser *p, const char *word, size_t len, struct found *found)
{
	struct found sum;
	char name[32];
	bool is_sum;

	if (len >= sizeof(name))
		return false;
	for (size_t i = 0; i < len; i++)
		name[i] = ascii_lower(word[i]);
	name[len] = '\0';
	is_sum = find_columns_of_group(p, name, &sum);
	if (is_sum && (p->groups || !column_find(name))) {	/* key: not src_key or dst_key */
		*found = sum;
		return true;
	}
	return find_columns_of_flow(name, found);
}

static struct filter_node *unknown_field(struct parser *p, const char *word, size_t len)
{
	struct near near = { .word = word, .len = len, .beginnings = true };
	char hint[60];

	filter_words_near(&near);
	return FAIL_AT(p, word, "unknown field '%.*s'%s", (int)len, word,
		       near_hint(&near, hint, sizeof(hint)));
}

/* FIELD OP VALUE, from the operator (or the value of "pid 42") on. */
static struct filter_node *parse_field(struct parser *p, const char *word, size_t len,
				enum filter_op op)
{
	struct found found;
	char value[FILTER_VALUE_MAX];
	const char *at;
	struct filter_node *n;

	if (!find_columns(p, word, len, &found))
		return unknown_field(p, word, len);
	at = parser_value(p, value, word, p->at - word);
	n = at ? parser_node(p, NODE_TEST) : NULL;
	if (!n)
		return NULL;
	n->test.of_group = found.of_group;
	return parser_done(p, n, filter_test_field(&n->test, found.first, found.second, op, value,
						   p->error), at);
}

/* Fields that do without the "=". */
static bool is_field_word(const char *word, size_t len)
{
	static const char *const names[] = {
		"pid", "process", "user", "country", "asn", "state", "proto", "mark",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (parser_word_is(word, len, names[i]))
			return true;
	}
	return false;
}

/* A number, with or without a fraction: the older tool's interval, or a port. */
static struct filter_node *number_fail(struct parser *p, const char *word, size_t len)
{
	bool alone = word == p->start + strspn(p->start, " \t\n\v\f\r");

	if (alone && !*parser_skip_spaces(p))
		return FAIL_AT(p, word, "a number is not a filter: did you mean `-d %.*s`?",
			       (int)len, word);
	return FAIL_AT(p, word, "a number is not a filter: did you mean 'port %.*s'?",
		       (int)len, word);
}

static bool is_number(const char *word, size_t len)
{
	size_t digits = strspn(word, "0123456789");

	if (digits && word[digits] == '.')
		digits += 1 + strspn(word + digits + 1, "0123456789");
	return digits >= len;
}

/* A word that is not a test by itself: a search, if it can be nothing else. */
static struct filter_node *parse_plain(struct parser *p, const char *word, size_t len)
{
	struct near near = { .word = word, .len = len };
	struct found found;
	char text[FILTER_VALUE_MAX];

	if (len >= sizeof(text))
		return FAIL_AT(p, word, "this is too long");
	if (is_number(word, len))
		return number_fail(p, word, len);
	if (find_columns(p, word, len, &found))
		return FAIL_AT(p, word + len, "the field '%.*s' needs an operator: = != < > ~ :",
			       (int)len, word);
	filter_words_near(&near);
	if (near.name)
		return FAIL_AT(p, word, "did you mean '%s'? As a text to find: \"%.*s\"",
			       near.name, (int)len, word);
	memcpy(text, word, len);
	text[len] = '\0';
	return parse_search(p, text, word);
}

static struct filter_node *parse_word(struct parser *p, const char *word, size_t len)
{
	char name[16];
	bool known;
	struct filter_node *n;

	if (is_field_word(word, len))
		return parse_field(p, word, len, OP_EQUAL);
	if (parser_word_is(word, len, "and") || parser_word_is(word, len, "or"))
		return FAIL_AT(p, word, "a test is missing before '%.*s'", (int)len, word);

	n = parser_node(p, NODE_TEST);
	if (!n)
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	filter_test_word(&n->test, len < sizeof(name) ? name : "", &known);
	if (known)
		return n;
	filter_node_free(n);
	return parse_plain(p, word, len);
}

/*
 * "mark & MASK" was read up to the '&'. The test is that of iptables, VALUE/MASK;
 * without a value some bit is set.
 */
static struct filter_node *parse_masked(struct parser *p, const char *word, size_t len)
{
	char value[FILTER_VALUE_MAX] = "0", both[FILTER_VALUE_MAX + 12];
	const char *mask, *at;
	size_t mask_len, op_len;
	struct filter_node *n;
	int op;

	p->at++;
	mask = at = parser_skip_spaces(p);
	mask_len = filter_word_length(mask);
	if (!mask_len || mask_len > 10 || strspn(mask, "0123456789abcdefABCDEFxX") < mask_len)
		return FAIL_AT(p, mask, "'%.*s &' needs a mask, like 0xff", (int)len, word);
	p->at += mask_len;
	op = parser_operator_at(parser_skip_spaces(p), &op_len);
	if (op >= 0) {
		p->at += op_len;
		at = parser_value(p, value, word, p->at - word);
	}
	n = at ? parser_node(p, NODE_TEST) : NULL;
	if (!n)
		return NULL;
	snprintf(both, sizeof(both), "%s/%.*s", value, (int)mask_len, mask);
	return parser_done(p, n, filter_test_field(&n->test, column_find("mark"), NULL,
						   op < 0 ? OP_NOT_EQUAL : (unsigned)op, both,
						   p->error), at);
}

static struct filter_node *parse_test(struct parser *p)
{
	const char *word = parser_skip_spaces(p);
	size_t len = filter_word_length(word), op_len;
	char text[FILTER_VALUE_MAX];
	struct filter_node *n;
	bool known;
	int op;

	if (!*word)
		return FAIL_AT(p, word, "a test is missing here");
	if (*word == '"' || *word == '\'')
		return parser_quoted(p, text) ? parse_search(p, text, word) : NULL;
	n = pcap_parse_address(p, &known);
	if (known)
		return n;
	if (!len)
		return FAIL_AT(p, word, "a test is missing before '%c'", *word);
	p->at = word + len;
	op = parser_operator_at(parser_skip_spaces(p), &op_len);
	if (op >= 0 && !pcap_has_operator(word, len)) {
		p->at += op_len;
		return parse_field(p, word, len, op);
	}
	if (p->at[0] == '&' && p->at[1] != '&' && parser_word_is(word, len, "mark"))
		return parse_masked(p, word, len);
	n = pcap_parse(p, word, len, &known);
	if (known)
		return n;
	p->at = word + len;
	return parse_word(p, word, len);
}

static struct filter_node *parse_any(struct parser *p);

static struct filter_node *parse_factor(struct parser *p)
{
	const char *at = parser_skip_spaces(p);
	struct filter_node *n, *inner;

	if (p->depth >= DEPTH_MAX)
		return FAIL_AT(p, at, "this is nested too deeply");
	p->depth++;
	if (strncmp(at, "!=", 2) && parser_accept(p, "not", "!")) {
		inner = parse_factor(p);
		n = inner ? parser_node(p, NODE_NOT) : NULL;
		if (n)
			n->first = inner;
		else
			filter_node_free(inner);
	} else if (*at == '(') {
		p->at++;
		n = parse_any(p);
		if (n && *parser_skip_spaces(p) != ')')
			n = parser_done(p, n, filter_fail(p->error, "the '(' is not closed"), at);
		else
			p->at += n != NULL;
	} else {
		n = parse_test(p);
	}
	p->depth--;
	if (n) {
		n->at = at - p->start;
		n->end = p->at - p->start;
	}
	return n;
}

/* "and" may be left out: true where another factor follows. */
static bool accept_and(struct parser *p)
{
	const char *s;

	if (parser_accept(p, "and", "&&"))
		return true;
	s = parser_skip_spaces(p);
	return *s && *s != ')' && strncmp(s, "||", 2) && !parser_word_is(s, filter_word_length(s), "or");
}

/* A chain of terms (NODE_OR) or factors (NODE_AND). */
static struct filter_node *parse_chain(struct parser *p, enum node_op op)
{
	struct filter_node *group = parser_node(p, op), *child, **tail;

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
	} while (op == NODE_OR ? parser_accept(p, "or", "||") : accept_and(p));

	return parser_group(group);
}

static struct filter_node *parse_any(struct parser *p)
{
	return parse_chain(p, NODE_OR);
}

struct filter_node *filter_read(const char *expression, bool groups, bool *sums,
				struct filter_error *error)
{
	struct parser p = {
		.start = expression, .at = expression, .error = error, .groups = groups,
	};
	struct filter_node *n;

	if (strlen(expression) > FILTER_MAX)
		return FAIL_AT(&p, expression + FILTER_MAX, "the expression is too long");
	n = parse_any(&p);
	if (n && *parser_skip_spaces(&p))
		n = parser_done(&p, n, filter_fail(error, "there is no '(' for this ')'"), p.at);
	*sums = p.sums;
	return n;
}
