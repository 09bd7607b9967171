// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * batch.c - whole pages, of a table made here. The source that batch_run()
 * waits for is a real one, in an empty network namespace of this test.
 */
#include "batch.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "facts.h"
#include "own_netns.h"
#include "service.h"

#define FLOWS 3

static struct flow_list *empty, *table;
static struct view *view;
static struct ct *ct;
static struct conf conf;
static int stop_fd;
static bool allowed;
static char *page;		/* what the last run printed */

/* ---- the table ---- */

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static void add_flow(uint8_t l4, const char *src, uint16_t sport, const char *dst,
		     uint16_t dport, uint64_t bytes)
{
	struct flow_update u = {
		.source = FLOW_DUMPED, .id = sport,
		.have = HAVE_ID | HAVE_TIMEOUT | HAVE_ORIG | HAVE_REPL | HAVE_STATUS,
		.timeout = 100, .status = 1 << 1 | 1 << 2, .orig_bytes = bytes,
		.orig_packets = 1, .state = STATE_NONE,
	};

	u.key.l3 = strchr(src, ':') ? AF_INET6 : AF_INET;
	u.key.l4 = l4;
	u.key.orig = (struct flow_ends){ addr_of(src), addr_of(dst), sport, dport };
	u.reply = (struct flow_ends){ addr_of(dst), addr_of(src), dport, sport };
	if (l4 == IPPROTO_TCP) {
		u.have |= HAVE_STATE;
		u.state = 3;
	}
	flow_list_apply(table, &u, 1);
}

static void fill_table(void)
{
	flow_list_dump_begin(table);
	add_flow(IPPROTO_TCP, "192.0.2.7", 41536, "198.51.100.1", 443, 1000);
	add_flow(IPPROTO_UDP, "2001:db8::1", 5000, "2001:db8::2", 53, 2000);
	add_flow(IPPROTO_UDP, "192.0.2.8", 5001, "198.51.100.2", 53, 3000);
	flow_list_dump_end(table, true);
}

static int start(void **state)
{
	struct ct_options o = { .interval = 1, .budget = 8, .rcvbuf_max = 1 };

	(void)state;
	if (!own_netns_enter())
		return 0;
	rcu_register_thread();
	if (facts_init() || service_init())
		return -1;
	empty = flow_list_new(10, 3000);
	table = flow_list_new(10, 3000);
	view = view_new(table);
	stop_fd = eventfd(0, EFD_CLOEXEC);
	o.table = empty;
	o.families = FAMILY_BOTH;
	ct = ct_open(&o);
	if (!ct)
		return 0;	/* no conntrack here */
	allowed = ct_start(ct) == 0;
	fill_table();
	return 0;
}

static int stop_all(void **state)
{
	(void)state;
	free(page);
	if (!view)
		return 0;
	if (ct) {
		ct_stop(ct);
		ct_close(ct);
	}
	view_free(view);
	flow_list_free(table);
	flow_list_free(empty);
	service_free();
	facts_free();
	rcu_unregister_thread();
	close(stop_fd);
	return 0;
}

/* ---- runs ---- */

static int run_to(int fd)
{
	struct batch_options o = {
		.conf = &conf, .table = table, .view = view, .ct = ct, .stop_fd = stop_fd,
		.spec = { .families = FAMILY_BOTH, .self = true },
	};
	char error[80];
	int saved, status;

	o.spec.sorts = sort_parse(conf.sort ? conf.sort : "+bytes", false, o.spec.sort, error,
				  sizeof(error));
	o.spec.group = conf.group ? column_find(conf.group) : NULL;
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	status = batch_run(&o);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return status;
}

/* Runs to a file and keeps what it printed. */
static int run(void)
{
	FILE *f = tmpfile();
	long size;
	int status;

	assert_non_null(f);
	status = run_to(fileno(f));
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	page = realloc(page, size + 1);
	assert_non_null(page);
	assert_int_equal(fread(page, 1, size, f), size);
	page[size] = '\0';
	fclose(f);
	return status;
}

static void set_conf(struct conf c)
{
	if (!allowed)
		skip();
	conf = c;
	conf.delay = 0.1;
	if (!conf.lines)
		conf.lines = -1;
}

static unsigned count_lines(void)
{
	unsigned n = 0;

	for (const char *s = page; (s = strchr(s, '\n')); s++)
		n++;
	return n;
}

static unsigned count_of(const char *what)
{
	unsigned n = 0;

	for (const char *s = page; (s = strstr(s, what)); s++)
		n++;
	return n;
}

/* ---- tests ---- */

