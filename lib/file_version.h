/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/file_version.h - which version of a file it is, for those that follow its
 * changes.
 */
#ifndef FILE_VERSION_H
#define FILE_VERSION_H

#include <stdbool.h>
#include <sys/stat.h>

/* All 0: there is no file. */
struct file_version {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

static inline struct file_version file_version(const char *path)
{
	struct file_version sign = { 0 };
	struct stat st;

	if (!stat(path, &st)) {
		sign.dev = st.st_dev;
		sign.ino = st.st_ino;
		sign.size = st.st_size;
		sign.mtime = st.st_mtim;
	}
	return sign;
}

static inline bool file_version_equal(const struct file_version *a, const struct file_version *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

#endif
