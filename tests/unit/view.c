/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views: order, windows, cursor, groups and their totals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "facts.h"
#include "lib/clock.h"
#include "view.h"
#include "view/int.h"

#define PATIENCE_MS 20000

static struct flow_list *fl;
static struct view *v;
static struct view_spec spec;

static int setup(void **state)
{
	char error[80];

	(void)state;
	fl = flow_list_new(10, 3000);
	v = view_new(fl);
	spec = (struct view_spec){ .families = FAMILY_BOTH, .rows = 10, .ended = true };
	spec.sorts = sort_parse("state", false, spec.sort, error, sizeof(error));
	return !fl || !v || spec.sorts != 1;
}

static int teardown(void **state)
{
	(void)state;
	view_free(v);
	flow_list_free(fl);
	return 0;
}

static struct flow_update update(enum flow_source source, uint32_t n, uint8_t state,
				 uint64_t bytes)
{
	uint32_t src = htonl(0x0a000000 + n), dst = htonl(0xc0000200 + n % 7);
	struct flow_update u = {
		.source = source, .id = n, .state = state,
		.have = HAVE_ID | HAVE_STATE | HAVE_TIMEOUT | HAVE_ORIG | HAVE_REPL | HAVE_START,
		.timeout = 100, .orig_bytes = bytes, .orig_packets = 1, .reply_packets = 1,
		.start = 1000000000ull * (n + 1),
	};

	u.key.orig.src = addr_v4(&src);
	u.key.orig.dst = addr_v4(&dst);
	u.key.orig.sport = 1000 + n % 60000;
	u.key.orig.dport = n % 2 ? 443 : 53;
	u.key.l3 = AF_INET;
	u.key.l4 = n % 2 ? IPPROTO_TCP : IPPROTO_UDP;
	if (u.key.l4 == IPPROTO_UDP)
		u.have &= ~HAVE_STATE;
	u.reply = (struct flow_ends){ u.key.orig.dst, u.key.orig.src, u.key.orig.dport,
				      u.key.orig.sport };
	return u;
}

static void apply(enum flow_source source, uint32_t n, uint8_t state, uint64_t bytes)
{
	struct flow_update u = update(source, n, state, bytes);

	flow_list_apply(fl, &u, 1);
}

/* A flow that begins now. */
static void apply_now(uint32_t n)
{
	struct flow_update u = update(FLOW_NEW, n, 3, 0);

	u.start = clock_real();
	flow_list_apply(fl, &u, 1);
}

/* One that a dump brings: it was there before. */
static void apply_older(uint32_t n)
{
	struct flow_update u = update(FLOW_DUMPED, n, 3, 0);

	u.have &= ~HAVE_START;
	flow_list_apply(fl, &u, 1);
}

static void sort_by(const char *keys)
{
	char error[80];

	spec.sorts = sort_parse(keys, false, spec.sort, error, sizeof(error));
	assert_true((int)spec.sorts > 0);
}

static struct view_result *build(void)
{
	struct view_result *r = view_build(v, &spec);

	assert_non_null(r);
	return r;
}

static void test_state_order(void **state)
{
	static const uint8_t tcp[] = { 7, 3, 1, 2, 8, 9, 4, 5, 6 };
	struct view_result *r;
	unsigned last = 0;

	(void)state;
	for (uint32_t i = 0; i < 9; i++)
		apply(FLOW_NEW, 2 * i + 1, tcp[i], 0);
	apply(FLOW_NEW, 2, 0, 0);
	r = build();
	assert_int_equal(r->n, 10);
	for (unsigned i = 0; i < r->n; i++) {
		const struct flow *f = r->rows[i].flow;
		unsigned rank = proto_state_rank(f->key.l4, f->state);

		assert_true(rank >= last);
		last = rank;
	}
	assert_int_equal(r->rows[9].flow->key.l4, IPPROTO_UDP);
	view_result_free(r);
}

/* A flow that began now, and its first rate. */
static void begin_with_rate(uint32_t n, uint64_t rate)
{
	struct flow_update u = update(FLOW_NEW, n, 0, 0);

	flow_list_set_interval(fl, 1000000);
	u.have &= ~(HAVE_ORIG | HAVE_REPL);
	flow_list_apply(fl, &u, 1);
	apply(FLOW_GOT, n, 0, rate * 1000);
}

