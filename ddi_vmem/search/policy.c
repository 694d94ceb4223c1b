// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy.c - which free segment serves a request, and where in it
 *
 * Where in a segment a request goes is plain arithmetic. Which segment it is
 * depends on the policy: requests by size alone are answered from the bins and
 * the tree by size, those with a shape and for best fit in a window by a search
 * in order of sizes (smallest.c) if that does not take too long, all others by
 * one in order of addresses (scan.c).
 */
#include "ddi_vmem/segment/segment.h"

#include <linux/overflow.h>

/* The lowest address from @addr on that is @fit->phase beyond a multiple of align. */
static unsigned long phase_up(const struct vmem_fit *fit, unsigned long addr)
{
	return ((addr - fit->phase + fit->align - 1) & ~(fit->align - 1)) + fit->phase;
}

static unsigned long phase_down(const struct vmem_fit *fit, unsigned long addr)
{
	return ((addr - fit->phase) & ~(fit->align - 1)) + fit->phase;
}

static bool straddles(const struct vmem_fit *fit, unsigned long addr)
{
	return fit->nocross && ((addr ^ (addr + fit->asize - 1)) & ~(fit->nocross - 1));
}

static unsigned long fit_low(const struct vmem_fit *fit, const struct vmem_seg *seg)
{
	unsigned long from = max(seg->start, fit->min), addr = phase_up(fit, from);

	/* An address below where it was rounded up from has wrapped. */
	if (addr >= from && straddles(fit, addr))
		addr = phase_up(fit, (addr + fit->asize - 1) & ~(fit->nocross - 1));
	if (addr < from || addr > seg_last(seg) || seg_last(seg) - addr < fit->size - 1)
		return 0;
	if (addr > fit->last || fit->last - addr < fit->asize - 1)
		return 0;
	return addr;
}

static unsigned long fit_high(const struct vmem_fit *fit, const struct vmem_seg *seg)
{
	unsigned long from = max(seg->start, fit->min), addr;

	if (seg->size < fit->size || fit->last < fit->asize - 1)
		return 0;
	addr = min(seg_last(seg) - (fit->size - 1), fit->last - (fit->asize - 1));
	if (addr < fit->phase)
		return 0;
	addr = phase_down(fit, addr);
	if (straddles(fit, addr))
		addr = phase_down(fit, ((addr + fit->asize - 1) & ~(fit->nocross - 1)) -
				       fit->asize);
	return addr < from || addr > seg_last(seg) ? 0 : addr;
}

/* Where in @seg the request goes, or 0 if nowhere. */
unsigned long vmem_fit_at(const struct vmem_fit *fit, const struct vmem_seg *seg)
{
	return fit->high ? fit_high(fit, seg) : fit_low(fit, seg);
}

/*
 * By size alone. Under alignment this looks for a segment so long that the
 * request fits wherever it lies; that is no best fit, and no proof if absent.
 */
static struct vmem_seg *find_sized(struct vmem *vm, const struct vmem_fit *fit,
				   unsigned long *addr)
{
	unsigned long size = fit->size;
	struct vmem_seg *seg;

	if (fit->shaped && (check_add_overflow(size, fit->align - vm->quantum, &size) ||
			    check_add_overflow(size, fit->nocross, &size)))
		return NULL;
	seg = vmem_find_size(vm, size);
	if (!seg)
		return NULL;
	*addr = vmem_fit_at(fit, seg);
	return *addr ? seg : NULL;
}

/* The first segment of @fit->size in the spans from number @seq on. */
static struct vmem_seg *next_in_spans(struct vmem *vm, const struct vmem_fit *fit, u64 seq)
{
	struct vmem_span *span = vmem_span_next_seq(vm, seq, fit->size);

	return span ? vmem_addr_from(span, span->seg.start, fit->size) : NULL;
}

/* The first segment with @fit->size free behind the rotor in the rotor's span. */
static struct vmem_seg *next_in_rotor_span(struct vmem *vm, const struct vmem_fit *fit,
					   unsigned long *addr)
{
	struct vmem_span *span = vmem_span_next_seq(vm, vm->rotor_seq, fit->size);
	unsigned long from = vm->rotor + 1;
	struct vmem_seg *seg;

	if (!span || span->seq != vm->rotor_seq || vm->rotor == span_last(span))
		return NULL;
	seg = vmem_addr_from(span, from, fit->size);
	if (!seg || seg->start >= from)
		goto found;
	/* The rotor stands inside a free segment; the part behind it counts. */
	if (seg_last(seg) - from >= fit->size - 1) {
		*addr = from;
		return seg;
	}
	seg = vmem_addr_next(seg, fit->size);
found:
	if (seg)
		*addr = seg->start;
	return seg;
}

static struct vmem_seg *find_next(struct vmem *vm, const struct vmem_fit *fit,
				  unsigned long *addr)
{
	struct vmem_seg *seg = next_in_rotor_span(vm, fit, addr);

	if (!seg) {
		seg = next_in_spans(vm, fit, vm->rotor_seq + 1);
		if (!seg)
			seg = next_in_spans(vm, fit, 0);
		if (!seg)
			return NULL;
		*addr = seg->start;
	}
	return seg;
}

/* The bins know nothing of addresses, and half-empty ones of what comes next. */
static bool wants_tree(const struct vmem *vm, const struct vmem_fit *fit)
{
	return vm->bins ? fit->windowed && fit->policy == VM_BESTFIT :
			  fit->windowed || fit->shaped;
}

/*
 * The free segment for a request and in *@addr the place in it; NULL if none
 * serves. May let go of the lock on the way, never after it has decided.
 */
struct vmem_seg *vmem_fit_find(struct vmem *vm, const struct vmem_fit *fit,
			       unsigned long *addr, unsigned long *irqflags)
{
	bool by_size = fit->policy == VM_BESTFIT || !(fit->policy || fit->windowed);
	struct vmem_seg *seg;
	bool sure;

	lockdep_assert_held(&vm->lock);
	if ((vm->bins || vm->bin_map) && wants_tree(vm, fit))
		vmem_unbin(vm, irqflags);
	vmem_flush_deferred(vm);
	if (by_size && !fit->windowed && !(fit->shaped && fit->policy == VM_BESTFIT)) {
		seg = find_sized(vm, fit, addr);
		if (seg || !fit->shaped)
			return seg;
	}
	if (by_size) {
		seg = vmem_find_smallest(vm, fit, addr, irqflags, &sure);
		if (seg || sure)
			return seg;
	}
	if (vm->index != VMEM_INDEX_READY)
		vmem_addr_build(vm, irqflags);
	vmem_flush_deferred(vm);
	vmem_addr_prepare(vm, fit->size);
	if (fit->policy == VM_NEXTFIT)
		return find_next(vm, fit, addr);
	if (fit->policy == VM_BESTFIT)
		return vmem_scan_best(vm, fit, addr, irqflags);
	return vmem_scan_first(vm, fit, addr, irqflags);
}
