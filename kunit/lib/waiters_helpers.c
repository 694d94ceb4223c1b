// SPDX-License-Identifier: GPL-2.0-only
/* waiters_helpers.c - threads that sleep in an arena or a map */
#include "kunit/lib/waiters_helpers.h"

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

/* Space that no case uses, enough for every sleeper there is. */
#define RESCUE_BASE	0x40000000UL
#define RESCUE_SIZE	0x10000000UL

static int waiter_thread(void *data)
{
	struct waiter *w = data;

	/* Kernel threads ignore it otherwise. */
	allow_signal(SIGKILL);
	w->got = w->mp ? rmalloc_wait(w->mp, w->size) : take(w->vm, w->size, w->flags);
	complete(&w->done);
	return 0;
}

/* It sleeps in the arena that it asked, or in one of those that this imports from. */
static void rescue(vmem_t *vm)
{
	unsigned long base = RESCUE_BASE;

	for (; vm; vm = vmem_parent(vm), base += RESCUE_SIZE) {
		vm->limit = ULONG_MAX;
		vm->max_live = ULONG_MAX;
		vmem_add(vm, AT(base), RESCUE_SIZE, VM_SLEEP);
	}
}

/* The end of a case: nobody sleeps on. */
static void waiter_end(void *data)
{
	struct waiter *w = data;

	if (!try_wait_for_completion(&w->done)) {
		rescue(w->vm);
		wait_for_completion(&w->done);
	}
	put_task_struct(w->task);
}

void run_thread(struct kunit *test, struct task_struct **task, int (*fn)(void *), void *data,
		kunit_action_t *end)
{
	*task = kthread_create(fn, data, "ddi-waiter");
	KUNIT_ASSERT_FALSE(test, IS_ERR(*task));
	get_task_struct(*task);
	wake_up_process(*task);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end, data), 0);
}

static struct waiter *waiter_run(struct kunit *test, struct waiter with)
{
	struct waiter *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	*w = with;
	init_completion(&w->done);
	run_thread(test, &w->task, waiter_thread, w, waiter_end);
	return w;
}

struct waiter *wait_for(struct kunit *test, vmem_t *vm, size_t size, int flags)
{
	return waiter_run(test, (struct waiter){ .vm = vm, .size = size, .flags = flags });
}

struct waiter *wait_for_map(struct kunit *test, struct map *mp, size_t size)
{
	return waiter_run(test, (struct waiter){ .vm = mp->arena, .mp = mp, .size = size });
}

void await_sleepers(struct kunit *test, vmem_t *vm, unsigned int n)
{
	unsigned long end = jiffies + PATIENCE;
	unsigned int now;

	while ((now = arena_sleepers(vm)) != n && time_before(jiffies, end))
		fsleep(1000);
	KUNIT_ASSERT_EQ(test, now, n);
}

void await_asleep(struct kunit *test, struct waiter *w)
{
	unsigned long end = jiffies + PATIENCE;

	while (READ_ONCE(w->task->__state) != TASK_UNINTERRUPTIBLE && time_before(jiffies, end))
		fsleep(1000);
	KUNIT_ASSERT_EQ(test, READ_ONCE(w->task->__state), TASK_UNINTERRUPTIBLE);
}

void expect_got(struct kunit *test, struct waiter *w)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&w->done, AWAKENING));
	KUNIT_EXPECT_NE(test, w->got, 0);
	/* The end of the case looks once more. */
	complete(&w->done);
}

void free_piece(void *piece)
{
	struct piece *p = piece;

	if (p->mp)
		rmfree(p->mp, p->size, p->start);
	else
		vmem_free(p->vm, AT(p->start), p->size);
}
