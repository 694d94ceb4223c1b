// SPDX-License-Identifier: GPL-2.0-only
/*
 * free_set.c - free segments in the indexes by size and by address
 *
 * Every change of one goes through the verbs here and in the header, so the
 * indexes agree.
 */
#include "ddi_vmem/space/free_set.h"

static __always_inline void resized(struct vmem *vm, struct vmem_seg *seg)
{
	vmem_offer(vm, seg);
	if (seg->max)
		vmem_addr_resized(vm, seg);
}

/* vmem_free_resize() where there is an index by size. */
static noinline void resize_sized(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
				  unsigned long size)
{
	bool stays = vmem_tree_keeps_place(vm, seg, start, size);

	if (!stays)
		vmem_size_remove(vm, seg);
	seg->start = start;
	seg->size = size;
	if (!stays)
		vmem_size_insert(vm, seg);
	resized(vm, seg);
}

/* Change a free segment's range; its neighbours in address order stay the same. */
static __always_inline void resize(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
				   unsigned long size)
{
	if (vm->sizes != VMEM_INDEX_OFF) {
		resize_sized(vm, seg, start, size);
		return;
	}
	seg->start = start;
	seg->size = size;
	resized(vm, seg);
}

void vmem_free_resize(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
		      unsigned long size)
{
	resize(vm, seg, start, size);
}

/* vmem_cut() at the low end where something of @seg remains: what is cut is before that. */
void vmem_cut_low(struct vmem *vm, struct vmem_seg *seg, unsigned long size)
{
	vmem_seg_new(vm, seg_prev(seg), seg->start, size);
	resize(vm, seg, seg->start + size, seg->size - size);
}

/* vmem_cut() behind the low end. */
struct vmem_seg *vmem_cut_part(struct vmem *vm, struct vmem_seg *seg,
			       unsigned long addr, unsigned long size)
{
	unsigned long before = addr - seg->start;
	unsigned long behind = seg->size - size - before;
	struct vmem_seg *cut = vmem_seg_new(vm, seg, addr, size);

	resize(vm, seg, seg->start, before);
	if (behind)
		vmem_free_insert(vm, vmem_seg_new(vm, cut, addr + size, behind));
	return cut;
}
