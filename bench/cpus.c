// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpus.c - what could grow with the number of CPUs, because each has a cache that a
 * request may have to look into; and what could grow with the number of cookies
 *
 * With DDI_TORTURE, which makes ddi.ko export what tests need, this is all of
 * ddi_bench.ko. It measures what is written to its parameter "run": "cpus", or
 * "cookies N". One CPU does it all, while the others do nothing.
 */
#include <ddi/umem.h>
#include <sys/sunddi.h>
#include <sys/vmem.h>

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "irq_probe.h"

#define UNITS	64
#define PAGES	16
#define TIMES	8
#define PAIRS	4096

static vmem_t *arena;
static void *object[UNITS];

/* Each CPU takes its share of the objects, in an interrupt. */
static void take_share(void *unused)
{
	unsigned int i;

	for (i = smp_processor_id(); i < UNITS; i += num_online_cpus())
		object[i] = vmem_alloc(arena, BENCH_UNIT, VM_NOSLEEP);
}

static void free_share(void *unused)
{
	unsigned int i;

	for (i = smp_processor_id(); i < UNITS; i += num_online_cpus())
		vmem_free(arena, object[i], BENCH_UNIT);
}

static void free_all(void *unused)
{
	unsigned int i;

	for (i = 0; i < UNITS; i++)
		vmem_free(arena, object[i], BENCH_UNIT);
}

static void free_pages_here(void *unused)
{
	ddi_umem_cookie_t page[PAGES];
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_NOSLEEP, &page[i]);
	for (i = 0; i < PAGES; i++)
		ddi_umem_free(page[i]);
}

static void on_last(smp_call_func_t fn)
{
	smp_call_function_single(cpumask_last(cpu_online_mask), fn, NULL, 1);
}

static void on_each(smp_call_func_t fn)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, fn, NULL, 1);
}

static void fill(void)
{
	on_each(take_share);
}

static void fill_twice(void)
{
	on_each(take_share);
	on_each(free_share);
	on_each(take_share);
}

static void fill_and_free_on_last(void)
{
	on_each(take_share);
	on_last(free_all);
}

static void fill_and_free_on_each(void)
{
	on_each(take_share);
	on_each(free_share);
}

static bool get_one(void)
{
	return !vmem_alloc(arena, BENCH_UNIT, VM_NOSLEEP);
}

static bool get_all(void)
{
	object[0] = vmem_alloc(arena, UNITS * BENCH_UNIT, VM_NOSLEEP);
	return object[0];
}

static void put_all(void)
{
	if (object[0])
		vmem_free(arena, object[0], UNITS * BENCH_UNIT);
}

static void put_each(void)
{
	free_all(NULL);
}

static bool ask_size(void)
{
	return vmem_size(arena, VMEM_ALLOC) == UNITS * BENCH_UNIT;
}

static void keep_nothing(void)
{
	umem_page_cache_drain();
}

static void keep_on_last(void)
{
	umem_page_cache_drain();
	on_last(free_pages_here);
}

static bool drain_none(void)
{
	return !umem_page_cache_drain();
}

static bool drain_some(void)
{
	return umem_page_cache_drain();
}

static void nothing(void)
{
}

/* @begin prepares, @call is measured and says whether it did as expected, @end undoes. */
static const struct {
	const char *name;
	void (*begin)(void);
	bool (*call)(void);
	void (*end)(void);
} cases[] = {
	{ "refused", fill, get_one, put_each },
	{ "refused_first", fill_twice, get_one, put_each },
	{ "emptied_one", fill_and_free_on_last, get_all, put_all },
	{ "emptied_each", fill_and_free_on_each, get_all, put_all },
	{ "vmem_size", fill_twice, ask_size, put_each },
	{ "drained_none", keep_nothing, drain_none, nothing },
	{ "drained_16", keep_on_last, drain_some, nothing },
};

/* Once; false if it went wrong. */
static bool measure(unsigned int i, u64 *cost, struct irq_stretch *worst)
{
	struct irq_stretch longest;
	unsigned long flags;
	u64 begin;
	bool ok;

	arena = vmem_create("bench", (void *)(BENCH_BASE * BENCH_UNIT), UNITS * BENCH_UNIT,
			    BENCH_UNIT, NULL, NULL, NULL, 16 * BENCH_UNIT, VM_SLEEP);
	if (!arena)
		return false;
	cases[i].begin();
	irq_probe_longest();
	local_irq_save(flags);
	begin = bench_clock();
	ok = cases[i].call();
	*cost = min(*cost, bench_clock() - begin);
	local_irq_restore(flags);
	longest = irq_probe_longest();
	if (longest.length > worst->length)
		*worst = longest;
	cases[i].end();
	vmem_destroy(arena);
	return ok;
}

static int run_cpus(void)
{
	struct irq_stretch worst;
	unsigned int i, n;
	u64 cost;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		cost = U64_MAX;
		worst = (struct irq_stretch){ 0 };
		for (n = 0; n < TIMES; n++)
			if (!measure(i, &cost, &worst))
				return -EINVAL;
		pr_notice("row,cpus,%u,%s,%llu,%llu,%ps,%ps\n", num_online_cpus(), cases[i].name,
			  cost, worst.length, (void *)worst.from, (void *)worst.to);
	}
	return 0;
}

/* An allocation and a free of a page beside @n objects. */
static int run_cookies(unsigned long n)
{
	ddi_umem_cookie_t *cookie = vcalloc(n + 1, sizeof(*cookie)), page;
	unsigned long i, made;
	u64 cost = 0, begin;

	if (!cookie)
		return -ENOMEM;
	for (made = 0; made < n; made++) {
		ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_NOSLEEP | DDI_UMEM_TRASH, &cookie[made]);
		if (!cookie[made])
			break;
		cond_resched();
	}
	for (i = 0; i < PAIRS; i++) {
		begin = bench_clock();
		ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &page);
		ddi_umem_free(page);
		cost += bench_clock() - begin;
		cond_resched();
	}
	pr_notice("row,cookies,%lu,%llu\n", made, div_u64(cost, PAIRS));
	for (i = 0; i < made; i++) {
		ddi_umem_free(cookie[i]);
		cond_resched();
	}
	vfree(cookie);
	return made == n ? 0 : -ENOMEM;
}

static int run_set(const char *val, const struct kernel_param *kp)
{
	unsigned long n;

	if (sscanf(val, "cookies %lu", &n) == 1)
		return run_cookies(n);
	return run_cpus();
}

static const struct kernel_param_ops run_ops = { .set = run_set };
module_param_cb(run, &run_ops, NULL, 0200);
MODULE_PARM_DESC(run, "What to measure: cpus, or cookies N");

MODULE_DESCRIPTION("Measures what grows with the number of CPUs, or of cookies");
MODULE_LICENSE("GPL");
/* MODULE_IMPORT_NS(), which takes a string or a token. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
