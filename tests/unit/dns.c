// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reverse names against a server on loopback, which answers well, badly, late
 * or not at all. Conditions are waited for, for 30 seconds at most.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>

#include "dns.h"
#include "dns/cache.h"
#include "dns/hosts.h"
#include "dns/reply.h"
#include "facts.h"
#include "tests/dns_server.h"

static char dir[] = "/tmp/flowtop-dns-XXXXXX";
static char resolv_conf[64], hosts[64];

static struct addr parsed(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

/* As editors and tools do it: a new file in place of the old one. */
static void write_file(const char *path, const char *fmt, ...)
{
	char tmp[80];
	va_list args;
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s~", path);
	f = fopen(tmp, "w");
	assert_non_null(f);
	va_start(args, fmt);
	vfprintf(f, fmt, args);
	va_end(args);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(tmp, path), 0);
}

static void wait_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

#define WAIT_FOR(condition) do {					\
	uint64_t end = dns_server_ms() + 30000;				\
	while (!(condition)) {						\
		if (dns_server_ms() > end)				\
			fail_msg("waited in vain for " #condition);	\
		wait_ms(1);						\
	}								\
} while (0)

static struct dns *start(struct dns_server *s)
{
	struct dns_options o = { .resolv_conf = resolv_conf, .hosts = hosts };
	struct dns *d;

	if (s) {
		assert_int_equal(dns_server_start(s), 0);
		write_file(resolv_conf, "search x.test\nnameserver [127.0.0.1]:%u\n", s->port);
	}
	d = dns_start(&o);
	assert_non_null(d);
	return d;
}

static void want(struct dns *d, const char *const *texts)
{
	struct addr list[64];
	unsigned n = 0;

	for (; texts[n]; n++)
		list[n] = parsed(texts[n]);
	dns_want(d, list, n);
}

#define WANT(d, ...) want(d, (const char *const[]){ __VA_ARGS__, NULL })

/* The name of an address; "(unknown)" where it has not been found out. */
static const char *name_of(const char *text)
{
	static char copy[4][DNS_NAME_SIZE];
	static unsigned i;
	struct addr a = parsed(text);
	const char *name;

	rcu_read_lock();
	name = name_get_rcu(&a);
	snprintf(copy[++i % 4], DNS_NAME_SIZE, "%s", name ? name : "(unknown)");
	rcu_read_unlock();
	return copy[i % 4];
}

static bool is_named(const char *addr, const char *name)
{
	return !strcmp(name_of(addr), name);
}

/* ---- all kinds of answers ---- */

static void put_soa(struct dns_message *m, uint32_t ttl, uint32_t minimum)
{
	size_t start = dns_begin(m, DNS_AUTHORITY, ns_t_soa, ttl);

	dns_put_name(m, "ns.test");
	dns_put_name(m, "root.test");
	for (int i = 0; i < 4; i++)
		dns_put_number(m, 1, 4);
	dns_put_number(m, minimum, 4);
	dns_end(m, start);
}

static void put_cname(struct dns_message *m, const char *name, uint32_t ttl)
{
	size_t start = dns_begin(m, DNS_ANSWERS, ns_t_cname, ttl);

	dns_put_name(m, name);
	dns_end(m, start);
}

static void put_raw_ptr(struct dns_message *m, const void *labels, size_t n)
{
	size_t start = dns_begin(m, DNS_ANSWERS, ns_t_ptr, 600);

	dns_put(m, labels, n);
	dns_end(m, start);
}

#define RAW(m, labels) put_raw_ptr(m, labels, sizeof(labels))

