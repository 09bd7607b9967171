/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list.h - the flow table: what the kernel tracks, one record a flow.
 *
 * One thread writes (the source: ct.c), any number read under RCU (liburcu,
 * memb flavour; every reader is registered). Records lie in slabs that stay
 * where they are; all but the writer walk the slabs or hold handles. A slot
 * is used again only a grace period after its flow was removed, so within
 * one read-side section a flow that was found stays that flow.
 *
 * Identity (key, reply, id) is written before publication and never after.
 * The rest are single-writer relaxed atomics: read them with flow_read().
 */
#ifndef FLOW_LIST_H
#define FLOW_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <urcu.h>

#include "facts.h"
#include "lib/addr.h"
#include "lib/proto.h"

/* One direction's two ends. Ports in host order. For ICMP sport is the id
 * and dport type << 8 | code; for GRE they are the keys. */
struct flow_ends {
	struct addr src, dst;
	uint16_t sport, dport;
};

/* What makes a flow this one. No padding: compared and hashed as bytes. */
struct flow_key {
	struct flow_ends orig;
	uint16_t zone;		/* conntrack zone */
	uint8_t l3;		/* AF_INET, AF_INET6 */
	uint8_t l4;		/* IPPROTO_* */
};
_Static_assert(sizeof(struct flow_key) == 40, "flow_key has padding");

enum flow_flag {
	FLOW_COUNTED     = 1 << 0,	/* the kernel counts its packets */
	FLOW_START_KNOWN = 1 << 1,	/* start is the kernel's, not first sight */
	FLOW_ENDED       = 1 << 2,	/* lingering; end and counters are final */
	FLOW_SWEPT       = 1 << 3,	/* its end was noticed by a dump, not told */
	FLOW_TOLD        = 1 << 4,	/* events come for it, and rule over dumps */
	FLOW_OLDER       = 1 << 5,	/* began before first sight, see flow_is_older() */
	FLOW_PICKED_UP   = 1 << 6,	/* the kernel first saw it in the middle */
	FLOW_DELETED     = 1 << 6,	/* with FLOW_ENDED: REASON_DELETED */
};

/* Why a flow ended, as far as the kernel reports it. */
enum flow_reason {
	REASON_NONE,		/* still alive */
	REASON_CLOSED,		/* both sides sent FIN */
	REASON_RESET,		/* one side sent RST */
	REASON_EXPIRED,		/* its timeout ran out */
	REASON_DELETED,		/* by a program: flow_ended_by() */
	REASON_EVICTED,		/* by the kernel before its time: the table was full, an
				 * interface or its address was removed */
	REASON_UNKNOWN,		/* a dump did not have it any more */
};

/*
 * Where the flow runs, by this host's addresses: FLOW_OUT if its source is on
 * this host, FLOW_IN if its destination is.
 */
enum flow_direction { FLOW_FORWARDED, FLOW_IN, FLOW_OUT, FLOW_LOCAL = FLOW_IN | FLOW_OUT };

/* More about the direction, in the same byte. */
enum flow_way {
	FLOW_INWARD = 1 << 2,	/* from the outside to the inside of this router */
	FLOW_CLIENT = 1 << 3,	/* FLOW_IN: its source is a client of this host */
	FLOW_VIA_HOST = 1 << 4,	/* sent to this host, answered by another (DNAT) */
	FLOW_TURNED = 1 << 5,	/* picked up: its original direction is the server's */
};

/* How its owner was found; the order is that of trust, least first. */
enum flow_match {
	MATCH_PENDING,		/* not looked up yet */
	MATCH_NONE,		/* looked up, nothing found */
	MATCH_UID, MATCH_UNIT, MATCH_NETNS, MATCH_LISTENER, MATCH_EXACT,
};

/* A zone may apply to one direction only: then the other is in zone 0. */
enum flow_zone_dir { ZONE_BOTH, ZONE_ORIGINAL, ZONE_REPLY };

