/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmem_map.h - the engine's interface to resource maps: a limit on allocations,
 * spans that merge, reserved descriptors, and the double meaning of rmfree();
 * and what every arena is created with
 */
#ifndef _DDI_VMEM_MAP_H
#define _DDI_VMEM_MAP_H

#include <linux/gfp.h>
#include <linux/lockdep.h>

#include <sys/vmem.h>

/* The result of giving a range to a map, or of adding one to any arena */
enum vmem_map_result {
	VMEM_MAP_DONE,		/* returned, or added */
	VMEM_MAP_UNKNOWN,	/* inside the map, but nothing was allocated there */
	VMEM_MAP_SIZE,		/* allocated with another size */
	VMEM_MAP_INVALID,	/* empty, contains 0, or passes the top */
	VMEM_MAP_OVERLAP,	/* partly known already */
	VMEM_MAP_NOMEM,		/* no bookkeeping memory for an addition */
};

/**
 * struct vmem_args - what an arena is created with
 * @fn: the public function that was called
 * @caller: and from where
 * @name: of the arena
 * @base: start of the first span, or 0
 * @size: its size, or 0
 * @quantum: as in struct vmem
 * @afunc: likewise
 * @xafunc: likewise
 * @ffunc: likewise
 * @source: likewise
 * @qcache_max: largest size to be cached
 * @vmflag: VM_SLEEP if the caches may be made, and VMC_* flags
 * @gfp: for memory
 * @fair: as in struct vmem
 * @key: lock class, or NULL for that of all arenas
 * @limit: of a resource map, the largest number of allocations outstanding
 * @reserve: likewise: descriptors for so many of them are taken now
 */
struct vmem_args {
	const char *fn;
	const void *caller;
	const char *name;
	unsigned long base;
	size_t size;
	size_t quantum;
	vmem_alloc_t *afunc;
	vmem_ximport_t *xafunc;
	vmem_free_t *ffunc;
	vmem_t *source;
	size_t qcache_max;
	int vmflag;
	gfp_t gfp;
	bool fair;
	struct lock_class_key *key;
	unsigned long limit;
	unsigned long reserve;
};

/* An arena of quantum 1 in which touching additions merge; NULL without memory. */
vmem_t *vmem_map_create(const struct vmem_args *args);

/* As reports show it. */
const char *vmem_map_name(const vmem_t *vm);

/*
 * Allocate @size units, not 0, at the lowest index. NULL if not possible now: then
 * the thread keeps the arena from being destroyed until it calls vmem_map_leave().
 */
void *vmem_map_alloc(vmem_t *vm, unsigned long size);

/*
 * Return [start, start + size). If that was not done, because nothing or something else was
 * allocated there, the thread keeps the arena until it calls vmem_map_leave().
 */
enum vmem_map_result vmem_map_return(vmem_t *vm, unsigned long start, unsigned long size);

/*
 * After vmem_map_return() has said @why it is no return: add the range, if the map does not
 * know it yet. Then the thread keeps the arena no longer. Otherwise *@expected is the
 * size of what was allocated there.
 */
enum vmem_map_result vmem_map_give_other(vmem_t *vm, unsigned long start, unsigned long size,
					 enum vmem_map_result why, unsigned long *expected);

void vmem_map_leave(vmem_t *vm);

/* The adding half of that. */
enum vmem_map_result vmem_map_add(vmem_t *vm, unsigned long start, unsigned long size,
				  gfp_t gfp);

/* Are as many allocations outstanding as the map allows? */
bool vmem_map_full(vmem_t *vm);

/* If audit is on, say in the log whose allocation @addr lies in. */
void vmem_log_owner(vmem_t *vm, unsigned long addr);

/* vmem_destroy() under another name in reports; false if it refused. */
bool vmem_destroy_as(const char *fn, vmem_t *vm, const void *caller);

#endif /* _DDI_VMEM_MAP_H */
