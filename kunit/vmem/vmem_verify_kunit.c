// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_verify_kunit.c - vmem_verify() finds what it looks for
 *
 * Every other suite relies on it. Each case damages one word of an arena, in a way
 * that verify.c names; the arena must fail, and pass again once the damage is
 * undone. Applying a flaw twice undoes it.
 */
#include <linux/bits.h>
#include <linux/rbtree.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/debugfs_reader.h"
#include "kunit/lib/vmem_helpers.h"

#define Q	16UL

/* The segment, but no marker of a span, that starts at this quantum. */
static struct vmem_seg *seg_at(vmem_t *vm, unsigned long quantum)
{
	struct vmem_seg *seg;

	for (seg = vm->head.next; seg != &vm->head; seg = seg->next)
		if (seg_type(seg) != VMEM_SEG_SPAN && seg->start == quantum * Q)
			return seg;
	return NULL;
}

static struct vmem_span *first_span(vmem_t *vm)
{
	return seg_span(vm->head.next);
}

static struct vmem_span *last_span(vmem_t *vm)
{
	return rb_entry(rb_last(&vm->spans_seq), struct vmem_span, by_seq);
}

/* A pointer becomes NULL, and later what it was. */
static void toggle_pointer(void *at)
{
	static void *kept;
	void **p = at;

	swap(*p, kept);
}

/* The root of the address tree of the first span, and a child of it. */
static struct vmem_seg *index_root(vmem_t *vm)
{
	return rb_entry(first_span(vm)->free.rb_root.rb_node, struct vmem_seg, addr);
}

static struct rb_node *index_child(vmem_t *vm)
{
	struct rb_node *root = &index_root(vm)->addr;

	return root->rb_left ?: root->rb_right;
}

/* A segment in a hot slot */
static struct vmem_seg *hot_of(vmem_t *vm)
{
	return vm->hot[0] ? vm->hot[0] : vm->hot[1];
}

/* XOR a word: done twice, it is as before. */
#define FLAW(name, word, mask)				\
static void name(vmem_t *vm)				\
{							\
	(word) ^= (mask);				\
}

FLAW(bin_map, vm->bin_map, BIT_ULL(7))
FLAW(bin_mark, seg_at(vm, 112)->in_bin, 1)
FLAW(bin_back_link, *(unsigned long *)&seg_at(vm, 112)->bin.pprev, sizeof(void *))
FLAW(large_size_below_its_neighbour, seg_at(vm, 125)->size, (876 ^ 76) * Q)
FLAW(large_size_of_its_neighbour, seg_at(vm, 125)->size, (876 ^ 99) * Q)
FLAW(index_parent, index_child(vm)->__rb_parent_color, 64)
FLAW(index_maximum, seg_at(vm, 112)->max, BIT(20))
FLAW(index_misses_a_segment, seg_at(vm, 112)->max, seg_at(vm, 112)->size)
FLAW(type_of_an_allocation, seg_at(vm, 100)->prev_type, VMEM_SEG_ALLOC ^ VMEM_SEG_FREE)
FLAW(hash_mask, vm->hash.mask, 1)
FLAW(cached_size, seg_at(vm, 110)->qtag, 1)
FLAW(cached_flag, seg_at(vm, 110)->qtag, VMEM_SEG_CACHED)
FLAW(requested_size, seg_at(vm, 100)->asize, 0x1000)
FLAW(span_start, first_span(vm)->seg.start, BIT(20))
FLAW(span_size, first_span(vm)->seg.size, Q)
FLAW(span_number, last_span(vm)->seq, 2)
FLAW(span_maximum, first_span(vm)->max, Q)
FLAW(span_is_imported, first_span(vm)->imported, true)
FLAW(marker_type, vm->head.next->prev_type, VMEM_SEG_SPAN ^ VMEM_SEG_FREE)
FLAW(back_link, seg_at(vm, 112)->prev_type, 64)
FLAW(segment_start, seg_at(vm, 110)->next->start, Q)
FLAW(segment_size_odd, seg_at(vm, 112)->size, 1)
FLAW(segment_size_zero, seg_at(vm, 112)->size, 8 * Q)
FLAW(count_of_frees, vm->stat[VMEM_STAT_FREE], 1)
FLAW(count_in_hash, vm->hash.room, 1)
FLAW(units_in_use, vm->inuse, 1)
FLAW(units_in_all, vm->total, 1)
FLAW(units_imported, vm->import, Q)
FLAW(pool_count, vm->pool_n, 1)
FLAW(slow_path_of_frees, vm->slow_at, 1)
FLAW(count_of_descriptors, vm->seg_n, 1)
FLAW(count_of_allocations, vm->stat[VMEM_STAT_ALLOC], 1)
FLAW(hot_type, hot_of(vm)->prev_type, VMEM_SEG_ALLOC ^ VMEM_SEG_FREE)
FLAW(hot_start, hot_of(vm)->start, Q)
FLAW(hot_tag, hot_of(vm)->qtag, VMEM_SEG_CACHED)

