// SPDX-License-Identifier: GPL-2.0-only
/* vmem_create_kunit.c - creating arenas, adding spans, destroying */
#include <linux/delay.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

static vmem_t *create(unsigned long base, size_t size, size_t quantum, int vmflag)
{
	return vmem_create("create", AT(base), size, quantum, NULL, NULL, NULL, 0, vmflag);
}

/* V7 */
static void create_copies_and_truncates_the_name(struct kunit *test)
{
	char name[] = "a name of forty characters, and no more.";
	vmem_t *vm = arena_keep(test, vmem_create(name, NULL, 0, 1, NULL, NULL, NULL, 0, VM_SLEEP));
	vmem_t *same = arena_keep(test, vmem_create(name, NULL, 0, 1, NULL, NULL, NULL, 0,
						    VM_SLEEP));

	name[0] = 'X';
	KUNIT_EXPECT_STREQ(test, vm->name, "a name of forty characters, a");
	KUNIT_EXPECT_STREQ(test, same->name, vm->name);
}

/* V8, G5: a name does not look like a line of a table, or of the log */
static void create_escapes_the_name(struct kunit *test)
{
	static const char name[] = "a\nb\tc\x1b[0m";
	static const char shown[] = "vmem_create('a\\nb\\tc\\e[0m')";
	unsigned int before = ddi_kunit_logged(shown);
	vmem_t *vm = arena_keep(test, vmem_create(name, NULL, 0, 1, NULL, NULL, NULL, 0, VM_SLEEP));
	vmem_t *large = arena_keep(test, vmem_create("\1\1\1\1\1\1\1\1\1\1", NULL, 0, 1, NULL,
						     NULL, NULL, 0, VM_SLEEP));

	KUNIT_EXPECT_STREQ(test, vm->name, "a\\nb\\tc\\e[0m");
	KUNIT_EXPECT_STREQ(test, large->name, "\\001\\001\\001\\001\\001\\001\\001\\");
	EXPECT_MISUSE(test, vmem_create(name, AT(1), 0, 1, NULL, NULL, NULL, 0, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, ddi_kunit_logged(shown), before + 1);
}

/* V8 */
static void create_numbers_every_attempt(struct kunit *test)
{
	vmem_t *a = arena_make(test, 1, 1, 1), *b;
	u32 first = a->id;

	EXPECT_MISUSE(test, b = create(0, 1, 1, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, b);
	arena_close(test, a);
	b = arena_make(test, 1, 1, 1);
	KUNIT_EXPECT_EQ(test, b->id, first + 2);
}

struct bad_create {
	const char *desc;
	unsigned long base;
	size_t size, quantum;
};

static const struct bad_create bad_creates[] = {
	{ "quantum 0", 0x1000, 0x1000, 0 },
	{ "quantum 3", 3, 3, 3 },
	{ "quantum 0x1800", 0x1800, 0x1800, 0x1800 },
	{ "base 0 with size", 0, 10, 1 },
	{ "size 0 with base", 1, 0, 1 },
	{ "base misaligned", 3, 16, 16 },
	{ "size misaligned", 16, 17, 16 },
	{ "past the top", -0x1000UL, 0x2000, 0x1000 },
};

KUNIT_ARRAY_PARAM_DESC(bad_create, bad_creates, desc);

/* V9, V10, V11, V16, V131, G5, G6 */
static void create_with_bad_arguments_is_misuse(struct kunit *test)
{
	const struct bad_create *p = test->param_value;
	vmem_t *vm = test->priv;

	EXPECT_MISUSE(test, vm = create(p->base, p->size, p->quantum, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, vm);
	EXPECT_MISUSE(test, vm = create(p->base, p->size, p->quantum, VM_NOSLEEP));
	KUNIT_EXPECT_NULL(test, vm);
	EXPECT_MISUSE(test, vm = vmem_xcreate("bad", AT(p->base), p->size, p->quantum, NULL, NULL,
					      NULL, 0, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, vm);
}

/* V10, V20 */
static void create_empty_then_add_below(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0, 0, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0);
	KUNIT_EXPECT_PTR_EQ(test, vmem_add(vm, AT(100), 10, VM_SLEEP), AT(100));
	KUNIT_EXPECT_PTR_EQ(test, vmem_add(vm, AT(1), 10, VM_NOSLEEP), AT(1));
	EXPECT_STATE(test, vm, "F100+10 F1+10");
}

/* V12 */
static void create_either_way_gives_an_arena(struct kunit *test)
{
	vmem_t *nosleep = arena_keep(test, create(1, 10, 1, VM_NOSLEEP));

	EXPECT_STATE(test, nosleep, "F1+10");
	EXPECT_STATE(test, arena_keep(test, create(1, 10, 1, VM_SLEEP)), "F1+10");
}

static void *import_without_source(vmem_t *source, size_t size, int vmflag)
{
	return source ? NULL : AT(0x10000);
}

static void export_without_source(vmem_t *source, void *start, size_t size)
{
	source_log.exports += !source && size == 0x100;
}

/* V13, V64 */
static void create_without_source_still_imports(struct kunit *test)
{
	vmem_t *vm;

	memset(&source_log, 0, sizeof(source_log));
	vm = arena_keep(test, vmem_create("orphan", NULL, 0, 0x100, import_without_source,
					  export_without_source, NULL, 0, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0x10000);
	EXPECT_SIZES(test, vm, 1, 0xff);
	give(vm, 0x10000, 1);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
}

/* V13, V70 */
static void create_without_ffunc_keeps_imports(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000);
	vmem_t *kid = arena_keep(test, vmem_create("keeper", NULL, 0, 0x1000, source_import, NULL,
						   source, 0, VM_SLEEP));

	give(kid, take(kid, 0x1000, VM_NOSLEEP), 0x1000);
	EXPECT_SIZES(test, kid, 0, 0x1000);
	arena_close(test, kid);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0x1000);
}

/* V14 */
static void create_identifiers_changes_no_result(struct kunit *test)
{
	vmem_t *ids = arena_keep(test, create(1, 10, 1, VM_SLEEP | VMC_IDENTIFIER));
	vmem_t *mixed;

	KUNIT_EXPECT_EQ(test, take(ids, 3, VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take(ids, 8, VM_NOSLEEP), 0);
	EXPECT_NO_MISUSE(test, mixed = vmem_create("mixed", NULL, 0, 1, vmem_alloc, vmem_free, ids,
						   0, VM_SLEEP));
	arena_keep(test, mixed);
	KUNIT_EXPECT_EQ(test, take(mixed, 2, VM_NOSLEEP), 4);
}

/* V3, V15 */
static void create_ignores_policy_and_internal_bits(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, create(1, 30, 1, VM_SLEEP | VM_BESTFIT | VM_NEXTFIT |
					     VM_ENDALLOC | VMC_POPULATOR | VMC_XALLOC |
					     VMC_XALIGN | VMC_DUMPSAFE));

	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), 1);
	give(vm, 1, 3);
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), 1);
}

