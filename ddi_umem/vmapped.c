// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmapped.c - single pages with addresses in a row
 *
 * vmalloc() does the same, but it may kill a process for its page tables, whatever
 * its flags, and it fails for a process that is being killed; ddi_umem_alloc() must
 * do neither [U8]. So the pages are allocated here with the caller's flags, and only
 * the page tables are allocated without regard to watermarks. vfree() frees all of
 * it; what has huge pages is for umem_scattered_free().
 */
#include "ddi_umem/umem_impl.h"

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ddi_core/fault.h"

/* Pages allocated in one go */
#define UMEM_BATCH	100UL

static DEFINE_MUTEX(umem_map_lock);

static void umem_cushion_free(struct list_head *cushion)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, cushion, lru)
		__free_page(page);
}

/* Put @count pages on @cushion; false if memory is short. */
static bool umem_cushion(struct list_head *cushion, unsigned long count, gfp_t gfp)
{
	struct page *page;

	while (count--) {
		page = alloc_page(gfp & ~__GFP_ZERO);
		if (!page) {
			umem_cushion_free(cushion);
			return false;
		}
		list_add(&page->lru, cushion);
	}
	return true;
}

/*
 * vmap() takes page tables with memalloc_noreclaim_save(), so that Linux kills no
 * process for them, and so below all watermarks: 512 pages for a GiB, of what
 * reclaim itself lives on. To leave that its own, as many pages are taken before,
 * as @gfp lets them, and given back just then, by one thread at a time. What is
 * lent beyond that are the tables at both ends of each level: 8 pages at most for
 * each thread in here, where the smallest reserve of a guest of 128 MiB is 350.
 * VM_MAP_PUT_PAGES in @flags leaves @pages to vfree().
 */
void *umem_map(struct page **pages, unsigned long count, unsigned long flags, gfp_t gfp)
{
	LIST_HEAD(cushion);
	unsigned int noreclaim;
	void *addr;

	if (!umem_cushion(&cushion, count / PTRS_PER_PTE, gfp))
		return NULL;
	mutex_lock(&umem_map_lock);
	umem_cushion_free(&cushion);
	noreclaim = memalloc_noreclaim_save();
	addr = vmap(pages, count, VM_MAP | flags, PAGE_KERNEL);
	memalloc_noreclaim_restore(noreclaim);
	mutex_unlock(&umem_map_lock);
	return addr;
}

/* Allocate @count pages. Returns how many there are: fewer if memory is short. */
static unsigned long umem_fill(struct page **pages, unsigned long count, gfp_t gfp)
{
	unsigned long got, filled = 0;

	do {
		got = alloc_pages_bulk(gfp | __GFP_HIGHMEM, min(count - filled, UMEM_BATCH),
				       pages + filled);
		filled += got;
		cond_resched();
	} while (got && filled < count);
	return filled;
}

/*
 * Huge pages, as many as there are at once: Linux is not to move other memory about for
 * long to make them. @pages gets each page of them.
 */
static unsigned long umem_fill_huge(struct page **pages, unsigned long count, gfp_t gfp,
				    const struct umem_where *place)
{
	unsigned long i, filled = 0, size = 1UL << UMEM_HUGE_ORDER;
	struct page *page;

	gfp = (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_NORETRY | __GFP_COMP | place->zone;
	while (count - filled >= size && !ddi_should_fail(DDI_FAIL_BLOCKS, 0)) {
		page = alloc_pages_node(place->node, gfp, UMEM_HUGE_ORDER);
		if (!page)
			break;
		for (i = 0; i < size; i++)
			pages[filled++] = page + i;
		cond_resched();
	}
	return filled;
}

/* The same, with each page on the node and in the zone that @place names. */
static unsigned long umem_fill_placed(struct page **pages, unsigned long count, gfp_t gfp,
				      const struct umem_where *place)
{
	unsigned long filled = place->huge ? umem_fill_huge(pages, count, gfp, place) : 0;

	for (; filled < count; filled++) {
		pages[filled] = alloc_pages_node(place->node, gfp | place->zone, 0);
		if (!pages[filled])
			break;
		cond_resched();
	}
	return filled;
}

/* An array for @count pages, itself scattered if longer than one. Free it with kvfree(). */
struct page **umem_page_list(unsigned long count, gfp_t gfp)
{
	size_t size = count * sizeof(struct page *);

	return size > PAGE_SIZE ? umem_scattered(PAGE_ALIGN(size), gfp, NULL, NULL) :
				  kzalloc(size, gfp);
}

/* The pages of a huge page have one reference for all of them. */
static void umem_pages_free(struct page **pages, unsigned long count)
{
	unsigned long i, n;

	for (i = 0; i < count; i += n) {
		n = compound_nr(pages[i]);
		put_page(pages[i]);
	}
	kvfree(pages);
}

/* vfree() would free each page of a huge page by itself. */
static bool umem_has_huge(struct page *const *pages)
{
	return PageCompound(pages[0]);
}

/* Free what umem_scattered() has given, with the list of @count pages. */
void umem_scattered_free(void *addr, struct page **pages, unsigned long count)
{
	if (!umem_has_huge(pages)) {
		vfree(addr);
		return;
	}
	vunmap(addr);
	umem_pages_free(pages, count);
}

/*
 * NULL if memory is short now; @place may be NULL. It may wait for a mutex of vmalloc, but for
 * memory only if @gfp lets it. If @list is not NULL, it gets the pages, for as long as
 * they are mapped.
 */
void *umem_scattered(size_t size, gfp_t gfp, const struct umem_where *place,
		     struct page ***list)
{
	unsigned long count = size >> PAGE_SHIFT, filled;
	struct page **pages = umem_page_list(count, gfp);
	void *addr = NULL;

	if (!pages)
		return NULL;
	filled = place ? umem_fill_placed(pages, count, gfp, place) :
			 umem_fill(pages, count, gfp);
	if (filled == count)
		addr = umem_map(pages, count, umem_has_huge(pages) ? 0 : VM_MAP_PUT_PAGES, gfp);
	if (!addr)
		umem_pages_free(pages, filled);
	else if (list)
		*list = pages;
	return addr;
}