/* Idle flows in many states, and a few that carry something, behind all of them. */
static void test_busiest_first(void **state)
{
	static const uint64_t rates[] = { 500, 5000000, 90000, 1000000 };
	struct view_result *r;

	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		apply(FLOW_NEW, 2 * i + 1, 3, 0);
	for (uint32_t i = 0; i < 4; i++)
		begin_with_rate(2 * i, rates[i]);
	r = build();
	assert_int_equal(r->busiest, 0);
	view_result_free(r);
	spec.busiest_beyond = 20;
	r = build();
	assert_int_equal(r->busiest, 3);
	assert_int_equal(r->rows[0].flow->id, 2);
	assert_int_equal(r->rows[1].flow->id, 6);
	assert_int_equal(r->rows[2].flow->id, 4);
	assert_int_equal(r->rows[3].flow->key.l4, IPPROTO_TCP);
	assert_int_equal(r->totals.rows, 304);
	view_result_free(r);
	spec.busiest_beyond = 500;		/* all of them are on the screen */
	r = build();
	assert_int_equal(r->busiest, 0);
	view_result_free(r);
	spec.busiest_beyond = 20;
	sort_by("-orig_bytes");
	r = build();
	assert_int_equal(r->busiest, 0);
	view_result_free(r);
}

/* One second of flows 0, 1 ... with these rates; the flow that comes first. */
static uint32_t busiest_of(struct view_busiest *b, const double *rate, uint32_t n, uint32_t second)
{
	struct view_ref ref[4];
	uint32_t first = UINT32_MAX;

	view_busiest_begin(b);
	for (uint32_t i = 0; i < n; i++) {
		ref[i] = (struct view_ref){ .order = 1000, .slot = i, .gen = 1 };
		view_busiest_see(b, (struct flow_handle){ i, 1 }, rate[i]);
	}
	view_busiest_end(b, second * 1000, ref, n, 2);
	for (uint32_t i = 0; i < n; i++)
		first = ref[i].order ? first : i;
	return first;
}

