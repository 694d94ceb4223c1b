// SPDX-License-Identifier: GPL-2.0-only
/*
 * umem.c - ddi_umem_alloc(9F) and ddi_umem_free(9F)
 *
 * Memory comes as a contiguous block, cut into pages that each have their own
 * reference, or from vmalloc. A block is cheaper to get and to free, and is
 * all that can be had where one may not sleep [X2, X3]. Who may sleep takes a
 * block only where little of it has to be given back, and only if it is there
 * for the asking; everything else is vmalloc.
 */
#include <sys/sunddi.h>

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/page_ref.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "ddi_internal.h"
#include "ddi_trace.h"
#include "umem_impl.h"

/* The largest block of the page allocator, in bytes. */
#define UMEM_BLOCK_MAX	((size_t)MAX_ORDER_NR_PAGES << PAGE_SHIFT)
/* Up to this size a block is taken even if its tail has to be given back. */
#define UMEM_BLOCK_ODD	(8 * PAGE_SIZE)

#define UMEM_GFP_SLEEP	(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN)
/* Does not touch the reserves that interrupts live on [U24]. */
#define UMEM_GFP_ATOMIC	(GFP_NOWAIT | __GFP_ZERO | __GFP_NOWARN)

static struct kmem_cache *umem_cache;

/*
 * vfree() must not be called with interrupts or preemption disabled, and
 * nothing tells reliably whether they are [X1, X4]. So it always runs here.
 */
static LLIST_HEAD(umem_deferred);
static struct workqueue_struct *umem_wq;

void umem_put(struct umem *umem)
{
	if (refcount_dec_and_test(&umem->refs))
		kmem_cache_free(umem_cache, umem);
}

static void umem_vfree_deferred(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&umem_deferred);
	struct umem *umem, *next;

	llist_for_each_entry_safe(umem, next, list, deferred) {
		vfree(umem->addr);
		umem_put(umem);
	}
}

static DECLARE_WORK(umem_vfree_work, umem_vfree_deferred);

struct umem_request {
	struct work_struct work;
	size_t size;
	void *addr;
};

static void umem_vmalloc_work(struct work_struct *work)
{
	struct umem_request *req = container_of(work, struct umem_request, work);

	req->addr = __vmalloc(req->size, UMEM_GFP_SLEEP);
}

/*
 * vmalloc fails for a process that is being killed, but ddi_umem_alloc() must
 * not [U8]: a worker, which nobody kills, does it in its place.
 */
static void *umem_vmalloc(size_t size)
{
	struct umem_request req = { .size = size };

	if (!fatal_signal_pending(current))
		return __vmalloc(size, UMEM_GFP_SLEEP);

	INIT_WORK_ONSTACK(&req.work, umem_vmalloc_work);
	queue_work(system_unbound_wq, &req.work);
	flush_work(&req.work);
	destroy_work_on_stack(&req.work);
	return req.addr;
}

/* Each page gets a reference of its own; what is left of the block goes back. */
static void *umem_block(size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct page *page;

	if (size != PAGE_SIZE << order)
		return alloc_pages_exact(size, gfp);
	page = alloc_pages(gfp, order);
	if (!page)
		return NULL;
	if (order)
		split_page(page, order);
	return page_address(page);
}

/*
 * Take the tail pages' references back, so that the block can be freed as one,
 * which costs a fraction. Not if anybody else holds one of the pages [U22].
 */
static bool umem_block_join(struct page *page, unsigned int pages)
{
	unsigned int i;

	/* It counts single pages since the split. */
	if (IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING))
		return false;
	for (i = 1; i < pages; i++)
		if (!page_ref_freeze(page + i, 1))
			break;
	if (i == pages)
		return true;
	while (--i)
		page_ref_unfreeze(page + i, 1);
	return false;
}

static void umem_block_free(void *addr, size_t size)
{
	struct page *page = virt_to_page(addr);

	if (is_power_of_2(size) && umem_block_join(page, size >> PAGE_SHIFT))
		__free_pages(page, get_order(size));
	else
		free_pages_exact(addr, size);
}

static void *umem_pages_sleep(size_t size)
{
	gfp_t gfp = UMEM_GFP_SLEEP;
	void *addr = NULL;

	if (size > PAGE_SIZE)
		gfp |= __GFP_NORETRY;
	if (size <= UMEM_BLOCK_ODD || (size <= UMEM_BLOCK_MAX && is_power_of_2(size)))
		addr = umem_block(size, gfp);
	return addr ?: umem_vmalloc(size);
}

static void *umem_pages_atomic(size_t size)
{
	return size <= UMEM_BLOCK_MAX ? umem_block(size, UMEM_GFP_ATOMIC) : NULL;
}

static bool umem_back(struct umem *umem, int flag)
{
	bool atomic = flag & DDI_UMEM_NOSLEEP;

	if (umem->type == UMEM_TRASH) {
		umem->trash = alloc_page(atomic ? UMEM_GFP_ATOMIC : UMEM_GFP_SLEEP);
		return umem->trash;
	}
	umem->addr = atomic ? umem_pages_atomic(umem->size) :
			      umem_pages_sleep(umem->size);
	return umem->addr;
}

static void umem_unback(struct umem *umem)
{
	if (umem->trash)
		__free_page(umem->trash);
	else
		umem_block_free(umem->addr, umem->size);
}

static uint_t umem_type(int flag)
{
	if (flag & DDI_UMEM_PAGEABLE)
		return KMEM_PAGEABLE;
	return flag & DDI_UMEM_TRASH ? UMEM_TRASH : KMEM_NON_PAGEABLE;
}

