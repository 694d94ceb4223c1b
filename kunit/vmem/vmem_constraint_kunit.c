// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_constraint_kunit.c - the arithmetic of alignment, phase, boundaries and
 * windows, without an arena
 */
#include "kunit/ddi_kunit.h"
#include "ddi_vmem/search/constraint.h"
#include "kunit/lib/balance.h"

struct place_case {
	const char *desc;
	struct vmem_constraint want;
	unsigned long start, last, at;
};

#define WANT(_size, _align, _phase, _nocross, _min, _last, _high)	\
	{ .asize = _size, .align = _align, .phase = _phase,	\
	  .nocross = _nocross, .min = _min, .last = _last, .high = _high }
#define LAST	ULONG_MAX
#define TOP	(LAST - 0xff)

static const struct place_case places[] = {
	{ "whole range", WANT(16, 1, 0, 0, 0, LAST, false), 16, 31, 16 },
	{ "one too long", WANT(17, 1, 0, 0, 0, LAST, false), 16, 31, 0 },
	{ "one too long, high", WANT(17, 1, 0, 0, 0, LAST, true), 16, 31, 0 },
	{ "high end", WANT(5, 1, 0, 0, 0, LAST, true), 16, 31, 27 },
	{ "aligned", WANT(4, 8, 0, 0, 0, LAST, false), 17, 31, 24 },
	{ "aligned, high", WANT(4, 8, 0, 0, 0, LAST, true), 16, 26, 16 },
	{ "aligned, nowhere", WANT(4, 16, 0, 0, 0, LAST, false), 17, 31, 0 },
	{ "phase", WANT(4, 8, 3, 0, 0, LAST, false), 17, 31, 19 },
	{ "phase, high", WANT(4, 8, 3, 0, 0, LAST, true), 17, 31, 27 },
	{ "phase above the range, high", WANT(1, 64, 40, 0, 0, LAST, true), 1, 39, 0 },
	{ "up to a boundary", WANT(4, 1, 0, 16, 0, LAST, false), 12, 31, 12 },
	{ "over a boundary", WANT(4, 1, 0, 16, 0, LAST, false), 13, 31, 16 },
	{ "over a boundary with a phase", WANT(4, 4, 1, 16, 0, LAST, false), 14, 31, 17 },
	{ "below a boundary, high", WANT(4, 1, 0, 16, 0, LAST, true), 8, 17, 12 },
	{ "no room at the boundary", WANT(4, 1, 0, 16, 0, LAST, false), 13, 18, 0 },
	{ "lower limit", WANT(4, 1, 0, 0, 20, LAST, false), 16, 31, 20 },
	{ "lower limit, aligned", WANT(4, 8, 0, 0, 20, LAST, false), 16, 31, 24 },
	{ "upper limit", WANT(4, 1, 0, 0, 0, 19, false), 16, 31, 16 },
	{ "upper limit passed", WANT(4, 1, 0, 0, 0, 18, false), 16, 31, 0 },
	{ "upper limit, high", WANT(4, 1, 0, 0, 0, 22, true), 16, 31, 19 },
	{ "upper limit passed, high", WANT(4, 1, 0, 0, 0, 18, true), 16, 31, 0 },
	{ "window below the range", WANT(4, 1, 0, 0, 1, 8, true), 16, 31, 0 },
	{ "window above the range", WANT(4, 1, 0, 0, 40, 80, false), 16, 31, 0 },
	{ "at the top", WANT(0x100, 1, 0, 0, 0, LAST, false), TOP, LAST, TOP },
	{ "at the top, high", WANT(0x80, 0x80, 0, 0, 0, LAST, true), TOP, LAST, LAST - 0x7f },
	{ "rounding wraps", WANT(1, 0x1000, 0, 0, 0, LAST, false), TOP, LAST, 0 },
	{ "phase wraps", WANT(0x10, 0x100, 0xf8, 0, 0, LAST, false), TOP, LAST, 0 },
};

KUNIT_ARRAY_PARAM_DESC(place, places, desc);

/* As it is where the quantum does not round. */
static struct vmem_constraint unrounded(struct vmem_constraint want)
{
	want.size = want.asize;
	return want;
}

/* V46, V50, V52, V54, V57, V58 */
static void place_is_lowest_or_highest_that_serves(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	struct vmem_constraint want = unrounded(c->want);

	KUNIT_EXPECT_EQ(test, vmem_place_in(&want, c->start, c->last), c->at);
}

/* V50, by trying */
static bool serves(const struct vmem_constraint *w, unsigned long start, unsigned long last,
		   unsigned long at)
{
	unsigned long end = at + w->asize - 1;

	return at >= start && at + w->size - 1 <= last && at % w->align == w->phase &&
	       at >= w->min && end <= w->last &&
	       (!w->nocross || at / w->nocross == end / w->nocross);
}

