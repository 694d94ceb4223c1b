/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * free_set.h - free segments that are in the indexes: in, out, resized, cut
 */
#ifndef _DDI_VMEM_FREE_SET_H
#define _DDI_VMEM_FREE_SET_H

#include "ddi_vmem/space/addr_tree.h"
#include "ddi_vmem/space/size_tree.h"

void vmem_free_resize_sized(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
			    unsigned long size);
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

/* What follows a change of a range: offer it to searches, and correct the maxima by address. */
static __always_inline void vmem_free_resized(struct vmem *vm, struct vmem_seg *seg)
{
	vmem_offer(vm, seg);
	if (seg->max)
		vmem_addr_resized(vm, seg);
}

/* Change a free segment's range; its neighbours in address order stay the same. */
static __always_inline void vmem_free_resize(struct vmem *vm, struct vmem_seg *seg,
					     unsigned long start, unsigned long size)
{
	if (vm->sizes != VMEM_INDEX_OFF) {
		vmem_free_resize_sized(vm, seg, start, size);
		return;
	}
	seg->start = start;
	seg->size = size;
	vmem_free_resized(vm, seg);
}

/* Cut @size off the low end of the free segment @seg. Returns the allocated segment. */
static __always_inline struct vmem_seg *vmem_cut_low(struct vmem *vm, struct vmem_seg *seg,
						     unsigned long size)
{
	struct vmem_seg *cut;

	lockdep_assert_held(&vm->lock);
	if (seg->size == size) {
		vmem_free_remove(vm, seg);
		seg_set_allocated(seg);
		return seg;
	}
	cut = vmem_seg_new(vm, seg_prev(seg), seg->start, size);
	vmem_free_resize(vm, seg, seg->start + size, seg->size - size);
	return cut;
}

/*
 * Cut [addr, addr + size) out of the free segment @seg. Takes at most
 * VMEM_NEED_CUT descriptors. Returns the allocated segment.
 */
static __always_inline struct vmem_seg *vmem_cut(struct vmem *vm, struct vmem_seg *seg,
						 unsigned long addr, unsigned long size)
{
	return addr == seg->start ? vmem_cut_low(vm, seg, size) :
				    vmem_cut_part(vm, seg, addr, size);
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
