// SPDX-License-Identifier: GPL-2.0-or-later
/* Filters: what passes, what is an error and where, what is pushed down. */
#include <netinet/in.h>		/* before the kernel's, which define the same */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "filter.h"
#include "lib/proto.h"
#include "service.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define SECOND 1000000000ull
#define NOW (1769860800 * SECOND)	/* 2026-01-31T12:00:00Z */

/* The flows that everything here is asked about. */
enum { WEB, DNS, PING, SSH, OLD, GRE, ROWS };

static struct flow flows[ROWS];
static struct row rows[ROWS];

static const struct place oslo = {
	.country = "NO", .country_name = "Norway", .city = "Oslo", .org = "Example AS",
	.asn = 64500,
};
static const struct place zurich = {
	.country = "CH", .country_name = "Switzerland", .city = "Zurich",
	.org = "Beispiel AG", .asn = 64501,
};
static const struct place private = { .country_name = "private" };
static const struct place unknown;

static const struct owner browser = {
	.pid = 11001, .uid = 1000, .name = "chromium", .user = "kari",
	.unit = "app-chromium.scope",
};
static const struct owner daemon = {
	.pid = 42, .name = "sshd", .user = "root", .unit = "ssh.service",
	.container = "web", .netns = "blue",
};
static const struct command command = { .line = "firefox --private" };
static const struct sock_info sock = { .rtt_us = 20000, .cwnd = 10, .sent = 3, .received = 4 };
static const struct flow_extra extra = { .labels = { 0x02 }, .helper = "ftp" };

