/* SPDX-License-Identifier: GPL-2.0-only */
/* search.h - which free segment serves a request, and where in it */
#ifndef _DDI_VMEM_SEARCH_H
#define _DDI_VMEM_SEARCH_H

#include "ddi_vmem/search/constraint.h"
#include "ddi_vmem/vmem_impl.h"

/**
 * struct vmem_hunt - a search that lets go of the lock before it is over
 * @req: what it looks for; NULL while it has not let go of the lock
 * @node: in vmem.hunts, unless @req is NULL
 * @missed: a place came free meanwhile, perhaps where it had looked already
 */
struct vmem_hunt {
	const struct vmem_request *req;
	struct list_head node;
	bool missed;
};

/**
 * struct vmem_request - what a caller asks of an arena
 * @want: what it asks of the place
 * @policy: VM_BESTFIT, VM_FIRSTFIT, VM_NEXTFIT or 0
 * @windowed: the lower or the upper limit in @want restricts the request
 * @shaped: alignment, phase or boundary in @want restrict the request
 * @cuts: descriptors that the cut may take
 * @qclass: cached size that the result is an object of, or 0
 * @hunt: for a search that may let go of the lock, else NULL
 */
struct vmem_request {
	struct vmem_constraint want;
	int policy;
	bool windowed;
	bool shaped;
	unsigned int cuts;
	unsigned int qclass;
	struct vmem_hunt *hunt;
};

/* Where in the free segment @seg the request goes, or 0 if nowhere. */
static inline unsigned long vmem_place_in_seg(const struct vmem_constraint *want,
					      const struct vmem_seg *seg)
{
	return vmem_place_in(want, seg->start, seg_last(seg));
}

/* Segments that a search for a shape looks at in the bins. */
#define VMEM_STEPS_BINS		32
/* Those outside of its window that one by size tries: two for each bin that was. */
#define VMEM_HOPS		(2 * VMEM_BINS)

struct vmem_seg *vmem_find_free(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags);

/* by_size.c, by_addr.c: the two orders in which a search goes over free segments */
struct vmem_seg *vmem_find_smallest(struct vmem *vm, const struct vmem_request *req,
				    unsigned long *addr, unsigned long *irqflags, bool *sure);
struct vmem_seg *vmem_scan_first(struct vmem *vm, const struct vmem_request *req,
				 unsigned long *addr, unsigned long *irqflags);
struct vmem_seg *vmem_scan_best(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags);

/* @seg has entered the tree by size, or the address index, or has moved there. */
static inline void vmem_memo_tell(struct vmem *vm, const struct vmem_seg *seg, bool by_addr)
{
	if (vm->memos)
		vmem_memo_tell_all(vm, seg, by_addr);
}

/* restart.c: searches that let go of the lock */
void vmem_hunt_pause(struct vmem *vm, const struct vmem_request *req, unsigned long *irqflags);
void vmem_hunt_tell(struct vmem *vm, const struct vmem_seg *seg);
bool vmem_hunt_over(struct vmem_hunt *hunt, struct vmem *vm);

#endif /* _DDI_VMEM_SEARCH_H */
