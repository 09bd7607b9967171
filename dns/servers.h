/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns/servers.h - PTR queries to the servers that resolv.conf names, many in
 * flight, and what to do when servers are silent. One thread (DNS).
 *
 * One server is asked for all until it is silent or refuses several times in
 * a row; then each is tried with one query that every resolver can answer by
 * itself, and the first that does is used. Does none, they are left alone for
 * a while that doubles each time.
 */
#ifndef DNS_SERVERS_H
#define DNS_SERVERS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "dns/reply.h"
#include "lib/addr.h"

#define DNS_WINDOW_MAX 256	/* in flight at most */
#define DNS_POLL_MAX 64		/* descriptors at most */

struct dns_servers;

/* Tells what became of a question. @reply is valid during the call. */
typedef void dns_answer_fn(void *ctx, uint32_t number, enum dns_result result,
			   const struct dns_reply *reply);

/* NULL: out of memory. */
struct dns_servers *dns_servers_new(const char *resolv_conf, dns_answer_fn *answer, void *ctx);

/* What is in flight comes back as DNS_CANCELLED first. */
void dns_servers_free(struct dns_servers *s);

/* Reads resolv.conf again; the same for what is in flight. */
void dns_servers_reload(struct dns_servers *s);

/* One more may be asked for now. Where servers have rested long enough, they
 * are tried: call it when there is something to ask, and then only. */
bool dns_servers_ready(struct dns_servers *s);

/* Asks for the name of an address; answer() may be called at once. */
void dns_servers_ask(struct dns_servers *s, const struct addr *a, uint32_t number);

/*
 * No server answers at present. *until: clock_boot_ms() of the next try, *n:
 * how many there are.
 */
bool dns_servers_broken(const struct dns_servers *s, uint64_t *until, unsigned *n);

/* What to wait for: descriptors, and a time in ms (-1: none). Then
 * process with the same descriptors. */
unsigned dns_servers_poll(struct dns_servers *s, struct pollfd *fds, int *timeout);
void dns_servers_process(struct dns_servers *s, const struct pollfd *fds, unsigned n);

#endif
