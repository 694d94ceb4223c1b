// SPDX-License-Identifier: GPL-2.0-only
/* fuzz_kunit.c - a short run of the fuzzer in every check; see fuzz.h */
#include "kunit/ddi_kunit.h"
#include "kunit/torture/fuzz.h"

#define INPUTS	600

/* V20-V35, V39-V61, V63-V71, V76, V78, V81, V82, V85, V86, V93, V111, V112, R8-R22, R25-R29 */
static void fuzz_made_up_inputs(struct kunit *test)
{
	unsigned long ops = 0;
	struct rnd_state rnd;

	ddi_kunit_seed(test, &rnd);
	KUNIT_EXPECT_EQ(test, fuzz_random(prandom_u32_state(&rnd), 0,
					  ddi_kunit_steps(100 * INPUTS) / 100, &ops), 0);
	kunit_info(test, "%lu operations", ops);
}

/* An input may be empty, or end in the middle of an operation. */
static void fuzz_short_inputs(struct kunit *test)
{
	static const u8 in[] = { 0x00, 0x08, 0x01, 0x10, 0x06, 0x02, 0x05 };
	unsigned long ops = 0;
	size_t len;

	for (len = 0; len <= sizeof(in); len++)
		KUNIT_EXPECT_EQ(test, fuzz_input(in, len, &ops), 0);
	KUNIT_EXPECT_GT(test, ops, 0);
}

static struct kunit_case fuzz_cases[] = {
	KUNIT_CASE(fuzz_short_inputs),
	KUNIT_CASE_SLOW(fuzz_made_up_inputs),
	{}
};

static struct kunit_suite fuzz_suite = {
	.name = "ddi_fuzz",
	.test_cases = fuzz_cases,
};

kunit_test_suite(fuzz_suite);
