/* SPDX-License-Identifier: GPL-2.0-only */
/* size_tree.h - free segments by size: bins for the small ones, a tree for the rest */
#ifndef _DDI_VMEM_SIZE_TREE_H
#define _DDI_VMEM_SIZE_TREE_H

#include "ddi_vmem/segment/segment.h"

bool vmem_seg_in_tree(const struct vmem *vm, const struct vmem_seg *seg);
void vmem_tree_insert(struct vmem *vm, struct vmem_seg *seg);
void vmem_tree_remove(struct vmem *vm, struct vmem_seg *seg);
bool vmem_tree_keeps_place(const struct vmem *vm, struct vmem_seg *seg,
			   unsigned long start, unsigned long size);
struct vmem_seg *vmem_tree_from(struct vmem *vm, unsigned long size, unsigned long start);
struct vmem_seg *vmem_tree_find(struct vmem *vm, unsigned long size);
struct vmem_seg *vmem_tree_next(struct vmem_seg *seg);
struct vmem_seg *vmem_size_next(struct vmem *vm, struct vmem_seg *seg);
void vmem_unbin(struct vmem *vm, unsigned long *irqflags);
bool vmem_size_build(struct vmem *vm, unsigned long *irqflags);

static inline bool vmem_seg_less(const struct vmem_seg *seg, unsigned long size,
				 unsigned long start)
{
	return seg->size != size ? seg->size < size : seg->start < start;
}

/* The number of the bin for @size. There is one if that is less than vmem.bins. */
static __always_inline unsigned long vmem_bin_of(const struct vmem *vm, unsigned long size)
{
	return (size >> vm->qshift) - 1;
}

static __always_inline bool vmem_bin_has(const struct vmem *vm, unsigned long n)
{
	return vm->bin_map >> n & 1;
}

static __always_inline void vmem_bin_remove(struct vmem *vm, struct vmem_seg *seg,
					    unsigned long n)
{
	__hlist_del(&seg->bin);
	if (hlist_empty(&vm->bin[n]))
		vm->bin_map &= ~BIT_ULL(n);
}

/* Take the first segment out of a bin that is not empty. */
static __always_inline struct vmem_seg *vmem_bin_pop(struct vmem *vm, unsigned long n)
{
	struct hlist_head *bin = &vm->bin[n];
	struct vmem_seg *seg = hlist_entry(bin->first, struct vmem_seg, bin);

	bin->first = seg->bin.next;
	if (bin->first)
		bin->first->pprev = &bin->first;
	else
		vm->bin_map &= ~BIT_ULL(n);
	return seg;
}

static __always_inline void vmem_bin_insert(struct vmem *vm, struct vmem_seg *seg,
					    unsigned long n)
{
	hlist_add_head(&seg->bin, &vm->bin[n]);
	seg->in_bin = VMEM_SEG_BINNED;
	vm->bin_map |= BIT_ULL(n);
}

/* Enter a free segment into the bins, or into the tree. */
static __always_inline void vmem_size_insert(struct vmem *vm, struct vmem_seg *seg)
{
	unsigned long n = (seg->size >> vm->qshift) - 1;

	if (unlikely(n >= vm->bins)) {
		vmem_tree_insert(vm, seg);
		return;
	}
	vmem_bin_insert(vm, seg, n);
}

static __always_inline void vmem_size_remove(struct vmem *vm, struct vmem_seg *seg)
{
	unsigned long n = (seg->size >> vm->qshift) - 1;

	if (unlikely(n >= vm->bins))
		vmem_tree_remove(vm, seg);
	else
		vmem_bin_remove(vm, seg, n);
}

static __always_inline struct vmem_seg *vmem_tree_first(struct vmem *vm)
{
	return rb_entry_safe(rb_first_cached(&vm->by_size), struct vmem_seg, by_size);
}

/* The smallest free segment of @size or more in the indexes; exact, whatever the policy. */
static __always_inline struct vmem_seg *vmem_find_size(struct vmem *vm, unsigned long size)
{
	unsigned long n = (size >> vm->qshift) - 1;
	u64 map;

	if (unlikely(n >= vm->bins))
		return vmem_tree_find(vm, size);
	map = vm->bin_map >> n;
	/* While bins are in use, a segment in the tree is longer than any in a bin. */
	return map ? hlist_entry(vm->bin[n + __ffs64(map)].first, struct vmem_seg, bin) :
		     vmem_tree_first(vm);
}

#endif /* _DDI_VMEM_SIZE_TREE_H */
