// SPDX-License-Identifier: GPL-2.0-only
/* attempt.c - one attempt to serve a request: search, empty the caches, import */
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/arena/commit.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"
#include "ddi_vmem/space/span_add.h"

/*
 * Give all that is cached back to the segment layer, for a request that is to see
 * it before it chooses. Nothing is cached meanwhile, so this ends; each object costs
 * once what its free had saved.
 */
static void empty_caches(struct vmem *vm, const struct vmem_request *req,
			 struct vmem_span **idle, unsigned long *kept, unsigned long *irqflags)
{
	atomic_inc(&vm->family->reclaiming);
	while (vmem_qc_reclaim(vm, req, idle, kept) == VMEM_QC_BATCH)
		vmem_lock_break(vm, irqflags);
	atomic_dec(&vm->family->reclaiming);
}

/*
 * Find a segment, if need be by taking back what the quantum caches hold. The
 * caches are found empty in the same critical section as the arena is found
 * full, or there is no failure [V76]. They are emptied altogether, so that the
 * request finds what it would find without them; but an imported span that
 * serves is used before it is given back. Nothing is cached until this ends, so
 * other CPUs cannot prolong it.
 */
static struct vmem_seg *vmem_find_reclaim(struct vmem *vm, const struct vmem_request *req,
					  unsigned long *addr, struct vmem_span **idle,
					  unsigned long *kept, unsigned long *irqflags)
{
	struct vmem_seg *seg = NULL;

	atomic_inc(&vm->family->reclaiming);
	while (vmem_qc_reclaim(vm, req, idle, kept)) {
		vmem_lock_break(vm, irqflags);
		while (!vm->import && vmem_qc_reclaim(vm, req, idle, kept))
			vmem_lock_break(vm, irqflags);
		seg = vmem_find_free(vm, req, addr, irqflags);
		if (seg)
			break;
	}
	atomic_dec(&vm->family->reclaiming);
	return seg;
}

/*
 * The span that the caches have given back, and that was kept for the request, goes
 * back to its source like all that is idle, unless its segment is @chosen.
 */
static struct vmem_span *collect_kept(struct vmem_call *call, const struct vmem_seg *chosen,
				      struct vmem_span *idle)
{
	struct vmem_span *span = vmem_span_find(call->vm, call->kept);
	struct vmem_seg *seg = span ? span->seg.next : NULL;

	call->kept = 0;
	if (!seg || seg == chosen || !seg_is_free(seg))
		return idle;
	return vmem_collect_idle(call->vm, seg, idle);
}

/* Is @req the first in a fair arena, where max_live is 0 for all others? See set_turn(). */
static bool has_turn(const struct vmem *vm, const struct vmem_request *req)
{
	return vm->turn == req && vmem_held(vm) < vm->limit;
}

/* Has the arena all that its limit allows, or is it another's turn? */
static bool is_full(const struct vmem *vm, const struct vmem_request *req)
{
	return unlikely(vmem_held(vm) >= vm->max_live) && !has_turn(vm, req);
}

static struct vmem_seg *vmem_find(struct vmem_call *call, unsigned long *addr,
				  struct vmem_span **idle, unsigned long *irqflags)
{
	const struct vmem_request *req = call->req;
	struct vmem *vm = call->vm;
	struct vmem_seg *seg;

	if (is_full(vm, req))
		return NULL;
	if (vm->qc && vmem_is_choosy(req))
		empty_caches(vm, req, idle, &call->kept, irqflags);
	seg = vmem_find_free(vm, req, addr, irqflags);
	if (!seg && vm->qc)
		seg = vmem_find_reclaim(vm, req, addr, idle, &call->kept, irqflags);
	/* A search lets go of the lock, so others may have come first. */
	if (is_full(vm, req)) {
		if (seg)
			vmem_offer(vm, seg);
		seg = NULL;
	}
	/* A request that lacks descriptors looks once more. */
	if (unlikely(call->kept) && (!seg || vm->pool_n >= req->cuts))
		*idle = collect_kept(call, seg, *idle);
	return seg;
}

/*
 * One look at the arena. *@need is set to what the pool has to hold for the next
 * one if that is why this one failed. The caller must give back *@idle. Until the
 * request is over the thread counts as inside, unless there is nothing left to do.
 */
static void *vmem_look(struct vmem_call *call, unsigned long *need, struct vmem_span **idle)
{
	const struct vmem_request *req = call->req;
	struct vmem *vm = call->vm;
	unsigned long flags, addr;
	struct vmem_seg *seg;
	void *got = NULL;
	bool low;

	*need = 0;
	spin_lock_irqsave(&vm->lock, flags);
	seg = vmem_find(call, &addr, idle, &flags);
	if (seg && likely(vm->pool_n >= req->cuts)) {
		seg = req->shaped && vm->index == VMEM_INDEX_OFF ?
		      vmem_cut_deferred(vm, seg, addr, req->want.size) :
		      vmem_cut(vm, seg, addr, req->want.size);
		if (req->policy->took)
			req->policy->took(vm, seg);
		got = vmem_seg_publish(vm, seg, req->want.asize, req->qclass);
	} else if (seg) {
		vmem_offer(vm, seg);
		*need = req->cuts;
	}
	low = vm->pool_n < VMEM_POOL_RESERVE;
	if (unlikely(!got || *idle || low) && !call->inside) {
		vmem_enter(vm);
		call->inside = true;
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	if (unlikely(low))
		vmem_pool_refill(vm);
	return got;
}

void vmem_count(struct vmem *vm, enum vmem_stat stat)
{
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	vm->stat[stat]++;
	spin_unlock_irqrestore(&vm->lock, flags);
}

/* The request has failed between two looks. */
static void give_back_kept(struct vmem_call *call)
{
	struct vmem_span *idle;
	unsigned long flags;

	if (!call->kept)
		return;
	spin_lock_irqsave(&call->vm->lock, flags);
	idle = collect_kept(call, NULL, NULL);
	spin_unlock_irqrestore(&call->vm->lock, flags);
	vmem_export_all(call->vm, idle);
}

/* Attempt with descriptors supplied. */
static void *vmem_search(struct vmem_call *call)
{
	unsigned long need;

	do {
		struct vmem_span *idle = NULL;
		void *got = vmem_look(call, &need, &idle);

		if (unlikely(idle))
			vmem_export_all(call->vm, idle);
		if (got)
			return got;
		if (need && !vmem_pool_fill(call->vm, need, vmem_call_gfp(call))) {
			vmem_count(call->vm, VMEM_STAT_POPULATE_FAIL);
			vmem_call_short(call);
			give_back_kept(call);
			return NULL;
		}
	} while (need);
	return NULL;
}

/*
 * Attempt, then import, then attempt again: another thread may have freed while the
 * import failed [V68]. In a fair arena a request that comes later imports nothing: the
 * one before it would get the space.
 */
void *vmem_attempt(struct vmem_call *call)
{
	void *got = vmem_search(call);

	if (got || !vmem_can_import(call->vm, call->req) ||
	    vmem_comes_later(call->vm, call->req))
		return got;
	got = vmem_import(call);
	return got ? got : vmem_search(call);
}
