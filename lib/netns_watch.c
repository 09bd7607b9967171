// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/netns_watch.c - see the header. */
#include "lib/netns_watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/priv.h"

#define LOOK_MS 1000

struct netns_watch {
	const char *name;
	int fd;
	int either;		/* epoll of gone and of the caller's */
	int gone, end;		/* eventfds: it is; no more looks */
	pthread_t thread;
	bool running;
};

static bool netns_watch_is_set(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

static void *netns_watch_run(void *arg)
{
	const struct netns_watch *w = arg;

	pthread_setname_np(pthread_self(), "netns");
	while (!netns_watch_is_set(w->end, LOOK_MS))
		if (priv_netns_is_gone(w->name, w->fd)) {
			eventfd_write(w->gone, 1);
			break;
		}
	return NULL;
}

static bool netns_watch_add(const struct netns_watch *w, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(w->either, EPOLL_CTL_ADD, fd, &e) == 0;
}

struct netns_watch *netns_watch_new(const char *name, int fd, int also)
{
	struct netns_watch *w = calloc(1, sizeof(*w));
	int error;

	if (!w)
		return NULL;
	w->name = name;
	w->fd = fd;
	w->either = epoll_create1(EPOLL_CLOEXEC);
	w->gone = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (netns_watch_add(w, w->gone) && netns_watch_add(w, also) && w->end >= 0) {
		errno = pthread_create(&w->thread, NULL, netns_watch_run, w);
		w->running = !errno;
	}
	if (w->running)
		return w;
	error = errno;
	netns_watch_free(w);
	errno = error;
	return NULL;
}

void netns_watch_free(struct netns_watch *w)
{
	if (!w)
		return;
	if (w->running) {
		eventfd_write(w->end, 1);
		pthread_join(w->thread, NULL);
	}
	if (w->either >= 0)
		close(w->either);
	if (w->gone >= 0)
		close(w->gone);
	if (w->end >= 0)
		close(w->end);
	free(w);
}

int netns_watch_fd(const struct netns_watch *w)
{
	return w->either;
}

bool netns_watch_is_gone(const struct netns_watch *w)
{
	return netns_watch_is_set(w->gone, 0);
}
