// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The DNS thread; see dns.h. It goes through the list of what is wanted from
 * its head, and queries what it does not know as long as the servers take
 * more; between answers and new lists it sleeps.
 *
 * A pass is one walk through a list. An address is pending when the pass has
 * met it and it has neither been answered nor given up.
 */
#include "dns.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "dns/cache.h"
#include "dns/hosts.h"
#include "dns/servers.h"
#include "facts.h"
#include "lib/clock.h"
#include "lib/file_version.h"

#define TTL_MIN 30
#define TTL_MAX 86400
#define FAILED_TTL 60		/* doubled with each failure in a row */
#define FAILED_DOUBLINGS 5	/* half an hour */
#define SILENT_TRIES 2		/* rounds of queries without an answer */
#define REFUSED_TRIES 3
#define FILES_CHECK 2		/* seconds between looks at the files */
#define WANT_AGAIN_MS 1000	/* the same list is passed on this often */

struct want {
	uint64_t number;
	unsigned n;
	struct addr addr[];
};

/* A file, and which version of it was read. */
struct file_seen {
	const char *path;
	struct file_version sign;
};

struct dns {
	pthread_t thread;
	int wake;		/* eventfd */
	bool stop;		/* atomic */
	struct want *mail;	/* atomic: a list that the thread has not taken */
	uint64_t done;		/* atomic: number of the last list dealt with */
	uint64_t rest_until;	/* atomic: clock_boot_ms(); 0: servers answer */
	unsigned n_servers;	/* atomic */
	uint64_t asked, answered, failed;	/* atomic; the thread counts */

	/* the caller's of dns_want() */
	uint64_t given;		/* atomic: number of the last list */
	struct want *last;
	uint64_t last_ms;

	/* the thread's */
	struct want *list;
	unsigned cursor;
	uint32_t pass;
	unsigned pending;
	uint32_t again[DNS_WINDOW_MAX];	/* numbers of DNS_AGAIN entries, oldest first */
	unsigned n_again;
	struct dns_cache *cache;
	struct dns_hosts *hosts;
	struct dns_servers *servers;
	struct file_seen hosts_file, resolv_file;
	uint32_t files_checked;
};

#define load(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)
#define store(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELEASE)
#define count(field) __atomic_store_n(&(field), (field) + 1, __ATOMIC_RELAXED)

static uint32_t clock_s(void)
{
	return clock_boot_ms() / 1000;
}

/* ---- what becomes of an address ---- */

static void settle(struct dns *d, struct dns_entry *e, const char *name, uint32_t expires)
{
	if (name) {
		name_publish(&e->addr, name);
		e->published = true;
	}
	e->expires = expires;
	e->rounds = 0;
	if (e->state != DNS_NEW && e->wanted == d->pass)
		d->pending--;
	e->state = DNS_KNOWN;
}

static uint32_t dns_expiry(uint32_t ttl)
{
	return clock_s() + (ttl < TTL_MIN ? TTL_MIN : ttl > TTL_MAX ? TTL_MAX : ttl);
}

static void settle_failed(struct dns *d, struct dns_entry *e)
{
	unsigned doublings = e->failures;

	if (e->failures < FAILED_DOUBLINGS)
		e->failures++;
	/* an old name is better than no name */
	settle(d, e, e->published ? NULL : "", clock_s() + (FAILED_TTL << doublings));
}

static void dns_ask_again(struct dns *d, struct dns_entry *e)
{
	if (d->n_again == DNS_WINDOW_MAX) {
		settle_failed(d, e);
		return;
	}
	e->state = DNS_AGAIN;
	d->again[d->n_again++] = dns_cache_number(d->cache, e);
}

static void on_answer(void *ctx, uint32_t number, enum dns_result result,
		      const struct dns_reply *reply)
{
	struct dns *d = ctx;
	struct dns_entry *e = dns_cache_at(d->cache, number);

	switch (result) {
	case DNS_NAME:
	case DNS_NONE:
		e->failures = 0;
		settle(d, e, result == DNS_NAME ? reply->name : "", dns_expiry(reply->ttl));
		break;
	case DNS_SILENT:
	case DNS_REFUSED:
		if (++e->rounds < (result == DNS_SILENT ? SILENT_TRIES : REFUSED_TRIES)) {
			dns_ask_again(d, e);
			return;
		}
		settle_failed(d, e);
		break;
	case DNS_FAILED:
		settle_failed(d, e);
		break;
	case DNS_CANCELLED:
		dns_ask_again(d, e);
		return;
	}
	if (result == DNS_NAME)
		count(d->answered);
	else
		count(d->failed);
}

