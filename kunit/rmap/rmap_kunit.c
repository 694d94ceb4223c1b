// SPDX-License-Identifier: GPL-2.0-only
/* rmap_kunit.c - resource maps, rule by rule */
#include <linux/completion.h>
#include <linux/kthread.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/rmap_helpers.h"

/* R5, R6, R7, R26 */
static void map_starts_empty(struct kunit *test)
{
	struct map *mp = map_keep(test, rmallocmap(10));

	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 0);
	EXPECT_MAP(test, mp, "");
	mp = map_keep(test, rmallocmap_wait(10));
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 0);
}

/* R36, K4: the interface has no name for it */
static void map_has_a_name(struct kunit *test)
{
	struct map *mp = map_make(test, 1, 1, 1);

	if (!IS_ENABLED(CONFIG_KALLSYMS))
		kunit_skip(test, "no names of functions in this kernel");
	KUNIT_EXPECT_STREQ(test, mp->arena->name, "ddi_kunit:map_make");
	mp = map_keep(test, rmallocmap(1));
	KUNIT_EXPECT_STREQ(test, mp->arena->name, "ddi_kunit:map_has_a_name");
}

struct mapsize {
	const char *desc;
	size_t mapsize;
	unsigned int most;
};

static const struct mapsize mapsizes[] = {
	{ "0 counts as 1", 0, 1 },
	{ "1", 1, 1 },
	{ "2", 2, 2 },
	{ "100", 100, 100 },
	{ "256", 256, 256 },
	{ "300", 300, 300 },
	{ "0x20000", 0x20000, 500 },
	{ "the largest", SIZE_MAX, 500 },
};

KUNIT_ARRAY_PARAM_DESC(mapsize, mapsizes, desc);

/* R8, R9: in a map of 500 units */
static void mapsize_limits_allocations(struct kunit *test)
{
	const struct mapsize *p = test->param_value;
	struct map *mp = map_make(test, p->mapsize, 500, 1);
	unsigned int i;

	for (i = 1; i <= p->most; i++)
		KUNIT_ASSERT_EQ(test, rmalloc(mp, 1), i);
	EXPECT_NO_MISUSE(test, KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 0));
	rmfree(mp, 1, p->most);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), p->most);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 0);
}

/* R8, R9 */
static void mapsize_is_no_limit_without_rmap_limit(struct kunit *test)
{
	struct map *mp, *limited = map_make(test, 2, 10, 1);
	bool keep = rmap_limit;
	unsigned int i;

	rmap_limit = false;
	mp = map_make(test, 2, 500, 1);
	rmap_limit = keep;
	for (i = 1; i <= 500; i++)
		KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), i);
	KUNIT_EXPECT_EQ(test, rmalloc(limited, 1), 1);
	KUNIT_EXPECT_EQ(test, rmalloc(limited, 1), 2);
	KUNIT_EXPECT_EQ(test, rmalloc(limited, 1), 0);
}

/* R9: two descriptors for each of the first 256, and not for the rest */
static void mapsize_reserves_bookkeeping(struct kunit *test)
{
	struct map *small = map_make(test, 10, 0, 0), *large = map_make(test, 0x20000, 0, 0);

	KUNIT_EXPECT_GE(test, small->arena->pool_n, 2 * 10 + 1);
	KUNIT_EXPECT_GE(test, large->arena->pool_n, 2 * 256 + 1);
	KUNIT_EXPECT_LE(test, large->arena->pool_n, 2 * 256 + 100);
}

/* R10, R28 */
static void free_loses_no_fragment(struct kunit *test)
{
	struct map *mp = map_make(test, 1000, 1000, 1);
	int i;

	for (i = 1; i <= 1000; i++)
		KUNIT_ASSERT_EQ(test, rmalloc(mp, 1), i);
	for (i = 1; i <= 1000; i += 2)
		rmfree(mp, 1, i);
	KUNIT_EXPECT_EQ(test, vmem_size(mp->arena, VMEM_FREE), 500);
	for (i = 2; i <= 1000; i += 2)
		rmfree(mp, 1, i);
	EXPECT_MAP(test, mp, "F1+1000");
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1000), 1);
}

