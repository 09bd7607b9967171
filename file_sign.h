/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_sign.h - which version of a file it is, for those that follow its
 * changes.
 */
#ifndef FILE_SIGN_H
#define FILE_SIGN_H

#include <stdbool.h>
#include <sys/stat.h>

/* All 0: there is no file. */
struct file_sign {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

static inline struct file_sign file_sign(const char *path)
{
	struct file_sign sign = { 0 };
	struct stat st;

	if (!stat(path, &st)) {
		sign.dev = st.st_dev;
		sign.ino = st.st_ino;
		sign.size = st.st_size;
		sign.mtime = st.st_mtim;
	}
	return sign;
}

static inline bool file_sign_equal(const struct file_sign *a, const struct file_sign *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

#endif
