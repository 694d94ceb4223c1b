// SPDX-License-Identifier: GPL-2.0-only
/* vmem_import_kunit.c - arenas that import from a source and give back to it */
#include <ddi/vmem.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

struct import_size {
	const char *desc;
	size_t quantum, size, align, phase, asked;
};

/* Of a source with quantum 0x1000. */
static const struct import_size import_sizes[] = {
	{ "one unit", 16, 1, 0, 0, 0x1000 },
	{ "a page", 16, 0x1000, 0, 0, 0x1000 },
	{ "above a page", 16, 0x1001, 0, 0, 0x2000 },
	{ "align of a page", 16, 0x1000, 0x1000, 0, 0x1000 },
	{ "phase below a page", 16, 0x1000, 0x100, 0x20, 0x2000 },
	{ "align above, no phase", 16, 24, 0x4000, 0, 0x4000 },
	{ "align above, page phase", 16, 24, 0x4000, 0x2000, 0x4000 },
	{ "align above, small phase", 16, 24, 0x4000, 0x10, 0x5000 },
	{ "larger own quantum", 0x4000, 1, 0, 0, 0x4000 },
	{ "larger own quantum, align", 0x4000, 0x4000, 0x10000, 0, 0x10000 },
};

KUNIT_ARRAY_PARAM_DESC(import_size, import_sizes, desc);

/* V64 */
static void import_asks_for_what_the_request_needs(struct kunit *test)
{
	const struct import_size *p = test->param_value;
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, p->quantum);
	unsigned long at = xtake(kid, p->size, p->align, p->phase, 0, 0, 0, VM_NOSLEEP);

	KUNIT_EXPECT_NE(test, at, 0);
	KUNIT_EXPECT_EQ(test, source_log.import_size, p->asked);
	if (p->align)
		KUNIT_EXPECT_EQ(test, at % p->align, p->phase);
	xgive(kid, at, p->size);
	KUNIT_EXPECT_EQ(test, source_log.export_size, p->asked);
}

/* V64: what the arena has already comes first */
static void import_only_when_nothing_fits(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 16);

	vmem_add(kid, AT(0x100), 0x100, VM_SLEEP);
	KUNIT_EXPECT_EQ(test, take(kid, 0x100, VM_NOSLEEP), 0x100);
	KUNIT_EXPECT_EQ(test, source_log.imports, 0);
	KUNIT_EXPECT_EQ(test, take(kid, 1, VM_NOSLEEP), SOURCE_BASE);
	KUNIT_EXPECT_EQ(test, source_log.imports, 1);
}

