// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_pid/perf_ring.c - who opens which TCP connection; see proc_pid/perf_ring.h.
 *
 * A socket that becomes SYN_SENT does so in its process, but has no port yet;
 * when it leaves that state it has one, but anyone may be running. The two are
 * joined by the socket's address in the kernel. Each CPU has a ring of its
 * own, so records are put in the order of time first: without that one in
 * fifty would be joined wrongly. FORK and COMM records, in the same rings, give
 * the name that a process had at that moment.
 */
#include "proc_pid/perf_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/compat.h"
#include "lib/text.h"
#include "proc_pid/openings.h"
#include "proc_pid/scan.h"

#define TRACEPOINT "events/sock/inet_sock_set_state"
#define FILTER "protocol==6 && (newstate==2 || oldstate==2)"
#define RING_PAGES 64		/* a power of two */
#define RING_PAGES_MANY 16	/* on machines with more than MANY processors */
#define MANY 16
#define RECORD_MAX 512		/* bytes; longer ones are not for us */
#define NAMED 4096		/* powers of two */
#define OPENED 16384
#define KEPT_NS 3000000000	/* so long a connection is kept for its flow */

enum field {
	FIELD_SKADDR, FIELD_OLD, FIELD_NEW, FIELD_SPORT, FIELD_DPORT, FIELD_FAMILY,
	FIELD_SRC, FIELD_DST, FIELDS
};

static const char *const field_names[FIELDS] = {
	[FIELD_SKADDR] = " skaddr;", [FIELD_OLD] = " oldstate;", [FIELD_NEW] = " newstate;",
	[FIELD_SPORT] = " sport;", [FIELD_DPORT] = " dport;", [FIELD_FAMILY] = " family;",
	[FIELD_SRC] = " saddr_v6[16];", [FIELD_DST] = " daddr_v6[16];",
};

/* A record, taken out of its ring. */
struct event {
	uint64_t time;
	uint32_t type;		/* PERF_RECORD_* */
	uint32_t pid, ppid;
	union {
		char comm[16];
		struct {
			uint64_t socket;
			struct sock_tuple tuple;
			uint8_t old, new;
		};
	};
};

/* One that has had it. */
struct opened {
	uint64_t time;		/* 0: none here */
	struct sock_tuple tuple;
	struct opener who;
};

struct cpu_ring {
	int fd;
	struct perf_event_mmap_page *page;
};

struct perf_ring {
	int proc_fd;
	unsigned offset[FIELDS];
	uint64_t id;		/* of the tracepoint */
	struct cpu_ring *cpu;
	unsigned cpus;
	size_t ring_size;	/* bytes, without the first page */

	struct event *event;	/* read, not yet taken in */
	unsigned events, event_room;

	struct opener named[NAMED];
	struct openings *openings;
	struct opened opened[OPENED];
};

/* ---- what the tracepoint looks like ---- */

