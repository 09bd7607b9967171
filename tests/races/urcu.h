/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/races/urcu.h - liburcu's pointers by the compiler's atomics, which
 * ThreadSanitizer knows; liburcu's own are volatile and barriers in assembler.
 * Included before everything else.
 */
#include <urcu.h>

#undef rcu_dereference
#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#undef rcu_assign_pointer
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#undef rcu_xchg_pointer
#define rcu_xchg_pointer(p, v) __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL)
