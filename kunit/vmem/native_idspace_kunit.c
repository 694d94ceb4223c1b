// SPDX-License-Identifier: GPL-2.0-only
/* native_idspace_kunit.c - <ddi/idspace.h>: integers in a range */
#include <ddi/idspace.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

static struct ddi_idspace range(struct kunit *test, unsigned int min, unsigned int max)
{
	struct ddi_idspace ids;

	KUNIT_ASSERT_EQ(test, ddi_idspace_init(&ids, "ids", min, max, GFP_KERNEL), 0);
	arena_keep(test, ids.vm);
	return ids;
}

/* N20: also when every integer is freed at once */
static void next_goes_round(struct kunit *test)
{
	struct ddi_idspace ids = range(test, 0, 2);
	int i, id;

	for (i = 0; i < 7; i++) {
		id = ddi_idspace_next(&ids, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, id, i % 3);
		ddi_idspace_free(&ids, id);
	}
	KUNIT_EXPECT_EQ(test, ddi_idspace_next(&ids, GFP_KERNEL), 1);
	KUNIT_EXPECT_EQ(test, ddi_idspace_next(&ids, GFP_KERNEL), 2);
	KUNIT_EXPECT_EQ(test, ddi_idspace_next(&ids, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, ddi_idspace_next(&ids, GFP_KERNEL), -ENOSPC);
}

/* N20 */
static void lowest_is_the_lowest(struct kunit *test)
{
	struct ddi_idspace ids = range(test, 7, 9);

	KUNIT_EXPECT_EQ(test, ddi_idspace_lowest(&ids, GFP_KERNEL), 7);
	KUNIT_EXPECT_EQ(test, ddi_idspace_lowest(&ids, GFP_ATOMIC), 8);
	ddi_idspace_free(&ids, 7);
	KUNIT_EXPECT_EQ(test, ddi_idspace_lowest(&ids, GFP_NOWAIT), 7);
	KUNIT_EXPECT_EQ(test, ddi_idspace_lowest(&ids, GFP_KERNEL), 9);
	KUNIT_EXPECT_EQ(test, ddi_idspace_lowest(&ids, GFP_KERNEL), -ENOSPC);
}

/* N19: from 0 to INT_MAX, and a single integer */
static void ranges_reach_to_the_ends(struct kunit *test)
{
	struct ddi_idspace all = range(test, 0, INT_MAX), top = range(test, INT_MAX, INT_MAX);

	KUNIT_EXPECT_EQ(test, ddi_idspace_lowest(&all, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_largest(all.vm), INT_MAX);
	KUNIT_EXPECT_EQ(test, ddi_idspace_next(&top, GFP_KERNEL), INT_MAX);
	KUNIT_EXPECT_EQ(test, ddi_idspace_next(&top, GFP_KERNEL), -ENOSPC);
}

/* N19 */
static void bad_range_is_misuse(struct kunit *test)
{
	struct ddi_idspace ids;
	int err = 0;

	EXPECT_MISUSE(test, err = ddi_idspace_init(&ids, "ids", 5, 4, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	EXPECT_MISUSE(test, err = ddi_idspace_init(&ids, "ids", 5, INT_MAX + 1U, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
}

/* N21: twice, below, above, and an errno that was taken for an integer */
static void free_of_another_integer_is_misuse(struct kunit *test)
{
	struct ddi_idspace ids = range(test, 10, 12);

	KUNIT_ASSERT_EQ(test, ddi_idspace_next(&ids, GFP_KERNEL), 10);
	EXPECT_MISUSE(test, ddi_idspace_free(&ids, 9));
	EXPECT_MISUSE(test, ddi_idspace_free(&ids, 13));
	EXPECT_MISUSE(test, ddi_idspace_free(&ids, -ENOSPC));
	EXPECT_SIZES(test, ids.vm, 1, 2);
	EXPECT_NO_MISUSE(test, ddi_idspace_free(&ids, 10));
	EXPECT_MISUSE(test, ddi_idspace_free(&ids, 10));
	EXPECT_SIZES(test, ids.vm, 0, 3);
}

static struct kunit_case idspace_cases[] = {
	KUNIT_CASE(next_goes_round),
	KUNIT_CASE(lowest_is_the_lowest),
	KUNIT_CASE(ranges_reach_to_the_ends),
	KUNIT_CASE(bad_range_is_misuse),
	KUNIT_CASE(free_of_another_integer_is_misuse),
	{}
};

static struct kunit_suite idspace_suite = {
	.name = "ddi_native_idspace",
	.init = balance_init,
	.test_cases = idspace_cases,
};

kunit_test_suite(idspace_suite);
