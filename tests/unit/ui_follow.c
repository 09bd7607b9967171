// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The screen on a table that changes: the cursor stays on its flow, a paused
 * picture stands still, details tell what happens.
 */
#include "lib/clock.h"
#include "ui_term.h"

#include <pthread.h>

#include "ui_fixture.h"

enum { SSHD = 3 };	/* the flow that things happen to, in fixture_flows */

struct setting {
	struct conf conf;
	int commands[2], done[2];	/* pipes */
};

static struct setting set;
static struct term *t;

/* ---- in the child: the source, by commands ---- */

struct source {
	struct flow_list *fl;
	int in, out;
	unsigned grown;		/* flows */
};

static struct flow_update sshd(enum flow_source source)
{
	struct flow_update u = fixture_update(&fixture_flows[SSHD], SSHD + 1);

	u.source = source;
	return u;
}

static void obey(struct source *s, char command)
{
	struct flow_update u[3];

	switch (command) {
	case 'g':		/* the table grows */
		for (unsigned i = 0; i < 500; i++) {
			u[0] = fixture_update(&fixture_flows[2], 2000 + s->grown);
			u[0].source = FLOW_NEW;
			u[0].key.orig.sport = u[0].reply.dport = 10000 + s->grown++;
			flow_list_apply(s->fl, u, 1);
		}
		if (s->grown > 3000)	/* with flows of others, half full */
			flow_list_stats(s->fl)->kernel_count = 140000 + s->grown;
		break;
	case 'n':		/* three new ones, to be sorted first */
		for (unsigned i = 0; i < 3; i++) {
			u[i] = fixture_update(&fixture_flows[2], 1000 + i);
			u[i].source = FLOW_NEW;
			u[i].start = clock_real();
			u[i].key.orig.sport = u[i].reply.dport = 45000 + i;
		}
		flow_list_apply(s->fl, u, 3);
		break;
	case 'f':
		u[0] = sshd(FLOW_UPDATE);
		u[0].state = TCP_CONNTRACK_FIN_WAIT;
		u[0].have = HAVE_ID | HAVE_STATE;
		flow_list_apply(s->fl, u, 1);
		break;
	case 'e':
		u[0] = sshd(FLOW_DESTROY);
		flow_list_apply(s->fl, u, 1);
		break;
	}
}

static void *source_run(void *arg)
{
	struct source *s = arg;
	char command;

	rcu_register_thread();
	while (read(s->in, &command, 1) == 1) {
		obey(s, command);
		if (write(s->out, &command, 1) != 1)
			break;
	}
	rcu_unregister_thread();
	return NULL;
}

