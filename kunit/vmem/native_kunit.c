// SPDX-License-Identifier: GPL-2.0-only
/* native_kunit.c - <ddi/vmem.h>: creation, allocation at once, errors, queries, cleanup */
#include <ddi/vmem.h>

#include <linux/bitmap.h>
#include <linux/device.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/vmem_helpers.h"

/* An arena of its own lock class that goes when the case ends. */
#define native_make(test, ...)							\
	native_keep(test, ddi_vmem_create((&(struct ddi_vmem_config){		\
		.name = "native", .gfp = GFP_KERNEL, __VA_ARGS__ })))

static vmem_t *native_keep(struct kunit *test, vmem_t *vm)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	return arena_keep(test, vm);
}

/* N1, N5, N13 */
static void alloc_and_free(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 0x1000, .size = 0x1000, .quantum = 0x100);
	unsigned long addr = 1;

	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(vm, 0x180, GFP_KERNEL, &addr), 0);
	KUNIT_EXPECT_EQ(test, addr, 0x1000);
	EXPECT_STATE(test, vm, "A0x1000+0x180 F0x1200+0xe00");
	ddi_vmem_free(vm, addr, 0x180);
	EXPECT_STATE(test, vm, "F0x1000+0x1000");
}

/* N1: quantum 0 is 1; N2 */
static void create_refuses_misuse(struct kunit *test)
{
	vmem_t *vm = NULL;

	KUNIT_EXPECT_EQ(test, native_make(test, .base = 1, .size = 7)->quantum, 1);
	EXPECT_MISUSE(test, vm = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = "bad", .base = 1, .size = 7, .quantum = 3, .gfp = GFP_KERNEL })));
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(vm), -EINVAL);
}

/* N4 */
static void add_tells_misuse(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 0x10, .size = 0x10);
	int err = 0;

	KUNIT_EXPECT_EQ(test, ddi_vmem_add(vm, 0x40, 0x10, GFP_KERNEL), 0);
	EXPECT_MISUSE(test, err = ddi_vmem_add(vm, 0x1f, 2, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	EXPECT_MISUSE(test, err = ddi_vmem_add(vm, 0, 2, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	EXPECT_SIZES(test, vm, 0, 0x20);
}

/* N5, N6: and *addr stays as it is */
static void full_is_enospc_and_nothing_is_einval(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 1, .size = 10);
	unsigned long addr = 77;
	int err = 0;

	EXPECT_NO_MISUSE(test, err = ddi_vmem_alloc(vm, 11, GFP_KERNEL, &addr));
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	EXPECT_NO_MISUSE(test, err = ddi_vmem_alloc(vm, SIZE_MAX, GFP_KERNEL, &addr));
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	EXPECT_MISUSE(test, err = ddi_vmem_alloc(vm, 0, GFP_KERNEL, &addr));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	KUNIT_EXPECT_EQ(test, addr, 77);
	KUNIT_EXPECT_GE(test, arena_stat(vm, VMEM_STAT_FAIL), 1);
}

/* N6: there is space but no bookkeeping memory, and then the reverse */
static void short_memory_is_enomem(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 1, .size = 1000);
	unsigned long addr;
	int err, n = 0;

	need_faults(test);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	/* Every other unit, so that none joins another. */
	do {
		err = ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
			.size = 1, .min = 2 * n + 2, .end = 2 * n + 3, .gfp = GFP_KERNEL }, &addr);
	} while (!err && ++n < 400);
	KUNIT_EXPECT_EQ(test, err, -ENOMEM);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc_wait(vm, 600, GFP_KERNEL, TASK_KILLABLE, HZ, &addr),
			-ENOMEM);
	fail_percent(DDI_FAIL_DESCRIPTORS, 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(vm, 600, GFP_KERNEL, &addr), 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(vm, 600, GFP_KERNEL, &addr), -ENOSPC);
}

