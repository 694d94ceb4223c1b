// SPDX-License-Identifier: GPL-2.0-only
/* arena_list.c - the list of all arenas, for debugfs, module exit and the shrinker */
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/segment/work.h"

/*
 * By the serial number of the arena that each imports from, then by its own:
 * siblings are neighbours, in the order of creation, and a reader finds its
 * place again when its arena is gone. Not static, because debuggers misplace static
 * data of a module.
 */
struct rb_root vmem_arenas = RB_ROOT;
static u64 vmem_serials;
static unsigned long vmem_cached_arenas, vmem_cached_memory;
static DEFINE_SPINLOCK(vmem_arenas_lock);	/* guards these four */
static atomic_t vmem_ids = ATOMIC_INIT(0);

u32 vmem_next_id(void)
{
	return atomic_inc_return(&vmem_ids);
}

static u64 serial_of(const struct vmem *vm)
{
	return vm ? vm->serial : 0;
}

/* Does @vm come after the arena @serial below the arena @parent? */
static bool comes_after(const struct vmem *vm, const struct vmem *parent, u64 serial)
{
	u64 its = serial_of(vmem_parent(vm)), wanted = serial_of(parent);

	return its > wanted || (its == wanted && vm->serial > serial);
}

static bool comes_before(struct rb_node *node, const struct rb_node *other)
{
	const struct vmem *vm = rb_entry(node, struct vmem, node);

	return comes_after(rb_entry(other, struct vmem, node), vmem_parent(vm), vm->serial);
}

static void count_caches(const struct vmem *vm, long n)
{
	lockdep_assert_held(&vmem_arenas_lock);
	if (!vm->qc)
		return;
	WRITE_ONCE(vmem_cached_arenas, vmem_cached_arenas + n);
	if (vm->owns_memory)
		WRITE_ONCE(vmem_cached_memory, vmem_cached_memory + n);
}

void vmem_list_add(struct vmem *vm)
{
	unsigned long flags;

	spin_lock_irqsave(&vmem_arenas_lock, flags);
	vm->serial = ++vmem_serials;
	rb_add(&vm->node, &vmem_arenas, comes_before);
	count_caches(vm, 1);
	spin_unlock_irqrestore(&vmem_arenas_lock, flags);
}

void vmem_list_del(struct vmem *vm)
{
	unsigned long flags;

	spin_lock_irqsave(&vmem_arenas_lock, flags);
	rb_erase(&vm->node, &vmem_arenas);
	count_caches(vm, -1);
	spin_unlock_irqrestore(&vmem_arenas_lock, flags);
}

/* The first arena below @parent that is younger than @serial, or NULL. */
static struct vmem *vmem_sibling(const struct vmem *parent, u64 serial)
{
	struct rb_node *node = vmem_arenas.rb_node;
	struct vmem *found = NULL;

	lockdep_assert_held(&vmem_arenas_lock);
	while (node) {
		struct vmem *vm = rb_entry(node, struct vmem, node);

		if (comes_after(vm, parent, serial)) {
			found = vm;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found && vmem_parent(found) == parent ? found : NULL;
}

static struct vmem *vmem_get_sibling(const struct vmem *parent, u64 serial, u64 youngest)
{
	struct vmem *vm;

	spin_lock_irq(&vmem_arenas_lock);
	vm = vmem_sibling(parent, serial);
	if (vm && vm->serial > youngest)
		vm = NULL;
	if (vm)
		refcount_inc(&vm->ref);
	spin_unlock_irq(&vmem_arenas_lock);
	return vm;
}

/* The arena created last. A walk of the list that ignores younger ones ends. */
u64 vmem_youngest(void)
{
	u64 serial;

	spin_lock_irq(&vmem_arenas_lock);
	serial = vmem_serials;
	spin_unlock_irq(&vmem_arenas_lock);
	return serial;
}

/*
 * The arena to show after @vm, or the first one, referenced: after each arena
 * those that import from it, otherwise in the order of creation. @vm may have
 * been destroyed; its sources are there as long as it is.
 */
struct vmem *vmem_get_next(struct vmem *vm, u64 youngest)
{
	struct vmem *next = vmem_get_sibling(vm, 0, youngest);

	for (; !next && vm; vm = vmem_parent(vm))
		next = vmem_get_sibling(vmem_parent(vm), vm->serial, youngest);
	return next;
}

/* Visit the arenas that are there now; they may come and go meanwhile. */
void vmem_each_arena(void (*visit)(struct vmem *vm, const void *arg), const void *arg)
{
	u64 youngest = vmem_youngest();
	struct vmem *vm, *next;

	for (vm = vmem_get_next(NULL, youngest); vm; vm = next) {
		visit(vm, arg);
		next = vmem_get_next(vm, youngest);
		vmem_put(vm);
	}
}

/* How many arenas have caches. */
unsigned long vmem_qc_arenas(void)
{
	return READ_ONCE(vmem_cached_arenas);
}

/* And how many of them own memory, for the shrinker's estimate. */
unsigned long vmem_memory_arenas(void)
{
	return READ_ONCE(vmem_cached_memory);
}
