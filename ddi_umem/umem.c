// SPDX-License-Identifier: GPL-2.0-only
/*
 * umem.c - ddi_umem_alloc(9F) and ddi_umem_free(9F)
 *
 * DDI_UMEM_SLEEP never fails: the request is retried here until memory is
 * available [U8]. pages.c makes one attempt.
 */
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "ddi_core/fault.h"
#include "ddi_core/core.h"
#include "ddi_core/trace.h"
#include "ddi_umem/pageable.h"
#include "ddi_umem/umem_impl.h"

/* Pauses between two attempts. */
#define UMEM_PAUSE_MIN		(HZ / 50 + 1)
#define UMEM_PAUSE_MAX		(HZ / 4)

/*
 * vfree() must not be called with interrupts or preemption disabled, and
 * nothing tells reliably whether they are [X1, X4]. So it always runs here. Memory that
 * was mapped waits here for those who translate its addresses under RCU.
 */
static LLIST_HEAD(umem_deferred);
static struct workqueue_struct *umem_wq;

/*
 * Drop a reference. After the last one, locked user memory is unpinned; kernel memory
 * was freed already, when the driver freed the object.
 */
void umem_put(struct umem *umem)
{
	if (!refcount_dec_and_test(&umem->refs))
		return;
	if (umem->user) {
		umem_unpin_later(umem);
		return;
	}
	if (umem->pageable)
		umem_pageable_destroy(umem);
	umem_pool_put(umem);
}

static void umem_unback(struct umem *umem)
{
	if (umem->pageable)
		umem_pageable_unback(umem);
	else if (umem->type == UMEM_TRASH)
		__free_page(umem->page);
	else if (umem->pages)
		umem_scattered_free(umem->addr, umem->pages, umem->size >> PAGE_SHIFT);
	else
		umem_block_free(umem->page, umem->size);
}

static void umem_free_deferred(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&umem_deferred);
	struct umem *umem, *next;
	bool was_viewed = false;

	llist_for_each_entry(umem, list, deferred)
		was_viewed |= umem->was_viewed;
	if (was_viewed)
		synchronize_rcu();	/* umem_pages_get() */
	llist_for_each_entry_safe(umem, next, list, deferred)
		umem_destroy(umem);
}

static DECLARE_WORK(umem_deferred_work, umem_free_deferred);

static void umem_defer(struct umem *umem)
{
	if (llist_add(&umem->deferred, &umem_deferred))
		queue_work(umem_wq, &umem_deferred_work);
}

static bool umem_back(struct umem *umem, int flag, const struct umem_where *place)
{
	bool atomic = flag & DDI_UMEM_NOSLEEP;

	if (ddi_should_fail(DDI_FAIL_PAGES, 0))
		return false;
	if (umem->type == UMEM_TRASH) {
		umem->page = alloc_page(atomic ? UMEM_GFP_ATOMIC : UMEM_GFP_SLEEP);
		return umem->page;
	}
	if (umem->type == KMEM_PAGEABLE)
		return umem_pageable_back(umem, flag);
	umem->addr = atomic ? umem_pages_atomic(umem->size, place, &umem->pages) :
			      umem_pages_sleep(umem->size, place, &umem->pages);
	if (!umem->addr)
		return false;
	if (!umem->pages)
		umem->page = virt_to_page(umem->addr);
	/* A place may be scarce, and so may what vmalloc maps with: these go back to Linux. */
	umem->is_reusable = umem->page && umem->size == PAGE_SIZE && !place;
	return true;
}

static uint_t umem_type(int flag)
{
	if (flag & DDI_UMEM_PAGEABLE)
		return KMEM_PAGEABLE;
	return flag & DDI_UMEM_TRASH ? UMEM_TRASH : KMEM_NON_PAGEABLE;
}

/* The driver may have written to the cookie; the next one finds it clean. */
void umem_init_cookie(struct umem *umem)
{
	struct ddi_umem_cookie *cookie = &umem->cookie;

	cookie->size = umem->size;
	cookie->cvaddr = umem->addr;
	cookie->type = umem->type;
	memset_after(cookie, 0, type);
}

/* Give a freed object and its memory back to Linux. */
void umem_destroy(struct umem *umem)
{
	umem_unback(umem);
	umem_put(umem);
}

/* A freed object with its page, for one that needs just that; or NULL. */
static struct umem *umem_reuse(const void *caller)
{
	struct umem *umem = umem_page_cache_get();

	if (!umem)
		return NULL;
	clear_page(umem->addr);
	umem->caller = caller;
	umem->owner = NULL;
	umem_init_cookie(umem);
	return umem;
}

/*
 * May the page serve the next object? Not if a window showed it to processes: its page
 * flags and instruction caches may have changed. Nor if the driver has shared it on its
 * own: it stays with its holder [U22].
 */
static bool umem_is_reusable(const struct umem *umem)
{
	return umem->is_reusable && page_count(umem->page) == 1;
}

