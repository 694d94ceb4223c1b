// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_resume_kunit.c - what an arena knows of the last kinds of requests: nothing
 * is looked at twice, and nothing is overlooked
 */
#include "ddi_vmem/search/resume.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/vmem_helpers.h"

#define WRONG	500UL		/* holes of three units, none of which starts at 4n */
#define END	(4 + 4 * WRONG)

struct policy {
	const char *desc;
	int flags;
};

static const struct policy policies[] = {
	{ "best fit", VM_NOSLEEP | VM_BESTFIT },
	{ "first fit", VM_NOSLEEP | VM_FIRSTFIT },
};

KUNIT_ARRAY_PARAM_DESC(policy, policies, desc);

static int flags_of(struct kunit *test)
{
	const struct policy *p = test->param_value;

	return p->flags;
}

/* An arena of such holes, and four allocated units at END. */
static vmem_t *wrong_arena(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 4, END, 1);
	unsigned long at;

	for (at = 4; at < END; at += 4)
		take_at(vm, at, 1);
	take_at(vm, END, 4);
	return vm;
}

static unsigned long pair(struct kunit *test, vmem_t *vm)
{
	return xtake(vm, 2, 4, 0, 0, 0, 0, flags_of(test));
}

/* How many segments @vm has looked at since it had looked at @before. */
static u64 looks(vmem_t *vm, u64 before)
{
	return arena_stat(vm, VMEM_STAT_SEARCH) - before;
}

/* V34 */
static void what_lies_wrong_is_looked_at_once(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	u64 before = looks(vm, 0);
	int i;

	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	KUNIT_EXPECT_GE(test, looks(vm, before), WRONG);
	before = looks(vm, 0);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	KUNIT_EXPECT_EQ(test, looks(vm, before), 0);
}

/* V34, V40: requests get all segments that serve, and look at each of the others once */
static void success_goes_on_where_the_last_one_was(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	unsigned long i;
	u64 before;

	vmem_add(vm, AT(0x10000), 200, VM_SLEEP);
	before = looks(vm, 0);
	for (i = 0; i < 50; i++)
		KUNIT_EXPECT_EQ(test, pair(test, vm), 0x10000 + 4 * i);
	/* Of each one served, two units remain that lie wrong. */
	KUNIT_EXPECT_LE(test, looks(vm, before), 2 * WRONG);
	EXPECT_SIZES(test, vm, WRONG + 4 + 100, 3 * WRONG + 100);
}

/* V34: a free that joins a segment that lies wrong, and a free that joins none */
static void what_is_freed_is_found(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);

	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	give(vm, 400, 1);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 400);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	xgive(vm, 400, 2);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 400);
	xgive(vm, END, 4);
	KUNIT_EXPECT_EQ(test, pair(test, vm), END);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
}

/*
 * Let @n places, far apart, come free when all pairs are taken, the last one first.
 * All are found, the lowest first; returns how many segments were looked at.
 */
static u64 free_and_find(struct kunit *test, unsigned long n)
{
	vmem_t *vm = wrong_arena(test);
	unsigned long i;
	u64 before;

	for (i = 0; i < n; i++)
		give(vm, 400 + 40 * i, 1);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, pair(test, vm), 400 + 40 * i);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	for (i = n; i-- > 0;)
		xgive(vm, 400 + 40 * i, 2);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	before = looks(vm, 0);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, pair(test, vm), 400 + 40 * i);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	return looks(vm, before);
}

/* V34, V40, V41: a few are found at once */
static void few_that_are_freed_are_found_at_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, free_and_find(test, VMEM_CANDIDATES), VMEM_CANDIDATES);
}

/* V34, V40, V41: more than are remembered are found by looking again, once */
static void many_that_are_freed_are_found(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, free_and_find(test, 3 * VMEM_CANDIDATES), 2 * WRONG);
}

/* V34 */
static void what_is_added_is_found(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);

	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	vmem_add(vm, AT(0x10001), 3, VM_SLEEP);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	vmem_add(vm, AT(0x20000), 2, VM_SLEEP);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0x20000);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
}