struct bad_add {
	const char *desc;
	unsigned long base;
	size_t size;
};

/* To an arena of quantum 16 that holds [0x100, 0x200). */
static const struct bad_add bad_adds[] = {
	{ "NULL", 0, 0x10 },
	{ "size 0", 0x1000, 0 },
	{ "NULL and size 0", 0, 0 },
	{ "start misaligned", 0x1008, 0x10 },
	{ "end misaligned", 0x1000, 0x18 },
	{ "the same again", 0x100, 0x100 },
	{ "inside", 0x120, 0x10 },
	{ "around", 0x80, 0x200 },
	{ "over the start", 0xf0, 0x20 },
	{ "over the end", 0x1f0, 0x20 },
	{ "past the top", -0x10UL, 0x20 },
	{ "past the top by far", 0x300, -0x100UL },
};

KUNIT_ARRAY_PARAM_DESC(bad_add, bad_adds, desc);

/* V21, V22, V23, V24, V131, G5, G6, G9 */
static void add_of_a_bad_range_is_misuse(struct kunit *test)
{
	const struct bad_add *p = test->param_value;
	vmem_t *vm = arena_make(test, 0x100, 0x100, 16);
	void *got = vm;

	EXPECT_MISUSE(test, got = vmem_add(vm, AT(p->base), p->size, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, got);
	EXPECT_MISUSE(test, got = vmem_add(vm, AT(p->base), p->size, VM_NOSLEEP));
	KUNIT_EXPECT_NULL(test, got);
	EXPECT_STATE(test, vm, "F0x100+0x100");
}

/* V23: between spans is no overlap, on any */
static void add_fills_a_gap_exactly(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 10, 10, 1);
	void *got = vm;

	vmem_add(vm, AT(30), 10, VM_SLEEP);
	EXPECT_MISUSE(test, got = vmem_add(vm, AT(19), 11, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, got);
	EXPECT_MISUSE(test, got = vmem_add(vm, AT(20), 11, VM_SLEEP));
	KUNIT_EXPECT_NULL(test, got);
	KUNIT_EXPECT_PTR_EQ(test, vmem_add(vm, AT(20), 10, VM_SLEEP), AT(20));
	EXPECT_STATE(test, vm, "F10+10 F30+10 F20+10");
}

/* V2, V20: the path that makes memory free may not wait for it, but gets some */
static void add_for_pageout(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 10, 10, 1);
	unsigned long at;

	/* So many that the arena must have new descriptors, too */
	for (at = 30; at < 30 + 100 * 20; at += 20)
		KUNIT_EXPECT_PTR_EQ(test, vmem_add(vm, AT(at), 10, VM_PUSHPAGE), AT(at));
	EXPECT_SIZES(test, vm, 0, 101 * 10);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V24, G8 */
static void add_up_to_the_top(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x10, 0x10, 0x10);

	KUNIT_EXPECT_PTR_EQ(test, vmem_add(vm, AT(-0x20UL), 0x20, VM_SLEEP), AT(-0x20UL));
	KUNIT_EXPECT_EQ(test, take(vm, 0x20, VM_NOSLEEP), -0x20UL);
	KUNIT_EXPECT_TRUE(test, vmem_contains(vm, AT(-1UL), 1));
	KUNIT_EXPECT_FALSE(test, vmem_contains(vm, AT(-1UL), 2));
}

