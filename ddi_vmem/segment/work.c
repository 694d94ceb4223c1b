// SPDX-License-Identifier: GPL-2.0-only
/* work.c - the queues of work items that all arenas share */
#include "ddi_vmem/segment/work.h"

struct workqueue_struct *vmem_wq, *vmem_grow_wq;

int __init vmem_work_init(void)
{
	vmem_wq = alloc_workqueue("ddi_vmem", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!vmem_wq)
		return -ENOMEM;
	vmem_grow_wq = alloc_workqueue("ddi_vmem_grow", WQ_UNBOUND, 0);
	if (!vmem_grow_wq) {
		destroy_workqueue(vmem_wq);
		return -ENOMEM;
	}
	return 0;
}

void vmem_work_exit(void)
{
	destroy_workqueue(vmem_grow_wq);
	/* Runs what vmem_reap() still has to free. */
	destroy_workqueue(vmem_wq);
}
