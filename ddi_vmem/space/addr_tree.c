// SPDX-License-Identifier: GPL-2.0-only
/*
 * addr_tree.c - free segments by address
 *
 * Each span has a tree of its free segments in address order, augmented with
 * the largest size below each node, so that "the lowest address from here on
 * where this much is free" takes a logarithmic number of steps. Only requests
 * that ask by address need it, so an arena has none until the first of them,
 * which then builds it in small steps. From then on it is kept up to date.
 */
#include "ddi_vmem/space/addr_tree.h"

#include <linux/rbtree_augmented.h>

#include "ddi_vmem/space/max_tree.h"
#include "ddi_vmem/space/span.h"

#define seg_size_of(seg)	((seg)->size)

RB_DECLARE_CALLBACKS_MAX(static, seg_max, struct vmem_seg, addr, unsigned long, max, seg_size_of)

static struct vmem_seg *seg_of(struct rb_node *node)
{
	return rb_entry(node, struct vmem_seg, addr);
}

static unsigned long max_of(const struct rb_node *node)
{
	return node ? rb_entry(node, struct vmem_seg, addr)->max : 0;
}

static void span_root_changed(struct vmem *vm, struct vmem_span *span)
{
	unsigned long max = max_of(span->free.rb_root.rb_node);

	if (max != span->max) {
		span->max = max;
		vmem_span_set_max(vm, span);
	}
}

/* noinline: keeps the callers free of a stack frame. */
static noinline void root_above_changed(struct vmem *vm, struct vmem_seg *seg)
{
	span_root_changed(vm, vmem_span_of(vm, seg->start));
}

/* @seg has shrunk: maxima above that came from it sink, up to one that did not. */
void vmem_addr_lower(struct vmem *vm, struct vmem_seg *seg)
{
	struct rb_node *node = &seg->addr;
	unsigned long was;

	do {
		struct vmem_seg *at = seg_of(node);
		unsigned long max = at->size;

		if (node->rb_left && seg_of(node->rb_left)->max > max)
			max = seg_of(node->rb_left)->max;
		if (node->rb_right && seg_of(node->rb_right)->max > max)
			max = seg_of(node->rb_right)->max;
		was = at->max;
		if (was == max)
			return;
		at->max = max;
		node = rb_parent(node);
	} while (node && seg_of(node)->max == was);
	if (!node)
		root_above_changed(vm, seg);
}

/* @seg has grown: so has every maximum above that it now exceeds. */
void vmem_addr_grown(struct vmem *vm, struct vmem_seg *seg)
{
	unsigned long size = seg->size;
	struct rb_node *node;

	for (node = &seg->addr; node; node = rb_parent(node)) {
		if (seg_of(node)->max >= size)
			return;
		seg_of(node)->max = size;
	}
	root_above_changed(vm, seg);
}

/*
 * @seg is smaller than it was. What has shrunk often grows back with the next free. So
 * maxima above one such segment may be too large, until the tree changes its shape,
 * another one shrinks, or a request is larger than the segment. Smaller requests are
 * not misled: where such a maximum promises a segment, this one is long enough.
 */
void vmem_addr_shrunk(struct vmem *vm, struct vmem_seg *seg)
{
	struct vmem_seg *last = vm->shrunk;

	vm->shrunk = seg;
	if (last)
		vmem_addr_lower(vm, last);
}

