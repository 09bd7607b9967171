/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enrich/command.h - collects processes, then reads their command lines (facts.h).
 * Those that are shown are read again after some seconds: a process may change
 * its command line.
 */
#ifndef ENRICH_COMMAND_H
#define ENRICH_COMMAND_H

#include <stdbool.h>

#include "facts.h"
#include "flow_list.h"
#include "proc_pid.h"

#define WANTED_COMMANDS 64

/* All zero: empty. */
struct wanted_commands {
	struct owner *owner[WANTED_COMMANDS];	/* with references */
	unsigned n;
};

/* The process of @f, if its command line is not known, or old; nothing when full. */
void wanted_commands_add_rcu(struct wanted_commands *w, const struct flow *f, bool shown);

/* Reads and publishes them, outside of a read-side section. */
void wanted_commands_read(struct wanted_commands *w, struct proc_pid *proc);

#endif
