// SPDX-License-Identifier: GPL-2.0-only
/* query.c - the largest free segment, and whether an address is allocated */
#include <ddi/vmem.h>

#include <linux/bitops.h>
#include <linux/export.h>

#include "ddi_vmem/search/search.h"
#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"

static unsigned long largest_by_size(struct vmem *vm)
{
	struct rb_node *last = rb_last(&vm->by_size.rb_root);
	unsigned long largest = (unsigned long)fls64(vm->bin_map) << vm->qshift;

	return last ? max(largest, rb_entry(last, struct vmem_seg, by_size)->size) : largest;
}

static unsigned long largest_by_address(struct vmem *vm)
{
	vmem_addr_make_exact(vm);
	return vmem_span_largest(vm);
}

size_t ddi_vmem_largest(vmem_t *vm)
{
	unsigned long flags;
	size_t largest;

	spin_lock_irqsave(&vm->lock, flags);
	vmem_flush_deferred(vm);
	if (vm->index == VMEM_INDEX_READY) {
		largest = largest_by_address(vm);
	} else {
		vmem_need_sizes(vm, &flags);
		largest = largest_by_size(vm);
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	return largest;
}
EXPORT_SYMBOL(ddi_vmem_largest);

/* The segment that is allocated to the segment layer, has at most @quanta, and holds @addr. */
static struct vmem_seg *small_segment_at(struct vmem *vm, unsigned long addr,
					 unsigned long quanta)
{
	unsigned long start = addr & ~(vm->quantum - 1);
	struct vmem_seg *seg = NULL;

	for (; quanta && start && !seg; quanta--, start -= vm->quantum)
		seg = vmem_hash_find(vm, start);
	return seg && addr <= seg_last(seg) ? seg : NULL;
}

/* Is @addr, which is in no free segment, in one that a quantum cache has? */
static bool is_cached_at(struct vmem *vm, unsigned long addr)
{
	struct vmem_seg *seg;

	if (!vm->qc)
		return false;
	seg = small_segment_at(vm, addr, vm->qc_max >> vm->qshift);
	return seg && seg_is_cached(seg);
}

bool ddi_vmem_is_allocated(vmem_t *vm, unsigned long addr)
{
	struct vmem_span *span;
	struct vmem_seg *seg;
	unsigned long flags;
	bool allocated;

	spin_lock_irqsave(&vm->lock, flags);
	vmem_flush_deferred(vm);
	vmem_need_addr_tree(vm, vm->quantum, &flags);
	span = vmem_span_find(vm, addr);
	seg = span ? vmem_addr_from(span, addr, vm->quantum) : NULL;
	allocated = span && (!seg || seg->start > addr) && !is_cached_at(vm, addr);
	spin_unlock_irqrestore(&vm->lock, flags);
	return allocated;
}
EXPORT_SYMBOL(ddi_vmem_is_allocated);
