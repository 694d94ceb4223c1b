/* SPDX-License-Identifier: GPL-2.0-only */
/* qcache.h - quantum caches, as the rest of the engine sees them */
#ifndef _DDI_VMEM_QCACHE_H
#define _DDI_VMEM_QCACHE_H

#include "ddi_vmem/search/search.h"

struct seq_file;

/* Sizes of 1 to this many quanta can be cached [V73]. */
#define VMEM_QC_MAX	16
/* Steps in which cached segments are given back in one go under the lock. */
#define VMEM_QC_BATCH	8

/* magazine.c: cached objects one at a time */
bool vmem_qc_free(struct vmem *vm, unsigned long start, unsigned long size);
void *vmem_qc_alloc(struct vmem *vm, unsigned long size, int vmflag);
void *vmem_qc_alloc_depot(struct vmem *vm, unsigned long size);
bool vmem_qc_free_depot(struct vmem *vm, struct vmem_seg *seg);
unsigned long vmem_qc_freeze(struct vmem *vm);
void vmem_qc_thaw(struct vmem *vm, unsigned long flags);
unsigned int vmem_qc_reclaim(struct vmem *vm, const struct vmem_request *req,
			     struct vmem_span **idle, unsigned long *kept);

/* qcache.c: the caches as a whole, and what they add to the arena's figures */
struct vmem_qsum {
	unsigned long inuse, allocs, frees, cached;
};

void vmem_qc_create(struct vmem *vm, size_t qcache_max);
void vmem_qc_free_all(struct vmem *vm);
unsigned long vmem_qc_inuse(struct vmem *vm);
struct vmem_qsum vmem_qc_sum(struct vmem *vm);
unsigned long vmem_qc_in_depot(struct vmem *vm);
void vmem_qc_show(struct seq_file *m, struct vmem *vm);

#endif /* _DDI_VMEM_QCACHE_H */
