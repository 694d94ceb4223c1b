// SPDX-License-Identifier: GPL-2.0-only
/* waiters_maps_kunit.c - threads that sleep for room in a resource map */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/llist.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/ddi_context.h"
#include "kunit/lib/rmap_helpers.h"
#include "kunit/lib/waiters_helpers.h"

/* R7, R24, R30, R3, K3: waits for an addition, then for a return */
static void map_releases_by_addition_and_return(struct kunit *test)
{
	enum ddi_context ctx = ddi_context_of(test);
	struct map *mp = map_make(test, 10, 0, 0);
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
static void alloc_wait_at_the_limit_waits_for_a_return(struct kunit *test)
{
	struct map *mp = map_make(test, 2, 100, 1);
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
	struct map *mp = map_make(test, 10, 10, 1);
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

/* R24, R31, R32, R33, V100, X25: no thread stays asleep, and the map is one free run */
static void map_stress_with_returns_from_a_timer(struct kunit *test)
{
	struct stress *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->mp = map_make(test, STRESS_MAPSIZE, STRESS_UNITS, 1);
	s->rounds = ddi_kunit_steps(1000000) / 2 / MANY;
	init_completion(&s->done);
	hrtimer_setup(&s->timer, stress_tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
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
	EXPECT_MAP(test, s->mp, "F1+512");
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

static struct kunit_case waiters_maps_cases[] = {
	KUNIT_CASE_PARAM(map_releases_by_addition_and_return, ddi_next_context),
	KUNIT_CASE(alloc_wait_at_the_limit_waits_for_a_return),
	KUNIT_CASE(map_wakes_for_every_kind_of_room),
	KUNIT_CASE_SLOW(map_stress_with_returns_from_a_timer),
	KUNIT_CASE(map_serves_a_storage_driver),
	{}
};

static struct kunit_suite waiters_maps_suite = {
	.name = "ddi_waiters_maps",
	.init = balance_init,
	.test_cases = waiters_maps_cases,
};

kunit_test_suite(waiters_maps_suite);
