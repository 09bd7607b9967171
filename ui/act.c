// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ui/act.c - keys that do something beyond the screen. What changes the
 * system is asked first, of a copy of the row: it stays what was asked about,
 * whatever the cursor does meanwhile.
 */
#include "ui/int.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "action.h"
#include "classic.h"
#include "json.h"
#include "proto.h"

/* ---- copy ---- */

static void encode_base64(const char *s, size_t len, struct text *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned n = (unsigned char)s[i] << 16;

		n |= i + 1 < len ? (unsigned char)s[i + 1] << 8 : 0;
		n |= i + 2 < len ? (unsigned char)s[i + 2] : 0;
		text_add_char(out, digits[n >> 18]);
		text_add_char(out, digits[n >> 12 & 63]);
		text_add_char(out, i + 1 < len ? digits[n >> 6 & 63] : '=');
		text_add_char(out, i + 2 < len ? digits[n & 63] : '=');
	}
}

/* xterm's control sequence for the clipboard; works through ssh. */
static void put_clipboard(const char *s)
{
	char buf[CLASSIC_LINE_MAX * 2];
	struct text t = TEXT(buf);

	text_clear(&t);
	encode_base64(s, strlen(s), &t);
	dprintf(STDOUT_FILENO, "\033]52;c;%s\a", buf);
}

void act_copy(struct ui *ui, int key)
{
	const struct row *row = ui->back == &mode_detail ? &ui->watch.kept.row :
				ui_cursor_row(ui);
	const struct view_group *group = ui_cursor_group(ui);
	char buf[CLASSIC_LINE_MAX];
	struct text line = TEXT(buf);

	(void)key;
	text_clear(&line);
	if (row)
		classic_line(row, &ui->format, &line);
	else if (group)
		text_add(&line, group->key);
	if (!*buf) {
		ui_say(ui, "nothing is selected: move to a row first");
		return;
	}
	put_clipboard(buf);
	ui_say(ui, "copied: %s", buf);
}

/* ---- write ---- */

static bool write_row(struct ui *ui, uint64_t number, const struct row *row,
		      const struct view_group *group)
{
	char buf[JSON_LINE_MAX];
	struct text line = TEXT(buf);

	(void)number;
	text_clear(&line);
	if (row)
		json_flow(row, NULL, 0, &line);
	else
		json_group(group, ui->spec.group, &line);
	ui->write.rows++;
	return fprintf(ui->write.to, "%s\n", buf) > 0;
}

static void write_end(struct ui *ui, bool whole)
{
	bool failed = ferror(ui->write.to);

	failed |= fclose(ui->write.to) == EOF;
	ui->write.to = NULL;
	if (failed)
		ui_say(ui, "cannot write %s: %s", ui->write.path, strerror(errno));
	else
		ui_say(ui, "%s %llu rows to %s", whole ? "wrote" : "stopped after",
		       (unsigned long long)ui->write.rows, ui->write.path);
}

/* A file that is there already is left alone. */
static bool accept_path(struct ui *ui, const char *path)
{
	unsigned needs = NEED_OWNER | NEED_PLACE | NEED_SOCK;

	ui->write.to = *path ? fopen(path, "wxe") : NULL;
	if (!ui->write.to) {
		snprintf(ui->prompt.error, sizeof(ui->prompt.error), "%s",
			 *path ? strerror(errno) : "a file name is needed");
		return false;
	}
	snprintf(ui->write.path, sizeof(ui->write.path), "%s", path);
	ui->write.rows = 0;
	if (ui->format.names)
		needs |= NEED_NAME;
	ui_walk(ui, 0, false, needs, write_row, write_end);
	return true;
}

void act_write(struct ui *ui, int key)
{
	static const struct ui_prompt ask = {
		.label = "write to:", .hint = "all rows of this view, as JSON Lines, to a new file",
		.accept = accept_path,
	};
	time_t now = time(NULL);
	char name[64] = "flowtop.jsonl";
	struct tm tm;

	(void)key;
	if (localtime_r(&now, &tm))
		strftime(name, sizeof(name), "flowtop-%Y%m%d-%H%M%S.jsonl", &tm);
	ui_prompt_open(ui, &ask, name);
}

