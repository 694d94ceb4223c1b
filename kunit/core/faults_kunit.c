// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults_kunit.c - each public call with each of its allocations failing
 *
 * The n-th allocation of the call fails, for n = 1, 2, ... until the call makes
 * fewer; by Linux's fault injection, and at the points of ddi_core/fault.h.
 */
#include <sys/map.h>
#include <sys/sunddi.h>

#include "ddi_rmap/rmap_impl.h"
#include "ddi_umem/umem_impl.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/vmem_helpers.h"

#define MOST_FAULTS	300

/* Objects that the calls under test use. */
struct fixture {
	vmem_t *source, *vm, *kid;
	struct map *mp;
	vmem_t *made;
	struct map *made_map;
	unsigned long at;
	ddi_umem_cookie_t cookie;
};

/**
 * struct call - one public call
 * @desc: name of the case
 * @nofail: succeeds without memory too
 * @call: true if it succeeded
 * @undo: after success, back to where it was
 */
struct call {
	const char *desc;
	bool nofail;
	bool (*call)(struct fixture *f);
	void (*undo)(struct fixture *f);
};

static bool map_new(struct fixture *f)
{
	f->made_map = rmallocmap(10);
	return f->made_map;
}

static bool map_new_wait(struct fixture *f)
{
	f->made_map = rmallocmap_wait(10);
	return f->made_map;
}

static void map_gone(struct fixture *f)
{
	rmfreemap(f->made_map);
}

static bool map_alloc(struct fixture *f)
{
	f->at = rmalloc(f->mp, 3);
	return f->at;
}

static bool map_alloc_wait(struct fixture *f)
{
	f->at = rmalloc_wait(f->mp, 3);
	return f->at;
}

static void map_free(struct fixture *f)
{
	rmfree(f->mp, 3, f->at);
}

/* The first addition to a new map [R23]. */
static bool map_add_first(struct fixture *f)
{
	unsigned int nth = fail_nth(0);

	f->made_map = rmallocmap_wait(1);
	fail_nth(nth);
	rmfree(f->made_map, 10, 1);
	return vmem_size(f->made_map->arena, VMEM_FREE) == 10;
}

/* The second one finds no reserve. */
static bool map_add_second(struct fixture *f)
{
	unsigned int nth = fail_nth(0);
	size_t free;

	f->made_map = rmallocmap_wait(1);
	rmfree(f->made_map, 10, 1);
	fail_nth(nth);
	rmfree(f->made_map, 10, 21);
	free = vmem_size(f->made_map->arena, VMEM_FREE);
	if (free == 10)
		rmfreemap(f->made_map);
	return free == 20;
}

static bool create_nosleep(struct fixture *f)
{
	f->made = vmem_create("fault", AT(1), 10, 1, NULL, NULL, NULL, 0, VM_NOSLEEP);
	return f->made;
}

static bool create_sleep(struct fixture *f)
{
	f->made = vmem_create("fault", AT(1), 10, 1, NULL, NULL, NULL, 0, VM_SLEEP);
	return f->made;
}

static bool create_cached(struct fixture *f)
{
	f->made = vmem_create("fault", AT(1), 100, 1, NULL, NULL, NULL, 8, VM_SLEEP);
	return f->made;
}

static bool create_cached_nosleep(struct fixture *f)
{
	f->made = vmem_create("fault", AT(1), 100, 1, NULL, NULL, NULL, 8, VM_NOSLEEP);
	return f->made;
}

static bool xcreate_kid(struct fixture *f)
{
	f->made = vmem_xcreate("fault", NULL, 0, 0x1000, source_import_double, source_export,
			       f->source, 0, VM_NOSLEEP);
	return f->made;
}

static void destroy(struct fixture *f)
{
	vmem_destroy(f->made);
}

/* Spans stay, so each addition has an arena of its own. */
static bool add_to(struct fixture *f, int vmflag)
{
	unsigned int nth = fail_nth(0);

	f->made = vmem_create("fault", NULL, 0, 1, NULL, NULL, NULL, 0, VM_SLEEP);
	fail_nth(nth);
	if (vmem_add(f->made, AT(1), 10, vmflag))
		return true;
	vmem_destroy(f->made);
	return false;
}

