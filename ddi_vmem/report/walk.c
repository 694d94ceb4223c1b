// SPDX-License-Identifier: GPL-2.0-only
/* walk.c - calling a function for the segments of an arena: vmem_walk */
#include <sys/vmem.h>

#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "ddi_vmem/arena/arena.h"

static int seg_mask(const struct vmem_seg *seg)
{
	switch (seg_type(seg)) {
	case VMEM_SEG_ALLOC:
		return seg_is_cached(seg) ? VMEM_FREE : VMEM_ALLOC;
	case VMEM_SEG_FREE:
		return VMEM_FREE;
	default:
		return VMEM_SPAN;
	}
}

static unsigned long seg_shown_size(const struct vmem_seg *seg)
{
	return seg_mask(seg) == VMEM_ALLOC ? seg->asize : seg->size;
}

/* A copy of a segment, valid after the segment has gone */
struct found {
	void *start;
	size_t size;
};

/*
 * Move @cur behind the next segment of @typemask; false at the end. Has lock breaks
 * if the arena may change during the walk.
 */
static bool walk_next(struct vmem *vm, struct vmem_cursor *cur, unsigned int typemask,
		      struct found *found, unsigned long *irqflags)
{
	unsigned int n = 0;

	lockdep_assert_held(&vm->lock);
	while (cur->next != &vm->head) {
		struct vmem_seg *seg = cur->next;

		cur->next = seg->next;
		if (seg_mask(seg) & typemask) {
			found->start = (void *)seg->start;
			found->size = seg_shown_size(seg);
			return true;
		}
		if (typemask & VMEM_REENTRANT && ++n % VMEM_STEPS == 0) {
			spin_unlock_irqrestore(&vm->lock, *irqflags);
			spin_lock_irqsave(&vm->lock, *irqflags);
		}
	}
	return false;
}

/* Plain walks that this CPU is in: a callback may walk another arena [C32]. */
static DEFINE_PER_CPU(unsigned int, walk_depth);

/* All arenas' locks are of one class, so lockdep has to be told of each level. */
static unsigned long walk_lock(struct vmem *vm)
	__acquires(&vm->lock)
{
	unsigned long level __maybe_unused = raw_cpu_read(walk_depth) + 1;
	unsigned long flags;

	spin_lock_irqsave_nested(&vm->lock, flags, min(level, MAX_LOCKDEP_SUBCLASSES - 1));
	this_cpu_inc(walk_depth);
	return flags;
}

static void walk_unlock(struct vmem *vm, unsigned long flags)
	__releases(&vm->lock)
{
	this_cpu_dec(walk_depth);
	spin_unlock_irqrestore(&vm->lock, flags);
}

static void walk_plain(struct vmem *vm, unsigned int typemask,
		       void (*func)(void *arg, void *start, size_t size), void *arg)
{
	struct vmem_cursor cur;
	struct found found;
	unsigned long flags;

	flags = walk_lock(vm);
	vmem_cursor_start(vm, &cur);
	while (walk_next(vm, &cur, typemask, &found, &flags))
		func(arg, found.start, found.size);
	vmem_cursor_stop(vm, &cur);
	walk_unlock(vm, flags);
}

static void walk_reentrant(struct vmem *vm, unsigned int typemask,
			   void (*func)(void *arg, void *start, size_t size), void *arg)
{
	struct vmem_cursor cur;
	struct found found;
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	vmem_cursor_start(vm, &cur);
	while (walk_next(vm, &cur, typemask, &found, &flags)) {
		spin_unlock_irqrestore(&vm->lock, flags);
		func(arg, found.start, found.size);
		spin_lock_irqsave(&vm->lock, flags);
	}
	vmem_cursor_stop(vm, &cur);
	spin_unlock_irqrestore(&vm->lock, flags);
}

void vmem_walk(vmem_t *vm, int typemask, void (*func)(void *arg, void *start, size_t size),
	       void *arg)
{
	if (typemask & VMEM_WALKER || !(typemask & (VMEM_ALLOC | VMEM_FREE | VMEM_SPAN)))
		return;
	vmem_enter(vm);
	/* Free cached segments first, so that free runs are whole. */
	vmem_qc_flush(vm);
	if ((unsigned int)typemask & VMEM_REENTRANT)
		walk_reentrant(vm, typemask, func, arg);
	else
		walk_plain(vm, typemask, func, arg);
	vmem_leave(vm);
}
EXPORT_SYMBOL(vmem_walk);
