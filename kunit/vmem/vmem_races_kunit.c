// SPDX-License-Identifier: GPL-2.0-only
/* vmem_races_kunit.c - changes of an arena in the middle of a request */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "ddi_core/trace.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/waiters_helpers.h"

#define Q	0x1000UL

/* V102, V76, V71: a sleeper's space lies freed in the caches of another arena */
static void waiter_gets_what_a_sibling_has_cached(struct kunit *test)
{
	vmem_t *source = arena_make(test, Q, 3 * Q, Q), *caching;
	vmem_t *kid = kid_make(test, source, Q);
	unsigned long at[3];
	int i;

	caching = arena_keep(test, vmem_create("caching", NULL, 0, Q, vmem_alloc, vmem_free,
					       source, Q, VM_SLEEP));
	for (i = 0; i < 3; i++)
		at[i] = take(caching, Q, VM_SLEEP);
	for (i = 0; i < 3; i++)
		give(caching, at[i], Q);
	EXPECT_SIZES(test, source, 3 * Q, 0);
	expect_got(test, wait_for(test, kid, 2 * Q, VM_SLEEP));
}

#if IS_ENABLED(CONFIG_TRACEPOINTS)

/* The source's only space, freed while a request is about to sleep. */
static struct {
	vmem_t *vm;
	unsigned long at;
	bool refuse;
	unsigned int exports, asleep;
} late;

static void *late_import(vmem_t *source, size_t size, int vmflag)
{
	return READ_ONCE(late.refuse) ? NULL : vmem_alloc(source, size, vmflag);
}

static void late_export(vmem_t *source, void *start, size_t size)
{
	late.exports++;
	late.asleep += READ_ONCE(current->__state) != TASK_RUNNING;
	vmem_free(source, start, size);
}

static void free_late(void *data, u32 id, const char *name, unsigned long start,
		      unsigned long size, int flags, const void *caller)
{
	if (late.vm && id == late.vm->id)
		give(late.vm, late.at, Q);
}

/* V67: an export before a sleep runs in the state TASK_RUNNING */
static void export_before_a_sleep_runs_in_task_running(struct kunit *test)
{
	vmem_t *source = arena_make(test, Q, 16 * Q, Q), *kid;
	struct waiter *w;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "a probe may not free there");
	memset(&late, 0, sizeof(late));
	kid = arena_keep(test, vmem_create("late", NULL, 0, Q, late_import, late_export, source,
					   Q, VM_SLEEP));
	late.at = take(kid, Q, VM_SLEEP);
	late.vm = kid;
	late.refuse = true;
	KUNIT_ASSERT_EQ(test, 0, tracepoint_probe_register(&__tracepoint_vmem_wait_begin,
							   free_late, NULL));
	w = wait_for(test, kid, 2 * Q, VM_SLEEP);
	while (!arena_stat(kid, VMEM_STAT_WAIT) && !completion_done(&w->done))
		schedule_timeout_uninterruptible(1);
	tracepoint_probe_unregister(&__tracepoint_vmem_wait_begin, free_late, NULL);
	tracepoint_synchronize_unregister();
	WRITE_ONCE(late.refuse, false);
	vmem_add(kid, AT(0x1000000), Q, VM_SLEEP);
	expect_got(test, w);
	KUNIT_EXPECT_EQ(test, late.exports, 1);
	KUNIT_EXPECT_EQ(test, late.asleep, 0);
}

#endif

/*
 * Two places that a request fits into, at the ends of many that are long
 * enough but lie wrong, and a thread that never holds both of them.
 */
#define WRONG	512UL
#define LOW	4UL
#define HIGH	(LOW + 4 * (WRONG + 1))

struct mover {
	vmem_t *vm;
	bool stop;
	struct completion done;
};

static int mover_thread(void *data)
{
	struct mover *m = data;
	unsigned long held = 0, next = LOW;

	while (!READ_ONCE(m->stop)) {
		if (held)
			xgive(m->vm, held, 2);
		held = take_at(m->vm, next, 2);
		next = LOW + HIGH - next;
		cond_resched();
	}
	if (held)
		xgive(m->vm, held, 2);
	complete(&m->done);
	return 0;
}

static void mover_fill(vmem_t *vm)
{
	unsigned long at;

	for (at = LOW; at < HIGH + 4; at += 4) {
		bool fits = at == LOW || at == HIGH;

		take_at(vm, at + (fits ? 2 : 0), 1);
		take_at(vm, at + 3, 1);
	}
}

struct search_case {
	const char *desc;
	unsigned long max;
	int flags;
};

static const struct search_case search_cases[] = {
	{ "shape", 0, 0 },
	{ "shape, best fit", 0, VM_BESTFIT },
	{ "shape, first fit", 0, VM_FIRSTFIT },
	{ "window", HIGH + 4, 0 },
	{ "window, best fit", HIGH + 4, VM_BESTFIT },
	{ "window, high end", HIGH + 4, VM_ENDALLOC },
};

