// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter/field.c - a filter's tests of fields, FIELD OP VALUE, and its search:
 * what a column's getter gives, compared with a value that was read as the
 * column's kind needs it.
 */
#include "filter/int.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "label.h"
#include "lib/ascii.h"
#include "lib/near.h"
#include "lib/proto.h"
#include "service.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/*
 * Both ends of a flow are asked where the field has no side: one of them
 * suffices, and for != none may be equal. What is not known is left out; if
 * nothing is known, nothing holds.
 */
static bool match_field(const struct filter_test *t, const struct row *r)
{
	bool known = false;
	struct value v;

	for (const struct column **c = t->columns; *c; c++) {
		(*c)->get(r, &v);
		if (v.type == VALUE_NULL)
			continue;
		known = true;
		if (t->compare(t, &v))
			return !t->negate;
	}
	return known && t->negate;
}

static bool holds(enum filter_op op, int order)
{
	switch (op) {
	case OP_LESS:
		return order < 0;
	case OP_LESS_EQUAL:
		return order <= 0;
	case OP_GREATER:
		return order > 0;
	case OP_GREATER_EQUAL:
		return order >= 0;
	default:
		return order == 0;
	}
}

static bool compare_number(const struct filter_test *t, const struct value *v)
{
	double n = v->type == VALUE_REAL ? v->real : (double)v->n;

	if (v->type == VALUE_REAL && v->at_least && t->op != OP_GREATER &&
	    t->op != OP_GREATER_EQUAL)
		return false;
	return holds(t->op, (n > t->number) - (n < t->number));
}

/* The mark's bits in a mask. */
static bool compare_masked(const struct filter_test *t, const struct value *v)
{
	uint64_t n = v->n & t->bits;

	return holds(t->op, (n > t->number) - (n < t->number));
}

static bool compare_time(const struct filter_test *t, const struct value *v)
{
	return holds(t->op, (v->n > t->time) - (v->n < t->time));
}

static bool compare_addr(const struct filter_test *t, const struct value *v)
{
	return holds(t->op, addr_compare(&v->addr, &t->net.base));
}

static bool compare_net(const struct filter_test *t, const struct value *v)
{
	return addr_in_prefix(&v->addr, &t->net);
}

static bool compare_status(const struct filter_test *t, const struct value *v)
{
	return v->n & t->bits;
}

static bool compare_label(const struct filter_test *t, const struct value *v)
{
	return v->bits[t->bits / 8] >> t->bits % 8 & 1;
}

static bool compare_text(const struct filter_test *t, const struct value *v)
{
	return !ascii_compare(v->text, t->text);
}

/* A value as text: its own where it is one, else written to @buf. */
static const char *value_text(const struct value *v, char *buf, size_t size)
{
	struct text text = { .s = buf, .size = size };

	if (v->type == VALUE_TEXT)
		return v->text;
	text_clear(&text);
	value_add_text(v, &text);
	return buf;
}

static bool compare_contains(const struct filter_test *t, const struct value *v)
{
	char buf[512];

	return ascii_contains(value_text(v, buf, sizeof(buf)), t->text);
}

static bool compare_regex(const struct filter_test *t, const struct value *v)
{
	char buf[512];

	return !regexec(&t->regex, value_text(v, buf, sizeof(buf)), 0, NULL, 0);
}

static bool test_keep_columns(struct filter_test *t, const struct column *const *from,
			      unsigned n, struct filter_error *error)
{
	t->columns = calloc(n + 1, sizeof(*t->columns));
	if (!t->columns)
		return filter_fail(error, "out of memory");
	for (unsigned i = 0; i < n; i++) {
		t->columns[i] = from[i];
		/* only the screen puts a name in an address's place */
		t->needs |= from[i]->needs & ~(from[i]->kind == KIND_ADDR ? NEED_NAME : 0u);
	}
	t->match = match_field;
	return true;
}

/* The largest number of a {n,m} that begins before @s; libc makes one more
 * copy for {n,}. */
static double interval_most(const char *s)
{
	double most = 0, n;
	char *end;

	while (*s && *s != '}') {
		if (*s < '0' || *s > '9') {
			s++;
			continue;
		}
		n = strtoul(s, &end, 10);
		most = n > most ? n : most;
		s = end;
	}
	return most + 1;
}

/*
 * How many copies libc makes of a part of the pattern, at most: it writes x+
 * as xx*, and x{9} as nine of them, and where what is repeated is itself a
 * repetition or a group, these multiply and would soon fill all memory.
 */
