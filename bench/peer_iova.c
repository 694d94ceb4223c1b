// SPDX-License-Identifier: GPL-2.0-only
/*
 * peer_iova.c - I/O virtual addresses, through their per-CPU caches (which
 * round sizes up to powers of two) and straight from the tree
 */
#include <linux/iova.h>

#include "bench.h"

static struct iova_domain domain;

int bench_iova_init(void)
{
	return iova_cache_get();
}

void bench_iova_exit(void)
{
	iova_cache_put();
}

static int open(void)
{
	init_iova_domain(&domain, BENCH_UNIT, 1);
	return iova_domain_init_rcaches(&domain);
}

static void close(void)
{
	put_iova_domain(&domain);
}

static unsigned long fast_get(unsigned long units)
{
	return alloc_iova_fast(&domain, units, bench.units - 1, true);
}

static void fast_put(unsigned long handle, unsigned long units)
{
	free_iova_fast(&domain, handle, units);
}

static unsigned long tree_get(unsigned long units)
{
	return (unsigned long)alloc_iova(&domain, units, bench.units - 1, false);
}

static void tree_put(unsigned long handle, unsigned long units)
{
	__free_iova(&domain, (struct iova *)handle);
}

const struct bench_allocator bench_iova_fast = {
	.name = "iova_fast",
	.unit = 1,
	.open = open,
	.close = close,
	.alloc = fast_get,
	.free = fast_put,
};

const struct bench_allocator bench_iova_tree = {
	.name = "iova_tree",
	.unit = 1,
	.open = open,
	.close = close,
	.alloc = tree_get,
	.free = tree_put,
};
