// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/listen.c - the sockets that wait for others; see proc_pid/listen.h.
 *
 * A sorted array for each protocol, dumped again when it is older than OLD_MS, or
 * than MISS_MS where it does not have the socket.
 */
#include "proc_pid/listen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "flow_list.h"
#include "lib/clock.h"

#define OLD_MS 1000
#define MISS_MS 20
#define COST_REST 50		/* pause between dumps, in times of what one took */

struct table {
	struct sock *v;		/* by port */
	unsigned n, size;
	uint8_t l4;
	uint32_t states;
	bool read, lacking;	/* lacking: a socket was seen that is not in it */
	uint32_t read_at, rest;	/* clock_ms(), ms */
};

struct listeners {
	struct table tcp, udp;
};

struct listeners *listeners_new(void)
{
	struct listeners *l = calloc(1, sizeof(*l));

	if (l) {
		l->tcp = (struct table){ .l4 = IPPROTO_TCP, .states = 1 << TCP_LISTEN };
		l->udp = (struct table){ .l4 = IPPROTO_UDP, .states = 1 << TCP_CLOSE };
	}
	return l;
}

void listeners_free(struct listeners *l)
{
	if (!l)
		return;
	free(l->tcp.v);
	free(l->udp.v);
	free(l);
}

/* ---- the table ---- */

static void add_sock(void *ctx, const struct sock *s)
{
	struct table *t = ctx;

	if (t->n == t->size) {
		unsigned more = t->size ? 2 * t->size : 64;
		struct sock *v = realloc(t->v, more * sizeof(*v));

		if (!v)
			return;
		t->v = v;
		t->size = more;
	}
	t->v[t->n++] = *s;
}

static int compare_ports(const void *a, const void *b)
{
	const struct sock *x = a, *y = b;

	return (x->tuple.lport > y->tuple.lport) - (x->tuple.lport < y->tuple.lport);
}

static void table_read(struct table *t, struct sock_diag *d)
{
	uint32_t began = clock_ms();

	t->n = 0;
	sock_diag_dump(d, t->l4, t->states, add_sock, t);
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), compare_ports);
	t->read = true;
	t->lacking = false;
	t->read_at = clock_ms();
	t->rest = (t->read_at - began) * COST_REST;
}

/* The first socket with a port not below @port. */
static unsigned first_of_port(const struct table *t, uint16_t port)
{
	unsigned low = 0, high = t->n;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (t->v[middle].tuple.lport < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How narrowly the socket is bound to the end; 0: it does not take it. */
static unsigned fit(const struct sock *s, const struct sock_tuple *t)
{
	const struct addr *bound = &s->tuple.local;

	if (addr_equal(bound, &t->local))
		return 3;
	if (!sock_addr_is_any(bound))
		return 0;
	if (s->tuple.l3 == t->l3)
		return 2;
	return s->tuple.l3 == AF_INET6 && !s->v6only;
}

static unsigned table_find(const struct table *table, const struct sock_tuple *t,
			   struct sock *out, unsigned max)
{
	unsigned best = 1, n = 0;

	for (unsigned i = first_of_port(table, t->lport);
	     i < table->n && table->v[i].tuple.lport == t->lport; i++) {
		unsigned fits = fit(&table->v[i], t);

		if (fits > best) {
			best = fits;
			n = 0;
		}
		if (fits == best && n < max)
			out[n++] = table->v[i];
	}
	return n;
}

void listeners_lack(struct listeners *l, uint8_t l4)
{
	(l4 == IPPROTO_TCP ? &l->tcp : &l->udp)->lacking = true;
}

unsigned listeners_find(struct listeners *l, struct sock_diag *d, const struct sock_tuple *t,
			struct sock *out, unsigned max)
{
	struct table *table = t->l4 == IPPROTO_TCP ? &l->tcp : &l->udp;
	uint32_t age = clock_ms() - table->read_at;
	unsigned n;

	if (table->l4 != t->l4)
		return 0;
	if (!table->read ||
	    (age > (table->lacking ? MISS_MS : OLD_MS) && age > table->rest)) {
		table_read(table, d);
		age = 0;
	}
	n = table_find(table, t, out, max);
	if (n || age <= MISS_MS || age <= table->rest)
		return n;
	table_read(table, d);
	return table_find(table, t, out, max);
}
