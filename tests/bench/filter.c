/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filter evaluations a second on one core, over rows that differ.
 */
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "filter.h"
#include "lib/clock.h"
#include "lib/proto.h"

#define ROWS	4096
#define ROUNDS	200

static struct flow flow[ROWS];
static struct owner owner = { .pid = 4711, .name = "chromium", .user = "ada" };
static struct row row[ROWS];

static void make_rows(void)
{
	for (uint32_t i = 0; i < ROWS; i++) {
		uint32_t src = htonl(0x0a000000 + i * 7919), dst = htonl(0x2d000000 + i * 104729);
		struct flow *f = &flow[i];

		f->key.orig.src = addr_v4(&src);
		f->key.orig.dst = addr_v4(&dst);
		f->key.orig.sport = 1024 + i;
		f->key.orig.dport = i % 3 ? 443 : 53;
		f->key.l3 = AF_INET;
		f->key.l4 = i % 4 ? IPPROTO_TCP : IPPROTO_UDP;
		f->reply.src = f->key.orig.dst;
		f->reply.dst = f->key.orig.src;
		f->reply.sport = f->key.orig.dport;
		f->reply.dport = f->key.orig.sport;
		f->state = f->key.l4 == IPPROTO_TCP ? 3 : STATE_NONE;
		f->flags = FLOW_COUNTED;
		f->orig_rate = i * 1000.0f;
		f->reply_rate = i % 7 ? 0 : NAN;
		row[i] = (struct row){
			.flow = f, .owner = i % 2 ? &owner : NULL, .src_place = place_get(0),
			.dst_place = place_get(0), .now_ms = clock_ms(),
			.now_real = clock_real(),
		};
	}
}

static void measure(const char *expression)
{
	struct filter_error error;
	struct filter *f = filter_parse(expression, &error);
	struct timespec a, b;
	unsigned passed = 0;
	double seconds;

	if (!f) {
		fprintf(stderr, "%s: %s\n", expression, error.text);
		exit(1);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < ROWS; i++)
			passed += filter_match(f, &row[i]);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	seconds = b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9;
	printf("filter: %5.1f million evaluations/s (bar: 5), %2.0f %% pass: %s\n",
	       ROUNDS * ROWS / seconds / 1e6, passed * 100.0 / ROUNDS / ROWS, expression);
	filter_unref(f);
}

int main(void)
{
	rcu_register_thread();
	if (facts_init())
		return 1;
	make_rows();
	measure("tcp and dst port 443 and not net 10.0.0.0/8");
	measure("rate > 1M or country = NO");
	measure("state ESTABLISHED and process chromium");
	measure("process ~ ^chrom");
	measure("chrom");
	facts_free();
	rcu_unregister_thread();
	return 0;
}