/* 203.0.114.x: what the answer is, by x. */
static bool odd_answer(struct dns_server *s, const struct addr *a, struct dns_message *m)
{
	switch (a->byte[12] == 203 ? a->byte[15] : 0) {
	case 1:
		dns_set_rcode(m, ns_r_nxdomain);
		put_soa(m, 900, 120);
		return true;
	case 2:
		dns_set_rcode(m, ns_r_servfail);
		return true;
	case 3:
		put_cname(m, "3.sub.test", 120);
		dns_put_ptr(m, "delegated.test", 900);
		return true;
	case 4:
		return true;	/* no error, no answer */
	case 5:
		RAW(m, "\0071.2.3.4");
		return true;
	case 6:
		RAW(m, "\0013\0010\0010\0018");
		return true;
	case 7:
		RAW(m, "\0132001:db8::1");
		return true;
	case 8:
		RAW(m, "");
		return true;
	case 9:
		RAW(m, "\007\x1b[2Jab\n\005t.e t\003\xff\x80\x00");
		return true;
	case 10:
		RAW(m, "\004_foo\003B-r");
		return true;
	case 11:
		RAW(m, "\xc0\x0c");	/* its own name below in-addr.arpa */
		return true;
	case 12:
		m->len = 14;		/* cut off */
		return true;
	case 13:
		put_raw_ptr(m, "\077abc", 4);	/* a label longer than the rest */
		return true;
	case 14: case 15: {
		bool later = a->byte[15] == 15;
		unsigned at = m->len + 12 + 2 * later;

		/* points to itself, or to a name that comes later */
		put_raw_ptr(m, (uint8_t[]){ 0xc0 | at >> 8, at, 1, 'x', 0 }, later ? 5 : 2);
		return true;
	}
	}
	return dns_server_ptr(s, a, m);
}

static void test_answers(void **state)
{
	static struct dns_server s = { .answer = odd_answer };
	struct dns *d = start(&s);
	struct dns_stats stats;

	(void)state;
	assert_true(dns_idle(d));
	WANT(d, "9.9.9.9", "2001:db9::a0:1", "192.168.1.1", "203.0.114.1", "203.0.114.2",
	     "203.0.114.3", "203.0.114.4", "203.0.114.5", "203.0.114.6", "203.0.114.7",
	     "203.0.114.8", "203.0.114.9", "203.0.114.10", "203.0.114.11", "203.0.114.13",
	     "203.0.114.14", "203.0.114.15", "9.9.9.9");
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("9.9.9.9"), "h-9-9-9-9.test");
	assert_string_equal(name_of("2001:db9::a0:1"), "h-2001-db9--a0-1.test");
	assert_string_equal(name_of("192.168.1.1"), "h-192-168-1-1.test");
	assert_string_equal(name_of("203.0.114.1"), "");
	assert_string_equal(name_of("203.0.114.2"), "");
	assert_string_equal(name_of("203.0.114.3"), "delegated.test");
	assert_string_equal(name_of("203.0.114.4"), "");
	assert_string_equal(name_of("203.0.114.5"), "");
	assert_string_equal(name_of("203.0.114.6"), "");
	assert_string_equal(name_of("203.0.114.7"), "");
	assert_string_equal(name_of("203.0.114.8"), "");
	assert_string_equal(name_of("203.0.114.9"), "??2Jab?.t?e?t.???");
	assert_string_equal(name_of("203.0.114.10"), "_foo.B-r");
	assert_string_equal(name_of("203.0.114.11"), "11.114.0.203.in-addr.arpa");
	assert_string_equal(name_of("203.0.114.13"), "");
	assert_string_equal(name_of("203.0.114.14"), "");
	assert_string_equal(name_of("203.0.114.15"), "");
	assert_string_equal(name_of("9.9.9.8"), "(unknown)");
	dns_get_stats(d, &stats);
	assert_int_equal(stats.answered, 7);
	assert_false(stats.broken);

	/* what is known is not asked for again */
	__atomic_store_n(&s.asked, 0, __ATOMIC_RELEASE);
	WANT(d, "9.9.9.9", "203.0.114.1", "9.9.9.7");
	WAIT_FOR(dns_idle(d));
	assert_int_equal(__atomic_load_n(&s.asked, __ATOMIC_ACQUIRE), 1);
	assert_string_equal(name_of("9.9.9.7"), "h-9-9-9-7.test");
	dns_want(d, NULL, 0);
	WAIT_FOR(dns_idle(d));
	dns_stop(d);
	dns_server_stop(&s);
}

