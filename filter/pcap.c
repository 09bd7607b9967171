// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of tcpdump and ss; see filter/pcap.h. */
#include "filter/pcap.h"

#include <stdio.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/near.h"

typedef bool pcap_make(struct filter_test *t, unsigned ends, const char *value,
		       struct filter_error *error);

static bool test_make_net(struct filter_test *t, unsigned ends, const char *value,
			  struct filter_error *error)
{
	struct addr_prefix net;

	if (!addr_prefix_parse(value, &net))
		return filter_fail(error, "'%s' is not a network, like 10.0.0.0/8", value);
	filter_test_net(t, ends, &net);
	return true;
}

static const struct {
	const char *name;
	pcap_make *make;
} end_words[] = {
	{ "host", filter_test_host },
	{ "net", test_make_net },
	{ "port", filter_test_port },
	{ "portrange", filter_test_port },
};

static pcap_make *end_word_find(const char *word, size_t len)
{
	for (unsigned i = 0; i < sizeof(end_words) / sizeof(*end_words); i++) {
		if (parser_word_is(word, len, end_words[i].name))
			return end_words[i].make;
	}
	return NULL;
}

/* ---- values ---- */

static struct filter_node *pcap_test(struct parser *p, pcap_make *make, unsigned ends,
				     const char *value, const char *at)
{
	struct filter_node *n = parser_node(p, NODE_TEST);

	if (!n)
		return NULL;
	if (!*value)
		return parser_done(p, n, filter_fail(p->error, "a value is missing here"), at);
	return parser_done(p, n, make(&n->test, ends, value, p->error), at);
}

/* VALUE or VALUE,VALUE,...: any of them. */
static struct filter_node *pcap_values(struct parser *p, pcap_make *make, unsigned ends,
				       const char *what, size_t what_len)
{
	char text[FILTER_VALUE_MAX], *rest = text, *value;
	const char *at = parser_value(p, text, what, what_len);
	bool quoted = at && (*at == '"' || *at == '\'');
	struct filter_node *any, **tail;

	any = at ? parser_node(p, NODE_OR) : NULL;
	if (!any)
		return NULL;
	tail = &any->first;
	while ((value = strsep(&rest, ","))) {
		*tail = pcap_test(p, make, ends, value, quoted ? at : at + (value - text));
		if (!*tail) {
			filter_node_free(any);
			return NULL;
		}
		tail = &(*tail)->next;
	}
	return parser_group(any);
}

/* Takes an operator, if one comes next: ':' before a value is the value's own. */
static enum filter_op pcap_operator(struct parser *p, bool ordered)
{
	size_t len = 0;
	int op = parser_operator_at(parser_skip_spaces(p), &len);
	bool taken = op == OP_EQUAL || op == OP_NOT_EQUAL ||
		     (op == OP_CONTAINS && ascii_is_space(p->at[1]));

	if (!taken && !(ordered && op >= OP_LESS && op <= OP_GREATER_EQUAL))
		return OP_EQUAL;
	p->at += len;
	return op == OP_CONTAINS ? OP_EQUAL : op;
}

static struct filter_node *pcap_not(struct parser *p, struct filter_node *inner)
{
	struct filter_node *n = inner ? parser_node(p, NODE_NOT) : NULL;

	if (n)
		n->first = inner;
	else
		filter_node_free(inner);
	return n;
}

/* ---- words ---- */

/* Has ports, but not these. */
static struct filter_node *pcap_other_ports(struct parser *p, struct filter_node *these)
{
	struct filter_node *all = parser_node(p, NODE_AND);

	if (!all) {
		filter_node_free(these);
		return NULL;
	}
	all->first = pcap_not(p, these);
	if (all->first)
		all->first->next = pcap_test(p, filter_test_port, END_BOTH, "0-65535", p->at);
	if (all->first && all->first->next)
		return all;
	filter_node_free(all);
	return NULL;
}

/* "sport" or "dport" was read. */
static struct filter_node *pcap_port(struct parser *p, const char *word, size_t len,
				     unsigned ends)
{
	enum filter_op op = pcap_operator(p, true);
	const char *at = parser_skip_spaces(p);
	struct filter_node *n = pcap_values(p, filter_test_port, ends, word, len);

	if (!n || op == OP_EQUAL)
		return n;
	if (op == OP_NOT_EQUAL)
		return pcap_other_ports(p, n);
	if (n->op != NODE_TEST)
		return parser_done(p, n, filter_fail(p->error, "a list has no order"), at);
	filter_test_port_order(&n->test, op);
	return n;
}

