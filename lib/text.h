/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/text.h - text: bounded appends, foreign text made safe, display width,
 * numbers for people. No I/O, no state; any thread.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A string being built in a fixed buffer. Always NUL-terminated; what does
 * not fit is cut off, at a character border where it is UTF-8.
 */
struct text {
	char *s;
	size_t len;
	size_t size;		/* of the buffer, the NUL included; at least 1 */
};

/* An empty text in a char array. */
#define TEXT(array) \
	((struct text){ .s = ((array)[0] = '\0', (array)), .size = sizeof(array) })

void text_clear(struct text *t);
void text_add_bytes(struct text *t, const char *s, size_t len);
void text_add(struct text *t, const char *s);

static inline void text_add_char(struct text *t, char c)
{
	if (t->len + 1 < t->size) {
		t->s[t->len++] = c;
		t->s[t->len] = '\0';
	}
}

/*
 * The first @len bytes at @s, of which TEXT_PIECE can be read: quick, since so
 * many are copied where there is room for them.
 */
#define TEXT_PIECE 48

static inline void text_add_piece(struct text *t, const char *s, size_t len)
{
	if (t->size - t->len <= TEXT_PIECE) {
		text_add_bytes(t, s, len);
		return;
	}
	memcpy(t->s + t->len, s, TEXT_PIECE);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_add_uint(struct text *t, uint64_t n);
void text_add_base64(struct text *t, const void *bytes, size_t len);
void text_printf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The one way in for text that others wrote (process, host and unit names,
 * database strings, command lines): copies the @len bytes at @from to @to
 * (@size bytes, NUL-terminated). Bytes that are not UTF-8 become U+FFFD.
 * Control characters (C0, DEL, C1), bidirectional overrides and isolates,
 * zero-width and other invisible characters, line and paragraph separators,
 * private and unassigned code points, and combining marks (all that takes no
 * column) without a letter or beyond the second become '?'. Returns the length
 * written.
 */
size_t text_sanitise(char *to, size_t size, const char *from, size_t len);

/*
 * Columns that @s takes on a terminal (wcwidth of the present locale).
 * @s is sanitised UTF-8.
 */
unsigned text_width(const char *s);

/*
 * How many bytes of @s fit into @columns; *used, if not NULL, is set to the
 * columns they take. Never splits a character.
 */
size_t text_fit(const char *s, unsigned columns, unsigned *used);

/* "1.2k", "48.1M": three digits and a decimal prefix, or Ki, Mi with @iec. */
void text_add_human(struct text *t, double n, bool iec);

/* "48,211": groups of three digits. */
void text_add_grouped(struct text *t, uint64_t n);

/* A duration in the two largest units: "3s", "2m11s", "5h02m", "12d4h". */
void text_add_duration(struct text *t, double seconds);

/* RFC 3339 UTC with nanoseconds: "2026-01-31T12:00:00.000000000Z". */
void text_add_time(struct text *t, uint64_t realtime_ns);

/* A JSON string with its quotes (RFC 8259); @s is sanitised UTF-8. */
void text_add_json(struct text *t, const char *s);

/*
 * A number with an optional unit: k M G T (powers of 1000), Ki Mi Gi Ti (of
 * 1024), a final B allowed; or s m h d, ms, us (seconds). False: not a number.
 */
bool text_parse_size(const char *s, double *out);
bool text_parse_seconds(const char *s, double *out);

#endif
