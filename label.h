/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * label.h - names of connection labels, as nft and iptables have them in
 * /etc/connlabel.conf and /etc/xtables/connlabel.conf. Read once, then const.
 */
#ifndef LABEL_H
#define LABEL_H

#define LABELS 128

/* Main thread, before the others. Missing files are not an error. */
void label_init(void);

/*
 * Adds the names of a file: lines of a number and a name; "#" begins a comment.
 * If a label or a name comes twice, the first line counts. Main thread.
 */
void label_read(const char *path);

/* NULL: it has no name. @label is below LABELS. Any thread. */
const char *label_name(unsigned label);

/* -1: unknown name. */
int label_find(const char *name);

/* Offers all names to near_try(). */
struct near;
void label_near(struct near *near);

#endif
