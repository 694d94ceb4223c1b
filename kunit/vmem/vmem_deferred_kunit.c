// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_deferred_kunit.c - the last remainder and the last coalesced segment are in
 * no index; results must be the same as if they were
 */
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

#define Q	0x1000UL

/* An arena from 1 on whose low end is allocated in pieces of these sizes. */
static vmem_t *filled_arena(struct kunit *test, size_t size, const size_t *sizes, int n)
{
	vmem_t *vm = arena_make(test, 1, size, 1);
	int i;

	for (i = 0; i < n; i++)
		take(vm, sizes[i], VM_SLEEP);
	return vm;
}

/*
 * A hole of 12 at 1, the last coalesced of 25 at 14, a hot segment of 60 at 40, the
 * last remainder of 100 at 101.
 */
static vmem_t *four_holes(struct kunit *test)
{
	static const size_t sizes[] = { 12, 1, 13, 12, 1, 60, 1 };
	vmem_t *vm = filled_arena(test, 200, sizes, ARRAY_SIZE(sizes));

	give(vm, 1, 12);
	give(vm, 14, 13);
	give(vm, 27, 12);
	give(vm, 40, 60);
	KUNIT_ASSERT_NOT_NULL(test, vm->coalesced);
	KUNIT_ASSERT_NOT_NULL(test, vm->remainder);
	KUNIT_ASSERT_EQ(test, vm->coalesced->start, 14);
	KUNIT_ASSERT_EQ(test, vm->remainder->start, 101);
	return vm;
}

/* V90, V96 */
static void deferred_segments_are_free_for_walks_and_sizes(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	EXPECT_STATE(test, vm, "F1+12 A13+1 F14+25 A39+1 F40+60 A100+1 F101+100");
	EXPECT_SIZES(test, vm, 3, 197);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* In a large arena: the last coalesced of 43 at 1, the last remainder of 100 at 9901. */
static vmem_t *hole_and_rest(struct kunit *test)
{
	static const size_t sizes[] = { 12, 1, 30, 1, 9856 };
	vmem_t *vm = filled_arena(test, 10000, sizes, ARRAY_SIZE(sizes));

	give(vm, 1, 12);
	give(vm, 14, 30);
	give(vm, 13, 1);
	return vm;
}

/* V39: the default policy cuts the last remainder while it serves */
static void remainder_is_cut_again(struct kunit *test)
{
	vmem_t *vm = hole_and_rest(test);

	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP), 9901);
	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP), 9921);
	KUNIT_EXPECT_EQ(test, take(vm, 61, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, take(vm, 43, VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 60, VM_NOSLEEP), 9941);
}

/* V40: and best fit does not */
static void best_fit_leaves_a_larger_remainder(struct kunit *test)
{
	vmem_t *vm = hole_and_rest(test);

	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP | VM_BESTFIT), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP | VM_BESTFIT), 21);
	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP | VM_BESTFIT), 9901);
}

/* V39: in a small arena holes are filled first */
static void small_arena_fills_holes_first(struct kunit *test)
{
	static const size_t sizes[] = { 10, 1, 10, 1, 10, 1 };
	vmem_t *vm = filled_arena(test, 100, sizes, ARRAY_SIZE(sizes));
	int i;

	for (i = 0; i < 3; i++)
		give(vm, 1 + 11 * i, 10);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_LT(test, take(vm, 9, VM_NOSLEEP), 33);
	KUNIT_EXPECT_EQ(test, take(vm, 67, VM_NOSLEEP), 34);
}

/* V39: a large segment is kept whole while a smaller one serves */
static void large_remainder_is_kept_whole(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 2 * VMEM_REMAINDER_MAX * VMEM_REMAINDER_SHARE, 1);

	take(vm, 30, VM_SLEEP);
	take(vm, 30, VM_SLEEP);
	take(vm, 1, VM_SLEEP);
	give(vm, 1, 30);
	give(vm, 31, 30);
	KUNIT_EXPECT_EQ(test, vm->remainder->start, 62);
	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP), 21);
	KUNIT_EXPECT_EQ(test, take(vm, 21, VM_NOSLEEP), 62);
}

/* V40: the smallest of all, in an index or deferred */
static void best_fit_sees_deferred_segments(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	KUNIT_EXPECT_EQ(test, take(vm, 11, VM_NOSLEEP | VM_BESTFIT), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 13, VM_NOSLEEP | VM_BESTFIT), 14);
	KUNIT_EXPECT_EQ(test, take(vm, 12, VM_NOSLEEP | VM_BESTFIT), 27);
	KUNIT_EXPECT_EQ(test, take(vm, 61, VM_NOSLEEP | VM_BESTFIT), 101);
	KUNIT_EXPECT_EQ(test, take(vm, 38, VM_NOSLEEP | VM_BESTFIT), 162);
	KUNIT_EXPECT_EQ(test, take(vm, 60, VM_NOSLEEP | VM_BESTFIT), 40);
}

/* V41, V42, V43, V46: requests by address see deferred segments */
static void first_fit_sees_deferred_segments(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	KUNIT_EXPECT_EQ(test, take(vm, 13, VM_NOSLEEP | VM_FIRSTFIT), 14);
	KUNIT_EXPECT_EQ(test, take(vm, 61, VM_NOSLEEP | VM_FIRSTFIT), 101);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

static void next_fit_sees_deferred_segments(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	KUNIT_EXPECT_EQ(test, take(vm, 90, VM_NOSLEEP | VM_NEXTFIT), 101);
	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP | VM_NEXTFIT), 14);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

static void high_end_sees_deferred_segments(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_NOSLEEP | VM_ENDALLOC), 19);
	KUNIT_EXPECT_EQ(test, take(vm, 99, VM_NOSLEEP | VM_ENDALLOC), 102);
}

