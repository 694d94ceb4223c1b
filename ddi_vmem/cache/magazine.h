/* SPDX-License-Identifier: GPL-2.0-only */
/* magazine.h - what a quantum cache consists of; magazine.c has the locking */
#ifndef _DDI_VMEM_MAGAZINE_H
#define _DDI_VMEM_MAGAZINE_H

#include "ddi_vmem/cache/qcache.h"

/* Objects in a magazine, and full magazines in the depot for each size. */
#ifndef QC_MAGAZINE	/* make bench-magazine tries others */
#define QC_MAGAZINE	32
#endif
#define QC_DEPOT	32

/**
 * struct vmem_qclass - one cached size on one CPU
 * @loaded: the magazine in use
 * @prev: the one before it: full, or what is left of a full one
 * @hits: allocations served here
 * @loaded_n: objects in @loaded
 * @prev_n: objects in @prev
 */
struct vmem_qclass {
	struct vmem_seg *loaded;
	struct vmem_seg *prev;
	unsigned long hits;
	unsigned int loaded_n;
	unsigned int prev_n;
};

/**
 * struct vmem_qcpu - one CPU's caches of one arena
 * @lock: guards all of it; inside vmem.lock, outside nothing
 * @inuse: units allocated less units freed here
 * @frees: frees taken here
 * @class: by size in quanta, less one
 */
struct vmem_qcpu {
	unsigned int lock;
	long inuse;
	unsigned long frees;
	struct vmem_qclass class[];
};

/**
 * struct vmem_qdepot - full magazines of one size, under vmem.lock
 * @full: their first objects, linked by vmem_seg.qchain
 * @n: how many
 * @misses: allocations that the segment layer had to serve
 */
struct vmem_qdepot {
	struct vmem_seg *full;
	unsigned int n;
	unsigned long misses;
};

/**
 * struct vmem_qcache - the caches of an arena
 * @classes: cached sizes
 * @depot: the part that all CPUs share
 */
struct vmem_qcache {
	unsigned int classes;
	struct vmem_qdepot depot[VMEM_QC_MAX];
};

#endif /* _DDI_VMEM_MAGAZINE_H */