/* Rarely present; immutable once published. */
struct flow_extra {
	uint8_t labels[16];	/* connlabel n is bit n % 8 of byte n / 8 */
	char helper[16];	/* sanitised; "" = none */
	uint16_t reply_zone;	/* with ZONE_REPLY; the key's zone is 0 then */
	uint8_t zone_dir;	/* enum flow_zone_dir */
	struct rcu_head rcu;
};

struct flow {
	struct flow_key key;
	struct flow_ends reply;
	uint32_t id;		/* CTA_ID: one life of the key */

	uint32_t gen;		/* odd: in use; see struct flow_handle */
	uint32_t status;	/* enum ip_conntrack_status */
	uint32_t mark;
	union {
		uint32_t seen;	/* number of the dump that saw it last */
		uint32_t next;	/* slot after this one in a free list */
	};
	uint8_t state;		/* of its protocol, or STATE_NONE */
	uint8_t flags;		/* enum flow_flag */
	uint8_t direction;	/* enum flow_direction | enum flow_way */
	uint8_t match;		/* enum flow_match; enrich thread */

	/* ms of clock_ms(): compare by difference only, they wrap */
	union {
		uint32_t sampled;	/* when the counters were read */
		uint32_t ended_by;	/* FLOW_DELETED: port id of the netlink socket */
		uint32_t reason;	/* otherwise, once it ended: enum flow_reason */
	};
	uint32_t changed;	/* when they last grew */
	uint32_t expires;	/* when the kernel's timeout runs out, or the
				 * lingering; 0: not known (offloaded) */
	uint32_t src_place, dst_place;	/* place_get(); enrich thread */

	uint64_t start, end;	/* clock_steady(); end 0: alive */
	uint64_t orig_packets, orig_bytes, reply_packets, reply_bytes;
	float orig_rate, reply_rate;	/* bytes/s; NAN: not measured (yet) */

	struct owner *owner;	/* NULL: not known; enrich thread */
	struct flow_extra *extra;	/* NULL: no labels, helper or such a zone */
};
_Static_assert(sizeof(struct flow) <= 192, "three cache lines a flow");

#define flow_read(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)

static inline enum flow_direction flow_direction(const struct flow *f)
{
	return flow_read(f->direction) & FLOW_LOCAL;
}

static inline bool flow_is_turned(const struct flow *f)
{
	return flow_read(f->direction) & FLOW_TURNED;
}

/* The direction to show: FLOW_OUT if this host began it, whatever the kernel saw first. */
static inline enum flow_direction flow_began(const struct flow *f)
{
	enum flow_direction d = flow_direction(f);

	return flow_is_turned(f) && (d == FLOW_IN || d == FLOW_OUT) ? d ^ FLOW_LOCAL : d;
}

/*
 * The source is the far end: the original direction is received, here or by the
 * inside. Otherwise the original direction is sent.
 */
static inline bool flow_is_inward(const struct flow *f)
{
	enum flow_direction direction = flow_direction(f);

	return direction == FLOW_IN ||
	       (direction == FLOW_FORWARDED && flow_read(f->direction) & FLOW_INWARD);
}

/* Its begin is not known, only that it was before @start. */
static inline bool flow_is_older(const struct flow *f)
{
	return (flow_read(f->flags) & (FLOW_OLDER | FLOW_START_KNOWN)) == FLOW_OLDER;
}

/* It began while accounting was off: the kernel will never count it. */
static inline bool flow_is_uncounted(const struct flow *f)
{
	return (flow_read(f->flags) & (FLOW_OLDER | FLOW_COUNTED)) == FLOW_OLDER;
}

/*
 * Some kernels track SCTP, DCCP and UDP-lite by their addresses alone, like
 * unknown protocols: then the entry has no ports.
 */
static inline bool flow_has_ports(const struct flow_key *key)
{
	bool always = key->l4 == 6 || key->l4 == 17;	/* IPPROTO_TCP, IPPROTO_UDP */

	return always || (proto_has_ports(key->l4) && (key->orig.sport || key->orig.dport));
}

