// SPDX-License-Identifier: GPL-2.0-only
/*
 * free_set.c - free segments in the indexes by size and by address
 *
 * Every change of one goes through the verbs here and in the header, so the
 * indexes agree.
 */
#include "ddi_vmem/space/free_set.h"

/* vmem_free_resize() where there is an index by size */
void vmem_free_resize_sized(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
			    unsigned long size)
{
	bool stays = vmem_tree_keeps_place(vm, seg, start, size);

	if (!stays)
		vmem_size_remove(vm, seg);
	seg->start = start;
	seg->size = size;
	if (!stays)
		vmem_size_insert(vm, seg);
	vmem_free_resized(vm, seg);
}

/* vmem_cut() behind the low end. */
struct vmem_seg *vmem_cut_part(struct vmem *vm, struct vmem_seg *seg,
			       unsigned long addr, unsigned long size)
{
	unsigned long before = addr - seg->start;
	unsigned long behind = seg->size - size - before;
	struct vmem_seg *cut = vmem_seg_new(vm, seg, addr, size);

	vmem_free_resize(vm, seg, seg->start, before);
	if (behind)
		vmem_free_insert(vm, vmem_seg_new(vm, cut, addr + size, behind));
	return cut;
}
