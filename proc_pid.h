/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid.h - which local process owns a flow.
 *
 * Queries and answers are values; an answer comes when it is known. The socket
 * is found by sock_diag (exact tuple, both directions, v4-mapped, listeners),
 * in the watched namespace even where no address of the flow is this host's,
 * and its process by the socket's inode: first among the newest processes, then
 * the recent owners, then by a background sweep of /proc in slices, within a
 * CPU budget. Where the kernel allows it, a perf ring on
 * sock:inet_sock_set_state names the process of outbound TCP. Nothing is guessed.
 *
 * One thread (enrich) calls all of it; it may change that thread's network
 * namespace for a moment.
 */
#ifndef PROC_PID_H
#define PROC_PID_H

#include <stdbool.h>
#include <stdint.h>

#include "flow_list.h"

struct proc_pid;
struct who_ring;

struct proc_query {
	uint64_t cookie;	/* the caller's; comes back with the answer */
	struct flow_key key;
	struct flow_ends reply;
	uint32_t id;		/* CTA_ID */
	enum flow_direction direction;
	bool picked_up;		/* FLOW_PICKED_UP: the end that does not listen began it */
	uint64_t start;		/* of the flow, CLOCK_REALTIME in ns; 0: not known */
	bool shown;		/* on the screen: looked up first, and for IN also the worker */
	bool answered;		/* has an answer; only the who ring may have a better one */
};

/*
 * @owner: a reference passes to the callee; NULL with MATCH_NONE: looked up
 * to the end and not found. A later answer for the same cookie is better
 * than the one before.
 */
typedef void proc_answer_fn(void *ctx, uint64_t cookie, struct owner *owner,
			    enum flow_match match);

/*
 * A flow with neither address on this host has an end here after all: its address
 * was removed, or it uses another host's. Or FLOW_TURNED: a flow that was picked
 * up was begun by its destination. Called before the answer.
 */
typedef void proc_here_fn(void *ctx, uint64_t cookie, unsigned direction);

struct proc_pid_options {
	int netns_fd;		/* the namespace flowtop watches; -1: its own */
	bool perf;		/* use the perf ring where the kernel gives it */
	bool hurry;		/* may use a whole core: the user waits for one page */
	struct who_ring *who;	/* the caller's; NULL: do without */
	const int *stop;	/* not 0: long walks end early. NULL: they never do */
	proc_answer_fn *answer;
	proc_here_fn *here;	/* may be NULL */
	void *ctx;
};

/* NULL: errno says why (no memory, no sock_diag). */
struct proc_pid *proc_pid_new(const struct proc_pid_options *options);
void proc_pid_free(struct proc_pid *p);

/*
 * Looks up the owners of @n flows. Those that are not found at once are kept
 * for the sweep. Flows with neither address on this host (FORWARDED) are looked
 * up in the network namespaces that have their addresses; if none has, TCP is
 * also looked up here.
 */
void proc_pid_lookup(struct proc_pid *p, const struct proc_query *q, unsigned n);

/* A flow whose process was found (MATCH_EXACT, MATCH_NETNS). */
struct proc_claim {
	struct proc_query q;
	struct owner *owner;	/* a reference of the caller's */
};

/*
 * Checks the processes of @n flows, up to 128. Answers if one runs another program
 * by now, or if another process has the socket. Has a CPU budget of its own; false:
 * that is spent, and nothing was checked.
 */
bool proc_pid_check(struct proc_pid *p, const struct proc_claim *c, unsigned n);

/*
 * How long it is well to gather new flows before they are asked for, in ms: 0
 * while they are few. Many at once cost less each.
 */
unsigned proc_pid_pause_ms(const struct proc_pid *p);

/*
 * Work that waits: the perf ring, changes of listeners, slices of the sweep.
 * Returns in how many ms it wants to be called again.
 */
int proc_pid_work(struct proc_pid *p);

/*
 * tcp_info of local TCP flows. Fills @info (sorted by flow) for those of the
 * @n queries that have a socket; returns how many.
 */
unsigned proc_pid_sock_info(struct proc_pid *p, const struct proc_query *q, unsigned n,
			    struct sock_info *info);

/*
 * Closes the local socket of a TCP or UDP flow, in the network namespace of the
 * calling thread, and no other: it is looked up first. @ends: its own end is
 * the source. 0 or -errno: -ENOENT: the socket is gone, -ENOTCONN: it
 * talks to others as well, -EOPNOTSUPP: the kernel cannot, -EPERM. Any thread.
 */
int proc_pid_close_socket(uint8_t l3, uint8_t l4, const struct flow_ends *ends);

/* Start of a process, clock ticks since boot; 0: it is gone. Any thread. */
uint64_t proc_pid_start_time(uint32_t pid);

/*
 * How a process was started, for owner_set_command(). "" if reading takes too long
 * (proc_pid/command.h) or the process has ended (its start time differs). NULL:
 * out of memory.
 */
struct command *proc_pid_command(struct proc_pid *p, uint32_t pid, uint64_t start_time);

/*
 * One line that says what cannot be seen for lack of rights (other users'
 * processes, other namespaces) or from within a container that has process IDs of
 * its own; NULL where everything is seen. It may change. Any thread.
 */
const char *proc_pid_limits(const struct proc_pid *p);

/* True when the perf ring is at work. Any thread. */
bool proc_pid_has_ring(const struct proc_pid *p);

#endif
