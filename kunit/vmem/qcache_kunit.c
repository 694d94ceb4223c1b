// SPDX-License-Identifier: GPL-2.0-only
/* qcache_kunit.c - quantum caches: what they must never be seen to do */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/workqueue.h>

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

/* V79: after a reap the segment layer has everything back */
static void reap_gives_back(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 200, 2, 0);
	struct hoard *h = hoard_make(test, vm, 2 * Q);

	hoard_fill(h);
	hoard_empty(h);
	vmem_qcache_reap(vm);
	flush_work(&vm->qreap);
	KUNIT_EXPECT_EQ(test, vmem_hash_count(&vm->hash), 0);
	KUNIT_EXPECT_EQ(test, vm->head.next->next->size, 200 * Q);
	expect_sound(test, vm, 0);
}

/* V70, V79: an imported span goes back when the caches let go of it */
static void reap_returns_imports(struct kunit *test)
{
	vmem_t *src = qcache_make(test, 64, 0, 0);
	vmem_t *kid = arena_keep(test, vmem_create("kid", NULL, 0, Q, vmem_alloc, vmem_free, src,
						   Q, VM_SLEEP));
	void *a;

	a = vmem_alloc(kid, Q, VM_SLEEP);
	vmem_free(kid, a, Q);
	KUNIT_EXPECT_EQ(test, vmem_size(kid, VMEM_ALLOC), 0);
	vmem_qcache_reap(kid);
	flush_work(&kid->qreap);
	KUNIT_EXPECT_EQ(test, vmem_size(src, VMEM_ALLOC), 0);
}

/* V41, V70, V76: the policy takes what lies below a span that was free but for the caches */
static void span_that_the_policy_leaves_goes_back(struct kunit *test)
{
	vmem_t *src = arena_make(test, 1000 * Q, 64 * Q, Q);
	vmem_t *kid = arena_keep(test, vmem_create("kid", NULL, 0, Q, vmem_alloc, vmem_free, src,
						   Q, VM_SLEEP));

	KUNIT_ASSERT_EQ(test, take(kid, Q, VM_SLEEP), 1000 * Q);
	vmem_add(kid, AT(Q), 2 * Q, VM_SLEEP);
	give(kid, 1000 * Q, Q);
	KUNIT_ASSERT_EQ(test, vmem_size(src, VMEM_ALLOC), Q);
	KUNIT_EXPECT_EQ(test, xtake(kid, Q, 0, 0, 0, 0, 0, VM_NOSLEEP | VM_FIRSTFIT), Q);
	KUNIT_EXPECT_EQ(test, vmem_size(src, VMEM_ALLOC), 0);
	xgive(kid, Q, Q);
}

