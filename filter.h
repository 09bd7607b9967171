/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter.h - the filter language: one expression for operands, the screen,
 * batch. Grammar and words: Documentation/flowtop.8, section FILTERS.
 *
 * A filter is immutable and counted; any thread may match with it.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "column.h"
#include "lib/text.h"

struct filter;

#define FILTER_MAX 4096		/* bytes of an expression */

struct filter_error {
	char text[120];		/* "unknown field 'foo'", one line */
	unsigned at;		/* byte offset into the expression */
};

/*
 * NULL and *error set: not a valid expression. An expression of spaces only
 * gives a filter that everything passes. The caller owns the result.
 */
struct filter *filter_parse(const char *expression, struct filter_error *error);

struct filter *filter_ref(struct filter *f);
void filter_unref(struct filter *f);		/* NULL is allowed */

/*
 * A test of a field that only groups have (flows > 100) is a test of the group;
 * where groups are shown, so is a test of a field that they have as well (bytes
 * > 1M). Such tests must be joined with the others by "and": the flows that pass
 * the others are counted, then the group is tested. False and *error set: they
 * are joined otherwise, or, without @groups, there are tests of groups.
 */
bool filter_fits(const struct filter *f, bool groups, struct filter_error *error);

/* @r: a flow or a group, filled with filter_needs(). Any thread. */
bool filter_match(const struct filter *f, const struct row *r);

/* Does the flow count in its group? */
bool filter_match_member(const struct filter *f, const struct row *r);

/* Are flows tested before they count in their group? */
bool filter_has_members(const struct filter *f);

/* The part of @expression that tests the flows of groups; "" if no part does. */
void filter_member_text(const char *expression, struct text *out);

/* What of enum flow_need the expression looks at. */
unsigned filter_needs(const struct filter *f);

/* A set of protocol numbers. */
struct proto_set {
	uint64_t bit[4];
};
bool proto_set_has(const struct proto_set *s, uint8_t l4);
void proto_set_add(struct proto_set *s, uint8_t l4);
bool proto_set_is_empty(const struct proto_set *s);

enum { FAMILY_V4 = 1, FAMILY_V6 = 2, FAMILY_BOTH = 3 };

/*
 * What the kernel can test itself: families (a mask) and protocols outside
 * which nothing passes. Sets both; all families and an empty set = no limit.
 */
void filter_pushdown(const struct filter *f, unsigned *families, struct proto_set *protos);

/*
 * Completes the last word of @expression: the word list's @i'th entry that
 * begins with it, or NULL. The caller puts it in place of the word, whose
 * start is set in *at.
 */
const char *filter_complete(const char *expression, unsigned i, unsigned *at);

#endif
