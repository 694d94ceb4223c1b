// SPDX-License-Identifier: GPL-2.0-only
/*
 * span_add.c - adding, extending and removing spans
 *
 * A new span is one free segment, and a span that is removed is one again.
 * Only resource maps extend spans and make one of two that touch.
 */
#include "ddi_vmem/space/span_add.h"

#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"

/**
 * struct vmem_seam - where a map makes one of two spans, on its way through the second
 * @node: in vmem.seams
 * @addr: the second one's start
 * @gone: the second one, when nothing is left of it
 */
struct vmem_seam {
	struct list_head node;
	unsigned long addr;
	struct vmem_span *gone;
};

/* How long the last remainder may be depends on the size of the arena: VMEM_REMAINDER_SHARE. */
static void set_total(struct vmem *vm, unsigned long total)
{
	unsigned long quanta = total >> vm->qshift;

	vm->total = total;
	vm->remainder_max = min(VMEM_REMAINDER_MAX, quanta / VMEM_REMAINDER_SHARE) << vm->qshift;
}

static void add_import(struct vmem *vm, unsigned long size)
{
	vm->import += size;
	vmem_set_slow(vm);
}

/* Add a span of one free segment, which is returned. Takes VMEM_NEED_ADD. */
struct vmem_seg *vmem_span_insert(struct vmem *vm, struct vmem_span *span,
				  unsigned long start, unsigned long size, bool imported)
{
	struct vmem_seg *seg = vmem_seg_get(vm);

	*span = (struct vmem_span){
		.seg = { .start = start, .size = size },
		.seq = ++vm->span_seq,
		.imported = imported,
	};
	vmem_span_link(vm, span);
	set_total(vm, vm->total + size);
	if (imported)
		add_import(vm, size);

	seg->start = start;
	seg->size = size;
	vmem_seg_link(vm, &span->seg, seg, VMEM_SEG_FREE);
	vmem_free_insert(vm, seg);
	return seg;
}

/* Remove a span that is one free segment; the caller frees @span unlocked. */
void vmem_span_remove(struct vmem *vm, struct vmem_span *span)
{
	struct vmem_seg *seg = span->seg.next;

	/* Next fit goes on with the spans behind; see next_fit.c. */
	if (!vm->rotor_seq && vm->rotor - span->seg.start < span->seg.size) {
		vm->rotor_seq = span->seq;
		vm->rotor = ULONG_MAX;
	}
	vmem_detach(vm, seg);
	vmem_seg_unlink(vm, seg);
	vmem_seg_put(vm, seg);
	vmem_span_unlink(vm, span);
	set_total(vm, vm->total - span->seg.size);
	if (span->imported)
		add_import(vm, -span->seg.size);
}

/* The imported span that the free segment @seg is all of, or NULL. */
struct vmem_span *vmem_span_idle(struct vmem *vm, struct vmem_seg *seg)
{
	struct vmem_seg *marker = seg_prev(seg);

	if (seg_type(marker) != VMEM_SEG_SPAN || marker == &vm->head ||
	    marker->size != seg->size || !seg_span(marker)->imported)
		return NULL;
	return seg_span(marker);
}

/* If @seg is all of an imported span, take it out of the arena, onto the list @idle. */
struct vmem_span *vmem_collect_idle(struct vmem *vm, struct vmem_seg *seg,
				    struct vmem_span *idle)
{
	struct vmem_span *span;

	if (!vm->import || !READ_ONCE(vm->ffunc))
		return idle;
	span = vmem_span_idle(vm, seg);
	if (!span)
		return idle;
	vmem_span_remove(vm, span);
	span->seg.next = idle ? &idle->seg : NULL;
	return span;
}

/* Make [start, start + size) behind @prev, at an end of its span, free. */
static void span_grow(struct vmem *vm, struct vmem_seg *prev, unsigned long start,
		      unsigned long size)
{
	vmem_join(vm, vmem_seg_new(vm, prev, start, size));
}

static void span_append(struct vmem *vm, struct vmem_span *span, unsigned long size)
{
	unsigned long start = span->seg.start + span->seg.size;

	span->seg.size += size;
	span_grow(vm, vmem_span_last_seg(vm, span), start, size);
}

