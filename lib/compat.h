/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/compat.h - what the headers of older systems lack: the C library's (glibc
 * before 2.36, musl) and the kernel's (before 5.13). The running kernel may
 * be newer than the headers, so nothing is left out for want of them.
 *
 * System calls are made without the library; they return as syscall(2) does.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Enumerators of newer headers: where they are there, these have their value. */
#define CTA_FILTER 25
#define CTA_FILTER_ORIG_FLAGS 1
#define CTA_FILTER_REPLY_FLAGS 2
#define CTA_STATS_GLOBAL_MAX_ENTRIES 2
#define NFT_TABLE_F_OWNER 2

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71	/* Linux 5.14 */
#endif

static inline int compat_pidfd_open(pid_t pid)
{
	return syscall(SYS_pidfd_open, pid, 0);
}

static inline int compat_pidfd_send_signal(int fd, int signal)
{
	return syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
}

/* A file system that is mounted nowhere, as a descriptor of its root. */
static inline int compat_mount_detached(const char *type)
{
	const unsigned close_on_exec = 1, create = 6;
	int context = syscall(SYS_fsopen, type, close_on_exec);
	int mount = -1;

	if (context < 0)
		return -1;
	if (!syscall(SYS_fsconfig, context, create, NULL, NULL, 0))
		mount = syscall(SYS_fsmount, context, close_on_exec, 0);
	close(context);
	return mount;
}

#endif
