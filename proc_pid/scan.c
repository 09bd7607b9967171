// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/scan.c - what /proc says of processes and their sockets; see
 * proc_pid/scan.h. Each system call here counts: a look-up races with processes
 * that live for less than a millisecond.
 */
#include "proc_pid/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/compat.h"
#include "lib/text.h"

#define DENTS_SIZE 32768
#define COMM_MAX 15
#define CLOCK_EACH 64		/* descriptors between two looks at the clock */

int proc_scan_open(void)
{
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* A small file as a string; its length or -errno. */
static int scan_read_file(int proc_fd, const char *path, char *buf, size_t size)
{
	int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t len;
	int error;

	if (fd < 0)
		return -errno;
	len = read(fd, buf, size - 1);
	error = errno;
	close(fd);
	if (len < 0)
		return -error;
	buf[len] = '\0';
	return len;
}

/* "PID (COMM) STATE PPID ... START", where COMM may hold anything. */
static bool parse_stat(char *buf, struct proc_stat *out)
{
	char *open = strchr(buf, '('), *close = strrchr(buf, ')');
	unsigned long long start;
	unsigned ppid;

	if (!open || !close || close < open)
		return false;
	if (sscanf(close + 1, " %*c %u %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
		   "%*d %*d %*d %*d %*d %*d %llu", &ppid, &start) != 2)
		return false;
	out->ppid = ppid;
	out->cut = close - open - 1 == COMM_MAX;
	out->start_time = start;
	text_sanitise(out->name, sizeof(out->name), open + 1, close - open - 1);
	return true;
}

bool proc_scan_stat(int proc_fd, uint32_t pid, struct proc_stat *out)
{
	char path[32], buf[512];

	snprintf(path, sizeof(path), "%u/stat", pid);
	out->pid = pid;
	return scan_read_file(proc_fd, path, buf, sizeof(buf)) > 0 && parse_stat(buf, out);
}

uint32_t proc_scan_self(int proc_fd)
{
	char link[16] = "";

	return readlinkat(proc_fd, "self", link, sizeof(link) - 1) > 0 ? strtoul(link, NULL, 10) : 0;
}

uint32_t proc_scan_leader(int proc_fd, uint32_t tid)
{
	char path[32], buf[1024], *line;

	snprintf(path, sizeof(path), "%u/status", tid);
	if (scan_read_file(proc_fd, path, buf, sizeof(buf)) <= 0)
		return 0;
	line = strstr(buf, "\nTgid:");
	return line ? strtoul(line + 6, NULL, 10) : 0;
}

bool proc_scan_is_process(int proc_fd, uint32_t pid)
{
	int fd = compat_pidfd_open(pid);

	/* not there before Linux 5.3 */
	if (fd < 0)
		return errno == ENOSYS && proc_scan_leader(proc_fd, pid) == pid;
	close(fd);
	return true;
}

/* "socket:[INODE]" */
static uint32_t parse_link(const char *link, ssize_t len)
{
	uint64_t inode = 0;

	if (len < 10 || memcmp(link, "socket:[", 8) || link[len - 1] != ']')
		return 0;
	for (ssize_t i = 8; i < len - 1; i++)
		inode = inode * 10 + (link[i] - '0');
	return inode;
}

uint32_t proc_scan_socket(int proc_fd, uint32_t pid, int fd)
{
	char path[48], link[64];

	snprintf(path, sizeof(path), "%u/fd/%d", pid, fd);
	return parse_link(link, readlinkat(proc_fd, path, link, sizeof(link)));
}

/* ---- descriptors ---- */

struct dent {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

/* Names of a directory that are numbers, in the order of the directory. */
struct numbers {
	uint32_t *v;
	unsigned n, size;
	bool kept;		/* v is malloc'd, not the caller's */
};

static bool numbers_grow(struct numbers *l)
{
	uint32_t *v = malloc(2 * l->size * sizeof(*v));

	if (!v)
		return false;
	memcpy(v, l->v, l->n * sizeof(*v));
	if (l->kept)
		free(l->v);
	l->v = v;
	l->size *= 2;
	l->kept = true;
	return true;
}

/* What one system call gives. 1: there may be more. 0: that was all. -errno. */
static int read_some_numbers(int dir, struct numbers *l)
{
	char buf[DENTS_SIZE] __attribute__((aligned(8)));
	long len = syscall(SYS_getdents64, dir, buf, sizeof(buf));

	for (long at = 0; at < len;) {
		const struct dent *e = (const void *)(buf + at);

		at += e->reclen;
		if (e->name[0] < '0' || e->name[0] > '9')
			continue;
		if (l->n == l->size && !numbers_grow(l))
			return -ENOMEM;
		l->v[l->n++] = strtoul(e->name, NULL, 10);
	}
	return len < 0 ? -errno : len > 0;
}

static int read_numbers(int dir, struct numbers *l, int64_t until)
{
	int ret;

	do
		ret = read_some_numbers(dir, l);
	while (ret > 0 && clock_ns() < until);
	return ret < 0 ? ret : 0;
}

/* False: @fn has had enough. */
static bool take_fd(int dir, uint32_t pid, uint32_t fd, proc_scan_fn *fn, void *ctx)
{
	char name[16], link[64];
	uint32_t inode;

	snprintf(name, sizeof(name), "%u", fd);
	inode = parse_link(link, readlinkat(dir, name, link, sizeof(link)));
	return !inode || fn(ctx, pid, fd, inode);
}

/*
 * The highest first: what was opened last is what is looked for, mostly.
 */
static void walk_sockets(int dir, uint32_t pid, const struct numbers *l, int64_t until,
			 proc_scan_fn *fn, void *ctx)
{
	for (unsigned i = l->n; i-- > 0;)
		if (!take_fd(dir, pid, l->v[i], fn, ctx) ||
		    (i % CLOCK_EACH == 0 && clock_ns() > until))
			return;
}

static int open_fd_dir(int proc_fd, uint32_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "%u/fd", pid);
	return openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int proc_scan_part(int proc_fd, uint32_t pid, int *dir, int64_t until, proc_scan_fn *fn,
		   void *ctx)
{
	uint32_t some[DENTS_SIZE / sizeof(struct dent)];
	int ret = 1, read = 0;

	if (*dir < 0)
		*dir = open_fd_dir(proc_fd, pid);
	if (*dir < 0)
		return -errno;
	while (ret > 0 && (!read || clock_ns() < until)) {
		struct numbers l = { .v = some, .size = sizeof(some) / sizeof(some[0]) };

		ret = read_some_numbers(*dir, &l);
		for (unsigned i = 0; i < l.n && take_fd(*dir, pid, l.v[i], fn, ctx); i++)
			;
		read += l.n;
		if (l.kept)
			free(l.v);
	}
	if (ret > 0)
		return read;
	close(*dir);
	*dir = -1;
	return ret < 0 ? ret : read;
}

int proc_scan_sockets(int proc_fd, uint32_t pid, int64_t until, proc_scan_fn *fn, void *ctx)
{
	uint32_t few[256];
	struct numbers l = { .v = few, .size = 256 };
	int dir = open_fd_dir(proc_fd, pid), ret;

	if (dir < 0)
		return -errno;
	ret = read_numbers(dir, &l, until);
	if (!ret) {
		walk_sockets(dir, pid, &l, until, fn, ctx);
		ret = l.n;
	}
	close(dir);
	if (l.kept)
		free(l.v);
	return ret;
}

/* ---- processes ---- */

uint32_t proc_scan_last_pid(int proc_fd)
{
	char buf[128], *last;

	if (scan_read_file(proc_fd, "loadavg", buf, sizeof(buf)) <= 0)
		return 0;
	last = strrchr(buf, ' ');
	return last ? strtoul(last, NULL, 10) : 0;
}

static int compare_down(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? 1 : -(x > y);
}

int proc_scan_list(int proc_fd, uint32_t **pids)
{
	struct numbers l = { .size = 1024, .kept = true };
	int dir = openat(proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (dir < 0)
		return -errno;
	l.v = malloc(l.size * sizeof(*l.v));
	ret = l.v ? read_numbers(dir, &l, INT64_MAX) : -ENOMEM;
	close(dir);
	if (ret) {
		free(l.v);
		return ret;
	}
	qsort(l.v, l.n, sizeof(*l.v), compare_down);
	*pids = l.v;
	return l.n;
}

uint32_t proc_scan_uid(int proc_fd, uint32_t pid)
{
	struct stat st;
	char path[16];

	snprintf(path, sizeof(path), "%u", pid);
	return fstatat(proc_fd, path, &st, 0) ? UINT32_MAX : st.st_uid;
}

bool proc_scan_program(int proc_fd, uint32_t pid, char *buf, size_t size)
{
	static const char deleted[] = " (deleted)";
	char path[32], file[4096], *name;
	ssize_t len;

	snprintf(path, sizeof(path), "%u/exe", pid);
	len = readlinkat(proc_fd, path, file, sizeof(file) - 1);
	if (len <= 0)
		return false;
	file[len] = '\0';
	name = strrchr(file, '/');
	name = name ? name + 1 : file;
	len = strlen(name);
	if ((size_t)len >= sizeof(deleted) && !strcmp(name + len + 1 - sizeof(deleted), deleted))
		len -= sizeof(deleted) - 1;
	text_sanitise(buf, size, name, len);
	return true;
}
