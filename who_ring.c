// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * who_ring.c - which process began a flow; see who_ring.h.
 *
 * Where a packet waits for the verdict of a program (NFQUEUE), what the kernel
 * still does with it is done in that program's name. Nothing tells such a
 * record from another, so while a queue has a reader no record is taken.
 */
#include "who_ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/proto.h"
#include "lib/text.h"
#include "who_ring/kernel.h"
#include "who_ring/program.h"

/*
 * A record takes 152 bytes, so 6,800 have room between two readings: 68,000
 * new flows a second at the slowest pace. A flow whose record does not fit is
 * looked up as if there were no ring.
 */
#define RING_SIZE (1u << 20)		/* a power of two, and of pages */

/*
 * Four times the flows that may wait for a look-up (flow_list.h), so that a set
 * rarely overflows.
 */
#define WAYS 8
#define SETS 4096			/* a power of two */
#define KEPT_MS 10000			/* an id may come again */

#define QUEUES "/proc/thread-self/net/netfilter/nfnetlink_queue"

struct noted {
	struct who_record record;
	uint32_t at;			/* clock_ms() */
	uint64_t serial;		/* 0: free */
};

struct who_ring {
	const char *why_not;		/* NULL: it is on */
	unsigned long *taken;		/* how far we are; the kernel reads it */
	uint8_t *shared;		/* a page: how far the kernel is; then the ring, twice */
	uint64_t serial;
	int queues;			/* descriptor of QUEUES, or -1 */
	bool queued;			/* packets wait for the verdict of a program (any thread) */
	struct noted noted[SETS][WAYS];
};

/* ---- start and end ---- */

struct who_ring *who_ring_new(void)
{
	struct who_ring *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->why_not = "not tried";
	w->queues = -1;
	return w;
}

static void ring_unmap(struct who_ring *w)
{
	long page = sysconf(_SC_PAGESIZE);

	if (w->taken)
		munmap(w->taken, page);
	if (w->shared)
		munmap(w->shared, page + 2 * RING_SIZE);
	w->taken = NULL;
	w->shared = NULL;
}

void who_ring_free(struct who_ring *w)
{
	if (!w)
		return;
	ring_unmap(w);
	if (w->queues >= 0)
		close(w->queues);
	free(w);
}

static int map_create(void)
{
	union bpf_attr a = { .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = RING_SIZE };
	int fd = syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a));

	return fd < 0 ? -errno : fd;
}

static const char *map_problem(int error)
{
	if (error == -EPERM)
		return "not permitted; that takes CAP_BPF and CAP_PERFMON";
	return "the kernel has no ring buffer for eBPF (Linux 5.8)";
}

static bool ring_map(struct who_ring *w, int map)
{
	long page = sysconf(_SC_PAGESIZE);
	void *taken = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	void *shared = mmap(NULL, page + 2 * RING_SIZE, PROT_READ, MAP_SHARED, map, page);

	w->taken = taken == MAP_FAILED ? NULL : taken;
	w->shared = shared == MAP_FAILED ? NULL : shared;
	return w->taken && w->shared;
}

/* The socket keeps the program, the program the ring: no descriptor stays open. */
static const char *ring_start(struct who_ring *w, int fd, const struct who_ring_filter *f, int map)
{
	const char *why_not;
	struct kernel kernel;
	int program;

	why_not = kernel_read(&kernel);
	if (why_not)
		return why_not;
	if (!ring_map(w, map))
		return "its ring cannot be mapped";
	program = program_load(&kernel, f, map);
	if (program == -EPERM || program == -EACCES)
		return "not permitted, or the kernel's verifier refuses it";
	if (program < 0)
		return "the kernel's verifier refuses it";
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)))
		why_not = "the event socket does not take it";
	close(program);
	return why_not;
}

bool who_ring_attach(struct who_ring *w, int fd, const struct who_ring_filter *filter)
{
	struct rlimit old, more = { RLIM_INFINITY, RLIM_INFINITY };
	bool raised = false;
	int map = map_create();

	/* before Linux 5.11 such memory counts as locked */
	if (map == -EPERM && !getrlimit(RLIMIT_MEMLOCK, &old)) {
		raised = !setrlimit(RLIMIT_MEMLOCK, &more);
		map = raised ? map_create() : map;
	}
	w->why_not = map < 0 ? map_problem(map) : ring_start(w, fd, filter, map);
	if (map >= 0)
		close(map);
	if (raised)
		setrlimit(RLIMIT_MEMLOCK, &old);
	if (w->why_not)
		ring_unmap(w);
	return !w->why_not;
}

bool who_ring_is_on(const struct who_ring *w)
{
	return w && !w->why_not;
}

bool who_ring_is_deaf(const struct who_ring *w)
{
	return __atomic_load_n(&w->queued, __ATOMIC_RELAXED);
}

