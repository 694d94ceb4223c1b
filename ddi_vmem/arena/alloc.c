// SPDX-License-Identifier: GPL-2.0-only
/*
 * alloc.c - allocating segments
 */
#include <sys/vmem.h>

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/report/trace_enabled.h"
#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"
#include "ddi_vmem/vmem_map.h"

/*
 * Account @seg, which may be in the hash, as an allocation. Its size is written
 * before its tag: whoever claims it by the tag finds the size.
 */
static __always_inline void *account(struct vmem *vm, struct vmem_seg *seg, unsigned long asize,
				     unsigned int qclass)
{
	seg->asize = asize;
	/* Pairs with cmpxchg_acquire() in seg_claim(). */
	smp_store_release(&seg->qtag, qclass);
	vm->inuse += asize;
	vm->stat[VMEM_STAT_ALLOC]++;
	return (void *)seg->start;
}

/* The same for one that was cut just now, and is not in the hash: it goes there last. */
static __always_inline void *publish(struct vmem *vm, struct vmem_seg *seg, unsigned long asize,
				     unsigned int qclass)
{
	void *start = account(vm, seg, asize, qclass);

	vmem_hash_insert(vm, seg);
	return start;
}

/* Turn what @req asks for, from @addr on, of the free segment @seg into an allocation. */
void *vmem_commit(struct vmem *vm, struct vmem_seg *seg, unsigned long addr,
		  const struct vmem_request *req)
{
	return publish(vm, vmem_cut(vm, seg, addr, req->want.size), req->want.asize, req->qclass);
}

/*
 * Give all that is cached back to the segment layer, for a request that is to see
 * it before it chooses; or up to an imported span that serves. Nothing is cached
 * meanwhile, so this ends; each object costs once what its free had saved.
 */
static void empty_caches(struct vmem *vm, const struct vmem_request *req,
			 struct vmem_span **idle, unsigned long *irqflags)
{
	atomic_inc(&vm->family->reclaiming);
	while (vmem_qc_reclaim(vm, req, idle) == VMEM_QC_BATCH)
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
					  unsigned long *irqflags)
{
	struct vmem_seg *seg = NULL;

	atomic_inc(&vm->family->reclaiming);
	while (vmem_qc_reclaim(vm, req, idle)) {
		vmem_lock_break(vm, irqflags);
		while (!vm->import && vmem_qc_reclaim(vm, req, idle))
			vmem_lock_break(vm, irqflags);
		seg = vmem_find_free(vm, req, addr, irqflags);
		if (seg)
			break;
	}
	atomic_dec(&vm->family->reclaiming);
	return seg;
}

static struct vmem_seg *vmem_find_once(struct vmem *vm, const struct vmem_request *req,
				       unsigned long *addr, struct vmem_span **idle,
				       unsigned long *irqflags)
{
	struct vmem_seg *seg;

	if (vm->qc && vmem_is_choosy(req))
		empty_caches(vm, req, idle, irqflags);
	seg = vmem_find_free(vm, req, addr, irqflags);
	if (seg || !vm->qc)
		return seg;
	return vmem_find_reclaim(vm, req, addr, idle, irqflags);
}

