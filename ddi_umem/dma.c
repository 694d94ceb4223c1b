// SPDX-License-Identifier: GPL-2.0-only
/* dma.c - the pages behind a cookie, as a Linux driver hands them to a device */
#include <ddi/umem.h>
#include <sys/buf.h>

#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "ddi_umem/pageable.h"
#include "ddi_umem/umem_impl.h"

/* As many as @pages has room for, which lie in the window from @off on. */
static int window_pages(const struct umem_window *window, size_t off, struct page **pages,
			unsigned long count)
{
	unsigned long i;

	if (window->type == UMEM_TRASH)
		return -EINVAL;
	/* Linux may take pages that the driver has released. */
	if (window->pageable && !umem_pageable_is_held(window->umem))
		return -EINVAL;
	for (i = 0; i < count; i++) {
		pages[i] = umem_window_page(window, off + (i << PAGE_SHIFT));
		if (IS_ERR_OR_NULL(pages[i]))
			return -ENXIO;
		/* They are the cookie's, and stay for as long as that is live. */
		put_page(pages[i]);
	}
	return 0;
}

static unsigned long pages_of(size_t off, size_t len)
{
	return PAGE_ALIGN(offset_in_page(off) + len) >> PAGE_SHIFT;
}

int ddi_umem_pages(ddi_umem_cookie_t cookie, offset_t off, size_t len, struct page **pages)
{
	struct umem_window window;
	int err;

	err = len ? umem_window_cover(&window, cookie, off, len, "ddi_umem_pages") : -EINVAL;
	if (err)
		return err;
	err = window_pages(&window, 0, pages, pages_of(off, len));
	umem_window_fini(&window);
	return err;
}
EXPORT_SYMBOL(ddi_umem_pages);

static int window_sg_alloc(struct sg_table *sgt, const struct umem_window *window, size_t off,
			   size_t len, gfp_t gfp)
{
	unsigned long count = pages_of(off, len);
	struct page **pages;
	int err;

	if (gfpflags_allow_blocking(gfp))
		pages = kvmalloc_array(count, sizeof(*pages), gfp | __GFP_NOWARN);
	else
		pages = kmalloc_array(count, sizeof(*pages), gfp | __GFP_NOWARN);
	if (!pages)
		return -ENOMEM;
	err = window_pages(window, round_down(off, PAGE_SIZE), pages, count);
	if (!err)
		err = sg_alloc_table_from_pages(sgt, pages, count, offset_in_page(off), len, gfp);
	kvfree(pages);
	return err;
}

int ddi_umem_sg_alloc(struct sg_table *sgt, ddi_umem_cookie_t cookie, offset_t off, size_t len,
		      gfp_t gfp)
{
	struct umem_window window;
	int err;

	err = len ? umem_window_cover(&window, cookie, off, len, "ddi_umem_sg_alloc") : -EINVAL;
	if (err)
		return err;
	err = window_sg_alloc(sgt, &window, offset_in_page(off), len, gfp);
	umem_window_fini(&window);
	return err;
}
EXPORT_SYMBOL(ddi_umem_sg_alloc);

int ddi_buf_sg_alloc(struct sg_table *sgt, const struct buf *bp, gfp_t gfp)
{
	const struct umem_window *window = umem_window_of_buf(bp);

	if (!window->cookie || !bp->b_bcount)
		return -EINVAL;
	if (offset_in_page(bp->b_un.b_addr) + bp->b_bcount > window->len)
		return -ENXIO;
	return window_sg_alloc(sgt, window, offset_in_page(bp->b_un.b_addr), bp->b_bcount, gfp);
}
EXPORT_SYMBOL(ddi_buf_sg_alloc);