/* R11, V131 */
static void freemap_with_allocations_reports_and_destroys(struct kunit *test)
{
	struct map *mp = rmallocmap_wait(10);

	rmfree(mp, 10, 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 3), 1);
	EXPECT_MISUSE(test, rmfreemap(mp));
	mp = rmallocmap_wait(10);
	rmfree(mp, 10, 1);
	EXPECT_NO_MISUSE(test, rmfreemap(mp));
}

/* R12, V131 */
static void freemap_null_does_nothing(struct kunit *test)
{
	EXPECT_NO_MISUSE(test, rmfreemap(NULL));
}

/* R14, R17 */
static void free_adds_or_returns_by_membership(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10, 101);

	EXPECT_NO_MISUSE(test, rmfree(mp, 10, 201));
	EXPECT_NO_MISUSE(test, rmfree(mp, 10, 1));
	EXPECT_MAP(test, mp, "F101+10 F201+10 F1+10");
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 10), 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 10), 101);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 10), 201);
	EXPECT_NO_MISUSE(test, rmfree(mp, 10, 101));
	EXPECT_MAP(test, mp, "F101+10 A201+10 A1+10");
}

struct bad_free {
	const char *desc;
	size_t size;
	ulong_t index;
};

/* In a map of [11, 111) with [11, 21), [21, 31) and [41, 51) allocated. */
static const struct bad_free bad_frees[] = {
	{ "wrong size, small", 9, 11 },
	{ "wrong size, large", 11, 41 },
	{ "inside an allocation", 5, 13 },
	{ "the end of an allocation", 5, 16 },
	{ "two at once", 20, 11 },
	{ "free", 10, 31 },
	{ "free and unaligned", 3, 60 },
	{ "allocated and free", 20, 41 },
	{ "the whole map", 100, 11 },
	{ "index 0", 10, 0 },
	{ "index 0 and size 0", 0, 0 },
	{ "size 0 inside", 0, 11 },
	{ "size 0 in free space", 0, 80 },
	{ "size 0 outside", 0, 200 },
	{ "over the start", 2, 10 },
	{ "over the end", 2, 110 },
	{ "around", 200, 5 },
	{ "index 0 and around", 200, 0 },
	{ "past the top", 20, -10UL },
	{ "past the top by far", -100UL, 200 },
	{ "all there is", ULONG_MAX, 1 },
	{ "all there is, past the top", ULONG_MAX, 2 },
};

KUNIT_ARRAY_PARAM_DESC(bad_free, bad_frees, desc);

/* R15, R18, R19, R20, R21, V131, G5, G6, G9 */
static void free_of_a_wrong_range_is_misuse(struct kunit *test)
{
	const struct bad_free *p = test->param_value;
	struct map *mp = map_make(test, 10, 100, 11);
	int i;

	for (i = 0; i < 4; i++)
		rmalloc(mp, 10);
	rmfree(mp, 10, 31);
	EXPECT_MISUSE(test, rmfree(mp, p->size, p->index));
	EXPECT_MAP(test, mp, "A11+10 A21+10 F31+10 A41+10 F51+60");
	rmalloc(mp, 10);
	EXPECT_MAP(test, mp, "A11+10 A21+10 A31+10 A41+10 F51+60");
}

/* R15, G6 */
static void free_twice_is_misuse(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 100, 1);

	rmalloc(mp, 10);
	rmalloc(mp, 10);
	EXPECT_NO_MISUSE(test, rmfree(mp, 10, 1));
	EXPECT_MISUSE(test, rmfree(mp, 10, 1));
	EXPECT_MAP(test, mp, "F1+10 A11+10 F21+80");
}

/* R21, G8 */
static void free_adds_up_to_the_top(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10, -10UL);

	KUNIT_EXPECT_EQ(test, rmalloc(mp, 4), -10UL);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 6), -6UL);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 0);
	EXPECT_NO_MISUSE(test, rmfree(mp, 6, -6UL));
	EXPECT_NO_MISUSE(test, rmfree(mp, 4, -10UL));
	EXPECT_NO_MISUSE(test, rmfree(mp, 5, -15UL));
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 15), -15UL);
}

/* R22 */
static void additions_merge_at_either_end(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10, 101);

	rmfree(mp, 10, 111);
	EXPECT_MAP(test, mp, "F101+20");
	rmfree(mp, 10, 91);
	EXPECT_MAP(test, mp, "F91+30");
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 30), 91);
	EXPECT_NO_MISUSE(test, rmfree(mp, 30, 91));
	EXPECT_MAP(test, mp, "F91+30");
}

