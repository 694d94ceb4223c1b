// SPDX-License-Identifier: GPL-2.0-only
/* peer_genpool.c - gen_pool: a bit map, searched from its beginning */
#include <linux/errno.h>
#include <linux/genalloc.h>
#include <linux/log2.h>
#include <linux/numa.h>

#include "bench.h"

static struct gen_pool *pool;
static struct genpool_data_fixed next;

static int open_with(genpool_algo_t algo)
{
	int err;

	pool = gen_pool_create(ilog2(BENCH_UNIT), NUMA_NO_NODE);
	if (!pool)
		return -ENOMEM;
	gen_pool_set_algo(pool, algo, NULL);
	next.offset = 0;
	err = gen_pool_add(pool, bench.base * BENCH_UNIT, bench.units * BENCH_UNIT,
			   NUMA_NO_NODE);
	if (err)
		gen_pool_destroy(pool);
	return err;
}

static int open_first(void)
{
	return open_with(gen_pool_first_fit);
}

static int open_best(void)
{
	return open_with(gen_pool_best_fit);
}

static void close(void)
{
	gen_pool_destroy(pool);
}

static unsigned long get(unsigned long units)
{
	return gen_pool_alloc(pool, units * BENCH_UNIT);
}

static unsigned long get_aligned(unsigned long units)
{
	struct genpool_data_align data = { .align = bench.align * BENCH_UNIT };

	return gen_pool_alloc_algo(pool, units * BENCH_UNIT, gen_pool_first_fit_align,
				   &data);
}

/* Filling would be quadratic if each search began at the beginning. */
static unsigned long fill(unsigned long units)
{
	unsigned long start = gen_pool_alloc_algo(pool, units * BENCH_UNIT,
						  gen_pool_fixed_alloc, &next);

	next.offset += units * BENCH_UNIT;
	return start;
}

static void put(unsigned long handle, unsigned long units)
{
	gen_pool_free(pool, handle, units * BENCH_UNIT);
}

const struct bench_allocator bench_genpool_first = {
	.name = "gen_pool",
	.unit = BENCH_UNIT,
	.open = open_first,
	.close = close,
	.alloc = get,
	.alloc_aligned = get_aligned,
	.fill = fill,
	.free = put,
};

const struct bench_allocator bench_genpool_best = {
	.name = "gen_pool-best",
	.unit = BENCH_UNIT,
	.open = open_best,
	.close = close,
	.alloc = get,
	.fill = fill,
	.free = put,
};
