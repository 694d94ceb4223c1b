// SPDX-License-Identifier: GPL-2.0-only
/* enter.c - how the pages of windows get into page tables, one by one or as huge pages */
#include "ddi_umem/umem_impl.h"

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>

#include "ddi_umem/pageable.h"

/*
 * References of a TRASH page from page tables, of the 2^31 that fit. A fork may double
 * them for a moment: after madvise(MADV_KEEPONFORK) some kernels copy the page tables
 * before they tell the mapping of the child.
 */
#define TRASH_REFS_MAX	(INT_MAX / 2)

/* May a fault enter pages that were not touched? */
static bool is_entered_ahead(const struct umem_window *window)
{
	/* What a process has seen of a pageable object is counted page by page. */
	return window->type != UMEM_LOCKED && !window->seen;
}

static vm_fault_t fault_code(int err)
{
	/* EBUSY: another thread was faster. */
	return err && err != -EBUSY ? vmf_error(err) : VM_FAULT_NOPAGE;
}

/*
 * One page carries a reference for each page table entry: long before the count
 * overflows there is no more.
 */
static bool trash_is_worn(const struct umem_window *window)
{
	bool worn;

	if (window->type != UMEM_TRASH)
		return false;
	rcu_read_lock();
	worn = umem_is_live(window->umem) &&
	       (unsigned int)page_count(window->umem->page) > TRASH_REFS_MAX;
	rcu_read_unlock();
	return worn;
}

/* Is the page at @off into the window one of a huge page? */
static bool window_has_huge(const struct umem_window *window, size_t off)
{
	struct page *page = umem_window_page(window, off);
	bool huge;

	if (IS_ERR_OR_NULL(page))
		return false;
	huge = PageCompound(page);
	put_page(page);
	return huge;
}

/*
 * Is it better that Linux enters the pages in @vma, each huge page by one entry? It enters
 * a page alone where it finds that none fits, and that is four times as dear as in a batch;
 * so huge pages must make up for it. Those of an object are its first pages: if the last
 * one is huge, all before it are.
 */
static bool window_suits_huge(const struct umem_window *window,
			      const struct vm_area_struct *vma)
{
	size_t first = round_up(window->off, UMEM_HUGE_SIZE);
	size_t last = round_down(window->off + window->len, UMEM_HUGE_SIZE);

	if (!window->umem || window->type != KMEM_NON_PAGEABLE)
		return false;
	/* An entry must show nothing outside of the window; Linux looks at the vma alone. */
	if (!IS_ENABLED(CONFIG_SHMEM) || vma->vm_flags & VM_NOHUGEPAGE ||
	    vma->vm_end - vma->vm_start > window->len)
		return false;
	if (last <= first || (vma->vm_start - window->off) % UMEM_HUGE_SIZE)
		return false;
	return window->len - (last - first) <= (last - first) / 4 &&
	       window_has_huge(window, last - UMEM_HUGE_SIZE - window->off);
}

/*
 * The file that is to stand behind @vma, with a reference, or NULL if the driver's may. In
 * it, the vma must have the offset that the window has in its object. Linux finds the
 * entries of what it swaps by file and offset. It makes a huge entry only where address and
 * offset agree modulo its size, and not beyond the end of a file, except of shmem.
 * @kind gets the flag for how pages are entered: VM_MIXEDMAP for batches, or 0 for Linux.
 */
struct file *umem_window_file(const struct umem_window *window,
			      const struct vm_area_struct *vma, vm_flags_t *kind)
{
	struct file *file = umem_pageable_file(window);

	*kind = VM_MIXEDMAP;
	if (file)
		return get_file(file);
	if (!window_suits_huge(window, vma))
		return NULL;
	file = umem_file_open(0);
	if (IS_ERR(file))
		return NULL;
	/* Without VM_MIXEDMAP, Linux would try to move the pages to other nodes, in vain. */
	mapping_set_gfp_mask(file->f_mapping, GFP_DMA32);
	*kind = 0;
	return file;
}

