// SPDX-License-Identifier: GPL-2.0-only
/*
 * import.c - spans that come from a source arena and go back to it
 *
 * The driver's functions run without any lock of ours, in the context of the
 * request or free that needs them; they may call into any arena, this one
 * included.
 */
#include <sys/vmem.h>

#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/sched.h>

#include "ddi_core/core.h"
#include "ddi_core/trace.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/arena/commit.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/space/span.h"
#include "ddi_vmem/space/span_add.h"

/* A window or boundary speaks of addresses that only the arena itself has [V64]. */
bool vmem_can_import(const struct vmem *vm, const struct vmem_request *req)
{
	return vmem_imports(vm) && !req->want.nocross && !req->windowed;
}

static unsigned long import_quantum(const struct vmem *vm)
{
	return vm->source ? max(vm->quantum, vm->source->quantum) : vm->quantum;
}

/* How much to ask the source for, 0 if that overflows [V64]. */
static unsigned long import_need(const struct vmem *vm, const struct vmem_constraint *want)
{
	unsigned long q = import_quantum(vm), pad = want->phase, need;

	if (want->align > q && !(vm->flags & VMC_XALIGN))
		pad = pad & (q - 1) ? want->align - vm->quantum : want->align - q;
	if (check_add_overflow(want->size, pad, &need) || check_add_overflow(need, q - 1, &need))
		return 0;
	return need & ~(q - 1);
}

/* Would the size of an import for @req overflow, in @vm or in an arena above? */
bool vmem_import_overflows(const struct vmem *vm, const struct vmem_request *req)
{
	struct vmem_constraint above = req->want;

	for (; vmem_imports(vm); vm = vm->source) {
		above.size = import_need(vm, &above);
		if (!above.size)
			return true;
		if (!vm->source)
			break;
		above.align = vm->source->quantum;
		above.phase = 0;
	}
	return false;
}

static void import_give_back(struct vmem *vm, void *base, unsigned long size)
{
	vmem_free_t *ffunc = READ_ONCE(vm->ffunc);

	if (ffunc)
		ffunc(vm->source, base, size);
}

/* Space has gone back to the source: another thread's import may have failed for want of it. */
static void wake_importers(struct vmem *vm)
{
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	vmem_wake(vm);
	spin_unlock_irqrestore(&vm->lock, flags);
}

/* What was imported is of no use. */
static void import_reject(struct vmem *vm, void *base, unsigned long size)
{
	import_give_back(vm, base, size);
	wake_importers(vm);
}

/* What is wrong with an imported range by itself [V65], or NULL. */
static const char *import_error(const struct vmem *vm, const struct vmem_request *req,
				unsigned long base, unsigned long want, unsigned long size)
{
	unsigned long end;

	if (size < want)
		return "smaller than asked for";
	if ((base | size) & (vm->quantum - 1) ||
	    (vm->source && size & (vm->source->quantum - 1)))
		return "not aligned to the quantum";
	if (check_add_overflow(base, size - 1, &end))
		return "beyond the top of the address space";
	if (vm->flags & VMC_XALIGN && base & (req->want.align - 1))
		return "not aligned as promised by VMC_XALIGN";
	return NULL;
}

static void import_misuse(struct vmem *vm, const char *error, unsigned long base,
			  unsigned long want, unsigned long size)
{
	ddi_misuse("import", vm->name, vm->xafunc ? (void *)vm->xafunc : (void *)vm->afunc,
		   "imported [%#lx, +%#lx) for %#lx: %s", base, size, want, error);
}

/*
 * Ask the source. Where that is vmem_alloc(), a request that may sleep does so in
 * its own arena, woken by space in either: the source only has a look.
 */
static void *import_ask(const struct vmem_call *call, int vmflag, unsigned long *size)
{
	struct vmem *vm = call->vm;
	vmem_ximport_t *xafunc = READ_ONCE(vm->xafunc);
	vmem_alloc_t *afunc = READ_ONCE(vm->afunc);
	size_t xsize = *size;
	void *base;

	if (xafunc) {
		base = xafunc(vm->source, &xsize, call->req->want.align, vmflag & VM_KMFLAGS);
		*size = xsize;
		return base;
	}
	if (afunc == vmem_alloc && call->terms)
		return vmem_alloc_terms(vm->source, *size, vmflag | VMEM_NOWAIT, call->terms,
					call->caller);
	if (afunc == vmem_alloc && !(vmflag & VM_NOSLEEP))
		return vmem_alloc_nowait(vm->source, *size, vmflag);
	return afunc(vm->source, *size, vmflag & VM_KMFLAGS);
}

