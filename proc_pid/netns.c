// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/netns.c - other network namespaces, by their addresses; see proc_pid/netns.h.
 *
 * Found by the links /proc/PID/ns/net of all processes, and entered by one of
 * them. A descriptor or a socket that is kept would keep the namespace of a
 * stopped container alive, so each look into one opens and closes.
 */
#include "proc_pid/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "flow_list.h"
#include "lib/budget.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "proc_pid/rtnl.h"
#include "proc_pid/spaces.h"
#include "proc_pid/stop.h"
#include "proc_pid/unit.h"

#define NAMED_DIR "/run/netns"
#define REST 100		/* pause between two looks around, in times of their cost */
#define REST_MIN_MS 500
#define REST_MAX_MS 5000
#define LOOK_MS 25		/* of CPU, for namespaces that are not trusted */
#define SPACES_MAX 4096
#define LEADS_MAX 32		/* interfaces of home that lead to one namespace */
#define CLAIMS_MAX 256		/* addresses of it for which a route is looked up */

struct resident {
	struct addr addr;
	uint64_t ns;
	uint32_t ifindex;	/* there */
};

struct netns_map {
	int proc_fd, home_fd;
	const int *stop;
	bool stranded;		/* could not come home */
	uint64_t home;
	uint64_t home_owner;	/* space_owner() */
	struct rtnl *home_rtnl;	/* while it looks around */
	struct space *space;	/* those looked into, in the order of their inodes */
	unsigned spaces;
	struct resident *resident;
	unsigned residents, room;
	bool looked;
	bool stale;		/* one of them could not be entered */
	uint32_t looked_at, rest;	/* clock_ms(), ms */
	uint64_t looked_from;	/* clock_steady() when the last look began */
};

struct netns_map *netns_new(int proc_fd, int home_fd, const int *stop)
{
	struct netns_map *m = calloc(1, sizeof(*m));
	struct stat st;

	if (!m)
		return NULL;
	m->proc_fd = proc_fd;
	m->home_fd = home_fd;
	m->stop = stop;
	m->home_owner = space_owner(home_fd);
	if (!fstat(home_fd, &st))
		m->home = st.st_ino;
	return m;
}

void netns_free(struct netns_map *m)
{
	if (!m)
		return;
	free(m->space);
	free(m->resident);
	free(m);
}

/* ---- going there and back ---- */

/* @fd of what was taken for the namespace; -ENOENT if it is another by now. */
static int check_space(int fd, uint64_t ns)
{
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && st.st_ino == ns)
		return fd;
	close(fd);
	return -ENOENT;
}

static int open_space(const struct netns_map *m, const struct space *s)
{
	char path[sizeof(NAMED_DIR) + sizeof(s->name) + 1];
	int fd;

	snprintf(path, sizeof(path), "%u/ns/net", s->pid);
	fd = check_space(openat(m->proc_fd, path, O_RDONLY | O_CLOEXEC), s->ns);
	if (fd >= 0 || !s->named)
		return fd;
	snprintf(path, sizeof(path), NAMED_DIR "/%s", s->name);
	return check_space(open(path, O_RDONLY | O_CLOEXEC), s->ns);
}

static bool enter_space(int fd)
{
	return !setns(fd, CLONE_NEWNET);
}

/* Sockets stay where they were opened: one that cannot come home goes on with
 * those it has, and enters no other namespace. */
static void come_home(struct netns_map *m)
{
	m->stranded = setns(m->home_fd, CLONE_NEWNET);
}

/* ---- which namespaces count ---- */

/* The interfaces of home that lead to a namespace: peers, and their bridges. */
struct leads {
	uint32_t ifindex[LEADS_MAX];
	unsigned n;
};

static void find_leads(struct netns_map *m, struct rtnl *there, struct leads *l)
{
	unsigned peers = rtnl_peers(there, m->home_fd, l->ifindex, LEADS_MAX / 2);

	l->n = peers;
	for (unsigned i = 0; i < peers; i++) {
		uint32_t master = rtnl_master(m->home_rtnl, l->ifindex[i]);

		if (master)
			l->ifindex[l->n++] = master;
	}
}

