// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_vectors_kunit.c - the contract's worked examples of placement, one case
 * each
 *
 * Where the contract leaves a result open, the case accepts all permitted ones.
 * T14 and T15 are in vmem_vectors_import_kunit.c, T22 in vmem_walk_kunit.c.
 */
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

static const int any_fit[] = { 0, VM_BESTFIT, VM_FIRSTFIT };

/* T1 */
static void t1_three_sizes_ascend(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NOSLEEP), 4);
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NOSLEEP), 14);
	EXPECT_STATE(test, vm, "A1+3 A4+10 A14+10 F24+77");
}

/* T2 */
static void t2_holes_are_reused(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 64, 1);
	int i, n, sum;

	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, take(vm, 8, VM_NOSLEEP), 1 + 8 * i);
	for (i = 0; i < ARRAY_SIZE(any_fit); i++) {
		give(vm, 9, 8);
		give(vm, 41, 8);
		give(vm, 25, 8);
		for (n = sum = 0; n < 3; n++)
			sum += take(vm, 8, VM_NOSLEEP | any_fit[i]);
		KUNIT_EXPECT_EQ(test, sum, 9 + 25 + 41);
		EXPECT_STATE(test, vm, "A1+8 A9+8 A17+8 A25+8 A33+8 A41+8 A49+8 A57+8");
	}
}

/* V41: the same with the lowest address each time */
static void t2_firstfit_takes_the_lowest(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 64, 1);
	int i;

	for (i = 0; i < 8; i++)
		take(vm, 8, VM_NOSLEEP);
	give(vm, 9, 8);
	give(vm, 41, 8);
	give(vm, 25, 8);
	KUNIT_EXPECT_EQ(test, take(vm, 8, VM_NOSLEEP | VM_FIRSTFIT), 9);
	KUNIT_EXPECT_EQ(test, take(vm, 8, VM_NOSLEEP | VM_FIRSTFIT), 25);
	KUNIT_EXPECT_EQ(test, take(vm, 8, VM_NOSLEEP | VM_FIRSTFIT), 41);
}

/* T3 */
static void t3_best_and_first_fit_take_the_small_hole(struct kunit *test)
{
	static const unsigned long size[] = { 7, 1, 16, 16 }, at[] = { 1, 8, 9, 25 };
	vmem_t *vm = arena_make(test, 1, 40, 1);
	unsigned long got;
	int i;

	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, take(vm, size[i], VM_NOSLEEP), at[i]);
	give(vm, 1, 7);
	give(vm, 9, 16);
	got = take(vm, 6, VM_NOSLEEP);
	KUNIT_EXPECT_TRUE(test, got == 1 || got == 9);
	give(vm, got, 6);
	KUNIT_EXPECT_EQ(test, take(vm, 6, VM_NOSLEEP | VM_BESTFIT), 1);
	give(vm, 1, 6);
	KUNIT_EXPECT_EQ(test, take(vm, 6, VM_NOSLEEP | VM_FIRSTFIT), 1);
}

/* T4, V43 */
static void t4_nextfit_identifiers_go_round(struct kunit *test)
{
	static const unsigned long expected[] = { 4, 5, 1, 2, 0 };
	vmem_t *vm = arena_keep(test, vmem_create("t4", AT(1), 5, 1, NULL, NULL, NULL, 0,
						  VM_SLEEP | VMC_IDENTIFIER));
	int i;

	for (i = 1; i <= 3; i++)
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NEXTFIT | VM_NOSLEEP), i);
	give(vm, 1, 1);
	give(vm, 2, 1);
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NEXTFIT | VM_NOSLEEP), expected[i]);
}

/* T4b, V43 */
static void t4b_xalloc_leaves_the_rotor(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 5, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 2, VM_NEXTFIT | VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take_at(vm, 3, 1), 3);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NEXTFIT | VM_NOSLEEP), 4);
	give(vm, 1, 2);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NEXTFIT | VM_NOSLEEP), 5);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NEXTFIT | VM_NOSLEEP), 1);
}

/* T5, V34 */
static void t5_rotor_splits_no_free_run(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 5, VM_NEXTFIT | VM_NOSLEEP), 1);
	give(vm, 1, 5);
	EXPECT_STATE(test, vm, "F1+10");
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NOSLEEP), 1);
	give(vm, 1, 10);
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NEXTFIT | VM_NOSLEEP), 1);
}

