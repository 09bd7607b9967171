// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/value.c - from the text of an option's value to the value.
 */
#include "conf/option.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "column.h"
#include "layout.h"
#include "lib/addr.h"
#include "lib/ascii.h"
#include "lib/near.h"
#include "lib/proto.h"
#include "lib/text.h"

static void __attribute__((noreturn, format(printf, 3, 4)))
bad_value(const struct origin *from, const struct option_def *o, const char *fmt, ...)
{
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	if (from->file)
		conf_usage_error("%s:%u: %s: %s", from->file, from->line, o->name, what);
	conf_usage_error("--%s: %s", o->name, what);
}

static void *field(struct conf *c, const struct option_def *o)
{
	return (char *)c + o->offset;
}

void option_switch(struct conf *c, const struct option_def *o, bool on)
{
	*(bool *)field(c, o) = on;
	if (on && o->undoes)
		*(bool *)((char *)c + o->undoes) = false;
}

static bool parse_bool(const char *s, bool *out)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "off", "on" }, { "false", "true" }, { "0", "1" },
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (int on = 0; on < 2; on++)
			if (!ascii_compare(s, words[i][on])) {
				*out = on;
				return true;
			}
	return false;
}

/* Digits only: strtoull() would take signs and spaces. */
static bool parse_whole(const char *s, uint64_t *out)
{
	char *end;

	if (!ascii_is_digit(*s))
		return false;
	errno = 0;
	*out = strtoull(s, &end, 10);
	return !*end && !errno;
}

static double range_check(const struct origin *from, const struct option_def *o,
			  const char *s, double value)
{
	if (!(value >= o->least && value <= o->most))
		bad_value(from, o, "%s is not between %g and %g", s, o->least, o->most);
	return value;
}

static double parse_seconds(const struct origin *from, const struct option_def *o, const char *s)
{
	double value;

	if (!text_parse_seconds(s, &value))
		bad_value(from, o, "'%s' is not a number of seconds", s);
	return range_check(from, o, s, value);
}

static double parse_number(const struct origin *from, const struct option_def *o, const char *s)
{
	char *end;
	double value = strtod(s, &end);

	if (*end == '%')
		end++;
	if (end == s || *end)
		bad_value(from, o, "'%s' is not a number", s);
	return range_check(from, o, s, value);
}

static uint64_t parse_count(const struct origin *from, const struct option_def *o, const char *s)
{
	uint64_t value;

	if (!parse_whole(s, &value) || value > INT64_MAX)
		bad_value(from, o, "'%s' is not a whole number", s);
	return value;
}

static int64_t parse_lines(const struct origin *from, const struct option_def *o, const char *s)
{
	return strcmp(s, "all") ? (int64_t)parse_count(from, o, s) : -1;
}

/* Calls @check for each word of a list with commas. */
static void each_word(const struct origin *from, const struct option_def *o, const char *list,
		      void (*check)(const struct origin *, const struct option_def *, const char *))
{
	char word[64];

	for (const char *s = list; ; s++) {
		size_t len = strcspn(s, ",");

		if (!len || len >= sizeof(word))
			bad_value(from, o, "'%s' is not a list of names separated by commas", list);
		memcpy(word, s, len);
		word[len] = '\0';
		check(from, o, word);
		s += len;
		if (!*s)
			return;
	}
}

static void flow_fields_near(struct near *near)
{
	column_near(false, near);
}

/* @offer: offers all names; @rest: the end of the message if none is near. */
static void unknown_value(const struct origin *from, const struct option_def *o,
			  const char *what, const char *word, void (*offer)(struct near *),
			  const char *rest)
{
	struct near near = { .word = word, .len = strlen(word), .beginnings = true };
	char hint[60];

	offer(&near);
	bad_value(from, o, "unknown %s '%s'%s", what, word,
		  near.name ? near_hint(&near, hint, sizeof(hint)) : rest);
}

static void check_proto(const struct origin *from, const struct option_def *o, const char *word)
{
	if (proto_parse(word) < 0)
		unknown_value(from, o, "protocol", word, proto_near, "");
}

