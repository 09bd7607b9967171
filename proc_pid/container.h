/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/container.h - names of containers, from the files in which Docker and
 * Podman keep them: root may read these. No daemon is contacted. One thread.
 */
#ifndef PROC_PID_CONTAINER_H
#define PROC_PID_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

struct containers;

/* NULL: out of memory. */
struct containers *containers_new(void);
void containers_free(struct containers *c);

/*
 * The name of the container with the id @id (64 digits), sanitised. @buf stays
 * as it is where the name is not known.
 */
void container_name(struct containers *c, const char *id, char *buf, size_t size);

/* The same from the text of such a file; false: it has none. */
bool container_docker_name(const char *json, char *buf, size_t size);
bool container_podman_name(const char *json, const char *id, char *buf, size_t size);

#endif