/* N6: in the arena that is imported from, and above that */
static void short_memory_of_an_import_is_enomem(struct kunit *test)
{
	vmem_t *root = native_make(test, .base = 1, .size = 100);
	vmem_t *mid = native_make(test, .source = root), *leaf = native_make(test, .source = mid);
	unsigned long addr;

	need_faults(test);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(leaf, 1, GFP_KERNEL, &addr), -ENOMEM);
	fail_percent(DDI_FAIL_DESCRIPTORS, 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(leaf, 100, GFP_KERNEL, &addr), 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(leaf, 1, GFP_KERNEL, &addr), -ENOSPC);
}

/* N6: memory was short for a larger import than is needed, and then space for the request */
static void short_memory_for_a_larger_import_is_not_enomem(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x1000), *kid;
	unsigned long addr;

	need_faults(test);
	kid = arena_keep(test, vmem_create("kid", NULL, 0, 0x1000, source_import, source_export,
					   source, 0x8000, VM_SLEEP | VMC_NO_QCACHE));
	source_log.fail = true;
	fail_next(DDI_FAIL_DESCRIPTORS, 1);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(kid, 0x2000, GFP_KERNEL, &addr), -ENOSPC);
	KUNIT_EXPECT_EQ(test, fail_percent(DDI_FAIL_DESCRIPTORS, 0), INT_MAX);
	KUNIT_EXPECT_EQ(test, source_log.imports, 1);
}

struct import_kind {
	gfp_t gfp;
	int flags;
	const char *desc;
};

static const struct import_kind import_kinds[] = {
	{ GFP_KERNEL, VM_SLEEP, "GFP_KERNEL" },
	{ GFP_NOFS, VM_PUSHPAGE, "GFP_NOFS" },
	{ GFP_NOIO, VM_PUSHPAGE, "GFP_NOIO" },
	{ GFP_NOWAIT, VM_NOSLEEP | VM_NORMALPRI, "GFP_NOWAIT" },
	{ GFP_ATOMIC, VM_NOSLEEP, "GFP_ATOMIC" },
};

KUNIT_ARRAY_PARAM_DESC(import_kind, import_kinds, desc);

/* N7 */
static void gfp_tells_an_import_whether_it_may_sleep(struct kunit *test)
{
	const struct import_kind *kind = test->param_value;
	vmem_t *source = source_make(test, 0x10000);
	vmem_t *kid = native_make(test, .source = source, .quantum = 0x1000,
				  .import = source_import, .export = source_export);
	unsigned long addr;

	KUNIT_ASSERT_EQ(test, ddi_vmem_alloc(kid, 0x1000, kind->gfp, &addr), 0);
	KUNIT_EXPECT_EQ(test, source_log.import_flags, kind->flags);
	ddi_vmem_free(kid, addr, 0x1000);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
}

/* N7: where pages come from is not asked, and Linux does not warn */
static void gfp_of_other_pages_serves(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_HIGHUSER_MOVABLE, GFP_KERNEL | GFP_DMA | __GFP_ZERO };
	unsigned long addr, n;
	int i;

	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		struct ddi_vmem_config config = {
			.name = "native", .base = 1, .size = 1, .gfp = gfps[i],
		};
		vmem_t *vm = native_keep(test, ddi_vmem_create(&config));

		for (n = 10; n < 2000; n += 10) {
			KUNIT_ASSERT_EQ(test, ddi_vmem_add(vm, n, 5, gfps[i]), 0);
			KUNIT_ASSERT_EQ(test, ddi_vmem_alloc(vm, 4, gfps[i], &addr), 0);
		}
	}
}

