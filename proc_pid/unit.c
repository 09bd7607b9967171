// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/unit.c - units and containers by control group; see proc_pid/unit.h.
 */
#include "proc_pid/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/ascii.h"
#include "lib/text.h"

#define CACHE 256		/* control groups remembered; a power of two */
#define ROOT_CGROUP 1
#define ID_DIGITS 64
#define ID_SHOWN 12
#define FILEID_KERNFS 0xfe

struct units {
	int mount_fd;		/* of cgroup v2; -1: it is nowhere */
	struct {
		uint64_t id;
		struct unit unit;
	} cache[CACHE];
};

/* ---- parts of a path ---- */

struct part {
	const char *s;
	size_t len;
};

/* The next component of a path; false: that was the last one. */
static bool part_next(const char **path, struct part *p)
{
	while (**path == '/')
		++*path;
	p->s = *path;
	p->len = strcspn(p->s, "/");
	*path += p->len;
	return p->len;
}

/* It is more than @begin, and begins so. */
static bool part_begins(const struct part *p, const char *begin)
{
	size_t n = strlen(begin);

	return p->len > n && !memcmp(p->s, begin, n);
}

static bool part_ends(const struct part *p, const char *end)
{
	size_t n = strlen(end);

	return p->len > n && !memcmp(p->s + p->len - n, end, n);
}

static bool part_has(const struct part *p, const char *s)
{
	return memmem(p->s, p->len, s, strlen(s));
}

static bool part_is(const struct part *p, const char *s)
{
	return p->len == strlen(s) && !memcmp(p->s, s, p->len);
}

static bool is_unit(const struct part *p)
{
	return part_ends(p, ".service") || part_ends(p, ".scope");
}

/* ---- containers ---- */

/* 64 hexadecimal digits, not one more. */
static const char *find_id(const struct part *p)
{
	unsigned digits = 0;

	for (size_t i = 0;; i++) {
		if (i < p->len && ascii_is_hex(p->s[i])) {
			digits++;
			continue;
		}
		if (digits == ID_DIGITS)
			return p->s + i - digits;
		digits = 0;
		if (i == p->len)
			return NULL;
	}
}

/* A byte that systemd writes as "\x2d"; 0: it is not written so. */
static char escaped_byte(const char *s, size_t len)
{
	char hex[3] = "";

	if (len < 4 || s[0] != '\\' || s[1] != 'x' || !ascii_is_hex(s[2]) ||
	    !ascii_is_hex(s[3]))
		return 0;
	memcpy(hex, s + 2, 2);
	return strtoul(hex, NULL, 16);
}

/* What is between @begin and @end, as systemd writes names. */
static void take_machine(struct unit *out, const struct part *p, const char *begin,
			 const char *end)
{
	char name[256];
	size_t n = 0;

	for (size_t i = strlen(begin); i + strlen(end) < p->len && n < sizeof(name);) {
		char byte = escaped_byte(p->s + i, p->len - i);

		name[n++] = byte ? byte : p->s[i];
		i += byte ? 4 : 1;
	}
	text_sanitise(out->container, sizeof(out->container), name, n);
}

/* Those of systemd-nspawn and machined. Guests of libvirt are not containers. */
static bool find_machine(const struct part *p, struct unit *out)
{
	if (part_begins(p, "systemd-nspawn@") && part_ends(p, ".service"))
		take_machine(out, p, "systemd-nspawn@", ".service");
	else if (part_begins(p, "machine-") && part_ends(p, ".scope") &&
		 !part_begins(p, "machine-qemu"))
		take_machine(out, p, "machine-", ".scope");
	return out->container[0];
}

/* "lxc.payload.NAME"; of Proxmox and older ones "/lxc/NAME", "/lxc.payload/NAME". */
static bool find_lxc(const struct part *p, const struct part *top, unsigned depth,
		     struct unit *out)
{
	const char *begin = "lxc.payload.";

	if (part_begins(p, begin))
		text_sanitise(out->container, sizeof(out->container), p->s + strlen(begin),
			      p->len - strlen(begin));
	else if (depth == 1 && (part_is(top, "lxc") || part_is(top, "lxc.payload")))
		text_sanitise(out->container, sizeof(out->container), p->s, p->len);
	out->lxc = out->container[0];
	return out->lxc;
}

/*
 * docker-ID.scope, cri-containerd-ID.scope, libpod-ID.scope, /docker/ID,
 * /kubepods/.../ID: the engines differ in the rest. The process that watches
 * over one of Podman's or CRI-O's is not in it.
 */
static bool find_by_id(const struct part *p, struct unit *out)
{
	const char *id = part_has(p, "-conmon-") ? NULL : find_id(p);

	if (!id)
		return false;
	snprintf(out->id, sizeof(out->id), "%.*s", ID_DIGITS, id);
	snprintf(out->container, sizeof(out->container), "%.*s", ID_SHOWN, id);
	return true;
}

