/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stress.h - all functions at once, on the same arenas
 *
 * Eight threads, timers and irq_work do random operations on shared arenas, maps
 * and page-aligned memory. Each context remembers what it holds. A bit for each
 * quantum shows that it is held, so that handing it out twice is noticed. Between
 * rounds the sums of all contexts and arenas must agree.
 */
#ifndef _STRESS_H
#define _STRESS_H

#include <sys/map.h>
#include <sys/sunddi.h>
#include <sys/vmem.h>

#include <linux/atomic.h>
#include <linux/prandom.h>

#define STRESS_SLOTS	24

enum stress_name {
	STRESS_PLAIN,
	STRESS_CACHED,
	STRESS_IDS,		/* identifiers, cached */
	STRESS_SOURCE,
	STRESS_KID,		/* imports; its import function has moods */
	STRESS_CACHED_KID,	/* imports, and caches what it has */
	STRESS_SCARCE,		/* too small for all: contexts that may sleep wait */
	STRESS_SCARCE_KID,	/* imports from that */
	STRESS_MAP,		/* the arena below the resource map */
	STRESS_ARENAS
};

/**
 * struct stress_arena - an arena and its held quanta
 * @vm: the arena
 * @quanta: numbers of quanta are below this
 * @held: a bit for each quantum that is held
 */
struct stress_arena {
	vmem_t *vm;
	unsigned long quanta;
	unsigned long *held;
};

/* One thing that a context holds: a segment of an arena, or an object of memory. */
struct stress_slot {
	struct stress_arena *arena;
	unsigned long at;
	size_t size;
	bool x;				/* by vmem_xalloc() */
	ddi_umem_cookie_t cookie;
	u8 *memory;
	bool released;			/* pageable memory that is to be held for a look */
};

/**
 * struct stress_context - a thread, timer or irq_work that does operations
 * @rnd: its random numbers
 * @sleeps: it may sleep
 * @busy: bit 0: it is running, which interrupts could do on two CPUs at once
 * @ops: operations done
 * @refused: of these, requests that got nothing
 * @slot: what it holds
 */
struct stress_context {
	struct rnd_state rnd;
	bool sleeps;
	unsigned long busy;
	unsigned long ops, refused;
	struct stress_slot slot[STRESS_SLOTS];
};

struct stress_world {
	struct stress_arena arena[STRESS_ARENAS];
	struct map *map;
	atomic_t wrongs;
	atomic_long_t refused;		/* misuses made on purpose */
};

/* Report a fault, rate-limited. */
__printf(2, 3) void stress_wrong(struct stress_world *w, const char *fmt, ...);

/* stress_world.c */
struct stress_world *stress_world_make(u32 seed);
void stress_world_end(struct stress_world *w);
void stress_check(struct stress_world *w, const struct stress_context *ctx, int contexts);
void stress_check_empty(struct stress_world *w);
unsigned long stress_waits(struct stress_world *w);

/* stress_ops.c: one operation; give everything back */
void stress_op(struct stress_world *w, struct stress_context *ctx);
void stress_drain(struct stress_world *w, struct stress_context *ctx);

/* stress_tower.c: arenas that import from each other, destroyed at random moments */
void stress_tower(struct stress_world *w, struct stress_context *ctx);

/*
 * For @seconds, or until @ops operations are done if that is not 0; with
 * @hotplug a CPU comes and goes. 0, or -EIO if anything was wrong.
 */
int stress_run(u32 seed, unsigned int seconds, unsigned long ops, bool hotplug,
	       unsigned long *done);

#endif /* _STRESS_H */
