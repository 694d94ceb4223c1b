// SPDX-License-Identifier: GPL-2.0-only
/* contents.c - how much an arena holds, and whether it holds a range */
#include <sys/vmem.h>

#include <linux/export.h>

#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/space/span.h"

size_t vmem_size(vmem_t *vm, int typemask)
{
	unsigned long flags, inuse, cached = vmem_qc_inuse(vm);
	size_t size = 0;

	spin_lock_irqsave(&vm->lock, flags);
	inuse = vmem_inuse(vm, cached);
	if (typemask & VMEM_ALLOC)
		size += inuse;
	if (typemask & VMEM_FREE)
		size += vm->total - inuse;
	spin_unlock_irqrestore(&vm->lock, flags);
	return size;
}
EXPORT_SYMBOL(vmem_size);

int vmem_contains(vmem_t *vm, void *vaddr, size_t size)
{
	unsigned long start = (unsigned long)vaddr, last = start + (size ? size - 1 : 0);
	struct vmem_span *span;
	unsigned long flags;
	int inside;

	spin_lock_irqsave(&vm->lock, flags);
	vm->stat[VMEM_STAT_CONTAINS]++;
	span = vmem_span_find(vm, start);
	inside = span && last >= start && last <= span_last(span);
	spin_unlock_irqrestore(&vm->lock, flags);
	return inside;
}
EXPORT_SYMBOL(vmem_contains);
