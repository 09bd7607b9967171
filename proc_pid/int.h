/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/int.h - what these share: proc_pid.c (queries, what waits, the sweep),
 * proc_pid/task.c (the steps from a flow to its owner), proc_pid/forwarded.c (the
 * same in other namespaces), proc_pid/check.c (is it so still?) and
 * proc_pid/answer.c (the answer).
 */
#ifndef PROC_PID_INT_H
#define PROC_PID_INT_H

#include "lib/budget.h"
#include "lib/hash.h"
#include "proc_pid.h"
#include "proc_pid/connections.h"
#include "proc_pid/listen.h"
#include "proc_pid/netns.h"
#include "proc_pid/owner.h"
#include "proc_pid/perf_ring.h"
#include "proc_pid/rights.h"
#include "proc_pid/search.h"
#include "proc_pid/sock_diag.h"
#include "who_ring.h"

#define SOCK_GROUP 32		/* sockets that share a port */
#define TASK_CHUNK 128		/* tasks run together */
#define LOOKUPS 256		/* sockets looked for of late; a power of two */
#define HELD 4096		/* flows whose sockets were seen; a power of two */

enum task_state {
	TASK_OPEN,		/* nothing known yet */
	TASK_SEARCH,		/* its socket is known, who has it is not */
	TASK_LOOK,		/* a new namespace may have it */
	TASK_SWEEP,		/* only the sweep can tell */
	TASK_DONE,
};

struct task {
	struct proc_query q;
	struct sock_tuple tuple;	/* of the socket that is looked for */
	struct sock sock;
	struct ring_process ring;	/* the ring said so, but it has gone; pid 0: no */
	uint64_t ns;			/* namespace of the socket; 0: the watched one */
	uint32_t sweep;			/* number of the sweep that decides */
	uint8_t state;			/* enum task_state */
	uint8_t match;			/* how it is found, where it is */
	uint8_t tries;
	bool looked;			/* it was TASK_LOOK */
	bool housed;			/* a namespace here has its local address */
	bool inbound;			/* others connect to its socket */
	bool unsure;			/* another process may have sent it and ended: see answer.c */
	bool again;			/* has an answer; only the holder of its socket is better */
};

/* A socket whose process was not found. */
struct lookup {
	uint32_t inode;
	uint32_t since;			/* clock_ms() */
};

/* The socket of a flow when its process was seen to have it. */
struct held {
	uint64_t cookie;		/* of the flow */
	uint64_t ns;			/* as in struct task */
	uint32_t inode;			/* 0: not known, or it has gone since */
	uint32_t device;		/* that it is bound to; 0: none */
	uint32_t at;			/* clock_ms() */
	bool inbound;			/* as in struct task */
	bool gone;
};

/* A network namespace that sockets are looked up in. */
struct site {
	struct sock_diag *diag;
	struct listeners *listeners;
	uint64_t ns;			/* 0: the watched one */
};

struct proc_pid {
	struct proc_pid_options o;
	int proc_fd, home_fd;
	struct site home;
	struct connections *connections;	/* of home */
	struct proc_search *search;
	struct commands *commands;
	struct proc_owners *owners;
	struct netns_map *netns;
	struct who_ring *who;		/* NULL: it does not work here, or is off */
	struct perf_ring *ring;		/* NULL: the kernel does not allow it, or it is off */
	struct proc_rights rights;
	uint32_t own_uid;

	struct budget flow, sweep, check;
	bool sweeping, swept;		/* one goes on; one was done */
	uint32_t sweeps;		/* begun so far */
	uint32_t swept_at;		/* clock_ms() */
	uint32_t heard_at;		/* clock_ms(): the backlog was looked up in the ring */
	struct lookup miss[LOOKUPS];	/* nowhere found */
	struct lookup sought[LOOKUPS];	/* not at once, the sweep may */
	struct held held[HELD];

	struct task *backlog;
	unsigned waiting, replace;	/* tasks in it; the next to be dropped */
	struct hash_table by_cookie;	/* their numbers */
	uint32_t counted;		/* clock_ms(): when count began */
	unsigned count, rate;		/* flows asked for since; a second, before */
	unsigned hasty, hasty_rate;	/* those of them that cannot wait */
};

/* ---- proc_pid/task.c ---- */