static void test_busiest_keep_their_places(void **state)
{
	const double equal[] = { 100e3, 90e3 }, other[] = { 90e3, 100e3 }, clear[] = { 90e3, 900e3 };
	const double idle[] = { 300, 0 }, gone[] = { 900e3 }, burst[] = { 100e3, 90e3, 160e3 };
	struct view_busiest b = { 0 };
	uint32_t second = 1;

	(void)state;
	assert_int_equal(busiest_of(&b, idle, 2, second++), UINT32_MAX);
	assert_int_equal(busiest_of(&b, equal, 2, second++), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(busiest_of(&b, other, 2, second++), 0);
	assert_int_equal(busiest_of(&b, burst, 3, second++), 0);
	for (unsigned i = 0; i < 10; i++)
		busiest_of(&b, clear, 2, second++);
	assert_int_equal(busiest_of(&b, clear, 2, second++), 1);
	assert_int_equal(busiest_of(&b, gone, 1, second++), 0);
	for (unsigned i = 0; i < 60; i++)
		busiest_of(&b, idle, 2, second++);
	assert_int_equal(busiest_of(&b, idle, 2, second++), UINT32_MAX);
}

static unsigned rows_of(const char *group)
{
	struct view_result *r;
	unsigned n;

	spec.group = group ? column_find(group) : NULL;
	r = build();
	n = r->n;
	for (unsigned i = 0; !group && i < n; i++)
		assert_false(r->rows[i].flow->flags & FLOW_ENDED);
	view_result_free(r);
	return n;
}

static uint64_t total_of_group(void)
{
	struct view_result *r = build();
	uint64_t total = r->rows[0].group->total_flows;

	view_result_free(r);
	return total;
}

/* All that is asked of a paused view is told as it was when the pause began. */
static void test_pause(void **state)
{
	struct filter_error error;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		apply(FLOW_NEW, 2 * i, 0, 0);
	assert_int_equal(rows_of(NULL), 5);
	spec.paused = true;
	assert_int_equal(rows_of(NULL), 5);
	for (uint32_t i = 1; i < 5; i++)
		apply(FLOW_DESTROY, 2 * i, 0, 0);
	for (uint32_t i = 0; i < 3; i++)
		apply(FLOW_NEW, 2 * i + 1, 3, 0);
	assert_int_equal(rows_of(NULL), 5);
	assert_int_equal(rows_of("proto"), 1);
	assert_int_equal(total_of_group(), 5);
	view_book(v);				/* four of them have ended */
	assert_int_equal(total_of_group(), 5);
	spec.filter = filter_parse("src_port = 1002", &error);
	assert_int_equal(rows_of(NULL), 1);
	filter_unref(spec.filter);
	spec.filter = NULL;

	spec.paused = false;
	assert_int_equal(rows_of("proto"), 2);
	spec.group_sorts = 1;
	spec.group_sort[0] = (struct sort_key){ column_find_of_group("total_flows"), true };
	assert_int_equal(total_of_group(), 5);
	spec.group = NULL;
	spec.ended = false;
	assert_int_equal(rows_of(NULL), 4);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Any window shows what a full sort would show there. */
static void test_windows(void **state)
{
	static uint64_t bytes[5000];

	(void)state;
	srandom(3);
	for (uint32_t i = 0; i < 5000; i++) {
		bytes[i] = random() % 3000;
		apply(FLOW_NEW, i, 3, bytes[i]);
	}
	qsort(bytes, 5000, sizeof(bytes[0]), compare_u64);
	sort_by("orig_bytes");
	for (spec.first = 0; spec.first < 5000; spec.first += 613) {
		struct view_result *r = build();

		assert_int_equal(r->asked_first, spec.first < 4990 ? spec.first : 4990);
		for (unsigned i = 0; i < r->n; i++)
			assert_int_equal(r->rows[i].flow->orig_bytes, bytes[r->first + i]);
		view_result_free(r);
	}
}

/*
 * M. D. McIlroy, A Killer Adversary for Quicksort (1999): orders are given to
 * rows only when the sort compares them, so that each pivot is the worst.
 */
struct adversary {
	uint32_t order[20000];		/* by slot; UNDECIDED: behind all others */
	uint32_t next, candidate;
	uint64_t compared;
};

#define UNDECIDED UINT32_MAX

static int compare_as_adversary(const void *ctx, const struct view_ref *a,
				const struct view_ref *b)
{
	struct adversary *t = (void *)(uintptr_t)ctx;
	uint32_t *x = &t->order[a->slot], *y = &t->order[b->slot];

	t->compared++;
	if (*x == UNDECIDED && *y == UNDECIDED)
		*(a->slot == t->candidate ? x : y) = t->next++;
	if (*x == UNDECIDED)
		t->candidate = a->slot;
	else if (*y == UNDECIDED)
		t->candidate = b->slot;
	return (*x > *y) - (*x < *y);
}

/* No choice of flows makes a sort or a window take n² comparisons, or a deep stack. */
static void test_adversary(void **state)
{
	enum { N = 20000, LOG = 15 };
	static struct view_ref ref[N];
	static struct adversary t;

	(void)state;
	for (unsigned window = 0; window < 3; window++) {
		size_t from = window * N / 3, to = window ? from + 50 : N;

		memset(t.order, 0xff, sizeof(t.order));
		t.next = t.compared = 0;
		for (uint32_t i = 0; i < N; i++)
			ref[i].slot = i;
		view_arrange(ref, N, from, to, compare_as_adversary, &t);
		assert_true(t.compared < 6 * N * LOG);
		for (size_t i = from + 1; i < to; i++)
			assert_true(t.order[ref[i - 1].slot] <= t.order[ref[i].slot]);
	}
}

/* Answers without any order end the sort, too, and no row is lost. */
static int compare_at_random(const void *ctx, const struct view_ref *a, const struct view_ref *b)
{
	(void)ctx, (void)a, (void)b;
	return random() % 3 - 1;
}

static void test_no_order(void **state)
{
	static struct view_ref ref[5000];
	uint64_t sum = 0;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		ref[i].slot = i;
	view_arrange(ref, 5000, 0, 5000, compare_at_random, NULL);
	for (uint32_t i = 0; i < 5000; i++)
		sum += ref[i].slot;
	assert_int_equal(sum, 4999 * 5000 / 2);
}

static void test_several_keys_and_text(void **state)
{
	struct view_result *r;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++)
		apply(FLOW_NEW, i, 3, i % 5);
	sort_by("proto,-orig_bytes,src_addr");
	spec.rows = 2000;
	r = build();
	assert_int_equal(r->n, 2000);
	for (unsigned i = 1; i < r->n; i++) {
		const struct flow *a = r->rows[i - 1].flow, *b = r->rows[i].flow;

		assert_true(a->key.l4 <= b->key.l4);	/* tcp 6, udp 17: as their names */
		if (a->key.l4 != b->key.l4)
			continue;
		assert_true(a->orig_bytes >= b->orig_bytes);
		if (a->orig_bytes == b->orig_bytes)
			assert_true(addr_compare(&a->key.orig.src, &b->key.orig.src) < 0);
	}
	view_result_free(r);
}

static void test_cursor_is_followed(void **state)
{
	struct view_result *r;
	struct flow_handle h;

	(void)state;
	sort_by("orig_bytes");
	for (uint32_t i = 0; i < 1000; i++)
		apply(FLOW_NEW, i, 3, i);
	r = build();
	h = r->rows[0].handle;			/* 999 bytes */
	view_result_free(r);
	for (uint32_t i = 1000; i < 1500; i++)	/* 500 pass it by */
		apply(FLOW_NEW, i, 3, i);
	spec.cursor = h;
	spec.follow = true;
	r = build();
	assert_int_equal(r->cursor, 500);
	assert_true(r->asked_first <= 500 && 500 < r->asked_first + spec.rows);
	assert_int_equal(r->rows[r->cursor - r->first].handle.slot, h.slot);
	view_result_free(r);
}

static void test_totals_and_filter(void **state)
{
	struct filter_error error;
	struct view_result *r;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		apply(FLOW_NEW, i, 3, 0);
	apply(FLOW_DESTROY, 1, 3, 0);
	spec.filter = filter_parse("tcp", &error);
	r = build();
	assert_int_equal(r->totals.live, 99);
	assert_int_equal(r->totals.tcp, 49);
	assert_int_equal(r->totals.udp, 50);
	assert_int_equal(r->totals.shown, 49);
	assert_int_equal(r->totals.rows, 50);	/* with the one that ended */
	view_result_free(r);
	spec.ended = false;
	r = build();
	assert_int_equal(r->totals.rows, 49);
	view_result_free(r);
	filter_unref(spec.filter);
	spec.filter = NULL;
}

/* Room is made for the live ones; the ended take more. */
static void test_many_ended(void **state)
{
	struct view_result *r;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		apply(FLOW_NEW, i, 3, 0);
		if (i)
			apply(FLOW_DESTROY, i, 7, 0);
	}
	r = build();
	assert_int_equal(r->totals.live, 1);
	assert_int_equal(r->totals.rows, 20000);
	view_result_free(r);
}

