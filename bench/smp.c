// SPDX-License-Identifier: GPL-2.0-only
/*
 * smp.c - the same pairs by one thread, one on each of two CPUs, and many, in wall time
 *
 * Where the machine is a virtual one, its two CPUs share a cache at some times and at others
 * not. So each row also has what a word costs that two threads write, right before or
 * after, whichever is more.
 */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bench.h"

#define SMP_TURNS	2000
#define SMP_CPUS	2
#define SMP_MANY	8
#define SMP_ADDITIONS	16

struct runner {
	struct task_struct *task;
	struct bench_ring ring;
	u64 begin;
	u64 end;
};

static atomic_t waiting;

/* All threads begin together. */
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

/* Wall time in tenths of a nanosecond per pair, over all threads */
static long measure(const struct bench_allocator *a, const struct bench_workload *w,
		    const struct bench_filled *f, struct runner *runner, unsigned int threads)
{
	u64 begin = U64_MAX, end = 0;
	unsigned int i;

	atomic_set(&waiting, threads);
	for (i = 0; i < threads; i++) {
		struct runner *r = &runner[i];

		bench_ring_open(&r->ring, a, w, f, i);
		r->task = kthread_create_on_cpu(run, r, i % SMP_CPUS, "ddi_bench/%u");
		if (IS_ERR(r->task))
			return PTR_ERR(r->task);	/* a hung bench: give up */
	}
	for (i = 0; i < threads; i++)
		wake_up_process(runner[i].task);
	for (i = 0; i < threads; i++) {
		struct runner *r = &runner[i];

		while (!READ_ONCE(r->end) || r->end < r->begin)
			schedule_timeout_uninterruptible(1);
		kthread_stop(r->task);
		begin = min(begin, r->begin);
		end = max(end, r->end);
		r->end = 0;
		bench_ring_close(&r->ring);
	}
	return div64_u64(10 * (end - begin), threads * SMP_TURNS * BENCH_RING);
}

static atomic_t shared_word;

static noinline void add_to_word(unsigned long handle, unsigned long units)
{
	unsigned int i;

	for (i = 0; i < SMP_ADDITIONS; i++)
		atomic_inc(&shared_word);
}

static noinline unsigned long get_word(unsigned long units)
{
	return 1;
}

/* A pair is SMP_ADDITIONS to a word that all threads share. */
static const struct bench_allocator word = {
	.name = "word",
	.unit = 1,
	.alloc = get_word,
	.free = add_to_word,
};

/* Print a row for each number of threads. */
int bench_smp(const struct bench_allocator *a, const struct bench_workload *w)
{
	static const unsigned int threads[] = { 1, SMP_CPUS, SMP_MANY };
	struct bench_filled filled;
	struct runner *runner;
	long before, after;
	unsigned int i;
	int err;

	if (num_online_cpus() < SMP_CPUS || a->sleeps || (a->single && w->largest > 1))
		return 0;
	runner = kcalloc(SMP_MANY, sizeof(*runner), GFP_KERNEL);
	if (!runner)
		return -ENOMEM;
	err = a->open();
	if (err)
		goto out;
	err = bench_fill(a, w, 1000, &filled);
	if (err)
		goto out_close;
	bench_make_holes(a, &filled);
	before = measure(&word, w, &filled, runner, SMP_CPUS);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		long tenth = measure(a, w, &filled, runner, threads[i]), most;

		after = measure(&word, w, &filled, runner, SMP_CPUS);
		most = max(before, after);
		pr_notice("row,smp,%s,%s,%u,%ld.%ld,%ld.%ld\n", w->name, a->name, threads[i],
			  tenth / 10, tenth % 10, most / 10, most % 10);
		before = after;
	}
	bench_empty(a, &filled);
out_close:
	a->close();
out:
	kfree(runner);
	return err;
}
