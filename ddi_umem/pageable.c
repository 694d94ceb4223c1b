// SPDX-License-Identifier: GPL-2.0-only
/*
 * pageable.c - memory that Linux may swap while the driver does not hold it
 *
 * Linux swaps two kinds of memory, and only one of them can do without a
 * process: the pages of shmem files. To hold an object is to read the pages of
 * its file, to keep a reference to each, so that they stay, and to map them in
 * a row. To release it is to undo that.
 */
#include "ddi_umem/pageable.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>

#include "ddi_umem/umem_impl.h"

/* As UMEM_GFP_SLEEP: an object is never worth killing a process, or a memory group's. */
#define PAGEABLE_GFP_SLEEP	(PAGEABLE_GFP | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

static unsigned long pageable_count(const struct umem *umem)
{
	return umem->size >> PAGE_SHIFT;
}

/*
 * A file of shmem to stand behind vmas. Opened by path only: a process that maps it can
 * have it neither read nor cut short, nor map another part of it than it was given.
 */
struct file *umem_file_open(size_t size)
{
	struct file *shmem = shmem_file_reserve("ddi_umem", size), *file;

	if (IS_ERR(shmem))
		return shmem;
	file = dentry_open(&shmem->f_path, O_PATH, current_cred());
	fput(shmem);
	return file;
}

/*
 * The inode may take memory from the reserves, as page tables of umem_map() may:
 * it is small. The pages, which come next, leave the reserves alone.
 */
static struct file *pageable_file_create(size_t size)
{
	unsigned int noreclaim = memalloc_noreclaim_save();
	struct file *file = umem_file_open(size);

	memalloc_noreclaim_restore(noreclaim);
	if (IS_ERR(file))
		return NULL;
	mapping_set_gfp_mask(file->f_mapping, PAGEABLE_GFP);
	return file;
}

/* Linux may put off the end of a file, but its memory is wanted now. */
static void pageable_file_put(struct file *file)
{
	shmem_truncate_range(file_inode(file), 0, -1);
	fput(file);
}

static void pageable_set_addr(struct umem *umem, void *addr)
{
	umem->addr = addr;
	umem->cookie.cvaddr = addr;
}

/* A page that is in memory and that nobody works on; never sleeps. */
static struct page *pageable_page_now(struct address_space *mapping, pgoff_t index)
{
	struct page *page = find_get_page(mapping, index);
	bool is_there;

	if (!page)
		return ERR_PTR(-EAGAIN);
	is_there = trylock_page(page);
	if (is_there) {
		/* It may have been on its way to swap before it had our reference. */
		is_there = page_folio(page)->mapping == mapping;
		unlock_page(page);
	}
	if (is_there)
		return page;
	put_page(page);
	return ERR_PTR(-EAGAIN);
}

/* With a reference, by which it stays in memory. */
static struct page *pageable_page(struct umem_pageable *p, pgoff_t index, bool may_sleep)
{
	struct address_space *mapping = p->file->f_mapping;

	if (!may_sleep)
		return pageable_page_now(mapping, index);
	cond_resched();
	return shmem_read_mapping_page_gfp(mapping, index, PAGEABLE_GFP_SLEEP);
}

static int pageable_get_pages(struct umem *umem, struct page **pages, bool may_sleep)
{
	unsigned long i;

	for (i = 0; i < pageable_count(umem); i++) {
		pages[i] = pageable_page(umem->pageable, i, may_sleep);
		if (!IS_ERR(pages[i]))
			continue;
		release_pages(pages, i);
		return PTR_ERR(pages[i]);
	}
	return 0;
}

/* From released to held. */
int umem_pageable_map(struct umem *umem, bool may_sleep)
{
	gfp_t gfp = may_sleep ? UMEM_GFP_SLEEP : UMEM_GFP_ATOMIC;
	struct umem_pageable *p = umem->pageable;
	struct page **pages;
	void *addr;
	int err;

	if (umem->size > UMEM_LARGE && !umem_can_afford(umem->size))
		return -ENOMEM;
	pages = umem_page_list(pageable_count(umem), gfp);
	if (!pages)
		return -ENOMEM;
	err = pageable_get_pages(umem, pages, may_sleep);
	if (err)
		goto err_list;
	addr = umem_map(pages, pageable_count(umem), 0, gfp);
	if (!addr) {
		release_pages(pages, pageable_count(umem));
		err = -ENOMEM;
		goto err_list;
	}
	p->pages = pages;
	pageable_set_addr(umem, addr);
	/* Reclaim need not look at what it cannot have. */
	mapping_set_unevictable(p->file->f_mapping);
	return 0;

err_list:
	kvfree(pages);
	return err;
}

