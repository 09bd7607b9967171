// SPDX-License-Identifier: GPL-2.0-or-later
/* The public functions of the filter: reference count, matching, push-down. */
#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "filter/int.h"

struct filter {
	unsigned refs;
	unsigned needs;
	/* NULL: everything passes */
	struct filter_node *root;	/* of flows where no groups are shown */
	struct filter_node *members;	/* of flows in groups; NULL and !split: root */
	struct filter_node *groups;	/* of groups */
	bool split;			/* there are tests of groups */
	bool flows_left_out;		/* root leaves out some flows */
	struct filter_error cannot_split;	/* why not; text "": it could be split */
};

/* ---- sets ---- */

bool proto_set_has(const struct proto_set *s, uint8_t l4)
{
	return s->bit[l4 / 64] >> l4 % 64 & 1;
}

void proto_set_add(struct proto_set *s, uint8_t l4)
{
	s->bit[l4 / 64] |= 1ull << l4 % 64;
}

bool proto_set_is_empty(const struct proto_set *s)
{
	return !(s->bit[0] | s->bit[1] | s->bit[2] | s->bit[3]);
}

/* ---- the tree ---- */

void filter_node_free(struct filter_node *n)
{
	while (n) {
		struct filter_node *next = n->next;

		filter_node_free(n->first);
		filter_test_clear(&n->test);
		free(n);
		n = next;
	}
}

static bool node_match(const struct filter_node *n, const struct row *r)
{
	const struct filter_node *child;

	switch (n->op) {
	case NODE_TEST:
		return n->test.match(&n->test, r);
	case NODE_NOT:
		return !node_match(n->first, r);
	case NODE_AND:
		for (child = n->first; child; child = child->next)
			if (!node_match(child, r))
				return false;
		return true;
	case NODE_OR:
		for (child = n->first; child; child = child->next)
			if (node_match(child, r))
				return true;
		return false;
	}
	return false;
}

static unsigned node_needs(const struct filter_node *n)
{
	unsigned needs = n->test.needs;

	for (const struct filter_node *child = n->first; child; child = child->next)
		needs |= node_needs(child);
	return needs;
}

static void bounds_union(struct filter_bounds *a, const struct filter_bounds *b)
{
	a->families |= b->families;
	for (unsigned i = 0; i < 4; i++)
		a->protos.bit[i] |= b->protos.bit[i];
}

static void bounds_intersect(struct filter_bounds *a, const struct filter_bounds *b)
{
	a->families &= b->families;
	for (unsigned i = 0; i < 4; i++)
		a->protos.bit[i] &= b->protos.bit[i];
}

/*
 * Outside of these bounds no flow gives @outcome. Families and protocols are
 * bounded apart from each other, so this may let through more, never less.
 */
static struct filter_bounds node_bounds(const struct filter_node *n, bool outcome)
{
	struct filter_bounds all, one;

	if (n->op == NODE_TEST)
		return outcome ? n->test.pass : n->test.fail;
	if (n->op == NODE_NOT)
		return node_bounds(n->first, !outcome);
	all = node_bounds(n->first, outcome);
	for (const struct filter_node *child = n->first->next; child; child = child->next) {
		one = node_bounds(child, outcome);
		if ((n->op == NODE_AND) == outcome)
			bounds_intersect(&all, &one);
		else
			bounds_union(&all, &one);
	}
	return all;
}

/* ---- the whole ---- */

/*
 * The parts of an expression that are joined by "and", put apart: tests of
 * groups and tests of flows. Both are NODE_AND, or NULL where there are none.
 */
struct parts {
	struct filter_node *flows, *groups;
};

static bool node_has(const struct filter_node *n, bool of_group)
{
	if (n->op == NODE_TEST)
		return n->test.of_group == of_group;
	for (const struct filter_node *child = n->first; child; child = child->next) {
		if (node_has(child, of_group))
			return true;
	}
	return false;
}

/* A part that tests both, or NULL. */
static const struct filter_node *node_mixed(const struct filter_node *n)
{
	const struct filter_node *mixed = NULL;

	if (n->op != NODE_AND)
		return node_has(n, true) && node_has(n, false) ? n : NULL;
	for (const struct filter_node *child = n->first; child && !mixed; child = child->next)
		mixed = node_mixed(child);
	return mixed;
}

static void node_push(struct filter_node **list, struct filter_node *n)
{
	while (*list)
		list = &(*list)->next;
	n->next = NULL;
	*list = n;
}

/* Takes @n over. Two lists, not yet joined. */
static void node_take_apart(struct filter_node *n, struct parts *to)
{
	if (n->op != NODE_AND) {
		node_push(node_has(n, true) ? &to->groups : &to->flows, n);
		return;
	}
	for (struct filter_node *child = n->first, *next; child; child = next) {
		next = child->next;
		node_take_apart(child, to);
	}
	n->first = n->next = NULL;
	filter_node_free(n);
}

static bool node_join(struct filter_node **list)
{
	struct filter_node *all;

	if (!*list || !(*list)->next)
		return true;
	all = calloc(1, sizeof(*all));
	if (!all)
		return false;
	all->op = NODE_AND;
	all->first = *list;
	*list = all;
	return true;
}

