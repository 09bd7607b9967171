/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view/thread.c - builds a view's results in time: each interval, after each
 * ask, and when the first dump is whole. Results are handed over whole, by
 * exchange; nobody waits for the other.
 */
#include "view.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "lib/clock.h"
#include "view/int.h"

#define SECOND		INT64_C(1000000000)	/* ns */
#define LOADING_LOOK	20000000	/* ns between looks whether the table is loaded */

/* How far the thread is; times of clock_ns(), 0: not yet. */
struct progress {
	uint64_t serial;	/* of the ask that was answered last */
	int64_t built, booked;
};

static bool same_keys(const struct sort_key *a, const struct sort_key *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (a[i].column != b[i].column || a[i].descending != b[i].descending)
			return false;
	return true;
}

static bool same_sort(const struct view_spec *a, const struct view_spec *b)
{
	return a->sorts == b->sorts && a->group_sorts == b->group_sorts &&
	       same_keys(a->sort, b->sort, a->sorts) &&
	       same_keys(a->group_sort, b->group_sort, a->group_sorts);
}

/* The same rows in the same order: at most the window differs. */
static bool same_rows(const struct view_spec *a, const struct view_spec *b)
{
	return a->filter == b->filter && a->group == b->group && same_sort(a, b) &&
	       a->families == b->families &&
	       !memcmp(&a->protos, &b->protos, sizeof(a->protos)) && a->ended == b->ended &&
	       a->busiest_beyond == b->busiest_beyond && a->active == b->active &&
	       a->no_loopback == b->no_loopback && a->self == b->self;
}

static void publish(struct view *v, struct view_result *r)
{
	view_result_free(__atomic_exchange_n(&v->latest, r, __ATOMIC_ACQ_REL));
	eventfd_write(v->fd, 1);
}

/* The first dump became whole after the last walk: that is worth a picture. */
static bool is_loaded_now(const struct view *v)
{
	return !v->walked_whole && flow_read(flow_list_stats(v->table)->dumped);
}

enum turn {
	TURN_STOP,
	TURN_ASKED,		/* something else is asked for */
	TURN_BUILD,		/* it is time for the next result */
	TURN_BOOK,		/* it is time to book what has ended */
};

/* Waits for a change of what the lock protects, or until @when (clock_ns()). */
static void wait_until(struct view *v, int64_t when)
{
	struct timespec ts = { .tv_sec = when / SECOND, .tv_nsec = when % SECOND };

	pthread_cond_timedwait(&v->wake, &v->lock, &ts);
}

/* During a pause nothing changes without a request. */
static int64_t next_build(const struct view *v, const struct progress *p)
{
	if (!p->built)
		return 0;
	return v->asked.paused ? INT64_MAX : p->built + v->interval;
}

/* What is to be done next; waits until there is something. Call with the lock held. */
static enum turn wait_turn(struct view *v, const struct progress *p)
{
	for (;;) {
		int64_t now = clock_ns(), build = next_build(v, p);
		int64_t book = p->booked + VIEW_BOOK_SECONDS * SECOND;
		int64_t next = build < book ? build : book;

		if (v->stop)
			return TURN_STOP;
		if (now >= build || is_loaded_now(v))
			return TURN_BUILD;
		if (v->serial != p->serial)
			return TURN_ASKED;
		if (now >= book)
			return TURN_BOOK;
		if (!v->walked_whole && next > now + LOADING_LOOK)
			next = now + LOADING_LOOK;
		wait_until(v, next);
	}
}

/* The same, and takes a copy of what is asked for. */
static enum turn next_turn(struct view *v, struct progress *p, struct view_spec *spec)
{
	enum turn turn;

	pthread_mutex_lock(&v->lock);
	turn = wait_turn(v, p);
	*spec = v->asked;
	if (spec->filter)
		filter_ref(spec->filter);
	p->serial = v->serial;
	pthread_mutex_unlock(&v->lock);
	return turn;
}

static struct view_result *build(struct view *v, struct progress *p, enum turn turn,
				 const struct view_spec *spec)
{
	bool same = same_rows(&v->spec, spec);

	if (turn == TURN_ASKED && same && v->spec.paused == spec->paused) {
		view_take_spec(v, spec);
		return view_make_result(v);
	}
	if (!same)
		v->busiest = (struct view_busiest){ 0 };
	p->built = clock_ns();
	if (!spec->paused)
		p->booked = p->built;
	return view_build(v, spec);
}

static void take_turn(struct view *v, struct progress *p, enum turn turn,
		      const struct view_spec *spec)
{
	struct view_result *r;

	if (turn == TURN_BOOK) {
		view_book(v);
		p->booked = clock_ns();
		return;
	}
	r = build(v, p, turn, spec);
	if (r) {
		r->serial = p->serial;
		publish(v, r);
	}
}

static void *view_run(void *arg)
{
	struct view *v = arg;
	struct progress p = { 0 };
	struct view_spec spec;
	enum turn turn;

	pthread_setname_np(pthread_self(), "view");
	rcu_register_thread();
	do {
		turn = next_turn(v, &p, &spec);
		if (turn != TURN_STOP)
			take_turn(v, &p, turn, &spec);
		filter_unref(spec.filter);
	} while (turn != TURN_STOP);
	rcu_unregister_thread();
	return NULL;
}

int view_start(struct view *v, double interval)
{
	int error;

	v->interval = interval * SECOND;
	error = pthread_create(&v->thread, NULL, view_run, v);
	v->running = !error;
	return -error;
}

void view_stop(struct view *v)
{
	if (!v->running)
		return;
	pthread_mutex_lock(&v->lock);
	v->stop = true;
	pthread_cond_signal(&v->wake);
	pthread_mutex_unlock(&v->lock);
	pthread_join(v->thread, NULL);
	v->running = false;
}

uint64_t view_ask(struct view *v, const struct view_spec *spec)
{
	struct filter *old;
	uint64_t serial;

	pthread_mutex_lock(&v->lock);
	old = v->asked.filter;
	v->asked = *spec;
	if (spec->filter)
		filter_ref(spec->filter);
	serial = ++v->serial;
	pthread_cond_signal(&v->wake);
	pthread_mutex_unlock(&v->lock);
	filter_unref(old);
	return serial;
}

void view_set_interval(struct view *v, double seconds)
{
	pthread_mutex_lock(&v->lock);
	v->interval = seconds * SECOND;
	pthread_cond_signal(&v->wake);
	pthread_mutex_unlock(&v->lock);
}

struct view_result *view_take(struct view *v)
{
	eventfd_t ignored;

	eventfd_read(v->fd, &ignored);
	return __atomic_exchange_n(&v->latest, NULL, __ATOMIC_ACQ_REL);
}

int view_fd(const struct view *v)
{
	return v->fd;
}

void view_set_linger(struct view *v, double seconds)
{
	flow_list_set_linger(v->table, seconds * 1000);
}
