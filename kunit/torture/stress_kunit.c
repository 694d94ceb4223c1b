// SPDX-License-Identifier: GPL-2.0-only
/* stress_kunit.c - a moment of stress in every check; see stress.h */
#include "kunit/ddi_kunit.h"
#include "kunit/torture/stress.h"

/* V34, V61, V76, V81, V96, V100, V103, V130, R32, U18, U30 */
static void all_at_once(struct kunit *test)
{
	unsigned long ops = 0;
	struct rnd_state rnd;

	ddi_kunit_seed(test, &rnd);
	KUNIT_EXPECT_EQ(test, stress_run(prandom_u32_state(&rnd), 1, 0, false, &ops), 0);
	KUNIT_EXPECT_GT(test, ops, 0);
	kunit_info(test, "%lu operations", ops);
}

static struct kunit_case stress_cases[] = {
	KUNIT_CASE_SLOW(all_at_once),
	{}
};

static struct kunit_suite stress_suite = {
	.name = "ddi_stress",
	.test_cases = stress_cases,
};

kunit_test_suite(stress_suite);
