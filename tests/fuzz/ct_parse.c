/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the conntrack message parser: any bytes as one netlink message.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#include "ct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh;
	struct flow_update u;

	if (size < sizeof(*nlh))
		return 0;
	nlh = malloc(size);
	memcpy(nlh, data, size);
	if (ct_parse(nlh, size, &u) && memchr(u.helper, 0, sizeof(u.helper)) == NULL &&
	    u.have & HAVE_HELPER)
		abort();
	free(nlh);
	return 0;
}
