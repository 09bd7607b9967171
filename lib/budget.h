/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/budget.h - a limit on the CPU time of the calling thread in each second: a
 * token bucket in ns. One thread.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdint.h>
#include <time.h>

#include "lib/clock.h"

struct budget {
	int64_t left;		/* ns; below 0: overdrawn, wait until it is filled */
	int64_t most;		/* that can be saved up */
	uint32_t ms_per_s;
	uint32_t filled;	/* clock_ms() */
};

/* What is left now. */
static inline int64_t budget_left(struct budget *b)
{
	uint32_t now = clock_ms();

	b->left += (int64_t)(now - b->filled) * b->ms_per_s * 1000;
	if (b->left > b->most)
		b->left = b->most;
	b->filled = now;
	return b->left;
}

/* Books the time since @began (clock_cpu()). */
static inline void budget_spend(struct budget *b, int64_t began)
{
	b->left -= clock_cpu() - began;
}

#endif