/* R22 */
static void addition_bridges_two_regions(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10, 1);

	rmfree(mp, 10, 21);
	rmfree(mp, 10, 11);
	EXPECT_MAP(test, mp, "F1+30");
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 30), 1);
	EXPECT_MISUSE(test, rmfree(mp, 10, 11));
	EXPECT_NO_MISUSE(test, rmfree(mp, 30, 1));
	EXPECT_MAP(test, mp, "F1+30");
}

/* R22, R15: with allocations on both sides of the seams */
static void addition_bridges_regions_in_use(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10, 1);

	rmfree(mp, 10, 21);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 3), 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 7), 4);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 2), 21);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 2), 23);
	rmfree(mp, 2, 21);
	rmfree(mp, 10, 11);
	EXPECT_MAP(test, mp, "A1+3 A4+7 F11+12 A23+2 F25+6");
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 12), 11);
	rmfree(mp, 7, 4);
	rmfree(mp, 12, 11);
	EXPECT_MAP(test, mp, "A1+3 F4+19 A23+2 F25+6");
	rmfree(mp, 3, 1);
	rmfree(mp, 2, 23);
	EXPECT_MAP(test, mp, "F1+30");
}

struct busy {
	struct map *mp;
	struct completion done;
	bool stop;
};

static int busy_thread(void *data)
{
	struct busy *b = data;
	unsigned long at;

	while (!READ_ONCE(b->stop)) {
		at = rmalloc(b->mp, 1);
		if (at)
			rmfree(b->mp, 1, at);
		cond_resched();
	}
	kthread_complete_and_exit(&b->done, 0);
}

#define REGION	400

/* All of [index, index + REGION) allocated, and with @holes every second unit free again. */
static void region_make(struct map *mp, unsigned long index, bool holes)
{
	unsigned long i;

	rmfree(mp, REGION, index);
	for (i = 0; i < REGION; i++)
		rmalloc(mp, 1);
	for (i = 0; holes && i < REGION; i += 2)
		rmfree(mp, 1, index + i);
}

/* R22, R26: requests between the many steps of a join are served */
static void regions_in_use_are_joined_step_by_step(struct kunit *test)
{
	struct busy b = { .done = COMPLETION_INITIALIZER_ONSTACK(b.done) };
	unsigned int round;

	for (round = 0; round < 20; round++) {
		b.mp = map_make(test, 4 * REGION, 0, 0);
		region_make(b.mp, 1, false);
		region_make(b.mp, REGION + 2, true);
		b.stop = false;
		reinit_completion(&b.done);
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(busy_thread, &b, "ddi-busy")));
		rmfree(b.mp, 1, REGION + 1);
		WRITE_ONCE(b.stop, true);
		wait_for_completion(&b.done);
		KUNIT_EXPECT_TRUE(test, vmem_verify(b.mp->arena));
		KUNIT_EXPECT_TRUE(test, vmem_contains(b.mp->arena, AT(1), 2 * REGION + 1));
		KUNIT_EXPECT_EQ(test, rmalloc(b.mp, 2), REGION + 1);
		KUNIT_EXPECT_EQ(test, rmalloc(b.mp, 1), REGION + 4);
	}
}

/* R22: one unit at a time, from both ends and in any order */
static void additions_in_any_order_become_one(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 0, 0);
	int i;

	for (i = 0; i < 101; i++)
		EXPECT_NO_MISUSE(test, rmfree(mp, 1, 1 + i * 37 % 101));
	EXPECT_MAP(test, mp, "F1+101");
}

/* R25, R27 */
static void alloc_ascends_and_takes_the_lowest(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 100, 5);

	KUNIT_EXPECT_EQ(test, rmalloc(mp, 10), 5);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 15);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 20), 16);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 4), 36);
	rmfree(mp, 20, 16);
	rmfree(mp, 10, 5);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 12), 16);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 2), 5);
	rmfree(mp, 3, 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 1);
}

/* R26, R30 */
static void alloc_fails_only_when_nothing_fits(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10, 1);

	KUNIT_EXPECT_EQ(test, rmalloc(mp, 11), 0);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, ULONG_MAX), 0);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 10), 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 0);
	rmfree(mp, 10, 1);
	EXPECT_MAP(test, mp, "F1+10");
}

