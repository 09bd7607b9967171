// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/clock.c - the clocks that flowtop reads; see clock.h.
 */
#include "lib/clock.h"

#include <stdbool.h>
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

#define STEP_NS INT64_C(500000000)	/* smaller corrections are slewed by NTP, not set */

/* real - boot time at the start; how far the real clock was set since. */
static int64_t clock_base, clock_shift, clock_shift_before;
#define clock_load(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define clock_store(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELAXED)

uint64_t clock_steady(void)
{
	int64_t boot = clock_read(CLOCK_BOOTTIME), real = clock_real(), step;

	if (!clock_load(clock_base))
		clock_store(clock_base, real - boot);
	step = real - boot - clock_load(clock_base) - clock_load(clock_shift);
	if (step > STEP_NS || step < -STEP_NS) {
		clock_store(clock_shift_before, clock_load(clock_shift));
		clock_store(clock_shift, clock_load(clock_shift) + step);
	}
	return boot + clock_load(clock_base);
}

static bool clock_is_between(int64_t low, int64_t t, int64_t high)
{
	return t + STEP_NS >= low && t <= high + STEP_NS;
}

int64_t clock_fit(int64_t real, int64_t shift, int64_t before, int64_t boot, int64_t now)
{
	int64_t t = real - shift;

	if (!clock_is_between(boot, t, now) && clock_is_between(boot, real - before, now))
		t = real - before;
	return t < boot ? boot : t > now ? now : t;
}

uint64_t clock_steady_of(uint64_t real)
{
	int64_t boot = clock_read(CLOCK_BOOTTIME), base = clock_load(clock_base);

	if (!real || !base)
		return real;
	return clock_fit(real, clock_load(clock_shift), clock_load(clock_shift_before), base,
			 boot + base);
}

uint64_t clock_real_of(uint64_t steady)
{
	return steady ? steady + clock_load(clock_shift) : 0;
}