/* The parser alone: TTLs, and every truncation of an answer. */
static void test_reply(void **state)
{
	struct dns_message m = { .byte = { 0, 1, 0x81, 0x80, 0, 1 }, .len = 12 };
	struct dns_message none;
	struct dns_reply r;

	(void)state;
	dns_put_name(&m, "9.9.9.9.in-addr.arpa");
	dns_put_number(&m, ns_t_ptr << 16 | ns_c_in, 4);
	none = m;
	put_cname(&m, "x.test", 77);
	dns_put_ptr(&m, "a.test", 3600);
	assert_int_equal(dns_reply_parse(m.byte, m.len, &r), DNS_NAME);
	assert_string_equal(r.name, "a.test");
	assert_int_equal(r.ttl, 77);
	for (size_t n = 0; n < m.len; n++)
		assert_int_equal(dns_reply_parse(m.byte, n, &r), DNS_SILENT);

	dns_set_rcode(&none, ns_r_nxdomain);
	assert_int_equal(dns_reply_parse(none.byte, none.len, &r), DNS_NONE);
	assert_int_equal(r.ttl, 300);
	put_soa(&none, 900, 120);
	assert_int_equal(dns_reply_parse(none.byte, none.len, &r), DNS_NONE);
	assert_int_equal(r.ttl, 120);
	for (unsigned rcode = ns_r_notimpl; rcode < 16; rcode++) {
		dns_set_rcode(&none, rcode);
		assert_int_equal(dns_reply_parse(none.byte, none.len, &r), DNS_REFUSED);
	}
}

/* Any byte of an answer changed to anything: never out of bounds. */
static void test_reply_hostile(void **state)
{
	struct dns_message m = { .byte = { 0, 1, 0x81, 0x80, 0, 1 }, .len = 12 };
	unsigned results[DNS_CANCELLED + 1] = { 0 };
	uint8_t *exact;
	struct dns_reply r;

	(void)state;
	dns_put_name(&m, "9.9.9.9.in-addr.arpa");
	dns_put_number(&m, ns_t_ptr << 16 | ns_c_in, 4);
	dns_put_ptr(&m, "a-long-name.example.test", 3600);
	put_soa(&m, 900, 120);
	exact = malloc(m.len);
	for (size_t i = 0; i < m.len; i++) {
		for (unsigned v = 0; v < 256; v++) {
			memcpy(exact, m.byte, m.len);
			exact[i] = v;
			results[dns_reply_parse(exact, m.len, &r)]++;
			assert_true(strlen(r.name) < sizeof(r.name));
		}
	}
	free(exact);
	assert_true(results[DNS_NAME] && results[DNS_NONE] && results[DNS_SILENT]);
}

/* ---- files ---- */