/* V20, G8, G9: all integers but 0 */
static void add_the_whole_space(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, ULONG_MAX, 1);

	KUNIT_EXPECT_EQ(test, take(vm, ULONG_MAX, VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0);
	EXPECT_SIZES(test, vm, ULONG_MAX, 0);
	give(vm, 1, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_ENDALLOC), ULONG_MAX);
}

/* V25, V61 */
static void add_never_merges(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 10, 10, 1);

	vmem_add(vm, AT(20), 10, VM_SLEEP);
	KUNIT_EXPECT_EQ(test, take(vm, 11, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, take_at(vm, 15, 10), 0);
	take(vm, 10, VM_NOSLEEP);
	take(vm, 10, VM_NOSLEEP);
	EXPECT_STATE(test, vm, "A10+10 A20+10");
	give(vm, 20, 10);
	give(vm, 10, 10);
	EXPECT_STATE(test, vm, "F10+10 F20+10");
	KUNIT_EXPECT_FALSE(test, vmem_contains(vm, AT(19), 2));
}

/* V26, V70 */
static void add_to_an_importing_arena_is_never_exported(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 0x1000);
	unsigned long a, b;

	vmem_add(kid, AT(0x1000), 0x1000, VM_SLEEP);
	a = take(kid, 0x1000, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, a, 0x1000);
	b = take(kid, 0x1000, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, b, SOURCE_BASE);
	give(kid, a, 0x1000);
	KUNIT_EXPECT_EQ(test, source_log.exports, 0);
	give(kid, b, 0x1000);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
	EXPECT_STATE(test, kid, "F0x1000+0x1000");
}

/* V28 */
static void add_lets_an_exhausted_arena_grow(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 4, 1);
	int i;

	for (i = 1; i <= 4; i++)
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), i);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), 0);
	vmem_add(vm, AT(vmem_size(vm, VMEM_ALLOC | VMEM_FREE) + 1), 3, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), 5);
	EXPECT_STATE(test, vm, "A1+1 A2+1 A3+1 A4+1 A5+3");
}

/* V114 */
static void destroy_null_does_nothing(struct kunit *test)
{
	EXPECT_NO_MISUSE(test, vmem_destroy(NULL));
}

/* Destroy an arena with five units in two allocations; has the log got @text then? */
static bool leak_is_logged(struct kunit *test, const char *name, int flags, const char *text)
{
	vmem_t *vm = vmem_create(name, AT(1), 10, 1, NULL, NULL, NULL, 0, VM_SLEEP | flags);
	unsigned int before = ddi_kunit_logged(text);

	KUNIT_ASSERT_NOT_NULL(test, vm);
	take(vm, 3, VM_NOSLEEP);
	take(vm, 2, VM_NOSLEEP);
	EXPECT_MISUSE(test, vmem_destroy(vm));
	return ddi_kunit_logged(text) == before + 1;
}

