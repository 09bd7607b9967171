// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as the files in which engines keep the names of containers: their
 * labels are anybody's. A name is short, and does nothing to a terminal.
 */
#include "proc_pid/container.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool found, const char *name)
{
	if (!found)
		return;
	if (!*name || strlen(name) > 63)
		abort();
	for (; *name; name++)
		if ((unsigned char)*name < ' ')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), buf[64];

	memcpy(text, data, size);
	text[size] = '\0';
	check(container_docker_name(text, buf, sizeof(buf)), buf);
	check(container_podman_name(text, ID, buf, sizeof(buf)), buf);
	check(container_lxc_name(text, buf, sizeof(buf)), buf);
	check(container_pod_name(text, ID, buf, sizeof(buf)), buf);
	free(text);
	return 0;
}
