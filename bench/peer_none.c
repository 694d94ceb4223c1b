// SPDX-License-Identifier: GPL-2.0-only
/* peer_none.c - allocates nothing: the cost of the harness itself */
#include "bench.h"

static int open(void)
{
	return 0;
}

static void close(void)
{
}

static noinline unsigned long get(unsigned long units)
{
	return bench.base;
}

static noinline void put(unsigned long handle, unsigned long units)
{
	barrier();
}

const struct bench_allocator bench_none = {
	.name = "none",
	.unit = 1,
	.open = open,
	.close = close,
	.alloc = get,
	.alloc_aligned = get,
	.alloc_within = get,
	.free = put,
};
