// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait.c - threads that sleep for space, and waking them
 *
 * A sleeper counts in the arena that it asked, and in every arena above that one
 * from which space may be imported. All arenas below one root share the root's
 * wait queue: a wake-up names the arena in which space has appeared, and passes
 * by the sleepers that do not wait for that one.
 *
 * A sleeper counts itself, under each arena's lock, before its last attempt. Space
 * appears, and the count is looked at, in one critical section. So either that
 * attempt finds the space, or the sleeper is found. It may have gone to sleep by
 * then or not: it is marked as woken.
 *
 * In a fair arena sleepers stand in a queue. As long as there is one, vmem.max_live
 * is 0, so that every request fails at once but that of the first sleeper.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "ddi_core/core.h"
#include "ddi_core/trace.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/report/trace_enabled.h"
#include "ddi_vmem/space/deferred.h"

/**
 * struct vmem_sleeper - a thread that waits for space
 * @entry: in the wait queue of the family
 * @vm: the arena that it asked
 * @imports: space above @vm serves as well
 * @woken: space has appeared since the last attempt began
 * @req: its request
 * @turn: in vmem.queue of a fair arena
 */
struct vmem_sleeper {
	struct wait_queue_entry entry;
	struct vmem *vm;
	bool imports;
	bool woken;
	const struct vmem_request *req;
	struct list_head turn;
};

/* The arena above @vm that @sleeper waits for as well, or NULL. */
static struct vmem *sleeper_above(const struct vmem_sleeper *sleeper, const struct vmem *vm)
{
	return sleeper->imports ? vmem_parent(vm) : NULL;
}

static bool sleeper_waits_for(const struct vmem_sleeper *sleeper, const struct vmem *vm)
{
	const struct vmem *at = sleeper->vm;

	while (at && at != vm)
		at = sleeper_above(sleeper, at);
	return at;
}

static int sleeper_wake(struct wait_queue_entry *entry, unsigned int mode, int flags, void *vm)
{
	struct vmem_sleeper *sleeper = container_of(entry, struct vmem_sleeper, entry);

	if (!sleeper_waits_for(sleeper, vm))
		return 0;
	/* When its turn comes it is woken: see queue_leave(). */
	if (vmem_comes_later(sleeper->vm, sleeper->req))
		return 0;
	/* Before the thread's state is looked at; pairs with set_current_state() below. */
	WRITE_ONCE(sleeper->woken, true);
	return default_wake_function(entry, mode, flags, vm);
}

/*
 * Space has appeared in @vm: wake its sleepers. Call this under the lock: a thread
 * that was served may destroy the arena as soon as the lock is dropped.
 */
void vmem_wake(struct vmem *vm)
{
	lockdep_assert_held(&vm->lock);
	if (vm->waiters)
		__wake_up(&vm->family->wait, TASK_NORMAL, 0, vm);
}

/*
 * While there are waiters frees take their slow path. That leaves nothing in a hot slot, where
 * the quick path would take it without a look at vmem.turn.
 */
static void sleeper_count(const struct vmem_sleeper *sleeper, int n)
{
	struct vmem *vm;

	for (vm = sleeper->vm; vm; vm = sleeper_above(sleeper, vm)) {
		spin_lock_irq(&vm->lock);
		vmem_add_waiters(vm, n);
		if (vm->turn)
			vmem_flush_hot(vm);
		spin_unlock_irq(&vm->lock);
	}
}

/* Serve @req, if that is a request, and nothing else. */
static void set_turn(struct vmem *vm, const struct vmem_request *req)
{
	lockdep_assert_held(&vm->lock);
	WRITE_ONCE(vm->turn, req);
	vm->max_live = req ? 0 : vm->limit;
}

/* Line up behind those that came earlier. */
static void queue_join(struct vmem_sleeper *sleeper)
{
	struct vmem *vm = sleeper->vm;

	spin_lock_irq(&vm->lock);
	list_add_tail(&sleeper->turn, &vm->queue);
	if (!vm->turn)
		set_turn(vm, sleeper->req);
	spin_unlock_irq(&vm->lock);
}

/* Served, or gone: what is left may be enough for the next one. */
static void queue_leave(struct vmem_sleeper *sleeper)
{
	struct vmem *vm = sleeper->vm;
	struct vmem_sleeper *next;

	spin_lock_irq(&vm->lock);
	list_del(&sleeper->turn);
	if (vm->turn == sleeper->req) {
		next = list_first_entry_or_null(&vm->queue, struct vmem_sleeper, turn);
		set_turn(vm, next ? next->req : NULL);
		vmem_wake(vm);
	}
	spin_unlock_irq(&vm->lock);
}

