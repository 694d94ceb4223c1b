// SPDX-License-Identifier: GPL-2.0-only
/* vmem_alloc_kunit.c - vmem_alloc, vmem_xalloc: policies, constraints, failure */
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

struct policy {
	const char *desc;
	int flag;
};

static const struct policy policies[] = {
	{ "default", 0 },
	{ "best fit", VM_BESTFIT },
	{ "first fit", VM_FIRSTFIT },
	{ "next fit", VM_NEXTFIT },
	{ "best and first fit", VM_BESTFIT | VM_FIRSTFIT },
	{ "all three", VM_BESTFIT | VM_FIRSTFIT | VM_NEXTFIT },
};

KUNIT_ARRAY_PARAM_DESC(policy, policies, desc);

static int policy_of(struct kunit *test)
{
	return ((const struct policy *)test->param_value)->flag | VM_NOSLEEP;
}

/* V49, V29 */
static void alloc_ascends_on_a_fresh_span(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x10, 0x100, 16);
	unsigned long at = 0x10, size;

	for (size = 1; size < 64; size += 20) {
		KUNIT_EXPECT_EQ(test, take(vm, size, policy_of(test)), at);
		at += round_up(size, 16);
	}
	EXPECT_STATE(test, vm, "A0x10+0x1 A0x20+0x15 A0x40+0x29 A0x70+0x3d F0xb0+0x60");
}

/* V32, V131, V33 */
static void alloc_of_nothing_is_misuse(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	unsigned long got = 1;
	int sleep;

	for (sleep = 0; sleep <= VM_NOSLEEP; sleep++) {
		int flags = (policy_of(test) & ~VM_NOSLEEP) | sleep;

		EXPECT_MISUSE(test, got = take(vm, 0, flags));
		KUNIT_EXPECT_EQ(test, got, 0);
		EXPECT_MISUSE(test, got = xtake(vm, 0, 0, 0, 0, 0, 0, flags));
		KUNIT_EXPECT_EQ(test, got, 0);
		EXPECT_MISUSE(test, got = take(vm, 0, flags | VM_ENDALLOC));
		KUNIT_EXPECT_EQ(test, got, 0);
	}
	EXPECT_STATE(test, vm, "F1+10");
}

/* V35, V33 */
static void alloc_of_a_size_that_wraps(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 0x1000);
	u64 fail = arena_stat(kid, VMEM_STAT_FAIL);
	unsigned long got = 1;
	int flags = policy_of(test);

	EXPECT_NO_MISUSE(test, got = take(kid, ULONG_MAX, flags));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_NO_MISUSE(test, got = xtake(kid, -0x1000UL, 0x4000, 0x1000, 0, 0, 0, flags));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = take(kid, ULONG_MAX, flags & ~VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = xtake(kid, -0x1000UL, 0x4000, 0x1000, 0, 0, 0,
					flags & ~VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	KUNIT_EXPECT_EQ(test, source_log.imports, 0);
	KUNIT_EXPECT_EQ(test, arena_stat(kid, VMEM_STAT_FAIL), fail);
}

/* V34, V39, V41: succeeds exactly if something fits, at each size of hole */
static void alloc_finds_the_only_hole(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 300, 1);
	unsigned long size, want;

	for (size = 1; size < 140; size += 3) {
		take_at(vm, 1, 50);
		take_at(vm, 51 + size, 250 - size);
		for (want = size + 1; want > size - min(size - 1, 2UL); want--) {
			unsigned long got = take(vm, want, policy_of(test));

			KUNIT_EXPECT_EQ(test, got, want <= size ? 51 : 0);
			if (got)
				give(vm, got, want);
		}
		give(vm, 1, 50);
		give(vm, 51 + size, 250 - size);
	}
	EXPECT_STATE(test, vm, "F1+300");
}

