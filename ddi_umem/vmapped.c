// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmapped.c - single pages with addresses in a row
 *
 * vmalloc() does the same, but it may kill a process for its page tables, whatever
 * its flags, and it fails for a process that is being killed; ddi_umem_alloc() must
 * do neither [U8]. So the pages are allocated here with the caller's flags. Only the
 * page list and page tables, one page in five hundred, may come from the reserves.
 * vfree() frees all of it.
 */
#include "ddi_umem/umem_impl.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* Pages allocated in one go */
#define UMEM_BATCH	100UL

/* VM_MAP_PUT_PAGES in @flags leaves @pages to vfree(). */
void *umem_map(struct page **pages, unsigned long count, unsigned long flags)
{
	unsigned int noreclaim = memalloc_noreclaim_save();
	void *addr = vmap(pages, count, VM_MAP | flags, PAGE_KERNEL);

	memalloc_noreclaim_restore(noreclaim);
	return addr;
}

/* How many there are now; less than asked for if memory is short. */
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

/* A list of pages that needs more than one is scattered, too; kvfree() takes it. */
struct page **umem_page_list(unsigned long count, gfp_t gfp)
{
	size_t size = count * sizeof(struct page *);

	return size > PAGE_SIZE ? umem_scattered(PAGE_ALIGN(size), gfp) : kzalloc(size, gfp);
}

/*
 * NULL if memory is short now. It may wait for a mutex of vmalloc, but for
 * memory only if @gfp lets it.
 */
void *umem_scattered(size_t size, gfp_t gfp)
{
	unsigned long count = size >> PAGE_SHIFT, filled;
	struct page **pages = umem_page_list(count, gfp);
	void *addr = NULL;

	if (!pages)
		return NULL;
	filled = umem_fill(pages, count, gfp);
	if (filled == count)
		addr = umem_map(pages, count, VM_MAP_PUT_PAGES);
	if (addr)
		return addr;
	release_pages(pages, filled);
	kvfree(pages);
	return NULL;
}