void act_save(struct ui *ui, int key)
{
	char path[256] = "";
	int error = conf_save(&ui->conf, path, sizeof(path));

	(void)key;
	if (error)
		ui_say(ui, "cannot save %s: %s", path, strerror(-error));
	else
		ui_say(ui, "saved to %s", path);
}

/* ---- asking first ---- */

static void add_ends(struct text *out, const struct flow *f, const struct flow_ends *e)
{
	const struct addr *end[2] = { &e->src, &e->dst };
	const uint16_t port[2] = { e->sport, e->dport };

	for (unsigned i = 0; i < 2; i++) {
		char addr[ADDR_STRLEN];

		text_add(out, i ? " -> " : "");
		text_printf(out, addr_is_v4(end[i]) ? "%s" : "[%s]", addr_format(end[i], addr));
		if (proto_has_ports(f->key.l4))
			text_printf(out, ":%u", port[i]);
	}
	if (proto_is_icmp(f->key.l4))
		text_printf(out, " type %u code %u id %u", e->dport >> 8, e->dport & 0xff,
			    e->sport);
}

static void add_flow(struct text *out, const struct row *row)
{
	const struct flow *f = row->flow;
	const char *proto = proto_name(f->key.l4);

	if (proto)
		text_printf(out, "  %s", proto);
	else
		text_printf(out, "  protocol %u", f->key.l4);
	if (f->key.zone)
		text_printf(out, " in zone %u", f->key.zone);
	text_add(out, "\n  original  ");
	add_ends(out, f, &f->key.orig);
	text_add(out, "\n  reply     ");
	add_ends(out, f, &f->reply);
	text_add(out, "\n");
	if (row->owner && row->owner->pid)
		text_printf(out, "  process   %s, pid %u\n", row->owner->name, row->owner->pid);
}

/* The row that an action is about, copied. False: it is said why there is none. */
static bool take_target(struct ui *ui)
{
	const struct row *row = ui->back == &mode_detail ? &ui->watch.kept.row :
				ui_cursor_row(ui);

	if (!row) {
		ui_say(ui, ui->spec.group ? "this needs a flow: press Enter to open the group" :
		       "no flow is selected: move to a row first");
		return false;
	}
	ui_keep_row(&ui->confirm.target, row);
	ui->confirm.text = TEXT(ui->confirm.buf);
	text_clear(&ui->confirm.text);
	return true;
}

static bool may_act(struct ui *ui)
{
	if (!ui->conf.readonly)
		return true;
	ui_say(ui, "--readonly: no action is allowed (P shows the commands)");
	return false;
}

static void ask_first(struct ui *ui, const char *question, int (*yes)(struct ui *ui),
		      const char *done)
{
	struct text *t = &ui->confirm.text;

	text_printf(t, "%s\n\n", question);
	add_flow(t, &ui->confirm.target.row);
	text_add(t, "\ny: yes   P: show the command   any other key: no\n");
	ui->confirm.yes = yes;
	ui->confirm.done = done;
	ui_mode_set(ui, &mode_confirm);
}

static int yes_delete(struct ui *ui)
{
	return action_delete(&ui->confirm.target.row);
}

static int yes_close(struct ui *ui)
{
	return action_close_socket(&ui->confirm.target.row);
}

static int yes_signal(struct ui *ui)
{
	return action_signal(&ui->confirm.target.row, ui->confirm.signal);
}

void act_delete(struct ui *ui, int key)
{
	(void)key;
	if (may_act(ui) && take_target(ui))
		ask_first(ui, "Delete this entry from conntrack? A later packet may bring it back.",
			  yes_delete, "entry deleted");
}

void act_close(struct ui *ui, int key)
{
	(void)key;
	if (may_act(ui) && take_target(ui))
		ask_first(ui, "Close the local socket of this flow? Its program sees an error.",
			  yes_close, "socket closed");
}

/* ---- signals ---- */