FLAW(unsized_mark, seg_at(vm, 114)->in_bin, VMEM_SEG_BINNED ^ VMEM_SEG_UNSIZED)
FLAW(unsized_in_ready_index, vm->sizes, VMEM_INDEX_READY)
FLAW(bins_without_index, vm->bins, VMEM_BINS)

FLAW(deferred_type, vm->remainder->prev_type, VMEM_SEG_ALLOC ^ VMEM_SEG_FREE)
FLAW(deferred_with_index, vm->index, VMEM_INDEX_BUILDING)

static void deferred_twice(vmem_t *vm)
{
	vm->coalesced = vm->coalesced ? NULL : vm->remainder;
}

/* All free segments are in bins and trees, except one. */
static void deferred_forgotten(vmem_t *vm)
{
	toggle_pointer(&vm->remainder);
}

static void index_order(vmem_t *vm)
{
	struct rb_node *root = &index_root(vm)->addr;

	swap(root->rb_left, root->rb_right);
}

static void index_leftmost(vmem_t *vm)
{
	toggle_pointer(&first_span(vm)->free.rb_leftmost);
}

static void large_leftmost(vmem_t *vm)
{
	toggle_pointer(&vm->by_size.rb_leftmost);
}

static void spans_by_address(vmem_t *vm)
{
	toggle_pointer(&vm->spans.rb_leftmost);
}

static void spans_by_number(vmem_t *vm)
{
	toggle_pointer(&vm->spans_seq.rb_node);
}

/* A bin of free segments has an entry that is no segment. */
static void stray_in_a_bin(vmem_t *vm)
{
	static struct vmem_seg stray;

	if (hlist_unhashed(&stray.bin))
		hlist_add_head(&stray.bin, &vm->bin[30]);
	else
		hlist_del_init(&stray.bin);
}

/* All counts agree, except the number of cached objects. */
static void cache_count(vmem_t *vm)
{
	struct vmem_seg *seg = seg_at(vm, 120);
	int sign = seg_is_cached(seg) ? 1 : -1;

	seg->qtag ^= VMEM_SEG_CACHED;
	vm->stat[VMEM_STAT_ALLOC] += sign;
}

struct flaw {
	const char *desc;
	void (*toggle)(vmem_t *vm);
};

#define F(name)	{ #name, name }

static const struct flaw flaws[] = {
	F(bin_map), F(bin_mark), F(bin_back_link), F(index_parent), F(index_order),
	F(index_maximum), F(index_misses_a_segment), F(index_leftmost), F(large_leftmost),
	F(type_of_an_allocation), F(hash_mask), F(cached_size), F(cached_flag),
	F(cache_count), F(requested_size), F(span_start), F(span_size), F(span_number),
	F(span_maximum), F(span_is_imported), F(spans_by_address), F(spans_by_number),
	F(marker_type), F(back_link), F(segment_start), F(segment_size_odd),
	F(segment_size_zero), F(stray_in_a_bin), F(count_of_frees), F(count_in_hash),
	F(units_in_use), F(units_in_all), F(units_imported), F(pool_count), F(slow_path_of_frees),
	F(count_of_descriptors), F(count_of_allocations),
};

/* Where no index by address would notice first. */
static const struct flaw large_flaws[] = {
	F(large_size_below_its_neighbour), F(large_size_of_its_neighbour),
};

/* Where no request was by size. */
static const struct flaw unsized_flaws[] = {
	F(unsized_mark), F(unsized_in_ready_index), F(bins_without_index),
};

static const struct flaw fresh_flaws[] = {
	F(hot_type), F(hot_start), F(hot_tag),
};

static const struct flaw deferred_flaws[] = {
	F(deferred_type), F(deferred_with_index), F(deferred_twice), F(deferred_forgotten),
};

KUNIT_ARRAY_PARAM_DESC(flaw, flaws, desc);
KUNIT_ARRAY_PARAM_DESC(large_flaw, large_flaws, desc);
KUNIT_ARRAY_PARAM_DESC(unsized_flaw, unsized_flaws, desc);
KUNIT_ARRAY_PARAM_DESC(fresh_flaw, fresh_flaws, desc);
KUNIT_ARRAY_PARAM_DESC(deferred_flaw, deferred_flaws, desc);

