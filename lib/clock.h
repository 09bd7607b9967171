/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/clock.h - the clocks that flowtop reads, see clock_gettime(2). Any thread.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/*
 * Monotonic milliseconds since the program began, never below 1000. They wrap
 * after 49 days: compare by difference only.
 */
uint32_t clock_ms(void);

/* Monotonic ms that count while the machine sleeps, too (CLOCK_BOOTTIME). */
uint64_t clock_boot_ms(void);

/* Monotonic ns. No system call (vDSO), so fit for limits within a loop. */
int64_t clock_ns(void);

/* CPU time of the calling thread, in ns. */
int64_t clock_cpu(void);

/* CLOCK_REALTIME in ns. This clock can be set, by decades if NTP runs on a board
 * without a battery clock. */
uint64_t clock_real(void);

/*
 * The same as if the clock had not been set since the program began: ages are
 * differences of these. Checks whether it was set.
 */
uint64_t clock_steady(void);

/*
 * What was clock_real() then as clock_steady(), and back (0 stays 0). A time
 * from before the clock was set is taken as such where it makes sense only so;
 * one that does not at all is put between the boot and now.
 */
uint64_t clock_steady_of(uint64_t real);
uint64_t clock_real_of(uint64_t steady);

/*
 * clock_steady_of() by itself: the real clock is @shift ahead of the steady
 * one, and was @before, until it was set last. The machine booted at @boot.
 */
int64_t clock_fit(int64_t real, int64_t shift, int64_t before, int64_t boot, int64_t now);

#endif
