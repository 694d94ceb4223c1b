// SPDX-License-Identifier: GPL-2.0-only
/*
 * hash.c - allocated segments by start address
 *
 * Linear hashing: the table grows by one bucket at a time, split off the
 * bucket that its entries were in until then, so growing costs each insert a
 * few steps and never all of them at once. Bucket arrays come in chunks, each
 * twice as large as the one before it; they are allocated by a work item, because an
 * insert may not sleep. Until a chunk is there buckets grow longer. That would be many times
 * longer in a small table, if Linux ran the item late, so a small chunk is also allocated
 * by the next thread that refills the pool.
 */
#include "ddi_vmem/segment/hash.h"

#include <linux/mm.h>
#include <linux/slab.h>

#include "ddi_core/fault.h"
#include "ddi_vmem/segment/work.h"

static unsigned long chunk_size(unsigned int c)
{
	return VMEM_HASH_FIRST << c;
}

/* The number of buckets in all chunks before @c */
static unsigned long chunk_first(unsigned int c)
{
	return chunk_size(c) - VMEM_HASH_FIRST;
}

/* Bucket arrays are kept with their first bucket's number taken off. */
static struct hlist_head *chunk_array(const struct vmem_hash *hash, unsigned int c)
{
	return (struct hlist_head *)hash->chunk[c] + chunk_first(c);
}

static void chunk_set(struct vmem_hash *hash, unsigned int c, struct hlist_head *array)
{
	hash->chunk[c] = (unsigned long)(array - chunk_first(c));
}

void vmem_hash_init(struct vmem_hash *hash)
{
	seqcount_init(&hash->seq);
	chunk_set(hash, 0, hash->first);
	hash->buckets = VMEM_HASH_FIRST;
	hash->room = VMEM_HASH_FIRST * VMEM_HASH_LOAD;
	hash->mask = VMEM_HASH_FIRST - 1;
}

void vmem_hash_free(struct vmem_hash *hash)
{
	unsigned int c;

	for (c = 1; c < VMEM_HASH_CHUNKS; c++)
		if (hash->chunk[c])
			kvfree(chunk_array(hash, c));
}

/* Split the next bucket in turn between itself and a new one. */
static void hash_split(struct vmem *vm)
{
	struct vmem_hash *hash = &vm->hash;
	unsigned long bit = rounddown_pow_of_two(hash->buckets);
	struct hlist_head *old = vmem_hash_bucket(hash, hash->buckets - bit);
	struct hlist_head *new = vmem_hash_bucket(hash, hash->buckets);
	struct hlist_node *next;
	struct vmem_seg *seg;

	raw_write_seqcount_begin(&hash->seq);
	hlist_for_each_entry_safe(seg, next, old, hash) {
		if (vmem_hash_of(seg->start >> vm->qshift) & bit) {
			__hlist_del(&seg->hash);
			hlist_add_head(&seg->hash, new);
		}
	}
	hash->mask = (bit << 1) - 1;
	hash->buckets++;
	hash->room += VMEM_HASH_LOAD;
	raw_write_seqcount_end(&hash->seq);
}

/*
 * More than VMEM_HASH_LOAD segments a bucket: use one bucket more. Not two, though that would
 * catch up sooner with what went in while a chunk was missing: buckets are long then, and
 * interrupts are off.
 */
void vmem_hash_expand(struct vmem *vm)
{
	struct vmem_hash *hash = &vm->hash;
	unsigned int c = vmem_hash_chunk(hash->buckets);

	if (c >= VMEM_HASH_CHUNKS)
		return;
	if (hash->chunk[c]) {
		hash_split(vm);
	} else if (!vm->growing && !vm->dead) {
		vm->growing = true;
		refcount_inc(&vm->ref);
		queue_work(vmem_grow_wq, &vm->grow);
	}
}

/* Allocate the next chunk, if it is missing and has @most buckets at most. */
static void add_chunk(struct vmem *vm, unsigned long most, gfp_t gfp)
{
	struct vmem_hash *hash = &vm->hash;
	struct hlist_head *chunk;
	unsigned long flags;
	unsigned int c;
	bool missing;

	spin_lock_irqsave(&vm->lock, flags);
	c = vmem_hash_chunk(hash->buckets);
	missing = c < VMEM_HASH_CHUNKS && !hash->chunk[c];
	spin_unlock_irqrestore(&vm->lock, flags);
	if (!missing || chunk_size(c) > most || ddi_should_fail(DDI_FAIL_DESCRIPTORS, gfp))
		return;
	chunk = kvcalloc(chunk_size(c), sizeof(*chunk), gfp | __GFP_NOWARN);
	if (!chunk)
		return;
	spin_lock_irqsave(&vm->lock, flags);
	/* Another thread may have been faster. */
	if (!hash->chunk[c]) {
		chunk_set(hash, c, chunk);
		chunk = NULL;
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	kvfree(chunk);
}

/* Work: allocate the chunk that vmem_hash_expand() missed; it has a reference. */
void vmem_hash_grow(struct work_struct *work)
{
	struct vmem *vm = container_of(work, struct vmem, grow);

	add_chunk(vm, ULONG_MAX, GFP_KERNEL);
	spin_lock_irq(&vm->lock);
	/* Without memory the next insert asks again. */
	vm->growing = false;
	spin_unlock_irq(&vm->lock);
	vmem_put(vm);
}

/* Ahead of the work item, in any context, if the chunk is small. Call this without the lock. */
void vmem_hash_grow_now(struct vmem *vm)
{
	if (vmem_unlocked(vm->growing))
		add_chunk(vm, VMEM_HASH_AT_ONCE, GFP_NOWAIT);
}
