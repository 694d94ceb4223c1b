// SPDX-License-Identifier: GPL-2.0-only
/* vmem_next_fit_kunit.c - where next fit goes on, and what it needs for that */
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

#define Q	0x1000UL
#define NEXT	(VM_NOSLEEP | VM_NEXTFIT)

/* V42, V43: next fit in a small arena builds no address tree */
static void next_needs_no_address_tree(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	unsigned long i, round;

	for (round = 0; round < 3; round++) {
		for (i = 1; i <= 100; i++) {
			KUNIT_EXPECT_EQ(test, take(vm, 1, NEXT), i);
			KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
			give(vm, i, 1);
		}
	}
	KUNIT_EXPECT_EQ(test, take(vm, 101, NEXT), 0);
	KUNIT_EXPECT_EQ(test, vm->index, VMEM_INDEX_OFF);
	EXPECT_STATE(test, vm, "F1+100");
}

/* V42: other requests cut before the rotor, join behind it, or free right there */
static void next_goes_on_where_others_have_been(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 10, NEXT), 1);
	KUNIT_EXPECT_EQ(test, take_at(vm, 11, 5), 11);
	KUNIT_EXPECT_EQ(test, take_at(vm, 20, 5), 20);
	KUNIT_EXPECT_EQ(test, take(vm, 4, NEXT), 16);
	xgive(vm, 20, 5);
	KUNIT_EXPECT_EQ(test, take(vm, 7, NEXT), 20);
	xgive(vm, 11, 5);
	give(vm, 16, 4);
	KUNIT_EXPECT_EQ(test, take(vm, 70, NEXT), 27);
	KUNIT_EXPECT_EQ(test, take(vm, 4, NEXT), 97);
	KUNIT_EXPECT_EQ(test, take(vm, 8, NEXT), 11);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V42, V34: the free segment that the rotor stands in, behind it and then as a whole */
static void rotor_inside_of_a_free_segment(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 20, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 8, NEXT), 1);
	give(vm, 1, 8);
	KUNIT_EXPECT_EQ(test, take_at(vm, 3, 2), 3);
	KUNIT_EXPECT_EQ(test, take(vm, 6, NEXT), 9);
	give(vm, 9, 6);
	KUNIT_EXPECT_EQ(test, take(vm, 7, NEXT), 5);
	give(vm, 5, 7);
	xgive(vm, 3, 2);
	KUNIT_EXPECT_EQ(test, take(vm, 20, NEXT), 1);
}

/* V42: the segment lies behind more small holes than are looked at one by one */
static void next_finds_what_lies_far(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 1000, 1);
	unsigned long i;

	KUNIT_EXPECT_EQ(test, take(vm, 1, NEXT), 1);
	for (i = 2; i < 901; i += 2)
		KUNIT_EXPECT_EQ(test, take_at(vm, i, 1), i);
	KUNIT_EXPECT_EQ(test, take(vm, 2, NEXT), 901);
	KUNIT_EXPECT_EQ(test, vm->index, VMEM_INDEX_READY);
	give(vm, 1, 1);
	xgive(vm, 2, 1);
	KUNIT_EXPECT_EQ(test, take_at(vm, 903, 98), 903);
	KUNIT_EXPECT_EQ(test, take(vm, 2, NEXT), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 1, NEXT), 3);
	KUNIT_EXPECT_EQ(test, take(vm, 2, NEXT), 0);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* Divide [from, to) into holes of one unit, so many that next fit does not look at each. */
static void make_holes(vmem_t *vm, unsigned long from, unsigned long to)
{
	for (; from < to; from += 2)
		take_at(vm, from, 1);
}

/* V42: the same for the part of a free segment behind the rotor, which stands in it */
static void rotor_inside_of_a_far_free_segment(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 1000, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 400, NEXT), 1);
	give(vm, 1, 400);
	make_holes(vm, 2, 302);
	KUNIT_EXPECT_EQ(test, take(vm, 500, NEXT), 401);
	give(vm, 401, 500);
	make_holes(vm, 302, 602);
	take_at(vm, 950, 1);
	/* 901 to 949 are too few. */
	KUNIT_EXPECT_EQ(test, take(vm, 50, NEXT), 951);
	/* Nothing lies behind. */
	KUNIT_EXPECT_EQ(test, take(vm, 300, NEXT), 601);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V42: too little lies behind the rotor in its segment, and nothing behind that */
