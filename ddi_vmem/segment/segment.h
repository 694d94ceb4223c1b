/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * segment.h - descriptors, their pool, and the list of all segments
 *
 * Which segments are free, and where those are found, is for space/ to know.
 */
#ifndef _DDI_VMEM_SEGMENT_H
#define _DDI_VMEM_SEGMENT_H

#include "ddi_vmem/vmem_impl.h"

/*
 * What one operation takes from the arena's pool of descriptors, at most:
 * a cut out of the middle of a free segment leaves two remainders, one of
 * which keeps the descriptor; an import adds its free segment to that.
 */
#define VMEM_NEED_CUT		2
#define VMEM_NEED_ADD		1
#define VMEM_NEED_IMPORT	(VMEM_NEED_CUT + VMEM_NEED_ADD)

/* The pool is kept at this level when memory allows, so that an allocation
 * without atomic memory finds its descriptors [V107].
 */
#define VMEM_POOL_RESERVE	(2 * VMEM_NEED_IMPORT)
/* At this level the pool gives VMEM_POOL_BATCH descriptors back. */
#define VMEM_POOL_HIGH		128UL
/* How many descriptors one visit to the kernel's allocator brings. */
#define VMEM_POOL_REFILL	16
#define VMEM_POOL_BATCH		64UL

/**
 * struct vmem_span - a range that was added or imported
 * @seg: its marker in the segment list, with the span's start and size
 * @seq: running number; spans are in the list in this order
 * @imported: goes back to the source when all of it is free
 * @max: size of the largest segment in @free; may be too large: vmem_addr_shrunk()
 * @free: address tree of the free segments
 * @by_addr: place in vmem.spans
 * @addr_max: largest @max in the subtree below @by_addr
 * @by_seq: place in vmem.spans_seq
 * @seq_max: largest @max in the subtree below @by_seq
 */
struct vmem_span {
	struct vmem_seg seg;
	u64 seq;
	bool imported;
	unsigned long max;
	struct rb_root_cached free;
	struct rb_node by_addr;
	unsigned long addr_max;
	struct rb_node by_seq;
	unsigned long seq_max;
};

static inline struct vmem_span *seg_span(struct vmem_seg *marker)
{
	return container_of(marker, struct vmem_span, seg);
}

static inline unsigned long span_last(const struct vmem_span *span)
{
	return seg_last(&span->seg);
}

int vmem_seg_cache_init(void);
void vmem_seg_cache_exit(void);
gfp_t vmem_gfp(int vmflag);
bool vmem_pool_fill(struct vmem *vm, unsigned long need, gfp_t gfp);
void vmem_pool_refill(struct vmem *vm);
struct vmem_seg *vmem_pool_trim(struct vmem *vm);
void vmem_pool_discard(struct vmem_seg *list);
void vmem_pool_free(struct vmem *vm);
struct vmem_span *vmem_span_alloc(gfp_t gfp);
void vmem_span_free(struct vmem_span *span);
void vmem_cursors_move(struct vmem *vm, struct vmem_seg *from, struct vmem_seg *to);
void vmem_cursor_start(struct vmem *vm, struct vmem_cursor *cur);
void vmem_cursor_stop(struct vmem *vm, struct vmem_cursor *cur);

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

/* The value that vmem.slow_at must have */
static inline unsigned long vmem_slow_at(const struct vmem *vm)
{
	return vm->waiters || vm->import ? 0 : vm->pool_high;
}

/* Call this after each change of what that depends on. */
static inline void vmem_set_slow(struct vmem *vm)
{
	vm->slow_at = vmem_slow_at(vm);
}

static inline void vmem_add_waiters(struct vmem *vm, int n)
{
	vm->waiters += n;
	vmem_set_slow(vm);
}

static __always_inline void seg_set_prev(struct vmem_seg *seg, struct vmem_seg *prev)
{
	seg->prev_type = (unsigned long)prev | seg_type(seg);
}

/*
 * Insert @seg behind @prev. What appears right before a cursor, or before the place
 * where next fit goes on, is still ahead of it.
 */