static struct addr addr(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static const struct deleter conntrack = { .port = 4711, .pid = 4711, .name = "conntrack" };

static void row_make(unsigned i, uint8_t l4, const char *src, uint16_t sport,
		     const char *dst, uint16_t dport)
{
	struct flow *f = &flows[i];

	*f = (struct flow){
		.key = { .orig = { addr(src), addr(dst), sport, dport }, .l4 = l4 },
		.reply = { addr(dst), addr(src), dport, sport },
		.status = IPS_CONFIRMED | IPS_SEEN_REPLY,
		.state = STATE_NONE,
		.match = MATCH_NONE,
		.start = NOW - 10 * SECOND,
		.orig_rate = NAN, .reply_rate = NAN,
	};
	f->key.l3 = addr_is_v4(&f->key.orig.src) ? AF_INET : AF_INET6;
	rows[i] = (struct row){
		.flow = f, .src_place = &unknown, .dst_place = &unknown,
		.now_ms = 100000, .now_real = NOW,
	};
}

/* From here through our SNAT to a web server. */
static void row_make_web(void)
{
	struct flow *f = &flows[WEB];

	row_make(WEB, IPPROTO_TCP, "10.0.0.7", 41536, "203.0.113.80", 443);
	f->reply.dst = addr("198.51.100.1");
	f->reply.dport = 61000;
	f->status |= IPS_ASSURED | IPS_SRC_NAT | IPS_OFFLOAD;
	f->state = TCP_CONNTRACK_ESTABLISHED;
	f->direction = FLOW_OUT;
	f->flags = FLOW_COUNTED | FLOW_START_KNOWN;
	f->orig_bytes = 3000000;
	f->reply_bytes = 9000000;
	f->orig_packets = 100;
	f->reply_packets = 200;
	f->orig_rate = 500e3;
	f->reply_rate = 700e3;
	f->mark = 0x10;
	rows[WEB].owner = &browser;
	rows[WEB].command = &command;
	rows[WEB].src_place = &private;
	rows[WEB].dst_place = &oslo;
	rows[WEB].src_name = "";
	rows[WEB].dst_name = "edge-1.example.net";
	rows[WEB].sock = &sock;
}

/* To our public address, and by DNAT to a machine within. */
static void row_make_ssh(void)
{
	struct flow *f = &flows[SSH];

	row_make(SSH, IPPROTO_TCP, "2001:db8::5", 50000, "2001:db8:1::1", 2222);
	f->reply.src = addr("fd00::22");
	f->reply.sport = 22;
	f->state = TCP_CONNTRACK_SYN_SENT;
	f->status = IPS_CONFIRMED | IPS_DST_NAT;
	f->direction = FLOW_IN | FLOW_CLIENT;
	f->flags = FLOW_COUNTED;
	f->extra = (struct flow_extra *)&extra;
	rows[SSH].owner = &daemon;
	rows[SSH].src_place = &zurich;
	rows[SSH].dst_place = &oslo;
	rows[SSH].src_name = "Client.Example.ORG";
}

static int setup(void **state)
{
	(void)state;
	if (service_init())
		return -1;
	row_make_web();
	row_make_ssh();
	row_make(DNS, IPPROTO_UDP, "10.0.0.31", 53022, "192.0.2.53", 53);
	flows[DNS].status = IPS_CONFIRMED;
	flows[DNS].key.zone = 5;
	row_make(PING, IPPROTO_ICMPV6, "2001:db8::1", 7, "2001:db8::2", 128 << 8);
	flows[PING].reply.dport = 129 << 8;
	flows[PING].reply.sport = 7;
	flows[PING].direction = FLOW_LOCAL;
	row_make(OLD, IPPROTO_TCP, "10.0.0.8", 40000, "192.0.2.1", 80);
	flows[OLD].state = TCP_CONNTRACK_TIME_WAIT;
	flows[OLD].flags = FLOW_ENDED | FLOW_DELETED;
	rows[OLD].deleter = &conntrack;
	flows[OLD].end = NOW - SECOND;
	flows[OLD].start = NOW - 3600 * SECOND;
	row_make(GRE, IPPROTO_GRE, "10.9.0.1", 7, "10.9.0.2", 9);
	flows[GRE].match = MATCH_PENDING;
	flows[GRE].flags = FLOW_OLDER;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	service_free();
	return 0;
}

static struct filter *parsed(const char *expression)
{
	struct filter_error error;
	struct filter *f = filter_parse(expression, &error);

	if (!f)
		fail_msg("'%s' at %u: %s", expression, error.at, error.text);
	return f;
}

/* The rows that pass, as letters: w d p s o g. */
static const char *passing(const char *expression)
{
	static const char letters[] = "wdpsog";
	static char out[ROWS + 1];
	struct filter *f = parsed(expression);
	unsigned n = 0;

	for (unsigned i = 0; i < ROWS; i++) {
		if (filter_match(f, &rows[i]))
			out[n++] = letters[i];
	}
	out[n] = '\0';
	filter_unref(f);
	return out;
}

static void test_match(void **state)
{
	static const struct {
		const char *expression, *pass;
	} cases[] = {
		{ "", "wdpsog" }, { "  \t", "wdpsog" },

		/* words */
		{ "tcp", "wso" }, { "TCP", "wso" }, { "udp", "d" }, { "icmp", "p" },
		{ "icmp6", "p" }, { "gre", "g" }, { "sctp", "" }, { "ip", "wdog" }, { "ip6", "ps" },
		{ "nat", "ws" }, { "snat", "w" }, { "dnat", "s" }, { "out", "w" }, { "in", "s" },
		{ "local", "p" }, { "forwarded", "dog" }, { "assured", "w" }, { "offloaded", "w" },
		{ "unreplied", "ds" }, { "ended", "o" },

		/* and, or, not, and what binds how */
		{ "tcp and in", "s" }, { "tcp in", "s" }, { "tcp && in", "s" }, { "tcp&&in", "s" },
		{ "udp or icmp", "dp" }, { "udp||icmp", "dp" }, { "udp OR icmp", "dp" },
		{ "not tcp", "dpg" }, { "!tcp", "dpg" }, { "! ! tcp", "wso" }, { "not not tcp", "wso" },
		{ "udp or tcp and in", "ds" }, { "(udp or tcp) and in", "s" },
		{ "not tcp and ip", "dg" }, { "not (tcp and ip)", "dpsg" },
		{ "not (tcp or udp) ip", "g" }, { "((udp))", "d" }, { "(udp)or(icmp)", "dp" },
		{ "tcp not in not ended", "w" },

		/* hosts and networks, on both sides of NAT */
		{ "host 10.0.0.7", "w" }, { "host 198.51.100.1", "w" },
		{ "src host 198.51.100.1", "w" }, { "dst host 198.51.100.1", "" },
		{ "dst host fd00::22", "s" }, { "dst host 2001:db8:1::1", "s" },
		{ "src host fd00::22", "" }, { "192.0.2.1", "o" }, { "2001:db8::5", "s" },
		{ "not 192.0.2.1", "wdpsg" }, { "(::1 or fd00::22)", "s" },
		{ "net 10.0.0.0/8", "wdog" }, { "dst net 10.0.0.0/8", "g" },
		{ "10.0.0.0/24", "wdo" }, { "not net 10.0.0.0/8", "ps" }, { "net 0.0.0.0/0", "wdog" },
		{ "net ::/0", "ps" }, { "net 2001:db8::/32", "ps" },
		{ "host edge-1.example.net", "w" }, { "host example.net", "w" },
		{ "host EXAMPLE.org.", "s" }, { "src host example.org", "s" },
		{ "dst host example.org", "" }, { "host ample.net", "" }, { "host net", "w" },

		/* ports */
		{ "port 443", "w" }, { "dst port 443", "w" }, { "src port 443", "" },
		{ "port 40000-45000", "wo" }, { "port 22", "s" }, { "dst port 22", "s" },
		{ "port 2222", "s" }, { "port https", "w" }, { "port domain", "d" }, { "port 0", "" },
		{ "not port 22", "wdpog" }, { "src port 61000", "w" }, { "port 7", "" },

		/* as tcpdump and ss have it */
		{ "src 10.0.0.7", "w" }, { "dst 10.0.0.7", "" }, { "src 198.51.100.1", "w" },
		{ "dst 192.0.2.0/24", "do" }, { "src = 10.0.0.7", "w" }, { "src != 10.0.0.7", "dpsog" },
		{ "src:10.0.0.7", "w" }, { "src : 10.0.0.7", "w" }, { "src example.org", "s" },
		{ "dst edge-1.example.net", "w" }, { "src host 10.0.0.7", "w" },
		{ "sport 41536", "w" }, { "sport = :41536", "w" }, { "sport :41536", "w" },
		{ "dport 22", "s" }, { "dport = :https", "w" }, { "dport == 443", "w" },
		{ "dport != :443", "dso" }, { "dport < 80", "ds" }, { "dport <= :80", "dso" },
		{ "dport > 443", "s" }, { "dport>=443", "ws" }, { "dport > 65535", "" },
		{ "sport < 0", "" }, { "dport 53,80", "do" }, { "src :53022", "d" },
		{ "dst :domain", "d" }, { "portrange 8000-8002", "" }, { "portrange 400-500", "w" },
		{ "src portrange 40000-41000", "o" }, { "port 53,400-500", "wd" },
		{ "src port 53022,40000", "do" }, { "dst_port = :https", "w" },
		{ "host 10.0.0.7,10.0.0.8", "wo" }, { "src 10.0.0.7,10.9.0.0/16", "wg" },
		{ "host 10.0.0.7,example.org", "ws" }, { "net 10.9.0.0/16,2001:db8::/32", "psg" },
		{ "not src 10.0.0.7,10.0.0.8", "dpsg" }, { "src != 10.0.0.7,10.0.0.8", "dpsg" },
		{ "tcp port 443", "w" }, { "tcp and src net 10.0.0.0/8 and not dst port 80", "w" },
		{ "( sport = :40000 or dport = :domain )", "do" }, { "proto gre", "g" },
		{ "ip and proto 6", "wo" }, { "udplite", "" }, { "state syn-sent", "s" },
		{ "state = time-wait", "o" },

		/* what the screen has in place of names, states and ports */
		{ "flags : O", "w" }, { "flags = Ud", "s" }, { "flags : s", "w" },
		{ "service_port = icmpv6/echo", "p" }, { "service_port = https", "w" },
		{ "service_port = tcp/2222", "s" }, { "service_port = gre", "g" },
		{ "src_key = 7", "g" }, { "dst_key = 9", "g" },

		/* an end as it is shown, on both sides of NAT */
		{ "10.0.0.7:41536", "w" }, { "198.51.100.1:61000", "w" }, { "10.0.0.7:61000", "" },
		{ "203.0.113.80:https", "w" }, { "192.0.2.53:53", "d" }, { "192.0.2.53%eth0:53", "d" },
		{ "[2001:db8::5]:50000", "s" }, { "[2001:db8::5%eth0]:50000", "s" },
		{ "[fd00::22]:ssh", "s" }, { "src [fd00::22]:22", "" }, { "dst [fd00::22]:22", "s" },
		{ "host 192.0.2.53:53", "d" }, { "2001:db8::5%eth0", "s" }, { "*:53", "d" },
		{ ":53", "d" }, { "[::]:2222", "s" }, { "0.0.0.0:80", "o" }, { "10.0.0.7:*", "w" },
		{ "edge-1.example.net:443", "w" }, { "edge-1.example.net:80", "" },
		{ "example.net:https", "w" }, { "10.0.0.7:41536 (nat)", "w" },
		{ "not 192.0.2.53:53", "wpsog" }, { "(192.0.2.53:53||192.0.2.1:80)", "do" },

		/* marks by mask */
		{ "mark & 0xf0 = 0x10", "w" }, { "mark & 0x10", "w" }, { "mark&16", "w" },
		{ "mark & 0xff = 5", "" }, { "mark & 0xf0 != 0x10", "dpsog" },
		{ "mark = 0x10/0xf0", "w" }, { "mark 0x10", "w" }, { "mark & 0xff >= 16", "w" },
		{ "mark & 0x10 && tcp", "w" }, { "(mark & 0x10) or udp", "wd" },

		/* fields that need no operator */
		{ "pid 42", "s" }, { "process chromium", "w" }, { "process CHROMIUM", "w" },
		{ "process chrom", "" }, { "process bridged(?)", "do" }, { "user root", "s" },
		{ "country NO", "ws" }, { "country ch", "s" }, { "asn 64501", "s" },
		{ "asn AS64501", "s" }, { "state established", "w" }, { "state SYN_SENT", "s" },
		{ "not state established", "dpsog" },

		/* fields: text */
		{ "process = chromium", "w" }, { "process == chromium", "w" },
		{ "process != chromium", "dso" },	/* not known: neither */
		{ "not process = chromium", "dpsog" },
		{ "process:rom", "w" }, { "process : ROM", "w" }, { "process ~ ^(ssh|chrom)", "ws" },
		{ "process ~ D$", "s" },
		{ "src_addr ~ ^([0-9]{1,3}\\.){3}[0-9]{1,3}$", "wdog" }, { "process ~ ^[a-z]+m+$", "w" }, { "process=\"chromium\"", "w" },
		{ "command : --private", "w" }, { "private", "wdog" },
		{ "unit : .service", "s" }, { "netns = blue", "s" }, { "user = kari", "w" },
		{ "dst_country = NO", "ws" }, { "country = NO", "ws" }, { "country != CH", "w" },
		{ "country != NO", "" }, { "remote_country = CH", "s" }, { "remote_country = NO", "w" },
		{ "city = oslo", "ws" }, { "src_country_name = private", "wdog" },
		{ "proto = tcp", "wso" }, { "proto != tcp", "dpg" }, { "proto = 47", "g" },
		{ "proto : icmp", "p" }, { "family = ipv6", "ps" }, { "family != ipv6", "wdog" },
		{ "state = ESTABLISHED", "w" }, { "state != ESTABLISHED", "so" },
		{ "state : WAIT", "o" }, { "service = https", "w" }, { "direction = in", "s" },
		{ "match = none", "wdpso" }, { "match = pending", "g" },
		{ "end_reason = deleted", "o" }, { "ended_by = conntrack", "o" },
		{ "ended_by_pid = 4711", "o" }, { "helper = ftp", "s" }, { "nat = snat", "w" },
		{ "host : example", "ws" }, { "host ~ ^edge-[0-9]+", "w" },

		/* fields: numbers, null included */
		{ "rate > 1M", "w" }, { "rate > 1.2M", "" }, { "rate >= 1200k", "w" },
		{ "rate < 1M", "" }, { "not rate < 1M", "wdpsog" }, { "rate>1M", "w" },
		{ "bytes >= 10MiB", "w" }, { "bytes = 12M", "w" }, { "bytes = 0", "s" },
		{ "bytes != 0", "w" }, { "packets <= 300", "ws" }, { "pid = 11001", "w" },
		{ "pid != 11001", "s" }, { "mark = 0x10", "w" }, { "mark = 16", "w" },
		{ "dst_port < 100", "do" }, { "port = 53", "d" }, { "port : 22", "ds" },
		{ "icmp_type = 128", "p" }, { "cwnd = 10", "w" },
		{ "sock_tx_bytes = 3", "w" }, { "sock_rx_bytes = 4", "w" }, { "asn > 64500", "s" },

		/* seconds, times */
		{ "age < 20s", "wdps" }, { "age > 30m", "o" }, { "age <= 10", "wdps" },
		{ "age >= 10", "wdpsog" }, { "age = 10", "wdps" }, { "not age < 20s", "og" },
		{ "rtt = 20ms", "w" }, { "rtt < 1s", "w" },
		{ "start < 2026-01-31T11:30:00Z", "o" }, { "start >= 2026-01-31", "wdpsog" },
		{ "start = 2026-01-31T11:59:50Z", "wdpsg" }, { "end > 2026-01-31T11:59", "o" },
		{ "end = 2026-01-31T11:59:59.000", "o" }, { "start > 2026-02-01", "" },

		/* addresses */
		{ "src_addr = 10.0.0.7", "w" }, { "src_addr = ::1", "" },
		{ "addr = 192.0.2.1", "o" }, { "addr != 192.0.2.1", "wdpsg" },
		{ "addr : 192.0.2.0/24", "do" }, { "addr:192.0.2.0/24", "do" },
		{ "src_addr : 2001:db8::/32", "ps" }, { "reply_dst_addr = 198.51.100.1", "w" },
		{ "src_addr ~ ^10\\.0\\.", "wdo" }, { "src_addr > 10.0.0.8", "dpsg" },

		/* flags */
		{ "status = ASSURED", "w" }, { "status : assured", "w" },
		{ "status != assured", "dpsog" }, { "labels = 1", "s" }, { "labels != 1", "wdpog" },
		{ "labels : 2", "" }, { "status ~ nat", "ws" },

		/* search */
		{ "chrom", "w" }, { "OSLO", "ws" }, { "\"Example A\"", "ws" }, { "example", "ws" },
		{ "'ssh.service'", "s" }, { "10.0.0.", "wdo" }, { "\"2001:db8:\"", "ps" },
		{ "nothing-like-this", "" }, { "https", "w" }, { "not oslo and tcp", "o" },
		{ "\"and\"", "s" },	/* Switzerland */
		{ "kernel", "" },	/* age_from is not searched */
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		const char *got = passing(cases[i].expression);

		if (strcmp(got, cases[i].pass))
			fail_msg("'%s': '%s' pass, not '%s'", cases[i].expression, got,
				 cases[i].pass);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *expression;
		unsigned at;
		const char *text;
	} cases[] = {
		{ "2", 0, "a number is not a filter: did you mean `-d 2`?" },
		{ " 0.5 ", 1, "a number is not a filter: did you mean `-d 0.5`?" },
		{ "tcp 22", 4, "a number is not a filter: did you mean 'port 22'?" },
		{ "foo = 3", 0, "unknown field 'foo'" },
		{ "tcp and foo>3", 8, "unknown field 'foo'" },
		{ "service", 7, "the field 'service' needs an operator: = != < > ~ :" },
		{ "tcp and", 7, "a test is missing here" },
		{ "not", 3, "a test is missing here" },
		{ "and tcp", 0, "a test is missing before 'and'" },
		{ "tcp or or udp", 7, "a test is missing before 'or'" },
		{ "tcp & udp", 4, "a test is missing before '&'" },
		{ "= 3", 0, "a test is missing before '='" },
		{ "()", 1, "a test is missing before ')'" },
		{ "udp (tcp", 4, "the '(' is not closed" },
		{ "tcp)", 3, "there is no '(' for this ')'" },
		{ "\"abc", 0, "the quote is not closed" },
		{ "tcp ''", 4, "there is nothing between the quotes" },
		{ "rate >", 6, "'rate >' needs a value" },
		{ "(pid )", 5, "'pid' needs a value" },
		{ "host", 4, "'host' needs a value" },
		{ "src", 3, "'src' needs an address or a name, or host, net or port" },
		{ "dst tcp", 4, "'dst' needs an address or a name, or host, net or port" },
		{ "src and tcp", 4, "'src' needs an address or a name, or host, net or port" },
		{ "sport", 5, "'sport' needs a value" },
		{ "dport < 1,2", 8, "a list has no order" },
		{ "host 10.0.0.1,", 14, "a value is missing here" },
		{ "host 10.0.0.1,10.0.0.256", 14,
		  "'10.0.0.256' is not an address: 256 is more than 255" },

		/* what it nearly was */
		{ "10.0.0.256", 0, "'10.0.0.256' is not an address: 256 is more than 255" },
		{ "tcp 10.0.0.1.2", 4, "'10.0.0.1.2' is not an address: it has more than four parts" },
		{ "src 10.0.0.1234", 4, "'10.0.0.1234' is not an address: 1234 is more than 255" },
		{ "10.0.0.0/33", 0, "'10.0.0.0/33' is not a network, like 10.0.0.0/8" },
		{ "fe80::1::2", 0, "'fe80::1::2' is not an address" },
		{ "[fe80::1]", 0, "'[fe80::1]' is not an address with a port" },
		{ "10.0.0.1:htps", 0, "unknown service 'htps': did you mean 'https'?" },
		{ "proces = x", 0, "unknown field 'proces': did you mean 'process'?" },
		{ "PROC = x", 0, "unknown field 'PROC': did you mean 'process'?" },
		{ "remote_contry = NO", 0, "unknown field 'remote_contry': did you mean 'remote_country'?" },
		{ "tcp and upd", 8, "did you mean 'udp'? As a text to find: \"upd\"" },
		{ "unrepled", 0, "did you mean 'unreplied'? As a text to find: \"unrepled\"" },
		{ "hsot 10.0.0.1", 0, "did you mean 'host'? As a text to find: \"hsot\"" },
		{ "state ESTABLISHD", 6, "unknown state 'ESTABLISHD': did you mean 'ESTABLISHED'?" },
		{ "proto = spct", 8, "unknown protocol 'spct'" },
		{ "proto = scpt", 8, "unknown protocol 'scpt': did you mean 'sctp'?" },
		{ "status = ASURED", 9, "unknown status flag 'ASURED': did you mean 'ASSURED'?" },
		{ "mark & = 3", 7, "'mark &' needs a mask, like 0xff" },
		{ "mark & 0xff = x", 14, "'x' is not a number, like 5 or 0x10" },
		{ "mark & 0x1ffffffff = 1", 7, "'mark &' needs a mask, like 0xff" },
		{ "mark = 1/0xfffffffff", 7, "'0xfffffffff' is not a mask, like 0xff" },
		{ "rate > abc", 7, "'abc' is not a number, like 42, 1.5M or 10Ki" },
		{ "rate > 5m", 7, "'5m' is not a number, like 42, 1.5M or 10Ki" },
		{ "age < 5M", 6, "'5M' is not a time span, like 5s, 2m or 1.5h" },
		{ "start > now", 8, "'now' is not a time, like 2026-01-31T12:00:00Z" },
		{ "start > 2026-13-01", 8, "'2026-13-01' is not a time, like 2026-01-31T12:00:00Z" },
		{ "addr = 10.0.0.0/8", 7, "'10.0.0.0/8' is a network: use ':'" },
		{ "addr = x", 7, "'x' is not an address" },
		{ "addr : x", 7, "'x' is not a network, like 10.0.0.0/8" },
		{ "net 10", 4, "'10' is not a network, like 10.0.0.0/8" },
		{ "net 10.0.0.0/33", 4, "'10.0.0.0/33' is not a network, like 10.0.0.0/8" },
		{ "host 10.0.0.0/8", 5, "'10.0.0.0/8' is a network: use net" },
		{ "host 10.0.0", 5, "'10.0.0' is neither an address nor a host name" },
		{ "host ::g", 5, "'::g' is neither an address nor a host name" },
		{ "port 65536", 5, "'65536' is not a port: 0 to 65535, or a range" },
		{ "port 80-70", 5, "the range 80-70 is empty" },
		{ "port no-such-one", 5, "unknown service 'no-such-one'" },
		{ "state FOO", 6, "unknown state 'FOO'" },
		{ "proto = foo", 8, "unknown protocol 'foo'" },
		{ "family = ipx", 9, "family is ipv4 or ipv6, not 'ipx'" },
		{ "status = FOO", 9, "unknown status flag 'FOO'" },
		{ "labels = 128", 9, "'128' is not a label: 0 to 127, or a name" },
		{ "labels = 0x2", 9, "'0x2' is not a label: 0 to 127, or a name" },
		{ "process < x", 10, "process has no order: use = != : or ~" },
		{ "process ~ a\\1", 10, "back-references are not supported" },
		{ "process ~ a{255}{255}{255}", 10, "the pattern repeats too much" },
		{ "process ~ a++++++++++++++++++++", 10, "the pattern repeats too much" },
		{ "process ~ (((((((((((a)+)+)+)+)+)+)+)+)+)+)+", 10, "the pattern repeats too much" },
		{ "foo\x1b[31m = 3", 0, "unknown field 'foo?[31m'" },
	};
	struct filter_error error;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct filter *f = filter_parse(cases[i].expression, &error);

		if (f)
			fail_msg("'%s' is not an error", cases[i].expression);
		if (error.at != cases[i].at)
			fail_msg("'%s': at %u, not %u", cases[i].expression, error.at, cases[i].at);
		assert_string_equal(error.text, cases[i].text);
	}
}

