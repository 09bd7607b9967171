// SPDX-License-Identifier: GPL-2.0-or-later
/* Services by port and name: the system's file, then the built-in list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "service.h"
#include "service/list.h"

static int setup(void **state)
{
	(void)state;
	return service_init();
}

static int teardown(void **state)
{
	(void)state;
	service_free();
	return 0;
}

static void test_well_known(void **state)
{
	(void)state;
	assert_string_equal(service_name(IPPROTO_TCP, 80), "http");
	assert_string_equal(service_name(IPPROTO_TCP, 443), "https");
	assert_string_equal(service_name(IPPROTO_UDP, 443), "https");
	assert_string_equal(service_name(IPPROTO_TCP, 8080), "http-alt");
	assert_string_equal(service_name(IPPROTO_UDP, 53), "domain");
	assert_string_equal(service_name(IPPROTO_UDPLITE, 53), "domain");
	assert_string_equal(service_name(IPPROTO_TCP, 22), "ssh");
	assert_null(service_name(IPPROTO_UDP, 80));
	assert_null(service_name(IPPROTO_ICMP, 80));
	assert_null(service_name(IPPROTO_TCP, 0));
	assert_null(service_name(IPPROTO_TCP, 65535));
}

/* What /etc/services says is shown, whatever the built-in list has. */
static void test_system_first(void **state)
{
	struct servent *e;
	unsigned seen = 0;

	(void)state;
	setservent(1);
	while ((e = getservent())) {
		uint8_t l4 = !strcmp(e->s_proto, "tcp") ? IPPROTO_TCP :
			     !strcmp(e->s_proto, "udp") ? IPPROTO_UDP : 0;
		const char *name;

		if (!l4)
			continue;
		name = service_name(l4, ntohs(e->s_port));
		assert_non_null(name);
		for (const struct service_entry *b = service_list; b->name; b++) {
			if (b->port == ntohs(e->s_port) && !strcmp(name, b->name) &&
			    strcmp(name, e->s_name))
				fail_msg("%s hides %s", name, e->s_name);
		}
		assert_true(service_port(e->s_name) >= 0);
		seen++;
	}
	endservent();
	if (!seen)
		skip();
}

static void test_builtin(void **state)
{
	(void)state;
	assert_string_equal(service_name(IPPROTO_UDP, 51820), "wireguard");
	assert_string_equal(service_name(IPPROTO_TCP, 6443), "kubernetes");
	for (const struct service_entry *b = service_list; b->name; b++) {
		assert_true(b->protos >= SERVICE_TCP && b->protos <= (SERVICE_TCP | SERVICE_UDP));
		assert_true(b->port > 0);
		assert_true(service_port(b->name) > 0);
		if (b->protos & SERVICE_TCP)
			assert_non_null(service_name(IPPROTO_TCP, b->port));
		if (b->protos & SERVICE_UDP)
			assert_non_null(service_name(IPPROTO_UDP, b->port));
	}
}

static void test_port(void **state)
{
	(void)state;
	assert_int_equal(service_port("http"), 80);
	assert_int_equal(service_port("HTTPS"), 443);
	assert_int_equal(service_port("rdp"), 3389);
	assert_int_equal(service_port("stun"), 3478);
	assert_int_equal(service_port("imap"), 143);
	assert_int_equal(service_port("wireguard"), 51820);
	assert_int_equal(service_port("no such service"), -1);
	assert_int_equal(service_port(""), -1);
}

static int server_port(uint8_t l4, uint16_t sport, uint16_t dport)
{
	struct flow_key key = { .l4 = l4, .orig = { .sport = sport, .dport = dport } };

	return service_server_port(&key);
}

static void test_server_port(void **state)
{
	(void)state;
	assert_int_equal(server_port(IPPROTO_TCP, 41536, 443), 443);
	assert_int_equal(server_port(IPPROTO_TCP, 443, 41536), 443);
	assert_int_equal(server_port(IPPROTO_TCP, 41536, 41537), 41537);
	assert_int_equal(server_port(IPPROTO_TCP, 8080, 22), 22);
	assert_int_equal(server_port(IPPROTO_TCP, 22, 8080), 22);
	assert_int_equal(server_port(IPPROTO_UDP, 53, 53), 53);
	assert_int_equal(server_port(IPPROTO_UDP, 53, 41536), 53);
	assert_int_equal(server_port(IPPROTO_TCP, 8080, 41536), 8080);
	/* a client's port that has a name: ircd, openvpn; and one of root's to NFS */
	assert_int_equal(server_port(IPPROTO_TCP, 6667, 9000), 9000);
	assert_int_equal(server_port(IPPROTO_UDP, 1194, 3074), 3074);
	assert_int_equal(server_port(IPPROTO_UDP, 1194, 51820), 51820);
	assert_int_equal(server_port(IPPROTO_TCP, 993, 2049), 2049);
	assert_int_equal(server_port(IPPROTO_TCP, 3306, 5432), 5432);
	assert_int_equal(server_port(IPPROTO_ICMP, 22, 80), -1);
	assert_int_equal(server_port(IPPROTO_GRE, 22, 80), -1);
}

static void test_again(void **state)
{
	(void)state;
	service_free();
	assert_null(service_name(IPPROTO_TCP, 80));
	assert_int_equal(service_port("http"), -1);
	service_free();
	assert_int_equal(service_init(), 0);
	assert_string_equal(service_name(IPPROTO_TCP, 80), "http");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well_known),
		cmocka_unit_test(test_system_first),
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_server_port),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
