// SPDX-License-Identifier: GPL-2.0-only
/*
 * restart.c - searches that let go of the lock, and what comes free behind their
 * backs
 *
 * A search that takes long goes over the segments in pieces. A place that
 * comes free where it has looked already, while the one that it would have come
 * to is taken, must not make it say that there is none [V34]. So whoever makes
 * space tells every search that is under way whether it would do, and one that
 * has found nothing, but was told, searches again. That it does so more than
 * once takes somebody else who was faster each time.
 */
#include "ddi_vmem/search/search.h"

/* Let interrupts in, in the middle of a search. */
void vmem_hunt_pause(struct vmem *vm, const struct vmem_request *req, unsigned long *irqflags)
{
	struct vmem_hunt *hunt = req->hunt;

	lockdep_assert_held(&vm->lock);
	if (!hunt->req) {
		hunt->req = req;
		list_add(&hunt->node, &vm->hunts);
		/* What is freed goes where it is told of, not into a cache. */
		vm->waiters++;
	}
	spin_unlock_irqrestore(&vm->lock, *irqflags);
	spin_lock_irqsave(&vm->lock, *irqflags);
}

/* @seg has come free, or something somewhere, if NULL. */
void vmem_hunt_tell(struct vmem *vm, const struct vmem_seg *seg)
{
	struct vmem_hunt *hunt;

	lockdep_assert_held(&vm->lock);
	list_for_each_entry(hunt, &vm->hunts, node)
		if (!seg || vmem_place_in_seg(&hunt->req->want, seg))
			hunt->missed = true;
}

/* The end of a search: true if a place came free meanwhile. */
bool vmem_hunt_over(struct vmem_hunt *hunt, struct vmem *vm)
{
	bool missed = hunt->missed;

	lockdep_assert_held(&vm->lock);
	if (hunt->req) {
		list_del(&hunt->node);
		vm->waiters--;
	}
	*hunt = (struct vmem_hunt){};
	return missed;
}