/* V76: and one that it takes does not go back in between, nor does the request fail */
static void span_that_the_policy_takes_stays(struct kunit *test)
{
	vmem_t *src = qcache_make(test, 64, 0, 0);
	vmem_t *kid = arena_keep(test, vmem_create("kid", NULL, 0, Q, vmem_alloc, vmem_free, src,
						   Q, VM_SLEEP));
	unsigned long at = take(kid, Q, VM_SLEEP);

	give(kid, at, Q);
	/* A request with a window imports nothing. */
	KUNIT_EXPECT_EQ(test, xtake(kid, Q, 0, 0, 0, at, 0, VM_NOSLEEP), at);
	xgive(kid, at, Q);
	KUNIT_EXPECT_EQ(test, vmem_size(src, VMEM_ALLOC), 0);
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

/* Have Linux ask every shrinker for what it has, as an administrator can. */
static bool drop_slabs(void)
{
	struct file *file = filp_open("/proc/sys/vm/drop_caches", O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t done;

	if (IS_ERR(file))
		return false;
	done = kernel_write(file, "2", 1, &pos);
	filp_close(file, NULL);
	return done == 1;
}

static bool has_cached(vmem_t *vm)
{
	return vmem_unlocked(vmem_hash_count(&vm->hash));
}

/* V80: under pressure what is cached goes back, where that frees memory */
static void shrinker_empties_the_caches(struct kunit *test)
{
	vmem_t *numbers = qcache_make(test, 256, 2, 0), *source = source_make(test, 0x100000);
	unsigned long end = jiffies + 10 * HZ;
	vmem_t *memory = arena_keep(test, vmem_create("memory", NULL, 0, Q, source_import,
						      source_export, source, Q, VM_SLEEP));
	vmem_t *below = arena_keep(test, vmem_create("below", NULL, 0, Q, vmem_alloc, vmem_free,
						     memory, Q, VM_SLEEP));
	vmem_t *ids = arena_keep(test, vmem_create("ids", NULL, 0, Q, source_import,
						   source_export, source, Q,
						   VM_SLEEP | VMC_IDENTIFIER));
	vmem_t *vm[] = { numbers, memory, below, ids };
	unsigned long at[8];
	int i, n;

	for (i = 0; i < ARRAY_SIZE(vm); i++) {
		for (n = 0; n < ARRAY_SIZE(at); n++)
			at[n] = take(vm[i], Q, VM_SLEEP);
		for (n = 0; n < ARRAY_SIZE(at); n++)
			give(vm[i], at[n], Q);
		KUNIT_EXPECT_TRUE(test, has_cached(vm[i]));
	}
	KUNIT_ASSERT_TRUE(test, drop_slabs());
	while ((has_cached(memory) || has_cached(below)) && time_before(jiffies, end))
		fsleep(1000);
	flush_work(&below->qreap);
	flush_work(&memory->qreap);
	KUNIT_EXPECT_FALSE(test, has_cached(memory));
	KUNIT_EXPECT_FALSE(test, has_cached(below));
	KUNIT_EXPECT_TRUE(test, has_cached(numbers));
	KUNIT_EXPECT_TRUE(test, has_cached(ids));
	/* Only the identifiers are still out. */
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 8 * Q);
}

/* An export function that puts something new into the cache which is being emptied. */
static struct {
	vmem_t *vm;
	unsigned int exports;
	bool inside;
} refill;

static void refilling_export(vmem_t *source, void *start, size_t size)
{
	vmem_free(source, start, size);
	if (!refill.vm || refill.inside || refill.exports++ >= 1000)
		return;
	refill.inside = true;
	give(refill.vm, take(refill.vm, Q, VM_NOSLEEP), Q);
	refill.inside = false;
}

/* V79, V90: nobody can prolong the emptying of caches in front of a walk */
static void emptying_for_a_walk_ends(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000);
	vmem_t *vm = arena_keep(test, vmem_create("refill", NULL, 0, Q, vmem_alloc,
						  refilling_export, source, Q, VM_SLEEP));

	give(vm, take(vm, Q, VM_SLEEP), Q);
	refill.vm = vm;
	refill.exports = 0;
	EXPECT_STATE(test, vm, "");
	refill.vm = NULL;
	KUNIT_EXPECT_EQ(test, refill.exports, 1);
}

/* While a request that fails empties the caches, an interrupt frees an object. */
struct intruder {
	struct hrtimer timer;
	vmem_t *vm;
	unsigned long at;
	unsigned long inside, cached;
};

static enum hrtimer_restart intruder_tick(struct hrtimer *timer)
{
	struct intruder *in = container_of(timer, struct intruder, timer);

	if (atomic_read(&in->vm->reclaiming)) {
		struct vmem_qcpu *cpu = this_cpu_ptr(in->vm->qcpu);
		unsigned long before = cpu->frees;

		give(in->vm, in->at, Q);
		in->cached += cpu->frees - before;
		in->at = take(in->vm, Q, VM_NOSLEEP);
		in->inside++;
	}
	hrtimer_forward_now(timer, 20 * NSEC_PER_USEC);
	return HRTIMER_RESTART;
}

