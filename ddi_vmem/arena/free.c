// SPDX-License-Identifier: GPL-2.0-only
/* free.c - freeing segments, and finding out which frees are wrong */
#include <sys/vmem.h>

#include <linux/export.h>
#include <linux/sched.h>

#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/magazine.h"
#include "ddi_vmem/report/trace_enabled.h"
#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span_add.h"

/* Functions to which a segment goes back [V63] */
enum vmem_family {
	VMEM_PLAIN,		/* vmem_free() */
	VMEM_CONSTRAINED,	/* vmem_xfree() */
	VMEM_EITHER,		/* ddi_vmem_free() */
};

/*
 * Is the free of @size through this family right for @seg [V60, V63, V78]? If
 * so, and it is of a cached size, it is the caller's from here on.
 */
static noinline enum vmem_free_error free_error(const struct vmem *vm,
						struct vmem_seg *seg,
						unsigned long size, enum vmem_family family)
{
	unsigned int qclass;

	if (!seg || seg_is_cached(seg))
		return VMEM_FREE_UNKNOWN;
	if (!vm->qc)
		return seg->asize == size ? VMEM_FREE_OK : VMEM_FREE_SIZE;
	qclass = seg_qclass(seg);
	if (qclass && family == VMEM_CONSTRAINED)
		return VMEM_FREE_FAMILY;
	if (qclass == VMEM_SEG_DIRECT)
		return vmem_round(vm, size) == seg->size ? VMEM_FREE_OK : VMEM_FREE_SIZE;
	if (!qclass && family == VMEM_PLAIN && size - 1 < vm->qc_max)
		return seg->asize == size ? VMEM_FREE_FAMILY : VMEM_FREE_SIZE;
	if (qclass ? qclass != ((size - 1) >> vm->qshift) + 1 : seg->asize != size)
		return VMEM_FREE_SIZE;
	return qclass && !seg_claim(seg, qclass) ? VMEM_FREE_UNKNOWN : VMEM_FREE_OK;
}

/* Does this free need the slow path (wake, export, trim)? */
static __always_inline bool needs_slow_path(const struct vmem *vm)
{
	return vm->pool_n >= vm->slow_at;
}

/*
 * Unlock and do it. Nothing touches the arena afterwards, unless there is a span to
 * export: a waiter that has what it waited for may destroy the arena at once.
 */
static noinline void free_slow_path(struct vmem *vm, struct vmem_seg *seg, unsigned long flags)
	__releases(&vm->lock)
{
	struct vmem_seg *surplus = vmem_pool_trim(vm);
	struct vmem_span *idle = NULL;

	if (vm->waiters)
		seg = vmem_seams_close(vm, seg);
	/* Not for the quick path, which knows no turns: see wait.c. */
	if (vm->turn)
		vmem_flush_hot(vm);
	if (vm->import) {
		if (vmem_is_hot(vm, seg))
			vmem_flush_hot(vm);
		idle = vmem_collect_idle(vm, seg, NULL);
	}
	if (idle)
		vmem_enter(vm);
	else
		vmem_wake(vm);
	spin_unlock_irqrestore(&vm->lock, flags);
	vmem_pool_discard(surplus);
	if (!idle)
		return;
	vmem_export_all(vm, idle);
	vmem_leave(vm);
}

/*
 * Unlock, and refuse a free that is wrong as @err says. The thread is inside the arena
 * until it has reported that. noinline: keeps release() free of a stack frame.
 */
static noinline enum vmem_free_error refuse(struct vmem *vm, enum vmem_free_error err,
					    unsigned long flags)
	__releases(&vm->lock)
{
	vmem_enter(vm);
	spin_unlock_irqrestore(&vm->lock, flags);
	return err;
}

/*
 * Free what starts at @start if it was allocated with @size and by the same
 * family of functions, or refuse().
 */
static __always_inline enum vmem_free_error release(struct vmem *vm, unsigned long start,
						    unsigned long size,
						    enum vmem_family family)
{
	enum vmem_free_error err;
	struct vmem_seg *seg;
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	seg = vmem_hash_find(vm, start);
	if (unlikely(!seg || vm->qc || seg->qtag || seg->asize != size)) {
		err = free_error(vm, seg, size, family);
		if (err)
			return refuse(vm, err, flags);
		if (seg_is_object(seg) && vmem_qc_free_depot(vm, seg))
			goto unlock;
	}
	/* Before anybody else can be given it. */
	if (vmem_trace_free_enabled())
		vmem_trace_free(vm, start, size);
	vm->inuse -= seg->asize;
	vm->stat[VMEM_STAT_FREE]++;
	seg = vmem_release(vm, seg);
	if (unlikely(needs_slow_path(vm))) {
		free_slow_path(vm, seg, flags);
		return VMEM_FREE_OK;
	}
unlock:
	spin_unlock_irqrestore(&vm->lock, flags);
	return VMEM_FREE_OK;
}

