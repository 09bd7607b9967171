/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * budget.h - so much CPU time of the calling thread a second, and no more:
 * a token bucket in ns. One thread.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdint.h>
#include <time.h>

#include "flow_list.h"

struct budget {
	int64_t left;		/* ns; below 0: overdrawn, to be waited for */
	int64_t most;		/* that can be saved up */
	uint32_t ms_per_s;
	uint32_t filled;	/* flow_clock_ms() */
};

static inline int64_t budget_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Time that goes by, in ns: no system call, for limits within a round. */
static inline int64_t budget_wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* What is left now. */
static inline int64_t budget_left(struct budget *b)
{
	uint32_t now = flow_clock_ms();

	b->left += (int64_t)(now - b->filled) * b->ms_per_s * 1000;
	if (b->left > b->most)
		b->left = b->most;
	b->filled = now;
	return b->left;
}

/* Books the time since @began (budget_clock()). */
static inline void budget_spend(struct budget *b, int64_t began)
{
	b->left -= budget_clock() - began;
}

#endif