static void test_json(void **state)
{
	static const char first[] = "\n{\"v\":1,\"type\":\"flow\",\"time\":\"20";

	(void)state;
	set_conf((struct conf){ .once = true, .json = true });
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 1 + FLOWS);
	assert_memory_equal(page, "{\"v\":1,\"type\":\"stats\",\"time\":\"20", 32);
	assert_int_equal(count_of(",\"host\":\""), 1 + FLOWS);
	assert_non_null(strstr(page, "\"flows\":3,\"shown\":3,"));
	assert_int_equal(count_of(first), FLOWS);
	for (unsigned i = 0; i < n_columns; i++) {
		char key[64];

		snprintf(key, sizeof(key), ",\"%s\":", columns[i].name);
		assert_true(count_of(key) >= FLOWS && count_of(key) <= FLOWS + 1);	/* stats may have it too */
	}
	assert_non_null(strstr(page, "\"src_addr\":\"192.0.2.7\",\"src_port\":41536,"));
	assert_non_null(strstr(page, "\"state\":\"ESTABLISHED\""));
	assert_non_null(strstr(page, "\"status\":[\"SEEN_REPLY\",\"ASSURED\"]"));
	assert_non_null(strstr(page, "\"orig_rate\":null"));
	assert_true(strstr(page, "192.0.2.7") < strstr(page, "192.0.2.8"));
}

static void test_json_columns(void **state)
{
	(void)state;
	set_conf((struct conf){ .once = true, .json = true, .columns = "dst_port,src_addr" });
	assert_int_equal(run(), 0);
	assert_non_null(strstr(page, "\",\"dst_port\":443,\"src_addr\":\"192.0.2.7\"}\n"));
}

static void test_json_group(void **state)
{
	(void)state;
	set_conf((struct conf){ .once = true, .json = true, .group = "proto" });
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 3);
	assert_non_null(strstr(page, "\n{\"v\":1,\"type\":\"group\",\"time\":\"20"));
	assert_non_null(strstr(page, "\",\"field\":\"proto\",\"key\":\"udp\",\"flows\":2,\"unreplied\":0,\"new_rate\":"));
	assert_int_equal(count_of("\"total_flows\":2,"), 1);
}

static void test_csv(void **state)
{
	(void)state;
	set_conf((struct conf){
		.count = 2, .csv = true, .columns = "proto,src_addr,src_port,status,pid",
	});
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 1 + 2 * FLOWS);
	assert_int_equal(count_of("proto,src_addr,src_port,status,pid\n"), 1);
	assert_memory_equal(page, "proto,", 6);
	assert_int_equal(count_of("\ntcp,192.0.2.7,41536,\"SEEN_REPLY,ASSURED\",\n"), 2);
}

static void test_csv_group(void **state)
{
	(void)state;
	set_conf((struct conf){ .once = true, .csv = true, .group = "state" });
	assert_int_equal(run(), 0);
	assert_memory_equal(page, "field,key,flows,", 16);
	assert_int_equal(count_of("\nstate,,2,0,"), 1);
	assert_int_equal(count_of("\nstate,ESTABLISHED,1,0,"), 1);
}

static void test_lines(void **state)
{
	(void)state;
	set_conf((struct conf){ .once = true, .json = true, .lines = 2 });
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 3);
	assert_non_null(strstr(page, "\"shown\":3,"));
	conf.lines = 0;
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 1);
}

static void test_text(void **state)
{
	char *heading;

	(void)state;
	set_conf((struct conf){
		.count = 2, .batch = true, .columns = "proto,src_addr,pid,dst_port",
	});
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 2 * (2 + FLOWS) + 1);
	assert_memory_equal(page, "flowtop ", 8);
	assert_non_null(strstr(page, "flows 3"));
	heading = strchr(page, '\n') + 1;
	assert_memory_equal(heading, "PROTO ", 6);
	assert_non_null(strstr(heading, "\nudp     [2001:db8::1]:5000 "));
	assert_int_equal(count_of(" \n"), 0);
}

/* A name stands in an address's place, but not beside itself. */
static void test_text_names(void **state)
{
	struct addr a;

	(void)state;
	assert_true(addr_parse("2001:db8::1", &a));
	name_publish(&a, "six.example");
	set_conf((struct conf){ .once = true, .batch = true, .columns = "src_addr,dst_port" });
	assert_int_equal(run(), 0);
	assert_non_null(strstr(page, "\nsix.example:5000 "));
	set_conf((struct conf){ .once = true, .batch = true, .columns = "src_host,src_addr" });
	assert_int_equal(run(), 0);
	assert_non_null(strstr(page, "\nsix.example "));
	assert_non_null(strstr(page, " [2001:db8::1]:5000"));
}