static void check_column(const struct origin *from, const struct option_def *o, const char *word)
{
	if (!column_find(word))
		unknown_value(from, o, "field", word, flow_fields_near,
			      o->kind == OPTION_GROUP ? " ('--group help' lists them)" :
			      " ('--columns help' lists them)");
}

static void check_wish(const struct origin *from, const struct option_def *o, const char *word)
{
	check_column(from, o, word + (*word == '+' || *word == '-'));
}

static void check_columns(const struct origin *from, const struct option_def *o, const char *s)
{
	struct layout_wish wish;

	each_word(from, o, s, check_wish);
	if (!layout_wish_parse(s, &wish))
		bad_value(from, o, "'%s': either each field has + or -, or none has", s);
}

static void check_group(const struct origin *from, const struct option_def *o, const char *word)
{
	if (column_find_group(word))
		return;
	if (!strpbrk(word, "/,"))
		check_column(from, o, word);
	bad_value(from, o, "flows cannot be grouped by '%s'", word);
}

static void check_color(const struct origin *from, const struct option_def *o, const char *word)
{
	if (strcmp(word, "auto") && strcmp(word, "always") && strcmp(word, "never"))
		bad_value(from, o, "'%s' is not auto, always or never", word);
}

static void check_nets(const struct origin *from, const struct option_def *o, const char *s)
{
	struct addr_nets nets;

	if (!addr_nets_parse(s, &nets))
		bad_value(from, o, "'%s' is not a list of networks (10.0.0.0/8,fd00::/8)", s);
}

static void check_text(const struct origin *from, const struct option_def *o, const char *s)
{
	if (o->kind == OPTION_PROTOS)
		each_word(from, o, s, check_proto);
	else if (o->kind == OPTION_COLUMNS && strcmp(s, "help"))
		check_columns(from, o, s);
	else if (o->kind == OPTION_GROUP && strcmp(s, "help"))
		check_group(from, o, s);
	else if (o->kind == OPTION_COLOR)
		check_color(from, o, s);
	else if (o->kind == OPTION_NETS)
		check_nets(from, o, s);
}

static void add_file(const struct origin *from, const struct option_def *o,
		     const char **list, const char *s)
{
	unsigned n = 0;

	while (list[n])
		n++;
	if (n == GEOIP_FILES_MAX)
		bad_value(from, o, "at most %d files", GEOIP_FILES_MAX);
	list[n] = conf_keep(s);
}

static void clear_text(struct conf *c, const struct option_def *o)
{
	if (o->kind == OPTION_FILES)
		memset(field(c, o), 0, sizeof(c->geoip));
	else
		*(const char **)field(c, o) = o->kind == OPTION_COLOR ? "auto" : NULL;
}

/* Text options: empty is the default again. */
static void conf_set_text(struct conf *c, const struct option_def *o, const char *s,
		     const struct origin *from)
{
	if (strchr(s, '\n'))
		bad_value(from, o, "the value has a line break");
	if (!*s) {
		clear_text(c, o);
		return;
	}
	check_text(from, o, s);
	if (o->undoes)
		*(bool *)((char *)c + o->undoes) = false;
	if (o->kind == OPTION_FILES)
		add_file(from, o, field(c, o), s);
	else
		*(const char **)field(c, o) = conf_keep(s);
}

void option_set(struct conf *c, const struct option_def *o, const char *s,
		const struct origin *from)
{
	void *at = field(c, o);
	bool on;

	switch (o->kind) {
	case OPTION_SWITCH:
		if (!parse_bool(s, &on))
			bad_value(from, o, "'%s' is neither yes nor no", s);
		option_switch(c, o, on);
		break;
	case OPTION_SECONDS:
		*(double *)at = parse_seconds(from, o, s);
		break;
	case OPTION_NUMBER:
		*(double *)at = parse_number(from, o, s);
		break;
	case OPTION_COUNT:
		*(uint64_t *)at = parse_count(from, o, s);
		break;
	case OPTION_LINES:
		*(int64_t *)at = parse_lines(from, o, s);
		break;
	default:
		conf_set_text(c, o, s, from);
	}
}