static bool add_nosleep(struct fixture *f)
{
	return add_to(f, VM_NOSLEEP);
}

static bool add_sleep(struct fixture *f)
{
	return add_to(f, VM_SLEEP);
}

static bool alloc_nosleep(struct fixture *f)
{
	f->at = take(f->vm, 5, VM_NOSLEEP);
	return f->at;
}

static bool alloc_sleep(struct fixture *f)
{
	f->at = take(f->vm, 5, VM_SLEEP);
	return f->at;
}

static bool alloc_nextfit(struct fixture *f)
{
	f->at = take(f->vm, 5, VM_NOSLEEP | VM_NEXTFIT);
	return f->at;
}

static bool alloc_normalpri(struct fixture *f)
{
	f->at = take(f->vm, 5, VM_NOSLEEP | VM_NORMALPRI | VM_BESTFIT);
	return f->at;
}

static bool xalloc_in_the_middle(struct fixture *f)
{
	f->at = xtake(f->vm, 5, 64, 0, 0, 0, 0, VM_NOSLEEP);
	return f->at;
}

static void alloc_undo(struct fixture *f)
{
	give(f->vm, f->at, 5);
}

static bool import_nosleep(struct fixture *f)
{
	f->at = take(f->kid, 0x20, VM_NOSLEEP);
	return f->at;
}

static bool import_sleep(struct fixture *f)
{
	f->at = take(f->kid, 0x20, VM_SLEEP);
	return f->at;
}

static bool import_aligned(struct fixture *f)
{
	f->at = xtake(f->kid, 0x20, 0x4000, 0x40, 0, 0, 0, VM_NOSLEEP);
	return f->at;
}

static void import_undo(struct fixture *f)
{
	give(f->kid, f->at, 0x20);
}

static bool free_in_all_ways(struct fixture *f)
{
	unsigned int nth = fail_nth(0);
	unsigned long at[3];

	at[0] = take(f->vm, 5, VM_SLEEP);
	at[1] = take(f->kid, 0x20, VM_SLEEP);
	at[2] = rmalloc_wait(f->mp, 4);
	fail_nth(nth);
	xgive(f->vm, at[0], 5);
	give(f->kid, at[1], 0x20);
	rmfree(f->mp, 4, at[2]);
	return true;
}

static bool look_in_all_ways(struct fixture *f)
{
	return arena_segments(f->vm) && vmem_size(f->vm, VMEM_FREE) &&
	       vmem_contains(f->vm, AT(1), 10);
}

/* From Linux, not from what was freed before. */
static bool umem_alloc(struct fixture *f, size_t size, int flag)
{
	unsigned int nth = fail_nth(0);

	umem_page_cache_drain();
	fail_nth(nth);
	ddi_umem_alloc(size, flag, &f->cookie);
	return f->cookie;
}

static bool umem_nosleep(struct fixture *f)
{
	return umem_alloc(f, PAGE_SIZE, DDI_UMEM_NOSLEEP);
}

static bool umem_nosleep_block(struct fixture *f)
{
	return umem_alloc(f, 5 * PAGE_SIZE, DDI_UMEM_NOSLEEP);
}

static bool umem_nosleep_trash(struct fixture *f)
{
	return umem_alloc(f, PAGE_SIZE, DDI_UMEM_NOSLEEP | DDI_UMEM_TRASH);
}

static bool umem_sleep(struct fixture *f)
{
	return umem_alloc(f, PAGE_SIZE, DDI_UMEM_SLEEP);
}

static bool umem_sleep_mapped(struct fixture *f)
{
	return umem_alloc(f, 17 * PAGE_SIZE, DDI_UMEM_SLEEP);
}

static bool umem_sleep_pageable(struct fixture *f)
{
	return umem_alloc(f, 3 * PAGE_SIZE, DDI_UMEM_PAGEABLE);
}

static bool umem_sleep_trash(struct fixture *f)
{
	return umem_alloc(f, PAGE_SIZE, DDI_UMEM_TRASH);
}

static void umem_undo(struct fixture *f)
{
	ddi_umem_free(f->cookie);
}

static bool umem_free(struct fixture *f)
{
	unsigned int nth = fail_nth(0);
	bool ok = umem_alloc(f, 17 * PAGE_SIZE, DDI_UMEM_SLEEP);

	fail_nth(nth);
	ddi_umem_free(f->cookie);
	return ok;
}

