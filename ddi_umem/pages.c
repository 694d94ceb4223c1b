// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages.c - where the memory of an object comes from
 *
 * The memory is a contiguous block, split into pages with a reference each, or
 * scattered pages that are mapped. A block is cheaper, and the only kind available
 * where the caller may not sleep [X2, X3]. A caller that may sleep gets a block
 * only if its unused tail is small and it is free at once; else scattered pages.
 *
 * One attempt, without force: a caller that may sleep tries again. So no process is
 * killed for an object. A large size is tried only if enough memory seems to be
 * free, since a failing attempt would exhaust memory for all others meanwhile.
 */
#include "ddi_umem/umem_impl.h"

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/swap.h>

#include "ddi_core/fault.h"

/* The largest block of the page allocator, in bytes. */
#define UMEM_BLOCK_MAX	((size_t)MAX_ORDER_NR_PAGES << PAGE_SHIFT)
/* Up to this size a block is taken even if its tail has to be given back. */
#define UMEM_BLOCK_ODD	(8 * PAGE_SIZE)

/* Is there memory for @size, for a list of its pages and for page tables? */
bool umem_can_afford(size_t size)
{
	unsigned long pages = size >> PAGE_SHIFT;

	return pages + pages / 64 <= si_mem_available() + get_nr_swap_pages();
}

/*
 * Zero a block that has just been allocated: here, where the addresses lie in a row,
 * because the page allocator looks each page's address up.
 */
static void *umem_block_clear(void *addr, size_t size)
{
	size_t off;

	/* Linux may have done it, if it is told to clear all pages. */
	if (!want_init_on_alloc(0))
		for (off = 0; off < size; off += PAGE_SIZE)
			clear_page(addr + off);
	return addr;
}

/* A block where it is wanted; a huge page, if it shall be one. Not zeroed. */
static struct page *umem_block_placed(unsigned int order, gfp_t gfp,
				      const struct umem_where *place)
{
	if (place->huge && order == UMEM_HUGE_ORDER)
		gfp |= __GFP_COMP;
	return alloc_pages_node(place->node, gfp | place->zone, order);
}

/* Give each page its own reference, and free the rest of the block. */
static void umem_block_split(struct page *page, size_t size, unsigned int order)
{
	unsigned int i;

	split_page(page, order);
	for (i = size >> PAGE_SHIFT; i < 1U << order; i++)
		__free_page(page + i);
}

static void *umem_block(size_t size, gfp_t gfp, const struct umem_where *place)
{
	unsigned int order = get_order(size);
	struct page *page;

	if (ddi_should_fail(DDI_FAIL_BLOCKS, 0))
		return NULL;
	gfp &= ~__GFP_ZERO;
	page = place ? umem_block_placed(order, gfp, place) : alloc_pages(gfp, order);
	if (!page)
		return NULL;
	if (order && !PageCompound(page))
		umem_block_split(page, size, order);
	return umem_block_clear(page_address(page), size);
}

/*
 * Take the tail pages' references back, so that the block can be freed as one,
 * which is much cheaper. Not if a page has another reference [U22].
 */
static bool umem_block_join(struct page *page, unsigned int pages)
{
	struct page *tail, *end = page + pages;

	/* Since the split, allocation profiling counts each page by itself. */
	if (IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING))
		return false;
	for (tail = page + 1; tail < end; tail++)
		if (!page_ref_freeze(tail, 1))
			break;
	if (tail == end)
		return true;
	while (--tail > page)
		page_ref_unfreeze(tail, 1);
	return false;
}

/* Free a block. The caller frees scattered pages. */
void umem_block_free(struct page *page, size_t size)
{
	if (PageCompound(page))
		put_page(page);
	else if (is_power_of_2(size) && umem_block_join(page, size >> PAGE_SHIFT))
		__free_pages(page, get_order(size));
	else
		free_pages_exact(page_address(page), size);
}

/* Is a block the better memory for a caller that may sleep, if it is free at once? */
static bool umem_wants_block(size_t size, const struct umem_where *place)
{
	size_t max = place && place->huge ? UMEM_HUGE_SIZE : UMEM_BLOCK_MAX;

	return size <= UMEM_BLOCK_ODD || (size <= max && is_power_of_2(size));
}

/* NULL if memory is short now; may sleep. @place may be NULL; for @list see umem_scattered(). */
void *umem_pages_sleep(size_t size, const struct umem_where *place, struct page ***list)
{
	gfp_t gfp = UMEM_GFP_SLEEP;
	void *addr = NULL;

	if (size > UMEM_LARGE && !umem_can_afford(size))
		return NULL;
	if (size > PAGE_SIZE)
		gfp = (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_NORETRY;
	if (umem_wants_block(size, place))
		addr = umem_block(size, gfp, place);
	return addr ?: umem_scattered(size, UMEM_GFP_SLEEP, place, list);
}

/*
 * May this place sleep, whatever the flag says? Only where preemption is
 * counted does anything tell [X1].
 */
bool umem_is_preemptible(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && preemptible() && !rcu_preempt_depth();
}

/* Larger than a block, for a caller whose context allows to sleep [X2]. */
static void *umem_scattered_nowait(size_t size, const struct umem_where *place,
				   struct page ***list)
{
	if (!umem_is_preemptible() || !umem_can_afford(size))
		return NULL;
	return umem_scattered(size, UMEM_GFP_ATOMIC, place, list);
}

/* The same for a caller that may not sleep. */
void *umem_pages_atomic(size_t size, const struct umem_where *place, struct page ***list)
{
	void *addr = NULL;

	/* A block that is larger than a huge page cannot be huge pages. */
	if (size <= (place && place->huge ? UMEM_HUGE_SIZE : UMEM_BLOCK_MAX))
		addr = umem_block(size, UMEM_GFP_ATOMIC, place);
	return addr ?: umem_scattered_nowait(size, place, list);
}
