// SPDX-License-Identifier: GPL-2.0-only
/*
 * span.c - the ranges that an arena consists of
 *
 * Spans stand in two trees: by address, for membership and first fit, and in
 * order of addition, for next fit. Both carry the largest free segment below
 * each node. The segment list runs through the spans in order of addition.
 */
#include "ddi_vmem/space/span.h"

#include <linux/rbtree_augmented.h>

#include "ddi_vmem/space/max_tree.h"

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

/*
 * The span with the highest start not above @addr, or NULL: for the address of a segment
 * that is its span.
 */
struct vmem_span *vmem_span_of(struct vmem *vm, unsigned long addr)
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

/* The span that @addr lies in, or NULL. */
struct vmem_span *vmem_span_find(struct vmem *vm, unsigned long addr)
{
	struct vmem_span *span = vmem_span_of(vm, addr);

	return span && addr <= span_last(span) ? span : NULL;
}

bool vmem_span_overlaps(struct vmem *vm, unsigned long start, unsigned long last)
{
	struct vmem_span *span = vmem_span_of(vm, last);

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

/* Append @span to the segment list, and enter it in both trees. */
void vmem_span_link(struct vmem *vm, struct vmem_span *span)
{
	vmem_seg_link(vm, seg_prev(&vm->head), &span->seg, VMEM_SEG_SPAN);
	span_insert_addr(vm, span);
	span_insert_seq(vm, span);
}

void vmem_span_unlink(struct vmem *vm, struct vmem_span *span)
{
	rb_erase_augmented_cached(&span->by_addr, &vm->spans, &addr_max);
	rb_erase_augmented(&span->by_seq, &vm->spans_seq, &seq_max);
	vmem_seg_unlink(vm, &span->seg);
}

static unsigned long addr_size_of(const struct rb_node *node)
{
	return rb_entry(node, struct vmem_span, by_addr)->max;
}

static unsigned long addr_max_of(const struct rb_node *node)
{
	return node ? rb_entry(node, struct vmem_span, by_addr)->addr_max : 0;
}

/* The size of the largest free segment. The index by address is ready, and exact. */
unsigned long vmem_span_largest(struct vmem *vm)
{
	return addr_max_of(vm->spans.rb_root.rb_node);
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

/* The last segment of @span. */
struct vmem_seg *vmem_span_last_seg(struct vmem *vm, struct vmem_span *span)
{
	struct vmem_span *next = by_seq(rb_next(&span->by_seq));

	return seg_prev(next ? &next->seg : &vm->head);
}