static bool reap(struct fixture *f)
{
	unsigned int nth = fail_nth(0);
	bool ok = create_cached(f);

	give(f->made, take(f->made, 3, VM_SLEEP), 3);
	fail_nth(nth);
	vmem_qcache_reap(f->made);
	return ok;
}

static void nothing(struct fixture *f)
{
}

static const struct call calls[] = {
	{ "rmallocmap", false, map_new, map_gone },
	{ "rmallocmap_wait", true, map_new_wait, map_gone },
	{ "rmalloc", true, map_alloc, map_free },
	{ "rmalloc_wait", true, map_alloc_wait, map_free },
	{ "rmfree, first addition", true, map_add_first, map_gone },
	{ "rmfree, second addition", false, map_add_second, map_gone },
	{ "vmem_create, nosleep", false, create_nosleep, destroy },
	{ "vmem_create, sleep", true, create_sleep, destroy },
	{ "vmem_create, cached", true, create_cached, destroy },
	{ "vmem_create, cached, nosleep", false, create_cached_nosleep, destroy },
	{ "vmem_xcreate", false, xcreate_kid, destroy },
	{ "vmem_add, nosleep", false, add_nosleep, destroy },
	{ "vmem_add, sleep", true, add_sleep, destroy },
	{ "vmem_alloc, nosleep", true, alloc_nosleep, alloc_undo },
	{ "vmem_alloc, sleep", true, alloc_sleep, alloc_undo },
	{ "vmem_alloc, next fit", true, alloc_nextfit, alloc_undo },
	{ "vmem_alloc, normal priority", true, alloc_normalpri, alloc_undo },
	{ "vmem_xalloc", true, xalloc_in_the_middle, alloc_undo },
	{ "vmem_alloc that imports, nosleep", false, import_nosleep, import_undo },
	{ "vmem_alloc that imports, sleep", true, import_sleep, import_undo },
	{ "vmem_xalloc that imports", false, import_aligned, import_undo },
	{ "vmem_free, vmem_xfree, rmfree", true, free_in_all_ways, nothing },
	{ "vmem_walk, vmem_size, vmem_contains", true, look_in_all_ways, nothing },
	{ "vmem_qcache_reap, vmem_destroy", true, reap, destroy },
	{ "ddi_umem_alloc, nosleep", false, umem_nosleep, umem_undo },
	{ "ddi_umem_alloc, nosleep, block", false, umem_nosleep_block, umem_undo },
	{ "ddi_umem_alloc, nosleep, trash", false, umem_nosleep_trash, umem_undo },
	{ "ddi_umem_alloc, sleep", true, umem_sleep, umem_undo },
	{ "ddi_umem_alloc, sleep, mapped", true, umem_sleep_mapped, umem_undo },
	{ "ddi_umem_alloc, sleep, pageable", true, umem_sleep_pageable, umem_undo },
	{ "ddi_umem_alloc, sleep, trash", true, umem_sleep_trash, umem_undo },
	{ "ddi_umem_free", true, umem_free, nothing },
};

KUNIT_ARRAY_PARAM_DESC(call, calls, desc);

static void fixture_end(void *data)
{
	struct fixture *f = data;

	rmfreemap(f->mp);
}

static struct fixture *fixture_make(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->source = source_make(test, 0x100000);
	f->vm = arena_make(test, 1, 200, 1);
	f->kid = kid_make(test, f->source, 0x10);
	f->mp = rmallocmap_wait(8);
	rmfree(f->mp, 20, 1);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fixture_end, f), 0);
	return f;
}

static void expect_idle(struct kunit *test, vmem_t *vm)
{
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	KUNIT_EXPECT_EQ(test, arena_stat(vm, VMEM_STAT_ALLOC), arena_stat(vm, VMEM_STAT_FREE));
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_ALLOC), 0);
}

static void expect_untouched(struct kunit *test, struct fixture *f)
{
	EXPECT_STATE(test, f->vm, "F1+200");
	EXPECT_STATE(test, f->kid, "");
	EXPECT_STATE(test, f->source, "F0x100000+0x100000");
	EXPECT_STATE(test, f->mp->arena, "F1+20");
	expect_idle(test, f->vm);
	expect_idle(test, f->kid);
	expect_idle(test, f->source);
	expect_idle(test, f->mp->arena);
}

