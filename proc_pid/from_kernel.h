/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_pid/from_kernel.h - netlink messages that the kernel has sent, and no
 * others: whoever is root in a network namespace may send messages to the
 * netlink sockets in it.
 */
#ifndef PROC_PID_FROM_KERNEL_H
#define PROC_PID_FROM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Messages of others that are passed over before a receive gives up. */
#define FROM_KERNEL_OTHERS 4096

struct msghdr;

/* Did the kernel send what a receive has filled in? msg_name must be given. */
bool from_kernel_sent(const struct msghdr *msg);

/*
 * The next message of the kernel. Does not wait: what answers a request is
 * there when the request has been sent. Its length, or -errno.
 */
ssize_t from_kernel_recv(int fd, void *buf, size_t size);

/* The first sequence number of a socket's requests: at random. */
uint32_t from_kernel_first_seq(void);

#endif