static const struct {
	const char *name, *help;
	int number;
} signals[] = {
	{ "TERM", "terminate", SIGTERM },
	{ "INT", "interrupt, like ^C", SIGINT },
	{ "HUP", "hang up; many daemons reload their configuration", SIGHUP },
	{ "KILL", "kill; cannot be caught", SIGKILL },
	{ "STOP", "stop until SIGCONT", SIGSTOP },
	{ "CONT", "continue", SIGCONT },
	{ "USR1", "user-defined", SIGUSR1 },
	{ "USR2", "user-defined", SIGUSR2 },
};

static void accept_signal(struct ui *ui)
{
	const char *name = signals[ui->menu.at].name;
	char question[80];

	ui->confirm.signal = signals[ui->menu.at].number;
	snprintf(question, sizeof(question), "Send the process of this flow SIG%s?", name);
	ask_first(ui, question, yes_signal, "signal sent");
}

void act_signal(struct ui *ui, int key)
{
	struct ui_menu *m = &ui->menu;

	(void)key;
	if (!may_act(ui) || !take_target(ui))
		return;
	if (!ui->confirm.target.row.owner || !ui->confirm.target.row.owner->pid) {
		ui_say(ui, "the process of this flow is unknown");
		return;
	}
	*m = (struct ui_menu){
		.heading = "Signal", .hint = "Enter: choose (asks for confirmation)   Esc: cancel",
		.accept = accept_signal,
	};
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		m->item[m->n++] = (struct ui_menu_item){
			.title = signals[i].name, .help = signals[i].help,
		};
	ui_menu_open(ui);
}

/* ---- the commands ---- */

static void add_command(struct text *out, const char *what, const struct row *row,
			void (*print)(const struct row *r, struct text *out))
{
	char buf[512];
	struct text command = TEXT(buf);

	text_clear(&command);
	print(row, &command);
	if (*buf)
		text_printf(out, "%s\n  %s\n\n", what, buf);
}

static void print_term(const struct row *r, struct text *out)
{
	action_print_kill(r, out);
}

static void show_commands(struct ui *ui)
{
	const struct row *row = &ui->confirm.target.row;
	struct text *t = &ui->confirm.text;

	text_clear(t);
	text_add(t, "Commands for this flow (none is run now)\n\n");
	add_flow(t, row);
	text_add(t, "\n");
	add_command(t, "delete the entry", row, action_print_delete);
	add_command(t, "close the socket", row, action_print_close);
	add_command(t, "end the process", row, print_term);
	add_command(t, "drop these packets from now on", row, action_print_block);
	text_add(t, "any key: back\n");
	ui->confirm.yes = NULL;
	ui_mode_set(ui, &mode_confirm);
}

void act_print(struct ui *ui, int key)
{
	(void)key;
	if (take_target(ui))
		show_commands(ui);
}

/* ---- the question on the screen ---- */

static void confirm_draw(struct ui *ui)
{
	int top = ui_pane_top(ui), y = top;
	const char *s = ui->confirm.buf;

	while (*s && y < ui->lines) {
		size_t len = strcspn(s, "\n");
		char line[600];
		bool last;

		snprintf(line, sizeof(line), "%.*s", (int)len, s);
		s += len + (s[len] == '\n');
		/* the last one says what the keys do: it must be seen */
		last = y == ui->lines - 1;
		if (!last || !*s)
			y += draw_wrap(ui, y, 1, last ? 1 : ui->lines - 1 - y,
				      y == top ? LOOK_BOLD : LOOK_PLAIN, line);
	}
}

static void confirm_key(struct ui *ui, int key)
{
	int error;

	if (key == KEY_MOUSE)
		return;
	if (key == 'P' && ui->confirm.yes) {
		show_commands(ui);
		return;
	}
	ui_mode_set(ui, ui->back);
	if (key != 'y' || !ui->confirm.yes)
		return;
	error = ui->confirm.yes(ui);
	if (error)
		ui_say(ui, "%s", action_problem(error));
	else
		ui_say(ui, "%s", ui->confirm.done);
	ui_ask(ui);
}

const struct ui_mode mode_confirm = { .draw = confirm_draw, .key = confirm_key };
