// SPDX-License-Identifier: GPL-2.0-only
/* waiters_import_kunit.c - threads that sleep in an arena for space that may come from above */
#include <linux/delay.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/qcache_helpers.h"
#include "kunit/lib/waiters_helpers.h"

#define DEEPEST	6

/* A root with [2, 4), and arenas that import one from the other. */
struct chain {
	vmem_t *vm[DEEPEST + 1];
	vmem_t *leaf;
	int depth;
};

static struct chain *chain_make(struct kunit *test, int depth, size_t qcache_max)
{
	struct chain *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->vm[0] = arena_make(test, 2, 2, 1);
	for (i = 1; i <= depth; i++)
		c->vm[i] = arena_keep(test, vmem_create("link", NULL, 0, 1, vmem_alloc, vmem_free,
							c->vm[i - 1], qcache_max, VM_SLEEP));
	c->leaf = c->vm[depth];
	c->depth = depth;
	return c;
}

struct chain_kind {
	int depth;
	size_t qcache_max;
};

static const struct chain_kind chain_kinds[] = {
	{ 1, 0 }, { 2, 0 }, { 3, 0 }, { 4, 0 }, { 5, 0 }, { 6, 0 },
	{ 1, 1 }, { 2, 1 }, { 3, 1 }, { 4, 1 }, { 5, 1 }, { 6, 1 },
};

static void chain_desc(const struct chain_kind *kind, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "depth %d%s", kind->depth,
		 kind->qcache_max ? ", caches" : "");
}

KUNIT_ARRAY_PARAM(chain_kind, chain_kinds, chain_desc);

static struct chain *chain_of(struct kunit *test)
{
	const struct chain_kind *kind = test->param_value;

	return chain_make(test, kind->depth, kind->qcache_max);
}

/* V72, V100, Q12: a unit freed in its own arena, or in any that this imports from */
static void free_in_any_arena_above_releases(struct kunit *test)
{
	struct chain *c = chain_of(test);
	unsigned long a, b;
	struct waiter *w;
	int i;

	for (i = c->depth; i >= 0; i--) {
		/* From the second on they have to come out of the leaf's cache. */
		a = take(c->vm[i], 1, VM_SLEEP);
		b = take(c->vm[i], 1, VM_SLEEP);
		w = wait_for(test, c->leaf, 1, VM_SLEEP);
		await_sleepers(test, c->leaf, 1);
		give(c->vm[i], a, 1);
		expect_got(test, w);
		KUNIT_EXPECT_EQ(test, w->got, a);
		await_sleepers(test, c->leaf, 0);
		give(c->leaf, w->got, 1);
		give(c->vm[i], b, 1);
	}
}

/* V27, V72, V100 */
static void addition_to_any_arena_above_releases(struct kunit *test)
{
	struct chain *c = chain_of(test);
	struct waiter *w;
	int i;

	take(c->leaf, 1, VM_NOSLEEP);
	take(c->leaf, 1, VM_NOSLEEP);
	for (i = c->depth; i >= 0; i--) {
		w = wait_for(test, c->leaf, 1, VM_SLEEP);
		await_sleepers(test, c->leaf, 1);
		vmem_add(c->vm[i], AT(100 + i), 1, VM_SLEEP);
		expect_got(test, w);
		KUNIT_EXPECT_EQ(test, w->got, 100 + i);
	}
}

/* V72: while it waits, and no longer */
static void sleeper_counts_in_each_arena_above(struct kunit *test)
{
	struct chain *c = chain_make(test, 1, 0);
	unsigned long at = take(c->leaf, 1, VM_NOSLEEP);
	struct waiter *w;

	KUNIT_ASSERT_NE(test, at, 0);
	w = wait_for(test, c->leaf, 3, VM_SLEEP);
	await_sleepers(test, c->leaf, 1);
	KUNIT_EXPECT_EQ(test, arena_sleepers(c->vm[0]), 1);
	vmem_add(c->leaf, AT(50), 3, VM_SLEEP);
	expect_got(test, w);
	await_sleepers(test, c->vm[0], 0);
}

struct behind_cache {
	const char *desc;
	int flags;
	bool freed_first;
};

static const struct behind_cache behind_caches[] = {
	{ "freed before", 0, true },
	{ "freed after", 0, false },
	{ "freed before, identifiers below", VMC_IDENTIFIER, true },
	{ "freed after, identifiers below", VMC_IDENTIFIER, false },
};

KUNIT_ARRAY_PARAM_DESC(behind_cache, behind_caches, desc);

/* V76, V100, V102: all of a source's space lies freed in the caches of its child */
static void space_in_a_childs_cache_releases(struct kunit *test)
{
	const struct behind_cache *p = test->param_value;
	vmem_t *source = arena_make(test, 1, 16, 1), *kid;
	struct hoard *h;
	struct waiter *w;

	kid = arena_keep(test, vmem_create("kid", NULL, 0, 1, vmem_alloc, vmem_free, source, 8,
					   VM_SLEEP | p->flags));
	h = hoard_make(test, kid, 1);
	hoard_fill(h);
	KUNIT_ASSERT_EQ(test, h->n, 16);
	if (p->freed_first)
		hoard_empty(h);
	w = wait_for(test, source, 1, VM_SLEEP);
	if (!p->freed_first) {
		await_sleepers(test, source, 1);
		hoard_empty(h);
	}
	expect_got(test, w);
}