/* N11 */
static void request_obeys_constraints_and_policies(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 0x10, .size = 0x100);
	unsigned long a, b, c;

	KUNIT_ASSERT_EQ(test, ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 5, .align = 0x20, .phase = 4, .gfp = GFP_KERNEL }, &a), 0);
	KUNIT_EXPECT_EQ(test, a, 0x24);
	KUNIT_ASSERT_EQ(test, ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 4, .min = 0x40, .end = 0x50, .high = true, .gfp = GFP_KERNEL }, &b), 0);
	KUNIT_EXPECT_EQ(test, b, 0x4c);
	KUNIT_ASSERT_EQ(test, ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 0x10, .policy = DDI_VMEM_BESTFIT, .gfp = GFP_KERNEL }, &c), 0);
	KUNIT_EXPECT_EQ(test, c, 0x10);
	ddi_vmem_free(vm, b, 4);
	KUNIT_ASSERT_EQ(test, ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 8, .nocross = 8, .policy = DDI_VMEM_FIRSTFIT, .gfp = GFP_KERNEL }, &b), 0);
	KUNIT_EXPECT_EQ(test, b, 0x30);
}

/* N11: identifiers are not reused at once */
static void next_fit_goes_on(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 1, .size = 3, .identifier = true, .qcache_max = 1);
	const struct ddi_vmem_request next = {
		.size = 1, .policy = DDI_VMEM_NEXTFIT, .gfp = GFP_KERNEL,
	};
	unsigned long id, i;

	for (i = 0; i < 7; i++) {
		KUNIT_ASSERT_EQ(test, ddi_vmem_xalloc(vm, &next, &id), 0);
		KUNIT_EXPECT_EQ(test, id, i % 3 + 1);
		ddi_vmem_free(vm, id, 1);
	}
}

/* N12 */
static void constraint_that_cannot_be_met(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 1, .size = 100);
	unsigned long addr;
	int err = 0;

	EXPECT_NO_MISUSE(test, err = ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 8, .align = 64, .min = 65, .end = 127, .gfp = GFP_KERNEL,
		.timeout = MAX_SCHEDULE_TIMEOUT }, &addr));
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	EXPECT_MISUSE(test, err = ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 8, .align = 3, .gfp = GFP_KERNEL }, &addr));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	EXPECT_MISUSE(test, err = ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 8, .align = 4, .policy = DDI_VMEM_NEXTFIT, .gfp = GFP_KERNEL }, &addr));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	EXPECT_MISUSE(test, err = ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 8, .high = true, .policy = DDI_VMEM_NEXTFIT, .gfp = GFP_KERNEL }, &addr));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	EXPECT_MISUSE(test, err = ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 8, .end = 50, .policy = DDI_VMEM_NEXTFIT, .gfp = GFP_KERNEL }, &addr));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	EXPECT_MISUSE(test, err = ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
		.size = 8, .policy = DDI_VMEM_NEXTFIT + 1, .gfp = GFP_KERNEL }, &addr));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	KUNIT_EXPECT_EQ(test, ddi_vmem_largest(vm), 100);
}

/* N13: of either family, cached or not */
static void one_free_serves_all(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 1, .size = 100, .qcache_max = 8);
	unsigned long a;

	ddi_vmem_free(vm, take(vm, 4, VM_SLEEP), 4);
	ddi_vmem_free(vm, xtake(vm, 4, 4, 0, 0, 0, 0, VM_SLEEP), 4);
	ddi_vmem_free(vm, take(vm, 40, VM_SLEEP), 40);
	KUNIT_ASSERT_EQ(test, ddi_vmem_alloc(vm, 4, GFP_KERNEL, &a), 0);
	EXPECT_NO_MISUSE(test, give(vm, a, 4));
	EXPECT_MISUSE(test, ddi_vmem_free(vm, a, 4));
	a = xtake(vm, 4, 4, 0, 0, 0, 0, VM_SLEEP);
	EXPECT_MISUSE(test, ddi_vmem_free(vm, a, 5));
	EXPECT_NO_MISUSE(test, ddi_vmem_free(vm, a, 4));
	EXPECT_SIZES(test, vm, 0, 100);
}

struct query_kind {
	const char *desc;
	size_t qcache_max;
	bool by_addr;
};

static const struct query_kind query_kinds[] = {
	{ "largest alone", 0, false },
	{ "both", 0, true },
	{ "with caches", 4, true },
};

KUNIT_ARRAY_PARAM_DESC(query_kind, query_kinds, desc);

