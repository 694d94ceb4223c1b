// SPDX-License-Identifier: GPL-2.0-only
/* vmem_sizes_kunit.c - the index by size, which an arena has once a request needs it */
#include <ddi/map.h>
#include <ddi/vmem.h>
#include <sys/map.h>

#include <linux/hrtimer.h>
#include <linux/preempt.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/rmap_helpers.h"
#include "kunit/lib/vmem_helpers.h"

/* V39, V40, V41: nobody asks by size until an arena has many holes */
static void first_fit_alone_needs_no_index_by_size(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 1000, 1);
	unsigned long i, at = 1;

	for (i = 1; i <= 40; at += i++)
		KUNIT_EXPECT_EQ(test, take(vm, i, VM_NOSLEEP | VM_FIRSTFIT), at);
	for (i = 1, at = 1; i <= 40; at += i++)
		if (i % 2)
			give(vm, at, i);
	KUNIT_EXPECT_EQ(test, take(vm, 181, VM_NOSLEEP | VM_FIRSTFIT), 0);
	KUNIT_EXPECT_EQ(test, take(vm, 21, VM_NOSLEEP | VM_FIRSTFIT), 211);
	give(vm, 211, 21);
	KUNIT_EXPECT_EQ(test, ddi_vmem_largest(vm), 180);
	KUNIT_EXPECT_EQ(test, take(vm, 170, VM_NOSLEEP | VM_FIRSTFIT), 821);
	KUNIT_EXPECT_EQ(test, ddi_vmem_largest(vm), 39);
	give(vm, 821, 170);
	KUNIT_EXPECT_EQ(test, vm->sizes, VMEM_INDEX_OFF);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));

	KUNIT_EXPECT_EQ(test, take(vm, 30, VM_NOSLEEP | VM_BESTFIT), 1 + 31 * 30 / 2);
	KUNIT_EXPECT_EQ(test, vm->sizes, VMEM_INDEX_READY);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), 4);
	KUNIT_EXPECT_EQ(test, take(vm, 100, VM_NOSLEEP), 821);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 1);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V36, V39, V40: a request by size alone does not empty the bins for another one */
static void bins_that_are_being_emptied_still_serve(struct kunit *test)
{
	static const unsigned long hole[] = { 70, 9, 7, 3, 20 };
	vmem_t *vm = arena_make(test, 1, 1000, 1);
	unsigned long at = 1, i;

	for (i = 0; i < ARRAY_SIZE(hole); at += hole[i++] + 1)
		take_at(vm, at + hole[i], 1);
	take_at(vm, at, 1001 - at);
	/* Builds the index by size. */
	KUNIT_EXPECT_EQ(test, take(vm, 1000, VM_NOSLEEP), 0);
	/* As if somebody had just begun. */
	vm->bins = 0;
	KUNIT_EXPECT_EQ(test, take(vm, 4, VM_NOSLEEP), 1 + 71 + 10);
	/* It comes back to the tree, where it is smaller than what the bins have left. */
	give(vm, 1 + 71 + 10, 4);
	KUNIT_EXPECT_EQ(test, take(vm, 5, VM_NOSLEEP), 1 + 71 + 10);
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP | VM_BESTFIT), 1 + 71 + 10 + 8);
	KUNIT_EXPECT_EQ(test, take(vm, 8, VM_NOSLEEP), 1 + 71);
	KUNIT_EXPECT_EQ(test, take(vm, 65, VM_NOSLEEP), 1);
	KUNIT_EXPECT_NE(test, vm->bin_map, 0);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	give(vm, 1 + 71, 8);
	KUNIT_EXPECT_EQ(test, xtake(vm, 9, 0, 0, 0, 1, 100, VM_NOSLEEP | VM_BESTFIT), 1 + 71);
	KUNIT_EXPECT_EQ(test, vm->bin_map, 0);
}

/* V39, V40: the first request by size, where next fit has cut and joined before */
static void first_request_by_size_sees_deferred_segments(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	int i;

	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NOSLEEP | VM_NEXTFIT), 1 + 10 * i);
	give(vm, 21, 10);
	give(vm, 31, 10);
	KUNIT_EXPECT_NOT_NULL(test, vm->remainder);
	KUNIT_EXPECT_NOT_NULL(test, vm->coalesced);
	KUNIT_EXPECT_EQ(test, vm->sizes, VMEM_INDEX_OFF);
	KUNIT_EXPECT_EQ(test, take(vm, 30, VM_NOSLEEP), 61);
	KUNIT_EXPECT_EQ(test, vm->sizes, VMEM_INDEX_READY);
	KUNIT_EXPECT_EQ(test, take(vm, 15, VM_NOSLEEP | VM_BESTFIT), 21);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	give(vm, 21, 15);
	give(vm, 61, 30);
	EXPECT_STATE(test, vm, "A1+10 A11+10 F21+20 A41+10 A51+10 F61+40");
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* A timer that allocates while the thread on its CPU is in a call. */
struct intruder {
	struct hrtimer timer;
	vmem_t *vm;
	struct map *map;
	unsigned long got;
	unsigned int ticks;
};

