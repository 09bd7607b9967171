// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * action.c - closing and signalling, done to sockets and processes of this
 * test; and the commands that are printed instead.
 */
#include "action.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- flows ---- */

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static void set_flow(struct flow *f, uint8_t l4, const char *src, uint16_t sport,
		     const char *dst, uint16_t dport)
{
	*f = (struct flow){ .direction = FLOW_OUT, .key.l4 = l4 };
	f->key.l3 = strchr(src, ':') ? AF_INET6 : AF_INET;
	f->key.orig = (struct flow_ends){ addr_of(src), addr_of(dst), sport, dport };
	f->reply = (struct flow_ends){ addr_of(dst), addr_of(src), dport, sport };
}

/* ---- commands ---- */

static void assert_command(void (*print)(const struct row *, struct text *),
			   const struct row *r, const char *want)
{
	char buf[512];
	struct text out = TEXT(buf);

	text_clear(&out);
	print(r, &out);
	assert_string_equal(buf, want);
}

static void test_print_tcp(void **state)
{
	struct flow f;
	struct row r = { .flow = &f };

	(void)state;
	set_flow(&f, IPPROTO_TCP, "192.0.2.7", 41536, "198.51.100.1", 443);
	assert_command(action_print_delete, &r, "conntrack -D -f ipv4 -p tcp -s 192.0.2.7 "
		       "-d 198.51.100.1 --sport 41536 --dport 443");
	assert_command(action_print_close, &r, "ss -K -t src 192.0.2.7 sport = :41536 "
		       "dst 198.51.100.1 dport = :443");
	assert_command(action_print_block, &r, "nft 'add table inet block; add chain inet block "
		       "output { type filter hook output priority -150; }; add rule inet block "
		       "output ip saddr 192.0.2.7 ip daddr 198.51.100.1 tcp dport 443 drop'");
	f.direction = FLOW_FORWARDED;
	assert_command(action_print_close, &r, "");
}

/* Behind a DNAT the socket's end is the reply's. */
static void test_print_inbound(void **state)
{
	struct flow f;
	struct row r = { .flow = &f };

	(void)state;
	set_flow(&f, IPPROTO_UDP, "2001:db8::1", 5000, "2001:db8::2", 53);
	f.direction = FLOW_IN;
	f.reply.src = addr_of("2001:db8::9");
	f.reply.sport = 5353;
	f.key.zone = 7;
	assert_command(action_print_close, &r, "ss -K -u src '[2001:db8::9]' sport = :5353 "
		       "dst '[2001:db8::1]' dport = :5000");
	assert_command(action_print_delete, &r, "conntrack -D -f ipv6 -p udp -s 2001:db8::1 "
		       "-d 2001:db8::2 --sport 5000 --dport 53 --zone 7");
	f.extra = &(struct flow_extra){ .zone_dir = ZONE_ORIGINAL };
	assert_command(action_print_delete, &r, "conntrack -D -f ipv6 -p udp -s 2001:db8::1 "
		       "-d 2001:db8::2 --sport 5000 --dport 53 --orig-zone 7");
	f.key.zone = 0;
	f.extra = &(struct flow_extra){ .zone_dir = ZONE_REPLY, .reply_zone = 9 };
	assert_command(action_print_delete, &r, "conntrack -D -f ipv6 -p udp -s 2001:db8::1 "
		       "-d 2001:db8::2 --sport 5000 --dport 53 --reply-zone 9");
}

static void test_print_icmp(void **state)
{
	struct flow f;
	struct row r = { .flow = &f };

	(void)state;
	set_flow(&f, IPPROTO_ICMP, "192.0.2.7", 99, "198.51.100.1", 8 << 8);
	assert_command(action_print_delete, &r, "conntrack -D -f ipv4 -p icmp -s 192.0.2.7 "
		       "-d 198.51.100.1 --icmp-type 8 --icmp-code 0 --icmp-id 99");
	assert_command(action_print_close, &r, "");
}

static void test_print_unnamed(void **state)
{
	struct flow f;
	struct row r = { .flow = &f };

	(void)state;
	set_flow(&f, IPPROTO_ESP, "192.0.2.7", 0, "198.51.100.1", 0);
	assert_command(action_print_delete, &r, "conntrack -D -f ipv4 -p 50 -s 192.0.2.7 "
		       "-d 198.51.100.1");
}

