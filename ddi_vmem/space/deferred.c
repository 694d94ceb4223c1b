// SPDX-License-Identifier: GPL-2.0-only
/*
 * deferred.c - free segments that wait for the next request in no index
 *
 * What is allocated in a row is often freed in a row. Then one free segment
 * loses its low end again and again, and another one grows. It would be in vain to
 * enter each of their sizes into the bins or the tree, so two segments are in neither:
 * the last remainder, which the default policy goes on cutting unless a bin has a
 * segment of exactly the size, and the last coalesced, which a free has joined last. When a
 * request takes that one, the two change places.
 * A remainder that is much longer than the request is spared as long as a smaller
 * segment serves. VMEM_REMAINDER_MAX says what is much longer in large arenas,
 * VMEM_REMAINDER_SHARE in small ones.
 *
 * A caller that needs all free segments in the indexes calls vmem_flush_deferred() first.
 * In an arena with an address tree there is neither of the two, only hot segments: most
 * requests would have to flush them, and a segment that changes its size mostly keeps
 * its place in that tree.
 */
#include "ddi_vmem/space/deferred.h"

/*
 * The segment that a CPU freed last waits for that CPU's next request as it is. Often
 * that request takes it back, and then neither the hash nor an index is touched. There
 * are two hot slots, for even and odd CPUs: with one, two CPUs that share an arena would
 * hand each other all their segments, each with its cache lines. A request for the
 * lowest takes the lower of the two, whichever CPU has freed it, if nothing in the address
 * tree is lower. Nothing outside the engine can tell: a hot segment is free like any other.
 */
void vmem_flush_one(struct vmem *vm, struct vmem_seg **hot)
{
	struct vmem_seg *seg = *hot;

	lockdep_assert_held(&vm->lock);
	*hot = NULL;
	vmem_hash_remove(vm, seg);
	vmem_free_insert(vm, seg);
}

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

static __always_inline bool detach_deferred(struct vmem *vm, const struct vmem_seg *seg)
{
	if (seg == vm->remainder)
		vm->remainder = NULL;
	else if (seg == vm->coalesced)
		vm->coalesced = NULL;
	else
		return false;
	return true;
}

static __always_inline void detach(struct vmem *vm, struct vmem_seg *seg)
{
	if (!detach_deferred(vm, seg))
		vmem_free_remove(vm, seg);
}

/*
 * Put the free segment @seg into a deferred @slot, and what is there into the index by
 * size. There is no index by address, or nothing would be deferred.
 */
static __always_inline void replace(struct vmem *vm, struct vmem_seg **slot,
				    struct vmem_seg *seg)
{
	struct vmem_seg *old;

	if (!detach_deferred(vm, seg))
		vmem_size_remove(vm, seg);
	old = *slot;
	*slot = seg;
	if (!old)
		return;
	vmem_size_insert(vm, old);
	old->max = 0;
	vmem_offer(vm, old);
}

/* Take the free segment @seg out of its deferred slot or its index. */
void vmem_detach(struct vmem *vm, struct vmem_seg *seg)
{
	detach(vm, seg);
}

/* The free segment @seg is about to change: make it the last coalesced, in no index. */
void vmem_defer(struct vmem *vm, struct vmem_seg *seg)
{
	vmem_flush_hot(vm);
	replace(vm, &vm->coalesced, seg);
}

/* Which of the two is the smaller one that serves? Either may be NULL. */
static struct vmem_seg *smaller(struct vmem_seg *a, struct vmem_seg *b, unsigned long size)
{
	if (!b || b->size < size)
		return a;
	return a && a->size <= b->size ? a : b;
}

static __always_inline struct vmem_seg *smallest(struct vmem *vm, unsigned long size)
{
	struct vmem_seg *seg = vmem_find_size(vm, size);

	return smaller(smaller(seg, vm->coalesced, size), vm->remainder, size);
}

/* The smallest free segment of @size or more that is not hot, in the indexes or deferred. */
struct vmem_seg *vmem_smallest(struct vmem *vm, unsigned long size)
{
	return smallest(vm, size);
}

/*
 * Make @seg the remainder, from wherever it is. If it was the last coalesced, the old
 * remainder takes that slot: both stay out of the index.
 */
static __always_inline void make_remainder(struct vmem *vm, struct vmem_seg *seg)
{
	if (seg == vm->remainder)
		return;
	if (seg == vm->coalesced)
		swap(vm->coalesced, vm->remainder);
	else
		replace(vm, &vm->remainder, seg);
}

/* Cut @size off the smallest segment that is long enough; what is left is the remainder. */
struct vmem_seg *vmem_cut_smallest(struct vmem *vm, unsigned long size)
{
	struct vmem_seg *seg;

	vmem_flush_hot(vm);
	if (vm->index != VMEM_INDEX_OFF) {
		seg = vmem_find_size(vm, size);
		return seg ? vmem_cut_low(vm, seg, size) : NULL;
	}
	seg = smallest(vm, size);
	if (!seg)
		return NULL;
	make_remainder(vm, seg);
	return vmem_cut_remainder(vm, size);
}

/*
 * Cut [addr, addr + size) out of a free segment, wherever it is. Without an address
 * tree what is left before it was coalesced last, and what is left behind it is
 * the remainder. Takes at most VMEM_NEED_CUT.
 */
struct vmem_seg *vmem_cut_deferred(struct vmem *vm, struct vmem_seg *seg,
				   unsigned long addr, unsigned long size)
{
	if (vmem_is_hot(vm, seg))
		vmem_flush_hot(vm);
	if (vm->index != VMEM_INDEX_OFF)
		return vmem_cut(vm, seg, addr, size);
	if (addr == seg->start) {
		make_remainder(vm, seg);
		return vmem_cut_remainder(vm, size);
	}
	if (seg != vm->coalesced)
		vmem_defer(vm, seg);
	return vmem_cut_coalesced(vm, addr, size);
}

/* vmem_grow() while something is hot */
void vmem_grow_flushed(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
		       unsigned long size)
{
	vmem_flush_hot(vm);
	vmem_free_resize(vm, seg, start, size);
}

/* vmem_join() where at least one neighbour is free. */
struct vmem_seg *vmem_join_neighbours(struct vmem *vm, struct vmem_seg *seg)
{
	struct vmem_seg *prev = seg_prev(seg), *next = seg->next;

	if (!seg_is_free(prev))
		return vmem_prepend(vm, prev, seg, next);
	return seg_is_free(next) ? vmem_join_both(vm, prev, seg, next) :
				   vmem_append(vm, prev, seg, next);
}
