// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json.c - flows, groups and statistics as JSON objects. The fields are the
 * columns' own; only the names of sums are listed here.
 */
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>


/* Part by part would take a tenth of the time of a page. */
static void add_key(struct text *out, const char *key)
{
	char buf[40];
	size_t len = strnlen(key, sizeof(buf) - 5);

	buf[0] = ',';
	buf[1] = '"';
	memcpy(buf + 2, key, len);
	memcpy(buf + 2 + len, "\":", 3);
	text_add(out, buf);
}

static void add_value(struct text *out, const char *key, const struct value *v)
{
	add_key(out, key);
	value_add_json(v, out);
}

static void add_int(struct text *out, const char *key, uint64_t n)
{
	add_value(out, key, &(struct value){ .type = VALUE_INT, .n = n });
}

static void json_add_real(struct text *out, const char *key, double real)
{
	add_value(out, key, &(struct value){
		.type = isnan(real) ? VALUE_NULL : VALUE_REAL, .real = real,
	});
}

/* "" is null. */
static void add_text(struct text *out, const char *key, const char *text)
{
	add_value(out, key, &(struct value){
		.type = *text ? VALUE_TEXT : VALUE_NULL, .text = text,
	});
}

static void add_bool(struct text *out, const char *key, bool on)
{
	add_key(out, key);
	text_add(out, on ? "true" : "false");
}

static void begin(struct text *out, const char *type, const struct json_origin *o)
{
	text_add(out, "{\"v\":1,\"type\":\"");
	text_add(out, type);
	text_add_char(out, '"');
	text_add(out, o->text);
}

void json_origin_set(struct json_origin *o, uint64_t time, const char *host)
{
	struct text out = TEXT(o->text);

	text_clear(&out);
	add_value(&out, "time", &(struct value){ .type = VALUE_TIME, .n = time });
	add_text(&out, "host", host);
}

/* The key of a column, and "null" after it: most fields of a row are that. */
struct json_key {
	char s[TEXT_PIECE];
	uint8_t len;
};

/* Made once: a page of a million flows has a hundred million. Main thread. */
static const struct json_key *column_key(const struct column *c)
{
	static struct json_key keys[COLUMNS_MAX];
	struct json_key *k = &keys[c - columns];

	if (!k->len) {
		k->len = strlen(c->name) + 4;
		snprintf(k->s, sizeof(k->s), ",\"%s\":null", c->name);
	}
	return k;
}

static void add_column(struct text *out, const struct column *c, const struct value *v)
{
	const struct json_key *k = column_key(c);

	if (v->type == VALUE_NULL) {
		text_add_piece(out, k->s, k->len + 4);
	} else {
		text_add_piece(out, k->s, k->len);
		value_add_json(v, out);
	}
}

static void add_row_columns(struct text *out, const struct row *r,
			    const struct column *const *cols, unsigned n)
{
	unsigned count = n ? n : n_columns;
	struct value v;

	for (unsigned i = 0; i < count; i++) {
		const struct column *c = n ? cols[i] : &columns[i];

		c->get(r, &v);
		add_column(out, c, &v);
	}
	text_add_char(out, '}');
}

void json_flow(const struct json_origin *o, const struct row *r,
	       const struct column *const *cols, unsigned n, struct text *out)
{
	begin(out, "flow", o);
	add_row_columns(out, r, cols, n);
}

void json_event(const struct json_origin *o, const char *type, bool told, const struct row *r,
		const struct column *const *cols, unsigned n, struct text *out)
{
	begin(out, type, o);
	add_bool(out, "told", told);
	add_row_columns(out, r, cols, n);
}

void json_lost(const struct json_origin *o, uint64_t lines, uint64_t overruns,
	       struct text *out)
{
	begin(out, "lost", o);
	add_int(out, "lines", lines);
	add_int(out, "overruns", overruns);
	text_add_char(out, '}');
}

void json_group(const struct json_origin *o, const struct row *r, const struct column *field,
		struct text *out)
{
	struct value v;

	begin(out, "group", o);
	add_text(out, "field", field->name);
	add_text(out, "key", r->group->key);
	for (unsigned i = 1; i < n_group_columns; i++) {
		group_columns[i].get(r, &v);
		add_value(out, group_columns[i].name, &v);
	}
	text_add_char(out, '}');
}

static void add_tracking(struct text *out, enum flow_tracking tracking)
{
	if (tracking == TRACKING_UNKNOWN)
		add_text(out, "tracking", "");
	else
		add_bool(out, "tracking", tracking == TRACKING_ON);
}

void json_stats(const struct json_origin *o, const struct view_result *head,
		struct text *out)
{
	const struct view_totals *t = &head->totals;
	const struct flow_stats *s = &head->stats;

	begin(out, "stats", o);
	add_int(out, "flows", t->live);
	add_int(out, "shown", t->shown);
	add_int(out, "max", s->kernel_max);
	json_add_real(out, "new_rate", t->new_rate);
	json_add_real(out, "end_rate", t->end_rate);
	add_int(out, "lost", s->lost);
	add_int(out, "resyncs", s->resyncs);
	add_int(out, "insert_failed", s->insert_failed);
	add_int(out, "drop", s->drop);
	add_int(out, "early_drop", s->early_drop);
	add_bool(out, "acct", s->acct);
	add_bool(out, "timestamp", s->timestamp);
	add_tracking(out, s->tracking);
	add_int(out, "uncounted", t->uncounted);
	text_add_char(out, '}');
}
