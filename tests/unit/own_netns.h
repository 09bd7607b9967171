/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * own_netns.h - a network namespace of the test program's own.
 */
#ifndef TESTS_UNIT_OWN_NETNS_H
#define TESTS_UNIT_OWN_NETNS_H

#include <sched.h>
#include <stdbool.h>

/* As root, or in a user namespace. False: not allowed here. */
static inline bool own_netns_enter(void)
{
	return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

#endif