static void test_hosts(void **state)
{
	static struct dns_server s = { 0 };
	struct dns *d;

	(void)state;
	write_file(hosts, "# comment\n127.0.0.1 localhost other\n::1\tip6-localhost\n"
		   "10.0.0.7 printer.lan printer # upstairs\n10.0.0.7 second\n"
		   "fe80::1%%eth0 router\nfe80::3 gateway\n10.0.0.8\nnonsense here\n"
		   "10.0.0.9 192.0.2.1\n 10.0.0.10  a\x1b[1mb\r\n224.0.0.1 all-hosts");
	d = start(&s);
	WANT(d, "127.0.0.1", "::1", "10.0.0.7", "fe80::1", "fe80::3", "10.0.0.8", "10.0.0.9", "10.0.0.10",
	     "224.0.0.1", "127.0.0.2", "224.0.0.251", "192.0.2.5", "fe80::2", "2001:db8::1");
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("127.0.0.1"), "localhost");
	assert_string_equal(name_of("::1"), "ip6-localhost");
	assert_string_equal(name_of("10.0.0.7"), "printer.lan");
	assert_string_equal(name_of("fe80::1"), "");
	assert_string_equal(name_of("fe80::3"), "gateway");
	assert_string_equal(name_of("10.0.0.8"), "h-10-0-0-8.test");
	assert_string_equal(name_of("10.0.0.9"), "h-10-0-0-9.test");
	assert_string_equal(name_of("10.0.0.10"), "a?[1mb");
	assert_string_equal(name_of("224.0.0.1"), "all-hosts");
	assert_string_equal(name_of("127.0.0.2"), "");
	assert_string_equal(name_of("224.0.0.251"), "");
	assert_string_equal(name_of("192.0.2.5"), "");
	assert_string_equal(name_of("fe80::2"), "");
	assert_int_equal(__atomic_load_n(&s.asked, __ATOMIC_ACQUIRE), 2);

	/* changes are followed: new, renamed, gone */
	write_file(hosts, "10.0.0.8 newcomer\n127.0.0.1 me\n");
	WAIT_FOR((WANT(d, "127.0.0.1", "10.0.0.8", "10.0.0.7", "::1"),
		  is_named("10.0.0.8", "newcomer")));
	WAIT_FOR(is_named("127.0.0.1", "me"));
	WAIT_FOR(is_named("10.0.0.7", "h-10-0-0-7.test"));
	WAIT_FOR(is_named("::1", ""));
	dns_stop(d);
	dns_server_stop(&s);
	unlink(hosts);
}

static void test_many_hosts(void **state)
{
	char path[80];
	struct dns_hosts *h;
	struct addr a;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/many", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	for (unsigned i = 0; i < 20000; i++)
		fprintf(f, "11.%u.%u.1 h%u\n0.0.0.0 ad%u.test\n", i >> 8, i & 255, i, i);
	fclose(f);
	h = dns_hosts_read(path);
	assert_non_null(h);
	for (unsigned i = 0; i < 20000; i++) {
		char name[16];

		a = addr_v4((uint8_t[]){ 11, i >> 8, i, 1 });
		snprintf(name, sizeof(name), "h%u", i);
		assert_string_equal(dns_hosts_find(h, &a), name);
	}
	a = parsed("0.0.0.0");
	assert_null(dns_hosts_find(h, &a));
	a = parsed("11.0.0.2");
	assert_null(dns_hosts_find(h, &a));
	dns_hosts_free(h);
	unlink(path);
	h = dns_hosts_read("/nonexistent");
	assert_non_null(h);
	assert_null(dns_hosts_find(h, &a));
	dns_hosts_free(h);
}

/* A block list without a line for localhost. */
static void test_blocked_by_loopback(void **state)
{
	struct addr v4 = parsed("127.0.0.1"), v6 = parsed("::1"), host = parsed("127.0.1.1");
	struct dns_hosts *h;

	(void)state;
	write_file(hosts, "127.0.0.1 ads.test\n::1 ads.test\n127.0.0.1 more.test\n"
		   "::1 more.test\n127.0.1.1 debian\n127.0.1.1 debian.lan\n");
	h = dns_hosts_read(hosts);
	assert_non_null(h);
	assert_string_equal(dns_hosts_find(h, &v4), "localhost");
	assert_string_equal(dns_hosts_find(h, &v6), "localhost");
	assert_string_equal(dns_hosts_find(h, &host), "debian");
	dns_hosts_free(h);
	unlink(hosts);
}

