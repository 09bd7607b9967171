/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts.h - what is known of processes and addresses: owners, places and
 * names, as shared immutable objects that many flows point to.
 *
 * Written by the enrichers, read by everyone under rcu_read_lock(). Every
 * string here has passed text_sanitise().
 */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <urcu.h>

#include "lib/addr.h"

/* ---- owners: the local process, or what is known in its place ---- */

/* How a process was started: only looked up for what is shown. Immutable but for @read_at. */
struct command {
	uint32_t read_at;	/* clock_ms(); for the enrich thread alone */
	uint32_t parent;	/* pid of its parent; 0: not known */
	char parent_name[64];
	char line[1024];	/* arguments, separated by spaces; "" if not known */
	struct rcu_head rcu;
};

struct owner {
	uint32_t pid;		/* 0: the process is not known */
	uint32_t uid;		/* UINT32_MAX: not known */
	uint64_t start_time;	/* of the process, clock ticks since boot (proc(5)) */
	char name[64];		/* comm, or the full name if it is longer; "" if not known */
	char user[33];		/* login name, else the uid's number; "" */
	char unit[80];		/* systemd unit or container id; "" */
	char container[64];	/* name or id of the container; "" */
	char netns[48];		/* name of the network namespace; "" for flowtop's own */
	bool self;		/* flowtop itself; another process may have its pid elsewhere */
	struct command *command; /* NULL: not looked up; owner_set_command() */
	uint32_t refs;		/* owner_ref(), owner_unref() */
	struct rcu_head rcu;
};

/* A new owner, a copy of @from, with one reference. NULL: out of memory. */
struct owner *owner_new(const struct owner *from);

/* Copies what it says of the process, without references and command. As for owner_ref(). */
void owner_copy(struct owner *to, const struct owner *from);

/*
 * Any thread that holds a reference, or is in a read-side section in which it
 * found the owner at a flow. Use what it returns: where @o's last reference
 * has just gone, that is a copy (NULL: out of memory), else @o.
 */
struct owner *owner_ref(struct owner *o);

/* Gives a reference back; the last one frees after a grace period. @o may be
 * NULL. Any thread. */
void owner_unref(struct owner *o);

/*
 * Publishes a command (malloc'd, taken over; NULL: none) in place of the previous
 * one. The caller holds a reference. Enrich thread.
 */
void owner_set_command(struct owner *o, struct command *command);

/* Call with rcu_read_lock() held; valid until rcu_read_unlock(). NULL: not known. */
const struct command *owner_command_rcu(const struct owner *o);

/* ---- places: interned, never freed, known by a small number ---- */

struct place {
	char country[3];	/* ISO 3166 code; "" where not known */
	char country_name[64];	/* in English; for a special address its kind */
	char city[64];
	char org[96];		/* of the autonomous system */
	uint32_t asn;		/* 0: not known */
};

#define PLACE_UNKNOWN 0		/* not asked yet */

/*
 * The number of the place equal to @p, now and for the life of the program;
 * PLACE_UNKNOWN when there is no memory. Enrich thread only.
 */
uint32_t place_intern(const struct place *p);

/* The place of that number, never NULL (PLACE_UNKNOWN: all empty). Any thread. */
const struct place *place_get(uint32_t number);

/* ---- names: reverse DNS of addresses ---- */

struct name {
	struct addr addr;
	char text[];		/* the host name; "" = asked, there is none */
};

/*
 * Publishes the name of an address and takes the old one out. "" says that
 * there is none (a negative answer is kept like a positive one). DNS thread.
 */
void name_publish(const struct addr *a, const char *text);

/* Takes the name of an address out again (its time is up). DNS thread. */
void name_forget(const struct addr *a);

/*
 * The name of an address: "" where it has none, NULL where it is not known
 * (yet). Call with rcu_read_lock() held; valid until rcu_read_unlock().
 */
const char *name_get_rcu(const struct addr *a);

/* ---- sockets: tcp_info of local flows ---- */

struct sock_info {
	uint64_t flow;		/* handle of the flow: flow_handle_pack() */
	uint32_t rtt_us, rttvar_us;
	uint32_t retrans;	/* segments sent again, in all */
	uint32_t cwnd;		/* segments */
	uint64_t sent, received;	/* bytes of payload: acknowledged, taken */
};

/*
 * Publishes @n of them, sorted by flow, in place of all before. Copies.
 * Enrich thread.
 */
void sock_info_publish(const struct sock_info *info, unsigned n);

/* Call with rcu_read_lock() held; valid until rcu_read_unlock(). NULL: none. */
const struct sock_info *sock_info_get_rcu(uint64_t flow);

/* ---- deleters: programs that deleted entries, by their sockets' port ids ---- */

struct deleter {
	uint32_t port;		/* of the netlink socket */
	uint32_t pid;		/* 0: not known */
	char name[32];		/* comm; "" where not known */
	struct rcu_head rcu;
};

/* A copy, without the rcu head. */
void deleter_copy(struct deleter *to, const struct deleter *from);

/* Publishes a copy; the last few are kept. Enrich thread. */
void deleter_publish(const struct deleter *from);

/* Call with rcu_read_lock() held; valid until rcu_read_unlock(). NULL: not known. */
const struct deleter *deleter_get_rcu(uint32_t port);

/* Start and end: main, registered with RCU, before the threads and after them. */
int facts_init(void);
void facts_free(void);

#endif