/* Home routers name private addresses; nobody names the other special ones. */
static bool worth_asking(const struct addr *a)
{
	const char *kind = addr_kind(a);

	return !kind || !strcmp(kind, "private") || !strcmp(kind, "cgnat");
}

/* Answers without a query. */
static bool settle_here(struct dns *d, struct dns_entry *e)
{
	const char *name = dns_hosts_find(d->hosts, &e->addr);

	if (!name && worth_asking(&e->addr))
		return false;
	e->from_hosts = name != NULL;
	settle(d, e, name ? name : "", UINT32_MAX);
	return true;
}

static void ask(struct dns *d, struct dns_entry *e)
{
	e->state = DNS_ASKED;
	count(d->asked);
	dns_servers_ask(d->servers, &e->addr, dns_cache_number(d->cache, e));
}

static bool dns_is_broken(const struct dns *d)
{
	uint64_t until;
	unsigned n;

	return dns_servers_broken(d->servers, &until, &n);
}

/* ---- the list ---- */

/* Deals with an address of the list; false: not now, the servers are busy. */
static bool meet(struct dns *d, struct dns_entry *e)
{
	if (e->state == DNS_KNOWN && clock_s() >= e->expires)
		e->state = DNS_NEW;
	if (e->state == DNS_ASKED || e->state == DNS_AGAIN)
		d->pending++;
	if (e->state == DNS_NEW && !settle_here(d, e)) {
		if (dns_servers_ready(d->servers)) {
			d->pending++;
			e->wanted = d->pass;
			ask(d, e);
		} else if (!dns_is_broken(d)) {
			return false;
		}
	}
	e->wanted = d->pass;
	return true;
}

/* Walks on through the list as far as the servers go with it. */
static void dns_walk(struct dns *d)
{
	for (; d->list && d->cursor < d->list->n; d->cursor++) {
		struct dns_entry *e;

		e = dns_cache_want(d->cache, &d->list->addr[d->cursor], d->pass);
		if (e && e->wanted != d->pass && !meet(d, e))
			return;
	}
}

/* Retries queries without an answer, if the address is still wanted. */
static void walk_again(struct dns *d)
{
	while (d->n_again) {
		struct dns_entry *e = dns_cache_at(d->cache, d->again[0]);
		bool wanted = e->wanted == d->pass;
		bool ready = wanted && dns_servers_ready(d->servers);

		if (wanted && !ready && !dns_is_broken(d))
			return;
		memmove(d->again, d->again + 1, --d->n_again * sizeof(*d->again));
		if (wanted && ready) {
			ask(d, e);
			continue;
		}
		e->state = DNS_NEW;
		if (wanted)
			d->pending--;
	}
}

static void begin_pass(struct dns *d)
{
	d->pass++;
	d->cursor = 0;
	d->pending = 0;
}

/* ---- the files ---- */

/* True: another version than last time. */
static bool file_changed(struct file_seen *f)
{
	struct file_version now = file_version(f->path);
	bool same = file_version_equal(&now, &f->sign);

	f->sign = now;
	return !same;
}

/* Marks what is known for a new query, except what hosts still names. */
static void forget_answers(struct dns *d, bool hosts_only)
{
	for (uint32_t i = 1; i <= dns_cache_used(d->cache); i++) {
		struct dns_entry *e = dns_cache_at(d->cache, i);

		if (e->state == DNS_KNOWN &&
		    (!hosts_only || e->from_hosts || dns_hosts_find(d->hosts, &e->addr)))
			e->state = DNS_NEW;
	}
	begin_pass(d);
}

static void follow_files(struct dns *d)
{
	if (file_changed(&d->hosts_file)) {
		struct dns_hosts *hosts = dns_hosts_read(d->hosts_file.path);

		if (hosts) {
			dns_hosts_free(d->hosts);
			d->hosts = hosts;
			forget_answers(d, true);
		}
	}
	if (file_changed(&d->resolv_file)) {
		dns_servers_reload(d->servers);
		forget_answers(d, false);
	}
}

/* ---- the thread ---- */

static void take_list(struct dns *d)
{
	struct want *list = __atomic_exchange_n(&d->mail, NULL, __ATOMIC_ACQ_REL);
	uint32_t now = clock_s();

	if (!list)
		return;
	free(d->list);
	d->list = list;
	begin_pass(d);
	if (now - d->files_checked >= FILES_CHECK) {
		d->files_checked = now;
		follow_files(d);
	}
}

