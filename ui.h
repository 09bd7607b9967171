/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui.h - the screen: curses, keys, prompts. Main thread only; nothing else
 * knows curses.
 */
#ifndef UI_H
#define UI_H

#include "conf.h"
#include "ct.h"
#include "enrich.h"
#include "view.h"

struct ui_options {
	struct conf *conf;	/* keys change a copy; W saves it */
	struct view *view;	/* started */
	struct view_spec spec;	/* to begin with */
	struct ct *ct;		/* for the actions; NULL: none */
	struct enrich *enrich;	/* NULL: none */
	int stop_fd;		/* readable: a signal asks for the end; -1: none */
	int signal_fd;		/* signalfd of WINCH, TSTP, CONT, all blocked */
};

/*
 * Shows the screen until the user quits or a signal ends it; gives the
 * terminal back on every way out. Returns an exit status; 1 where the
 * terminal is of no use (a sentence is on stderr).
 */
int ui_run(const struct ui_options *o);

#endif
