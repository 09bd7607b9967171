/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/community_id.h - the Community ID of a flow, version 1 with seed 0
 * (https://github.com/corelight/community-id-spec): the same text for both
 * directions, to join our records with those of Zeek, Suricata, Wireshark and
 * others. Any thread.
 *
 * It is a SHA-1 of 40 bytes at most, so of a single block: 30 lines here, in
 * place of a library that nothing else needs. It keeps no secret.
 */
#ifndef COMMUNITY_ID_H
#define COMMUNITY_ID_H

#include <stdint.h>

#include "lib/addr.h"

#define COMMUNITY_ID_SIZE 31	/* "1:", 28 characters, NUL */

/* Ports in host order; of ICMP @sport is the type and @dport the code. */
void community_id(uint8_t l4, const struct addr *src, const struct addr *dst, uint16_t sport,
		  uint16_t dport, char out[COMMUNITY_ID_SIZE]);

#endif
