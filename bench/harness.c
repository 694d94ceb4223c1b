// SPDX-License-Identifier: GPL-2.0-only
/* harness.c - filling arenas, and timing pairs of a free and an allocation */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "depot_probe.h"

#define SEED_FILL	20011			/* fixed: figures must repeat */
#define SEED_PAIRS	19880

/* A figure is over this many pairs, fewer where they cost a lot. */
#define PAIRS		16384
#define PAIRS_BUDGET	(400UL * 1000 * 1000)	/* instructions */
#define PAIRS_PROFILED	1024
#define TURNS		(PAIRS / BENCH_RING)
#define SETTLE_MS	40

/* A port that the kernel has no use for: the third serial line. */
#define MARK_DATA	0x3e8
#define MARK_STATUS	0x3ed

bool bench_profile;

unsigned int bench_random(struct rnd_state *rnd, unsigned int lo, unsigned int hi)
{
	return lo + prandom_u32_state(rnd) % (hi - lo + 1);
}

unsigned long bench_free_memory(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return info.freeram << PAGE_SHIFT;
}

/* Let deferred work of the allocator finish, RCU callbacks too; not timed. */
void bench_settle(void)
{
	msleep(SETTLE_MS);
}

/* Tell the tracing host that timing begins or ends, and wait for its answer. */
void bench_mark(void)
{
	if (!bench_profile)
		return;
	outb('.', MARK_DATA);
	while (!(inb(MARK_STATUS) & 1))
		cpu_relax();
	inb(MARK_DATA);
}

static unsigned int fill_size(const struct bench_allocator *a, const struct bench_workload *w,
			      struct rnd_state *rnd, unsigned long i)
{
	if (a->single)
		return 1;
	if (!w->narrow)
		return bench_random(rnd, 1, 64);
	return i & 1 ? bench_random(rnd, 33, 47) : 1;
}

/* Fill an empty arena with 2 @n segments, in order of address. */
int bench_fill(const struct bench_allocator *a, const struct bench_workload *w,
	       unsigned long n, struct bench_filled *f)
{
	bench_alloc_t get = a->fill ? a->fill : a->alloc;
	struct rnd_state rnd;
	unsigned long i;

	f->pieces = 0;
	f->piece = vcalloc(2 * n + 1, sizeof(*f->piece));
	if (!f->piece)
		return -ENOMEM;
	prandom_seed_state(&rnd, SEED_FILL);
	for (i = 0; i < 2 * n; i++) {
		struct bench_piece *p = &f->piece[i];

		p->units = fill_size(a, w, &rnd, i);
		p->handle = get(p->units);
		if (!p->handle) {
			bench_empty(a, f);
			return -ENOSPC;
		}
		f->pieces++;
		if (!(i % 256))
			cond_resched();
	}
	return 0;
}

void bench_make_holes(const struct bench_allocator *a, struct bench_filled *f)
{
	unsigned long i;

	for (i = 1; i < f->pieces; i += 2) {
		a->free(f->piece[i].handle, f->piece[i].units);
		f->piece[i].units = 0;
		if (i % 256 == 1)
			cond_resched();
	}
}

void bench_empty(const struct bench_allocator *a, struct bench_filled *f)
{
	unsigned long i;

	for (i = 0; i < f->pieces; i++) {
		if (f->piece[i].units)
			a->free(f->piece[i].handle, f->piece[i].units);
		if (!(i % 256))
			cond_resched();
	}
	vfree(f->piece);
}

/* The window begins at a live segment in the middle of what is filled. */
static void place_window(const struct bench_allocator *a, const struct bench_workload *w,
			 const struct bench_filled *f)
{
	unsigned long handle;

	bench.lo = bench.base * a->unit;
	if (f->pieces) {
		handle = f->piece[f->pieces / 2 & ~1UL].handle;
		bench.lo = a->address ? a->address(handle) : handle;
	}
	bench.hi = bench.lo + w->window * a->unit;
}

void bench_ring_open(struct bench_ring *r, const struct bench_allocator *a,
		     const struct bench_workload *w, const struct bench_filled *f,
		     unsigned long seed)
{
	memset(r, 0, sizeof(*r));
	r->a = a;
	r->get = a->alloc;
	if (w->align)
		r->get = a->alloc_aligned;
	if (w->window) {
		r->get = a->alloc_within;
		place_window(a, w, f);
	}
	bench.align = w->align;
	r->smallest = w->smallest;
	r->largest = w->largest;
	prandom_seed_state(&r->rnd, SEED_PAIRS + seed);
}

void bench_ring_close(struct bench_ring *r)
{
	unsigned int i;

	for (i = 0; i < BENCH_RING; i++)
		if (r->piece[i].handle)
			r->a->free(r->piece[i].handle, r->piece[i].units);
}

