// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/container.c - names of containers; see proc_pid/container.h.
 *
 * The maker of an image or a container chooses much of what these files contain,
 * labels for instance: so a key counts only in its right place.
 */
#include "proc_pid/container.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/text.h"
#include "proc_pid/unit.h"

#define PODMAN "/var/lib/containers/storage/overlay-containers/containers.json"
#define PODS "/var/log/containers"
#define LXC "/var/lib/lxc/"
#define FILE_MAX (1 << 20)
#define PODS_MAX 4096		/* most files of that folder that are read */
#define CACHE 64		/* containers remembered; a power of two */
#define FRESH_MS 10000		/* a name may be changed, or come later */

static const char *const docker[] = {
	"/var/lib/docker/containers/", "/var/snap/docker/common/var-lib-docker/containers/",
};

struct containers {
	const char *root;
	struct {
		char id[65], name[64];
		uint32_t read;		/* clock_ms() */
	} cache[CACHE];
};

struct containers *containers_new(const char *root)
{
	struct containers *c = calloc(1, sizeof(*c));

	if (c)
		c->root = root;
	return c;
}

void containers_free(struct containers *c)
{
	free(c);
}

/* ---- JSON ---- */

/* A string of the text, still escaped. */
struct string {
	const char *s;
	size_t len;
	unsigned depth;		/* how many objects and arrays it is in */
	bool key;
};

/* The state of a walk over the strings of a text. */
struct strings {
	const char *at;
	unsigned depth;
};

static bool next_string(struct strings *w, struct string *out)
{
	for (; *w->at && *w->at != '"'; w->at++) {
		w->depth += *w->at == '{' || *w->at == '[';
		w->depth -= w->depth && (*w->at == '}' || *w->at == ']');
	}
	if (!*w->at)
		return false;
	*out = (struct string){ .s = ++w->at, .depth = w->depth };
	while (*w->at && *w->at != '"')
		w->at += *w->at == '\\' && w->at[1] ? 2 : 1;
	out->len = w->at - out->s;
	if (!*w->at)
		return false;
	w->at += 1 + strspn(w->at + 1, " \t\r\n");
	out->key = *w->at == ':';
	return true;
}

static bool string_is(const struct string *s, const char *text)
{
	return s->len == strlen(text) && !memcmp(s->s, text, s->len);
}

/* Names of containers never need escapes. */
static bool string_take(const struct string *s, char *buf, size_t size)
{
	if (!s->len || memchr(s->s, '\\', s->len))
		return false;
	text_sanitise(buf, size, s->s, s->len);
	return true;
}

/* ---- the contents of the files ---- */

/* {...,"Name":"/NAME",...} */
bool container_docker_name(const char *json, char *buf, size_t size)
{
	struct strings walk = { json, 0 };
	struct string s;

	while (next_string(&walk, &s)) {
		if (s.depth != 1 || !s.key || !string_is(&s, "Name"))
			continue;
		if (!next_string(&walk, &s) || s.depth != 1 || s.key || *s.s != '/')
			return false;
		s.s++;
		s.len--;
		return string_take(&s, buf, size);
	}
	return false;
}

/* [{"id":"ID","names":["NAME"],...},...] */
bool container_podman_name(const char *json, const char *id, char *buf, size_t size)
{
	struct strings walk = { json, 0 };
	struct string s;
	bool this_one = false;

	while (next_string(&walk, &s)) {
		if (s.depth != 2 || !s.key)
			continue;
		if (string_is(&s, "id"))
			this_one = next_string(&walk, &s) && string_is(&s, id);
		else if (this_one && string_is(&s, "names"))
			return next_string(&walk, &s) && s.depth == 3 && !s.key &&
			       string_take(&s, buf, size);
	}
	return false;
}

/* "lxc.uts.name = NAME": if the container's own name is only a number. */
bool container_lxc_name(const char *config, char *buf, size_t size)
{
	static const char key[] = "lxc.uts.name";

	for (const char *line = config; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *s = line + strspn(line, " \t");

		if (strncmp(s, key, strlen(key)))
			continue;
		s += strlen(key);
		s += strspn(s, " \t=");
		text_sanitise(buf, size, s, strcspn(s, " \t\r\n"));
		return buf[0];
	}
	return false;
}