static const struct group *group(const struct view_result *r, const char *key)
{
	for (unsigned i = 0; i < r->n; i++)
		if (!strcmp(r->rows[i].group->key, key))
			return r->rows[i].group;
	return NULL;
}

static void test_made_groups(void **state)
{
	struct view_result *r;

	(void)state;
	for (uint32_t i = 0; i < 70; i++)
		apply(FLOW_NEW, i * 100, 3, 100);	/* 10.0.0.0 to 10.0.26.244 */
	spec.rows = 100;
	spec.group = column_find_group("src_addr/24");
	r = build();
	assert_int_equal(r->totals.rows, 27);
	assert_int_equal(group(r, "10.0.1.0/24")->flows, 3);
	view_result_free(r);
	spec.group = column_find_group("dst_addr,proto");
	assert_ptr_equal(spec.group, column_find_group("dst_addr,proto"));
	r = build();
	assert_int_equal(r->totals.rows, 7);
	assert_int_equal(group(r, "192.0.2.2 | udp")->flows, 10);
	view_result_free(r);
	spec.group = column_find_group("helper,proto");
	r = build();
	assert_int_equal(group(r, "? | udp")->flows, 70);
	view_result_free(r);
	assert_null(column_find_group("src_addr/129"));
	assert_null(column_find_group("src_addr/"));
	assert_null(column_find_group("src_port/24"));
	assert_null(column_find_group("proto,proto"));
	assert_null(column_find_group("proto,bytes"));
	assert_null(column_find_group("bytes"));
}

