/* SPDX-License-Identifier: GPL-2.0-only */
/* vmem_hash.h - the address hash of an arena; segment/hash.c has the algorithm */
#ifndef _DDI_VMEM_VMEM_HASH_H
#define _DDI_VMEM_VMEM_HASH_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/seqlock.h>

/* The address hash grows by whole chunks, each twice as large as the one before it. */
#define VMEM_HASH_FIRST_SHIFT	6
#define VMEM_HASH_FIRST		BIT(VMEM_HASH_FIRST_SHIFT)
#define VMEM_HASH_CHUNKS	28
#define VMEM_HASH_LOAD		2
/* A chunk of at most this many buckets may be allocated where no thread may sleep. */
#define VMEM_HASH_AT_ONCE	8192

/**
 * struct vmem_hash - allocated segments by start address; linear hashing
 * @seq: odd while segments leave their chains; see vmem_hash_peek()
 * @room: how many more go in before a bucket is split; negative after a chunk was
 *	missing, until later inserts have made up for the splits
 * @buckets: buckets in use
 * @mask: the smallest 2^n - 1 not below @buckets - 1
 * @chunk: addresses of the bucket arrays, each less what lies before it, so
 *	that the bucket's number is the index; the first is @first
 * @first: the smallest table, part of the arena
 *
 * An insert that finds the load above VMEM_HASH_LOAD splits a bucket; the table
 * never moves. A missing chunk is allocated by vmem.grow.
 */
struct vmem_hash {
	seqcount_t seq;
	long room;
	unsigned long buckets;
	unsigned long mask;
	unsigned long chunk[VMEM_HASH_CHUNKS];
	struct hlist_head first[VMEM_HASH_FIRST];
};

#endif /* _DDI_VMEM_VMEM_HASH_H */
