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
#include "ddi_vmem/search/search.h"

#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"

/* Segments that are looked at along the list. */
#define STEPS_NEAR	128

/*
 * The first free segment behind the rotor if it is near; *@addr is the place in
 * it. Before the first span marker, segments that end at or before the rotor are skipped.
 */
static __always_inline struct vmem_seg *next_near(struct vmem *vm, unsigned long size,
						  unsigned long *addr)
{
	unsigned long rotor = vm->rotor;
	struct vmem_seg *seg;
	unsigned int steps;

	lockdep_assert_held(&vm->lock);
	for (seg = vm->next_fit, steps = 0; steps < STEPS_NEAR; steps++, seg = seg->next) {
		if (seg_type(seg) == VMEM_SEG_SPAN)
			rotor = 0;
		if (!seg_is_free(seg) || seg_last(seg) <= rotor)
			continue;
		/* The rotor may stand inside of it; the part behind counts. */
		*addr = max(seg->start, rotor + 1);
		if (seg_last(seg) - *addr >= size - 1)
			return seg;
	}
	return NULL;
}

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

/* The same as next_near(), however far it is. */
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
	struct vmem_seg *seg = next_near(vm, size, addr);

	if (seg)
		return seg;
	vmem_need_sizes(vm, irqflags);
	/* If no segment is long enough, no address tree need be built to know it. */
	if (!vmem_find_size(vm, size))
		return NULL;
	vmem_need_addr_tree(vm, size, irqflags);
	return next_far(vm, size, addr);
}

/* Next fit goes on behind the allocation @seg. */
void vmem_next_took(struct vmem *vm, const struct vmem_seg *seg)
{
	vm->rotor = seg_last(seg);
	vm->rotor_seq = 0;
	vm->next_fit = seg->next;
}

/* Cut @size off the first free segment behind the rotor, if that is near; or NULL. */
struct vmem_seg *vmem_next_cut(struct vmem *vm, unsigned long size)
{
	unsigned long addr;
	struct vmem_seg *seg = next_near(vm, size, &addr);

	if (!seg)
		return NULL;
	if (seg == vm->remainder && addr == seg->start)
		seg = vmem_cut_remainder(vm, size);
	else
		seg = vmem_cut_deferred(vm, seg, addr, size);
	vmem_next_took(vm, seg);
	return seg;
}