/* What groups have is theirs; the rest says which flows count. */
static void test_groups(void **state)
{
	static const struct {
		const char *expression, *members, *member_text;
		bool big, small;	/* which groups pass */
	} cases[] = {
		{ "flows > 100", "wdpsog", "", true, false },
		{ "tcp and flows > 100", "wso", "tcp", true, false },
		{ "not (flows > 100) and tcp", "wso", "tcp", false, true },
		{ "bytes > 1M", "wdpsog", "", true, false },
		{ "(rate > 1M and tcp) and (in or out)", "ws", "tcp and (in or out)", true, false },
		{ "tcp or udp", "wdso", "(tcp or udp)", true, true },
		{ "flows>100 or unreplied > 5", "wdpsog", "", true, true },
		{ "unreplied and flows < 100", "ds", "unreplied", false, true },
		{ "key = web", "wdpsog", "", true, false },
	};
	struct group big = {
		.key = "web", .value = { .type = VALUE_TEXT, .text = "web" }, .flows = 1000,
		.bytes = 2000000, .orig_rate = 1e6, .reply_rate = 1e6,
	};
	struct group small = {
		.key = "x", .value = { .type = VALUE_TEXT, .text = "x" }, .flows = 3,
		.unreplied = 6, .orig_rate = NAN, .reply_rate = NAN,
	};
	struct row big_row = { .group = &big }, small_row = { .group = &small };
	char buf[80];
	struct text text = TEXT(buf);

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct filter *f = parsed(cases[i].expression);
		struct filter_error error;

		assert_true(filter_fits(f, true, &error));
		if (filter_match(f, &big_row) != cases[i].big ||
		    filter_match(f, &small_row) != cases[i].small)
			fail_msg("'%s': wrong groups", cases[i].expression);
		for (unsigned r = 0; r < ROWS; r++)
			assert_int_equal(filter_match_member(f, &rows[r]),
					 !!strchr(cases[i].members, "wdpsog"[r]));
		assert_int_equal(filter_has_members(f), !!*cases[i].member_text);
		filter_member_text(cases[i].expression, &text);
		assert_string_equal(buf, cases[i].member_text);
		filter_unref(f);
	}
}

