/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns_server.h - a DNS server on loopback for tests, in a thread. What it
 * answers for an address is the test's: struct dns_server.answer.
 */
#ifndef TESTS_DNS_SERVER_H
#define TESTS_DNS_SERVER_H

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/addr.h"

#define DNS_SERVER_QUEUE 8192

/* An answer being made: starts with header and question. */
struct dns_message {
	uint8_t byte[1024];
	size_t len;
};

struct dns_server {
	/* Adds to the answer. False: no answer at all. NULL: dns_server_ptr(). */
	bool (*answer)(struct dns_server *s, const struct addr *a, struct dns_message *m);
	unsigned delay_ms;
	unsigned refuse_above;	/* 0, or more than so many waiting are refused */
	bool refuse_probe;	/* refuse what flowtop tries a server with */

	uint16_t port;
	bool silent, stop;	/* atomic */
	unsigned asked;		/* atomic: queries for names, probes not counted */
	unsigned ports;		/* atomic: different source ports */

	int fd;
	pthread_t thread;
	uint8_t port_seen[1 << 16];
	struct {
		struct dns_message m;
		struct sockaddr_in to;
		uint64_t due;
	} *queue;		/* a ring, by due time */
	unsigned head, n;
	struct addr first[64];	/* the first questions, in their order */
};

static inline uint64_t dns_server_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static inline void dns_put(struct dns_message *m, const void *bytes, size_t n)
{
	if (m->len + n > sizeof(m->byte))
		abort();
	memcpy(m->byte + m->len, bytes, n);
	m->len += n;
}

static inline void dns_put_number(struct dns_message *m, uint32_t number, unsigned bytes)
{
	while (bytes--)
		dns_put(m, &(uint8_t){ number >> 8 * bytes }, 1);
}

/* Text to labels: a dot ends one. */
static inline void dns_put_name(struct dns_message *m, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		dns_put_number(m, n, 1);
		dns_put(m, name, n);
		name += n + (name[n] == '.');
	}
	dns_put_number(m, 0, 1);
}

static inline void dns_set_rcode(struct dns_message *m, unsigned rcode)
{
	m->byte[3] = (m->byte[3] & 0xf0) | rcode;
}

/* A record of the question's name; its data is what is put until dns_end(). */
static inline size_t dns_begin(struct dns_message *m, unsigned count_at, unsigned type,
			       uint32_t ttl)
{
	m->byte[count_at + 1]++;
	dns_put_number(m, 0xc00c, 2);
	dns_put_number(m, type, 2);
	dns_put_number(m, ns_c_in, 2);
	dns_put_number(m, ttl, 4);
	dns_put_number(m, 0, 2);
	return m->len;
}

static inline void dns_end(struct dns_message *m, size_t start)
{
	m->byte[start - 2] = (m->len - start) >> 8;
	m->byte[start - 1] = m->len - start;
}

#define DNS_ANSWERS 6		/* where the header counts the answers */
#define DNS_AUTHORITY 8

static inline void dns_put_ptr(struct dns_message *m, const char *name, uint32_t ttl)
{
	size_t start = dns_begin(m, DNS_ANSWERS, ns_t_ptr, ttl);

	dns_put_name(m, name);
	dns_end(m, start);
}

/* "h-8-8-8-8.test", "h-2001-db8--1.test" */
static inline void dns_server_name(const struct addr *a, char *out, size_t size)
{
	char text[ADDR_STRLEN];

	addr_format(a, text);
	for (char *c = text; *c; c++) {
		if (*c == '.' || *c == ':')
			*c = '-';
	}
	snprintf(out, size, "h-%s.test", text);
}

static inline bool dns_server_ptr(struct dns_server *s, const struct addr *a,
				  struct dns_message *m)
{
	char name[64];

	(void)s;
	dns_server_name(a, name, sizeof(name));
	dns_put_ptr(m, name, 3600);
	return true;
}

