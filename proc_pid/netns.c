// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/netns.c - other network namespaces, by their addresses; see proc_pid/netns.h.
 *
 * Found by the links /proc/PID/ns/net of all processes, and entered by one of
 * them: a descriptor or a socket that were kept would keep a namespace alive
 * whose container has gone. So each look into one opens and closes.
 */
#include "proc_pid/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "budget.h"
#include "clock.h"
#include "flow_list.h"
#include "proc_pid/scan.h"
#include "proc_pid/unit.h"
#include "text.h"

#define NAMED_DIR "/run/netns"
#define REST 100		/* a look around is rested from so many times its cost */
#define REST_MIN_MS 500
#define SPACES_MAX 4096

struct space {
	uint64_t ns;		/* inode of the namespace */
	uint32_t pid;		/* a process in it */
	char name[48];
	bool named;		/* it is that of a file in NAMED_DIR */
};

struct resident {
	struct addr addr;
	uint64_t ns;
};

struct netns_map {
	int proc_fd, home_fd;
	bool stranded;			/* could not come home */
	uint64_t home;
	struct space *space;	/* in the order of their inodes */
	unsigned spaces;
	struct resident *resident;
	unsigned residents, room;
	bool looked;
	bool stale;		/* one of them could not be entered */
	uint32_t looked_at, rest;	/* clock_ms(), ms */
};

struct netns_map *netns_new(int proc_fd, int home_fd)
{
	struct netns_map *m = calloc(1, sizeof(*m));
	struct stat st;

	if (!m)
		return NULL;
	m->proc_fd = proc_fd;
	m->home_fd = home_fd;
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

static bool enter(const struct netns_map *m, const struct space *s)
{
	int fd = m->stranded ? -1 : open_space(m, s);
	bool ok;

	if (fd < 0)
		return false;
	ok = !setns(fd, CLONE_NEWNET);
	close(fd);
	return ok;
}

/* Sockets stay where they were opened: one that cannot come home goes on with
 * those it has, and enters no other namespace. */
static void come_home(struct netns_map *m)
{
	m->stranded = setns(m->home_fd, CLONE_NEWNET);
}

/* ---- addresses ---- */

static void add_resident(struct netns_map *m, uint64_t ns, const struct addr *a)
{
	if (m->residents == m->room) {
		unsigned more = m->room ? 2 * m->room : 64;
		struct resident *v = realloc(m->resident, more * sizeof(*v));

		if (!v)
			return;
		m->resident = v;
		m->room = more;
	}
	m->resident[m->residents++] = (struct resident){ *a, ns };
}

struct address_dump {
	struct netns_map *m;
	uint64_t ns;
};

/* Loopback is in each of them; link-local addresses mean nothing elsewhere. */
static int take_address(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct address_dump *d = data;
	unsigned size = ifa->ifa_family == AF_INET ? 4 : 16;
	const struct nlattr *attr;
	const void *bytes = NULL;
	struct addr a;

	if (ifa->ifa_scope == RT_SCOPE_HOST || ifa->ifa_scope == RT_SCOPE_LINK)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		unsigned type = mnl_attr_get_type(attr);

		if (mnl_attr_get_payload_len(attr) == size &&
		    (type == IFA_LOCAL || (type == IFA_ADDRESS && !bytes)))
			bytes = mnl_attr_get_payload(attr);
	}
	if (!bytes)
		return MNL_CB_OK;
	a = size == 4 ? addr_v4(bytes) : addr_v6(bytes);
	add_resident(d->m, d->ns, &a);
	return MNL_CB_OK;
}

static void read_addresses(struct netns_map *m, uint64_t ns, struct mnl_socket *nl)
{
	char buf[32768] __attribute__((aligned(8)));
	struct address_dump dump = { m, ns };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtgenmsg *body;
	int ret = 1;

	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	body = mnl_nlmsg_put_extra_header(nlh, sizeof(*body));
	body->rtgen_family = AF_UNSPEC;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return;
	while (ret > 0) {
		ret = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (ret > 0)
			ret = mnl_cb_run(buf, ret, 1, 0, take_address, &dump);
	}
}

