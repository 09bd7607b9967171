/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ascii.h - words of ASCII letters, without regard to case and to the locale:
 * in Turkish "I" and "i" are two letters, and strcasecmp() knows that. Other
 * bytes are compared as they are. Any thread.
 */
#ifndef ASCII_H
#define ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_alnum(char c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

static inline bool ascii_is_hex(char c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

static inline bool ascii_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* As strcasecmp() and strncasecmp(). */
int ascii_compare(const char *a, const char *b);
int ascii_compare_n(const char *a, const char *b, size_t n);

/* As strcasestr(), but only whether it is there. */
bool ascii_contains(const char *s, const char *part);

#endif
