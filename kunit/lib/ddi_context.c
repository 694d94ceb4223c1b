// SPDX-License-Identifier: GPL-2.0-only
/* ddi_context.c - call a function in process, softirq or hard-irq context, or under a lock */
#include "kunit/lib/ddi_context.h"

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

const char * const ddi_context_name[DDI_CONTEXTS] = {
	"process", "softirq", "timer", "hardirq", "hrtimer", "spinlock held", "interrupts off",
};

/* Static, for one caller at a time: none of these may be freed before it is idle. */
static struct {
	void (*fn)(void *arg);
	void *arg;
	struct completion done;
	struct tasklet_struct tasklet;
	struct timer_list timer;
	struct irq_work irq_work;
	struct hrtimer hrtimer;
} job;

static DEFINE_MUTEX(job_mutex);
static DEFINE_SPINLOCK(job_lock);

static void job_run(void)
{
	job.fn(job.arg);
	complete(&job.done);
}

static void job_tasklet(struct tasklet_struct *tasklet)
{
	job_run();
}

static void job_timer(struct timer_list *timer)
{
	job_run();
}

static void job_irq_work(struct irq_work *work)
{
	job_run();
}

static enum hrtimer_restart job_hrtimer(struct hrtimer *timer)
{
	job_run();
	return HRTIMER_NORESTART;
}

static void run_tasklet(void)
{
	tasklet_setup(&job.tasklet, job_tasklet);
	tasklet_schedule(&job.tasklet);
	wait_for_completion(&job.done);
	tasklet_kill(&job.tasklet);
}

static void run_timer(void)
{
	timer_setup(&job.timer, job_timer, 0);
	mod_timer(&job.timer, jiffies);
	wait_for_completion(&job.done);
	timer_delete_sync(&job.timer);
}

static void run_irq_work(void)
{
	init_irq_work(&job.irq_work, job_irq_work);
	irq_work_queue(&job.irq_work);
	wait_for_completion(&job.done);
	irq_work_sync(&job.irq_work);
}

static void run_hrtimer(void)
{
	hrtimer_setup(&job.hrtimer, job_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_start(&job.hrtimer, 1000, HRTIMER_MODE_REL);
	wait_for_completion(&job.done);
	hrtimer_cancel(&job.hrtimer);
}

static void run_locked(void)
{
	spin_lock(&job_lock);
	job_run();
	spin_unlock(&job_lock);
}

static void run_irqs_off(void)
{
	unsigned long flags;

	local_irq_save(flags);
	job_run();
	local_irq_restore(flags);
}

void ddi_run_in(enum ddi_context ctx, void (*fn)(void *arg), void *arg)
{
	static void (* const run[DDI_CONTEXTS])(void) = {
		job_run, run_tasklet, run_timer, run_irq_work, run_hrtimer, run_locked,
		run_irqs_off,
	};

	mutex_lock(&job_mutex);
	job.fn = fn;
	job.arg = arg;
	init_completion(&job.done);
	run[ctx]();
	mutex_unlock(&job_mutex);
}

KUNIT_GENERATOR(ddi_next_context)
{
	static const enum ddi_context contexts[] = {
		IN_PROCESS, IN_SOFTIRQ, IN_TIMER, IN_HARDIRQ, IN_HRTIMER, UNDER_SPINLOCK, IRQS_OFF,
	};
	const enum ddi_context *ctx = prev;

	ctx = ctx ? ctx + 1 : contexts;
	while (ctx < contexts + ARRAY_SIZE(contexts) && !ddi_context_exists(*ctx))
		ctx++;
	if (ctx == contexts + ARRAY_SIZE(contexts))
		return NULL;
	strscpy(desc, ddi_context_name[*ctx], KUNIT_PARAM_DESC_SIZE);
	return ctx;
}
