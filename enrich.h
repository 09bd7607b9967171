/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enrich.h - the worker beside the data path: takes new flows and what the
 * screen shows, asks the enrichers (proc_pid, dns, geoip), publishes. It
 * knows the table and the enrichers; these know nothing of each other.
 */
#ifndef ENRICH_H
#define ENRICH_H

#include <stdbool.h>

#include "flow_list.h"

struct enrich;
struct geoip;
struct who_ring;

struct enrich_options {
	struct flow_list *table;
	bool names, perf;
	bool hurry;			/* one page, and the user waits for it */
	struct who_ring *who;		/* filled by the event socket; NULL: none */
	struct geoip *geo;		/* taken over; NULL: no places */
	const char *geo_problem;	/* of geoip_open(), not copied; NULL or "": none */
	int netns_fd;			/* the namespace watched; -1: flowtop's own */
};

/* Opens the enrichers and starts the thread. NULL: errno. Main thread. */
struct enrich *enrich_start(const struct enrich_options *o);
void enrich_stop(struct enrich *e);

/* The window is new and the user waits: looks at it now. Any thread. */
void enrich_look(struct enrich *e);

/*
 * What is still being looked up in the present window: enum flow_need; ~0: some
 * rows were not looked at yet; 0: everything has been answered or given up.
 * Places and sockets are known after one look. Any thread.
 */
unsigned enrich_pending(const struct enrich *e);

/* Names switched on or off while running (key n). Any thread. */
void enrich_set_names(struct enrich *e, bool on);

/*
 * The @i-th line of text about what cannot be seen, "" after the last; and one
 * line with the databases in use, "" if there are none. Any thread.
 */
const char *enrich_limit(const struct enrich *e, unsigned i);
void enrich_databases(const struct enrich *e, char *buf, unsigned size);

/* Why names are not looked up now; "" if they are, or are not wanted. Any thread. */
void enrich_names_rest(const struct enrich *e, char *buf, unsigned size);

/* "on", or why these are not in use; for the help. Any thread. */
const char *enrich_event_filter(const struct enrich *e);
const char *enrich_tracepoint(const struct enrich *e);

#endif