/* V34, V50: in a window, or with a shape */
static void constraints_are_met_from_deferred_segments(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	KUNIT_EXPECT_EQ(test, take_at(vm, 150, 5), 150);
	KUNIT_EXPECT_EQ(test, take_at(vm, 20, 5), 20);
	vm = four_holes(test);
	KUNIT_EXPECT_EQ(test, xtake(vm, 17, 16, 0, 0, 0, 0, VM_NOSLEEP | VM_BESTFIT), 16);
	KUNIT_EXPECT_EQ(test, xtake(vm, 70, 64, 0, 0, 0, 0, VM_NOSLEEP | VM_BESTFIT), 128);
}

/* V40: a smaller one comes first, be it in the index or deferred */
static void aligned_best_fit_compares_deferred_segments(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	KUNIT_EXPECT_EQ(test, xtake(vm, 8, 4, 0, 0, 0, 0, VM_NOSLEEP | VM_BESTFIT), 4);
	KUNIT_EXPECT_EQ(test, xtake(vm, 8, 4, 0, 0, 0, 0, VM_NOSLEEP | VM_BESTFIT), 16);
	EXPECT_STATE(test, vm,
		     "F1+3 A4+8 F12+1 A13+1 F14+2 A16+8 F24+15 A39+1 F40+60 A100+1 F101+100");
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V40: the smallest that serves, and the ends of a deferred one stay deferred */
static void aligned_cut_leaves_its_ends_deferred(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	KUNIT_EXPECT_EQ(test, xtake(vm, 13, 16, 0, 0, 0, 0, VM_NOSLEEP | VM_BESTFIT), 16);
	EXPECT_STATE(test, vm, "F1+12 A13+1 F14+2 A16+13 F29+10 A39+1 F40+60 A100+1 F101+100");
	KUNIT_EXPECT_EQ(test, vm->coalesced->start, 14);
	KUNIT_EXPECT_EQ(test, vm->remainder->start, 29);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	KUNIT_EXPECT_EQ(test, xtake(vm, 8, 4, 0, 0, 0, 0, VM_NOSLEEP | VM_BESTFIT), 4);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V34: no request fails while a deferred segment serves it */
static void whole_arena_can_be_allocated(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	KUNIT_EXPECT_EQ(test, take(vm, 101, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, take(vm, 100, VM_NOSLEEP), 101);
	KUNIT_EXPECT_EQ(test, take(vm, 60, VM_NOSLEEP), 40);
	KUNIT_EXPECT_EQ(test, take(vm, 25, VM_NOSLEEP), 14);
	KUNIT_EXPECT_EQ(test, take(vm, 12, VM_NOSLEEP), 1);
	EXPECT_SIZES(test, vm, 200, 0);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0);
}

/* V61: a segment freed between two deferred ones joins both */
static void free_between_deferred_segments_joins_both(struct kunit *test)
{
	vmem_t *vm = four_holes(test);

	give(vm, 39, 1);
	EXPECT_STATE(test, vm, "F1+12 A13+1 F14+86 A100+1 F101+100");
	give(vm, 100, 1);
	EXPECT_STATE(test, vm, "F1+12 A13+1 F14+187");
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	give(vm, 13, 1);
	EXPECT_STATE(test, vm, "F1+200");
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	KUNIT_EXPECT_EQ(test, take(vm, 200, VM_NOSLEEP), 1);
}

/* V70: an imported span goes back as soon as all of it is free */
static void span_of_deferred_segments_is_exported(struct kunit *test)
{
	vmem_t *source = source_make(test, 100 * Q);
	vmem_t *kid = arena_keep(test, vmem_xcreate("kid", NULL, 0, Q, source_import_double,
						    source_export, source, 0, VM_SLEEP));
	unsigned long first = take(kid, 4 * Q, VM_NOSLEEP), second;

	second = take(kid, 2 * Q, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, second, first + 4 * Q);
	KUNIT_EXPECT_NOT_NULL(test, kid->remainder);
	give(kid, first, 4 * Q);
	KUNIT_EXPECT_EQ(test, source_log.exports, 0);
	give(kid, second, 2 * Q);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
	KUNIT_EXPECT_NULL(test, kid->remainder);
	KUNIT_EXPECT_NULL(test, kid->coalesced);
	EXPECT_SIZES(test, kid, 0, 0);
}

static struct kunit_case vmem_deferred_cases[] = {
	KUNIT_CASE(deferred_segments_are_free_for_walks_and_sizes),
	KUNIT_CASE(remainder_is_cut_again),
	KUNIT_CASE(best_fit_leaves_a_larger_remainder),
	KUNIT_CASE(small_arena_fills_holes_first),
	KUNIT_CASE(large_remainder_is_kept_whole),
	KUNIT_CASE(best_fit_sees_deferred_segments),
	KUNIT_CASE(first_fit_sees_deferred_segments),
	KUNIT_CASE(next_fit_sees_deferred_segments),
	KUNIT_CASE(high_end_sees_deferred_segments),
	KUNIT_CASE(constraints_are_met_from_deferred_segments),
	KUNIT_CASE(aligned_best_fit_compares_deferred_segments),
	KUNIT_CASE(aligned_cut_leaves_its_ends_deferred),
	KUNIT_CASE(whole_arena_can_be_allocated),
	KUNIT_CASE(free_between_deferred_segments_joins_both),
	KUNIT_CASE(span_of_deferred_segments_is_exported),
	{}
};

static struct kunit_suite vmem_deferred_suite = {
	.name = "ddi_vmem_deferred",
	.init = balance_init,
	.test_cases = vmem_deferred_cases,
};

kunit_test_suite(vmem_deferred_suite);
