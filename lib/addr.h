/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/addr.h - an IP address as a value: IPv4 and IPv6 in one 16-byte form.
 *
 * IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that one
 * comparison and one hash serve both. Any thread.
 */
#ifndef ADDR_H
#define ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct addr {
	union {
		uint8_t byte[16];	/* network order */
		uint32_t word[4];
	};
};

struct text;

#define ADDR_STRLEN 46		/* INET6_ADDRSTRLEN, with the final NUL */

/* An IPv4 address from its 4 bytes in network order. */
static inline struct addr addr_v4(const void *bytes)
{
	struct addr a = { .byte = { [10] = 0xff, [11] = 0xff } };

	memcpy(a.byte + 12, bytes, 4);
	return a;
}

/* An IPv6 address from its 16 bytes in network order. */
static inline struct addr addr_v6(const void *bytes)
{
	struct addr a;

	memcpy(a.byte, bytes, sizeof(a.byte));
	return a;
}

static inline bool addr_is_v4(const struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(a->byte, mapped, sizeof(mapped));
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* < 0, 0, > 0: every IPv4 address before every IPv6 one, else by number. */
int addr_compare(const struct addr *a, const struct addr *b);

/* See hash.h: another number in each process. */
uint64_t addr_hash(const struct addr *a);

/*
 * Writes the address as text (RFC 5952) into @buf of ADDR_STRLEN bytes and
 * returns @buf.
 */
const char *addr_format(const struct addr *a, char *buf);

/*
 * One end of a flow: "192.0.2.1:53", "[2001:db8::1]:53"; no brackets
 * without a port (@port < 0). @name, unless NULL or "", in place of @a.
 */
void addr_add_end(struct text *out, const struct addr *a, const char *name, int port);

/* Parses "192.0.2.1" or "2001:db8::1". False: no address. */
bool addr_parse(const char *text, struct addr *out);

/* A network: the first @bits (of 128; an IPv4 /24 has 120) of @base. */
struct addr_prefix {
	struct addr base;
	unsigned bits;
};

/* Parses "ADDR" or "ADDR/LENGTH". False: neither, or the length is off. */
bool addr_prefix_parse(const char *text, struct addr_prefix *out);

bool addr_in_prefix(const struct addr *a, const struct addr_prefix *p);

/* Clears all but the first @bits (of 128). */
void addr_mask(struct addr *a, unsigned bits);

#define ADDR_NETS_MAX 64

/* Some networks. */
struct addr_nets {
	struct addr_prefix net[ADDR_NETS_MAX];
	unsigned n;
};

/* Parses "NET[,NET]..."; "" is an empty list. False: invalid, or too many. */
bool addr_nets_parse(const char *text, struct addr_nets *out);

bool addr_in_nets(const struct addr *a, const struct addr_nets *nets);

/* In a range that the internet does not route (RFC 1918, 6598, 4193) or link-local. */
bool addr_is_private(const struct addr *a);

/*
 * What an address that can have no place on the map is called: "private",
 * "loopback", "link-local", "multicast", "cgnat", "documentation", ...
 * (IANA special-purpose registries, RFC 6890); NULL for a global address.
 */
const char *addr_kind(const struct addr *a);

#endif