/* T6, V29, V60, V90, V95 */
static void t6_odd_sizes_count_as_asked_for(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x100, 16);

	KUNIT_EXPECT_EQ(test, take(vm, 5, VM_NOSLEEP), 0x1000);
	KUNIT_EXPECT_EQ(test, take(vm, 17, VM_NOSLEEP), 0x1010);
	EXPECT_STATE(test, vm, "A0x1000+0x5 A0x1010+0x11 F0x1030+0xd0");
	EXPECT_SIZES(test, vm, 0x16, 0xea);
	EXPECT_MISUSE(test, give(vm, 0x1000, 16));
	EXPECT_NO_MISUSE(test, give(vm, 0x1000, 5));
	EXPECT_MISUSE(test, give(vm, 0x1000, 5));
	EXPECT_MISUSE(test, give(vm, 0x1010, 5));
	EXPECT_STATE(test, vm, "F0x1000+0x10 A0x1010+0x11 F0x1030+0xd0");
}

/* T8, V10, V11, V23 */
static void t8_bad_ranges_are_misuse(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	void *got = vm;

	EXPECT_MISUSE(test, got = vmem_create("t8", NULL, 10, 1, NULL, NULL, NULL, 0, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, got);
	EXPECT_MISUSE(test, got = vmem_create("t8", AT(1), 0, 1, NULL, NULL, NULL, 0, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, got);
	EXPECT_MISUSE(test, got = vmem_create("t8", AT(3), 16, 16, NULL, NULL, NULL, 0, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, got);
	EXPECT_MISUSE(test, got = vmem_add(vm, AT(5), 10, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, got);
	EXPECT_MISUSE(test, got = vmem_add(vm, AT(2), 3, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, got);
	EXPECT_STATE(test, vm, "F1+10");
}

/* T9, G8, V24 */
static void t9_span_ends_at_the_top(struct kunit *test)
{
	unsigned long base = -0x3000UL;
	vmem_t *vm = arena_make(test, base, 0x3000, 0x1000);
	int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, take(vm, 0x1000, VM_NOSLEEP), base + 0x1000 * i);
	KUNIT_EXPECT_EQ(test, take(vm, 0x1000, VM_NOSLEEP), 0);
	KUNIT_EXPECT_TRUE(test, vmem_contains(vm, AT(-0x1000UL), 0x1000));
	for (i = 0; i < 3; i++)
		give(vm, base + 0x1000 * i, 0x1000);
	EXPECT_SIZES(test, vm, 0, 0x3000);
	KUNIT_EXPECT_EQ(test, take(vm, 0x3000, VM_NOSLEEP), base);
}

/* T10, V25, V85, V86 */
static void t10_touching_spans_stay_apart(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 100, 100, 1);

	KUNIT_EXPECT_PTR_EQ(test, vmem_add(vm, AT(200), 100, VM_SLEEP), AT(200));
	KUNIT_EXPECT_TRUE(test, vmem_contains(vm, AT(150), 50));
	KUNIT_EXPECT_FALSE(test, vmem_contains(vm, AT(150), 100));
	KUNIT_EXPECT_TRUE(test, vmem_contains(vm, AT(200), 100));
	KUNIT_EXPECT_FALSE(test, vmem_contains(vm, AT(150), ULONG_MAX));
	KUNIT_EXPECT_EQ(test, take(vm, 150, VM_NOSLEEP), 0);
	EXPECT_STATE(test, vm, "F100+100 F200+100");
}

/* T10b, V45 */
static void t10b_nextfit_survives_a_failure(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 30, 1);
	int i;

	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NEXTFIT | VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NEXTFIT | VM_NOSLEEP), 11);
	give(vm, 1, 10);
	KUNIT_EXPECT_EQ(test, take(vm, 15, VM_NEXTFIT | VM_NOSLEEP), 0);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_NE(test, take(vm, 5, VM_NEXTFIT | VM_NOSLEEP), 0);
	EXPECT_SIZES(test, vm, 30, 0);
}

/* T11, V50, V52, V55, V57 */
static void t11_constraints_are_met_in_turn(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0xf000, 0x1000);
	int ns = VM_NOSLEEP;

	KUNIT_EXPECT_EQ(test, xtake(vm, 0x1000, 0x4000, 0x1000, 0, 0, 0, ns), 0x1000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x1000, 0x4000, 0, 0, 0, 0, ns), 0x4000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x2000, 0, 0, 0, 0x6000, 0x8000, ns), 0x6000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x2000, 0, 0, 0, 0x6000, 0x8000, ns), 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x3000, 0, 0, 0x4000, 0, 0, ns), 0x8000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x10, 0, 0, 0, 0xe000, 0xe010, ns), 0xe000);
	EXPECT_SIZES(test, vm, 0x7010, 0x7ff0);
}

/* T11, V54 */
static void t11_unaligned_minaddr_is_rounded_up(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0xf000, 0x1000);

	KUNIT_EXPECT_EQ(test, xtake(vm, 0x1000, 0, 0, 0, 0x4801, 0, VM_NOSLEEP), 0x5000);
}

struct t11_misuse {
	const char *desc;
	size_t size, align, phase, nocross;
};