/* V76: and the sleeper is below a sibling of that child */
static void space_in_a_cousins_cache_releases(struct kunit *test)
{
	struct chain *c = chain_make(test, 3, 0);
	vmem_t *kid = arena_keep(test, vmem_create("kid", NULL, 0, 1, vmem_alloc, vmem_free,
						   c->vm[1], 1, VM_SLEEP));
	unsigned long a = take(kid, 1, VM_NOSLEEP), b = take(kid, 1, VM_NOSLEEP);
	struct waiter *w;

	KUNIT_ASSERT_TRUE(test, a && b);
	w = wait_for(test, c->leaf, 2, VM_SLEEP);
	await_sleepers(test, c->leaf, 1);
	give(kid, a, 1);
	give(kid, b, 1);
	expect_got(test, w);
}

/* V66, V72: a driver's function that fails, rather than sleep, is called again */
static void free_above_a_failing_import_releases(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x1000), *kid = kid_make(test, source, 0x1000);
	unsigned long at = take(source, 0x1000, VM_NOSLEEP);
	struct waiter *w;

	source_log.fail = true;
	w = wait_for(test, kid, 0x1000, VM_SLEEP);
	await_sleepers(test, kid, 1);
	await_asleep(test, w);
	source_log.fail = false;
	give(source, at, 0x1000);
	expect_got(test, w);
	KUNIT_EXPECT_EQ(test, source_log.import_flags, VM_SLEEP);
}

/* V31, V66: a request that must not wait does not wait in a source either */
static void abort_does_not_wait_above(struct kunit *test)
{
	struct chain *c = chain_make(test, 2, 0);

	take(c->vm[0], 2, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, take(c->leaf, 1, VM_SLEEP | VM_ABORT), 0);
	KUNIT_EXPECT_EQ(test, arena_stat(c->leaf, VMEM_STAT_FAIL), 1);
}

/* V106: the report names the arena that was asked, and by whom */
static void long_wait_below_is_reported(struct kunit *test)
{
	static const char text[] = "asked: waiter_thread";
	vmem_t *source = arena_make(test, 2, 2, 1), *vm;
	unsigned int before = ddi_kunit_logged(text);
	unsigned long end = jiffies + PATIENCE;
	struct waiter *w;

	vm = arena_keep(test, vmem_create("asked", NULL, 0, 1, vmem_alloc, vmem_free, source, 0,
					  VM_SLEEP));
	ddi_kunit_report_waits(test, HZ / 20);
	w = wait_for(test, vm, 3, VM_SLEEP);
	while (ddi_kunit_logged(text) == before && time_before(jiffies, end)) {
		fsleep(20000);
		give(source, take(source, 1, VM_NOSLEEP), 1);
	}
	KUNIT_EXPECT_GT(test, ddi_kunit_logged(text), before);
	vmem_add(source, AT(10), 3, VM_SLEEP);
	expect_got(test, w);
}

/* V35: what can never come true, because a source above rounds it beyond the top */
static void size_that_wraps_above_is_misuse(struct kunit *test)
{
	vmem_t *root = arena_make(test, 0x1000, 0x1000, 0x1000), *mid, *leaf;
	unsigned long got = 1;

	mid = arena_keep(test, vmem_create("mid", NULL, 0, 1, vmem_alloc, vmem_free, root, 0,
					   VM_SLEEP));
	leaf = arena_keep(test, vmem_create("leaf", NULL, 0, 1, vmem_alloc, vmem_free, mid, 0,
					    VM_SLEEP));
	EXPECT_MISUSE(test, got = take(leaf, -0x800UL, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
	EXPECT_NO_MISUSE(test, got = take(leaf, -0x800UL, VM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, got, 0);
}

static struct kunit_case waiters_import_cases[] = {
	KUNIT_CASE_PARAM(free_in_any_arena_above_releases, chain_kind_gen_params),
	KUNIT_CASE_PARAM(addition_to_any_arena_above_releases, chain_kind_gen_params),
	KUNIT_CASE(sleeper_counts_in_each_arena_above),
	KUNIT_CASE_PARAM(space_in_a_childs_cache_releases, behind_cache_gen_params),
	KUNIT_CASE(space_in_a_cousins_cache_releases),
	KUNIT_CASE(free_above_a_failing_import_releases),
	KUNIT_CASE(abort_does_not_wait_above),
	KUNIT_CASE(long_wait_below_is_reported),
	KUNIT_CASE(size_that_wraps_above_is_misuse),
	{}
};

static struct kunit_suite waiters_import_suite = {
	.name = "ddi_waiters_import",
	.init = balance_init,
	.test_cases = waiters_import_cases,
};

kunit_test_suite(waiters_import_suite);
