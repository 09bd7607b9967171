// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf.c - options from the command line and the configuration files.
 */
#include "conf.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "column.h"
#include "conf/option.h"
#include "lib/ascii.h"
#include "lib/file.h"
#include "lib/near.h"
#include "lib/proto.h"
#include "lib/text.h"

#define VERSION "1.0"

/* ---- errors ---- */

void conf_usage_error(const char *fmt, ...)
{
	char raw[512], clean[sizeof(raw)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	text_sanitise(clean, sizeof(clean), raw, strlen(raw));
	fprintf(stderr, "flowtop: %s\n", clean);
	exit(2);
}

void conf_filter_error(const char *expression, unsigned at, const char *what)
{
	unsigned column;
	char clean[1024];

	/* the caret goes under what is seen of the text before it */
	text_sanitise(clean, sizeof(clean), expression, strnlen(expression, at));
	column = text_width(clean);
	text_sanitise(clean, sizeof(clean), expression, strlen(expression));
	fprintf(stderr, "flowtop: filter: %s\n  %s\n  %*s^\n", what, clean, (int)column, "");
	exit(2);
}

/* ---- strings that live as long as the program ---- */

static struct kept {
	struct kept *next;
	char s[];
} *kept;

static void __attribute__((noreturn)) out_of_memory(void)
{
	fprintf(stderr, "flowtop: out of memory\n");
	exit(1);
}

const char *conf_keep(const char *s)
{
	size_t len = strlen(s);
	struct kept *k = malloc(sizeof(*k) + len + 1);

	if (!k)
		out_of_memory();
	memcpy(k->s, s, len + 1);
	k->next = kept;
	kept = k;
	return k->s;
}

/* ---- command line ---- */

/* The arguments, and how far they are read. */
struct args {
	char **at;
	struct conf *c;
	char **operands;
	unsigned n_operands;
};

static const struct origin command_line;

static const char *next_value(struct args *a, const char *option, const struct option_def *o)
{
	if (!a->at[1])
		conf_usage_error("%s needs %s", option, o->arg);
	return *++a->at;
}

/* @arg: @name with what stands before it on the command line. */
static void __attribute__((noreturn))
unknown_option(const struct origin *from, const char *arg, const char *name)
{
	struct near near = { .word = name, .len = strlen(name), .beginnings = true };
	char where[PATH_MAX + 32] = "";
	bool undo;

	if (from->file)
		snprintf(where, sizeof(where), "%s:%u: ", from->file, from->line);
	for (unsigned i = 0; i < option_count; i++)
		near_try(&near, option_table[i].name);
	if (near.name)
		conf_usage_error("%sunknown option '%s': did you mean '%s%s'?", where, arg,
				 from->file ? "" : "--", near.name);
	if (from->file && option_find_long(name, &undo))
		conf_usage_error("%sunknown option '%s': write '%s = no'", where, arg,
				 !strncmp(name, "no-", 3) ? name + 3 : name);
	conf_usage_error("%sunknown option '%s'%s", where, arg,
			 from->file ? "" : " (--help lists them)");
}

static void read_long(struct args *a, char *arg)
{
	char *value = strchr(arg, '=');
	const struct option_def *o;
	bool undo;

	if (value)
		*value = '\0';
	o = option_find_long(arg + 2, &undo);
	if (!o)
		unknown_option(&command_line, arg, arg + 2);
	if (o->kind != OPTION_SWITCH && !undo)
		option_set(a->c, o, value ? value + 1 : next_value(a, arg, o), &command_line);
	else if (value)
		conf_usage_error("%s takes no value", arg);
	else if (o->kind != OPTION_SWITCH)
		option_set(a->c, o, "", &command_line);
	else
		option_switch(a->c, o, !undo);
	if (value)
		*value = '=';
}

/* "-tud 2" and "-d2". */
static void read_letters(struct args *a, const char *s)
{
	const char *all = s;

	for (; *s; s++) {
		const char name[] = { '-', *s, '\0' };
		const struct option_def *o = option_find_letter(*s);

		if (!o)
			unknown_option(&command_line, name, all);
		if (o->kind != OPTION_SWITCH) {
			option_set(a->c, o, s[1] ? s + 1 : next_value(a, name, o), &command_line);
			return;
		}
		option_switch(a->c, o, true);
	}
}

/* Options may stand between the operands, too, up to "--". */
static void read_args(struct args *a)
{
	for (; *a->at; a->at++) {
		char *arg = *a->at;

		if (!strcmp(arg, "--"))
			break;
		if (!strncmp(arg, "--", 2))
			read_long(a, arg);
		else if (arg[0] == '-' && arg[1])
			read_letters(a, arg + 1);
		else
			a->operands[a->n_operands++] = arg;
	}
	if (*a->at)
		while (*++a->at)
			a->operands[a->n_operands++] = *a->at;
}

static const char *join(char **words, unsigned n)
{
	size_t size = 1;
	const char *joined;
	char *s, *end;

	for (unsigned i = 0; i < n; i++)
		size += strlen(words[i]) + 1;
	s = end = calloc(1, size);
	if (!s)
		out_of_memory();
	for (unsigned i = 0; i < n; i++)
		end += sprintf(end, "%s%s", i ? " " : "", words[i]);
	joined = conf_keep(s);
	free(s);
	return joined;
}

/* The older flowtop took the interval as an operand. */
static void check_no_interval(const char *operand)
{
	char *end;

	strtod(operand, &end);
	if (end != operand && !*end)
		conf_usage_error("'%s' is not a filter; did you mean -d %s, or port %s?",
				 operand, operand, operand);
}

static void read_command_line(struct conf *c, int argc, char **argv)
{
	struct args a = { .at = argv + 1, .c = c };
	const char *sort = c->sort, *group_sort = c->group_sort;

	a.operands = calloc(argc + 1, sizeof(*a.operands));
	if (!a.operands)
		out_of_memory();
	if (argc > 0)
		read_args(&a);
	if (c->sort != sort && c->group_sort == group_sort)
		c->group_sort = NULL;	/* one from a file: --sort is for groups, too */
	if (a.n_operands == 1)
		check_no_interval(a.operands[0]);
	if (a.n_operands)
		c->filter = join(a.operands, a.n_operands);
	free(a.operands);
}

/* ---- files ---- */

static char *trim(char *s)
{
	char *end;

	while (ascii_is_space(*s))
		s++;
	end = s + strlen(s);
	while (end > s && ascii_is_space(end[-1]))
		*--end = '\0';
	return s;
}

/*
 * "long-name = value", a comment (#) or nothing. A setting for the screen only
 * must be valid in any case.
 */
static void read_line(struct conf *c, char *line, size_t len, const struct origin *from)
{
	static struct conf unused;
	const struct option_def *o;
	bool for_screen;
	char *name, *value;

	if (strlen(line) != len)
		conf_usage_error("%s:%u: the line contains a NUL byte", from->file, from->line);
	name = trim(line);
	if (!*name || *name == '#')
		return;
	value = strchr(name, '=');
	if (!value)
		conf_usage_error("%s:%u: '%s' is not 'name = value'", from->file, from->line, name);
	*value++ = '\0';
	name = trim(name);
	for_screen = !strncmp(name, FOR_SCREEN, strlen(FOR_SCREEN));
	o = option_find(for_screen ? name + strlen(FOR_SCREEN) : name);
	if (o && for_screen && !(o->flags & SCREEN_KEY))
		o = NULL;
	if (!o)
		unknown_option(from, name, name);
	if (o->flags & NO_FILE)
		conf_usage_error("%s:%u: '%s' is for the command line only", from->file,
				 from->line, name);
	option_set(for_screen && !c->for_screen ? &unused : c, o, trim(value), from);
}

static void read_lines(struct conf *c, FILE *in, const char *path)
{
	struct origin from = { .file = path };
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, in)) >= 0) {
		from.line++;
		read_line(c, line, len, &from);
	}
	if (ferror(in))
		conf_usage_error("%s: %s", path, strerror(errno));
	free(line);
}

