// SPDX-License-Identifier: GPL-2.0-only
/* window.c - windows on the pages behind a cookie; all that mappings see of it */
#include "ddi_umem/umem_impl.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "ddi_core/core.h"
#include "ddi_umem/pageable.h"

/* Kernel memory that has a struct page, translated by its address [U21]. */
static struct page *kernel_page(const void *addr)
{
	if (virt_addr_valid(addr))
		return virt_to_page(addr);
	if (!is_vmalloc_addr(addr) || !pfn_valid(vmalloc_to_pfn(addr)))
		return NULL;
	return vmalloc_to_page(addr);
}

/* An object's memory is a block or where vmalloc maps, and needs no more questions. */
static struct page *object_page(const struct umem *umem, size_t off)
{
	if (umem->trash)
		return umem->trash;
	if (umem->user)
		return umem->user->pages[off >> PAGE_SHIFT];
	if (is_vmalloc_addr(umem->addr))
		return vmalloc_to_page(umem->addr + off);
	return virt_to_page(umem->addr + off);
}

/* With a reference; NULL once the driver has freed the object. */
static struct page *umem_page(struct umem *umem, size_t off)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&umem->lock, flags);
	if (umem->is_live)
		page = object_page(umem, off);
	if (page)
		get_page(page);
	spin_unlock_irqrestore(&umem->lock, flags);
	return page;
}

/*
 * A page of a driver's own memory. It must be able to carry a reference: slab
 * memory and the inner pages of a plain high-order block cannot.
 */
static struct page *foreign_page(const void *addr)
{
	struct page *page = kernel_page(addr);

	if (page && !PageSlab(page) && folio_try_get(page_folio(page)))
		return page;
	pr_warn_once("devmap: the memory of a driver-made cookie at %p is not made of pages that can be mapped\n",
		     addr);
	return NULL;
}

/*
 * What a cookie that a driver made covers; false if there is no such cookie
 * [U21]. The pointer may be to anything.
 */
static bool foreign_open(struct umem_window *window, const struct ddi_umem_cookie *cookie)
{
	unsigned long end;

	if (get_kernel_nofault(window->type, &cookie->type) ||
	    get_kernel_nofault(window->addr, &cookie->cvaddr) ||
	    get_kernel_nofault(window->len, &cookie->size))
		return false;
	if (window->type != KMEM_NON_PAGEABLE && window->type != KMEM_PAGEABLE)
		return false;
	window->addr = PTR_ALIGN_DOWN(window->addr, PAGE_SIZE);
	return window->addr && window->len &&
	       !check_add_overflow((unsigned long)window->addr, window->len - 1, &end);
}

/* The memory behind @cookie, all of it; false if that is neither live nor a driver's own. */
static bool window_open(struct umem_window *window, ddi_umem_cookie_t cookie)
{
	struct umem *umem = umem_find_get(cookie);

	if (IS_ERR(umem))
		return false;
	*window = (struct umem_window) { .cookie = cookie, .umem = umem };
	if (!umem)
		return foreign_open(window, cookie);
	window->type = umem->type;
	window->len = umem->size;
	return true;
}

/*
 * A window on [off, off + len) of the memory behind a cookie, in whole pages.
 * @func is the public function that was asked for it.
 */
int umem_window_init(struct umem_window *window, ddi_umem_cookie_t cookie,
		     offset_t off, size_t len, const char *func)
{
	int err;

	if (!cookie || off < 0)
		return -EINVAL;
	if (!window_open(window, cookie)) {
		ddi_misuse(func, "umem", ddi_caller(),
			   "%p is neither a live cookie nor one that a driver made", cookie);
		return -EINVAL;
	}
	if (len > window->len || off > window->len - len) {
		umem_window_fini(window);
		return -ENXIO;
	}
	window->off = round_down(off, PAGE_SIZE);
	window->len = PAGE_ALIGN(len);
	if (!window->umem || !window->umem->pageable)
		return 0;
	err = umem_pageable_window_init(window);
	if (err)
		umem_window_fini(window);
	return err;
}

DDI_EXPORT_FOR_KUNIT(umem_window_init);

/* A window on all pages that [off, off + len) lies in, which may begin inside one. */
int umem_window_cover(struct umem_window *window, ddi_umem_cookie_t cookie,
		      offset_t off, size_t len, const char *func)
{
	size_t head = offset_in_page(off);

	if (len > SIZE_MAX - head)
		return -ENXIO;
	return umem_window_init(window, cookie, off - head, head + len, func);
}

void umem_window_dup(struct umem_window *to, const struct umem_window *from)
{
	*to = *from;
	if (!to->umem)
		return;
	refcount_inc(&to->umem->refs);
	if (to->pageable)
		umem_pageable_window_dup(to);
}

/* Drop the window's first @by bytes. */
void umem_window_advance(struct umem_window *window, size_t by)
{
	by = min(by, window->len);
	window->off += by;
	window->len -= by;
}

void umem_window_fini(struct umem_window *window)
{
	if (window->pageable)
		umem_pageable_window_fini(window);
	if (window->umem)
		umem_put(window->umem);
	*window = (struct umem_window) { };
}

DDI_EXPORT_FOR_KUNIT(umem_window_fini);

/* Of its first byte, for the kernel, or for the process of locked user memory. */
caddr_t umem_window_addr(const struct umem_window *window)
{
	const struct umem *umem = window->umem;
	caddr_t addr = window->addr;

	if (umem)
		addr = umem->user ? umem->user->addr : umem->addr;
	return addr + window->off;
}

/*
 * The page at @off into the window, with a reference; NULL if there is none, an
 * error pointer if it could not be brought back into memory.
 */
struct page *umem_window_page(const struct umem_window *window, size_t off)
{
	if (off >= window->len)
		return NULL;
	if (window->seen)
		return umem_pageable_page(window, off);
	if (window->umem)
		return umem_page(window->umem, window->off + off);
	return foreign_page(window->addr + window->off + off);
}

/* Enter the page at @off into the window into the process that touched it. */
vm_fault_t umem_insert_page(struct vm_fault *vmf, const struct umem_window *window, size_t off)
{
	struct page *page = umem_window_page(window, off);
	int err;

	if (!page)
		return VM_FAULT_SIGBUS;
	if (IS_ERR(page))
		return vmf_error(PTR_ERR(page));
	if (window->type == UMEM_LOCKED) {
		put_page(page);
		return umem_enter_user_page(window->umem->user, vmf, page);
	}
	err = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK, page);

	put_page(page);
	switch (err) {
	case 0:
	case -EBUSY:	/* another thread was faster */
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}
