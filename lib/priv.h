/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/priv.h - rights and namespaces: what flowtop needs of them, and where it
 * looks. Main thread, before the others, but for priv_lower() and priv_raise().
 */
#ifndef PRIV_H
#define PRIV_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A program file with capabilities, or setuid, gives rights that the user
 * does not have. priv_lower() sets them aside for this thread: what is opened
 * or written until priv_raise() is with the user's rights alone. Any thread;
 * pairs may lie within pairs. Elsewhere, and for root, nothing happens.
 */
void priv_lower(void);
void priv_raise(void);

/*
 * Such a program takes of its environment only what does no harm: no TERMINFO
 * or the like, which names files to libraries. Before anything reads it.
 */
void priv_clean_environment(void);

/*
 * Are rights missing that live mode cannot do without? Then @buf gets a sentence
 * with their names and what helps. False: no rights are missing.
 */
bool priv_lacks(char *buf, size_t size);

/*
 * Enters a network namespace: one of /run/netns by its name, that of a
 * process by its PID, or a file that the user may open (/run/docker/netns/...,
 * /proc/PID/ns/net). Returns a descriptor of it, or -errno with a sentence in
 * @error.
 */
int priv_enter_netns(const char *name, char *error, size_t size);

/*
 * True where the name is of no namespace any more, or of another than @fd's.
 * That of a process ends with the process, which is another matter: false.
 * Any thread.
 */
bool priv_netns_is_gone(const char *name, int fd);

#endif