/* V40: another request leaves a remainder that is smaller than the segments looked at */
static void what_remains_of_a_cut_is_found(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);

	vmem_add(vm, AT(0x10000), 100, VM_SLEEP);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0x10000);
	xgive(vm, 0x10000, 2);
	take_at(vm, 0x10000 + 2, 98);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0x10000);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
}

/* V34, V50: a resume point serves no other kind of constraint, nor one forgotten */
static void kinds_are_kept_apart(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	unsigned long phase, round;
	int flags = flags_of(test);

	for (round = 0; round < 3; round++) {
		KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
		KUNIT_EXPECT_EQ(test, xtake(vm, 2, 4, 3, 0, 0, 0, flags), 0);
		KUNIT_EXPECT_EQ(test, xtake(vm, 2, 8, 0, 0, 0, 0, flags), 0);
		KUNIT_EXPECT_EQ(test, xtake(vm, 3, 4, 0, 0, 0, 0, flags), 0);
		KUNIT_EXPECT_EQ(test, xtake(vm, 3, 4, 2, 0, 0, 0, flags), 0);
		KUNIT_EXPECT_EQ(test, xtake(vm, 4, 4, 1, 0, 0, 0, flags), 0);
		for (phase = 1; phase <= 2; phase++) {
			unsigned long at = xtake(vm, 2, 4, phase, 0, 0, 0, flags);

			KUNIT_EXPECT_EQ(test, at, 4 + phase);
			xgive(vm, at, 2);
		}
		KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	}
}

/* Kind @i of a request for a pair, for which nothing serves. */
static unsigned long kind(struct kunit *test, vmem_t *vm, unsigned long i)
{
	return xtake(vm, 2, 4, 0, 4UL << (i % 8), 0, END + 2 - i / 8, flags_of(test));
}

/* V34: as many kinds as an arena keeps, by turns */
static void kinds_by_turns_are_all_kept(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	unsigned long i, round;
	u64 before = 0;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < VMEM_KEPT; i++)
			KUNIT_EXPECT_EQ(test, kind(test, vm, i), 0);
		if (!round)
			before = looks(vm, 0);
	}
	KUNIT_EXPECT_EQ(test, looks(vm, before), 0);
	give(vm, 400, 1);
	for (i = 0; i < VMEM_KEPT; i++) {
		KUNIT_EXPECT_EQ(test, kind(test, vm, i), 400);
		xgive(vm, 400, 2);
	}
	KUNIT_EXPECT_EQ(test, looks(vm, before), VMEM_KEPT);
}

/* V34: more kinds than an arena keeps get right answers, if not quick ones */
static void kinds_beyond_are_searched_anew(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	unsigned long i, round;

	for (round = 0; round < 2; round++)
		for (i = 0; i < VMEM_KEPT + 1; i++)
			KUNIT_EXPECT_EQ(test, kind(test, vm, i), 0);
	give(vm, 400, 1);
	for (i = 0; i < VMEM_KEPT + 1; i++) {
		KUNIT_EXPECT_EQ(test, kind(test, vm, i), 400);
		xgive(vm, 400, 2);
	}
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V34: offers to a search that is not used would cost more than to search again */
static void kind_not_in_use_is_forgotten(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	unsigned long i;
	u64 before;

	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	KUNIT_EXPECT_NOT_NULL(test, vm->offer);
	for (i = 0; i < 2 * WRONG && vm->offer; i++)
		give(vm, take(vm, 1, flags_of(test)), 1);
	KUNIT_EXPECT_NULL(test, vm->offer);
	before = looks(vm, 0);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	KUNIT_EXPECT_GE(test, looks(vm, before), WRONG);
}

/* V34: kinds that are used again and again are not forgotten for kinds that are used once */
static void kinds_in_use_are_kept(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	unsigned long i;
	u64 before;

	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	for (i = 1; i < 3 * VMEM_KEPT; i++) {
		before = looks(vm, 0);
		KUNIT_EXPECT_EQ(test, kind(test, vm, i), 0);
		/* Some holes at the end lie outside of its window. */
		KUNIT_EXPECT_GE(test, looks(vm, before), WRONG - VMEM_KEPT);
		before = looks(vm, 0);
		KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
		KUNIT_EXPECT_EQ(test, looks(vm, before), 0);
	}
}

/* V34, V105: a request finds what came free, and lacks the descriptors to cut it */
static void candidate_outlives_a_lack_of_descriptors(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	unsigned long at;

	need_faults(test);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	give(vm, 400, 1);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	for (at = 801; vm->pool_n >= VMEM_NEED_CUT; at += 4)
		KUNIT_ASSERT_EQ(test, take_at(vm, at, 1), at);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	fail_percent(DDI_FAIL_DESCRIPTORS, 0);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 400);
}

