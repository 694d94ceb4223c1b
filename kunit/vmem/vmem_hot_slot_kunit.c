// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_hot_slot_kunit.c - a segment in a hot slot is in no index; results must be
 * the same as if it were
 */
#include <sys/map.h>

#include <linux/cpumask.h>
#include <linux/workqueue.h>

#include "ddi_rmap/rmap_impl.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

/* Two CPUs with different hot slots. */
static int cpus[2];

static int need_two_cpus(struct kunit *test)
{
	int cpu;

	cpus[0] = cpumask_first(cpu_online_mask);
	for_each_online_cpu(cpu) {
		if (cpu % VMEM_HOT != cpus[0] % VMEM_HOT) {
			cpus[1] = cpu;
			return balance_init(test);
		}
	}
	kunit_skip(test, "needs two CPUs");
}

struct giving {
	vmem_t *vm;
	unsigned long addr;
	size_t size;
};

static long give_here(void *arg)
{
	struct giving *g = arg;

	give(g->vm, g->addr, g->size);
	return 0;
}

/* Free @first on one CPU, then @second on another. */
static void give_each(struct kunit *test, struct giving first, struct giving second)
{
	work_on_cpu(cpus[0], give_here, &first);
	work_on_cpu(cpus[1], give_here, &second);
	KUNIT_EXPECT_NOT_NULL(test, first.vm->hot[0]);
	KUNIT_EXPECT_NOT_NULL(test, first.vm->hot[1]);
}

/* The same with two units */
static void give_by_two(struct kunit *test, vmem_t *vm, unsigned long first,
			unsigned long second)
{
	give_each(test, (struct giving){ vm, first, 1 }, (struct giving){ vm, second, 1 });
}

/* An arena of @size units, all allocated one by one, with an address tree. */
static vmem_t *full_arena(struct kunit *test, size_t size)
{
	vmem_t *vm = arena_make(test, 1, size, 1);

	while (take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT))
		;
	KUNIT_ASSERT_EQ(test, vmem_size(vm, VMEM_FREE), 0);
	KUNIT_ASSERT_EQ(test, vm->index, VMEM_INDEX_READY);
	return vm;
}

/* V90, V96 */
static void hot_segments_are_free_for_walks_and_sizes(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 7);

	give_by_two(test, vm, 2, 5);
	EXPECT_SIZES(test, vm, 5, 2);
	EXPECT_STATE(test, vm, "A1+1 F2+1 A3+1 A4+1 F5+1 A6+1 A7+1");
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V60: of either */
static void second_free_of_a_hot_segment_is_misuse(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 7);

	give_by_two(test, vm, 2, 5);
	EXPECT_MISUSE(test, give(vm, 2, 1));
	EXPECT_MISUSE(test, give(vm, 5, 1));
	EXPECT_SIZES(test, vm, 5, 2);
}

/* V61: a segment freed between them joins both */
static void free_between_two_hot_segments_joins_both(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 5);

	give_by_two(test, vm, 2, 4);
	give(vm, 3, 1);
	EXPECT_STATE(test, vm, "A1+1 F2+3 A5+1");
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), 2);
}

/* An arena of @size units, all allocated one by one, without an address tree */
static vmem_t *full_arena_by_size(struct kunit *test, size_t size)
{
	vmem_t *vm = arena_make(test, 1, size, 1);
	unsigned long i;

	for (i = 1; i <= size; i++)
		KUNIT_ASSERT_EQ(test, take(vm, 1, VM_NOSLEEP), i);
	KUNIT_ASSERT_EQ(test, vm->index, VMEM_INDEX_OFF);
	return vm;
}

/* V61: a hot segment that is joined, whichever CPU freed it and whatever side it is on */
static void expect_hot_to_be_joined(struct kunit *test, vmem_t *vm)
{
	int i;

	for (i = 0; i < 2; i++) {
		give_each(test, (struct giving){ vm, 4 - 2 * i, 1 },
			  (struct giving){ vm, 2 + 2 * i, 1 });
		give(vm, 3, 1);
		EXPECT_STATE(test, vm, "A1+1 F2+3 A5+1");
		KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 2);
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 3);
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 4);
		give(vm, 3, 1);
		give(vm, 4 - 2 * i, 1);
		KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
		KUNIT_EXPECT_EQ(test, take(vm, 2, VM_NOSLEEP), 3 - i);
		give(vm, 3 - i, 2);
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 3 - i);
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 4 - i);
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0);
	}
}

