// SPDX-License-Identifier: GPL-2.0-only
/*
 * longest.c - the most expensive single call while an arena grows, is in use and
 * shrinks; with DDI_IRQ_PROBE also how long ddi.ko keeps interrupts off
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "irq_probe.h"

#define TURNS	256

static u64 max_alloc, max_free;

/* Stands in for the allocator's own function while filling and emptying. */
static const struct bench_allocator *subject;
static bench_alloc_t subject_get;

static unsigned long timed_get(unsigned long units)
{
	unsigned long handle, flags;
	u64 begin;

	local_irq_save(flags);
	begin = bench_clock();
	handle = subject_get(units);
	max_alloc = max(max_alloc, bench_clock() - begin);
	local_irq_restore(flags);
	bench_yield();
	return handle;
}

static void timed_put(unsigned long handle, unsigned long units)
{
	unsigned long flags;
	u64 begin;

	local_irq_save(flags);
	begin = bench_clock();
	subject->free(handle, units);
	max_free = max(max_free, bench_clock() - begin);
	local_irq_restore(flags);
	bench_yield();
}

int bench_longest(const struct bench_allocator *a, const struct bench_workload *w,
		  unsigned long n)
{
	struct bench_allocator timed = *a;
	struct bench_filled filled;
	struct irq_stretch longest;
	struct bench_ring *r;
	unsigned int i;
	int err;

	if (a->sleeps || (a->single && w->largest > 1))
		return 0;
	subject = a;
	subject_get = a->fill ? a->fill : a->alloc;
	timed.alloc = timed_get;
	timed.fill = NULL;
	timed.free = timed_put;
	max_alloc = 0;
	max_free = 0;
	r = kmalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	err = a->open();
	if (err)
		goto out;
	irq_probe_longest();
	err = bench_fill(&timed, w, n, &filled);
	if (err)
		goto out_close;
	bench_make_holes(&timed, &filled);
	subject_get = a->alloc;
	bench_ring_open(r, &timed, w, &filled, 0);
	for (i = 0; i < TURNS; i++) {
		bench_ring_sizes(r);
		bench_ring_turn(r);
	}
	bench_ring_close(r);
	bench_empty(&timed, &filled);
	longest = irq_probe_longest();
	pr_notice("row,longest,%s,%s,%lu,%llu,%llu,%llu,%ps,%ps\n", w->name, a->name, n,
		  max_alloc, max_free, longest.length, (void *)longest.from,
		  (void *)longest.to);
out_close:
	a->close();
out:
	kfree(r);
	return err;
}