static void expect_found(struct kunit *test, vmem_t *vm)
{
	const struct flaw *flaw = test->param_value;

	flaw->toggle(vm);
	KUNIT_EXPECT_FALSE_MSG(test, vmem_verify(vm), "%s", flaw->desc);
	flaw->toggle(vm);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/*
 * In quanta: free 1-99, allocated 100-109, a cached object 110-111, free
 * 112-119, allocated as a cached size 120-121 and plainly 122-124, free
 * 125-1000; a second span; everything indexed by address.
 */
static vmem_t *one_of_each(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("verify", AT(Q), 1000 * Q, Q, NULL, NULL, NULL,
						  4 * Q, VM_SLEEP));
	unsigned long hole, live;

	vmem_add(vm, AT(2000 * Q), 50 * Q, VM_SLEEP);
	KUNIT_ASSERT_NE(test, take_at(vm, 100 * Q, 10 * Q), 0);
	KUNIT_ASSERT_NE(test, take_at(vm, 112 * Q, 8 * Q), 0);
	KUNIT_ASSERT_NE(test, take_at(vm, 122 * Q, 3 * Q), 0);
	live = take(vm, 2 * Q, VM_SLEEP);
	hole = take(vm, 2 * Q, VM_SLEEP);
	KUNIT_ASSERT_EQ(test, hole, 110 * Q);
	KUNIT_ASSERT_EQ(test, live, 120 * Q);
	xgive(vm, 112 * Q, 8 * Q);
	/* A request by address flushes the deferred segments, and empties the caches. */
	KUNIT_ASSERT_NE(test, take_at(vm, 2000 * Q, Q), 0);
	xgive(vm, 2000 * Q, Q);
	give(vm, hole, 2 * Q);
	KUNIT_ASSERT_TRUE(test, vmem_verify(vm));
	return vm;
}

static void flaw_is_found(struct kunit *test)
{
	expect_found(test, one_of_each(test));
}

/* Two large free segments, the larger at the lower address, and no index. */
static void flaw_of_large_segments_is_found(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 125 * Q, 876 * Q, Q);

	vmem_add(vm, AT(3000 * Q), 99 * Q, VM_SLEEP);
	/* Builds the index by size. */
	KUNIT_ASSERT_EQ(test, take(vm, 877 * Q, VM_NOSLEEP), 0);
	KUNIT_ASSERT_EQ(test, vm->index, VMEM_INDEX_OFF);
	expect_found(test, vm);
}

/* In an arena that nobody has asked by size */
static void flaw_of_a_segment_without_index_is_found(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 112 * Q, 100 * Q, Q);

	KUNIT_ASSERT_EQ(test, take(vm, Q, VM_NOSLEEP | VM_FIRSTFIT), 112 * Q);
	KUNIT_ASSERT_EQ(test, take(vm, Q, VM_NOSLEEP | VM_FIRSTFIT), 113 * Q);
	KUNIT_ASSERT_EQ(test, take(vm, Q, VM_NOSLEEP | VM_FIRSTFIT), 114 * Q);
	give(vm, 112 * Q, Q);
	give(vm, 114 * Q, Q);
	KUNIT_ASSERT_EQ(test, vm->sizes, VMEM_INDEX_OFF);
	expect_found(test, vm);
}

/* The segment that was freed last, and has no free neighbour. */
static void flaw_of_a_hot_segment_is_found(struct kunit *test)
{
	vmem_t *vm = arena_make(test, Q, 100 * Q, Q);
	unsigned long at[3];
	int i;

	for (i = 0; i < 3; i++)
		at[i] = take(vm, Q, VM_SLEEP);
	give(vm, at[1], Q);
	KUNIT_ASSERT_NOT_NULL(test, hot_of(vm));
	expect_found(test, vm);
	KUNIT_EXPECT_NOT_NULL(test, hot_of(vm));
}

/* The segment that was cut last. */
static void flaw_of_a_deferred_segment_is_found(struct kunit *test)
{
	vmem_t *vm = arena_make(test, Q, 100 * Q, Q);

	take(vm, Q, VM_SLEEP);
	KUNIT_ASSERT_NOT_NULL(test, vm->remainder);
	expect_found(test, vm);
	KUNIT_EXPECT_NOT_NULL(test, vm->remainder);
}

/* The file "verify" in debugfs names the flaw. */
static void flaw_shows_in_debugfs(struct kunit *test)
{
	vmem_t *vm = arena_make(test, Q, 100 * Q, Q);
	const char *text;

	units_in_all(vm);
	text = debugfs_text(test, "verify");
	units_in_all(vm);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, " corrupt; "));
}

static struct kunit_case vmem_verify_cases[] = {
	KUNIT_CASE_PARAM(flaw_is_found, flaw_gen_params),
	KUNIT_CASE_PARAM(flaw_of_large_segments_is_found, large_flaw_gen_params),
	KUNIT_CASE_PARAM(flaw_of_a_segment_without_index_is_found, unsized_flaw_gen_params),
	KUNIT_CASE_PARAM(flaw_of_a_hot_segment_is_found, fresh_flaw_gen_params),
	KUNIT_CASE_PARAM(flaw_of_a_deferred_segment_is_found, deferred_flaw_gen_params),
	KUNIT_CASE(flaw_shows_in_debugfs),
	{}
};

static struct kunit_suite vmem_verify_suite = {
	.name = "ddi_verify",
	.init = balance_init,
	.test_cases = vmem_verify_cases,
};

kunit_test_suite(vmem_verify_suite);