/* V35, V64 */
static void import_of_a_size_that_wraps(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 16);
	u64 fail = arena_stat(kid, VMEM_STAT_FAIL);
	unsigned long got = 1;

	EXPECT_NO_MISUSE(test, got = take(kid, -0x800UL, VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_NO_MISUSE(test, got = xtake(kid, -0x1000UL, 0x1000, 0xff0, 0, 0, 0, VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_MISUSE(test, got = take(kid, -0x800UL, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	KUNIT_EXPECT_EQ(test, source_log.imports, 0);
	KUNIT_EXPECT_EQ(test, arena_stat(kid, VMEM_STAT_FAIL), fail);
}

/* V66, V2 */
static void import_sees_the_memory_flags_alone(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 0x1000);

	take(kid, 0x1000, VM_NOSLEEP | VM_PUSHPAGE | VM_FIRSTFIT | VM_ENDALLOC);
	KUNIT_EXPECT_EQ(test, source_log.import_flags, VM_NOSLEEP | VM_PUSHPAGE);
	take(kid, 0x1000, VM_SLEEP | VM_NEXTFIT | VM_NORELOC);
	KUNIT_EXPECT_EQ(test, source_log.import_flags, VM_SLEEP);
	take(kid, 0x1000, VM_NOSLEEP | VM_NORMALPRI | VM_BESTFIT);
	KUNIT_EXPECT_EQ(test, source_log.import_flags, VM_NOSLEEP | VM_NORMALPRI);
}

/* What a bad import function does to the size and address it got. */
struct bad_import {
	const char *desc;
	size_t size;		/* instead of 0x1000 */
	unsigned long addr;
	int xalign;
};

static const struct bad_import bad_imports[] = {
	{ "shrinks", 0x800, 0x10000, 0 },
	{ "shrinks to nothing", 0, 0x10000, 0 },
	{ "misaligns the size", 0x1800, 0x10000, 0 },
	{ "misaligns the address", 0x2000, 0x10800, 0 },
	{ "passes the top", 0x2000, -0x1000UL, 0 },
	{ "breaks its promise to align", 0x1000, 0x11000, VMC_XALIGN },
};

KUNIT_ARRAY_PARAM_DESC(bad_import, bad_imports, desc);

static const struct bad_import *bad;

static void *bad_ximport(vmem_t *source, size_t *size, size_t align, int vmflag)
{
	source_log.imports++;
	*size = bad->size;
	return AT(bad->addr);
}

static void note_export(vmem_t *source, void *start, size_t size)
{
	source_log.exports++;
	source_log.export_start = (unsigned long)start;
	source_log.export_size = size;
}

/* V65, V131, G5, G8 */
static void import_of_a_bad_range_is_misuse(struct kunit *test)
{
	unsigned long got = 1;
	vmem_t *vm;

	bad = test->param_value;
	vm = arena_keep(test, vmem_xcreate("bad", NULL, 0, 0x1000, bad_ximport, note_export, NULL,
					   0, VM_SLEEP | bad->xalign));
	memset(&source_log, 0, sizeof(source_log));
	EXPECT_MISUSE(test, got = xtake(vm, 0x1000, 0x10000, 0, 0, 0, 0, VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
	KUNIT_EXPECT_EQ(test, source_log.export_start, bad->addr);
	KUNIT_EXPECT_EQ(test, source_log.export_size, bad->size);
	EXPECT_SIZES(test, vm, 0, 0);
}

static void *import_of_the_same(vmem_t *source, size_t size, int vmflag)
{
	return AT(0x10000);
}

/* V65, V131: what the arena has already goes back once, too */
static void import_that_overlaps_goes_back_once(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("twice", NULL, 0, 0x1000, import_of_the_same,
						  note_export, NULL, 0, VM_SLEEP));
	unsigned long got = 1;

	memset(&source_log, 0, sizeof(source_log));
	KUNIT_EXPECT_EQ(test, take(vm, 0x1000, VM_NOSLEEP), 0x10000);
	EXPECT_MISUSE(test, got = take(vm, 0x1000, VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
	KUNIT_EXPECT_EQ(test, source_log.export_start, 0x10000);
	KUNIT_EXPECT_EQ(test, source_log.export_size, 0x1000);
	EXPECT_SIZES(test, vm, 0x1000, 0);
}

/* V64, V82: the large import of VMC_NO_QCACHE falls back to what is needed */
static void large_import_falls_back_to_what_is_needed(struct kunit *test)
{
	static const unsigned long units[] = { 32, 64, 100, 200 };
	unsigned long n;
	int i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		vmem_t *source = arena_make(test, 1, units[i], 1), *kid;

		kid = arena_keep(test, vmem_create("kid", NULL, 0, 1, vmem_alloc, vmem_free,
						   source, 0, VM_SLEEP | VMC_NO_QCACHE));
		KUNIT_EXPECT_EQ(test, take(kid, 1, VM_SLEEP), 1);
		for (n = 1; take(kid, 1, VM_NOSLEEP); n++)
			;
		KUNIT_EXPECT_EQ(test, n, units[i]);
	}
}

/* V66, V82: the import of the least size never sleeps; that of the size needed may */
static void larger_import_is_not_slept_for(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid;

	kid = arena_keep(test, vmem_create("kid", NULL, 0, 0x1000, source_import, source_export,
					   source, 0x8000, VM_SLEEP | VMC_NO_QCACHE));
	KUNIT_EXPECT_EQ(test, kid->min_import, 0x20000);
	KUNIT_EXPECT_NE(test, take(kid, 0x1000, VM_SLEEP), 0);
	KUNIT_EXPECT_EQ(test, source_log.imports, 2);
	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x1000);
	KUNIT_EXPECT_EQ(test, source_log.import_flags, VM_SLEEP);
}

/* The arena that the recursive functions below come back to. */
static vmem_t *again;

static void *import_that_gives(vmem_t *source, size_t size, int vmflag)
{
	source_log.imports++;
	give(again, 0x100, 0x100);
	return NULL;
}

/* V68, V34 */
static void import_failed_so_the_arena_is_searched_again(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("again", AT(0x100), 0x100, 0x10,
						  import_that_gives, NULL, NULL, 0, VM_SLEEP));

	memset(&source_log, 0, sizeof(source_log));
	again = vm;
	take(vm, 0x100, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, take(vm, 0x20, VM_NOSLEEP), 0x100);
	KUNIT_EXPECT_EQ(test, source_log.imports, 1);
	EXPECT_STATE(test, vm, "A0x100+0x20 F0x120+0xe0");
}

static void *import_that_recurses(vmem_t *source, size_t size, int vmflag)
{
	static bool inside;
	unsigned long small;

	if (inside)
		return vmem_alloc(source, size, vmflag);
	inside = true;
	small = take(again, 0x10, vmflag);
	vmem_add(again, AT(0x200), 0x10, vmflag);
	give(again, take(again, 0x10, vmflag), 0x10);
	if (vmem_contains(again, AT(small), 0x10))
		arena_clear(again);
	inside = false;
	return vmem_alloc(source, size, vmflag);
}

/* V67, G10 */
static void import_may_call_into_its_own_arena(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000);
	vmem_t *vm = arena_keep(test, vmem_create("inner", NULL, 0, 0x10, import_that_recurses,
						  source_export, source, 0, VM_SLEEP));

	again = vm;
	KUNIT_EXPECT_NE(test, take(vm, 0x1000, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_ALLOC), 0x1000);
	KUNIT_EXPECT_TRUE(test, vmem_contains(vm, AT(0x200), 0x10));
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

static int irqs_seen;

static void *import_that_looks(vmem_t *source, size_t size, int vmflag)
{
	irqs_seen = irqs_disabled();
	return vmem_alloc(source, size, vmflag);
}

static void export_that_looks(vmem_t *source, void *start, size_t size)
{
	irqs_seen = irqs_disabled();
	vmem_free(source, start, size);
}

/* V67, G10 */
static void import_keeps_the_callers_interrupt_state(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000);
	vmem_t *vm = arena_keep(test, vmem_create("irqs", NULL, 0, 0x10, import_that_looks,
						  export_that_looks, source, 0, VM_SLEEP));
	unsigned long at, flags;
	int off[2] = { true, true };

	irqs_seen = -1;
	at = take(vm, 0x10, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, irqs_seen, false);
	irqs_seen = -1;
	give(vm, at, 0x10);
	KUNIT_EXPECT_EQ(test, irqs_seen, false);
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return;
	local_irq_save(flags);
	at = take(vm, 0x10, VM_NOSLEEP);
	off[0] = irqs_seen;
	give(vm, at, 0x10);
	off[1] = irqs_seen;
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, off[0] && off[1]);
}

/* V69 */
static void import_cuts_from_the_end_that_was_asked_for(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000);
	vmem_t *low = kid_make(test, source, 0x10), *high = kid_make(test, source, 0x10);

	KUNIT_EXPECT_EQ(test, take(low, 0x20, VM_NOSLEEP), SOURCE_BASE);
	KUNIT_EXPECT_EQ(test, take(high, 0x20, VM_NOSLEEP | VM_ENDALLOC), SOURCE_BASE + 0x1fe0);
	EXPECT_STATE(test, low, "A0x100000+0x20 F0x100020+0xfe0");
	EXPECT_STATE(test, high, "F0x101000+0xfe0 A0x101fe0+0x20");
}

/* V70, V25: touching imports go back one by one, as they came */
static void export_returns_each_import_by_itself(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 0x10);
	unsigned long at[3];
	int i;

	for (i = 0; i < 3; i++)
		at[i] = take(kid, 0x1000 * (i + 1), VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, at[1], at[0] + 0x1000);
	for (i = 2; i >= 0; i--) {
		give(kid, at[i], 0x1000 * (i + 1));
		KUNIT_EXPECT_EQ(test, source_log.exports, 3 - i);
		KUNIT_EXPECT_EQ(test, source_log.export_start, at[i]);
		KUNIT_EXPECT_EQ(test, source_log.export_size, 0x1000 * (i + 1));
	}
	EXPECT_STATE(test, source, "F0x100000+0x100000");
}

