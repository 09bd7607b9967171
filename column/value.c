/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * column/value.c - what a column's getter gives: as text, as JSON, in order.
 */
#include "column.h"

#include <math.h>

#include "label.h"
#include "lib/ascii.h"
#include "lib/proto.h"

static bool label_is_set(const struct value *v, unsigned i)
{
	return v->bits[i / 8] >> i % 8 & 1;
}

/* At most six decimals, and no zeros at their end. No rate or age is negative. */
static void add_real(double real, struct text *out)
{
	uint64_t millionths = real > 0 ? llround(fmin(real, 1e12) * 1e6) : 0;
	char decimals[8] = ".000000";

	text_add_uint(out, millionths / 1000000);
	millionths %= 1000000;
	if (!millionths)
		return;
	for (int i = 6; i > 0; i--, millionths /= 10)
		decimals[i] = '0' + millionths % 10;
	for (int i = 6; decimals[i] == '0'; i--)
		decimals[i] = '\0';
	text_add(out, decimals);
}

static void add_status(const struct value *v, const char *quote, struct text *out)
{
	const char *comma = "";

	for (uint32_t left = v->n; left; left &= left - 1) {
		const char *name = proto_status_name(__builtin_ctz(left));

		if (!name)
			continue;
		text_add(out, comma);
		text_add(out, quote);
		text_add(out, name);
		text_add(out, quote);
		comma = ",";
	}
}

static void add_labels(const struct value *v, bool json, struct text *out)
{
	static const uint8_t none[LABELS / 8];
	const char *comma = "", *quote = json ? "\"" : "", *name;

	if (!memcmp(v->bits, none, sizeof(none)))
		return;
	for (unsigned i = 0; i < LABELS; i++) {
		if (!label_is_set(v, i))
			continue;
		name = v->type == VALUE_LABEL_NAMES ? label_name(i) : NULL;
		text_add(out, comma);
		if (!name)
			text_printf(out, "%s%u%s", quote, i, quote);
		else if (json)
			text_add_json(out, name);
		else
			text_add(out, name);
		comma = ",";
	}
}

void value_add_text(const struct value *v, struct text *out)
{
	char addr[ADDR_STRLEN];

	switch (v->type) {
	case VALUE_NULL:
		break;
	case VALUE_TEXT:
		text_add(out, v->text);
		break;
	case VALUE_INT:
		text_add_uint(out, v->n);
		break;
	case VALUE_REAL:
		add_real(v->real, out);
		break;
	case VALUE_ADDR:
		text_add(out, addr_format(&v->addr, addr));
		break;
	case VALUE_TIME:
		text_add_time(out, v->n);
		break;
	case VALUE_STATUS:
		add_status(v, "", out);
		break;
	case VALUE_LABELS:
	case VALUE_LABEL_NAMES:
		add_labels(v, false, out);
		break;
	}
}

void value_add_json(const struct value *v, struct text *out)
{
	switch (v->type) {
	case VALUE_NULL:
		text_add(out, "null");
		break;
	case VALUE_TEXT:
		text_add_json(out, v->text);
		break;
	case VALUE_INT:
		text_add_uint(out, v->n);
		break;
	case VALUE_REAL:
		add_real(v->real, out);
		break;
	case VALUE_ADDR:
	case VALUE_TIME:
		text_add_char(out, '"');
		value_add_text(v, out);
		text_add_char(out, '"');
		break;
	case VALUE_STATUS:
		text_add_char(out, '[');
		add_status(v, "\"", out);
		text_add_char(out, ']');
		break;
	case VALUE_LABELS:
	case VALUE_LABEL_NAMES:
		text_add_char(out, '[');
		add_labels(v, true, out);
		text_add_char(out, ']');
		break;
	}
}

/* ---- order ---- */

/* Positive or negative, doubles sort like this number. */
static uint64_t order_real(double real)
{
	uint64_t bits;

	memcpy(&bits, &real, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ull << 63;
}

/* The first eight characters. */
static uint64_t order_text(const char *s, bool *exact)
{
	uint64_t n = 0;
	int i = 0;

	for (; i < 8 && s[i]; i++)
		n = n << 8 | (unsigned char)ascii_lower(s[i]);
	*exact = i < 8;
	return i ? n << 8 * (8 - i) : 0;
}

/* IPv4 whole; IPv6 its first 63 bits, after every IPv4. */
static uint64_t order_addr(const struct addr *a, bool *exact)
{
	uint64_t n = 0;

	*exact = addr_is_v4(a);
	for (int i = *exact ? 12 : 0; i < (*exact ? 16 : 8); i++)
		n = n << 8 | a->byte[i];
	return *exact ? n : n >> 1 | 1ull << 63;
}

uint64_t value_order(const struct value *v, bool *exact)
{
	uint64_t n = UINT64_MAX;

	*exact = true;
	switch (v->type) {
	case VALUE_NULL:
		return UINT64_MAX;
	case VALUE_TEXT:
		n = order_text(v->text, exact);
		break;
	case VALUE_REAL:
		n = order_real(v->real);
		break;
	case VALUE_ADDR:
		n = order_addr(&v->addr, exact);
		break;
	case VALUE_INT:
	case VALUE_TIME:
	case VALUE_STATUS:
		n = v->n;
		break;
	case VALUE_LABELS:
	case VALUE_LABEL_NAMES:
		for (int i = 0; i < 8; i++)
			n = n << 8 | v->bits[i];
		break;
	}
	return n < UINT64_MAX ? n : UINT64_MAX - 1;
}

int value_compare(const struct value *a, const struct value *b)
{
	bool exact_a, exact_b;
	uint64_t x = value_order(a, &exact_a), y = value_order(b, &exact_b);

	if (x != y || (exact_a && exact_b) || a->type != b->type)
		return x < y ? -1 : x > y;
	if (a->type == VALUE_TEXT)
		return ascii_compare(a->text, b->text);
	return addr_compare(&a->addr, &b->addr);
}