/* The kinds of lines that widespread block lists and Windows editors write. */
static void test_odd_hosts(void **state)
{
	static const struct {
		const char *addr, *name;
	} cases[] = {
		{ "10.0.0.1", "first.lan" }, { "127.0.0.1", "localhost" },
		{ "0.0.0.0", NULL }, { "::", NULL }, { "fe80::1", NULL },
		{ "255.255.255.255", "broadcasthost" }, { "::1", "ip6-localhost" },
		{ "2001:db8::a", "NAS.Lan" }, { "10.0.0.2", "tabs" }, { "10.0.0.3", NULL },
		{ "10.0.0.4", "feed" }, { "10.0.0.5", "last" }, { "10.0.0.6", "b\xc3\xbc" "cher.test" },
		{ "10.0.0.7", "b\xef\xbf\xbd" "cher.test" }, { "10.0.0.8", "rooted.lan" },
		{ "10.0.0.9", "xn--bcher-kva.test" }, { "192.0.2.1", NULL }, { "10.0.0.10", "one" },
	};
	struct dns_hosts *h;

	(void)state;
	write_file(hosts, "\xef\xbb\xbf" "10.0.0.1 first.lan\r\n"
		   "127.0.0.1 ads.test\r\n127.0.0.1 LocalHost.test more.test\r\n"
		   "127.0.0.1 localhost\r\n127.0.0.1 later.test\r\n"
		   "0.0.0.0 0.0.0.0\r\n0.0.0.0 ads.test # why\r\n:: ads.test\r\n"
		   "fe80::1%%lo0 localhost\r\n255.255.255.255\tbroadcasthost\r\n"
		   "::1 ip6-localhost ip6-loopback\r\n2001:DB8::A NAS.Lan\r\n"
		   "\t10.0.0.2\t\ttabs\t\r\n10.0.0.3\r\n10.0.0.3 # none\r\n#10.0.0.3 x\r\n"
		   "10.0.0.4\ffeed\r\n\r\n10.0.0.6 b\xc3\xbc" "cher.test\n"
		   "10.0.0.7 b\xfc" "cher.test\n10.0.0.8 rooted.lan.\n10.0.0.9 xn--bcher-kva.test\n"
		   "0 ads.test\n127.1 ads.test\nhttp://192.0.2.1/ ads.test\n||ads.test^\n"
		   "192.0.2.1, ads.test\n10.0.0.10 one two\n10.0.0.10 three\n10.0.0.5 last");
	h = dns_hosts_read(hosts);
	assert_non_null(h);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a = parsed(cases[i].addr);
		const char *name = dns_hosts_find(h, &a);

		assert_string_equal(name ? name : "(none)",
				    cases[i].name ? cases[i].name : "(none)");
	}
	dns_hosts_free(h);
	unlink(hosts);
}

static bool other_answer(struct dns_server *s, const struct addr *a, struct dns_message *m)
{
	(void)s, (void)a;
	dns_put_ptr(m, "other.test", 3600);
	return true;
}

static void test_resolv_conf_followed(void **state)
{
	static struct dns_server first = { 0 }, second = { .answer = other_answer };
	struct dns *d = start(&first);

	(void)state;
	WANT(d, "9.9.9.9");
	WAIT_FOR(is_named("9.9.9.9", "h-9-9-9-9.test"));
	assert_int_equal(dns_server_start(&second), 0);
	write_file(resolv_conf, "nameserver [127.0.0.1]:%u\n", second.port);
	WAIT_FOR((WANT(d, "9.9.9.9"), is_named("9.9.9.9", "other.test")));
	dns_stop(d);
	dns_server_stop(&first);
	dns_server_stop(&second);
}

/* ---- servers that are no use ---- */

static bool refuse(struct dns_server *s, const struct addr *a, struct dns_message *m)
{
	(void)s, (void)a;
	dns_set_rcode(m, ns_r_refused);
	return true;
}

static void test_next_server(void **state)
{
	static struct dns_server refusing = { .answer = refuse }, good = { 0 };
	struct dns_options o = { .resolv_conf = resolv_conf, .hosts = hosts };
	struct dns *d;

	(void)state;
	assert_int_equal(dns_server_start(&refusing), 0);
	assert_int_equal(dns_server_start(&good), 0);
	/* nonsense; nobody listens there; refuses all; good */
	write_file(resolv_conf, "nameserver\nnameserver x.test\nnameserver [127.0.0.1\n"
		   "nameserver 127.127.127.127\n"
		   "nameserver [127.0.0.1]:%u\nnameserver [127.0.0.1]:%u # third\n",
		   refusing.port, good.port);
	d = dns_start(&o);
	assert_non_null(d);
	WANT(d, "9.9.9.1", "9.9.9.2", "9.9.9.3", "9.9.9.4", "9.9.9.5", "9.9.9.6", "9.9.9.7");
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("9.9.9.7"), "h-9-9-9-7.test");
	dns_stop(d);
	dns_server_stop(&refusing);
	dns_server_stop(&good);
}