static double regex_copies(const char *pattern)
{
	double nested = 1, single = 1;

	for (const char *s = pattern; *s; s++) {
		double times = *s == '+' ? 2 : *s == '{' ? interval_most(s + 1) : 1;

		if (s > pattern && strchr(")*+?}", s[-1]))
			nested *= times;
		else if (times > single)
			single = times;
	}
	return nested * single;
}

static bool test_make_regex(struct filter_test *t, const char *pattern,
			    struct filter_error *error)
{
	char why[80];
	int rc;

	if (regex_copies(pattern) > 1000)
		return filter_fail(error, "the pattern repeats too much");
	/* an extension of libc's, and the way to make it run for ever */
	for (const char *s = pattern; (s = strchr(s, '\\')); s += s[1] ? 2 : 1) {
		if (s[1] >= '0' && s[1] <= '9')
			return filter_fail(error, "back-references are not supported");
	}
	rc = regcomp(&t->regex, pattern, REG_EXTENDED | REG_NOSUB | REG_ICASE);
	if (rc) {
		regerror(rc, NULL, why, sizeof(why));
		return filter_fail(error, "'%s' is not a regular expression: %s", pattern, why);
	}
	t->has_regex = true;
	t->compare = compare_regex;
	return true;
}

static bool name_ends_in(const struct column *c, const char *tail)
{
	size_t len = strlen(c->name), n = strlen(tail);

	return len >= n && !strcmp(c->name + len - n, tail);
}

/* A port as ss writes it (":22"), or its service. */
static bool port_number_parse(const char *value, double *out)
{
	int port = service_port(value + (*value == ':'));

	*out = port;
	return port >= 0 || text_parse_size(value + (*value == ':'), out);
}

/* A number with its unit, 0x and hexadecimal digits (marks), or AS15169. */
static bool number_parse(const struct column *c, const char *value, double *out)
{
	if (name_ends_in(c, "_asn") && !ascii_compare_n(value, "as", 2))
		value += 2;
	if (name_ends_in(c, "_port"))
		return port_number_parse(value, out);
	if (value[0] != '0' || (value[1] != 'x' && value[1] != 'X'))
		return text_parse_size(value, out);
	value += 2;
	if (!*value || strspn(value, "0123456789abcdefABCDEF") != strlen(value) ||
	    strlen(value) > 16)
		return false;
	*out = strtoull(value, NULL, 16);
	return true;
}

/* VALUE/MASK, as iptables and conntrack write it. */
static bool test_read_masked(struct filter_test *t, const struct column *c, const char *value,
			     struct filter_error *error)
{
	const char *slash = strchr(value, '/');
	char first[FILTER_VALUE_MAX];
	double mask;

	snprintf(first, sizeof(first), "%.*s", (int)(slash - value), value);
	t->compare = compare_masked;
	if (!number_parse(c, first, &t->number))
		return filter_fail(error, "'%s' is not a number, like 5 or 0x10", first);
	if (!number_parse(c, slash + 1, &mask) || mask > UINT32_MAX)
		return filter_fail(error, "'%s' is not a mask, like 0xff", slash + 1);
	t->bits = mask;
	return true;
}