/* A name that others chose must not end the quotes. */
static void test_print_netns(void **state)
{
	struct owner o = { .netns = "a'; reboot; '" };
	struct flow f;
	struct row r = { .flow = &f, .owner = &o };

	(void)state;
	set_flow(&f, IPPROTO_TCP, "192.0.2.7", 1, "198.51.100.1", 2);
	f.direction = FLOW_FORWARDED;
	assert_command(action_print_close, &r, "ip netns exec 'a'\\''; reboot; '\\''' ss -K -t "
		       "src 192.0.2.7 sport = :1 dst 198.51.100.1 dport = :2");
	o.pid = 12;
	assert_command(action_print_close, &r, "nsenter -n -t 12 ss -K -t "
		       "src 192.0.2.7 sport = :1 dst 198.51.100.1 dport = :2");
	assert_command(action_print_kill, &r, "kill -TERM 12");
}

/* ---- sockets on loopback ---- */

static uint16_t bind_to_loopback(int fd)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_return_code(bind(fd, (struct sockaddr *)&sa, len), errno);
	assert_return_code(getsockname(fd, (struct sockaddr *)&sa, &len), errno);
	return ntohs(sa.sin_port);
}

static void connect_to_loopback(int fd, uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_return_code(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), errno);
}

struct pair {
	int listener, client;
	uint16_t server_port, client_port;
};

static void make_pair(struct pair *p)
{
	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	p->client = socket(AF_INET, SOCK_STREAM, 0);
	p->server_port = bind_to_loopback(p->listener);
	p->client_port = bind_to_loopback(p->client);
	assert_return_code(listen(p->listener, 5), errno);
	connect_to_loopback(p->client, p->server_port);
}

static bool may_close(void)
{
	return geteuid() == 0;
}

static int socket_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

/* True where the kernel was built without SOCK_DESTROY. */
static bool lacks(int ret)
{
	return ret == -EOPNOTSUPP;
}

static void assert_closes(const struct flow *f, int fd)
{
	int ret = action_close_socket(&(struct row){ .flow = f });

	if (lacks(ret))
		skip();
	assert_int_equal(ret, 0);
	assert_int_equal(socket_error(fd), ECONNABORTED);
}

static void test_close_tcp(void **state)
{
	struct pair p;
	struct flow f;

	(void)state;
	if (!may_close())
		skip();
	make_pair(&p);
	set_flow(&f, IPPROTO_TCP, "127.0.0.1", p.client_port, "127.0.0.1", p.server_port);
	assert_closes(&f, p.client);
	close(p.client);
	close(p.listener);
}

/* The connection is over: what a look-up would find then is the listener. */
static void test_close_spares_listener(void **state)
{
	struct pair p, other;
	struct flow f;
	int fd;

	(void)state;
	if (!may_close())
		skip();
	make_pair(&p);
	set_flow(&f, IPPROTO_TCP, "127.0.0.1", 1, "127.0.0.1", p.server_port);
	f.direction = FLOW_IN;
	assert_int_equal(action_close_socket(&(struct row){ .flow = &f }), -ENOENT);
	other.client = socket(AF_INET, SOCK_STREAM, 0);
	connect_to_loopback(other.client, p.server_port);
	for (int i = 0; i < 2; i++) {
		fd = accept(p.listener, NULL, NULL);
		assert_return_code(fd, errno);
		close(fd);
	}
	close(other.client);
	close(p.client);
	close(p.listener);
}

static void test_close_udp(void **state)
{
	int one = socket(AF_INET, SOCK_DGRAM, 0), all = socket(AF_INET, SOCK_DGRAM, 0);
	uint16_t one_port = bind_to_loopback(one), all_port = bind_to_loopback(all);
	struct flow f;

	(void)state;
	if (!may_close())
		skip();
	/* of a socket that anybody may send to */
	set_flow(&f, IPPROTO_UDP, "127.0.0.1", one_port, "127.0.0.1", all_port);
	f.direction = FLOW_IN;
	assert_int_equal(action_close_socket(&(struct row){ .flow = &f }), -ENOTCONN);
	assert_int_equal(socket_error(all), 0);
	connect_to_loopback(one, all_port);
	f.direction = FLOW_OUT;
	assert_closes(&f, one);
	assert_int_equal(socket_error(all), 0);
	close(one);
	close(all);
}

