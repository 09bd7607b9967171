// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Services by port and by name; see service.h.
 *
 * Two sorted arrays over the same strings, made once. What /etc/services
 * says (with whatever else nsswitch.conf names) goes before the built-in list.
 */
#include "service.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/near.h"
#include "lib/text.h"
#include "service/list.h"

#define PRIVILEGED_CLIENTS 512	/* the lowest port that a privileged client takes */
#define UNPRIVILEGED 1024
#define EPHEMERAL 32768		/* start of the ephemeral ports on Linux */

#define NAME_MAX_LEN 32

struct service {
	char *name;
	uint16_t port;
	uint8_t l4;
	uint8_t alias;		/* understood, not shown */
	uint32_t order;		/* of two entries for one port, the earlier */
};

static struct {
	struct service *all;	/* by name, case ignored */
	size_t n, room;
	const struct service **shown;	/* by protocol and port, one each */
	size_t n_shown;
} services;

static int service_add(const char *name, uint8_t l4, uint16_t port, bool alias)
{
	char clean[NAME_MAX_LEN];
	struct service *s;

	if (services.n == services.room) {
		size_t room = services.room ? services.room * 2 : 1024;

		s = reallocarray(services.all, room, sizeof(*s));
		if (!s)
			return -ENOMEM;
		services.all = s;
		services.room = room;
	}
	text_sanitise(clean, sizeof(clean), name, strlen(name));
	s = &services.all[services.n];
	*s = (struct service){ .name = strdup(clean), .port = port, .l4 = l4,
			       .alias = alias, .order = services.n };
	if (!s->name)
		return -ENOMEM;
	services.n++;
	return 0;
}

/* 0: a protocol without ports in conntrack (ddp). */
static uint8_t proto_number(const char *name)
{
	static const struct { const char *name; uint8_t l4; } protos[] = {
		{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
		{ "sctp", IPPROTO_SCTP }, { "dccp", IPPROTO_DCCP },
	};

	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++) {
		if (!strcmp(name, protos[i].name))
			return protos[i].l4;
	}
	return 0;
}

static int service_add_system(void)
{
	struct servent *e;
	int err = 0;

	setservent(1);
	while (!err && (e = getservent())) {
		uint8_t l4 = proto_number(e->s_proto);
		uint16_t port = ntohs(e->s_port);

		if (!l4)
			continue;
		err = service_add(e->s_name, l4, port, false);
		for (char **alias = e->s_aliases; !err && *alias; alias++)
			err = service_add(*alias, l4, port, true);
	}
	endservent();
	return err;
}

static int service_add_builtin(void)
{
	int err = 0;

	for (const struct service_entry *e = service_list; !err && e->name; e++) {
		if (e->protos & SERVICE_TCP)
			err = service_add(e->name, IPPROTO_TCP, e->port, false);
		if (!err && (e->protos & SERVICE_UDP))
			err = service_add(e->name, IPPROTO_UDP, e->port, false);
	}
	return err;
}

/* A name means the first port that it is listed with. */
static int compare_name(const void *a, const void *b)
{
	const struct service *x = a, *y = b;
	int d = ascii_compare(x->name, y->name);

	return d ? d : x->order < y->order ? -1 : x->order > y->order;
}

static int compare_place(const struct service *x, const struct service *y)
{
	return x->l4 != y->l4 ? x->l4 - y->l4 : x->port - y->port;
}

static int compare_shown(const void *a, const void *b)
{
	const struct service *x = *(const struct service *const *)a;
	const struct service *y = *(const struct service *const *)b;
	int d = compare_place(x, y);

	return d ? d : x->order < y->order ? -1 : x->order > y->order;
}

static int service_index(void)
{
	const struct service **shown = calloc(services.n, sizeof(*shown));
	size_t n = 0, kept = 0;

	if (!shown)
		return -ENOMEM;
	qsort(services.all, services.n, sizeof(*services.all), compare_name);
	for (size_t i = 0; i < services.n; i++) {
		if (!services.all[i].alias)
			shown[n++] = &services.all[i];
	}
	qsort(shown, n, sizeof(*shown), compare_shown);
	for (size_t i = 0; i < n; i++) {
		if (!kept || compare_place(shown[kept - 1], shown[i]))
			shown[kept++] = shown[i];
	}
	services.shown = shown;
	services.n_shown = kept;
	return 0;
}

int service_init(void)
{
	int err = service_add_system();

	if (!err)
		err = service_add_builtin();
	if (!err)
		err = service_index();
	if (err)
		service_free();
	return err;
}

void service_free(void)
{
	for (size_t i = 0; i < services.n; i++)
		free(services.all[i].name);
	free(services.all);
	free(services.shown);
	memset(&services, 0, sizeof(services));
}

static int compare_key(const void *key, const void *element)
{
	return compare_place(key, *(const struct service *const *)element);
}

const char *service_name(uint8_t l4, uint16_t port)
{
	struct service key = { .port = port, .l4 = l4 };
	const struct service **found;

	if (!services.n_shown)
		return NULL;
	if (l4 == IPPROTO_UDPLITE)
		key.l4 = IPPROTO_UDP;
	found = bsearch(&key, services.shown, services.n_shown,
			sizeof(*services.shown), compare_key);
	return found ? (*found)->name : NULL;
}

int service_port(const char *name)
{
	size_t low = 0, high = services.n;

	/* not bsearch(): of several with this name it finds just any */
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (ascii_compare(services.all[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == services.n || ascii_compare(services.all[low].name, name))
		return -1;
	return services.all[low].port;
}

void service_near(struct near *near)
{
	for (size_t i = 0; i < services.n; i++)
		near_try(near, services.all[i].name);
}

/*
 * Was the flow met in the middle, on its way from the server? Then its
 * "client" has a port that no client uses. Privileged clients use ports from
 * 512 on (bindresvport(3)), and UDP peers often send from the port that they
 * receive on, like 1194.
 */
static bool is_from_server(uint8_t l4, uint16_t src, uint16_t dst)
{
	bool privileged = src < PRIVILEGED_CLIENTS && dst >= UNPRIVILEGED;

	if (!privileged && (l4 != IPPROTO_TCP || src >= EPHEMERAL || dst < EPHEMERAL))
		return false;
	return service_name(l4, src);
}

int service_server_port(const struct flow_key *key)
{
	uint16_t src = key->orig.sport, dst = key->orig.dport;

	if (!flow_has_ports(key))
		return -1;
	return is_from_server(key->l4, src, dst) ? src : dst;
}
