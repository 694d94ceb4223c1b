// SPDX-License-Identifier: GPL-2.0-only
/*
 * cookie_pool.c - the memory that cookies lie in, which never becomes anything else
 *
 * A driver may pass a cookie that it freed long ago, to any call. Reading it
 * would read whatever Linux has put there since [U22]. So descriptors are cut
 * from pages that stay with this module until it is unloaded, and a mark in
 * the struct page tells them from all other memory without reading either.
 * What is kept is little: a descriptor has a twentieth of the size of a page.
 *
 * A freed descriptor rests until others were freed after it, so that a stale
 * cookie is found to be one, and is not taken for the next object's.
 */
#include "ddi_umem/umem_impl.h"

#include <linux/err.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/rculist.h>

#include "ddi_core/fault.h"

#define PAGE_SLOTS	(PAGE_SIZE / sizeof(struct umem))
/* How many freed descriptors rest before the oldest is used again. */
#define POOL_REST	64

static DEFINE_SPINLOCK(pool_lock);	/* guards the rest; irq-safe [U18] */
static LIST_HEAD(pool_free);		/* the oldest first */
static unsigned long pool_count;
/* By page->lru; read without the lock, because only the exit of the module removes one. */
static LIST_HEAD(pool_pages);

/* In page->private; no other page has this address there. */
#define POOL_MARK	((unsigned long)&pool_pages)

/*
 * The page that came last of those with the same place in here. Most cookies are found in
 * this, which costs a fraction of what it takes to find the struct page of an address.
 */
#define POOL_KNOWN	256
static const void *pool_known[POOL_KNOWN] = {
	(void *)1,	/* the place of page 0, where nothing ever is */
};

static const void **pool_known_place(const void *addr)
{
	return &pool_known[(unsigned long)addr / PAGE_SIZE % POOL_KNOWN];
}

/* The descriptor that was freed first, if more than @rest others are free. */
static struct umem *pool_pop(unsigned long rest)
{
	struct umem *umem = NULL;
	unsigned long flags;

	spin_lock_irqsave(&pool_lock, flags);
	if (pool_count > rest) {
		umem = list_first_entry(&pool_free, struct umem, free);
		list_del(&umem->free);
		pool_count--;
	}
	spin_unlock_irqrestore(&pool_lock, flags);
	return umem;
}

void umem_pool_put(struct umem *umem)
{
	unsigned long flags;

	spin_lock_irqsave(&pool_lock, flags);
	list_add_tail(&umem->free, &pool_free);
	pool_count++;
	spin_unlock_irqrestore(&pool_lock, flags);
}

/* A new page's first descriptor; the others go to the pool. NULL without memory. */
static struct umem *pool_grow(gfp_t gfp)
{
	struct page *page = alloc_page(gfp | __GFP_ZERO);
	struct umem *slots;
	unsigned long flags;
	unsigned int i;

	if (!page)
		return NULL;
	slots = page_address(page);
	/* Have kmemleak scan the page, which it does not know, for pointers in descriptors. */
	kmemleak_alloc(slots, PAGE_SIZE, 0, gfp);
	for (i = 0; i < PAGE_SLOTS; i++) {
		mutex_init(&slots[i].cookie.lock);
		spin_lock_init(&slots[i].lock);
	}
	/* Pairs with pool_has_mark(): a page that is found has good locks. */
	smp_store_release(&page->private, POOL_MARK);
	/* Pairs with pool_has(), as well. */
	smp_store_release(pool_known_place(slots), slots);
	spin_lock_irqsave(&pool_lock, flags);
	list_add_tail_rcu(&page->lru, &pool_pages);
	spin_unlock_irqrestore(&pool_lock, flags);
	for (i = 1; i < PAGE_SLOTS; i++)
		umem_pool_put(&slots[i]);
	return slots;
}

/* A descriptor that nothing refers to, with stale contents; NULL without memory. */
struct umem *umem_pool_get(gfp_t gfp)
{
	struct umem *umem;

	if (ddi_should_fail(DDI_FAIL_DESCRIPTORS, gfp))
		return NULL;
	umem = pool_pop(POOL_REST) ?: pool_grow(gfp | __GFP_NOWARN);
	return umem ?: pool_pop(0);
}

/* noinline: keeps umem_pool_find() free of a stack frame. */
static noinline bool pool_has_mark(const void *addr)
{
	if (!virt_addr_valid(addr))
		return false;
	/* In a page that is not ours, its owner may write to this field meanwhile. */
	return data_race(smp_load_acquire(&virt_to_page(addr)->private)) == POOL_MARK;
}

/* Is @addr in a page of the pool? */
static bool pool_has(const void *addr)
{
	const void *page = addr - offset_in_page(addr);

	/* Pairs with pool_grow(). */
	return smp_load_acquire(pool_known_place(addr)) == page || pool_has_mark(addr);
}

/*
 * The descriptor at @cookie, live or not; NULL for memory that never was a
 * descriptor, and an error pointer for an address inside one.
 */
struct umem *umem_pool_find(const void *cookie)
{
	size_t off = offset_in_page(cookie);

	if (!pool_has(cookie))
		return NULL;
	if (off % sizeof(struct umem) || off >= PAGE_SLOTS * sizeof(struct umem))
		return ERR_PTR(-EINVAL);
	return (struct umem *)cookie;
}

/* The next descriptor by page and place, live or not; after NULL the first. */
struct umem *umem_pool_next(const struct umem *umem)
{
	struct list_head *page = &pool_pages;

	if (umem) {
		if (offset_in_page(umem) / sizeof(*umem) + 1 < PAGE_SLOTS)
			return (struct umem *)umem + 1;
		page = &virt_to_page(umem)->lru;
	}
	page = rcu_dereference_raw(list_next_rcu(page));
	return page == &pool_pages ? NULL : page_address(list_entry(page, struct page, lru));
}

void umem_pool_exit(void)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &pool_pages, lru) {
		list_del(&page->lru);
		set_page_private(page, 0);
		kmemleak_free(page_address(page));
		__free_page(page);
	}
}