/* The socket of a flow in the watched namespace; false: it has none there. */
bool task_tuple(const struct proc_query *q, struct sock_tuple *t);

/*
 * The socket of a flow by the original tuple or, @inbound, the reply's: a socket
 * sees its flow before NAT here when it sends, and after it when it receives.
 */
struct sock_tuple task_tuple_at(const struct proc_query *q, bool inbound);

/* Reports that the task's flow does have an end in the watched namespace. */
void task_set_here(struct proc_pid *p, struct task *t, enum flow_direction direction);

/* Looks up the sockets of @n tasks, up to TASK_CHUNK, into @out. */
void task_query_sockets(const struct proc_pid *p, const struct site *at,
			struct task *const *t, unsigned n, struct sock *out);

/* Goes on with the socket @s that was found at @at. */
void task_take_sock(struct proc_pid *p, const struct site *at, struct task *t,
		    const struct sock *s);

/* Looks for listeners at the task's port; returns how many there are. */
unsigned task_find_listener(struct proc_pid *p, const struct site *at, struct task *t);

/* Fills in t->ring, where the ring knows the connection. */
bool task_hear_ring(struct proc_pid *p, struct task *t);

/*
 * Begins a task for a flow whose process is known; @h says what is known of its
 * socket. It is answered only if another process has the socket now. False: no
 * socket here.
 */
bool task_begin_again(const struct proc_query *q, const struct held *h, struct task *t);

/* Begins a task; it may be settled at once (TASK_DONE). */
void task_begin(struct proc_pid *p, const struct proc_query *q, struct task *t);

/* Settles a task if the who ring knows its process; returns whether it does. Cheap. */
bool task_ask_who(struct proc_pid *p, struct task *t);

/* Settles those of @n outbound tasks that the ring knows. Cheap. */
void task_ask_ring(struct proc_pid *p, struct task *t, unsigned n);

/* Takes @n tasks as far as they can be taken now. */
void task_run(struct proc_pid *p, struct task *t, unsigned n);

/* Settles a task that waited for the sweep, if it can be; @over: it must be. */
void task_settle(struct proc_pid *p, struct task *t, bool over);

/* Settles those of @n that wait for the sweep although their socket has gone. */
void task_drop_dead(struct proc_pid *p, struct task *t, unsigned n);

/* ---- proc_pid/forwarded.c ---- */

/* Looks for @n forwarded tasks in other namespaces and here; the rest may wait. */
void task_find_forwarded(struct proc_pid *p, struct task **t, unsigned n);

/* ---- proc_pid/check.c ---- */

/* Keeps what is known of the socket of a task that is being answered. */
void check_remember(struct proc_pid *p, const struct task *t);

/*
 * Checks whether @n processes, up to TASK_CHUNK, still have the sockets of their
 * flows, and answers if one runs another program now. Begins tasks in @t to search
 * for the other process of a socket; returns how many.
 */
unsigned check_claims(struct proc_pid *p, const struct proc_claim *c, unsigned n,
		      struct task *t);

/* ---- proc_pid/portless.c ---- */

/* Can a socket be found for the flow, although its protocol has no ports? */
bool task_is_portless(const struct proc_query *q);

/* Looks for the sockets of such tasks; the rest may wait. */
void task_find_portless(struct proc_pid *p, struct task **t, unsigned n);

/* ---- proc_pid/answer.c: each settles the task ---- */

/* Takes @owner over; NULL: nothing is known. */
void task_resolve(struct proc_pid *p, struct task *t, struct owner *owner,
	       enum flow_match match);

/* No process has it (any more), or it cannot be seen: what the socket says. */
void task_resolve_sock(struct proc_pid *p, struct task *t);

/* @stat: what has just been read of it, or NULL. False: it is gone. */
bool task_resolve_pid(struct proc_pid *p, struct task *t, uint32_t pid,
		   const struct proc_stat *stat);

/* The same; what its socket says where it is gone, or @pid is 0. */
void task_resolve_found(struct proc_pid *p, struct task *t, uint32_t pid,
		     const struct proc_stat *stat);

/*
 * The one pid that has all @n sockets; 0: several have, or it is not known
 * (*known false).
 */
uint32_t task_common_pid(struct proc_pid *p, const struct sock *s, unsigned n, bool *known);

#endif