/* Where it cannot be told what is meant. */
static void test_groups_apart(void **state)
{
	struct filter_error error;
	struct filter *f;

	(void)state;
	assert_null(filter_parse("tcp and (udp or flows > 100)", &error));
	assert_int_equal(error.at, 8);
	assert_string_equal(error.text,
			    "a test of groups and one of flows can be joined by 'and' only");
	f = parsed("tcp or bytes > 1M");	/* of flows it is a filter */
	assert_true(filter_fits(f, false, &error));
	assert_false(filter_fits(f, true, &error));
	assert_int_equal(error.at, 0);
	filter_unref(f);
	f = parsed("flows > 100 and tcp");
	assert_false(filter_fits(f, false, &error));
	assert_string_equal(error.text, "a sum, such as flows, is tested where flows are grouped");
	assert_true(filter_match(f, &rows[WEB]));
	assert_false(filter_match(f, &rows[DNS]));
	filter_unref(f);
	f = parsed("bytes > 1M");
	assert_int_equal(filter_needs(f) & NEED_RATE, 0);
	filter_unref(f);
}

/* Errors whose words are libc's, and limits. */
static void test_limits(void **state)
{
	static char long_one[6000];
	struct filter_error error;

	(void)state;
	assert_null(filter_parse("process ~ (", &error));
	assert_int_equal(error.at, 10);
	assert_non_null(strstr(error.text, "is not a regular expression"));

	memset(long_one, '(', 1000);
	assert_null(filter_parse(long_one, &error));
	assert_string_equal(error.text, "this is nested too deeply");
	memset(long_one, '!', 1000);
	assert_null(filter_parse(long_one, &error));
	assert_string_equal(error.text, "this is nested too deeply");
	memset(long_one, 'a', 1000);
	assert_null(filter_parse(long_one, &error));
	assert_string_equal(error.text, "this is too long");
	memset(long_one, 'a', sizeof(long_one) - 1);
	assert_null(filter_parse(long_one, &error));
	assert_string_equal(error.text, "the expression is too long");
	assert_int_equal(error.at, 4096);
}