/* Draw the sizes of the next turn, so that this is not timed. */
void bench_ring_sizes(struct bench_ring *r)
{
	unsigned int i;

	for (i = 0; i < BENCH_RING; i++)
		r->size[i] = bench_random(&r->rnd, r->smallest, r->largest);
}

/* One turn: replace every live allocation. This is what is timed. */
noinline void bench_ring_turn(struct bench_ring *r)
{
	void (*put)(unsigned long handle, unsigned long units) = r->a->free;
	bench_alloc_t get = r->get;
	unsigned int i;

	for (i = 0; i < BENCH_RING; i++) {
		struct bench_piece *p = &r->piece[i];

		if (p->handle)
			put(p->handle, p->units);
		p->units = r->size[i];
		p->handle = get(p->units);
		if (!p->handle)
			r->failed++;
	}
}

/* The same without a ring: every allocation is freed at once. */
static noinline void turn_at_once(struct bench_ring *r)
{
	void (*put)(unsigned long handle, unsigned long units) = r->a->free;
	bench_alloc_t get = r->get;
	unsigned int i;

	for (i = 0; i < BENCH_RING; i++) {
		unsigned int units = r->size[i];
		unsigned long handle = get(units);

		if (handle)
			put(handle, units);
		else
			r->failed++;
	}
}

static u64 timed_turn(struct bench_ring *r, void (*turn)(struct bench_ring *r))
{
	unsigned long flags;
	u64 begin, end;

	bench_ring_sizes(r);
	if (r->a->sleeps) {
		begin = bench_clock();
		turn(r);
		return bench_clock() - begin;
	}
	local_irq_save(flags);
	begin = bench_clock();
	turn(r);
	end = bench_clock();
	local_irq_restore(flags);
	bench_yield();
	return end - begin;
}

static bool can(const struct bench_allocator *a, const struct bench_workload *w,
		unsigned long n)
{
	if (a->single && (w->largest > 1 || w->narrow))
		return false;
	if (a->memory && 2 * n > a->memory)
		return false;
	if (a->memory && w->narrow)
		return false;
	return !(w->align && !a->alloc_aligned) && !(w->window && !a->alloc_within);
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Cost of a pair, in tenths. Where other work may have interrupted a turn, the
 * most expensive tenth of the turns is left out.
 */
static unsigned long tenths(u64 *turn, unsigned int turns)
{
	unsigned int i;
	u64 cost = 0;

	if (IS_ENABLED(CONFIG_UML)) {
		sort(turn, turns, sizeof(*turn), by_value, NULL);
		turns -= turns / 10;
	}
	for (i = 0; i < turns; i++)
		cost += turn[i];
	return div64_u64(10 * cost, turns * BENCH_RING);
}

/* Print a row: what a pair of @w, or a free of it, costs @a with @n holes. */
int bench_pairs(const struct bench_allocator *a, const struct bench_workload *w,
		unsigned long n)
{
	unsigned int most = (bench_profile ? PAIRS_PROFILED : PAIRS) / BENCH_RING;
	static u64 turn_cost[TURNS];
	void (*turn)(struct bench_ring *r) = w->ring ? bench_ring_turn : turn_at_once;
	struct bench_filled filled;
	unsigned long tenth, failed, wrong;
	unsigned int turns;
	struct bench_ring *r;
	u64 cost = 0;
	int err;

	if (!can(a, w, n))
		return 0;
	if (w->joins)
		return bench_join(a, w, n);
	r = kmalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	err = a->open();
	if (err)
		goto out;
	err = bench_fill(a, w, n, &filled);
	if (err)
		goto out_close;
	bench_make_holes(a, &filled);
	bench_settle();

	bench_ring_open(r, a, w, &filled, 0);
	/* Fill the ring, and let caches and free lists settle. */
	timed_turn(r, turn);
	timed_turn(r, turn);
	r->failed = 0;
	depot_probe_take();
	bench_mark();
	for (turns = 0; turns < most && cost < PAIRS_BUDGET; turns++) {
		turn_cost[turns] = timed_turn(r, turn);
		cost += turn_cost[turns];
	}
	bench_mark();
	tenth = tenths(turn_cost, turns);
	failed = r->failed;
	wrong = failed;
	if (failed && w->window)
		wrong = bench_false_failures(r, &filled);
	pr_notice("row,pair,%s,%s,%lu,%lu.%lu,%lu,%lu,%u\n", w->name, a->name, n,
		  tenth / 10, tenth % 10, failed, wrong, turns * BENCH_RING);
	depot_probe_tell(w->name, a->name, n);
	bench_ring_close(r);
	bench_empty(a, &filled);
out_close:
	a->close();
out:
	kfree(r);
	return err;
}
