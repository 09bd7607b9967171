// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filter/end.c - tests of the ends of a flow: hosts, networks, ports, and a
 * host with its port.
 *
 * An end of a flow is its address and port on both sides of a translation:
 * the source is where the original direction comes from, and where the reply
 * goes to; so a filter finds an end behind NAT by either address.
 */
#include "filter/int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/ascii.h"
#include "lib/near.h"
#include "lib/proto.h"
#include "service.h"

/* ---- hosts and networks ---- */

static bool match_net(const struct filter_test *t, const struct row *r)
{
	const struct flow_ends *orig = &r->flow->key.orig, *reply = &r->flow->reply;

	if (t->ends & END_SRC && (addr_in_prefix(&orig->src, &t->net) ||
				  addr_in_prefix(&reply->dst, &t->net)))
		return true;
	return t->ends & END_DST && (addr_in_prefix(&orig->dst, &t->net) ||
				     addr_in_prefix(&reply->src, &t->net));
}

void filter_test_net(struct filter_test *t, unsigned ends, const struct addr_prefix *net)
{
	t->match = match_net;
	t->ends = ends;
	t->net = *net;
	t->pass.families = net->bits >= 96 && addr_is_v4(&net->base) ? FAMILY_V4 : FAMILY_V6;
}

bool filter_net_parse(const char *s, size_t len, struct addr_prefix *net)
{
	char text[ADDR_STRLEN + 4];
	const char *scope = memchr(s, '%', len);
	size_t used = scope ? (size_t)(scope - s) : len;

	if (used >= sizeof(text))
		return false;
	memcpy(text, s, used);
	text[used] = '\0';
	return addr_prefix_parse(text, net);
}

/* The name is that of the host, or of a domain that the host is in. */
static bool name_is_in(const char *name, const char *domain)
{
	size_t len, tail = strlen(domain);

	if (!name)
		return false;
	len = strlen(name);
	return len >= tail && !ascii_compare(name + len - tail, domain) &&
	       (len == tail || name[len - tail - 1] == '.');
}

static bool match_name(const struct filter_test *t, const struct row *r)
{
	return (t->ends & END_SRC && name_is_in(r->src_name, t->text)) ||
	       (t->ends & END_DST && name_is_in(r->dst_name, t->text));
}

bool filter_not_an_address(const char *value, struct filter_error *error)
{
	const char *s = value;
	unsigned parts = 0;

	for (; *s; s += strcspn(s, "."), s += *s == '.', parts++) {
		size_t len = strspn(s, "0123456789");

		if (len > 3 || (len == 3 && strncmp(s, "255", 3) > 0))
			return filter_fail(error, "'%s' is not an address: %.*s is more than 255",
					   value, (int)len, s);
	}
	if (parts > 4)
		return filter_fail(error, "'%s' is not an address: it has more than four parts",
				   value);
	return filter_fail(error, "'%s' is neither an address nor a host name", value);
}

static bool test_name(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error)
{
	size_t len = strlen(value);

	if (strspn(value, "0123456789.") == len)
		return filter_not_an_address(value, error);
	if (strpbrk(value, ":/[]"))
		return filter_fail(error, "'%s' is neither an address nor a host name", value);
	t->match = match_name;
	t->ends = ends;
	t->needs = NEED_NAME;
	if (!filter_test_keep(t, value, error))
		return false;
	if (len > 1 && t->text[len - 1] == '.')
		t->text[len - 1] = '\0';
	return true;
}

bool filter_test_host(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error)
{
	struct addr_prefix net;

	if (filter_net_parse(value, strlen(value), &net)) {
		filter_test_net(t, ends, &net);
		return !strchr(value, '/') ||
		       filter_fail(error, "'%s' is a network: use net", value);
	}
	if (filter_is_endpoint(value))
		return filter_test_endpoint(t, ends, value, error);
	return test_name(t, ends, value, error);
}

bool filter_test_side(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error)
{
	const char *address = value + (value[0] == ':' && value[1] != ':');
	struct addr_prefix net;

	if (filter_net_parse(address, strlen(address), &net)) {
		filter_test_net(t, ends, &net);
		return true;
	}
	return filter_test_host(t, ends, value, error);
}

/* ---- ports ---- */

static bool port_in(const struct filter_test *t, uint16_t port)
{
	return port >= t->port.first && port <= t->port.last;
}

static bool match_port(const struct filter_test *t, const struct row *r)
{
	const struct flow_ends *orig = &r->flow->key.orig, *reply = &r->flow->reply;

	if (!flow_has_ports(&r->flow->key))
		return false;
	if (t->ends & END_SRC && (port_in(t, orig->sport) || port_in(t, reply->dport)))
		return true;
	return t->ends & END_DST && (port_in(t, orig->dport) || port_in(t, reply->sport));
}

/* Digits up to 65535; moves *s behind them. -1: no digits, or too large. */
static int port_parse(const char **s)
{
	int n = -1;

	for (; **s >= '0' && **s <= '9'; ++*s) {
		n = (n < 0 ? 0 : n) * 10 + (**s - '0');
		if (n > UINT16_MAX)
			return -1;
	}
	return n;
}

