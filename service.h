/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * service.h - likely service of a flow by protocol and port: /etc/services,
 * and a built-in list of what that file lacks. Loaded once, then const.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow_list.h"

/* Main, before the threads. A missing /etc/services is not an error. */
int service_init(void);
void service_free(void);

/* The name of a port, or NULL. Valid until service_free(). Any thread. */
const char *service_name(uint8_t l4, uint16_t port);

/* The port (of any protocol with ports) of a name; -1: unknown name. */
int service_port(const char *name);

/* Offers all names to near_try(). */
struct near;
void service_near(struct near *near);

/*
 * The server's port of a flow: the original destination's. Only where the
 * ports show that the flow was first seen on its way back (443 to 41536), it
 * is the source's. -1: the protocol has no ports. Any thread.
 */
int service_server_port(const struct flow_key *key);

#endif
