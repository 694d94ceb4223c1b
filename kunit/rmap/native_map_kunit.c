// SPDX-License-Identifier: GPL-2.0-only
/* native_map_kunit.c - <ddi/map.h>: names, limits, errnos and waits of resource maps */
#include <ddi/map.h>

#include <linux/sched/signal.h>
#include <linux/workqueue.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/rmap_helpers.h"

/* A map of a lock class of its own that goes when the case ends. */
#define native_map(test, n, ...)						\
	native_keep(test, ddi_map_create((&(struct ddi_map_config){		\
		.name = (n), .gfp = GFP_KERNEL, ##__VA_ARGS__ })))

static struct map *native_keep(struct kunit *test, struct map *mp)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(mp));
	return map_keep(test, mp);
}

/* With units 1 to @size; two allocations at most. */
static struct map *pair_of(struct kunit *test, size_t size)
{
	struct map *mp = native_map(test, "pair", .limit = 2);

	KUNIT_ASSERT_EQ(test, ddi_map_add(mp, 1, size, GFP_KERNEL), 0);
	return mp;
}

static unsigned long units(struct kunit *test, struct map *mp, size_t size)
{
	unsigned long index = 0;

	KUNIT_EXPECT_EQ(test, ddi_map_alloc(mp, size, GFP_KERNEL, &index), 0);
	return index;
}

/* N22 */
static void map_is_empty_and_named(struct kunit *test)
{
	struct map *mp = native_map(test, "slots");
	unsigned long index = 77;

	KUNIT_EXPECT_STREQ(test, mp->arena->name, "slots");
	KUNIT_EXPECT_STREQ(test, native_map(test, "a\nb")->arena->name, "a\\nb");
	KUNIT_EXPECT_EQ(test, ddi_map_alloc(mp, 1, GFP_KERNEL, &index), -ENOSPC);
	KUNIT_EXPECT_EQ(test, index, 77);
}

/* N22, R22: and tells misuse */
static void touching_additions_join(struct kunit *test)
{
	struct map *mp = native_map(test, "slots");
	int err = 0;

	KUNIT_EXPECT_EQ(test, ddi_map_add(mp, 11, 10, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, ddi_map_add(mp, 1, 10, GFP_ATOMIC), 0);
	EXPECT_MAP(test, mp, "F1+20");
	EXPECT_MISUSE(test, err = ddi_map_add(mp, 20, 2, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
}

/* N23 */
static void lowest_index_is_taken(struct kunit *test)
{
	struct map *mp = native_map(test, "slots");

	KUNIT_ASSERT_EQ(test, ddi_map_add(mp, 1, 10, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, units(test, mp, 3), 1);
	KUNIT_EXPECT_EQ(test, units(test, mp, 2), 4);
	ddi_map_free(mp, 1, 3);
	KUNIT_EXPECT_EQ(test, units(test, mp, 2), 1);
	EXPECT_MAP(test, mp, "A1+2 F3+1 A4+2 F6+5");
}

/* N22, N23: 0 is none, and rmap_limit is not for these maps */
static void limit_limits_allocations(struct kunit *test)
{
	struct map *mp = pair_of(test, 500), *endless = native_map(test, "slots");
	unsigned long index;
	int i;

	units(test, mp, 1);
	units(test, mp, 1);
	KUNIT_EXPECT_EQ(test, ddi_map_alloc(mp, 1, GFP_KERNEL, &index), -ENOSPC);
	ddi_map_free(mp, 1, 1);
	KUNIT_EXPECT_EQ(test, units(test, mp, 1), 1);
	KUNIT_ASSERT_EQ(test, ddi_map_add(endless, 1, 500, GFP_KERNEL), 0);
	for (i = 1; i <= 500; i++)
		KUNIT_EXPECT_EQ(test, units(test, endless, 1), i);
}

/* N22: no memory is needed for what the limit promises */
static void limit_reserves_bookkeeping(struct kunit *test)
{
	struct map *mp = pair_of(test, 100);
	unsigned long index = 0;

	need_faults(test);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	KUNIT_EXPECT_EQ(test, ddi_map_alloc(mp, 3, GFP_KERNEL, &index), 0);
	KUNIT_EXPECT_EQ(test, ddi_map_alloc(mp, 3, GFP_KERNEL, &index), 0);
	fail_percent(DDI_FAIL_DESCRIPTORS, 0);
	KUNIT_EXPECT_EQ(test, index, 4);
}

struct later {
	struct delayed_work work;
	struct map *mp;
	unsigned long index;
};

static void free_one(struct work_struct *work)
{
	struct later *later = container_of(work, struct later, work.work);

	ddi_map_free(later->mp, later->index, 1);
}

/* N23, N8: a free ends a wait for the limit */
static void free_ends_a_wait(struct kunit *test)
{
	struct later later = { .mp = pair_of(test, 100) };
	unsigned long index = 0;

	units(test, later.mp, 1);
	later.index = units(test, later.mp, 1);
	INIT_DELAYED_WORK_ONSTACK(&later.work, free_one);
	schedule_delayed_work(&later.work, 2);
	KUNIT_EXPECT_EQ(test, ddi_map_alloc_wait(later.mp, 50, GFP_KERNEL, TASK_UNINTERRUPTIBLE,
						 10 * HZ, &index), 0);
	KUNIT_EXPECT_EQ(test, index, 2);
	flush_delayed_work(&later.work);
	destroy_delayed_work_on_stack(&later.work);
}

/* N23, N9, N10 */
static void signal_or_time_ends_a_wait(struct kunit *test)
{
	struct map *mp = pair_of(test, 10);
	unsigned long index = 77;

	KUNIT_EXPECT_EQ(test, ddi_map_alloc_wait(mp, 11, GFP_KERNEL, TASK_KILLABLE, 2, &index),
			-ETIMEDOUT);
	allow_signal(SIGUSR1);
	send_sig(SIGUSR1, current, 1);
	KUNIT_EXPECT_EQ(test, ddi_map_alloc_wait(mp, 11, GFP_KERNEL, TASK_INTERRUPTIBLE,
						 MAX_SCHEDULE_TIMEOUT, &index), -ERESTARTSYS);
	flush_signals(current);
	disallow_signal(SIGUSR1);
	KUNIT_EXPECT_EQ(test, index, 77);
}

/* N24: both headers on both kinds of map, and what arenas have */
static void all_functions_work_on_all_maps(struct kunit *test)
{
	struct map *mp = native_map(test, "slots"), *old = map_make(test, 10, 10, 1);
	unsigned long index = 0;

	rmfree(mp, 10, 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 3), 1);
	ddi_map_free(mp, 1, 3);
	KUNIT_EXPECT_EQ(test, units(test, mp, 4), 1);
	rmfree(mp, 4, 1);
	EXPECT_MAP(test, mp, "F1+10");
	KUNIT_EXPECT_EQ(test, units(test, old, 4), 1);
	KUNIT_EXPECT_EQ(test, ddi_vmem_xalloc(ddi_map_arena(old), &(struct ddi_vmem_request){
		.size = 2, .min = 7, .gfp = GFP_KERNEL }, &index), 0);
	KUNIT_EXPECT_EQ(test, index, 7);
	KUNIT_EXPECT_EQ(test, ddi_vmem_largest(ddi_map_arena(old)), 2);
}

/* N24 */
static void free_of_what_is_not_allocated_is_misuse(struct kunit *test)
{
	struct map *mp = pair_of(test, 10);

	EXPECT_MISUSE(test, ddi_map_free(mp, 1, 2));
	EXPECT_MISUSE(test, ddi_map_free(mp, 100, 10));
	EXPECT_MAP(test, mp, "F1+10");
}

/* N18, N23: the limit of a fair map */
static void fair_map_keeps_its_limit(struct kunit *test)
{
	struct map *mp = native_map(test, "pair", .limit = 1, .fair = true);
	unsigned long index = 0;

	KUNIT_ASSERT_EQ(test, ddi_map_add(mp, 1, 10, GFP_KERNEL), 0);
	units(test, mp, 1);
	KUNIT_EXPECT_EQ(test, ddi_map_alloc_wait(mp, 1, GFP_KERNEL, 0, 2, &index), -ETIMEDOUT);
	ddi_map_free(mp, 1, 1);
	KUNIT_EXPECT_EQ(test, ddi_map_alloc_wait(mp, 1, GFP_KERNEL, 0, 2, &index), 0);
	KUNIT_EXPECT_EQ(test, index, 1);
}

static struct kunit_case native_map_cases[] = {
	KUNIT_CASE(map_is_empty_and_named),
	KUNIT_CASE(touching_additions_join),
	KUNIT_CASE(lowest_index_is_taken),
	KUNIT_CASE(limit_limits_allocations),
	KUNIT_CASE(limit_reserves_bookkeeping),
	KUNIT_CASE(free_ends_a_wait),
	KUNIT_CASE(signal_or_time_ends_a_wait),
	KUNIT_CASE(all_functions_work_on_all_maps),
	KUNIT_CASE(free_of_what_is_not_allocated_is_misuse),
	KUNIT_CASE(fair_map_keeps_its_limit),
	{}
};

static struct kunit_suite native_map_suite = {
	.name = "ddi_native_map",
	.init = balance_init,
	.test_cases = native_map_cases,
};

kunit_test_suite(native_map_suite);