/* Sockets that are bound to a device: the kernel finds them by it alone. */
static void check_close_bound(int type, uint8_t l4)
{
	int server = socket(AF_INET, type, 0), client = socket(AF_INET, type, 0);
	uint16_t port = bind_to_loopback(server), from = bind_to_loopback(client);
	struct flow f;

	if (setsockopt(client, SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof("lo")))
		skip();
	if (type == SOCK_STREAM)
		assert_return_code(listen(server, 5), errno);
	connect_to_loopback(client, port);
	set_flow(&f, l4, "127.0.0.1", from, "127.0.0.1", port);
	assert_closes(&f, client);
	close(client);
	close(server);
}

static void test_close_bound(void **state)
{
	(void)state;
	if (!may_close())
		skip();
	check_close_bound(SOCK_STREAM, IPPROTO_TCP);
	check_close_bound(SOCK_DGRAM, IPPROTO_UDP);
}

/* An IPv6 socket that talks IPv4. */
static void test_close_mapped(void **state)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof(sa);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET6, SOCK_STREAM, 0);
	uint16_t port = bind_to_loopback(listener);
	struct flow f;

	(void)state;
	if (!may_close() || client < 0)
		skip();
	assert_return_code(listen(listener, 5), errno);
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &sa.sin6_addr);
	sa.sin6_port = htons(port);
	assert_return_code(connect(client, (struct sockaddr *)&sa, len), errno);
	assert_return_code(getsockname(client, (struct sockaddr *)&sa, &len), errno);
	set_flow(&f, IPPROTO_TCP, "127.0.0.1", ntohs(sa.sin6_port), "127.0.0.1", port);
	assert_closes(&f, client);
	close(client);
	close(listener);
}

static void test_close_others(void **state)
{
	struct flow f;

	(void)state;
	set_flow(&f, IPPROTO_ICMP, "127.0.0.1", 1, "127.0.0.1", 8 << 8);
	assert_int_equal(action_close_socket(&(struct row){ .flow = &f }), -EOPNOTSUPP);
	set_flow(&f, IPPROTO_TCP, "192.0.2.1", 1, "192.0.2.2", 2);
	f.direction = FLOW_FORWARDED;
	assert_int_equal(action_close_socket(&(struct row){ .flow = &f }), -EOPNOTSUPP);
}

/* ---- processes ---- */

static uint64_t start_time(pid_t pid)
{
	unsigned long long start = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d (%*[^)]) %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
				"%*s %*s %*s %*s %*s %*s %*s %llu", &start), 1);
	fclose(f);
	return start;
}

static void test_signal(void **state)
{
	pid_t pid = fork();
	struct owner o = { .pid = pid };
	struct flow f = { .key.l4 = IPPROTO_TCP };
	struct row r = { .flow = &f, .owner = &o };
	int status;

	(void)state;
	if (!pid) {
		pause();
		_exit(0);
	}
	o.start_time = start_time(pid) + 1;
	assert_int_equal(action_signal(&r, SIGTERM), -ESRCH);
	o.start_time--;
	assert_int_equal(action_signal(&r, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_int_equal(action_signal(&r, SIGTERM), -ESRCH);
	r.owner = NULL;
	assert_int_equal(action_signal(&r, SIGTERM), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_tcp),
		cmocka_unit_test(test_print_inbound),
		cmocka_unit_test(test_print_icmp),
		cmocka_unit_test(test_print_unnamed),
		cmocka_unit_test(test_print_netns),
		cmocka_unit_test(test_close_tcp),
		cmocka_unit_test(test_close_spares_listener),
		cmocka_unit_test(test_close_udp),
		cmocka_unit_test(test_close_bound),
		cmocka_unit_test(test_close_mapped),
		cmocka_unit_test(test_close_others),
		cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