#define TICKS	50

/* Asks by size as well, each second time; what it has it returns. */
static enum hrtimer_restart asking_tick(struct hrtimer *timer)
{
	struct intruder *in = container_of(timer, struct intruder, timer);

	if (in->got)
		give(in->vm, in->got, 1);
	in->got = in->got ? 0 : take(in->vm, 1, VM_NOSLEEP | VM_BESTFIT);
	hrtimer_forward_now(timer, 5 * NSEC_PER_USEC);
	return ++in->ticks < TICKS ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

/* V34, V39: an interrupt may need the index while a thread builds it */
static void index_is_built_by_two_at_once(struct kunit *test)
{
	struct intruder *in = kunit_kzalloc(test, sizeof(*in), GFP_KERNEL);
	unsigned long at, got;

	KUNIT_ASSERT_NOT_NULL(test, in);
	in->vm = arena_make(test, 1, 2000, 1);
	for (at = 1; at <= 2000; at++)
		KUNIT_ASSERT_EQ(test, take(in->vm, 1, VM_NOSLEEP | VM_FIRSTFIT), at);
	for (at = 1; at <= 2000; at += 2)
		give(in->vm, at, 1);
	/* With nothing in a hot slot, the first request by size needs the index. */
	KUNIT_ASSERT_EQ(test, take(in->vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 1);
	KUNIT_ASSERT_EQ(test, in->vm->sizes, VMEM_INDEX_OFF);
	hrtimer_setup(&in->timer, asking_tick, CLOCK_MONOTONIC, TICK_MODE);
	migrate_disable();
	hrtimer_start(&in->timer, 0, TICK_MODE);
	got = take(in->vm, 1, VM_NOSLEEP | VM_BESTFIT);
	migrate_enable();
	while (hrtimer_active(&in->timer))
		cpu_relax();
	KUNIT_EXPECT_EQ(test, got % 2, 1);
	KUNIT_EXPECT_EQ(test, in->ticks, TICKS);
	KUNIT_EXPECT_EQ(test, in->vm->sizes, VMEM_INDEX_READY);
	EXPECT_SIZES(test, in->vm, 1002 + !!in->got, 998 - !!in->got);
	KUNIT_EXPECT_TRUE(test, vmem_verify(in->vm));
}

static enum hrtimer_restart mapping_tick(struct hrtimer *timer)
{
	struct intruder *in = container_of(timer, struct intruder, timer);

	in->got = rmalloc(in->map, 1);
	in->ticks++;
	return HRTIMER_NORESTART;
}

/* R8: the limit holds although the first search by size lets go of the lock */
static void limit_holds_while_the_index_is_built(struct kunit *test)
{
	struct intruder *in = kunit_kzalloc(test, sizeof(*in), GFP_KERNEL);
	unsigned long i, at, got;

	KUNIT_ASSERT_NOT_NULL(test, in);
	for (i = 0; i < 40; i++) {
		in->map = map_keep(test, rmallocmap(2));
		in->ticks = 0;
		for (at = 1; at <= 200; at++)
			rmfree(in->map, 10, 100 * at);
		KUNIT_ASSERT_EQ(test, rmalloc(in->map, 1), 100);
		hrtimer_setup(&in->timer, mapping_tick, CLOCK_MONOTONIC, TICK_MODE);
		migrate_disable();
		hrtimer_start(&in->timer, i * NSEC_PER_USEC, TICK_MODE);
		got = take(ddi_map_arena(in->map), 1, VM_NOSLEEP | VM_BESTFIT);
		migrate_enable();
		while (hrtimer_active(&in->timer))
			cpu_relax();
		KUNIT_EXPECT_EQ(test, in->ticks, 1);
		KUNIT_EXPECT_EQ_MSG(test, !!got + !!in->got, 1, "after %lu us", i);
	}
}

static struct kunit_case vmem_sizes_cases[] = {
	KUNIT_CASE(first_fit_alone_needs_no_index_by_size),
	KUNIT_CASE(bins_that_are_being_emptied_still_serve),
	KUNIT_CASE(first_request_by_size_sees_deferred_segments),
	KUNIT_CASE(index_is_built_by_two_at_once),
	KUNIT_CASE(limit_holds_while_the_index_is_built),
	{}
};

static struct kunit_suite vmem_sizes_suite = {
	.name = "ddi_vmem_sizes",
	.init = balance_init,
	.test_cases = vmem_sizes_cases,
};

kunit_test_suite(vmem_sizes_suite);
