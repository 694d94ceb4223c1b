/* SPDX-License-Identifier: GPL-2.0-only */
/* rmap_impl.h - what a resource map consists of */
#ifndef _DDI_RMAP_IMPL_H
#define _DDI_RMAP_IMPL_H

#include <sys/vmem.h>

/* Does mapsize limit the outstanding allocations of maps made from now on? */
extern bool rmap_limit;

/**
 * struct map - a resource map
 * @arena: does the work
 * @mapsize: what the creator asked for
 * @said: bit 0: it was logged that the map ran into @mapsize
 */
struct map {
	vmem_t *arena;
	size_t mapsize;
	unsigned long said;
};

#endif /* _DDI_RMAP_IMPL_H */
