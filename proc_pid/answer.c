// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/answer.c - the answers to a task; see proc_pid/int.h.
 */
#include "proc_pid/int.h"

#include <unistd.h>

#include "lib/clock.h"

#define THERE_MS 500

static const char *task_netns(const struct proc_pid *p, const struct task *t)
{
	return t->ns ? netns_name(p->netns, t->ns) : "";
}

/*
 * A connection that the kernel picked up in the middle was begun by the end on
 * whose port nobody listens.
 */
static bool is_turned(struct proc_pid *p, const struct task *t)
{
	struct sock s[SOCK_GROUP];

	return !listeners_find(p->home.listeners, p->home.diag, &t->tuple, s, SOCK_GROUP) ==
	       t->inbound;
}

void task_resolve(struct proc_pid *p, struct task *t, struct owner *owner,
	       enum flow_match match)
{
	bool here = t->q.direction == FLOW_IN || t->q.direction == FLOW_OUT;

	if (owner && t->q.picked_up && here && !t->ns && p->o.here && is_turned(p, t))
		p->o.here(p->o.ctx, t->q.cookie, FLOW_TURNED);
	if (owner && owner->pid && t->match == MATCH_EXACT && (t->sock.inode || t->ns))
		check_remember(p, t);
	t->state = TASK_DONE;
	p->o.answer(p->o.ctx, t->q.cookie, owner, owner ? match : MATCH_NONE);
}

static enum flow_match match_of_process(const struct task *t)
{
	return t->ns ? MATCH_NETNS : t->match;
}

uint32_t task_common_pid(struct proc_pid *p, const struct sock *s, unsigned n, bool *known)
{
	uint32_t pid = 0;
	bool differ = false;

	*known = true;
	for (unsigned i = 0; i < n; i++) {
		uint32_t one = proc_search_known(p->search, s[i].inode);

		if (!one)
			*known = false;
		differ |= pid && one && one != pid;
		pid = one ? one : pid;
	}
	return *known && !differ ? pid : 0;
}

/* A connection whose worker was not found is its listener's still. */
static struct owner *listener_owner(struct proc_pid *p, struct task *t)
{
	struct sock s[SOCK_GROUP];
	unsigned n;
	uint32_t pid;
	bool known;

	if (!t->inbound || t->q.direction == FLOW_FORWARDED)
		return NULL;
	n = listeners_find(p->home.listeners, p->home.diag, &t->tuple, s, SOCK_GROUP);
	pid = n ? task_common_pid(p, s, n, &known) : 0;
	return pid ? proc_owner_of_pid(p->owners, pid, "", NULL) : NULL;
}

void task_resolve_sock(struct proc_pid *p, struct task *t)
{
	const char *netns = task_netns(p, t);
	struct owner *owner;

	if (t->again) {
		t->state = TASK_DONE;	/* what is known already is better */
		return;
	}
	owner = listener_owner(p, t);
	if (owner) {
		task_resolve(p, t, owner, MATCH_LISTENER);
		return;
	}
	if (t->ring.pid) {
		owner = proc_owner_gone(p->owners, t->ring.pid, t->ring.name, &t->sock, netns);
		task_resolve(p, t, owner, match_of_process(t));
		return;
	}
	owner = proc_owner_of_sock(p->owners, &t->sock, netns);
	task_resolve(p, t, owner, owner && owner->unit[0] ? MATCH_UNIT : MATCH_UID);
}

/*
 * Was the process there well before the flow? The start of a new flow is the
 * arrival of its event.
 */
static bool was_there(const struct owner *owner, uint64_t flow_start)
{
	uint64_t began = owner->start_time * 1000 / sysconf(_SC_CLK_TCK);
	uint64_t ago = (clock_real() - flow_start) / 1000000;

	return !flow_start || began + THERE_MS + ago < clock_boot_ms();
}

bool task_resolve_pid(struct proc_pid *p, struct task *t, uint32_t pid,
		   const struct proc_stat *stat)
{
	struct owner *owner = proc_owner_of_pid(p->owners, pid, task_netns(p, t), stat);

	if (!owner)
		return false;
	if (t->unsure && !was_there(owner, t->q.start)) {
		owner_unref(owner);
		owner = NULL;
	}
	task_resolve(p, t, owner, match_of_process(t));
	return true;
}

void task_resolve_found(struct proc_pid *p, struct task *t, uint32_t pid,
		     const struct proc_stat *stat)
{
	if (!pid || !task_resolve_pid(p, t, pid, stat))
		task_resolve_sock(p, t);
}
