// SPDX-License-Identifier: GPL-2.0-only
/*
 * peer_slab.c - memory rather than numbers: kmem_cache with one size, kmalloc
 * with 8 bytes a unit
 */
#include <linux/slab.h>

#include "bench.h"

#define OBJECT_SIZE	64
#define MOST		2000000		/* half a GiB; bench.sh gives it three */

static struct kmem_cache *cache;

static int cache_open(void)
{
	cache = kmem_cache_create("ddi_bench", OBJECT_SIZE, 0, SLAB_NO_MERGE, NULL);
	return cache ? 0 : -ENOMEM;
}

static void cache_close(void)
{
	kmem_cache_destroy(cache);
}

static unsigned long cache_get(unsigned long units)
{
	return (unsigned long)kmem_cache_alloc(cache, GFP_NOWAIT);
}

static void cache_put(unsigned long handle, unsigned long units)
{
	kmem_cache_free(cache, (void *)handle);
}

static int kmalloc_open(void)
{
	return 0;
}

static void kmalloc_close(void)
{
}

static unsigned long kmalloc_get(unsigned long units)
{
	return (unsigned long)kmalloc(8 * units, GFP_NOWAIT);
}

static void kmalloc_put(unsigned long handle, unsigned long units)
{
	kfree((void *)handle);
}

const struct bench_allocator bench_kmem_cache = {
	.name = "kmem_cache",
	.unit = 1,
	.single = true,
	.memory = MOST,
	.open = cache_open,
	.close = cache_close,
	.alloc = cache_get,
	.free = cache_put,
};

const struct bench_allocator bench_kmalloc = {
	.name = "kmalloc",
	.unit = 1,
	.memory = MOST,
	.open = kmalloc_open,
	.close = kmalloc_close,
	.alloc = kmalloc_get,
	.free = kmalloc_put,
};
