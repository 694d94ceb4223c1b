// SPDX-License-Identifier: GPL-2.0-only
/* probe_plan.c - what /dev/ddi_probe shall do, and its callbacks that wait */
#include "kunit/devmap/probe_plan.h"

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct probe_plan probe_plan;

static DECLARE_WAIT_QUEUE_HEAD(hold_wait);
static atomic_t held;

#define HOLD_LIMIT	(20 * HZ)

void probe_hold(u32 op)
{
	if (!(READ_ONCE(probe_plan.hold) & op))
		return;
	atomic_inc(&held);
	wake_up_all(&hold_wait);
	wait_event_timeout(hold_wait, !(READ_ONCE(probe_plan.hold) & op), HOLD_LIMIT);
	atomic_dec(&held);
}

void probe_hold_until_signal(void)
{
	atomic_inc(&held);
	wake_up_all(&hold_wait);
	schedule_timeout_interruptible(HOLD_LIMIT);
	atomic_dec(&held);
}

void probe_set_hold(u32 hold)
{
	WRITE_ONCE(probe_plan.hold, hold);
	wake_up_all(&hold_wait);
}

int probe_await(void)
{
	return wait_event_interruptible_timeout(hold_wait, atomic_read(&held), HOLD_LIMIT) > 0 ?
	       0 : -1;
}

long probe_set_plan(const void __user *arg)
{
	if (copy_from_user(&probe_plan, arg, sizeof(probe_plan)))
		return -EFAULT;
	wake_up_all(&hold_wait);
	return 0;
}

void probe_plan_reset(void)
{
	memset(&probe_plan, 0, sizeof(probe_plan));
	wake_up_all(&hold_wait);
}
