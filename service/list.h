/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * service/list.h - the built-in services: what Debian's /etc/services lacks,
 * and the few that a host without that file still should name.
 */
#ifndef SERVICE_LIST_H
#define SERVICE_LIST_H

#include <stdint.h>

enum service_proto { SERVICE_TCP = 1 << 0, SERVICE_UDP = 1 << 1 };

struct service_entry {
	const char *name;
	uint16_t port;
	uint8_t protos;		/* enum service_proto */
};

/* Ends with a NULL name. Of two names for one port the first is shown; both
 * are understood. Of two ports for one name the first is meant. */
extern const struct service_entry service_list[];

#endif