/* A descriptor from the pool, without memory; its one reference is the driver's. */
void umem_init(struct umem *umem, size_t size, uint_t type, const void *caller)
{
	umem->addr = NULL;
	umem->pages = NULL;
	umem->pageable = NULL;
	umem->page = NULL;
	umem->user = NULL;
	umem->size = size;
	umem->type = type;
	umem->caller = caller;
	umem->owner = NULL;
	umem->was_viewed = false;
	umem->is_reusable = false;
	refcount_set(&umem->refs, 1);
}

/*
 * The object with its memory, known to nobody yet; NULL when either is short. @place
 * may be NULL.
 */
static struct umem *umem_create(size_t size, int flag, const struct umem_where *place,
				const void *caller)
{
	gfp_t gfp = flag & DDI_UMEM_NOSLEEP ? GFP_ATOMIC : GFP_KERNEL | __GFP_RETRY_MAYFAIL;
	struct umem *umem = umem_pool_get(gfp);

	if (!umem)
		return NULL;
	umem_init(umem, size, umem_type(flag), caller);
	if (!umem_back(umem, flag, place)) {
		umem_pool_put(umem);
		return NULL;
	}
	umem_init_cookie(umem);
	return umem;
}

void umem_flush_deferred(void)
{
	flush_work(&umem_deferred_work);
}

DDI_EXPORT_FOR_KUNIT(umem_flush_deferred);

/*
 * Threads that wait for memory hold this while they ask: two at a time might each
 * hold what the other lacks, and have to give it back, for ever.
 */
static DEFINE_MUTEX(umem_hungry);

void umem_turn_begin(void)
{
	/*
	 * Memory that was freed may still wait for its work item [U33]. What
	 * is freed here instead is where this CPU finds it first.
	 */
	umem_page_cache_drain();
	umem_free_deferred(NULL);
	umem_flush_deferred();
	mutex_lock(&umem_hungry);
}

void umem_turn_end(void)
{
	mutex_unlock(&umem_hungry);
}

void umem_wait_init(struct umem_wait *wait, size_t size, const void *caller)
{
	*wait = (struct umem_wait) {
		.size = size,
		.caller = caller,
		.since = jiffies,
		.report = ddi_wait_report,
		.pause = UMEM_PAUSE_MIN,
	};
}

/* Between two turns: report a long wait, and sleep. */
void umem_pause(struct umem_wait *wait)
{
	unsigned long waited = jiffies - wait->since;

	if (waited > wait->report) {
		pr_notice("umem: %pS has waited %u s for %zu KiB; about %lu KiB are available\n",
			  wait->caller, jiffies_to_msecs(waited) / 1000, wait->size >> 10,
			  si_mem_available() << (PAGE_SHIFT - 10));
		wait->report *= 2;
	}
	/* Timed, and so no hung task [X24]. */
	schedule_timeout_uninterruptible(wait->pause);
	wait->pause = min_t(unsigned long, 2 * wait->pause, UMEM_PAUSE_MAX);
}

/* Ask until there is memory; never gives up [U8]. */
static struct umem *umem_wait(size_t size, int flag, const struct umem_where *place,
			      const void *caller)
{
	struct umem_wait wait;
	struct umem *umem;

	umem_wait_init(&wait, size, caller);
	for (;;) {
		umem_turn_begin();
		umem = umem_create(size, flag, place, caller);
		umem_turn_end();
		if (umem)
			return umem;
		umem_pause(&wait);
	}
}

/* Is @size more than the machine has? Waiting for it would never end [U32]. */
static bool umem_impossible(size_t size, int flag)
{
	if (flag & DDI_UMEM_NOSLEEP || umem_type(flag) == UMEM_TRASH)
		return false;
	return size >> PAGE_SHIFT > totalram_pages() || size > VMALLOC_TOTAL;
}

/* The object is the driver's now. */
static void *umem_hand_out(struct umem *umem, int flag, ddi_umem_cookie_t *cookiep)
{
	__module_get(THIS_MODULE);
	umem_register(umem);
	*cookiep = &umem->cookie;
	trace_umem_alloc(&umem->cookie, umem->size, flag, umem->caller);
	return umem->addr;
}

/* A new object. noinline: keeps ddi_umem_alloc() free of a stack frame for what is rare. */
static noinline struct umem *umem_alloc(size_t size, int flag, const void *caller)
{
	const struct umem_where huge = { .node = NUMA_NO_NODE, .huge = true };
	const struct umem_where *place = umem_is_huge(size, flag) ? &huge : NULL;
	struct umem *umem;

	if (umem_impossible(size, flag)) {
		pr_warn_ratelimited("umem: this machine can never have %zu bytes, called from %pS\n",
				    size, caller);
		return NULL;
	}
	umem = umem_create(size, flag, place, caller);
	if (!umem && !(flag & DDI_UMEM_NOSLEEP))
		umem = umem_wait(size, flag, place, caller);
	return umem;
}

