// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text; see text.h.
 *
 * Only the functions about width depend on the present locale. What
 * foreign text may do to a terminal is decided by the tables below; only
 * whether a code point is assigned at all is left to libc's C.UTF-8.
 */
#include "lib/text.h"

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* ---- UTF-8 ---- */

#define REPLACEMENT 0xfffd
#define BAD_BYTES UINT32_MAX

/*
 * Decodes the character at @s, of at most @len bytes (at least 1), and sets
 * how many it takes. BAD_BYTES: not UTF-8 (the longest prefix of a character,
 * as Unicode recommends: one replacement for each).
 */
static uint32_t utf8_decode(const char *s, size_t len, unsigned *used)
{
	const uint8_t *b = (const uint8_t *)s;
	uint8_t low = 0x80, high = 0xbf;	/* of the second byte */
	unsigned size;
	uint32_t c;

	*used = 1;
	if (b[0] < 0x80)
		return b[0];
	if (b[0] < 0xc2 || b[0] > 0xf4)
		return BAD_BYTES;
	size = b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
	c = b[0] & (0x7f >> size);
	switch (b[0]) {
	case 0xe0: low = 0xa0; break;	/* else overlong */
	case 0xed: high = 0x9f; break;	/* else a surrogate */
	case 0xf0: low = 0x90; break;	/* else overlong */
	case 0xf4: high = 0x8f; break;	/* else past U+10FFFF */
	}
	for (; *used < size; ++*used) {
		if (*used >= len || b[*used] < low || b[*used] > high)
			return BAD_BYTES;
		c = c << 6 | (b[*used] & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	return c;
}

static unsigned utf8_encode(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = 0xc0 | c >> 6;
		out[1] = 0x80 | (c & 0x3f);
		return 2;
	}
	if (c < 0x10000) {
		out[0] = 0xe0 | c >> 12;
		out[1] = 0x80 | (c >> 6 & 0x3f);
		out[2] = 0x80 | (c & 0x3f);
		return 3;
	}
	out[0] = 0xf0 | c >> 18;
	out[1] = 0x80 | (c >> 12 & 0x3f);
	out[2] = 0x80 | (c >> 6 & 0x3f);
	out[3] = 0x80 | (c & 0x3f);
	return 4;
}

/* The most of @len that does not end within a character. */
static size_t utf8_whole(const char *s, size_t len)
{
	size_t start = len;
	unsigned used;

	while (start && len - start < 4 && (s[start - 1] & 0xc0) == 0x80)
		start--;
	if (!start || !(s[start - 1] & 0x80))
		return len;
	start--;
	return utf8_decode(s + start, len - start, &used) == BAD_BYTES ? start : len;
}

/* ---- bounded appends ---- */

void text_clear(struct text *t)
{
	t->len = 0;
	t->s[0] = '\0';
}

void text_add_bytes(struct text *t, const char *s, size_t len)
{
	size_t room = t->size - 1 - t->len;

	if (len > room)
		len = utf8_whole(s, room);
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

#define DIGITS_MAX 20

/* A page of a million flows has tens of millions of these. */
void text_add_uint(struct text *t, uint64_t n)
{
	char buf[DIGITS_MAX + TEXT_PIECE];
	size_t at = DIGITS_MAX;

	if (n < 10) {
		text_add_char(t, '0' + n);
		return;
	}
	do
		buf[--at] = '0' + n % 10;
	while (n /= 10);
	text_add_piece(t, buf + at, DIGITS_MAX - at);
}

void text_add_base64(struct text *t, const void *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *b = bytes;

	for (size_t i = 0; i < len; i += 3) {
		unsigned n = b[i] << 16;

		n |= i + 1 < len ? b[i + 1] << 8 : 0;
		n |= i + 2 < len ? b[i + 2] : 0;
		text_add_char(t, digits[n >> 18]);
		text_add_char(t, digits[n >> 12 & 63]);
		text_add_char(t, i + 1 < len ? digits[n >> 6 & 63] : '=');
		text_add_char(t, i + 2 < len ? digits[n & 63] : '=');
	}
}

void text_printf(struct text *t, const char *fmt, ...)
{
	size_t room = t->size - t->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(t->s + t->len, room, fmt, args);
	va_end(args);
	if (n < 0)
		n = 0;
	else if ((size_t)n >= room)
		n = utf8_whole(t->s + t->len, room - 1);
	t->len += n;
	t->s[t->len] = '\0';
}

/* ---- foreign text ---- */

struct range {
	uint32_t first, last;
};

/* Invisible, or moves what is around it, or means nothing to others. Sorted. */
static const struct range unsafe[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f },		/* C0, DEL, C1 */
	{ 0x00ad, 0x00ad },				/* soft hyphen */
	{ 0x034f, 0x034f },				/* grapheme joiner */
	{ 0x061c, 0x061c },				/* Arabic letter mark */
	{ 0x115f, 0x1160 },				/* Hangul fillers */
	{ 0x17b4, 0x17b5 },				/* Khmer inherent vowels */
	{ 0x180b, 0x180f },				/* Mongolian selectors */
	{ 0x200b, 0x200f },				/* zero width, LRM, RLM */
	{ 0x2028, 0x202e },				/* separators, bidi embedding */
	{ 0x2060, 0x206f },				/* joiners, isolates, old controls */
	{ 0x2800, 0x2800 },				/* blank braille */
	{ 0x3164, 0x3164 },				/* Hangul filler */
	{ 0xd800, 0xf8ff },				/* surrogates, private use */
	{ 0xfdd0, 0xfdef },				/* noncharacters */
	{ 0xfe00, 0xfe0f },				/* variation selectors */
	{ 0xfeff, 0xfeff },				/* byte order mark */
	{ 0xffa0, 0xffa0 },				/* halfwidth Hangul filler */
	{ 0xfff0, 0xfffb },				/* interlinear annotation */
	{ 0x13430, 0x1345f },				/* hieroglyph format controls */
	{ 0x1bca0, 0x1bcaf },				/* shorthand format controls */
	{ 0x1d173, 0x1d17a },				/* musical format controls */
	{ 0xe0000, 0x10ffff },				/* tags, selectors, private use */
};

/*
 * Marks that stack on the character before them, where libc knows no Unicode.
 * Sorted.
 */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
	{ 0x05bf, 0x05bf }, { 0x05c1, 0x05c2 }, { 0x05c4, 0x05c5 },
	{ 0x05c7, 0x05c7 }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
	{ 0x0670, 0x0670 }, { 0x06d6, 0x06dc }, { 0x06df, 0x06e4 },
	{ 0x06e7, 0x06e8 }, { 0x06ea, 0x06ed }, { 0x0711, 0x0711 },
	{ 0x0730, 0x074a }, { 0x07a6, 0x07b0 }, { 0x07eb, 0x07f3 },
	{ 0x0816, 0x0819 }, { 0x081b, 0x0823 }, { 0x0825, 0x082d },
	{ 0x0859, 0x085b }, { 0x0898, 0x089f }, { 0x08ca, 0x0902 },
	{ 0x093a, 0x093a }, { 0x093c, 0x093c }, { 0x0941, 0x0948 },
	{ 0x094d, 0x094d }, { 0x0951, 0x0957 }, { 0x0e31, 0x0e31 },
	{ 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x0eb1, 0x0eb1 },
	{ 0x0eb4, 0x0ebc }, { 0x0ec8, 0x0ece }, { 0x0f18, 0x0f19 },
	{ 0x0f35, 0x0f35 }, { 0x0f37, 0x0f37 }, { 0x0f39, 0x0f39 },
	{ 0x0f71, 0x0f84 }, { 0x0f86, 0x0f87 }, { 0x0f8d, 0x0fbc },
	{ 0x135d, 0x135f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff }, { 0x2cef, 0x2cf1 }, { 0x2de0, 0x2dff },
	{ 0x302a, 0x302f }, { 0x3099, 0x309a }, { 0xa66f, 0xa672 },
	{ 0xa674, 0xa67d }, { 0xa8e0, 0xa8f1 }, { 0xfb1e, 0xfb1e },
	{ 0xfe20, 0xfe2f }, { 0x1e8d0, 0x1e8d6 }, { 0x1e944, 0x1e94a },
};

