/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/watch.h - the history of the selected flow, and copies of rows. */
#ifndef UI_WATCH_H
#define UI_WATCH_H

#include "column.h"

#define WATCH_SAMPLES	240
#define WATCH_STATES	16
#define WATCH_ENDED	0xfe	/* a state beside the protocols' own */

/* A copy of a row, which outlives its result. */
struct kept_row {
	struct row row;			/* points into the store */
	struct row_store store;
};

void watch_keep(struct kept_row *k, const struct row *row);

/* Others may read all of it. */
struct watch {
	struct flow_handle flow;
	bool there;			/* in the last result */
	struct kept_row kept;
	float orig[WATCH_SAMPLES], reply[WATCH_SAMPLES];	/* bytes/s */
	unsigned samples;		/* in all; the last WATCH_SAMPLES are kept */
	struct { uint8_t state; uint64_t real; } state[WATCH_STATES];	/* as they came */
	unsigned states;
};

/* With each new result; @row: the selected one, NULL = none. */
void watch_update(struct watch *w, const struct row *row);

#endif