/* A silent server is left alone; once it answers it is used again. */
static void test_silent(void **state)
{
	static struct dns_server s = { .silent = true };
	struct dns *d = start(&s);
	struct dns_stats stats;
	struct addr list[200];

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		list[i] = addr_v4((uint8_t[]){ 9, 9, 9, i });
	dns_want(d, list, 200);
	WAIT_FOR((dns_get_stats(d, &stats), stats.broken));
	assert_int_equal(stats.servers, 1);
	assert_true(stats.rest_ms <= 64000);
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("9.9.9.199"), "(unknown)");
	assert_true(stats.asked >= 1 && stats.asked <= 64);

	__atomic_store_n(&s.silent, false, __ATOMIC_RELEASE);
	WAIT_FOR((dns_want(d, list, 200), is_named("9.9.9.199", "h-9-9-9-199.test")));
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("9.9.9.0"), "h-9-9-9-0.test");
	dns_get_stats(d, &stats);
	assert_false(stats.broken);
	assert_int_equal(stats.answered, 200);
	dns_stop(d);
	dns_server_stop(&s);
}

/* One name whose server is silent, among others: given up, without harm. */
static bool lame(struct dns_server *s, const struct addr *a, struct dns_message *m)
{
	return a->byte[15] != 66 && dns_server_ptr(s, a, m);
}

static void test_lame(void **state)
{
	static struct dns_server s = { .answer = lame };
	struct dns *d = start(&s);
	struct dns_stats stats;

	(void)state;
	WANT(d, "9.9.9.66", "9.9.9.1", "9.9.9.2");
	WAIT_FOR(is_named("9.9.9.2", "h-9-9-9-2.test"));
	assert_false(dns_idle(d));
	assert_string_equal(name_of("9.9.9.66"), "(unknown)");
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("9.9.9.66"), "");
	dns_get_stats(d, &stats);
	assert_false(stats.broken);
	dns_stop(d);
	dns_server_stop(&s);
}

/* A server that refuses foreign zones still names the local network. */
static bool refuse_foreign(struct dns_server *s, const struct addr *a, struct dns_message *m)
{
	return a->byte[12] == 10 ? dns_server_ptr(s, a, m) : refuse(s, a, m);
}

static void test_refused_zone(void **state)
{
	static struct dns_server s = { .answer = refuse_foreign, .refuse_probe = true };
	struct dns *d = start(&s);
	struct dns_stats stats;
	struct addr list[40];

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		list[i] = addr_v4((uint8_t[]){ i < 38 ? 9 : 10, 9, 9, i });
	dns_want(d, list, 40);
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("10.9.9.38"), "h-10-9-9-38.test");
	assert_string_equal(name_of("10.9.9.39"), "h-10-9-9-39.test");
	assert_string_equal(name_of("9.9.9.1"), "");
	dns_get_stats(d, &stats);
	assert_false(stats.broken);
	dns_stop(d);
	dns_server_stop(&s);
}