/* R29, V131 */
static void alloc_of_nothing_is_misuse(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10, 1);
	unsigned long got = 1;

	EXPECT_MISUSE(test, got = rmalloc(mp, 0));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = rmalloc_wait(mp, 0));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MAP(test, mp, "F1+10");
}

/* R3, R30 */
static void alloc_wait_takes_what_is_there(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10, 1);

	KUNIT_EXPECT_EQ(test, rmalloc_wait(mp, 4), 1);
	KUNIT_EXPECT_EQ(test, rmalloc_wait(mp, 6), 5);
	EXPECT_MAP(test, mp, "A1+4 A5+6");
}

/* R34, R28: a map of the addresses of a buffer */
static void map_manages_addresses(struct kunit *test)
{
	char *buf = kunit_kzalloc(test, 0x1000, GFP_KERNEL), *a, *b;
	struct map *mp = map_make(test, 16, 0, 0);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	rmfree(mp, 0x1000, (ulong_t)buf);
	a = (char *)rmalloc(mp, 100);
	b = (char *)rmalloc(mp, 200);
	KUNIT_EXPECT_PTR_EQ(test, a, buf);
	KUNIT_EXPECT_PTR_EQ(test, b, buf + 100);
	memset(a, 0xaa, 100);
	memset(b, 0xbb, 200);
	rmfree(mp, 100, (ulong_t)a);
	rmfree(mp, 200, (ulong_t)b);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 0x1000), (ulong_t)buf);
}

/* R10, R23: without memory for a region its space is lost, and nothing else is */
static void addition_without_memory_is_lost(struct kunit *test)
{
	struct map *mp = map_make(test, 16, 5, 1);
	ulong_t at;

	need_faults(test);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	/* The first ones may take what the map has in reserve. */
	for (at = 10; at <= 100; at += 10)
		EXPECT_NO_MISUSE(test, rmfree(mp, 5, at));
	KUNIT_EXPECT_GT(test, fail_percent(DDI_FAIL_DESCRIPTORS, 0), 0);
	KUNIT_EXPECT_FALSE(test, vmem_contains(mp->arena, AT(100), 5));
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 5), 1);
	rmfree(mp, 5, 1);
	rmfree(mp, 5, 100);
	KUNIT_EXPECT_TRUE(test, vmem_contains(mp->arena, AT(100), 5));
	KUNIT_EXPECT_TRUE(test, vmem_verify(mp->arena));
}

static struct kunit_case rmap_cases[] = {
	KUNIT_CASE(map_starts_empty),
	KUNIT_CASE(map_has_a_name),
	KUNIT_CASE_PARAM(mapsize_limits_allocations, mapsize_gen_params),
	KUNIT_CASE(mapsize_is_no_limit_without_rmap_limit),
	KUNIT_CASE(mapsize_reserves_bookkeeping),
	KUNIT_CASE(free_loses_no_fragment),
	KUNIT_CASE(freemap_with_allocations_reports_and_destroys),
	KUNIT_CASE(freemap_null_does_nothing),
	KUNIT_CASE(free_adds_or_returns_by_membership),
	KUNIT_CASE_PARAM(free_of_a_wrong_range_is_misuse, bad_free_gen_params),
	KUNIT_CASE(free_twice_is_misuse),
	KUNIT_CASE(free_adds_up_to_the_top),
	KUNIT_CASE(additions_merge_at_either_end),
	KUNIT_CASE(addition_bridges_two_regions),
	KUNIT_CASE(addition_bridges_regions_in_use),
	KUNIT_CASE(regions_in_use_are_joined_step_by_step),
	KUNIT_CASE(additions_in_any_order_become_one),
	KUNIT_CASE(addition_without_memory_is_lost),
	KUNIT_CASE(alloc_ascends_and_takes_the_lowest),
	KUNIT_CASE(alloc_fails_only_when_nothing_fits),
	KUNIT_CASE(alloc_of_nothing_is_misuse),
	KUNIT_CASE(alloc_wait_takes_what_is_there),
	KUNIT_CASE(map_manages_addresses),
	{}
};

static struct kunit_suite rmap_suite = {
	.name = "ddi_rmap",
	.init = balance_init,
	.test_cases = rmap_cases,
};

kunit_test_suite(rmap_suite);
