/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h - from the table to the rows shown: filter, group, sort, window.
 *
 * A view is asked with a specification and gives whole results: kept copies
 * of the rows of the window, never pointers into the table. The screen runs
 * it on a thread of its own (view_start), batch calls it directly.
 */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "column.h"
#include "filter.h"
#include "flow_list.h"
#include "lib/proto.h"

#define VIEW_SORTS 4

struct sort_key {
	const struct column *column;
	bool descending;
};

/*
 * Parses "[+-]FIELD[,...]" into @keys of VIEW_SORTS entries, by columns of
 * flows or of groups; "state" is the order of proto_state_rank(), then the
 * busier, then the younger. Returns how many, or -1 with @error set.
 */
int sort_parse(const char *text, bool groups, struct sort_key *keys, char *error,
	       unsigned size);

struct view_spec {
	struct filter *filter;		/* NULL: all; see view_ask() */
	struct sort_key sort[VIEW_SORTS];
	unsigned sorts;
	const struct column *group;	/* NULL: flows */
	struct sort_key group_sort[VIEW_SORTS];
	unsigned group_sorts;		/* 0: by the key */
	unsigned families;		/* FAMILY_* mask */
	struct proto_set protos;	/* empty: all */
	bool ended;			/* show lingering flows */
	bool active;			/* only flows with a rate */
	bool paused;			/* show the table as it was when this became true */
	bool no_loopback;
	bool self;			/* show flowtop's own */
	unsigned busiest_beyond;	/* sorted by state, with more rows than this, the
					 * busiest flows come first; 0: never */
	unsigned needs;			/* of the columns on the screen */
	unsigned first;			/* the window: first row */
	unsigned rows;			/* and how many */
	struct flow_handle cursor;	/* its place is told; gen 0: none */
	bool follow;			/* the window moves along with the cursor's flow */
};

/* What must be known of every flow for its filter, order and groups: enum flow_need. */
unsigned view_spec_needs(const struct view_spec *spec);

/* Does the flow pass the filter and the spec's other conditions? */
bool view_spec_passes(const struct view_spec *spec, const struct row *r);

/* Sums over the table (live flows), for the header. */
struct view_totals {
	uint64_t live;			/* in the table */
	uint64_t shown;			/* of these, that pass */
	uint64_t own;			/* of these, flowtop's own flows, which are hidden */
	uint64_t rows;			/* of the view: flows with the ended, or groups */
	uint64_t by_state[PROTO_RANKS];	/* proto_state_rank() */
	uint64_t tcp, udp, icmp, other;
	uint64_t unreplied, forwarded;
	uint64_t uncounted;		/* that the kernel does not count */
	double tx_rate, rx_rate;	/* bytes/s: from here or the inside, and towards it */
	double new_rate, end_rate;	/* flows/s since the last result; NAN on the first */
	double insert_failed, drop, early_drop;	/* per second; NAN on the first */
};

struct view_result {
	uint64_t serial;		/* of the view_ask() that it answers */
	struct view_totals totals;
	struct flow_stats stats;	/* copied */
	uint64_t made_real;		/* CLOCK_REALTIME ns */
	uint32_t made_ms;
	unsigned first, n;		/* rows here; more than were asked for */
	unsigned asked_first;		/* where the window asked for begins */
	unsigned busiest;		/* rows at the top that are not in the order by state */
	int64_t cursor;			/* row number of spec.cursor; -1: not in view */
	struct row *rows;		/* n of them: flows, or groups */
	void *store;			/* what the rows point to */
};

struct view;

/* NULL: out of memory. Main thread. */
struct view *view_new(struct flow_list *fl);
void view_free(struct view *v);

/* ---- directly: the caller's thread, registered with RCU ---- */

/* NULL: out of memory. Free with view_result_free(). */
struct view_result *view_build(struct view *v, const struct view_spec *spec);
void view_result_free(struct view_result *r);

/*
 * Builds, then calls @head once with the totals (n = 0), and @fn for every
 * row from spec->first on, spec->rows at most, in order, until it returns
 * false. No lock is held: it may block. Returns -ENOMEM or 0.
 */
typedef bool view_row_fn(void *ctx, const struct row *row);
typedef bool view_head_fn(void *ctx, const struct view_result *head);
int view_each(struct view *v, const struct view_spec *spec, view_head_fn *head,
	      view_row_fn *fn, void *ctx);

/*
 * The flows that view_each() would go through, as a window for
 * flow_list_set_window(); in no order where all are asked for. NULL: no memory.
 */
struct flow_window *view_list(struct view *v, const struct view_spec *spec);

/*
 * Books what has ended for the totals of groups. Call every VIEW_BOOK_SECONDS
 * where the time between two builds is longer: the table keeps only so many
 * ended flows.
 */
#define VIEW_BOOK_SECONDS 5
void view_book(struct view *v);

/* ---- by its own thread ---- */

/* Starts it; results come every @interval seconds and after each ask. */
int view_start(struct view *v, double interval);
void view_stop(struct view *v);

/*
 * Asks for something else from now on; returns the serial that its results
 * will bear. The view takes its own reference of spec->filter. Screen thread.
 */
uint64_t view_ask(struct view *v, const struct view_spec *spec);

/* From now on: the next result comes that long after the last. Screen thread. */
void view_set_interval(struct view *v, double seconds);

/* How long ended flows stay, see flow_list_set_linger(). */
void view_set_linger(struct view *v, double seconds);

/*
 * The processes of a group: of the flows of @group that @spec shows, each once,
 * as the table is now. Copies, without commands, in @owners of @max. Returns
 * how many; @max + 1: there are more. Screen thread, registered with RCU.
 */
unsigned view_group_owners(const struct view *v, const struct view_spec *spec,
			   const struct group *group, struct owner *owners, unsigned max);

/* The newest result since the last call, or NULL. The caller owns it. */
struct view_result *view_take(struct view *v);

/* Readable when there is something to take. */
int view_fd(const struct view *v);

#endif