/* V29, V30 */
static void alloc_fails_without_trace(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);

	take(vm, 6, VM_NOSLEEP);
	EXPECT_NO_MISUSE(test, KUNIT_EXPECT_EQ(test, take(vm, 5, policy_of(test)), 0));
	EXPECT_STATE(test, vm, "A1+6 F7+4");
}

/* V40: ties aside, always the smallest that will do */
static void bestfit_takes_a_smallest(struct kunit *test)
{
	static const unsigned long hole[] = { 100, 70, 64, 65, 9, 8, 7 };
	vmem_t *vm = arena_make(test, 1, 1000, 1);
	unsigned long at = 1;
	int i;

	for (i = 0; i < ARRAY_SIZE(hole); at += hole[i++] + 1)
		take_at(vm, at + hole[i], 1);
	take_at(vm, at, 1001 - at);
	KUNIT_EXPECT_EQ(test, take(vm, 7, VM_NOSLEEP | VM_BESTFIT), at - 8);
	KUNIT_EXPECT_EQ(test, take(vm, 7, VM_NOSLEEP | VM_BESTFIT), at - 8 - 9);
	KUNIT_EXPECT_EQ(test, take(vm, 9, VM_NOSLEEP | VM_BESTFIT), at - 8 - 9 - 10);
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NOSLEEP | VM_BESTFIT), 1 + 101 + 71);
	KUNIT_EXPECT_EQ(test, take(vm, 65, VM_NOSLEEP | VM_BESTFIT), 1 + 101 + 71 + 65);
	KUNIT_EXPECT_EQ(test, take(vm, 66, VM_NOSLEEP | VM_BESTFIT), 1 + 101);
	KUNIT_EXPECT_EQ(test, take(vm, 71, VM_NOSLEEP | VM_BESTFIT), 1);
}

/* Free runs of these lengths from @at on, with an allocation behind each. */
static unsigned long make_holes(vmem_t *vm, unsigned long at, const unsigned long *hole, int n)
{
	while (n--) {
		at += *hole++;
		take_at(vm, at++, 1);
	}
	return at;
}

/* V40, V52: edges of the window may leave less of a segment than the request */
static void bestfit_in_a_window_takes_a_smallest(struct kunit *test)
{
	static const unsigned long hole[] = { 7, 20, 9, 80, 7, 70, 20, 7 };
	vmem_t *vm = arena_make(test, 1, 1000, 1);
	int best = VM_NOSLEEP | VM_BESTFIT;
	unsigned long end;

	/* At 1, 9, 30, 40, 121, 129, 200 and 221. */
	end = make_holes(vm, 1, hole, ARRAY_SIZE(hole));
	take_at(vm, end, 1001 - end);
	KUNIT_EXPECT_EQ(test, xtake(vm, 7, 0, 0, 0, 2, 0, best), 121);
	KUNIT_EXPECT_EQ(test, xtake(vm, 7, 0, 0, 0, 0, 227, best), 1);
	KUNIT_EXPECT_EQ(test, xtake(vm, 7, 0, 0, 0, 10, 227, best), 30);
	KUNIT_EXPECT_EQ(test, xtake(vm, 7, 0, 0, 0, 23, 220, best), 200);
	KUNIT_EXPECT_EQ(test, xtake(vm, 7, 0, 0, 0, 22, 213, best), 22);
	KUNIT_EXPECT_EQ(test, xtake(vm, 7, 0, 0, 0, 41, 200, best | VM_ENDALLOC), 192);
	KUNIT_EXPECT_EQ(test, xtake(vm, 64, 0, 0, 0, 0, 0, best), 40);
	KUNIT_EXPECT_EQ(test, xtake(vm, 64, 0, 0, 0, 130, 0, best), 0);
	/* Requests of other kinds are none the wiser. */
	KUNIT_EXPECT_EQ(test, take(vm, 7, VM_NOSLEEP), 221);
	KUNIT_EXPECT_EQ(test, take(vm, 16, VM_NOSLEEP), 104);
	KUNIT_EXPECT_EQ(test, take(vm, 2, VM_NOSLEEP | VM_FIRSTFIT), 9);
}

