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
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "ddi_core/core.h"
#include "ddi_core/trace.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/report/trace_enabled.h"

/**
 * struct vmem_sleeper - a thread that waits for space
 * @entry: in the wait queue of the family
 * @vm: the arena that it asked
 * @imports: space above @vm serves as well
 * @woken: space has appeared since the last attempt began
 */
struct vmem_sleeper {
	struct wait_queue_entry entry;
	struct vmem *vm;
	bool imports;
	bool woken;
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

static void sleeper_count(const struct vmem_sleeper *sleeper, int n)
{
	struct vmem *vm;

	for (vm = sleeper->vm; vm; vm = sleeper_above(sleeper, vm)) {
		spin_lock_irq(&vm->lock);
		vm->waiters += n;
		spin_unlock_irq(&vm->lock);
	}
}

/* From here on nothing in the family is cached, and cached objects are freed [V76]. */
static void sleeper_start(struct vmem_sleeper *sleeper)
{
	struct vmem *family = sleeper->vm->family;

	init_waitqueue_func_entry(&sleeper->entry, sleeper_wake);
	sleeper->entry.private = current;
	add_wait_queue(&family->wait, &sleeper->entry);
	atomic_inc(&family->reclaiming);
	sleeper_count(sleeper, 1);
	vmem_qc_reap_for(sleeper->vm);
}

static void sleeper_stop(struct vmem_sleeper *sleeper)
{
	struct vmem *family = sleeper->vm->family;

	sleeper_count(sleeper, -1);
	atomic_dec(&family->reclaiming);
	remove_wait_queue(&family->wait, &sleeper->entry);
}

/* Until woken, or for VMEM_WAIT_RETRY. */
static void sleeper_sleep(struct vmem_sleeper *sleeper)
{
	long left = 1;

	set_current_state(TASK_UNINTERRUPTIBLE);
	if (!READ_ONCE(sleeper->woken))
		left = schedule_timeout(VMEM_WAIT_RETRY);
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
	unsigned long since = jiffies, report = ddi_wait_report;
	void *got;

	for (;;) {
		WRITE_ONCE(sleeper->woken, false);
		got = vmem_attempt(call);
		if (got)
			return got;
		vmem_count(call->vm, VMEM_STAT_WAIT);
		sleeper_sleep(sleeper);
		if (time_after(jiffies, since + report)) {
			report_wait(call, jiffies - since);
			report *= 2;
		}
	}
}

void *vmem_wait(struct vmem_call *call)
{
	struct vmem *vm = call->vm;
	struct vmem_sleeper sleeper = {
		.vm = vm,
		.imports = vmem_can_import(vm, call->req),
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
