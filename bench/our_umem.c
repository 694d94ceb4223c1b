// SPDX-License-Identifier: GPL-2.0-only
/* our_umem.c - page memory: ddi_umem_alloc() beside what a Linux driver calls */
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define UMEM_PROFILED	512U

struct pages {
	const char *name;
	unsigned long (*alloc)(size_t size);
	void (*free)(unsigned long handle, size_t size);
	void (*begin)(size_t size);
	void (*end)(void);
};

static unsigned long none_alloc(size_t size)
{
	return 1;
}

static void none_free(unsigned long handle, size_t size)
{
}

static unsigned long umem_alloc(size_t size)
{
	ddi_umem_cookie_t cookie;

	ddi_umem_alloc(size, DDI_UMEM_SLEEP, &cookie);
	return (unsigned long)cookie;
}

static unsigned long umem_alloc_nosleep(size_t size)
{
	ddi_umem_cookie_t cookie;

	ddi_umem_alloc(size, DDI_UMEM_NOSLEEP, &cookie);
	return (unsigned long)cookie;
}

static unsigned long pageable_alloc(size_t size)
{
	ddi_umem_cookie_t cookie;

	ddi_umem_alloc(size, DDI_UMEM_SLEEP | DDI_UMEM_PAGEABLE, &cookie);
	return (unsigned long)cookie;
}

/* One object that stays in memory, held and released. */
static ddi_umem_cookie_t cold;

static void hold_begin(size_t size)
{
	ddi_umem_alloc(size, DDI_UMEM_SLEEP | DDI_UMEM_PAGEABLE, &cold);
	ddi_umem_release(cold);
}

static void hold_end(void)
{
	ddi_umem_free(cold);
}

static unsigned long hold_alloc(size_t size)
{
	return (unsigned long)ddi_umem_hold(cold, DDI_UMEM_SLEEP);
}

static void hold_free(unsigned long handle, size_t size)
{
	ddi_umem_release(cold);
}

static void umem_free(unsigned long handle, size_t size)
{
	ddi_umem_free((ddi_umem_cookie_t)handle);
}

static unsigned long exact_alloc(size_t size)
{
	return (unsigned long)alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO);
}

static void exact_free(unsigned long handle, size_t size)
{
	free_pages_exact((void *)handle, size);
}

static unsigned long vz_alloc(size_t size)
{
	return (unsigned long)vzalloc(size);
}

static void vz_free(unsigned long handle, size_t size)
{
	vfree((void *)handle);
}

static unsigned long kvz_alloc(size_t size)
{
	return (unsigned long)kvzalloc(size, GFP_KERNEL);
}

static void kvz_free(unsigned long handle, size_t size)
{
	kvfree((void *)handle);
}

static const struct pages allocators[] = {
	{ "none", none_alloc, none_free },
	{ "umem", umem_alloc, umem_free },
	{ "umem-nosleep", umem_alloc_nosleep, umem_free },
	{ "umem-pageable", pageable_alloc, umem_free },
	{ "umem-hold", hold_alloc, hold_free, hold_begin, hold_end },
	{ "alloc_pages_exact", exact_alloc, exact_free },
	{ "vzalloc", vz_alloc, vz_free },
	{ "kvzalloc", kvz_alloc, kvz_free },
};

/* Enough pairs for vmalloc's delayed unmapping to be part of the figure */
static const struct {
	size_t size;
	unsigned int pairs;
} sizes[] = {
	{ SZ_4K, 20000 }, { SZ_64K, 8000 }, { SZ_1M, 1000 },
};

static void measure(const struct pages *a, size_t size, unsigned int pairs)
{
	unsigned long tenth, failed = 0;
	unsigned int i;
	u64 cost = 0;

	if (bench_profile)
		pairs = min(pairs, UMEM_PROFILED);
	if (a->begin)
		a->begin(size);
	bench_settle();
	bench_mark();
	for (i = 0; i < pairs; i++) {
		u64 begin = bench_clock();
		unsigned long handle = a->alloc(size);

		if (handle)
			a->free(handle, size);
		else
			failed++;
		cost += bench_clock() - begin;
		cond_resched();
	}
	bench_mark();
	if (a->end)
		a->end();
	tenth = div64_u64(10 * cost, pairs);
	pr_notice("row,pair,umem,%s,%zu,%lu.%lu,%lu,%lu,%u\n", a->name, size,
		  tenth / 10, tenth % 10, failed, failed, pairs);
}

static void measure_all(const char *name, size_t size, unsigned int pairs)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allocators); i++)
		if (!strcmp(name, "all") || !strcmp(name, allocators[i].name))
			measure(&allocators[i], size, pairs);
}

/* With @only not 0: that size alone */
int bench_umem(const char *name, size_t only)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		if (!only || sizes[i].size == only)
			measure_all(name, sizes[i].size, sizes[i].pairs);
	return 0;
}