static void hot_segments_are_joined(struct kunit *test)
{
	expect_hot_to_be_joined(test, full_arena(test, 5));
	expect_hot_to_be_joined(test, full_arena_by_size(test, 5));
}

/* V34: no request fails while either segment serves it */
static void hot_segments_serve_every_policy(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 7);
	unsigned long sum;

	give_by_two(test, vm, 2, 5);
	sum = take(vm, 1, VM_NOSLEEP);
	sum += take(vm, 1, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, sum, 2 + 5);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0);
}

/* V41: the lower one, in either order of frees */
static void first_fit_takes_the_lower_hot_segment(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 7);

	give_by_two(test, vm, 2, 5);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 2);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 5);
	give_by_two(test, vm, 5, 2);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 2);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 5);
}

/* With @low and @high hot, in either slot, the lowest @size is at @at. */
static void expect_lowest(struct kunit *test, struct giving low, struct giving high,
			  size_t size, unsigned long at)
{
	const int flags = VM_NOSLEEP | VM_FIRSTFIT;
	vmem_t *vm = low.vm;
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, take(vm, low.size, flags), low.addr);
		KUNIT_ASSERT_EQ(test, take(vm, high.size, flags), high.addr);
		give_each(test, i ? low : high, i ? high : low);
		KUNIT_EXPECT_EQ(test, take(vm, size, flags), at);
		KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
		give(vm, at, size);
	}
}

/* V41: the lower one that is long enough, though the higher one may be exactly as long */
static void first_fit_sees_the_sizes_of_hot_segments(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 2, 6, 1);
	struct giving two = { vm, 2, 2 }, three = { vm, 5, 3 };

	take_at(vm, 4, 1);
	expect_lowest(test, two, three, 1, 2);
	expect_lowest(test, two, three, 2, 2);
	expect_lowest(test, two, three, 3, 5);
	give(vm, 4, 1);
	take_at(vm, 5, 1);
	three.addr = 2;
	two.addr = 6;
	expect_lowest(test, three, two, 1, 2);
	expect_lowest(test, three, two, 2, 2);
	expect_lowest(test, three, two, 3, 2);
}

/* V41: a hole in the index is lower than both */
static void first_fit_looks_below_hot_segments(struct kunit *test)
{
	const int flags = VM_NOSLEEP | VM_FIRSTFIT;
	vmem_t *vm = full_arena(test, 7);

	give(vm, 2, 1);
	/* No segment is that long, so all indexes are searched. */
	KUNIT_EXPECT_EQ(test, take(vm, 2, flags), 0);
	KUNIT_EXPECT_NULL(test, vm->hot[0]);
	KUNIT_EXPECT_NULL(test, vm->hot[1]);
	give_by_two(test, vm, 6, 4);
	KUNIT_EXPECT_EQ(test, take(vm, 1, flags), 2);
	KUNIT_EXPECT_EQ(test, take(vm, 1, flags), 4);
	KUNIT_EXPECT_EQ(test, take(vm, 1, flags), 6);
}

/* R9: a map of two slots never holds three allocations; three pieces that never touch */
static void limit_of_a_map_ignores_hot_segments(struct kunit *test)
{
	struct map *mp = rmallocmap_wait(2);
	unsigned long i;

	for (i = 10; i <= 30; i += 10)
		rmfree(mp, 1, i);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 10);
		KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 20);
		KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 0);
		give_by_two(test, mp->arena, 20, 10);
	}
	rmfreemap(mp);
}

static struct kunit_case vmem_hot_slot_cases[] = {
	KUNIT_CASE(hot_segments_are_free_for_walks_and_sizes),
	KUNIT_CASE(second_free_of_a_hot_segment_is_misuse),
	KUNIT_CASE(free_between_two_hot_segments_joins_both),
	KUNIT_CASE(hot_segments_are_joined),
	KUNIT_CASE(hot_segments_serve_every_policy),
	KUNIT_CASE(first_fit_takes_the_lower_hot_segment),
	KUNIT_CASE(first_fit_sees_the_sizes_of_hot_segments),
	KUNIT_CASE(first_fit_looks_below_hot_segments),
	KUNIT_CASE(limit_of_a_map_ignores_hot_segments),
	{}
};

static struct kunit_suite vmem_hot_slot_suite = {
	.name = "ddi_vmem_hot_slot",
	.init = need_two_cpus,
	.test_cases = vmem_hot_slot_cases,
};

kunit_test_suite(vmem_hot_slot_suite);
