// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/print.c - the options as a file, and --help.
 */
#include "conf/option.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "column.h"
#include "lib/file.h"
#include "lib/priv.h"

#define HELP_COLUMN 24

/* Each line of the help text in its column. */
static void print_option(const struct option_def *o)
{
	const char *help = o->help;
	char left[64], letter[8] = "";

	if (o->heading)
		printf("\n%s:\n", o->heading);
	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c,", o->letter);
	snprintf(left, sizeof(left), "  %3s --%s %s", letter, o->name, o->arg ? o->arg : "");
	for (;;) {
		int len = strcspn(help, "\n");

		printf("%-*s%.*s\n", HELP_COLUMN, left, len, help);
		if (!help[len])
			return;
		help += len + 1;
		left[0] = '\0';
	}
}

void conf_print_help(void)
{
	printf("Usage: flowtop [OPTIONS] [FILTER...]\n"
	       "\n"
	       "A top of the kernel's connection tracking: who talks to whom, and how much.\n");
	for (unsigned i = 0; i < option_count; i++)
		print_option(&option_table[i]);
	printf("\n"
	       "A switch --x is undone by --no-x, and --no-x by --x; the last one wins.\n"
	       "--no-x also resets a list or name, such as --columns.\n"
	       "-T -U -I -S -D are --tcp --udp --icmp --sctp --dccp.\n"
	       "\n"
	       "A filter is made of tests such as 'port 443', 'process ssh', 'country NO',\n"
	       "'rate > 1M', 'not src net 10.0.0.0/8', joined with and, or, not and ( ).\n"
	       "\n"
	       "Options are also read from " CONF_SYSTEM_PATH " and from\n"
	       "$XDG_CONFIG_HOME/flowtop/config: 'long-name = value', one a line.\n"
	       "\n"
	       "See flowtop(8); on the screen, press ?.\n");
}

static void print_columns(const struct column *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		printf("%-20s %s%s\n", c[i].name, c[i].help, c[i].groupable ? " [group]" : "");
}

void conf_print_fields(bool of_groups)
{
	if (of_groups)
		print_columns(group_columns, n_group_columns);
	else
		print_columns(columns, n_columns);
}

static void print_text(const char *name, const char *value, FILE *out)
{
	fprintf(out, "%s =%s%s\n", name, value ? " " : "", value ? value : "");
}

static void print_files(const char *name, const char *const *list, FILE *out)
{
	do
		print_text(name, *list, out);
	while (*list && *++list);
}

/* As @for_screen: a line that only the screen takes. */
static void print_value(const struct conf *c, const struct option_def *o, bool for_screen,
			FILE *out)
{
	const void *at = option_value(c, o);

	if (for_screen)
		fprintf(out, FOR_SCREEN);
	switch (o->kind) {
	case OPTION_SWITCH:
		print_text(o->name, *(const bool *)at ? "yes" : "no", out);
		break;
	case OPTION_SECONDS:
	case OPTION_NUMBER:
		fprintf(out, "%s = %.10g\n", o->name, *(const double *)at);
		break;
	case OPTION_COUNT:
		fprintf(out, "%s = %" PRIu64 "\n", o->name, *(const uint64_t *)at);
		break;
	case OPTION_LINES:
		if (*(const int64_t *)at < 0)
			print_text(o->name, "all", out);
		else
			fprintf(out, "%s = %" PRId64 "\n", o->name, *(const int64_t *)at);
		break;
	case OPTION_FILES:
		print_files(o->name, at, out);
		break;
	default:
		print_text(o->name, *(const char *const *)at, out);
	}
}

static void print_options(const struct conf *c, unsigned but, FILE *out)
{
	for (unsigned i = 0; i < option_count; i++) {
		if (option_table[i].flags & but)
			continue;
		if (option_table[i].heading)
			fprintf(out, "%s# %s\n", i ? "\n" : "", option_table[i].heading);
		print_value(c, &option_table[i],
			    option_table[i].flags & SCREEN_KEY && but & THIS_RUN, out);
	}
}

static bool print_is_same(const struct conf *a, const struct conf *b, const struct option_def *o)
{
	char text[2][4096] = { "", "" };

	for (unsigned i = 0; i < 2; i++) {
		FILE *f = fmemopen(text[i], sizeof(text[i]), "w");

		if (!f)
			return false;
		print_value(i ? b : a, o, false, f);
		fclose(f);
	}
	return !strcmp(text[0], text[1]);
}

void conf_print(const struct conf *c, const struct conf *screen, FILE *out)
{
	bool any = false;

	print_options(c, NO_FILE, out);
	for (unsigned i = 0; i < option_count; i++) {
		const struct option_def *o = &option_table[i];

		if (!(o->flags & SCREEN_KEY) || print_is_same(c, screen, o))
			continue;
		fprintf(out, "%s", any ? "" : "\n# For the screen only\n");
		print_value(screen, o, true, out);
		any = true;
	}
}

