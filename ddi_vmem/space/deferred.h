/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deferred.h - free segments that are in no index yet: the hot slots, the last
 * remainder, the last coalesced; deferred.c says why
 */
#ifndef _DDI_VMEM_DEFERRED_H
#define _DDI_VMEM_DEFERRED_H

#include "ddi_vmem/segment/hash.h"
#include "ddi_vmem/space/free_set.h"

/*
 * A request is cut off the last remainder, without a search for a smaller segment, if that
 * is longer by up to this many quanta, and by up to this part of the arena.
 */
#define VMEM_REMAINDER_MAX		(8UL * VMEM_BINS)
#define VMEM_REMAINDER_SHARE		64

void vmem_flush_cold(struct vmem *vm);
struct vmem_seg *vmem_smallest(struct vmem *vm, unsigned long size);
struct vmem_seg *vmem_cut_smallest(struct vmem *vm, unsigned long size);
struct vmem_seg *vmem_cut_deferred(struct vmem *vm, struct vmem_seg *seg,
				   unsigned long addr, unsigned long size);
void vmem_defer(struct vmem *vm, struct vmem_seg *seg);
void vmem_detach(struct vmem *vm, struct vmem_seg *seg);
void vmem_grow_flushed(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
		       unsigned long size);
struct vmem_seg *vmem_join_neighbours(struct vmem *vm, struct vmem_seg *seg);
void vmem_flush_one(struct vmem *vm, struct vmem_seg **hot);

static __always_inline void vmem_flush_hot(struct vmem *vm)
{
	if (vm->hot[0])
		vmem_flush_one(vm, &vm->hot[0]);
	if (vm->hot[1])
		vmem_flush_one(vm, &vm->hot[1]);
}

/* Put the deferred segments into the indexes, for callers that need all free segments there. */
static __always_inline void vmem_flush_deferred(struct vmem *vm)
{
	vmem_flush_hot(vm);
	if (vm->remainder || vm->coalesced)
		vmem_flush_cold(vm);
}

/* Is the remainder the only free segment of @size or more, as far as a few looks tell? */
static __always_inline bool vmem_remainder_is_alone(const struct vmem *vm, unsigned long size)
{
	unsigned long n = (size >> vm->qshift) - 1;

	return !vm->coalesced && n < vm->bins && !(vm->bin_map >> n) &&
	       RB_EMPTY_ROOT(&vm->by_size.rb_root) && !vm->hot[0] && !vm->hot[1];
}

/* May @size be cut off the remainder without a search for a smaller segment? */
static __always_inline bool vmem_remainder_serves(const struct vmem *vm, unsigned long size,
						  int policy)
{
	const struct vmem_seg *rest = vm->remainder;

	if (!rest || rest->size < size)
		return false;
	return (policy != VM_BESTFIT && rest->size - size <= vm->remainder_max) ||
	       vmem_remainder_is_alone(vm, size);
}

/* Cut @size off the low end of the remainder, which is at least that long. */
static __always_inline struct vmem_seg *vmem_cut_remainder(struct vmem *vm, unsigned long size)
{
	struct vmem_seg *rest = vm->remainder, *seg;

	lockdep_assert_held(&vm->lock);
	if (unlikely(rest->size == size)) {
		vm->remainder = NULL;
		seg_set_allocated(rest);
		return rest;
	}
	seg = vmem_seg_new(vm, seg_prev(rest), rest->start, size);
	rest->start += size;
	rest->size -= size;
	return seg;
}

/*
 * Cut [addr, addr + size) out of the last coalesced, behind its low end. What is left
 * before it stays where it is; what is left behind it is the remainder.
 */