static void test_needs(void **state)
{
	static const struct {
		const char *expression;
		unsigned needs;
	} cases[] = {
		{ "", 0 }, { "tcp and port 80 and 10.0.0.0/8", 0 }, { "addr = ::1", 0 },
		{ "process = x", NEED_OWNER }, { "not (tcp or pid 1)", NEED_OWNER },
		{ "country NO", NEED_PLACE }, { "host example.org", NEED_NAME },
		{ "rtt > 1s", NEED_SOCK }, { "rtt > 1s or asn 1", NEED_SOCK | NEED_PLACE },
		{ "rate > 1M", NEED_RATE }, { "not orig_rate < 1", NEED_RATE },
		{ "word", NEED_OWNER | NEED_NAME | NEED_PLACE },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct filter *f = parsed(cases[i].expression);

		assert_int_equal(filter_needs(f), cases[i].needs);
		filter_unref(f);
	}
	for (unsigned i = 0; i < n_columns; i++)
		if (strstr(columns[i].name, "rate"))
			assert_true(columns[i].needs & NEED_RATE);
}

/* As "6 17"; "-": no limit; "many": half of them or more. */
static const char *protos_text(const struct proto_set *s)
{
	static char out[600];
	unsigned n = 0;
	int len = 0;

	if (proto_set_is_empty(s))
		return "-";
	for (unsigned i = 0; i < 256; i++) {
		if (proto_set_has(s, i)) {
			len += snprintf(out + len, sizeof(out) - len, n ? " %u" : "%u", i);
			n++;
		}
		if (n > 128)
			return "many";
	}
	return out;
}

