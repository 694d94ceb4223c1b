// SPDX-License-Identifier: GPL-2.0-only
/*
 * handoff.c - workloads that fill and empty per-CPU caches: bursts on one CPU,
 * and pieces that one CPU allocates and another frees
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "depot_probe.h"

#define PIECES		65536UL		/* at least so many pairs are timed */
#define WARM_UP		8192UL

/* A queue of pieces with one writer and one reader */
static struct queue {
	const struct bench_allocator *a;
	struct bench_ring sizes;
	struct bench_piece *piece;
	unsigned long n;
	unsigned long todo;
	unsigned long failed;
	unsigned long put;		/* by the producer */
	unsigned long got;		/* by the consumer */
	struct completion done;
} queue;

static unsigned int size_of(const struct queue *q, unsigned long i)
{
	return q->sizes.size[i % BENCH_RING];
}

static int produce(void *unused)
{
	struct queue *q = &queue;
	unsigned long i;

	for (i = 0; i < q->todo; i++) {
		struct bench_piece *p = &q->piece[i % q->n];

		/* Pairs with the release in consume(). */
		while (i - smp_load_acquire(&q->got) == q->n)
			cpu_relax();
		p->units = size_of(q, i);
		p->handle = q->a->alloc(p->units);
		/* Pairs with the acquire in consume(). */
		smp_store_release(&q->put, i + 1);
	}
	return 0;
}

static int consume(void *unused)
{
	struct queue *q = &queue;
	unsigned long i;

	for (i = 0; i < q->todo; i++) {
		struct bench_piece *p = &q->piece[i % q->n];

		/* Pairs with the release in produce(). */
		while (smp_load_acquire(&q->put) == i)
			cpu_relax();
		if (p->handle)
			q->a->free(p->handle, p->units);
		else
			q->failed++;
		/* Pairs with the acquire in produce(). */
		smp_store_release(&q->got, i + 1);
	}
	complete(&q->done);
	return 0;
}

/* Let @todo pieces go from CPU 0 to CPU 1. */
static int hand_over(struct queue *q, unsigned long todo)
{
	struct task_struct *from, *to;

	q->todo = todo;
	q->put = 0;
	q->got = 0;
	init_completion(&q->done);
	from = kthread_create_on_cpu(produce, NULL, 0, "ddi_bench/%u");
	if (IS_ERR(from))
		return PTR_ERR(from);
	to = kthread_create_on_cpu(consume, NULL, 1, "ddi_bench/%u");
	if (IS_ERR(to)) {
		kthread_stop(from);
		return PTR_ERR(to);
	}
	get_task_struct(from);
	get_task_struct(to);
	wake_up_process(from);
	wake_up_process(to);
	wait_for_completion(&q->done);
	/* The threads are done, but may still run code of this module. */
	kthread_stop_put(from);
	kthread_stop_put(to);
	return 0;
}

/* Allocate as many as the queue holds, then free them, over and over. */
static int burst(struct queue *q, unsigned long todo)
{
	unsigned long done, i;

	for (done = 0; done < todo; done += q->n) {
		for (i = 0; i < q->n; i++) {
			q->piece[i].units = size_of(q, i);
			q->piece[i].handle = q->a->alloc(q->piece[i].units);
		}
		for (i = 0; i < q->n; i++) {
			if (q->piece[i].handle)
				q->a->free(q->piece[i].handle, q->piece[i].units);
			else
				q->failed++;
		}
		cond_resched();
	}
	return 0;
}

static int measure(struct queue *q, const struct bench_workload *w, const char *how)
{
	int (*run)(struct queue *q, unsigned long todo) = burst;
	unsigned long todo = roundup(PIECES, q->n), tenth;
	struct depot_trips trips;
	u64 begin;
	int err;

	if (!strcmp(how, "hand"))
		run = hand_over;
	err = run(q, roundup(WARM_UP, q->n));
	if (err)
		return err;
	q->failed = 0;
	depot_probe_take();
	begin = bench_clock();
	err = run(q, todo);
	tenth = div64_u64(10 * (bench_clock() - begin), todo);
	trips = depot_probe_take();
	pr_notice("row,%s,%s,%s,%lu,%lu.%lu,%lu,%lu,%lu,%lu,%lu\n", how, w->name, q->a->name,
		  q->n, tenth / 10, tenth % 10, q->failed, todo, trips.loads, trips.stores,
		  trips.misses);
	return err;
}

/* Print a row: the cost of a pair, @how being "burst" or "hand", @n at a time. */
int bench_handoff(const char *how, const struct bench_allocator *a,
		  const struct bench_workload *w, unsigned long n)
{
	struct queue *q = &queue;
	struct bench_filled none = { 0 };
	int err;

	if (a->sleeps || (a->single && w->largest > 1) || !n)
		return 0;
	if (!strcmp(how, "hand") && num_online_cpus() < 2)
		return 0;
	memset(q, 0, sizeof(*q));
	q->a = a;
	q->n = n;
	q->piece = vcalloc(n, sizeof(*q->piece));
	if (!q->piece)
		return -ENOMEM;
	err = a->open();
	if (err)
		goto out;
	bench_ring_open(&q->sizes, a, w, &none, 0);
	bench_ring_sizes(&q->sizes);
	err = measure(q, w, how);
	a->close();
out:
	vfree(q->piece);
	return err;
}