/* From held to released. Linux has not seen what the driver wrote. */
void umem_pageable_unmap(struct umem *umem)
{
	struct umem_pageable *p = umem->pageable;
	void *addr = umem->addr;
	unsigned long i;

	pageable_set_addr(umem, NULL);
	vunmap(addr);
	for (i = 0; i < pageable_count(umem); i++)
		set_page_dirty(p->pages[i]);
	mapping_clear_unevictable(p->file->f_mapping);
	move_evictable_pages(p->pages, pageable_count(umem));
	release_pages(p->pages, pageable_count(umem));
	kvfree(p->pages);
	p->pages = NULL;
}

static struct page *pageable_block_page(const struct umem_pageable *p, pgoff_t index)
{
	void *addr = p->block + (index << PAGE_SHIFT);

	return is_vmalloc_addr(addr) ? vmalloc_to_page(addr) : virt_to_page(addr);
}

/* Free the pages of the block that were not moved to the file. */
static void pageable_free_block(struct umem *umem)
{
	struct umem_pageable *p = umem->pageable;

	if (is_vmalloc_addr(p->block))
		vfree(p->block);
	else if (!p->moved)
		umem_block_free(virt_to_page(p->block), umem->size);
	else
		for (; p->moved < pageable_count(umem); p->moved++)
			put_page(pageable_block_page(p, p->moved));
	p->block = NULL;
}

static int pageable_move_page(struct umem_pageable *p)
{
	struct page *from = pageable_block_page(p, p->moved);
	struct page *to = pageable_page(p, p->moved, true);

	if (IS_ERR(to))
		return PTR_ERR(to);
	copy_highpage(to, from);
	set_page_dirty(to);
	put_page(to);
	if (!is_vmalloc_addr(p->block))
		put_page(from);
	p->moved++;
	return 0;
}

/* From young to moving, or on from there, to released; false if memory is short. */
bool umem_pageable_move(struct umem *umem)
{
	struct umem_pageable *p = umem->pageable;

	lockdep_assert_held(&p->lock);
	if (!p->file)
		WRITE_ONCE(p->file, pageable_file_create(umem->size));
	if (!p->file)
		return false;
	pageable_set_addr(umem, NULL);
	while (p->moved < pageable_count(umem))
		if (pageable_move_page(p))
			return false;
	pageable_free_block(umem);
	return true;
}

static bool pageable_back_sleep(struct umem *umem)
{
	struct umem_pageable *p = umem->pageable;

	p->file = pageable_file_create(umem->size);
	if (!p->file)
		return false;
	if (!umem_pageable_map(umem, true))
		return true;
	pageable_file_put(p->file);
	return false;
}

static bool pageable_back_atomic(struct umem *umem)
{
	umem->addr = umem_pages_atomic(umem->size, NULL, NULL);
	umem->pageable->block = umem->addr;
	return umem->addr;
}

/* Memory for a new object, which is held. */
bool umem_pageable_back(struct umem *umem, int flag)
{
	bool atomic = flag & DDI_UMEM_NOSLEEP;
	struct umem_pageable *p;

	p = kzalloc(sizeof(*p), (atomic ? UMEM_GFP_ATOMIC : UMEM_GFP_SLEEP));
	if (!p)
		return false;
	mutex_init(&p->lock);
	atomic_set(&p->holds, 1);
	umem->pageable = p;
	if (atomic ? pageable_back_atomic(umem) : pageable_back_sleep(umem))
		return true;
	umem->pageable = NULL;
	kfree(p);
	return false;
}

/* The driver has freed it: take the kernel address away. Windows may still show it. */
void umem_pageable_unback(struct umem *umem)
{
	struct umem_pageable *p = umem->pageable;

	mutex_lock(&p->lock);
	if (p->pages)
		umem_pageable_unmap(umem);
	if (p->block)
		pageable_free_block(umem);
	mutex_unlock(&p->lock);
}

/* Nothing refers to it any more. */
void umem_pageable_destroy(struct umem *umem)
{
	if (umem->pageable->file)
		pageable_file_put(umem->pageable->file);
	kfree(umem->pageable);
}

/* Does something keep the pages in memory? */
bool umem_pageable_is_held(const struct umem *umem)
{
	return atomic_read(&umem->pageable->holds);
}

unsigned long umem_pageable_resident(const struct umem *umem)
{
	struct file *file = READ_ONCE(umem->pageable->file);

	/* Linux changes it under a lock of its own; an old number will do. */
	return file ? data_race(file->f_mapping->nrpages) : pageable_count(umem);
}

unsigned long umem_pageable_swapped(const struct umem *umem)
{
	struct file *file = READ_ONCE(umem->pageable->file);

	/* Without shmem the file is of ramfs, which nothing swaps. */
	if (!file || !IS_ENABLED(CONFIG_SHMEM))
		return 0;
	/* As above. */
	return data_race(SHMEM_I(file_inode(file))->swapped);
}
