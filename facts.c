// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is known of processes, places, addresses and sockets; see facts.h.
 *
 * Everything here is published the same way: built aside, handed over by one
 * pointer (or one number) with release order, the old one freed after a grace
 * period. Nothing is changed in place but an owner's reference count.
 */
#include "facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/rculfhash.h>

#include "lib/hash.h"

/*
 * ThreadSanitizer sees neither liburcu's publication nor its grace periods;
 * these tell it of the order that is there.
 */
#if defined(__SANITIZE_THREAD__)
#define LEARNT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LEARNT_TSAN 1
#endif
#endif
#ifdef LEARNT_TSAN
void __tsan_acquire(void *);
void __tsan_release(void *);
#define order_publish(p)	__tsan_release(p)
#define order_read(p)		__tsan_acquire((void *)(p))
#else
#define order_publish(p)	((void)(p))
#define order_read(p)		((void)(p))
#endif

/* ---- owners ---- */

/* Not *from: its count may be changing. */
void owner_copy(struct owner *to, const struct owner *from)
{
	to->pid = from->pid;
	to->uid = from->uid;
	to->start_time = from->start_time;
	memcpy(to->name, from->name, sizeof(to->name));
	memcpy(to->user, from->user, sizeof(to->user));
	memcpy(to->unit, from->unit, sizeof(to->unit));
	memcpy(to->container, from->container, sizeof(to->container));
	memcpy(to->netns, from->netns, sizeof(to->netns));
	to->self = from->self;
}

struct owner *owner_new(const struct owner *from)
{
	struct owner *o = malloc(sizeof(*o));

	if (!o)
		return NULL;
	owner_copy(o, from);
	o->command = NULL;
	o->refs = 1;
	return o;
}

struct owner *owner_ref(struct owner *o)
{
	uint32_t refs = __atomic_load_n(&o->refs, __ATOMIC_RELAXED);