static void read_file(struct conf *c, const char *path, bool must_exist)
{
	FILE *in = file_open(path, FILE_TEXT_MAX);

	if (!in && (must_exist || (errno != ENOENT && errno != ENOTDIR && errno != EACCES)))
		conf_usage_error("%s: %s", path, file_error(errno));
	if (!in)
		return;
	read_lines(c, in, path);
	fclose(in);
}

/*
 * The file of the user who started it. Under sudo root's, whatever HOME says: what runs with
 * root's rights is not configured by others' files.
 */
bool conf_user_path(char *path, unsigned size)
{
	bool sudo = geteuid() == 0 && getenv("SUDO_UID");
	const char *xdg = sudo ? NULL : secure_getenv("XDG_CONFIG_HOME");
	const char *home = sudo ? NULL : secure_getenv("HOME");
	const struct passwd *pw;
	int len;

	if (!home || !*home) {
		pw = getpwuid(getuid());
		home = pw ? pw->pw_dir : NULL;
	}
	if (xdg && *xdg == '/')
		len = snprintf(path, size, "%s/flowtop/config", xdg);
	else if (home && *home == '/')
		len = snprintf(path, size, "%s/.config/flowtop/config", home);
	else
		return false;
	return len > 0 && (unsigned)len < size;
}