static unsigned long place_by_trying(const struct vmem_constraint *w, unsigned long start,
				     unsigned long last)
{
	unsigned long at, found = 0;

	for (at = start; at <= last; at++) {
		if (!serves(w, start, last, at))
			continue;
		found = at;
		if (!w->high)
			break;
	}
	return found;
}

static void random_constraint(struct rnd_state *rnd, struct vmem_constraint *w)
{
	*w = (struct vmem_constraint){
		.asize = 1 + ddi_kunit_below(rnd, 24),
		.align = 4UL << ddi_kunit_below(rnd, 4),
		.last = LAST,
		.high = ddi_kunit_below(rnd, 2),
	};
	w->size = round_up(w->asize, 4);
	w->phase = 4 * ddi_kunit_below(rnd, w->align / 4);
	if (ddi_kunit_below(rnd, 2)) {
		w->nocross = roundup_pow_of_two(round_up(w->phase + w->asize, w->align));
		w->nocross <<= ddi_kunit_below(rnd, 2);
	}
	if (ddi_kunit_below(rnd, 2))
		w->min = ddi_kunit_below(rnd, 200);
	if (ddi_kunit_below(rnd, 2))
		w->last = w->min + ddi_kunit_below(rnd, 100);
}

/* V46, V50-V58: ranges of quanta of 4 between 4 and 256 */
static void place_agrees_with_trying_all(struct kunit *test)
{
	struct vmem_constraint want;
	struct rnd_state rnd;
	unsigned long start, last;
	int i;

	ddi_kunit_seed(test, &rnd);
	for (i = 0; i < 20000 && test->status == KUNIT_SUCCESS; i++) {
		random_constraint(&rnd, &want);
		start = 4 + 4 * ddi_kunit_below(&rnd, 40);
		last = start + 4 * (1 + ddi_kunit_below(&rnd, 20)) - 1;
		KUNIT_ASSERT_NULL(test, vmem_constraint_error(&want, 4));
		KUNIT_EXPECT_EQ_MSG(test, vmem_place_in(&want, start, last),
				    place_by_trying(&want, start, last),
				    "size %lu align %lu phase %lu nocross %lu min %lu last %lu in %lu..%lu",
				    want.asize, want.align, want.phase, want.nocross, want.min,
				    want.last, start, last);
	}
}

struct error_case {
	const char *desc;
	struct vmem_constraint want;
	const char *error;
};

#define QUANTUM		"parameters not aligned to the quantum"
#define INVALID		"inconsistent or invalid parameters"
#define OVER		"overconstrained: size does not fit between two nocross boundaries"

static const struct error_case errors[] = {
	{ "sound", WANT(16, 16, 0, 0, 0, LAST, false), NULL },
	{ "size 0", WANT(0, 16, 0, 0, 0, LAST, false), "size 0, expected at least 1" },
	{ "align below quantum", WANT(16, 8, 0, 0, 0, LAST, false), QUANTUM },
	{ "phase beside quantum", WANT(16, 16, 8, 0, 0, LAST, false), QUANTUM },
	{ "nocross beside quantum", WANT(16, 16, 0, 24, 0, LAST, false), QUANTUM },
	{ "align no power", WANT(16, 48, 0, 0, 0, LAST, false), INVALID },
	{ "phase not below align", WANT(16, 32, 32, 0, 0, LAST, false), INVALID },
	{ "nocross no power", WANT(16, 16, 0, 48, 0, LAST, false), INVALID },
	{ "nocross below align", WANT(16, 64, 0, 32, 0, LAST, false), INVALID },
	{ "window upside down", WANT(16, 16, 0, 0, 65, 64, false), INVALID },
	{ "size over nocross", WANT(33, 16, 0, 32, 0, LAST, false), OVER },
	{ "phase pushes it over", WANT(32, 32, 16, 32, 0, LAST, false), OVER },
	{ "padding wraps", WANT(LAST, 16, 0, 32, 0, LAST, false), OVER },
};

KUNIT_ARRAY_PARAM_DESC(error, errors, desc);

/* V32, V51, V56: quantum 16 */
static void error_names_the_category(struct kunit *test)
{
	const struct error_case *c = test->param_value;

	KUNIT_EXPECT_STREQ(test, vmem_constraint_error(&c->want, 16) ?: "none",
			   c->error ?: "none");
}

struct hope_case {
	const char *desc;
	struct vmem_constraint want;
	bool hopeless;
};

