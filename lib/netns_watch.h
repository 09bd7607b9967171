/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/netns_watch.h - tells when a network namespace that has a name is
 * deleted: while it is watched from within, the kernel keeps it alive.
 */
#ifndef NETNS_WATCH_H
#define NETNS_WATCH_H

#include <stdbool.h>

struct netns_watch;

/*
 * Looks once a second, on a thread of its own, whether @name is still that of
 * the namespace @fd (see priv_netns_is_gone()). These and @also, which is
 * another descriptor to wait for, must stay until netns_watch_free(). NULL:
 * errno says why. Main thread.
 */
struct netns_watch *netns_watch_new(const char *name, int fd, int also);
void netns_watch_free(struct netns_watch *w);	/* NULL: nothing */

/* To poll: readable, and stays so, when it is gone or when @also is readable. */
int netns_watch_fd(const struct netns_watch *w);

bool netns_watch_is_gone(const struct netns_watch *w);

#endif