static int child(void *ctx)
{
	struct setting *s = ctx;
	struct source source = { .in = s->commands[0], .out = s->done[1] };
	pthread_t thread;
	sigset_t all;
	int status;

	close(s->commands[1]);
	close(s->done[0]);
	fixture_begin();
	source.fl = fixture_table(0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (pthread_create(&thread, NULL, source_run, &source))
		return 99;
	status = fixture_run(&s->conf, source.fl);
	pthread_join(thread, NULL);
	fixture_end(source.fl);
	return status;
}

/* ---- outside ---- */

static void start(void)
{
	set = (struct setting){ .conf = FIXTURE_CONF };
	set.conf.delay = 0.1;
	assert_int_equal(pipe(set.commands), 0);
	assert_int_equal(pipe(set.done), 0);
	t = term_open(40, 120, NULL, child, &set);
	close(set.commands[0]);
	close(set.done[1]);
	term_wait_for(t, "flows 12 ");
	term_wait_for(t, "curl");
}

static void tell(char command)
{
	char done;

	assert_int_equal(write(set.commands[1], &command, 1), 1);
	assert_int_equal(read(set.done[0], &done, 1), 1);
}

static void quit(void)
{
	close(set.commands[1]);
	assert_int_equal(term_quit(t), 0);
	close(set.done[0]);
}

static void select_sshd(void)
{
	for (int i = 0; i < 20 && !term_selects(t, "sshd"); i++) {
		char place[16];

		snprintf(place, sizeof(place), " %d/13", i + 1);
		term_type(t, "j");
		term_wait_for(t, place);
		while (term_selected(t) < 0)
			assert_true(term_read(t, TERM_MS));
	}
	term_wait(t, "sshd", term_selects);
}

/* Enough rows that the window can move along. */
static void test_cursor_keeps_line(void **state)
{
	int line;

	(void)state;
	start();
	term_resize(t, 16, 120);
	term_wait_for(t, "Enter details");
	select_sshd();
	line = term_selected(t);
	tell('n');
	term_wait_for(t, "8/16");
	term_wait(t, "sshd", term_selects);
	assert_int_equal(term_selected(t), line);
	quit();
}

static void test_top_stays_top(void **state)
{
	(void)state;
	start();
	tell('n');
	term_wait_for(t, "1/16");
	assert_non_null(strstr(term_line(t, term_find(t, "PROCESS ") + 1), ":4500"));
	quit();
}

/* A flow that is gone leaves the cursor on its row. */
static void test_cursor_when_gone(void **state)
{
	int line;

	(void)state;
	start();
	term_type(t, "z");
	term_wait_for(t, "/12");
	for (int i = 0; i < 20 && !term_selects(t, "sshd"); i++) {
		term_type(t, "j");
		term_wait_for(t, "/12");
	}
	line = term_selected(t);
	assert_true(line >= 0);
	tell('e');
	term_wait_gone(t, "sshd");
	assert_int_equal(term_selected(t), line);
	quit();
}

static void test_pause(void **state)
{
	(void)state;
	start();
	term_type(t, "p");
	term_wait_for(t, "PAUSED");
	tell('n');
	term_type(t, "jj");
	term_wait_for(t, " 2/13");
	term_wait_for(t, "flows 12 ");
	tell('e');
	term_type(t, "\t");
	term_wait_for(t, "[Processes]");
	term_wait_for(t, "1/7");
	term_type(t, "\033[Z/process sshd\r");
	term_wait_for(t, " 1/1");
	assert_null(strstr(term_line(t, term_find(t, "PROCESS ") + 1), "×"));
	term_type(t, "j\r");
	term_wait_for(t, "ESTABLISHED");
	term_wait_for(t, "Expires");
	term_type(t, "\177\033");
	term_wait_for(t, "/13");
	term_type(t, "p");
	term_wait_for(t, "flows 14 ");
	quit();
}

/* How soon the table is full does not depend on when the next picture comes. */
static void test_trend_keeps(void **state)
{
	char shown[32];

	(void)state;
	start();
	for (unsigned n = 1; n < 100 && !term_shows(t, "full in"); n++) {
		tell('g');
		snprintf(shown, sizeof(shown), n & 1 ? "%u,512 of" : "%u,012 of", n / 2);
		term_wait_for(t, n > 1 ? shown : "512 of");
		assert_true(n > 6 || !term_shows(t, "full in"));
	}
	assert_true(term_shows(t, "full in"));
	term_type(t, "d3600\r");
	term_wait_for(t, "every 3600 s");
	assert_true(term_shows(t, "full in"));
	quit();
}

static void test_detail_tells(void **state)
{
	int seen;

	(void)state;
	start();
	select_sshd();
	term_type(t, "\r");
	term_wait_for(t, "Watched");
	tell('f');
	term_wait_for(t, "FIN_WAIT");
	seen = term_find(t, "Watched");
	assert_non_null(strstr(term_line(t, seen), "ESTABLISHED"));
	assert_non_null(strstr(term_line(t, seen + 1), "FIN_WAIT"));
	tell('e');
	term_wait_for(t, "Ended");
	assert_non_null(strstr(term_line(t, seen + 2), "ended"));
	quit();
}

/* What is asked about is what the question showed, whatever the cursor does. */
static void test_question_stays(void **state)
{
	(void)state;
	start();
	term_type(t, "z");
	term_wait_for(t, "/12");
	for (int i = 0; i < 20 && !term_selects(t, "sshd"); i++) {
		term_type(t, "j");
		term_wait_for(t, "/12");
	}
	term_type(t, "x");
	term_wait_for(t, "Delete this entry");
	tell('e');
	term_wait_for(t, "flows 11 ");
	term_wait_for(t, "203.0.113.50:52011 -> 192.0.2.7:22");
	term_type(t, "n");
	term_wait_for(t, "PROCESS ");
	quit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursor_keeps_line),
		cmocka_unit_test(test_top_stays_top),
		cmocka_unit_test(test_cursor_when_gone),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_trend_keeps),
		cmocka_unit_test(test_detail_tells),
		cmocka_unit_test(test_question_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
