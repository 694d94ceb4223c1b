/* SPDX-License-Identifier: GPL-2.0-only */
/* resume.h - what searches have found out; resume.c has the design */
#ifndef _DDI_VMEM_RESUME_H
#define _DDI_VMEM_RESUME_H

#include "ddi_vmem/search/constraint.h"

struct vmem;
struct vmem_seg;

/* How many kinds of requests an arena remembers. */
#define VMEM_MEMOS		4
/* How many places that came free behind a search it remembers of each. */
#define VMEM_PLACES		8

/**
 * struct vmem_place - where in an order of free segments one of these is
 * @size: its size
 * @start: its start
 */
struct vmem_place {
	unsigned long size;
	unsigned long start;
};

/**
 * struct vmem_memo - up to where a search finds nothing; see resume.c
 * @want: what was searched for; size 0 in a memo not in use
 * @by_addr: in order of addresses; otherwise of sizes, and addresses among equals
 * @all: nothing serves at all, but what is in @told
 * @reached: nothing serves before this, but what is in @told
 * @told: what has come free before that, in order; may have gone again
 * @n: how many
 * @used: when it was, by vmem.memo_uses
 */
struct vmem_memo {
	struct vmem_constraint want;
	bool by_addr;
	bool all;
	struct vmem_place reached;
	struct vmem_place told[VMEM_PLACES];
	unsigned int n;
	u64 used;
};

struct vmem_memo *vmem_memo_find(struct vmem *vm, const struct vmem_constraint *want,
				 bool by_addr);
struct vmem_memo *vmem_memo_new(struct vmem *vm, const struct vmem_constraint *want,
				bool by_addr);
bool vmem_memo_is_of(const struct vmem_memo *memo, const struct vmem_constraint *want,
		     bool by_addr);
void vmem_memo_set(struct vmem_memo *memo, unsigned long size, unsigned long start);
void vmem_memo_gone(struct vmem_memo *memo);
void vmem_memo_end(struct vmem_memo *memo, const struct vmem_seg *seg);
void vmem_memo_tell_all(struct vmem *vm, const struct vmem_seg *seg, bool by_addr);
bool vmem_memo_verify(struct vmem *vm, const struct vmem_seg *seg);

#endif /* _DDI_VMEM_RESUME_H */
