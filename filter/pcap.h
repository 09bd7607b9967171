/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter/pcap.h - the ends of a flow in the words of tcpdump and ss: host, net,
 * port, portrange, with src or dst before them; src, dst, sport, dport with a
 * value; an endpoint, as rows and ss show it.
 */
#ifndef FILTER_PCAP_H
#define FILTER_PCAP_H

#include "filter/parser.h"

/* Of the words below those that may have an operator; the others are fields, too. */
bool pcap_has_operator(const char *word, size_t len);

/*
 * What begins with @word, which may be one of these. *known is false where it
 * is none, and NULL is no error then.
 */
struct filter_node *pcap_parse(struct parser *p, const char *word, size_t len, bool *known);

/*
 * An address, a network or an endpoint by itself. *known as above; it is true,
 * and an error, where the text can be meant for nothing else.
 */
struct filter_node *pcap_parse_address(struct parser *p, bool *known);

#endif
