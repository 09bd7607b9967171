/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.h - files that a user or the system names, opened for reading. A FIFO
 * would hold flowtop up, and a device may do anything.
 */
#ifndef FILE_H
#define FILE_H

#include <stdio.h>

#define FILE_TEXT_MAX	(64l << 20)	/* bytes: hosts files that block have some MB */
#define FILE_ANY_SIZE	0

/*
 * Regular files only; /dev/null is an empty one. NULL: errno is open(2)'s,
 * EISDIR, ENOTSUP for what else is not a regular file, or EFBIG for one above
 * @most bytes. Any thread; the caller closes it.
 */
FILE *file_open(const char *path, long most);

/* What such an errno says: static or strerror's. */
const char *file_error(int error);

#endif
