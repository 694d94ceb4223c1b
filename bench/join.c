// SPDX-License-Identifier: GPL-2.0-only
/* join.c - frees of segments in a random order, each between two free ones */
#include <linux/prandom.h>
#include <linux/sched.h>

#include "bench.h"

#define JOIN_SEED	20261130
/* So many frees in a row with interrupts off */
#define JOIN_TURN	64

/* Move the pieces that are live to the front, in a random order; returns how many. */
static unsigned long shuffle(struct bench_filled *f)
{
	struct rnd_state rnd;
	unsigned long i, n = 0;

	for (i = 0; i < f->pieces; i++)
		if (f->piece[i].units)
			f->piece[n++] = f->piece[i];
	f->pieces = n;
	prandom_seed_state(&rnd, JOIN_SEED);
	for (i = n; i > 1; i--) {
		unsigned long other = bench_random(&rnd, 0, i - 1);

		swap(f->piece[i - 1], f->piece[other]);
	}
	return n;
}

static u64 timed_frees(const struct bench_allocator *a, struct bench_piece *piece,
		       unsigned long n)
{
	unsigned long i, flags;
	u64 begin, end;

	local_irq_save(flags);
	begin = bench_clock();
	for (i = 0; i < n; i++) {
		a->free(piece[i].handle, piece[i].units);
		piece[i].units = 0;
	}
	end = bench_clock();
	local_irq_restore(flags);
	bench_yield();
	return end - begin;
}

/* Print a row: what a free costs that joins both neighbours, of @n in all. */
int bench_join(const struct bench_allocator *a, const struct bench_workload *w,
	       unsigned long n)
{
	struct bench_filled filled;
	unsigned long i, left, probe;
	u64 cost = 0;
	int err;

	if (!n)
		return 0;
	err = a->open();
	if (err)
		return err;
	err = bench_fill(a, w, n, &filled);
	if (err)
		goto out;
	/* With the allocator's policy, which may need an index for it */
	probe = a->alloc(1);
	if (probe)
		a->free(probe, 1);
	bench_make_holes(a, &filled);
	left = shuffle(&filled);
	bench_settle();
	for (i = 0; i < left; i += JOIN_TURN)
		cost += timed_frees(a, filled.piece + i,
				    min_t(unsigned long, left - i, JOIN_TURN));
	cost = div64_u64(10 * cost, left);
	pr_notice("row,pair,%s,%s,%lu,%llu.%llu,0,0,%lu\n", w->name, a->name, n, cost / 10,
		  cost % 10, left);
	bench_empty(a, &filled);
out:
	a->close();
	return err;
}
