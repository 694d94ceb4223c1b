/* SPDX-License-Identifier: GPL-2.0-only */
/* commit.h - making an allocation of a segment: counters, cached size, hash */
#ifndef _DDI_VMEM_COMMIT_H
#define _DDI_VMEM_COMMIT_H

#include "ddi_vmem/search/search.h"
#include "ddi_vmem/segment/hash.h"
#include "ddi_vmem/space/free_set.h"

/*
 * Account @seg, which may be in the hash, as an allocation. Its size is written
 * before its tag: a thread that claims it by the tag finds the size.
 */
static __always_inline void *vmem_seg_account(struct vmem *vm, struct vmem_seg *seg,
					      unsigned long asize, unsigned int qclass)
{
	seg->asize = asize;
	/* Pairs with try_cmpxchg_acquire() in seg_claim(). */
	smp_store_release(&seg->qtag, qclass);
	vm->inuse += asize;
	vm->stat[VMEM_STAT_ALLOC]++;
	return (void *)seg->start;
}

/* The same for one that was cut just now, and is not in the hash: it goes there last. */
static __always_inline void *vmem_seg_publish(struct vmem *vm, struct vmem_seg *seg,
					      unsigned long asize, unsigned int qclass)
{
	void *start = vmem_seg_account(vm, seg, asize, qclass);

	vmem_hash_insert(vm, seg);
	return start;
}

#endif /* _DDI_VMEM_COMMIT_H */
