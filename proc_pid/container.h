/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/container.h - names of containers, from the files in which Docker,
 * Podman, Kubernetes and Proxmox keep them, readable by root. Only files that
 * root wrote count. No daemon is contacted. One thread.
 */
#ifndef PROC_PID_CONTAINER_H
#define PROC_PID_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

struct containers;
struct unit;

/* @root: the folder of all these files, "" except in tests. NULL: out of memory. */
struct containers *containers_new(const char *root);
void containers_free(struct containers *c);

/*
 * The name of the unit's container, sanitised. @buf is unchanged if the name is
 * not known.
 */
void container_name(struct containers *c, const struct unit *unit, char *buf, size_t size);

/* The same from the text of such a file; false: it has none. */
bool container_docker_name(const char *json, char *buf, size_t size);
bool container_podman_name(const char *json, const char *id, char *buf, size_t size);
bool container_lxc_name(const char *config, char *buf, size_t size);

/* From the name of a container's log: "POD_NAMESPACE_CONTAINER-ID.log". */
bool container_pod_name(const char *log, const char *id, char *buf, size_t size);

#endif
