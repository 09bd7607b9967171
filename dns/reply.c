// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PTR answers; see dns/reply.h. glibc's parser (nameser) walks the message;
 * c-ares has none that tells a PTR record's TTL.
 *
 * Who owns an address writes its name, so a name may hold anything, and may
 * be made to look like another address.
 */
#include "dns/reply.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdbool.h>
#include <string.h>

#include "lib/addr.h"

#define NEGATIVE_TTL 300	/* where the answer does not say */

static bool is_host_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* "192.0.2.1", "2001:db8::1", and what inet_aton(3) takes for one ("127.1"). */
static bool is_literal(const char *name)
{
	struct in_addr in;
	struct addr a;

	return addr_parse(name, &a) || inet_aton(name, &in);
}

/*
 * Turns a name on the wire (labels behind their lengths) into text. What is
 * no character of a host name becomes '?', a dot within a label too. False:
 * the name is empty, or an address.
 */
static bool name_to_text(const uint8_t *wire, char *out)
{
	char raw[DNS_NAME_SIZE];
	size_t n = 0;

	for (const uint8_t *label = wire; *label; label += 1 + *label) {
		if (n + *label + 2 > DNS_NAME_SIZE)
			return false;
		if (n)
			raw[n] = out[n] = '.', n++;
		for (unsigned i = 1; i <= *label; i++, n++) {
			raw[n] = label[i];
			out[n] = is_host_char(label[i]) ? label[i] : '?';
		}
	}
	raw[n] = out[n] = '\0';
	return n && !is_literal(raw);
}

/*
 * Follows the pointers of a name (RFC 1035 section 4.1.4) and writes its labels
 * down in one piece. Pointers lead backwards only, so they come to an end.
 */
static bool name_unpack(const uint8_t *base, const uint8_t *end, const uint8_t *at,
			uint8_t wire[NS_MAXCDNAME])
{
	const uint8_t *piece = at;
	size_t n = 0;

	while (at < end && *at) {
		if (*at >= 0xc0) {
			if (end - at < 2 || ((at[0] & 0x3f) << 8 | at[1]) >= piece - base)
				return false;
			at = piece = base + ((at[0] & 0x3f) << 8 | at[1]);
			continue;
		}
		if (*at > NS_MAXLABEL || *at >= end - at || n + *at + 2 > NS_MAXCDNAME)
			return false;
		memcpy(wire + n, at, *at + 1);
		n += *at + 1;
		at += *at + 1;
	}
	wire[n] = 0;
	return at < end;
}

static bool ptr_read(ns_msg *msg, ns_rr *rr, struct dns_reply *out)
{
	uint8_t wire[NS_MAXCDNAME];

	return name_unpack(ns_msg_base(*msg), ns_msg_end(*msg), ns_rr_rdata(*rr), wire) &&
	       name_to_text(wire, out->name);
}

/* The first PTR record; the TTL is the least of it and the CNAMEs before. */
static enum dns_result answer_read(ns_msg *msg, struct dns_reply *out)
{
	out->ttl = UINT32_MAX;
	for (int i = 0; i < ns_msg_count(*msg, ns_s_an); i++) {
		ns_rr rr;

		if (ns_parserr(msg, ns_s_an, i, &rr))
			return DNS_SILENT;
		if (ns_rr_ttl(rr) < out->ttl)
			out->ttl = ns_rr_ttl(rr);
		if (ns_rr_type(rr) == ns_t_ptr)
			return ptr_read(msg, &rr, out) ? DNS_NAME : DNS_NONE;
	}
	return DNS_NONE;
}

/* For how long the name is known to be missing: RFC 2308 section 5. */
static uint32_t negative_ttl(ns_msg *msg)
{
	for (int i = 0; i < ns_msg_count(*msg, ns_s_ns); i++) {
		uint32_t minimum;
		ns_rr rr;

		if (ns_parserr(msg, ns_s_ns, i, &rr))
			break;
		if (ns_rr_type(rr) != ns_t_soa || ns_rr_rdlen(rr) < 22)
			continue;
		minimum = ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) - 4);
		return minimum < ns_rr_ttl(rr) ? minimum : ns_rr_ttl(rr);
	}
	return NEGATIVE_TTL;
}

enum dns_result dns_reply_parse(const uint8_t *message, size_t len, struct dns_reply *out)
{
	enum dns_result result;
	ns_msg msg;

	memset(out, 0, sizeof(*out));
	if (len > NS_MAXMSG || ns_initparse(message, len, &msg))
		return DNS_SILENT;
	switch (ns_msg_getflag(msg, ns_f_rcode)) {
	case ns_r_noerror:
		break;
	case ns_r_nxdomain:
		out->ttl = negative_ttl(&msg);
		return DNS_NONE;
	case ns_r_servfail:
		return DNS_FAILED;
	default:
		return DNS_REFUSED;
	}
	result = answer_read(&msg, out);
	if (result == DNS_NONE && out->ttl == UINT32_MAX)
		out->ttl = negative_ttl(&msg);
	return result;
}
