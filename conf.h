/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf.h - options: one table of them makes the command line, the
 * configuration file, --print-config and --help. Const once threads run.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "geoip.h"

enum conf_output { OUTPUT_SCREEN, OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV };

/* Strings live as long as the program. NULL or an empty list: not given. */
struct conf {
	bool ipv4, ipv6;
	bool tcp, udp, icmp, sctp, dccp, gre;
	const char *protos;		/* --proto LIST */
	bool numeric, no_services;	/* no host names, no service names */
	bool no_geoip;
	const char *geoip[GEOIP_FILES_MAX + 1];
	bool no_loopback;
	double delay;			/* seconds, at least 0.1 */
	const char *sort, *columns, *group, *group_sort;
	bool batch, once;
	uint64_t count;			/* pages; 0: for ever */
	int64_t lines;			/* rows a page; -1: all */
	bool classic, json, csv, events;
	const char *netns;
	const char *inside;		/* networks, for addr_nets_parse() */
	bool self;
	double linger;			/* seconds */
	double rcvbuf_max;		/* MiB */
	bool no_perf;
	bool track, no_sysctl, readonly;
	double budget;			/* percent of one core */
	const char *color;
	bool bits, packets, iec;	/* screen units; keys b and B */
	bool no_mouse;
	const char *filter;		/* the operands, joined by spaces */
	const char *config;		/* --config FILE */
	bool print_config, version, help;
	bool for_screen;		/* with the files' settings for the screen only */
};

/*
 * Reads configuration files and the command line into *c (the last one
 * wins). Prints an error of one line and exits with 2 where an option is
 * unknown or its value is invalid; --sort and the filter are for main to
 * parse. Prints and exits with 0 for --help, --version, --print-config and
 * --sort help (--columns help, --group help). Main, first of all.
 */
void conf_read(struct conf *c, int argc, char **argv);

/* Prints "flowtop: ..." as one line on stderr and exits with 2. Main. */
void __attribute__((noreturn, format(printf, 1, 2)))
conf_usage_error(const char *fmt, ...);

/* The same for a filter that filter_parse() refused: a caret shows the place. */
void __attribute__((noreturn))
conf_filter_error(const char *expression, unsigned at, const char *what);

/* A protocol option asks for this one. None given: false for all of them. */
bool conf_wants_proto(const struct conf *c, uint8_t l4);

/* What the options ask for in the end; a page at a time unless SCREEN. */
enum conf_output conf_output(const struct conf *c);

/*
 * Writes all options with these values, as a file that can be read back; and
 * those that differ in @screen as settings for the screen only.
 */
void conf_print(const struct conf *c, const struct conf *screen, FILE *out);

/*
 * Saves them as the user's configuration, or where --config read them
 * (key W), but for those that are for one run only; what keys change is for
 * the screen alone, so that no script prints anything else from then on. A
 * file that is there keeps its comments, order and mode; one that is not a regular file, or
 * cannot be read, is not replaced. 0 or -errno (for file_error()); @path is
 * set to where.
 */
int conf_save(const struct conf *c, char *path, unsigned path_size);

#endif
