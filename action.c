// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * action.c - acts on a flow. The commands that do the same are in
 * action/print.c.
 */
#include "action.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "action/int.h"
#include "ct.h"
#include "lib/compat.h"
#include "proc_pid.h"

int action_delete(const struct row *r)
{
	return ct_delete(&r->flow->key, r->flow->id);
}

/* ---- sockets ---- */

/*
 * What came in is answered from the reply's source, which is where the
 * socket is bound even behind a DNAT; what went out left from the original's.
 */
struct flow_ends action_socket_ends(const struct flow *f)
{
	const struct flow_ends *e = &f->reply;

	if (flow_direction(f) == FLOW_IN)
		return *e;
	return f->key.orig;
}

bool action_has_socket(const struct row *r)
{
	uint8_t l4 = r->flow->key.l4;
	bool local = flow_direction(r->flow) != FLOW_FORWARDED ||
		     (r->owner && r->owner->netns[0]);

	return local && (l4 == IPPROTO_TCP || l4 == IPPROTO_UDP || l4 == IPPROTO_UDPLITE);
}

static int close_here(const struct row *r)
{
	struct flow_ends ends = action_socket_ends(r->flow);

	return proc_pid_close_socket(r->flow->key.l3, r->flow->key.l4, &ends);
}

/* ---- the owner ---- */

static bool has_owner(const struct row *r)
{
	return r->owner && r->owner->pid;
}

/* A descriptor of just the process that the row shows. */
static int owner_open(const struct owner *o)
{
	int fd = compat_pidfd_open(o->pid);

	if (fd < 0)
		return -errno;
	if (proc_pid_start_time(o->pid) == o->start_time)
		return fd;
	close(fd);
	return -ESRCH;
}

int action_signal(const struct row *r, int signal)
{
	int fd, ret;

	if (!has_owner(r))
		return -ESRCH;
	fd = owner_open(r->owner);
	if (fd < 0)
		return fd;
	ret = compat_pidfd_send_signal(fd, signal) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Closes in the owner's network namespace, and comes back. */
static int close_elsewhere(const struct row *r)
{
	int here, there, ret;

	if (!has_owner(r))
		return -ESRCH;
	there = owner_open(r->owner);
	if (there < 0)
		return there;
	here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (here < 0) {
		ret = -errno;
		goto out_there;
	}
	ret = setns(there, CLONE_NEWNET) < 0 ? -errno : close_here(r);
	/* to our own namespace the way back is always open */
	if (setns(here, CLONE_NEWNET) < 0 && !ret)
		ret = -errno;
	close(here);
out_there:
	close(there);
	return ret;
}

int action_close_socket(const struct row *r)
{
	if (!action_has_socket(r))
		return -EOPNOTSUPP;
	return r->owner && r->owner->netns[0] ? close_elsewhere(r) : close_here(r);
}

/* ---- errors ---- */

const char *action_problem(int error)
{
	switch (-error) {
	case ENOENT:
		return "it is gone already";
	case ESRCH:
		return "its process is gone, or not known";
	case ENOTCONN:
		return "its socket talks to others as well";
	case EOPNOTSUPP:
		return "the socket is gone, or the kernel cannot close sockets (CONFIG_INET_DIAG_DESTROY)";
	case EPERM:
	case EACCES:
		return "not permitted";
	default:
		return strerror(-error);
	}
}