static void test_text_group(void **state)
{
	(void)state;
	set_conf((struct conf){ .once = true, .batch = true, .group = "proto" });
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 4);
	assert_non_null(strstr(page, "\nPROTO "));
	assert_non_null(strstr(page, "\nudp "));
}

static char *page_copy(void)
{
	char *copy = strdup(strchr(page, '\n'));	/* the first line has the time */

	assert_non_null(copy);
	return copy;
}

/* --bits is for rates: what stands under BYTES is bytes, of flows and of groups. */
static void test_text_bits(void **state)
{
	static const char *const groups[] = { NULL, "proto" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		char *bytes;

		set_conf((struct conf){
			.once = true, .batch = true, .group = groups[i], .columns = "proto,bytes",
		});
		assert_int_equal(run(), 0);
		assert_non_null(strstr(page, "BYTES"));
		bytes = page_copy();
		conf.bits = true;
		assert_int_equal(run(), 0);
		assert_string_equal(strchr(page, '\n'), bytes);
		free(bytes);
	}
}

/* All outputs of groups have the columns of one table. */
static void test_group_columns(void **state)
{
	(void)state;
	set_conf((struct conf){ .once = true, .csv = true, .group = "proto" });
	assert_int_equal(run(), 0);
	for (unsigned i = 0; i < n_group_columns; i++) {
		char name[64];

		snprintf(name, sizeof(name), ",%s", group_columns[i].name);
		assert_int_equal(count_of(name) > 0, true);
	}
	set_conf((struct conf){ .once = true, .batch = true, .group = "proto" });
	assert_int_equal(run(), 0);
	for (unsigned i = 1; i < n_group_columns; i++)
		if (group_columns[i].rank)
			assert_non_null(strstr(page, group_columns[i].title));
}

static void test_classic(void **state)
{
	(void)state;
	set_conf((struct conf){ .once = true, .classic = true });
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 1 + FLOWS);
	assert_memory_equal(page, "Kernel netfilter TCP/UDP flow statistics, [+0]\n", 47);
	assert_non_null(strstr(page, ":ipv4:tcp[ESTABLISHED]:https -> 192.0.2.7:41536 (documentation, N/A)"
			       " => 198.51.100.1:443 (documentation, N/A)\n"));
}

/* A log whose queue ran over says how many lines are missing. */
static void test_lost(void **state)
{
	(void)state;
	set_conf((struct conf){ .events = true, .count = 5, .columns = "src_port,end_reason" });
	assert_int_equal(flow_list_log_open(table, 4), 0);
	for (uint16_t port = 6000; port < 6007; port++)
		add_flow(IPPROTO_UDP, "192.0.2.9", port, "198.51.100.2", 53, 1);
	assert_int_equal(run(), 0);
	assert_int_equal(count_lines(), 5);
	assert_int_equal(count_of("{\"v\":1,\"type\":\"new\",\"time\":\"20"), 4);
	assert_int_equal(count_of("\"told\":false,\"src_port\":6003,\"end_reason\":null}\n"), 1);
	assert_int_equal(count_of("{\"v\":1,\"type\":\"lost\",\"time\":\"20"), 1);
	assert_int_equal(count_of(",\"lines\":3,\"overruns\":0}\n"), 1);
}

static void test_stopped(void **state)
{
	eventfd_t value;

	(void)state;
	set_conf((struct conf){ .json = true });
	eventfd_write(stop_fd, 1);
	assert_int_equal(run(), 0);
	assert_true(!*page || page[strlen(page) - 1] == '\n');
	eventfd_read(stop_fd, &value);
}

static void test_reader_gone(void **state)
{
	int p[2];

	(void)state;
	set_conf((struct conf){ .json = true });
	assert_return_code(pipe(p), errno);
	close(p[0]);
	assert_int_equal(run_to(p[1]), 0);
	close(p[1]);
}

static void test_disk_full(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	set_conf((struct conf){ .json = true });
	if (full < 0)
		skip();
	assert_int_equal(run_to(full), 1);
	close(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_columns),
		cmocka_unit_test(test_json_group),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_csv_group),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_text), cmocka_unit_test(test_text_names),
		cmocka_unit_test(test_text_group), cmocka_unit_test(test_text_bits),
		cmocka_unit_test(test_group_columns),
		cmocka_unit_test(test_classic),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_reader_gone),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, start, stop_all);
}
