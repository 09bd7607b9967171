// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as the answer to a PTR query: a name has host characters only. */
#include <stdlib.h>
#include <string.h>

#include "dns/reply.h"
#include "lib/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.?";
	struct dns_reply r;
	struct addr a;

	if (dns_reply_parse(data, size, &r) != DNS_NAME)
		return 0;
	if (!*r.name || r.name[strspn(r.name, allowed)] || addr_parse(r.name, &a))
		abort();
	return 0;
}
