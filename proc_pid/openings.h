/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/openings.h - connections that wait for their answer, and who opened
 * them. There is room for so many; where it is short, the user with the most
 * loses its oldest ones: nobody can push out the connections of others.
 * One thread.
 */
#ifndef PROC_PID_OPENINGS_H
#define PROC_PID_OPENINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct openings;

/* A process, as it was when it connected. */
struct opener {
	uint32_t pid;
	uint32_t uid;		/* UINT32_MAX: not known */
	char comm[16];
};

/* NULL: out of memory. */
struct openings *openings_new(void);
void openings_free(struct openings *o);

/* Forgets all: some were missed. */
void openings_forget(struct openings *o);

/* @socket: the kernel's address of it. One that is there already is replaced. */
void openings_add(struct openings *o, uint64_t socket, const struct addr *remote,
		  uint16_t rport, const struct opener *who);

/* Takes out the one of @socket. False: it is not known. */
bool openings_take(struct openings *o, uint64_t socket, struct opener *who);

/*
 * Who waits for an answer from a remote end: each process once, up to @max.
 * *all: these are all of them.
 */
unsigned openings_find(const struct openings *o, const struct addr *remote, uint16_t rport,
		       struct opener *out, unsigned max, bool *all);

#endif
