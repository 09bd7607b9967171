/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/user.h - login names, from /etc/passwd alone: a name service could ask the
 * network, and block. Read again when the file changes. One thread.
 */
#ifndef PROC_PID_USER_H
#define PROC_PID_USER_H

#include <stddef.h>
#include <stdint.h>

struct users;

/* NULL: out of memory. */
struct users *users_new(void);
void users_free(struct users *u);

/* The login name of @uid, sanitised, or its number. "" for UINT32_MAX. */
void user_name(struct users *u, uint32_t uid, char *buf, size_t size);

#endif
