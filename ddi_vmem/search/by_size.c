// SPDX-License-Identifier: GPL-2.0-only
/*
 * by_size.c - the smallest free segment that serves a request
 *
 * For shapes and windows: those that are long enough in order of sizes, up to the
 * first that does not lie wrong. A search that meets many which do lets go of the
 * lock every so often, goes on from the size and address that it had reached, and
 * leaves a memo of what it has found out.
 */
#include "ddi_vmem/search/search.h"
#include "ddi_vmem/space/deferred.h"

/*
 * The smallest segment that serves, or proof that none does, if that takes no
 * more than some looks into the bins. *@sure tells.
 */
static struct vmem_seg *find_in_bins(struct vmem *vm, const struct vmem_request *req,
				     unsigned long *addr, bool *sure)
{
	struct vmem_seg *seg = vmem_find_size(vm, req->want.size);
	unsigned int steps;

	for (steps = 0; seg && steps < VMEM_STEPS_BINS; steps++) {
		vm->stat[VMEM_STAT_SEARCH]++;
		*addr = vmem_place_in_seg(&req->want, seg);
		if (*addr)
			return seg;
		seg = vmem_size_next(vm, seg);
	}
	*sure = !seg;
	return NULL;
}

/* A segment of @size that starts here or later reaches into the window. */
static unsigned long window_low(const struct vmem_request *req, unsigned long size)
{
	return req->want.min - min(req->want.min, size - 1);
}

static bool outside(const struct vmem_request *req, const struct vmem_seg *seg)
{
	return seg_last(seg) < req->want.min || seg->start > req->want.last;
}

/*
 * The next by size and address after @seg, which does not serve. One that lies
 * outside of the window stands for all of its size that do.
 */
static struct vmem_seg *tree_next(struct vmem *vm, const struct vmem_request *req,
				  struct vmem_seg *seg)
{
	unsigned long size = seg->size;

	if (!outside(req, seg))
		return vmem_size_next(vm, seg);
	if (seg->start > req->want.last)
		size += vm->quantum;
	return size ? vmem_tree_from(vm, size, window_low(req, size)) : NULL;
}

/* What came free behind the searches of @memo's kind, and still serves; or NULL. */
static struct vmem_seg *tree_told(struct vmem *vm, struct vmem_memo *memo)
{
	for (; memo->n; vmem_memo_gone(memo)) {
		const struct vmem_place *at = memo->told;
		struct vmem_seg *seg = vmem_tree_from(vm, at->size, at->start);

		if (seg && seg->size == at->size && seg->start == at->start)
			return seg;
	}
	return NULL;
}

/* Where a search that @memo is about goes on; NULL if nothing is left. */
static struct vmem_seg *tree_resume(struct vmem *vm, struct vmem_memo *memo)
{
	struct vmem_seg *seg = tree_told(vm, memo);

	if (seg || memo->all)
		return seg;
	return vmem_tree_from(vm, memo->reached.size, memo->reached.start);
}

/* Let interrupts in before *@seg, and go on; false if others have taken the memo. */
static bool tree_pause(struct vmem *vm, const struct vmem_request *req, struct vmem_memo **memo,
		       struct vmem_seg **seg, unsigned long *irqflags)
{
	if (!*memo)
		*memo = vmem_memo_new(vm, &req->want, false);
	vmem_memo_set(*memo, (*seg)->size, (*seg)->start);
	vmem_hunt_pause(vm, req, irqflags);
	vmem_flush_deferred(vm);
	if (!vmem_memo_is_of(*memo, &req->want, false))
		return false;
	*seg = tree_resume(vm, *memo);
	return true;
}

/*
 * The same by the tree, for as long as it takes: whoever lies wrong within the
 * window would be met by address as well. Only what lies outside is limited.
 */
static struct vmem_seg *find_in_tree(struct vmem *vm, const struct vmem_request *req,
				     unsigned long *addr, unsigned long *irqflags, bool *sure)
{
	struct vmem_memo *memo = vmem_memo_find(vm, &req->want, false);
	unsigned int steps = 0, hops = 0;
	struct vmem_seg *seg;

	*addr = 0;
	*sure = false;
	seg = memo ? tree_resume(vm, memo) :
		     vmem_tree_from(vm, req->want.size, window_low(req, req->want.size));
	while (seg && hops < VMEM_HOPS) {
		vm->stat[VMEM_STAT_SEARCH]++;
		*addr = vmem_place_in_seg(&req->want, seg);
		if (*addr)
			break;
		hops += outside(req, seg);
		seg = tree_next(vm, req, seg);
		if (seg && ++steps % VMEM_STEPS_TREE == 0 &&
		    !tree_pause(vm, req, &memo, &seg, irqflags))
			return NULL;
	}
	if (memo)
		vmem_memo_end(memo, seg);
	*sure = !seg;
	return *addr ? seg : NULL;
}

/*
 * The smallest segment that serves, wherever those of its size are kept. If
 * there is none and *@sure is false, the search was given up, because too much
 * lies outside of the window.
 */
struct vmem_seg *vmem_find_smallest(struct vmem *vm, const struct vmem_request *req,
				    unsigned long *addr, unsigned long *irqflags, bool *sure)
{
	struct vmem_seg *seg;

	if (vm->bins) {
		seg = find_in_bins(vm, req, addr, sure);
		if (seg || *sure)
			return seg;
		/* They have no place to go on from after a pause. */
		vmem_unbin(vm, irqflags);
		vmem_flush_deferred(vm);
	}
	return find_in_tree(vm, req, addr, irqflags, sure);
}