/* New flows of a second that has only few of them are told by their average. */
static void test_new_rate(void **state)
{
	struct view_result *r;
	double first;

	(void)state;
	spec.group = column_find("proto");
	r = build();
	view_result_free(r);
	apply_older(2);
	apply_now(1);
	r = build();
	assert_true(group(r, "udp")->new_rate == 0);
	first = group(r, "tcp")->new_rate;
	assert_true(first > 0);
	view_result_free(r);
	r = build();
	assert_true(group(r, "tcp")->new_rate > 0);
	assert_true(group(r, "tcp")->new_rate < first);
	view_result_free(r);
}

static void test_groups(void **state)
{
	struct filter_error error;
	struct view_result *r;

	(void)state;
	spec.group = column_find("dst_addr");
	for (uint32_t i = 0; i < 70; i++)
		apply(FLOW_NEW, i, 3, 100);
	r = build();
	assert_int_equal(r->n, 7);
	assert_int_equal(group(r, "192.0.2.0")->flows, 10);
	assert_int_equal(group(r, "192.0.2.0")->unreplied, 10);
	assert_int_equal(group(r, "192.0.2.3")->total_bytes, 1000);
	assert_int_equal(group(r, "192.0.2.3")->total_tx_bytes, 1000);
	view_result_free(r);
	spec.filter = filter_parse("tcp and flows >= 5 and key : 192.0.2", &error);
	r = build();		/* 35 of TCP over seven hosts */
	assert_int_equal(r->n, 7);
	assert_int_equal(r->totals.rows, 7);
	assert_int_equal(group(r, "192.0.2.0")->flows, 5);
	view_result_free(r);
	filter_unref(spec.filter);
	spec.filter = filter_parse("bytes > 5000", &error);
	r = build();
	assert_int_equal(r->n, 0);
	view_result_free(r);
	filter_unref(spec.filter);
	spec.filter = NULL;
	apply(FLOW_DESTROY, 0, 3, 5000);		/* its last words */
	for (int again = 0; again < 3; again++) {	/* booked once */
		r = build();
		assert_int_equal(group(r, "192.0.2.0")->flows, 9);
		assert_int_equal(group(r, "192.0.2.0")->total_flows, 10);
		assert_int_equal(group(r, "192.0.2.0")->total_bytes, 5900);
		view_result_free(r);
	}
}

static void assert_group_order(const char *by, const char *first, const char *last)
{
	char error[80];
	struct view_result *r;

	spec.group_sorts = sort_parse(by, true, spec.group_sort, error, sizeof(error));
	assert_true((int)spec.group_sorts > 0);
	r = build();
	assert_true(r->n > 1);
	assert_string_equal(r->rows[0].group->key, first);
	assert_string_equal(r->rows[r->n - 1].group->key, last);
	view_result_free(r);
}

/* Hidden, but no reason to say that some are not shown. */
static void test_own_flows(void **state)
{
	struct owner self = { .pid = 1, .self = true };
	struct owner namesake = { .pid = getpid() };	/* in another PID namespace */
	struct flow_handle h;
	struct view_result *r;

	(void)state;
	apply(FLOW_NEW, 1, 3, 100);
	apply(FLOW_NEW, 2, 3, 100);
	rcu_read_lock();
	assert_non_null(flow_list_at_rcu(fl, 0, &h));
	rcu_read_unlock();
	flow_list_set_owner(fl, h, owner_new(&namesake), MATCH_EXACT);
	r = build();
	assert_int_equal(r->totals.shown, 2);
	assert_int_equal(r->totals.own, 0);
	view_result_free(r);
	flow_list_set_owner(fl, h, owner_new(&self), MATCH_EXACT);
	r = build();
	assert_int_equal(r->totals.live, 2);
	assert_int_equal(r->totals.shown, 1);
	assert_int_equal(r->totals.own, 1);
	view_result_free(r);
	spec.self = true;
	r = build();
	assert_int_equal(r->totals.shown, 2);
	assert_int_equal(r->totals.own, 0);
	view_result_free(r);
}

