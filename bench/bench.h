/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.h - the interface of measured allocators, and the harness
 *
 * A workload fills an arena, makes holes, and times pairs of a free and an
 * allocation.
 */
#ifndef _DDI_BENCH_H
#define _DDI_BENCH_H

#include <linux/prandom.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/types.h>

#define BENCH_UNIT	4096UL		/* bytes in a unit, for allocators that count bytes */
#define BENCH_BASE	BIT(24)	/* first unit of the arena */
#define BENCH_RING	64		/* live allocations while timing */

/**
 * struct bench_arena - the arena in use, and constraints of the workload
 * @base: first unit
 * @units: size in units
 * @align: alignment in units, for &bench_allocator.alloc_aligned
 * @lo: lowest address, in the allocator's own measure, for .alloc_within
 * @hi: first address that is too high
 */
struct bench_arena {
	unsigned long base;
	unsigned long units;
	unsigned long align;
	unsigned long lo;
	unsigned long hi;
};

extern struct bench_arena bench;

typedef unsigned long (*bench_alloc_t)(unsigned long units);

/**
 * struct bench_allocator - one allocator under one policy
 * @name: as it stands in tables
 * @unit: what a unit counts in its addresses
 * @single: hands out single units only
 * @memory: hands out memory, not numbers: at most that many live units
 * @sleeps: must not be called with interrupts off
 * @open: make an arena as @bench says; 0 or an error
 * @close: destroy it; everything has been freed
 * @alloc: a handle, 0 on failure
 * @alloc_aligned: the same, aligned; NULL if it cannot
 * @alloc_within: the same, inside the window; NULL if it cannot
 * @fill: a quicker @alloc for filling an empty arena in order; may be NULL
 * @free: give a handle back
 * @address: where a handle lies; NULL if the handle says so itself
 */
struct bench_allocator {
	const char *name;
	unsigned long unit;
	bool single;
	unsigned long memory;
	bool sleeps;
	int (*open)(void);
	void (*close)(void);
	bench_alloc_t alloc;
	bench_alloc_t alloc_aligned;
	bench_alloc_t alloc_within;
	bench_alloc_t fill;
	void (*free)(unsigned long handle, unsigned long units);
	unsigned long (*address)(unsigned long handle);
};

/* One live allocation */
struct bench_piece {
	unsigned long handle;
	unsigned int units;
};

/* Live allocations while timing; @at is the one to be replaced next. */
struct bench_ring {
	const struct bench_allocator *a;
	bench_alloc_t get;
	struct rnd_state rnd;
	unsigned int smallest;
	unsigned int largest;
	unsigned int at;
	unsigned long failed;
	struct bench_piece piece[BENCH_RING];
	unsigned int size[BENCH_RING];
};

/* How a workload fills an arena, and what its pairs request */
struct bench_workload {
	const char *name;
	bool ring;			/* else freed at once */
	bool joins;			/* frees alone; see join.c */
	bool narrow;			/* holes of 33 to 47 units between units */
	unsigned int smallest;
	unsigned int largest;
	unsigned long align;		/* units, 0 for none */
	unsigned long window;		/* units, 0 for none */
};

struct bench_filled {
	struct bench_piece *piece;
	unsigned long pieces;		/* entries; of freed ones .units is 0 */
};

extern const struct bench_allocator *const bench_allocators[];
extern const struct bench_workload bench_workloads[];

const struct bench_allocator *bench_find_allocator(const char *name);
const struct bench_workload *bench_find_workload(const char *name);

/*
 * The unit of cost. Under QEMU's -icount shift=0 the time stamp counter holds the
 * number of instructions executed, the same on every machine. User Mode Linux has
 * no such counter and uses nanoseconds.
 */
static inline u64 bench_clock(void)
{
	return IS_ENABLED(CONFIG_UML) ? ktime_get_ns() : get_cycles();
}

/*
 * Switching interrupts on does not by itself let a waiting task run. A driver's
 * own critical section would soon end and do so; the harness calls this.
 */
static inline void bench_yield(void)
{
	preempt_disable();
	preempt_enable();
	cond_resched();
}

unsigned int bench_random(struct rnd_state *rnd, unsigned int lo, unsigned int hi);
unsigned long bench_free_memory(void);
void bench_settle(void);

int bench_fill(const struct bench_allocator *a, const struct bench_workload *w,
	       unsigned long n, struct bench_filled *f);
void bench_make_holes(const struct bench_allocator *a, struct bench_filled *f);
void bench_empty(const struct bench_allocator *a, struct bench_filled *f);

void bench_ring_open(struct bench_ring *r, const struct bench_allocator *a,
		     const struct bench_workload *w, const struct bench_filled *f,
		     unsigned long seed);
void bench_ring_close(struct bench_ring *r);
void bench_ring_sizes(struct bench_ring *r);
void bench_ring_turn(struct bench_ring *r);
unsigned long bench_false_failures(struct bench_ring *r, const struct bench_filled *f);

/* Where a profile begins and ends; see scripts/bench-profile.sh */
extern bool bench_profile;
void bench_mark(void);

int bench_pairs(const struct bench_allocator *a, const struct bench_workload *w,
		unsigned long n);
int bench_join(const struct bench_allocator *a, const struct bench_workload *w,
	       unsigned long n);
int bench_longest(const struct bench_allocator *a, const struct bench_workload *w,
		  unsigned long n);
int bench_bytes(const struct bench_allocator *a, unsigned long n);
int bench_frag(const struct bench_allocator *a);
int bench_smp(const struct bench_allocator *a, const struct bench_workload *w);
int bench_handoff(const char *how, const struct bench_allocator *a,
		  const struct bench_workload *w, unsigned long n);
int bench_umem(const char *name, size_t only);
int bench_fault(const char *pattern, const char *name);

extern const struct bench_allocator bench_none;
extern const struct bench_allocator bench_vmem, bench_vmem_best, bench_vmem_first;
extern const struct bench_allocator bench_vmem_next, bench_vmem_qcache;
extern const struct bench_allocator bench_rmap;
extern const struct bench_allocator bench_genpool_first, bench_genpool_best;
extern const struct bench_allocator bench_ida, bench_xarray;
extern const struct bench_allocator bench_iova_fast, bench_iova_tree;
extern const struct bench_allocator bench_drm_best, bench_drm_low;
extern const struct bench_allocator bench_maple;
extern const struct bench_allocator bench_kmem_cache, bench_kmalloc;

/* Linux's allocators with memory of their own */
int bench_iova_init(void);
void bench_iova_exit(void);
int bench_drm_init(void);
void bench_drm_exit(void);

/* Of ddi_umem/page_cache.c, where ddi.ko exports what tests need */
unsigned long umem_page_cache_drain(void);

#endif /* _DDI_BENCH_H */