static bool leads_to(struct netns_map *m, const struct leads *l, const struct addr *a)
{
	uint32_t ifindex = rtnl_route(m->home_rtnl, a);

	for (unsigned i = 0; i < l->n; i++)
		if (l->ifindex[i] == ifindex)
			return true;
	return false;
}

/* ---- addresses ---- */

static void add_resident(struct netns_map *m, uint64_t ns, const struct addr *a,
			 uint32_t ifindex)
{
	if (m->residents == m->room) {
		unsigned more = m->room ? 2 * m->room : 64;
		struct resident *v = realloc(m->resident, more * sizeof(*v));

		if (!v)
			return;
		m->resident = v;
		m->room = more;
	}
	m->resident[m->residents++] = (struct resident){ *a, ns, ifindex };
}

/* One look into a namespace. */
struct look {
	struct netns_map *m;
	uint64_t ns;
	const struct leads *leads;	/* NULL: each address counts */
	unsigned asked;
};

/* rtnl_addr_fn */
static void take_space_address(void *ctx, const struct addr *a, uint32_t ifindex)
{
	struct look *l = ctx;

	if (l->leads && (l->asked++ >= CLAIMS_MAX || !leads_to(l->m, l->leads, a)))
		return;
	add_resident(l->m, l->ns, a, ifindex);
}

/*
 * A namespace that some user made has the addresses that this host's routes
 * say it has. What it claims beside them may be anybody's.
 */
static void read_space(struct netns_map *m, const struct space *s)
{
	int fd = m->stranded ? -1 : open_space(m, s);
	struct look look = { .m = m, .ns = s->ns };
	struct leads leads = { .n = 0 };
	struct rtnl *r = NULL;
	bool trusted;

	if (fd < 0)
		return;
	trusted = space_is_trusted(fd, m->home_owner);
	if (enter_space(fd)) {
		r = rtnl_open();
		come_home(m);
	}
	close(fd);
	if (!r)
		return;
	if (!trusted) {
		find_leads(m, r, &leads);
		look.leads = &leads;
	}
	if (trusted || leads.n)
		rtnl_addresses(r, take_space_address, &look);
	rtnl_close(r);
}

/* ---- looking around ---- */

static int compare_spaces(const void *a, const void *b)
{
	const struct space *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static struct space *space_of(const struct netns_map *m, uint64_t ns)
{
	struct space key = { .ns = ns };

	if (!m->spaces)
		return NULL;
	return bsearch(&key, m->space, m->spaces, sizeof(key), compare_spaces);
}

static void name_from_dir(struct netns_map *m, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct space *s;
	struct stat st;

	if (!d)
		return;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, 0))
			continue;
		s = space_of(m, st.st_ino);
		if (!s)
			continue;
		text_sanitise(s->name, sizeof(s->name), e->d_name, strlen(e->d_name));
		s->named = !strcmp(s->name, e->d_name);
	}
	closedir(d);
}

static void name_spaces(struct netns_map *m)
{
	name_from_dir(m, NAMED_DIR);
	for (unsigned i = 0; i < m->spaces; i++) {
		struct space *s = &m->space[i];
		struct unit unit;

		if (s->name[0])
			continue;
		unit_of_process(m->proc_fd, s->pid, &unit);
		snprintf(s->name, sizeof(s->name), "%.47s", unit.name);
		if (!unit.name[0])
			snprintf(s->name, sizeof(s->name), "net:[%llu]",
				 (unsigned long long)s->ns);
	}
}

static int compare_residents(const void *a, const void *b)
{
	const struct resident *x = a, *y = b;

	int by_addr = addr_compare(&x->addr, &y->addr);

	return by_addr ? by_addr : (x->ns > y->ns) - (x->ns < y->ns);
}

