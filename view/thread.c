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

#include "view/int.h"

#define LOADING_LOOK	0.02		/* seconds between looks whether it is loaded */

static bool same_sort(const struct view_spec *a, const struct view_spec *b)
{
	if (a->sorts != b->sorts)
		return false;
	for (unsigned i = 0; i < a->sorts; i++)
		if (a->sort[i].column != b->sort[i].column ||
		    a->sort[i].descending != b->sort[i].descending)
			return false;
	return a->group_sort == b->group_sort && a->group_ascending == b->group_ascending;
}

/* The same rows in the same order: at most the window differs. */
static bool same_rows(const struct view_spec *a, const struct view_spec *b)
{
	return a->filter == b->filter && a->group == b->group && same_sort(a, b) &&
	       a->families == b->families &&
	       !memcmp(&a->protos, &b->protos, sizeof(a->protos)) && a->ended == b->ended &&
	       a->active == b->active && a->no_loopback == b->no_loopback && a->self == b->self;
}

static void publish(struct view *v, struct view_result *r)
{
	view_result_free(__atomic_exchange_n(&v->latest, r, __ATOMIC_ACQ_REL));
	eventfd_write(v->fd, 1);
}

static void deadline_after(struct timespec *ts, double seconds)
{
	clock_gettime(CLOCK_MONOTONIC, ts);
	ts->tv_sec += (time_t)seconds;
	ts->tv_nsec += (seconds - (time_t)seconds) * 1e9;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_nsec -= 1000000000;
		ts->tv_sec++;
	}
}

static bool is_past(const struct timespec *when)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > when->tv_sec ||
	       (now.tv_sec == when->tv_sec && now.tv_nsec >= when->tv_nsec);
}

/* The first dump became whole after the last walk: that is worth a picture. */
static bool is_loaded_now(const struct view *v)
{
	return !v->walked_whole && flow_read(flow_list_stats(v->table)->dumped);
}

/*
 * Waits for the next turn: an ask that is newer than @done, the time of the
 * next picture, the end of the first dump, or the end of all. Copies what is
 * asked into @spec.
 */
static bool wait_turn(struct view *v, uint64_t done, const struct timespec *when,
		      struct view_spec *spec, uint64_t *serial, bool *is_time)
{
	bool stop;

	pthread_mutex_lock(&v->lock);
	*is_time = false;
	while (!v->stop && v->serial == done && !*is_time) {
		struct timespec until = *when;

		if (!v->walked_whole)
			deadline_after(&until, LOADING_LOOK);
		pthread_cond_timedwait(&v->wake, &v->lock, &until);
		*is_time = is_past(when) || is_loaded_now(v);
	}
	*spec = v->asked;
	if (spec->filter)
		filter_ref(spec->filter);
	*serial = v->serial;
	stop = v->stop;
	pthread_mutex_unlock(&v->lock);
	return !stop;
}

static void *run(void *arg)
{
	struct view *v = arg;
	struct timespec next = { 0 };
	struct view_spec spec = { 0 };
	struct view_result *r;
	uint64_t serial = 0;
	bool is_time;

	pthread_setname_np(pthread_self(), "view");
	rcu_register_thread();
	while (wait_turn(v, serial, &next, &spec, &serial, &is_time)) {
		if (!is_time && v->walk_ms && same_rows(&v->spec, &spec)) {
			view_take_spec(v, &spec);
			r = view_make_result(v);
		} else {
			deadline_after(&next, __atomic_load_n(&v->interval_ms, __ATOMIC_RELAXED) /
				       1000.0);
			r = view_build(v, &spec);
		}
		filter_unref(spec.filter);
		if (r) {
			r->serial = serial;
			publish(v, r);
		}
	}
	filter_unref(spec.filter);
	rcu_unregister_thread();
	return NULL;
}

int view_start(struct view *v, double interval)
{
	int error;

	v->interval_ms = interval * 1000;
	error = pthread_create(&v->thread, NULL, run, v);
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
	__atomic_store_n(&v->interval_ms, (unsigned)(seconds * 1000), __ATOMIC_RELAXED);
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
