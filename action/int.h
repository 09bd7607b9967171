/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * action/int.h - what action.c and action/print.c share.
 */
#ifndef ACTION_INT_H
#define ACTION_INT_H

#include <stdbool.h>

#include "column.h"

/* The flow's local socket: its own end is the source. */
struct flow_ends action_socket_ends(const struct flow *f);

/* There is a socket that can be closed: local, TCP or UDP. */
bool action_has_socket(const struct row *r);

#endif