const char *who_ring_state(const struct who_ring *w)
{
	if (!w)
		return "switched off";
	if (w->why_not)
		return w->why_not;
	return who_ring_is_deaf(w) ?
	       "a program reads a queue of packets (NFQUEUE)" : "on";
}

/* ---- records ---- */

/* One line for each queue that a program reads. */
static bool has_queues(struct who_ring *w)
{
	char byte;

	if (w->queues < 0)
		w->queues = open(QUEUES, O_RDONLY | O_CLOEXEC);
	return w->queues >= 0 && pread(w->queues, &byte, 1, 0) == 1;
}

static struct noted *set_of(struct who_ring *w, uint32_t id)
{
	return w->noted[(id * 0x9e3779b1u) >> 20];
}
_Static_assert(SETS == 1 << (32 - 20), "the hash's upper bits number the sets");

/* In place of the oldest, or of itself: it may be read twice. */
static void take_record(struct who_ring *w, const struct who_record *r)
{
	struct noted *set = set_of(w, r->id), *to = set;

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].serial && !memcmp(&set[i].record, r, sizeof(*r))) {
			to = &set[i];
			break;
		}
		if (set[i].serial < to->serial)
			to = &set[i];
	}
	to->record = *r;
	to->at = clock_ms();
	to->serial = ++w->serial;
}

/*
 * What other processors still write is passed over for now, so that a record
 * behind it does not wait: the ring is given back up to there only.
 */
void who_ring_read(struct who_ring *w)
{
	const uint8_t *data = w->shared ? w->shared + sysconf(_SC_PAGESIZE) : NULL;
	unsigned long end, at, done;
	bool queued, whole = true;

	if (!data)
		return;
	end = __atomic_load_n((unsigned long *)w->shared, __ATOMIC_ACQUIRE);
	done = at = *w->taken;
	if (at == end)
		return;
	queued = has_queues(w);		/* after their number: a queue is older than its records */
	__atomic_store_n(&w->queued, queued, __ATOMIC_RELAXED);
	while (at < end) {
		const uint32_t *head = (const void *)(data + (at & (RING_SIZE - 1)));
		uint32_t len = __atomic_load_n(head, __ATOMIC_ACQUIRE);

		whole &= !(len & BPF_RINGBUF_BUSY_BIT);
		if (!(len & (BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)) && !queued)
			take_record(w, (const void *)(head + 2));
		len &= ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		at += (len + BPF_RINGBUF_HDR_SZ + 7) & ~7ul;
		done = whole ? at : done;
	}
	__atomic_store_n(w->taken, done, __ATOMIC_RELEASE);
}

/* ---- answers ---- */

static bool is_flow(const struct who_record *r, const struct flow_key *key)
{
	const uint8_t *head = r->head;
	bool v4 = head[MESSAGE_FAMILY] == AF_INET;
	const uint8_t *proto = head + (v4 ? MESSAGE_PROTO4 : MESSAGE_PROTO6);
	struct addr src, dst;
	uint16_t port;

	if (head[MESSAGE_FAMILY] != key->l3 || *proto != key->l4)
		return false;
	src = v4 ? addr_v4(head + MESSAGE_SRC) : addr_v6(head + MESSAGE_SRC);
	dst = v4 ? addr_v4(head + MESSAGE_DST4) : addr_v6(head + MESSAGE_DST6);
	memcpy(&port, proto + MESSAGE_PORT, sizeof(port));
	return addr_equal(&src, &key->orig.src) && addr_equal(&dst, &key->orig.dst) &&
	       ((!proto_has_ports(key->l4) && !proto_is_icmp(key->l4)) ||
		ntohs(port) == key->orig.sport);
}

static bool is_of(const struct who_record *r, enum who_did did)
{
	uint16_t type;

	memcpy(&type, r->head + MESSAGE_TYPE, sizeof(type));
	return did == ((type & 0xff) == IPCTNL_MSG_CT_DELETE ? WHO_DELETED : WHO_BEGAN);
}

bool who_ring_find(struct who_ring *w, const struct flow_key *key, uint32_t id,
		   enum who_did did, struct who *out)
{
	uint32_t raw = htonl(id), tick = 1000000000 / sysconf(_SC_CLK_TCK);
	struct noted *set = set_of(w, raw), *found = NULL;

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].serial && set[i].record.id == raw && is_of(&set[i].record, did) &&
		    is_flow(&set[i].record, key) &&
		    (!found || set[i].serial > found->serial))
			found = &set[i];
	if (!found || clock_ms() - found->at > KEPT_MS)
		return false;
	*out = (struct who){
		.pid = found->record.pid,
		.uid = found->record.euid,
		.start_time = found->record.start / tick,
		.cgroup = found->record.cgroup,
	};
	text_sanitise(out->name, sizeof(out->name), found->record.comm,
		      strnlen(found->record.comm, sizeof(found->record.comm)));
	found->serial = 0;
	return true;
}
