/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/owner.h - owners (facts.h) of sockets: one shared object a process,
 * and one for each user and control group where the process is not known.
 * One thread.
 */
#ifndef PROC_PID_OWNER_H
#define PROC_PID_OWNER_H

#include <stdint.h>

#include "facts.h"
#include "proc_pid/sock_diag.h"

struct commands;
struct proc_owners;
struct proc_stat;
struct who;

/* @proc_fd and @commands stay the caller's. NULL: out of memory. */
struct proc_owners *proc_owners_new(int proc_fd, struct commands *commands);
void proc_owners_free(struct proc_owners *o);

/*
 * The process as it is now (its name changes with exec), with a reference
 * for the caller. @netns: name of its network namespace, "" for the watched
 * one. @stat: what has just been read of it, or NULL. NULL: it is gone.
 */
struct owner *proc_owner_of_pid(struct proc_owners *o, uint32_t pid, const char *netns,
				const struct proc_stat *stat);

/*
 * The process that a record names (who_ring.h), with a reference: as it is
 * now, or, where it has gone, as it was. NULL: out of memory.
 */
struct owner *proc_owner_of_record(struct proc_owners *o, const struct who *w);

/*
 * The socket's user and unit, where its process is not known. NULL: neither
 * is known.
 */
struct owner *proc_owner_of_sock(struct proc_owners *o, const struct sock *s,
				 const char *netns);

/*
 * A process that has gone: its pid and name, and its socket's user and unit; with
 * a reference. NULL: out of memory.
 */
struct owner *proc_owner_gone(struct proc_owners *o, uint32_t pid, const char *name,
			      const struct sock *s, const char *netns);

#endif
