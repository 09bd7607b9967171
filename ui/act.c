// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/act.c - see the header. */
#include "ui/act.h"

#include <curses.h>
#include <signal.h>
#include <string.h>

#include "action.h"
#include "lib/proto.h"
#include "ui/screen.h"

/* ---- asking first ---- */

static void act_add_ends(struct text *out, const struct flow *f, const struct flow_ends *e)
{
	bool ports = flow_has_ports(&f->key);

	addr_add_end(out, &e->src, NULL, ports ? e->sport : -1);
	text_add(out, " -> ");
	addr_add_end(out, &e->dst, NULL, ports ? e->dport : -1);
	if (proto_is_icmp(f->key.l4))
		text_printf(out, " type %u code %u id %u", e->dport >> 8, e->dport & 0xff,
			    e->sport);
}

static void act_add_flow(struct text *out, const struct row *row)
{
	const struct flow *f = row->flow;
	const char *proto = proto_name(f->key.l4);
	static const char *const zone_of[] = {
		[ZONE_BOTH] = "", [ZONE_ORIGINAL] = " (original direction)",
		[ZONE_REPLY] = " (reply direction)",
	};
	enum flow_zone_dir dir;
	uint16_t zone;

	if (proto)
		text_printf(out, "  %s", proto);
	else
		text_printf(out, "  protocol %u", f->key.l4);
	dir = flow_zone_rcu(f, &zone);
	if (zone)
		text_printf(out, " in zone %u%s", zone, zone_of[dir]);
	text_add(out, "\n  original  ");
	act_add_ends(out, f, &f->key.orig);
	text_add(out, "\n  reply     ");
	act_add_ends(out, f, &f->reply);
	text_add(out, "\n");
	if (row->owner && row->owner->pid)
		text_printf(out, "  process   %s, pid %u\n", row->owner->name, row->owner->pid);
}

/* So many numbers fit the line that act_draw() takes at once. */
static void act_add_owners(struct text *out, const struct act *a)
{
	text_printf(out, "  process   %s\n  pid      ", a->owner[0].name);
	for (unsigned i = 0; i < a->n_owners; i++)
		text_printf(out, " %u", a->owner[i].pid);
	text_add(out, "\n");
}

/* Copies the row to act on. Returns false, with a message, if no row is selected. */
static bool act_take_target(struct ui *ui)
{
	const struct row *row = screen_row(ui);

	if (!row) {
		message_set(&ui->message, "%s", ui->spec.group ?
			    "this needs a flow: press Enter to open the group" :
			    "no flow is selected: move to a row first");
		return false;
	}
	watch_keep(&ui->act.target, row);
	ui->act.of_group = false;
	return true;
}

static bool act_may(struct ui *ui)
{
	if (!ui->conf.readonly)
		return true;
	message_set(&ui->message, "--readonly: no action is allowed (P shows the commands)");
	return false;
}

static enum reaction act_ask_first(struct act *a, const char *question, int (*yes)(struct act *a),
				   const char *done)
{
	struct text *t = &a->text;

	*t = TEXT(a->buf);
	text_clear(t);
	text_printf(t, "%s\n\n", question);
	if (a->of_group)
		act_add_owners(t, a);
	else
		act_add_flow(t, &a->target.row);
	text_printf(t, "\ny: yes   %sany other key: no\n",
		    a->of_group ? "" : "P: show the command   ");
	a->yes = yes;
	a->done = done;
	return DO_CONFIRM;
}

static int act_yes_delete(struct act *a)
{
	return action_delete(&a->target.row);
}

static int act_yes_close(struct act *a)
{
	return action_close_socket(&a->target.row);
}

enum reaction act_delete(struct ui *ui, int key)
{
	(void)key;
	if (!act_may(ui) || !act_take_target(ui))
		return DO_NOTHING;
	return act_ask_first(&ui->act,
			     "Delete this entry from conntrack? A later packet may bring it back.",
			     act_yes_delete, "entry deleted");
}