#define COMBINING_MAX 2		/* in a row; no language needs more */

#define IN(table, c) in_ranges(table, sizeof(table) / sizeof(*(table)), c)

static bool in_ranges(const struct range *table, unsigned n, uint32_t c)
{
	unsigned low = 0;

	while (low < n) {
		unsigned mid = (low + n) / 2;

		if (c > table[mid].last)
			low = mid + 1;
		else if (c < table[mid].first)
			n = mid;
		else
			return true;
	}
	return false;
}

static locale_t unicode;	/* C.UTF-8 */

/* Before main(): a locale is a file, which may be out of reach later. */
__attribute__((constructor))
static void text_start(void)
{
	unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static bool is_assigned(uint32_t c)
{
	return !unicode || iswprint_l(c, unicode);
}

/* Like a combining mark: vowels and signs of many scripts, Hangul's medials. */
static bool has_no_width(uint32_t c)
{
	locale_t present;
	int width;

	if (c < 0x80 || !unicode)
		return false;
	present = uselocale(unicode);
	width = wcwidth(c);
	uselocale(present);
	return !width;
}

/* What stands for @c; *marks counts combining marks, from COMBINING_MAX at
 * the start, where there is nothing to combine with. */
static uint32_t safe_character(uint32_t c, unsigned *marks)
{
	bool is_mark = false;

	if (c == BAD_BYTES) {
		c = REPLACEMENT;
	} else if (IN(unsafe, c) || (c & 0xfffe) == 0xfffe ||
		   (c >= 0x80 && !is_assigned(c))) {
		c = '?';	/* the middle one: noncharacters of each plane */
	} else if (IN(combining, c) || has_no_width(c)) {
		is_mark = true;
		if (*marks >= COMBINING_MAX)
			return '?';
	}
	*marks = is_mark ? *marks + 1 : 0;
	return c;
}

size_t text_sanitise(char *to, size_t size, const char *from, size_t len)
{
	unsigned marks = COMBINING_MAX, used, n;
	size_t out = 0;
	char encoded[4];

	if (!size)
		return 0;
	for (size_t i = 0; i < len; i += used) {
		n = utf8_encode(safe_character(utf8_decode(from + i, len - i, &used),
					       &marks), encoded);
		if (out + n >= size)
			break;
		memcpy(to + out, encoded, n);
		out += n;
	}
	to[out] = '\0';
	return out;
}

/* ---- width ---- */

/* Columns of one character; what libc does not know takes one. */
static unsigned character_width(uint32_t c)
{
	int n = c >= 0x20 && c < 0x7f ? 1 : wcwidth(c == BAD_BYTES ? REPLACEMENT : c);

	return n < 0 ? 1 : n;
}

unsigned text_width(const char *s)
{
	unsigned width;

	text_fit(s, UINT32_MAX, &width);
	return width;
}

size_t text_fit(const char *s, unsigned columns, unsigned *used)
{
	size_t len = strlen(s), at = 0;
	unsigned width = 0, size, n;

	while (at < len) {
		n = character_width(utf8_decode(s + at, len - at, &size));
		if (n > columns - width)
			break;
		width += n;
		at += size;
	}
	if (used)
		*used = width;
	return at;
}

/* ---- numbers for people ---- */

/* By integers: printf() would write the decimal point of the locale. */
static void text_add_tenths(struct text *t, double n)
{
	uint64_t tenths = n * 10 + 0.5;

	text_printf(t, "%u.%u", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
}

void text_add_human(struct text *t, double n, bool iec)
{
	static const char prefixes[] = "kMGTPEZY";
	double base = iec ? 1024 : 1000;
	int prefix = -1;

	if (isnan(n)) {
		text_add_char(t, '-');
		return;
	}
	if (n < 0) {
		text_add_char(t, '-');
		n = -n;
	}
	while (n >= 999.5 && prefixes[prefix + 1]) {
		n /= base;
		prefix++;
	}
	if (n >= 999.5)
		text_add(t, ">999");
	else if (prefix < 0 || n >= 99.95)
		text_printf(t, "%u", (unsigned)(n + 0.5));
	else
		text_add_tenths(t, n);
	if (prefix >= 0)
		text_add_char(t, iec && !prefix ? 'K' : prefixes[prefix]);
	if (prefix >= 0 && iec)
		text_add_char(t, 'i');
}

void text_add_grouped(struct text *t, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			text_add_char(t, ',');
		text_add_char(t, digits[i]);
	}
}

void text_add_duration(struct text *t, double seconds)
{
	uint64_t s;

	if (isnan(seconds)) {
		text_add_char(t, '-');
		return;
	}
	s = seconds < 0 ? 0 : seconds < 1e15 ? (uint64_t)seconds : (uint64_t)1e15;
	if (s < 60)
		text_printf(t, "%us", (unsigned)s);
	else if (s < 3600)
		text_printf(t, "%um%02us", (unsigned)(s / 60), (unsigned)(s % 60));
	else if (s < 86400)
		text_printf(t, "%uh%02um", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
	else
		text_printf(t, "%llud%uh", (unsigned long long)(s / 86400),
			    (unsigned)(s / 3600 % 24));
}

/*
 * Gregorian date of a day since 1970-01-01. libc's gmtime_r() would look at
 * the time zone's file first. Years are counted from March, so that the
 * leap day is the last; 719468 is the number of days from 0000-03-01.
 */
static void civil_date(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	uint64_t d = days + 719468;
	unsigned era = d / 146097, in_era = d % 146097;		/* 400 years */
	unsigned y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * y + y / 4 - y / 100);
	unsigned m = (5 * in_year + 2) / 153;			/* 0: March */

	*day = in_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = era * 400 + y + (*month <= 2);
}

static void put_digits(char *end, unsigned n, unsigned digits)
{
	while (digits--) {
		*--end = '0' + n % 10;
		n /= 10;
	}
}

/* Without printf(), as there is one a row, and more. */
void text_add_time(struct text *t, uint64_t realtime_ns)
{
	char buf[] = "0000-00-00T00:00:00.000000000Z";
	uint64_t s = realtime_ns / 1000000000;
	unsigned year, month, day;

	civil_date(s / 86400, &year, &month, &day);
	put_digits(buf + 4, year, 4);
	put_digits(buf + 7, month, 2);
	put_digits(buf + 10, day, 2);
	put_digits(buf + 13, s / 3600 % 24, 2);
	put_digits(buf + 16, s / 60 % 60, 2);
	put_digits(buf + 19, s % 60, 2);
	put_digits(buf + 29, realtime_ns % 1000000000, 9);
	text_add_bytes(t, buf, sizeof(buf) - 1);
}

static bool is_plain(char c)
{
	return (uint8_t)c >= 0x20 && c != '"' && c != '\\';
}

/* What needs no escape: returns what is left of @s. */
static const char *add_plain(struct text *t, const char *s)
{
	size_t room = t->size - 1 - t->len, n = 0;
	char *to = t->s + t->len;

	for (; n < room && is_plain(s[n]); n++)
		to[n] = s[n];
	s += n;
	if (is_plain(*s))
		n = utf8_whole(to, n);
	while (is_plain(*s))
		s++;
	to[n] = '\0';
	t->len += n;
	return s;
}

void text_add_json(struct text *t, const char *s)
{
	text_add_char(t, '"');
	while (*s) {
		s = add_plain(t, s);
		if (!*s)
			break;
		if (*s == '"' || *s == '\\')
			text_printf(t, "\\%c", *s);
		else
			text_printf(t, "\\u%04x", (uint8_t)*s);
		s++;
	}
	text_add_char(t, '"');
}

/* ---- numbers from people ---- */

/* Digits with at most one point; what follows is at *end. False: no digit.
 * Not strtod(): that accepts hex, inf and nan, and depends on the locale. */
static bool decimal_parse(const char *s, double *out, const char **end)
{
	double n = 0, scale = 1;
	bool point = false, digit = false;

	for (; (*s >= '0' && *s <= '9') || (*s == '.' && !point); s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		digit = true;
		n = n * 10 + (*s - '0');
		if (point)
			scale *= 10;
	}
	*out = n / scale;
	*end = s;
	return digit && isfinite(n) && isfinite(scale);
}

bool text_parse_size(const char *s, double *out)
{
	static const char prefixes[] = "kMGT";
	const char *p;
	double base = 1000;
	unsigned power = 0;

	if (!decimal_parse(s, out, &s))
		return false;
	p = *s ? strchr(prefixes, *s == 'K' ? 'k' : *s) : NULL;
	if (p) {
		power = p - prefixes + 1;
		s++;
		if (*s == 'i') {
			base = 1024;
			s++;
		}
	}
	if (*s == 'B')
		s++;
	if (*s)
		return false;
	while (power--)
		*out *= base;
	return true;
}

bool text_parse_seconds(const char *s, double *out)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
		{ "ms", 1e-3 }, { "us", 1e-6 },
	};

	if (!decimal_parse(s, out, &s))
		return false;
	for (unsigned i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (!strcmp(s, units[i].name)) {
			*out *= units[i].seconds;
			return true;
		}
	}
	return false;
}
