// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tests/races/threads.c - the threads of flowtop at work on one table, for
 * ThreadSanitizer: a source that adds, changes and ends flows, the enricher,
 * the view, and a reader of its results that asks for ever other ones.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "enrich.h"
#include "facts.h"
#include "flow_list.h"
#include "service.h"
#include "view.h"

#define ROUNDS	50
#define FLOWS	300

static struct flow_list *table;
static int source_ended;

/* ---- the source ---- */

static struct flow_update update_of(enum flow_source source, uint32_t n, uint32_t round)
{
	uint32_t src = htonl(0x7f000001 + n % 3), dst = htonl(0x7f000001 + n % 50);
	struct flow_update u = {
		.source = source, .id = n + 1, .state = round % 10, .timeout = 100, .start = n + 1,
		.have = HAVE_ID | HAVE_STATE | HAVE_TIMEOUT | HAVE_ORIG | HAVE_REPL | HAVE_START |
			HAVE_LABELS | HAVE_HELPER | HAVE_STATUS | HAVE_MARK,
		.orig_bytes = round * 1000, .orig_packets = round, .reply_bytes = round,
		.reply_packets = round, .status = round, .mark = round,
		.labels = { round }, .helper = { 'a' + round % 26 },
	};

	u.key.orig = (struct flow_ends){ addr_v4(&src), addr_v4(&dst), n, 443 };
	u.key.l3 = AF_INET;
	u.key.l4 = n % 2 ? IPPROTO_TCP : IPPROTO_UDP;
	u.reply = (struct flow_ends){ u.key.orig.dst, u.key.orig.src, 443, n };
	return u;
}

static unsigned direction_of(const void *ctx, const struct flow_ends *orig,
			     const struct flow_ends *reply)
{
	(void)ctx;
	(void)reply;
	return orig->sport % 2 ? FLOW_OUT : FLOW_LOCAL;
}

static void apply_round(uint32_t round)
{
	static const enum flow_source sources[] = {
		FLOW_NEW, FLOW_UPDATE, FLOW_GOT, FLOW_DUMPED, FLOW_DESTROY,
	};
	enum flow_source source = sources[round % 5];

	if (source == FLOW_DUMPED)
		flow_list_dump_begin(table);
	for (uint32_t n = 0; n < FLOWS; n++) {
		struct flow_update u = update_of(source, n, round);

		if (source != FLOW_DESTROY || n % 2)
			flow_list_apply(table, &u, 1);
	}
	if (source == FLOW_DUMPED)
		flow_list_dump_end(table, true);
	flow_list_set_direction(table, direction_of, NULL);
	flow_list_tick(table);
}

static void *source_run(void *arg)
{
	(void)arg;
	rcu_register_thread();
	for (uint32_t round = 0; round < ROUNDS; round++) {
		apply_round(round);
		poll(NULL, 0, 5);
	}
	rcu_unregister_thread();
	__atomic_store_n(&source_ended, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* ---- the reader ---- */

static void spec_of(struct view_spec *spec, unsigned n)
{
	static const char *const sorts[] = { "state", "-rate,process", "dst_host", "dst_country" };
	static const char *const groups[] = { NULL, "process", NULL, "dst_addr", NULL, "state" };
	static const char *const filters[] = { "tcp", "bytes > 10 or process ~ .", "not udp" };
	struct filter_error error;
	char text[128];

	*spec = (struct view_spec){
		.families = FAMILY_BOTH, .rows = 40, .ended = n % 2, .self = true,
		.needs = NEED_OWNER | NEED_NAME | NEED_PLACE | NEED_SOCK,
		.first = n % 7,
	};
	spec->sorts = sort_parse(sorts[n % 4], false, spec->sort, text, sizeof(text));
	spec->group_sorts = sort_parse("-total_bytes", true, spec->group_sort, text, sizeof(text));
	spec->group = groups[n % 6] ? column_find(groups[n % 6]) : NULL;
	if (n % 3)
		spec->filter = filter_parse(filters[n % 3], &error);
}

static void look_at(const struct view_result *r)
{
	static const struct format format = { .names = true, .services = true };
	char buf[1024];

	for (unsigned i = 0; i < r->n; i++)
		for (unsigned c = 0; c < (r->rows[i].group ? n_group_columns : n_columns); c++) {
			struct text cell = TEXT(buf);

			column_screen(r->rows[i].group ? &group_columns[c] : &columns[c],
				      &r->rows[i], &format, &cell);
		}
}

/* Until the source has ended; how many results came. */
static unsigned read_results(struct view *v)
{
	unsigned asked = 0, taken = 0;

	while (!__atomic_load_n(&source_ended, __ATOMIC_ACQUIRE) || taken < 10) {
		struct pollfd fd = { .fd = view_fd(v), .events = POLLIN };
		struct view_result *r;
		struct view_spec spec;

		spec_of(&spec, asked++);
		view_ask(v, &spec);
		filter_unref(spec.filter);
		poll(&fd, 1, 1000);
		r = view_take(v);
		if (r) {
			look_at(r);
			taken++;
		}
		view_result_free(r);
	}
	return taken;
}

/* ---- all of it ---- */

int main(void)
{
	struct enrich_options o = { .names = true, .netns_fd = -1 };
	struct enrich *enrich;
	struct view *view;
	pthread_t source;
	unsigned taken;

	rcu_register_thread();
	if (facts_init() || service_init())
		return 1;
	o.table = table = flow_list_new(FLOWS, 50);
	enrich = enrich_start(&o);
	view = view_new(table);
	if (!table || !enrich || !view || view_start(view, 0.01) ||
	    pthread_create(&source, NULL, source_run, NULL))
		return 1;
	taken = read_results(view);
	pthread_join(source, NULL);
	enrich_stop(enrich);
	view_free(view);
	flow_list_free(table);
	service_free();
	facts_free();
	rcu_unregister_thread();
	printf("%u results\n", taken);
	return 0;
}
