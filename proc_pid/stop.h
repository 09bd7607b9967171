/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/stop.h - the flag by which another thread ends a long walk: what is
 * then half done is of no use any more.
 */
#ifndef PROC_PID_STOP_H
#define PROC_PID_STOP_H

#include <stdbool.h>

/* @stop: proc_pid_options.stop; NULL: it never ends early. */
static inline bool stop_wanted(const int *stop)
{
	return stop && __atomic_load_n(stop, __ATOMIC_RELAXED);
}

#endif
