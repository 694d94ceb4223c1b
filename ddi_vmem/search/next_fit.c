// SPDX-License-Identifier: GPL-2.0-only
/*
 * next_fit.c - the first free segment behind the last next-fit allocation
 *
 * The rotor is where that allocation ended: a number, so that it divides no free
 * segment and holds up no span. The segment list holds the spans in the order in
 * which next fit visits them. vmem.next_fit is the first segment in it that reaches
 * beyond the rotor, or one before that segment. Mostly a few steps from there lead
 * to a segment that serves, without any tree; where they do not, the address tree
 * is asked.
 *
 * A span that goes takes the rotor with it: rotor_seq is then its number, and
 * what lies behind are the spans with higher ones.
 */
#include "ddi_vmem/search/next_fit.h"

#include "ddi_vmem/search/search.h"
#include "ddi_vmem/space/span.h"

/* The first segment of @size in the spans from number @seq on. */
static struct vmem_seg *next_in_spans(struct vmem *vm, unsigned long size, u64 seq)
{
	struct vmem_span *span = vmem_span_next_seq(vm, seq, size);

	return span ? vmem_addr_from(span, span->seg.start, size) : NULL;
}

/* The first segment with @size free behind the rotor in the rotor's span. */
static struct vmem_seg *next_in_rotor_span(struct vmem *vm, struct vmem_span *span,
					   unsigned long size, unsigned long *addr)
{
	unsigned long from = vm->rotor + 1;
	struct vmem_seg *seg;

	if (vm->rotor == span_last(span))
		return NULL;
	seg = vmem_addr_from(span, from, size);
	if (seg && seg->start < from) {
		if (seg_last(seg) - from >= size - 1) {
			*addr = from;
			return seg;
		}
		seg = vmem_addr_next(seg, size);
	}
	if (seg)
		*addr = seg->start;
	return seg;
}

/* The same as vmem_next_near(), however far it is. */
static struct vmem_seg *next_far(struct vmem *vm, unsigned long size, unsigned long *addr)
{
	struct vmem_span *span = vm->rotor_seq ? NULL : vmem_span_find(vm, vm->rotor);
	u64 seq = span ? span->seq : vm->rotor_seq;
	struct vmem_seg *seg = NULL;

	if (span)
		seg = next_in_rotor_span(vm, span, size, addr);
	if (seg)
		return seg;
	seg = next_in_spans(vm, size, seq + 1);
	if (!seg)
		seg = next_in_spans(vm, size, 0);
	if (seg)
		*addr = seg->start;
	return seg;
}

struct vmem_seg *vmem_find_next(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags)
{
	unsigned long size = req->want.size;
	struct vmem_seg *seg;

	if (vmem_next_near(vm, size, &seg, addr))
		return seg;
	vmem_need_sizes(vm, irqflags);
	/* If no segment is long enough, no address tree need be built to know it. */
	if (!vmem_smallest(vm, size))
		return NULL;
	vmem_need_addr_tree(vm, size, irqflags);
	return next_far(vm, size, addr);
}

void vmem_next_took(struct vmem *vm, const struct vmem_seg *seg)
{
	vmem_next_move(vm, seg, seg_last(seg));
}
