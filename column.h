/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * column.h - THE field table: one entry makes a screen column, a sort key, a
 * filter field, a JSON key, a CSV heading and their help.
 */
#ifndef COLUMN_H
#define COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "flow_list.h"
#include "lib/text.h"

enum value_type {
	VALUE_NULL, VALUE_TEXT, VALUE_INT, VALUE_REAL, VALUE_ADDR,
	VALUE_TIME,		/* n: CLOCK_REALTIME in ns */
	VALUE_STATUS,		/* n: bits with names, proto_status_name() */
	VALUE_LABELS,		/* bits: connlabels by number */
	VALUE_LABEL_NAMES,	/* the same, by name where there is one */
};

struct value {
	enum value_type type;
	union {
		uint64_t n;
		double real;
		struct addr addr;
		const char *text;	/* in the row, a constant, or buf */
		const uint8_t *bits;	/* 16 bytes in the row */
	};
	bool at_least;		/* VALUE_REAL: the true value may be larger */
	char buf[32];
};

/*
 * What flows have in common, and their sums: over the live flows that pass the
 * filter, except for the totals.
 */
struct group {
	char key[96];			/* text of the group's field; "" = null */
	struct value value;		/* the same; its text, if any, is key */
	uint64_t flows, unreplied, bytes;
	double new_rate;		/* flows/s; NAN: on the first walk */
	double orig_rate, reply_rate;	/* bytes/s; NAN: not known of any flow */
	double tx_rate;			/* the part of both rates that is sent */
	/* All flows since flowtop started, ended ones too, without regard to the
	 * filter; grouped by place or name: since this grouping was first used. */
	uint64_t total_flows, total_bytes, total_tx_bytes;
};

/*
 * A flow with all that is known of it, for the getters. Made by
 * row_fill_rcu() within a read-side section, valid until its end; or a kept
 * copy in a view's result, valid as long as that. Or a group: then only @group
 * is set.
 */
struct row {
	const struct group *group;		/* NULL: a flow */
	const struct flow *flow;
	struct flow_handle handle;
	const struct owner *owner;		/* NULL: not known */
	const struct command *command;		/* of the owner; NULL: not known */
	const char *src_name, *dst_name;	/* NULL: not known; "": has none */
	const char *answer_name;		/* the same, of the target of a DNAT */
	const struct place *src_place, *dst_place;	/* never NULL */
	const struct sock_info *sock;		/* NULL: none */
	const struct deleter *deleter;		/* NULL: nobody, or not known */
	uint32_t now_ms;			/* clock_ms() of the picture */
	uint64_t now_real;
};

/* @needs: enum flow_need; what is not needed is not looked up. */
void row_fill_rcu(struct row *r, const struct flow *f, struct flow_handle h,
		  unsigned needs, uint32_t now_ms, uint64_t now_real);

/* A copy of all that a row points to. Places stay for ever. */
struct row_store {
	struct flow flow;
	struct owner owner;
	struct command command;
	struct flow_extra extra;
	struct sock_info sock;
	struct deleter deleter;
	char src_name[256], dst_name[256], answer_name[256];
};

/* Copies into @store what @row points to, and makes it point there. */
void row_keep_rcu(struct row *row, struct row_store *store);

/* How the screen wants it. JSON and CSV know no options. */
struct format {
	bool names;		/* host names in place of addresses */
	bool services;		/* service names in place of ports */
	enum { UNIT_BYTES, UNIT_BITS, UNIT_PACKETS } unit;
	bool iec;		/* Ki, Mi in place of k, M */
	bool utf8;
};

/* What values a column has, where they are not null: how a filter reads the
 * value that it is compared with. */
enum column_kind {
	KIND_TEXT, KIND_NUMBER, KIND_SECONDS, KIND_ADDR, KIND_TIME, KIND_STATUS, KIND_LABELS,
};

