// SPDX-License-Identifier: GPL-2.0-only
/* audit_report.c - log the owners of leaked and wrongly freed segments */
#include <sys/vmem.h>

#include <linux/printk.h>

#include "ddi_core/audit.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/segment/segment.h"

/* Leaked allocations that are logged with their owner when an arena is destroyed */
#define OWNERS_NAMED	4

/*
 * The next allocation from @cur on, of which @start and @size are copied;
 * false if there is none.
 */
static bool next_owned(struct vmem *vm, struct vmem_cursor *cur, unsigned long *start,
		       unsigned long *size)
{
	unsigned int n = 0;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&vm->lock, flags);
	while (!found && cur->next != &vm->head) {
		struct vmem_seg *seg = cur->next;

		found = seg_type(seg) == VMEM_SEG_ALLOC && !seg_is_cached(seg);
		*start = seg->start;
		*size = seg->asize;
		cur->next = seg->next;
		if (++n % VMEM_STEPS == 0) {
			spin_unlock_irqrestore(&vm->lock, flags);
			spin_lock_irqsave(&vm->lock, flags);
		}
	}
	spin_unlock_irqrestore(&vm->lock, flags);
	return found;
}

/* @verb is one of the cursor, which wants the lock. */
static void locked(struct vmem *vm, struct vmem_cursor *cur,
		   void (*verb)(struct vmem *vm, struct vmem_cursor *cur))
{
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	verb(vm, cur);
	spin_unlock_irqrestore(&vm->lock, flags);
}

static void log_owner(struct vmem *vm, unsigned long start, bool free)
{
	char label[VMEM_NAMELEN + 24];

	snprintf(label, sizeof(label), "'%s' %#lx", vm->name, start);
	if (free)
		ddi_audit_log_earlier(label, vm, start);
	else
		ddi_audit_log(label, vm, start);
}

/* Linear, since audit is on and the driver made a mistake. */
void vmem_log_owner(struct vmem *vm, unsigned long addr)
{
	unsigned long start, size;
	struct vmem_cursor cur;
	bool found = false;

	if (!ddi_audit_on())
		return;
	locked(vm, &cur, vmem_cursor_start);
	while (!found && next_owned(vm, &cur, &start, &size))
		found = addr - start < size;
	locked(vm, &cur, vmem_cursor_stop);
	log_owner(vm, found ? start : addr, !found);
}

void vmem_log_leaks(struct vmem *vm)
{
	unsigned long start, size;
	struct vmem_cursor cur;
	unsigned int n = 0;

	if (!ddi_audit_on())
		return;
	locked(vm, &cur, vmem_cursor_start);
	while (n++ < OWNERS_NAMED && next_owned(vm, &cur, &start, &size))
		log_owner(vm, start, false);
	locked(vm, &cur, vmem_cursor_stop);
}
