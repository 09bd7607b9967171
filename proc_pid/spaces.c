// SPDX-License-Identifier: GPL-2.0-or-later
/* proc_pid/spaces.c - which network namespaces there are; see the header. */
#include "proc_pid/spaces.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc_pid/scan.h"

#define INIT_USER_NS 0xEFFFFFFD	/* PROC_USER_INIT_INO of the kernel */
#define LEVELS_MAX 33		/* of user namespaces, user_namespaces(7) */

/* ---- whose a namespace is ---- */

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) ? st.st_ino : 0;
}

uint64_t space_owner(int netns_fd)
{
	int owner = ioctl(netns_fd, NS_GET_USERNS);
	uint64_t ino = inode_of(owner);

	if (owner >= 0)
		close(owner);
	return ino;
}

static bool rules_here(uint64_t userns, uint64_t home_owner)
{
	return userns && (userns == home_owner || userns == INIT_USER_NS);
}

bool space_is_trusted(int netns_fd, uint64_t home_owner)
{
	return rules_here(space_owner(netns_fd), home_owner);
}

/*
 * Who made the outermost user namespace around it. Within that one a user may
 * have many IDs, and make others with each.
 */
static uint32_t maker_of(int netns_fd, uint64_t home_owner)
{
	int fd = ioctl(netns_fd, NS_GET_USERNS);
	uint32_t user = UINT32_MAX;

	for (int level = 0; fd >= 0 && level < LEVELS_MAX; level++) {
		int parent = ioctl(fd, NS_GET_PARENT);
		uid_t uid;

		if (rules_here(inode_of(parent), home_owner) && !ioctl(fd, NS_GET_OWNER_UID, &uid))
			user = uid;
		close(fd);
		fd = parent;
		if (user != UINT32_MAX)
			break;
	}
	if (fd >= 0)
		close(fd);
	return user;
}

/* False: it is gone, or may not be looked at. */
static bool learn_whose(int proc_fd, struct space *s, uint64_t home_owner)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "%u/ns/net", s->pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	s->trusted = space_is_trusted(fd, home_owner);
	s->user = s->trusted ? 0 : maker_of(fd, home_owner);
	close(fd);
	return true;
}

/* ---- which come first ---- */

static int compare_by(uint64_t x, uint64_t y, int otherwise)
{
	return x == y ? otherwise : x < y ? -1 : 1;
}

static int compare_users(const void *a, const void *b)
{
	const struct space *x = a, *y = b;

	return compare_by(x->user, y->user, compare_by(x->pid, y->pid, 0));
}

static int compare_turns(const void *a, const void *b)
{
	const struct space *x = a, *y = b;

	return compare_by(!x->trusted, !y->trusted,
			  compare_by(x->turn, y->turn, compare_by(x->pid, y->pid, 0)));
}

unsigned spaces_choose(struct space *space, unsigned n, unsigned most)
{
	if (!n)
		return 0;
	qsort(space, n, sizeof(*space), compare_users);
	for (unsigned i = 0; i < n; i++)
		space[i].turn = i && space[i - 1].user == space[i].user ? space[i - 1].turn + 1 : 0;
	qsort(space, n, sizeof(*space), compare_turns);
	return n < most ? n : most;
}

/* ---- which there are ---- */

static uint64_t space_of_pid(int proc_fd, uint32_t pid)
{
	char path[32], link[64];
	ssize_t len;

	snprintf(path, sizeof(path), "%u/ns/net", pid);
	len = readlinkat(proc_fd, path, link, sizeof(link) - 1);
	if (len < 6)
		return 0;
	link[len] = '\0';
	return strtoull(link + 5, NULL, 10);	/* "net:[INODE]" */
}

static int compare_pids(const void *a, const void *b)
{
	const struct space *x = a, *y = b;

	return compare_by(x->ns, y->ns, compare_by(x->pid, y->pid, 0));
}

/* Each once, by its first process. */
static unsigned keep_one_each(struct space *space, unsigned n)
{
	unsigned kept = 0;

	if (n)
		qsort(space, n, sizeof(*space), compare_pids);
	for (unsigned i = 0; i < n; i++)
		if (!kept || space[kept - 1].ns != space[i].ns)
			space[kept++] = space[i];
	return kept;
}

static unsigned find_all(int proc_fd, uint64_t home, struct space *space, const uint32_t *pids,
			 unsigned n)
{
	unsigned found = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t ns = space_of_pid(proc_fd, pids[i]);

		if (ns && ns != home)
			space[found++] = (struct space){ .ns = ns, .pid = pids[i] };
	}
	return keep_one_each(space, found);
}

unsigned spaces_list(int proc_fd, uint64_t home, uint64_t home_owner, unsigned most,
		     struct space **out)
{
	unsigned found = 0, kept = 0;
	uint32_t *pids;
	int n = proc_scan_list(proc_fd, &pids);

	*out = NULL;
	if (n < 0)
		return 0;
	*out = calloc(n + 1, sizeof(**out));
	if (*out)
		found = find_all(proc_fd, home, *out, pids, n);
	for (unsigned i = 0; i < found; i++)
		if (learn_whose(proc_fd, &(*out)[i], home_owner))
			(*out)[kept++] = (*out)[i];
	free(pids);
	return spaces_choose(*out, kept, most);
}
