// SPDX-License-Identifier: GPL-2.0-only
/* our_rmap.c - resource maps */
#include <sys/map.h>

#include <linux/errno.h>

#include "bench.h"

static struct map *map;

static int open(void)
{
	map = rmallocmap_wait(8000000);
	rmfree(map, bench.units, bench.base);
	return 0;
}

static void close(void)
{
	rmfreemap(map);
}

static unsigned long get(unsigned long units)
{
	return rmalloc(map, units);
}

static void put(unsigned long handle, unsigned long units)
{
	rmfree(map, units, handle);
}

const struct bench_allocator bench_rmap = {
	.name = "rmap",
	.unit = 1,
	.open = open,
	.close = close,
	.alloc = get,
	.free = put,
};
