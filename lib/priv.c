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
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

/* CAP_NET_ADMIN for each dump, the other two for other users' /proc/PID/fd. */
#define WANTED "cap_net_admin,cap_sys_ptrace,cap_dac_read_search"

/* ---- a program file that gives rights ---- */

/* Of this thread. */
static __thread struct {
	unsigned depth;
	cap_t full;		/* while lowered: what priv_raise() takes back */
} lowered;

static void drop_effective_caps(void)
{
	cap_t less;

	lowered.full = cap_get_proc();
	less = lowered.full ? cap_dup(lowered.full) : NULL;
	if (!less)
		return;
	cap_clear_flag(less, CAP_EFFECTIVE);
	cap_set_proc(less);
	cap_free(less);
}

/* The C library's setfsuid() and setfsgid() are of the thread, too. */
void priv_lower(void)
{
	if (!getauxval(AT_SECURE) || lowered.depth++)
		return;
	drop_effective_caps();
	setfsgid(getgid());
	setfsuid(getuid());
}

void priv_raise(void)
{
	int saved = errno;	/* of what was tried meanwhile */

	if (!getauxval(AT_SECURE) || --lowered.depth)
		return;
	setfsuid(geteuid());
	setfsgid(getegid());
	if (lowered.full) {
		cap_set_proc(lowered.full);
		cap_free(lowered.full);
		lowered.full = NULL;
	}
	errno = saved;
}

static bool is_harmless(const char *variable)
{
	static const char *const names[] = {
		"TERM=", "COLORTERM=", "NO_COLOR=", "LANG=", "LANGUAGE=",
		"LC_", "TZ=", "FLOWTOP_GEOIP=",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(variable, names[i], strlen(names[i])))
			return true;
	return false;
}

void priv_clean_environment(void)
{
	char **kept = environ;

	if (!getauxval(AT_SECURE))
		return;
	for (char **v = environ; *v; v++)
		if (is_harmless(*v))
			*kept++ = *v;
	*kept = NULL;
}

/* ---- what it needs ---- */

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

/* ---- a namespace ---- */

static bool is_pid(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

/* A FIFO of that name is not waited for; setns() refuses it. */
static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

/* What a user names is opened with that user's rights. */
static int open_named_path(const char *path)
{
	int fd;

	priv_lower();
	fd = open_path(path);
	priv_raise();
	return fd;
}

/* What has a slash is a path; a name is a file of /run/netns. */
static int open_netns(const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (strchr(name, '/'))
		return open_named_path(name);
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -ENOENT;
	if (snprintf(path, sizeof(path), "/run/netns/%s", name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open_path(path);
	if (fd == -ENOENT && is_pid(name)) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", name);
		fd = open_path(path);
	}
	return fd;
}

static int stat_netns(const char *name, struct stat *st)
{
	char path[PATH_MAX];
	int ret;

	if (!strchr(name, '/')) {
		snprintf(path, sizeof(path), "/run/netns/%s", name);
		return stat(path, st);
	}
	priv_lower();
	ret = stat(name, st);
	priv_raise();
	return ret;
}

bool priv_netns_is_gone(const char *name, int fd)
{
	struct stat now, was;

	if (is_pid(name) || !strncmp(name, "/proc/", 6) || fstat(fd, &was) < 0)
		return false;
	if (stat_netns(name, &now) < 0)
		return errno == ENOENT;
	return now.st_dev != was.st_dev || now.st_ino != was.st_ino;
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
