// SPDX-License-Identifier: GPL-2.0-only
/*
 * context.c - switching device contexts: devmap_do_ctxmgt(9F)
 *
 * A device that keeps state for the process that uses it has one context here,
 * which its handles share from their first switch on. One switch runs at a time;
 * the next waits until the handle that has got the device has had it for the
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
 * @lock: a switch runs; guards the rest
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
	struct mutex lock;
	struct task_struct *task;
	bool has_switched;
	const struct devmap *owner;
	unsigned long since;
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

/* Leave the device to its owner for its time; not 0 if a fatal signal came first. */
static int context_wait(const struct devmap_context *ctx, const struct devmap *h)
{
	unsigned long ticks = READ_ONCE(ctx->ticks), until;

	lockdep_assert_held(&ctx->lock);
	if (!ctx->has_switched || READ_ONCE(ctx->owner) == h || !ticks || num_online_cpus() == 1)
		return 0;
	/* The tick in which it got the device was not a whole one. */
	until = ctx->since + ticks + 1;
	while (time_before(jiffies, until)) {
		schedule_timeout_killable(max_t(long, until - jiffies, 1));
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int context_switch_to(struct devmap_context *ctx, struct devmap *h, offset_t off,
			     size_t len, uint_t type, uint_t rw, devmap_ctxmgt_t ctxmgt)
{
	lockdep_assert_held(&ctx->lock);
	if (context_wait(ctx, h))
		return FC_MAKE_ERR(EINTR);
	WRITE_ONCE(ctx->task, current);
	if (ctxmgt(h, h->pub.dh_pvtp, off, len, type, rw)) {
		WRITE_ONCE(ctx->task, NULL);
		return FC_HWERR;
	}
	WRITE_ONCE(ctx->task, NULL);
	if (!ctx->has_switched || READ_ONCE(ctx->owner) != h)
		ctx->since = jiffies;
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
	if (mutex_lock_killable(&ctx->lock))
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
		WRITE_ONCE(context_of(h)->ticks, ticks > 0 ? min_t(long, ticks, MAX_JIFFY_OFFSET) : 0);
}
EXPORT_SYMBOL(devmap_set_ctx_timeout);