#define UNITS	120

static unsigned long longest_run(const unsigned long *used)
{
	unsigned long longest = 0, start, end;

	for (start = find_next_zero_bit(used, UNITS, 0); start < UNITS;
	     start = find_next_zero_bit(used, UNITS, end)) {
		end = find_next_bit(used, UNITS, start);
		longest = max(longest, end - start);
	}
	return longest;
}

static void expect_answers(struct kunit *test, vmem_t *vm, const unsigned long *used)
{
	const struct query_kind *kind = test->param_value;
	unsigned long at, longest = longest_run(used), found = ddi_vmem_largest(vm);

	if (kind->qcache_max)
		KUNIT_ASSERT_LE(test, found, longest);
	else
		KUNIT_ASSERT_EQ(test, found, longest);
	for (at = 0; at < UNITS && kind->by_addr; at++)
		KUNIT_ASSERT_EQ(test, ddi_vmem_is_allocated(vm, at + 1), test_bit(at, used));
}

/* N14, N15: after each of many random steps, as a bitmap says */
static void queries_tell_what_a_bitmap_does(struct kunit *test)
{
	const struct query_kind *kind = test->param_value;
	vmem_t *vm = native_make(test, .base = 1, .size = UNITS,
				 .qcache_max = kind->qcache_max);
	unsigned long used[BITS_TO_LONGS(UNITS)] = {}, addr[16] = {}, i, step;
	struct rnd_state rnd;
	size_t size[16];

	ddi_kunit_seed(test, &rnd);
	for (step = 0; step < ddi_kunit_steps(2000); step++) {
		i = ddi_kunit_below(&rnd, 16);
		if (addr[i]) {
			ddi_vmem_free(vm, addr[i], size[i]);
			bitmap_clear(used, addr[i] - 1, size[i]);
			addr[i] = 0;
		} else {
			size[i] = 1 + ddi_kunit_below(&rnd, 20);
			if (!ddi_vmem_alloc(vm, size[i], GFP_KERNEL, &addr[i]))
				bitmap_set(used, addr[i] - 1, size[i]);
		}
		expect_answers(test, vm, used);
	}
	KUNIT_EXPECT_FALSE(test, ddi_vmem_is_allocated(vm, UNITS + 1));
	KUNIT_EXPECT_FALSE(test, ddi_vmem_is_allocated(vm, 0));
}

/* N14 */
static void largest_of_nothing_is_0(struct kunit *test)
{
	vmem_t *vm = native_make(test, .base = 0x1000, .size = 0x100000, .quantum = 0x1000);
	unsigned long addr;

	KUNIT_EXPECT_EQ(test, ddi_vmem_largest(vm), 0x100000);
	KUNIT_ASSERT_EQ(test, ddi_vmem_alloc(vm, 0x100000, GFP_KERNEL, &addr), 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_largest(vm), 0);
}

/* N16 */
static void devm_undoes_in_reverse_order(struct kunit *test)
{
	/* Linux 6.1 runs a module's suites before sysfs has what a device links to. */
	struct device *dev = __root_device_register("ddi-native-test", NULL);
	vmem_t *outer = native_make(test, .base = 1, .size = 100), *inner;
	unsigned long addr;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	inner = devm_ddi_vmem_create(dev, (&(struct ddi_vmem_config){
		.name = "inner", .source = outer, .gfp = GFP_KERNEL }));
	KUNIT_EXPECT_FALSE(test, IS_ERR(inner));
	KUNIT_EXPECT_EQ(test, devm_ddi_vmem_xalloc(dev, inner, &(struct ddi_vmem_request){
		.size = 10, .gfp = GFP_KERNEL }, &addr), 0);
	KUNIT_EXPECT_EQ(test, devm_ddi_vmem_xalloc(dev, inner, &(struct ddi_vmem_request){
		.size = 1000, .gfp = GFP_KERNEL }, &addr), -ENOSPC);
	EXPECT_SIZES(test, outer, 10, 90);
	EXPECT_NO_MISUSE(test, root_device_unregister(dev));
	EXPECT_SIZES(test, outer, 0, 100);
}

