// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmap.c - resource maps: a thin layer over a vmem arena
 *
 * A map is an arena of quantum 1 that places at the lowest index, merges
 * touching additions and limits how many allocations are outstanding. What is
 * left to do here is to tell a return from an addition and to say clearly
 * what was wrong.
 */
#include <ddi/map.h>

#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ddi_core/fault.h"
#include "ddi_core/core.h"
#include "ddi_vmem/vmem_map.h"
#include "ddi_rmap/rmap_impl.h"

/* Bookkeeping is reserved for at most this many allocations [R9]. */
#define RMAP_RESERVE_MAX	256UL

bool rmap_limit = true;
DDI_EXPORT_FOR_KUNIT(rmap_limit);
module_param(rmap_limit, bool, 0644);
MODULE_PARM_DESC(rmap_limit,
		 "Let mapsize limit the outstanding allocations of maps created from now on, as rmallocmap(9F) says (default: on)");

/*
 * "module:function" of a map's creator, whose interface has no name for it. What
 * compilers append to a function's name is left out.
 */
static void rmap_name(char *name, size_t size, const void *caller)
{
	char symbol[96], *module;

	scnprintf(symbol, sizeof(symbol), "%ps", caller);
	module = strstr(symbol, " [");
	if (module) {
		*module = '\0';
		module += 2;
		module[strcspn(module, "]")] = '\0';
	}
	symbol[strcspn(symbol, ".")] = '\0';
	scnprintf(name, size, "%s%s%s", module ?: "", module ? ":" : "", symbol);
}

static struct map *rmap_create(size_t mapsize, const struct vmem_args *args)
{
	struct map *mp;

	if (ddi_should_fail(DDI_FAIL_DESCRIPTORS, args->gfp))
		return NULL;
	mp = kmalloc(sizeof(*mp), args->gfp);
	if (!mp)
		return NULL;
	mp->arena = vmem_map_create(args);
	if (!mp->arena) {
		kfree(mp);
		return NULL;
	}
	mp->mapsize = mapsize;
	mp->said = 0;
	return mp;
}

static struct map *create_nameless(size_t mapsize, gfp_t gfp, const void *caller)
{
	unsigned long entries = max_t(size_t, mapsize, 1);
	char name[64];
	struct vmem_args args = {
		.name = name,
		.quantum = 1,
		.limit = rmap_limit ? entries : ULONG_MAX,
		.reserve = min(entries, RMAP_RESERVE_MAX),
		.gfp = gfp,
		.caller = caller,
	};

	rmap_name(name, sizeof(name), caller);
	return rmap_create(mapsize, &args);
}

struct map *rmallocmap(size_t mapsize)
{
	return create_nameless(mapsize, GFP_ATOMIC | __GFP_NOWARN, __builtin_return_address(0));
}
EXPORT_SYMBOL(rmallocmap);

struct map *rmallocmap_wait(size_t mapsize)
{
	return create_nameless(mapsize, GFP_KERNEL | __GFP_NOFAIL, __builtin_return_address(0));
}
EXPORT_SYMBOL(rmallocmap_wait);

struct map *__ddi_map_create(const struct ddi_map_config *config, struct lock_class_key *key)
{
	struct vmem_args args = {
		.name = config->name,
		.quantum = 1,
		.limit = config->limit,
		.reserve = min(config->limit, RMAP_RESERVE_MAX),
		.gfp = ddi_slab_gfp(config->gfp),
		.fair = config->fair,
		.key = key,
		.caller = __builtin_return_address(0),
	};
	struct map *mp;

	might_sleep_if(gfpflags_allow_blocking(config->gfp));
	mp = rmap_create(config->limit, &args);
	return mp ? mp : ERR_PTR(-ENOMEM);
}
EXPORT_SYMBOL(__ddi_map_create);

vmem_t *ddi_map_arena(const struct map *mp)
{
	return mp->arena;
}
EXPORT_SYMBOL(ddi_map_arena);

void rmfreemap(struct map *mp)
{
	if (!mp)
		return;
	if (vmem_destroy_as("rmfreemap", mp->arena, __builtin_return_address(0)))
		kfree(mp);
}
EXPORT_SYMBOL(rmfreemap);