/* A service that makes its containers within its own group. */
static bool is_engine(const struct part *unit)
{
	static const char *const names[] = {
		"docker", "containerd", "crio", "k3s", "rke2", "lxc", "lxd", "incus", "snap.lxd.",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (part_begins(unit, names[i]))
			return true;
	return false;
}

/* Names the user who made the container, and could give it any name. */
static void mark_user(struct unit *out, const struct part *user)
{
	char name[sizeof(out->container)];

	snprintf(name, sizeof(name), "%s", out->container);
	snprintf(out->container, sizeof(out->container), "%.*s/%.40s",
		 (int)(user->len - strlen(".slice")), user->s, name);
	out->id[0] = '\0';
	out->lxc = false;
}

/* A part of a path. */
struct path_place {
	struct part top, unit;	/* the first component; the outermost unit before */
	struct part user;	/* "user-UID.slice" */
	unsigned depth;
};

static bool find_in_part(const struct part *p, const struct path_place *at, struct unit *out)
{
	if (at->depth == 1 && part_is(&at->top, "machine.slice") && find_machine(p, out))
		return true;
	/* with --cgroups=split Podman runs in any unit */
	if (at->unit.len && !at->user.len && !is_engine(&at->unit) && !part_begins(p, "libpod-"))
		return false;
	if (!find_by_id(p, out) && !find_lxc(p, &at->top, at->depth, out))
		return false;
	if (at->user.len)
		mark_user(out, &at->user);
	return true;
}

/* The outermost one: what is within it has made the rest of the path. */
static bool find_container(const char *path, struct unit *out)
{
	struct path_place at = { .depth = 0 };
	struct part p;

	while (part_next(&path, &p)) {
		/* seen from a control group namespace */
		if (part_is(&p, ".."))
			continue;
		if (!at.depth)
			at.top = p;
		if (at.depth == 1 && part_is(&at.top, "user.slice") &&
		    part_begins(&p, "user-") && part_ends(&p, ".slice"))
			at.user = p;
		if (find_in_part(&p, &at, out))
			return true;
		if (!at.unit.len && is_unit(&p))
			at.unit = p;
		at.depth++;
	}
	return false;
}

/* ---- units ---- */

/* The outermost one; of a user's manager that which it started, in its slices. */
static bool find_unit(const char *path, struct part *out)
{
	bool found = false, manager = false;
	struct part p;

	while (part_next(&path, &p)) {
		if (manager && !is_unit(&p) && !part_ends(&p, ".slice"))
			break;
		if (!is_unit(&p) || (manager && part_is(&p, "init.scope")))
			continue;
		*out = p;
		found = true;
		if (manager || !part_begins(&p, "user@"))
			break;
		manager = true;
	}
	return found;
}

void unit_of_path(const char *path, struct unit *out)
{
	struct part p;

	*out = (struct unit){ .name = "" };
	if (find_container(path, out))
		snprintf(out->name, sizeof(out->name), "%s", out->container);
	else if (find_unit(path, &p))
		text_sanitise(out->name, sizeof(out->name), p.s, p.len);
}

/* ---- processes ---- */

/* "ID:CONTROLLERS:PATH" of cgroup v2 or of systemd's own hierarchy in v1. */
static bool is_systemd_line(const char *line)
{
	return !strncmp(line, "0::", 3) || strstr(line, ":name=systemd:");
}

void unit_of_process(int proc_fd, uint32_t pid, struct unit *out)
{
	char path[32], text[4096], *save = NULL;
	struct unit one;
	ssize_t len;
	int fd;

	*out = (struct unit){ .name = "" };
	snprintf(path, sizeof(path), "%u/cgroup", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line && !out->container[0];
	     line = strtok_r(NULL, "\n", &save)) {
		const char *group = strchr(line, '/');

		if (!group)
			continue;
		unit_of_path(group, &one);
		if (one.container[0] || (one.name[0] && !out->name[0] && is_systemd_line(line)))
			*out = one;
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

static size_t read_fd_path(int fd, char *buf, size_t size)
{
	char link[32];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, buf, size - 1);
	buf[len > 0 ? len : 0] = '\0';
	return len > 0 ? len : 0;
}

/* A control group's id is its file handle. Its path begins at the mount point. */
static void read_unit(const struct units *u, uint64_t cgroup, struct unit *out)
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { .head = { .handle_bytes = 8, .handle_type = FILEID_KERNFS } };
	char mount[256], path[1024];
	size_t len = read_fd_path(u->mount_fd, mount, sizeof(mount));
	int fd;

	memcpy(handle.head.f_handle, &cgroup, sizeof(cgroup));
	fd = open_by_handle_at(u->mount_fd, &handle.head, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	read_fd_path(fd, path, sizeof(path));
	close(fd);
	unit_of_path(strncmp(path, mount, len) ? path : path + len, out);
}

void unit_of_cgroup(struct units *u, uint64_t cgroup, struct unit *out)
{
	unsigned i = cgroup & (CACHE - 1);

	*out = (struct unit){ .name = "" };
	if (cgroup <= ROOT_CGROUP || u->mount_fd < 0)
		return;
	if (u->cache[i].id != cgroup) {
		u->cache[i].id = cgroup;
		u->cache[i].unit = *out;
		read_unit(u, cgroup, &u->cache[i].unit);
	}
	*out = u->cache[i].unit;
}