static const struct hope_case hopes[] = {
	{ "no window", WANT(0x4000, 0x4000, 0, 0, 0, LAST, false), false },
	{ "no aligned place", WANT(0x4000, 0x4000, 0, 0, 0x10800, 0x14fff, false), true },
	{ "no aligned place, high", WANT(0x4000, 0x4000, 0, 0, 0x10800, 0x14fff, true), true },
	{ "one aligned place", WANT(0x4000, 0x4000, 0, 0, 0x10800, 0x17fff, false), false },
	{ "limits beside the quantum", WANT(0x4000, 0x1000, 0, 0, 0x10800, 0x14fff, false), false },
	{ "one page too few beside it", WANT(0x5000, 0x1000, 0, 0, 0x10800, 0x15000, false), true },
	{ "boundary in the window", WANT(0x2000, 0x1000, 0, 0x4000, 0x3000, 0x5fff, false), false },
	{ "only over a boundary", WANT(0x2000, 0x1000, 0, 0x4000, 0x3000, 0x4fff, false), true },
	{ "smaller than the size", WANT(0x4000, 0x1000, 0, 0, 0x10000, 0x12fff, false), true },
	{ "below the first quantum", WANT(0x1000, 0x1000, 0, 0, 0, 0xfff, false), true },
	{ "the last quantum", WANT(0x1000, 0x1000, 0, 0, LAST - 0xfff, LAST, false), false },
};

KUNIT_ARRAY_PARAM_DESC(hope, hopes, desc);

/* V56: quantum 0x1000 */
static void hopeless_is_what_no_free_space_serves(struct kunit *test)
{
	const struct hope_case *c = test->param_value;
	struct vmem_constraint want = unrounded(c->want);

	KUNIT_ASSERT_NULL(test, vmem_constraint_error(&want, 0x1000));
	KUNIT_EXPECT_EQ(test, vmem_constraint_hopeless(&want, 0x1000), c->hopeless);
}

/* V35 */
static void padding_that_wraps_overflows(struct kunit *test)
{
	struct vmem_constraint want = WANT(0x1000, 0x1000, 0, 0, 0, LAST, false);

	want.size = 0x1000;
	KUNIT_EXPECT_FALSE(test, vmem_constraint_overflows(&want, 0x1000));
	want.size = -0x2000UL;
	want.asize = want.size;
	KUNIT_EXPECT_FALSE(test, vmem_constraint_overflows(&want, 0x1000));
	want.align = 0x4000;
	KUNIT_EXPECT_TRUE(test, vmem_constraint_overflows(&want, 0x1000));
	want.align = 0x1000;
	want.asize = -1UL;
	want.size = 0;
	KUNIT_EXPECT_TRUE(test, vmem_constraint_overflows(&want, 0x1000));
}

/* A request of any kind: some are wrong, some are longer than the address space has room for */
static void random_request(struct rnd_state *rnd, struct vmem_constraint *w)
{
	random_constraint(rnd, w);
	if (!ddi_kunit_below(rnd, 8))
		w->align = ddi_kunit_below(rnd, 40);
	if (!ddi_kunit_below(rnd, 8))
		w->min = ddi_kunit_below(rnd, 200);
	if (!ddi_kunit_below(rnd, 8)) {
		w->asize = -(unsigned long)ddi_kunit_below(rnd, 100);
		w->size = (w->asize + 3) & ~3UL;
	}
	if (!ddi_kunit_below(rnd, 2)) {
		w->phase = 0;
		w->nocross = 0;
	}
}

/* V32, V35, V51, V56: what is not checked any more has passed all checks */
static void usual_request_passes_all_checks(struct kunit *test)
{
	struct vmem_constraint want;
	struct rnd_state rnd;
	int i, usual = 0;

	ddi_kunit_seed(test, &rnd);
	for (i = 0; i < 20000 && test->status == KUNIT_SUCCESS; i++) {
		random_request(&rnd, &want);
		if (!vmem_constraint_is_usual(&want, 4))
			continue;
		usual++;
		KUNIT_EXPECT_NULL(test, vmem_constraint_error(&want, 4));
		KUNIT_EXPECT_FALSE(test, vmem_constraint_overflows(&want, 4));
		KUNIT_EXPECT_FALSE(test, vmem_constraint_hopeless(&want, 4));
	}
	KUNIT_EXPECT_GT(test, usual, 1000);
}

static struct kunit_case vmem_constraint_cases[] = {
	KUNIT_CASE_PARAM(place_is_lowest_or_highest_that_serves, place_gen_params),
	KUNIT_CASE(place_agrees_with_trying_all),
	KUNIT_CASE_PARAM(error_names_the_category, error_gen_params),
	KUNIT_CASE_PARAM(hopeless_is_what_no_free_space_serves, hope_gen_params),
	KUNIT_CASE(padding_that_wraps_overflows),
	KUNIT_CASE(usual_request_passes_all_checks),
	{}
};

static struct kunit_suite vmem_constraint_suite = {
	.name = "ddi_vmem_constraint",
	.init = balance_init,
	.test_cases = vmem_constraint_cases,
};

kunit_test_suite(vmem_constraint_suite);