static __always_inline void vmem_seg_link(struct vmem *vm, struct vmem_seg *prev,
					  struct vmem_seg *seg, enum vmem_seg_type type)
{
	struct vmem_seg *next = prev->next;

	seg->next = next;
	seg->prev_type = (unsigned long)prev | type;
	prev->next = seg;
	seg_set_prev(next, seg);
	if (unlikely(next == vm->next_fit))
		vm->next_fit = seg;
	if (unlikely(!hlist_empty(&vm->cursors)))
		vmem_cursors_move(vm, next, seg);
}

/*
 * Take @seg, which is between @prev and @next, out of the list. If @prev is free and
 * absorbs it, next fit has to look at @prev again; walks have reported it.
 */
static __always_inline void vmem_seg_unlink_behind(struct vmem *vm, struct vmem_seg *prev,
						   struct vmem_seg *seg, struct vmem_seg *next)
{
	prev->next = next;
	seg_set_prev(next, prev);
	if (unlikely(seg == vm->next_fit))
		vm->next_fit = seg_is_free(prev) ? prev : next;
	if (unlikely(!hlist_empty(&vm->cursors)))
		vmem_cursors_move(vm, seg, next);
}

static __always_inline void vmem_seg_unlink(struct vmem *vm, struct vmem_seg *seg)
{
	vmem_seg_unlink_behind(vm, seg_prev(seg), seg, seg->next);
}

/* One of its neighbours absorbs @seg, which leaves the list and goes back to the pool. */
static __always_inline void vmem_seg_absorb(struct vmem *vm, struct vmem_seg *prev,
					    struct vmem_seg *seg, struct vmem_seg *next)
{
	vmem_seg_unlink_behind(vm, prev, seg, next);
	vmem_seg_put(vm, seg);
}

/*
 * The free segment @prev absorbs @seg, which follows it, and the free @second behind
 * that: both leave the list and go back to the pool.
 */
static __always_inline void vmem_seg_absorb_two(struct vmem *vm, struct vmem_seg *prev,
						struct vmem_seg *seg,
						struct vmem_seg *second)
{
	struct vmem_seg *next = second->next;

	lockdep_assert_held(&vm->lock);
	prev->next = next;
	seg_set_prev(next, prev);
	if (unlikely(seg == vm->next_fit || second == vm->next_fit))
		vm->next_fit = prev;
	if (unlikely(!hlist_empty(&vm->cursors))) {
		vmem_cursors_move(vm, seg, next);
		vmem_cursors_move(vm, second, next);
	}
	/* They are a list already. */
	second->next = vm->pool;
	vm->pool = seg;
	vm->pool_n += 2;
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

/* The same with what is left free behind it. */
static __always_inline struct vmem_seg *vmem_seg_new_pair(struct vmem *vm, struct vmem_seg *prev,
							  unsigned long start, unsigned long size,
							  unsigned long behind)
{
	/* In the pool one follows the other already. */
	struct vmem_seg *seg = vm->pool, *rest = seg->next, *next = prev->next;

	lockdep_assert_held(&vm->lock);
	vm->pool = rest->next;
	vm->pool_n -= 2;
	seg->start = start;
	seg->size = size;
	seg->prev_type = (unsigned long)prev | VMEM_SEG_ALLOC;
	rest->start = start + size;
	rest->size = behind;
	rest->next = next;
	rest->prev_type = (unsigned long)seg | VMEM_SEG_FREE;
	prev->next = seg;
	seg_set_prev(next, rest);
	if (unlikely(next == vm->next_fit))
		vm->next_fit = seg;
	if (unlikely(!hlist_empty(&vm->cursors)))
		vmem_cursors_move(vm, next, seg);
	return seg;
}

/* Of a free one, which has 0 as its type. */
static __always_inline void seg_set_allocated(struct vmem_seg *seg)
{
	static_assert(!VMEM_SEG_FREE);
	seg->prev_type |= VMEM_SEG_ALLOC;
}

static __always_inline void seg_set_type(struct vmem_seg *seg, enum vmem_seg_type type)
{
	seg->prev_type = (seg->prev_type & ~VMEM_SEG_TYPE_MASK) | type;
}

#endif /* _DDI_VMEM_SEGMENT_H */
