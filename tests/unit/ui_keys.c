// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every key of the screen, in a terminal emulator: what it changes is looked
 * for in the picture.
 */
#include "ui_term.h"

#include <sys/stat.h>

#include "proc_pid.h"
#include "ui_fixture.h"

#define MORE 100	/* 113 rows in all, 34 of them on the screen */

struct setting {
	struct conf conf;
	int rows, cols;
	struct term_env env;
	char home[64];
	pid_t worker[2];	/* processes that there are; 0: none */
};

/* Three flows of the two workers, in place of others. */
static void give_to_workers(struct flow_list *fl, const struct setting *s)
{
	for (uint32_t slot = 0; slot < flow_list_slots(fl); slot++) {
		struct flow_handle h;
		const struct flow *f = flow_list_at_rcu(fl, slot, &h);
		struct owner o = { .name = "worker" };

		if (!f || f->id > 3)
			continue;
		o.pid = s->worker[f->id % 2];
		o.start_time = proc_pid_start_time(o.pid);
		flow_list_set_owner(fl, h, fixture_owner(&o), MATCH_EXACT);
	}
}

static int child(void *ctx)
{
	struct setting *s = ctx;
	struct flow_list *fl;
	int status;

	setenv("HOME", s->home, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("SUDO_UID");
	if (chdir(s->home))
		return 99;
	fixture_begin();
	fl = fixture_table(MORE);
	if (s->worker[0])
		give_to_workers(fl, s);
	status = fixture_run(&s->conf, fl);
	fixture_end(fl);
	return status;
}

static struct setting set;
static struct term *t;

static int setup(void **state)
{
	(void)state;
	set = (struct setting){ .conf = FIXTURE_CONF, .rows = 40, .cols = 120 };
	snprintf(set.home, sizeof(set.home), "/tmp/ui_keys.XXXXXX");
	return !mkdtemp(set.home);
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", set.home);
	return system(command);
}

static void start(void)
{
	t = term_open(set.rows, set.cols, &set.env, child, &set);
	term_wait_for(t, "curl");
}

static void quit(void)
{
	assert_int_equal(term_quit(t), 0);
}

static void type_for(const char *keys, const char *text)
{
	term_type(t, keys);
	term_wait_for(t, text);
}

static void key_for(VTermKey key, const char *text)
{
	term_key(t, key);
	term_wait_for(t, text);
}

static const char *line_with(const char *text)
{
	int y = term_find(t, text);

	assert_true(y >= 0);
	return term_line(t, y);
}

static void assert_line_lacks(const char *of, const char *text)
{
	assert_null(strstr(line_with(of), text));
}

static bool has_selected(const struct term *term, const char *what)
{
	(void)what;
	return term_selected(term) >= 0;
}

static void select_first(void)
{
	term_type(t, "j");
	term_wait(t, "a row selected", has_selected);
}

/* ---- moving ---- */

static void test_move(void **state)
{
	int first;

	(void)state;
	start();
	first = term_find(t, "PROCESS ") + 1;
	assert_int_equal(term_selected(t), -1);
	key_for(VTERM_KEY_DOWN, " 1/113");
	assert_int_equal(term_selected(t), first);
	key_for(VTERM_KEY_DOWN, " 2/113");
	assert_int_equal(term_selected(t), first + 1);
	type_for("jj", " 4/113");
	type_for("k", " 3/113");
	key_for(VTERM_KEY_UP, " 2/113");
	assert_int_equal(term_selected(t), first + 1);
	quit();
}

static void test_move_far(void **state)
{
	(void)state;
	start();
	type_for("j", " 1/113");
	key_for(VTERM_KEY_PAGEDOWN, " 34/113");
	type_for("\006", " 67/113");
	type_for("\002", " 34/113");
	key_for(VTERM_KEY_PAGEUP, " 1/113");
	type_for("\004", " 18/113");
	type_for("\025", " 1/113");
	key_for(VTERM_KEY_END, " 113/113");
	assert_int_equal(term_selected(t), set.rows - 2);
	key_for(VTERM_KEY_HOME, " 1/113");
	assert_int_equal(term_selected(t), -1);
	type_for("G", " 113/113");
	type_for("g", " 1/113");
	quit();
}

static void test_sideways(void **state)
{
	(void)state;
	start();
	key_for(VTERM_KEY_RIGHT, " PID ");
	term_wait_gone(t, "PROCESS ");
	for (int i = 0; i < 80; i++)
		term_key(t, VTERM_KEY_RIGHT);
	term_wait_for(t, "CWND");
	for (int i = 0; i < 80; i++)
		term_key(t, VTERM_KEY_LEFT);
	term_wait_for(t, "PROCESS ");
	quit();
}

/* The cursor is on a flow: it goes where the flow goes, at its line. */
static void test_cursor_follows(void **state)
{
	(void)state;
	start();
	type_for("/process sshd\r", " 1/1");
	select_first();
	type_for("\033", "/113");
	term_wait(t, "sshd", term_selects);
	quit();
}

/* Another order, a new filter: what comes first is looked at. */
static void test_to_the_top(void **state)
{
	(void)state;
	start();
	type_for("jjjj", " 4/113");
	type_for("r", "STATE▼");
	term_wait_for(t, " 1/113");
	assert_int_equal(term_selected(t), -1);
	type_for("G", " 113/113");
	type_for("opid\r", "PID▲");
	term_wait_for(t, " 1/113");
	type_for("G", " 113/113");
	type_for("/process chromium\r", " 1/102");
	assert_int_equal(term_selected(t), -1);
	quit();
}

/* The busiest are marked, above the first state; in no other order. */
static void test_busiest(void **state)
{
	int y;

	(void)state;
	start();
	y = term_find(t, "PROCESS ") + 1;
	assert_memory_equal(term_line(t, y), "»bridged(?)", 12);
	assert_memory_equal(term_line(t, y + 1), "»chromium", 10);
	assert_memory_equal(term_line(t, y + 2), " curl", 5);
	type_for("oprocess\r", "PROCESS▲");
	term_wait_gone(t, "»");
	type_for("ostate\r", "STATE▲");
	term_wait_for(t, "»");
	quit();
}

/* ---- views ---- */

static void test_tabs(void **state)
{
	(void)state;
	start();
	type_for("\t", "[Processes]");
	type_for("\t", "[Hosts]");
	term_type(t, "\033[Z");
	term_wait_for(t, "[Processes]");
	type_for("7", "[States]");
	term_wait_for(t, "TIME_WAIT  ");
	type_for("\t", "[Flows]");
	type_for("4", "[Clients]");
	type_for("1", "[Flows]");
	quit();
}

static void test_group_in_and_out(void **state)
{
	(void)state;
	start();
	type_for("2", " 1/7");
	select_first();
	term_wait(t, "chromium", term_selects);
	type_for("\r", "filter: process = chromium");
	term_wait_for(t, "[Flows]");
	term_wait_for(t, "Bksp back");
	term_key(t, VTERM_KEY_BACKSPACE);
	term_wait_for(t, "[Processes]");
	term_wait_gone(t, "filter:");
	term_wait(t, "chromium", term_selects);
	quit();
}

/* What tests the groups stays with them. */
static void test_group_filter(void **state)
{
	(void)state;
	start();
	type_for("/flows > 2\r", "a sum, such as flows");
	type_for("\025\r", "/113");
	type_for("2", " 1/7");
	type_for("/tcp and flows > 2\r", "filter: tcp and flows > 2");
	select_first();
	type_for("\r", "filter: (tcp) and process = ");
	term_key(t, VTERM_KEY_BACKSPACE);
	term_wait_for(t, "filter: tcp and flows > 2");
	quit();
}

/* A long filter stays whole when it is edited, and in a group and back. */
static void test_long_filter(void **state)
{
	static char filter[FILTER_MAX];
	struct text out = TEXT(filter);

	(void)state;
	while (out.len < FILTER_MAX - 100)
		text_add(&out, "port 4242 or ");
	text_add(&out, "process chromium");
	set.conf.filter = filter;
	t = term_open(set.rows, set.cols, &set.env, child, &set);
	term_wait_for(t, "shown 102");
	type_for("/", "or process chromium");
	type_for("s", "or process chromiums");
	type_for("\b\r", "[Flows]");
	type_for("2", "FLOWS▼");
	select_first();
	type_for("\r", "[Flows]");
	term_wait_for(t, "PROTO");
	term_key(t, VTERM_KEY_BACKSPACE);
	term_wait_for(t, "[Processes]");
	type_for("1", "[Flows]");
	type_for("/", "or process chromium");
	type_for("\033", "1/113");
	quit();
}

/* Flows without a process are a group, too. */
static void test_group_of_none(void **state)
{
	(void)state;
	start();
	type_for("/not process ~ .\r", " 1/1");
	type_for("\033", "/113");
	type_for("2", " 1/7");
	type_for("G", " 7/7");
	for (int i = 0; i < 7 && !strstr(term_line(t, term_selected(t)), " ? "); i++)
		type_for("k", "Processes");
	type_for("\r", "filter: not process ~ .");
	term_wait_for(t, "203.0.113.9");
	quit();
}

/* Into a network, and into two fields together. */
static void test_made_groups(void **state)
{
	(void)state;
	set.conf.group = "dst_addr/24";
	t = term_open(set.rows, set.cols, &set.env, child, &set);
	term_wait_for(t, "140.82.121.0/24");
	type_for("j\r", "filter: dst_addr : 140.82.121.0/24");
	term_wait_for(t, "chromium");
	quit();
	set.conf.group = "process,proto";
	t = term_open(set.rows, set.cols, &set.env, child, &set);
	term_wait_for(t, "chromium | tcp");
	type_for("j\r", "filter: process = chromium and proto = tcp");
	term_wait_for(t, "shown 102");
	quit();
}

static void test_next_group(void **state)
{
	(void)state;
	start();
	type_for("a", "[Processes]");
	type_for("a", "[by unit]");
	type_for("a", "[by user]");
	type_for("a", "[Hosts]");
	quit();
}

/* ---- order ---- */

static void test_sort(void **state)
{
	(void)state;
	start();
	type_for(">", "SERVICE▲");
	type_for("<", "STATE▲");
	type_for("<", "PROTO▲");
	type_for("r", "PROTO▼");
	type_for("R", "PROTO▲");
	type_for("o", "Sort by");
	type_for("rate", "rate");
	type_for("\r", "sort: rate ▼");
	key_for(VTERM_KEY_FUNCTION(6), "Sort by");
	type_for("\033", "sort: rate ▼");
	quit();
}

/* What is typed and names nothing chooses nothing. */
static void test_menu_miss(void **state)
{
	(void)state;
	start();
	type_for("opidx", "no item has this name");
	type_for("\r", "pidx");
	type_for("\177", "pid");
	term_wait_gone(t, "no item has");
	type_for("\r", "PID▲");
	type_for("oround trip\r", "sort: rtt ▼");		/* by what its help says */
	quit();
}

static void test_sort_groups(void **state)
{
	(void)state;
	start();
	type_for("5", " 1/9");
	type_for("<", "SERVICE▲");
	assert_non_null(strstr(term_line(t, term_find(t, "SERVICE▲") + 1), "domain"));
	type_for("r", "SERVICE▼");
	type_for("ototal_bytes\r", "sort: total_bytes ▼");
	assert_true(term_find(t, "ALL BYTES▼") >= 0);
	quit();
}

/* ---- columns ---- */

static void test_columns(void **state)
{
	(void)state;
	start();
	type_for("C", "[x] process");
	type_for(" ", "[ ] process");
	type_for("\r", " PID ");
	term_wait_gone(t, "PROCESS ");
	key_for(VTERM_KEY_FUNCTION(2), "Columns");
	type_for("mark", "[ ] mark");
	type_for(" ", "[x] mark");
	type_for("\r", " MARK");
	assert_true(term_shows(t, "REMOTE HOST") && term_shows(t, "RX/s"));
	type_for("C", "Columns");
	term_key(t, VTERM_KEY_DEL);
	term_wait_for(t, "PROCESS ");
	term_wait_gone(t, " MARK");
	/* what it is sorted by comes into view */
	type_for("oretrans\r", " RETRANS▼");
	quit();
}

static void test_column_order(void **state)
{
	(void)state;
	start();
	type_for("C+", "[x] pid");
	type_for("\r", "PID PROCESS");
	quit();
}

/* ---- filter, search ---- */

static void test_filter(void **state)
{
	(void)state;
	start();
	type_for("/state = SYN_SENT", " 1/1");
	term_wait_for(t, "shown 1");
	type_for("\r", "filter: state = SYN_SENT");
	type_for("/", "Tab: complete");
	type_for("\025proto = nix", "^");
	term_wait_for(t, "unknown protocol");
	type_for("\r", "^");		/* it stays open */
	type_for("\033", "/113");
	term_wait_gone(t, "filter:");
	quit();
}

static void test_filter_history_and_completion(void **state)
{
	(void)state;
	start();
	type_for("/udp\r", "filter: udp");
	type_for("\033", "/113");
	key_for(VTERM_KEY_FUNCTION(4), "Tab: complete");
	key_for(VTERM_KEY_UP, "filter: udp");
	key_for(VTERM_KEY_DOWN, "Tab: complete");
	type_for("unrep\t", "filter: unreplied");
	type_for("\r", " 1/2");
	type_for("/\001not \r", "filter: not unreplied");
	type_for("\033", "/113");
	quit();
}

static void test_escape_clears(void **state)
{
	(void)state;
	start();
	type_for("/tcp\r", "filter: tcp");
	term_type(t, "\033");
	term_wait_gone(t, "filter:");
	quit();
}

static void test_search(void **state)
{
	(void)state;
	start();
	type_for("s", "SOURCE");
	key_for(VTERM_KEY_FUNCTION(3), "search:");
	type_for("port 20077\r", ":20077");
	term_wait(t, ":20077", term_selects);
	term_wait_for(t, "/113");
	key_for(VTERM_KEY_FUNCTION(3), "search:");
	type_for("\025sshd\r", "sshd");
	term_wait_for(t, "/113");
	term_wait(t, "sshd", term_selects);
	type_for("*", "/113");		/* round once, to itself */
	term_wait(t, "sshd", term_selects);
	key_for(VTERM_KEY_FUNCTION(3), "search:");
	type_for("\025nosuch\r", "no match for \"nosuch\"");
	quit();
}

/* ---- which flows ---- */

static void test_pause(void **state)
{
	(void)state;
	start();
	type_for("p", "PAUSED");
	type_for("j", " 1/113");
	term_key(t, VTERM_KEY_PAGEDOWN);
	term_wait_for(t, " 34/113");
	term_type(t, " ");
	term_wait_gone(t, "PAUSED");
	quit();
}

static void test_active(void **state)
{
	(void)state;
	start();
	type_for("A", "only with traffic");
	term_wait_gone(t, "curl");
	term_wait_for(t, "sshd");
	term_type(t, "A");
	term_wait_for(t, "curl");
	quit();
}

static void test_ended(void **state)
{
	(void)state;
	start();
	type_for("z", "/112");
	type_for("z", "/113");
	type_for("Zx\r", "not a time from 0 to a day");
	type_for("\025 0\r", "/112");
	type_for("Z5m\r", "ended flows stay for 300 s");
	term_wait_for(t, "/113");
	quit();
}

static void test_protos(void **state)
{
	(void)state;
	start();
	type_for("t", "no TCP");
	term_wait_gone(t, "curl");
	type_for("u", "no TCP, no UDP");
	type_for("i", "no TCP, no UDP, no ICMP");
	term_wait_gone(t, "domain");
	term_wait_gone(t, "one.one");
	term_wait_for(t, " gre ");
	type_for("tui", "curl");
	term_wait_gone(t, "no TCP");
	quit();
}

static void test_families(void **state)
{
	(void)state;
	start();
	type_for("v", "only IPv4");
	type_for("v", "only IPv6");
	term_wait_gone(t, "curl");
	term_wait_for(t, "apt-get");
	term_type(t, "v");
	term_wait_gone(t, "only IPv6");
	quit();
}

/* ---- how they look ---- */

static void test_names(void **state)
{
	(void)state;
	start();
	term_wait_for(t, "edge-1.ex");
	type_for("n", "93.184.216.34 ");
	term_wait_gone(t, "edge-1.ex");
	type_for("n", "edge-1.ex");
	assert_non_null(strstr(line_with("curl"), "http-alt"));
	type_for("N", "port numbers");
	assert_line_lacks("curl", "http-alt");
	quit();
}

static void test_units(void **state)
{
	(void)state;
	start();
	assert_non_null(strstr(line_with("sshd"), "2.1k"));
	type_for("b", "bit/s");
	assert_non_null(strstr(line_with("sshd"), "16.8k"));
	type_for("b", "packets/s");
	assert_non_null(strstr(line_with("sshd"), "      3      6"));
	assert_true(term_shows(t, "TXp/s"));
	type_for("b", "bytes/s");
	type_for("B", "Ki = 1024");
	assert_non_null(strstr(line_with("sshd"), "2.1Ki"));
	quit();
}

static void test_source_and_classic(void **state)
{
	(void)state;
	start();
	/* few of these flows are forwarded, so the far end is shown alone */
	term_wait_for(t, "REMOTE HOST");
	type_for("s", "SOURCE");
	type_for("s", "REMOTE HOST");
	term_wait_gone(t, "SOURCE");
	type_for("c", "[12044/curl]:ipv4:tcp[SYN_SENT]:http-alt -> 192.0.2.7:41600 (documentation, N/A) =>");
	term_wait_for(t, "Kernel netfilter TCP/UDP flow statistics, [+0]");
	type_for("c", "PROCESS ");
	quit();
}

/* What a key sends that this terminal's description does not have. */
static void test_unknown_keys(void **state)
{
	(void)state;
	start();
	term_type(t, "\033[5;5d");		/* d asks for the interval */
	type_for("d7\r", "every 7 s");
	term_type(t, "\033[33~");		/* 3 is a view */
	type_for("d8\r", "every 8 s");
	assert_true(term_shows(t, "[Flows]"));
	quit();
}

static void test_interval(void **state)
{
	(void)state;
	start();
	type_for("d", "refresh every");
	type_for("nonsense\r", "not a time");
	type_for("\025 45s\r", "every 45 s");
	type_for("d20\r", "every 20 s");	/* not appended to what it was */
	type_for("+", "every 30 s");
	type_for("+", "every 60 s");
	type_for("-", "every 30 s");
	quit();
}

/* ---- details ---- */

static void test_detail(void **state)
{
	(void)state;
	start();
	type_for("/dst port 80 and state TIME_WAIT\r", "shown 1");
	type_for("\r", "Reply");
	term_wait_for(t, "10.0.0.80:80 → 203.0.113.9:60112");
	term_wait_for(t, "DNAT to 10.0.0.80");
	term_wait_for(t, "Norway, Oslo");
	type_for("\033", "PROCESS ");
	quit();
}

static void test_detail_scrolls(void **state)
{
	(void)state;
	set.rows = 16;
	start();
	type_for("jj\r", "Process");
	term_key(t, VTERM_KEY_END);
	term_wait_for(t, "Rate ←");
	term_wait_gone(t, "Process ");
	term_key(t, VTERM_KEY_HOME);
	term_wait_for(t, "Process ");
	term_key(t, VTERM_KEY_BACKSPACE);
	term_wait_for(t, "PROCESS ");
	quit();
}

/* ---- doing ---- */

static bool says_why(const struct term *term, const char *what)
{
	(void)what;
	return term_shows(term, "it is gone already") || term_shows(term, "not permitted") ||
	       term_shows(term, "No such");
}

static void test_delete_asks(void **state)
{
	(void)state;
	start();
	type_for("x", "no flow is selected");
	type_for("jjjx", "Delete this entry");
	term_wait_for(t, "192.0.2.7:41600 -> 198.51.100.80:8080");
	term_wait_for(t, "198.51.100.80:8080 -> 192.0.2.7:41600");
	type_for("n", "PROCESS ");
	type_for("x", "Delete this entry");
	term_type(t, "y");		/* an address for documentation: there is none */
	term_wait_for(t, "PROCESS ");
	term_wait(t, "why it was not deleted", says_why);
	quit();
}

static void test_close_and_signal_ask(void **state)
{
	(void)state;
	start();
	type_for("jjjK", "Close the local socket");
	type_for("P", "ss -K -t src 192.0.2.7 sport = :41600");
	type_for(" ", "PROCESS ");
	key_for(VTERM_KEY_FUNCTION(9), "terminate");
	type_for("HUP\r", "Send the process of this flow SIGHUP?");
	term_wait_for(t, "curl, pid 12044");
	type_for("n", "PROCESS ");
	type_for("P", "conntrack -D");
	term_wait_for(t, "kill -TERM 12044");
	type_for(" ", "PROCESS ");
	quit();
}

static void begin_workers(void)
{
	for (unsigned i = 0; i < 2; i++) {
		set.worker[i] = fork();
		if (!set.worker[i]) {
			pause();
			_exit(0);
		}
		assert_true(set.worker[i] > 0);
	}
}

/* Each must have got it. */
static void end_workers(int signal)
{
	int status;

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(waitpid(set.worker[i], &status, 0), set.worker[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signal);
	}
}

static void test_signal_to_group(void **state)
{
	char pid[2][24];

	(void)state;
	begin_workers();
	for (unsigned i = 0; i < 2; i++)
		snprintf(pid[i], sizeof(pid[i]), " %d", set.worker[i]);
	t = term_open(set.rows, set.cols, &set.env, child, &set);
	term_wait_for(t, "worker");
	type_for("2", "FLOWS");
	key_for(VTERM_KEY_FUNCTION(9), "no process is selected");
	type_for("/process = worker\r", "shown 3");
	type_for("j", " 1/1");
	key_for(VTERM_KEY_FUNCTION(9), "terminate");
	type_for("USR1\r", "Send the 2 processes of this group SIGUSR1?");
	term_wait_for(t, "process   worker");
	term_wait_for(t, pid[0]);
	term_wait_for(t, pid[1]);
	type_for("n", "FLOWS");
	key_for(VTERM_KEY_FUNCTION(9), "terminate");
	type_for("TERM\r", "Send the 2 processes of this group SIGTERM?");
	type_for("y", "signal sent");
	end_workers(SIGTERM);
	key_for(VTERM_KEY_FUNCTION(9), "terminate");
	type_for("TERM\r", "y: yes");
	type_for("y", "its process is gone");
	quit();
}

/* The row stands for hosts: whose process is meant would be a guess. */
static void test_signal_to_others(void **state)
{
	(void)state;
	start();
	type_for("3", "[Hosts]");
	select_first();
	key_for(VTERM_KEY_FUNCTION(9), "press Enter to open the group");
	quit();
}

static void test_readonly(void **state)
{
	(void)state;
	set.conf.readonly = true;
	start();
	type_for("jx", "--readonly");
	type_for("jK", "--readonly");
	type_for("j", "/113");
	term_key(t, VTERM_KEY_FUNCTION(9));
	term_wait_for(t, "--readonly");
	type_for("P", "conntrack -D");
	type_for(" ", "PROCESS ");
	type_for("2j", "FLOWS");
	key_for(VTERM_KEY_FUNCTION(9), "--readonly");
	quit();
}

static void test_copy(void **state)
{
	static const char start_of_line[] = "\033]52;c;WzEyMDQ0L2N1cmxdOmlwdjQ6";

	(void)state;
	start();
	type_for("y", "nothing is selected");
	type_for("jjjy", " Copy");
	term_wait_for(t, "destination");
	type_for("row\r", "copied: [12044/curl]:ipv4:");
	assert_non_null(memmem(t->raw, sizeof(t->raw), start_of_line, sizeof(start_of_line) - 1));
	type_for("y\r", "copied: 198.51.100.80");
	type_for("P2", "copied: ss -K -t src 192.0.2.7 sport = ");
	quit();
}

static unsigned count_lines(const char *path, const char *with)
{
	FILE *in = fopen(path, "r");
	char line[8192];
	unsigned n = 0;

	if (!in)
		return 0;
	while (fgets(line, sizeof(line), in))
		n += !!strstr(line, with);
	fclose(in);
	return n;
}

static void test_write(void **state)
{
	char path[128];

	(void)state;
	start();
	type_for("w", "write to:");
	type_for("\025rows.jsonl\r", "wrote 113 rows to rows.jsonl");
	snprintf(path, sizeof(path), "%s/rows.jsonl", set.home);
	assert_int_equal(count_lines(path, "\"type\":\"flow\""), 113);
	assert_int_equal(count_lines(path, "\"process\":\"curl\""), 1);
	type_for("w\025rows.jsonl\r", "File exists");
	type_for("\033", "PROCESS ");
	type_for("2w\025groups.jsonl\r", "wrote 7 rows to groups.jsonl");
	snprintf(path, sizeof(path), "%s/groups.jsonl", set.home);
	assert_int_equal(count_lines(path, "\"type\":\"group\""), 7);
	quit();
}

static void test_save(void **state)
{
	char path[128];

	(void)state;
	start();
	type_for("opid\r", "PID▲");
	type_for("n", "addresses");
	type_for("bb", "packets/s");
	type_for("2", "[Processes]");
	type_for("orate\r", "sort: rate");
	type_for("W", "saved to");
	snprintf(path, sizeof(path), "%s/.config/flowtop/config", set.home);
	assert_int_equal(count_lines(path, "screen-sort = +pid"), 1);
	assert_int_equal(count_lines(path, "screen-group-sort = -rate"), 1);
	assert_int_equal(count_lines(path, "screen-group = process"), 1);
	assert_int_equal(count_lines(path, "screen-packets = yes"), 1);
	quit();
}

static void test_help_and_redraw(void **state)
{
	size_t before;

	(void)state;
	start();
	type_for("?", "flowtop: keys");
	type_for(" ", "PROCESS ");
	type_for("h", "flowtop: keys");
	type_for(" ", "PROCESS ");
	key_for(VTERM_KEY_FUNCTION(1), "flowtop: keys");
	type_for("\033", "PROCESS ");
	before = t->written;
	type_for("j", " 1/113");
	assert_true(t->written - before < 1000);	/* just what changed */
	before = t->written;
	term_type(t, "\f");
	while (t->written - before < 3000)
		assert_true(term_read(t, TERM_MS));
	term_wait_for(t, "curl");
	quit();
}

static void test_quit_keys(void **state)
{
	(void)state;
	start();
	term_key(t, VTERM_KEY_FUNCTION(10));
	assert_int_equal(term_close(t), 0);
	start();
	term_type(t, "\003");
	assert_int_equal(term_close(t), 0);
}

/* ---- the mouse ---- */

static void test_mouse(void **state)
{
	int heading, x;

	(void)state;
	start();
	heading = term_find(t, "PROCESS ");
	term_click(t, 1, heading + 3, 20);
	term_wait_for(t, " 3/113");
	assert_int_equal(term_selected(t), heading + 3);
	term_click(t, 5, heading + 3, 20);
	term_wait_for(t, " 4/113");	/* the window moved by 3 lines */
	term_click(t, 4, heading + 3, 20);
	x = strstr(term_line(t, heading), "PID") - term_line(t, heading);
	term_click(t, 1, heading, x);
	term_wait_for(t, "PID▲");
	term_click(t, 1, heading, x);
	term_wait_for(t, "PID▼");
	x = strstr(term_line(t, heading - 1), "Hosts") - term_line(t, heading - 1);
	term_click(t, 1, heading - 1, x);
	term_wait_for(t, "[Hosts]");
	quit();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_move), TEST(test_move_far), TEST(test_sideways),
		TEST(test_cursor_follows), TEST(test_to_the_top), TEST(test_busiest),
		TEST(test_tabs), TEST(test_group_in_and_out),
		TEST(test_group_filter), TEST(test_group_of_none), TEST(test_long_filter),
		TEST(test_next_group), TEST(test_made_groups),
		TEST(test_sort), TEST(test_menu_miss),
		TEST(test_sort_groups), TEST(test_columns), TEST(test_column_order),
		TEST(test_filter), TEST(test_filter_history_and_completion),
		TEST(test_escape_clears), TEST(test_search), TEST(test_pause),
		TEST(test_active), TEST(test_ended), TEST(test_protos), TEST(test_families),
		TEST(test_names), TEST(test_units), TEST(test_source_and_classic),
		TEST(test_interval), TEST(test_unknown_keys), TEST(test_detail),
		TEST(test_detail_scrolls),
		TEST(test_delete_asks), TEST(test_close_and_signal_ask), TEST(test_signal_to_group),
		TEST(test_signal_to_others), TEST(test_readonly),
		TEST(test_copy), TEST(test_write), TEST(test_save),
		TEST(test_help_and_redraw), TEST(test_quit_keys), TEST(test_mouse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
