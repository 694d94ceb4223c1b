/* SPDX-License-Identifier: GPL-2.0-only */
/* vmem_seg.h - descriptors of segments, and places in the list of them */
#ifndef _DDI_VMEM_SEG_H
#define _DDI_VMEM_SEG_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

enum vmem_seg_type {
	VMEM_SEG_FREE,
	VMEM_SEG_ALLOC,
	VMEM_SEG_SPAN,		/* marks the start of a span; also the list head */
};

#define VMEM_SEG_TYPE_MASK	3UL

/**
 * struct vmem_seg - descriptor of one segment
 * @start: first integer
 * @size: length, a multiple of the quantum
 * @next: next in the segment list
 * @prev_type: previous in the segment list, with the type in the low bits,
 *	which keeps a descriptor at 11 words
 * @addr: place in the address tree of its span
 * @max: largest size in the subtree below @addr; 0 while not in the tree
 * @bin: place among the free segments of the same small size
 * @in_bin: VMEM_SEG_BINNED while @bin is in use; VMEM_SEG_UNSIZED while the segment is
 *	in no index by size; a pointer of @by_size otherwise
 * @by_size: place in the tree of free segments that are in no bin
 * @hash: place in the bucket of the address hash
 * @asize: size that was asked for
 * @qnext: next in a magazine
 * @qchain: next magazine in the depot, valid in a magazine's first object
 * @qtag: cached size that this is an object of, in quanta, 0 for none; with
 *	VMEM_SEG_CACHED while free as far as anybody outside can see; or
 *	VMEM_SEG_DIRECT
 * @qn: objects in the magazine that starts here, valid in the depot
 * @rcu: for a batch of descriptors on its way back to the kernel
 */
struct vmem_seg {
	union {
		struct {	/* free */
			struct rb_node addr;
			unsigned long max;
			union {
				struct {
					struct hlist_node bin;
					unsigned long in_bin;
				};
				struct rb_node by_size;
			};
		};
		struct {	/* allocated */
			struct hlist_node hash;
			struct vmem_seg *qchain;
			u32 qn;
			/* A cached pair touches only the fields from here to @start. */
			unsigned long asize;
			struct vmem_seg *qnext;
			u32 qtag;
		};
		struct rcu_head rcu;
	};
	unsigned long start;
	unsigned long size;
	struct vmem_seg *next;
	unsigned long prev_type;
};

#define VMEM_SEG_CACHED		BIT(31)
/* In place of a cached size: the policy made vmem_alloc() bypass the caches. */
#define VMEM_SEG_DIRECT		BIT(30)

/* Values of vmem_seg.in_bin; odd, as no pointer is. */
#define VMEM_SEG_BINNED		1UL
#define VMEM_SEG_UNSIZED	3UL

/**
 * struct vmem_cursor - a place in the segment list that survives unlocking
 * @node: in vmem.cursors
 * @next: the segment to look at next; the list keeps it valid
 */
struct vmem_cursor {
	struct hlist_node node;
	struct vmem_seg *next;
};

static inline enum vmem_seg_type seg_type(const struct vmem_seg *seg)
{
	return seg->prev_type & VMEM_SEG_TYPE_MASK;
}

static inline struct vmem_seg *seg_prev(const struct vmem_seg *seg)
{
	return (struct vmem_seg *)(seg->prev_type & ~VMEM_SEG_TYPE_MASK);
}

static inline unsigned long seg_last(const struct vmem_seg *seg)
{
	return seg->start + seg->size - 1;
}

/* Owners free cached sizes without vmem.lock, so this may change under it. */
static inline bool seg_is_cached(const struct vmem_seg *seg)
{
	return READ_ONCE(seg->qtag) & VMEM_SEG_CACHED;
}

static inline unsigned int seg_qclass(const struct vmem_seg *seg)
{
	return READ_ONCE(seg->qtag) & ~VMEM_SEG_CACHED;
}

/* Is @seg an object of a cached size? */
static inline bool seg_is_object(const struct vmem_seg *seg)
{
	unsigned int qclass = seg_qclass(seg);

	return qclass && qclass != VMEM_SEG_DIRECT;
}

/*
 * Take a segment of the cached size @qclass from its owner. If two threads free it at
 * the same moment, one of them gets false. Acquires what vmem_seg_account() and
 * qc_hand_out() wrote before the tag.
 */
static __always_inline bool seg_claim(struct vmem_seg *seg, unsigned int qclass)
{
	u32 tag = qclass;

	return try_cmpxchg_acquire(&seg->qtag, &tag, qclass | VMEM_SEG_CACHED);
}

static inline bool seg_is_free(const struct vmem_seg *seg)
{
	return seg_type(seg) == VMEM_SEG_FREE;
}

#endif /* _DDI_VMEM_SEG_H */
