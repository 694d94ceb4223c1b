// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress.c - the threads, timers and rounds of the stress test
 *
 * In each round threads work for a while, timers and irq_work interrupt them, and
 * a CPU may go offline and come back. Between rounds nothing runs and all arenas
 * are checked; the contexts keep what they hold.
 */
#include "kunit/torture/stress.h"

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/timer.h>

#include "ddi_core/core.h"

#define THREADS		8
#define OPS_IN_IRQ	8	/* each time */
#define ROUND_OPS	25000	/* of a thread, at most */
#define ROUND_TIME	(2 * HZ)
#define TELL		(20 * HZ)

/* Contexts after those of the threads. */
enum { IN_TIMER_A = THREADS, IN_TIMER_B, IN_HRTIMER_A, IN_HRTIMER_B, IN_IRQ_WORK, CONTEXTS };

struct stress {
	struct stress_world *world;
	struct stress_context ctx[CONTEXTS];
	struct timer_list timer[2];
	struct hrtimer hrtimer[2];
	struct irq_work irq_work;
	bool stop;
	unsigned long until;
	unsigned long rounds, hotplugs;
	atomic_t running;
	struct completion done;
};

static DEFINE_MUTEX(stress_mutex);
static struct stress *stress;

/* In an interrupt, or a thread on PREEMPT_RT. */
static void interrupt(struct stress_context *ctx)
{
	int i;

	/* On another CPU it may still be at it. */
	if (test_and_set_bit_lock(0, &ctx->busy))
		return;
	for (i = 0; i < OPS_IN_IRQ; i++)
		stress_op(stress->world, ctx);
	clear_bit_unlock(0, &ctx->busy);
}

static void on_timer(struct timer_list *timer)
{
	interrupt(&stress->ctx[IN_TIMER_A + (timer - stress->timer)]);
	if (!READ_ONCE(stress->stop))
		mod_timer(timer, jiffies + 1);
}

static enum hrtimer_restart on_hrtimer(struct hrtimer *timer)
{
	ktime_t begin = ktime_get();

	interrupt(&stress->ctx[IN_HRTIMER_A + (timer - stress->hrtimer)]);
	if (READ_ONCE(stress->stop))
		return HRTIMER_NORESTART;
	/* Also on a slow machine the threads get most of the time. */
	hrtimer_forward_now(timer, 300 * NSEC_PER_USEC + 5 * (ktime_get() - begin));
	return HRTIMER_RESTART;
}

static void on_irq_work(struct irq_work *work)
{
	interrupt(&stress->ctx[IN_IRQ_WORK]);
}

static void start_interrupts(void)
{
	int i;

	WRITE_ONCE(stress->stop, false);
	for (i = 0; i < 2; i++) {
		mod_timer(&stress->timer[i], jiffies + 1 + i);
		hrtimer_start(&stress->hrtimer[i], ns_to_ktime((300 + 100 * i) * NSEC_PER_USEC),
			      HRTIMER_MODE_REL);
	}
}

static void stop_interrupts(void)
{
	int i;

	WRITE_ONCE(stress->stop, true);
	for (i = 0; i < 2; i++) {
		timer_delete_sync(&stress->timer[i]);
		hrtimer_cancel(&stress->hrtimer[i]);
	}
	irq_work_sync(&stress->irq_work);
}

static int thread(void *data)
{
	struct stress_context *ctx = data;
	unsigned long n;

	for (n = 0; n < ROUND_OPS && time_before(jiffies, stress->until); n++) {
		stress_op(stress->world, ctx);
		if (n % 64 == 0)
			irq_work_queue(&stress->irq_work);
		cond_resched();
	}
	if (atomic_dec_and_test(&stress->running))
		complete(&stress->done);
	return 0;
}

/* Until all threads have finished their round. */
static void wait_for_threads(bool hotplug)
{
	while (!wait_for_completion_timeout(&stress->done, HZ / 4)) {
		if (hotplug && !remove_cpu(1)) {
			fsleep(20000);
			stress->hotplugs += !add_cpu(1);
		}
	}
}

static void one_round(bool hotplug)
{
	int i;

	init_completion(&stress->done);
	atomic_set(&stress->running, THREADS);
	stress->until = jiffies + ROUND_TIME;
	start_interrupts();
	for (i = 0; i < THREADS; i++)
		if (IS_ERR(kthread_run(thread, &stress->ctx[i], "ddi-stress/%d", i)) &&
		    atomic_dec_and_test(&stress->running))
			complete(&stress->done);
	wait_for_threads(hotplug);
	stop_interrupts();
	stress_check(stress->world, stress->ctx, CONTEXTS);
	stress->rounds++;
}

