// SPDX-License-Identifier: GPL-2.0-or-later
/* The filter as others see it: counted, asked, pushed down. */
#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "filter/int.h"

struct filter {
	unsigned refs;
	unsigned needs;
	struct filter_node *root;	/* NULL: everything passes */
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
	f->root = filter_read(expression, error);
	if (!f->root) {
		free(f);
		return NULL;
	}
	f->needs = node_needs(f->root);
	return f;
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
	free(f);
}

bool filter_match(const struct filter *f, const struct row *r)
{
	return !f->root || node_match(f->root, r);
}

unsigned filter_needs(const struct filter *f)
{
	return f->needs;
}

void filter_pushdown(const struct filter *f, unsigned *families, struct proto_set *protos)
{
	struct filter_bounds b;
	const uint64_t *bit = b.protos.bit;

	filter_bounds_all(&b);
	if (f->root)
		b = node_bounds(f->root, true);
	/* where nothing can pass, nothing needs to be limited either */
	*families = b.families ? b.families : FAMILY_BOTH;
	*protos = b.protos;
	if ((bit[0] & bit[1] & bit[2] & bit[3]) == UINT64_MAX)
		*protos = (struct proto_set){ 0 };
}
