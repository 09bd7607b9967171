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

/* CLOCK_REALTIME in ns. */
uint64_t clock_real(void);

#endif