static unsigned long count_ops(unsigned long *irq, unsigned long *refused)
{
	unsigned long ops = 0;
	int i;

	*irq = 0;
	*refused = 0;
	for (i = 0; i < CONTEXTS; i++) {
		ops += stress->ctx[i].ops;
		*irq += i >= THREADS ? stress->ctx[i].ops : 0;
		*refused += stress->ctx[i].refused;
	}
	return ops;
}

static void tell(const char *seed, const char *end)
{
	unsigned long irq, refused, ops = count_ops(&irq, &refused);

	pr_info("stress: %s%lu operations, %lu of them in interrupts, %lu refused, %lu waits, %lu CPUs came and went, %lu quiet checks%s\n",
		seed, ops, irq, refused, stress_waits(stress->world), stress->hotplugs,
		stress->rounds, end);
}

static void setup(u32 seed)
{
	int i;

	for (i = 0; i < CONTEXTS; i++) {
		prandom_seed_state(&stress->ctx[i].rnd, (u64)seed << 8 | i);
		stress->ctx[i].sleeps = i < THREADS;
	}
	for (i = 0; i < 2; i++) {
		timer_setup(&stress->timer[i], on_timer, 0);
		hrtimer_setup(&stress->hrtimer[i], on_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	}
	init_irq_work(&stress->irq_work, on_irq_work);
}

static void run_rounds(unsigned int seconds, unsigned long ops, bool hotplug)
{
	unsigned long end = jiffies + seconds * HZ, told = jiffies, irq, refused;

	do {
		one_round(hotplug);
		if (time_after(jiffies, told + TELL)) {
			tell("", "");
			told = jiffies;
		}
	} while (time_before(jiffies, end) && !atomic_read(&stress->world->wrongs) &&
		 !(ops && count_ops(&irq, &refused) >= ops));
}

static int run_locked(u32 seed, unsigned int seconds, unsigned long ops, bool hotplug)
{
	unsigned long misuses = ddi_misuse_count(), made;
	struct stress_world *w = stress->world;
	char told[40];
	int i, err;

	setup(seed);
	run_rounds(seconds, ops, hotplug);
	for (i = 0; i < CONTEXTS; i++)
		stress_drain(w, &stress->ctx[i]);
	stress_check_empty(w);
	made = atomic_long_read(&w->refused);
	if (ddi_misuse_count() != misuses + made)
		stress_wrong(w, "%lu reports of misuse, %lu were made on purpose",
			     ddi_misuse_count() - misuses, made);
	err = atomic_read(&w->wrongs) ? -EIO : 0;
	snprintf(told, sizeof(told), "seed %u: ", seed);
	tell(told, err ? ", FAILED" : ", all right");
	return err;
}

int stress_run(u32 seed, unsigned int seconds, unsigned long ops, bool hotplug,
	       unsigned long *done)
{
	unsigned long irq, refused;
	int err = -ENOMEM;

	mutex_lock(&stress_mutex);
	stress = kvzalloc(sizeof(*stress), GFP_KERNEL);
	if (!stress)
		goto unlock;
	stress->world = stress_world_make(seed);
	if (stress->world) {
		err = run_locked(seed, seconds, ops, hotplug);
		*done = count_ops(&irq, &refused);
		stress_world_end(stress->world);
	}
	kvfree(stress);
unlock:
	mutex_unlock(&stress_mutex);
	return err;
}

/* /sys/module/ddi_kunit/parameters/stress: "SEED SECONDS OPERATIONS" */
static int stress_set(const char *val, const struct kernel_param *kp)
{
	unsigned long ops, done = 0;
	unsigned int seconds;
	u32 seed;
	int err;

	if (sscanf(val, "%u %u %lu", &seed, &seconds, &ops) != 3)
		return -EINVAL;
	err = stress_run(seed, seconds, ops, true, &done);
	return err ?: (done < ops ? -ETIME : 0);
}

static const struct kernel_param_ops stress_param = { .set = stress_set };
module_param_cb(stress, &stress_param, NULL, 0200);
MODULE_PARM_DESC(stress, "Put everything under stress: seed, seconds, operations (0: for the time)");
