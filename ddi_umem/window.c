// SPDX-License-Identifier: GPL-2.0-only
/* window.c - windows on the pages behind a cookie; all that mappings see of it */
#include "ddi_umem/umem_impl.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/page_ref.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "ddi_core/core.h"
#include "ddi_umem/pageable.h"

/* Pages that are looked up in one go, without a pause for RCU. */
#define BATCH_PAGES	16U

/* Kernel memory that has a struct page, translated by its address [U21]. */
static struct page *kernel_page(const void *addr)
{
	if (virt_addr_valid(addr))
		return virt_to_page(addr);
	if (!is_vmalloc_addr(addr) || !pfn_valid(vmalloc_to_pfn(addr)))
		return NULL;
	return vmalloc_to_page(addr);
}

/* The same for an object of ours, whose memory is a block or mapped by vmalloc. */
static struct page *object_page(const struct umem *umem, size_t off)
{
	if (umem->type == UMEM_TRASH)
		return umem->page;
	if (is_vmalloc_addr(umem->addr))
		return vmalloc_to_page(umem->addr + off);
	return virt_to_page(umem->addr + off);
}

/* The pages of an object that has no list of them. */
static void object_pages(const struct umem *umem, size_t off, struct page **pages,
			 unsigned int n)
{
	for (; n; n--, off += PAGE_SIZE)
		*pages++ = object_page(umem, off);
}

/* Copy them from @list, which may be @pages, and take a reference to each. */
static void pages_get(struct page **list, struct page **pages, unsigned int n)
{
	for (; n; n--) {
		*pages = *list++;
		get_page(*pages++);
	}
}

/*
 * Get @max pages, with references; returns how many, 0 once the driver has freed the object.
 * Processes that map the same object share no lock here. Its memory goes back to Linux an
 * RCU grace period after the object was freed, see umem_free_deferred().
 */