static __always_inline struct vmem_seg *vmem_cut_coalesced(struct vmem *vm, unsigned long addr,
							   unsigned long size)
{
	struct vmem_seg *seg = vm->coalesced, *cut;
	unsigned long before = addr - seg->start, behind = seg->size - before - size;

	lockdep_assert_held(&vm->lock);
	seg->size = before;
	if (!behind)
		return vmem_seg_new(vm, seg, addr, size);
	cut = vmem_seg_new_pair(vm, seg, addr, size, behind);
	if (vm->remainder)
		vmem_free_insert(vm, vm->remainder);
	vm->remainder = cut->next;
	return cut;
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

/* Where this CPU keeps the segment that it freed last. */
static __always_inline struct vmem_seg **vmem_hot_slot(struct vmem *vm)
{
	return &vm->hot[(unsigned int)raw_smp_processor_id() % VMEM_HOT];
}

/*
 * Can the free segment @seg take in others by itself, because no index has it? In an arena
 * with address trees it cannot, see vmem_grow(). In others this makes it a deferred one.
 */
static __always_inline bool vmem_may_grow(struct vmem *vm, struct vmem_seg *seg)
{
	if (vmem_is_deferred(vm, seg))
		return true;
	if (vm->index != VMEM_INDEX_OFF)
		return false;
	vmem_defer(vm, seg);
	return true;
}

/* In an arena with address trees, the free segment @seg takes in others. It may be hot. */
static __always_inline void vmem_grow(struct vmem *vm, struct vmem_seg *seg,
				      unsigned long start, unsigned long size)
{
	if (unlikely(vm->hot[0] || vm->hot[1]))
		vmem_grow_flushed(vm, seg, start, size);
	else
		vmem_free_resize(vm, seg, start, size);
}

/*
 * Make one of an allocated segment, which is not in the hash, and the free @prev before
 * it; @next is allocated.
 */
static __always_inline struct vmem_seg *vmem_append(struct vmem *vm, struct vmem_seg *prev,
						    struct vmem_seg *seg, struct vmem_seg *next)
{
	if (vmem_may_grow(vm, prev))
		prev->size += seg->size;
	else
		vmem_grow(vm, prev, prev->start, prev->size + seg->size);
	vmem_seg_absorb(vm, prev, seg, next);
	return prev;
}

/* Likewise with the free @next behind it; @prev is allocated. */
static __always_inline struct vmem_seg *vmem_prepend(struct vmem *vm, struct vmem_seg *prev,
						     struct vmem_seg *seg, struct vmem_seg *next)
{
	if (vmem_may_grow(vm, next)) {
		next->start = seg->start;
		next->size += seg->size;
	} else {
		vmem_grow(vm, next, seg->start, seg->size + next->size);
	}
	vmem_seg_absorb(vm, prev, seg, next);
	return next;
}

/* Likewise with both. */
static __always_inline struct vmem_seg *vmem_join_both(struct vmem *vm, struct vmem_seg *prev,
						       struct vmem_seg *seg, struct vmem_seg *next)
{
	if (next == vm->remainder && prev == vm->coalesced) {
		vm->remainder = NULL;
		prev->size += seg->size + next->size;
	} else {
		vmem_flush_hot(vm);
		vmem_detach(vm, next);
		if (vmem_may_grow(vm, prev))
			prev->size += seg->size + next->size;
		else
			vmem_grow(vm, prev, prev->start, prev->size + seg->size + next->size);
	}
	vmem_seg_absorb_two(vm, prev, seg, next);
	return prev;
}

/* vmem_join() for a segment in the hash, which may become a hot one. */
static __always_inline struct vmem_seg *vmem_release(struct vmem *vm, struct vmem_seg *seg)
{
	struct vmem_seg **hot, *prev = seg_prev(seg), *next = seg->next;

	lockdep_assert_held(&vm->lock);
	if (seg_is_free(prev)) {
		vmem_hash_remove(vm, seg);
		return seg_is_free(next) ? vmem_join_both(vm, prev, seg, next) :
					   vmem_append(vm, prev, seg, next);
	}
	if (seg_is_free(next)) {
		vmem_hash_remove(vm, seg);
		return vmem_prepend(vm, prev, seg, next);
	}
	hot = vmem_hot_slot(vm);
	if (*hot)
		vmem_flush_one(vm, hot);
	seg_set_type(seg, VMEM_SEG_FREE);
	seg->qtag = VMEM_SEG_CACHED;
	*hot = seg;
	return seg;
}

/* Allocate *@taken, this CPU's hot segment, if it is exactly @size long. */
static __always_inline bool vmem_take_hot(struct vmem *vm, unsigned long size,
					  struct vmem_seg **taken)
{
	struct vmem_seg **hot = vmem_hot_slot(vm), *seg = *hot;

	if (!seg || seg->size != size)
		return false;
	*hot = NULL;
	seg_set_allocated(seg);
	*taken = seg;
	return true;
}

/* The hot segment with the lower address, or NULL. */
static __always_inline struct vmem_seg *vmem_lower_hot(const struct vmem *vm)
{
	struct vmem_seg *a = vm->hot[0], *b = vm->hot[1];

	static_assert(VMEM_HOT == 2);
	return !b || (a && a->start < b->start) ? a : b;
}

/* Does the index, which is ready, know a segment of @size or more below @seg? */
static __always_inline bool vmem_fits_below(struct vmem *vm, const struct vmem_seg *seg,
					    unsigned long size)
{
	const struct vmem_seg *lowest = vmem_addr_lowest(vm, size);

	return lowest && lowest->start < seg->start;
}

/*
 * Allocate *@taken, the lower hot segment, whichever CPU has freed it, if it is exactly @size
 * long and the index has nothing lower that serves.
 */
static __always_inline bool vmem_take_lowest_hot(struct vmem *vm, unsigned long size,
						 struct vmem_seg **taken)
{
	struct vmem_seg *seg = vmem_lower_hot(vm);

	if (!seg || seg->size != size || vmem_fits_below(vm, seg, size))
		return false;
	vm->hot[seg != vm->hot[0]] = NULL;
	seg_set_allocated(seg);
	*taken = seg;
	return true;
}

#endif /* _DDI_VMEM_DEFERRED_H */