static const struct t11_misuse t11_misuses[] = {
	{ "phase is align", 0x1000, 0x4000, 0x4000, 0 },
	{ "align no power of two", 0x1000, 0x3000, 0, 0 },
	{ "align no quantum multiple", 0x1000, 0x1800, 0, 0 },
	{ "size above nocross", 0x5000, 0, 0, 0x4000 },
	{ "align above nocross", 0x1000, 0x8000, 0, 0x4000 },
	{ "nocross no power of two", 0x1000, 0, 0, 0x3000 },
	{ "T11b overconstrained by phase", 0x3000, 0x4000, 0x2000, 0x4000 },
};

KUNIT_ARRAY_PARAM_DESC(t11_misuse, t11_misuses, desc);

/* T11, T11b, V51 */
static void t11_bad_constraints_are_misuse(struct kunit *test)
{
	const struct t11_misuse *p = test->param_value;
	vmem_t *vm = arena_make(test, 0x1000, 0xf000, 0x1000);
	unsigned long got = 1;

	EXPECT_MISUSE(test, got = xtake(vm, p->size, p->align, p->phase, p->nocross, 0, 0,
					VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = xtake(vm, p->size, p->align, p->phase, p->nocross, 0, 0,
					VM_SLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_STATE(test, vm, "F0x1000+0xf000");
}

/* T11b, V57 */
static void t11b_nocross_may_be_touched(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0xf000, 0x1000);

	KUNIT_EXPECT_EQ(test, xtake(vm, 0x3000, 0x2000, 0x1000, 0x4000, 0, 0, VM_NOSLEEP), 0x1000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x4000, 0, 0, 0x4000, 0, 0, VM_NOSLEEP), 0x4000);
}

/* T12, V46 */
static void t12_endalloc_takes_the_high_end(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0xf000, 0x1000);
	int end = VM_ENDALLOC | VM_NOSLEEP;

	KUNIT_EXPECT_EQ(test, take(vm, 0x3000, end), 0xd000);
	KUNIT_EXPECT_EQ(test, take(vm, 0x1000, end), 0xc000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x1000, 0x4000, 0, 0, 0, 0, end), 0x8000);
}

/* T12, V46, V47 */
static void t12_endalloc_keeps_constraints(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0xf000, 0x1000);
	int end = VM_ENDALLOC | VM_NOSLEEP;

	KUNIT_EXPECT_EQ(test, xtake(vm, 0x1000, 0, 0, 0, 0, 0x8000, end), 0x7000);
	xgive(vm, 0x7000, 0x1000);
	KUNIT_EXPECT_EQ(test, take(vm, 0x10, end), 0xf000);
	xgive(vm, 0xf000, 0x10);
	KUNIT_EXPECT_EQ(test, take(vm, 0x1000, end | VM_NEXTFIT), 0x1000);
}

/* T13, V34, V59 */
static void t13_window_finds_the_small_segment(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	int i;

	KUNIT_EXPECT_EQ(test, take(vm, 7, VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 8);
	give(vm, 1, 7);
	for (i = 0; i < ARRAY_SIZE(any_fit); i++) {
		KUNIT_EXPECT_EQ(test, xtake(vm, 6, 0, 0, 0, 0, 8, VM_NOSLEEP | any_fit[i]), 1);
		xgive(vm, 1, 6);
	}
}

/* T17, V31 */
static void t17_abort_fails_where_sleep_would_wait(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);

	EXPECT_NO_MISUSE(test, KUNIT_EXPECT_EQ(test, take(vm, 11, VM_SLEEP | VM_ABORT), 0));
	KUNIT_EXPECT_EQ(test, take(vm, 11, VM_NOSLEEP | VM_ABORT), 0);
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_SLEEP | VM_ABORT), 1);
}

static void shuffle(struct rnd_state *rnd, unsigned int *order, unsigned int n)
{
	for (; n > 1; n--) {
		unsigned int i = ddi_kunit_below(rnd, n);

		swap(order[n - 1], order[i]);
	}
}

/* T20, V61 */
static void t20_any_order_of_frees_coalesces(struct kunit *test)
{
	unsigned int order[8] = { 0, 1, 2, 3, 4, 5, 6, 7 }, round, i;
	vmem_t *vm = arena_make(test, 1, 64, 1);
	struct rnd_state rnd;

	ddi_kunit_seed(test, &rnd);
	for (round = 0; round < 1000; round++) {
		for (i = 0; i < 8; i++)
			KUNIT_ASSERT_EQ(test, take(vm, 8, VM_NOSLEEP), 1 + 8 * i);
		shuffle(&rnd, order, 8);
		for (i = 0; i < 8; i++)
			give(vm, 1 + 8 * order[i], 8);
		KUNIT_ASSERT_EQ(test, take(vm, 64, VM_NOSLEEP), 1);
		give(vm, 1, 64);
	}
	EXPECT_STATE(test, vm, "F1+64");
}