/* Days since 1970-01-01 of a Gregorian date; years count from March. */
static int64_t days_from_civil(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;

	return 365LL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* "2026-01-31", with "T12:00", "T12:00:00" or ".5" more, and maybe a "Z". */
static bool time_parse(const char *s, uint64_t *out)
{
	int year, month, day, hour = 0, minute = 0, n = 0, more = 0;
	double second = 0;

	if (strspn(s, "0123456789-T:.Z") != strlen(s) ||
	    sscanf(s, "%4d-%2d-%2d%n", &year, &month, &day, &n) != 3 || n != 10)
		return false;
	s += n;
	n = 0;
	if (*s == 'T' && sscanf(s, "T%2d:%2d%n", &hour, &minute, &n) == 2 && n == 6) {
		s += n;
		more = *s == ':' ? strspn(s + 1, "0123456789.") : 0;
	}
	if (more) {
		char digits[16];

		snprintf(digits, sizeof(digits), "%.*s", more, s + 1);
		if (!text_parse_seconds(digits, &second))
			return false;
		s += 1 + more;
	}
	if (*s == 'Z')
		s++;
	if (*s || year < 1970 || year > 2500 || month < 1 || month > 12 || day < 1 ||
	    day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second >= 61)
		return false;
	*out = (days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60) *
	       1000000000ULL + (uint64_t)(second * 1e9);
	return true;
}

static bool status_parse(const char *value, uint64_t *mask, struct filter_error *error)
{
	struct near near = { .word = value, .len = strlen(value), .beginnings = true };
	char hint[60];

	for (unsigned bit = 0; bit < 32; bit++) {
		const char *name = proto_status_name(bit);

		if (name && !ascii_compare(name, value)) {
			*mask = 1u << bit;
			return true;
		}
		near_try(&near, name ? name : "");
	}
	return filter_fail(error, "unknown status flag '%s'%s", value,
			   near_hint(&near, hint, sizeof(hint)));
}

/* By name, or by number. */
static bool label_parse(const char *value, uint64_t *label, struct filter_error *error)
{
	struct near near = { .word = value, .len = strlen(value), .beginnings = true };
	int found = label_find(value);
	double n = found;
	char hint[60];

	label_near(&near);
	if (found < 0 && (!text_parse_size(value, &n) || n >= LABELS || n != (unsigned)n))
		return filter_fail(error, "'%s' is not a label: 0 to 127, or a name%s", value,
				   near_hint(&near, hint, sizeof(hint)));
	*label = n;
	return true;
}

/* Reads the value as the column's kind needs it, and how it is compared. */
static bool test_read_value(struct filter_test *t, const struct column *c,
			    const char *value, struct filter_error *error)
{
	switch (c->kind) {
	case KIND_NUMBER:
		if (!strcmp(c->name, "mark") && strchr(value, '/'))
			return test_read_masked(t, c, value, error);
		t->compare = compare_number;
		return number_parse(c, value, &t->number) ||
		       filter_fail(error, "'%s' is not a number, like 42, 1.5M or 10Ki", value);
	case KIND_SECONDS:
		t->compare = compare_number;
		return text_parse_seconds(value, &t->number) ||
		       filter_fail(error, "'%s' is not a time span, like 5s, 2m or 1.5h", value);
	case KIND_TIME:
		t->compare = compare_time;
		return time_parse(value, &t->time) ||
		       filter_fail(error, "'%s' is not a time, like 2026-01-31T12:00:00Z", value);
	case KIND_ADDR:
		t->compare = compare_addr;
		if (addr_parse(value, &t->net.base))
			return true;
		if (addr_prefix_parse(value, &t->net))
			return filter_fail(error, "'%s' is a network: use ':'", value);
		return filter_fail(error, "'%s' is not an address", value);
	case KIND_STATUS:
		t->compare = compare_status;
		return status_parse(value, &t->bits, error);
	case KIND_LABELS:
		t->compare = compare_label;
		return label_parse(value, &t->bits, error);
	case KIND_TEXT:
		break;
	}
	t->compare = compare_text;
	return filter_test_keep(t, value, error);
}

/* ':' lies in, has the flag, or contains. */
static bool test_read_contained(struct filter_test *t, const struct column *c,
				const char *value, struct filter_error *error)
{
	switch (c->kind) {
	case KIND_ADDR:
		t->compare = compare_net;
		return addr_prefix_parse(value, &t->net) ||
		       filter_fail(error, "'%s' is not a network, like 10.0.0.0/8", value);
	case KIND_STATUS:
	case KIND_LABELS:
		return test_read_value(t, c, value, error);
	default:
		t->compare = compare_contains;
		return filter_test_keep(t, value, error);
	}
}

/* ---- fields that are asked so often that they have tests of their own ---- */

static bool match_state(const struct filter_test *t, const struct row *r)
{
	const struct flow *f = r->flow;

	return t->bits >> proto_state_rank(f->key.l4, flow_read(f->state)) & 1;
}

static bool has_states(uint8_t l4)
{
	return l4 == IPPROTO_TCP || l4 == IPPROTO_SCTP || l4 == IPPROTO_DCCP;
}

/* As it is, or as ss writes it: "syn-sent". */
static bool state_is(const char *name, const char *value)
{
	for (; *name && *value; name++, value++) {
		if (ascii_lower(*name) != ascii_lower(*value == '-' ? '_' : *value))
			return false;
	}
	return !*name && !*value;
}

/* One bit for each rank, see proto_state_rank(). */
static bool test_make_state(struct filter_test *t, bool equal, const char *value,
			    struct filter_error *error)
{
	uint64_t stateless = 1ull << proto_state_rank(IPPROTO_UDP, STATE_NONE);
	struct near near = { .word = value, .len = strlen(value), .beginnings = true };
	uint8_t l4, state;
	char hint[60];

	for (unsigned i = 0; proto_state_at(i, &l4, &state); i++) {
		const char *name = proto_state_name(l4, state);

		if (state_is(name, value))
			t->bits |= 1ull << proto_state_rank(l4, state);
		near_try(&near, name);
	}
	if (!t->bits)
		return filter_fail(error, "unknown state '%s'%s", value,
				   near_hint(&near, hint, sizeof(hint)));
	if (!equal)
		t->bits = ~(t->bits | stateless);
	filter_bounds_protos(&t->pass, has_states);
	t->match = match_state;
	return true;
}

static void test_negate(struct filter_test *t)
{
	struct filter_bounds swap = t->pass;

	t->pass = t->fail;
	t->fail = swap;
}

static bool proto_fail(const char *value, struct filter_error *error)
{
	struct near near = { .word = value, .len = strlen(value) };
	char hint[60];

	proto_near(&near);
	return filter_fail(error, "unknown protocol '%s'%s", value,
			   near_hint(&near, hint, sizeof(hint)));
}

static bool test_make_proto(struct filter_test *t, bool equal, const char *value,
			    struct filter_error *error)
{
	int l4 = proto_parse(value);

	if (l4 < 0)
		return proto_fail(value, error);
	filter_test_protos(t, l4, l4);
	if (!equal)
		test_negate(t);	/* match_proto() asks what passes */
	return true;
}

static bool test_make_family_by_name(struct filter_test *t, bool equal, const char *value,
				     struct filter_error *error)
{
	bool v4 = !ascii_compare(value, "ipv4");

	if (!v4 && ascii_compare(value, "ipv6"))
		return filter_fail(error, "family is ipv4 or ipv6, not '%s'", value);
	filter_test_family(t, v4 == equal ? AF_INET : AF_INET6);
	return true;
}

static const struct {
	const char *name;
	bool (*make)(struct filter_test *t, bool equal, const char *value,
		     struct filter_error *error);
} quick[] = {
	{ "state", test_make_state },
	{ "proto", test_make_proto },
	{ "family", test_make_family_by_name },
};

bool filter_test_field(struct filter_test *t, const struct column *first,
		       const struct column *second, enum filter_op op,
		       const char *value, struct filter_error *error)
{
	const struct column *both[2] = { first, second };
	bool equality = op == OP_EQUAL || op == OP_NOT_EQUAL;
	bool ordered = first->kind != KIND_TEXT && first->kind != KIND_STATUS &&
		       first->kind != KIND_LABELS;

	for (unsigned i = 0; equality && i < COUNT(quick); i++) {
		if (!strcmp(first->name, quick[i].name))
			return quick[i].make(t, op == OP_EQUAL, value, error);
	}
	t->negate = op == OP_NOT_EQUAL;
	t->op = op;
	if (!test_keep_columns(t, both, second ? 2 : 1, error))
		return false;
	if (op == OP_REGEX)
		return test_make_regex(t, value, error);
	if (op == OP_CONTAINS)
		return test_read_contained(t, first, value, error);
	if (!equality && !ordered)
		return filter_fail(error, "%s has no order: use = != : or ~", first->name);
	return test_read_value(t, first, value, error);
}

/* ---- search ---- */

/*
 * Not those that say how flowtop knows ("kernel" would find every flow), not
 * the command line, which holds anything, and not the remote end, which is one
 * of both. Addresses only for what can be
 * part of one: to write them out takes longer than all the rest.
 */
static bool is_searched(const struct column *c, bool addresses)
{
	if (!strncmp(c->name, "remote_", 7) || !strcmp(c->name, "match") ||
	    !strcmp(c->name, "command") ||
	    !strcmp(c->name, "age_from"))
		return false;
	return c->kind == KIND_TEXT || (addresses && c->kind == KIND_ADDR);
}

bool filter_test_search(struct filter_test *t, const char *text, struct filter_error *error)
{
	bool addresses = strpbrk(text, ".:") &&
			 strspn(text, "0123456789abcdefABCDEF.:") == strlen(text);
	const struct column *searched[COLUMNS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < n_columns && n < COUNT(searched); i++) {
		if (is_searched(&columns[i], addresses))
			searched[n++] = &columns[i];
	}
	t->compare = compare_contains;
	return test_keep_columns(t, searched, n, error) && filter_test_keep(t, text, error);
}
