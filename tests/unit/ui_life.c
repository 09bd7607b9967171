// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The terminal is always given back: by keys, by signals, when it is stopped,
 * resized or gone; and one that is of no use is a sentence.
 */
#include "ui_term.h"

#include "ui_fixture.h"

struct setting {
	struct conf conf;
	struct term_env env;
};

static struct setting set;
static struct term *t;

static int setup(void **state)
{
	(void)state;
	set = (struct setting){ .conf = FIXTURE_CONF };
	return 0;
}

static int child(void *ctx)
{
	struct setting *s = ctx;
	struct flow_list *fl;
	int status;

	fixture_begin();
	fl = fixture_table(40);
	status = fixture_run(&s->conf, fl);
	fixture_end(fl);
	printf("given back, %d\n", status);
	return status;
}

static void start(int rows, int cols)
{
	t = term_open(rows, cols, &set.env, child, &set);
	term_wait_for(t, "curl");
}

/* What was on the screen before is there again, and the child speaks on it. */
static void assert_given_back(int status)
{
	char text[32];

	snprintf(text, sizeof(text), "given back, %d", status);
	term_wait_for(t, text);
	term_wait_gone(t, "curl");
	assert_int_equal(term_close(t), status);
}

static void test_signals(void **state)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		start(24, 80);
		kill(t->pid, ends[i]);
		assert_given_back(0);
	}
}

/* Not even a question on the screen holds it up. */
static void test_signal_in_prompt(void **state)
{
	(void)state;
	start(24, 80);
	term_type(t, "/tcp");
	term_wait_for(t, "filter: tcp");
	kill(t->pid, SIGTERM);
	assert_given_back(0);
}

static void next_step(void)
{
	sigset_t step;
	int sig;

	sigemptyset(&step);
	sigaddset(&step, SIGUSR1);
	sigwait(&step, &sig);
}

/* A shell with one job, which it stops and continues; fails if it stops again. */
static int shell(bool takes_first)
{
	int status;
	pid_t job;
	sigset_t step;

	sigemptyset(&step);
	sigaddset(&step, SIGUSR1);
	sigprocmask(SIG_BLOCK, &step, NULL);
	job = fork();
	if (!job) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		exit(child(&set));
	}
	signal(SIGTTOU, SIG_IGN);
	next_step();
	if (takes_first)
		tcsetpgrp(0, getpid());
	kill(-job, SIGTSTP);
	waitpid(job, &status, WUNTRACED);
	tcsetpgrp(0, getpid());
	printf("job stopped: %d\n", WIFSTOPPED(status));
	fflush(stdout);
	next_step();
	tcsetpgrp(0, job);
	kill(-job, SIGCONT);
	waitpid(job, &status, WUNTRACED);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	printf("job stopped again\n");
	kill(job, SIGKILL);
	return 100;
}

static int slow_shell(void *ctx)
{
	(void)ctx;
	return shell(false);
}

/* It has seen a wrapper of the job stop, before the job itself does. */
static int fast_shell(void *ctx)
{
	(void)ctx;
	return shell(true);
}

static void test_suspend(void **state)
{
	static int (*const shells[])(void *ctx) = { slow_shell, fast_shell };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		t = term_open(24, 80, &set.env, shells[i], NULL);
		term_wait_for(t, "curl");
		kill(t->pid, SIGUSR1);
		term_wait_for(t, "job stopped: 1");
		term_wait_gone(t, "curl");	/* the shell's screen */
		kill(t->pid, SIGUSR1);
		term_wait_for(t, "curl");
		term_type(t, "j");
		term_wait_for(t, "Enter details");
		term_type(t, "q");
		assert_given_back(0);
	}
}

static void test_resize(void **state)
{
	static const int sizes[][2] = {
		{ 60, 200 }, { 3, 10 }, { 24, 80 }, { 1, 1 }, { 2, 300 }, { 100, 300 }, { 40, 120 },
	};

	(void)state;
	start(24, 80);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		term_resize(t, sizes[i][0], sizes[i][1]);
		if (sizes[i][0] >= 3 && sizes[i][1] >= 10)
			term_wait_for(t, "curl");
	}
	term_wait_for(t, "Enter details");
	assert_int_equal(term_find(t, "Enter details"), 39);
	term_type(t, "q");
	assert_given_back(0);
}

