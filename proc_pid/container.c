// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/container.c - names of containers; see proc_pid/container.h.
 *
 * Both files are JSON without spaces, in which a quote within a string is
 * escaped: so the patterns below are only found where they are meant.
 */
#include "proc_pid/container.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/text.h"

#define DOCKER "/var/lib/docker/containers/%s/config.v2.json"
#define PODMAN "/var/lib/containers/storage/overlay-containers/containers.json"
#define FILE_MAX (1 << 20)
#define CACHE 64		/* containers remembered; a power of two */
#define FRESH_MS 10000		/* a name may be changed, or come later */

struct containers {
	struct {
		char id[65], name[64];
		uint32_t read;		/* clock_ms() */
	} cache[CACHE];
};

struct containers *containers_new(void)
{
	return calloc(1, sizeof(struct containers));
}

void containers_free(struct containers *c)
{
	free(c);
}

/* ---- what the files say ---- */

/* The string that begins at @s, up to its quote. */
static bool take_string(const char *s, char *buf, size_t size)
{
	size_t len = strcspn(s, "\"\\");

	if (!len || s[len] != '"')
		return false;
	text_sanitise(buf, size, s, len);
	return true;
}

bool container_docker_name(const char *json, char *buf, size_t size)
{
	static const char before[] = "\"Name\":\"/";
	const char *at = strstr(json, before);

	return at && take_string(at + strlen(before), buf, size);
}

/* [{"id":"ID","names":["NAME"],...},...] */
bool container_podman_name(const char *json, const char *id, char *buf, size_t size)
{
	static const char before[] = "\"names\":[\"";
	const char *at = strstr(json, id), *end;

	if (!at)
		return false;
	end = strchr(at, ']');
	at = strstr(at, before);
	return at && end && at < end && take_string(at + strlen(before), buf, size);
}

/* ---- reading them ---- */

/* A file's text; free() it. NULL: it cannot be read. */
static char *read_text_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text = fd < 0 ? NULL : malloc(FILE_MAX);
	size_t len = 0;
	ssize_t n;

	while (text && len < FILE_MAX - 1 && (n = read(fd, text + len, FILE_MAX - 1 - len)) > 0)
		len += n;
	if (text)
		text[len] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void read_container_name(const char *id, char *buf, size_t size)
{
	char path[sizeof(DOCKER) + 64], *text;
	bool found;

	snprintf(path, sizeof(path), DOCKER, id);
	text = read_text_file(path);
	found = text && container_docker_name(text, buf, size);
	free(text);
	if (found)
		return;
	text = read_text_file(PODMAN);
	if (text)
		container_podman_name(text, id, buf, size);
	free(text);
}

void container_name(struct containers *c, const char *id, char *buf, size_t size)
{
	unsigned long i = strtoul((char[]){ id[0], id[1], id[2], id[3], '\0' }, NULL, 16) &
			  (CACHE - 1);
	uint32_t now = clock_ms();

	if (strcmp(c->cache[i].id, id) || now - c->cache[i].read >= FRESH_MS) {
		snprintf(c->cache[i].id, sizeof(c->cache[i].id), "%s", id);
		c->cache[i].name[0] = '\0';
		c->cache[i].read = now;
		read_container_name(id, c->cache[i].name, sizeof(c->cache[i].name));
	}
	if (c->cache[i].name[0])
		snprintf(buf, size, "%s", c->cache[i].name);
}