static void test_pushdown(void **state)
{
	static const struct {
		const char *expression;
		unsigned families;
		const char *protos;
	} cases[] = {
		{ "", FAMILY_BOTH, "-" },
		{ "tcp", FAMILY_BOTH, "6" },
		{ "ip", FAMILY_V4, "-" },
		{ "ip6 and tcp", FAMILY_V6, "6" },
		{ "tcp or udp", FAMILY_BOTH, "6 17 136" },
		{ "tcp or port 53", FAMILY_BOTH, "6 17 33 132 136" },
		{ "tcp or rate > 1", FAMILY_BOTH, "-" },
		{ "tcp and rate > 1", FAMILY_BOTH, "6" },
		{ "ip or tcp", FAMILY_BOTH, "-" },
		{ "(ip and tcp) or (ip6 and udp)", FAMILY_BOTH, "6 17 136" },
		{ "not tcp", FAMILY_BOTH, "many" },
		{ "not not tcp", FAMILY_BOTH, "6" },
		{ "not ip", FAMILY_V6, "-" },
		{ "not (tcp and ip)", FAMILY_BOTH, "-" },
		{ "not (not tcp or ip6)", FAMILY_V4, "6" },
		{ "not port 80", FAMILY_BOTH, "-" },
		{ "not rate > 1", FAMILY_BOTH, "-" },
		{ "proto = gre", FAMILY_BOTH, "47" },
		{ "not proto != gre", FAMILY_BOTH, "47" },
		{ "family = ipv4", FAMILY_V4, "-" },
		{ "family != ipv4", FAMILY_V6, "-" },
		{ "host 10.0.0.1", FAMILY_V4, "-" },
		{ "net ::/0", FAMILY_V6, "-" },
		{ "not host 10.0.0.1", FAMILY_BOTH, "-" },
		{ "state ESTABLISHED", FAMILY_BOTH, "6 33 132" },
		/* nothing can pass: no limit */
		{ "tcp and udp", FAMILY_BOTH, "-" },
		{ "ip and ip6", FAMILY_BOTH, "-" },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct filter *f = parsed(cases[i].expression);
		struct proto_set protos;
		unsigned families;

		filter_pushdown(f, &families, &protos);
		if (families != cases[i].families ||
		    strcmp(protos_text(&protos), cases[i].protos))
			fail_msg("'%s': families %u, protocols %s", cases[i].expression,
				 families, protos_text(&protos));
		/* and it keeps nothing out that passes */
		for (unsigned r = 0; r < ROWS; r++) {
			const struct flow_key *key = &rows[r].flow->key;

			if (!filter_match(f, &rows[r]))
				continue;
			assert_true(families & (key->l3 == AF_INET ? FAMILY_V4 : FAMILY_V6));
			assert_true(proto_set_is_empty(&protos) ||
				    proto_set_has(&protos, key->l4));
		}
		filter_unref(f);
	}
}

