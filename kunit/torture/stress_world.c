// SPDX-License-Identifier: GPL-2.0-only
/* stress_world.c - the arenas under stress, and the checks between rounds */
#include "kunit/torture/stress.h"

#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "ddi_rmap/rmap_impl.h"
#include "ddi_umem/umem_impl.h"
#include "ddi_vmem/report/report.h"

#define MOST_WRONGS	20

/* Quantum 0x1000, from 1 MiB on, as far as SOURCE_END. */
#define SOURCE_BASE	0x100000UL
#define SOURCE_END	0x800000UL
#define MAP_UNITS	2000UL
#define MAP_SIZE	100

static u32 moody_seed;
static atomic_t moody_calls;

void stress_wrong(struct stress_world *w, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (atomic_inc_return(&w->wrongs) > MOST_WRONGS)
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("stress: wrong: %pV\n", &vaf);
	va_end(args);
}

/* Fails now and then, or brings more than was asked for. */
static void *moody_import(vmem_t *source, size_t *size, size_t align, int vmflag)
{
	u32 mood = hash_long(moody_seed + atomic_inc_return(&moody_calls), 32);

	if (mood % 4 == 0)
		return NULL;
	if (mood % 4 == 1)
		*size += source->quantum * (1 + mood / 4 % 3);
	return vmem_alloc(source, *size, vmflag);
}

static bool arena_is(struct stress_world *w, enum stress_name name, vmem_t *vm,
		     unsigned long end)
{
	struct stress_arena *a = &w->arena[name];

	a->vm = vm;
	if (!vm)
		return false;
	a->quanta = end >> vm->qshift;
	a->held = bitmap_zalloc(a->quanta, GFP_KERNEL);
	return a->held;
}

/* A child of @source that starts empty. */
static vmem_t *kid(const char *name, vmem_t *source, size_t quantum, size_t qcache_max)
{
	return vmem_create(name, NULL, 0, quantum, vmem_alloc, vmem_free, source, qcache_max,
			   VM_SLEEP);
}

static vmem_t *span(const char *name, unsigned long base, unsigned long end, size_t quantum,
		    size_t qcache_max, int flags)
{
	return vmem_create(name, (void *)base, end - base, quantum, NULL, NULL, NULL, qcache_max,
			   VM_SLEEP | flags);
}

static bool make_families(struct stress_world *w)
{
	vmem_t *source = span("stress source", SOURCE_BASE, SOURCE_END, 0x1000, 0, 0);
	vmem_t *scarce = span("stress scarce", 1, 33, 1, 0, 0);

	return arena_is(w, STRESS_SOURCE, source, SOURCE_END) &&
	       arena_is(w, STRESS_KID,
			vmem_xcreate("stress kid", NULL, 0, 0x100, moody_import, vmem_free, source,
				     0, VM_SLEEP), SOURCE_END) &&
	       arena_is(w, STRESS_CACHED_KID, kid("stress cached kid", source, 0x100, 0x800),
			SOURCE_END) &&
	       arena_is(w, STRESS_SCARCE, scarce, 33) &&
	       arena_is(w, STRESS_SCARCE_KID, kid("stress scarce kid", scarce, 1, 0), 33);
}

static bool make_singles(struct stress_world *w)
{
	w->map = rmallocmap_wait(MAP_SIZE);
	rmfree(w->map, MAP_UNITS, 1);
	return arena_is(w, STRESS_PLAIN, span("stress plain", 0x1000, 0x41000, 0x10, 0, 0),
			0x41000) &&
	       arena_is(w, STRESS_CACHED, span("stress cached", 0x1000, 0x41000, 0x10, 0x80, 0),
			0x41000) &&
	       arena_is(w, STRESS_IDS, span("stress ids", 1, 1001, 1, 1, VMC_IDENTIFIER), 1001) &&
	       arena_is(w, STRESS_MAP, w->map->arena, 1 + MAP_UNITS);
}

struct stress_world *stress_world_make(u32 seed)
{
	struct stress_world *w = kzalloc(sizeof(*w), GFP_KERNEL);

	moody_seed = seed;
	if (!w)
		return NULL;
	if (make_families(w) && make_singles(w))
		return w;
	stress_world_end(w);
	return NULL;
}

/* The children, which come last, first. */
void stress_world_end(struct stress_world *w)
{
	int i;

	for (i = STRESS_ARENAS - 1; i >= 0; i--) {
		bitmap_free(w->arena[i].held);
		if (i != STRESS_MAP && i != STRESS_SOURCE)
			vmem_destroy(w->arena[i].vm);
	}
	vmem_destroy(w->arena[STRESS_SOURCE].vm);
	rmfreemap(w->map);
	umem_flush_deferred();
	kfree(w);
}

/* Units of an arena that the contexts hold, and their number of quanta. */
static unsigned long held_of(const struct stress_arena *a, const struct stress_context *ctx,
			     int contexts, unsigned long *quanta)
{
	unsigned long units = 0;
	int i;

	*quanta = 0;
	for (; contexts--; ctx++)
		for (i = 0; i < STRESS_SLOTS; i++)
			if (ctx->slot[i].arena == a) {
				units += ctx->slot[i].size;
				*quanta += vmem_round(a->vm, ctx->slot[i].size) >> a->vm->qshift;
			}
	return units;
}

/* Units that an arena's children have imported from it. */
static unsigned long imported_from(struct stress_world *w, vmem_t *source)
{
	unsigned long units = 0;
	int i;

	for (i = 0; i < STRESS_ARENAS; i++)
		if (w->arena[i].vm->source == source)
			units += vmem_size(w->arena[i].vm, VMEM_ALLOC | VMEM_FREE);
	return units;
}

/* Nothing runs: every arena is sound and agrees with the contexts. */
void stress_check(struct stress_world *w, const struct stress_context *ctx, int contexts)
{
	unsigned long units, quanta;
	int i;

	for (i = 0; i < STRESS_ARENAS; i++) {
		struct stress_arena *a = &w->arena[i];

		units = held_of(a, ctx, contexts, &quanta) + imported_from(w, a->vm);
		if (!vmem_verify(a->vm))
			stress_wrong(w, "'%s' does not verify", a->vm->name);
		if (vmem_size(a->vm, VMEM_ALLOC) != units)
			stress_wrong(w, "'%s' has %zu allocated, its users hold %lu", a->vm->name,
				     vmem_size(a->vm, VMEM_ALLOC), units);
		if (bitmap_weight(a->held, a->quanta) != quanta)
			stress_wrong(w, "'%s': bits and users disagree", a->vm->name);
	}
}

/* All contexts have freed everything. */
void stress_check_empty(struct stress_world *w)
{
	int i;

	for (i = 0; i < STRESS_ARENAS; i++) {
		vmem_t *vm = w->arena[i].vm;

		vmem_qcache_reap(vm);
		if (vm->qc)
			flush_work(&vm->qreap);
		if (vm->source && vmem_size(vm, VMEM_ALLOC | VMEM_FREE))
			stress_wrong(w, "'%s' keeps %zu units of its source", vm->name,
				     vmem_size(vm, VMEM_ALLOC | VMEM_FREE));
	}
	stress_check(w, NULL, 0);
}

unsigned long stress_waits(struct stress_world *w)
{
	unsigned long waits = 0, flags;
	int i;

	for (i = 0; i < STRESS_ARENAS; i++) {
		vmem_t *vm = w->arena[i].vm;

		spin_lock_irqsave(&vm->lock, flags);
		waits += vm->stat[VMEM_STAT_WAIT];
		spin_unlock_irqrestore(&vm->lock, flags);
	}
	return waits;
}