/*
 * From here on no CPU begins to cache in the family, and what is cached is freed: where
 * space is waited for, now, elsewhere soon [V76].
 */
static void sleeper_start(struct vmem_sleeper *sleeper)
{
	struct vmem *vm, *family = sleeper->vm->family;

	init_waitqueue_func_entry(&sleeper->entry, sleeper_wake);
	sleeper->entry.private = current;
	add_wait_queue(&family->wait, &sleeper->entry);
	atomic_inc(&family->reclaiming);
	/* A thread that is counted has its place in the queue: nobody overtakes it. */
	if (sleeper->vm->fair)
		queue_join(sleeper);
	sleeper_count(sleeper, 1);
	for (vm = sleeper->vm; vm; vm = sleeper_above(sleeper, vm))
		vmem_qc_flush(vm);
	vmem_qc_reap_for(sleeper->vm);
}

static void sleeper_stop(struct vmem_sleeper *sleeper)
{
	struct vmem *family = sleeper->vm->family;

	if (sleeper->vm->fair)
		queue_leave(sleeper);
	sleeper_count(sleeper, -1);
	atomic_dec(&family->reclaiming);
	remove_wait_queue(&family->wait, &sleeper->entry);
}

/* Why a thread waits no longer, or 0. */
static int wait_is_over(const struct vmem_terms *terms, unsigned long waited)
{
	if (!terms)
		return 0;
	if (terms->error)
		return terms->error;
	if (signal_pending_state(terms->state, current))
		return -ERESTARTSYS;
	return waited >= terms->timeout ? -ETIMEDOUT : 0;
}

/* How long it may sleep before it tries again. */
static long time_to_sleep(const struct vmem_terms *terms, unsigned long waited)
{
	return terms ? min_t(long, VMEM_WAIT_RETRY, terms->timeout - waited) : VMEM_WAIT_RETRY;
}

/* Until woken, or for @ticks. */
static void sleeper_sleep(struct vmem_sleeper *sleeper, unsigned int state, long ticks)
{
	long left = 1;

	set_current_state(state);
	if (!READ_ONCE(sleeper->woken))
		left = schedule_timeout(ticks);
	__set_current_state(TASK_RUNNING);
	if (!left)
		vmem_qc_reap_for(sleeper->vm);
}

static void report_wait(const struct vmem_call *call, unsigned long waited)
{
	struct vmem *vm = call->vm;

	pr_notice("%s: %pS has waited %lu s for %lu units; %zu of %zu are free\n", vm->name,
		  call->caller, waited / HZ, call->req->want.asize, vmem_size(vm, VMEM_FREE),
		  vmem_size(vm, VMEM_ALLOC | VMEM_FREE));
}

/* Each attempt runs in TASK_RUNNING: it may call a driver, and sleep for memory. */
static void *wait_for_space(struct vmem_call *call, struct vmem_sleeper *sleeper)
{
	unsigned long since = jiffies, waited = 0, report = ddi_wait_report;
	struct vmem_terms *terms = call->terms;
	void *got;

	for (;;) {
		WRITE_ONCE(sleeper->woken, false);
		if (terms)
			terms->error = 0;
		got = vmem_attempt(call);
		if (got)
			return got;
		if (wait_is_over(terms, waited)) {
			terms->error = wait_is_over(terms, waited);
			return NULL;
		}
		vmem_count(call->vm, VMEM_STAT_WAIT);
		sleeper_sleep(sleeper, terms ? terms->state : TASK_UNINTERRUPTIBLE,
			      time_to_sleep(terms, waited));
		waited = jiffies - since;
		if (waited > report) {
			report_wait(call, waited);
			report *= 2;
		}
	}
}

/* NULL only where the terms of the request end the wait; they say why. */
void *vmem_wait(struct vmem_call *call)
{
	struct vmem *vm = call->vm;
	struct vmem_sleeper sleeper = {
		.vm = vm,
		.imports = vmem_can_import(vm, call->req),
		.req = call->req,
	};
	u64 begin = ktime_get_ns();
	void *got;

	if (trace_vmem_wait_begin_enabled())
		vmem_trace_wait(vm, call->req->want.asize, call->vmflag);
	sleeper_start(&sleeper);
	got = wait_for_space(call, &sleeper);
	sleeper_stop(&sleeper);
	trace_vmem_wait_end(vm->id, vm->name, (unsigned long)got, call->req->want.asize,
			    ktime_get_ns() - begin);
	return got;
}
