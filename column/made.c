/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * column/made.c - what flows are grouped by beyond a single field: the network
 * of an address ("src_addr/24"), two fields together ("process,dst_port").
 */
#include "column.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

#define MADE_MAX	16
#define NET_V6		64	/* if the requested prefix is one of IPv4 */

static struct made {
	struct column column;
	char name[64], title[64];
} made[MADE_MAX];
static unsigned n_made;

/* ---- values ---- */

/* Groups use their own getter; this one is for all other callers. */
static void made_get(const struct row *r, struct value *v)
{
	(void)r;
	v->type = VALUE_NULL;
}

static void made_add_network(const struct column *c, const struct value *addr, struct text *out)
{
	bool v4 = addr_is_v4(&addr->addr);
	unsigned bits = v4 ? c->prefix < 32 ? c->prefix : 32 :
			c->prefix > 32 ? c->prefix : NET_V6;
	struct addr net = addr->addr;
	char buf[ADDR_STRLEN];

	addr_mask(&net, v4 ? 96 + bits : bits);
	text_printf(out, "%s/%u", addr_format(&net, buf), bits);
}

static void made_add_part(const struct column *part, const struct row *r, struct text *out)
{
	size_t before = out->len;
	struct value v;

	part->get(r, &v);
	value_add_text(&v, out);
	if (out->len == before)
		text_add_char(out, '?');
}

void column_group_value(const struct column *c, const struct row *r, struct value *v, char *buf,
			size_t size)
{
	struct text out = { .s = buf, .size = size };

	if (!c->part[0]) {
		c->get(r, v);
		return;
	}
	text_clear(&out);
	if (c->part[1]) {
		made_add_part(c->part[0], r, &out);
		text_add(&out, COLUMN_BETWEEN);
		made_add_part(c->part[1], r, &out);
	} else {
		c->part[0]->get(r, v);
		if (v->type != VALUE_ADDR)
			return;
		made_add_network(c, v, &out);
	}
	v->type = VALUE_TEXT;
	v->text = buf;
}

/* ---- making them ---- */

static const struct column *made_find(const char *name)
{
	for (unsigned i = 0; i < n_made; i++)
		if (!strcmp(made[i].name, name))
			return &made[i].column;
	return NULL;
}

static const struct column *made_add(const char *name, const struct column *first,
				     const struct column *second, unsigned prefix)
{
	struct made *m = &made[n_made];

	if (n_made == MADE_MAX || strlen(name) >= sizeof(m->name))
		return NULL;
	n_made++;
	snprintf(m->name, sizeof(m->name), "%s", name);
	if (second)
		snprintf(m->title, sizeof(m->title), "%s, %s", first->title, second->title);
	else
		snprintf(m->title, sizeof(m->title), "%s/%u", first->title, prefix);
	m->column = (struct column){
		.name = m->name, .title = m->title, .help = "made from other fields",
		.groupable = true,
		/* only the screen replaces an address by a name */
		.needs = (first->needs | (second ? second->needs : 0)) & ~NEED_NAME,
		.get = made_get, .part = { first, second }, .prefix = prefix,
	};
	return &m->column;
}

static const struct column *made_network(const char *name, const char *field, const char *prefix)
{
	const struct column *c = column_find(field);
	char *end;
	unsigned long bits = strtoul(prefix, &end, 10);

	if (!c || c->kind != KIND_ADDR || !c->groupable || end == prefix || *end || bits > 128)
		return NULL;
	return made_add(name, c, NULL, bits);
}

static const struct column *made_pair(const char *name, const char *first, const char *second)
{
	const struct column *a = column_find(first), *b = column_find(second);

	if (!a || !b || !a->groupable || !b->groupable || a == b)
		return NULL;
	return made_add(name, a, b, 0);
}

const struct column *column_find_group(const char *name)
{
	const struct column *c = column_find(name);
	char buf[64], *at;

	if (!c)
		c = made_find(name);
	if (c || strlen(name) >= sizeof(buf))
		return c && c->groupable ? c : NULL;
	snprintf(buf, sizeof(buf), "%s", name);
	at = buf + strcspn(buf, "/,");
	if (*at == '/') {
		*at = '\0';
		return made_network(name, buf, at + 1);
	}
	if (*at != ',')
		return NULL;
	*at = '\0';
	return made_pair(name, buf, at + 1);
}
