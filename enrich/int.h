/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enrich/int.h - what the files of the worker share: its struct; enrich/window.c
 * looks for processes, enrich/place.c for places, names and sockets, enrich.c
 * does it in time.
 */
#ifndef ENRICH_INT_H
#define ENRICH_INT_H

#include <pthread.h>

#include "dns.h"
#include "enrich.h"
#include "geoip.h"
#include "proc_pid.h"

#define BATCH		128		/* flows asked of proc_pid at once */
#define CHECK_TICKS	20		/* in which each process shown is checked once, */
#define CHECKS		64		/* but for no more than so many rows a tick */
#define SLICE		4096		/* flows of the table a turn */
#define SHOWN_MAX	1024		/* rows of the window that are looked at together */

struct shown {
	struct flow_handle handle;
	struct proc_query query;
	uint8_t match;
	bool placed;
};

struct enrich {
	struct enrich_options o;
	struct flow_list *table;
	struct proc_pid *proc;
	struct dns *dns;
	struct geoip *geo;
	pthread_t thread;
	int wake_fd;
	int stop;
	int names;			/* wanted now */
	uint64_t pending;		/* pack_pending() */

	/* the part of the window at hand, and the round over the parts */
	struct shown shown[SHOWN_MAX];
	unsigned n_shown, n_window, at, name_at;
	unsigned screen_needs, table_needs;
	unsigned check_at;		/* row of the window whose process is checked next */
	unsigned missing;		/* of this round so far: enum flow_need */
	bool workers, sockets;		/* this round looks at these, too */
	uint64_t window;		/* its serial */
	struct sock_info *sock;		/* of this round so far */
	unsigned n_sock, sock_room;
	/* the next slices of the table */
	uint32_t place_slot, name_slot, owner_slot, command_slot;
	uint32_t next_tick, next_sock, next_workers, next_geo, next_work, next_places,
		 next_check;
};

/* ---- processes (enrich/window.c) ---- */

void enrich_query_fill(struct proc_query *q, const struct flow *f, struct flow_handle h,
		       bool shown);

/* The part of the window that begins at e->at. */
void enrich_read_window(struct enrich *e);

/* True where some are not known yet. */
bool enrich_shown_owners(struct enrich *e, bool workers);

/*
 * Checks owners that are shown: processes pass sockets on, and run other
 * programs. Some rows of the window in each call, all of them in CHECK_TICKS calls.
 */
void enrich_check_owners(struct enrich *e);

/* Most answers come at once, and the user may be waiting for this window. */
bool enrich_still_pending(struct enrich *e);

/*
 * Looks up owners of flows that are older than flowtop, if a filter, a sort key or
 * a group needs the owner of every flow: a limited number each time, apart from
 * those shown.
 */
void enrich_table_owners(struct enrich *e);

/* True where there may be more to read. */
bool enrich_shown_commands(struct enrich *e);

/* The same for a slice of the table, if a filter needs them. */
void enrich_table_commands(struct enrich *e);

/* ---- places, names, sockets (enrich/place.c) ---- */

void enrich_place_flow(struct enrich *e, struct flow_handle h, const struct flow_ends *ends);

void enrich_shown_places(struct enrich *e);

/* For the rows shown, and for the table if a filter needs them. */
void enrich_want_names(struct enrich *e);

bool enrich_names_pending(const struct enrich *e);

void enrich_shown_sockets(struct enrich *e);

/* Publishes all that the round has found. */
void enrich_publish_sockets(struct enrich *e);

/* True while there is more to do in this round over the table. */
bool enrich_table_places(struct enrich *e);

/* The databases are new: forgets what was found in the old ones. */
void enrich_places_forget(struct enrich *e);

#endif