/* Where every server refuses all but the local zones, it is used nevertheless. */
static void test_refusing_servers(void **state)
{
	static struct dns_server a = { .answer = refuse, .refuse_probe = true },
				 b = { .answer = refuse_foreign, .refuse_probe = true };
	struct dns_options o = { .resolv_conf = resolv_conf, .hosts = hosts };
	struct dns_stats stats;
	struct dns *d;

	(void)state;
	assert_int_equal(dns_server_start(&a), 0);
	assert_int_equal(dns_server_start(&b), 0);
	write_file(resolv_conf, "nameserver [127.0.0.1]:%u\nnameserver [127.0.0.1]:%u\n",
		   b.port, a.port);
	d = dns_start(&o);
	assert_non_null(d);
	WANT(d, "10.9.9.1", "9.9.9.1", "9.9.9.2", "9.9.9.3", "9.9.9.4", "9.9.9.5", "10.9.9.2");
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("10.9.9.2"), "h-10-9-9-2.test");
	dns_get_stats(d, &stats);
	assert_false(stats.broken);
	dns_stop(d);
	dns_server_stop(&a);
	dns_server_stop(&b);
}

/* Answers one connection's queries, all by the same name. */
static void *serve_tcp(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL);
	uint8_t size[2];

	while (fd >= 0 && recv(fd, size, 2, MSG_WAITALL) == 2) {
		struct dns_message m = { .len = size[0] << 8 | size[1] };

		if (m.len > 512 || recv(fd, m.byte, m.len, MSG_WAITALL) != (ssize_t)m.len)
			break;
		m.byte[2] |= 0x80;
		dns_put_ptr(&m, "tcp.test", 3600);
		size[0] = m.len >> 8;
		size[1] = m.len;
		if (send(fd, size, 2, MSG_MORE | MSG_NOSIGNAL) != 2 ||
		    send(fd, m.byte, m.len, MSG_NOSIGNAL) != (ssize_t)m.len)
			break;
	}
	close(fd);
	return NULL;
}

/* "options use-vc": no UDP, which nobody answers here. */
static void test_tcp_only(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct dns_options o = { .resolv_conf = resolv_conf, .hosts = hosts };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(at);
	pthread_t thread;
	struct dns *d;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve_tcp, &fd), 0);
	write_file(resolv_conf, "nameserver [127.0.0.1]:%u\noptions ndots:2 use-vc\n",
		   ntohs(at.sin_port));
	d = dns_start(&o);
	assert_non_null(d);
	WANT(d, "9.9.9.9");
	WAIT_FOR(dns_idle(d));
	shutdown(fd, SHUT_RDWR);	/* where nobody ever came */
	dns_stop(d);
	pthread_join(thread, NULL);
	close(fd);
	assert_string_equal(name_of("9.9.9.9"), "tcp.test");
}

/* A forwarder that refuses what is more than it can do gets less. */
static void test_overloaded(void **state)
{
	static struct dns_server s = { .delay_ms = 5, .refuse_above = 48 };
	struct dns *d = start(&s);
	struct addr list[2000];
	struct dns_stats stats;

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		list[i] = addr_v4((uint8_t[]){ 9, 8, i >> 8, i });
	dns_want(d, list, 2000);
	WAIT_FOR(dns_idle(d));
	dns_get_stats(d, &stats);
	assert_int_equal(stats.answered, 2000);
	assert_int_equal(stats.failed, 0);
	assert_true(stats.asked > 2000);
	dns_stop(d);
	dns_server_stop(&s);
}

/* ---- what is asked for, and how ---- */

static void test_order(void **state)
{
	static struct dns_server s = { .delay_ms = 30 };
	struct dns *d = start(&s);
	struct addr list[400], last[1] = { parsed("9.7.7.7") };
	unsigned asked;

	(void)state;
	for (unsigned i = 0; i < 400; i++)
		list[i] = addr_v4((uint8_t[]){ 9, 8, i >> 8, i });
	dns_want(d, list, 400);
	WAIT_FOR(__atomic_load_n(&s.asked, __ATOMIC_ACQUIRE) >= 16);
	for (unsigned i = 0; i < 16; i++)
		assert_true(addr_equal(&s.first[i], &list[i]));

	/* another list: what is not in flight is not asked for any longer */
	dns_want(d, last, 1);
	WAIT_FOR(dns_idle(d));
	assert_string_equal(name_of("9.7.7.7"), "h-9-7-7-7.test");
	asked = __atomic_load_n(&s.asked, __ATOMIC_ACQUIRE);
	assert_true(asked >= 17 && asked <= 399);
	dns_want(d, NULL, 0);
	WAIT_FOR(dns_idle(d));
	assert_int_equal(__atomic_load_n(&s.asked, __ATOMIC_ACQUIRE), asked);
	dns_stop(d);
	dns_server_stop(&s);
}