/* V70, V42: nothing pins a span that is free */
static void export_is_not_held_up_by_a_rotor_or_walk(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 0x1000);
	int i;

	for (i = 0; i < 4; i++)
		take(kid, 0x1000, VM_NOSLEEP | VM_NEXTFIT);
	arena_clear(kid);
	KUNIT_EXPECT_EQ(test, source_log.exports, 4);
	EXPECT_SIZES(test, kid, 0, 0);
}

/* V107: what comes next needs no memory, be it the last that there was */
static void imports_and_additions_leave_a_reserve(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 0x10);
	int i;

	for (i = 1; i <= 20; i++) {
		KUNIT_EXPECT_NE(test, xtake(kid, 0x1000, 0x1000, 0x800, 0, 0, 0, VM_NOSLEEP), 0);
		KUNIT_EXPECT_EQ(test, source_log.imports, i);
		KUNIT_EXPECT_GE(test, kid->pool_n, VMEM_POOL_RESERVE);
	}
	for (i = 1; i <= 20; i++) {
		vmem_add(kid, AT(0x1000 * i), 0x10, VM_NOSLEEP);
		KUNIT_EXPECT_GE(test, kid->pool_n, VMEM_POOL_RESERVE);
	}
}

/* Where on the stack the topmost import function is, and how many were asked. */
static unsigned long top_frame;

