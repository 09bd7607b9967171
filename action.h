/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * action.h - what the user may do to a flow: delete its entry, close its
 * socket, signal its process; or be told the command that does the same.
 *
 * Each takes a kept copy of a row and makes sure itself that what it acts on
 * is still what the row showed. 0 or -errno. Main thread, in the network
 * namespace that flowtop watches.
 */
#ifndef ACTION_H
#define ACTION_H

#include "column.h"
#include "lib/text.h"

/* Deletes the entry from conntrack. -ENOENT: it is gone. */
int action_delete(const struct row *r);

/*
 * Closes the local TCP or UDP socket of the flow (of a flow inside this host
 * the originator's), found by its exact ends and closed by its cookie: never
 * a listener's, nor one that talks to others too (-ENOTCONN).
 */
int action_close_socket(const struct row *r);

/* Signals the owner. -ESRCH: not known, or the PID is another process by now. */
int action_signal(const struct row *r, int signal);

/* What an error of these means, as a short sentence. */
const char *action_problem(int error);

/*
 * The same as a shell command, and a rule that drops such flows from now on.
 * Adds nothing if no such command exists for the flow.
 */
void action_print_delete(const struct row *r, struct text *out);
void action_print_close(const struct row *r, struct text *out);
void action_print_kill(const struct row *r, struct text *out);
void action_print_block(const struct row *r, struct text *out);

#endif
