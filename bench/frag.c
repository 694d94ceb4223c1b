// SPDX-License-Identifier: GPL-2.0-only
/* frag.c - how full an arena gets, and what a segment costs in memory */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define FRAG_UNITS	65536UL
#define FRAG_LARGEST	64
#define FRAG_SEEDS	11
#define FRAG_STEPS	50000

struct frag {
	const struct bench_allocator *a;
	struct rnd_state rnd;
	struct bench_piece *piece;
	unsigned long live;
	unsigned long used;		/* units */
};

static bool take(struct frag *f)
{
	unsigned int units = bench_random(&f->rnd, 1, FRAG_LARGEST);
	unsigned long handle = f->a->alloc(units);

	if (!handle)
		return false;
	f->piece[f->live++] = (struct bench_piece){ handle, units };
	f->used += units;
	return true;
}

static void drop(struct frag *f)
{
	unsigned long i = bench_random(&f->rnd, 0, f->live - 1);

	f->a->free(f->piece[i].handle, f->piece[i].units);
	f->used -= f->piece[i].units;
	f->piece[i] = f->piece[--f->live];
}

static void drop_all(struct frag *f)
{
	while (f->live)
		drop(f);
}

/* Two allocations to one free, until one fails. */
static void until_failure(struct frag *f)
{
	do {
		if (f->live && bench_random(&f->rnd, 0, 2) == 0)
			drop(f);
	} while (take(f));
}

/* Stay at this many units used; how many requests fail? */
static unsigned long failures_at(struct frag *f, unsigned long used)
{
	unsigned long failed = 0, i;

	for (i = 0; i < FRAG_STEPS; i++) {
		while (f->used > used)
			drop(f);
		if (!take(f)) {
			failed++;
			drop(f);
		}
	}
	return failed;
}

int bench_frag(const struct bench_allocator *a)
{
	static const unsigned int level[] = { 70, 80, 90 };
	struct frag f = { .a = a };
	unsigned int seed, i;
	int err = 0;

	if (a->single || a->memory || a == &bench_none)
		return 0;
	bench.units = FRAG_UNITS;
	f.piece = vmalloc_array(FRAG_UNITS, sizeof(*f.piece));
	if (!f.piece)
		return -ENOMEM;
	for (seed = 1; seed <= FRAG_SEEDS; seed++) {
		err = a->open();
		if (err)
			break;
		prandom_seed_state(&f.rnd, seed);
		until_failure(&f);
		pr_notice("row,full,%s,%u,%lu,%lu\n", a->name, seed, f.used, FRAG_UNITS);
		drop_all(&f);
		a->close();
	}
	for (i = 0; !err && i < ARRAY_SIZE(level); i++) {
		err = a->open();
		if (err)
			break;
		prandom_seed_state(&f.rnd, 1);
		pr_notice("row,fail,%s,%u,%lu,%u\n", a->name, level[i],
			  failures_at(&f, FRAG_UNITS / 100 * level[i]), FRAG_STEPS);
		drop_all(&f);
		a->close();
	}
	vfree(f.piece);
	return err;
}

/* Wait for memory that is freed with a delay. */
static void settle(void)
{
	rcu_barrier();
	msleep(2000);
}

static int measure_bytes(const struct bench_allocator *a, unsigned long n, long *full,
			 long *holes)
{
	const struct bench_workload *w = bench_find_workload("mix");
	struct bench_filled filled;
	long before;
	int err;

	settle();
	before = bench_free_memory();
	err = a->open();
	if (err)
		return err;
	err = bench_fill(a, w, n, &filled);
	if (!err) {
		before -= PAGE_ALIGN((2 * n + 1) * sizeof(*filled.piece));
		*full = (before - (long)bench_free_memory()) / (long)(2 * n);
		bench_make_holes(a, &filled);
		settle();
		*holes = (before - (long)bench_free_memory()) / (long)(2 * n);
		bench_empty(a, &filled);
	}
	a->close();
	return err;
}

/* Memory that 2 @n segments take: all allocated, and every second one free */
int bench_bytes(const struct bench_allocator *a, unsigned long n)
{
	long full, holes;
	int err;

	if (a->single || a->memory || a == &bench_none)
		return 0;
	/* Twice: the first time also fills what caches keep. */
	err = measure_bytes(a, n, &full, &holes);
	if (!err)
		err = measure_bytes(a, n, &full, &holes);
	if (!err)
		pr_notice("row,bytes,%s,%lu,%ld,%ld\n", a->name, 2 * n, full, holes);
	return err;
}
