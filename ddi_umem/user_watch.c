// SPDX-License-Identifier: GPL-2.0-only
/*
 * user_watch.c - when a process unmaps memory that is locked for long
 *
 * Linux says so in the middle of unmapping, where nothing may wait, so the driver's
 * function runs from a work item. A work item that is queued or runs has a reference
 * to the object, which therefore outlives a free by the driver. Once the object is
 * not live, or its driver was unloaded, the function is not called.
 */
#include "ddi_umem/umem_impl.h"

#include <linux/mmu_notifier.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#ifdef CONFIG_MMU_NOTIFIER

typedef void (*umem_cleanup_t)(ddi_umem_cookie_t cookie);

/**
 * struct umem_watch - how the unmapping of one locked object is noticed and reported
 * @notifier: on the range of user addresses
 * @work: calls @cleanup
 * @umem: the object
 * @cleanup: the driver's function, or NULL when that is gone; under umem->lock
 * @is_gone: some of the range was unmapped
 * @is_told: @work was queued; that happens once
 */
struct umem_watch {
	struct mmu_interval_notifier notifier;
	struct work_struct work;
	struct umem *umem;
	umem_cleanup_t cleanup;
	bool is_gone;
	unsigned int is_told;	/* s390 does no exact xchg() of a bool */
};

/* The function to call, or NULL if the object or the driver has gone. */
static umem_cleanup_t watch_cleanup(struct umem_watch *watch)
{
	struct umem *umem = watch->umem;
	umem_cleanup_t cleanup;
	unsigned long flags;

	spin_lock_irqsave(&umem->lock, flags);
	cleanup = umem_is_live(umem) ? watch->cleanup : NULL;
	spin_unlock_irqrestore(&umem->lock, flags);
	return cleanup;
}

static void watch_call(struct work_struct *work)
{
	struct umem_watch *watch = container_of(work, struct umem_watch, work);
	umem_cleanup_t cleanup = watch_cleanup(watch);
	struct umem *umem = watch->umem;

	if (cleanup)
		cleanup(&umem->cookie);
	umem_put(umem);
}

static void watch_tell(struct umem_watch *watch)
{
	if (watch_cleanup(watch) && !xchg(&watch->is_told, true) &&
	    refcount_inc_not_zero(&watch->umem->refs))
		umem_user_queue(&watch->work);
}

static bool watch_invalidate(struct mmu_interval_notifier *notifier,
			     const struct mmu_notifier_range *range, unsigned long seq)
{
	struct umem_watch *watch = container_of(notifier, struct umem_watch, notifier);

	mmu_interval_set_seq(notifier, seq);
	if (range->event == MMU_NOTIFY_UNMAP || range->event == MMU_NOTIFY_RELEASE) {
		/* Before is_live is looked at; umem_watch_live() does the reverse. */
		WRITE_ONCE(watch->is_gone, true);
		watch_tell(watch);
	}
	return true;
}

static const struct mmu_interval_notifier_ops watch_ops = {
	.invalidate = watch_invalidate,
};

int umem_watch_begin(struct umem *umem, umem_cleanup_t cleanup)
{
	struct umem_watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	int err;

	if (!watch)
		return -ENOMEM;
	INIT_WORK(&watch->work, watch_call);
	watch->umem = umem;
	watch->cleanup = cleanup;
	err = mmu_interval_notifier_insert(&watch->notifier, umem->user->mm,
					   (unsigned long)umem->user->addr, umem->size,
					   &watch_ops);
	if (err)
		kfree(watch);
	else
		umem->user->watch = watch;
	return err;
}

/* @umem has become live: report what was unmapped before. */
void umem_watch_live(struct umem *umem)
{
	struct umem_watch *watch = umem->user->watch;
	bool is_gone;

	if (!watch)
		return;
	/* Of this and watch_cleanup() the later one sees what the other has set. */
	spin_lock_irq(&umem->lock);
	is_gone = READ_ONCE(watch->is_gone);
	spin_unlock_irq(&umem->lock);
	if (is_gone)
		watch_tell(watch);
}

/* The driver's code goes. umem_user_flush() waits for a call that runs. */
void umem_watch_forget(struct umem *umem)
{
	lockdep_assert_held(&umem->lock);
	if (umem->user && umem->user->watch)
		umem->user->watch->cleanup = NULL;
}

void umem_watch_end(struct umem_user *user)
{
	if (!user->watch)
		return;
	mmu_interval_notifier_remove(&user->watch->notifier);
	kfree(user->watch);
}

#else

int umem_watch_begin(struct umem *umem, void (*cleanup)(ddi_umem_cookie_t cookie))
{
	return -EOPNOTSUPP;
}

void umem_watch_live(struct umem *umem)
{
}

void umem_watch_forget(struct umem *umem)
{
}

void umem_watch_end(struct umem_user *user)
{
}

#endif
