// SPDX-License-Identifier: GPL-2.0-or-later
/* IP addresses as values; see addr.h. */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "lib/hash.h"
#include "lib/text.h"

int addr_compare(const struct addr *a, const struct addr *b)
{
	bool a4 = addr_is_v4(a), b4 = addr_is_v4(b);

	if (a4 != b4)
		return a4 ? -1 : 1;
	return memcmp(a->byte, b->byte, sizeof(a->byte));
}

uint64_t addr_hash(const struct addr *a)
{
	return hash_bytes(a->byte, sizeof(a->byte));
}

/* inet_ntop() takes ten times as long, and a page has six of them a row. */
static void format_v4(const uint8_t *byte, char *buf)
{
	for (int i = 0; i < 4; i++) {
		if (byte[i] >= 100)
			*buf++ = '0' + byte[i] / 100;
		if (byte[i] >= 10)
			*buf++ = '0' + byte[i] / 10 % 10;
		*buf++ = '0' + byte[i] % 10;
		*buf++ = i < 3 ? '.' : '\0';
	}
}

const char *addr_format(const struct addr *a, char *buf)
{
	if (addr_is_v4(a))
		format_v4(&a->byte[12], buf);
	else
		inet_ntop(AF_INET6, a->byte, buf, ADDR_STRLEN);
	return buf;
}

void addr_add_end(struct text *out, const struct addr *a, const char *name, int port)
{
	bool named = name && *name, brackets = !named && port >= 0 && !addr_is_v4(a);
	char addr[ADDR_STRLEN];

	text_add(out, brackets ? "[" : "");
	text_add(out, named ? name : addr_format(a, addr));
	text_add(out, brackets ? "]" : "");
	if (port >= 0)
		text_printf(out, ":%d", port);
}

bool addr_parse(const char *text, struct addr *out)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*out = addr_v4(bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*out = addr_v6(bytes);
	else
		return false;
	return true;
}

/* "0" to "128", nothing around it. -1: anything else. */
static int prefix_length_parse(const char *s)
{
	int n = 0;

	if (!*s || strlen(s) > 3)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (*s - '0');
	}
	return n;
}

void addr_mask(struct addr *a, unsigned bits)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned keep = bits <= i * 8 ? 0 : bits - i * 8;

		if (keep < 8)
			a->byte[i] &= (uint8_t)(0xff00 >> keep);
	}
}

bool addr_prefix_parse(const char *text, struct addr_prefix *out)
{
	const char *slash = strchr(text, '/');
	char host[ADDR_STRLEN];
	struct addr base;
	int bits = 128;
	size_t len = slash ? (size_t)(slash - text) : strlen(text);

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (!addr_parse(host, &base))
		return false;
	if (slash) {
		/* how it is written decides, so that ::ffff:0:0/96 works too */
		int offset = strchr(host, ':') ? 0 : 96;

		bits = prefix_length_parse(slash + 1);
		if (bits < 0 || bits + offset > 128)
			return false;
		bits += offset;
	}
	addr_mask(&base, bits);
	*out = (struct addr_prefix){ .base = base, .bits = bits };
	return true;
}

bool addr_in_prefix(const struct addr *a, const struct addr_prefix *p)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;

	/* ::/0 and the like mean IPv6 only, though the mapped form is in there */
	if (p->bits < 96 && addr_is_v4(a))
		return false;
	if (memcmp(a->byte, p->base.byte, whole))
		return false;
	return !rest || !((a->byte[whole] ^ p->base.byte[whole]) >> (8 - rest));
}

bool addr_nets_parse(const char *text, struct addr_nets *out)
{
	out->n = 0;
	while (*text) {
		size_t len = strcspn(text, ",");
		char one[ADDR_STRLEN + 4];

		if (len >= sizeof(one) || out->n == ADDR_NETS_MAX)
			return false;
		memcpy(one, text, len);
		one[len] = '\0';
		if (!addr_prefix_parse(one, &out->net[out->n++]))
			return false;
		text += len;
		if (*text == ',' && !*++text)
			return false;
	}
	return true;
}

bool addr_in_nets(const struct addr *a, const struct addr_nets *nets)
{
	for (unsigned i = 0; i < nets->n; i++)
		if (addr_in_prefix(a, &nets->net[i]))
			return true;
	return false;
}

