// SPDX-License-Identifier: GPL-2.0-only
/* list.c - the list of all arenas, for whoever has to look at each of them */
#include <linux/list.h>
#include <linux/spinlock.h>

#include "vmem_impl.h"

/* For debuggers, which misplace what is static in a module, not static. */
LIST_HEAD(vmem_list);
static DEFINE_SPINLOCK(vmem_list_lock);
static atomic_t vmem_ids = ATOMIC_INIT(0);

u32 vmem_next_id(void)
{
	return atomic_inc_return(&vmem_ids);
}

void vmem_list_add(struct vmem *vm)
{
	unsigned long flags;

	spin_lock_irqsave(&vmem_list_lock, flags);
	list_add_tail(&vm->node, &vmem_list);
	spin_unlock_irqrestore(&vmem_list_lock, flags);
}

void vmem_list_del(struct vmem *vm)
{
	unsigned long flags;

	spin_lock_irqsave(&vmem_list_lock, flags);
	list_del(&vm->node);
	spin_unlock_irqrestore(&vmem_list_lock, flags);
}

/* The arena with the lowest id above @id, referenced; NULL if there is none. */
struct vmem *vmem_get_after(u32 id)
{
	struct vmem *vm, *found = NULL;

	spin_lock_irq(&vmem_list_lock);
	list_for_each_entry(vm, &vmem_list, node)
		if (vm->id > id && (!found || vm->id < found->id))
			found = vm;
	if (found)
		refcount_inc(&found->ref);
	spin_unlock_irq(&vmem_list_lock);
	return found;
}

/* The arena with the lowest id above @id below @parent, or NULL. */
static struct vmem *vmem_sibling(const struct vmem *parent, u32 id)
{
	struct vmem *vm, *found = NULL;

	lockdep_assert_held(&vmem_list_lock);
	list_for_each_entry(vm, &vmem_list, node)
		if (vm->id > id && vmem_parent(vm) == parent && (!found || vm->id < found->id))
			found = vm;
	return found;
}

/*
 * The arena to show after @vm, or the first one, referenced: after each arena
 * those that import from it, otherwise in the order of creation. @vm may have
 * been destroyed; its sources are there as long as it is.
 */
struct vmem *vmem_get_next(struct vmem *vm)
{
	struct vmem *next;

	spin_lock_irq(&vmem_list_lock);
	next = vmem_sibling(vm, 0);
	for (; !next && vm; vm = vmem_parent(vm))
		next = vmem_sibling(vmem_parent(vm), vm->id);
	if (next)
		refcount_inc(&next->ref);
	spin_unlock_irq(&vmem_list_lock);
	return next;
}

/* How many arenas have caches, for the shrinker's estimate. */
unsigned long vmem_qc_arenas(void)
{
	unsigned long n = 0;
	struct vmem *vm;

	spin_lock_irq(&vmem_list_lock);
	list_for_each_entry(vm, &vmem_list, node)
		n += !!vm->qc;
	spin_unlock_irq(&vmem_list_lock);
	return n;
}