static void wait_for_something(struct dns *d)
{
	struct pollfd fds[1 + DNS_POLL_MAX] = { { .fd = d->wake, .events = POLLIN } };
	uint64_t ignored;
	unsigned n;
	int timeout;

	n = dns_servers_poll(d->servers, fds + 1, &timeout);
	if (poll(fds, n + 1, timeout) < 0)
		return;
	if (fds[0].revents && read(d->wake, &ignored, sizeof(ignored)) < 0)
		return;
	dns_servers_process(d->servers, fds + 1, n);
}

static void dns_note_rest(struct dns *d)
{
	uint64_t until;
	unsigned n;
	bool broken = dns_servers_broken(d->servers, &until, &n);

	store(d->rest_until, broken ? until | 1 : 0);
	store(d->n_servers, n);
}

static void *dns_run(void *arg)
{
	struct dns *d = arg;

	pthread_setname_np(pthread_self(), "dns");
	rcu_register_thread();
	while (!load(d->stop)) {
		take_list(d);
		walk_again(d);
		dns_walk(d);
		dns_note_rest(d);
		if (d->list && d->cursor == d->list->n && !d->pending)
			store(d->done, d->list->number);
		wait_for_something(d);
	}
	dns_servers_free(d->servers);
	rcu_unregister_thread();
	return NULL;
}

/* ---- what others see ---- */

static void dns_free(struct dns *d)
{
	if (d->wake >= 0)
		close(d->wake);
	dns_hosts_free(d->hosts);
	dns_cache_free(d->cache);
	free(d->mail);
	free(d->list);
	free(d->last);
	free(d);
}

struct dns *dns_start(const struct dns_options *o)
{
	struct dns *d = calloc(1, sizeof(*d));
	int error = ENOMEM;

	if (!d)
		return NULL;
	d->hosts_file.path = o && o->hosts ? o->hosts : "/etc/hosts";
	d->resolv_file.path = o && o->resolv_conf ? o->resolv_conf : "/etc/resolv.conf";
	file_changed(&d->hosts_file);
	file_changed(&d->resolv_file);
	d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->cache = dns_cache_new();
	d->hosts = dns_hosts_read(d->hosts_file.path);
	d->servers = dns_servers_new(d->resolv_file.path, on_answer, d);
	if (d->wake < 0 || !d->cache || !d->hosts || !d->servers)
		goto free_all;
	error = pthread_create(&d->thread, NULL, dns_run, d);
	if (!error)
		return d;
free_all:
	dns_servers_free(d->servers);
	dns_free(d);
	errno = error;
	return NULL;
}

static void wake(struct dns *d)
{
	uint64_t one = 1;

	/* fails only if the counter is full: then the thread wakes up anyway */
	if (write(d->wake, &one, sizeof(one)) < 0)
		return;
}

void dns_stop(struct dns *d)
{
	if (!d)
		return;
	store(d->stop, true);
	wake(d);
	pthread_join(d->thread, NULL);
	dns_free(d);
}

/* The same list is passed on again now and then, since names expire. */
static bool is_news(const struct dns *d, const struct addr *list, unsigned n)
{
	if (!d->last || d->last->n != n)
		return d->last || n;
	if (!n)
		return false;
	return memcmp(d->last->addr, list, n * sizeof(*list)) ||
	       clock_boot_ms() - d->last_ms >= WANT_AGAIN_MS;
}

static struct want *want_new(const struct addr *list, unsigned n, uint64_t number)
{
	struct want *w = malloc(sizeof(*w) + n * sizeof(*list));

	if (!w)
		return NULL;
	w->number = number;
	w->n = n;
	if (n)
		memcpy(w->addr, list, n * sizeof(*list));
	return w;
}

void dns_want(struct dns *d, const struct addr *list, unsigned n)
{
	struct want *mail, *last;

	if (!is_news(d, list, n))
		return;
	mail = want_new(list, n, d->given + 1);
	last = want_new(list, n, d->given + 1);
	if (!mail || !last) {
		free(mail);
		free(last);
		return;
	}
	free(d->last);
	d->last = last;
	d->last_ms = clock_boot_ms();
	store(d->given, d->given + 1);
	free(__atomic_exchange_n(&d->mail, mail, __ATOMIC_ACQ_REL));
	wake(d);
}

bool dns_idle(const struct dns *d)
{
	return load(d->done) == load(d->given);
}

void dns_get_stats(const struct dns *d, struct dns_stats *out)
{
	uint64_t until, now = clock_boot_ms();

	out->asked = load(d->asked);
	out->answered = load(d->answered);
	out->failed = load(d->failed);
	out->servers = load(d->n_servers);
	until = load(d->rest_until);
	out->broken = until;
	out->rest_ms = until > now ? until - now : 0;
}
