// SPDX-License-Identifier: GPL-2.0-only
/*
 * size_tree.c - free segments by size, beyond the bins
 *
 * What is too large for a bin stands in a tree by size and, among equals, by
 * address. The first request for best fit in a window, or for a shape that many
 * segments do not have, empties the bins into that tree for good: a bin knows
 * nothing of addresses, while the tree finds the first segment of a size that
 * reaches into the window, or where a search paused, in one descent.
 */
#include "ddi_vmem/space/size_tree.h"

/* Are there segments left in bins that are no longer used? */
static bool unbinning(const struct vmem *vm)
{
	return !vm->bins && vm->bin_map;
}

static bool size_in_tree(const struct vmem *vm, unsigned long size)
{
	return (size >> vm->qshift) > vm->bins;
}

bool vmem_seg_in_tree(const struct vmem *vm, const struct vmem_seg *seg)
{
	return size_in_tree(vm, seg->size) && !(unbinning(vm) && seg->in_bin & 1);
}

static struct vmem_seg *seg_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct vmem_seg, by_size);
}

static bool node_less(struct rb_node *a, const struct rb_node *b)
{
	const struct vmem_seg *other = rb_entry(b, struct vmem_seg, by_size);

	return vmem_seg_less(seg_of(a), other->size, other->start);
}

void vmem_tree_insert(struct vmem *vm, struct vmem_seg *seg)
{
	rb_add_cached(&seg->by_size, &vm->by_size, node_less);
}

void vmem_tree_remove(struct vmem *vm, struct vmem_seg *seg)
{
	if (vmem_seg_in_tree(vm, seg))
		rb_erase_cached(&seg->by_size, &vm->by_size);
	else
		vmem_bin_remove(vm, seg, (seg->size >> vm->qshift) - 1);
}

/* May @seg take another start and size and stay where it is? */
bool vmem_tree_keeps_place(const struct vmem *vm, struct vmem_seg *seg,
			   unsigned long start, unsigned long size)
{
	struct vmem_seg *next;

	if (!size_in_tree(vm, size) || !vmem_seg_in_tree(vm, seg))
		return false;
	if (size < seg->size) {
		next = seg_of(rb_prev(&seg->by_size));
		return !next || vmem_seg_less(next, size, start);
	}
	next = seg_of(rb_next(&seg->by_size));
	return !next || !vmem_seg_less(next, size, start);
}

/* The first segment in the tree of @size at @start or beyond, or larger. */
struct vmem_seg *vmem_tree_from(struct vmem *vm, unsigned long size, unsigned long start)
{
	struct rb_node *node = vm->by_size.rb_root.rb_node;
	struct vmem_seg *best = NULL;

	while (node) {
		struct vmem_seg *seg = rb_entry(node, struct vmem_seg, by_size);

		if (vmem_seg_less(seg, size, start)) {
			node = node->rb_right;
		} else {
			best = seg;
			node = node->rb_left;
		}
	}
	return best;
}

/* The smallest segment of @size or more while some are still in bins. */
static struct vmem_seg *find_in_either(struct vmem *vm, unsigned long size)
{
	unsigned long n = (size >> vm->qshift) - 1;
	u64 map = n < VMEM_BINS ? vm->bin_map >> n : 0;
	struct vmem_seg *tree = vmem_tree_from(vm, size, 0), *bin;

	if (!map)
		return tree;
	bin = hlist_entry(vm->bin[n + __ffs64(map)].first, struct vmem_seg, bin);
	return tree && tree->size < bin->size ? tree : bin;
}

/* The smallest segment of @size or more in the tree, or in bins that are being emptied. */
struct vmem_seg *vmem_tree_find(struct vmem *vm, unsigned long size)
{
	struct vmem_seg *first = seg_of(rb_first_cached(&vm->by_size));

	/* Another request is emptying the bins: look into both instead of waiting for it. */
	if (unlikely(unbinning(vm)))
		return find_in_either(vm, size);
	if (!first || first->size >= size)
		return first;
	return vmem_tree_from(vm, size, 0);
}

/* The free segment that is next to @seg by size. */
struct vmem_seg *vmem_size_next(struct vmem *vm, struct vmem_seg *seg)
{
	if (size_in_tree(vm, seg->size))
		return seg_of(rb_next(&seg->by_size));
	if (seg->bin.next)
		return hlist_entry(seg->bin.next, struct vmem_seg, bin);
	return vmem_find_size(vm, seg->size + vm->quantum);
}

/* Empty the bins into the tree, a few segments at a time. */
void vmem_unbin(struct vmem *vm, unsigned long *irqflags)
{
	unsigned int n = 0, i;

	lockdep_assert_held(&vm->lock);
	vm->bins = 0;
	while (vm->bin_map) {
		struct vmem_seg *seg;

		i = __ffs64(vm->bin_map);
		seg = hlist_entry(vm->bin[i].first, struct vmem_seg, bin);
		vmem_bin_remove(vm, seg, i);
		vmem_tree_insert(vm, seg);
		if (++n % VMEM_STEPS_TREE == 0)
			vmem_lock_break(vm, irqflags);
	}
	vmem_lock_break(vm, irqflags);
}
