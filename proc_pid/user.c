// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/user.c - login names from /etc/passwd; see proc_pid/user.h.
 */
#include "proc_pid/user.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/text.h"

#define PASSWD "/etc/passwd"

struct user {
	uint32_t uid;
	uint32_t line;		/* of the file: the first one counts */
	char name[33];
};

struct users {
	struct user *v;		/* by uid */
	unsigned n;
	struct timespec changed;	/* of the file, when it was read */
	ino_t inode;
	time_t looked;		/* at the file, last */
};

struct users *users_new(void)
{
	return calloc(1, sizeof(struct users));
}

void users_free(struct users *u)
{
	if (u)
		free(u->v);
	free(u);
}

static int compare_uids(const void *a, const void *b)
{
	const struct user *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static int compare_lines(const void *a, const void *b)
{
	const struct user *x = a, *y = b;
	int by_uid = compare_uids(a, b);

	return by_uid ? by_uid : (x->line > y->line) - (x->line < y->line);
}

static bool add_user(struct users *u, unsigned *size, const struct passwd *pw)
{
	if (u->n == *size) {
		unsigned more = *size ? 2 * *size : 64;
		struct user *v = realloc(u->v, more * sizeof(*v));

		if (!v)
			return false;
		u->v = v;
		*size = more;
	}
	u->v[u->n].uid = pw->pw_uid;
	u->v[u->n].line = u->n;
	text_sanitise(u->v[u->n].name, sizeof(u->v[u->n].name), pw->pw_name,
		      strlen(pw->pw_name));
	u->n++;
	return true;
}

/* Several names may share a uid. */
static void keep_first(struct users *u)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < u->n; i++)
		if (!kept || u->v[kept - 1].uid != u->v[i].uid)
			u->v[kept++] = u->v[i];
	u->n = kept;
}

static void read_passwd(struct users *u)
{
	FILE *f = file_open(PASSWD, FILE_TEXT_MAX);
	unsigned size = 0;
	struct passwd *pw;

	if (!f)
		return;
	free(u->v);
	u->v = NULL;
	u->n = 0;
	while ((pw = fgetpwent(f)) && add_user(u, &size, pw))
		;
	fclose(f);
	if (u->n)
		qsort(u->v, u->n, sizeof(*u->v), compare_lines);
	keep_first(u);
}

/* At most once a second, and only when it is another file than before. */
static void users_refresh(struct users *u)
{
	int64_t now = clock_ns() / 1000000000 + 1;
	struct stat st;

	if (u->looked == now)
		return;
	u->looked = now;
	if (stat(PASSWD, &st) ||
	    (st.st_ino == u->inode && st.st_mtim.tv_sec == u->changed.tv_sec &&
	     st.st_mtim.tv_nsec == u->changed.tv_nsec))
		return;
	u->inode = st.st_ino;
	u->changed = st.st_mtim;
	read_passwd(u);
}

void user_name(struct users *u, uint32_t uid, char *buf, size_t size)
{
	struct user key = { .uid = uid };
	const struct user *found = NULL;

	buf[0] = '\0';
	if (uid == UINT32_MAX)
		return;
	users_refresh(u);
	if (u->n)
		found = bsearch(&key, u->v, u->n, sizeof(key), compare_uids);
	if (found)
		snprintf(buf, size, "%s", found->name);
	else
		snprintf(buf, size, "%u", uid);
}
