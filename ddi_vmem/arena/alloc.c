// SPDX-License-Identifier: GPL-2.0-only
/* alloc.c - allocating segments: the fast paths, and the slow path behind them */
#include <sys/vmem.h>

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/arena/commit.h"
#include "ddi_vmem/cache/magazine.h"
#include "ddi_vmem/report/trace_enabled.h"
#include "ddi_vmem/search/next_fit.h"
#include "ddi_vmem/space/deferred.h"

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

static bool vmem_waits(const struct vmem_call *call)
{
	return call->terms ? call->terms->timeout : vmem_sleeps(call->vmflag);
}

/* A request that was not served at once waits or fails, as its flags or terms say [V30, V33]. */
static void *vmem_unserved(struct vmem_call *call)
{
	const struct vmem_request *req = call->req;
	struct vmem *vm = call->vm;
	void *got;

	if (call->vmflag & VMEM_NOWAIT)
		return NULL;
	if (vmem_can_import(vm, req) && vmem_import_overflows(vm, req))
		return vmem_oversize(call->fn, vm, req->want.asize, call->vmflag, call->caller);
	got = vmem_waits(call) ? vmem_wait(call) : NULL;
	return got ? got : vmem_fail(vm, req, call->vmflag);
}

/* Serve a valid request. */
void *vmem_serve(struct vmem_call *call)
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

/*
 * Cut *@cut of @size off the segment that the policy wants, or take it whole. Returns
 * a bool, because mostly *@cut cannot be NULL, and a test of it would be for nothing.
 */
static __always_inline bool cut_fast(struct vmem *vm, unsigned long size, int policy,
				     struct vmem_seg **cut)
{
	unsigned long n = vmem_bin_of(vm, size);

	if (policy == VM_FIRSTFIT) {
		struct vmem_seg *seg;

		/* With address trees only hot segments are deferred. */
		vmem_flush_hot(vm);
		seg = vmem_addr_lowest(vm, size);
		if (unlikely(!seg))
			return false;
		*cut = vmem_cut_low(vm, seg, size);
		return true;
	}
	if (n < vm->bins) {
		if (likely(vmem_bin_has(vm, n))) {
			*cut = vmem_take_exact(vm, n);
			return true;
		}
	} else if (unlikely(vm->sizes != VMEM_INDEX_READY) && !vmem_size_build(vm, NULL)) {
		return false;
	}
	if (vmem_remainder_serves(vm, size, policy)) {
		*cut = vmem_cut_remainder(vm, size);
		return true;
	}
	*cut = vmem_cut_smallest(vm, size);
	return *cut;
}

/* Are there descriptors at hand, and is there room under the limit? */
static __always_inline bool may_cut(const struct vmem *vm)
{
	return likely(vm->pool_n > VMEM_POOL_RESERVE && vmem_held(vm) < vm->max_live);
}

/*
 * The common cases: by size, or the lowest; low end, descriptor at hand. A
 * hot segment needs none, and there is room under the limit, since nothing
 * was allocated instead of it. If it is none of them, the thread is inside the
 * arena until vmem_alloc_slow() has ended.
 */