static void span_prepend(struct vmem *vm, struct vmem_span *span, unsigned long size)
{
	span->seg.start -= size;
	span->seg.size += size;
	span_grow(vm, &span->seg, span->seg.start, size);
}

/* Move the first segment of @high, which starts where @low ends, over to @low. */
static void span_take_first(struct vmem *vm, struct vmem_span *low, struct vmem_span *high)
{
	struct vmem_seg *seg = high->seg.next, *at = vmem_span_last_seg(vm, low);
	bool free = seg_is_free(seg);

	if (free)
		vmem_detach(vm, seg);
	vmem_seg_unlink(vm, seg);
	low->seg.size += seg->size;
	high->seg.start += seg->size;
	high->seg.size -= seg->size;
	if (!high->seg.size)
		vmem_span_unlink(vm, high);
	vmem_seg_link(vm, at, seg, VMEM_SEG_ALLOC);
	if (free)
		vmem_join(vm, seg);
}

/* Move one segment over @seam. */
static void seam_step(struct vmem *vm, struct vmem_seam *seam)
{
	/* Others may have joined them to further ones. */
	struct vmem_span *low = vmem_span_find(vm, seam->addr - 1);
	struct vmem_span *high = vmem_span_find(vm, seam->addr);

	seam->addr += high->seg.next->size;
	span_take_first(vm, low, high);
	if (!high->seg.size)
		seam->gone = high;
}

/*
 * The segment @seg has come free while spans are being joined: if it touches a free
 * one over the seam, they become one at once. Returns what @seg is part of now.
 */
struct vmem_seg *vmem_seams_close(struct vmem *vm, struct vmem_seg *seg)
{
	struct vmem_seam *seam;

	lockdep_assert_held(&vm->lock);
	list_for_each_entry(seam, &vm->seams, node) {
		struct vmem_seg *low, *high;

		if (seam->gone)
			continue;
		low = vmem_span_last_seg(vm, vmem_span_find(vm, seam->addr - 1));
		high = vmem_span_find(vm, seam->addr)->seg.next;
		if (!seg_is_free(low) || !seg_is_free(high))
			continue;
		vmem_flush_hot(vm);
		seam_step(vm, seam);
		if (seg == high)
			seg = low;
	}
	return seg;
}

/*
 * Make the span that starts at @addr part of the one that ends there, a segment
 * at a time. While pending interrupts run in between, both are spans like any other,
 * except for frees at the seam. Returns the empty one, for the caller to free.
 */
static struct vmem_span *span_absorb(struct vmem *vm, unsigned long addr,
				     unsigned long *irqflags)
{
	struct vmem_seam seam = { .addr = addr };
	unsigned int n = 0;

	list_add(&seam.node, &vm->seams);
	/* Frees take their slow path, which closes seams. */
	vmem_add_waiters(vm, 1);
	do {
		seam_step(vm, &seam);
		if (++n % (VMEM_STEPS_TREE / 2) == 0) {
			vmem_lock_break(vm, irqflags);
			vmem_flush_deferred(vm);
		}
	} while (!seam.gone);
	vmem_add_waiters(vm, -1);
	list_del(&seam.node);
	return seam.gone;
}

/*
 * Resource maps: add [start, start + size) to the span or spans that it
 * touches. Returns false if there is none. Takes VMEM_NEED_ADD. *@gone is a
 * span for the caller to free.
 */
bool vmem_span_extend(struct vmem *vm, unsigned long start, unsigned long size,
		      struct vmem_span **gone, unsigned long *irqflags)
{
	struct vmem_span *low = start ? vmem_span_find(vm, start - 1) : NULL;
	struct vmem_span *high = start + size ? vmem_span_find(vm, start + size) : NULL;

	*gone = NULL;
	if (!low && !high)
		return false;
	vmem_flush_deferred(vm);
	set_total(vm, vm->total + size);
	if (!low) {
		span_prepend(vm, high, size);
		return true;
	}
	span_append(vm, low, size);
	if (high)
		*gone = span_absorb(vm, start + size, irqflags);
	return true;
}
