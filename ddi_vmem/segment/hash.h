/* SPDX-License-Identifier: GPL-2.0-only */
/* hash.h - finding a segment in the address hash; hash.c has the rest */
#ifndef _DDI_VMEM_HASH_H
#define _DDI_VMEM_HASH_H

#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/swab.h>

#include "ddi_vmem/vmem_impl.h"

void vmem_hash_init(struct vmem_hash *hash);
void vmem_hash_free(struct vmem_hash *hash);
void vmem_hash_expand(struct vmem *vm);
void vmem_hash_grow(struct work_struct *work);
void vmem_hash_grow_now(struct vmem *vm);

static inline unsigned long vmem_hash_count(const struct vmem_hash *hash)
{
	return hash->buckets * VMEM_HASH_LOAD - hash->room;
}

/* @quanta: start of a segment in quanta */
static inline unsigned long vmem_hash_of(unsigned long quanta)
{
	/* The table uses low bits first, and the high byte has the best of them. */
	return swab(quanta * GOLDEN_RATIO_PRIME);
}

/* Which chunk holds bucket @i. An int would take an instruction more, to extend it. */
static inline unsigned long vmem_hash_chunk(unsigned long i)
{
	return __fls(i + VMEM_HASH_FIRST) - VMEM_HASH_FIRST_SHIFT;
}

static __always_inline struct hlist_head *vmem_hash_bucket(struct vmem_hash *hash,
							   unsigned long i)
{
	return (struct hlist_head *)hash->chunk[vmem_hash_chunk(i)] + i;
}

static __always_inline unsigned long vmem_hash_index(const struct vmem_hash *hash,
						     unsigned long quanta)
{
	unsigned long i = vmem_hash_of(quanta) & hash->mask;

	if (i >= hash->buckets)
		i &= hash->mask >> 1;
	return i;
}

static __always_inline struct hlist_head *vmem_hash_head(struct vmem *vm, unsigned long start)
{
	return vmem_hash_bucket(&vm->hash, vmem_hash_index(&vm->hash, start >> vm->qshift));
}

static __always_inline void vmem_hash_insert(struct vmem *vm, struct vmem_seg *seg)
{
	/* A reader that finds @seg finds its start and the rest of the chain. */
	hlist_add_head_rcu(&seg->hash, vmem_hash_head(vm, seg->start));
	if (unlikely(--vm->hash.room < 0))
		vmem_hash_expand(vm);
}

/* The allocated segment that starts at @start, or NULL. */
static __always_inline struct vmem_seg *vmem_hash_find(struct vmem *vm, unsigned long start)
{
	struct vmem_seg *seg;

	hlist_for_each_entry(seg, vmem_hash_head(vm, start), hash) {
		if (likely(seg->start == start))
			return seg;
		vm->stat[VMEM_STAT_LOOKUP]++;
	}
	return NULL;
}

static inline void vmem_hash_remove(struct vmem *vm, struct vmem_seg *seg)
{
	raw_write_seqcount_begin(&vm->hash.seq);
	__hlist_del(&seg->hash);
	vm->hash.room++;
	raw_write_seqcount_end(&vm->hash.seq);
}

/*
 * The allocated segment that starts at @start, in quanta @quanta, without the lock,
 * interrupts off; NULL if there is none or the table is being changed, so look again
 * under the lock. Only the owner of the segment may call this: no other thread can
 * free the segment meanwhile.
 *
 * A link is followed only after the count has shown that it was read while its
 * segment was still in the table. The memory behind a link that is read too
 * late is a descriptor all the same: descriptors go back to the kernel after a
 * grace period, and interrupts off keep that from ending.
 */
static __always_inline struct vmem_seg *vmem_hash_peek(struct vmem *vm, unsigned long start,
						       unsigned long quanta)
{
	/* With the low bit off, a table that is being changed fails the check. */
	unsigned int seq = raw_read_seqcount(&vm->hash.seq) & ~1;
	unsigned long i = vmem_unlocked(vmem_hash_index(&vm->hash, quanta));
	struct hlist_node *node;

	/*
	 * A reader that has read the number of a new bucket reads its chunk, too. Pairs
	 * with the barrier in raw_write_seqcount_begin() of hash_split(), which comes
	 * behind the write of the chunk and before that of the number.
	 */
	smp_rmb();
	node = vmem_unlocked(READ_ONCE(vmem_hash_bucket(&vm->hash, i)->first));
	while (node && likely(!read_seqcount_retry(&vm->hash.seq, seq))) {
		struct vmem_seg *seg = hlist_entry(node, struct vmem_seg, hash);

		if (vmem_unlocked(READ_ONCE(seg->start)) == start)
			return seg;
		node = vmem_unlocked(READ_ONCE(node->next));
	}
	return NULL;
}

#endif /* _DDI_VMEM_HASH_H */
