// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/unit.c - units and containers by control group; see proc_pid/unit.h.
 *
 * A container is known by the 64 hexadecimal digits of its id somewhere in
 * the path (docker-ID.scope, cri-containerd-ID.scope, libpod-ID.scope,
 * /docker/ID, /kubepods/.../ID): the engines differ in the rest.
 */
#include "proc_pid/unit.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "text.h"

#define CACHE 256		/* control groups remembered; a power of two */
#define ROOT_CGROUP 1
#define ID_DIGITS 64
#define ID_SHOWN 12
#define FILEID_KERNFS 0xfe

struct units {
	int mount_fd;		/* of cgroup v2; -1: it is nowhere */
	struct {
		uint64_t id;
		char name[80];
	} cache[CACHE];
};

/* ---- paths ---- */

/* 64 hexadecimal digits, not one more. */
static const char *find_id(const char *path)
{
	unsigned digits = 0;

	for (const char *p = path;; p++) {
		if (isxdigit((unsigned char)*p)) {
			digits++;
			continue;
		}
		if (digits == ID_DIGITS)
			return p - digits;
		digits = 0;
		if (!*p)
			return NULL;
	}
}

static bool ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && !memcmp(s + len - n, end, n);
}

/* The last component of the path that is a unit. */
static const char *find_unit(const char *path, size_t *unit_len)
{
	size_t end = strlen(path);

	while (end) {
		size_t begin = end;

		while (begin && path[begin - 1] != '/')
			begin--;
		*unit_len = end - begin;
		if (ends_with(path + begin, *unit_len, ".service") ||
		    ends_with(path + begin, *unit_len, ".scope"))
			return path + begin;
		end = begin ? begin - 1 : 0;
	}
	return NULL;
}

int unit_of_path(const char *path, char *buf, size_t size)
{
	const char *found = find_id(path);
	size_t len;

	buf[0] = '\0';
	if (found) {
		text_sanitise(buf, size, found, ID_SHOWN);
		return 2;
	}
	found = find_unit(path, &len);
	if (!found)
		return 0;
	text_sanitise(buf, size, found, len);
	return 1;
}

/* ---- processes ---- */

/* "ID:CONTROLLERS:PATH" of cgroup v2 or of systemd's own hierarchy in v1. */
static bool is_systemd_line(const char *line)
{
	return !strncmp(line, "0::", 3) || strstr(line, ":name=systemd:");
}

void unit_of_process(int proc_fd, uint32_t pid, char *buf, size_t size)
{
	char path[32], text[4096], one[80], *save = NULL;
	ssize_t len;
	int fd;

	buf[0] = '\0';
	snprintf(path, sizeof(path), "%u/cgroup", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *group = strchr(line, '/');
		int kind = group ? unit_of_path(group, one, sizeof(one)) : 0;

		if (kind == 2 || (kind && !buf[0] && is_systemd_line(line)))
			snprintf(buf, size, "%s", one);
		if (kind == 2)
			return;
	}
}

/* ---- control groups by id ---- */

static int open_cgroup2(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (unsigned i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		int fd = open(mounts[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;

		if (fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

struct units *units_new(void)
{
	struct units *u = calloc(1, sizeof(*u));

	if (u)
		u->mount_fd = open_cgroup2();
	return u;
}

void units_free(struct units *u)
{
	if (u && u->mount_fd >= 0)
		close(u->mount_fd);
	free(u);
}

/* A control group's id is its file handle. */
static void read_name(const struct units *u, uint64_t cgroup, char *buf, size_t size)
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { .head = { .handle_bytes = 8, .handle_type = FILEID_KERNFS } };
	char link[32], path[1024];
	ssize_t len;
	int fd;

	memcpy(handle.head.f_handle, &cgroup, sizeof(cgroup));
	fd = open_by_handle_at(u->mount_fd, &handle.head, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	close(fd);
	path[len > 0 ? len : 0] = '\0';
	unit_of_path(path, buf, size);
}

void unit_of_cgroup(struct units *u, uint64_t cgroup, char *buf, size_t size)
{
	unsigned i = cgroup & (CACHE - 1);

	buf[0] = '\0';
	if (cgroup <= ROOT_CGROUP || u->mount_fd < 0)
		return;
	if (u->cache[i].id != cgroup) {
		u->cache[i].id = cgroup;
		u->cache[i].name[0] = '\0';
		read_name(u, cgroup, u->cache[i].name, sizeof(u->cache[i].name));
	}
	snprintf(buf, size, "%s", u->cache[i].name);
}