#define LIST 4096

/* More names than the cache keeps: the oldest are forgotten. */
static void test_bounded(void **state)
{
	static struct dns_server s = { 0 };
	struct dns *d = start(&s);
	static struct addr list[LIST];
	unsigned lists = DNS_CACHE_MAX / LIST + 1;

	(void)state;
	for (unsigned l = 0; l < lists; l++) {
		for (unsigned i = 0; i < LIST; i++)
			list[i] = addr_v4((uint8_t[]){ 20 + l, 1, i >> 8, i });
		dns_want(d, list, LIST);
		WAIT_FOR(dns_idle(d));
	}
	assert_string_equal(name_of("20.1.0.0"), "(unknown)");
	assert_string_equal(name_of("20.1.15.255"), "(unknown)");
	assert_string_equal(name_of("21.1.0.0"), "h-21-1-0-0.test");
	assert_string_equal(name_of("36.1.15.255"), "h-36-1-15-255.test");
	/* the source port did not stay the same for so many */
	assert_true(__atomic_load_n(&s.ports, __ATOMIC_ACQUIRE) > 50);
	dns_stop(d);
	dns_server_stop(&s);
}

static void test_cache(void **state)
{
	struct dns_cache *c = dns_cache_new();
	struct dns_entry *e;
	struct addr a;

	(void)state;
	assert_non_null(c);
	for (unsigned i = 0; i < DNS_CACHE_MAX; i++) {
		a = addr_v4((uint8_t[]){ 20, i >> 16, i >> 8, i });
		e = dns_cache_want(c, &a, 1);
		assert_non_null(e);
		e->wanted = 1;
		e->state = i == 0 ? DNS_ASKED : DNS_KNOWN;
		assert_ptr_equal(dns_cache_at(c, dns_cache_number(c, e)), e);
	}
	/* all of it is wanted: no room for one more; in the next pass there is */
	a = parsed("9.9.9.9");
	assert_null(dns_cache_want(c, &a, 1));
	e = dns_cache_want(c, &a, 2);
	assert_non_null(e);
	assert_int_equal(e->state, DNS_NEW);
	/* not what is in flight had to go, but the next */
	a = parsed("20.0.0.0");
	assert_int_equal(dns_cache_want(c, &a, 2)->state, DNS_ASKED);
	a = parsed("20.0.0.2");
	assert_int_equal(dns_cache_want(c, &a, 2)->state, DNS_KNOWN);
	a = parsed("20.0.0.1");
	assert_int_equal(dns_cache_want(c, &a, 2)->state, DNS_NEW);
	dns_cache_free(c);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(resolv_conf, sizeof(resolv_conf), "%s/resolv.conf", dir);
	snprintf(hosts, sizeof(hosts), "%s/hosts", dir);
	rcu_register_thread();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(resolv_conf);
	unlink(hosts);
	rcu_unregister_thread();
	return rmdir(dir);
}

/* Names outlive a DNS thread; each test begins without any. */
static int begin(void **state)
{
	(void)state;
	return facts_init();
}

static int end(void **state)
{
	(void)state;
	facts_free();
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers), TEST(test_reply), TEST(test_reply_hostile),
		TEST(test_hosts), TEST(test_many_hosts), TEST(test_odd_hosts),
		TEST(test_blocked_by_loopback), TEST(test_refused_zone),
		TEST(test_refusing_servers), TEST(test_tcp_only), TEST(test_resolv_conf_followed),
		TEST(test_next_server), TEST(test_silent), TEST(test_lame),
		TEST(test_overloaded), TEST(test_order), TEST(test_bounded),
		TEST(test_cache),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
