// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/priv.c - rights and namespaces.
 */
#include "lib/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/capability.h>
#include <unistd.h>

/* CAP_NET_ADMIN for each dump, the other two for other users' /proc/PID/fd. */
#define WANTED "cap_net_admin,cap_sys_ptrace,cap_dac_read_search"

static cap_t full;	/* while lowered: what priv_raise() takes back */

void priv_lower(void)
{
	cap_t less;

	if (!getauxval(AT_SECURE) || full)
		return;
	full = cap_get_proc();
	less = full ? cap_dup(full) : NULL;
	if (!less)
		return;
	cap_clear_flag(less, CAP_EFFECTIVE);
	cap_set_proc(less);
	cap_free(less);
}

void priv_raise(void)
{
	if (!full)
		return;
	cap_set_proc(full);
	cap_free(full);
	full = NULL;
}

static bool has_net_admin(void)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (!caps)
		return true;	/* not known: the kernel will say */
	cap_get_flag(caps, CAP_NET_ADMIN, CAP_EFFECTIVE, &value);
	cap_free(caps);
	return value == CAP_SET;
}

bool priv_lacks(char *buf, size_t size)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *typed = program_invocation_name;

	if (len < 0)
		len = snprintf(self, sizeof(self), "/usr/local/sbin/flowtop");
	self[len] = '\0';
	/* sudo looks in other folders than the user's shell */
	snprintf(buf, size, "CAP_NET_ADMIN is missing, without which the kernel shows no flows: "
		 "sudo %s, or once: sudo setcap " WANTED "+ep %s",
		 strchr(typed, '/') ? typed : self, self);
	return !has_net_admin();
}

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

/* A FIFO of that name is not waited for; setns() refuses it. */
static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

/* What has a slash is a path; a name is a file of /run/netns. */
static int open_netns(const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (strchr(name, '/'))
		return open_path(name);
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -ENOENT;
	if (snprintf(path, sizeof(path), "/run/netns/%s", name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open_path(path);
	if (fd == -ENOENT && is_number(name)) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", name);
		fd = open_path(path);
	}
	return fd;
}

static const char *netns_problem(int ret)
{
	switch (-ret) {
	case ENOENT:
		return "no such network namespace (ip netns list), process or file";
	case EINVAL:
		return "this file is not a network namespace";
	case EPERM:
	case EACCES:
		return "not permitted; that takes CAP_SYS_ADMIN and CAP_SYS_PTRACE (sudo)";
	default:
		return strerror(-ret);
	}
}

int priv_enter_netns(const char *name, char *error, size_t size)
{
	int fd = open_netns(name);
	int ret = fd;

	if (fd >= 0 && setns(fd, CLONE_NEWNET) < 0) {
		ret = -errno;
		close(fd);
	}
	if (ret < 0)
		snprintf(error, size, "network namespace %s: %s", name, netns_problem(ret));
	return ret;
}
