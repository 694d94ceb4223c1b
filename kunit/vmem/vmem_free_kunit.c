// SPDX-License-Identifier: GPL-2.0-only
/* vmem_free_kunit.c - right and wrong frees, and joining free neighbours */
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

struct bad_free {
	const char *desc;
	unsigned long addr;
	size_t size;
};

/* In a span [0x100, 0x200), quantum 16, with [0x110, +20), [0x130, +16) allocated. */
static const struct bad_free bad_frees[] = {
	{ "never allocated", 0x1c0, 16 },
	{ "outside of every span", 0x1000, 16 },
	{ "NULL", 0, 16 },
	{ "inside an allocation", 0x120, 4 },
	{ "not at its quantum", 0x118, 12 },
	{ "rounded size", 0x110, 32 },
	{ "smaller size", 0x110, 16 },
	{ "larger size", 0x130, 17 },
	{ "two at once", 0x110, 48 },
	{ "size 0", 0x110, 0 },
	{ "huge size", 0x110, ULONG_MAX },
	{ "the free run before", 0x100, 16 },
};

KUNIT_ARRAY_PARAM_DESC(bad_free, bad_frees, desc);

/* V60, V131, G5, G6 */
static void free_of_what_was_not_allocated_is_misuse(struct kunit *test)
{
	static const char state[] = "F0x100+0x10 A0x110+0x14 A0x130+0x10 F0x140+0xc0";
	const struct bad_free *p = test->param_value;
	vmem_t *vm = arena_make(test, 0x100, 0x100, 16);

	take_at(vm, 0x110, 20);
	take_at(vm, 0x130, 16);
	EXPECT_MISUSE(test, give(vm, p->addr, p->size));
	EXPECT_STATE(test, vm, state);
	EXPECT_MISUSE(test, xgive(vm, p->addr, p->size));
	EXPECT_STATE(test, vm, state);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V60, V131, G6 */
static void free_twice_is_misuse(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);

	take(vm, 10, VM_NOSLEEP);
	take(vm, 10, VM_NOSLEEP);
	EXPECT_NO_MISUSE(test, give(vm, 1, 10));
	EXPECT_MISUSE(test, give(vm, 1, 10));
	EXPECT_MISUSE(test, xgive(vm, 1, 10));
	EXPECT_STATE(test, vm, "F1+10 A11+10 F21+80");
}

/* V60 */
static void free_wants_the_requested_size(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x10, 0x100, 16);
	unsigned long size;

	for (size = 1; size <= 33; size++) {
		unsigned long at = take(vm, size, VM_NOSLEEP);

		if (size % 16)
			EXPECT_MISUSE(test, give(vm, at, round_up(size, 16)));
		EXPECT_NO_MISUSE(test, give(vm, at, size));
	}
	EXPECT_STATE(test, vm, "F0x10+0x100");
}

/* V61 */
static void free_joins_with_both_neighbours(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 50, 1);
	int i;

	for (i = 0; i < 5; i++)
		take(vm, 10, VM_NOSLEEP);
	give(vm, 11, 10);
	EXPECT_STATE(test, vm, "A1+10 F11+10 A21+10 A31+10 A41+10");
	give(vm, 31, 10);
	EXPECT_STATE(test, vm, "A1+10 F11+10 A21+10 F31+10 A41+10");
	give(vm, 21, 10);
	EXPECT_STATE(test, vm, "A1+10 F11+30 A41+10");
	give(vm, 41, 10);
	EXPECT_STATE(test, vm, "A1+10 F11+40");
	give(vm, 1, 10);
	EXPECT_STATE(test, vm, "F1+50");
}

/* V61: the same with sizes beyond the bins, and from a bin into the tree */
static void free_joins_large_runs(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 400, 1);
	unsigned long size;

	for (size = 1; size <= 100; size++) {
		take_at(vm, 1, size);
		take_at(vm, 1 + size, size);
		take_at(vm, 1 + 2 * size, 1);
		give(vm, 1, size);
		give(vm, 1 + size, size);
		KUNIT_ASSERT_EQ(test, take_at(vm, 1, 2 * size), 1);
		give(vm, 1, 2 * size);
		give(vm, 1 + 2 * size, 1);
		KUNIT_ASSERT_TRUE(test, vmem_verify(vm));
	}
	EXPECT_STATE(test, vm, "F1+400");
}

/* V63 */
static void free_families_are_one_without_caches(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 50, 1);

	take(vm, 7, VM_NOSLEEP);
	take_at(vm, 20, 5);
	EXPECT_NO_MISUSE(test, xgive(vm, 1, 7));
	EXPECT_NO_MISUSE(test, give(vm, 20, 5));
	EXPECT_STATE(test, vm, "F1+50");
}

/* V62: frees alone, and all descriptors return to the pool */
static void free_of_many_gives_descriptors_back(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10000, 1);
	int i;

	for (i = 1; i <= 10000; i++)
		KUNIT_ASSERT_EQ(test, take(vm, 1, VM_NOSLEEP), i);
	for (i = 2; i <= 10000; i += 2)
		give(vm, i, 1);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	for (i = 1; i <= 10000; i += 2)
		give(vm, i, 1);
	EXPECT_STATE(test, vm, "F1+10000");
	KUNIT_EXPECT_LE(test, vm->seg_n, VMEM_POOL_HIGH + VMEM_POOL_BATCH + 1);
}

/* V120: the number of allocations and the order do not matter */
static void free_finds_each_of_many_at_once(struct kunit *test)
{
	unsigned long n = ddi_kunit_steps(300000), i;
	vmem_t *vm = arena_make(test, 1, n, 1);

	for (i = 1; i <= n; i++)
		KUNIT_ASSERT_EQ(test, take(vm, 1, VM_SLEEP), i);
	for (i = 1; i <= n; i++)
		give(vm, i, 1);
	/* One step more than the average chain is long, on average. */
	KUNIT_EXPECT_LE(test, arena_stat(vm, VMEM_STAT_LOOKUP), (n / vm->hash.buckets + 1) * n);
}

static struct kunit_case vmem_free_cases[] = {
	KUNIT_CASE_PARAM(free_of_what_was_not_allocated_is_misuse, bad_free_gen_params),
	KUNIT_CASE(free_twice_is_misuse),
	KUNIT_CASE(free_wants_the_requested_size),
	KUNIT_CASE(free_joins_with_both_neighbours),
	KUNIT_CASE(free_joins_large_runs),
	KUNIT_CASE(free_families_are_one_without_caches),
	KUNIT_CASE(free_of_many_gives_descriptors_back),
	KUNIT_CASE_SLOW(free_finds_each_of_many_at_once),
	{}
};

static struct kunit_suite vmem_free_suite = {
	.name = "ddi_vmem_free",
	.init = balance_init,
	.test_cases = vmem_free_cases,
};

kunit_test_suite(vmem_free_suite);
