// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/owner.c - owners of sockets; see proc_pid/owner.h.
 *
 * A process that was looked at within FRESH_MS is taken as it was: a program
 * that opens thousands of connections is read some fifty times a second, not
 * thousands. After that its start time and name are read again: the pid may be
 * another process's now, or the process run another program.
 */
#include "proc_pid/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_list.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "proc_pid/command.h"
#include "proc_pid/container.h"
#include "proc_pid/scan.h"
#include "proc_pid/unit.h"
#include "proc_pid/user.h"
#include "who_ring.h"

#define PROCESSES 4096		/* powers of two; a collision costs a re-read */
#define NAMELESS 64
#define FRESH_MS 20
#define COMM_LEN 15		/* the longest comm */

struct nameless {
	uint32_t uid;
	uint64_t cgroup;
	struct owner *owner;
};

struct proc_owners {
	int proc_fd;
	uint32_t self;		/* proc_scan_self() */
	struct commands *commands;
	struct users *users;
	struct units *units;
	struct containers *containers;
	struct {
		uint32_t checked;	/* clock_ms() */
		struct owner *owner;
	} process[PROCESSES];
	struct nameless nameless[NAMELESS];
};

struct proc_owners *proc_owners_new(int proc_fd, struct commands *commands)
{
	struct proc_owners *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->proc_fd = proc_fd;
	o->self = proc_scan_self(proc_fd);
	o->commands = commands;
	o->users = users_new();
	o->units = units_new();
	o->containers = containers_new("");
	if (o->users && o->units && o->containers)
		return o;
	proc_owners_free(o);
	return NULL;
}

void proc_owners_free(struct proc_owners *o)
{
	if (!o)
		return;
	for (unsigned i = 0; i < PROCESSES; i++)
		owner_unref(o->process[i].owner);
	for (unsigned i = 0; i < NAMELESS; i++)
		owner_unref(o->nameless[i].owner);
	containers_free(o->containers);
	units_free(o->units);
	users_free(o->users);
	free(o);
}

/* Takes @fresh over; @slot keeps one reference, the caller gets another. */
static struct owner *keep(struct owner **slot, struct owner *fresh)
{
	owner_unref(*slot);
	*slot = fresh;
	return fresh ? owner_ref(fresh) : NULL;
}

static void take_unit(struct proc_owners *o, struct owner *owner, const struct unit *unit)
{
	snprintf(owner->unit, sizeof(owner->unit), "%s", unit->name);
	snprintf(owner->container, sizeof(owner->container), "%s", unit->container);
	container_name(o->containers, unit, owner->container, sizeof(owner->container));
}

/* ---- processes ---- */

/* The full name, if comm is only its beginning; otherwise comm. */
static void take_full_name(struct proc_owners *o, const struct proc_stat *stat, char *buf,
			   size_t size)
{
	char program[64], args[4096];
	const char *name = NULL;
	int len;

	if (!stat->cut)
		return;
	if (proc_scan_program(o->proc_fd, stat->pid, program, sizeof(program)) &&
	    command_is_cut(stat->name, program)) {
		snprintf(buf, size, "%s", program);
		return;
	}
	len = commands_read(o->commands, stat->pid, args, sizeof(args));
	if (len > 0)
		name = command_name(args, len, stat->name);
	if (name)
		text_sanitise(buf, size, name, strlen(name));
}

static struct owner *make_owner(struct proc_owners *o, const struct proc_stat *stat,
				const char *netns)
{
	struct owner fresh = {
		.pid = stat->pid,
		.uid = proc_scan_uid(o->proc_fd, stat->pid),
		.start_time = stat->start_time,
		.self = stat->pid == o->self,
	};
	struct unit unit;

	snprintf(fresh.name, sizeof(fresh.name), "%s", stat->name);
	take_full_name(o, stat, fresh.name, sizeof(fresh.name));
	snprintf(fresh.netns, sizeof(fresh.netns), "%s", netns);
	user_name(o->users, fresh.uid, fresh.user, sizeof(fresh.user));
	unit_of_process(o->proc_fd, stat->pid, &unit);
	take_unit(o, &fresh, &unit);
	return owner_new(&fresh);
}

/* @comm is the name, or its beginning. */
static bool has_comm(const struct owner *owner, const char *comm)
{
	return !strcmp(owner->name, comm) ||
	       (strlen(comm) >= COMM_LEN && command_is_cut(comm, owner->name));
}

static bool is_same(const struct owner *owner, const struct proc_stat *stat,
		    const char *netns)
{
	return owner->pid == stat->pid && owner->start_time == stat->start_time &&
	       has_comm(owner, stat->name) && !strcmp(owner->netns, netns);
}

struct owner *proc_owner_of_pid(struct proc_owners *o, uint32_t pid, const char *netns,
				const struct proc_stat *stat)
{
	struct owner **slot = &o->process[pid & (PROCESSES - 1)].owner;
	uint32_t *checked = &o->process[pid & (PROCESSES - 1)].checked;
	uint32_t now = clock_ms();
	struct proc_stat fresh;

	if (*slot && (*slot)->pid == pid && now - *checked < FRESH_MS &&
	    !strcmp((*slot)->netns, netns))
		return owner_ref(*slot);
	if (!stat && !proc_scan_stat(o->proc_fd, pid, &fresh))
		return NULL;
	if (!stat)
		stat = &fresh;
	*checked = now;
	if (*slot && is_same(*slot, stat, netns))
		return owner_ref(*slot);
	return keep(slot, make_owner(o, stat, netns));
}

/* ---- sockets without a process ---- */

struct owner *proc_owner_gone(struct proc_owners *o, uint32_t pid, const char *name,
			      const struct sock *s, const char *netns)
{
	struct owner fresh = { .pid = pid, .uid = s->uid };
	struct unit unit;

	snprintf(fresh.name, sizeof(fresh.name), "%s", name);
	user_name(o->users, s->uid, fresh.user, sizeof(fresh.user));
	unit_of_cgroup(o->units, s->cgroup, &unit);
	take_unit(o, &fresh, &unit);
	snprintf(fresh.netns, sizeof(fresh.netns), "%s", netns);
	return owner_new(&fresh);
}

struct owner *proc_owner_of_record(struct proc_owners *o, const struct who *w)
{
	struct owner *last = o->process[w->pid & (PROCESSES - 1)].owner;
	struct sock s = { .uid = w->uid, .cgroup = w->cgroup };
	struct proc_stat stat;

	if (last && last->pid == w->pid && last->start_time == w->start_time &&
	    has_comm(last, w->name) && !last->netns[0])
		return owner_ref(last);
	if (proc_scan_stat(o->proc_fd, w->pid, &stat) && stat.start_time == w->start_time)
		return proc_owner_of_pid(o, w->pid, "", &stat);
	return proc_owner_gone(o, w->pid, w->name, &s, "");
}

struct owner *proc_owner_of_sock(struct proc_owners *o, const struct sock *s,
				 const char *netns)
{
	struct nameless *n = &o->nameless[(s->uid ^ s->cgroup) & (NAMELESS - 1)];

	if (s->uid == UINT32_MAX && s->cgroup <= 1)
		return NULL;
	if (n->owner && n->uid == s->uid && n->cgroup == s->cgroup &&
	    !strcmp(n->owner->netns, netns))
		return owner_ref(n->owner);
	n->uid = s->uid;
	n->cgroup = s->cgroup;
	return keep(&n->owner, proc_owner_gone(o, 0, "", s, netns));
}