static __always_inline bool alloc_fast(struct vmem *vm, unsigned long size,
				       unsigned long asize, unsigned int qclass, int policy,
				       void **got)
{
	struct vmem_seg *seg;
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	if (qclass) {
		*got = vmem_qc_alloc_depot(vm, asize);
		if (*got)
			goto unlock;
	}
	if (policy == VM_FIRSTFIT ? vmem_take_lowest_hot(vm, size, &seg) :
				    vmem_take_hot(vm, size, &seg)) {
		*got = vmem_seg_account(vm, seg, asize, qclass);
		goto unlock;
	}
	if (unlikely(!may_cut(vm) || !cut_fast(vm, size, policy, &seg))) {
		vmem_enter(vm);
		spin_unlock_irqrestore(&vm->lock, flags);
		return false;
	}
	*got = vmem_seg_publish(vm, seg, asize, qclass);
unlock:
	spin_unlock_irqrestore(&vm->lock, flags);
	if (vmem_trace_alloc_enabled())
		vmem_trace_alloc(vm, *got, asize, policy);
	return true;
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

/* Next fit, which is quick where a segment near the rotor serves. */
static noinline void *vmem_alloc_next(struct vmem *vm, unsigned long size, int vmflag,
				      const void *caller)
{
	unsigned long rounded = vmem_round(vm, size), flags;
	struct vmem_seg *seg;
	void *got;

	if (unlikely(!rounded))
		return vmem_bad_size(vm, size, vmflag, caller);
	spin_lock_irqsave(&vm->lock, flags);
	if (unlikely(!may_cut(vm) || !vmem_next_cut(vm, rounded, &seg))) {
		vmem_enter(vm);
		spin_unlock_irqrestore(&vm->lock, flags);
		return vmem_alloc_slow(vm, rounded, size, 0, vmflag, true, caller);
	}
	got = vmem_seg_publish(vm, seg, size, 0);
	spin_unlock_irqrestore(&vm->lock, flags);
	if (vmem_trace_alloc_enabled())
		vmem_trace_alloc(vm, got, size, VM_NEXTFIT);
	return got;
}

/* With another policy, or caches. First fit is quick once the arena has its address trees. */
static noinline void *vmem_alloc_policy(struct vmem *vm, unsigned long size, int vmflag,
					const void *caller)
{
	unsigned long rounded = vmem_round(vm, size);
	void *got;

	if (unlikely(!rounded))
		return vmem_bad_size(vm, size, vmflag, caller);
	/* The caches are emptied before the choice. */
	if (vm->qc)
		return vmem_alloc_slow(vm, rounded, size,
				       size - 1 < vm->qc_max ? VMEM_SEG_DIRECT : 0, vmflag, false,
				       caller);
	if ((vmflag & VMEM_POLICIES) != VM_FIRSTFIT ||
	    vmem_unlocked(vm->index) != VMEM_INDEX_READY)
		return vmem_alloc_slow(vm, rounded, size, 0, vmflag, false, caller);
	if (likely(alloc_fast(vm, rounded, size, 0, VM_FIRSTFIT, &got)))
		return got;
	return vmem_alloc_slow(vm, rounded, size, 0, vmflag, true, caller);
}

/* For resource maps: the lowest, at once or not at all; size 0 is the caller's. */
void *vmem_map_alloc(struct vmem *vm, unsigned long size)
{
	void *got;

	if (likely(alloc_fast(vm, size, size, 0, VM_FIRSTFIT, &got)))
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

/* The quick half of vmem_alloc() behind the caches. After NULL the slow half may succeed. */
void *vmem_alloc_at_hand(struct vmem *vm, unsigned long size)
{
	unsigned long rounded = vmem_round(vm, size);
	void *got;

	if (likely(alloc_fast(vm, rounded, size, vmem_qclass(vm, size), 0, &got)))
		return got;
	vmem_leave(vm);
	return NULL;
}

/* In an arena without caches, or of a size that is not cached; see vmem_has_policy(). */
static noinline void *vmem_alloc_segment(struct vmem *vm, unsigned long size, int vmflag,
					 const void *caller)
{
	unsigned long rounded = vmem_round(vm, size);
	void *got;

	if (unlikely(!rounded))
		return vmem_bad_size(vm, size, vmflag, caller);
	if (likely(alloc_fast(vm, rounded, size, 0, vmflag & VM_BESTFIT, &got)))
		return got;
	return vmem_alloc_slow(vm, rounded, size, 0, vmflag, true, caller);
}

/* Of a cached size that the CPU's magazines had nothing for. */
static void *vmem_alloc_missed(struct vmem *vm, unsigned long size, int vmflag,
			       const void *caller)
{
	unsigned long rounded = vmem_round(vm, size);
	unsigned int qclass = rounded >> vm->qshift;
	void *got;

	if (likely(alloc_fast(vm, rounded, size, qclass, 0, &got)))
		return got;
	/* Cached sizes know no policy [V48]. */
	return vmem_alloc_slow(vm, rounded, size, qclass,
			       vmflag & (VM_KMFLAGS | VM_ABORT | VMEM_NOWAIT), true, caller);
}

/* noinline: keeps vmem_alloc() free of a stack frame. */
static noinline void *qc_alloc_slow(struct vmem *vm, unsigned long size, int vmflag,
				    const void *caller)
{
	void *got = vmem_qc_alloc(vm, size, vmflag);

	return got ? got : vmem_alloc_missed(vm, size, vmflag, caller);
}

/* vmem_alloc() for an import by an arena below, which waits in our place. */
void *vmem_alloc_nowait(struct vmem *vm, unsigned long size, int vmflag)
{
	const void *caller = __builtin_return_address(0);

	vmflag = (vmflag & (VM_KMFLAGS | VM_ABORT)) | VMEM_NOWAIT;
	if (size - 1 < vm->qc_max)
		return qc_alloc_slow(vm, size, vmflag, caller);
	return vmem_alloc_segment(vm, size, vmflag, caller);
}

/*
 * Does a request bypass the caches, whatever its size? A policy decides which
 * integers are used, and that is all that matters in an arena of identifiers [V48].
 */
static inline bool vmem_is_direct(const struct vmem *vm, int vmflag)
{
	return vmflag & VMEM_POLICIES && vm->flags & VMC_IDENTIFIER;
}

/* Best fit is as quick as none, unless there are caches to empty first. */
static inline bool vmem_has_policy(const struct vmem *vm, int vmflag)
{
	return vmflag & VMEM_POLICIES && (vmflag & (VMEM_POLICIES & ~VM_BESTFIT) || vm->qc);
}

void *vmem_alloc(vmem_t *vm, size_t size, int vmflag)
{
	/* Size 0 wraps and is no cached size. */
	if (size - 1 < vm->qc_max && likely(!vmem_is_direct(vm, vmflag))) {
		void *got;

		/* The slow way traces: keeping the arguments would need a stack. */
		if (!vmem_trace_alloc_enabled() && likely(qc_alloc(vm, size, false, &got)))
			return got;
		return qc_alloc_slow(vm, size, vmflag & VM_FLAGS, __builtin_return_address(0));
	}
	if (vmem_has_policy(vm, vmflag)) {
		if (vmflag & VM_NEXTFIT && !vm->qc)
			return vmem_alloc_next(vm, size, vmflag & VM_FLAGS,
					       __builtin_return_address(0));
		return vmem_alloc_policy(vm, size, vmflag & VM_FLAGS, __builtin_return_address(0));
	}
	return vmem_alloc_segment(vm, size, vmflag & VM_FLAGS, __builtin_return_address(0));
}
EXPORT_SYMBOL(vmem_alloc);

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
	const char *error;

	req.shaped = req.want.align > vm->quantum || nocross;
	if (likely(vmem_constraint_is_usual(&req.want, vm->quantum)))
		return vmem_serve(&call);
	error = vmem_constraint_error(&req.want, vm->quantum);
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