#ifdef DEFINE_FREE
static unsigned long take_in_a_scope(vmem_t *vm, bool keep)
{
	struct ddi_vmem_segment seg __free(ddi_vmem_segment) = { .vm = vm, .size = 10 };

	if (ddi_vmem_alloc(seg.vm, seg.size, GFP_KERNEL, &seg.addr))
		return 0;
	return keep ? ddi_vmem_keep(&seg) : seg.addr;
}

/* N17 */
static void scope_frees_unless_kept(struct kunit *test)
{
	vmem_t *vm __free(ddi_vmem) = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = "scope", .base = 1, .size = 15, .gfp = GFP_KERNEL }));
	unsigned long kept;

	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	KUNIT_EXPECT_EQ(test, take_in_a_scope(vm, false), 1);
	EXPECT_SIZES(test, vm, 0, 15);
	kept = take_in_a_scope(vm, true);
	EXPECT_SIZES(test, vm, 10, 5);
	KUNIT_EXPECT_EQ(test, take_in_a_scope(vm, false), 0);
	ddi_vmem_free(vm, kept, 10);
}
#else
static void scope_frees_unless_kept(struct kunit *test)
{
	kunit_skip(test, "no linux/cleanup.h in this kernel");
}
#endif

#ifdef CONFIG_LOCKDEP
static vmem_t *made_here(struct kunit *test)
{
	return native_make(test, .base = 1, .size = 1);
}

/* N3 */
static void each_place_has_a_lock_class(struct kunit *test)
{
	vmem_t *one = made_here(test), *two = made_here(test);
	vmem_t *other = native_make(test, .base = 1, .size = 1);
	vmem_t *old = arena_make(test, 1, 1, 1);

	KUNIT_EXPECT_PTR_EQ(test, one->lock.dep_map.key, two->lock.dep_map.key);
	KUNIT_EXPECT_PTR_NE(test, one->lock.dep_map.key, other->lock.dep_map.key);
	KUNIT_EXPECT_PTR_NE(test, one->lock.dep_map.key, old->lock.dep_map.key);
}
#else
static void each_place_has_a_lock_class(struct kunit *test)
{
	kunit_skip(test, "no lockdep in this kernel");
}
#endif

static struct kunit_case native_cases[] = {
	KUNIT_CASE(alloc_and_free),
	KUNIT_CASE(create_refuses_misuse),
	KUNIT_CASE(add_tells_misuse),
	KUNIT_CASE(full_is_enospc_and_nothing_is_einval),
	KUNIT_CASE(short_memory_is_enomem),
	KUNIT_CASE(short_memory_of_an_import_is_enomem),
	KUNIT_CASE(short_memory_for_a_larger_import_is_not_enomem),
	KUNIT_CASE_PARAM(gfp_tells_an_import_whether_it_may_sleep, import_kind_gen_params),
	KUNIT_CASE(gfp_of_other_pages_serves),
	KUNIT_CASE(request_obeys_constraints_and_policies),
	KUNIT_CASE(next_fit_goes_on),
	KUNIT_CASE(constraint_that_cannot_be_met),
	KUNIT_CASE(one_free_serves_all),
	KUNIT_CASE_PARAM(queries_tell_what_a_bitmap_does, query_kind_gen_params),
	KUNIT_CASE(largest_of_nothing_is_0),
	KUNIT_CASE(devm_undoes_in_reverse_order),
	KUNIT_CASE(scope_frees_unless_kept),
	KUNIT_CASE(each_place_has_a_lock_class),
	{}
};

static void native_exit(struct kunit *test)
{
	fail_percent(DDI_FAIL_DESCRIPTORS, 0);
}

static struct kunit_suite native_suite = {
	.name = "ddi_native",
	.exit = native_exit,
	.init = balance_init,
	.test_cases = native_cases,
};

kunit_test_suite(native_suite);
