/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter/int.h - between the filter's own files: filter/read.c makes a tree of
 * an expression, whose leaves filter/test.c, filter/end.c and filter/field.c
 * make and evaluate; filter.c has the public functions.
 */
#ifndef FILTER_INT_H
#define FILTER_INT_H

#include <regex.h>
#include <stddef.h>

#include "filter.h"

#define FILTER_VALUE_MAX 256	/* bytes of a value, the NUL included */

enum filter_op {
	OP_EQUAL, OP_NOT_EQUAL, OP_LESS, OP_LESS_EQUAL, OP_GREATER, OP_GREATER_EQUAL,
	OP_REGEX, OP_CONTAINS,
};

/* Which ends of a flow a test looks at. */
enum { END_SRC = 1, END_DST = 2, END_BOTH = 3 };

/* Families and protocols outside which nothing passes. */
struct filter_bounds {
	unsigned families;
	struct proto_set protos;
};

struct filter_test {
	bool (*match)(const struct filter_test *t, const struct row *r);
	unsigned needs;			/* enum flow_need */
	struct filter_bounds pass;	/* of the flows that pass */
	struct filter_bounds fail;	/* of those that do not */

	/* the operand; which of them is match()'s own business */
	unsigned ends;
	uint64_t bits;
	struct addr_prefix net;
	struct { uint16_t first, last; } port;
	char *text;			/* owned */

	/* a field's test: any of these columns, or with @negate none */
	const struct column **columns;	/* NULL-terminated */
	bool (*compare)(const struct filter_test *t, const struct value *v);
	bool negate;
	bool of_group;			/* of a group's row */
	enum filter_op op;
	double number;
	uint64_t time;
	regex_t regex;
	bool has_regex;
};

enum node_op { NODE_TEST, NODE_NOT, NODE_AND, NODE_OR };

struct filter_node {
	enum node_op op;
	struct filter_node *first;	/* of AND, OR, NOT */
	struct filter_node *next;	/* beside this one */
	unsigned at, end;		/* its place in the expression; 0: all of it */
	struct filter_test test;
};

/*
 * The tree of an expression that is not empty. NULL: *error is set. Names that
 * flows and groups have mean the flow's, or with @groups the group's; *sums is
 * set where the expression has a name of groups.
 */
struct filter_node *filter_read(const char *expression, bool groups, bool *sums,
				struct filter_error *error);

/* Length of the word at @s: 0 where an operator, a quote or the end is. */
size_t filter_word_length(const char *s);

/* Frees this node, those beside it and below. */
void filter_node_free(struct filter_node *n);

void filter_bounds_all(struct filter_bounds *b);

/* Only protocols for which @has holds. */
void filter_bounds_protos(struct filter_bounds *b, bool (*has)(uint8_t l4));

/* Says what is wrong; false, so that it can be returned. */
bool filter_fail(struct filter_error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* An empty, zeroed test gets its bounds: none yet. */
void filter_test_init(struct filter_test *t);
void filter_test_clear(struct filter_test *t);

/* What all the rest does to such a test; false: error->text says why. */

/* A word that is a test by itself: "tcp", "nat". Sets *known. */
void filter_test_word(struct filter_test *t, const char *word, bool *known);

/* The @i'th of these words; NULL: past the end. */
const char *filter_test_word_at(unsigned i);

/* Is this a word of the language, or a field? And offers all of them to near_try(). */
bool filter_is_word(const char *s, size_t len);
struct near;
void filter_words_near(struct near *n);

/* All flows of these protocols, of this family (AF_INET, AF_INET6). */
void filter_test_protos(struct filter_test *t, uint8_t one, uint8_t other);
void filter_test_family(struct filter_test *t, int family);

/* A host, by address or name, or an endpoint. */
bool filter_test_host(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error);

/* What stands after "src": a host, a network, an endpoint, ":port". */
bool filter_test_side(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error);
void filter_test_net(struct filter_test *t, unsigned ends, const struct addr_prefix *net);
bool filter_test_port(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error);

/* Turns "is this port" into "is below this port", and the like. */
void filter_test_port_order(struct filter_test *t, enum filter_op op);

/* A host and a port of one end: 10.0.0.1:53, [fe80::1%eth0]:22, *:https, gw.lan:80. */
bool filter_is_endpoint(const char *value);
bool filter_test_endpoint(struct filter_test *t, unsigned ends, const char *value,
			  struct filter_error *error);

/* As addr_prefix_parse(), of @len bytes, without a scope: flows have none. */
bool filter_net_parse(const char *s, size_t len, struct addr_prefix *net);

/* Sets *error to why these digits and dots are not an address. Returns false. */
bool filter_not_an_address(const char *value, struct filter_error *error);

/* FIELD OP VALUE; @second: the other end's, or NULL. */
bool filter_test_field(struct filter_test *t, const struct column *first,
		       const struct column *second, enum filter_op op,
		       const char *value, struct filter_error *error);

/* Any text column contains it. */
bool filter_test_search(struct filter_test *t, const char *text, struct filter_error *error);

/* Copies the operand that is text. */
bool filter_test_keep(struct filter_test *t, const char *text, struct filter_error *error);

#endif