static unsigned int umem_pages_get(struct umem *umem, size_t off, struct page **pages,
				   unsigned int max)
{
	struct page **list = umem->user ? umem->user->pages : umem->pages;

	rcu_read_lock();
	if (!umem_is_live(umem)) {
		max = 0;
	} else if (list) {
		pages_get(list + (off >> PAGE_SHIFT), pages, max);
	} else {
		object_pages(umem, off, pages, max);
		pages_get(pages, pages, max);
	}
	rcu_read_unlock();
	return max;
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
	pr_warn_once("devmap: process %s (%d) cannot map the memory of a driver-made cookie at %p, which is not made of pages; a driver can map what vmalloc() or alloc_page() gave it\n",
		     current->comm, task_pid_nr(current), addr);
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

/* Make a window on all of an object. To clear it first would take longer. */
static void window_show(struct umem_window *window, struct umem *umem)
{
	window->cookie = &umem->cookie;
	window->umem = umem;
	window->pageable = NULL;
	window->seen = NULL;
	window->addr = NULL;
	window->type = umem->type;
	window->off = 0;
	window->len = umem->size;
}

/* The memory behind @cookie, all of it; false if that is neither live nor a driver's own. */
static bool window_open(struct umem_window *window, ddi_umem_cookie_t cookie)
{
	struct umem *umem = umem_find_get(cookie);

	if (IS_ERR(umem))
		return false;
	if (umem) {
		window_show(window, umem);
		return true;
	}
	*window = (struct umem_window) { .cookie = cookie };
	return foreign_open(window, cookie);
}

/* Narrow a window on all of the memory to [off, off + len), in whole pages. */
static int window_narrow(struct umem_window *window, offset_t off, size_t len)
{
	int err;

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

/*
 * A window on [off, off + len) of the memory behind a cookie, in whole pages.
 * @func is the public function that was asked for it.
 */
int umem_window_init(struct umem_window *window, ddi_umem_cookie_t cookie,
		     offset_t off, size_t len, const char *func)
{
	if (!cookie || off < 0)
		return -EINVAL;
	if (!window_open(window, cookie)) {
		ddi_misuse(func, "umem", ddi_caller(),
			   "%p is neither a live cookie nor one that a driver made", cookie);
		return -EINVAL;
	}
	return window_narrow(window, off, len);
}

DDI_EXPORT_FOR_KUNIT(umem_window_init);

/*
 * The same, for a caller who is likely to pass the same cookie again. *@recent is the
 * object that was found last, with a reference, or NULL. It need not be found again: that
 * it was freed is all that can have happened to it, and may happen after this as well.
 */
int umem_window_init_recent(struct umem_window *window, ddi_umem_cookie_t cookie,
			    offset_t off, size_t len, const char *func, struct umem **recent)
{
	struct umem *umem = *recent;
	int err;

	if (umem && cookie == &umem->cookie && off >= 0 && umem_is_live(umem)) {
		refcount_inc(&umem->refs);
		window_show(window, umem);
		return window_narrow(window, off, len);
	}
	err = umem_window_init(window, cookie, off, len, func);
	if (err || !window->umem)
		return err;
	umem_forget_recent(recent);
	refcount_inc(&window->umem->refs);
	*recent = window->umem;
	return 0;
}

void umem_forget_recent(struct umem **recent)
{
	if (*recent)
		umem_put(*recent);
	*recent = NULL;
}

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
 * The pages from @off into the window on, with references: how many there are, @max or
 * BATCH_PAGES at most, or a negative errno if the first could not be brought back into memory.
 */
int umem_window_pages(const struct umem_window *window, size_t off, struct page **pages,
		      unsigned int max)
{
	unsigned int n;

	if (off >= window->len)
		return 0;
	max = min_t(size_t, min(max, BATCH_PAGES), (window->len - off) >> PAGE_SHIFT);
	if (window->seen) {
		pages[0] = umem_pageable_page(window, off);
		return PTR_ERR_OR_ZERO(pages[0]) ?: 1;
	}
	if (window->umem)
		return umem_pages_get(window->umem, window->off + off, pages, max);
	for (n = 0; n < max; n++) {
		pages[n] = foreign_page(window->addr + window->off + off + n * PAGE_SIZE);
		if (!pages[n])
			break;
	}
	return n;
}

/*
 * The page at @off into the window, with a reference; NULL if there is none, an
 * error pointer if it could not be brought back into memory.
 */
struct page *umem_window_page(const struct umem_window *window, size_t off)
{
	struct page *page;
	int n = umem_window_pages(window, off, &page, 1);

	return n == 1 ? page : ERR_PTR(n);
}

/* Pins may push the count of a TRASH page over what an int holds. */
static unsigned int references_of(struct page *page)
{
	return page_count(page);
}

static bool is_last_of_folio(struct page **pages, unsigned int i, unsigned int n)
{
	return i + 1 == n || page_folio(pages[i]) != page_folio(pages[i + 1]);
}

/*
 * Does anybody but the object and this function hold a page? Each page table
 * entry and each pin has a reference. Pages in a row of one huge page share a count, which
 * has just one of ours when the last of them is looked at.
 */
static bool pages_are_held(struct page **pages, unsigned int n)
{
	bool held = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (is_last_of_folio(pages, i, n))
			held |= references_of(pages[i]) > 2;
		put_page(pages[i]);
	}
	return held;
}

/* Do others than mapping processes hold the pages, because a file or a process owns them? */
static bool is_held_by_owner(const struct umem_window *window)
{
	return window->seen || window->type == UMEM_LOCKED;
}

int umem_window_is_held(const struct umem_window *window)
{
	/* One page is all that TRASH has. */
	size_t off, len = window->type == UMEM_TRASH ? PAGE_SIZE : window->len;
	struct page *pages[BATCH_PAGES];
	bool held = false;
	int n;

	if (is_held_by_owner(window))
		return -EOPNOTSUPP;
	for (off = 0; off < len && !held; off += n * PAGE_SIZE) {
		n = umem_window_pages(window, off, pages,
				      min_t(size_t, (len - off) >> PAGE_SHIFT, BATCH_PAGES));
		if (!n)
			break;
		held = pages_are_held(pages, n);
		cond_resched();
	}
	return held;
}
