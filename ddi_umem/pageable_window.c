// SPDX-License-Identifier: GPL-2.0-only
/* pageable_window.c - windows on pageable objects: what mappings show of them */
#include "ddi_umem/pageable.h"

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "ddi_umem/umem_impl.h"

static struct umem_seen *seen_create(const struct umem_window *window)
{
	size_t longs = BITS_TO_LONGS(window->len >> PAGE_SHIFT);
	struct umem_seen *seen = kvzalloc(struct_size(seen, pages, longs), GFP_KERNEL_ACCOUNT);

	if (!seen)
		return NULL;
	refcount_set(&seen->refs, 1);
	seen->first = window->off >> PAGE_SHIFT;
	return seen;
}

/* The first window of its kind. A young object stays young, and needs no more. */
static int pageable_view(struct umem_window *window)
{
	struct umem *umem = window->umem;
	struct umem_pageable *p = umem->pageable;

	lockdep_assert_held(&p->lock);
	if (p->block && p->file && !umem_pageable_move(umem))
		return -ENOMEM;
	if (p->file) {
		window->seen = seen_create(window);
		if (!window->seen)
			return -ENOMEM;
	}
	window->pageable = p;
	atomic_inc(&p->windows);
	return 0;
}

int umem_pageable_window_init(struct umem_window *window)
{
	struct umem_pageable *p = window->umem->pageable;
	int err;

	mutex_lock(&p->lock);
	err = pageable_view(window);
	mutex_unlock(&p->lock);
	return err;
}

void umem_pageable_window_dup(struct umem_window *window)
{
	atomic_inc(&window->pageable->windows);
	if (window->seen)
		refcount_inc(&window->seen->refs);
}

void umem_pageable_window_fini(struct umem_window *window)
{
	if (window->seen && refcount_dec_and_test(&window->seen->refs))
		kvfree(window->seen);
	atomic_dec(&window->pageable->windows);
}

/* The file to put behind a vma that shows the window, so that Linux finds its pages; or NULL. */
struct file *umem_pageable_file(const struct umem_window *window)
{
	return window->seen ? window->pageable->file : NULL;
}

static bool pageable_may_enter(const struct umem_window *window, pgoff_t index)
{
	return !READ_ONCE(window->pageable->is_freed) ||
	       test_bit(index - window->seen->first, window->seen->pages);
}

/*
 * The page at @off into the window, with a reference, to be entered where it was
 * touched. The entry does not keep it in memory: Linux finds entries by the
 * file, and takes them away. The file loses no page while there are windows.
 */
struct page *umem_pageable_page(const struct umem_window *window, size_t off)
{
	struct address_space *mapping = window->pageable->file->f_mapping;
	pgoff_t index = (window->off + off) >> PAGE_SHIFT;
	struct page *page;

	if (!pageable_may_enter(window, index))
		return ERR_PTR(-ENXIO);
	page = shmem_read_mapping_page_gfp(mapping, index, PAGEABLE_GFP);
	if (!IS_ERR(page))
		set_bit(index - window->seen->first, window->seen->pages);
	return page;
}
