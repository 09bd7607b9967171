/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/file.h - files that a user or the system names. A FIFO would block flowtop,
 * and a device may do anything. Files are opened with the rights of the user
 * who started flowtop, whatever the program file gives (lib/priv.h).
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define FILE_TEXT_MAX	(64l << 20)	/* bytes: hosts files that block have some MB */
#define FILE_ANY_SIZE	0

/*
 * To be read. Regular files only; /dev/null is an empty one. NULL: errno is open(2)'s,
 * EISDIR, ENOTSUP for what else is not a regular file, or EFBIG for one above
 * @most bytes. Any thread; the caller closes it.
 */
FILE *file_open(const char *path, long most);

/* A new file, to write to. NULL: errno; EEXIST where it is there. Likewise. */
FILE *file_create(const char *path);

/*
 * Nobody who has fewer rights than this program wrote it: it is root's, or this
 * user's who got no other rights with the program file (AT_SECURE in
 * getauxval(3)), and nobody else may write to it.
 */
bool file_is_trusted(FILE *f);

/* The number that a file of proc(5) begins with, or -errno. In a signal handler, too. */
int64_t file_number(const char *path);

/* What such an errno says: static or strerror's. */
const char *file_error(int error);

#endif