bool addr_is_private(const struct addr *a)
{
	const uint8_t *v4 = &a->byte[12];

	if (!addr_is_v4(a))
		return (a->byte[0] & 0xfe) == 0xfc ||
		       (a->byte[0] == 0xfe && (a->byte[1] & 0xc0) == 0x80);
	return v4[0] == 10 || (v4[0] == 172 && (v4[1] & 0xf0) == 16) ||
	       (v4[0] == 192 && v4[1] == 168) || (v4[0] == 169 && v4[1] == 254) ||
	       (v4[0] == 100 && (v4[1] & 0xc0) == 64);
}

#define V4(a, b, c, d) { .byte = { [10] = 0xff, [11] = 0xff, a, b, c, d } }
#define V6(...) { .byte = { __VA_ARGS__ } }

/* The first that fits counts; NULL: global in the midst of a special one. */
static const struct {
	struct addr_prefix net;
	const char *kind;
} special[] = {
	{ { V4(0, 0, 0, 0), 128 }, "unspecified" },
	{ { V4(0, 0, 0, 0), 96 + 8 }, "this network" },
	{ { V4(10, 0, 0, 0), 96 + 8 }, "private" },
	{ { V4(100, 64, 0, 0), 96 + 10 }, "cgnat" },
	{ { V4(127, 0, 0, 0), 96 + 8 }, "loopback" },
	{ { V4(169, 254, 0, 0), 96 + 16 }, "link-local" },
	{ { V4(172, 16, 0, 0), 96 + 12 }, "private" },
	{ { V4(192, 0, 0, 9), 128 }, NULL },	/* PCP anycast */
	{ { V4(192, 0, 0, 10), 128 }, NULL },	/* TURN anycast */
	{ { V4(192, 0, 0, 0), 96 + 24 }, "reserved" },
	{ { V4(192, 0, 2, 0), 96 + 24 }, "documentation" },
	{ { V4(192, 168, 0, 0), 96 + 16 }, "private" },
	{ { V4(198, 18, 0, 0), 96 + 15 }, "benchmarking" },
	{ { V4(198, 51, 100, 0), 96 + 24 }, "documentation" },
	{ { V4(203, 0, 113, 0), 96 + 24 }, "documentation" },
	{ { V4(224, 0, 0, 0), 96 + 4 }, "multicast" },
	{ { V4(255, 255, 255, 255), 128 }, "broadcast" },
	{ { V4(240, 0, 0, 0), 96 + 4 }, "reserved" },
	{ { V6(0), 128 }, "unspecified" },
	{ { V6([15] = 1), 128 }, "loopback" },
	{ { V6(0, 0x64, 0xff, 0x9b, 0, 1), 48 }, "private" },	/* local NAT64 */
	{ { V6(1), 64 }, "discard" },
	{ { V6(0x20, 0x01, 0, 2), 48 }, "benchmarking" },
	{ { V6(0x20, 0x01, 0x0d, 0xb8), 32 }, "documentation" },
	{ { V6(0x3f, 0xff), 20 }, "documentation" },
	{ { V6(0x5f, 0), 16 }, "reserved" },			/* SRv6 SIDs */
	{ { V6(0xfc), 7 }, "private" },
	{ { V6(0xfe, 0x80), 10 }, "link-local" },
	{ { V6(0xfe, 0xc0), 10 }, "private" },			/* was: site-local */
	{ { V6(0xff), 8 }, "multicast" },
};

/* Tells most global addresses by two bytes: the table takes longer than a
 * look-up in a database of places. False: not sure. */
static bool plainly_global(const struct addr *a)
{
	if (!addr_is_v4(a)) {
		switch (a->byte[0]) {
		case 0x20:
			return a->byte[1] != 0x01;
		case 0x3f:
			return a->byte[1] != 0xff;
		}
		return a->byte[0] > 0x20 && a->byte[0] < 0x3f;
	}
	switch (a->byte[12]) {
	case 0: case 10: case 100: case 127: case 169:
	case 172: case 192: case 198: case 203:
		return false;
	}
	return a->byte[12] < 224;
}

const char *addr_kind(const struct addr *a)
{
	if (plainly_global(a))
		return NULL;
	for (unsigned i = 0; i < sizeof(special) / sizeof(*special); i++) {
		if (addr_in_prefix(a, &special[i].net))
			return special[i].kind;
	}
	return NULL;
}