/* Fail the @nth allocation of the call; false if there were not so many. */
static bool fail_one(struct kunit *test, struct fixture *f, const struct call *c,
		     unsigned int nth)
{
	u64 allocs = arena_stat(f->vm, VMEM_STAT_ALLOC);
	u64 fails = arena_stat(f->kid, VMEM_STAT_FAIL);
	bool ok, hit;

	fail_nth(nth);
	ok = c->call(f);
	hit = !fail_nth(0);
	if (ok)
		c->undo(f);
	else
		KUNIT_EXPECT_EQ(test, arena_stat(f->vm, VMEM_STAT_ALLOC), allocs);
	KUNIT_EXPECT_EQ(test, arena_stat(f->vm, VMEM_STAT_FAIL), 0);
	KUNIT_EXPECT_EQ(test, arena_stat(f->kid, VMEM_STAT_FAIL) - fails,
			!ok && c->undo == import_undo);
	KUNIT_EXPECT_TRUE_MSG(test, ok || hit, "failed without a fault");
	KUNIT_EXPECT_TRUE_MSG(test, ok || !c->nofail, "failed at allocation %u", nth);
	expect_untouched(test, f);
	return hit;
}

/* V12, V16, V20, V62, V105, V107, K3, R5, R6, R9, R16, R23 */
static void fault_at_each_allocation(struct kunit *test)
{
	const struct call *c = test->param_value;
	unsigned long misuses = ddi_misuse_count();
	struct fixture *f = fixture_make(test);
	unsigned int nth = 1;

	need_faults(test);
	while (nth < MOST_FAULTS && fail_one(test, f, c, nth))
		nth++;
	KUNIT_EXPECT_EQ(test, ddi_misuse_count(), misuses);
	KUNIT_EXPECT_LT(test, nth, MOST_FAULTS);
	kunit_info(test, "%s: %u faults", c->desc, nth - 1);
}

/* R9: the reservation alone, each time with the next allocation failing */
static void fault_spares_what_a_map_reserved(struct kunit *test)
{
	struct map *mp;
	int i;

	need_faults(test);
	mp = rmallocmap_wait(256);
	rmfree(mp, 1024, 1);
	for (i = 0; i < 256; i++) {
		fail_nth(1);
		KUNIT_EXPECT_NE(test, rmalloc(mp, 3), 0);
		fail_nth(0);
	}
	KUNIT_EXPECT_TRUE(test, vmem_verify(mp->arena));
	arena_clear(mp->arena);
	rmfreemap(mp);
}

/* V107, V62, K3: the operations that an arena can do without any memory */
static void reserve_serves_without_memory(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 200, 1);
	unsigned long at[100];
	int n = 0, i;

	need_faults(test);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	while (n < ARRAY_SIZE(at)) {
		at[n] = take(vm, 1, VM_NOSLEEP);
		if (!at[n])
			break;
		n++;
	}
	KUNIT_EXPECT_GE(test, n, 1);
	KUNIT_EXPECT_LT(test, n, ARRAY_SIZE(at));
	KUNIT_EXPECT_EQ(test, arena_stat(vm, VMEM_STAT_POPULATE_FAIL), 1);
	KUNIT_EXPECT_EQ(test, arena_stat(vm, VMEM_STAT_FAIL), 1);
	for (i = 0; i < n; i++)
		give(vm, at[i], 1);
	expect_idle(test, vm);
	KUNIT_EXPECT_GT(test, fail_percent(DDI_FAIL_DESCRIPTORS, 0), 0);
	EXPECT_STATE(test, vm, "F1+200");
}

static struct kunit_case faults_cases[] = {
	KUNIT_CASE_PARAM(fault_at_each_allocation, call_gen_params),
	KUNIT_CASE(fault_spares_what_a_map_reserved),
	KUNIT_CASE(reserve_serves_without_memory),
	{}
};

static struct kunit_suite faults_suite = {
	.name = "ddi_faults",
	.init = balance_init,
	.test_cases = faults_cases,
};

kunit_test_suite(faults_suite);
