// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_hot_slot_kunit.c - what two CPUs have freed last lies apart from other free
 * space; nobody must be able to tell
 */
#include <sys/map.h>

#include <linux/cpumask.h>
#include <linux/workqueue.h>

#include "ddi_rmap/rmap_impl.h"
#include "kunit/lib/vmem_helpers.h"

/* Two CPUs that have a place each for what they freed last. */
static int cpus[2];

static int need_two_cpus(struct kunit *test)
{
	int cpu;

	cpus[0] = cpumask_first(cpu_online_mask);
	for_each_online_cpu(cpu) {
		if (cpu % VMEM_HOT != cpus[0] % VMEM_HOT) {
			cpus[1] = cpu;
			return 0;
		}
	}
	kunit_skip(test, "needs two CPUs");
}

struct giving {
	vmem_t *vm;
	unsigned long addr;
};

static long give_here(void *arg)
{
	struct giving *g = arg;

	give(g->vm, g->addr, 1);
	return 0;
}

/* Free the unit at @first on one CPU, then that at @second on another. */
static void give_by_two(struct kunit *test, vmem_t *vm, unsigned long first,
			unsigned long second)
{
	struct giving g[] = { { vm, first }, { vm, second } };

	work_on_cpu(cpus[0], give_here, &g[0]);
	work_on_cpu(cpus[1], give_here, &g[1]);
	KUNIT_EXPECT_NOT_NULL(test, vm->hot[0]);
	KUNIT_EXPECT_NOT_NULL(test, vm->hot[1]);
}

/* An arena of @size units, all allocated one by one, with an address index. */
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
static void both_are_free_for_walks_and_sizes(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 7);

	give_by_two(test, vm, 2, 5);
	EXPECT_SIZES(test, vm, 5, 2);
	EXPECT_STATE(test, vm, "A1+1 F2+1 A3+1 A4+1 F5+1 A6+1 A7+1");
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V60: of either */
static void both_refuse_a_second_free(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 7);

	give_by_two(test, vm, 2, 5);
	EXPECT_MISUSE(test, give(vm, 2, 1));
	EXPECT_MISUSE(test, give(vm, 5, 1));
	EXPECT_SIZES(test, vm, 5, 2);
}

/* V61: what comes free between them makes one segment of the three */
static void both_join_what_comes_free_between(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 5);

	give_by_two(test, vm, 2, 4);
	give(vm, 3, 1);
	EXPECT_STATE(test, vm, "A1+1 F2+3 A5+1");
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), 2);
}

/* V34: nothing fails while either is there */
static void both_serve_whoever_asks(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 7);
	unsigned long sum;

	give_by_two(test, vm, 2, 5);
	sum = take(vm, 1, VM_NOSLEEP);
	sum += take(vm, 1, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, sum, 2 + 5);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0);
}

/* V41: the lower one, whoever freed it and in whichever order */
static void first_fit_takes_the_lower_of_both(struct kunit *test)
{
	vmem_t *vm = full_arena(test, 7);

	give_by_two(test, vm, 2, 5);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 2);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 5);
	give_by_two(test, vm, 5, 2);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 2);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 5);
}

/* R9: a map of two slots never holds three allocations; three pieces that never touch */
static void limit_of_a_map_counts_both(struct kunit *test)
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
	KUNIT_CASE(both_are_free_for_walks_and_sizes),
	KUNIT_CASE(both_refuse_a_second_free),
	KUNIT_CASE(both_join_what_comes_free_between),
	KUNIT_CASE(both_serve_whoever_asks),
	KUNIT_CASE(first_fit_takes_the_lower_of_both),
	KUNIT_CASE(limit_of_a_map_counts_both),
	{}
};

static struct kunit_suite vmem_hot_slot_suite = {
	.name = "ddi_vmem_hot_slot",
	.init = need_two_cpus,
	.test_cases = vmem_hot_slot_cases,
};

kunit_test_suite(vmem_hot_slot_suite);
