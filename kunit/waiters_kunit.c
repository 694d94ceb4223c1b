// SPDX-License-Identifier: GPL-2.0-only
/*
 * waiters_kunit.c - threads that sleep for space, and whoever makes it
 *
 * No case leaves a sleeper behind: what is still asleep at the end of a case
 * is given all the space it wants.
 */
#include <sys/map.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/tracepoint.h>

#include "ddi_context.h"
#include "ddi_rmap/rmap_impl.h"
#include "ddi_trace.h"
#include "vmem_helpers.h"

#define MANY		8
#define PATIENCE	(60 * HZ)
/* Before a sleeper looks by itself, which would hide that nobody woke it [V101]. */
#define AWAKENING	(VMEM_WAIT_RETRY * 2 / 3)

/* Space that no case uses, enough for every sleeper there is. */
#define RESCUE_BASE	0x40000000UL
#define RESCUE_SIZE	0x10000000UL

struct waiter {
	vmem_t *vm;
	struct map *mp;		/* asks for rmalloc_wait() instead */
	size_t size;
	int flags;
	unsigned long got;
	struct task_struct *task;
	struct completion done;
};

static int waiter_thread(void *data)
{
	struct waiter *w = data;

	/* Kernel threads ignore it otherwise. */
	allow_signal(SIGKILL);
	w->got = w->mp ? rmalloc_wait(w->mp, w->size) : take(w->vm, w->size, w->flags);
	complete(&w->done);
	return 0;
}

static bool waiter_returns(struct waiter *w)
{
	return wait_for_completion_timeout(&w->done, AWAKENING);
}

/* The end of a case: nobody sleeps on, and what they got is free again. */
static void waiter_end(void *data)
{
	struct waiter *w = data;

	if (!try_wait_for_completion(&w->done)) {
		w->vm->max_live = ULONG_MAX;
		vmem_add(w->vm, AT(RESCUE_BASE), RESCUE_SIZE, VM_SLEEP);
		wait_for_completion(&w->done);
	}
	put_task_struct(w->task);
}

static struct waiter *waiter_run(struct kunit *test, struct waiter with)
{
	struct waiter *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	*w = with;
	init_completion(&w->done);
	w->task = kthread_create(waiter_thread, w, "ddi-waiter");
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->task));
	get_task_struct(w->task);
	wake_up_process(w->task);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, waiter_end, w), 0);
	return w;
}

static struct waiter *wait_for(struct kunit *test, vmem_t *vm, size_t size, int flags)
{
	return waiter_run(test, (struct waiter){ .vm = vm, .size = size, .flags = flags });
}

static struct waiter *wait_for_map(struct kunit *test, struct map *mp, size_t size)
{
	return waiter_run(test, (struct waiter){ .vm = mp->arena, .mp = mp, .size = size });
}

/* Until @n threads wait in the arena, asleep or about to try once more. */
static void await_sleepers(struct kunit *test, vmem_t *vm, unsigned int n)
{
	unsigned long end = jiffies + PATIENCE;
	unsigned int now;

	while ((now = arena_sleepers(vm)) != n && time_before(jiffies, end))
		fsleep(1000);
	KUNIT_ASSERT_EQ(test, now, n);
}

static void await_asleep(struct kunit *test, struct waiter *w)
{
	unsigned long end = jiffies + PATIENCE;

	while (READ_ONCE(w->task->__state) != TASK_UNINTERRUPTIBLE && time_before(jiffies, end))
		fsleep(1000);
	KUNIT_ASSERT_EQ(test, READ_ONCE(w->task->__state), TASK_UNINTERRUPTIBLE);
}

static void expect_got(struct kunit *test, struct waiter *w)
{
	KUNIT_ASSERT_TRUE(test, waiter_returns(w));
	KUNIT_EXPECT_NE(test, w->got, 0);
	complete(&w->done);
}

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

struct piece {
	vmem_t *vm;
	struct map *mp;
	unsigned long start;
	size_t size;
};

