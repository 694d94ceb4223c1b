// SPDX-License-Identifier: GPL-2.0-only
/* depot_probe.c - part of ddi.ko if built with DDI_MAGAZINE */
#include <linux/export.h>

#include "depot_probe.h"

/* Counted under the arena's lock; one arena is measured at a time. */
static struct depot_trips trips;

void *__wrap_vmem_qc_alloc_depot(struct vmem *vm, unsigned long size)
{
	void *got = __real_vmem_qc_alloc_depot(vm, size);

	if (got)
		trips.loads++;
	else
		trips.misses++;
	return got;
}

bool __wrap_vmem_qc_free_depot(struct vmem *vm, struct vmem_seg *seg)
{
	bool taken = __real_vmem_qc_free_depot(vm, seg);

	if (taken)
		trips.stores++;
	else
		trips.misses++;
	return taken;
}

struct depot_trips depot_probe_take(void)
{
	struct depot_trips taken = trips;

	trips = (struct depot_trips){ 0 };
	return taken;
}
EXPORT_SYMBOL_GPL(depot_probe_take);