/* V34, V76: what is freed while a request empties the caches prolongs that by nothing */
static void emptying_for_a_request_ends(struct kunit *test)
{
	struct intruder *in = kunit_kzalloc(test, sizeof(*in), GFP_KERNEL);
	unsigned long end = jiffies + 10 * HZ;
	struct hoard *h;

	KUNIT_ASSERT_NOT_NULL(test, in);
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "interrupts cannot take the arena's lock here [X7]");
	in->vm = qcache_make(test, 256, 1, 0);
	in->at = take(in->vm, Q, VM_SLEEP);
	h = hoard_make(test, in->vm, Q);
	hrtimer_setup(&in->timer, intruder_tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
	migrate_disable();
	hrtimer_start(&in->timer, 0, HRTIMER_MODE_REL_PINNED);
	while (READ_ONCE(in->inside) < 20 && time_before(jiffies, end)) {
		hoard_fill(h);
		hoard_empty(h);
		KUNIT_EXPECT_EQ(test, take(in->vm, 256 * Q, VM_NOSLEEP), 0);
	}
	migrate_enable();
	hrtimer_cancel(&in->timer);
	KUNIT_EXPECT_GT(test, in->inside, 0);
	KUNIT_EXPECT_EQ(test, in->cached, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&in->vm->reclaiming), 0);
	give(in->vm, in->at, Q);
}

/* An export function that lasts until it is told to end. */
static DECLARE_COMPLETION(export_begun);
static DECLARE_COMPLETION(export_may_end);

static void slow_export(vmem_t *source, void *start, size_t size)
{
	complete(&export_begun);
	wait_for_completion(&export_may_end);
	vmem_free(source, start, size);
}

struct flusher {
	struct work_struct work;
	vmem_t *vm;
};

static void flusher_work(struct work_struct *work)
{
	flush_work(&container_of(work, struct flusher, work)->vm->qreap);
}

/* V80, X7: what reclaim may wait for has a rescuer; Linux warns if it has not */
static void emptying_has_a_rescuer(struct kunit *test)
{
	struct workqueue_struct *wq = alloc_workqueue("ddi_kunit", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	vmem_t *source = source_make(test, 0x10000);
	struct flusher f;

	KUNIT_ASSERT_NOT_NULL(test, wq);
	f.vm = arena_keep(test, vmem_create("slow", NULL, 0, Q, vmem_alloc, slow_export, source,
					    Q, VM_SLEEP));
	give(f.vm, take(f.vm, Q, VM_SLEEP), Q);
	reinit_completion(&export_begun);
	reinit_completion(&export_may_end);
	vmem_qcache_reap(f.vm);
	wait_for_completion(&export_begun);
	INIT_WORK_ONSTACK(&f.work, flusher_work);
	queue_work(wq, &f.work);
	/* It waits for the work that empties the caches, or has said that it must not. */
	msleep(20);
	complete_all(&export_may_end);
	flush_work(&f.work);
	destroy_work_on_stack(&f.work);
	destroy_workqueue(wq);
	EXPECT_SIZES(test, source, 0, 0x10000);
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
	KUNIT_CASE(reap_gives_back),
	KUNIT_CASE(reap_returns_imports),
	KUNIT_CASE(span_that_the_policy_leaves_goes_back),
	KUNIT_CASE(span_that_the_policy_takes_stays),
	KUNIT_CASE(free_wakes_a_waiter),
	KUNIT_CASE(shrinker_empties_the_caches),
	KUNIT_CASE(emptying_for_a_walk_ends),
	KUNIT_CASE(emptying_for_a_request_ends),
	KUNIT_CASE(emptying_has_a_rescuer),
	{}
};

static struct kunit_suite qcache_suite = {
	.name = "ddi_vmem_qcache",
	.init = balance_init,
	.test_cases = qcache_cases,
};

kunit_test_suite(qcache_suite);