bool container_pod_name(const char *log, const char *id, char *buf, size_t size)
{
	const char *space = strchr(log, '_'), *name = space ? strchr(space + 1, '_') : NULL;
	const char *end = name ? strstr(name, id) : NULL;
	char text[256];

	if (!end || end[-1] != '-' || strcmp(end + strlen(id), ".log"))
		return false;
	snprintf(text, sizeof(text), "%.*s/%.*s/%.*s", (int)(name - space - 1), space + 1,
		 (int)(space - log), log, (int)(end - name - 2), name + 1);
	text_sanitise(buf, size, text, strlen(text));
	return true;
}

/* ---- reading them ---- */

static bool is_roots(int fd, mode_t type)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == type && st.st_uid == 0 &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static char *container_read_all(int fd)
{
	char *text = malloc(FILE_MAX);
	size_t len = 0;
	ssize_t n;

	while (text && len < FILE_MAX - 1 && (n = read(fd, text + len, FILE_MAX - 1 - len)) > 0)
		len += n;
	if (text)
		text[len] = '\0';
	return text;
}

/*
 * The text of the file @before @name @after; free() it. NULL: not readable, or
 * others may have written the file.
 */
static char *read_text_file(const struct containers *c, const char *before, const char *name,
			    const char *after)
{
	char path[512], *text = NULL;
	int fd;

	snprintf(path, sizeof(path), "%s%s%s%s", c->root, before, name, after);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	if (is_roots(fd, S_IFREG))
		text = container_read_all(fd);
	close(fd);
	return text;
}

static bool find_docker(const struct containers *c, const char *id, char *buf, size_t size)
{
	bool found = false;
	char *text;

	for (unsigned i = 0; i < sizeof(docker) / sizeof(docker[0]) && !found; i++) {
		text = read_text_file(c, docker[i], id, "/config.v2.json");
		found = text && container_docker_name(text, buf, size);
		free(text);
	}
	return found;
}

static bool find_podman(const struct containers *c, const char *id, char *buf, size_t size)
{
	char *text = read_text_file(c, PODMAN, "", "");
	bool found = text && container_podman_name(text, id, buf, size);

	free(text);
	return found;
}

static bool find_pod(const struct containers *c, const char *id, char *buf, size_t size)
{
	bool found = false;
	struct dirent *e;
	char path[256];
	DIR *d;

	snprintf(path, sizeof(path), "%s" PODS, c->root);
	d = opendir(path);
	if (!d)
		return false;
	if (is_roots(dirfd(d), S_IFDIR))
		for (unsigned i = 0; i < PODS_MAX && !found && (e = readdir(d)); i++)
			found = container_pod_name(e->d_name, id, buf, size);
	closedir(d);
	return found;
}

/* Proxmox numbers its containers. */
static void find_lxc_name(const struct containers *c, const char *number, char *buf, size_t size)
{
	char *text;

	if (strspn(number, "0123456789") != strlen(number))
		return;
	text = read_text_file(c, LXC, number, "/config");
	if (text)
		container_lxc_name(text, buf, size);
	free(text);
}

static void find_name(const struct containers *c, const struct unit *unit, char *buf, size_t size)
{
	if (unit->lxc)
		find_lxc_name(c, unit->container, buf, size);
	else if (!find_docker(c, unit->id, buf, size) && !find_podman(c, unit->id, buf, size))
		find_pod(c, unit->id, buf, size);
}

void container_name(struct containers *c, const struct unit *unit, char *buf, size_t size)
{
	const char *id = unit->lxc ? unit->container : unit->id;
	unsigned i = hash_bytes(id, strlen(id)) & (CACHE - 1);
	uint32_t now = clock_ms();

	if (!*id)
		return;
	if (strcmp(c->cache[i].id, id) || now - c->cache[i].read >= FRESH_MS) {
		snprintf(c->cache[i].id, sizeof(c->cache[i].id), "%s", id);
		c->cache[i].name[0] = '\0';
		c->cache[i].read = now;
		find_name(c, unit, c->cache[i].name, sizeof(c->cache[i].name));
	}
	if (c->cache[i].name[0])
		snprintf(buf, size, "%s", c->cache[i].name);
}