/* Each pane at each size: nothing is drawn outside, nothing falls over. */
static void test_panes_at_sizes(void **state)
{
	static const char *const panes[] = {
		"?", "o", "C", "/port 4", "\r", "2\r", "jx", "jP", "c", "jjw", "d",
	};
	static const int sizes[][2] = { { 1, 1 }, { 2, 4 }, { 3, 10 }, { 5, 20 }, { 100, 300 } };

	(void)state;
	for (unsigned i = 0; i < sizeof(panes) / sizeof(panes[0]); i++) {
		start(24, 80);
		term_type(t, panes[i]);
		for (unsigned s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			size_t before = t->written;

			term_resize(t, sizes[s][0], sizes[s][1]);
			while (t->written == before)
				assert_true(term_read(t, TERM_MS));
		}
		kill(t->pid, SIGTERM);
		assert_given_back(0);
	}
}

/* The terminal goes away: nobody is left spinning. */
static void test_gone(void **state)
{
	int64_t end = term_now() + TERM_MS;
	int status = 0;

	(void)state;
	start(24, 80);
	close(t->fd);
	while (!waitpid(t->pid, &status, WNOHANG)) {
		assert_true(term_now() < end);
		usleep(1000);
	}
	assert_true(WIFEXITED(status));
	t->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	term_free(t);
}

/* Bytes that are no character are no end of the terminal either. */
static void test_no_characters(void **state)
{
	(void)state;
	start(24, 80);
	for (unsigned i = 0; i < 5; i++) {
		term_type(t, i % 2 ? "\xe2" : "\xff");
		term_read(t, 100);	/* alone, if it can be */
	}
	term_type(t, "?");
	term_wait_for(t, "flowtop: keys");
	term_type(t, "q");		/* closes that */
	term_wait_for(t, "curl");
	assert_int_equal(term_quit(t), 0);
}

static void test_useless_terminals(void **state)
{
	static const char *const terms[] = { "dumb", "no-such-terminal" };
	static const char *const says[] = { "cannot move its cursor", "is not known here" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		set.env.term = terms[i];
		t = term_open(24, 80, &set.env, child, &set);
		term_wait_for(t, says[i]);
		assert_int_equal(term_find(t, "flowtop: the terminal"), 0);
		assert_int_equal(term_close(t), 1);
	}
}

/* ---- colours ---- */

static unsigned count_colored(void)
{
	VTermColor fg, bg;
	unsigned n = 0;

	vterm_state_get_default_colors(vterm_obtain_state(t->vt), &fg, &bg);
	for (int y = 0; y < t->rows; y++)
		for (int x = 0; x < t->cols; x++) {
			VTermScreenCell c = term_look(t, y, x);

			n += !VTERM_COLOR_IS_DEFAULT_FG(&c.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&c.bg);
		}
	return n;
}

static void test_colors(void **state)
{
	int line;

	(void)state;
	start(60, 80);
	assert_true(count_colored() > 0);
	line = term_find(t, "exim4");	/* ended: a sign, and faint */
	assert_true(strstr(term_line(t, line), "×") == term_line(t, line));
	term_type(t, "q");
	assert_given_back(0);
}

static void test_no_color(void **state)
{
	(void)state;
	set.env.no_color = "1";
	start(24, 80);
	assert_int_equal(count_colored(), 0);
	term_type(t, "q");
	assert_given_back(0);
	set.conf.color = "always";
	start(24, 80);
	assert_true(count_colored() > 0);
	term_type(t, "q");
	assert_given_back(0);
	set.env.no_color = NULL;
	set.conf.color = "never";
	start(24, 80);
	assert_int_equal(count_colored(), 0);
	term_type(t, "q");
	assert_given_back(0);
}

/* At the end of ssh: a terminal whose description is not there. */
static void test_unknown_terminal(void **state)
{
	(void)state;
	set.env.term = "xterm-flowtop-none";
	t = term_open(24, 80, &set.env, child, &set);
	term_wait_for(t, "no terminfo for xterm-flowtop-none here: used as xterm-256color");
	term_wait_for(t, "curl");
	term_type(t, "q");
	assert_given_back(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_signals, setup),
		cmocka_unit_test_setup(test_signal_in_prompt, setup),
		cmocka_unit_test_setup(test_suspend, setup),
		cmocka_unit_test_setup(test_resize, setup),
		cmocka_unit_test_setup(test_panes_at_sizes, setup),
		cmocka_unit_test_setup(test_gone, setup),
		cmocka_unit_test_setup(test_no_characters, setup),
		cmocka_unit_test_setup(test_useless_terminals, setup),
		cmocka_unit_test_setup(test_unknown_terminal, setup),
		cmocka_unit_test_setup(test_colors, setup),
		cmocka_unit_test_setup(test_no_color, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
