// SPDX-License-Identifier: GPL-2.0-or-later
/* /etc/hosts by address; see dns/hosts.h and hosts(5). */
#include "dns/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/reply.h"
#include "text.h"

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

static bool hosts_add(struct dns_hosts *h, const struct addr *a, const char *name)
{
	char clean[DNS_NAME_SIZE];
	struct host *slot;

	if (h->n >= h->size / 2 && !hosts_grow(h))
		return false;
	slot = host_slot(h, a);
	if (slot->name)
		return true;
	text_sanitise(clean, sizeof(clean), name, strlen(name));
	slot->addr = *a;
	slot->name = strdup(clean);
	h->n += slot->name != NULL;
	return slot->name != NULL;
}

static bool hosts_add_line(struct dns_hosts *h, char *line)
{
	char *rest, *addr, *name;
	struct addr a, other;

	line[strcspn(line, "#\n")] = '\0';
	addr = strtok_r(line, " \t\r", &rest);
	name = strtok_r(NULL, " \t\r", &rest);
	if (!addr || !name)
		return true;
	addr[strcspn(addr, "%")] = '\0';
	/* a name that is an address would be taken for one */
	if (!addr_parse(addr, &a) || addr_parse(name, &other))
		return true;
	return hosts_add(h, &a, name);
}

struct dns_hosts *dns_hosts_read(const char *path)
{
	struct dns_hosts *h = calloc(1, sizeof(*h));
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool ok = h && hosts_grow(h);

	while (ok && f && getline(&line, &size, f) >= 0)
		ok = hosts_add_line(h, line);
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