static void free_piece(void *data)
{
	struct piece *r = data;

	if (r->mp)
		rmfree(r->mp, r->size, r->start);
	else
		vmem_free(r->vm, AT(r->start), r->size);
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

/* V106: who waits long is named */
static void long_wait_is_reported(struct kunit *test)
{
	static const char text[] = "patient: still waiting for 11 units";
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

/* V103, R32: whoever does not sleep is not held up by who does */
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

static void map_end(void *data)
{
	struct map *mp = data;

	arena_clear(mp->arena);
	rmfreemap(mp);
}

static struct map *map_make(struct kunit *test, size_t mapsize, size_t size)
{
	struct map *mp = rmallocmap_wait(mapsize);

	KUNIT_ASSERT_NOT_NULL(test, mp);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, map_end, mp), 0);
	if (size)
		rmfree(mp, size, 1);
	return mp;
}

/* R7, R24, R30, R3, K3: for space that is not there yet, then for a return */
static void map_releases_by_addition_and_return(struct kunit *test)
{
	enum ddi_context ctx = ddi_context_of(test);
	struct map *mp = map_make(test, 10, 0);
	struct waiter *w = wait_for_map(test, mp, 10);
	struct piece r = { .mp = mp, .start = 1, .size = 10 };

	await_sleepers(test, mp->arena, 1);
	ddi_run_in(ctx, free_piece, &r);
	expect_got(test, w);
	KUNIT_EXPECT_EQ(test, w->got, 1);
	w = wait_for_map(test, mp, 4);
	await_sleepers(test, mp->arena, 1);
	KUNIT_EXPECT_EQ(test, arena_stat(mp->arena, VMEM_STAT_FAIL), 0);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 0);
	ddi_run_in(ctx, free_piece, &r);
	expect_got(test, w);
	KUNIT_EXPECT_EQ(test, w->got, 1);
}

/* R8, R9, R24: a full map with space left makes wait as well */
static void map_at_its_limit_makes_wait(struct kunit *test)
{
	struct map *mp = map_make(test, 2, 100);
	struct waiter *w;

	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 1), 2);
	w = wait_for_map(test, mp, 50);
	await_sleepers(test, mp->arena, 1);
	rmfree(mp, 1, 1);
	expect_got(test, w);
	KUNIT_EXPECT_EQ(test, w->got, 3);
}

/* R32: a return or addition that makes room for a larger request only in part */
static void map_wakes_for_every_kind_of_room(struct kunit *test)
{
	struct map *mp = map_make(test, 10, 10);
	struct waiter *w;

	KUNIT_EXPECT_EQ(test, rmalloc(mp, 5), 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 5), 6);
	w = wait_for_map(test, mp, 20);
	await_sleepers(test, mp->arena, 1);
	rmfree(mp, 5, 6);
	rmfree(mp, 10, 11);
	KUNIT_EXPECT_FALSE(test, completion_done(&w->done));
	rmfree(mp, 5, 1);
	expect_got(test, w);
	KUNIT_EXPECT_EQ(test, w->got, 1);
}

/*
 * Eight threads that take and never give, and a timer interrupt that gives
 * back all that they have taken. Units in use are marked one by one.
 */
#define STRESS_UNITS	512
#define STRESS_MAPSIZE	96
#define STRESS_PERIOD	(100 * NSEC_PER_USEC)

struct slot {
	struct llist_node node;
	unsigned long size;
};

struct stress {
	struct map *mp;
	struct hrtimer timer;
	struct llist_head taken;
	struct slot slot[STRESS_UNITS + 1];
	unsigned long busy[BITS_TO_LONGS(STRESS_UNITS + 1)];
	unsigned long rounds, returned;
	atomic_t twice, failed, running;
	struct completion done;
	bool stop;
};

static void stress_return_all(struct stress *s)
{
	struct llist_node *node = llist_del_all(&s->taken);

	while (node) {
		struct slot *slot = llist_entry(node, struct slot, node);
		unsigned long index = slot - s->slot, size = slot->size, i;

		node = node->next;
		for (i = index; i < index + size; i++)
			clear_bit(i, s->busy);
		s->returned++;
		rmfree(s->mp, size, index);
	}
}

static enum hrtimer_restart stress_tick(struct hrtimer *timer)
{
	struct stress *s = container_of(timer, struct stress, timer);