void *ddi_umem_alloc(size_t size, int flag, ddi_umem_cookie_t *cookiep)
{
	const void *caller = __builtin_return_address(0);
	struct umem *umem = NULL;

	might_sleep_if(!(flag & DDI_UMEM_NOSLEEP));
	if (!cookiep) {
		ddi_misuse("ddi_umem_alloc", "umem", caller, "no place for the cookie");
		return NULL;
	}
	*cookiep = NULL;
	if ((flag & DDI_UMEM_PAGEABLE) && (flag & DDI_UMEM_TRASH))
		ddi_misuse("ddi_umem_alloc", "umem", caller,
			   "both PAGEABLE and TRASH, taken as PAGEABLE");
	size = PAGE_ALIGN(size);
	if (!size)
		return NULL;
	if (size == PAGE_SIZE && umem_type(flag) == KMEM_NON_PAGEABLE)
		umem = umem_reuse(caller);
	if (!umem)
		umem = umem_alloc(size, flag, caller);
	return umem ? umem_hand_out(umem, flag, cookiep) : NULL;
}
EXPORT_SYMBOL(ddi_umem_alloc);

static bool umem_is_where(const struct umem_where *place)
{
	if (place->zone && place->zone != GFP_DMA && place->zone != GFP_DMA32)
		return false;
	return place->node == NUMA_NO_NODE ||
	       (place->node >= 0 && place->node < MAX_NUMNODES && node_online(place->node));
}

void *ddi_umem_alloc_node(size_t size, int flag, int node, gfp_t zone,
			  ddi_umem_cookie_t *cookiep)
{
	const void *caller = __builtin_return_address(0);
	struct umem_where place = { node, zone, umem_is_huge(PAGE_ALIGN(size), flag) };
	struct umem *umem;

	might_sleep_if(!(flag & DDI_UMEM_NOSLEEP));
	if (cookiep)
		*cookiep = NULL;
	if (!cookiep || flag & ~(DDI_UMEM_NOSLEEP | DDI_UMEM_HUGE) || !umem_is_where(&place)) {
		ddi_misuse("ddi_umem_alloc_node", "umem", caller,
			   "flag %#x, node %d, zone %#x%s", flag, node,
			   (__force unsigned int)zone, cookiep ? "" : ", no place for the cookie");
		return NULL;
	}
	size = PAGE_ALIGN(size);
	umem = size ? umem_create(size, flag, &place, caller) : NULL;
	return umem ? umem_hand_out(umem, flag, cookiep) : NULL;
}
EXPORT_SYMBOL(ddi_umem_alloc_node);

/* noinline: keeps umem_free_claimed() short for what is reused. */
static noinline void umem_release(struct umem *umem)
{
	if (umem->pageable)
		WRITE_ONCE(umem->pageable->is_freed, true);
	if (umem->user)
		umem_put(umem);
	else if (umem->pageable || umem->pages || umem->was_viewed)
		umem_defer(umem);
	else
		umem_destroy(umem);
}

/* Take back what umem_claim() took from the driver. */
void umem_free_claimed(struct umem *umem, const void *caller)
{
	trace_umem_free(&umem->cookie, umem->size, 0, caller);
	umem->cookie.type = UMEM_FREED;
	umem->cookie.cvaddr = NULL;
	if (!umem_is_reusable(umem) || !umem_page_cache_put(umem))
		umem_release(umem);
	module_put(THIS_MODULE);
}

/*
 * Safe while processes map the object [U22]: umem_claim() marks it as not live, so
 * umem_window_page() gives out no further page of it. Pages that a process has
 * touched have a reference of its page table, and outlive the object.
 */
void ddi_umem_free(ddi_umem_cookie_t cookie)
{
	const void *caller = __builtin_return_address(0);
	struct umem *umem;

	if (!cookie)
		return;
	umem = umem_claim(cookie, ~0U);
	if (IS_ERR(umem))
		ddi_misuse("ddi_umem_free", "umem", caller, "%p is not a live cookie%s", cookie,
			   umem == ERR_PTR(-EINVAL) ? ", its type was overwritten" : "");
	else
		umem_free_claimed(umem, caller);
}
EXPORT_SYMBOL(ddi_umem_free);

int ddi_umem_init(void)
{
	/* WQ_MEM_RECLAIM: threads that are short of memory wait for this queue. */
	umem_wq = alloc_workqueue("ddi_umem", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!umem_wq)
		return -ENOMEM;
	if (umem_page_cache_init())
		goto err_wq;
	if (umem_user_init())
		goto err_cache;
	umem_table_init(ddi_debugfs_root);
	return 0;

err_cache:
	umem_page_cache_exit();
err_wq:
	destroy_workqueue(umem_wq);
	umem_pool_exit();
	return -ENOMEM;
}

void ddi_umem_exit(void)
{
	umem_user_exit();
	umem_page_cache_exit();
	destroy_workqueue(umem_wq);
	umem_pool_exit();
}
