/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * segment.h - the verbs on segments that every request goes through, in line
 *
 * Get and put a descriptor, link and unlink it, make a segment free or take it.
 * Only the common case of each is here: small sizes, a whole segment or a piece
 * of the rest, no free neighbour or one before it. segment.c has the others.
 */
#ifndef _DDI_VMEM_SEGMENT_H
#define _DDI_VMEM_SEGMENT_H

#include "ddi_vmem/segment/hash.h"

/* Take a descriptor; the caller has seen to it that the pool is not empty. */
static __always_inline struct vmem_seg *vmem_seg_get(struct vmem *vm)
{
	struct vmem_seg *seg = vm->pool;

	lockdep_assert_held(&vm->lock);
	vm->pool = seg->next;
	vm->pool_n--;
	return seg;
}

static __always_inline void vmem_seg_put(struct vmem *vm, struct vmem_seg *seg)
{
	lockdep_assert_held(&vm->lock);
	seg->next = vm->pool;
	vm->pool = seg;
	vm->pool_n++;
}

static __always_inline void seg_set_prev(struct vmem_seg *seg, struct vmem_seg *prev)
{
	seg->prev_type = (unsigned long)prev | seg_type(seg);
}

static __always_inline void cursors_move(struct vmem *vm, struct vmem_seg *from,
					 struct vmem_seg *to)
{
	if (unlikely(!hlist_empty(&vm->cursors)))
		vmem_cursors_move(vm, from, to);
}

/* Insert @seg behind @prev. What appears right before a cursor is still ahead of it. */
static __always_inline void vmem_seg_link(struct vmem *vm, struct vmem_seg *prev,
					  struct vmem_seg *seg, enum vmem_seg_type type)
{
	struct vmem_seg *next = prev->next;

	seg->next = next;
	seg->prev_type = (unsigned long)prev | type;
	prev->next = seg;
	seg_set_prev(next, seg);
	cursors_move(vm, next, seg);
}

/* Take @seg, which is behind @prev, out of the list. */
static __always_inline void vmem_seg_unlink_behind(struct vmem *vm, struct vmem_seg *prev,
						   struct vmem_seg *seg)
{
	struct vmem_seg *next = seg->next;

	prev->next = next;
	seg_set_prev(next, prev);
	cursors_move(vm, seg, next);
}

static __always_inline void vmem_seg_unlink(struct vmem *vm, struct vmem_seg *seg)
{
	vmem_seg_unlink_behind(vm, seg_prev(seg), seg);
}

/* A new allocation behind @prev. */
static __always_inline struct vmem_seg *vmem_seg_new(struct vmem *vm, struct vmem_seg *prev,
						     unsigned long start, unsigned long size)
{
	struct vmem_seg *seg = vmem_seg_get(vm);

	seg->start = start;
	seg->size = size;
	vmem_seg_link(vm, prev, seg, VMEM_SEG_ALLOC);
	return seg;
}

static __always_inline void seg_set_type(struct vmem_seg *seg, enum vmem_seg_type type)
{
	seg->prev_type = (seg->prev_type & ~VMEM_SEG_TYPE_MASK) | type;
}

static __always_inline void vmem_bin_remove(struct vmem *vm, struct vmem_seg *seg,
					    unsigned long n)
{
	__hlist_del(&seg->bin);
	if (hlist_empty(&vm->bin[n]))
		vm->bin_map &= ~BIT_ULL(n);
}

