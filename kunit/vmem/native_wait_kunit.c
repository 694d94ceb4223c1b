// SPDX-License-Identifier: GPL-2.0-only
/* native_wait_kunit.c - <ddi/vmem.h>: waits that end by signal or time, and fair arenas */
#include <ddi/vmem.h>

#include <linux/delay.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/waiters_helpers.h"

#define AN_ENDLESS_WAIT	.gfp = GFP_KERNEL, .timeout = MAX_SCHEDULE_TIMEOUT

static vmem_t *arena_of(struct kunit *test, size_t size, bool fair)
{
	vmem_t *vm = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = "native", .base = 1, .size = size, .fair = fair, .gfp = GFP_KERNEL }));

	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	return arena_keep(test, vm);
}

/* A thread with a request that waits. */
struct patient {
	vmem_t *vm;
	struct ddi_vmem_request want;
	unsigned long got;
	int err;
	struct task_struct *task;
	struct completion done;
};

static int patient_thread(void *data)
{
	struct patient *p = data;

	allow_signal(SIGKILL);
	allow_signal(SIGUSR1);
	p->err = ddi_vmem_xalloc(p->vm, &p->want, &p->got);
	complete_all(&p->done);
	return 0;
}

/* The end of a case: it has space, or a lot is added until it has. */
static void patient_end(void *data)
{
	struct patient *p = data;

	if (!try_wait_for_completion(&p->done)) {
		vmem_add(p->vm, AT(0x40000000), 0x10000000, VM_SLEEP);
		wait_for_completion(&p->done);
	}
	put_task_struct(p->task);
}

static struct patient *patient_start(struct kunit *test, vmem_t *vm,
				     const struct ddi_vmem_request *want)
{
	struct patient *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->vm = vm;
	p->want = *want;
	init_completion(&p->done);
	run_thread(test, &p->task, patient_thread, p, patient_end);
	return p;
}

static struct patient *wait_for_size(struct kunit *test, vmem_t *vm, size_t size)
{
	return patient_start(test, vm, &(struct ddi_vmem_request){ .size = size,
								   AN_ENDLESS_WAIT });
}

static void expect_end(struct kunit *test, struct patient *p, int err)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&p->done, AWAKENING));
	KUNIT_EXPECT_EQ(test, p->err, err);
}

struct signal_kind {
	const char *desc;
	unsigned int state;
	int signal;
	bool ends;
};

static const struct signal_kind signal_kinds[] = {
	{ "killable, killed", TASK_KILLABLE, SIGKILL, true },
	{ "by default, killed", 0, SIGKILL, true },
	{ "killable, another signal", TASK_KILLABLE, SIGUSR1, false },
	{ "interruptible, killed", TASK_INTERRUPTIBLE, SIGKILL, true },
	{ "interruptible, another signal", TASK_INTERRUPTIBLE, SIGUSR1, true },
	{ "uninterruptible, killed", TASK_UNINTERRUPTIBLE, SIGKILL, false },
};

KUNIT_ARRAY_PARAM_DESC(signal_kind, signal_kinds, desc);

/* N8, N9 */
static void signal_ends_a_wait_that_allows_it(struct kunit *test)
{
	const struct signal_kind *kind = test->param_value;
	vmem_t *vm = arena_of(test, 10, false);
	struct patient *p = patient_start(test, vm, &(struct ddi_vmem_request){
		.size = 11, .state = kind->state, AN_ENDLESS_WAIT });

	await_sleepers(test, vm, 1);
	send_sig(kind->signal, p->task, 1);
	if (kind->ends) {
		expect_end(test, p, -ERESTARTSYS);
		KUNIT_EXPECT_EQ(test, arena_sleepers(vm), 0);
		EXPECT_SIZES(test, vm, 0, 10);
		return;
	}
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&p->done, HZ / 20), 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_add(vm, 100, 11, GFP_KERNEL), 0);
	expect_end(test, p, 0);
	KUNIT_EXPECT_EQ(test, p->got, 100);
}