/* ---- saving ---- */

/* Makes the folders above @path. What is wrong is told by the next open(). */
static void make_folders(char *path)
{
	for (char *s = path + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		mkdir(path, 0700);
		*s = '/';
	}
}

static bool is_saved(const struct option_def *o)
{
	return !(o->flags & (NO_FILE | THIS_RUN));
}

/* What a line of the file sets; NULL: nothing that is saved, or a comment. */
static const struct option_def *option_of_line(const char *line)
{
	const struct option_def *o;
	bool for_screen;
	char name[64];
	size_t len;

	line += strspn(line, " \t");
	for_screen = !strncmp(line, FOR_SCREEN, strlen(FOR_SCREEN));
	if (for_screen)
		line += strlen(FOR_SCREEN);
	len = strcspn(line, "= \t\r\n");
	if (len >= sizeof(name))
		return NULL;
	memcpy(name, line, len);
	name[len] = '\0';
	o = option_find(name);
	return o && is_saved(o) && for_screen == !!(o->flags & SCREEN_KEY) ? o : NULL;
}

/* Options get the values of now where they stand; all other lines stay. */
static void update_lines(const struct conf *c, FILE *in, FILE *out, bool *done)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, in)) > 0) {
		const struct option_def *o = option_of_line(line);

		if (!o)
			fprintf(out, "%s%s", line, line[len - 1] == '\n' ? "" : "\n");
		else if (!done[o - option_table])
			print_value(c, o, o->flags & SCREEN_KEY, out);
		if (o)
			done[o - option_table] = true;
	}
	free(line);
}

/* The file's mode and, where that is allowed, its owner. 0 or -errno. */
static int take_mode(int fd, FILE *from)
{
	struct stat st;

	if (fstat(fileno(from), &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;	/* /dev/null stays what it is */
	if (fchown(fd, st.st_uid, st.st_gid) < 0)
		st.st_mode &= ~S_IRWXG;	/* it is our group now */
	return fchmod(fd, st.st_mode & 0777) < 0 ? -errno : 0;
}

/* What @in has, with the values of now; then what it lacks. 0 or -errno. */
static int update_options(const struct conf *c, FILE *in, FILE *out)
{
	bool *done = calloc(option_count, sizeof(*done));
	int ret = done ? take_mode(fileno(out), in) : -ENOMEM;

	if (!ret)
		update_lines(c, in, out, done);
	for (unsigned i = 0; !ret && i < option_count; i++)
		if (is_saved(&option_table[i]) && !done[i])
			print_value(c, &option_table[i], option_table[i].flags & SCREEN_KEY, out);
	free(done);
	return ret;
}

/* What becomes of the file @path: all options where it is not there. 0 or -errno. */
static int write_options(const struct conf *c, const char *path, FILE *out)
{
	FILE *in = file_open(path, FILE_TEXT_MAX);
	int ret;

	if (!in && errno != ENOENT)
		return -errno;		/* what cannot be read is not replaced */
	if (!in) {
		fprintf(out, "# Saved by flowtop. See flowtop(8).\n\n");
		print_options(c, NO_FILE | THIS_RUN, out);
		return 0;
	}
	ret = update_options(c, in, out);
	fclose(in);
	return ret;
}

/* Beside the file and then in its place: a full disk costs nothing. */
static int write_in_place(const struct conf *c, const char *path)
{
	char beside[PATH_MAX + 8];
	FILE *out;
	int fd, ret;

	snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	out = fdopen(fd, "w");
	if (!out) {
		ret = -errno;
		close(fd);
		goto out_unlink;
	}
	ret = write_options(c, path, out);
	if (!ret && (fflush(out) == EOF || fsync(fd) < 0))
		ret = -errno;
	if (fclose(out) == EOF && !ret)
		ret = -errno;
	if (!ret && rename(beside, path) == 0)
		return 0;
	if (!ret)
		ret = -errno;
out_unlink:
	unlink(beside);
	return ret;
}

int conf_save(const struct conf *c, char *path, unsigned path_size)
{
	char want[PATH_MAX], real[PATH_MAX];
	int ret;

	if (c->config)
		snprintf(want, sizeof(want), "%s", c->config);
	else if (!conf_user_path(want, sizeof(want)))
		return -ENOENT;
	snprintf(path, path_size, "%s", want);
	priv_lower();
	make_folders(want);
	/* where it is a link, what it points to is written, not the link */
	ret = write_in_place(c, realpath(want, real) ? real : want);
	priv_raise();
	return ret;
}
