// SPDX-License-Identifier: GPL-2.0-or-later
/* enrich/command.c - see the header. */
#include "enrich/command.h"

#include <stdlib.h>

#include "lib/clock.h"

#define OLD_MS 10000

void wanted_commands_add_rcu(struct wanted_commands *w, const struct flow *f, bool shown)
{
	struct owner *o = rcu_dereference(f->owner);
	const struct command *c = o ? owner_command_rcu(o) : NULL;

	if (!o || !o->pid || (c && (!shown || clock_ms() - c->read_at < OLD_MS)))
		return;
	for (unsigned i = 0; i < w->n; i++)
		if (w->owner[i] == o)
			return;
	o = w->n < WANTED_COMMANDS ? owner_ref(o) : NULL;
	if (o)
		w->owner[w->n++] = o;
}

/* The command line of a process that has ended is kept. */
void wanted_commands_read(struct wanted_commands *w, struct proc_pid *proc)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct owner *o = w->owner[i];
		struct command *c = proc_pid_command(proc, o->pid, o->start_time);

		if (c && !c->line[0] && o->command) {
			o->command->read_at = c->read_at;
			free(c);
		} else if (c) {
			owner_set_command(o, c);
		}
		owner_unref(o);
	}
}
