// SPDX-License-Identifier: GPL-2.0-only
/* peer_xarray.c - ida and xarray: single numbers, the lowest that is free */
#include <linux/idr.h>
#include <linux/xarray.h>

#include "bench.h"

static DEFINE_IDA(ida);
static DEFINE_XARRAY_ALLOC1(xarray);

static int open(void)
{
	return 0;
}

static void ida_close(void)
{
	ida_destroy(&ida);
}

static unsigned long ida_get(unsigned long units)
{
	int id = ida_alloc_min(&ida, 1, GFP_NOWAIT);

	return id < 0 ? 0 : id;
}

static void ida_put(unsigned long handle, unsigned long units)
{
	ida_free(&ida, handle);
}

static void xarray_close(void)
{
	xa_destroy(&xarray);
}

static unsigned long xarray_get(unsigned long units)
{
	u32 id;

	return xa_alloc(&xarray, &id, xa_mk_value(1), xa_limit_31b, GFP_NOWAIT) ? 0 : id;
}

static void xarray_put(unsigned long handle, unsigned long units)
{
	xa_erase(&xarray, handle);
}

const struct bench_allocator bench_ida = {
	.name = "ida",
	.unit = 1,
	.single = true,
	.open = open,
	.close = ida_close,
	.alloc = ida_get,
	.free = ida_put,
};

const struct bench_allocator bench_xarray = {
	.name = "xarray",
	.unit = 1,
	.single = true,
	.open = open,
	.close = xarray_close,
	.alloc = xarray_get,
	.free = xarray_put,
};
