/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * free_set.h - free segments that are in the indexes: in, out, resized, cut
 */
#ifndef _DDI_VMEM_FREE_SET_H
#define _DDI_VMEM_FREE_SET_H

#include "ddi_vmem/space/addr_tree.h"
#include "ddi_vmem/space/size_tree.h"

void vmem_free_resize(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
		      unsigned long size);
void vmem_cut_low(struct vmem *vm, struct vmem_seg *seg, unsigned long size);
struct vmem_seg *vmem_cut_part(struct vmem *vm, struct vmem_seg *seg,
			       unsigned long addr, unsigned long size);

/* Offer searches a segment that is free now, or is free with another range. */
static __always_inline void vmem_offer(struct vmem *vm, const struct vmem_seg *seg)
{
	if (unlikely(vm->offer))
		vm->offer(vm, seg);
}

/* Make a segment of the list free: enter it into the indexes, and offer it to searches. */
static __always_inline void vmem_free_insert(struct vmem *vm, struct vmem_seg *seg)
{
	seg_set_type(seg, VMEM_SEG_FREE);
	vmem_size_insert(vm, seg);
	seg->max = 0;
	if (vm->index != VMEM_INDEX_OFF)
		vmem_addr_add(vm, seg);
	vmem_offer(vm, seg);
}

static __always_inline void vmem_free_remove(struct vmem *vm, struct vmem_seg *seg)
{
	vmem_size_remove(vm, seg);
	if (vm->index != VMEM_INDEX_OFF)
		vmem_addr_del(vm, seg);
}

/*
 * Cut [addr, addr + size) out of the free segment @seg. Takes at most
 * VMEM_NEED_CUT descriptors. Returns the allocated segment.
 */
static __always_inline struct vmem_seg *vmem_cut(struct vmem *vm, struct vmem_seg *seg,
						 unsigned long addr, unsigned long size)
{
	lockdep_assert_held(&vm->lock);
	if (addr != seg->start)
		return vmem_cut_part(vm, seg, addr, size);
	if (seg->size != size) {
		vmem_cut_low(vm, seg, size);
		return seg_prev(seg);
	}
	vmem_free_remove(vm, seg);
	seg_set_allocated(seg);
	return seg;
}

/* A free segment out of bin @n, which is not empty, as an allocation. */
static __always_inline struct vmem_seg *vmem_take_exact(struct vmem *vm, unsigned long n)
{
	struct vmem_seg *seg = vmem_bin_pop(vm, n);

	if (vm->index != VMEM_INDEX_OFF)
		vmem_addr_del(vm, seg);
	seg_set_allocated(seg);
	return seg;
}

#endif /* _DDI_VMEM_FREE_SET_H */