/* The conntrack zone (0: none) and the directions it applies to. @f may be a copy. */
static inline enum flow_zone_dir flow_zone_rcu(const struct flow *f, uint16_t *zone)
{
	const struct flow_extra *e = rcu_dereference(f->extra);
	enum flow_zone_dir dir = e ? e->zone_dir : ZONE_BOTH;

	*zone = dir == ZONE_REPLY ? e->reply_zone : f->key.zone;
	return dir;
}

/* Names a flow beyond a read-side section; a flow that is gone is not found. */
struct flow_handle {
	uint32_t slot, gen;
};

static inline uint64_t flow_handle_pack(struct flow_handle h)
{
	return (uint64_t)h.gen << 32 | h.slot;
}

static inline struct flow_handle flow_handle_unpack(uint64_t packed)
{
	return (struct flow_handle){ (uint32_t)packed, packed >> 32 };
}

/*
 * One message of the source, as a value. @have says which of the optional
 * parts it carried; a part that is not there leaves the flow's as it was.
 */
enum flow_source {
	FLOW_NEW, FLOW_UPDATE, FLOW_DESTROY,	/* events */
	FLOW_DUMPED,				/* an entry of a dump */
	FLOW_GOT,				/* the answer to a single GET */
};

enum flow_have {
	HAVE_ID       = 1 << 1,
	HAVE_STATUS   = 1 << 2,
	HAVE_MARK     = 1 << 3,
	HAVE_TIMEOUT  = 1 << 4,
	HAVE_STATE    = 1 << 5,
	HAVE_ORIG     = 1 << 6,		/* counters, original direction */
	HAVE_REPL     = 1 << 7,		/* counters, reply direction */
	HAVE_START    = 1 << 8,
	HAVE_STOP     = 1 << 9,
	HAVE_LABELS   = 1 << 10,
	HAVE_HELPER   = 1 << 11,
	HAVE_ZONE_DIR = 1 << 12,	/* a zone of one direction */
	HAVE_PORT     = 1 << 13,	/* of the program's socket that did it */
};

struct flow_update {
	struct flow_key key;
	struct flow_ends reply;
	uint8_t source;		/* enum flow_source */
	uint8_t state;
	uint16_t have;
	uint32_t id, status, mark;
	uint32_t timeout;	/* seconds left */
	uint64_t start, stop;	/* clock_steady() */
	uint64_t orig_packets, orig_bytes, reply_packets, reply_bytes;
	uint8_t labels[16];
	char helper[16];	/* sanitised */
	uint16_t reply_zone;
	uint8_t zone_dir;
	uint32_t port;
	uint64_t hash;		/* the table's own */
};

struct flow_list;

/*
 * A table for about @expected flows (it grows beyond). Ended flows stay for
 * @linger_ms. NULL: out of memory. Main thread.
 */
struct flow_list *flow_list_new(uint64_t expected, uint32_t linger_ms);

/* After every reader and the writer have stopped. */
void flow_list_free(struct flow_list *fl);

/* ---- the writer: source thread only ---- */

/* Books @n updates in their order. Only their hash is changed. */
void flow_list_apply(struct flow_list *fl, struct flow_update *u, unsigned n);

/*
 * A dump begins: from now on each flow that a dump entry or an event brings
 * is marked, and each DESTROY is remembered, so that a late dump entry does
 * not bring a dead flow back.
 */
void flow_list_dump_begin(struct flow_list *fl);

/*
 * The dump is over. @whole: it was complete and consistent, and what it did
 * not bring has ended; otherwise nothing is concluded from what is missing.
 */
void flow_list_dump_end(struct flow_list *fl, bool whole);

/* A GET of this key had no answer (ENOENT): the flow's time is up. */
void flow_list_missed(struct flow_list *fl, const struct flow_key *key, uint32_t id);

/* Removes ended flows whose time is over, reuses slots. Call often. */
void flow_list_tick(struct flow_list *fl);

/* The planned interval between samples of the counters. Default: 0. */
void flow_list_set_interval(struct flow_list *fl, uint32_t ms);

/*
 * Returns the direction of a flow with these ends, enum flow_direction | enum
 * flow_way. Called when a flow begins, and by flow_list_set_direction() for every
 * flow (the host's addresses changed). An end that was on this host stays on it:
 * a socket outlives its address.
 */
