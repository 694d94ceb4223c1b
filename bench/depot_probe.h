/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * depot_probe.h - how often the quantum caches turn to their depot
 *
 * With DDI_MAGAZINE=n ddi.ko has magazines of n objects, and the linker puts
 * these functions in front of those that look into the depot.
 */
#ifndef _DDI_DEPOT_PROBE_H
#define _DDI_DEPOT_PROBE_H

#include <linux/printk.h>
#include <linux/types.h>

struct vmem;
struct vmem_seg;

/**
 * struct depot_trips - what happened under the arena's lock
 * @loads: full magazines fetched
 * @stores: full magazines put there
 * @misses: objects that the segment layer had to allocate or take back
 */
struct depot_trips {
	unsigned long loads;
	unsigned long stores;
	unsigned long misses;
};

#ifdef DDI_MAGAZINE

/* Counts since the last call */
struct depot_trips depot_probe_take(void);

/* Print it as a row. */
static inline void depot_probe_tell(const char *workload, const char *allocator, unsigned long n)
{
	struct depot_trips trips = depot_probe_take();

	pr_notice("row,depot,%s,%s,%lu,%lu,%lu,%lu\n", workload, allocator, n, trips.loads,
		  trips.stores, trips.misses);
}

void *__real_vmem_qc_alloc_depot(struct vmem *vm, unsigned long size);
void *__wrap_vmem_qc_alloc_depot(struct vmem *vm, unsigned long size);
bool __real_vmem_qc_free_depot(struct vmem *vm, struct vmem_seg *seg);
bool __wrap_vmem_qc_free_depot(struct vmem *vm, struct vmem_seg *seg);

#else

static inline struct depot_trips depot_probe_take(void)
{
	return (struct depot_trips){ 0 };
}

static inline void depot_probe_tell(const char *workload, const char *allocator, unsigned long n)
{
}

#endif /* DDI_MAGAZINE */

#endif /* _DDI_DEPOT_PROBE_H */