/* Without mounting it anywhere, where it is not. */
static int open_tracefs(void)
{
	int fd = open("/sys/kernel/tracing/" TRACEPOINT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int mount;

	if (fd >= 0)
		return fd;
	mount = compat_mount_detached("tracefs");
	if (mount < 0)
		return -1;
	fd = openat(mount, TRACEPOINT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	close(mount);
	return fd;
}

static bool read_text(int dir, const char *name, char *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, buf, size - 1);
	close(fd);
	buf[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* "field:TYPE NAME;  offset:N;  ..." */
static bool parse_format(struct perf_ring *r, const char *format)
{
	for (unsigned i = 0; i < FIELDS; i++) {
		const char *at = strstr(format, field_names[i]);

		at = at ? strstr(at, "offset:") : NULL;
		if (!at)
			return false;
		r->offset[i] = strtoul(at + 7, NULL, 10);
	}
	return true;
}

static int read_tracepoint(struct perf_ring *r)
{
	int dir = open_tracefs();
	char id[32], format[8192];
	bool ok;

	if (dir < 0)
		return -errno;
	ok = read_text(dir, "id", id, sizeof(id)) &&
	     read_text(dir, "format", format, sizeof(format)) && parse_format(r, format);
	close(dir);
	if (!ok)
		return -EOPNOTSUPP;
	r->id = strtoul(id, NULL, 10);
	return 0;
}

/* ---- the rings ---- */

static int ring_open(struct perf_ring *r, struct cpu_ring *ring, unsigned cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = r->id,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW,
		.comm = 1, .task = 1, .sample_id_all = 1,
		.watermark = 1, .wakeup_watermark = UINT32_MAX,
		.use_clockid = 1, .clockid = CLOCK_MONOTONIC,
	};
	void *map;

	ring->fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (ring->fd < 0)
		return -errno;
	if (ioctl(ring->fd, PERF_EVENT_IOC_SET_FILTER, FILTER))
		return -errno;
	map = mmap(NULL, r->ring_size + sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		   MAP_SHARED, ring->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	ring->page = map;
	return 0;
}

static void ring_close(struct perf_ring *r, struct cpu_ring *ring)
{
	if (ring->page)
		munmap(ring->page, r->ring_size + sysconf(_SC_PAGESIZE));
	if (ring->fd >= 0)
		close(ring->fd);
}

static int rings_open(struct perf_ring *r)
{
	int cpus = sysconf(_SC_NPROCESSORS_CONF);

	r->ring_size = sysconf(_SC_PAGESIZE) * (cpus > MANY ? RING_PAGES_MANY : RING_PAGES);
	r->cpu = calloc(cpus, sizeof(*r->cpu));
	if (!r->cpu)
		return -ENOMEM;
	for (int i = 0; i < cpus; i++) {
		struct cpu_ring ring = { .fd = -1 };
		int ret = ring_open(r, &ring, i);

		if (!ret) {
			r->cpu[r->cpus++] = ring;
			continue;
		}
		ring_close(r, &ring);
		if (ret != -ENODEV)	/* that one is switched off */
			return ret;
	}
	return r->cpus ? 0 : -ENODEV;
}

struct perf_ring *perf_ring_open(void)
{
	struct perf_ring *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return NULL;
	r->openings = openings_new();
	r->proc_fd = proc_scan_open();
	ret = r->openings ? r->proc_fd : -ENOMEM;
	if (ret >= 0)
		ret = read_tracepoint(r);
	if (!ret)
		ret = rings_open(r);
	if (!ret)
		return r;
	perf_ring_close(r);
	errno = -ret;
	return NULL;
}

void perf_ring_close(struct perf_ring *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < r->cpus; i++)
		ring_close(r, &r->cpu[i]);
	if (r->proc_fd >= 0)
		close(r->proc_fd);
	openings_free(r->openings);
	free(r->cpu);
	free(r->event);
	free(r);
}

/* ---- records ---- */

static uint64_t get_number(const uint8_t *at, size_t size)
{
	uint64_t n = 0;

	memcpy(&n, at, size);
	return n;
}

/* header, pid, tid, time, size of raw data, raw data */
static bool parse_sample(const struct perf_ring *r, const uint8_t *record, size_t len,
			 struct event *e)
{
	const uint8_t *raw = record + 28;
	uint32_t raw_len;

	if (len < 28)
		return false;
	raw_len = get_number(record + 24, 4);
	if (raw_len > len - 28)
		return false;
	for (unsigned i = 0; i < FIELDS; i++)
		if (r->offset[i] + 16 > raw_len && !(i != FIELD_SRC && i != FIELD_DST &&
						     r->offset[i] + 8 <= raw_len))
			return false;
	e->pid = get_number(record + 8, 4);
	e->time = get_number(record + 16, 8);
	e->socket = get_number(raw + r->offset[FIELD_SKADDR], sizeof(long));
	e->old = get_number(raw + r->offset[FIELD_OLD], 4);
	e->new = get_number(raw + r->offset[FIELD_NEW], 4);
	e->tuple = (struct sock_tuple){
		.local = addr_v6(raw + r->offset[FIELD_SRC]),
		.remote = addr_v6(raw + r->offset[FIELD_DST]),
		.lport = get_number(raw + r->offset[FIELD_SPORT], 2),
		.rport = get_number(raw + r->offset[FIELD_DPORT], 2),
		.l4 = IPPROTO_TCP,
	};
	return true;
}

/* header, pid, tid, comm[] with its NUL padded to 8, then pid, tid, time */
static bool parse_comm(const uint8_t *record, size_t len, struct event *e)
{
	if (len < 16 + 8 + 16 || get_number(record + 8, 4) != get_number(record + 12, 4))
		return false;
	e->pid = get_number(record + 8, 4);
	memset(e->comm, 0, sizeof(e->comm));
	memcpy(e->comm, record + 16, strnlen((const char *)record + 16,
					     len - 32 < 15 ? len - 32 : 15));
	e->time = get_number(record + len - 8, 8);
	return true;
}

/* header, pid, ppid, tid, ptid, time, then pid, tid, time */
static bool parse_fork(const uint8_t *record, size_t len, struct event *e)
{
	if (len < 8 + 24 || get_number(record + 8, 4) == get_number(record + 12, 4))
		return false;	/* a thread */
	e->pid = get_number(record + 8, 4);
	e->ppid = get_number(record + 12, 4);
	e->time = get_number(record + 24, 8);
	return true;
}

static bool parse_record(struct perf_ring *r, const struct perf_event_header *h,
			 struct event *e)
{
	const uint8_t *record = (const uint8_t *)h;

	e->type = h->type;
	switch (h->type) {
	case PERF_RECORD_SAMPLE:
		return parse_sample(r, record, h->size, e);
	case PERF_RECORD_COMM:
		return parse_comm(record, h->size, e);
	case PERF_RECORD_FORK:
		return parse_fork(record, h->size, e);
	case PERF_RECORD_LOST:
		openings_forget(r->openings);
		return false;
	default:
		return false;
	}
}

static bool events_have_room(struct perf_ring *r)
{
	struct event *more;

	if (r->events < r->event_room)
		return true;
	more = realloc(r->event, (r->event_room + 1024) * sizeof(*more));
	if (!more)
		return false;
	r->event = more;
	r->event_room += 1024;
	return true;
}

/* A record may go on at the ring's beginning. */
static void copy_out(const struct perf_ring *r, const struct cpu_ring *ring, uint64_t at,
		     void *to, size_t len)
{
	const uint8_t *data = (const uint8_t *)ring->page + sysconf(_SC_PAGESIZE);
	size_t from = at & (r->ring_size - 1);
	size_t first = r->ring_size - from < len ? r->ring_size - from : len;

	memcpy(to, data + from, first);
	memcpy((uint8_t *)to + first, data, len - first);
}

static void ring_read(struct perf_ring *r, struct cpu_ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail;
	uint8_t record[RECORD_MAX] __attribute__((aligned(8)));
	struct perf_event_header *h = (void *)record;

	while (tail < head) {
		copy_out(r, ring, tail, h, sizeof(*h));
		if (h->size < sizeof(*h))
			break;
		if (h->size <= RECORD_MAX) {
			copy_out(r, ring, tail, record, h->size);
			if (events_have_room(r) && parse_record(r, h, &r->event[r->events]))
				r->events++;
		}
		tail += h->size;
	}
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
}

/* ---- names ---- */

/* The user it had before stays where it cannot be read any more. */
static void read_user(struct perf_ring *r, struct opener *n)
{
	uint32_t uid = proc_scan_uid(r->proc_fd, n->pid);

	if (uid != UINT32_MAX)
		n->uid = uid;
}

static struct opener *named_of(struct perf_ring *r, uint32_t pid)
{
	struct opener *n = &r->named[pid & (NAMED - 1)];
	struct proc_stat stat;

	if (n->pid != pid) {
		*n = (struct opener){ .pid = pid, .uid = UINT32_MAX };
		if (proc_scan_stat(r->proc_fd, pid, &stat))
			memcpy(n->comm, stat.name, sizeof(n->comm) - 1);
		read_user(r, n);
	}
	return n;
}

static void take_fork(struct perf_ring *r, const struct event *e)
{
	struct opener child = *named_of(r, e->ppid);

	child.pid = e->pid;
	r->named[e->pid & (NAMED - 1)] = child;
}

static void take_comm(struct perf_ring *r, const struct event *e)
{
	struct opener *n = named_of(r, e->pid);

	memcpy(n->comm, e->comm, sizeof(n->comm));
	read_user(r, n);
}

/* ---- connections ---- */

static uint64_t tuple_hash(const struct sock_tuple *t)
{
	return (addr_hash(&t->remote) ^ addr_hash(&t->local) * 3 ^
		((uint32_t)t->lport << 16 | t->rport)) * 0x9e3779b97f4a7c15;
}

static struct opened *opened_of(struct perf_ring *r, const struct sock_tuple *t)
{
	return &r->opened[tuple_hash(t) >> 50];
}
_Static_assert(OPENED == 1 << (64 - 50), "the hash's upper bits number the table");

static void take_begin(struct perf_ring *r, const struct event *e)
{
	openings_add(r->openings, e->socket, &e->tuple.remote, e->tuple.rport,
		     named_of(r, e->pid));
}

static void take_end(struct perf_ring *r, const struct event *e)
{
	struct opener who;

	if (openings_take(r->openings, e->socket, &who))
		*opened_of(r, &e->tuple) = (struct opened){ e->time, e->tuple, who };
}

static void take_event(struct perf_ring *r, const struct event *e)
{
	if (e->type == PERF_RECORD_FORK)
		take_fork(r, e);
	else if (e->type == PERF_RECORD_COMM)
		take_comm(r, e);
	else if (e->new == TCP_SYN_SENT)
		take_begin(r, e);
	else
		take_end(r, e);
}

static int compare_times(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

void perf_ring_read(struct perf_ring *r)
{
	/* what comes after now may lack what another CPU did before it */
	uint64_t now = clock_ns();
	unsigned taken = 0;

	for (unsigned i = 0; i < r->cpus; i++)
		ring_read(r, &r->cpu[i]);
	if (!r->events)
		return;
	qsort(r->event, r->events, sizeof(*r->event), compare_times);
	while (taken < r->events && r->event[taken].time <= now)
		take_event(r, &r->event[taken++]);
	r->events -= taken;
	memmove(r->event, r->event + taken, r->events * sizeof(*r->event));
}

/* ---- answers ---- */

static void fill_process(const struct opener *who, struct ring_process *out)
{
	out->pid = who->pid;
	text_sanitise(out->name, sizeof(out->name), who->comm, strlen(who->comm));
}

static bool same_tuple(const struct sock_tuple *a, const struct sock_tuple *b)
{
	return a->lport == b->lport && a->rport == b->rport &&
	       addr_equal(&a->local, &b->local) && addr_equal(&a->remote, &b->remote);
}

bool perf_ring_find(struct perf_ring *r, const struct sock_tuple *t, struct ring_process *out)
{
	struct opened *o = opened_of(r, t);

	if (!o->time || !same_tuple(&o->tuple, t) || clock_ns() - o->time > KEPT_NS)
		return false;
	/* the next connection with these ends may be another's */
	o->time = 0;
	fill_process(&o->who, out);
	return true;
}

unsigned perf_ring_connecting(struct perf_ring *r, const struct sock_tuple *t,
			      struct ring_process *out, unsigned max, bool *all)
{
	struct opener who[RING_CONNECTING];
	unsigned n;

	n = openings_find(r->openings, &t->remote, t->rport, who,
			  max < RING_CONNECTING ? max : RING_CONNECTING, all);
	for (unsigned i = 0; i < n; i++)
		fill_process(&who[i], &out[i]);
	return n;
}