/* "22", "8000-8002", "https". False: not a port. */
static bool ports_parse(const char *value, int *first, int *last)
{
	const char *s = value;

	*first = *last = port_parse(&s);
	if (*first >= 0 && *s == '-') {
		s++;
		*last = port_parse(&s);
	}
	if (*first < 0 || *last < 0 || *s)
		*first = *last = service_port(value);
	return *first >= 0;
}

static bool port_fail(const char *value, struct filter_error *error)
{
	struct near near = { .word = value, .len = strlen(value) };
	char hint[60];

	if (strspn(value, "0123456789-") == strlen(value))
		return filter_fail(error, "'%s' is not a port: 0 to 65535, or a range", value);
	service_near(&near);
	return filter_fail(error, "unknown service '%s'%s", value,
			   near_hint(&near, hint, sizeof(hint)));
}

bool filter_test_port(struct filter_test *t, unsigned ends, const char *value,
		      struct filter_error *error)
{
	int first, last;

	value += *value == ':';		/* as ss writes it */
	if (!ports_parse(value, &first, &last))
		return port_fail(value, error);
	if (first > last)
		return filter_fail(error, "the range %s is empty", value);
	filter_bounds_protos(&t->pass, proto_has_ports);
	t->match = match_port;
	t->ends = ends;
	t->port.first = first;
	t->port.last = last;
	return true;
}

void filter_test_port_order(struct filter_test *t, enum filter_op op)
{
	int first = t->port.first, last = t->port.last;

	if (op == OP_LESS || op == OP_LESS_EQUAL) {
		last = op == OP_LESS ? first - 1 : last;
		first = 0;
	} else if (op == OP_GREATER || op == OP_GREATER_EQUAL) {
		first = op == OP_GREATER ? last + 1 : first;
		last = UINT16_MAX;
	}
	if (first > last) {	/* below 0 or above 65535: no port matches */
		first = 1;
		last = 0;
	}
	t->port.first = first;
	t->port.last = last;
}

/* ---- a host with its port ---- */

static bool match_endpoint(const struct filter_test *t, const struct row *r)
{
	const struct flow_ends *orig = &r->flow->key.orig, *reply = &r->flow->reply;

	if (!flow_has_ports(&r->flow->key))
		return false;
	if (t->ends & END_SRC &&
	    ((port_in(t, orig->sport) && addr_in_prefix(&orig->src, &t->net)) ||
	     (port_in(t, reply->dport) && addr_in_prefix(&reply->dst, &t->net))))
		return true;
	return t->ends & END_DST &&
	       ((port_in(t, orig->dport) && addr_in_prefix(&orig->dst, &t->net)) ||
		(port_in(t, reply->sport) && addr_in_prefix(&reply->src, &t->net)));
}

/* Names are those of the original direction's ends. */
static bool match_named_endpoint(const struct filter_test *t, const struct row *r)
{
	const struct flow_ends *orig = &r->flow->key.orig;

	if (!flow_has_ports(&r->flow->key))
		return false;
	return (t->ends & END_SRC && port_in(t, orig->sport) && name_is_in(r->src_name, t->text)) ||
	       (t->ends & END_DST && port_in(t, orig->dport) && name_is_in(r->dst_name, t->text));
}

/* At the last colon; an IPv6 address has brackets. @host: FILTER_VALUE_MAX bytes. */
static bool endpoint_split(const char *value, char *host, const char **port)
{
	const char *colon = strrchr(value, ':');
	size_t len = colon ? colon - value : 0;
	bool brackets = len >= 2 && value[0] == '[' && value[len - 1] == ']';

	if (!colon || !colon[1] || len >= FILTER_VALUE_MAX ||
	    (!brackets && memchr(value, ':', len)))
		return false;
	snprintf(host, FILTER_VALUE_MAX, "%.*s", (int)len - 2 * brackets, value + brackets);
	*port = colon + 1;
	return true;
}

/* As ss writes an unspecified address. */
static bool is_any_host(const char *host)
{
	return !*host || !strcmp(host, "*") || !strcmp(host, "0.0.0.0") || !strcmp(host, "::");
}

bool filter_is_endpoint(const char *value)
{
	char host[FILTER_VALUE_MAX];
	const char *port;
	struct addr_prefix net;
	int first, last;

	if (!endpoint_split(value, host, &port))
		return false;
	return is_any_host(host) || filter_net_parse(host, strlen(host), &net) ||
	       !strcmp(port, "*") || ports_parse(port, &first, &last);
}

bool filter_test_endpoint(struct filter_test *t, unsigned ends, const char *value,
			  struct filter_error *error)
{
	char host[FILTER_VALUE_MAX];
	const char *port = "";
	struct addr_prefix net;

	if (!endpoint_split(value, host, &port))
		return filter_fail(error, "'%s' is not an address with a port", value);
	if (!filter_test_port(t, ends, strcmp(port, "*") ? port : "0-65535", error))
		return false;
	if (is_any_host(host))
		return true;
	if (!filter_net_parse(host, strlen(host), &net)) {
		if (!test_name(t, ends, host, error))
			return false;
		t->match = match_named_endpoint;
		return true;
	}
	filter_test_net(t, ends, &net);
	t->match = match_endpoint;
	return true;
}
