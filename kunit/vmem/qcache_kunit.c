// SPDX-License-Identifier: GPL-2.0-only
/* qcache_kunit.c - quantum caches: what they must never be seen to do */
#include "ddi_vmem/cache/magazine.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/qcache_helpers.h"
#include "kunit/lib/waiters_helpers.h"

/* V76: small arenas give all they have */
static void small_arena_gives_all(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("ids", AT(1), 10, 1, NULL, NULL, NULL, 1,
						  VM_SLEEP | VMC_IDENTIFIER));
	struct hoard *h = hoard_make(test, vm, 1);

	hoard_fill(h);
	KUNIT_EXPECT_EQ(test, h->n, 10);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), 0);
	hoard_empty(h);
	expect_sound(test, vm, 0);
}

/* V73: sizes up to 16 quanta, rounded down to the quantum */
static void effective_maximum(struct kunit *test)
{
	static const struct { size_t max, effective; } row[] = {
		{ 0, 0 }, { Q - 1, 0 }, { Q, Q }, { Q + Q / 2, Q }, { 16 * Q, 16 * Q },
		{ 256 * Q, 16 * Q },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		vmem_t *vm = vmem_create("max", NULL, 0, Q, NULL, NULL, NULL, row[i].max, VM_SLEEP);

		KUNIT_ASSERT_NOT_NULL(test, vm);
		KUNIT_EXPECT_EQ(test, vm->qc_max, row[i].effective);
		vmem_destroy(vm);
	}
}

/* V77, V82: no caches for a creation that may not sleep, nor with VMC_NO_QCACHE */
static void creation_without_caches(struct kunit *test)
{
	vmem_t *a = arena_keep(test, vmem_create("a", NULL, 0, Q, NULL, NULL, NULL, Q,
						 VM_NOSLEEP));
	vmem_t *b = qcache_make(test, 4, 4, VMC_NO_QCACHE);
	vmem_t *c = arena_keep(test, vmem_create("c", NULL, 0, BIT(BITS_PER_LONG - 2), NULL,
						 NULL, NULL, -1UL, VM_SLEEP | VMC_NO_QCACHE));

	KUNIT_EXPECT_EQ(test, a->qc_max, 0);
	KUNIT_EXPECT_EQ(test, b->qc_max, 0);
	/* Its slabs would be larger than the address space. */
	KUNIT_EXPECT_EQ(test, c->min_import, 64);
}

static void count_live(void *arg, void *start, size_t size)
{
	*(unsigned long *)arg += size;
}

/* V81, C10: sizes and walks count live objects only */
static void sizes_count_live_objects(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 64, 4, 0);
	unsigned long alloc = 0, free = 0;
	void *a = vmem_alloc(vm, Q, VM_SLEEP), *b = vmem_alloc(vm, 2 * Q + 8, VM_SLEEP);

	expect_sound(test, vm, 3 * Q + 8);
	vmem_free(vm, a, Q);
	expect_sound(test, vm, 2 * Q + 8);
	vmem_walk(vm, VMEM_ALLOC, count_live, &alloc);
	vmem_walk(vm, VMEM_FREE, count_live, &free);
	KUNIT_EXPECT_EQ(test, alloc, 2 * Q + 8);
	KUNIT_EXPECT_EQ(test, free, 61 * Q);
	vmem_free(vm, b, 2 * Q + 8);
	expect_sound(test, vm, 0);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), 64 * Q);
}

/* V95, V96: what CPUs add up in motion is never more than all or less than nothing */
static void sizes_of_objects_in_motion_stay_in_bounds(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 64, 4, 0);
	long moved[] = { -Q, 65 * Q };
	int i;

	for (i = 0; i < ARRAY_SIZE(moved); i++) {
		per_cpu_ptr(vm->qcpu, 0)->inuse += moved[i];
		KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_ALLOC), i ? 64 * Q : 0);
		KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), i ? 0 : 64 * Q);
		per_cpu_ptr(vm->qcpu, 0)->inuse -= moved[i];
	}
	expect_sound(test, vm, 0);
}

