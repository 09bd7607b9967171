// SPDX-License-Identifier: GPL-2.0-or-later
/* proc_pid/raw.c - sockets of protocols without ports; see proc_pid/raw.h. */
#include "proc_pid/raw.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Addresses are written in 32-bit words, each a number in host order. */
static bool parse_raw_addr(const char *hex, uint8_t l3, struct addr *a)
{
	uint32_t word[4];
	unsigned words = l3 == AF_INET ? 1 : 4;

	if (strlen(hex) != 8 * words)
		return false;
	for (unsigned i = 0; i < words; i++) {
		char text[9];

		memcpy(text, hex + 8 * i, 8);
		text[8] = '\0';
		word[i] = strtoul(text, NULL, 16);
	}
	*a = l3 == AF_INET ? addr_v4(word) : addr_v6(word);
	return true;
}

bool raw_parse_line(const char *line, uint8_t l3, struct sock *out)
{
	char local[33], remote[33];
	unsigned port, uid, inode;

	if (sscanf(line, " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%*x %*x %*x:%*x %*x:%*x %*x %u %*u %u",
		   local, &port, remote, &uid, &inode) != 5)
		return false;
	*out = (struct sock){
		.tuple = { .lport = port, .l3 = l3 },
		.uid = uid,
		.inode = inode,
	};
	return parse_raw_addr(local, l3, &out->tuple.local) &&
	       parse_raw_addr(remote, l3, &out->tuple.remote);
}

void raw_read(int proc_fd, uint8_t l3, bool ping, struct raw_sockets *out)
{
	char path[32], line[512];
	FILE *f;
	int fd;

	out->n = 0;
	snprintf(path, sizeof(path), "thread-self/net/%s%s", ping ? "icmp" : "raw",
		 l3 == AF_INET ? "" : "6");
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while (out->n < RAW_MAX && fgets(line, sizeof(line), f))
		out->n += raw_parse_line(line, l3, &out->sock[out->n]);
	fclose(f);
}

static bool takes(const struct addr *bound, const struct addr *a)
{
	return sock_addr_is_any(bound) || addr_equal(bound, a);
}

unsigned raw_find(const struct raw_sockets *r, const struct sock_tuple *t, uint16_t port,
		  struct sock out[RAW_MAX])
{
	bool connected = false;
	unsigned n = 0;

	for (unsigned i = 0; i < r->n; i++) {
		const struct sock_tuple *s = &r->sock[i].tuple;
		bool to_it = addr_equal(&s->remote, &t->remote);

		if (s->lport != port || !takes(&s->local, &t->local) ||
		    !(to_it || (!connected && sock_addr_is_any(&s->remote))))
			continue;
		if (to_it && !connected)
			n = 0;
		connected |= to_it;
		out[n++] = r->sock[i];
	}
	return n;
}
