// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/from_kernel.c - netlink messages that the kernel has sent.
 */
#include "proc_pid/from_kernel.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/random.h>
#include <sys/socket.h>

bool from_kernel_sent(const struct msghdr *msg)
{
	const struct sockaddr_nl *from = msg->msg_name;

	return msg->msg_namelen == sizeof(*from) && from->nl_family == AF_NETLINK &&
	       !from->nl_pid && !(msg->msg_flags & MSG_TRUNC);
}

ssize_t from_kernel_recv(int fd, void *buf, size_t size)
{
	for (unsigned others = 0; others < FROM_KERNEL_OTHERS;) {
		struct iovec iov = { buf, size };
		struct sockaddr_nl from;
		struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from),
				      .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t len = recvmsg(fd, &msg, MSG_DONTWAIT);

		if (len < 0 && errno != EINTR)
			return -errno;
		if (len >= 0 && from_kernel_sent(&msg))
			return len;
		others++;
	}
	return -ENOBUFS;
}

uint32_t from_kernel_first_seq(void)
{
	uint32_t seq = 0;

	/* one that is not ready, early in the boot, is not worth waiting for */
	if (getrandom(&seq, sizeof(seq), GRND_NONBLOCK) < 0)
		return 0;
	return seq;
}