/* By the names that JSON has; equal ones by the next key, or by their own. */
static void test_sort_groups(void **state)
{
	struct sort_key keys[VIEW_SORTS];
	char error[80];

	(void)state;
	spec.group = column_find("dst_addr");
	for (uint32_t i = 0; i < 3; i++)
		apply(FLOW_NEW, 7 * i, 3, 100);
	apply(FLOW_NEW, 1, 3, 5000);
	apply(FLOW_NEW, 2, 3, 10);
	apply(FLOW_NEW, 9, 3, 10);
	assert_group_order("flows", "192.0.2.0", "192.0.2.1");
	assert_group_order("bytes", "192.0.2.1", "192.0.2.2");
	assert_group_order("+bytes", "192.0.2.2", "192.0.2.1");
	assert_group_order("key", "192.0.2.0", "192.0.2.2");
	assert_group_order("-key", "192.0.2.2", "192.0.2.0");
	assert_group_order("orig_rate,+total_bytes", "192.0.2.2", "192.0.2.1");
	assert_int_equal(sort_parse("age", true, keys, error, sizeof(error)), -1);
}

/* Totals by service are kept though flows were shown all the time. */
static void test_totals_from_the_start(void **state)
{
	struct view_result *r;

	(void)state;
	apply(FLOW_NEW, 1, 3, 0);
	apply(FLOW_DESTROY, 1, 7, 777);
	view_result_free(build());
	spec.group = column_find("client_addr");
	r = build();
	assert_int_equal(r->n, 1);
	assert_int_equal(r->rows[0].group->flows, 0);
	assert_int_equal(r->rows[0].group->total_bytes, 777);
	view_result_free(r);
}

/* A table where no ended flow is to be seen. */
static void without_lingering(void)
{
	view_free(v);
	flow_list_free(fl);
	fl = flow_list_new(10, 0);
	v = view_new(fl);
	assert_non_null(v);
}

/* However long nobody looks. */
static void test_totals_of_unseen_flows(void **state)
{
	struct view_result *r;

	(void)state;
	without_lingering();
	spec.group = column_find("src_addr");
	view_result_free(build());
	apply(FLOW_NEW, 1, 3, 0);
	apply(FLOW_DESTROY, 1, 7, 777);
	flow_list_tick(fl);
	r = build();
	assert_int_equal(r->n, 1);
	assert_int_equal(r->rows[0].group->total_bytes, 777);
	view_result_free(r);
}

/* Between two builds that are far apart; each flow counts once. */
static void test_book(void **state)
{
	struct view_result *r;

	(void)state;
	without_lingering();
	for (uint32_t i = 0; i < 3; i++) {
		apply(FLOW_NEW, i, 3, 0);
		apply(FLOW_DESTROY, i, 7, 100);
		view_book(v);
	}
	flow_list_walked(fl, clock_ms() + 60000);
	flow_list_tick(fl);			/* they are gone */
	spec.group = column_find("state");
	r = build();
	assert_int_equal(r->n, 2);
	assert_int_equal(group(r, "")->total_bytes, 200);	/* UDP */
	assert_int_equal(group(r, "TIME_WAIT")->total_bytes, 100);
	view_result_free(r);
}

/* Many that ended: the large totals are kept, the sum of all stays. */
static void test_ledger_is_bounded(void **state)
{
	const uint32_t n = 60000;
	struct view_result *r;
	uint64_t bytes = 0;

	(void)state;
	for (uint32_t i = 0; i < n; i++) {
		apply(FLOW_NEW, i, 3, 0);
		apply(FLOW_DESTROY, i, 7, i == 5 ? 1000000 : 1);
	}
	view_result_free(build());
	spec.group = column_find("client_addr");
	spec.rows = n;
	r = build();
	assert_true(r->n >= 1000 && r->n <= 40000);
	for (unsigned i = 0; i < r->n; i++)
		bytes += r->rows[i].group->total_bytes;
	assert_int_equal(bytes, 1000000 + n - 1);
	assert_int_equal(group(r, "10.0.0.5")->total_bytes, 1000000);
	assert_non_null(group(r, "(others)"));
	view_result_free(r);
}

struct seen {
	unsigned heads, rows, most;
};

