// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy.c - which free segment serves a request
 *
 * Where in a segment a request goes is arithmetic: constraint.c. Which segment it
 * is depends on the policy. A request by size alone is answered from the bins and
 * the size tree; one with alignment or boundary, or for best fit in a window, by a search in
 * the order of sizes if that does not take too long; all others by a search in
 * the order of addresses: ordered.c.
 */
#include "ddi_vmem/search/search.h"

#include <linux/kernel.h>
#include <linux/overflow.h>

#include "ddi_vmem/search/resume.h"
#include "ddi_vmem/space/deferred.h"

/*
 * Build the address trees if need be, with exact maxima for @size. May drop the lock. In an
 * arena that has them the caller has flushed the hot segments, and no others are deferred.
 */
void vmem_need_addr_tree(struct vmem *vm, unsigned long size, unsigned long *irqflags)
{
	lockdep_assert_held(&vm->lock);
	if (unlikely(vm->index != VMEM_INDEX_READY)) {
		vmem_flush_deferred(vm);
		vmem_addr_build(vm, irqflags);
		vmem_flush_deferred(vm);
	}
	vmem_addr_prepare(vm, size);
}

/* Enter all free segments into the index by size. May drop the lock. */
void vmem_enter_sizes(struct vmem *vm, unsigned long *irqflags)
{
	lockdep_assert_held(&vm->lock);
	vmem_size_build(vm, irqflags);
	vmem_flush_deferred(vm);
}

/*
 * By size alone. With alignment or a boundary this looks for a segment so long that the
 * request fits wherever the segment lies. That is not always the best fit, and NULL does
 * not prove that nothing serves.
 */
static __always_inline struct vmem_seg *find_sized(struct vmem *vm,
						   const struct vmem_request *req,
						   unsigned long *addr)
{
	unsigned long size = req->want.size;
	struct vmem_seg *seg;

	if (!req->shaped) {
		seg = vmem_find_size(vm, size);
	} else {
		if (check_add_overflow(size, req->want.align - vm->quantum, &size) ||
		    check_add_overflow(size, req->want.nocross, &size))
			return NULL;
		seg = vmem_smallest(vm, size);
	}
	if (!seg)
		return NULL;
	*addr = vmem_place_in_seg(&req->want, seg);
	return *addr ? seg : NULL;
}

static struct vmem_seg *find_lowest(struct vmem *vm, const struct vmem_request *req,
				    unsigned long *addr, unsigned long *irqflags)
{
	vmem_need_addr_tree(vm, req->want.size, irqflags);
	return vmem_find_lowest(vm, req, addr, irqflags);
}

/* The smaller one of @best, which serves or is NULL, and @other, if that serves, at *@addr. */
static struct vmem_seg *smaller_serving(const struct vmem_constraint *want, struct vmem_seg *best,
					struct vmem_seg *other, unsigned long *addr)
{
	unsigned long at;

	if (!other || (best && best->size < other->size))
		return best;
	at = vmem_place_in_seg(want, other);
	if (!at)
		return best;
	*addr = at;
	return other;
}

/*
 * The smallest that serves, without a window. The deferred segments stay where they are:
 * the request before has often cut in one, or a free has joined one with others.
 */
static struct vmem_seg *find_shaped(struct vmem *vm, const struct vmem_request *req,
				    unsigned long *addr, unsigned long *irqflags)
{
	const struct vmem_constraint *want = &req->want;
	struct vmem_seg *deferred, *seg;
	unsigned long at = 0;
	bool sure;

	deferred = smaller_serving(want, NULL, vm->coalesced, addr);
	deferred = smaller_serving(want, deferred, vm->remainder, addr);
	if (deferred && vmem_search_none_below(vm, want, deferred->size))
		return deferred;
	seg = vmem_find_smallest(vm, req, &at, irqflags, &sure);
	/* A search that has dropped the lock has put the deferred segments into the indexes. */
	if (!deferred || !vmem_is_deferred(vm, deferred) ||
	    (seg && seg->size < deferred->size)) {
		*addr = at;
		return seg;
	}
	if (seg)
		vmem_offer(vm, seg);
	return deferred;
}

static struct vmem_seg *find_any(struct vmem *vm, const struct vmem_request *req,
				 unsigned long *addr, unsigned long *irqflags)
{
	struct vmem_seg *seg;

	if (req->windowed)
		return find_lowest(vm, req, addr, irqflags);
	vmem_need_sizes(vm, irqflags);
	seg = find_sized(vm, req, addr);
	return seg || !req->shaped ? seg : find_shaped(vm, req, addr, irqflags);
}

static struct vmem_seg *find_best(struct vmem *vm, const struct vmem_request *req,
				  unsigned long *addr, unsigned long *irqflags)
{
	struct vmem_seg *seg;
	bool sure;

	vmem_need_sizes(vm, irqflags);
	if (!req->windowed)
		return req->shaped ? find_shaped(vm, req, addr, irqflags) :
		       find_sized(vm, req, addr);
	seg = vmem_find_smallest(vm, req, addr, irqflags, &sure);
	if (seg || sure)
		return seg;
	vmem_need_addr_tree(vm, req->want.size, irqflags);
	return vmem_find_best(vm, req, addr, irqflags);
}

/* All policies; the first whose flag is given counts [V47]. */
static const struct vmem_policy policies[] = {
	{ VM_NEXTFIT,	vmem_find_next,	vmem_next_took },
	{ VM_BESTFIT,	find_best },
	{ VM_FIRSTFIT,	find_lowest },
	{ 0,		find_any },
};

const struct vmem_policy *vmem_policy_of(int vmflag)
{
	const struct vmem_policy *policy = policies;

	while (policy->flag & ~vmflag)
		policy++;
	return policy;
}

/*
 * The free segment for a request and in *@addr the place in it; NULL if none
 * serves. May drop the lock on the way, never after it has decided. The caller cuts the
 * request out of the segment, or offers it to other searches again: this one may have
 * taken it from the candidates of a kept search.
 */
struct vmem_seg *vmem_find_free(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags)
{
	lockdep_assert_held(&vm->lock);
	if (req->shaped && !req->windowed)
		vmem_flush_hot(vm);
	else
		vmem_flush_deferred(vm);
	return req->policy->find(vm, req, addr, irqflags);
}
