// SPDX-License-Identifier: GPL-2.0-only
/*
 * context.c - switching device contexts: devmap_do_ctxmgt(9F)
 *
 * A device that keeps state for the process that uses it has one context here,
 * which its handles share from their first switch on. One switch runs at a time.
 * Another handle waits until the one that has got the device has had it for the
 * time that the driver asked for.
 */
#include "ddi_devmap/context.h"

#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "ddi_core/core.h"
#include "ddi_devmap/devmap_impl.h"

typedef int (*devmap_ctxmgt_t)(devmap_cookie_t dhp, void *pvtp, offset_t off,
			       size_t len, uint_t type, uint_t rw);

/**
 * struct devmap_context - a device context
 * @node: in contexts
 * @refs: one for each handle that has found it
 * @dev: device number of its handles
 * @access: and their devmap_access(9E)
 * @ticks: how long a handle keeps the device
 * @lock: held for the length of a switch; guards the rest
 * @task: the task that runs it, which reads this without the lock
 * @has_switched: the rest is valid
 * @owner: the handle that has the device, for comparison only; a handle that
 *	goes clears it without the lock
 * @since: jiffies at which it got it
 */
struct devmap_context {
	struct list_head node;
	refcount_t refs;
	ddi_dev_t dev;
	int (*access)(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
		      uint_t type, uint_t rw);
	unsigned long ticks;
	struct mutex lock;	/* held for the length of a switch; guards the rest */
	struct task_struct *task;
	bool has_switched;
	const struct devmap *owner;
	u64 since;
};

/* Guards the list and devmap.context; taken to drop the last reference. */
static DEFINE_MUTEX(contexts_lock);
static LIST_HEAD(contexts);

static struct devmap_context *context_find(const struct devmap *h)
{
	struct devmap_context *ctx;

	lockdep_assert_held(&contexts_lock);
	list_for_each_entry(ctx, &contexts, node)
		if (ctx->dev == h->dev && ctx->access == h->pub.dh_callbackops.devmap_access) {
			refcount_inc(&ctx->refs);
			return ctx;
		}
	return NULL;
}

static struct devmap_context *context_create(const struct devmap *h)
{
	struct devmap_context *ctx;

	lockdep_assert_held(&contexts_lock);
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	refcount_set(&ctx->refs, 1);
	ctx->dev = h->dev;
	ctx->access = h->pub.dh_callbackops.devmap_access;
	mutex_init(&ctx->lock);
	list_add(&ctx->node, &contexts);
	return ctx;
}

/* It stays for as long as the handle. */
static struct devmap_context *context_of(struct devmap *h)
{
	struct devmap_context *ctx;

	mutex_lock(&contexts_lock);
	if (!h->context)
		h->context = context_find(h) ?: context_create(h);
	ctx = h->context;
	mutex_unlock(&contexts_lock);
	return ctx;
}

void devmap_context_inherit(struct devmap *to, const struct devmap *h)
{
	mutex_lock(&contexts_lock);
	to->context = h->context;
	if (to->context)
		refcount_inc(&to->context->refs);
	mutex_unlock(&contexts_lock);
}

void devmap_context_leave(struct devmap *h)
{
	struct devmap_context *ctx = h->context;

	if (!ctx)
		return;
	cmpxchg(&ctx->owner, h, NULL);
	if (!refcount_dec_and_mutex_lock(&ctx->refs, &contexts_lock))
		return;
	list_del(&ctx->node);
	mutex_unlock(&contexts_lock);
	kfree(ctx);
}

DDI_EXPORT_FOR_KUNIT(devmap_context_leave);

/*
 * An access by the kernel on behalf of the process cannot be made again, so only a
 * signal that kills ends the waits of its callback.
 */
static bool context_is_interrupted(const struct devmap *h)
{
	return devmap_is_interruptible(h) ? signal_pending(current) :
					    fatal_signal_pending(current);
}

static int context_lock(struct devmap_context *ctx, const struct devmap *h)
{
	return devmap_is_interruptible(h) ? mutex_lock_interruptible(&ctx->lock) :
					    mutex_lock_killable(&ctx->lock);
}

static void context_sleep(const struct devmap *h, unsigned long ticks)
{
	if (devmap_is_interruptible(h))
		schedule_timeout_interruptible(ticks);
	else
		schedule_timeout_killable(ticks);
}

/* For how long another handle keeps the device; 0 if @h may have it. */
static unsigned long context_ticks_left(const struct devmap_context *ctx, const struct devmap *h)
{
	unsigned long ticks = READ_ONCE(ctx->ticks);
	u64 now = get_jiffies_64(), until;

	lockdep_assert_held(&ctx->lock);
	if (!ctx->has_switched || READ_ONCE(ctx->owner) == h || !ticks || num_online_cpus() == 1)
		return 0;
	/* The tick in which it got the device was not a whole one. */
	until = ctx->since + ticks + 1;
	return now < until ? (unsigned long)(until - now) : 0;
}

/*
 * Returns 0 with the lock held when the device may be switched, or not 0 when a
 * signal came first. The lock is free while others have the device: they need it
 * for accesses of their own.
 */
static int context_begin(struct devmap_context *ctx, const struct devmap *h)
{
	unsigned long left;

	while (!context_lock(ctx, h)) {
		left = context_ticks_left(ctx, h);
		if (!left)
			return 0;
		mutex_unlock(&ctx->lock);
		context_sleep(h, left);
		if (context_is_interrupted(h))
			break;
	}
	return -EINTR;
}

static int context_switch_to(struct devmap_context *ctx, struct devmap *h, offset_t off,
			     size_t len, uint_t type, uint_t rw, devmap_ctxmgt_t ctxmgt)
{
	int rc;

	lockdep_assert_held(&ctx->lock);
	WRITE_ONCE(ctx->task, current);
	rc = ctxmgt(h, h->pub.dh_pvtp, off, len, type, rw);
	WRITE_ONCE(ctx->task, NULL);
	if (rc)
		return FC_HWERR;
	if (!ctx->has_switched || READ_ONCE(ctx->owner) != h)
		ctx->since = get_jiffies_64();
	ctx->has_switched = true;
	WRITE_ONCE(ctx->owner, h);
	return 0;
}

int devmap_do_ctxmgt(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
		     uint_t type, uint_t rw, devmap_ctxmgt_t ctxmgt)
{
	struct devmap *h = dhp;
	struct devmap_context *ctx;
	int rc;

	might_sleep();
	if (!h || !ctxmgt)
		return FC_HWERR;
	ctx = context_of(h);
	if (READ_ONCE(ctx->task) == current) {
		ddi_misuse("devmap_do_ctxmgt", "devmap", ctxmgt,
			   "called by the function that switches the same device context");
		return FC_HWERR;
	}
	if (context_begin(ctx, h))
		return FC_MAKE_ERR(EINTR);
	rc = context_switch_to(ctx, h, off, len, type, rw, ctxmgt);
	mutex_unlock(&ctx->lock);
	return rc;
}
EXPORT_SYMBOL(devmap_do_ctxmgt);

void devmap_set_ctx_timeout(devmap_cookie_t dhp, clock_t ticks)
{
	struct devmap *h = dhp;

	might_sleep();
	if (h)
		WRITE_ONCE(context_of(h)->ticks, clamp_t(long, ticks, 0, MAX_JIFFY_OFFSET - 1));
}
EXPORT_SYMBOL(devmap_set_ctx_timeout);