/* V34, V40: more sizes lie outside of the window than are tried one by one */
static void bestfit_in_a_window_outlasts_many_sizes(struct kunit *test)
{
	static const unsigned long hole[] = { 500, 400, 450 };
	int best = VM_NOSLEEP | VM_BESTFIT;
	vmem_t *vm = arena_make(test, 1, 100000, 1);
	unsigned long size, at = 1;

	for (size = 1; size <= 2 * VMEM_STEPS_OUTSIDE; size++)
		at = make_holes(vm, at, &size, 1);
	size = make_holes(vm, at, hole, ARRAY_SIZE(hole));
	take_at(vm, size, 100001 - size);
	KUNIT_EXPECT_EQ(test, xtake(vm, 5, 0, 0, 0, at, 0, best), at + 501);
	KUNIT_EXPECT_EQ(test, xtake(vm, 5, 0, 0, 0, at, at + 500, best), at);
	KUNIT_EXPECT_EQ(test, xtake(vm, 496, 0, 0, 0, at, 0, best), 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 2 * VMEM_STEPS_OUTSIDE, 0, 0, 0, 0, at, best),
			at - 1 - 2 * VMEM_STEPS_OUTSIDE);
}

/* V41: over spans too, whatever the order in which they came */
static void firstfit_takes_the_lowest_address(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1000, 10, 1);

	vmem_add(vm, AT(500), 4, VM_SLEEP);
	vmem_add(vm, AT(100), 10, VM_SLEEP);
	take_at(vm, 104, 1);
	KUNIT_EXPECT_EQ(test, take(vm, 5, VM_NOSLEEP | VM_FIRSTFIT), 105);
	KUNIT_EXPECT_EQ(test, take(vm, 5, VM_NOSLEEP | VM_FIRSTFIT), 1000);
	KUNIT_EXPECT_EQ(test, take(vm, 2, VM_NOSLEEP | VM_FIRSTFIT), 100);
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP | VM_FIRSTFIT), 500);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 102);
}

/* V42, V43 */
static void nextfit_comes_round_to_what_was_freed(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 100, 8, 1);
	int i, next = VM_NOSLEEP | VM_NEXTFIT;

	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, take(vm, 1, next), 100 + i);
		give(vm, 100 + i, 1);
	}
	take_at(vm, 100, 1);
	for (i = 5; i < 8; i++)
		KUNIT_EXPECT_EQ(test, take(vm, 1, next), 100 + i);
	KUNIT_EXPECT_EQ(test, take(vm, 1, next), 101);
}

/* V43 */
static void nextfit_marker_is_moved_by_nextfit_alone(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NOSLEEP | VM_NEXTFIT), 1);
	take_at(vm, 50, 10);
	take(vm, 5, VM_NOSLEEP);
	take(vm, 5, VM_NOSLEEP | VM_FIRSTFIT);
	take(vm, 5, VM_NOSLEEP | VM_BESTFIT);
	take(vm, 5, VM_NOSLEEP | VM_ENDALLOC);
	KUNIT_EXPECT_EQ(test, xtake(vm, 5, 0, 0, 0, 80, 0, VM_NOSLEEP | VM_NEXTFIT), 80);
	arena_clear(vm);
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NOSLEEP | VM_NEXTFIT), 11);
}

/* V44, V64 */
static void nextfit_imports_when_a_circle_found_nothing(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 0x1000);
	int i;

	for (i = 1; i <= 4; i++) {
		KUNIT_EXPECT_NE(test, take(kid, 0x1000, VM_NOSLEEP | VM_NEXTFIT), 0);
		KUNIT_EXPECT_EQ(test, source_log.imports, i);
	}
}