/* N9: what is there at once is had, signal or not */
static void pending_signal_does_not_prevent_a_success(struct kunit *test)
{
	vmem_t *vm = arena_of(test, 10, false);
	unsigned long addr = 0;

	allow_signal(SIGUSR1);
	send_sig(SIGUSR1, current, 1);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc_wait(vm, 10, GFP_KERNEL, TASK_INTERRUPTIBLE, HZ,
						  &addr), 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc_wait(vm, 10, GFP_KERNEL, TASK_INTERRUPTIBLE,
						  MAX_SCHEDULE_TIMEOUT, &addr), -ERESTARTSYS);
	flush_signals(current);
	disallow_signal(SIGUSR1);
	KUNIT_EXPECT_EQ(test, addr, 1);
}

/* N10 */
static void time_ends_a_wait(struct kunit *test)
{
	static const unsigned int states[] = {
		TASK_KILLABLE, TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE,
	};
	vmem_t *vm = arena_of(test, 10, false);
	unsigned long addr = 77, begin, ticks = HZ / 50 + 1;
	int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		begin = jiffies;
		KUNIT_EXPECT_EQ(test, ddi_vmem_alloc_wait(vm, 11, GFP_KERNEL, states[i], ticks,
							  &addr), -ETIMEDOUT);
		KUNIT_EXPECT_GE(test, jiffies - begin, ticks);
		KUNIT_EXPECT_EQ(test, arena_stat(vm, VMEM_STAT_FAIL), i + 1);
	}
	KUNIT_EXPECT_EQ(test, addr, 77);
	KUNIT_EXPECT_EQ(test, arena_sleepers(vm), 0);
}

/* N8: space in the arena, and space in an arena that it imports from */
static void space_ends_a_wait(struct kunit *test)
{
	vmem_t *root = arena_of(test, 10, false), *kid;
	unsigned long addr = take(root, 10, VM_SLEEP);
	struct patient *p;

	kid = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = "kid", .source = root, .gfp = GFP_KERNEL }));
	KUNIT_ASSERT_FALSE(test, IS_ERR(kid));
	arena_keep(test, kid);
	p = wait_for_size(test, kid, 5);
	await_sleepers(test, root, 1);
	give(root, addr, 10);
	expect_end(test, p, 0);
	EXPECT_SIZES(test, root, 5, 5);
}

/* N18: units are freed one by one; small requests keep coming */
static void large_request_is_served_among_small_ones(struct kunit *test)
{
	vmem_t *vm = arena_of(test, 10, true);
	struct patient *large, *small;
	unsigned long addr, i;

	for (i = 1; i <= 10; i++)
		KUNIT_ASSERT_EQ(test, take(vm, 1, VM_SLEEP), i);
	large = wait_for_size(test, vm, 5);
	await_sleepers(test, vm, 1);
	small = wait_for_size(test, vm, 1);
	await_sleepers(test, vm, 2);
	for (i = 1; i <= 4; i++) {
		give(vm, i, 1);
		KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(vm, 1, GFP_KERNEL, &addr), -ENOSPC);
		KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | VM_FIRSTFIT), 0);
		KUNIT_EXPECT_EQ(test, xtake(vm, 1, 0, 0, 0, i, i + 1, VM_NOSLEEP), 0);
	}
	KUNIT_EXPECT_FALSE(test, completion_done(&large->done) || completion_done(&small->done));
	give(vm, 5, 1);
	expect_end(test, large, 0);
	KUNIT_EXPECT_EQ(test, large->got, 1);
	KUNIT_EXPECT_FALSE(test, completion_done(&small->done));
	give(vm, 6, 1);
	expect_end(test, small, 0);
	await_sleepers(test, vm, 0);
	give(vm, 7, 1);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(vm, 1, GFP_KERNEL, &addr), 0);
}

