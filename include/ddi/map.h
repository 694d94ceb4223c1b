/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ddi/map.h - resource maps for drivers written for Linux
 *
 * The maps of <sys/map.h>, with a name, a gfp_t, negative errnos, and waits that a
 * signal or a time limit ends. The functions of both headers work on every map. An
 * allocation takes the lowest index that serves; 0 is never inside a map.
 */
#ifndef _DDI_MAP_H
#define _DDI_MAP_H

#include <ddi/vmem.h>
#include <sys/map.h>

/**
 * struct ddi_map_config - what a map is to be
 * @name: for reports and statistics; copied, truncated to 29 characters
 * @limit: the largest number of allocations outstanding at any one time; 0 for none.
 *	Bookkeeping memory for the first 256 of them is reserved.
 * @fair: as in struct ddi_vmem_config
 * @gfp: for the memory of the map itself
 */
struct ddi_map_config {
	const char *name;
	unsigned long limit;
	bool fair;
	gfp_t gfp;
};

/**
 * __ddi_map_create() - ddi_map_create() with a lock class
 * @config: what the map is to be
 * @key: the lock class, which lives as long as the map
 *
 * Context: As the gfp of @config allows.
 * Return: as ddi_map_create().
 */
struct map *__ddi_map_create(const struct ddi_map_config *config, struct lock_class_key *key);

/**
 * ddi_map_create() - create an empty resource map
 * @config: a pointer to struct ddi_map_config
 *
 * Each place in the source that calls this has a lock class of its own for the maps
 * made there. ddi_map_destroy() destroys the map.
 *
 * Context: As the gfp of @config allows.
 * Return: the map, or -ENOMEM as an error pointer.
 *
 * Defined by contract N22.
 */
#define ddi_map_create(config)						\
({									\
	static struct lock_class_key __key;				\
									\
	__ddi_map_create(config, &__key);				\
})

/**
 * ddi_map_arena() - the arena that does a map's work
 * @mp: the map
 *
 * For constraints (ddi_vmem_xalloc()), ddi_vmem_largest(), vmem_size() and all else
 * that arenas have. It goes with the map: do not pass it to vmem_destroy().
 *
 * Context: Any.
 * Return: the arena.
 *
 * Defined by contract N24.
 */
vmem_t *ddi_map_arena(const struct map *mp);

/**
 * ddi_map_destroy() - destroy a resource map
 * @mp: the map, not in use; allocations still outstanding are reported
 *
 * Context: Any. Never sleeps.
 */
static inline void ddi_map_destroy(struct map *mp)
{
	rmfreemap(mp);
}

/**
 * ddi_map_add() - add a range to a map
 * @mp: the map
 * @start: its first index, not 0
 * @size: its length, not 0. It joins ranges that it touches.
 * @gfp: how bookkeeping memory is had
 *
 * Context: As @gfp allows.
 * Return: as ddi_vmem_add().
 *
 * Defined by contract N22.
 */
static inline int ddi_map_add(struct map *mp, unsigned long start, size_t size, gfp_t gfp)
{
	return ddi_vmem_add(ddi_map_arena(mp), start, size, gfp);
}

/**
 * ddi_map_alloc_wait() - allocate units, waiting until there are any
 * @mp: the map
 * @size: number of units in a row, not 0
 * @gfp: how bookkeeping memory is had
 * @state: TASK_KILLABLE, TASK_INTERRUPTIBLE or TASK_UNINTERRUPTIBLE
 * @timeout: for how many jiffies at most; MAX_SCHEDULE_TIMEOUT for ever
 * @index: the first unit
 *
 * Context: Process context.
 * Return: as ddi_vmem_alloc_wait(). A map at its limit is waited for, too.
 *
 * Defined by contract N23.
 */
static inline int ddi_map_alloc_wait(struct map *mp, size_t size, gfp_t gfp, unsigned int state,
				     long timeout, unsigned long *index)
{
	const struct ddi_vmem_request units = {
		.size = size,
		.policy = DDI_VMEM_FIRSTFIT,
		.gfp = gfp,
		.state = state,
		.timeout = timeout,
	};

	return ddi_vmem_xalloc(ddi_map_arena(mp), &units, index);
}

/**
 * ddi_map_alloc() - allocate units, at once or not at all
 * @mp: the map
 * @size: number of units in a row, not 0
 * @gfp: how bookkeeping memory is had
 * @index: the first unit
 *
 * Context: As @gfp allows; any with GFP_NOWAIT or GFP_ATOMIC.
 * Return: as ddi_vmem_alloc(); -ENOSPC, too, for a map at its limit.
 *
 * Defined by contract N23.
 */
static inline int ddi_map_alloc(struct map *mp, size_t size, gfp_t gfp, unsigned long *index)
{
	return ddi_map_alloc_wait(mp, size, gfp, 0, 0, index);
}

/**
 * ddi_map_free() - free units
 * @mp: the map
 * @index: the first one
 * @size: as it was asked for
 *
 * Also of rmalloc(). Unlike rmfree() this adds nothing: what is not allocated is
 * reported as misuse and changes nothing.
 *
 * Context: Any. Never sleeps, never needs memory.
 *
 * Defined by contract N24.
 */
static inline void ddi_map_free(struct map *mp, unsigned long index, size_t size)
{
	ddi_vmem_free(ddi_map_arena(mp), index, size);
}

#endif /* _DDI_MAP_H */