/* V46 */
static void endalloc_gives_an_aligned_end(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x10000, 0x1000);
	int end = VM_NOSLEEP | VM_ENDALLOC;

	KUNIT_EXPECT_EQ(test, take(vm, 1, end), 0x10000);
	KUNIT_EXPECT_EQ(test, take(vm, 0x1001, end | VM_BESTFIT), 0xe000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x3000, 0, 0, 0x4000, 0, 0, end), 0x9000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x1000, 0x2000, 0x1000, 0, 0, 0x9000, end), 0x7000);
	KUNIT_EXPECT_EQ(test, take(vm, 0x1000, end | VM_FIRSTFIT), 0x6000);
}

/* V34, V40: be it in no bin yet, or in no tree */
static void bestfit_in_a_window_sees_what_was_freed_last(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);

	take(vm, 5, VM_NOSLEEP);
	take(vm, 5, VM_NOSLEEP);
	give(vm, 1, 5);
	KUNIT_EXPECT_EQ(test, xtake(vm, 5, 0, 0, 0, 1, 6, VM_NOSLEEP | VM_BESTFIT), 1);
	give(vm, 6, 5);
	KUNIT_EXPECT_EQ(test, xtake(vm, 5, 0, 0, 0, 6, 11, VM_NOSLEEP | VM_BESTFIT), 6);
}

/* V47 */
static void nextfit_beats_the_others(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	int all = VM_NOSLEEP | VM_NEXTFIT | VM_BESTFIT | VM_FIRSTFIT | VM_ENDALLOC;

	take(vm, 10, VM_NOSLEEP | VM_NEXTFIT);
	give(vm, 1, 10);
	KUNIT_EXPECT_EQ(test, take(vm, 10, all), 11);
}

/* V47 */
static void bestfit_beats_firstfit(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);

	take_at(vm, 51, 1);
	take_at(vm, 55, 46);
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP | VM_BESTFIT | VM_FIRSTFIT), 52);
}

/* V50, V51: align 0 is the quantum; each result checked against the definition */
static void xalloc_meets_align_and_phase(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x30, 0x1000, 16);
	size_t align, phase;

	for (align = 16; align <= 0x100; align *= 2) {
		for (phase = 0; phase < align; phase += 16) {
			unsigned long at = xtake(vm, 16, align, phase, 0, 0, 0, VM_NOSLEEP);

			KUNIT_EXPECT_NE(test, at, 0);
			KUNIT_EXPECT_EQ(test, at % align, phase);
		}
		arena_clear(vm);
	}
	KUNIT_EXPECT_EQ(test, xtake(vm, 5, 0, 0, 0, 0, 0, VM_NOSLEEP), 0x30);
}

struct bad_shape {
	const char *desc;
	size_t size, align, phase, nocross;
	unsigned long min, max;
};

/* In an arena of quantum 16. */
static const struct bad_shape bad_shapes[] = {
	{ "align below the quantum", 16, 8 },
	{ "align no power of two", 16, 48 },
	{ "phase no quantum multiple", 16, 64, 8 },
	{ "phase is align", 16, 64, 64 },
	{ "phase without align", 16, 0, 16 },
	{ "nocross below the quantum", 4, 0, 0, 8 },
	{ "nocross no power of two", 16, 0, 0, 48 },
	{ "nocross below align", 16, 64, 0, 32 },
	{ "size above nocross", 65, 0, 0, 64 },
	{ "size and phase above nocross", 64, 64, 16, 64 },
	{ "minaddr is maxaddr", 16, 0, 0, 0, 0x200, 0x200 },
	{ "minaddr above maxaddr", 16, 0, 0, 0, 0x300, 0x200 },
};

KUNIT_ARRAY_PARAM_DESC(bad_shape, bad_shapes, desc);

