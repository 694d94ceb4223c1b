// SPDX-License-Identifier: GPL-2.0-only
/* vmem_destroy_kunit.c - arenas that are destroyed while a thread is inside one of their calls */
#include <linux/kthread.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/qcache_helpers.h"
#include "kunit/lib/waiters_helpers.h"

/* The arena that the driver's functions below try to destroy, once each. */
static vmem_t *victim;
static unsigned int refused;

static void destroy_from_inside(void)
{
	unsigned long before = ddi_misuse_count();

	if (!victim)
		return;
	vmem_destroy(victim);
	refused += ddi_misuse_count() == before + 1;
}

static void *destroying_import(vmem_t *source, size_t size, int vmflag)
{
	destroy_from_inside();
	return vmem_alloc(source, size, vmflag);
}

static void destroying_export(vmem_t *source, void *start, size_t size)
{
	destroy_from_inside();
	vmem_free(source, start, size);
}

static void destroying_callback(void *arg, void *start, size_t size)
{
	destroy_from_inside();
}

static void victim_end(void *unused)
{
	victim = NULL;
}

static vmem_t *victim_make(struct kunit *test, size_t qcache_max)
{
	vmem_t *source = arena_make(test, Q, 16 * Q, Q);

	refused = 0;
	victim = arena_keep(test, vmem_create("victim", NULL, 0, Q, destroying_import,
					      destroying_export, source, qcache_max, VM_SLEEP));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, victim_end, NULL), 0);
	return victim;
}

/* V110, V115, V131: a thread in the arena's import or export function keeps it */
static void thread_in_a_drivers_function_keeps_it(struct kunit *test)
{
	vmem_t *vm = victim_make(test, 0);
	unsigned long at = take(vm, Q, VM_SLEEP);

	KUNIT_EXPECT_EQ(test, refused, 1);
	give(vm, at, Q);
	KUNIT_EXPECT_EQ(test, refused, 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&vm->inside), 0);
	EXPECT_SIZES(test, vm->source, 0, 16 * Q);
}

/* V93, V110 */
static void thread_in_a_walk_keeps_it(struct kunit *test)
{
	vmem_t *vm = victim_make(test, 0);

	vmem_add(vm, AT(100 * Q), Q, VM_SLEEP);
	vmem_walk(vm, VMEM_FREE | VMEM_REENTRANT, destroying_callback, NULL);
	KUNIT_EXPECT_EQ(test, refused, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&vm->inside), 0);
}

/* V79, V110: what a walk, or a request that fails, finds in the caches goes back */
static void thread_that_empties_caches_keeps_it(struct kunit *test)
{
	vmem_t *vm = victim_make(test, Q);

	give(vm, take(vm, Q, VM_SLEEP), Q);
	KUNIT_EXPECT_EQ(test, refused, 1);
	vmem_walk(vm, VMEM_FREE, destroying_callback, NULL);
	KUNIT_EXPECT_EQ(test, refused, 2);
	give(vm, take(vm, Q, VM_SLEEP), Q);
	KUNIT_EXPECT_EQ(test, refused, 3);
	KUNIT_EXPECT_EQ(test, take(vm, 17 * Q, VM_NOSLEEP), 0);
	/* The import that fails, and the export before it. */
	KUNIT_EXPECT_EQ(test, refused, 5);
	KUNIT_EXPECT_EQ(test, atomic_read(&vm->inside), 0);
	EXPECT_SIZES(test, vm->source, 0, 16 * Q);
}

/* V72, V110: sleepers of an arena, wherever their space will come from */
static void sleeper_for_space_above_keeps_it(struct kunit *test)
{
	vmem_t *root = arena_make(test, 2, 2, 1), *leaf;
	unsigned long at = take(root, 2, VM_NOSLEEP);
	struct waiter *w;

	leaf = arena_keep(test, vmem_create("leaf", NULL, 0, 1, vmem_alloc, vmem_free, root, 0,
					    VM_SLEEP));
	w = wait_for(test, leaf, 1, VM_SLEEP);
	await_sleepers(test, root, 1);
	EXPECT_MISUSE(test, vmem_destroy(leaf));
	EXPECT_MISUSE(test, vmem_destroy(root));
	give(root, at, 2);
	expect_got(test, w);
}

