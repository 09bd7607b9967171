// SPDX-License-Identifier: GPL-2.0-or-later
/* track/holders.c - who needs what; see the header. */
#include "track/holders.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS "/proc/thread-self/net/netlink"
#define GROUP (1u << (NFNLGRP_CONNTRACK_EXP_DESTROY - 1))	/* seldom used */
#define MARK 0x46u		/* the upper byte of the port; no PID is as big */
#define NEEDS_SHIFT (24 - HOLDERS_BITS)
#define PORT_TRIES 100		/* at random: nobody can take them all */

int holders_open(struct holders *h)
{
	int error;

	h->fd = -1;
	h->send = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	h->list = open(SOCKETS, O_RDONLY | O_CLOEXEC);
	error = h->send < 0 || h->list < 0 ? -errno : 0;
	if (error)
		holders_close(h);
	return error;
}

void holders_leave(struct holders *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
}

void holders_close(struct holders *h)
{
	holders_leave(h);
	if (h->list >= 0)
		close(h->list);
	if (h->send >= 0)
		close(h->send);
	h->list = h->send = -1;
}

/* ---- ours ---- */

/* It takes no message but what is passed on: one byte, which no other has. */
static int open_deaf(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 1),
	};
	struct sock_fprog filter = { .len = 4, .filter = code };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
	return fd;
}

static int take_port(struct holders *h, unsigned needs)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = GROUP };
	uint32_t number = 0;

	for (int i = 0; i < PORT_TRIES; i++) {
		if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
			number++;	/* very early at boot */
		own.nl_pid = MARK << 24 | needs << NEEDS_SHIFT |
			     (number & ((1u << NEEDS_SHIFT) - 1));
		h->port = own.nl_pid;
		if (bind(h->fd, (struct sockaddr *)&own, sizeof(own)) == 0)
			return 0;
		if (errno != EADDRINUSE)
			break;
	}
	return -errno;
}

int holders_say(struct holders *h, unsigned needs)
{
	int ret;

	holders_leave(h);
	if (!needs)
		return 0;
	h->fd = open_deaf();
	if (h->fd < 0)
		return -errno;
	ret = take_port(h, needs);
	if (ret)
		holders_leave(h);
	return ret;
}

/* ---- the others' ---- */

/* A word of a line, as a number; @at moves behind it. */
static uint32_t take_number(const char **at, unsigned base)
{
	uint32_t number = 0;

	while (**at == ' ')
		++*at;
	for (; **at && **at != ' '; ++*at) {
		unsigned c = **at, digit = c <= '9' ? c - '0' : c - 'a' + 10;

		if (digit < base)
			number = number * base + digit;
	}
	return number;
}

/* "SOCKET PROTOCOL PORT GROUPS ..." */
static unsigned needs_of_line(const struct holders *h, const char *line, uint32_t *port)
{
	uint32_t protocol, groups;

	take_number(&line, 16);
	protocol = take_number(&line, 10);
	*port = take_number(&line, 10);
	groups = take_number(&line, 16);
	if (protocol != NETLINK_NETFILTER || groups != GROUP || *port >> 24 != MARK)
		return 0;
	if (h->fd >= 0 && *port == h->port)
		return 0;
	return *port >> NEEDS_SHIFT & ((1u << HOLDERS_BITS) - 1);
}

static bool pass_to(const struct holders *h, uint32_t port, uint8_t what)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = port };

	return sendto(h->send, &what, 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) == 1;
}

/* What others need. Those that need of @pass are told so; *passed: how many. */
static unsigned walk_holders(const struct holders *h, unsigned pass, unsigned *passed)
{
	char buf[4096];
	unsigned needs = 0;
	uint32_t port;
	size_t len = 0;
	ssize_t n;

	if (lseek(h->list, 0, SEEK_SET) < 0)
		return 0;
	while ((n = read(h->list, buf + len, sizeof(buf) - 1 - len)) > 0) {
		char *line = buf, *end;

		buf[len + n] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			unsigned one;

			*end = '\0';
			one = needs_of_line(h, line, &port);
			needs |= one;
			if (one & pass)
				*passed += pass_to(h, port, pass);
		}
		len = strlen(line);
		memmove(buf, line, len);
		if (len >= sizeof(buf) - 1)
			len = 0;	/* no such line is so long */
	}
	return needs;
}

unsigned holders_others(const struct holders *h)
{
	unsigned none = 0;

	return walk_holders(h, 0, &none);
}

bool holders_pass(const struct holders *h, unsigned what)
{
	unsigned passed = 0;

	walk_holders(h, what, &passed);
	return passed;
}

unsigned holders_passed(const struct holders *h)
{
	unsigned what = 0;
	uint8_t byte;

	while (h->fd >= 0 && recv(h->fd, &byte, 1, MSG_DONTWAIT) == 1)
		what |= byte;
	return what;
}
