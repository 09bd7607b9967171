// SPDX-License-Identifier: GPL-2.0-or-later
/* /etc/hosts by address; see dns/hosts.h and hosts(5). */
#include "dns/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/reply.h"
#include "lib/ascii.h"
#include "lib/file.h"
#include "lib/text.h"

#define BLANKS " \t\r\f\v"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"	/* as editors of Windows write it */

struct host {
	struct addr addr;
	char *name;		/* NULL: a free slot */
};

struct dns_hosts {
	struct host *host;	/* open addressing, at most half full */
	size_t n, size;
};

static struct host *host_slot(const struct dns_hosts *h, const struct addr *a)
{
	size_t i = addr_hash(a) & (h->size - 1);

	while (h->host[i].name && !addr_equal(&h->host[i].addr, a))
		i = (i + 1) & (h->size - 1);
	return &h->host[i];
}

static bool hosts_grow(struct dns_hosts *h)
{
	struct dns_hosts grown = { .n = h->n, .size = h->size ? h->size * 2 : 64 };

	grown.host = calloc(grown.size, sizeof(*grown.host));
	if (!grown.host)
		return false;
	for (size_t i = 0; i < h->size; i++) {
		if (h->host[i].name)
			*host_slot(&grown, &h->host[i].addr) = h->host[i];
	}
	free(h->host);
	*h = grown;
	return true;
}

static bool is_loopback(const struct addr *a)
{
	static const struct addr v6 = { .byte = { [15] = 1 } };
	static const uint8_t v4[] = { 127, 0, 0, 1 };

	return addr_is_v4(a) ? !memcmp(&a->byte[12], v4, 4) : addr_equal(a, &v6);
}

/*
 * The first name of an address stays. But a block list may give 127.0.0.1 ten
 * thousand names: with a second one it is "localhost", whether that is among
 * them or not.
 */
static bool hosts_add(struct dns_hosts *h, const struct addr *a, const char *name)
{
	char clean[DNS_NAME_SIZE], *copy;
	size_t len;
	struct host *slot;

	if (h->n >= h->size / 2 && !hosts_grow(h))
		return false;
	slot = host_slot(h, a);
	if (slot->name && !is_loopback(a))
		return true;
	if (slot->name)
		name = "localhost";
	len = strlen(name);
	text_sanitise(clean, sizeof(clean), name, len - (len > 1 && name[len - 1] == '.'));
	copy = strdup(clean);
	if (!copy)
		return false;
	h->n += !slot->name;
	free(slot->name);
	*slot = (struct host){ .addr = *a, .name = copy };
	return true;
}

/* 0.0.0.0 and "::" are how block lists make a name unreachable. */
static bool is_unspecified(const struct addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(&a->byte[addr_is_v4(a) ? 12 : 0], zero, addr_is_v4(a) ? 4 : 16);
}

/*
 * An address with a scope ("fe80::1%lo0 localhost") is another host on each
 * link. Flows do not say which link, so such a line names nothing.
 */
static bool hosts_add_line(struct dns_hosts *h, char *line)
{
	char *rest, *addr, *name;
	struct addr a, other;

	line[strcspn(line, "#\n")] = '\0';
	addr = strtok_r(line, BLANKS, &rest);
	name = strtok_r(NULL, BLANKS, &rest);
	if (!addr || !name)
		return true;
	/* a name that looks like an address would be mistaken for one */
	if (!addr_parse(addr, &a) || addr_parse(name, &other) || is_unspecified(&a))
		return true;
	return hosts_add(h, &a, name);
}

struct dns_hosts *dns_hosts_read(const char *path)
{
	struct dns_hosts *h = calloc(1, sizeof(*h));
	FILE *f = file_open(path, FILE_TEXT_MAX);
	char *line = NULL;
	size_t size = 0;
	bool ok = h && hosts_grow(h);

	for (bool first = true; ok && f && getline(&line, &size, f) >= 0; first = false) {
		bool has_mark = first && !strncmp(line, BYTE_ORDER_MARK, 3);

		ok = hosts_add_line(h, line + (has_mark ? 3 : 0));
	}
	free(line);
	if (f)
		fclose(f);
	if (ok)
		return h;
	dns_hosts_free(h);
	return NULL;
}

void dns_hosts_free(struct dns_hosts *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->size; i++)
		free(h->host[i].name);
	free(h->host);
	free(h);
}

const char *dns_hosts_find(const struct dns_hosts *h, const struct addr *a)
{
	return host_slot(h, a)->name;
}
