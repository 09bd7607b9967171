// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/file.c - files that a user or the system names; see file.h.
 */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/priv.h"

/* null(4) */
static bool is_null_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* 0 or -errno. */
static int check_kind(int fd, long most)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode) && !is_null_device(&st))
		return -ENOTSUP;
	return most != FILE_ANY_SIZE && st.st_size > most ? -EFBIG : 0;
}

FILE *file_open(const char *path, long most)
{
	int fd, error;
	FILE *f;

	priv_lower();
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	priv_raise();
	if (fd < 0)
		return NULL;
	error = -check_kind(fd, most);
	f = error ? NULL : fdopen(fd, "r");
	if (f)
		return f;
	if (!error)
		error = errno;
	close(fd);
	errno = error;
	return NULL;
}

FILE *file_create(const char *path)
{
	FILE *f;

	priv_lower();
	f = fopen(path, "wxe");
	priv_raise();
	return f;
}

bool file_is_trusted(FILE *f)
{
	struct stat st;

	if (fstat(fileno(f), &st) < 0 || st.st_mode & (S_IWGRP | S_IWOTH))
		return false;
	return st.st_uid == 0 || (st.st_uid == geteuid() && !getauxval(AT_SECURE));
}

int64_t file_number(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[24] = "";
	int64_t number = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		number = -errno;
	close(fd);
	for (const char *s = buf; *s >= '0' && *s <= '9'; s++)
		number = number * 10 + (*s - '0');
	return number;
}

const char *file_error(int error)
{
	return error == ENOTSUP ? "Not a regular file" : strerror(error);
}