	do {
		/* its last reference has gone already: it cannot be saved */
		if (!refs)
			return owner_new(o);
	} while (!__atomic_compare_exchange_n(&o->refs, &refs, refs + 1, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return o;
}

static void owner_free(struct rcu_head *head)
{
	struct owner *o = caa_container_of(head, struct owner, rcu);

	order_read(o);
	free(o->command);
	free(o);
}

void owner_unref(struct owner *o)
{
	if (!o || __atomic_sub_fetch(&o->refs, 1, __ATOMIC_ACQ_REL))
		return;
	order_publish(o);
	call_rcu(&o->rcu, owner_free);
}

static void command_free(struct rcu_head *head)
{
	struct command *c = caa_container_of(head, struct command, rcu);

	order_read(c);
	free(c);
}

void owner_set_command(struct owner *o, struct command *command)
{
	struct command *old;

	if (command)
		order_publish(command);
	old = rcu_xchg_pointer(&o->command, command);
	if (old) {
		order_publish(old);
		call_rcu(&old->rcu, command_free);
	}
}

const struct command *owner_command_rcu(const struct owner *o)
{
	const struct command *c = rcu_dereference(o->command);

	if (c)
		order_read(c);
	return c;
}

/* ---- places ---- */

#define CHUNK 256	/* places */
#define CHUNKS 4096	/* a million places in all, more than there are */

static struct {
	struct place *chunk[CHUNKS];
	uint32_t n;		/* published: whoever reads it may read them all */
	struct hash_table index;	/* by the hash of their bytes; for the writer only */
} places;

static struct place *place_at(uint32_t number)
{
	return &places.chunk[number / CHUNK][number % CHUNK];
}

/* hash_match_fn */
static bool place_is(const void *ctx, uint32_t number, const void *place)
{
	(void)ctx;
	return !memcmp(place_at(number), place, sizeof(struct place));
}

/* The chunk that a number lies in; false: no memory, or no more numbers. */
static bool place_chunk_make(uint32_t number)
{
	uint32_t chunk = number / CHUNK;

	if (chunk >= CHUNKS)
		return false;
	if (!places.chunk[chunk])
		places.chunk[chunk] = calloc(CHUNK, sizeof(struct place));
	return places.chunk[chunk] != NULL;
}

uint32_t place_intern(const struct place *p)
{
	struct place clean;
	uint32_t number = places.n;
	const struct hash_entry *known;
	uint64_t hash;

	/* compared as bytes: nothing behind the strings' ends, no padding */
	memset(&clean, 0, sizeof(clean));
	snprintf(clean.country, sizeof(clean.country), "%s", p->country);
	snprintf(clean.country_name, sizeof(clean.country_name), "%s", p->country_name);
	snprintf(clean.city, sizeof(clean.city), "%s", p->city);
	snprintf(clean.org, sizeof(clean.org), "%s", p->org);
	clean.asn = p->asn;

	hash = hash_bytes(&clean, sizeof(clean));
	known = hash_table_find(&places.index, hash, place_is, NULL, &clean);
	if (known)
		return known->number;
	if (!place_chunk_make(number) || !hash_table_reserve(&places.index, number + 1))
		return PLACE_UNKNOWN;
	memcpy(place_at(number), &clean, sizeof(clean));
	hash_table_add(&places.index, hash, number);
	__atomic_store_n(&places.n, number + 1, __ATOMIC_RELEASE);
	return number;
}

const struct place *place_get(uint32_t number)
{
	static const struct place unknown;

	if (number == PLACE_UNKNOWN ||
	    number >= __atomic_load_n(&places.n, __ATOMIC_ACQUIRE))
		return &unknown;
	return place_at(number);
}

static void places_free(void)
{
	for (unsigned i = 0; i < CHUNKS; i++)
		free(places.chunk[i]);
	hash_table_free(&places.index);
	memset(&places, 0, sizeof(places));
}

/* ---- names ---- */

struct name_node {
	struct cds_lfht_node node;
	struct rcu_head rcu;
	struct name name;	/* last: its text goes on */
};

#define NAME_BUCKETS 1024

/* Nodes and buckets are counted here: the table's own resizing can stick. */
static struct {
	struct cds_lfht *table;
	unsigned long n, buckets;
} names;

static struct name_node *name_node_of(struct cds_lfht_node *node)
{
	return caa_container_of(node, struct name_node, node);
}

static int name_match(struct cds_lfht_node *node, const void *addr)
{
	order_read(node);
	return addr_equal(&name_node_of(node)->name.addr, addr);
}

static void name_free(struct rcu_head *head)
{
	struct name_node *n = caa_container_of(head, struct name_node, rcu);

	order_read(n);
	free(n);
}

static void name_retire(struct cds_lfht_node *node)
{
	order_publish(name_node_of(node));
	call_rcu(&name_node_of(node)->rcu, name_free);
}

void name_publish(const struct addr *a, const char *text)
{
	size_t size = strlen(text) + 1;
	struct name_node *n = malloc(sizeof(*n) + size);
	struct cds_lfht_node *old;

	if (!n)
		return;
	cds_lfht_node_init(&n->node);
	n->name.addr = *a;
	memcpy(n->name.text, text, size);
	order_publish(&n->node);

	rcu_read_lock();
	old = cds_lfht_add_replace(names.table, addr_hash(a), name_match,
				   &n->name.addr, &n->node);
	rcu_read_unlock();
	if (old) {
		name_retire(old);
		return;
	}
	if (++names.n > 2 * names.buckets) {
		names.buckets *= 4;
		cds_lfht_resize(names.table, names.buckets);
	}
}

void name_forget(const struct addr *a)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	rcu_read_lock();
	cds_lfht_lookup(names.table, addr_hash(a), name_match, a, &iter);
	node = cds_lfht_iter_get_node(&iter);
	if (node && cds_lfht_del(names.table, node))
		node = NULL;
	rcu_read_unlock();
	if (node) {
		names.n--;
		name_retire(node);
	}
}

const char *name_get_rcu(const struct addr *a)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	cds_lfht_lookup(names.table, addr_hash(a), name_match, a, &iter);
	node = cds_lfht_iter_get_node(&iter);
	return node ? name_node_of(node)->name.text : NULL;
}