static void test_complete(void **state)
{
	const char *word, *before = NULL;
	unsigned at, n = 0;

	(void)state;
	assert_string_equal(filter_complete("tcp and forw", 0, &at), "forwarded");
	assert_int_equal(at, 8);
	assert_null(filter_complete("tcp and forw", 1, &at));
	assert_string_equal(filter_complete("(remote_coun", 0, &at), "remote_country");
	assert_int_equal(at, 1);
	assert_string_equal(filter_complete("tcp&&UNR", 0, &at), "unreplied");
	assert_int_equal(at, 5);
	assert_string_equal(filter_complete("country_n", 0, &at), "country_name");
	assert_null(filter_complete("xyz", 0, &at));
	assert_int_equal(at, 0);
	/* every word once, and no end */
	for (; (word = filter_complete("tcp ", n, &at)); n++) {
		assert_int_equal(at, 4);
		assert_true(!before || strcmp(word, before));
		before = word;
	}
	assert_true(n > n_columns);
}

/* The kind of every column is that of its values. */
static void test_kinds(void **state)
{
	static const enum column_kind kinds[] = {
		[VALUE_TEXT] = KIND_TEXT, [VALUE_INT] = KIND_NUMBER, [VALUE_REAL] = KIND_NUMBER,
		[VALUE_ADDR] = KIND_ADDR, [VALUE_TIME] = KIND_TIME, [VALUE_STATUS] = KIND_STATUS,
		[VALUE_LABELS] = KIND_LABELS, [VALUE_LABEL_NAMES] = KIND_LABELS,
	};
	struct value v;

	(void)state;
	for (unsigned i = 0; i < n_columns; i++) {
		bool known = false;

		for (unsigned r = 0; r < ROWS; r++) {
			columns[i].get(&rows[r], &v);
			if (v.type == VALUE_NULL)
				continue;
			known = true;
			if (columns[i].kind == KIND_SECONDS)
				assert_true(v.type == VALUE_REAL || v.type == VALUE_INT);
			else
				assert_int_equal(columns[i].kind, kinds[v.type]);
		}
		if (!known && columns[i].kind != KIND_SECONDS)
			fail_msg("no row has a %s", columns[i].name);
	}
}

/* DCCP where the kernel tracks it by its addresses alone. */
static void test_no_ports(void **state)
{
	struct flow flow = flows[DNS];
	struct row row = rows[DNS];
	struct filter *f;
	struct value v;

	(void)state;
	flow.key.l4 = IPPROTO_DCCP;
	row.flow = &flow;
	f = parsed("port 53 and 192.0.2.53:53 and service = domain");
	assert_int_equal(filter_match(f, &row), false);		/* no such service of DCCP */
	filter_unref(f);
	f = parsed("port 53 and 192.0.2.53:53");
	assert_true(filter_match(f, &row));
	filter_unref(f);
	flow.key.orig.sport = flow.key.orig.dport = flow.reply.sport = flow.reply.dport = 0;
	f = parsed("port 0-65535 or *:0 or src_port >= 0 or reply_dst_port >= 0");
	assert_false(filter_match(f, &row));
	filter_unref(f);
	column_find("dst_port")->get(&row, &v);
	assert_int_equal(v.type, VALUE_NULL);
	assert_int_equal(service_server_port(&flow.key), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_groups_apart),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_pushdown),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_no_ports),
	};

	return cmocka_run_group_tests_name("filter", tests, setup, teardown);
}