/* V51, V56, V131, V33, G5 */
static void xalloc_with_bad_constraints_is_misuse(struct kunit *test)
{
	const struct bad_shape *p = test->param_value;
	vmem_t *vm = arena_make(test, 0x100, 0x1000, 16);
	unsigned long got = 1;

	EXPECT_MISUSE(test, got = xtake(vm, p->size, p->align, p->phase, p->nocross, p->min,
					p->max, VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = xtake(vm, p->size, p->align, p->phase, p->nocross, p->min,
					p->max, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_STATE(test, vm, "F0x100+0x1000");
}

/* V52, V59 */
static void xalloc_takes_exactly_one(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 20, 1);
	int i;

	take(vm, 3, VM_NOSLEEP);
	for (i = 20; i > 3; i -= 2)
		KUNIT_EXPECT_EQ(test, xtake(vm, 1, 0, 0, 0, i, i + 1, VM_NOSLEEP), i);
	KUNIT_EXPECT_EQ(test, xtake(vm, 1, 0, 0, 0, 20, 21, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 1, 0, 0, 0, 2, 3, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 1, 0, 0, 0, 21, 22, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 1, 0, 0, 0, 19, 20, VM_NOSLEEP), 19);
}

/* V53 */
static void xalloc_maximum_that_wraps_is_none(struct kunit *test)
{
	vmem_t *vm = arena_make(test, -0x100UL, 0x100, 16);
	unsigned long hi = ULONG_MAX;

	KUNIT_EXPECT_EQ(test, xtake(vm, 16, 0, 0, 0, -0x10UL, hi + 1, VM_NOSLEEP), -0x10UL);
	KUNIT_EXPECT_EQ(test, xtake(vm, 32, 0, 0, hi + 1, 0, 0, VM_NOSLEEP), -0x100UL);
	KUNIT_EXPECT_EQ(test, xtake(vm, 16, 0, 0, 0, 0, hi, VM_NOSLEEP), -0xe0UL);
}

/* V35, V50: a size that passes the top only with its padding has its place */
static void xalloc_padding_that_wraps_hides_no_place(struct kunit *test)
{
	unsigned long half = 1UL << (BITS_PER_LONG - 1), quarter = half / 2;
	vmem_t *vm = arena_make(test, 1, ULONG_MAX - 1, 1);

	/* It would cross the boundary at half. */
	KUNIT_EXPECT_EQ(test, xtake(vm, quarter + 1, quarter, 0, half, 0, 0, VM_NOSLEEP), half);
	KUNIT_EXPECT_EQ(test, xtake(vm, quarter, quarter, 0, half, 0, 0, VM_NOSLEEP), quarter);
	KUNIT_EXPECT_EQ(test, xtake(vm, quarter, quarter, 0, half, 0, 0, VM_NOSLEEP), 0);
	EXPECT_SIZES(test, vm, half + 1, half - 3);
}

/* V54, V55 */
static void xalloc_bounds_need_no_alignment(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x8000, 0x1000);

	KUNIT_EXPECT_EQ(test, xtake(vm, 0x10, 0, 0, 0, 0x1001, 0x2010, VM_NOSLEEP), 0x2000);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x10, 0, 0, 0, 0x2001, 0x300f, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x10, 0x4000, 0x2000, 0, 0x1fff, 0x6010, VM_NOSLEEP),
			0x6000);
}