/* All threads that could look have ended. */
static void names_free(void)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	if (!names.table)
		return;
	rcu_read_lock();
	cds_lfht_for_each(names.table, &iter, node) {
		if (!cds_lfht_del(names.table, node))
			name_retire(node);
	}
	rcu_read_unlock();
	cds_lfht_destroy(names.table, NULL);
	memset(&names, 0, sizeof(names));
}

/* ---- sockets ---- */

struct sock_snapshot {
	struct rcu_head rcu;
	unsigned n;
	struct sock_info info[];	/* by flow */
};

static struct sock_snapshot *sockets;

static void sock_snapshot_free(struct rcu_head *head)
{
	struct sock_snapshot *s = caa_container_of(head, struct sock_snapshot, rcu);

	order_read(s);
	free(s);
}

static void sock_snapshot_set(struct sock_snapshot *s)
{
	struct sock_snapshot *old;

	if (s)
		order_publish(s);
	old = rcu_xchg_pointer(&sockets, s);
	if (old) {
		order_publish(old);
		call_rcu(&old->rcu, sock_snapshot_free);
	}
}

void sock_info_publish(const struct sock_info *info, unsigned n)
{
	struct sock_snapshot *s = NULL;

	/* without memory there is none: better than figures of long ago */
	if (n)
		s = malloc(sizeof(*s) + n * sizeof(*info));
	if (s) {
		s->n = n;
		memcpy(s->info, info, n * sizeof(*info));
	}
	sock_snapshot_set(s);
}

static int sock_info_compare(const void *key, const void *element)
{
	uint64_t flow = *(const uint64_t *)key;
	const struct sock_info *info = element;

	return flow < info->flow ? -1 : flow > info->flow;
}

const struct sock_info *sock_info_get_rcu(uint64_t flow)
{
	const struct sock_snapshot *s = rcu_dereference(sockets);

	if (!s)
		return NULL;
	order_read(s);
	return bsearch(&flow, s->info, s->n, sizeof(*s->info), sock_info_compare);
}

/* ---- deleters ---- */

#define DELETERS 16

static struct deleter *deleters[DELETERS];
static unsigned next_deleter;

static void deleter_free(struct rcu_head *head)
{
	struct deleter *d = caa_container_of(head, struct deleter, rcu);

	order_read(d);
	free(d);
}

static void deleter_set(unsigned i, struct deleter *d)
{
	struct deleter *old;

	if (d)
		order_publish(d);
	old = rcu_xchg_pointer(&deleters[i], d);
	if (old) {
		order_publish(old);
		call_rcu(&old->rcu, deleter_free);
	}
}

void deleter_copy(struct deleter *to, const struct deleter *from)
{
	to->port = from->port;
	to->pid = from->pid;
	memcpy(to->name, from->name, sizeof(to->name));
}

void deleter_publish(const struct deleter *from)
{
	struct deleter *d = malloc(sizeof(*d));
	unsigned i = 0;

	if (!d)
		return;
	deleter_copy(d, from);
	while (i < DELETERS && !(deleters[i] && deleters[i]->port == d->port))
		i++;
	deleter_set(i < DELETERS ? i : next_deleter++ % DELETERS, d);
}

const struct deleter *deleter_get_rcu(uint32_t port)
{
	for (unsigned i = 0; i < DELETERS; i++) {
		const struct deleter *d = rcu_dereference(deleters[i]);

		if (!d)
			continue;
		order_read(d);
		if (d->port == port)
			return d;
	}
	return NULL;
}

/* ---- start and end ---- */

int facts_init(void)
{
	places.n = PLACE_UNKNOWN + 1;
	names.buckets = NAME_BUCKETS;
	names.table = cds_lfht_new(NAME_BUCKETS, NAME_BUCKETS, 0, 0, NULL);
	return names.table ? 0 : -ENOMEM;
}

void facts_free(void)
{
	sock_snapshot_set(NULL);
	for (unsigned i = 0; i < DELETERS; i++)
		deleter_set(i, NULL);
	names_free();
	rcu_barrier();
	places_free();
}
