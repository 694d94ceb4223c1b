// SPDX-License-Identifier: GPL-2.0-only
/*
 * span.c - the ranges that an arena consists of
 *
 * Spans stand in two trees: by address, for membership and first fit, and in
 * order of addition, for next fit. Both carry the largest free segment below
 * each node. The segment list runs through the spans in order of addition.
 */
#include "ddi_vmem/space/max_tree.h"
#include "ddi_vmem/segment/segment.h"

#include <linux/rbtree_augmented.h>

#define span_max_of(span)	((span)->max)

RB_DECLARE_CALLBACKS_MAX(static, addr_max, struct vmem_span, by_addr, unsigned long, addr_max,
			 span_max_of)
RB_DECLARE_CALLBACKS_MAX(static, seq_max, struct vmem_span, by_seq, unsigned long, seq_max,
			 span_max_of)

static struct vmem_span *by_addr(struct rb_node *node)
{
	return rb_entry_safe(node, struct vmem_span, by_addr);
}

static struct vmem_span *by_seq(struct rb_node *node)
{
	return rb_entry_safe(node, struct vmem_span, by_seq);
}

/* The span with the highest start not above @addr. */
static struct vmem_span *span_floor(struct vmem *vm, unsigned long addr)
{
	struct rb_node *node = vm->spans.rb_root.rb_node;
	struct vmem_span *found = NULL;

	while (node) {
		struct vmem_span *span = by_addr(node);

		if (span->seg.start <= addr) {
			found = span;
			node = node->rb_right;
		} else {
			node = node->rb_left;
		}
	}
	return found;
}

/* The lowest span, or NULL. */
struct vmem_span *vmem_span_first(struct vmem *vm)
{
	return by_addr(rb_first_cached(&vm->spans));
}

/* The span that @addr lies in, or NULL. */
struct vmem_span *vmem_span_find(struct vmem *vm, unsigned long addr)
{
	struct vmem_span *span = span_floor(vm, addr);

	return span && addr <= span_last(span) ? span : NULL;
}

bool vmem_span_overlaps(struct vmem *vm, unsigned long start, unsigned long last)
{
	struct vmem_span *span = span_floor(vm, last);

	return span && span_last(span) >= start;
}

/* span->max has changed: tell both trees. */
void vmem_span_set_max(struct vmem *vm, struct vmem_span *span)
{
	lockdep_assert_held(&vm->lock);
	addr_max_propagate(&span->by_addr, NULL);
	seq_max_propagate(&span->by_seq, NULL);
}

static void span_insert_addr(struct vmem *vm, struct vmem_span *span)
{
	struct rb_node **link = &vm->spans.rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (span->seg.start < by_addr(parent)->seg.start) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&span->by_addr, parent, link);
	rb_insert_augmented_cached(&span->by_addr, &vm->spans, leftmost, &addr_max);
}

static void span_insert_seq(struct vmem *vm, struct vmem_span *span)
{
	struct rb_node **link = &vm->spans_seq.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&span->by_seq, parent, link);
	rb_insert_augmented(&span->by_seq, &vm->spans_seq, &seq_max);
}

/* A rest is long or not by what there is in all. */
static void set_total(struct vmem *vm, unsigned long total)
{
	unsigned long quanta = total >> vm->qshift;

	vm->total = total;
	vm->remainder_max = min(VMEM_REMAINDER_MAX, quanta / VMEM_REMAINDER_SHARE) << vm->qshift;
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
	vmem_seg_link(vm, seg_prev(&vm->head), &span->seg, VMEM_SEG_SPAN);
	span_insert_addr(vm, span);
	span_insert_seq(vm, span);
	set_total(vm, vm->total + size);
	if (imported)
		vm->import += size;

	seg->start = start;
	seg->size = size;
	vmem_seg_link(vm, &span->seg, seg, VMEM_SEG_FREE);
	vmem_free_insert(vm, seg);
	return seg;
}

