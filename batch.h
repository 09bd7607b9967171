/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch.h - pages without a screen: text, classic lines, JSON Lines, CSV,
 * through the same columns.
 */
#ifndef BATCH_H
#define BATCH_H

#include "conf.h"
#include "ct.h"
#include "enrich.h"
#include "json.h"
#include "view.h"

struct batch_options {
	const struct conf *conf;
	struct flow_list *table;
	struct view *view;
	struct ct *ct;
	struct enrich *enrich;
	struct view_spec spec;
	int stop_fd;		/* readable when a signal asks for the end */
};

/* Runs until done, stopped, or the reader is gone. Exit status. Main thread. */
int batch_run(const struct batch_options *o);

#endif