enum reaction act_close(struct ui *ui, int key)
{
	(void)key;
	if (!act_may(ui) || !act_take_target(ui))
		return DO_NOTHING;
	return act_ask_first(&ui->act,
			     "Close the local socket of this flow? Its program sees an error.",
			     act_yes_close, "socket closed");
}

/* ---- act_signals ---- */

static const struct {
	const char *name, *help;
	int number;
} act_signals[] = {
	{ "TERM", "terminate", SIGTERM },
	{ "INT", "interrupt, like ^C", SIGINT },
	{ "HUP", "hang up; many daemons reload their configuration", SIGHUP },
	{ "KILL", "kill; cannot be caught", SIGKILL },
	{ "STOP", "stop until SIGCONT", SIGSTOP },
	{ "CONT", "continue", SIGCONT },
	{ "USR1", "user-defined", SIGUSR1 },
	{ "USR2", "user-defined", SIGUSR2 },
};

/* To each; where some got it, that is said in place of the error of the others. */
static int act_yes_signal(struct act *a)
{
	unsigned sent = 0;
	int error = 0;

	for (unsigned i = 0; i < a->n_owners; i++) {
		int ret = action_signal(&(struct row){ .owner = &a->owner[i] }, a->signal);

		error = ret ? ret : error;
		sent += !ret;
	}
	if (!error || !sent)
		return error;
	snprintf(a->done_buf, sizeof(a->done_buf), "signal sent to %u of %u processes; one: %s",
		 sent, a->n_owners, action_problem(error));
	a->done = a->done_buf;
	return 0;
}

static enum reaction act_accept_signal(struct ui *ui, const struct menu *m)
{
	const char *name = act_signals[m->at].name;
	struct act *a = &ui->act;
	char question[80];

	a->signal = act_signals[m->at].number;
	if (a->n_owners > 1)
		snprintf(question, sizeof(question), "Send the %u processes of this group SIG%s?",
			 a->n_owners, name);
	else
		snprintf(question, sizeof(question), "Send the process of this %s SIG%s?",
			 a->of_group ? "group" : "flow", name);
	return act_ask_first(a, question, act_yes_signal, "signal sent");
}

/* A row of such a group stands for processes, all of one name or number. */
static bool act_is_of_processes(const struct column *c)
{
	return c && (!strcmp(c->name, "process") || !strcmp(c->name, "pid") ||
		     act_is_of_processes(c->part[0]) || act_is_of_processes(c->part[1]));
}

static bool act_take_group(struct ui *ui)
{
	const struct group *group = window_cursor_group(&ui->window);
	struct act *a = &ui->act;

	if (!group) {
		message_set(&ui->message, "no process is selected: move to a row first");
		return false;
	}
	a->of_group = true;
	a->n_owners = view_group_owners(ui->o->view, &ui->spec, group, a->owner, ACT_OWNERS);
	if (!a->n_owners)
		message_set(&ui->message, "the processes of this group are gone, or not known");
	if (a->n_owners > ACT_OWNERS)
		message_set(&ui->message, "these are more than %d processes: a filter makes them "
			    "fewer", ACT_OWNERS);
	return a->n_owners && a->n_owners <= ACT_OWNERS;
}

static bool act_take_owner(struct ui *ui)
{
	const struct owner *o;

	if (!act_take_target(ui))
		return false;
	o = ui->act.target.row.owner;
	if (!o || !o->pid) {
		message_set(&ui->message, "the process of this flow is unknown");
		return false;
	}
	owner_copy(&ui->act.owner[0], o);
	ui->act.n_owners = 1;
	return true;
}

enum reaction act_signal(struct ui *ui, int key)
{
	struct menu *m = &ui->menu;

	(void)key;
	if (!act_may(ui) ||
	    !(act_is_of_processes(ui->spec.group) ? act_take_group(ui) : act_take_owner(ui)))
		return DO_NOTHING;
	*m = (struct menu){
		.heading = "Signal", .hint = "Enter: choose (asks for confirmation)   Esc: cancel",
		.accept = act_accept_signal,
	};
	for (unsigned i = 0; i < sizeof(act_signals) / sizeof(act_signals[0]); i++)
		menu_add(m, (struct menu_item){
			.title = act_signals[i].name, .help = act_signals[i].help,
		});
	return DO_MENU;
}

