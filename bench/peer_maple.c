// SPDX-License-Identifier: GPL-2.0-only
/* peer_maple.c - the maple tree, which keeps track of gaps */
#include <linux/maple_tree.h>
#include <linux/xarray.h>

#include "bench.h"

static struct maple_tree tree = MTREE_INIT(tree, MT_FLAGS_ALLOC_RANGE);

static int open(void)
{
	return 0;
}

static void close(void)
{
	mtree_destroy(&tree);
}

static unsigned long get_between(unsigned long units, unsigned long first,
				 unsigned long last)
{
	unsigned long start;

	if (mtree_alloc_range(&tree, &start, xa_mk_value(units), units, first, last,
			      GFP_NOWAIT))
		return 0;
	return start;
}

static unsigned long get(unsigned long units)
{
	return get_between(units, bench.base, bench.base + bench.units - 1);
}

static unsigned long within(unsigned long units)
{
	return get_between(units, bench.lo, bench.hi - 1);
}

static void put(unsigned long handle, unsigned long units)
{
	mtree_erase(&tree, handle);
}

const struct bench_allocator bench_maple = {
	.name = "maple",
	.unit = 1,
	.open = open,
	.close = close,
	.alloc = get,
	.alloc_within = within,
	.free = put,
};