static bool see_head(void *ctx, const struct view_result *head)
{
	struct seen *s = ctx;

	assert_int_equal(head->totals.rows, 1000);
	s->heads++;
	return true;
}

static bool see_row(void *ctx, const struct row *row)
{
	struct seen *s = ctx;

	assert_non_null(row->flow);
	assert_null(row->group);
	return ++s->rows < s->most;
}

static void test_each(void **state)
{
	struct seen s = { .most = 5000 };

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		apply(FLOW_NEW, i, 3, i);
	spec.rows = UINT32_MAX;
	assert_int_equal(view_each(v, &spec, see_head, see_row, &s), 0);
	assert_int_equal(s.heads, 1);
	assert_int_equal(s.rows, 1000);
	s = (struct seen){ .most = 10 };
	assert_int_equal(view_each(v, &spec, see_head, see_row, &s), 0);
	assert_int_equal(s.rows, 10);
}

/* What is looked up for a page are the rows that the page has. */
static void test_list(void **state)
{
	struct flow_window *w;
	struct view_result *r;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		apply(FLOW_NEW, i, 3, 1000 + i * 7919 % 1000);
	sort_by("bytes");
	r = build();
	w = view_list(v, &spec);
	assert_int_equal(w->n, 10);
	for (unsigned i = 0; i < w->n; i++)
		assert_int_equal(flow_handle_pack(w->flow[i]), flow_handle_pack(r->rows[i].handle));
	free(w);
	view_result_free(r);
	spec.rows = UINT32_MAX;
	w = view_list(v, &spec);
	assert_int_equal(w->n, 1000);
	free(w);
}

/* A result of the view's thread, waited for. */
static struct view_result *wait_result(void)
{
	struct pollfd fd = { .fd = view_fd(v), .events = POLLIN };
	struct view_result *r;

	do {
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		r = view_take(v);
	} while (!r);
	return r;
}

/* What was asked for comes at once; the next one comes only after an hour. */
static void start_slowly(void)
{
	struct view_result *r = NULL;
	uint64_t serial;

	flow_list_dump_begin(fl);
	flow_list_dump_end(fl, true);
	assert_int_equal(view_start(v, 3600), 0);
	serial = view_ask(v, &spec);
	do {
		view_result_free(r);
		r = wait_result();
	} while (r->serial != serial);
	view_result_free(r);
}

/* A shorter interval counts at once: nobody waits for the end of the old one. */
static void test_interval_shorter(void **state)
{
	struct view_result *r;

	(void)state;
	start_slowly();
	apply(FLOW_NEW, 1, 3, 0);
	view_set_interval(v, 0.1);
	r = wait_result();
	assert_int_equal(r->totals.live, 1);
	view_result_free(r);
	view_result_free(wait_result());	/* and so on */
}

static void test_sort_errors(void **state)
{
	struct sort_key keys[VIEW_SORTS];
	char error[80];

	(void)state;
	assert_int_equal(sort_parse("nonsense", false, keys, error, sizeof(error)), -1);
	assert_string_equal(error, "no field is called 'nonsense' (--sort help lists them)");
	assert_int_equal(sort_parse("pid,age,id,rate,mark", false, keys, error, sizeof(error)), -1);
	assert_int_equal(sort_parse("+age,-pid", false, keys, error, sizeof(error)), 2);
	assert_false(keys[0].descending);
	assert_true(keys[1].descending);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_state_order), TEST(test_pause), TEST(test_busiest_first),
		TEST(test_busiest_keep_their_places), TEST(test_windows), TEST(test_adversary),
		TEST(test_no_order), TEST(test_several_keys_and_text),
		TEST(test_cursor_is_followed), TEST(test_totals_and_filter), TEST(test_many_ended),
		TEST(test_groups), TEST(test_made_groups), TEST(test_new_rate),
		TEST(test_own_flows), TEST(test_sort_groups),
		TEST(test_totals_from_the_start), TEST(test_totals_of_unseen_flows),
		TEST(test_book), TEST(test_ledger_is_bounded), TEST(test_each),
		TEST(test_list),
		TEST(test_interval_shorter), TEST(test_sort_errors),
	};
	int failed;

	rcu_register_thread();
	facts_init();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_barrier();
	facts_free();
	rcu_unregister_thread();
	return failed;
}