/* Say once why a map that has space left refuses. */
static void rmap_say_limit(struct map *mp)
{
	if (!vmem_map_full(mp->arena) || test_and_set_bit(0, &mp->said))
		return;
	pr_notice("resource map '%s': all %zu allocations of its mapsize are outstanding; for maps created from now on, writing 0 to /sys/module/ddi/parameters/rmap_limit lifts the limit\n",
		  vmem_map_name(mp->arena), mp->mapsize);
}

static unsigned long rmap_bad_size(const char *fn, struct map *mp, const void *caller)
{
	ddi_misuse(fn, vmem_map_name(mp->arena), caller, "size 0, expected at least 1");
	return 0;
}

static unsigned long rmap_alloc(struct map *mp, size_t size)
{
	vmem_t *arena = mp->arena;
	unsigned long index = (unsigned long)vmem_map_alloc(arena, size);

	if (likely(index))
		return index;
	rmap_say_limit(mp);
	vmem_map_leave(arena);
	return 0;
}

unsigned long rmalloc(struct map *mp, size_t size)
{
	if (unlikely(!size))
		return rmap_bad_size("rmalloc", mp, __builtin_return_address(0));
	return rmap_alloc(mp, size);
}
EXPORT_SYMBOL(rmalloc);

/* May this thread sleep? Without a preemption count the kernel cannot always tell. */
static bool rmap_may_sleep(void)
{
	return !in_interrupt() && !irqs_disabled() &&
	       (preemptible() || !IS_ENABLED(CONFIG_PREEMPT_COUNT));
}

unsigned long rmalloc_wait(struct map *mp, size_t size)
{
	unsigned long index;

	if (unlikely(!size))
		return rmap_bad_size("rmalloc_wait", mp, __builtin_return_address(0));
	if (likely(rmap_may_sleep())) {
		rmap_say_limit(mp);
		return (unsigned long)vmem_alloc(mp->arena, size, VM_SLEEP | VM_FIRSTFIT);
	}
	index = rmap_alloc(mp, size);
	if (unlikely(!index))
		ddi_misuse("rmalloc_wait", vmem_map_name(mp->arena),
			   __builtin_return_address(0),
			   "%zu units are not free now and this context cannot wait", size);
	return index;
}
EXPORT_SYMBOL(rmalloc_wait);

static void rmap_report_free(struct map *mp, enum vmem_map_result result, size_t size,
			     unsigned long index, unsigned long expected, const void *caller)
{
	const char *name = vmem_map_name(mp->arena);

	switch (result) {
	case VMEM_MAP_UNKNOWN:
		ddi_misuse("rmfree", name, caller,
			   "bad free of %zu units at %lu: no allocation starts there (freed twice?)",
			   size, index);
		return;
	case VMEM_MAP_SIZE:
		ddi_misuse("rmfree", name, caller,
			   "wrong size at %lu: %zu units, expected %lu", index, size, expected);
		return;
	case VMEM_MAP_OVERLAP:
		ddi_misuse("rmfree", name, caller,
			   "addition of %zu units at %lu overlaps space that the map has",
			   size, index);
		return;
	case VMEM_MAP_INVALID:
		ddi_misuse("rmfree", name, caller,
			   "%zu units at %lu: must not be empty, contain 0 or pass the top", size,
			   index);
		return;
	case VMEM_MAP_NOMEM:
		pr_warn("rmfree('%s'): cannot add %zu units at %lu: out of memory\n",
			name, size, index);
		return;
	case VMEM_MAP_DONE:
		return;
	}
}

/* The map has not allocated this range: the driver made a mistake, or adds space. */
static noinline void rmap_give_other(struct map *mp, size_t size, unsigned long index,
				     enum vmem_map_result why, const void *caller)
{
	vmem_t *arena = mp->arena;
	unsigned long expected = 0;
	enum vmem_map_result result;

	result = vmem_map_give_other(arena, index, size, why, &expected);
	if (!result)
		return;
	rmap_report_free(mp, result, size, index, expected, caller);
	if (result == VMEM_MAP_SIZE || result == VMEM_MAP_UNKNOWN)
		vmem_log_owner(arena, index);
	vmem_map_leave(arena);
}

void rmfree(struct map *mp, size_t size, unsigned long index)
{
	enum vmem_map_result why = vmem_map_return(mp->arena, index, size);

	if (unlikely(why))
		rmap_give_other(mp, size, index, why, __builtin_return_address(0));
}
EXPORT_SYMBOL(rmfree);
