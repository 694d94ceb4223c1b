/* SPDX-License-Identifier: GPL-2.0-only */
/* work.h - the queues of work items that all arenas share */
#ifndef _DDI_VMEM_WORK_H
#define _DDI_VMEM_WORK_H

#include "ddi_vmem/vmem_impl.h"

/*
 * Arenas are freed and caches emptied on the first: memory may be waiting for that,
 * so it has a rescuer. Hashes grow on the second, which waits for memory itself.
 */
extern struct workqueue_struct *vmem_wq, *vmem_grow_wq;

int vmem_work_init(void);
void vmem_work_exit(void);

/* Drop a reference: the arena is freed when that was the last one. */
static inline void vmem_put(struct vmem *vm)
{
	if (refcount_dec_and_test(&vm->ref))
		queue_work(vmem_wq, &vm->reap);
}

#endif /* _DDI_VMEM_WORK_H */
