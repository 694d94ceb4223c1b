/* SPDX-License-Identifier: GPL-2.0-only */
/* addr_tree.h - free segments by address */
#ifndef _DDI_VMEM_ADDR_TREE_H
#define _DDI_VMEM_ADDR_TREE_H

#include "ddi_vmem/space/span.h"

struct vmem_seg *vmem_addr_lowest_slow(struct vmem *vm, unsigned long size);
struct vmem_seg *vmem_addr_subtree_first(struct rb_node *node, unsigned long size);
void vmem_addr_add(struct vmem *vm, struct vmem_seg *seg);
void vmem_addr_del(struct vmem *vm, struct vmem_seg *seg);
void vmem_addr_grown(struct vmem *vm, struct vmem_seg *seg);
void vmem_addr_shrunk(struct vmem *vm, struct vmem_seg *seg);
void vmem_addr_lower(struct vmem *vm, struct vmem_seg *seg);
struct vmem_seg *vmem_addr_from(struct vmem_span *span, unsigned long addr,
				unsigned long size);
void vmem_addr_build(struct vmem *vm, unsigned long *irqflags);
struct vmem_seg *vmem_addr_next(struct vmem_seg *seg, unsigned long size);

/* Make the maxima above the segment that has shrunk last exact, too. */
static inline void vmem_addr_make_exact(struct vmem *vm)
{
	struct vmem_seg *last = vm->shrunk;

	lockdep_assert_held(&vm->lock);
	if (!last)
		return;
	vm->shrunk = NULL;
	vmem_addr_lower(vm, last);
}

/* May a maximum that is too large mislead a search for @size? */
static inline bool vmem_addr_misleads(const struct vmem *vm, unsigned long size)
{
	return vm->shrunk && vm->shrunk->size < size;
}

/* Make the subtree maxima exact for a search for @size. */
static inline void vmem_addr_prepare(struct vmem *vm, unsigned long size)
{
	if (vmem_addr_misleads(vm, size))
		vmem_addr_make_exact(vm);
}

/*
 * The lowest segment of @size or more in @span, which has one. Upwards from the lowest of
 * all, because what is asked for by address is mostly found not far from there. What
 * lies left of the way up is too small.
 */
static __always_inline struct vmem_seg *vmem_addr_lowest_in(struct vmem_span *span,
							    unsigned long size)
{
	struct rb_node *node = rb_first_cached(&span->free);
	struct vmem_seg *seg;

	while (rb_entry(node, struct vmem_seg, addr)->max < size)
		node = rb_parent(node);
	seg = rb_entry(node, struct vmem_seg, addr);
	return seg->size >= size ? seg : vmem_addr_subtree_first(node->rb_right, size);
}

/* The lowest segment of @size or more in the arena. The index is ready. */
static __always_inline struct vmem_seg *vmem_addr_lowest(struct vmem *vm, unsigned long size)
{
	if (likely(!vmem_addr_misleads(vm, size) && vmem_has_spans(vm) &&
		   vmem_span_first(vm)->max >= size))
		return vmem_addr_lowest_in(vmem_span_first(vm), size);
	return vmem_addr_lowest_slow(vm, size);
}

/* @seg, which is in the tree, has another start or size but the same neighbours. */
static __always_inline void vmem_addr_resized(struct vmem *vm, struct vmem_seg *seg)
{
	if (seg->size > seg->max)
		vmem_addr_grown(vm, seg);
	else if (seg != vm->shrunk)
		vmem_addr_shrunk(vm, seg);
}

#endif /* _DDI_VMEM_ADDR_TREE_H */