static void *import_at_the_top(vmem_t *source, size_t size, int vmflag)
{
	top_frame = (unsigned long)__builtin_frame_address(0);
	return vmem_alloc(source, size, vmflag);
}

static void expect_stack_used_since(struct kunit *test, unsigned long here)
{
	unsigned long used = here - top_frame;

	kunit_info(test, "%lu bytes of stack for %d sources", used, VMEM_DEPTH_MAX);
	/* KCSAN makes frames half as large again, and the stack no larger. */
	KUNIT_EXPECT_LT(test, used, IS_ENABLED(CONFIG_KCSAN) ? THREAD_SIZE / 4 * 3 :
			THREAD_SIZE / 2);
	top_frame = 0;
}

/* V64, V67: as many sources above each other as the stack bears, and no more */
static void sources_above_each_other_fit_on_the_stack(struct kunit *test)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0), addr = 0;
	vmem_t *vm = arena_make(test, 1, 100, 1);
	int i;

	for (i = 0; i < VMEM_DEPTH_MAX; i++)
		vm = arena_keep(test, vmem_create("link", NULL, 0, 1,
						  i ? vmem_alloc : import_at_the_top, vmem_free,
						  vm, 0, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_SLEEP), 1);
	expect_stack_used_since(test, here);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(vm, 1, GFP_KERNEL, &addr), 0);
	expect_stack_used_since(test, here);
	EXPECT_MISUSE(test, vm = vmem_create("beyond", NULL, 0, 1, vmem_alloc, vmem_free, vm, 0,
					     VM_SLEEP));
	KUNIT_EXPECT_NULL(test, vm);
}

/* V71 */
static void siblings_share_a_source(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x4000);
	vmem_t *a = kid_make(test, source, 0x10), *b = kid_make(test, source, 0x1000);
	vmem_t *grandkid = kid_make(test, b, 0x10);

	take(a, 1, VM_NOSLEEP);
	take(b, 1, VM_NOSLEEP);
	take(grandkid, 0x1001, VM_NOSLEEP);
	EXPECT_SIZES(test, source, 0x4000, 0);
	EXPECT_SIZES(test, b, 0x2001, 0xfff);
	KUNIT_EXPECT_EQ(test, take(a, 0x1000, VM_NOSLEEP), 0);
	arena_clear(grandkid);
	EXPECT_SIZES(test, b, 1, 0xfff);
	EXPECT_SIZES(test, source, 0x2000, 0x2000);
}

static struct kunit_case vmem_import_cases[] = {
	KUNIT_CASE_PARAM(import_asks_for_what_the_request_needs, import_size_gen_params),
	KUNIT_CASE(import_only_when_nothing_fits),
	KUNIT_CASE(import_of_a_size_that_wraps),
	KUNIT_CASE(import_sees_the_memory_flags_alone),
	KUNIT_CASE_PARAM(import_of_a_bad_range_is_misuse, bad_import_gen_params),
	KUNIT_CASE(import_that_overlaps_goes_back_once),
	KUNIT_CASE(large_import_falls_back_to_what_is_needed),
	KUNIT_CASE(larger_import_is_not_slept_for),
	KUNIT_CASE(import_failed_so_the_arena_is_searched_again),
	KUNIT_CASE(import_may_call_into_its_own_arena),
	KUNIT_CASE(import_keeps_the_callers_interrupt_state),
	KUNIT_CASE(import_cuts_from_the_end_that_was_asked_for),
	KUNIT_CASE(export_returns_each_import_by_itself),
	KUNIT_CASE(export_is_not_held_up_by_a_rotor_or_walk),
	KUNIT_CASE(imports_and_additions_leave_a_reserve),
	KUNIT_CASE(sources_above_each_other_fit_on_the_stack),
	KUNIT_CASE(siblings_share_a_source),
	{}
};

static struct kunit_suite vmem_import_suite = {
	.name = "ddi_vmem_import",
	.init = balance_init,
	.test_cases = vmem_import_cases,
};

kunit_test_suite(vmem_import_suite);