/* V76: cached space serves requests of other sizes and under constraints */
static void cached_space_serves_all(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 200, 1, 0);
	struct hoard *h = hoard_make(test, vm, Q);
	void *all;

	hoard_fill(h);
	KUNIT_EXPECT_EQ(test, h->n, 200);
	hoard_empty(h);
	all = vmem_alloc(vm, 200 * Q, VM_NOSLEEP);
	KUNIT_EXPECT_PTR_EQ(test, all, AT(Q));
	vmem_free(vm, all, 200 * Q);
	hoard_fill(h);
	hoard_empty(h);
	/* One specific unit. */
	all = vmem_xalloc(vm, Q, 0, 0, 0, AT(50 * Q), AT(51 * Q), VM_NOSLEEP);
	KUNIT_EXPECT_PTR_EQ(test, all, AT(50 * Q));
	vmem_xfree(vm, all, Q);
	expect_sound(test, vm, 0);
}

/* V48: policies do not apply to cached sizes */
static void policies_are_ignored(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 64, 1, 0);
	void *a = vmem_alloc(vm, Q, VM_SLEEP);

	vmem_free(vm, a, Q);
	KUNIT_EXPECT_PTR_EQ(test, vmem_alloc(vm, Q, VM_SLEEP | VM_NEXTFIT), a);
	vmem_free(vm, a, Q);
	KUNIT_EXPECT_PTR_EQ(test, vmem_alloc(vm, Q, VM_SLEEP | VM_ENDALLOC | VM_BESTFIT), a);
	vmem_free(vm, a, Q);
}

/* Does a cache hold what starts at @start? */
static bool is_in_cache(vmem_t *vm, unsigned long start)
{
	struct vmem_seg *seg;
	unsigned long flags;
	bool cached;

	spin_lock_irqsave(&vm->lock, flags);
	seg = vmem_hash_find(vm, start);
	cached = seg && seg_type(seg) == VMEM_SEG_ALLOC && seg_is_cached(seg);
	spin_unlock_irqrestore(&vm->lock, flags);
	return cached;
}

struct chooser {
	const char *desc;
	unsigned long (*take)(vmem_t *vm);
	unsigned long at;
};

static unsigned long take_best(vmem_t *vm)
{
	return take(vm, 5, VM_NOSLEEP | VM_BESTFIT);
}

static unsigned long xtake_best(vmem_t *vm)
{
	return xtake(vm, 5, 0, 0, 0, 0, 0, VM_NOSLEEP | VM_BESTFIT);
}

static unsigned long take_first(vmem_t *vm)
{
	return take(vm, 5, VM_NOSLEEP | VM_FIRSTFIT);
}

static unsigned long xtake_first(vmem_t *vm)
{
	return xtake(vm, 5, 0, 0, 0, 0, 0, VM_NOSLEEP | VM_FIRSTFIT);
}

static unsigned long take_next(vmem_t *vm)
{
	return take(vm, 5, VM_NOSLEEP | VM_NEXTFIT);
}

static unsigned long take_end(vmem_t *vm)
{
	return take(vm, 5, VM_NOSLEEP | VM_BESTFIT | VM_ENDALLOC);
}

static unsigned long xtake_below(vmem_t *vm)
{
	return xtake(vm, 5, 0, 0, 0, 0, 21, VM_NOSLEEP);
}

static const struct chooser choosers[] = {
	{ "best fit", take_best, 1 },
	{ "best fit of vmem_xalloc", xtake_best, 1 },
	{ "first fit", take_first, 1 },
	{ "first fit of vmem_xalloc", xtake_first, 1 },
	{ "next fit", take_next, 1 },
	{ "high end", take_end, 1 },
	{ "in a window", xtake_below, 1 },
};

KUNIT_ARRAY_PARAM_DESC(chooser, choosers, desc);

/* V40-V43, V46, V50, V76: free runs of 1 to 5 and 16 to 21, of which the cache holds 1 */
static void policy_sees_what_is_cached(struct kunit *test)
{
	const struct chooser *c = test->param_value;
	vmem_t *vm = arena_keep(test, vmem_create("cached", AT(1), 21, 1, NULL, NULL, NULL, 1,
						  VM_SLEEP));

	KUNIT_ASSERT_EQ(test, take(vm, 1, VM_SLEEP), 1);
	KUNIT_ASSERT_EQ(test, xtake(vm, 4, 0, 0, 0, 0, 0, VM_SLEEP), 2);
	KUNIT_ASSERT_EQ(test, xtake(vm, 10, 0, 0, 0, 0, 0, VM_SLEEP), 6);
	xgive(vm, 2, 4);
	give(vm, 1, 1);
	KUNIT_EXPECT_TRUE(test, is_in_cache(vm, 1));
	KUNIT_EXPECT_EQ(test, c->take(vm), c->at);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
}