/* V56, V33 */
static void xalloc_in_a_window_below_its_size(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	unsigned long got = 1;

	EXPECT_NO_MISUSE(test, got = xtake(vm, 10, 0, 0, 0, 20, 29, VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = xtake(vm, 10, 0, 0, 0, 20, 29, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 10, 0, 0, 0, 20, 30, VM_SLEEP), 20);
}

/* V56, V33: long enough, but without an aligned place */
static void xalloc_in_a_window_without_a_place(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x20000, 0x1000);
	unsigned long got = 1;

	EXPECT_NO_MISUSE(test, got = xtake(vm, 0x4000, 0x4000, 0, 0, 0x10800, 0x17800,
					   VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = xtake(vm, 0x4000, 0x4000, 0, 0, 0x10800, 0x17800, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = xtake(vm, 0x4000, 0, 0, 0, 0x10800, 0x14fff, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x4000, 0, 0, 0, 0x10800, 0x15000, VM_SLEEP), 0x11000);
}

/* V57 */
static void xalloc_nocross_may_be_touched_at_both_ends(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x10, 0x200, 16);

	KUNIT_EXPECT_EQ(test, xtake(vm, 0x70, 0, 0, 0x80, 0, 0, VM_NOSLEEP), 0x10);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x80, 0, 0, 0x80, 0, 0, VM_NOSLEEP), 0x80);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x41, 0, 0, 0x80, 0, 0, VM_NOSLEEP), 0x100);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x40, 0, 0, 0x80, 0, 0, VM_NOSLEEP), 0x180);
	KUNIT_EXPECT_EQ(test, xtake(vm, 0x30, 0, 0, 0x80, 0, 0, VM_NOSLEEP), 0x150);
}

/* V58 */
static void xalloc_takes_the_lowest_place(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 0x100, 1);
	int end = VM_NOSLEEP | VM_ENDALLOC;

	KUNIT_EXPECT_EQ(test, xtake(vm, 3, 16, 5, 0, 6, 0, VM_NOSLEEP), 21);
	xgive(vm, 21, 3);
	KUNIT_EXPECT_EQ(test, xtake(vm, 3, 16, 5, 0, 6, 40, end), 37);
	KUNIT_EXPECT_EQ(test, xtake(vm, 3, 16, 5, 0, 6, 37 + 2, end), 21);
}

static struct kunit_case vmem_alloc_cases[] = {
	KUNIT_CASE_PARAM(alloc_ascends_on_a_fresh_span, policy_gen_params),
	KUNIT_CASE_PARAM(alloc_of_nothing_is_misuse, policy_gen_params),
	KUNIT_CASE_PARAM(alloc_of_a_size_that_wraps, policy_gen_params),
	KUNIT_CASE_PARAM(alloc_finds_the_only_hole, policy_gen_params),
	KUNIT_CASE_PARAM(alloc_fails_without_trace, policy_gen_params),
	KUNIT_CASE(bestfit_takes_a_smallest),
	KUNIT_CASE(bestfit_in_a_window_takes_a_smallest),
	KUNIT_CASE(bestfit_in_a_window_outlasts_many_sizes),
	KUNIT_CASE(firstfit_takes_the_lowest_address),
	KUNIT_CASE(nextfit_comes_round_to_what_was_freed),
	KUNIT_CASE(nextfit_marker_is_moved_by_nextfit_alone),
	KUNIT_CASE(nextfit_imports_when_a_circle_found_nothing),
	KUNIT_CASE(endalloc_gives_an_aligned_end),
	KUNIT_CASE(bestfit_in_a_window_sees_what_was_freed_last),
	KUNIT_CASE(nextfit_beats_the_others),
	KUNIT_CASE(bestfit_beats_firstfit),
	KUNIT_CASE(xalloc_meets_align_and_phase),
	KUNIT_CASE_PARAM(xalloc_with_bad_constraints_is_misuse, bad_shape_gen_params),
	KUNIT_CASE(xalloc_takes_exactly_one),
	KUNIT_CASE(xalloc_maximum_that_wraps_is_none),
	KUNIT_CASE(xalloc_padding_that_wraps_hides_no_place),
	KUNIT_CASE(xalloc_bounds_need_no_alignment),
	KUNIT_CASE(xalloc_in_a_window_below_its_size),
	KUNIT_CASE(xalloc_in_a_window_without_a_place),
	KUNIT_CASE(xalloc_nocross_may_be_touched_at_both_ends),
	KUNIT_CASE(xalloc_takes_the_lowest_place),
	{}
};

static struct kunit_suite vmem_alloc_suite = {
	.name = "ddi_vmem_alloc",
	.init = balance_init,
	.test_cases = vmem_alloc_cases,
};

kunit_test_suite(vmem_alloc_suite);