void vmem_addr_add(struct vmem *vm, struct vmem_seg *seg)
{
	struct vmem_span *span = vmem_span_of(vm, seg->start);
	struct rb_node **link = &span->free.rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	vmem_addr_make_exact(vm);
	while (*link) {
		struct vmem_seg *at;

		parent = *link;
		at = seg_of(parent);
		if (at->max < seg->size)
			at->max = seg->size;
		if (seg->start < at->start) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	seg->max = seg->size;
	rb_link_node(&seg->addr, parent, link);
	rb_insert_augmented_cached(&seg->addr, &span->free, leftmost, &seg_max);
	span_root_changed(vm, span);
}

void vmem_addr_del(struct vmem *vm, struct vmem_seg *seg)
{
	struct vmem_span *span;

	/* While the index is being built a segment may not have its turn yet. */
	if (!seg->max)
		return;
	vmem_addr_make_exact(vm);
	span = vmem_span_of(vm, seg->start);
	rb_erase_augmented_cached(&seg->addr, &span->free, &seg_max);
	seg->max = 0;
	span_root_changed(vm, span);
}

static unsigned long size_of(const struct rb_node *node)
{
	return rb_entry(node, struct vmem_seg, addr)->size;
}

static const struct max_tree seg_tree = { size_of, max_of };

/* The lowest segment of @size or more in the subtree of @node, which has one. */
struct vmem_seg *vmem_addr_subtree_first(struct rb_node *node, unsigned long size)
{
	return seg_of(max_tree_first(&seg_tree, node, size));
}

/* The next segment of @size or more behind @seg in its span. */
struct vmem_seg *vmem_addr_next(struct vmem_seg *seg, unsigned long size)
{
	struct rb_node *node = &seg->addr, *child;

	if (max_of(node->rb_right) >= size)
		return vmem_addr_subtree_first(node->rb_right, size);
	for (;;) {
		child = node;
		node = rb_parent(node);
		if (!node)
			return NULL;
		if (child == node->rb_right)
			continue;
		if (seg_of(node)->size >= size)
			return seg_of(node);
		if (max_of(node->rb_right) >= size)
			return vmem_addr_subtree_first(node->rb_right, size);
	}
}

/* The highest segment that starts at @addr or before, or NULL. */
static struct vmem_seg *tree_floor(struct rb_node *node, unsigned long addr)
{
	struct vmem_seg *found = NULL;

	while (node) {
		if (seg_of(node)->start > addr) {
			node = node->rb_left;
		} else {
			found = seg_of(node);
			node = node->rb_right;
		}
	}
	return found;
}

/*
 * The lowest segment of @size or more in @span that reaches to @addr or beyond. Down by
 * address alone, which takes fewer steps than by address and size: mostly the segment
 * is not far from there.
 */
struct vmem_seg *vmem_addr_from(struct vmem_span *span, unsigned long addr,
				unsigned long size)
{
	struct rb_node *root = span->free.rb_root.rb_node;
	struct vmem_seg *seg;

	if (max_of(root) < size)
		return NULL;
	seg = addr > span->seg.start ? tree_floor(root, addr) : NULL;
	if (!seg)
		return vmem_addr_subtree_first(root, size);
	if (seg_last(seg) >= addr && seg->size >= size)
		return seg;
	return vmem_addr_next(seg, size);
}

/* vmem_addr_lowest() where maxima are not exact, or the first span has no such segment */
struct vmem_seg *vmem_addr_lowest_slow(struct vmem *vm, unsigned long size)
{
	struct vmem_span *span;

	if (vmem_addr_misleads(vm, size)) {
		vmem_addr_make_exact(vm);
		return vmem_addr_lowest(vm, size);
	}
	span = vmem_span_next_addr(vm, 0, size);
	return span ? vmem_addr_lowest_in(span, size) : NULL;
}

/*
 * Put every free segment into the index; the caller has flushed the deferred
 * ones. Lets go of the lock now and then; what becomes free meanwhile goes in by
 * itself, what moves is marked by max.
 */
void vmem_addr_build(struct vmem *vm, unsigned long *irqflags)
{
	struct vmem_cursor cur;
	unsigned int n = 0;

	lockdep_assert_held(&vm->lock);
	vm->index = VMEM_INDEX_BUILDING;
	vmem_cursor_start(vm, &cur);
	while (cur.next != &vm->head && vm->index != VMEM_INDEX_READY) {
		struct vmem_seg *seg = cur.next;

		cur.next = seg->next;
		if (seg_is_free(seg) && !seg->max && !vmem_is_hot(vm, seg))
			vmem_addr_add(vm, seg);
		if (++n % VMEM_STEPS_TREE == 0)
			vmem_lock_break(vm, irqflags);
	}
	vmem_cursor_stop(vm, &cur);
	vm->index = VMEM_INDEX_READY;
}
