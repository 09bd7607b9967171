/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns/hosts.h - /etc/hosts by address: what the file says goes before DNS.
 * One thread (DNS).
 */
#ifndef DNS_HOSTS_H
#define DNS_HOSTS_H

#include "lib/addr.h"

struct dns_hosts;

/* Reads a file; one that is not there has no names. NULL: out of memory. */
struct dns_hosts *dns_hosts_read(const char *path);
void dns_hosts_free(struct dns_hosts *h);

/* The first name of the first line of an address; NULL: none. Sanitised,
 * valid until dns_hosts_free(). */
const char *dns_hosts_find(const struct dns_hosts *h, const struct addr *a);

#endif