/* The address of a name below in-addr.arpa or ip6.arpa; false: it is none. */
static inline bool dns_server_addr(const uint8_t *q, const uint8_t *end, struct addr *out)
{
	uint8_t part[32], v6[16];
	unsigned n = 0;

	for (; q < end && *q && q + *q < end; q += 1 + *q) {
		char label[64];

		snprintf(label, sizeof(label), "%.*s", *q, (const char *)q + 1);
		if (!strcmp(label, "in-addr") || !strcmp(label, "ip6") || n == 32)
			break;
		part[n++] = strtoul(label, NULL, *q == 1 && q[2] == 1 ? 16 : 10);
		if (*q == 1 && label[0] >= 'a')
			part[n - 1] = label[0] - 'a' + 10;
	}
	if (n == 4) {
		*out = addr_v4((uint8_t[]){ part[3], part[2], part[1], part[0] });
		return true;
	}
	for (unsigned i = 0; i < 16 && n == 32; i++)
		v6[i] = part[31 - 2 * i] << 4 | part[30 - 2 * i];
	if (n == 32)
		*out = addr_v6(v6);
	return n == 32;
}

static inline void dns_server_note(struct dns_server *s, const struct addr *a,
				   const struct sockaddr_in *from)
{
	unsigned n = __atomic_load_n(&s->asked, __ATOMIC_ACQUIRE);

	if (n < 64)
		s->first[n] = *a;
	if (!s->port_seen[ntohs(from->sin_port)]) {
		s->port_seen[ntohs(from->sin_port)] = 1;
		__atomic_add_fetch(&s->ports, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&s->asked, n + 1, __ATOMIC_RELEASE);
}

static inline void dns_server_take(struct dns_server *s, const uint8_t *query, size_t len,
				   const struct sockaddr_in *from)
{
	static const uint8_t localhost[4] = { 127, 0, 0, 1 };
	unsigned at = (s->head + s->n) % DNS_SERVER_QUEUE;
	struct dns_message *m = &s->queue[at].m;
	struct addr a, probe = addr_v4(localhost);
	bool probing;

	if (len < 12 || len > 512 || s->n == DNS_SERVER_QUEUE ||
	    !dns_server_addr(query + 12, query + len, &a))
		return;
	probing = addr_equal(&a, &probe);
	if (!probing)
		dns_server_note(s, &a, from);
	if (__atomic_load_n(&s->silent, __ATOMIC_ACQUIRE))
		return;
	memcpy(m->byte, query, len);
	m->len = len;
	m->byte[2] |= 0x80;	/* a response */
	m->byte[3] = 0x80;
	if (probing)
		dns_set_rcode(m, s->refuse_probe ? ns_r_refused : ns_r_nxdomain);
	else if (s->refuse_above && s->n >= s->refuse_above)
		dns_set_rcode(m, ns_r_refused);
	else if (!(s->answer ? s->answer : dns_server_ptr)(s, &a, m))
		return;
	s->queue[at].to = *from;
	s->queue[at].due = dns_server_ms() + s->delay_ms;
	s->n++;
}

static inline void *dns_server_run(void *arg)
{
	struct dns_server *s = arg;

	while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE)) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };
		struct sockaddr_in from;
		socklen_t from_len;
		uint8_t query[1024];
		uint64_t now;
		ssize_t len;

		poll(&p, 1, s->n && s->delay_ms ? 1 : s->n ? 0 : 20);
		do {
			from_len = sizeof(from);
			len = recvfrom(s->fd, query, sizeof(query), MSG_DONTWAIT,
				       (struct sockaddr *)&from, &from_len);
			if (len > 0)
				dns_server_take(s, query, len, &from);
		} while (len > 0);
		now = dns_server_ms();
		while (s->n && s->queue[s->head].due <= now) {
			sendto(s->fd, s->queue[s->head].m.byte, s->queue[s->head].m.len, 0,
			       (struct sockaddr *)&s->queue[s->head].to, sizeof(from));
			s->head = (s->head + 1) % DNS_SERVER_QUEUE;
			s->n--;
		}
	}
	return NULL;
}

/* Fill in what answers, then start. The port is chosen. */
static inline int dns_server_start(struct dns_server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int buf = 4 << 20;

	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s->queue = calloc(DNS_SERVER_QUEUE, sizeof(*s->queue));
	if (s->fd < 0 || !s->queue || bind(s->fd, (struct sockaddr *)&at, sizeof(at)) ||
	    getsockname(s->fd, (struct sockaddr *)&at, &len))
		return -1;
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &buf, sizeof(buf));
	s->port = ntohs(at.sin_port);
	return pthread_create(&s->thread, NULL, dns_server_run, s) ? -1 : 0;
}

static inline void dns_server_stop(struct dns_server *s)
{
	__atomic_store_n(&s->stop, true, __ATOMIC_RELEASE);
	pthread_join(s->thread, NULL);
	close(s->fd);
	free(s->queue);
}

#endif
