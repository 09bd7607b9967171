/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter/pcap.h - the ends of a flow in the words of tcpdump and ss: host, net,
 * port, portrange, with src or dst before them; src, dst, sport, dport with a
 * value; an endpoint, as rows and ss show it.
 */
#ifndef FILTER_PCAP_H
#define FILTER_PCAP_H

#include "filter/parser.h"

/* Those of the words below that may have an operator; the others are also fields. */
bool pcap_has_operator(const char *word, size_t len);

/*
 * Reads what begins with @word. *known is false if that is not one of these words;
 * then NULL is not an error.
 */
struct filter_node *pcap_parse(struct parser *p, const char *word, size_t len, bool *known);

/*
 * An address, a network or an endpoint without a word before it. *known as above;
 * an invalid one that cannot be meant as anything else is an error, with *known
 * true.
 */
struct filter_node *pcap_parse_address(struct parser *p, bool *known);

#endif