/* Takes @n over. False: *error is set, and @n is freed. */
static bool node_split(struct filter_node *n, struct parts *to, struct filter_error *error)
{
	const struct filter_node *mixed = node_mixed(n);

	*to = (struct parts){ NULL, NULL };
	if (mixed) {
		error->at = mixed->at;
		filter_node_free(n);
		return filter_fail(error, "a test of groups and one of flows can be joined by 'and' "
				   "only");
	}
	node_take_apart(n, to);
	if (node_join(&to->flows) && node_join(&to->groups))
		return true;
	filter_node_free(to->flows);
	filter_node_free(to->groups);
	error->at = 0;
	return filter_fail(error, "out of memory");
}

static unsigned tree_needs(const struct filter_node *n)
{
	return n ? node_needs(n) : 0;
}

/* Names that groups have mean the group; if that is not a valid filter, the reason is kept. */
static void filter_read_groups(struct filter *f, const char *expression)
{
	struct filter_node *n;
	struct parts parts;
	bool sums;

	n = filter_read(expression, true, &sums, &f->cannot_split);
	if (!n || !node_split(n, &parts, &f->cannot_split))
		return;
	f->members = parts.flows;
	f->groups = parts.groups;
	f->split = true;
	f->needs |= tree_needs(f->members) | tree_needs(f->groups);
}

static bool filter_read_flows(struct filter *f, const char *expression,
			      struct filter_error *error)
{
	struct filter_node *n;
	struct parts parts;
	bool sums;

	n = filter_read(expression, false, &sums, error);
	if (!n || !node_split(n, &parts, error))
		return false;
	f->root = parts.flows;
	f->flows_left_out = parts.groups;
	f->needs = tree_needs(f->root);
	filter_node_free(parts.groups);
	if (sums)
		filter_read_groups(f, expression);
	return true;
}

struct filter *filter_parse(const char *expression, struct filter_error *error)
{
	struct filter *f = calloc(1, sizeof(*f));

	error->at = 0;
	if (!f) {
		filter_fail(error, "out of memory");
		return NULL;
	}
	f->refs = 1;
	if (!expression[strspn(expression, " \t\n\v\f\r")])
		return f;
	if (filter_read_flows(f, expression, error))
		return f;
	free(f);
	return NULL;
}

bool filter_fits(const struct filter *f, bool groups, struct filter_error *error)
{
	error->at = 0;
	if (!groups && f->flows_left_out)
		return filter_fail(error, "a sum, such as flows, is tested where flows are grouped");
	if (!groups || !f->cannot_split.text[0])
		return true;
	*error = f->cannot_split;
	return false;
}

struct filter *filter_ref(struct filter *f)
{
	__atomic_add_fetch(&f->refs, 1, __ATOMIC_RELAXED);
	return f;
}

void filter_unref(struct filter *f)
{
	if (!f || __atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL))
		return;
	filter_node_free(f->root);
	filter_node_free(f->members);
	filter_node_free(f->groups);
	free(f);
}

static bool tree_match(const struct filter_node *n, const struct row *r)
{
	return !n || node_match(n, r);
}

bool filter_match(const struct filter *f, const struct row *r)
{
	return tree_match(r->group ? f->groups : f->root, r);
}

bool filter_match_member(const struct filter *f, const struct row *r)
{
	return tree_match(f->split ? f->members : f->root, r);
}

unsigned filter_needs(const struct filter *f)
{
	return f->needs;
}

bool filter_has_members(const struct filter *f)
{
	return f->split ? f->members : f->root;
}

/* As written, in parentheses where joining with "and" would change the meaning. */
static void node_add_text(const struct filter_node *n, const char *expression, struct text *out)
{
	bool bare = n->op == NODE_OR && !n->end;

	text_add(out, out->len ? " and " : "");
	text_printf(out, bare ? "(%.*s)" : "%.*s",
		    n->end ? (int)(n->end - n->at) : (int)strlen(expression), expression + n->at);
}

void filter_member_text(const char *expression, struct text *out)
{
	struct filter *f;
	struct filter_error error;
	const struct filter_node *n;

	text_clear(out);
	f = filter_parse(expression, &error);
	n = !f ? NULL : f->split ? f->members : f->root;
	if (n && n->op != NODE_AND)
		node_add_text(n, expression, out);
	else if (n)
		for (n = n->first; n; n = n->next)
			node_add_text(n, expression, out);
	filter_unref(f);
}

void filter_pushdown(const struct filter *f, unsigned *families, struct proto_set *protos)
{
	struct filter_bounds b;
	const uint64_t *bit = b.protos.bit;

	filter_bounds_all(&b);
	if (f->root)	/* tests of groups have no bounds */
		b = node_bounds(f->root, true);
	/* if nothing can pass, no limit is needed */
	*families = b.families ? b.families : FAMILY_BOTH;
	*protos = b.protos;
	if ((bit[0] & bit[1] & bit[2] & bit[3]) == UINT64_MAX)
		*protos = (struct proto_set){ 0 };
}
