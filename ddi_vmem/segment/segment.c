// SPDX-License-Identifier: GPL-2.0-only
/*
 * segment.c - descriptors and the segment list
 *
 * Each arena has a pool of descriptors, which is filled without the lock and
 * before an operation needs them, so that nothing under the lock can fail.
 */
#include "ddi_vmem/segment/segment.h"

#include <linux/sched.h>
#include <linux/slab.h>

#include "ddi_core/fault.h"
#include "ddi_vmem/segment/hash.h"

static struct kmem_cache *vmem_seg_cache;
static struct kmem_cache *vmem_span_cache;

int __init vmem_seg_cache_init(void)
{
	/* Aligned by hand, since prev_type keeps the type in the two low bits. */
	vmem_seg_cache = kmem_cache_create("ddi_vmem_seg", sizeof(struct vmem_seg), 8, 0, NULL);
	if (!vmem_seg_cache)
		return -ENOMEM;
	vmem_span_cache = kmem_cache_create("ddi_vmem_span", sizeof(struct vmem_span), 8, 0, NULL);
	if (!vmem_span_cache) {
		kmem_cache_destroy(vmem_seg_cache);
		return -ENOMEM;
	}
	return 0;
}

void vmem_seg_cache_exit(void)
{
	/* Descriptors from vmem_pool_trim() may still wait for RCU. */
	rcu_barrier();
	kmem_cache_destroy(vmem_span_cache);
	kmem_cache_destroy(vmem_seg_cache);
}

/* The kernel's memory request that a VM_* flag stands for. */
gfp_t vmem_gfp(int vmflag)
{
	if (vmflag & (VM_NOSLEEP | VM_ABORT))
		return vmflag & VM_NORMALPRI ? GFP_NOWAIT | __GFP_NOWARN :
					       GFP_ATOMIC | __GFP_NOWARN;
	/* The pageout path must not wait for itself. */
	if (vmflag & VM_PUSHPAGE)
		return GFP_NOIO | __GFP_HIGH | __GFP_NOFAIL;
	return GFP_KERNEL | __GFP_NOFAIL;
}

struct vmem_span *vmem_span_alloc(gfp_t gfp)
{
	if (ddi_should_fail(DDI_FAIL_DESCRIPTORS, gfp))
		return NULL;
	return kmem_cache_alloc(vmem_span_cache, gfp);
}

void vmem_span_free(struct vmem_span *span)
{
	kmem_cache_free(vmem_span_cache, span);
}

/*
 * Add up to @want descriptors to the pool and say how many it holds then.
 * Called without the lock; others may take some before the caller locks, so
 * the caller looks again.
 */
static unsigned long vmem_pool_add(struct vmem *vm, unsigned long want, gfp_t gfp)
{
	struct vmem_seg *list = NULL, *seg;
	unsigned long flags, n;

	for (n = 0; n < want; n++) {
		if (ddi_should_fail(DDI_FAIL_DESCRIPTORS, gfp))
			break;
		seg = kmem_cache_alloc(vmem_seg_cache, gfp);
		if (!seg)
			break;
		seg->next = list;
		list = seg;
	}
	spin_lock_irqsave(&vm->lock, flags);
	vm->seg_n += n;
	while (list) {
		seg = list;
		list = seg->next;
		vmem_seg_put(vm, seg);
	}
	n = vm->pool_n;
	spin_unlock_irqrestore(&vm->lock, flags);
	return n;
}

/* Bring the pool to @need descriptors, as far as memory allows. */
bool vmem_pool_fill(struct vmem *vm, unsigned long need, gfp_t gfp)
{
	unsigned long flags, n;

	spin_lock_irqsave(&vm->lock, flags);
	n = vm->pool_n;
	spin_unlock_irqrestore(&vm->lock, flags);
	return n >= need || vmem_pool_add(vm, need - n, gfp) >= need;
}

/*
 * If the reserve was used, fill it again. Call this without the lock; it may fail. It comes
 * once in VMEM_POOL_REFILL new segments, which is when the hash may need its next chunk, too.
 */
void vmem_pool_refill(struct vmem *vm)
{
	vmem_hash_grow_now(vm);
	if (vmem_unlocked(vm->pool_n) < VMEM_POOL_RESERVE)
		vmem_pool_fill(vm, VMEM_POOL_RESERVE + VMEM_POOL_REFILL,
			       GFP_NOWAIT | __GFP_NOWARN);
}

static void vmem_seg_list_free(struct vmem_seg *list)
{
	while (list) {
		struct vmem_seg *seg = list;

		list = seg->next;
		kmem_cache_free(vmem_seg_cache, seg);
	}
}

static void vmem_seg_list_free_rcu(struct rcu_head *rcu)
{
	vmem_seg_list_free(container_of(rcu, struct vmem_seg, rcu));
}

/*
 * Take a batch of descriptors out of the pool when frees have piled them up, for
 * vmem_pool_discard() when the lock is no longer held; or NULL.
 */
struct vmem_seg *vmem_pool_trim(struct vmem *vm)
{
	struct vmem_seg *list = vm->pool, *last = list;
	int n;

	lockdep_assert_held(&vm->lock);
	if (vm->pool_n < vm->pool_high)
		return NULL;
	for (n = 1; n < VMEM_POOL_BATCH; n++)
		last = last->next;
	vm->pool = last->next;
	last->next = NULL;
	vm->pool_n -= VMEM_POOL_BATCH;
	vm->seg_n -= VMEM_POOL_BATCH;
	return list;
}

/* Free a batch, after the last vmem_hash_peek() that may have met one of it. */
void vmem_pool_discard(struct vmem_seg *list)
{
	if (list)
		call_rcu(&list->rcu, vmem_seg_list_free_rcu);
}

/* Free every descriptor of a dead arena: pool and segment list. */
void vmem_pool_free(struct vmem *vm)
{
	struct vmem_seg *seg, *next;

	vmem_seg_list_free(vm->pool);
	vm->pool = NULL;
	for (seg = vm->head.next; seg != &vm->head; seg = next) {
		next = seg->next;
		if (seg_type(seg) == VMEM_SEG_SPAN)
			vmem_span_free(seg_span(seg));
		else
			kmem_cache_free(vmem_seg_cache, seg);
		cond_resched();
	}
}

/* The segment list. */

/* Cursors at @from stand at @to now. */
void vmem_cursors_move(struct vmem *vm, struct vmem_seg *from, struct vmem_seg *to)
{
	struct vmem_cursor *cur;

	hlist_for_each_entry(cur, &vm->cursors, node)
		if (cur->next == from)
			cur->next = to;
}

void vmem_cursor_start(struct vmem *vm, struct vmem_cursor *cur)
{
	lockdep_assert_held(&vm->lock);
	cur->next = vm->head.next;
	hlist_add_head(&cur->node, &vm->cursors);
}

void vmem_cursor_stop(struct vmem *vm, struct vmem_cursor *cur)
{
	lockdep_assert_held(&vm->lock);
	hlist_del(&cur->node);
}
