// SPDX-License-Identifier: GPL-2.0-only
/* waiters_kunit.c - threads that sleep for an arena's space, and what wakes them */
#include <linux/delay.h>
#include <linux/sched/signal.h>
#include <linux/tracepoint.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/ddi_context.h"
#include "ddi_core/trace.h"
#include "kunit/lib/waiters_helpers.h"

static const int sleeping_flags[] = {
	VM_SLEEP, VM_PANIC, VM_PUSHPAGE, VM_BESTFIT, VM_FIRSTFIT, VM_NEXTFIT, VM_ENDALLOC,
};

static void flags_desc(const int *flags, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "flags %#x", *flags);
}

KUNIT_ARRAY_PARAM(sleeping_flags, sleeping_flags, flags_desc);

/* T17, V30, V33, V27, V100 */
static void t17_sleep_waits_for_an_addition(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	struct waiter *w = wait_for(test, vm, 11, *(const int *)test->param_value);

	await_asleep(test, w);
	vmem_add(vm, AT(100), 11, VM_SLEEP);
	expect_got(test, w);
	KUNIT_EXPECT_EQ(test, w->got, 100);
	await_sleepers(test, vm, 0);
	KUNIT_EXPECT_GE(test, arena_stat(vm, VMEM_STAT_WAIT), 1);
	KUNIT_EXPECT_EQ(test, arena_stat(vm, VMEM_STAT_FAIL), 0);
}

static void add_piece(void *data)
{
	struct piece *r = data;

	vmem_add(r->vm, AT(r->start), r->size, VM_NOSLEEP);
}

/* V100, V103, V130: everybody's size is there at once */
static void one_free_releases_all_sizes(struct kunit *test)
{
	enum ddi_context ctx = ddi_context_of(test);
	vmem_t *vm = arena_make(test, 1, MANY * (MANY + 1) / 2, 1);
	struct piece all = { .vm = vm, .start = take(vm, 36, VM_NOSLEEP), .size = 36 };
	struct waiter *w[MANY];
	int i;

	for (i = 0; i < MANY; i++)
		w[i] = wait_for(test, vm, i + 1, i & 1 ? VM_FIRSTFIT : VM_SLEEP);
	await_sleepers(test, vm, MANY);
	ddi_run_in(ctx, free_piece, &all);
	for (i = 0; i < MANY; i++)
		expect_got(test, w[i]);
	EXPECT_SIZES(test, vm, 36, 0);
	await_sleepers(test, vm, 0);
}

/* V100, V103, R32: each free is enough for one of them, and one takes it */
static void each_free_releases_one(struct kunit *test)
{
	enum ddi_context ctx = ddi_context_of(test);
	vmem_t *vm = arena_make(test, 1, 4 * MANY, 1);
	struct waiter *w[MANY];
	int i;

	for (i = 0; i < MANY; i++)
		take(vm, 4, VM_NOSLEEP);
	for (i = 0; i < MANY; i++)
		w[i] = wait_for(test, vm, 4, VM_SLEEP);
	await_sleepers(test, vm, MANY);
	for (i = 0; i < MANY; i++) {
		struct piece r = { .vm = vm, .start = 1 + 4 * i, .size = 4 };

		ddi_run_in(ctx, free_piece, &r);
		await_sleepers(test, vm, MANY - 1 - i);
	}
	for (i = 0; i < MANY; i++)
		expect_got(test, w[i]);
}

/* V27, V100, V130 */
static void addition_releases_all(struct kunit *test)
{
	enum ddi_context ctx = ddi_context_of(test);
	struct piece more = { .start = 100, .size = 36, .vm = arena_make(test, 0, 0, 1) };
	struct waiter *w[MANY];
	int i;

	for (i = 0; i < MANY; i++)
		w[i] = wait_for(test, more.vm, i + 1, VM_SLEEP);
	await_sleepers(test, more.vm, MANY);
	ddi_run_in(ctx, add_piece, &more);
	for (i = 0; i < MANY; i++)
		expect_got(test, w[i]);
	EXPECT_SIZES(test, more.vm, 36, 0);
}

/* V100, V69: what an import brought beyond its request */
static void import_of_another_releases(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid;
	struct waiter *w;

	kid = arena_keep(test, vmem_xcreate("kid", NULL, 0, 0x1000, source_import_double,
					    source_export, source, 0, VM_SLEEP));
	source_log.fail = true;
	w = wait_for(test, kid, 0x1000, VM_SLEEP);
	await_asleep(test, w);
	source_log.fail = false;
	KUNIT_EXPECT_NE(test, take(kid, 0x1000, VM_NOSLEEP), 0);
	expect_got(test, w);
	EXPECT_SIZES(test, kid, 0x2000, 0);
}

/* V66, V71: the request sleeps inside the source */
static void free_in_the_source_releases(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x1000), *kid = kid_make(test, source, 0x1000);
	unsigned long at = take(source, 0x1000, VM_NOSLEEP);
	struct waiter *w = wait_for(test, kid, 0x1000, VM_SLEEP);

	await_sleepers(test, source, 1);
	KUNIT_EXPECT_EQ(test, arena_sleepers(kid), 0);
	give(source, at, 0x1000);
	expect_got(test, w);
	KUNIT_EXPECT_EQ(test, w->got, at);
}

