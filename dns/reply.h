/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns/reply.h - what the answer to a PTR query says. For dns*.c. No state.
 */
#ifndef DNS_REPLY_H
#define DNS_REPLY_H

#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_SIZE 256	/* the longest name there is, with its NUL */

enum dns_result {
	DNS_NAME,		/* there is a name */
	DNS_NONE,		/* the address has no name */
	DNS_FAILED,		/* the server could not find out */
	DNS_REFUSED,		/* the server does not do this for us */
	DNS_SILENT,		/* no answer, or none that makes sense */
	DNS_CANCELLED,		/* not asked after all */
};

struct dns_reply {
	char name[DNS_NAME_SIZE];	/* DNS_NAME: safe to show */
	uint32_t ttl;			/* DNS_NAME, DNS_NONE: seconds */
};

/* Takes the @len bytes of a DNS message apart. */
enum dns_result dns_reply_parse(const uint8_t *message, size_t len, struct dns_reply *out);

#endif
