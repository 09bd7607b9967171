/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch/events.h - the flow log: a line for each flow that begins, changes its
 * state or ends, in the order in which that became known. For batch.c.
 *
 * A line waits a moment for its process and places, and never for the reader
 * alone: what the table's queue had no room for is counted in a line "lost".
 */
#ifndef BATCH_EVENTS_H
#define BATCH_EVENTS_H

#include "batch.h"
#include "batch/sink.h"

struct events {
	const struct batch_options *o;
	const struct view_spec *spec;	/* which flows; needs: of the columns */
	const struct column *const *cols;
	unsigned n_cols;
	const char *host;
	struct sink *sink;
	bool csv;
};

/* Returns when @e->sink is not open any more, or after so many lines (0: never). */
void events_run(const struct events *e, uint64_t lines);

#endif