KUNIT_ARRAY_PARAM_DESC(search_case, search_cases, desc);

/*
 * Search while a thread or a timer moves free space: there is a place at any
 * moment. On a slow machine a timer leaves the searches little time.
 */
static void expect_always_found(struct kunit *test, vmem_t *vm, unsigned long min,
				unsigned long max, int flags, unsigned long steps)
{
	unsigned long i, at, failed = 0, end = jiffies + 20 * HZ;

	for (i = 0; i < steps && time_before(jiffies, end); i++) {
		at = xtake(vm, 2, 4, 0, 0, min, max, VM_NOSLEEP | flags);
		if (at)
			xgive(vm, at, 2);
		else
			failed++;
	}
	KUNIT_EXPECT_EQ(test, failed, 0);
}

/* V34: the place that serves changes during the search */
static void search_with_lock_breaks_misses_no_place(struct kunit *test)
{
	const struct search_case *p = test->param_value;
	struct mover m = { .vm = arena_make(test, LOW, HIGH + 4 - LOW, 1) };

	mover_fill(m.vm);
	init_completion(&m.done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(mover_thread, &m, "ddi-mover")));
	expect_always_found(test, m.vm, 0, p->max, p->flags, ddi_kunit_steps(8000));
	WRITE_ONCE(m.stop, true);
	wait_for_completion(&m.done);
}

/*
 * A few segments lie wrong. Behind them a timer cuts one segment to less than their
 * size and lets it grow back, all the time. The timer fires where a search on its CPU
 * lets interrupts in.
 */
#define FEW	60UL
#define LARGE	(LOW + 4 * FEW)

struct cutter {
	struct hrtimer timer;
	vmem_t *vm;
	unsigned long held;
	unsigned long ticks;
	unsigned long cuts;
};

static enum hrtimer_restart cutter_tick(struct hrtimer *timer)
{
	struct cutter *c = container_of(timer, struct cutter, timer);

	if (c->held) {
		xgive(c->vm, c->held, 64);
		c->held = 0;
	} else {
		c->held = take_at(c->vm, LARGE + 2, 64);
		c->cuts += !!c->held;
	}
	/* Never in step with the searches. */
	hrtimer_forward_now(timer, (10 + c->ticks++ * 7 % 31) * NSEC_PER_USEC);
	return HRTIMER_RESTART;
}

/* V34: the same by size, when a segment shrinks behind the search */
static void search_by_size_misses_no_remainder(struct kunit *test)
{
	struct cutter *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	unsigned long at;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->vm = arena_make(test, LOW, 4 * FEW + 66, 1);
	for (at = LOW; at < LARGE - 4; at += 4)
		take_at(c->vm, at, 1);
	take_at(c->vm, LARGE - 4, 4);
	hrtimer_setup(&c->timer, cutter_tick, CLOCK_MONOTONIC, TICK_MODE);
	migrate_disable();
	hrtimer_start(&c->timer, 0, TICK_MODE);
	expect_always_found(test, c->vm, LOW, LARGE + 66, VM_BESTFIT, ddi_kunit_steps(160000));
	migrate_enable();
	hrtimer_cancel(&c->timer);
	if (c->held)
		xgive(c->vm, c->held, 64);
	KUNIT_EXPECT_GT(test, c->cuts, 0);
}

/* With KASAN or KCSAN a search takes several times as long, and so does all around it. */
#define SHARE	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) ? 4 : 1)

/* Two places with more that lies wrong between them than is searched in a tick. */
#define BETWEEN	(60000UL / SHARE)
#define NEAR	LOW
#define FAR	(NEAR + 4 * (BETWEEN + 1))

/* Frees the near place and takes it again at once, thousands of times. */
static enum hrtimer_restart recycler_tick(struct hrtimer *timer)
{
	struct cutter *c = container_of(timer, struct cutter, timer);