typedef unsigned flow_direction_fn(const void *ctx, const struct flow_ends *orig,
				   const struct flow_ends *reply);
void flow_list_set_direction(struct flow_list *fl, flow_direction_fn *direction,
			     const void *ctx);

/* ---- readers: with rcu_read_lock() held, valid until rcu_read_unlock() ---- */

/* Slots are numbered from 0 to below this. Any thread. */
uint32_t flow_list_slots(const struct flow_list *fl);

/*
 * The flow in a slot, live or lingering, and its handle in *@h (NULL: not
 * wanted). NULL: the slot is empty.
 */
const struct flow *flow_list_at_rcu(const struct flow_list *fl, uint32_t slot,
				    struct flow_handle *h);

/* A hint that the flow of a handle will be read soon: a table is larger than the caches. */
void flow_list_prefetch(const struct flow_list *fl, struct flow_handle h);

/* The flow of a handle; NULL: it is gone. */
const struct flow *flow_list_get_rcu(const struct flow_list *fl, struct flow_handle h);

/*
 * Copies a flow by relaxed loads. Each field is whole, but they need not be of
 * one moment; owner and extra point to what is valid in this section only.
 */
void flow_copy_rcu(struct flow *to, const struct flow *from);

/* What it says, without its rcu head. */
void flow_extra_copy(struct flow_extra *to, const struct flow_extra *from);

/* Alive now: not ended, and its timeout not known to be over. */
bool flow_is_live(const struct flow *f, uint32_t now_ms);

static inline enum flow_reason flow_reason(const struct flow *f)
{
	uint8_t flags = __atomic_load_n(&f->flags, __ATOMIC_ACQUIRE);

	if (!(flags & FLOW_ENDED))
		return REASON_NONE;
	return flags & FLOW_DELETED ? REASON_DELETED : (enum flow_reason)flow_read(f->reason);
}

/* Port id of the netlink socket of the program that deleted it; 0: not deleted. */
static inline uint32_t flow_ended_by(const struct flow *f)
{
	return flow_reason(f) == REASON_DELETED ? flow_read(f->ended_by) : 0;
}

/* Ended, and its time to be seen not yet over. */
bool flow_is_lingering(const struct flow *f, uint32_t now_ms);

/* Ended flows stay this long from now on, also those that have ended. Any thread. */
void flow_list_set_linger(struct flow_list *fl, uint32_t linger_ms);

/*
 * A walk over all slots, begun at @began (clock_ms()), has booked what had
 * ended by then. From the first call on, ended flows stay in the table, hidden
 * after their lingering, until such a walk; if there are too many (some 65,000),
 * the oldest are removed. View thread or batch.
 */
void flow_list_walked(struct flow_list *fl, uint32_t began);

/* ---- events of flows, in order, for one thread that logs them ---- */

enum flow_event_kind { FLOW_EVENT_NEW, FLOW_EVENT_UPDATE, FLOW_EVENT_END };

struct flow_event {
	uint64_t time;		/* CLOCK_REALTIME, ns: when flowtop noticed it */
	struct flow_handle flow;
	uint32_t ms;		/* the same, clock_ms() */
	uint8_t kind;		/* enum flow_event_kind */
	uint8_t state;		/* of the flow, after the event */
	bool told;		/* true: by an event of the kernel; false: by a dump */
};

/*
 * From now on keeps a queue of @size events (a power of two): flows that begin
 * (except those of the first dump), change their state, and end; each end once.
 * Events that do not fit are counted in stats.unlogged: the source never waits.
 * Ended flows stay until their end was read, unless there are too many (some
 * 65,000). Before the writer starts. 0 or -errno.
 */
int flow_list_log_open(struct flow_list *fl, uint32_t size);

/* An eventfd that becomes readable when an empty queue gets an event. */
int flow_list_log_fd(const struct flow_list *fl);

