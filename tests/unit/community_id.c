/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Community IDs: those that the specification and its reference
 * implementation publish for seed 0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <netinet/in.h>

#include "lib/community_id.h"

static const struct {
	uint8_t l4;
	const char *src, *dst;
	uint16_t sport, dport;
	const char *id;
} published[] = {
	{ IPPROTO_TCP, "128.232.110.120", "66.35.250.204", 34855, 80,
	  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ IPPROTO_TCP, "66.35.250.204", "128.232.110.120", 80, 34855,
	  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ IPPROTO_TCP, "10.0.0.1", "10.0.0.2", 10, 11569, "1:SXBGMX1lBOwhhoDrZynfROxnhnM=" },
	{ IPPROTO_TCP, "192.168.1.42", "192.168.1.42", 42, 41, "1:eRcf7I/xocOxnYo5pbJBV5NhVm0=" },
	{ IPPROTO_TCP, "192.168.1.42", "192.168.1.42", 41, 42, "1:eRcf7I/xocOxnYo5pbJBV5NhVm0=" },
	{ IPPROTO_UDP, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ IPPROTO_UDP, "8.8.8.8", "192.168.1.52", 53, 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ IPPROTO_SCTP, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
	{ IPPROTO_SCTP, "192.168.170.56", "192.168.170.8", 80, 7, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=" },
	{ IPPROTO_ICMP, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
	{ IPPROTO_ICMP, "192.168.0.1", "192.168.0.89", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
	{ IPPROTO_ICMP, "192.168.0.89", "192.168.0.1", 20, 0, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI=" },
	{ IPPROTO_ICMP, "192.168.0.89", "192.168.0.1", 20, 1, "1:tz/fHIDUHs19NkixVVoOZywde+I=" },
	{ IPPROTO_ICMPV6, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0,
	  "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
	{ IPPROTO_ICMPV6, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0,
	  "1:pkvHqCL88/tg1k4cPigmZXUtL00=" },
	{ IPPROTO_ICMPV6, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:507:0:1:260:97ff:fe07:69ea", 3, 0,
	  "1:/OGBt9BN1ofenrmSPWYicpij2Vc=" },
	{ 46 /* RSVP: no ports */, "1.2.3.4", "5.6.7.8", 0, 0, "1:ikv3kmf89luf73WPz1jOs49S768=" },
};

static void test_published(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		char id[COMMUNITY_ID_SIZE];
		struct addr src, dst;

		assert_true(addr_parse(published[i].src, &src) && addr_parse(published[i].dst, &dst));
		community_id(published[i].l4, &src, &dst, published[i].sport, published[i].dport, id);
		assert_string_equal(id, published[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_published) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
