// SPDX-License-Identifier: GPL-2.0-only
/*
 * window.c - was a refusal right? Keeps a bitmap of the window, a bit a unit, and
 * compares it with the allocator's answers, untimed
 */
#include <linux/bitmap.h>
#include <linux/sched.h>

#include "bench.h"

#define TURNS	256

static unsigned long address_of(const struct bench_allocator *a, unsigned long handle)
{
	return a->address ? a->address(handle) : handle;
}

/* Set or clear the bits of a piece's part in the window. */
static void note(unsigned long *map, const struct bench_allocator *a,
		 const struct bench_piece *p, bool live)
{
	unsigned long start = address_of(a, p->handle);
	unsigned long first = max(start, bench.lo);
	unsigned long end = min(start + p->units * a->unit, bench.hi);

	if (first >= end)
		return;
	if (live)
		bitmap_set(map, (first - bench.lo) / a->unit, (end - first) / a->unit);
	else
		bitmap_clear(map, (first - bench.lo) / a->unit, (end - first) / a->unit);
}

/* How many requests of some more turns fail although the window has a fit? */
unsigned long bench_false_failures(struct bench_ring *r, const struct bench_filled *f)
{
	unsigned long units = (bench.hi - bench.lo) / r->a->unit;
	unsigned long *map = bitmap_zalloc(units, GFP_KERNEL);
	unsigned long wrong = 0, i;
	unsigned int turn;

	if (!map)
		return r->failed;
	for (i = 0; i < f->pieces; i++)
		if (f->piece[i].units)
			note(map, r->a, &f->piece[i], true);
	for (i = 0; i < BENCH_RING; i++)
		if (r->piece[i].handle)
			note(map, r->a, &r->piece[i], true);

	for (turn = 0; turn < TURNS; turn++) {
		bench_ring_sizes(r);
		for (i = 0; i < BENCH_RING; i++) {
			struct bench_piece *p = &r->piece[i];

			if (p->handle) {
				note(map, r->a, p, false);
				r->a->free(p->handle, p->units);
			}
			p->units = r->size[i];
			p->handle = r->get(p->units);
			if (p->handle)
				note(map, r->a, p, true);
			else if (bitmap_find_next_zero_area(map, units, 0, p->units, 0) < units)
				wrong++;
		}
		cond_resched();
	}
	bitmap_free(map);
	return wrong;
}