/* ---- the commands ---- */

/* A line that begins with a tab is a command, for act_draw(). */
static void act_add_command(struct act *a, const char *what,
			    void (*print)(const struct row *r, struct text *out))
{
	struct text command = TEXT(a->command[a->n_commands]);

	text_clear(&command);
	print(&a->target.row, &command);
	if (command.len)
		text_printf(&a->text, "%u  %s\n\t%s\n\n", ++a->n_commands, what, command.s);
}

static enum reaction act_show_commands(struct act *a)
{
	const struct row *row = &a->target.row;
	struct text *t = &a->text;

	*t = TEXT(a->buf);
	text_clear(t);
	text_add(t, "Commands for this flow (none is run now)\n\n");
	act_add_flow(t, row);
	text_add(t, "\n");
	a->n_commands = 0;
	act_add_command(a, "delete the entry", action_print_delete);
	act_add_command(a, "close the socket", action_print_close);
	act_add_command(a, "end the process", action_print_kill);
	act_add_command(a, "drop these packets from now on", action_print_block);
	text_add(t, "a number: copy (OSC 52)   any other key: back\n");
	a->yes = NULL;
	return DO_CONFIRM;
}

enum reaction act_print(struct ui *ui, int key)
{
	(void)key;
	return act_take_target(ui) ? act_show_commands(&ui->act) : DO_NOTHING;
}

/* ---- the question on the screen ---- */

/*
 * The shell takes a backslash at the end of a line for nothing, and so does nft
 * within the quotes. Returns how many lines it took.
 */
static int act_draw_command(const struct draw *d, int y, int most, const char *s)
{
	unsigned room = d->cols > 12 ? d->cols - 5 : 8;
	char line[600];
	int n = 0;

	for (; n < most && *s; n++) {
		size_t len = text_fit(s, room, NULL);

		while (s[len] && len && s[len] != ' ')
			len--;
		if (!len)	/* a word that is too long */
			len = text_fit(s, room, NULL);
		snprintf(line, sizeof(line), s[len] ? "%.*s \\" : "%.*s", (int)len, s);
		draw_put(d, y + n, 3, d->cols, LOOK_PLAIN, line);
		s += len + (s[len] == ' ');
	}
	return n;
}

void act_draw(const struct ui *ui)
{
	int top = lines_clear_pane(&ui->at, &ui->draw), y = top;
	const char *s = ui->act.buf;

	while (*s && y < ui->draw.lines) {
		size_t len = strcspn(s, "\n");
		char line[600];
		bool last;

		snprintf(line, sizeof(line), "%.*s", (int)len, s);
		s += len + (s[len] == '\n');
		/* the last line of the question says what the keys do: always show it */
		last = y == ui->draw.lines - 1;
		if (*line == '\t')
			y += act_draw_command(&ui->draw, y, ui->draw.lines - 1 - y, line + 1);
		else if (!last || !*s)
			y += draw_wrap(&ui->draw, y, 1, last ? 1 : ui->draw.lines - 1 - y,
				       y == top ? LOOK_BOLD : LOOK_PLAIN, line);
	}
}

enum reaction act_answer(struct ui *ui, int key)
{
	struct act *a = &ui->act;
	int error;

	if (key == KEY_MOUSE)
		return DO_NOTHING;
	if (key == 'P' && a->yes && !a->of_group)
		return act_show_commands(a);
	if (!a->yes && key >= '1' && key < '1' + (int)a->n_commands)
		copy_text(ui, a->command[key - '1']);
	if (key != 'y' || !a->yes)
		return DO_BACK;
	error = a->yes(a);
	message_set(&ui->message, "%s", error ? action_problem(error) : a->done);
	return DO_BACK | DO_ASK;
}
