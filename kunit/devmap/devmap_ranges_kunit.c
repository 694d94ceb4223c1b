// SPDX-License-Identifier: GPL-2.0-only
/* devmap_ranges_kunit.c - the set of pages that devmap_access(9E) has granted */
#include "ddi_devmap/ranges.h"

#include <linux/bitmap.h>
#include <linux/prandom.h>

#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"

#define BITS	96U

/* The model: a bit for each offset. */
static DECLARE_BITMAP(model, BITS);
static struct devmap_ranges set;

static void add(unsigned int start, unsigned int end)
{
	struct devmap_range *spare = devmap_range_alloc(GFP_KERNEL | __GFP_NOFAIL);

	bitmap_set(model, start, end - start);
	devmap_range_free(devmap_ranges_add(&set, start, end, spare));
}

static void take(unsigned int start, unsigned int end)
{
	struct devmap_range *spare = devmap_range_alloc(GFP_KERNEL | __GFP_NOFAIL);

	bitmap_clear(model, start, end - start);
	devmap_range_free(devmap_ranges_remove(&set, start, end, spare));
}

/* Each offset, and how far the set goes on from there. */
static void expect_model(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < BITS; i++) {
		unsigned int end = test_bit(i, model) ? find_next_zero_bit(model, BITS, i) : i;

		KUNIT_ASSERT_EQ_MSG(test, devmap_ranges_end(&set, i), end, "from %u, %*pbl", i,
				    BITS, model);
	}
}

static unsigned int nr_ranges(void)
{
	struct rb_node *node;
	unsigned int n = 0;

	for (node = rb_first(&set.root); node; node = rb_next(node))
		n++;
	return n;
}

/* D33 */
static void neighbours_become_one_range(struct kunit *test)
{
	add(10, 20);
	add(30, 40);
	add(21, 29);
	KUNIT_EXPECT_EQ(test, nr_ranges(), 3);
	add(20, 21);
	add(29, 30);
	KUNIT_EXPECT_EQ(test, nr_ranges(), 1);
	expect_model(test);
}

/* D33 */
static void hole_leaves_both_sides(struct kunit *test)
{
	add(10, 40);
	take(20, 25);
	KUNIT_EXPECT_EQ(test, nr_ranges(), 2);
	expect_model(test);
}

/* D33: to forget too much costs a call of devmap_access, too little would leave a page */
static void without_memory_more_is_removed(struct kunit *test)
{
	add(10, 40);
	KUNIT_EXPECT_NULL(test, devmap_ranges_remove(&set, 20, 25, NULL));
	KUNIT_EXPECT_EQ(test, devmap_ranges_end(&set, 10), 20);
	KUNIT_EXPECT_EQ(test, devmap_ranges_end(&set, 30), 30);
}

/* D33 */
static void random_ranges_are_as_a_bitmap(struct kunit *test)
{
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 3000; i++) {
		unsigned int start = prandom_u32_state(&rnd) % BITS;
		unsigned int end = start + 1 + prandom_u32_state(&rnd) % (BITS - start);

		if (end - start > 1 + prandom_u32_state(&rnd) % 32)
			end = start + 1;
		if (prandom_u32_state(&rnd) & 1)
			add(start, end);
		else
			take(start, end);
		expect_model(test);
	}
}

static void ranges_exit(struct kunit *test)
{
	devmap_ranges_clear(&set);
	bitmap_zero(model, BITS);
}

static struct kunit_case ranges_cases[] = {
	KUNIT_CASE(neighbours_become_one_range),
	KUNIT_CASE(hole_leaves_both_sides),
	KUNIT_CASE(without_memory_more_is_removed),
	KUNIT_CASE(random_ranges_are_as_a_bitmap),
	{ }
};

static struct kunit_suite ranges_suite = {
	.name = "ddi_devmap_ranges",
	.init = balance_init,
	.exit = ranges_exit,
	.test_cases = ranges_cases,
};

kunit_test_suite(ranges_suite);
