/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/priv.h - rights and namespaces: what flowtop needs of them, and where it
 * looks. Main thread, before the others.
 */
#ifndef PRIV_H
#define PRIV_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Sets the effective capabilities that a program file with capabilities got
 * aside and takes them back (setcap; root is root). In between, files are
 * opened with the rights of who started flowtop.
 */
void priv_lower(void);
void priv_raise(void);

/*
 * What live mode lacks of the rights that it cannot do without: a sentence
 * that names them and what helps, in @buf; false where nothing lacks.
 */
bool priv_lacks(char *buf, size_t size);

/*
 * Enters a network namespace: one of /run/netns by its name, that of a
 * process by its PID, or a file (/run/docker/netns/..., /proc/PID/ns/net). Returns a descriptor of it, or -errno with a sentence
 * in @error.
 */
int priv_enter_netns(const char *name, char *error, size_t size);

#endif