/* A namespace may have an address several times. */
static void keep_residents_once(struct netns_map *m)
{
	unsigned kept = 0;

	if (m->residents)
		qsort(m->resident, m->residents, sizeof(*m->resident), compare_residents);
	for (unsigned i = 0; i < m->residents; i++)
		if (!kept || compare_residents(&m->resident[kept - 1], &m->resident[i]))
			m->resident[kept++] = m->resident[i];
	m->residents = kept;
}

/* In the order in which they count, as far as there is time. Returns how many. */
static unsigned read_spaces(struct netns_map *m, unsigned n)
{
	int64_t until = 0;
	unsigned i;

	for (i = 0; i < n && m->home_rtnl && !stop_wanted(m->stop); i++) {
		if (!m->space[i].trusted && !until)
			until = clock_cpu() + LOOK_MS * 1000000ll;
		if (until && clock_cpu() > until)
			break;
		read_space(m, &m->space[i]);
	}
	return i;
}

static void look_at_spaces(struct netns_map *m)
{
	int64_t began = clock_cpu();
	unsigned n;

	m->residents = 0;
	m->looked_from = clock_steady();
	free(m->space);
	n = spaces_list(m->proc_fd, m->home, m->home_owner, SPACES_MAX, &m->space);
	m->home_rtnl = m->stranded ? NULL : rtnl_open();
	m->spaces = read_spaces(m, n);
	rtnl_close(m->home_rtnl);
	m->home_rtnl = NULL;
	if (m->spaces)
		qsort(m->space, m->spaces, sizeof(*m->space), compare_spaces);
	name_spaces(m);
	keep_residents_once(m);
	m->looked = true;
	m->stale = false;
	m->looked_at = clock_ms();
	m->rest = (clock_cpu() - began) * REST / 1000000;
	if (m->rest < REST_MIN_MS)
		m->rest = REST_MIN_MS;
	if (m->rest > REST_MAX_MS)
		m->rest = REST_MAX_MS;
}

/* ---- answers ---- */

static unsigned first_resident(const struct netns_map *m, const struct addr *a)
{
	unsigned low = 0, high = m->residents;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (addr_compare(&m->resident[middle].addr, a) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static unsigned spaces_with(const struct netns_map *m, const struct addr *a, uint64_t *out,
			    unsigned max)
{
	unsigned i = first_resident(m, a), n = 0;

	for (; i < m->residents && addr_equal(&m->resident[i].addr, a); i++, n++)
		if (n < max)
			out[n] = m->resident[i].ns;
	return n;
}

uint32_t netns_device(const struct netns_map *m, const struct addr *a, uint64_t ns)
{
	unsigned i = first_resident(m, a);

	for (; i < m->residents && addr_equal(&m->resident[i].addr, a); i++)
		if (m->resident[i].ns == ns)
			return m->resident[i].ifindex;
	return NO_DEVICE;
}

unsigned netns_wait(const struct netns_map *m)
{
	uint32_t age = clock_ms() - m->looked_at;

	return m->looked && age < m->rest ? m->rest - age : 0;
}

bool netns_is_younger(const struct netns_map *m, uint64_t start)
{
	return start > m->looked_from;
}

unsigned netns_find(struct netns_map *m, const struct addr *a, uint64_t *out, unsigned max)
{
	unsigned n = spaces_with(m, a, out, max);

	if ((n && !m->stale) || netns_wait(m))
		return n;
	look_at_spaces(m);
	return spaces_with(m, a, out, max);
}

const char *netns_name(const struct netns_map *m, uint64_t ns)
{
	const struct space *s = space_of(m, ns);

	return s ? s->name : "";
}

struct sock_diag *netns_open_diag(struct netns_map *m, uint64_t ns)
{
	const struct space *s = space_of(m, ns);
	struct sock_diag *d = NULL;
	int fd = s && !m->stranded ? open_space(m, s) : -1;

	if (fd < 0 || !enter_space(fd)) {
		m->stale = true;
		goto out;
	}
	d = sock_diag_open();
	come_home(m);
out:
	if (fd >= 0)
		close(fd);
	return d;
}