struct column {
	const char *name;	/* JSON key, filter field, word of --columns */
	const char *title;	/* heading on the screen */
	const char *help;	/* one line */
	uint8_t min_width, max_width;	/* on the screen */
	uint8_t rank;		/* of a group's column: layout.c has the flows' ranks */
	bool right;		/* flush right */
	bool descends;		/* sorts from the largest by default */
	bool groupable;		/* may be grouped by */
	enum column_kind kind;
	unsigned needs;		/* enum flow_need */
	void (*get)(const struct row *r, struct value *out);
	/* Order of rows where it is not that of the value; NULL: value_order(). */
	uint64_t (*order)(const struct row *r);
	/* What the screen shows instead of the plain value; NULL: just that. */
	void (*screen)(const struct row *r, const struct format *f, struct text *out);
	/* of a column that column_find_group() made */
	const struct column *part[2];
	uint8_t prefix;		/* length; part[1] is NULL then */
};

extern const struct column columns[];	/* in the order of the JSON keys */
extern const unsigned n_columns;
#define COLUMNS_MAX 128		/* checked by the compiler */

/* NULL: no such field. */
const struct column *column_find(const char *name);

/* Offers the names of all fields (of groups) to near_try(). */
struct near;
void column_near(bool groups, struct near *near);

/*
 * What flows can be grouped by: a field that is groupable, the network of an
 * address, or two fields ("process,dst_port"). "src_addr/24" takes the /64 of an
 * IPv6 address; a length above 32 takes whole IPv4 addresses. NULL: not such a
 * name. Main thread; the column is never freed.
 */
const struct column *column_find_group(const char *name);

/* The value of that column; @buf is for its text, if any. Two fields are joined
 * by this. */
#define COLUMN_BETWEEN " | "
void column_group_value(const struct column *c, const struct row *r, struct value *v, char *buf,
			size_t size);

/*
 * The columns of groups. The first is the key: what the flows of a group have in
 * common; its title is that of the field. A name has one meaning: a column that
 * flows have as well ("rate") is the sum over the flows.
 */
extern const struct column group_columns[];
extern const unsigned n_group_columns;

/* NULL: groups have no such column. */
const struct column *column_find_of_group(const char *name);

/*
 * A field of either end, by its name without src_ and dst_ ("country"):
 * true, and both are set.
 */
bool column_find_ends(const char *name, const struct column **src,
		      const struct column **dst);

/* As text for people, for a filter's ':' and '~', and for a group's key. NULL is "". */
void value_add_text(const struct value *v, struct text *out);

/* As JSON: a number, a string, an array or null. */
void value_add_json(const struct value *v, struct text *out);

/*
 * A number that orders values: a < b means the value comes before. *exact is
 * false where equal numbers need value_compare(). Null comes last: UINT64_MAX.
 */
uint64_t value_order(const struct value *v, bool *exact);

/* < 0, 0, > 0. Text without regard to case; null last. */
int value_compare(const struct value *a, const struct value *b);

/* @host is the name of the end whose address is @c: next to it, @c shows no name. */
bool column_is_host_of(const struct column *host, const struct column *c);

/* What the column shows on the screen. */
void column_screen(const struct column *c, const struct row *r,
		   const struct format *f, struct text *out);

/* ---- facts of a flow that several columns, views and filters share ---- */

enum flow_nat { NAT_NONE, NAT_SRC = 1, NAT_DST = 2, NAT_BOTH = 3 };
enum flow_nat flow_nat(const struct flow *f);

/* service_server_port(), also of a flow that is FLOW_TURNED. */
int flow_server_port(const struct flow *f);

/* Seen in one direction only (no SEEN_REPLY). */
bool flow_is_unreplied(const struct flow *f);

/* "bridged(?)": neither end is on this host and no process is known. */
#define BRIDGED "bridged(?)"

/* Process name for people: the owner's, BRIDGED, or NULL: not known. */
const char *row_process(const struct row *r);

#endif
