/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui/set.h - keys that change which flows are shown, and how they look. */
#ifndef UI_SET_H
#define UI_SET_H

#include <stdbool.h>

#include "lib/text.h"
#include "ui/reaction.h"

struct ui;

struct set {			/* for set.c alone */
	bool hidden[3];		/* TCP, UDP, ICMP */
	char columns[1024];	/* conf.columns */
};

/* What keys hide, apart from the filter: "no TCP, only IPv4"; "" = nothing. */
void set_describe_limits(const struct ui *ui, struct text *out);

/* Keys. */
enum reaction set_protos(struct ui *ui, int key);
enum reaction set_families(struct ui *ui, int key);
enum reaction set_active(struct ui *ui, int key);
enum reaction set_ended(struct ui *ui, int key);
enum reaction set_linger(struct ui *ui, int key);
enum reaction set_names(struct ui *ui, int key);
enum reaction set_services(struct ui *ui, int key);
enum reaction set_units(struct ui *ui, int key);
enum reaction set_classic(struct ui *ui, int key);
enum reaction set_pause(struct ui *ui, int key);
enum reaction set_interval(struct ui *ui, int key);
enum reaction set_sort(struct ui *ui, int key);
enum reaction set_columns(struct ui *ui, int key);

#endif