/* The oldest event, which stays until it is popped. False: the queue is empty. */
bool flow_list_log_peek(struct flow_list *fl, struct flow_event *e);
void flow_list_log_pop(struct flow_list *fl);

/* ---- what the enrich thread may write ---- */

/*
 * Publishes the owner (a reference passes to the table; NULL is allowed) and
 * how it was found. Nothing happens to a flow that is gone, but for the
 * reference. Enrich thread; no lock needed.
 */
void flow_list_set_owner(struct flow_list *fl, struct flow_handle h,
			 struct owner *owner, enum flow_match match);

/*
 * An end of the flow is on this host, whatever its address; or it is FLOW_TURNED.
 * @direction: enum flow_direction | enum flow_way. Enrich thread.
 */
void flow_list_add_direction(struct flow_list *fl, struct flow_handle h, unsigned direction);

void flow_list_set_places(struct flow_list *fl, struct flow_handle h,
			  uint32_t src, uint32_t dst);

/*
 * Takes up to @max handles of flows whose begin was an event, oldest first; also
 * of some flows that a program deleted, to find out which program.
 * The queue is bounded; what did not fit is counted in stats.unqueued.
 * Enrich thread.
 */
unsigned flow_list_take_new(struct flow_list *fl, struct flow_handle *out, unsigned max);

/* An eventfd that becomes readable when there is something to take. */
int flow_list_new_fd(const struct flow_list *fl);

/* ---- what the screen shows: one sets it, source and enrich look ---- */

/* What a column, a sort key or a filter needs to be looked up. */
enum flow_need {
	NEED_OWNER = 1 << 0,
	NEED_NAME  = 1 << 1,
	NEED_PLACE = 1 << 2,
	NEED_SOCK  = 1 << 3,	/* tcp_info */
	NEED_RATE  = 1 << 4,	/* two samples of the counters, no look-up */
	NEED_COMMAND = 1 << 5,	/* struct command */
};

/* Immutable once set. */
struct flow_window {
	unsigned screen_needs;	/* enum flow_need, for the flows listed */
	unsigned table_needs;	/* the same, for every flow of the table */
	unsigned n;
	uint64_t serial;	/* counts up with each one set */
	struct rcu_head rcu;
	struct flow_handle flow[];	/* the cursor's first, then as shown */
};

/* Takes @w over (malloc'd). View thread or batch. */
void flow_list_set_window(struct flow_list *fl, struct flow_window *w);

/* Never NULL. Call with rcu_read_lock() held. */
const struct flow_window *flow_list_window_rcu(const struct flow_list *fl);

/* ---- health: relaxed atomics, read with flow_read() ---- */

struct flow_stats {
	uint64_t live;		/* flows in the table, the ended not counted */
	uint64_t began, ended;	/* in all, since the first dump was whole */
	uint64_t lost;		/* overruns of the event socket */
	uint64_t truncated;	/* messages that did not fit or made no sense */
	uint64_t interrupted;	/* dumps that must be repeated (INTR, early end) */
	uint64_t resyncs;	/* dumps made because of any of these */
	uint64_t dumps;		/* whole ones */
	uint64_t unqueued;	/* new flows that the enrich queue had no room for */
	uint64_t unlogged;	/* events that the log's queue had no room for */
	uint64_t events;
	uint64_t kernel_count, kernel_max;
	uint64_t insert_failed, drop, early_drop;	/* the kernel's, in all */
	uint64_t rcvbuf;	/* bytes, of the event socket */
	uint8_t dumped;		/* the first dump is whole: the table is true */
	uint8_t acct, timestamp;	/* the sysctls, as they are now */
	uint8_t no_events;		/* nf_conntrack_events is 0 */
	uint8_t tracking;	/* enum flow_tracking */
};

enum flow_tracking { TRACKING_UNKNOWN, TRACKING_ON, TRACKING_OFF };

/* For ever valid. Written by the source thread alone. */
struct flow_stats *flow_list_stats(struct flow_list *fl);

/* Copies them by relaxed loads: each is whole, not all of one moment. Any thread. */
void flow_list_copy_stats(const struct flow_list *fl, struct flow_stats *to);

#endif