	stress_return_all(s);
	if (READ_ONCE(s->stop))
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, STRESS_PERIOD);
	return HRTIMER_RESTART;
}

static int stress_thread(void *data)
{
	struct stress *s = data;
	unsigned long n, i;

	for (n = 0; n < s->rounds; n++) {
		unsigned long size = 1 + n * 7 % 13, index = rmalloc_wait(s->mp, size);

		if (!index || index + size > STRESS_UNITS + 1) {
			atomic_inc(&s->failed);
			continue;
		}
		for (i = index; i < index + size; i++)
			if (test_and_set_bit(i, s->busy))
				atomic_inc(&s->twice);
		s->slot[index].size = size;
		llist_add(&s->slot[index].node, &s->taken);
		if (n % 256 == 0)
			cond_resched();
	}
	if (atomic_dec_and_test(&s->running))
		complete(&s->done);
	return 0;
}

static void stress_stop(void *data)
{
	struct stress *s = data;

	/* The timer runs until the last thread has what it waits for. */
	wait_for_completion(&s->done);
	WRITE_ONCE(s->stop, true);
	hrtimer_cancel(&s->timer);
	stress_return_all(s);
}

/* R24, R31, R32, R33, V100, X25: nobody is left behind, and the map is whole */
static void map_stress_with_returns_from_a_timer(struct kunit *test)
{
	struct stress *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->mp = map_make(test, STRESS_MAPSIZE, STRESS_UNITS);
	s->rounds = ddi_kunit_steps(1000000) / 2 / MANY;
	init_completion(&s->done);
	hrtimer_init(&s->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	s->timer.function = stress_tick;
	hrtimer_start(&s->timer, STRESS_PERIOD, HRTIMER_MODE_REL);
	atomic_set(&s->running, MANY);
	for (i = 0; i < MANY; i++)
		if (IS_ERR(kthread_run(stress_thread, s, "ddi-stress")) &&
		    atomic_dec_and_test(&s->running))
			complete(&s->done);
	stress_stop(s);
	KUNIT_EXPECT_EQ(test, atomic_read(&s->twice), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&s->failed), 0);
	KUNIT_EXPECT_EQ(test, s->returned, s->rounds * MANY);
	KUNIT_EXPECT_EQ(test, arena_sleepers(s->mp->arena), 0);
	EXPECT_STATE(test, s->mp->arena, "F1+512");
	kunit_info(test, "%lu operations, %llu sleeps", 2 * s->returned,
		   arena_stat(s->mp->arena, VMEM_STAT_WAIT));
}

/* A driver's request path and completion interrupt; see below. */
struct controller {
	struct map *slots;
	unsigned long slot;
};

static void controller_interrupt(void *data)
{
	struct controller *c = data;

	rmfree(c->slots, 1, c->slot + 1);
}

/* R11, R18, R28, R31: slots counted from 0, torn down and rebuilt on reset */
static void map_serves_a_storage_driver(struct kunit *test)
{
	struct controller c;
	int reset, io;

	for (reset = 0; reset < 10; reset++) {
		c.slots = rmallocmap_wait(8);
		rmfree(c.slots, 8, 1);
		for (io = 0; io < 20; io++) {
			c.slot = rmalloc_wait(c.slots, 1) - 1;
			KUNIT_EXPECT_LT(test, c.slot, 8);
			ddi_run_in(IN_HARDIRQ, controller_interrupt, &c);
		}
		KUNIT_EXPECT_EQ(test, rmalloc(c.slots, 8), 1);
		rmfree(c.slots, 8, 1);
		EXPECT_NO_MISUSE(test, rmfreemap(c.slots));
	}
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
	KUNIT_CASE_PARAM(map_releases_by_addition_and_return, ddi_next_context),
	KUNIT_CASE(map_at_its_limit_makes_wait),
	KUNIT_CASE(map_wakes_for_every_kind_of_room),
	KUNIT_CASE_SLOW(map_stress_with_returns_from_a_timer),
	KUNIT_CASE(map_serves_a_storage_driver),
	{}
};

static struct kunit_suite waiters_suite = {
	.name = "ddi_waiters",
	.test_cases = waiters_cases,
};

kunit_test_suite(waiters_suite);