/* V66, V110: a thread that sleeps inside the driver's own import function */
static void sleeper_in_a_drivers_import_keeps_it(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x1000), *kid = kid_make(test, source, 0x1000);
	unsigned long at = take(source, 0x1000, VM_NOSLEEP);
	struct waiter *w = wait_for(test, kid, 0x1000, VM_SLEEP);

	await_sleepers(test, source, 1);
	EXPECT_MISUSE(test, vmem_destroy(kid));
	give(source, at, 0x1000);
	expect_got(test, w);
}

/* V79, V110: no work of ours is a user, and none is left when it is gone */
static void reap_on_its_way_does_not_keep_it(struct kunit *test)
{
	vmem_t *source = arena_make(test, Q, 64 * Q, Q);
	unsigned long at[40];
	int round, i;

	for (round = 0; round < 50; round++) {
		vmem_t *kid = vmem_create("kid", NULL, 0, Q, vmem_alloc, vmem_free, source, Q,
					  VM_SLEEP);

		for (i = 0; i < ARRAY_SIZE(at); i++)
			at[i] = take(kid, Q, VM_SLEEP);
		for (i = 0; i < ARRAY_SIZE(at); i++)
			give(kid, at[i], Q);
		vmem_qcache_reap(kid);
		EXPECT_NO_MISUSE(test, vmem_destroy(kid));
		EXPECT_SIZES(test, source, 0, 64 * Q);
	}
}

/* A thread that destroys the arena as soon as it has what it waited for. */
struct heir {
	vmem_t *vm;
	struct completion done;
};

static int heir_thread(void *data)
{
	struct heir *h = data;

	give(h->vm, take(h->vm, 1, VM_SLEEP), 1);
	vmem_destroy(h->vm);
	complete(&h->done);
	return 0;
}

/* V100, V110: while the thread that has freed it is still on its way out */
static void waiter_that_is_served_may_destroy(struct kunit *test)
{
	unsigned long i, rounds = ddi_kunit_steps(3000) / 10;

	for (i = 0; i < rounds; i++) {
		struct heir h = { .vm = vmem_create("heir", AT(1), 1, 1, NULL, NULL, NULL, 0,
						    VM_SLEEP) };
		struct task_struct *task;

		KUNIT_ASSERT_NOT_NULL(test, h.vm);
		init_completion(&h.done);
		take(h.vm, 1, VM_NOSLEEP);
		task = kthread_run(heir_thread, &h, "ddi-heir");
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		while (!arena_sleepers(h.vm))
			cond_resched();
		EXPECT_NO_MISUSE(test, { give(h.vm, 1, 1); wait_for_completion(&h.done); });
	}
}

static struct kunit_case vmem_destroy_cases[] = {
	KUNIT_CASE(thread_in_a_drivers_function_keeps_it),
	KUNIT_CASE(thread_in_a_walk_keeps_it),
	KUNIT_CASE(thread_that_empties_caches_keeps_it),
	KUNIT_CASE(sleeper_for_space_above_keeps_it),
	KUNIT_CASE(sleeper_in_a_drivers_import_keeps_it),
	KUNIT_CASE(reap_on_its_way_does_not_keep_it),
	KUNIT_CASE(waiter_that_is_served_may_destroy),
	{}
};

static struct kunit_suite vmem_destroy_suite = {
	.name = "ddi_vmem_destroy",
	.init = balance_init,
	.test_cases = vmem_destroy_cases,
};

kunit_test_suite(vmem_destroy_suite);
