/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sys/map.h - resource maps: rmallocmap(9F), rmalloc(9F), rmalloc_wait(9F),
 * rmfree(9F)
 *
 * A resource map hands out runs of consecutive integers from ranges that the
 * driver puts into it.  The unit is the driver's: bytes, blocks, slots.
 * Index 0 is the failure value and never part of a map.
 */
#ifndef _DDI_SYS_MAP_H
#define _DDI_SYS_MAP_H

#include <linux/types.h>

/* Opaque; drivers may keep a map in a void * as well. */
struct map;

/**
 * rmallocmap() - make an empty resource map without sleeping
 * @mapsize: the largest number of allocations outstanding at any one time,
 *	in allocations, not units; 0 counts as 1
 *
 * The map has no space yet: a first rmfree() of the whole resource adds it.
 * Bookkeeping for the first min(@mapsize, 256) allocations is reserved here,
 * so that later rmalloc() calls do not depend on atomic memory for it.
 * With the module parameter rmap_limit=0 the map grows beyond @mapsize.
 *
 * Context: Any, interrupt handlers and spinlock holders included. Never
 *	sleeps.
 * Return: the map, or NULL when memory for it is not available at once.
 *
 * Defined by rmallocmap(9F); contract R5, R7-R9.
 */
struct map *rmallocmap(size_t mapsize);

/**
 * rmallocmap_wait() - make an empty resource map, waiting for memory
 * @mapsize: as for rmallocmap()
 *
 * Context: Process context. Sleeps, uninterruptibly.
 * Return: the map; never NULL.
 *
 * Defined by rmallocmap_wait(9F); contract R6.
 */
struct map *rmallocmap_wait(size_t mapsize);

/**
 * rmfreemap() - destroy a resource map
 * @mp: the map; NULL does nothing
 *
 * The map must not be in use. Allocations still outstanding are reported as a
 * leak and forgotten. A map on which threads sleep in rmalloc_wait() is reported
 * as misuse and kept.
 *
 * Context: Any. Never sleeps.
 *
 * Defined by rmfreemap(9F); contract R11-R13.
 */
void rmfreemap(struct map *mp);

/**
 * rmalloc() - allocate consecutive units from a resource map
 * @mp: the map
 * @size: how many units; 0 is reported as misuse and fails
 *
 * Takes the lowest index at which @size units are free.
 *
 * Context: Any. Never sleeps.
 * Return: the first index, or 0 when no run of @size units is free, when
 *	mapsize allocations are outstanding, or when bookkeeping memory beyond
 *	the map's reservation is short.
 *
 * Defined by rmalloc(9F); contract R25-R29.
 */
unsigned long rmalloc(struct map *mp, size_t size);

/**
 * rmalloc_wait() - allocate consecutive units, waiting until they are free
 * @mp: the map
 * @size: how many units; 0 is reported as misuse and fails
 *
 * Sleeps until rmfree() makes the request possible, possibly for ever; signals
 * do not end the sleep. In a context that may not sleep it succeeds if the
 * units are free, and is otherwise reported as misuse.
 *
 * Context: Process context. Sleeps, uninterruptibly.
 * Return: the first index; 0 only for misuse.
 *
 * Defined by rmalloc_wait(9F); contract R3, R29-R32.
 */
unsigned long rmalloc_wait(struct map *mp, size_t size);

/**
 * rmfree() - return an allocation to a resource map, or add space to it
 * @mp: the map
 * @size: how many units; for a return exactly the size that was allocated
 * @index: the first unit; for a return exactly the index that was handed out
 *
 * A range that lies inside space known to the map is the return of an
 * allocation; it never needs memory and never fails. Any other range is new
 * space, merged with space that it touches. A wrong return, and an addition
 * that is empty, contains index 0, overlaps known space or passes the top of
 * the number range, is reported and changes nothing.
 *
 * Context: Any. Never sleeps. Wakes every sleeper in rmalloc_wait().
 *
 * Defined by rmfree(9F); contract R14-R24.
 */
void rmfree(struct map *mp, size_t size, unsigned long index);

#endif /* _DDI_SYS_MAP_H */
