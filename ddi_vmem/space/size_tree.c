// SPDX-License-Identifier: GPL-2.0-only
/*
 * size_tree.c - free segments by size, beyond the bins
 *
 * What is too large for a bin stands in a tree by size and, among equals, by
 * address. The first request for best fit in a window, or for a shape that many
 * segments do not have, empties the bins into that tree for good: a bin knows
 * nothing of addresses, while the tree finds the first segment of a size that
 * reaches into the window, or where a search paused, in one descent.
 *
 * Only requests by size need bins and tree, so an arena has neither until the first of
 * them, which enters the free segments in small steps. An arena in which every request
 * is first fit or next fit never has them. While vmem.sizes is not yet ready,
 * vmem.bins is 0, so that what takes the short way into the bins comes here.
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

/* Where @seg belongs once the index is ready */
static void enter_size(struct vmem *vm, struct vmem_seg *seg)
{
	unsigned long n = (seg->size >> vm->qshift) - 1;

	if (n < VMEM_BINS)
		vmem_bin_insert(vm, seg, n);
	else
		rb_add_cached(&seg->by_size, &vm->by_size, node_less);
}

/* Before the index is ready */
static noinline void insert_early(struct vmem *vm, struct vmem_seg *seg)
{
	if (vm->sizes == VMEM_INDEX_BUILDING)
		enter_size(vm, seg);
	else
		seg->in_bin = VMEM_SEG_UNSIZED;
}

/* Enter a free segment that the bins are not for, or not yet. */
void vmem_tree_insert(struct vmem *vm, struct vmem_seg *seg)
{
	if (unlikely(vm->sizes != VMEM_INDEX_READY))
		insert_early(vm, seg);
	else
		rb_add_cached(&seg->by_size, &vm->by_size, node_less);
}

void vmem_tree_remove(struct vmem *vm, struct vmem_seg *seg)
{
	if (likely(!(seg->in_bin & 1)))
		rb_erase_cached(&seg->by_size, &vm->by_size);
	else if (seg->in_bin == VMEM_SEG_BINNED)
		vmem_bin_remove(vm, seg, (seg->size >> vm->qshift) - 1);
}

/* May @seg take another start and size and stay where it is? */
bool vmem_tree_keeps_place(const struct vmem *vm, struct vmem_seg *seg,
			   unsigned long start, unsigned long size)
{
	struct vmem_seg *next;

	if (seg->in_bin & 1 || !size_in_tree(vm, size) || vm->sizes != VMEM_INDEX_READY)
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
	struct vmem_seg *first = vmem_tree_first(vm);

	/* Another request is emptying the bins: look into both instead of waiting for it. */
	if (unlikely(unbinning(vm)))
		return find_in_either(vm, size);
	if (!first || first->size >= size)
		return first;
	return vmem_tree_from(vm, size, 0);
}

/* The segment in the tree behind @seg, which is there. */
struct vmem_seg *vmem_tree_next(struct vmem_seg *seg)
{
	return seg_of(rb_next(&seg->by_size));
}

/* The free segment that is next to @seg by size. */
struct vmem_seg *vmem_size_next(struct vmem *vm, struct vmem_seg *seg)
{
	if (size_in_tree(vm, seg->size))
		return vmem_tree_next(seg);
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

/*
 * Enter every free segment that is not deferred: what becomes free or changes meanwhile
 * goes in by itself. Lets go of the lock now and then. Without @irqflags it stops there
 * instead, and returns false.
 */
bool vmem_size_build(struct vmem *vm, unsigned long *irqflags)
{
	struct vmem_cursor cur;
	unsigned int n = 0;

	lockdep_assert_held(&vm->lock);
	vm->sizes = VMEM_INDEX_BUILDING;
	vmem_cursor_start(vm, &cur);
	while (cur.next != &vm->head && vm->sizes != VMEM_INDEX_READY) {
		struct vmem_seg *seg = cur.next;

		cur.next = seg->next;
		if (seg_is_free(seg) && !vmem_is_hot(vm, seg) && !vmem_is_deferred(vm, seg) &&
		    seg->in_bin == VMEM_SEG_UNSIZED)
			enter_size(vm, seg);
		if (++n % VMEM_STEPS_TREE)
			continue;
		if (!irqflags)
			break;
		vmem_lock_break(vm, irqflags);
	}
	vmem_cursor_stop(vm, &cur);
	if (cur.next != &vm->head)
		return vm->sizes == VMEM_INDEX_READY;
	/* If another thread was faster, it may have emptied the bins since. */
	if (vm->sizes != VMEM_INDEX_READY) {
		vm->bins = VMEM_BINS;
		vm->sizes = VMEM_INDEX_READY;
	}
	return true;
}
