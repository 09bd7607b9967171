// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/clock.c - the clocks that flowtop reads; see clock.h.
 */
#include "lib/clock.h"

#include <time.h>

static int64_t clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

uint32_t clock_ms(void)
{
	static int64_t base;
	int64_t ms = clock_ns() / 1000000;

	if (!__atomic_load_n(&base, __ATOMIC_RELAXED))
		__atomic_store_n(&base, ms - 1000, __ATOMIC_RELAXED);
	return ms - __atomic_load_n(&base, __ATOMIC_RELAXED);
}

uint64_t clock_boot_ms(void)
{
	return clock_read(CLOCK_BOOTTIME) / 1000000;
}

int64_t clock_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_cpu(void)
{
	return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t clock_real(void)
{
	return clock_read(CLOCK_REALTIME);
}
