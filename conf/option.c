// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/option.c - the table of options, the only list of them: the command
 * line, the configuration files, --print-config and --help are made from it.
 */
#include "conf/option.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define AT(member) .offset = offsetof(struct conf, member)
#define UNDOES(member) .undoes = offsetof(struct conf, member)
#define DAY 86400.0

const struct option_def option_table[] = {
	{ .heading = "Which flows",
	  .name = "ipv4", .letter = '4', AT(ipv4), .flags = SCREEN_KEY, .help = "IPv4 flows" },
	{ .name = "ipv6", .letter = '6', AT(ipv6), .flags = SCREEN_KEY,
	  .help = "IPv6 flows (neither or both: both)" },
	{ .name = "tcp", .letter = 't', .synonym = 'T', AT(tcp),
	  .help = "TCP flows; several of these add up" },
	{ .name = "udp", .letter = 'u', .synonym = 'U', AT(udp),
	  .help = "UDP and UDP-lite flows" },
	{ .name = "icmp", .synonym = 'I', AT(icmp), .help = "ICMP and ICMPv6 flows" },
	{ .name = "sctp", .synonym = 'S', AT(sctp), .help = "SCTP flows" },
	{ .name = "dccp", .synonym = 'D', AT(dccp), .help = "DCCP flows" },
	{ .name = "gre", AT(gre), .help = "GRE flows" },
	{ .name = "proto", .kind = OPTION_PROTOS, AT(protos), .arg = "LIST",
	  .help = "protocols by name or number, with commas" },
	{ .name = "no-loopback", AT(no_loopback), .help = "hide flows inside this host" },
	{ .name = "self", AT(self), .help = "show flowtop's own flows too" },
	{ .name = "netns", .kind = OPTION_TEXT, AT(netns), .arg = "NAME", .flags = THIS_RUN,
	  .help = "flows of another network namespace: its name, a\n"
		  "process in it (PID), or a path" },
	{ .name = "inside", .kind = OPTION_NETS, AT(inside), .arg = "NET,...",
	  .help = "networks behind this router: what they\n"
		  "send is tx (told by interfaces and routes)" },

	{ .heading = "What to show of them",
	  .name = "numeric", .letter = 'n', AT(numeric), .flags = SCREEN_KEY,
	  .help = "no host names" },
	{ .name = "no-services", .letter = 'N', AT(no_services), .flags = SCREEN_KEY,
	  .help = "no service names" },
	/* before no-geoip, which it undoes: --print-config is read in this order */
	{ .name = "geoip", .kind = OPTION_FILES, AT(geoip), UNDOES(no_geoip), .arg = "FILE",
	  .help = "an .mmdb file to use (repeatable: city, ASN)" },
	{ .name = "no-geoip", .letter = 'G', AT(no_geoip), .help = "no countries, cities, AS" },
	{ .name = "columns", .kind = OPTION_COLUMNS, AT(columns), .arg = "LIST",
	  .flags = SCREEN_KEY,
	  .help = "fields to show, in this order, with commas; or\n"
		  "+FIELD,-FIELD: besides, not the usual ones" },
	{ .name = "sort", .letter = 'o', .kind = OPTION_TEXT, AT(sort), .arg = "LIST",
	  .flags = SCREEN_KEY,
	  .help = "[+-]FIELD,...: + ascending, - descending (state);\n"
		  "'help' lists the fields" },
	{ .name = "group", .letter = 'g', .kind = OPTION_GROUP, AT(group), .arg = "FIELD",
	  .flags = SCREEN_KEY, .help = "one row for all flows that have it in common" },
	{ .name = "group-sort", .kind = OPTION_TEXT, AT(group_sort), .arg = "LIST",
	  .flags = SCREEN_KEY, .help = "the same as --sort, for groups only (flows)" },
	{ .name = "classic", AT(classic), .flags = SCREEN_KEY,
	  .help = "one sentence a flow, like the first flowtop" },
	{ .name = "bits", AT(bits), UNDOES(packets), .flags = SCREEN_KEY,
	  .help = "bits, not bytes, in rates" },
	{ .name = "packets", AT(packets), UNDOES(bits), .flags = SCREEN_KEY,
	  .help = "packets, not bytes, in rates of flows" },
	{ .name = "iec", AT(iec), .flags = SCREEN_KEY,
	  .help = "units of 1024 (Ki, Mi), not of 1000" },
	{ .name = "color", .kind = OPTION_COLOR, AT(color), .arg = "WHEN",
	  .help = "auto, always or never (auto)" },

	{ .name = "no-mouse", AT(no_mouse), .help = "leave the mouse to the terminal" },

	{ .heading = "How often, how long",
	  .name = "delay", .letter = 'd', .kind = OPTION_SECONDS, AT(delay), .arg = "SECS",
	  .flags = SCREEN_KEY,
	  .help = "refresh interval, fractions allowed (1)", .least = 0.1, .most = DAY },
	{ .name = "linger", .kind = OPTION_SECONDS, AT(linger), .arg = "SECS",
	  .help = "how long an ended flow stays visible (3)", .most = DAY },

	{ .heading = "Without a screen (always if stdout is not a terminal)",
	  .name = "batch", .letter = 'b', AT(batch), .flags = THIS_RUN,
	  .help = "print a page at each interval" },
	{ .name = "once", .letter = '1', AT(once), .flags = THIS_RUN,
	  .help = "print one page and exit" },
	{ .name = "count", .letter = 'c', .kind = OPTION_COUNT, AT(count), .arg = "N",
	  .flags = THIS_RUN, .help = "exit after N pages (0: no limit)" },
	{ .name = "lines", .letter = 'L', .kind = OPTION_LINES, AT(lines), .arg = "N",
	  .flags = THIS_RUN, .help = "rows a page, 0: only the head (all)" },
	{ .name = "json", AT(json), UNDOES(csv), .flags = THIS_RUN,
	  .help = "JSON Lines: statistics, then flows" },
	{ .name = "csv", AT(csv), UNDOES(json), .flags = THIS_RUN,
	  .help = "CSV with a heading row" },
	{ .name = "events", AT(events), .flags = THIS_RUN,
	  .help = "no pages: a line (JSON, or CSV) for each flow that\n"
		  "begins, changes its state or ends" },

	{ .heading = "At work",
	  .name = "track", AT(track), .flags = THIS_RUN,
	  .help = "add a rule that makes the kernel track, for as\n"
		  "long as flowtop runs, if no rule does" },
	{ .name = "no-sysctl", AT(no_sysctl),
	  .help = "leave nf_conntrack_acct and _timestamp alone" },
	{ .name = "no-perf", AT(no_perf),
	  .help = "find processes without event filter and tracepoint ring" },
	{ .name = "readonly", AT(readonly), .help = "no key deletes, closes or kills" },
	{ .name = "budget", .kind = OPTION_NUMBER, AT(budget), .arg = "PERCENT",
	  .help = "most CPU, of one core, that dumps may take (8)", .least = 0.1, .most = 100 },
	{ .name = "rcvbuf-max", .kind = OPTION_NUMBER, AT(rcvbuf_max), .arg = "MIB",
	  .help = "how far the event buffer may grow (64)", .least = 0.0625, .most = 1024 },

	{ .heading = "Configuration, help",
	  .name = "config", .kind = OPTION_TEXT, AT(config), .arg = "FILE", .flags = NO_FILE,
	  .help = "read this instead of the usual files" },
	{ .name = "print-config", AT(print_config), .flags = NO_FILE,
	  .help = "print all options as such a file, and exit" },
	{ .name = "version", .letter = 'V', AT(version), .flags = NO_FILE,
	  .help = "print the version and exit" },
	{ .name = "help", .letter = 'h', AT(help), .flags = NO_FILE,
	  .help = "print this and exit" },
};

const unsigned option_count = sizeof(option_table) / sizeof(option_table[0]);

const struct option_def *option_find(const char *name)
{
	for (unsigned i = 0; i < option_count; i++)
		if (!strcmp(option_table[i].name, name))
			return &option_table[i];
	return NULL;
}

/* Empty by default. */
static bool is_text(const struct option_def *o)
{
	return o->kind >= OPTION_TEXT && o->kind <= OPTION_GROUP;
}

const struct option_def *option_find_long(const char *name, bool *undo)
{
	const struct option_def *o = option_find(name);
	char inverse[64];

	*undo = !o;
	if (o)
		return o;
	snprintf(inverse, sizeof(inverse), "no-%s", name);
	o = option_find(strncmp(name, "no-", 3) ? inverse : name + 3);
	return o && (o->kind == OPTION_SWITCH || is_text(o)) ? o : NULL;
}

const struct option_def *option_find_letter(char letter)
{
	for (unsigned i = 0; i < option_count; i++)
		if (letter == option_table[i].letter || letter == option_table[i].synonym)
			return &option_table[i];
	return NULL;
}