/* The size that the segment at @start should be freed with, 0 if there is none. */
static unsigned long allocated_size(struct vmem *vm, unsigned long start)
{
	struct vmem_seg *seg;
	unsigned long flags, size = 0;

	spin_lock_irqsave(&vm->lock, flags);
	seg = vmem_hash_find(vm, start);
	if (seg && !seg_is_cached(seg))
		size = seg->asize;
	spin_unlock_irqrestore(&vm->lock, flags);
	return size;
}

enum vmem_map_result vmem_map_return(struct vmem *vm, unsigned long start, unsigned long size)
{
	switch (release(vm, start, size, VMEM_PLAIN)) {
	case VMEM_FREE_OK:
		return VMEM_MAP_DONE;
	case VMEM_FREE_SIZE:
		return VMEM_MAP_SIZE;
	default:
		return VMEM_MAP_UNKNOWN;
	}
}

enum vmem_map_result vmem_map_give_other(struct vmem *vm, unsigned long start,
					 unsigned long size, enum vmem_map_result why,
					 unsigned long *expected)
{
	enum vmem_map_result result;

	/* Space known to a map never vanishes, so the answer does not age. */
	if (vmem_contains(vm, (void *)start, size)) {
		*expected = allocated_size(vm, start);
		return why;
	}
	result = vmem_map_add(vm, start, size, vmem_gfp(VM_NOSLEEP));
	if (!result)
		vmem_leave(vm);
	return result;
}

static noinline void report_free(const char *fn, struct vmem *vm, const void *caller,
				 enum vmem_free_error err, unsigned long start,
				 unsigned long size)
{
	if (err == VMEM_FREE_UNKNOWN)
		ddi_misuse(fn, vm->name, caller,
			   "bad free of %#lx, size %#lx: nothing allocated starts there (freed twice?)",
			   start, size);
	else if (err == VMEM_FREE_SIZE)
		ddi_misuse(fn, vm->name, caller,
			   "wrong size in free of %#lx: %#lx, expected %#lx",
			   start, size, allocated_size(vm, start));
	else
		ddi_misuse(fn, vm->name, caller,
			   "%#lx, size %#lx: what vmem_xalloc() returned goes to vmem_xfree(), what vmem_alloc() returned to vmem_free()",
			   start, size);
	vmem_log_owner(vm, start);
	vmem_leave(vm);
}

/* To the segment layer. */
static noinline void vmem_free_segment(struct vmem *vm, unsigned long start,
				       unsigned long size, const void *caller)
{
	enum vmem_free_error err = release(vm, start, size, VMEM_PLAIN);

	if (unlikely(err))
		report_free("vmem_free", vm, caller, err, start, size);
}

/* noinline: keeps vmem_free() free of a stack frame. */
static noinline void qc_free_slow(struct vmem *vm, unsigned long start, unsigned long size,
				  const void *caller)
{
	if (!vmem_qc_free(vm, start, size))
		vmem_free_segment(vm, start, size, caller);
}

void vmem_free(vmem_t *vm, void *vaddr, size_t size)
{
	unsigned long start = (unsigned long)vaddr;

	if (size - 1 < vm->qc_max) {
		if (vmem_trace_free_enabled() || unlikely(!qc_free(vm, start, size, false)))
			qc_free_slow(vm, start, size, __builtin_return_address(0));
		return;
	}
	vmem_free_segment(vm, start, size, __builtin_return_address(0));
}
EXPORT_SYMBOL(vmem_free);

/* For <ddi/vmem.h>, which has one function for both families; behind the caches, too. */
void vmem_free_any(struct vmem *vm, unsigned long start, unsigned long size,
		   const void *caller)
{
	enum vmem_free_error err = release(vm, start, size, VMEM_EITHER);

	if (unlikely(err))
		report_free("ddi_vmem_free", vm, caller, err, start, size);
}

void vmem_xfree(vmem_t *vm, void *vaddr, size_t size)
{
	enum vmem_free_error err = release(vm, (unsigned long)vaddr, size, VMEM_CONSTRAINED);

	if (unlikely(err))
		report_free("vmem_xfree", vm, __builtin_return_address(0), err,
			    (unsigned long)vaddr, size);
}
EXPORT_SYMBOL(vmem_xfree);