static void expect_leak(struct kunit *test, const char *name, int flags, const char *text)
{
	if (leak_is_logged(test, name, flags, text))
		return;
	/* Many such reports right before are followed by a pause. */
	ssleep(6);
	KUNIT_EXPECT_TRUE_MSG(test, leak_is_logged(test, name, flags, text), "%s", text);
}

/* V14, V111, V131, V113 */
static void destroy_with_leaks_is_reported_and_done(struct kunit *test)
{
	expect_leak(test, "leaky", 0, "vmem_destroy('leaky'): leaked 5 bytes in 2 allocations");
	expect_leak(test, "ids", VMC_IDENTIFIER,
		    "vmem_destroy('ids'): leaked 5 identifiers in 2 allocations");
}

/* V113 */
static void destroy_forgets_added_spans(struct kunit *test)
{
	vmem_t *vm = create(1, 10, 1, VM_SLEEP);

	KUNIT_ASSERT_NOT_NULL(test, vm);
	vmem_add(vm, AT(100), 10, VM_SLEEP);
	EXPECT_NO_MISUSE(test, vmem_destroy(vm));
}

/* V112 */
static void destroy_returns_free_imports_only(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000);
	vmem_t *kid = vmem_create("leaky", NULL, 0, 0x1000, source_import, source_export, source,
				  0, VM_SLEEP);
	unsigned long leaked, freed;

	KUNIT_ASSERT_NOT_NULL(test, kid);
	leaked = take(kid, 0x1000, VM_NOSLEEP);
	freed = take(kid, 0x1000, VM_NOSLEEP | VM_NEXTFIT);
	give(kid, freed, 0x1000);
	EXPECT_MISUSE(test, vmem_destroy(kid));
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0x1000);
	EXPECT_STATE(test, source, "A0x100000+0x1000 F0x101000+0xf000");
	KUNIT_EXPECT_EQ(test, leaked, SOURCE_BASE);
}

/* V115, V110, V131 */
static void destroy_of_a_source_is_refused(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 0x1000);

	take(kid, 0x1000, VM_NOSLEEP);
	EXPECT_MISUSE(test, vmem_destroy(source));
	EXPECT_STATE(test, source, "A0x100000+0x1000 F0x101000+0xf000");
	arena_clear(kid);
	EXPECT_MISUSE(test, vmem_destroy(source));
	arena_close(test, kid);
	EXPECT_NO_MISUSE(test, arena_close(test, source));
}

static struct kunit_case vmem_create_cases[] = {
	KUNIT_CASE(create_copies_and_truncates_the_name),
	KUNIT_CASE(create_escapes_the_name),
	KUNIT_CASE(create_numbers_every_attempt),
	KUNIT_CASE_PARAM(create_with_bad_arguments_is_misuse, bad_create_gen_params),
	KUNIT_CASE(create_empty_then_add_below),
	KUNIT_CASE(create_either_way_gives_an_arena),
	KUNIT_CASE(create_without_source_still_imports),
	KUNIT_CASE(create_without_ffunc_keeps_imports),
	KUNIT_CASE(create_identifiers_changes_no_result),
	KUNIT_CASE(create_ignores_policy_and_internal_bits),
	KUNIT_CASE_PARAM(add_of_a_bad_range_is_misuse, bad_add_gen_params),
	KUNIT_CASE(add_fills_a_gap_exactly),
	KUNIT_CASE(add_for_pageout),
	KUNIT_CASE(add_up_to_the_top),
	KUNIT_CASE(add_the_whole_space),
	KUNIT_CASE(add_never_merges),
	KUNIT_CASE(add_to_an_importing_arena_is_never_exported),
	KUNIT_CASE(add_lets_an_exhausted_arena_grow),
	KUNIT_CASE(destroy_null_does_nothing),
	KUNIT_CASE(destroy_with_leaks_is_reported_and_done),
	KUNIT_CASE(destroy_forgets_added_spans),
	KUNIT_CASE(destroy_returns_free_imports_only),
	KUNIT_CASE(destroy_of_a_source_is_refused),
	{}
};

static struct kunit_suite vmem_create_suite = {
	.name = "ddi_vmem_create",
	.init = balance_init,
	.test_cases = vmem_create_cases,
};

kunit_test_suite(vmem_create_suite);