/* V34, V105: without memory for it a search is not kept, and the next one begins anew */
static void search_without_memory_is_forgotten(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	u64 before = looks(vm, 0);

	need_faults(test);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 0);
	KUNIT_EXPECT_GT(test, fail_percent(DDI_FAIL_DESCRIPTORS, 0), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&vm->searches));
	KUNIT_EXPECT_NULL(test, vm->offer);
	KUNIT_EXPECT_GE(test, looks(vm, before), WRONG);
	give(vm, 400, 1);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 400);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V52, V59: windows are kinds of their own */
static void windows_are_kinds(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	int flags = flags_of(test);

	give(vm, 400, 1);
	KUNIT_EXPECT_EQ(test, xtake(vm, 2, 4, 0, 0, 4, 400, flags), 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 2, 4, 0, 0, 404, 0, flags), 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 2, 4, 0, 0, 4, 0, flags), 400);
	KUNIT_EXPECT_EQ(test, xtake(vm, 2, 4, 0, 0, 4, 0, flags), 0);
}

static void verify_sees_a_search_that_is_wrong(struct kunit *test)
{
	vmem_t *vm = wrong_arena(test);
	struct vmem_search *search;

	give(vm, 400, 1);
	KUNIT_EXPECT_EQ(test, pair(test, vm), 400);
	xgive(vm, 400, 2);
	KUNIT_ASSERT_FALSE(test, list_empty(&vm->searches));
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	search = list_first_entry(&vm->searches, struct vmem_search, node);
	search->n = 0;
	search->all = true;
	KUNIT_EXPECT_FALSE(test, vmem_verify(vm));
	search->all = false;
	search->reached = (struct vmem_place){};
}

static struct kunit_case vmem_resume_cases[] = {
	KUNIT_CASE_PARAM(what_lies_wrong_is_looked_at_once, policy_gen_params),
	KUNIT_CASE_PARAM(success_goes_on_where_the_last_one_was, policy_gen_params),
	KUNIT_CASE_PARAM(what_is_freed_is_found, policy_gen_params),
	KUNIT_CASE_PARAM(few_that_are_freed_are_found_at_once, policy_gen_params),
	KUNIT_CASE_PARAM(many_that_are_freed_are_found, policy_gen_params),
	KUNIT_CASE_PARAM(what_is_added_is_found, policy_gen_params),
	KUNIT_CASE_PARAM(what_remains_of_a_cut_is_found, policy_gen_params),
	KUNIT_CASE_PARAM(kinds_are_kept_apart, policy_gen_params),
	KUNIT_CASE_PARAM(kinds_by_turns_are_all_kept, policy_gen_params),
	KUNIT_CASE_PARAM(kinds_beyond_are_searched_anew, policy_gen_params),
	KUNIT_CASE_PARAM(kinds_in_use_are_kept, policy_gen_params),
	KUNIT_CASE_PARAM(kind_not_in_use_is_forgotten, policy_gen_params),
	KUNIT_CASE_PARAM(candidate_outlives_a_lack_of_descriptors, policy_gen_params),
	KUNIT_CASE_PARAM(search_without_memory_is_forgotten, policy_gen_params),
	KUNIT_CASE_PARAM(windows_are_kinds, policy_gen_params),
	KUNIT_CASE_PARAM(verify_sees_a_search_that_is_wrong, policy_gen_params),
	{}
};

static struct kunit_suite vmem_resume_suite = {
	.name = "ddi_vmem_resume",
	.init = balance_init,
	.test_cases = vmem_resume_cases,
};

kunit_test_suite(vmem_resume_suite);
