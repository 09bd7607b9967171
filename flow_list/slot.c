/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_list/slot.c - the slots of records: slabs that never move, and the way
 * of a removed slot through a grace period until it is free again.
 */
#include "flow_list/int.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Slots on their way through a grace period. */
struct reclaim {
	struct rcu_head rcu;
	struct flow_list *list;
	uint32_t first;
};

static bool slab_add(struct flow_list *fl)
{
	uint32_t i = fl->slots / SLAB_FLOWS;
	void *p;

	if (i == SLABS)
		return false;
	p = mmap(NULL, SLAB_FLOWS * sizeof(struct flow), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p == MAP_FAILED)
		return false;
	fl->slab[i] = p;
	return true;
}

uint32_t slot_alloc(struct flow_list *fl)
{
	uint32_t slot;

	if (fl->free == NO_SLOT)
		fl->free = __atomic_exchange_n(&fl->reclaimed, NO_SLOT, __ATOMIC_ACQUIRE);
	if (fl->free != NO_SLOT) {
		slot = fl->free;
		fl->free = slot_flow(fl, slot)->next;
		return slot;
	}
	if (fl->slots % SLAB_FLOWS == 0 && !slab_add(fl))
		return NO_SLOT;
	slot = fl->slots;
	__atomic_store_n(&fl->slots, slot + 1, __ATOMIC_RELEASE);
	return slot;
}

/* A grace period after their removal: no reader has these slots any more. */
static void reclaim_slots(struct rcu_head *head)
{
	struct reclaim *r = caa_container_of(head, struct reclaim, rcu);
	struct flow_list *fl = r->list;
	uint32_t slot = r->first;
	struct flow *f;

	for (;; slot = f->next) {
		f = slot_flow(fl, slot);
		owner_unref(__atomic_exchange_n(&f->owner, NULL, __ATOMIC_ACQUIRE));
		free(__atomic_exchange_n(&f->extra, NULL, __ATOMIC_ACQUIRE));
		if (f->next == NO_SLOT)
			break;
	}
	f->next = __atomic_load_n(&fl->reclaimed, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&fl->reclaimed, &f->next, r->first, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	free(r);
}

void slot_remove(struct flow_list *fl, uint32_t slot)
{
	struct flow *f = slot_flow(fl, slot);

	__atomic_store_n(&f->gen, f->gen + 1, __ATOMIC_RELEASE);
	flow_write(f->next, fl->removed);
	fl->removed = slot;
}

void slots_reclaim(struct flow_list *fl)
{
	struct reclaim *r;

	if (fl->removed == NO_SLOT)
		return;
	r = malloc(sizeof(*r));
	if (!r)
		return;		/* later, then */
	r->list = fl;
	r->first = fl->removed;
	fl->removed = NO_SLOT;
	call_rcu(&r->rcu, reclaim_slots);
}