/* V104, R31: nothing but space ends the sleep */
static void wakeup_without_space_changes_nothing(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	struct waiter *w = wait_for(test, vm, 11, VM_SLEEP);
	int i;

	await_sleepers(test, vm, 1);
	for (i = 0; i < 5; i++) {
		await_asleep(test, w);
		send_sig(SIGKILL, w->task, 1);
		await_asleep(test, w);
		wake_up_process(w->task);
		give(vm, take(vm, 10, VM_NOSLEEP), 10);
	}
	KUNIT_EXPECT_FALSE(test, completion_done(&w->done));
	vmem_add(vm, AT(20), 11, VM_SLEEP);
	expect_got(test, w);
}

#if IS_ENABLED(CONFIG_TRACEPOINTS)
/* Called when the request has failed and nobody counts it as a waiter yet. */
static void free_all(void *vm, u32 id, const char *name, unsigned long start, unsigned long size,
		     int flags, const void *caller)
{
	if (!strcmp(name, ((vmem_t *)vm)->name))
		give(vm, 1, 10);
}

/* V103, R32: space that comes between the attempt and the sleep, and wakes nobody */
static void last_look_before_the_sleep(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("late", AT(1), 10, 1, NULL, NULL, NULL, 0,
						  VM_SLEEP));
	unsigned long begin;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "a probe may not free there");
	take(vm, 10, VM_NOSLEEP);
	KUNIT_ASSERT_EQ(test, tracepoint_probe_register(&__tracepoint_vmem_wait_begin, free_all,
							vm), 0);
	begin = jiffies;
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_SLEEP), 1);
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, begin + AWAKENING));
	tracepoint_probe_unregister(&__tracepoint_vmem_wait_begin, free_all, vm);
	tracepoint_synchronize_unregister();
}
#else
static void last_look_before_the_sleep(struct kunit *test)
{
	kunit_skip(test, "no tracepoints in this kernel");
}
#endif

/* V106: a thread that waits long is named in the log */
static void long_wait_is_reported(struct kunit *test)
{
	static const char text[] = "patient: waiter_thread";
	vmem_t *vm = arena_keep(test, vmem_create("patient", AT(1), 10, 1, NULL, NULL, NULL, 0,
						  VM_SLEEP));
	unsigned long end = jiffies + PATIENCE;
	unsigned int before = ddi_kunit_logged(text);
	struct waiter *w;

	ddi_kunit_report_waits(test, HZ / 20);
	w = wait_for(test, vm, 11, VM_SLEEP);
	/* It looks at the clock when it is woken. */
	while (ddi_kunit_logged(text) == before && time_before(jiffies, end)) {
		fsleep(20000);
		give(vm, take(vm, 10, VM_NOSLEEP), 10);
	}
	KUNIT_EXPECT_GT(test, ddi_kunit_logged(text), before);
	vmem_add(vm, AT(20), 11, VM_SLEEP);
	expect_got(test, w);
}

/* V103, R32: requests that do not sleep are not held up by sleepers */
static void sleepers_hold_up_nobody(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	struct waiter *w = wait_for(test, vm, 11, VM_SLEEP);

	await_asleep(test, w);
	KUNIT_EXPECT_EQ(test, take(vm, 10, VM_NOSLEEP), 1);
	give(vm, 1, 10);
	KUNIT_EXPECT_FALSE(test, completion_done(&w->done));
	KUNIT_EXPECT_EQ(test, arena_sleepers(vm), 1);
	vmem_add(vm, AT(20), 11, VM_SLEEP);
	expect_got(test, w);
}

/* V110, V131, R13 */
static void destroy_with_sleepers_is_refused(struct kunit *test)
{
	struct map *mp = rmallocmap_wait(4);
	vmem_t *vm = arena_make(test, 1, 10, 1);
	struct waiter *w = wait_for(test, vm, 11, VM_SLEEP), *wm = wait_for_map(test, mp, 5);

	await_sleepers(test, vm, 1);
	await_sleepers(test, mp->arena, 1);
	EXPECT_MISUSE(test, vmem_destroy(vm));
	EXPECT_MISUSE(test, rmfreemap(mp));
	vmem_add(vm, AT(20), 11, VM_SLEEP);
	expect_got(test, w);
	rmfree(mp, 5, 1);
	expect_got(test, wm);
	await_sleepers(test, mp->arena, 0);
	rmfree(mp, 5, wm->got);
	EXPECT_NO_MISUSE(test, rmfreemap(mp));
}

static struct kunit_case waiters_cases[] = {
	KUNIT_CASE_PARAM(t17_sleep_waits_for_an_addition, sleeping_flags_gen_params),
	KUNIT_CASE_PARAM(one_free_releases_all_sizes, ddi_next_context),
	KUNIT_CASE_PARAM(each_free_releases_one, ddi_next_context),
	KUNIT_CASE_PARAM(addition_releases_all, ddi_next_context),
	KUNIT_CASE(import_of_another_releases),
	KUNIT_CASE(free_in_the_source_releases),
	KUNIT_CASE(wakeup_without_space_changes_nothing),
	KUNIT_CASE(last_look_before_the_sleep),
	KUNIT_CASE(long_wait_is_reported),
	KUNIT_CASE(sleepers_hold_up_nobody),
	KUNIT_CASE(destroy_with_sleepers_is_refused),
	{}
};

static struct kunit_suite waiters_suite = {
	.name = "ddi_waiters",
	.init = balance_init,
	.test_cases = waiters_cases,
};

kunit_test_suite(waiters_suite);
