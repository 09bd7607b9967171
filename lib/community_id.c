// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/community_id.c - see the header. */
#include "lib/community_id.h"

#include <endian.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "lib/text.h"

#define BLOCK 64
#define DIGEST 20

/* ---- SHA-1 (FIPS 180-4) of one block ---- */

static uint32_t sha1_rotate(uint32_t n, unsigned bits)
{
	return n << bits | n >> (32 - bits);
}

/* The word of a round. In a ring: of an array of 80 GCC makes pairs, at twice the time. */
static inline uint32_t sha1_word(uint32_t w[16], int i)
{
	uint32_t *word = &w[i % 16];

	if (i >= 16)
		*word = sha1_rotate(w[(i - 3) % 16] ^ w[(i - 8) % 16] ^ w[(i - 14) % 16] ^ *word,
				    1);
	return *word;
}

/* What mixes b, c and d in each twenty of the rounds, and its constant. */
static inline uint32_t sha1_mix(int twenty, uint32_t b, uint32_t c, uint32_t d)
{
	switch (twenty) {
	case 0:
		return ((b & c) | (~b & d)) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	default:
		return (b ^ c ^ d) + 0xca62c1d6;
	}
}

/* Inline, so that there is no switch within the loop. */
static inline __attribute__((always_inline)) void sha1_rounds(int twenty, uint32_t w[16],
							       uint32_t s[5])
{
	uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4];

	for (int i = 20 * twenty; i < 20 * twenty + 20; i++) {
		uint32_t next = sha1_rotate(a, 5) + sha1_mix(twenty, b, c, d) + e +
				sha1_word(w, i);

		e = d;
		d = c;
		c = sha1_rotate(b, 30);
		b = a;
		a = next;
	}
	s[0] = a;
	s[1] = b;
	s[2] = c;
	s[3] = d;
	s[4] = e;
}

/* @len: at most 55, so that the padding has room. */
static void sha1_short(const uint8_t *message, size_t len, uint8_t digest[DIGEST])
{
	static const uint32_t start[] = {
		0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0,
	};
	uint32_t w[16], s[5];
	uint8_t block[BLOCK] = { 0 };

	memcpy(block, message, len);
	block[len] = 0x80;
	block[BLOCK - 2] = len * 8 >> 8;
	block[BLOCK - 1] = len * 8;
	for (int i = 0; i < 16; i++) {
		memcpy(&w[i], block + 4 * i, 4);
		w[i] = be32toh(w[i]);
	}
	memcpy(s, start, sizeof(s));
	sha1_rounds(0, w, s);
	sha1_rounds(1, w, s);
	sha1_rounds(2, w, s);
	sha1_rounds(3, w, s);
	for (int i = 0; i < 5; i++) {
		s[i] = htobe32(start[i] + s[i]);
		memcpy(digest + 4 * i, &s[i], 4);
	}
}

/* ---- what is hashed ---- */

/* The type of the reply, or of the request; -1: one-way. */
static int icmp_counterpart(uint8_t l4, uint8_t type)
{
	static const struct {
		uint8_t l4, a, b;
	} pairs[] = {
		{ IPPROTO_ICMP, 0, 8 }, { IPPROTO_ICMP, 9, 10 }, { IPPROTO_ICMP, 13, 14 },
		{ IPPROTO_ICMP, 15, 16 }, { IPPROTO_ICMP, 17, 18 },
		{ IPPROTO_ICMPV6, 128, 129 }, { IPPROTO_ICMPV6, 130, 131 },
		{ IPPROTO_ICMPV6, 133, 134 }, { IPPROTO_ICMPV6, 135, 136 },
		{ IPPROTO_ICMPV6, 139, 140 }, { IPPROTO_ICMPV6, 144, 145 },
	};

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].l4 != l4)
			continue;
		if (pairs[i].a == type)
			return pairs[i].b;
		if (pairs[i].b == type)
			return pairs[i].a;
	}
	return -1;
}

struct message {
	uint8_t byte[BLOCK];
	size_t len;
};

static void message_add(struct message *m, const void *bytes, size_t len)
{
	memcpy(m->byte + m->len, bytes, len);
	m->len += len;
}

static void message_add_u16(struct message *m, uint16_t n)
{
	n = htobe16(n);
	message_add(m, &n, sizeof(n));
}

static void message_add_addr(struct message *m, const struct addr *a)
{
	unsigned skip = addr_is_v4(a) ? 12 : 0;

	message_add(m, a->byte + skip, sizeof(a->byte) - skip);
}

static bool is_hashed_with_ports(uint8_t l4)
{
	return l4 == IPPROTO_TCP || l4 == IPPROTO_UDP || l4 == IPPROTO_SCTP ||
	       l4 == IPPROTO_ICMP || l4 == IPPROTO_ICMPV6;
}

void community_id(uint8_t l4, const struct addr *src, const struct addr *dst, uint16_t sport,
		  uint16_t dport, char out[COMMUNITY_ID_SIZE])
{
	bool icmp = l4 == IPPROTO_ICMP || l4 == IPPROTO_ICMPV6, ports = is_hashed_with_ports(l4);
	int answer = icmp ? icmp_counterpart(l4, sport) : 0;
	struct text text = { .s = out, .size = COMMUNITY_ID_SIZE };
	uint8_t digest[DIGEST], head[] = { l4, 0 };
	struct message m = { .len = 2 };	/* the seed, 0 */
	int order;
	bool swap;

	if (icmp && answer >= 0)
		dport = answer;
	order = memcmp(src, dst, sizeof(*src));
	swap = answer >= 0 && (order > 0 || (!order && ports && sport > dport));
	message_add_addr(&m, swap ? dst : src);
	message_add_addr(&m, swap ? src : dst);
	message_add(&m, head, sizeof(head));
	if (ports) {
		message_add_u16(&m, swap ? dport : sport);
		message_add_u16(&m, swap ? sport : dport);
	}
	sha1_short(m.byte, m.len, digest);
	text_clear(&text);
	text_add(&text, "1:");
	text_add_base64(&text, digest, sizeof(digest));
}