static struct vmem_seg *vmem_find(struct vmem *vm, const struct vmem_request *req,
				  unsigned long *addr, struct vmem_span **idle,
				  unsigned long *irqflags)
{
	if (unlikely(vmem_held(vm) >= vm->max_live))
		return NULL;
	return vmem_find_once(vm, req, addr, idle, irqflags);
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
	seg = vmem_find(vm, req, &addr, idle, &flags);
	if (seg && likely(vm->pool_n >= req->cuts)) {
		seg = vmem_cut(vm, seg, addr, req->want.size);
		if (req->policy->took)
			req->policy->took(vm, seg);
		got = publish(vm, seg, req->want.asize, req->qclass);
	} else if (seg) {
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

static void *vmem_try(struct vmem_call *call, unsigned long *need)
{
	struct vmem_span *idle = NULL;
	void *got = vmem_look(call, need, &idle);

	if (unlikely(idle))
		vmem_export_all(call->vm, idle);
	return got;
}

void vmem_count(struct vmem *vm, enum vmem_stat stat)
{
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	vm->stat[stat]++;
	spin_unlock_irqrestore(&vm->lock, flags);
}

/* Attempt with descriptors supplied. */
static void *vmem_search(struct vmem_call *call)
{
	gfp_t gfp = vmem_gfp(call->vmflag);
	unsigned long need;
	void *got;

	do {
		got = vmem_try(call, &need);
		if (got)
			return got;
		if (need && !vmem_pool_fill(call->vm, need, gfp)) {
			vmem_count(call->vm, VMEM_STAT_POPULATE_FAIL);
			return NULL;
		}
	} while (need);
	return NULL;
}

/* Attempt, with import. Somebody may have freed while that failed [V68]. */
void *vmem_attempt(struct vmem_call *call)
{
	void *got = vmem_search(call);

	if (got || !vmem_can_import(call->vm, call->req))
		return got;
	got = vmem_import(call->vm, call->req, call->vmflag);
	return got ? got : vmem_search(call);
}

static bool vmem_sleeps(int vmflag)
{
	return !(vmflag & (VM_NOSLEEP | VM_ABORT));
}

/* The end of a request that may fail [V30]. */
static void *vmem_fail(struct vmem *vm, const struct vmem_request *req, int vmflag)
{
	vmem_count(vm, VMEM_STAT_FAIL);
	if (trace_vmem_fail_enabled())
		vmem_trace_fail(vm, req->want.asize, vmflag);
	if (vmflag & VM_PANIC)
		panic("vmem_alloc('%s', %lu, %#x): out of space\n", vm->name, req->want.asize,
		      vmflag);
	return NULL;
}

/*
 * A size that no arena can hold [V35]: a plain failure where the caller allows
 * one, and not counted as the arena's; a mistake where it would wait for ever.
 */
static void *vmem_oversize(const char *fn, struct vmem *vm, unsigned long size, int vmflag,
			   const void *caller)
{
	if (vmflag & VMEM_NOWAIT)
		return NULL;
	if (vmem_sleeps(vmflag))
		ddi_misuse(fn, vm->name, caller,
			   "size %#lx with its padding overflows and can never be met", size);
	else if (vmflag & VM_PANIC)
		panic("%s('%s', %lu, %#x): size overflow\n", fn, vm->name, size, vmflag);
	return NULL;
}

/* What was not served at once waits or fails, as its flags say [V30, V33]. */
static void *vmem_unserved(struct vmem_call *call)
{
	const struct vmem_request *req = call->req;
	struct vmem *vm = call->vm;

	if (call->vmflag & VMEM_NOWAIT)
		return NULL;
	if (vmem_can_import(vm, req) && vmem_import_overflows(vm, req))
		return vmem_oversize(call->fn, vm, req->want.asize, call->vmflag, call->caller);
	return vmem_sleeps(call->vmflag) ? vmem_wait(call) : vmem_fail(vm, req, call->vmflag);
}

/* Serve a valid request. */
static void *vmem_serve(struct vmem_call *call)
{
	struct vmem *vm = call->vm;
	void *got;

	might_sleep_if(vmem_sleeps(call->vmflag));
	got = vmem_attempt(call);
	if (!got)
		got = vmem_unserved(call);
	if (vmem_trace_alloc_enabled() && got)
		vmem_trace_alloc(vm, got, call->req->want.asize, call->vmflag & VM_FLAGS);
	if (call->inside)
		vmem_leave(vm);
	return got;
}

/* Cut @size off the segment that the policy wants, or take it whole; or NULL. */
static __always_inline struct vmem_seg *cut_fast(struct vmem *vm, unsigned long size, int policy)
{
	struct vmem_seg *seg;

	if (policy == VM_FIRSTFIT) {
		vmem_flush_deferred(vm);
		seg = vmem_addr_lowest(vm, size);
		return likely(seg) ? vmem_cut(vm, seg, seg->start, size) : NULL;
	}
	if (policy == VM_NEXTFIT)
		return vmem_next_cut(vm, size);
	seg = vmem_take_exact(vm, size);
	if (seg)
		return seg;
	if (policy != VM_BESTFIT && vmem_remainder_serves(vm, size))
		return vmem_cut_remainder(vm, size);
	return vmem_cut_smallest(vm, size);
}

static __always_inline void *alloc_cut(struct vmem *vm, unsigned long size,
				       unsigned long asize, unsigned int qclass, int policy)
{
	struct vmem_seg *seg;

	if (unlikely(vm->pool_n <= VMEM_POOL_RESERVE || vmem_held(vm) >= vm->max_live))
		return NULL;
	seg = cut_fast(vm, size, policy);
	return likely(seg) ? publish(vm, seg, asize, qclass) : NULL;
}

/*
 * The common cases: by size, or the lowest; low end, descriptor at hand. A
 * hot segment needs none, and there is room under the limit, since nothing
 * was allocated instead of it. If it is none of them, the thread is inside the
 * arena until vmem_alloc_slow() has ended.
 */
static __always_inline void *alloc_fast(struct vmem *vm, unsigned long size,
					unsigned long asize, unsigned int qclass, int policy)
{
	struct vmem_seg *seg;
	unsigned long flags;
	void *got = NULL;

	spin_lock_irqsave(&vm->lock, flags);
	if (qclass)
		got = vmem_qc_alloc_depot(vm, asize);
	if (got)
		goto unlock;
	seg = policy == VM_NEXTFIT ? NULL : vmem_take_hot(vm, size, policy == VM_FIRSTFIT);
	if (seg)
		got = account(vm, seg, asize, qclass);
	else
		got = alloc_cut(vm, size, asize, qclass, policy);
unlock:
	if (unlikely(!got))
		vmem_enter(vm);
	spin_unlock_irqrestore(&vm->lock, flags);
	if (vmem_trace_alloc_enabled() && got)
		vmem_trace_alloc(vm, got, asize, policy);
	return got;
}

static noinline void *vmem_alloc_slow(struct vmem *vm, unsigned long rounded, unsigned long size,
				      unsigned int qclass, int vmflag, bool inside,
				      const void *caller)
{
	struct vmem_request req = {
		.want.size = rounded,
		.want.asize = size,
		.want.align = vm->quantum,
		.want.last = ULONG_MAX,
		.policy = vmem_policy_of(vmflag),
		.want.high = (vmflag & (VM_ENDALLOC | VM_NEXTFIT)) == VM_ENDALLOC,
		.cuts = vmflag & VM_NEXTFIT ? VMEM_NEED_CUT : 1,
		.qclass = qclass,
	};
	struct vmem_call call = {
		.vm = vm,
		.req = &req,
		.vmflag = vmflag,
		.inside = inside,
		.fn = "vmem_alloc",
		.caller = caller,
	};

	return vmem_serve(&call);
}

static void *vmem_bad_size(struct vmem *vm, unsigned long size, int vmflag, const void *caller)
{
	if (size)
		return vmem_oversize("vmem_alloc", vm, size, vmflag, caller);
	ddi_misuse("vmem_alloc", vm->name, caller, "size 0, expected at least 1");
	return NULL;
}

/* With a policy: the lowest is quick once the arena has its address tree, the next mostly. */
static noinline void *vmem_alloc_policy(struct vmem *vm, unsigned long rounded,
					unsigned long size, int vmflag, const void *caller)
{
	unsigned int qclass = size - 1 < vm->qc_max ? VMEM_SEG_DIRECT : 0;
	bool next = vmflag & VM_NEXTFIT;
	bool fast = next || ((vmflag & VMEM_POLICIES) == VM_FIRSTFIT &&
			     vmem_unlocked(vm->index) == VMEM_INDEX_READY);
	void *got = NULL;

	/* The caches are emptied before the choice. */
	if (vm->qc)
		return vmem_alloc_slow(vm, rounded, size, qclass, vmflag, false, caller);
	if (next)
		got = alloc_fast(vm, rounded, size, 0, VM_NEXTFIT);
	else if (fast)
		got = alloc_fast(vm, rounded, size, 0, VM_FIRSTFIT);
	if (likely(got))
		return got;
	return vmem_alloc_slow(vm, rounded, size, 0, vmflag, fast, caller);
}

/* For resource maps: the lowest, at once or not at all; size 0 is the caller's. */
void *vmem_map_alloc(struct vmem *vm, unsigned long size)
{
	void *got = alloc_fast(vm, size, size, 0, VM_FIRSTFIT);

	if (likely(got))
		return got;
	vmem_enter(vm);
	got = vmem_alloc_slow(vm, size, size, 0, VM_NOSLEEP | VM_FIRSTFIT, true, NULL);
	if (got)
		vmem_leave(vm);
	return got;
}

void vmem_map_leave(struct vmem *vm)
{
	vmem_leave(vm);
}

/* vmem_alloc() in an arena without caches, or of a size that is not cached. */
void *vmem_alloc_segment(struct vmem *vm, unsigned long size, int vmflag, const void *caller)
{
	unsigned long rounded = vmem_round(vm, size);
	void *got;

	if (unlikely(rounded < size || !size))
		return vmem_bad_size(vm, size, vmflag, caller);
	if (vmflag & (vm->qc ? VMEM_POLICIES : VMEM_POLICIES & ~VM_BESTFIT))
		return vmem_alloc_policy(vm, rounded, size, vmflag, caller);
	got = alloc_fast(vm, rounded, size, 0, vmflag & VM_BESTFIT);
	if (likely(got))
		return got;
	return vmem_alloc_slow(vm, rounded, size, 0, vmflag, true, caller);
}

/* vmem_alloc() of a cached size that the CPU's magazines had nothing for. */
void *vmem_alloc_missed(struct vmem *vm, unsigned long size, int vmflag, const void *caller)
{
	unsigned long rounded = vmem_round(vm, size);
	unsigned int qclass = rounded >> vm->qshift;
	void *got;

	got = alloc_fast(vm, rounded, size, qclass, 0);
	if (likely(got))
		return got;
	/* Cached sizes know no policy [V48]. */
	return vmem_alloc_slow(vm, rounded, size, qclass,
			       vmflag & (VM_KMFLAGS | VM_ABORT | VMEM_NOWAIT), true, caller);
}

void *vmem_xalloc(vmem_t *vm, size_t size, size_t align, size_t phase, size_t nocross,
		  void *minaddr, void *maxaddr, int vmflag)
{
	const void *caller = __builtin_return_address(0);
	unsigned long min = (unsigned long)minaddr, max = (unsigned long)maxaddr;
	struct vmem_request req = {
		.want.size = vmem_round(vm, size),
		.want.asize = size,
		.want.align = align ? align : vm->quantum,
		.want.phase = phase,
		.want.nocross = nocross,
		.want.min = min,
		.want.last = max - 1,
		.policy = vmem_policy_of(vmflag & ~VM_NEXTFIT),
		.want.high = vmflag & VM_ENDALLOC,
		.windowed = min || max,
		.cuts = VMEM_NEED_CUT,
	};
	struct vmem_call call = {
		.vm = vm,
		.req = &req,
		.vmflag = vmflag & VM_FLAGS,
		.fn = "vmem_xalloc",
		.caller = caller,
	};
	const char *error = vmem_constraint_error(&req.want, vm->quantum);

	req.shaped = req.want.align > vm->quantum || nocross;
	if (error)
		goto misuse;
	if (vmem_constraint_overflows(&req.want, vm->quantum))
		return vmem_oversize("vmem_xalloc", vm, size, vmflag, caller);
	if (vmem_constraint_hopeless(&req.want, vm->quantum)) {
		error = "no place in the window, whatever is free";
		if (!vmem_sleeps(vmflag))
			return vmem_fail(vm, &req, vmflag);
		goto misuse;
	}
	return vmem_serve(&call);

misuse:
	ddi_misuse("vmem_xalloc", vm->name, caller,
		   "%s: size %#zx, align %#zx, phase %#zx, nocross %#zx, min %#lx, max %#lx, quantum %#lx",
		   error, size, align, phase, nocross, min, max, vm->quantum);
	return NULL;
}
EXPORT_SYMBOL(vmem_xalloc);
