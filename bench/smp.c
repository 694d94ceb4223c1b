// SPDX-License-Identifier: GPL-2.0-only
/* smp.c - the same pairs on one CPU and on two at once, in wall time */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bench.h"

#define SMP_TURNS	4000
#define SMP_REPEAT	15

struct runner {
	struct task_struct *task;
	struct bench_ring ring;
	u64 begin;
	u64 end;
};

static atomic_t waiting;

/* Begin together, so that nobody runs alone. */
static int run(void *arg)
{
	struct runner *r = arg;
	unsigned int i;

	bench_ring_sizes(&r->ring);
	bench_ring_turn(&r->ring);
	atomic_dec(&waiting);
	while (atomic_read(&waiting))
		cpu_relax();
	r->begin = ktime_get_ns();
	for (i = 0; i < SMP_TURNS; i++)
		bench_ring_turn(&r->ring);
	r->end = ktime_get_ns();
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* Wall time in picoseconds per pair, over all CPUs */
static long measure(const struct bench_allocator *a, const struct bench_workload *w,
		    const struct bench_filled *f, struct runner *runner, unsigned int cpus)
{
	u64 begin = U64_MAX, end = 0;
	unsigned int i;

	atomic_set(&waiting, cpus);
	for (i = 0; i < cpus; i++) {
		struct runner *r = &runner[i];

		bench_ring_open(&r->ring, a, w, f, i);
		r->task = kthread_create_on_cpu(run, r, i, "ddi_bench/%u");
		if (IS_ERR(r->task))
			return PTR_ERR(r->task);	/* a hung bench: give up */
	}
	for (i = 0; i < cpus; i++)
		wake_up_process(runner[i].task);
	for (i = 0; i < cpus; i++) {
		struct runner *r = &runner[i];

		while (!READ_ONCE(r->end) || r->end < r->begin)
			schedule_timeout_uninterruptible(1);
		kthread_stop(r->task);
		begin = min(begin, r->begin);
		end = max(end, r->end);
		r->end = 0;
		bench_ring_close(&r->ring);
	}
	return div64_u64(1000 * (end - begin), cpus * SMP_TURNS * BENCH_RING);
}

int bench_smp(const struct bench_allocator *a, const struct bench_workload *w)
{
	struct bench_filled filled;
	struct runner *runner;
	unsigned int i;
	int err;

	if (num_online_cpus() < 2 || a->sleeps || (a->single && w->largest > 1))
		return 0;
	runner = kcalloc(2, sizeof(*runner), GFP_KERNEL);
	if (!runner)
		return -ENOMEM;
	err = a->open();
	if (err)
		goto out;
	err = bench_fill(a, w, 1000, &filled);
	if (err)
		goto out_close;
	bench_make_holes(a, &filled);
	for (i = 0; i < SMP_REPEAT; i++) {
		long one = measure(a, w, &filled, runner, 1);
		long two = measure(a, w, &filled, runner, 2);

		pr_notice("row,smp,%s,%s,%ld,%ld\n", w->name, a->name, one, two);
	}
	bench_empty(a, &filled);
out_close:
	a->close();
out:
	kfree(runner);
	return err;
}