static void read_space(struct netns_map *m, const struct space *s)
{
	struct mnl_socket *nl;

	if (!enter(m, s))
		return;
	nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	come_home(m);
	if (!nl)
		return;
	read_addresses(m, s->ns, nl);
	mnl_socket_close(nl);
}

/* ---- looking around ---- */

static uint64_t space_of_pid(const struct netns_map *m, uint32_t pid)
{
	char path[32], link[64];
	ssize_t len;

	snprintf(path, sizeof(path), "%u/ns/net", pid);
	len = readlinkat(m->proc_fd, path, link, sizeof(link) - 1);
	if (len < 6)
		return 0;
	link[len] = '\0';
	return strtoull(link + 5, NULL, 10);	/* "net:[INODE]" */
}

static int compare_spaces(const void *a, const void *b)
{
	const struct space *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static bool has_space(const struct netns_map *m, uint64_t ns)
{
	for (unsigned i = 0; i < m->spaces; i++)
		if (m->space[i].ns == ns)
			return true;
	return false;
}

static void find_spaces(struct netns_map *m)
{
	uint32_t *pids;
	int n = proc_scan_list(m->proc_fd, &pids);
	uint64_t last = 0;

	m->spaces = 0;
	if (n <= 0)
		return;
	free(m->space);
	m->space = calloc(n < SPACES_MAX ? n : SPACES_MAX, sizeof(*m->space));
	for (int i = n; i-- > 0 && m->space && m->spaces < SPACES_MAX;) {
		uint64_t ns = space_of_pid(m, pids[i]);

		if (!ns || ns == m->home || ns == last || has_space(m, ns))
			continue;
		last = ns;
		m->space[m->spaces++] = (struct space){ .ns = ns, .pid = pids[i] };
	}
	free(pids);
	if (m->spaces)
		qsort(m->space, m->spaces, sizeof(*m->space), compare_spaces);
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
		char unit[80];

		if (s->name[0])
			continue;
		unit_of_process(m->proc_fd, s->pid, unit, sizeof(unit));
		snprintf(s->name, sizeof(s->name), "%.47s", unit);
		if (!unit[0])
			snprintf(s->name, sizeof(s->name), "net:[%llu]",
				 (unsigned long long)s->ns);
	}
}

static int compare_residents(const void *a, const void *b)
{
	const struct resident *x = a, *y = b;

	return addr_compare(&x->addr, &y->addr);
}

static void look_around(struct netns_map *m)
{
	int64_t began = clock_cpu();

	m->residents = 0;
	find_spaces(m);
	name_spaces(m);
	for (unsigned i = 0; i < m->spaces; i++)
		read_space(m, &m->space[i]);
	if (m->residents)
		qsort(m->resident, m->residents, sizeof(*m->resident), compare_residents);
	m->looked = true;
	m->stale = false;
	m->looked_at = clock_ms();
	m->rest = (clock_cpu() - began) * REST / 1000000;
	if (m->rest < REST_MIN_MS)
		m->rest = REST_MIN_MS;
}

/* ---- answers ---- */

static unsigned spaces_with(const struct netns_map *m, const struct addr *a, uint64_t *out,
			  unsigned max)
{
	unsigned low = 0, high = m->residents, n = 0;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (addr_compare(&m->resident[middle].addr, a) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < m->residents && n < max && addr_equal(&m->resident[low].addr, a); low++)
		out[n++] = m->resident[low].ns;
	return n;
}

unsigned netns_wait(const struct netns_map *m)
{
	uint32_t age = clock_ms() - m->looked_at;

	return m->looked && age < m->rest ? m->rest - age : 0;
}

unsigned netns_find(struct netns_map *m, const struct addr *a, uint64_t *out, unsigned max)
{
	unsigned n = spaces_with(m, a, out, max);

	if ((n && !m->stale) || netns_wait(m))
		return n;
	look_around(m);
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
	struct sock_diag *d;

	if (!s || !enter(m, s)) {
		m->stale = true;
		return NULL;
	}
	d = sock_diag_open();
	come_home(m);
	return d;
}