/* V43, V48: an identifier is not reused before the marker has wrapped */
static void identifiers_with_a_policy_bypass_the_cache(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("ids", AT(1), 10, 1, NULL, NULL, NULL, 1,
						  VM_SLEEP | VMC_IDENTIFIER));
	unsigned long i;

	for (i = 1; i <= 10; i++) {
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_NEXTFIT), i);
		give(vm, i, 1);
		KUNIT_EXPECT_FALSE(test, is_in_cache(vm, i));
	}
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_ENDALLOC), 10);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 1);
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	/* V63: the pairing is that of any other vmem_alloc() */
	EXPECT_MISUSE(test, xgive(vm, 1, 1));
	EXPECT_MISUSE(test, give(vm, 1, 2));
	give(vm, 1, 1);
	EXPECT_MISUSE(test, give(vm, 1, 1));
	/* And the others are cached as ever. */
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP), 1);
	give(vm, 1, 1);
	KUNIT_EXPECT_TRUE(test, is_in_cache(vm, 1));
}

/* V63, V78: wrong frees in an arena with caches */
static void wrong_frees_are_caught(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 64, 4, 0);
	void *a = vmem_alloc(vm, 3 * Q - 8, VM_SLEEP), *b, *x;

	EXPECT_MISUSE(test, vmem_free(vm, a, 2 * Q));
	EXPECT_MISUSE(test, vmem_free(vm, a, 5 * Q));
	EXPECT_MISUSE(test, vmem_free(vm, a + Q, 3 * Q));
	EXPECT_MISUSE(test, vmem_xfree(vm, a, 3 * Q - 8));
	expect_sound(test, vm, 3 * Q - 8);
	EXPECT_NO_MISUSE(test, vmem_free(vm, a, 2 * Q + 1));
	EXPECT_MISUSE(test, vmem_free(vm, a, 3 * Q));
	EXPECT_MISUSE(test, vmem_xfree(vm, a, 3 * Q));
	expect_sound(test, vm, 0);
	x = vmem_xalloc(vm, Q, 0, 0, 0, NULL, NULL, VM_SLEEP);
	EXPECT_MISUSE(test, vmem_free(vm, x, Q));
	EXPECT_NO_MISUSE(test, vmem_xfree(vm, x, Q));
	/* Above the cached sizes the two families are one. */
	b = vmem_alloc(vm, 8 * Q, VM_SLEEP);
	EXPECT_NO_MISUSE(test, vmem_xfree(vm, b, 8 * Q));
	expect_sound(test, vm, 0);
}

/* V76, V100: a cached size freed while somebody waits goes to the waiter */
static void free_wakes_a_waiter(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 4, 1, 0);
	struct hoard *h = hoard_make(test, vm, Q);
	struct waiter *w;

	hoard_fill(h);
	KUNIT_ASSERT_EQ(test, h->n, 4);
	w = wait_for(test, vm, 2 * Q, VM_SLEEP);
	await_sleepers(test, vm, 1);
	hoard_empty(h);
	expect_got(test, w);
	give(vm, w->got, 2 * Q);
	expect_sound(test, vm, 0);
}

static struct kunit_case qcache_cases[] = {
	KUNIT_CASE(small_arena_gives_all),
	KUNIT_CASE(effective_maximum),
	KUNIT_CASE(creation_without_caches),
	KUNIT_CASE(sizes_count_live_objects),
	KUNIT_CASE(sizes_of_objects_in_motion_stay_in_bounds),
	KUNIT_CASE(cached_space_serves_all),
	KUNIT_CASE(policies_are_ignored),
	KUNIT_CASE_PARAM(policy_sees_what_is_cached, chooser_gen_params),
	KUNIT_CASE(identifiers_with_a_policy_bypass_the_cache),
	KUNIT_CASE(wrong_frees_are_caught),
	KUNIT_CASE(free_wakes_a_waiter),
	{}
};

static struct kunit_suite qcache_suite = {
	.name = "ddi_vmem_qcache",
	.init = balance_init,
	.test_cases = qcache_cases,
};

kunit_test_suite(qcache_suite);
