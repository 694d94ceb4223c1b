// SPDX-License-Identifier: GPL-2.0-only
/* workloads.c - the workloads and the allocators as tables */
#include <linux/string.h>

#include "bench.h"

/*
 * All fill 2N segments of 1 to 64 units, or of one unit with gaps, from a
 * fixed seed and free every second one.
 */
const struct bench_workload bench_workloads[] = {
	/* a unit */
	{ "one", .ring = true, .smallest = 1, .largest = 1 },
	/* any size */
	{ "mix", .ring = true, .smallest = 1, .largest = 64 },
	/* larger than every hole: comes from behind them, and goes back there */
	{ "adv", .narrow = true, .smallest = 48, .largest = 48 },
	/* any size, in a narrow window in the middle */
	{ "mid", .ring = true, .smallest = 1, .largest = 64, .window = 16384 },
	/* a unit on a 256 KiB boundary */
	{ "align", .ring = true, .smallest = 1, .largest = 1, .align = 64 },
	/* freed as soon as allocated */
	{ "lifo", .smallest = 1, .largest = 64 },
	{ "lifo1", .smallest = 1, .largest = 1 },
	/* the other half is freed, in a random order: each joins its neighbours */
	{ "join", .joins = true, .smallest = 1, .largest = 64 },
	{ }
};

const struct bench_allocator *const bench_allocators[] = {
	&bench_none,
	&bench_vmem, &bench_vmem_best, &bench_vmem_first, &bench_vmem_next,
	&bench_vmem_qcache, &bench_rmap,
	&bench_genpool_first, &bench_genpool_best,
	&bench_ida, &bench_xarray, &bench_iova_fast, &bench_iova_tree,
	&bench_drm_best, &bench_drm_low, &bench_maple,
	&bench_kmem_cache, &bench_kmalloc,
	NULL
};

const struct bench_workload *bench_find_workload(const char *name)
{
	const struct bench_workload *w;

	for (w = bench_workloads; w->name; w++)
		if (!strcmp(w->name, name))
			return w;
	return NULL;
}

const struct bench_allocator *bench_find_allocator(const char *name)
{
	const struct bench_allocator *const *a;

	for (a = bench_allocators; *a; a++)
		if (!strcmp((*a)->name, name))
			return *a;
	return NULL;
}
