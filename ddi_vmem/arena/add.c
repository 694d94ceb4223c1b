// SPDX-License-Identifier: GPL-2.0-only
/* add.c - adding spans to arenas and to resource maps */
#include <sys/vmem.h>

#include <linux/export.h>
#include <linux/sched.h>

#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/space/span.h"
#include "ddi_vmem/space/span_add.h"

/* What is wrong with a range as a span, or NULL [V10, V11, V21-V24]. */
const char *vmem_span_error(unsigned long quantum, unsigned long base, unsigned long size)
{
	if (!base || !size)
		return "base and size must both be non-zero";
	if ((base | size) & (quantum - 1))
		return "base and size must be multiples of the quantum";
	if (base + (size - 1) < base)
		return "the range passes the top of the address space";
	return NULL;
}

static enum vmem_map_result add_span(struct vmem *vm, struct vmem_span **span,
				     unsigned long base, unsigned long size)
{
	enum vmem_map_result result = VMEM_MAP_DONE;
	struct vmem_span *gone = NULL;
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	if (vmem_span_overlaps(vm, base, base + size - 1)) {
		result = VMEM_MAP_OVERLAP;
	} else if (vm->pool_n < VMEM_NEED_ADD) {
		result = VMEM_MAP_NOMEM;
	} else if (!vm->merge || !vmem_span_extend(vm, base, size, &gone, &flags)) {
		if (!*span)
			swap(*span, vm->spare);
		if (*span) {
			vmem_span_insert(vm, *span, base, size, false);
			*span = NULL;
		} else {
			result = VMEM_MAP_NOMEM;
		}
	}
	if (vm->waiters && result == VMEM_MAP_DONE)
		vmem_wake(vm);
	spin_unlock_irqrestore(&vm->lock, flags);
	if (gone)
		vmem_span_free(gone);
	return result;
}

/* Add a sound range. The reserve may serve where there is no memory. */
enum vmem_map_result vmem_add_range(struct vmem *vm, unsigned long base, unsigned long size,
				    gfp_t gfp)
{
	enum vmem_map_result result;
	struct vmem_span *span;

	vmem_enter(vm);
	span = vmem_span_alloc(gfp);
	do {
		result = add_span(vm, &span, base, size);
	} while (result == VMEM_MAP_NOMEM && (span || vmem_unlocked(vm->spare)) &&
		 vmem_pool_fill(vm, VMEM_POOL_REFILL, gfp));
	if (span)
		vmem_span_free(span);
	vmem_pool_refill(vm);
	vmem_leave(vm);
	return result;
}

/* For a public function: 0, or -EINVAL for what is misuse, or -ENOMEM. */
int vmem_add_as(const char *fn, struct vmem *vm, unsigned long base, unsigned long size,
		gfp_t gfp, const void *caller)
{
	const char *error = vmem_span_error(vm->quantum, base, size);

	if (!error) {
		switch (vmem_add_range(vm, base, size, gfp)) {
		case VMEM_MAP_DONE:
			return 0;
		case VMEM_MAP_NOMEM:
			return -ENOMEM;
		default:
			error = "the range overlaps a span of the arena";
		}
	}
	ddi_misuse(fn, vm->name, caller, "[%#lx, +%#lx): %s", base, size, error);
	return -EINVAL;
}

void *vmem_add(vmem_t *vm, void *vaddr, size_t size, int vmflag)
{
	might_sleep_if(!(vmflag & VM_NOSLEEP));
	return vmem_add_as("vmem_add", vm, (unsigned long)vaddr, size, vmem_gfp(vmflag),
			   __builtin_return_address(0)) ? NULL : vaddr;
}
EXPORT_SYMBOL(vmem_add);

/* For ddi_rmap. */
enum vmem_map_result vmem_map_add(struct vmem *vm, unsigned long start, unsigned long size,
				  gfp_t gfp)
{
	if (vmem_span_error(1, start, size))
		return VMEM_MAP_INVALID;
	return vmem_add_range(vm, start, size, gfp);
}