/* N18: the default: whichever finds space takes it */
static void small_request_overtakes_by_default(struct kunit *test)
{
	vmem_t *vm = arena_of(test, 10, false);
	struct patient *large, *small;

	take(vm, 10, VM_SLEEP);
	large = wait_for_size(test, vm, 5);
	await_sleepers(test, vm, 1);
	small = wait_for_size(test, vm, 1);
	await_sleepers(test, vm, 2);
	vmem_add(vm, AT(20), 1, VM_SLEEP);
	expect_end(test, small, 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&large->done));
}

#define QUEUE	5

/* N18: all in order of arrival, from both headers, with caches or without */
static void queue_is_served_in_order(struct kunit *test)
{
	vmem_t *vm = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = "queue", .base = 1, .size = QUEUE, .fair = true, .qcache_max = 2,
		.gfp = GFP_KERNEL }));
	struct patient *p[QUEUE];
	struct waiter *old;
	int i, k;

	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	arena_keep(test, vm);
	for (i = 1; i <= QUEUE; i++)
		KUNIT_ASSERT_EQ(test, take(vm, 1, VM_SLEEP | VM_BESTFIT), i);
	for (i = 0; i < QUEUE - 1; i++) {
		p[i] = wait_for_size(test, vm, 1);
		await_sleepers(test, vm, i + 1);
	}
	old = wait_for(test, vm, 1, VM_SLEEP);
	await_sleepers(test, vm, QUEUE);
	for (i = 0; i < QUEUE - 1; i++) {
		give(vm, i + 1, 1);
		expect_end(test, p[i], 0);
		for (k = i + 1; k < QUEUE - 1; k++)
			KUNIT_EXPECT_FALSE(test, completion_done(&p[k]->done));
	}
	give(vm, QUEUE, 1);
	expect_got(test, old);
}

/* N18: the first one gives up, and what is free serves the next */
static void next_one_moves_up(struct kunit *test)
{
	vmem_t *vm = arena_of(test, 10, true);
	struct patient *large = wait_for_size(test, vm, 11), *small;

	await_sleepers(test, vm, 1);
	small = wait_for_size(test, vm, 3);
	await_sleepers(test, vm, 2);
	KUNIT_EXPECT_FALSE(test, completion_done(&small->done));
	send_sig(SIGKILL, large->task, 1);
	expect_end(test, large, -ERESTARTSYS);
	expect_end(test, small, 0);
	EXPECT_SIZES(test, vm, 3, 7);
}

/* N18: what is imported is for the first one, too */
static void import_does_not_overtake(struct kunit *test)
{
	vmem_t *root = arena_of(test, 10, false), *kid;
	struct patient *large;
	unsigned long addr;

	kid = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = "kid", .source = root, .fair = true, .gfp = GFP_KERNEL }));
	KUNIT_ASSERT_FALSE(test, IS_ERR(kid));
	arena_keep(test, kid);
	large = wait_for_size(test, kid, 20);
	await_sleepers(test, kid, 1);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(kid, 1, GFP_KERNEL, &addr), -ENOSPC);
	vmem_add(root, AT(100), 20, VM_SLEEP);
	expect_end(test, large, 0);
	KUNIT_EXPECT_EQ(test, ddi_vmem_alloc(kid, 1, GFP_KERNEL, &addr), 0);
}

static struct kunit_case native_wait_cases[] = {
	KUNIT_CASE_PARAM(signal_ends_a_wait_that_allows_it, signal_kind_gen_params),
	KUNIT_CASE(pending_signal_does_not_prevent_a_success),
	KUNIT_CASE(time_ends_a_wait),
	KUNIT_CASE(space_ends_a_wait),
	KUNIT_CASE(large_request_is_served_among_small_ones),
	KUNIT_CASE(small_request_overtakes_by_default),
	KUNIT_CASE(queue_is_served_in_order),
	KUNIT_CASE(next_one_moves_up),
	KUNIT_CASE(import_does_not_overtake),
	{}
};

static struct kunit_suite native_wait_suite = {
	.name = "ddi_native_wait",
	.init = balance_init,
	.test_cases = native_wait_cases,
};

kunit_test_suite(native_wait_suite);