/* T21, V42 */
static void t21_nextfit_takes_spans_as_added(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1000, 16, 1);

	vmem_add(vm, AT(100), 16, VM_SLEEP);
	KUNIT_EXPECT_EQ(test, take(vm, 16, VM_NEXTFIT | VM_NOSLEEP), 1000);
	KUNIT_EXPECT_EQ(test, take(vm, 16, VM_NEXTFIT | VM_NOSLEEP), 100);
	EXPECT_STATE(test, vm, "A1000+16 A100+16");
}

/* T23 */
static void t23_default_fit_uses_the_holes(struct kunit *test)
{
	static const unsigned long size[] = { 20, 4, 20, 20 };
	vmem_t *vm = arena_make(test, 1, 64, 1);
	unsigned long got;
	int i;

	for (i = 0; i < 4; i++)
		take(vm, size[i], VM_NOSLEEP);
	give(vm, 1, 20);
	give(vm, 25, 20);
	got = take(vm, 16, VM_NOSLEEP);
	KUNIT_EXPECT_TRUE(test, got == 25 || got == 1);
	KUNIT_EXPECT_NE(test, take(vm, 4, VM_NOSLEEP), 0);
	KUNIT_EXPECT_NE(test, take(vm, 4, VM_NOSLEEP), 0);
	EXPECT_SIZES(test, vm, 48, 16);
}

/* T24, V40 */
static void t24_bestfit_takes_the_smallest(struct kunit *test)
{
	static const unsigned long size[] = { 20, 1, 18, 1, 20 };
	vmem_t *vm = arena_make(test, 1, 60, 1);
	unsigned long got;
	int i;

	for (i = 0; i < 5; i++)
		take(vm, size[i], VM_NOSLEEP);
	give(vm, 1, 20);
	give(vm, 22, 18);
	give(vm, 41, 20);
	KUNIT_EXPECT_EQ(test, take(vm, 17, VM_BESTFIT | VM_NOSLEEP), 22);
	got = take(vm, 19, VM_BESTFIT | VM_NOSLEEP);
	KUNIT_EXPECT_TRUE(test, got == 1 || got == 41);
	KUNIT_EXPECT_EQ(test, take(vm, 20, VM_BESTFIT | VM_NOSLEEP), 42 - got);
}

/* T25, V29, V95 */
static void t25_rounded_tail_is_nobodys(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x2000, 0x1000);

	KUNIT_EXPECT_EQ(test, take(vm, 0x1800, VM_NOSLEEP), 0x1000);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0);
	EXPECT_SIZES(test, vm, 0x1800, 0x800);
}

static struct kunit_case vmem_vectors_cases[] = {
	KUNIT_CASE(t1_three_sizes_ascend),
	KUNIT_CASE(t2_holes_are_reused),
	KUNIT_CASE(t2_firstfit_takes_the_lowest),
	KUNIT_CASE(t3_best_and_first_fit_take_the_small_hole),
	KUNIT_CASE(t4_nextfit_identifiers_go_round),
	KUNIT_CASE(t4b_xalloc_leaves_the_rotor),
	KUNIT_CASE(t5_rotor_splits_no_free_run),
	KUNIT_CASE(t6_odd_sizes_count_as_asked_for),
	KUNIT_CASE(t8_bad_ranges_are_misuse),
	KUNIT_CASE(t9_span_ends_at_the_top),
	KUNIT_CASE(t10_touching_spans_stay_apart),
	KUNIT_CASE(t10b_nextfit_survives_a_failure),
	KUNIT_CASE(t11_constraints_are_met_in_turn),
	KUNIT_CASE(t11_unaligned_minaddr_is_rounded_up),
	KUNIT_CASE_PARAM(t11_bad_constraints_are_misuse, t11_misuse_gen_params),
	KUNIT_CASE(t11b_nocross_may_be_touched),
	KUNIT_CASE(t12_endalloc_takes_the_high_end),
	KUNIT_CASE(t12_endalloc_keeps_constraints),
	KUNIT_CASE(t13_window_finds_the_small_segment),
	KUNIT_CASE(t17_abort_fails_where_sleep_would_wait),
	KUNIT_CASE(t20_any_order_of_frees_coalesces),
	KUNIT_CASE(t21_nextfit_takes_spans_as_added),
	KUNIT_CASE(t23_default_fit_uses_the_holes),
	KUNIT_CASE(t24_bestfit_takes_the_smallest),
	KUNIT_CASE(t25_rounded_tail_is_nobodys),
	{}
};

static struct kunit_suite vmem_vectors_suite = {
	.name = "ddi_vmem_vectors",
	.init = balance_init,
	.test_cases = vmem_vectors_cases,
};

kunit_test_suite(vmem_vectors_suite);