static void umem_ctor(void *object)
{
	struct umem *umem = object;

	memset(umem, 0, sizeof(*umem));
	mutex_init(&umem->cookie.lock);
}

/* The driver may have written to the cookie; the next one finds it clean. */
static void umem_init_cookie(struct umem *umem)
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
static struct umem *umem_reuse(size_t size, int flag, const void *caller)
{
	struct umem *umem;

	if (size != PAGE_SIZE || umem_type(flag) == UMEM_TRASH)
		return NULL;
	umem = umem_stash_get();
	if (!umem)
		return NULL;
	clear_page(umem->addr);
	umem->type = umem_type(flag);
	umem->caller = caller;
	umem_init_cookie(umem);
	return umem;
}

/*
 * Not what a process may have seen: with views, page flags and instruction
 * caches have a history. Nor a page that the driver has shared on its own,
 * which is to stay with who holds it [U22].
 */
static bool umem_is_reusable(const struct umem *umem)
{
	return umem->size == PAGE_SIZE && umem->addr && !umem->was_viewed &&
	       page_count(virt_to_page(umem->addr)) == 1;
}

/* The object with its memory, known to nobody yet; NULL when either is short. */
static struct umem *umem_create(size_t size, int flag, const void *caller)
{
	gfp_t gfp = flag & DDI_UMEM_NOSLEEP ? GFP_ATOMIC : GFP_KERNEL;
	struct umem *umem;

	umem = umem_reuse(size, flag, caller);
	if (umem)
		return umem;
	umem = kmem_cache_alloc(umem_cache, gfp | __GFP_NOWARN);
	if (!umem)
		return NULL;
	umem->was_viewed = false;
	umem->addr = NULL;
	umem->trash = NULL;
	umem->size = size;
	umem->type = umem_type(flag);
	umem->caller = caller;
	if (!umem_back(umem, flag)) {
		kmem_cache_free(umem_cache, umem);
		return NULL;
	}
	umem_init_cookie(umem);
	refcount_set(&umem->refs, 1);
	return umem;
}

void umem_flush_deferred(void)
{
	flush_work(&umem_vfree_work);
}

DDI_EXPORT_FOR_KUNIT(umem_flush_deferred);

/* Memory that was freed may still wait for its work item [U33]. */
static void umem_wait_for_memory(void)
{
	umem_stash_drain();
	umem_flush_deferred();
	schedule_timeout_uninterruptible(HZ / 50 + 1);
}

/* More than there is: waiting for it would be for ever [U32]. */
static bool umem_impossible(size_t size, int flag)
{
	if (flag & DDI_UMEM_NOSLEEP || umem_type(flag) == UMEM_TRASH)
		return false;
	return size >> PAGE_SHIFT > totalram_pages() || size > VMALLOC_TOTAL;
}

static void *umem_alloc(size_t size, int flag, ddi_umem_cookie_t *cookiep,
			const void *caller)
{
	struct umem *umem;

	while (!(umem = umem_create(size, flag, caller))) {
		if (flag & DDI_UMEM_NOSLEEP)
			return NULL;
		umem_wait_for_memory();
	}
	__module_get(THIS_MODULE);
	umem_register(umem);
	*cookiep = &umem->cookie;
	trace_umem_alloc(&umem->cookie, size, flag, caller);
	return umem->addr;
}

void *ddi_umem_alloc(size_t size, int flag, ddi_umem_cookie_t *cookiep)
{
	const void *caller = __builtin_return_address(0);

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
	if (umem_impossible(size, flag)) {
		pr_warn_ratelimited("umem: this machine can never have %zu bytes, called from %pS\n",
				    size, caller);
		return NULL;
	}
	return umem_alloc(size, flag, cookiep, caller);
}
EXPORT_SYMBOL(ddi_umem_alloc);

void ddi_umem_free(ddi_umem_cookie_t cookie)
{
	struct umem *umem;

	if (!cookie)
		return;
	umem = umem_claim(cookie);
	if (IS_ERR(umem)) {
		ddi_misuse("ddi_umem_free", "umem", __builtin_return_address(0),
			   "%p is not a live cookie%s", cookie,
			   umem == ERR_PTR(-EINVAL) ? ", its type was overwritten" : "");
		return;
	}
	trace_umem_free(cookie, umem->size, 0, __builtin_return_address(0));
	umem->cookie.type = UMEM_FREED;
	umem->cookie.cvaddr = NULL;
	if (is_vmalloc_addr(umem->addr)) {
		if (llist_add(&umem->deferred, &umem_deferred))
			queue_work(umem_wq, &umem_vfree_work);
	} else if (!umem_is_reusable(umem) || !umem_stash_put(umem)) {
		umem_destroy(umem);
	}
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL(ddi_umem_free);

int ddi_umem_init(void)
{
	umem_cache = kmem_cache_create("ddi_umem", sizeof(struct umem), 0, 0, umem_ctor);
	if (!umem_cache)
		return -ENOMEM;
	/* A rescuer, because those who are short of memory wait for this. */
	umem_wq = alloc_workqueue("ddi_umem", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!umem_wq)
		goto err_cache;
	if (umem_stash_init())
		goto err_wq;
	umem_registry_init(ddi_debugfs_root);
	return 0;

err_wq:
	destroy_workqueue(umem_wq);
err_cache:
	kmem_cache_destroy(umem_cache);
	return -ENOMEM;
}

void ddi_umem_exit(void)
{
	umem_stash_exit();
	destroy_workqueue(umem_wq);
	kmem_cache_destroy(umem_cache);
}
