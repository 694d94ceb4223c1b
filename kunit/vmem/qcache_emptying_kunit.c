// SPDX-License-Identifier: GPL-2.0-only
/* qcache_emptying_kunit.c - what is cached goes back: when, where, and that this ends */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/workqueue.h>

#include "ddi_vmem/cache/magazine.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/pressure.h"
#include "kunit/lib/qcache_helpers.h"

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

/* V41, V70, V76: the request takes a lower segment than the span that its emptying made free */
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

/* V76: a span that the request takes is not exported before, and the request succeeds */
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

/* V34, V76: frees do not prolong the time in which a request empties the caches */
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

/* V80, X7: reclaim may wait for the workqueue, so it has a rescuer; Linux warns otherwise */
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

static struct kunit_case qcache_emptying_cases[] = {
	KUNIT_CASE(reap_gives_back),
	KUNIT_CASE(reap_returns_imports),
	KUNIT_CASE(span_that_the_policy_leaves_goes_back),
	KUNIT_CASE(span_that_the_policy_takes_stays),
	KUNIT_CASE(shrinker_empties_the_caches),
	KUNIT_CASE(emptying_for_a_walk_ends),
	KUNIT_CASE(emptying_for_a_request_ends),
	KUNIT_CASE(emptying_has_a_rescuer),
	{}
};

static struct kunit_suite qcache_emptying_suite = {
	.name = "ddi_vmem_qcache_emptying",
	.init = balance_init,
	.test_cases = qcache_emptying_cases,
};

kunit_test_suite(qcache_emptying_suite);
