// SPDX-License-Identifier: GPL-2.0-or-later
/* ui/save.c - see the header. */
#include "ui/save.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "classic.h"
#include "json.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "ui/screen.h"

/* ---- write ---- */

static bool save_write_row(struct ui *ui, uint64_t number, const struct row *row)
{
	char buf[JSON_LINE_MAX];
	struct text line = TEXT(buf);

	(void)number;
	text_clear(&line);
	if (row->group)
		json_group(&ui->save.origin, row, ui->spec.group, &line);
	else
		json_flow(&ui->save.origin, row, NULL, 0, &line);
	ui->save.rows++;
	return fprintf(ui->save.to, "%s\n", buf) > 0;
}

static void save_write_end(struct ui *ui, bool whole)
{
	bool failed = ferror(ui->save.to);

	failed |= fclose(ui->save.to) == EOF;
	ui->save.to = NULL;
	if (failed)
		message_set(&ui->message, "cannot write %s: %s", ui->save.path, strerror(errno));
	else
		message_set(&ui->message, "%s %llu rows to %s", whole ? "wrote" : "stopped after",
			    (unsigned long long)ui->save.rows, ui->save.path);
}

/* Never overwrites a file. */
static enum reaction save_accept_path(struct ui *ui, const char *path)
{
	unsigned needs = NEED_OWNER | NEED_COMMAND | NEED_PLACE | NEED_SOCK;
	struct save *s = &ui->save;

	s->to = *path ? file_create(path) : NULL;
	if (!s->to) {
		prompt_refuse(&ui->prompt, -1, *path ? strerror(errno) : "a file name is needed");
		return DO_NOTHING;
	}
	snprintf(s->path, sizeof(s->path), "%s", path);
	s->rows = 0;
	json_origin_set(&s->origin, clock_real(), ui->head.host);
	if (ui->format.names)
		needs |= NEED_NAME;
	window_walk(&ui->window, ui, &ui->spec, 0, false, needs, save_write_row, save_write_end);
	return DO_NOTHING;
}

enum reaction save_rows(struct ui *ui, int key)
{
	static const struct prompt_ask ask = {
		.label = "write to:", .hint = "all rows of this view, as JSON Lines, to a new file",
		.accept = save_accept_path,
	};
	time_t now = time(NULL);
	char name[64] = "flowtop.jsonl";
	struct tm tm;

	(void)key;
	if (localtime_r(&now, &tm))
		strftime(name, sizeof(name), "flowtop-%Y%m%d-%H%M%S.jsonl", &tm);
	return prompt_open(&ui->prompt, &ask, name);
}

void save_free(struct save *s)
{
	if (s->to)
		fclose(s->to);
}

/* ---- settings ---- */

enum reaction save_settings(struct ui *ui, int key)
{
	char path[256] = "";
	int error = conf_save(&ui->conf, path, sizeof(path));

	(void)key;
	if (error)
		message_set(&ui->message, "cannot save %s: %s", path, file_error(-error));
	else
		message_set(&ui->message, "saved to %s", path);
	return DO_NOTHING;
}