/* "src" or "dst" was read: host, net or port may follow. */
static struct filter_node *pcap_side(struct parser *p, const char *side, size_t side_len,
				     unsigned ends)
{
	const char *word = parser_skip_spaces(p);
	size_t len = filter_word_length(word);
	pcap_make *make = end_word_find(word, len);
	enum filter_op op;
	struct filter_node *n;

	if (make) {
		p->at = word + len;
		return pcap_values(p, make, ends, word, len);
	}
	op = pcap_operator(p, false);
	word = parser_skip_spaces(p);
	len = filter_word_length(word);
	if (!*word || *word == ')' || filter_is_word(word, len))
		return FAIL_AT(p, word, "'%.*s' needs an address or a name, or host, net or port",
			       (int)side_len, side);
	n = pcap_values(p, filter_test_side, ends, side, side_len);
	return op == OP_NOT_EQUAL ? pcap_not(p, n) : n;
}

static const struct {
	const char *name;
	struct filter_node *(*parse)(struct parser *p, const char *word, size_t len,
				     unsigned ends);
	unsigned ends;
} side_words[] = {
	{ "src", pcap_side, END_SRC },
	{ "dst", pcap_side, END_DST },
	{ "sport", pcap_port, END_SRC },
	{ "dport", pcap_port, END_DST },
};
#define SIDE_WORDS (sizeof(side_words) / sizeof(*side_words))

static unsigned side_word_find(const char *word, size_t len)
{
	unsigned i = 0;

	while (i < SIDE_WORDS && !parser_word_is(word, len, side_words[i].name))
		i++;
	return i;
}

bool pcap_has_operator(const char *word, size_t len)
{
	return side_word_find(word, len) < SIDE_WORDS;
}

struct filter_node *pcap_parse(struct parser *p, const char *word, size_t len, bool *known)
{
	unsigned side = side_word_find(word, len);
	pcap_make *make = end_word_find(word, len);

	*known = make || side < SIDE_WORDS;
	if (*known)
		p->at = word + len;
	if (make)
		return pcap_values(p, make, END_BOTH, word, len);
	if (*known)
		return side_words[side].parse(p, word, len, side_words[side].ends);
	return NULL;
}

/* ---- by themselves ---- */

/* Of "process:80" the colon is an operator; "gw:80" is a name with a port. */
static bool is_endpoint(const char *text)
{
	size_t len = filter_word_length(text);
	struct near near = { .word = text, .len = len };

	if (!filter_is_endpoint(text))
		return *text == '[';
	if (!len || text[len] != ':' || strchr(text, ':') != strrchr(text, ':'))
		return true;
	filter_words_near(&near);
	return !filter_is_word(text, len) && !near.name;
}

/* Text that can only be meant as an address: 10.0.0.256, 10.0.0.0/33, fe80::1::2. */
static bool is_almost_address(const char *text)
{
	const char *colon = strchr(text, ':');
	unsigned dots = 0;

	if (colon)
		return strchr(colon + 1, ':') &&
		       strspn(text, "0123456789abcdefABCDEF:./") == strlen(text);
	for (const char *s = text; (s = strchr(s, '.')); s++)
		dots++;
	return strspn(text, "0123456789./") == strlen(text) && *text != '.' &&
	       (strchr(text, '/') || (dots > 2 && text[strlen(text) - 1] != '.'));
}

static bool test_make_almost(struct filter_test *t, unsigned ends, const char *value,
			     struct filter_error *error)
{
	if (strchr(value, '/'))
		return test_make_net(t, ends, value, error);
	if (strchr(value, ':'))
		return filter_fail(error, "'%s' is not an address", value);
	return filter_not_an_address(value, error);
}

struct filter_node *pcap_parse_address(struct parser *p, bool *known)
{
	const char *at = p->at;
	char text[FILTER_VALUE_MAX];
	size_t len = strcspn(at, " \t\n\v\f\r()\"'&|<>=~!");
	pcap_make *make;
	struct addr_prefix net;

	*known = false;
	if (!len || len >= sizeof(text))
		return NULL;
	memcpy(text, at, len);
	text[len] = '\0';
	make = filter_net_parse(text, len, &net) ? filter_test_side :
	       is_endpoint(text) ? filter_test_endpoint :
	       is_almost_address(text) ? test_make_almost : NULL;
	*known = make;
	if (!make)
		return NULL;
	p->at += len;
	return pcap_test(p, make, END_BOTH, text, at);
}
