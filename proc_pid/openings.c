// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/openings.c - connections that wait for their answer; see
 * proc_pid/openings.h. Each is in three lists: of its socket, of its remote
 * end, and of its user.
 */
#include "proc_pid/openings.h"

#include <stdlib.h>
#include <string.h>

#include <urcu/list.h>

#include "lib/clock.h"

#define ROOM 4096
#define LISTS 4096		/* a power of two */
#define USERS 64		/* lists of users; a power of two */
#define WALK_MAX 256		/* of one remote end looked at */
#define BLIND_NS 130000000000	/* the longest that a connection may take to fail */

struct opening {
	struct cds_list_head of_socket, of_remote, of_user;
	uint64_t socket;
	struct addr remote;
	uint16_t rport;
	struct opener who;
};

struct openings {
	struct opening room[ROOM];
	struct cds_list_head free;		/* by of_user */
	struct cds_list_head socket[LISTS];
	struct {
		struct cds_list_head list;
		int64_t blind_until;	/* some of it may have been missed */
	} remote[LISTS];
	struct {
		struct cds_list_head list;	/* the oldest first */
		unsigned n;
	} user[USERS];
	int64_t blind_until;		/* some of all */
};

static unsigned list_of_socket(uint64_t socket)
{
	return socket * 0x9e3779b97f4a7c15 >> 52;
}
_Static_assert(LISTS == 1 << (64 - 52), "the hash's upper bits number the lists");

static unsigned list_of_remote(const struct addr *remote, uint16_t rport)
{
	return (addr_hash(remote) ^ rport * 0x9e3779b1) & (LISTS - 1);
}

static unsigned list_of_user(uint32_t uid)
{
	return uid * 0x9e3779b1 >> 26;
}
_Static_assert(USERS == 1 << (32 - 26), "the hash's upper bits number the users");

void openings_forget(struct openings *o)
{
	CDS_INIT_LIST_HEAD(&o->free);
	for (unsigned i = 0; i < LISTS; i++) {
		CDS_INIT_LIST_HEAD(&o->socket[i]);
		CDS_INIT_LIST_HEAD(&o->remote[i].list);
	}
	for (unsigned i = 0; i < USERS; i++) {
		CDS_INIT_LIST_HEAD(&o->user[i].list);
		o->user[i].n = 0;
	}
	for (unsigned i = 0; i < ROOM; i++)
		cds_list_add(&o->room[i].of_user, &o->free);
	o->blind_until = clock_ns() + BLIND_NS;
}

struct openings *openings_new(void)
{
	struct openings *o = calloc(1, sizeof(*o));

	if (o)
		openings_forget(o);
	return o;
}

void openings_free(struct openings *o)
{
	free(o);
}

static void opening_remove(struct openings *o, struct opening *one)
{
	cds_list_del(&one->of_socket);
	cds_list_del(&one->of_remote);
	cds_list_del(&one->of_user);
	o->user[list_of_user(one->who.uid)].n--;
	cds_list_add(&one->of_user, &o->free);
}

/* What is lost is remembered by its remote end. */
static void make_room(struct openings *o)
{
	struct opening *oldest;
	unsigned most = 0;

	for (unsigned i = 1; i < USERS; i++)
		if (o->user[i].n > o->user[most].n)
			most = i;
	oldest = cds_list_first_entry(&o->user[most].list, struct opening, of_user);
	o->remote[list_of_remote(&oldest->remote, oldest->rport)].blind_until =
		clock_ns() + BLIND_NS;
	opening_remove(o, oldest);
}

static struct opening *opening_of(struct openings *o, uint64_t socket)
{
	struct opening *one;

	cds_list_for_each_entry(one, &o->socket[list_of_socket(socket)], of_socket)
		if (one->socket == socket)
			return one;
	return NULL;
}

void openings_add(struct openings *o, uint64_t socket, const struct addr *remote,
		  uint16_t rport, const struct opener *who)
{
	struct opening *one = opening_of(o, socket);
	unsigned user = list_of_user(who->uid);

	if (one)
		opening_remove(o, one);
	if (cds_list_empty(&o->free))
		make_room(o);
	one = cds_list_first_entry(&o->free, struct opening, of_user);
	cds_list_del(&one->of_user);
	one->socket = socket;
	one->remote = *remote;
	one->rport = rport;
	one->who = *who;
	cds_list_add(&one->of_socket, &o->socket[list_of_socket(socket)]);
	cds_list_add(&one->of_remote, &o->remote[list_of_remote(remote, rport)].list);
	cds_list_add_tail(&one->of_user, &o->user[user].list);
	o->user[user].n++;
}

bool openings_take(struct openings *o, uint64_t socket, struct opener *who)
{
	struct opening *one = opening_of(o, socket);

	if (!one)
		return false;
	*who = one->who;
	opening_remove(o, one);
	return true;
}

unsigned openings_find(const struct openings *o, const struct addr *remote, uint16_t rport,
		       struct opener *out, unsigned max, bool *all)
{
	unsigned list = list_of_remote(remote, rport), n = 0, walked = 0;
	const struct opening *one;
	int64_t now = clock_ns();

	*all = now > o->blind_until && now > o->remote[list].blind_until;
	cds_list_for_each_entry(one, &o->remote[list].list, of_remote) {
		unsigned i = 0;

		if (walked++ == WALK_MAX) {
			*all = false;
			break;
		}
		if (one->rport != rport || !addr_equal(&one->remote, remote))
			continue;
		while (i < n && out[i].pid != one->who.pid)
			i++;
		if (i == n && n < max)
			out[n++] = one->who;
		else if (i == n)
			*all = false;
	}
	return n;
}
