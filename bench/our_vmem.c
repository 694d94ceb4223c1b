// SPDX-License-Identifier: GPL-2.0-only
/* our_vmem.c - vmem arenas under each policy, and with quantum caches */
#include <sys/vmem.h>

#include <linux/errno.h>

#include "bench.h"

static vmem_t *arena;

static int open_with(size_t qcache_max)
{
	arena = vmem_create("bench", (void *)(bench.base * BENCH_UNIT),
			    bench.units * BENCH_UNIT, BENCH_UNIT, NULL, NULL, NULL,
			    qcache_max, VM_SLEEP);
	return arena ? 0 : -ENOMEM;
}

static int open_plain(void)
{
	return open_with(0);
}

static int open_cached(void)
{
	return open_with(16 * BENCH_UNIT);
}

static void close(void)
{
	vmem_destroy(arena);
}

static void put(unsigned long handle, unsigned long units)
{
	vmem_free(arena, (void *)handle, units * BENCH_UNIT);
}

/* The three ways to ask, for one policy */
#define POLICY(suffix, policy)							\
static unsigned long get_##suffix(unsigned long units)				\
{										\
	return (unsigned long)vmem_alloc(arena, units * BENCH_UNIT,		\
					 VM_NOSLEEP | (policy));		\
}										\
										\
static unsigned long aligned_##suffix(unsigned long units)			\
{										\
	return (unsigned long)vmem_xalloc(arena, units * BENCH_UNIT,		\
					  bench.align * BENCH_UNIT, 0, 0, NULL,	\
					  NULL, VM_NOSLEEP | (policy));		\
}										\
										\
static unsigned long within_##suffix(unsigned long units)			\
{										\
	return (unsigned long)vmem_xalloc(arena, units * BENCH_UNIT, 0, 0, 0,	\
					  (void *)bench.lo, (void *)bench.hi,	\
					  VM_NOSLEEP | (policy));		\
}

POLICY(any, 0)
POLICY(best, VM_BESTFIT)
POLICY(first, VM_FIRSTFIT)
POLICY(next, VM_NEXTFIT)

#define ALLOCATOR(var, label, suffix, open_fn)					\
const struct bench_allocator var = {						\
	.name = label,								\
	.unit = BENCH_UNIT,							\
	.open = open_fn,							\
	.close = close,								\
	.alloc = get_##suffix,							\
	.alloc_aligned = aligned_##suffix,					\
	.alloc_within = within_##suffix,					\
	.free = put,								\
}

ALLOCATOR(bench_vmem, "vmem", any, open_plain);
ALLOCATOR(bench_vmem_best, "vmem-best", best, open_plain);
ALLOCATOR(bench_vmem_first, "vmem-first", first, open_plain);
ALLOCATOR(bench_vmem_next, "vmem-next", next, open_plain);

/* Constrained requests pass the caches by: nothing to see there. */
const struct bench_allocator bench_vmem_qcache = {
	.name = "vmem-qcache",
	.unit = BENCH_UNIT,
	.open = open_cached,
	.close = close,
	.alloc = get_any,
	.free = put,
};