static void next_begins_again_at_the_first_span(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 1000, 1);

	vmem_add(vm, AT(2000), 10, VM_SLEEP);
	KUNIT_EXPECT_EQ(test, take(vm, 900, NEXT), 1);
	give(vm, 1, 900);
	make_holes(vm, 302, 602);
	KUNIT_EXPECT_EQ(test, take(vm, 200, NEXT), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 101, NEXT), 201);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* A child that imports twice what it needs, a span of @n units of which is in use. */
static unsigned long import(struct kunit *test, vmem_t *kid, unsigned long n)
{
	unsigned long imports = source_log.imports, at = take(kid, n * Q, VM_NOSLEEP);

	KUNIT_EXPECT_EQ(test, source_log.imports, imports + 1);
	return at;
}

/* V42, V70: after its span has gone, next fit goes on with the spans behind */
static void next_outlives_its_span(struct kunit *test)
{
	vmem_t *source = source_make(test, 100 * Q);
	vmem_t *kid = arena_keep(test, vmem_xcreate("kid", NULL, 0, Q, source_import_double,
						    source_export, source, 0, VM_SLEEP));
	unsigned long a = import(test, kid, 2), b = import(test, kid, 3), c, at;

	at = take(kid, 2 * Q, NEXT);
	KUNIT_EXPECT_EQ(test, at, a + 2 * Q);
	c = import(test, kid, 4);
	KUNIT_EXPECT_EQ(test, take(kid, Q, NEXT), b + 3 * Q);
	give(kid, at, 2 * Q);
	give(kid, b + 3 * Q, Q);
	give(kid, b, 3 * Q);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
	/* The last segment before the span that follows */
	KUNIT_EXPECT_EQ(test, take_at(kid, a + 3 * Q, Q), a + 3 * Q);
	KUNIT_EXPECT_EQ(test, take(kid, Q, NEXT), c + 4 * Q);
	KUNIT_EXPECT_EQ(test, take(kid, 3 * Q, NEXT), c + 5 * Q);
	KUNIT_EXPECT_EQ(test, take(kid, Q, NEXT), a + 2 * Q);
}

/* V42: the same by the address tree */
static void next_outlives_its_span_far(struct kunit *test)
{
	vmem_t *source = source_make(test, 1000 * Q);
	vmem_t *kid = arena_keep(test, vmem_xcreate("kid", NULL, 0, Q, source_import_double,
						    source_export, source, 0, VM_SLEEP));
	unsigned long a = import(test, kid, 2), b = import(test, kid, 3), c, i;

	take(kid, 2 * Q, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, take(kid, Q, NEXT), b + 3 * Q);
	c = import(test, kid, 200);
	for (i = 1; i < 190; i += 2)
		take_at(kid, c + (200 + i) * Q, Q);
	give(kid, b + 3 * Q, Q);
	give(kid, b, 3 * Q);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
	KUNIT_EXPECT_EQ(test, take(kid, 2 * Q, NEXT), c + 390 * Q);
	KUNIT_EXPECT_EQ(test, kid->index, VMEM_INDEX_READY);
	give(kid, a, 2 * Q);
	KUNIT_EXPECT_TRUE(test, vmem_verify(kid));
}

static struct kunit_case vmem_next_fit_cases[] = {
	KUNIT_CASE(next_needs_no_address_tree),
	KUNIT_CASE(next_goes_on_where_others_have_been),
	KUNIT_CASE(rotor_inside_of_a_free_segment),
	KUNIT_CASE(next_finds_what_lies_far),
	KUNIT_CASE(rotor_inside_of_a_far_free_segment),
	KUNIT_CASE(next_begins_again_at_the_first_span),
	KUNIT_CASE(next_outlives_its_span),
	KUNIT_CASE(next_outlives_its_span_far),
	{}
};

static struct kunit_suite vmem_next_fit_suite = {
	.name = "ddi_vmem_next_fit",
	.init = balance_init,
	.test_cases = vmem_next_fit_cases,
};

kunit_test_suite(vmem_next_fit_suite);