	xgive(c->vm, NEAR, 2);
	c->held = take_at(c->vm, NEAR, 2);
	hrtimer_forward_now(timer, 20 * NSEC_PER_USEC);
	return ++c->ticks < 5000 && c->held ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

static const struct search_case far_search_cases[] = {
	{ "best fit", 0, VM_BESTFIT },
	{ "first fit", 0, VM_FIRSTFIT },
};

KUNIT_ARRAY_PARAM_DESC(far_search_case, far_search_cases, desc);

/* V34: a search ends although segments come and go behind it all the time */
static void search_ends_while_segments_come_and_go(struct kunit *test)
{
	struct cutter *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	const struct search_case *h = test->param_value;
	unsigned long at;
	u64 looks;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->vm = arena_make(test, NEAR, FAR + 4 - NEAR, 1);
	take_at(c->vm, NEAR, 2);
	take_at(c->vm, NEAR + 2, 2);
	for (at = NEAR + 4; at < FAR; at += 4)
		take_at(c->vm, at, 1);
	looks = arena_stat(c->vm, VMEM_STAT_SEARCH);
	hrtimer_setup(&c->timer, recycler_tick, CLOCK_MONOTONIC, TICK_MODE);
	migrate_disable();
	hrtimer_start(&c->timer, 0, TICK_MODE);
	at = xtake(c->vm, 2, 4, 0, 0, 0, 0, VM_NOSLEEP | h->flags);
	migrate_enable();
	hrtimer_cancel(&c->timer);
	looks = arena_stat(c->vm, VMEM_STAT_SEARCH) - looks;
	kunit_info(test, "%llu looks, %lu ticks", looks, c->ticks);
	KUNIT_EXPECT_GT(test, c->ticks, 0);
	KUNIT_EXPECT_EQ(test, at, c->held ? FAR : NEAR);
	KUNIT_EXPECT_LE(test, looks, 2 * BETWEEN);
}

/* Holes of three units that lie wrong, made without a request by address. */
#define HOLES	(8000UL / SHARE)
#define LAST	(NEAR + 4 * (HOLES + 1))

static vmem_t *arena_of_holes(struct kunit *test)
{
	vmem_t *vm = arena_make(test, NEAR, LAST + 4 - NEAR, 1);
	unsigned long at;

	for (at = NEAR; at < LAST + 4; at++)
		KUNIT_ASSERT_EQ(test, take(vm, 1, VM_NOSLEEP), at);
	for (at = NEAR; at < LAST + 4; at++)
		if (at % 4)
			give(vm, at, 1);
	return vm;
}

static enum hrtimer_restart freer_tick(struct hrtimer *timer)
{
	struct cutter *c = container_of(timer, struct cutter, timer);

	give(c->vm, c->held, 1);
	c->held = 0;
	return HRTIMER_NORESTART;
}

/*
 * Search while a timer makes NEAR free, and return what is found; 0 if the timer was late
 * each time. @took is how long a search takes.
 */
static unsigned long search_and_free_behind(struct cutter *c, const struct search_case *h,
					    ktime_t took)
{
	unsigned long at;
	bool late;
	int i;

	for (i = 0; i < 12; i++) {
		migrate_disable();
		/* Earlier each time, until it fires while the search is under way */
		hrtimer_start(&c->timer, took >> i, TICK_MODE);
		at = xtake(c->vm, 2, 4, 0, 4UL << i, 0, 0, VM_NOSLEEP | h->flags);
		late = READ_ONCE(c->held);
		migrate_enable();
		hrtimer_cancel(&c->timer);
		if (!late)
			return at;
		if (at)
			xgive(c->vm, at, 2);
		if (!c->held)
			break;
	}
	return 0;
}

/* V34, V40, V41: what a timer makes free behind a search that has begun is better */
static void search_takes_what_is_freed_behind_it(struct kunit *test)
{
	struct cutter *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	const struct search_case *h = test->param_value;
	unsigned long at, wrong = 0;
	ktime_t took;
	int tries;

	KUNIT_ASSERT_NOT_NULL(test, c);
	/* It may fire between the end of a search and the look at it: not each time. */
	for (tries = 0; tries < 4; tries++) {
		c->vm = arena_of_holes(test);
		c->held = NEAR;
		/* How long does a search take? A kind of request that is looked for once only. */
		took = ktime_get();
		KUNIT_ASSERT_EQ(test, xtake(c->vm, 2, 8, 0, 0, 0, 0, VM_NOSLEEP | h->flags), 0);
		took = ktime_sub(ktime_get(), took);
		give(c->vm, LAST, 1);
		hrtimer_setup(&c->timer, freer_tick, CLOCK_MONOTONIC, TICK_MODE);
		at = search_and_free_behind(c, h, took);
		if (at == NEAR)
			return;
		wrong = at ?: wrong;
	}
	if (!wrong)
		kunit_skip(test, "the timer was late each time");
	KUNIT_EXPECT_EQ(test, wrong, NEAR);
}

static struct kunit_case vmem_races_cases[] = {
	KUNIT_CASE(waiter_gets_what_a_sibling_has_cached),
#if IS_ENABLED(CONFIG_TRACEPOINTS)
	KUNIT_CASE(export_before_a_sleep_runs_in_task_running),
#endif
	KUNIT_CASE_PARAM(search_with_lock_breaks_misses_no_place, search_case_gen_params),
	KUNIT_CASE_SLOW(search_by_size_misses_no_remainder),
	KUNIT_CASE_PARAM(search_ends_while_segments_come_and_go, far_search_case_gen_params),
	KUNIT_CASE_PARAM(search_takes_what_is_freed_behind_it, far_search_case_gen_params),
	{}
};

static struct kunit_suite vmem_races_suite = {
	.name = "ddi_vmem_races",
	.init = balance_init,
	.test_cases = vmem_races_cases,
};

kunit_test_suite(vmem_races_suite);
