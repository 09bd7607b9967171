// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/watch.c - see the header. */
#include "ui/watch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void watch_keep(struct kept_row *k, const struct row *row)
{
	k->row = *row;
	row_keep_rcu(&k->row, &k->store);
}

static void watch_note_state(struct watch *w, uint8_t state, uint64_t real)
{
	if (w->states && w->state[w->states - 1].state == state)
		return;
	if (w->states == WATCH_STATES) {
		memmove(&w->state[0], &w->state[1], sizeof(w->state) - sizeof(w->state[0]));
		w->states--;
	}
	w->state[w->states].state = state;
	w->state[w->states++].real = real;
}

static void watch_note_rates(struct watch *w, const struct flow *f)
{
	unsigned at = w->samples % WATCH_SAMPLES;

	if (isnan(f->orig_rate) || isnan(f->reply_rate))
		return;
	w->orig[at] = f->orig_rate;
	w->reply[at] = f->reply_rate;
	w->samples++;
}

void watch_update(struct watch *w, const struct row *row)
{
	bool another;

	w->there = row && row->handle.gen;
	if (!w->there)
		return;
	another = memcmp(&w->flow, &row->handle, sizeof(w->flow));
	if (another) {
		memset(w, 0, sizeof(*w));
		w->flow = row->handle;
		w->there = true;
	}
	if (another || w->kept.store.flow.sampled != row->flow->sampled)
		watch_note_rates(w, row->flow);
	watch_keep(&w->kept, row);
	watch_note_state(w, w->kept.store.flow.flags & FLOW_ENDED ? WATCH_ENDED : w->kept.store.flow.state,
			 row->now_real);
}