/* Ask the source for *@size. What it returns is checked, but for overlap with spans. */
static void *import_call(const struct vmem_call *call, int vmflag, unsigned long *size)
{
	unsigned long want = *size;
	struct vmem *vm = call->vm;
	const char *error;
	void *base;

	base = import_ask(call, vmflag, size);
	if (!base)
		return NULL;
	error = import_error(vm, call->req, (unsigned long)base, want, *size);
	if (!error)
		return base;
	import_misuse(vm, error, (unsigned long)base, want, *size);
	import_reject(vm, base, *size);
	return NULL;
}

enum import_result { IMPORT_DONE, IMPORT_OVERLAP, IMPORT_USELESS, IMPORT_POOL };

/* Add the span and cut the request from it, before anyone else can. */
static enum import_result import_enter(struct vmem *vm, const struct vmem_request *req,
				       struct vmem_span *span, unsigned long base,
				       unsigned long size, void **got)
{
	enum import_result result = IMPORT_DONE;
	unsigned long flags, addr;
	struct vmem_seg *seg;

	spin_lock_irqsave(&vm->lock, flags);
	if (vmem_span_overlaps(vm, base, base + size - 1)) {
		result = IMPORT_OVERLAP;
	} else if (vm->pool_n < VMEM_NEED_IMPORT) {
		result = IMPORT_POOL;
	} else {
		seg = vmem_span_insert(vm, span, base, size, true);
		addr = vmem_place_in_seg(&req->want, seg);
		if (addr) {
			seg = vmem_cut(vm, seg, addr, req->want.size);
			*got = vmem_seg_publish(vm, seg, req->want.asize, req->qclass);
			if (vm->waiters && size > req->want.size)
				vmem_wake(vm);
		} else {
			vmem_span_remove(vm, span);
			result = IMPORT_USELESS;
		}
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	return result;
}

/* @vmflag is that of the import, which is VM_NOSLEEP for vmem.min_import. */
static gfp_t import_gfp(const struct vmem_call *call, int vmflag)
{
	return call->terms ? call->terms->gfp : vmem_gfp(vmflag);
}

static bool import_fill(const struct vmem_call *call, int vmflag)
{
	if (vmem_pool_fill(call->vm, VMEM_NEED_IMPORT, import_gfp(call, vmflag)))
		return true;
	vmem_call_short(call);
	return false;
}

static void *import_span(const struct vmem_call *call, int vmflag, struct vmem_span *span,
			 unsigned long size)
{
	unsigned long want = size;
	struct vmem *vm = call->vm;
	void *base, *got = NULL;
	enum import_result result;

	base = import_call(call, vmflag, &size);
	if (!base)
		return NULL;
	do {
		result = import_enter(vm, call->req, span, (unsigned long)base, size, &got);
	} while (result == IMPORT_POOL && import_fill(call, vmflag));

	if (result == IMPORT_DONE) {
		trace_vmem_import(vm->id, vm->name, (unsigned long)base, size, vmflag, NULL);
		vmem_pool_refill(vm);
		return got;
	}
	if (result == IMPORT_OVERLAP)
		import_misuse(vm, "overlaps a span of the arena", (unsigned long)base, want, size);
	import_reject(vm, base, size);
	return NULL;
}

static void *import_size(const struct vmem_call *call, int vmflag, unsigned long size)
{
	struct vmem_span *span;
	void *got = NULL;

	/* Bookkeeping first: without it the source is not asked. */
	span = vmem_span_alloc(import_gfp(call, vmflag));
	if (!span) {
		vmem_call_short(call);
		return NULL;
	}
	if (import_fill(call, vmflag))
		got = import_span(call, vmflag, span, size);
	if (!got)
		vmem_span_free(span);
	return got;
}

/*
 * Import a span for a request and serve the request from it. If the arena has a least
 * size of an import, the source is asked for that without waiting, and, if it has less,
 * for what the request needs.
 */
void *vmem_import(const struct vmem_call *call)
{
	struct vmem *vm = call->vm;
	unsigned long need = import_need(vm, &call->req->want), q = import_quantum(vm);
	void *got = NULL;

	if (!need)
		return NULL;
	if (vm->min_import > need)
		got = import_size(call, (call->vmflag & ~VM_PANIC) | VM_NOSLEEP,
				  ALIGN(vm->min_import, q));
	if (got)
		return got;
	/* Memory that was short for the larger import is not why the request fails. */
	if (call->terms)
		call->terms->error = 0;
	return import_size(call, call->vmflag, need);
}

/* Give back what vmem_collect_idle() collected; without the lock. */
void vmem_export_all(struct vmem *vm, struct vmem_span *idle)
{
	if (!idle)
		return;
	while (idle) {
		struct vmem_span *span = idle;

		idle = span->seg.next ? seg_span(span->seg.next) : NULL;
		trace_vmem_release(vm->id, vm->name, span->seg.start, span->seg.size, 0, NULL);
		import_give_back(vm, (void *)span->seg.start, span->seg.size);
		vmem_span_free(span);
	}
	wake_importers(vm);
}