static void span_erase(struct vmem *vm, struct vmem_span *span)
{
	rb_erase_augmented_cached(&span->by_addr, &vm->spans, &addr_max);
	rb_erase_augmented(&span->by_seq, &vm->spans_seq, &seq_max);
	vmem_seg_unlink(vm, &span->seg);
}

/* Remove a span that is one free segment; the caller frees @span unlocked. */
void vmem_span_remove(struct vmem *vm, struct vmem_span *span)
{
	struct vmem_seg *seg = span->seg.next;

	vmem_detach(vm, seg);
	vmem_seg_unlink(vm, seg);
	vmem_seg_put(vm, seg);
	span_erase(vm, span);
	set_total(vm, vm->total - span->seg.size);
	if (span->imported)
		vm->import -= span->seg.size;
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

static unsigned long addr_size_of(const struct rb_node *node)
{
	return rb_entry(node, struct vmem_span, by_addr)->max;
}

static unsigned long addr_max_of(const struct rb_node *node)
{
	return node ? rb_entry(node, struct vmem_span, by_addr)->addr_max : 0;
}

static bool ends_before(const struct rb_node *node, u64 addr)
{
	return span_last(rb_entry(node, struct vmem_span, by_addr)) < addr;
}

/* The lowest span that reaches to @addr or beyond and has @size free in one piece. */
struct vmem_span *vmem_span_next_addr(struct vmem *vm, unsigned long addr, unsigned long size)
{
	static const struct max_tree tree = { addr_size_of, addr_max_of, ends_before };

	return by_addr(max_tree_from(&tree, vm->spans.rb_root.rb_node, addr, size));
}

static unsigned long seq_size_of(const struct rb_node *node)
{
	return rb_entry(node, struct vmem_span, by_seq)->max;
}

static unsigned long seq_max_of(const struct rb_node *node)
{
	return node ? rb_entry(node, struct vmem_span, by_seq)->seq_max : 0;
}

static bool added_before(const struct rb_node *node, u64 seq)
{
	return rb_entry(node, struct vmem_span, by_seq)->seq < seq;
}

/* The first span from number @seq on that has @size free in one piece. */
struct vmem_span *vmem_span_next_seq(struct vmem *vm, u64 seq, unsigned long size)
{
	static const struct max_tree tree = { seq_size_of, seq_max_of, added_before };

	return by_seq(max_tree_from(&tree, vm->spans_seq.rb_node, seq, size));
}

static struct vmem_seg *span_last_seg(struct vmem *vm, struct vmem_span *span)
{
	struct vmem_span *next = by_seq(rb_next(&span->by_seq));

	return seg_prev(next ? &next->seg : &vm->head);
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
	span_grow(vm, span_last_seg(vm, span), start, size);
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
	struct vmem_seg *seg = high->seg.next, *at = span_last_seg(vm, low);
	bool free = seg_is_free(seg);

	if (free)
		vmem_detach(vm, seg);
	vmem_seg_unlink(vm, seg);
	low->seg.size += seg->size;
	high->seg.start += seg->size;
	high->seg.size -= seg->size;
	if (!high->seg.size)
		span_erase(vm, high);
	vmem_seg_link(vm, at, seg, VMEM_SEG_ALLOC);
	if (free)
		vmem_join(vm, seg);
}

/*
 * Make the span that starts at @addr part of the one that ends there, a segment
 * at a time. In between, when interrupts come in, both are spans like any other.
 * Returns the empty one, for the caller to free.
 */
static struct vmem_span *span_absorb(struct vmem *vm, unsigned long addr,
				     unsigned long *irqflags)
{
	struct vmem_span *low, *high;
	unsigned int n = 0;

	for (;;) {
		/* Others may have joined them to further ones. */
		low = vmem_span_find(vm, addr - 1);
		high = vmem_span_find(vm, addr);
		addr += high->seg.next->size;
		span_take_first(vm, low, high);
		if (!high->seg.size)
			return high;
		if (++n % (VMEM_STEPS_TREE / 2) == 0) {
			vmem_lock_break(vm, irqflags);
			vmem_flush_deferred(vm);
		}
	}
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
