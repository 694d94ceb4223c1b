// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages.c - where the memory of an object comes from
 *
 * A contiguous block, cut into pages that each have their own reference, or
 * scattered ones. A block is cheaper to get and to free, and is all that can be
 * had where one may not sleep [X2, X3]. Who may sleep takes a block only where
 * little of it has to be given back, and only if it is there for the asking;
 * everything else is scattered.
 *
 * Nothing here insists: who may sleep asks again. So the kernel is never told
 * to kill a process for the sake of an object, and a large one is asked for
 * only if it seems to fit, because to find out by trying would leave others
 * without a page meanwhile.
 */
#include "ddi_umem/umem_impl.h"

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/swap.h>

/* The largest block of the page allocator, in bytes. */
#define UMEM_BLOCK_MAX	((size_t)MAX_ORDER_NR_PAGES << PAGE_SHIFT)
/* Up to this size a block is taken even if its tail has to be given back. */
#define UMEM_BLOCK_ODD	(8 * PAGE_SIZE)
/* Above this size it is looked first whether the machine can afford it. */
#define UMEM_LARGE	SZ_4M

/* Is there this much, and a little for what lists and maps it? */
static bool umem_can_afford(size_t size)
{
	unsigned long pages = size >> PAGE_SHIFT;

	return pages + pages / 64 <= si_mem_available() + get_nr_swap_pages();
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

/* Free a block; what is scattered is the caller's to free. */
void umem_block_free(void *addr, size_t size)
{
	struct page *page = virt_to_page(addr);

	if (is_power_of_2(size) && umem_block_join(page, size >> PAGE_SHIFT))
		__free_pages(page, get_order(size));
	else
		free_pages_exact(addr, size);
}

/* NULL if memory is short now; may sleep. */
void *umem_pages_sleep(size_t size)
{
	gfp_t gfp = UMEM_GFP_SLEEP;
	void *addr = NULL;

	if (size > UMEM_LARGE && !umem_can_afford(size))
		return NULL;
	if (size > PAGE_SIZE)
		gfp = (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_NORETRY;
	if (size <= UMEM_BLOCK_ODD || (size <= UMEM_BLOCK_MAX && is_power_of_2(size)))
		addr = umem_block(size, gfp);
	return addr ?: umem_scattered(size, UMEM_GFP_SLEEP);
}

/*
 * May this place sleep, whatever the flag says? Only where preemption is
 * counted does anything tell [X1].
 */
static bool umem_is_preemptible(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && preemptible() && !rcu_preempt_depth();
}

/* What is too large for a block, for who need not have asked not to sleep [X2]. */
static void *umem_scattered_nowait(size_t size)
{
	if (!umem_is_preemptible() || !umem_can_afford(size))
		return NULL;
	return umem_scattered(size, UMEM_GFP_ATOMIC);
}

void *umem_pages_atomic(size_t size)
{
	void *addr = NULL;

	if (size <= UMEM_BLOCK_MAX)
		addr = umem_block(size, UMEM_GFP_ATOMIC);
	return addr ?: umem_scattered_nowait(size);
}