static void read_files(struct conf *c, const char *instead)
{
	char path[PATH_MAX];

	if (instead) {
		read_file(c, instead, true);
		return;
	}
	read_file(c, CONF_SYSTEM_PATH, false);
	if (conf_user_path(path, sizeof(path)))
		read_file(c, path, false);
}

/* ---- all of it ---- */

static void set_defaults(struct conf *c, bool for_screen)
{
	*c = (struct conf){
		.for_screen = for_screen,
		.delay = 1, .lines = -1, .linger = 3, .rcvbuf_max = 64, .budget = 8,
		.color = "auto",
	};
}

static bool is_help(const char *s)
{
	return s && !strcmp(s, "help");
}

/* --help, --version and the like print and exit. */
static void conf_answer(const struct conf *c, const struct conf *screen)
{
	if (c->help)
		conf_print_help();
	else if (c->version)
		printf("flowtop " VERSION "\n");
	else if (is_help(c->sort) || is_help(c->columns) || is_help(c->group))
		conf_print_fields(is_help(c->sort) && c->group && !is_help(c->group));
	else if (c->print_config)
		conf_print(c, screen, stdout);
	else
		return;
	if (fflush(stdout) == EOF || ferror(stdout)) {
		fprintf(stderr, "flowtop: cannot write: %s\n", strerror(errno));
		exit(1);
	}
	exit(0);
}

static void conf_read_all(struct conf *c, bool for_screen, const char *config, int argc,
			  char **argv)
{
	set_defaults(c, for_screen);
	read_files(c, config);
	read_command_line(c, argc, argv);
}

void conf_read(struct conf *c, int argc, char **argv)
{
	struct conf screen;
	const char *config;

	/* once to learn which files are meant; and help works with broken ones */
	set_defaults(c, false);
	read_command_line(c, argc, argv);
	config = c->config;
	if (!c->print_config)
		conf_answer(c, NULL);
	conf_read_all(&screen, true, config, argc, argv);
	conf_read_all(c, false, config, argc, argv);
	conf_answer(c, &screen);
	if (conf_output(c) == OUTPUT_SCREEN)
		*c = screen;
}

/* ---- what follows from the options ---- */

enum conf_output conf_output(const struct conf *c)
{
	if (c->csv)
		return OUTPUT_CSV;
	if (c->json || c->events)
		return OUTPUT_JSON;
	if (c->batch || c->once || !isatty(STDOUT_FILENO))
		return OUTPUT_TEXT;
	return OUTPUT_SCREEN;
}

static bool list_has_proto(const char *list, uint8_t l4)
{
	char word[64];

	for (const char *s = list; s; s = strchr(s, ',')) {
		int number;

		s += *s == ',';
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(s, ","), s);
		number = proto_parse(word);
		/* one word for both, as for people */
		if (number == l4 || (number == IPPROTO_ICMP && l4 == IPPROTO_ICMPV6))
			return true;
	}
	return false;
}

bool conf_wants_proto(const struct conf *c, uint8_t l4)
{
	return (c->tcp && l4 == IPPROTO_TCP) ||
	       (c->udp && (l4 == IPPROTO_UDP || l4 == IPPROTO_UDPLITE)) ||
	       (c->icmp && (l4 == IPPROTO_ICMP || l4 == IPPROTO_ICMPV6)) ||
	       (c->sctp && l4 == IPPROTO_SCTP) || (c->dccp && l4 == IPPROTO_DCCP) ||
	       (c->gre && l4 == IPPROTO_GRE) || list_has_proto(c->protos, l4);
}
