// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy.c - which free segment serves a request, and where in it
 *
 * Where in a segment a request goes is plain arithmetic (constraint.c). Which segment
 * it is depends on the policy: requests by size alone are answered from the bins and
 * the tree by size, those with a shape and for best fit in a window by a search
 * in order of sizes (by_size.c) if that does not take too long, all others by
 * one in order of addresses (by_addr.c).
 */
#include "ddi_vmem/search/search.h"

#include <linux/overflow.h>

#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"

/*
 * By size alone. Under alignment this looks for a segment so long that the
 * request fits wherever it lies; that is no best fit, and no proof if absent.
 */
static struct vmem_seg *find_sized(struct vmem *vm, const struct vmem_request *req,
				   unsigned long *addr)
{
	unsigned long size = req->want.size;
	struct vmem_seg *seg;

	if (req->shaped && (check_add_overflow(size, req->want.align - vm->quantum, &size) ||
			    check_add_overflow(size, req->want.nocross, &size)))
		return NULL;
	seg = vmem_find_size(vm, size);
	if (!seg)
		return NULL;
	*addr = vmem_place_in_seg(&req->want, seg);
	return *addr ? seg : NULL;
}

/* The first segment of @req->size in the spans from number @seq on. */
static struct vmem_seg *next_in_spans(struct vmem *vm, const struct vmem_request *req, u64 seq)
{
	struct vmem_span *span = vmem_span_next_seq(vm, seq, req->want.size);

	return span ? vmem_addr_from(span, span->seg.start, req->want.size) : NULL;
}

/* The first segment with @req->size free behind the rotor in the rotor's span. */
static struct vmem_seg *next_in_rotor_span(struct vmem *vm, const struct vmem_request *req,
					   unsigned long *addr)
{
	struct vmem_span *span = vmem_span_next_seq(vm, vm->rotor_seq, req->want.size);
	unsigned long from = vm->rotor + 1;
	struct vmem_seg *seg;

	if (!span || span->seq != vm->rotor_seq || vm->rotor == span_last(span))
		return NULL;
	seg = vmem_addr_from(span, from, req->want.size);
	if (!seg || seg->start >= from)
		goto found;
	/* The rotor stands inside a free segment; the part behind it counts. */
	if (seg_last(seg) - from >= req->want.size - 1) {
		*addr = from;
		return seg;
	}
	seg = vmem_addr_next(seg, req->want.size);
found:
	if (seg)
		*addr = seg->start;
	return seg;
}

static struct vmem_seg *find_next(struct vmem *vm, const struct vmem_request *req,
				  unsigned long *addr)
{
	struct vmem_seg *seg = next_in_rotor_span(vm, req, addr);

	if (!seg) {
		seg = next_in_spans(vm, req, vm->rotor_seq + 1);
		if (!seg)
			seg = next_in_spans(vm, req, 0);
		if (!seg)
			return NULL;
		*addr = seg->start;
	}
	return seg;
}

/* The bins know nothing of addresses, and half-empty ones of what comes next. */
static bool wants_tree(const struct vmem *vm, const struct vmem_request *req)
{
	return vm->bins ? req->windowed && req->policy == VM_BESTFIT :
			  req->windowed || req->shaped;
}

/*
 * The free segment for a request and in *@addr the place in it; NULL if none
 * serves. May let go of the lock on the way, never after it has decided.
 */
struct vmem_seg *vmem_find_free(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags)
{
	bool by_size = req->policy == VM_BESTFIT || !(req->policy || req->windowed);
	struct vmem_seg *seg;
	bool sure;

	lockdep_assert_held(&vm->lock);
	if ((vm->bins || vm->bin_map) && wants_tree(vm, req))
		vmem_unbin(vm, irqflags);
	vmem_flush_deferred(vm);
	if (by_size && !req->windowed && !(req->shaped && req->policy == VM_BESTFIT)) {
		seg = find_sized(vm, req, addr);
		if (seg || !req->shaped)
			return seg;
	}
	if (by_size) {
		seg = vmem_find_smallest(vm, req, addr, irqflags, &sure);
		if (seg || sure)
			return seg;
	}
	if (vm->index != VMEM_INDEX_READY)
		vmem_addr_build(vm, irqflags);
	vmem_flush_deferred(vm);
	vmem_addr_prepare(vm, req->want.size);
	if (req->policy == VM_NEXTFIT)
		return find_next(vm, req, addr);
	if (req->policy == VM_BESTFIT)
		return vmem_find_best(vm, req, addr, irqflags);
	return vmem_find_lowest(vm, req, addr, irqflags);
}