/* Does Linux enter the pages of the vma? See umem_window_file(). */
static bool is_entered_by_linux(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & VM_MIXEDMAP);
}

/* A fault enters pages up to the next multiple of UMEM_AROUND, in its vma alone. */
void umem_batch_begin(struct umem_batch *batch, struct vm_fault *vmf)
{
	unsigned long page = vmf->address >> PAGE_SHIFT;

	batch->vmf = vmf;
	batch->user = NULL;
	batch->err = 0;
	batch->count = 0;
	batch->max = is_entered_by_linux(vmf->vma) ? 1 :
		     min(UMEM_AROUND - page % UMEM_AROUND,
			 (vmf->vma->vm_end >> PAGE_SHIFT) - page);
}

/* Until there are @end pages: one more, at least. Not positive if the next one is not there. */
static int batch_fill(struct umem_batch *batch, const struct umem_window *window,
		      size_t off, unsigned int end)
{
	int n;

	do {
		n = umem_window_pages(window, off, batch->pages + batch->count,
				      end - batch->count);
		if (n <= 0)
			break;
		batch->count += n;
		off += n * PAGE_SIZE;
	} while (batch->count < end);
	return n;
}

/*
 * Collect @len bytes at @off into the window, up to the first page that is not there,
 * and no more than the fault may enter. False: nothing behind them may be added. This
 * is where a window gives memory to a process: another kind of memory gets its own way
 * here.
 */
bool umem_batch_add(struct umem_batch *batch, const struct umem_window *window,
		    size_t off, size_t len)
{
	unsigned int end = min_t(size_t, batch->max, batch->count + (len >> PAGE_SHIFT));
	int n;

	if (!is_entered_ahead(window)) {
		if (batch->count)
			return false;
		batch->max = 1;
		end = 1;
	}
	if (window->type == UMEM_LOCKED)
		batch->user = window->umem->user;
	n = trash_is_worn(window) ? 0 : batch_fill(batch, window, off, end);
	if (n > 0)
		return end < batch->max;
	if (!batch->count)
		batch->err = n ?: -EFAULT;
	return false;
}

/*
 * The reference is Linux's, for the entry that it makes. From a page that the hardware has
 * found broken it would take entries away by the file that the page does not have.
 */
static vm_fault_t batch_give(struct umem_batch *batch)
{
	if (PageHWPoison(batch->pages[0]))
		return VM_FAULT_HWPOISON;
	batch->count = 0;
	batch->vmf->page = batch->pages[0];
	lock_page(batch->vmf->page);
	return VM_FAULT_LOCKED;
}

/* Up to the first that was entered already; the first of all must be. */
static vm_fault_t batch_enter(struct umem_batch *batch)
{
	struct vm_fault *vmf = batch->vmf;
	unsigned long left = batch->count;
	int err;

	if (!batch->count)
		return fault_code(batch->err);
	if (is_entered_by_linux(vmf->vma))
		return batch_give(batch);
	/* It is not ours, and has no reference for its page table entry. */
	if (batch->user)
		return umem_enter_user_page(batch->user, vmf, batch->pages[0]);
	err = vm_insert_pages(vmf->vma, vmf->address & PAGE_MASK, batch->pages, &left);
	return fault_code(left < batch->count ? 0 : err);
}

vm_fault_t umem_batch_end(struct umem_batch *batch)
{
	vm_fault_t ret = batch_enter(batch);

	while (batch->count)
		put_page(batch->pages[--batch->count]);
	return ret;
}

/*
 * Enter the page that was touched, at @off into the window, and the next ones as long
 * as it is cheap.
 */
vm_fault_t umem_window_enter(const struct umem_window *window, struct vm_fault *vmf, size_t off)
{
	struct umem_batch batch __uninitialized;	/* to clear it takes long */

	umem_batch_begin(&batch, vmf);
	umem_batch_add(&batch, window, off, SIZE_MAX);
	return umem_batch_end(&batch);
}
