/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view/int.h - what the files of the view share: view.c walks, view/order.c
 * sorts, view/group.c groups, view/owners.c names a group's processes,
 * view/result.c copies what is shown, view/thread.c does it in time.
 */
#ifndef VIEW_INT_H
#define VIEW_INT_H

#include <pthread.h>
#include <stddef.h>

#include "view.h"

/* ---- order (view/order.c): the part of a sort that somebody looks at ---- */

/* One row on its way: where it comes, and which flow (or group) it is. */
struct view_ref {
	uint64_t order;
	uint32_t slot, gen;
};

/* < 0: @a comes before @b. Need not be consistent from call to call. */
typedef int view_compare_fn(const void *ctx, const struct view_ref *a,
			    const struct view_ref *b);

/*
 * Puts into ref[from..to) what a full sort would put there, in order. The
 * rest is left in some order.
 */
void view_arrange(struct view_ref *ref, size_t n, size_t from, size_t to,
		  view_compare_fn *compare, const void *ctx);

/*
 * A number that orders rows by one sort key; null comes last. *exact is false if
 * equal numbers need view_compare_rows().
 */
uint64_t view_row_order(const struct sort_key *key, const struct row *r, bool *exact);

/* By all of @n keys. */
int view_compare_rows(const struct sort_key *key, unsigned n, const struct row *a,
		      const struct row *b);

/* ---- groups (view/group.c) ---- */

struct view_groups;

struct view_groups *view_groups_new(void);
void view_groups_free(struct view_groups *g);

/* Begins a walk: groups of @column (NULL: only the totals are kept). */
void view_groups_begin(struct view_groups *g, const struct column *column, uint64_t now_real);

/*
 * Books one flow of the walk, live or lingering. @passes: the filter lets it
 * through. Call with rcu_read_lock() held.
 */
void view_groups_add(struct view_groups *g, const struct row *row, bool live, bool passes);

/* Books one that ended, outside of a walk. Call with rcu_read_lock() held. */
void view_groups_book(struct view_groups *g, const struct row *row);

/*
 * From now on flows that end are booked but not yet counted, so that totals do
 * not change; with @hold false they are counted. Flows added meanwhile are not
 * booked: they come from a picture.
 */
void view_groups_hold(struct view_groups *g, bool hold);

/*
 * Ends the walk. Sorts as the spec says and gives the groups, to be freed
 * with free(); *n is how many. Those without a live flow are there only with
 * @ended. NULL: none, or no memory.
 */
struct group *view_groups_end(struct view_groups *g, const struct view_spec *spec, size_t *n);

/*
 * What is to be looked up of every flow, so that the totals are true when
 * somebody turns to them: places, once flows were grouped by them. Not names:
 * these are asked for one by one.
 */
unsigned view_groups_needs(const struct view_groups *g);

/* ---- the busiest flows come first (view/busiest.c) ---- */

#define BUSIEST_KEPT	16	/* that are followed */
#define BUSIEST_SHOWN	5	/* that come first, at most */

struct busy_flow {
	struct flow_handle flow;
	double rate;
	bool shown;
};

/* All zero: no flows yet, as after a change of the filter. */
struct view_busiest {
	struct busy_flow kept[BUSIEST_KEPT];	/* with averages, in their order */
	struct busy_flow seen[BUSIEST_KEPT];	/* at this walk */
	unsigned n, n_seen;
	uint32_t ms;				/* clock_ms() of the last walk */
};

/* Call at the begin of a walk, then for each live flow that passes. @rate: bytes/s or NAN. */
void view_busiest_begin(struct view_busiest *b);
void view_busiest_see(struct view_busiest *b, struct flow_handle flow, double rate);

/*
 * At the end of the walk, with @ref still in the order of slots: puts up to @most
 * of the busiest flows before all others. Returns how many.
 */
unsigned view_busiest_end(struct view_busiest *b, uint32_t now_ms, struct view_ref *ref, size_t n,
			  unsigned most);

/* ---- a pause (view/picture.c) ---- */

/* All flows of the table as they were at one moment, with owners of its own. */
struct view_picture {
	uint32_t slots, ms;		/* ms, real: when it was taken */
	uint64_t real;
	struct flow flow[];		/* by slot; gen 0: none */
};

/* NULL: no memory. */
struct view_picture *view_picture_take(const struct flow_list *fl);
void view_picture_free(struct view_picture *p);

/* As flow_list_at_rcu() and flow_list_get_rcu(). */
const struct flow *view_picture_at(const struct view_picture *p, uint32_t slot,
				   struct flow_handle *h);
const struct flow *view_picture_get(const struct view_picture *p, struct flow_handle h);

/* ---- the view (view.c) ---- */

/* Counters that become rates, at an earlier result. */
struct baseline {
	uint32_t ms;
	uint64_t began, ended, insert_failed, drop, early_drop;
};

struct view {
	struct flow_list *table;
	struct view_groups *groups;
	struct view_picture *picture;		/* walked instead of the table; NULL: no pause */

	/* the last walk */
	struct view_spec spec;
	struct view_totals totals;
	struct view_ref *ref;
	size_t n, size;
	struct group *group;
	size_t n_groups;
	bool deep;				/* equal orders must be compared */
	struct view_busiest busiest;
	unsigned n_busiest;			/* rows at the top */
	uint32_t walk_ms;
	bool walked_whole;			/* after the first dump was whole */
	uint64_t walk_real;
	struct baseline base;
	struct view_totals rates;		/* the rates in it, of base's time */

	/* the thread */
	pthread_t thread;
	pthread_mutex_t lock;			/* asked, serial, interval, stop */
	pthread_cond_t wake;
	struct view_spec asked;
	uint64_t serial;
	int64_t interval;			/* ns */
	bool running, stop;
	struct view_result *latest;		/* exchanged */
	int fd;
};

/* The view's own copy of a specification, with its own filter reference. */
void view_take_spec(struct view *v, const struct view_spec *spec);

/*
 * Walks the table by v->spec: the rows that pass, their groups and totals.
 * 0 or -ENOMEM.
 */
int view_walk(struct view *v);

/* A flow of the table, or of the picture during a pause; in a read-side section. */
const struct flow *view_flow_get_rcu(const struct view *v, struct flow_handle h);

/* Of the rows of the walk; a view_compare_fn, @ctx is the view. */
int view_compare_refs(const void *ctx, const struct view_ref *a, const struct view_ref *b);

/* ---- results (view/result.c) ---- */

/* The window of the walk at hand. NULL: no memory. */
struct view_result *view_make_result(struct view *v);

#endif
