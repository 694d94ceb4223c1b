/* SPDX-License-Identifier: GPL-2.0-only */
/* resume.h - what a search has found out, and the place where it goes on */
#ifndef _DDI_VMEM_RESUME_H
#define _DDI_VMEM_RESUME_H

#include "ddi_vmem/search/constraint.h"
#include "ddi_vmem/vmem_impl.h"

/* How many searches an arena keeps. */
#define VMEM_KEPT		32
/* How many places that came free behind a search it remembers. */
#define VMEM_CANDIDATES		8

/**
 * struct vmem_place - a free segment's place in an order of free segments
 * @size: its size; 0 in the order of addresses
 * @start: its start
 */
struct vmem_place {
	unsigned long size;
	unsigned long start;
};

/**
 * struct vmem_search - a search that has dropped the lock, or is over
 * @want: what it looks for
 * @reached: nothing serves before this place, but for the candidates
 * @candidate: what came free before it and serves, in order; may have gone again
 * @n: how many of these there are
 * @by_addr: in order of addresses; otherwise of sizes, and addresses among equals
 * @all: nothing serves at all, but for the candidates
 * @kept: the arena owns it; otherwise it is on the stack of its only user
 * @busy: users that are in the middle of it, without the lock
 * @worth: how many segments were looked at to find that out
 * @heard: how many changes of free space it was offered since it was used last
 * @room: for a search on the stack, memory to keep it in, or NULL
 * @node: in vmem.searches, the one used last first; or in vmem.searches_idle
 */
struct vmem_search {
	struct vmem_constraint want;
	struct vmem_place reached;
	struct vmem_place candidate[VMEM_CANDIDATES];
	unsigned int n;
	bool by_addr;
	bool all;
	bool kept;
	unsigned int busy;
	unsigned long worth;
	unsigned long heard;
	struct vmem_search *room;
	struct list_head node;
};

struct vmem_search *vmem_search_kept(struct vmem *vm, const struct vmem_constraint *want,
				     bool by_addr);
bool vmem_search_none_below(struct vmem *vm, const struct vmem_constraint *want,
			    unsigned long size);
void vmem_search_start(struct vmem *vm, struct vmem_search *search,
		       const struct vmem_constraint *want, bool by_addr);
void vmem_search_pause(struct vmem *vm, struct vmem_search *search,
		       const struct vmem_seg *seg, unsigned long *irqflags);
bool vmem_search_take(struct vmem_search *search, struct vmem_place *at);
void vmem_search_reach(struct vmem_search *search, const struct vmem_seg *seg);
void vmem_search_keep(struct vmem *vm, struct vmem_search *search);
void vmem_search_drop(struct vmem *vm, struct vmem_search *search);
bool vmem_search_verify(struct vmem *vm, const struct vmem_seg *seg);
void vmem_search_free_all(struct vmem *vm);

#endif /* _DDI_VMEM_RESUME_H */
