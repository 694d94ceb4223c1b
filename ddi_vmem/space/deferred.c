// SPDX-License-Identifier: GPL-2.0-only
/*
 * deferred.c - free segments that wait for the next request in no index
 *
 * What is allocated in a row is often freed in a row. Then one free segment
 * loses its low end again and again, and another one grows, and to enter each of
 * their sizes into the bins or the tree would be in vain. So two are in neither:
 * the rest of what was cut last, which the default policy cuts on unless a bin
 * has a segment of exactly the size, and what a free has joined last. A rest that
 * is much longer than the request is kept whole as long as a smaller segment
 * serves: VMEM_REMAINDER_MAX is for speed in large arenas, VMEM_REMAINDER_SHARE for small
 * ones, where little is much.
 *
 * Whatever else needs all free segments in their places calls vmem_flush_deferred() first.
 * In an arena with an address index nothing is loose: there most requests would
 * have to do so, and a segment that changes its size mostly keeps its place.
 */
#include "ddi_vmem/segment/segment.h"

void vmem_flush_cold(struct vmem *vm)
{
	lockdep_assert_held(&vm->lock);
	if (vm->remainder)
		vmem_free_insert(vm, vm->remainder);
	if (vm->coalesced)
		vmem_free_insert(vm, vm->coalesced);
	vm->remainder = NULL;
	vm->coalesced = NULL;
}

/* Take the free segment @seg out of where it is. */
void vmem_detach(struct vmem *vm, struct vmem_seg *seg)
{
	if (seg == vm->remainder)
		vm->remainder = NULL;
	else if (seg == vm->coalesced)
		vm->coalesced = NULL;
	else
		vmem_free_remove(vm, seg);
}

/* The free segment @seg is about to grow: take it out of its place. */
void vmem_defer(struct vmem *vm, struct vmem_seg *seg)
{
	vmem_flush_hot(vm);
	vmem_size_remove(vm, seg);
	if (vm->coalesced)
		vmem_free_insert(vm, vm->coalesced);
	vm->coalesced = seg;
}

/* Which of the two is the smaller one that serves? Either may be NULL. */
static struct vmem_seg *smaller(struct vmem_seg *a, struct vmem_seg *b, unsigned long size)
{
	if (!b || b->size < size)
		return a;
	return a && a->size <= b->size ? a : b;
}

/* Cut @size off the smallest segment that is long enough; what is left is the rest. */
struct vmem_seg *vmem_cut_smallest(struct vmem *vm, unsigned long size)
{
	struct vmem_seg *seg;

	vmem_flush_hot(vm);
	seg = vmem_find_size(vm, size);
	if (vm->index != VMEM_INDEX_OFF)
		return seg ? vmem_cut(vm, seg, seg->start, size) : NULL;
	seg = smaller(smaller(seg, vm->coalesced, size), vm->remainder, size);
	if (!seg)
		return NULL;
	if (seg != vm->remainder) {
		vmem_detach(vm, seg);
		if (vm->remainder)
			vmem_free_insert(vm, vm->remainder);
		vm->remainder = seg;
	}
	return vmem_cut_remainder(vm, size);
}