static __always_inline void vmem_bin_insert(struct vmem *vm, struct vmem_seg *seg,
					    unsigned long n)
{
	hlist_add_head(&seg->bin, &vm->bin[n]);
	seg->in_bin = 1;
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

/* Make a linked segment known as free. */
static __always_inline void vmem_free_insert(struct vmem *vm, struct vmem_seg *seg)
{
	seg_set_type(seg, VMEM_SEG_FREE);
	vmem_size_insert(vm, seg);
	seg->max = 0;
	if (vm->index != VMEM_INDEX_OFF)
		vmem_addr_add(vm, seg);
}

static __always_inline void vmem_free_remove(struct vmem *vm, struct vmem_seg *seg)
{
	vmem_size_remove(vm, seg);
	if (vm->index != VMEM_INDEX_OFF)
		vmem_addr_del(vm, seg);
}

/* The smallest free segment of @size or more in the indexes; exact, whatever the policy. */
static __always_inline struct vmem_seg *vmem_find_size(struct vmem *vm, unsigned long size)
{
	unsigned long n = (size >> vm->qshift) - 1;
	u64 map;

	if (unlikely(n >= vm->bins))
		return vmem_tree_find(vm, size);
	map = vm->bin_map >> n;
	if (unlikely(!map))
		return vmem_tree_find(vm, size);
	return hlist_entry(vm->bin[n + __ffs64(map)].first, struct vmem_seg, bin);
}

/*
 * Cut [addr, addr + size) out of the free segment @seg. Takes at most
 * VMEM_NEED_CUT descriptors. Returns the allocated segment.
 */
static __always_inline struct vmem_seg *vmem_cut(struct vmem *vm, struct vmem_seg *seg,
						 unsigned long addr, unsigned long size)
{
	lockdep_assert_held(&vm->lock);
	if (seg->size != size)
		return vmem_cut_part(vm, seg, addr, size);
	vmem_free_remove(vm, seg);
	seg_set_type(seg, VMEM_SEG_ALLOC);
	return seg;
}

/* A free segment of exactly @size out of its bin, as an allocation; or NULL. */
static __always_inline struct vmem_seg *vmem_take_exact(struct vmem *vm, unsigned long size)
{
	unsigned long n = (size >> vm->qshift) - 1;
	struct vmem_seg *seg;

	if (n >= vm->bins || !(vm->bin_map >> n & 1))
		return NULL;
	seg = hlist_entry(vm->bin[n].first, struct vmem_seg, bin);
	vmem_free_remove(vm, seg);
	seg_set_type(seg, VMEM_SEG_ALLOC);
	return seg;
}

/* Does the rest serve a request for @size as it is? */
static __always_inline bool vmem_remainder_serves(const struct vmem *vm, unsigned long size)
{
	const struct vmem_seg *rest = vm->remainder;

	return rest && rest->size >= size && rest->size - size <= vm->remainder_max;
}

/* Cut @size off the low end of the rest, which is that long at least. */
static __always_inline struct vmem_seg *vmem_cut_remainder(struct vmem *vm, unsigned long size)
{
	struct vmem_seg *rest = vm->remainder, *seg;

	lockdep_assert_held(&vm->lock);
	if (unlikely(rest->size == size)) {
		vm->remainder = NULL;
		seg_set_type(rest, VMEM_SEG_ALLOC);
		return rest;
	}
	seg = vmem_seg_new(vm, seg_prev(rest), rest->start, size);
	rest->start += size;
	rest->size -= size;
	return seg;
}

static __always_inline bool vmem_has_free_neighbour(const struct vmem_seg *seg)
{
	return seg_is_free(seg_prev(seg)) || seg_is_free(seg->next);
}

/* Make an allocated segment free and one with its free neighbours. */
static __always_inline struct vmem_seg *vmem_join(struct vmem *vm, struct vmem_seg *seg)
{
	lockdep_assert_held(&vm->lock);
	if (vmem_has_free_neighbour(seg))
		return vmem_join_neighbours(vm, seg);
	vmem_free_insert(vm, seg);
	return seg;
}

/* Where this CPU's fresh segment is. */
static __always_inline struct vmem_seg **vmem_fresh_here(struct vmem *vm)
{
	return &vm->hot[(unsigned int)raw_smp_processor_id() % VMEM_HOT];
}

/* May @prev just take in @seg, which is behind it, because it is in no index? */
static __always_inline bool vmem_may_append(struct vmem *vm, struct vmem_seg *prev,
					    const struct vmem_seg *seg)
{
	if (!seg_is_free(prev) || seg_is_free(seg->next))
		return false;
	if (vmem_is_loose(vm, prev))
		return true;
	if (vm->index != VMEM_INDEX_OFF)
		return false;
	vmem_defer(vm, prev);
	return true;
}

/* Make it one with @prev, then. */
static __always_inline struct vmem_seg *vmem_append(struct vmem *vm, struct vmem_seg *prev,
						    struct vmem_seg *seg)
{
	vmem_seg_unlink_behind(vm, prev, seg);
	prev->size += seg->size;
	vmem_seg_put(vm, seg);
	return prev;
}

/* vmem_join() for a segment in the hash, which may become a fresh one. */
static __always_inline struct vmem_seg *vmem_release(struct vmem *vm, struct vmem_seg *seg)
{
	struct vmem_seg **fresh, *prev = seg_prev(seg);

	lockdep_assert_held(&vm->lock);
	if (vmem_may_append(vm, prev, seg)) {
		vmem_hash_remove(vm, seg);
		return vmem_append(vm, prev, seg);
	}
	if (vmem_has_free_neighbour(seg)) {
		vmem_hash_remove(vm, seg);
		return vmem_join_neighbours(vm, seg);
	}
	fresh = vmem_fresh_here(vm);
	if (*fresh)
		vmem_flush_one(vm, fresh);
	seg_set_type(seg, VMEM_SEG_FREE);
	seg->qtag = VMEM_SEG_CACHED;
	*fresh = seg;
	return seg;
}

/* Leave no segment fresh but the one at @hot. */
static __always_inline void vmem_settle_others(struct vmem *vm, struct vmem_seg **fresh)
{
	struct vmem_seg **other = &vm->hot[fresh == vm->hot];

	static_assert(VMEM_HOT == 2);
	if (*other)
		vmem_flush_one(vm, other);
}

/* Does the index, which is ready, know a segment of @size or more below @seg? */
static __always_inline bool vmem_fits_below(struct vmem *vm, const struct vmem_seg *seg,
					    unsigned long size)
{
	const struct vmem_seg *lowest = vmem_addr_lowest(vm, size);

	return lowest && lowest->start < seg->start;
}

/* This CPU's fresh segment, if a request for @size would be given it; or NULL. */
static __always_inline struct vmem_seg *vmem_take_hot(struct vmem *vm, unsigned long size,
							bool lowest)
{
	struct vmem_seg **fresh = vmem_fresh_here(vm), *seg = *fresh;

	if (!seg || seg->size != size)
		return NULL;
	if (lowest) {
		vmem_settle_others(vm, fresh);
		if (vmem_fits_below(vm, seg, size))
			return NULL;
	}
	*fresh = NULL;
	seg_set_type(seg, VMEM_SEG_ALLOC);
	return seg;
}

#endif /* _DDI_VMEM_SEGMENT_H */
