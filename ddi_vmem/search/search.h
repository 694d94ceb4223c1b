/* SPDX-License-Identifier: GPL-2.0-only */
/* search.h - which free segment serves a request, and where in it */
#ifndef _DDI_VMEM_SEARCH_H
#define _DDI_VMEM_SEARCH_H

#include "ddi_vmem/search/constraint.h"
#include "ddi_vmem/vmem_impl.h"

struct vmem_request;

/* Flags that ask for another segment than the default policy would take. */
#define VMEM_POLICIES		(VM_FIRSTFIT | VM_BESTFIT | VM_NEXTFIT | VM_ENDALLOC)

/**
 * struct vmem_policy - a way to choose among the free segments that serve
 * @flag: the VM_* flag that asks for it, or 0
 * @find: the segment that it chooses and the place in it; NULL if none serves. All
 *	free segments are in what indexes there are when it is called, but for the last
 *	remainder and the last coalesced if the request is shaped and has no window. May
 *	drop the lock on the way.
 * @took: called with each allocation that it chose, or NULL
 */
struct vmem_policy {
	int flag;
	struct vmem_seg *(*find)(struct vmem *vm, const struct vmem_request *req,
				 unsigned long *addr, unsigned long *irqflags);
	void (*took)(struct vmem *vm, const struct vmem_seg *seg);
};

/**
 * struct vmem_request - what a caller asks of an arena
 * @want: what it asks of the place
 * @policy: how to choose
 * @windowed: the lower or the upper limit in @want restricts the request
 * @shaped: alignment, phase or boundary in @want restrict the request
 * @cuts: descriptors that the cut may take
 * @qclass: cached size that the result is an object of, or 0
 */
struct vmem_request {
	struct vmem_constraint want;
	const struct vmem_policy *policy;
	bool windowed;
	bool shaped;
	unsigned int cuts;
	unsigned int qclass;
};

/* Segments outside of its window that a search by size tries: two for each bin. */
#define VMEM_STEPS_OUTSIDE	(2 * VMEM_BINS)

/* policy.c */
const struct vmem_policy *vmem_policy_of(int vmflag);
void vmem_enter_sizes(struct vmem *vm, unsigned long *irqflags);
void vmem_need_addr_tree(struct vmem *vm, unsigned long size, unsigned long *irqflags);
struct vmem_seg *vmem_find_free(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags);

/* ordered.c: free segments one after the other, by size or by address */
struct vmem_seg *vmem_find_smallest(struct vmem *vm, const struct vmem_request *req,
				    unsigned long *addr, unsigned long *irqflags, bool *sure);
struct vmem_seg *vmem_find_lowest(struct vmem *vm, const struct vmem_request *req,
				  unsigned long *addr, unsigned long *irqflags);
struct vmem_seg *vmem_find_best(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags);

/* next_fit.c */
struct vmem_seg *vmem_find_next(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags);
void vmem_next_took(struct vmem *vm, const struct vmem_seg *seg);

/* Have all free segments in the bins and the size tree. May drop the lock. */
static inline void vmem_need_sizes(struct vmem *vm, unsigned long *irqflags)
{
	if (unlikely(vm->sizes != VMEM_INDEX_READY))
		vmem_enter_sizes(vm, irqflags);
}

/* Does it matter to a request which of the free segments there are? */
static inline bool vmem_is_choosy(const struct vmem_request *req)
{
	return req->policy->flag || req->windowed || req->shaped || req->want.high;
}

/* Where in the free segment @seg the request goes, or 0 if nowhere. */
static inline unsigned long vmem_place_in_seg(const struct vmem_constraint *want,
					      const struct vmem_seg *seg)
{
	return vmem_place_in(want, seg->start, seg_last(seg));
}

#endif /* _DDI_VMEM_SEARCH_H */
